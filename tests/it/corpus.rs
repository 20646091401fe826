//! Real repositories, when they are at hand: `PLIMSOLL_SHARED` or `../shared` beside the project holds
//! `corpus.tar.gz`, which is unpacked into the build folder. Each is checked by the binary: every file is accounted
//! for, every place lies in its file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use libtest_mimic::{Failed, Trial};
use plimsoll::source::{Source, SourceId};
use serde_json::Value;

use crate::binary::{Plimsoll, Report};
use crate::project;

/// A debug build on a busy machine takes a while for ten thousand files; this is for what never ends.
const LIMIT: Duration = Duration::from_secs(300);

/// What is listed of a repository before the rest is only counted.
const LISTED: usize = 20;

pub fn trials() -> Vec<Trial> {
    per_repository("corpus", |_, folder| accounted_for(folder))
}

/// A trial for each repository of the corpus; one that is ignored, and says so, where there is none.
pub fn per_repository(suite: &str, judge: fn(&str, &Path) -> Result<(), Failed>) -> Vec<Trial> {
    let repositories = match repositories() {
        Ok(repositories) => repositories,
        Err(why) => {
            return vec![Trial::test(format!("{suite}::corpus-can-be-unpacked"), move || Err(why.into()))];
        }
    };
    if repositories.is_empty() {
        let name = format!("{suite}::every repository of the corpus (no corpus: PLIMSOLL_SHARED names its folder)");
        return vec![Trial::test(name, || Ok(())).with_ignored_flag(true)];
    }
    let trial = |folder: PathBuf| {
        let name = project::name_of(&folder);
        Trial::test(format!("{suite}::{name}"), move || judge(&name, &folder))
    };
    repositories.into_iter().map(trial).collect()
}

/// The folders of the corpus, unpacked when they are not; none without the archive.
fn repositories() -> Result<Vec<PathBuf>, String> {
    let build = project::scratch().parent().unwrap_or(project::scratch());
    let corpus = build.join("corpus");
    if !corpus.is_dir() {
        let beside = project::root().join("../shared");
        let shared = std::env::var_os("PLIMSOLL_SHARED").map_or(beside, PathBuf::from);
        let archive = shared.join("corpus.tar.gz");
        if !archive.is_file() {
            return Ok(Vec::new());
        }
        unpack(&archive, build, &corpus).map_err(|error| format!("{}: {error}", archive.display()))?;
    }
    let mut folders = project::entries(&corpus);
    folders.retain(|path| path.is_dir());
    Ok(folders)
}

fn unpack(archive: &Path, build: &Path, corpus: &Path) -> std::io::Result<()> {
    // under a name of its own first: what is there is whole
    let half = build.join(format!("corpus-{}", std::process::id()));
    fs::create_dir_all(&half)?;
    let status = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&half).status()?;
    if !status.success() {
        return Err(std::io::Error::other(format!("tar: {status}")));
    }
    for repository in project::entries(&half.join("corpus")).iter().filter(|path| path.is_dir()) {
        // so that each is a repository, and not a folder of this one
        fs::create_dir_all(repository.join(".git"))?;
    }
    fs::rename(half.join("corpus"), corpus)?;
    fs::remove_dir_all(&half)
}

fn accounted_for(folder: &Path) -> Result<(), Failed> {
    let ended = Plimsoll::new(folder, &["check", "--format", "json"]).limit(LIMIT).end();
    let report = ended.json();
    let mut wrong = Vec::new();

    let failed = !report.list("failures").is_empty() || report.list("notRead").iter().any(|one| one["failed"] == true);
    let found = ["errors", "warnings"].iter().any(|count| report.0["summary"][count] != 0);
    let wanted = match (failed, found) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    };
    if ended.code != Some(wanted) {
        wrong.push(format!("the exit code is {:?}, by the report it is {wanted}", ended.code));
    }
    for failure in report.list("failures") {
        wrong.push(format!("failed: {failure}"));
    }

    let named = |list: &str| report.list(list).iter().filter_map(|one| one["path"].as_str()).map(str::to_owned);
    let told: BTreeSet<String> = named("documents").chain(named("notRead")).collect();
    let mut there = BTreeSet::new();
    walk(folder, "", &mut Vec::new(), &mut there);
    wrong.extend(there.difference(&told).map(|path| format!("{path}: not accounted for")));
    let manifests = told.iter().filter(|path| is_manifest(path) && !folder.join(path).is_dir());
    wrong.extend(manifests.filter(|path| !there.contains(*path)).map(|path| format!("{path}: git ignores it")));

    wrong.extend(places(folder, &report));
    if wrong.is_empty() { Ok(()) } else { Err(listed(&wrong).into()) }
}

/// Some of many lines.
pub fn listed(lines: &[String]) -> String {
    let mut out = lines.iter().take(LISTED).cloned().collect::<Vec<_>>().join("\n");
    if lines.len() > LISTED {
        let _ = write!(out, "\nand {} more", lines.len() - LISTED);
    }
    out
}

fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| path.to_ascii_lowercase().ends_with(ending))
}

/// Every name of a manifest that git would not ignore, folders apart.
fn walk(folder: &Path, inside: &str, ignores: &mut Vec<Gitignore>, found: &mut BTreeSet<String>) {
    let mut rules = GitignoreBuilder::new(folder);
    let _ = rules.add(folder.join(".gitignore"));
    ignores.push(rules.build().unwrap());
    for path in project::entries(folder) {
        let name = project::name_of(&path);
        let is_folder = path.symlink_metadata().is_ok_and(|meta| meta.is_dir());
        // the rules nearest to it have the last word
        let said = ignores.iter().rev().map(|rules| rules.matched(&path, is_folder)).find(|said| !said.is_none());
        if name == ".git" || matches!(said, Some(Match::Ignore(_))) {
            continue;
        }
        let below = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        if is_folder {
            walk(&path, &below, ignores, found);
        } else if is_manifest(&below) {
            found.insert(below);
        }
    }
    ignores.pop();
}

/// Places that are none: outside of their file, or of nothing in its midst.
fn places(folder: &Path, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last: Option<(String, Source)> = None;
    for finding in report.list("findings") {
        let labels = finding["labels"].as_array().map(Vec::as_slice).unwrap_or_default();
        for place in labels.iter().map(|label| &label["place"]).chain([&finding["place"]]) {
            let Some(path) = place["path"].as_str() else {
                wrong.push(format!("no place: {finding}"));
                continue;
            };
            if last.as_ref().is_none_or(|(read, _)| read != path) {
                let bytes = fs::read(folder.join(path)).unwrap_or_default();
                last = Some((path.to_owned(), Source::new(SourceId(0), path, bytes)));
            }
            let Some((_, source)) = &last else { continue };
            if let Some(why) = misplaced(place, source) {
                wrong.push(format!("{path}: {} {}: {why}: {place}", finding["check"], finding["message"]));
            }
        }
    }
    wrong
}

fn misplaced(place: &Value, source: &Source) -> Option<&'static str> {
    let number = |name: &str| place[name].as_u64().and_then(|number| usize::try_from(number).ok());
    let (Some(start), Some(end)) = (number("start"), number("end")) else { return Some("no bytes") };
    let text = source.text();
    if text.get(start..end).is_none() {
        return Some("not in the file");
    }
    if start == end && end != text.len() {
        return Some("of nothing");
    }
    let position = source.lines().position(text, u32::try_from(start).unwrap_or(u32::MAX));
    if place["line"] != position.line || place["column"] != position.column {
        return Some("on another line or column");
    }
    None
}
