//! SARIF 2.1.0: one run, its rules those of the checks that reported. What someone accepted is there as suppressed; for
//! readers that know no suppressions it is left out. Leaves out what no reader shows: code flows, snippets, artefacts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::check::{Acceptance, CheckMeta, Outcome};
use crate::finding::{Finding, Fix, Severity};
use crate::source::{Snapshot, Span};

use super::page;
use super::places::place;
use super::wording::{Repeats, Weight, details, digest, justification, message, meta};

/// GitHub refuses a run with more.
const MAX_RESULTS: usize = 25_000;

/// GitHub refuses a result with more than a thousand places and shows a hundred.
const MAX_RELATED: usize = 100;

/// GitHub's limit for a description.
const MAX_DESCRIPTION: usize = 1024;

/// What paths count from.
const ROOT: &str = "%SRCROOT%";

/// Writes the report; findings that someone accepted are in it as suppressed.
#[must_use]
pub fn sarif(outcome: &Outcome, snapshot: &Snapshot, metas: &[&CheckMeta]) -> String {
    write(outcome, snapshot, metas, true)
}

/// Writes the report for GitHub's code scanning: it does not read suppressions and opens an alert for each result, so
/// what someone accepted is left out.
#[must_use]
pub fn code_scanning(outcome: &Outcome, snapshot: &Snapshot, metas: &[&CheckMeta]) -> String {
    write(outcome, snapshot, metas, false)
}

/// A finding and what accepts it.
type Told<'a> = (&'a Finding, Option<&'a Acceptance>);

