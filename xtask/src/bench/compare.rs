//! What the two sides say of the same objects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::measure::finished;

/// A file, a kind and a name.
type Object = (String, String, String);

const WORKLOADS: [&str; 6] = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"];

/// What one side said.
#[derive(Default)]
pub struct Summary {
    refused: BTreeMap<Object, String>,
    /// By file and kind, with how many.
    skipped: BTreeMap<(String, String), usize>,
    kinds: BTreeMap<String, usize>,
    objects: usize,
}

impl Summary {
    pub fn told(&self) -> String {
        let skipped: usize = self.skipped.values().sum();
        format!("{} objects, {} refused, {skipped} skipped", self.objects, self.refused.len())
    }

    pub fn workloads(&self) -> usize {
        WORKLOADS.iter().filter_map(|kind| self.kinds.get(*kind)).sum()
    }

    fn count(&mut self, kind: &str, objects: usize) {
        self.objects += objects;
        *self.kinds.entry(kind.to_owned()).or_default() += objects;
    }
}

/// Runs our side and reads its report.
pub fn plimsoll(mut command: Command) -> Result<Summary, String> {
    let report = report(&mut command)?;
    let mut said = Summary::default();
    for document in list(&report, "documents") {
        let kind = text(document, "kind");
        let kind = kind.rsplit(' ').next().unwrap_or(kind);
        let objects = document.get("objects").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        said.count(kind, objects.unwrap_or(1));
        if text(document, "verdict") != "judged" {
            *said.skipped.entry((text(document, "path").to_owned(), kind.to_owned())).or_default() += 1;
        }
    }
    for finding in list(&report, "findings") {
        if text(finding, "severity") != "error" {
            continue;
        }
        let of = |part: &str, field: &str| finding.get(part).map_or("", |part| text(part, field)).to_owned();
        let object = (of("place", "path"), of("subject", "kind"), of("subject", "name"));
        said.refused.entry(object).or_insert_with(|| text(finding, "message").to_owned());
    }
    Ok(said)
}

/// Runs kubeconform once more, so that it names what it took, and reads its report.
pub fn kubeconform(mut command: Command, folder: &Path) -> Result<Summary, String> {
    let mut verbose = Command::new(command.get_program());
    verbose.arg("-verbose").args(command.get_args());
    command = verbose;
    let report = report(&mut command)?;
    let mut said = Summary::default();
    for resource in list(&report, "resources") {
        let path = Path::new(text(resource, "filename"));
        let path = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        let (kind, name) = (text(resource, "kind").to_owned(), text(resource, "name").to_owned());
        said.count(&kind, 1);
        match text(resource, "status") {
            "statusValid" | "statusEmpty" => {}
            "statusSkipped" => *said.skipped.entry((path, kind)).or_default() += 1,
            _ => drop(said.refused.insert((path, kind, name), text(resource, "msg").to_owned())),
        }
    }
    Ok(said)
}

/// Lists what only one side refuses or skips.
pub fn differences(ours: &Summary, theirs: &Summary) {
    let only = |title: &str, one: &Summary, other: &Summary| {
        let found: Vec<_> = one.refused.iter().filter(|(object, _)| !other.refused.contains_key(*object)).collect();
        println!("  refused by {title} alone: {}", found.len());
        for ((path, kind, name), message) in found.into_iter().take(40) {
            println!("    {path} {kind} {name}: {}", message.lines().next().unwrap_or(""));
        }
    };
    only("plimsoll", ours, theirs);
    only("kubeconform", theirs, ours);
    let skipped: BTreeSet<_> = ours.skipped.keys().chain(theirs.skipped.keys()).collect();
    let unlike: Vec<_> =
        skipped.into_iter().filter(|place| ours.skipped.get(*place) != theirs.skipped.get(*place)).collect();
    println!("  skipped by one alone: {}", unlike.len());
    for place in unlike.into_iter().take(40) {
        let count = |side: &Summary| side.skipped.get(place).copied().unwrap_or(0);
        println!("    {} {}: plimsoll {}, kubeconform {}", place.0, place.1, count(ours), count(theirs));
    }
    let kinds: BTreeSet<_> = ours.kinds.keys().chain(theirs.kinds.keys()).collect();
    for kind in kinds {
        let (a, b) = (ours.kinds.get(kind).copied().unwrap_or(0), theirs.kinds.get(kind).copied().unwrap_or(0));
        if a != b {
            println!("  {kind}: plimsoll met {a}, kubeconform {b}");
        }
    }
}

fn report(command: &mut Command) -> Result<Value, String> {
    let output = finished(command, &[0, 1])?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{command:?} wrote no JSON: {error}"))
}

fn list<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
