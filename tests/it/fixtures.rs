//! Fixtures: files and small repositories that say on which line which check finds something. Held against what the
//! engine finds, exact both ways.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use plimsoll::config::{self, Baseline, Config, Date, Layer, Today};
use plimsoll::engine::{self, Progress};
use plimsoll::source::{Snapshot, Source, SourceId};

use crate::markers::{self, Expected};
use crate::project;

/// What is told beside findings of the check itself: a fixture is sound YAML of a real kind unless it says otherwise.
const ALWAYS: [&str; 2] = ["yaml", "schema"];

/// The day on which fixtures are judged.
const TODAY: &str = "2026-11-24";

/// The ending of a file that lists what is expected in the file of the same name.
const SIDECAR: &str = ".expected";

pub fn trials() -> Vec<Trial> {
    let folder = project::root().join("fixtures/checks");
    let mut trials = vec![Trial::test("fixtures-exist::every-check-loads", every_check_loads)];
    let ids: BTreeSet<String> = project::metas().iter().map(|meta| meta.id.to_string()).collect();
    let mut folders = BTreeSet::new();
    for check in project::entries(&folder).iter().flat_map(|pack| project::entries(pack)) {
        let id = project::below(&folder, &check);
        for fixture in fixtures_in(&check) {
            let (id, name) = (id.clone(), project::name_of(&fixture));
            trials.push(Trial::test(format!("fixture::{id}/{name}"), move || run(&id, &name, &fixture)));
        }
        folders.insert(id);
    }
    for id in ids.union(&folders) {
        let (id, known, check) = (id.clone(), ids.contains(id), folder.join(id));
        trials.push(Trial::test(format!("fixtures-exist::{id}"), move || exist(&id, known, &check)));
    }
    trials
}

/// The files and folders of a check that are fixtures; what only belongs to one is left out.
fn fixtures_in(check: &Path) -> Vec<PathBuf> {
    let mut found = project::entries(check);
    found.retain(|path| !is_companion(&project::name_of(path)));
    found
}

fn is_companion(name: &str) -> bool {
    name.ends_with(".fixed.yaml") || name.ends_with(SIDECAR)
}

fn every_check_loads() -> Result<(), Failed> {
    match project::registry_errors() {
        [] => Ok(()),
        errors => Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").into()),
    }
}

fn exist(id: &str, known: bool, folder: &Path) -> Result<(), Failed> {
    if !known {
        return Err(format!("fixtures/checks/{id} is there, and no check is called so").into());
    }
    let names: Vec<String> = fixtures_in(folder).iter().map(|path| project::name_of(path)).collect();
    for word in ["fail", "pass"] {
        if !names.iter().any(|name| name.starts_with(word)) {
            return Err(format!("fixtures/checks/{id} has no {word}.yaml: a check needs one of each").into());
        }
    }
    Ok(())
}

/// A fixture read: what is checked, and what is expected of it by path.
struct Fixture {
    files: Vec<(String, Vec<u8>)>,
    expected: Vec<(String, Expected)>,
}

fn read(path: &Path) -> Result<Fixture, Failed> {
    let (base, paths) = if path.is_dir() {
        (path, project::files_below(path))
    } else {
        (path.parent().unwrap_or(path), vec![path.to_path_buf()])
    };
    let mut fixture = Fixture { files: Vec::new(), expected: Vec::new() };
    for file in paths.iter().filter(|file| !is_companion(&project::name_of(file))) {
        let name = project::below(base, file);
        let bytes = fs::read(file)?;
        let in_file = |why: String| format!("{name}: {why}");
        let mut expected = match std::str::from_utf8(&bytes) {
            Ok(_) => markers::in_source(&Source::new(SourceId(0), name.clone(), bytes.clone())).map_err(in_file)?,
            Err(_) => Vec::new(),
        };
        let sidecar = PathBuf::from(format!("{}{SIDECAR}", file.display()));
        if sidecar.is_file() {
            expected.extend(markers::in_sidecar(&fs::read_to_string(&sidecar)?).map_err(in_file)?);
        }
        fixture.expected.extend(expected.into_iter().map(|expected| (name.clone(), expected)));
        fixture.files.push((name, bytes));
    }
    Ok(fixture)
}