fn write(outcome: &Outcome, snapshot: &Snapshot, metas: &[&CheckMeta], with_accepted: bool) -> String {
    let open = outcome.findings.iter().map(|finding| (finding, None));
    let accepted = outcome.accepted.iter().filter(|_| with_accepted).map(|one| (&one.finding, Some(&one.by)));
    let mut told: Vec<Told<'_>> = open.chain(accepted).collect();
    let left_out = cap(&mut told);

    let ids: BTreeSet<&str> = told.iter().map(|(finding, _)| &*finding.check.0).collect();
    let index: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let rules: Vec<Value> = ids.iter().map(|id| rule(id, meta(metas, id))).collect();

    let against_baseline = outcome.accepted.iter().any(|one| matches!(one.by, Acceptance::Baseline));
    let mut repeats = Repeats::default();
    let results: Vec<Value> = told
        .iter()
        .map(|one| {
            let rule = index.get(&*one.0.check.0).copied().unwrap_or_default();
            result(one, rule, against_baseline, &mut repeats, outcome, snapshot)
        })
        .collect();

    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Plimsoll",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": !outcome.is_incomplete(),
                "toolExecutionNotifications": notifications(outcome, left_out),
            }],
            "originalUriBaseIds": { ROOT: { "description": { "text": "the root of the repository" } } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

/// Keeps what weighs most, in its order; how many were left out.
fn cap(told: &mut Vec<Told<'_>>) -> usize {
    let left_out = told.len().saturating_sub(MAX_RESULTS);
    if left_out > 0 {
        let mut ranked: Vec<(usize, Told<'_>)> = told.drain(..).enumerate().collect();
        ranked.sort_by_key(|(_, (finding, by))| (by.is_some(), Weight::of(finding)));
        ranked.truncate(MAX_RESULTS);
        ranked.sort_by_key(|(at, _)| *at);
        told.extend(ranked.into_iter().map(|(_, one)| one));
    }
    left_out
}

fn level(weight: Weight) -> &'static str {
    match weight {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Note => "note",
    }
}

fn rule(id: &str, meta: Option<&CheckMeta>) -> Value {
    let (_, last) = id.split_once('/').unwrap_or(("", id));
    let name: String = last.split(['-', '_', '.', '/', ' ']).map(capitalised).collect();
    let Some(meta) = meta else {
        // a check that the registry does not list; GitHub wants the descriptions all the same
        let text = json!({ "text": id });
        return json!({ "id": id, "name": name, "shortDescription": text, "fullDescription": text, "help": text });
    };
    let why = meta.why.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut help = vec![why.clone()];
    if !meta.remedy.is_empty() {
        help.push(format!("What to do: {}", meta.remedy));
    }
    help.extend(meta.origin.iter().map(|path| format!("Rule: {path}")));
    help.extend(meta.references.iter().map(|reference| format!("Follows: {reference}")));
    let markdown = match &meta.origin {
        None => page(meta, None),
        Some(_) => help.join("\n\n"),
    };
    let severity = match meta.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "recommendation",
    };
    json!({
        "id": id,
        "name": name,
        "shortDescription": { "text": short(&meta.title) },
        "fullDescription": { "text": short(&why) },
        "help": { "text": help.join("\n\n"), "markdown": markdown },
        "defaultConfiguration": { "level": level(match meta.severity {
            Severity::Error => Weight::Error,
            Severity::Warning => Weight::Warning,
            Severity::Hint => Weight::Note,
        }) },
        "properties": {
            "tags": [meta.id.pack(), meta.says.as_str()],
            "problem.severity": severity,
        },
    })
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A description within GitHub's limit; an empty one is not allowed.
fn short(text: &str) -> String {
    let text = if text.trim().is_empty() { "no description" } else { text };
    if text.chars().count() <= MAX_DESCRIPTION {
        return text.to_owned();
    }
    text.chars().take(MAX_DESCRIPTION - 1).chain(['…']).collect()
}

fn result(
    (finding, by): &Told<'_>,
    rule: usize,
    against_baseline: bool,
    repeats: &mut Repeats,
    outcome: &Outcome,
    snapshot: &Snapshot,
) -> Value {
    let mut out = Map::new();
    out.insert("ruleId".into(), json!(finding.check.0));
    out.insert("ruleIndex".into(), json!(rule));
    out.insert("level".into(), json!(level(Weight::of(finding))));
    let mut text = message(finding);
    for line in details(finding, outcome, snapshot) {
        text.push('\n');
        text.push_str(&line);
    }
    out.insert("message".into(), json!({ "text": unlinked(&text) }));

    let mut location = location(finding.primary, None, snapshot);
    if let (Some(location), Some(subject)) = (location.as_object_mut(), &finding.subject) {
        let object =
            json!({ "name": subject.name.as_str(), "fullyQualifiedName": subject.to_string(), "kind": "resource" });
        location.insert("logicalLocations".into(), json!([object]));
    }
    out.insert("locations".into(), json!([location]));
    let places = finding.related.iter().take(MAX_RELATED).enumerate();
    let related: Vec<Value> = places
        .map(|(at, label)| {
            let mut related = self::location(label.span, Some(&label.message), snapshot);
            related["id"] = json!(at + 1);
            related
        })
        .collect();
    if !related.is_empty() {
        out.insert("relatedLocations".into(), json!(related));
    }

    let identity = finding.fingerprint();
    let path = place(finding.primary, snapshot).map_or("", |place| place.path);
    let nth = repeats.before(&format!("{identity}\0{path}"));
    let print = digest(&format!("{identity}\0{path}\0{nth}"));
    out.insert("partialFingerprints".into(), json!({ "plimsoll/v1": print }));

    if let Some(fix) = &finding.fix {
        out.insert("fixes".into(), json!([self::fix(fix, snapshot)]));
    }
    out.insert("suppressions".into(), by.iter().map(|by| suppression(by, snapshot)).collect());
    if against_baseline {
        match by {
            None => drop(out.insert("baselineState".into(), json!("new"))),
            Some(Acceptance::Baseline) => drop(out.insert("baselineState".into(), json!("unchanged"))),
            // whether the baseline has it was not asked
            Some(Acceptance::Exception(_)) => {}
        }
    }
    let mut properties = Map::new();
    if !finding.pointer.0.is_empty() {
        properties.insert("field".into(), json!(finding.pointer.to_field_path()));
    }
    if !finding.units.is_empty() {
        properties.insert("units".into(), json!(finding.units.iter().map(|unit| &**unit).collect::<Vec<_>>()));
    }
    if !finding.enforced {
        properties.insert("enforced".into(), json!(false));
    }
    properties.insert("severity".into(), json!(finding.severity.as_str()));
    properties.insert("fingerprint".into(), json!(identity));
    out.insert("properties".into(), Value::Object(properties));
    Value::Object(out)
}

/// A message without what SARIF reads as a link: what stands in a file must not become one.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

fn location(span: Span, message: Option<&str>, snapshot: &Snapshot) -> Value {
    let mut out = Map::new();
    if let Some(place) = place(span, snapshot) {
        out.insert(
            "physicalLocation".into(),
            json!({ "artifactLocation": artifact(place.path), "region": region(span, snapshot) }),
        );
    }
    if let Some(message) = message {
        out.insert("message".into(), json!({ "text": unlinked(message) }));
    }
    Value::Object(out)
}

fn artifact(path: &str) -> Value {
    json!({ "uri": uri(path), "uriBaseId": ROOT })
}

/// A path as a relative reference: everything but unreserved characters and `/` is percent-encoded.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn region(span: Span, snapshot: &Snapshot) -> Value {
    let Some(place) = place(span, snapshot) else { return json!({}) };
    let mut region = json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    });
    if place.utf8 {
        region["byteOffset"] = json!(place.start);
        region["byteLength"] = json!(place.end - place.start);
    }
    region
}

