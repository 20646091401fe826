//! `cargo xtask schemas lifecycle`: makes `schemas/lifecycle.tsv` of three sources: which minors of the bundle have a
//! kind, what Kubernetes' own Go types say of their lives at several minors, and a few rows by hand. With `--check` it
//! writes nothing and fails where the committed table is another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll::facts::{MINORS, embedded, stability};

use super::project;

const HEAD: &str = "\
# Made by `cargo xtask schemas lifecycle`; SOURCES.md says how. `-`: not known, or nothing.
# apiVersion, kind, first minor, first minor that warns of it, first minor without it (later than the bundle's last: \
planned), replacement, who says so
";

type Key = (String, String, String);

#[derive(Default)]
struct Row {
    since: Option<u16>,
    deprecated: Option<u16>,
    removed: Option<u16>,
    replacement: Option<(String, String)>,
    sources: BTreeSet<String>,
}

/// Runs the command with the arguments after its name.
#[allow(clippy::print_stderr, reason = "a tool for developers says what it made")]
pub fn run(args: &[String]) -> Result<(), String> {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("usage: cargo xtask schemas lifecycle [--check]".to_owned()),
    };
    let folder = project().join("xtask/go/lifecycle");
    let mut rows: BTreeMap<Key, Row> = BTreeMap::new();
    for module in modules(&folder)? {
        said(&ask(&folder, &module)?, &mut rows);
    }
    by_hand(&read(&folder.join("hand.tsv"))?, &mut rows)?;
    let table = written(&settled(rows));
    let path = project().join("schemas/lifecycle.tsv");
    if check {
        if read(&path)? == table { Ok(()) } else { Err("schemas/lifecycle.tsv is not what its sources give".into()) }
    } else {
        eprintln!("{} kinds", table.lines().count() - HEAD.lines().count());
        fs::write(&path, table).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }
}

/// The module files, oldest minor first: what a later one says replaces what an earlier one said.
fn modules(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder.join("minors")).map_err(|error| format!("cannot list the modules: {error}"))?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".mod")).collect();
    names.sort();
    if names.is_empty() { Err("no module file in xtask/go/lifecycle/minors".into()) } else { Ok(names) }
}

fn ask(folder: &Path, module: &str) -> Result<String, String> {
    let mut command = Command::new("go");
    command.args(["run", "-mod=readonly"]).arg(format!("-modfile=minors/{module}")).arg(".").current_dir(folder);
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn said(text: &str, rows: &mut BTreeMap<Key, Row>) {
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [group, version, kind, since, deprecated, removed, next] = cells.as_slice() else { continue };
        let row = rows.entry((group.to_string(), version.to_string(), kind.to_string())).or_default();
        row.since = since.parse().ok();
        row.deprecated = deprecated.parse().ok();
        row.removed = removed.parse().ok();
        let own = *kind;
        if let [group, version, kind] = next.split('/').collect::<Vec<_>>().as_slice() {
            let core = if group.is_empty() { "" } else { "/" };
            // the types send IngressClass to IngressClassList
            let kind = if kind.strip_suffix("List") == Some(own) { own } else { *kind };
            row.replacement = Some((format!("{group}{core}{version}"), kind.to_owned()));
        }
        row.sources.insert("types".into());
    }
}

fn by_hand(text: &str, rows: &mut BTreeMap<Key, Row>) -> Result<(), String> {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [api_version, kind, since, deprecated, removed, next, source] = cells.as_slice() else {
            return Err(format!("hand.tsv: seven columns, not {}: {line}", cells.len()));
        };
        let minor = |text: &str| text.strip_prefix("1.").and_then(|text| text.parse().ok());
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let row = rows.entry((group.into(), version.into(), (*kind).to_owned())).or_default();
        row.since = minor(since).or(row.since);
        row.deprecated = minor(deprecated).or(row.deprecated);
        row.removed = minor(removed).or(row.removed);
        row.replacement =
            next.split_once(' ').map(|(to, kind)| (to.to_owned(), kind.to_owned())).or(row.replacement.take());
        row.sources.insert((*source).to_owned());
    }
    Ok(())
}

/// Holds what was said against the minors that really have a kind: those are right about what was, the types are only
/// a plan.
fn settled(mut said: BTreeMap<Key, Row>) -> BTreeMap<Key, Row> {
    let (oldest, newest) = (*MINORS.start(), *MINORS.end());
    let mut out = BTreeMap::new();
    let sets: BTreeSet<(&str, &str, &str)> = embedded().kinds().map(|one| (one.group, one.version, one.kind)).collect();
    for entry in embedded().kinds().filter(|entry| !entry.kind.ends_with("List")) {
        let served = entry.served();
        let (Some(first), Some(last)) = (served.first().map(|one| *one.start()), served.last().map(|one| *one.end()))
        else {
            continue;
        };
        let mut row =
            said.remove(&(entry.group.to_owned(), entry.version.to_owned(), entry.kind.to_owned())).unwrap_or_default();
        row.since = if first > oldest { Some(first) } else { row.since.filter(|since| *since <= oldest) };
        row.removed = if last < newest { Some(last + 1) } else { row.removed.filter(|removed| *removed > newest) };
        // a warning that was planned for later than the removal never came
        row.deprecated = row.deprecated.filter(|deprecated| row.removed.is_none_or(|removed| *deprecated < removed));
        if row.replacement.is_none() && (row.deprecated.is_some() || row.removed.is_some()) {
            let later = sets.iter().filter(|(group, version, kind)| {
                (*group, *kind) == (entry.group, entry.kind) && stability(version) > stability(entry.version)
            });
            let best = later.max_by_key(|(_, version, _)| stability(version));
            row.replacement = best.map(|(group, version, kind)| {
                (
                    if group.is_empty() { (*version).to_owned() } else { format!("{group}/{version}") },
                    (*kind).to_owned(),
                )
            });
        }
        row.sources.insert("sets".into());
        out.insert((entry.group.to_owned(), entry.version.to_owned(), entry.kind.to_owned()), row);
    }
    // what was gone before the bundle begins
    let gone = said
        .into_iter()
        .filter(|((.., kind), row)| !kind.ends_with("List") && row.removed.is_some_and(|removed| removed <= oldest));
    out.extend(gone);
    // some types name a replacement that never came
    let known: BTreeSet<(String, String)> = out
        .keys()
        .map(|(group, version, kind)| {
            let slash = if group.is_empty() { "" } else { "/" };
            (format!("{group}{slash}{version}"), kind.clone())
        })
        .collect();
    for row in out.values_mut() {
        row.replacement = row.replacement.take().filter(|replacement| known.contains(replacement));
    }
    out
}

fn written(rows: &BTreeMap<Key, Row>) -> String {
    let mut out = HEAD.to_owned();
    for ((group, version, kind), row) in rows {
        let minor = |minor: Option<u16>| minor.map_or_else(|| "-".to_owned(), |minor| format!("1.{minor}"));
        let slash = if group.is_empty() { "" } else { "/" };
        let next = row.replacement.as_ref().map_or_else(|| "-".to_owned(), |(to, kind)| format!("{to} {kind}"));
        let sources: Vec<&str> = row.sources.iter().map(String::as_str).collect();
        let _ = writeln!(
            out,
            "{group}{slash}{version}\t{kind}\t{}\t{}\t{}\t{next}\t{}",
            minor(row.since),
            minor(row.deprecated),
            minor(row.removed),
            sources.join(",")
        );
    }
    out
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
