//! `cargo xtask oracle`: how often our verdicts are those of a real API server, and how near our places are to the
//! fields that it blames. Reads recorded verdicts; asks no server, and judges by no rule of its own.

mod corpus;
mod field;
mod judge;
mod record;
mod tally;

use std::path::PathBuf;

use self::corpus::Corpus;
use self::judge::Judge;

/// The six classes that schemas and YAML alone decide.
const SIX: [&str; 6] = ["unknown_field", "misplaced", "type", "version", "yaml_syntax", "yaml11_scalar"];

/// What is printed beside the tables.
struct Wanted {
    /// Classes whose misses and false refusals are listed.
    lists: Vec<String>,
    /// Whether the rules behind all misses are counted.
    causes: bool,
}

/// Runs the command with the arguments after its name.
pub fn run(args: &[String]) -> Result<(), String> {
    let mut files = Vec::new();
    let mut wanted = Wanted { lists: Vec::new(), causes: false };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--list" => {
                let class = rest.next().ok_or("--list takes the name of a class, or `six`, or `all`")?;
                wanted.lists.push(class.clone());
            }
            "--causes" => wanted.causes = true,
            flag if flag.starts_with('-') => {
                return Err("usage: cargo xtask oracle [FILE…] [--list CLASS]… [--causes]".to_owned());
            }
            file => files.push(PathBuf::from(file)),
        }
    }
    let folder = crate::shared()?.join("oracle");
    if files.is_empty() {
        files = vec![folder.join("documents.jsonl.gz"), folder.join("mutants.jsonl.gz")];
    }
    let mut corpus = Corpus::at(crate::project().join("target/corpus"));
    for file in files {
        let file = if file.exists() { file } else { folder.join(file) };
        let records = record::read(&file)?;
        println!("{}: {} records", file.file_name().unwrap_or_default().to_string_lossy(), records.len());
        let (records, left_out) = corpus.with_texts(records);
        for line in left_out {
            println!("  {line}");
        }
        let judge = Judge::new(corpus.definitions_for(&records));
        let judged = judge.all(&records);
        tally::print(&records, &judged, &wanted);
        println!();
    }
    Ok(())
}

/// Whether Kubernetes itself defines kinds of this group.
fn is_own_group(group: &str) -> bool {
    plimsoll::facts::embedded().kinds().any(|entry| entry.group == group)
}

/// The group of an apiVersion.
fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}
