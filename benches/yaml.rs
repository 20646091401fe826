//! What reading YAML costs: our tree beside the events of saphyr-parser and granit-parser, over the same files in the same
//! run, by turns.
//!
//! `cargo bench --bench yaml -- FOLDER…`: each folder is measured alone; only files that all three read whole count.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};

use plimsoll::source::{Source, SourceId};
use plimsoll::yaml::Reader;

const ROUNDS: usize = 7;

/// Reads a file and says how much it holds; nothing where it is not read whole.
type Read = fn(&mut Reader, &Arc<Source>) -> Option<usize>;

fn main() {
    let folders: Vec<PathBuf> = env::args().skip(1).filter(|word| !word.starts_with('-')).map(PathBuf::from).collect();
    if folders.is_empty() {
        println!("no folder: cargo bench --bench yaml -- FOLDER…");
    }
    for folder in folders {
        measure(&folder);
    }
}

fn measure(folder: &Path) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    let sources: Vec<Arc<Source>> = files
        .into_iter()
        .map(|text| Arc::new(Source::new(SourceId(0), "x.yaml", text.into_bytes())))
        .filter(|source| granit(source.text()).is_some() && saphyr(source.text()).is_some())
        .filter(|source| ours(&mut Reader::default(), source).is_some())
        .collect();
    let bytes: usize = sources.iter().map(|source| source.text().len()).sum();
    println!("{}: {} files, {:.1} MB", folder.display(), sources.len(), megabytes(bytes));
    let readers: [(&str, Read); 3] = [
        ("ours, tree", ours),
        ("saphyr-parser, events", |_, source| saphyr(source.text())),
        ("granit-parser, events", |_, source| granit(source.text())),
    ];
    let mut reader = Reader::default();
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for ((_, read), times) in readers.iter().zip(&mut times) {
            let begin = Instant::now();
            for source in &sources {
                black_box(read(&mut reader, black_box(source)));
            }
            times.push(begin.elapsed());
        }
    }
    let rate = |time: Duration| megabytes(bytes) / time.as_secs_f64();
    let best: Vec<f64> = times.iter().map(|times| rate(times.iter().min().copied().unwrap_or_default())).collect();
    for (((name, _), times), best) in readers.iter().zip(&mut times).zip(&best) {
        times.sort();
        let median = rate(times.get(ROUNDS / 2).copied().unwrap_or_default());
        println!("  {name:<24} {best:>7.1} MB/s at best, {median:>7.1} in the median");
    }
    if let [ours, saphyr, granit] = best[..] {
        println!("  {:.1} times saphyr-parser, {:.1} times granit-parser", ours / saphyr, ours / granit);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
            && let Ok(text) = fs::read_to_string(&path)
        {
            files.push(text);
        }
    }
}

fn ours(reader: &mut Reader, source: &Arc<Source>) -> Option<usize> {
    let documents = reader.documents(source);
    let whole = documents.iter().all(|document| document.problems.is_empty());
    whole.then(|| documents.iter().filter_map(|document| document.tree.as_ref()).map(|tree| tree.len()).sum())
}

fn saphyr(text: &str) -> Option<usize> {
    let mut count = 0;
    for event in saphyr_parser::Parser::new_from_str(text) {
        black_box(event.ok()?);
        count += 1;
    }
    Some(count)
}

fn granit(text: &str) -> Option<usize> {
    let mut count = 0;
    let options = granit_parser::options! { emit_comments: false };
    for event in granit_parser::Parser::new_from_str_with_options(text, options) {
        black_box(event.ok()?);
        count += 1;
    }
    Some(count)
}