fn fix(fix: &Fix, snapshot: &Snapshot) -> Value {
    let mut files: BTreeMap<_, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        let replacement =
            json!({ "deletedRegion": region(edit.span, snapshot), "insertedContent": { "text": edit.text } });
        files.entry(edit.span.source).or_default().push(replacement);
    }
    let changes: Vec<Value> = files
        .into_iter()
        .filter_map(|(id, replacements)| {
            let entry = snapshot.entry(id)?;
            Some(json!({ "artifactLocation": artifact(&entry.path), "replacements": replacements }))
        })
        .collect();
    json!({ "description": { "text": fix.message }, "artifactChanges": changes })
}

fn suppression(by: &Acceptance, snapshot: &Snapshot) -> Value {
    match by {
        Acceptance::Baseline => {
            json!({ "kind": "external", "status": "accepted", "justification": "in the baseline: it was there before" })
        }
        Acceptance::Exception(exception) => {
            let mut out = json!({
                "kind": if exception.is_beside() { "inSource" } else { "external" },
                "status": "accepted",
                "justification": justification(exception),
            });
            // an exception of the configuration may stand in a file that is not in the snapshot
            if exception.is_beside() && place(exception.span, snapshot).is_some() {
                out["location"] = location(exception.span, None, snapshot);
            }
            out
        }
    }
}

fn notifications(outcome: &Outcome, left_out: usize) -> Vec<Value> {
    let note = |level: &str, text: String, path: &str| {
        let mut out = json!({ "level": level, "message": { "text": unlinked(&text) } });
        if !path.is_empty() {
            out["locations"] = json!([{ "physicalLocation": { "artifactLocation": artifact(path) } }]);
        }
        out
    };
    let mut all = Vec::new();
    for failure in &outcome.failures {
        let help = failure.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
        all.push(note("error", format!("{}{help}", failure.message), &failure.path));
    }
    for unread in &outcome.unread {
        let level = if unread.failed { "error" } else { "note" };
        all.push(note(level, format!("not read: {}\nhelp: {}", unread.reason, unread.help), &unread.path));
    }
    if left_out > 0 {
        let text = format!("{left_out} results are left out: a run holds {MAX_RESULTS}, those that weigh most");
        all.push(note("warning", text, ""));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(uri("a b/ü:#?%.yaml"), "a%20b/%C3%BC%3A%23%3F%25.yaml");
    }
}
