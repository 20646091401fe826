//! JUnit's XML: a suite a unit, a case a document, so that what passed is seen too. A document with findings is a case a
//! finding instead: readers show one failure a case. Leaves out what someone accepted, and times.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::{Account, CheckMeta, Outcome};
use crate::finding::Finding;
use crate::overlay::{Unit, UnitKind, folder_of};
use crate::source::{Snapshot, SourceId};
use crate::yaml;

use super::places::place;
use super::wording::{Repeats, Weight, details, message};
use super::xml::{content, escape};

/// The suite of files that belong to no unit.
const NO_UNIT: &str = "files of no unit";

/// The suite of work that could not be done.
const NOT_DONE: &str = "the run itself";

/// What became of a case.
enum Ended {
    Passed,
    Skipped(String),
    /// The check, the message, the whole text.
    Failed(String, String, String),
    /// What kind, the message.
    Error(&'static str, String),
}

struct Case {
    name: String,
    ended: Ended,
    /// Lines that fail nothing.
    notes: Vec<String>,
}

/// Writes the report.
#[must_use]
pub fn junit(outcome: &Outcome, snapshot: &Snapshot, _metas: &[&CheckMeta]) -> String {
    let units = Units::new(&outcome.units);
    // units without a document have a suite as well: nothing in them was looked at, and that is seen
    let mut suites: BTreeMap<(u8, &str), Vec<Case>> =
        outcome.units.iter().map(|unit| ((0, named(&unit.folder)), Vec::new())).collect();
    let mut found = by_document(outcome, snapshot);
    let mut documents: BTreeMap<&str, usize> = BTreeMap::new();
    for account in &outcome.accounts {
        *documents.entry(&account.path).or_default() += 1;
    }
    for account in &outcome.accounts {
        let several = documents.get(&*account.path).is_some_and(|count| *count > 1);
        let own = found.remove(&(&*account.path, account.ordinal)).unwrap_or_default();
        let suite = units.of(&account.path).map_or((1, NO_UNIT), |name| (0, name));
        let name = label(account, several);
        let cases = of_document(&name, &account.path, account.verdict.reason(), &own, outcome, snapshot);
        suites.entry(suite).or_default().extend(cases);
    }
    for ((path, _), own) in found {
        let suite = units.of(path).map_or((1, NO_UNIT), |name| (0, name));
        suites.entry(suite).or_default().extend(of_document(path, path, None, &own, outcome, snapshot));
    }
    let undone = not_done(outcome);
    if !undone.is_empty() {
        suites.insert((2, NOT_DONE), undone);
    }
    write(&suites)
}

/// The findings of each document, by path and ordinal.
fn by_document<'a>(outcome: &'a Outcome, snapshot: &'a Snapshot) -> BTreeMap<(&'a str, u32), Vec<&'a Finding>> {
    let mut several: BTreeMap<&str, bool> = BTreeMap::new();
    for account in &outcome.accounts {
        *several.entry(&account.path).or_default() |= account.ordinal > 0;
    }
    // where the documents of a file begin; read again for files with several documents and a finding only
    let mut begins: BTreeMap<SourceId, Vec<u32>> = BTreeMap::new();
    let mut found: BTreeMap<(&str, u32), Vec<&Finding>> = BTreeMap::new();
    for finding in &outcome.findings {
        let Ok(source) = snapshot.source(finding.primary.source) else { continue };
        let mut ordinal = 0;
        if several.get(source.path()).is_some_and(|several| *several) {
            let begins = begins
                .entry(finding.primary.source)
                .or_insert_with(|| yaml::documents(source).iter().map(|document| document.span.start).collect());
            let before = begins.partition_point(|start| *start <= finding.primary.start);
            ordinal = u32::try_from(before.saturating_sub(1)).unwrap_or(u32::MAX);
        }
        found.entry((source.path(), ordinal)).or_default().push(finding);
    }
    found
}

/// The unit that a file belongs to.
struct Units<'a>(BTreeMap<&'a str, bool>);

impl<'a> Units<'a> {
    fn new(units: &'a [Unit]) -> Self {
        let mut below = BTreeMap::new();
        for unit in units {
            // a build or a chart takes in what lies in folders below
            *below.entry(named(&unit.folder)).or_default() |= unit.kind != UnitKind::Folder;
        }
        Self(below)
    }