/// The configuration and the baseline of a fixture that is a folder, on a day that all fixtures share.
fn config(snapshot: &Snapshot) -> Result<Config, Failed> {
    let ids: Vec<String> = project::metas().iter().map(|meta| meta.id.to_string()).collect();
    let mut layers = Vec::new();
    let mut files: Vec<&str> = snapshot.entries().map(|(_, entry)| entry.path.as_str()).collect();
    files.sort_by_key(|path| path.matches('/').count());
    for path in files.into_iter().filter(|path| path.ends_with(config::FILE_NAME)) {
        let scope = path.trim_end_matches(config::FILE_NAME).trim_end_matches('/').to_owned();
        let source = source(snapshot, path).ok_or("no configuration")?;
        layers.push(Layer { source, base: scope.clone(), scope });
    }
    let known = config::Known { around: config::Around::default(), checks: &ids, more: false };
    let mut config = config::read(&layers, &known).map_err(|problem| problem.message)?;
    if let Some(source) = source(snapshot, config::BASELINE_NAME) {
        config.baseline = Baseline::read(&source).map_err(|problem| problem.message)?;
    }
    config.today = Today::at(TODAY.parse::<Date>()?);
    Ok(config)
}

fn source(snapshot: &Snapshot, path: &str) -> Option<Arc<Source>> {
    snapshot.source(snapshot.find(path)?).ok().cloned()
}

fn run(id: &str, name: &str, path: &Path) -> Result<(), Failed> {
    let fixture = read(path)?;
    let own = fixture.expected.iter().filter(|(_, expected)| expected.id == id).count();
    match (name.starts_with("fail"), name.starts_with("pass")) {
        (true, _) if own == 0 => return Err(format!("it is called fail and has no marker of {id}").into()),
        (_, true) if own > 0 => return Err(format!("it is called pass and has a marker of {id}").into()),
        (false, false) => return Err("the name of a fixture begins with fail or pass".into()),
        _ => {}
    }
    let named: BTreeSet<&str> = fixture.expected.iter().map(|(_, expected)| expected.id.as_str()).collect();

    let snapshot = Snapshot::in_memory(fixture.files.iter().cloned());
    let config = config(&snapshot)?;
    let outcome = engine::check(&snapshot, &config, project::registry(), &Progress::default());

    // how often each is expected and found, with the message of one that was found
    let mut balance: BTreeMap<(&str, &Expected), (usize, usize, &str)> = BTreeMap::new();
    for (path, expected) in &fixture.expected {
        balance.entry((path, expected)).or_default().0 += 1;
    }
    let mut found = Vec::new();
    for finding in &outcome.findings {
        let check = &*finding.check.0;
        if check == id || ALWAYS.contains(&finding.check.pack()) || named.contains(check) {
            let source = snapshot.source(finding.primary.source).map_err(|why| format!("{check}: {why:?}"))?;
            let line = source.lines().position(source.text(), finding.primary.start).line;
            let seen = Expected { line, severity: finding.severity.as_str(), id: check.to_owned() };
            found.push((source.path().to_owned(), seen, finding.message.as_str()));
        }
    }
    for (path, seen, message) in &found {
        let entry = balance.entry((path, seen)).or_default();
        entry.1 += 1;
        entry.2 = message;
    }

    let (mut missing, mut surplus) = (String::new(), String::new());
    for ((path, Expected { line, severity, id }), (expected, found, message)) in &balance {
        for _ in *found..*expected {
            let _ = writeln!(missing, "  {path}:{line} {severity}[{id}]");
        }
        for _ in *expected..*found {
            let _ = writeln!(surplus, "  {path}:{line} {severity}[{id}] {message}");
        }
    }
    let mut wrong = String::new();
    if !missing.is_empty() {
        let _ = write!(wrong, "expected and not found:\n{missing}");
    }
    if !surplus.is_empty() {
        let _ = write!(wrong, "found and not expected:\n{surplus}");
    }
    for failure in &outcome.failures {
        let _ = writeln!(wrong, "could not be done: {}: {}", failure.path, failure.message);
    }
    for unread in &outcome.unread {
        let _ = writeln!(wrong, "could not be read: {}: {}", unread.path, unread.reason);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}