    fn of(&self, path: &str) -> Option<&'a str> {
        let own = folder_of(path);
        let mut folder = own;
        loop {
            if let Some((name, below)) = self.0.get_key_value(named(folder))
                && (*below || folder == own)
            {
                return Some(name);
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    }
}

/// The folder of a unit: its files are the same, however often it is deployed.
fn named(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// What a document is called: its file, its number where there are several, its kind.
fn label(account: &Account, several: bool) -> String {
    let number = if several { format!(" #{}", account.ordinal + 1) } else { String::new() };
    let what = account.kind.as_deref().unwrap_or(account.class.as_str());
    format!("{}{number} ({what})", account.path)
}

fn of_document(
    name: &str,
    path: &str,
    reason: Option<&str>,
    findings: &[&Finding],
    outcome: &Outcome,
    snapshot: &Snapshot,
) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut notes = Vec::new();
    for finding in findings {
        let place = place(finding.primary, snapshot);
        let at = place.as_ref().map_or_else(String::new, |place| format!("{path}:{}:{}", place.line, place.column));
        let text = message(finding);
        if Weight::of(finding) == Weight::Note {
            notes.push(format!("{}[{}] {at}: {text}", finding.severity, finding.check));
            continue;
        }
        let field = finding.pointer.by_names();
        let field = if field.is_empty() { String::new() } else { format!(" {field}") };
        let mut whole = vec![at, format!("{}: {text}", finding.severity)];
        whole.extend(details(finding, outcome, snapshot));
        cases.push(Case {
            name: format!("{name}: {}{field}", finding.check),
            ended: Ended::Failed(finding.check.to_string(), text, whole.join("\n")),
            notes: Vec::new(),
        });
    }
    match cases.first_mut() {
        Some(first) => {
            notes.extend(reason.map(|reason| format!("not judged, or not by everything: {reason}")));
            first.notes = notes;
        }
        None => {
            let ended = reason.map_or(Ended::Passed, |reason| Ended::Skipped(reason.to_owned()));
            cases.push(Case { name: name.to_owned(), ended, notes });
        }
    }
    cases
}

fn not_done(outcome: &Outcome) -> Vec<Case> {
    let case = |path: &str, what: &str, ended: Ended| Case {
        name: if path.is_empty() { what.to_owned() } else { format!("{path}: {what}") },
        ended,
        notes: Vec::new(),
    };
    let failures = outcome.failures.iter().map(|failure| {
        let help = failure.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
        case(
            &failure.path,
            "work that could not be done",
            Ended::Error("failure", format!("{}{help}", failure.message)),
        )
    });
    let unread = outcome.unread.iter().map(|unread| {
        let text = format!("{} ({})", unread.reason, unread.help);
        let ended = if unread.failed { Ended::Error("not-read", text) } else { Ended::Skipped(text) };
        case(&unread.path, "not read", ended)
    });
    failures.chain(unread).collect()
}

/// How many cases there are, failed, with errors, skipped. The schema that Jenkins publishes knows no count of skipped
/// cases for all suites together.
fn counts<'c>(cases: impl Iterator<Item = &'c Case>, with_skipped: bool) -> String {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.ended {
            Ended::Passed => {}
            Ended::Skipped(_) => skipped += 1,
            Ended::Failed(..) => failures += 1,
            Ended::Error(..) => errors += 1,
        }
    }
    let skipped = if with_skipped { format!(r#" skipped="{skipped}""#) } else { String::new() };
    format!(r#"tests="{tests}" failures="{failures}" errors="{errors}"{skipped}"#)
}

fn write(suites: &BTreeMap<(u8, &str), Vec<Case>>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, r#"<testsuites name="Plimsoll" {}>"#, counts(suites.values().flatten(), false));
    for ((_, name), cases) in suites {
        let _ = writeln!(out, r#"  <testsuite name="{}" {}>"#, escape(name), counts(cases.iter(), true));
        // a dot would part the name into a package and a class
        let class = format!("plimsoll.{}", if *name == "." { "the root" } else { name }.replace('.', "_"));
        let mut repeats = Repeats::default();
        for case in cases {
            let again = repeats.before(&case.name);
            let again = if again > 0 { format!(" ({})", again + 1) } else { String::new() };
            // the path stands in the name: the schema has no attribute for it
            let _ =
                writeln!(out, r#"    <testcase classname="{}" name="{}{again}">"#, escape(&class), escape(&case.name));
            let _ = match &case.ended {
                Ended::Passed => Ok(()),
                Ended::Skipped(reason) => writeln!(out, r#"      <skipped message="{}"/>"#, escape(reason)),
                Ended::Failed(check, message, text) => writeln!(
                    out,
                    r#"      <failure type="{}" message="{}">{}</failure>"#,
                    escape(check),
                    escape(message),
                    content(text)
                ),
                Ended::Error(kind, message) => {
                    writeln!(out, r#"      <error type="{kind}" message="{}"/>"#, escape(message))
                }
            };
            if !case.notes.is_empty() {
                let _ = writeln!(out, "      <system-out>{}</system-out>", content(&case.notes.join("\n")));
            }
            out.push_str("    </testcase>\n");
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
