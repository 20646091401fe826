//! GitLab's code quality report: a list of findings, each with a fingerprint by which a merge request tells the new from
//! the old. Leaves out work that could not be done and has no file: the format has no place for it.

use serde_json::{Value, json};

use crate::check::{CheckMeta, Outcome};
use crate::finding::Severity;
use crate::source::Snapshot;

use super::places::place;
use super::wording::{Repeats, details, digest, message};

/// Writes the report.
#[must_use]
pub fn gitlab(outcome: &Outcome, snapshot: &Snapshot, _metas: &[&CheckMeta]) -> String {
    let mut repeats = Repeats::default();
    let mut fingerprint = |identity: &str, path: &str| {
        let nth = repeats.before(&format!("{identity}\0{path}"));
        digest(&format!("{identity}\0{path}\0{nth}"))
    };
    let mut all: Vec<Value> = Vec::new();
    for finding in &outcome.findings {
        let Some(place) = place(finding.primary, snapshot) else { continue };
        let severity = match finding.severity {
            _ if !finding.enforced => "info",
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Hint => "info",
        };
        let mut text = message(finding);
        // the widget shows one line
        for line in details(finding, outcome, snapshot).iter().filter(|line| !line.contains('\n')) {
            text.push_str("; ");
            text.push_str(line);
        }
        all.push(json!({
            "description": text,
            "check_name": finding.check.0,
            "fingerprint": fingerprint(&finding.fingerprint(), place.path),
            "severity": severity,
            "location": { "path": place.path, "lines": { "begin": place.line, "end": place.last_line() } },
        }));
    }
    let failed = outcome.failures.iter().map(|failure| (failure.path.as_str(), failure.message.clone()));
    let unread = outcome.unread.iter().filter(|unread| unread.failed);
    let unread = unread.map(|unread| (unread.path.as_str(), format!("not read: {}; {}", unread.reason, unread.help)));
    for (path, text) in failed.chain(unread).filter(|(path, _)| !path.is_empty()) {
        all.push(json!({
            "description": text,
            "check_name": "not-done",
            "fingerprint": fingerprint("not-done", path),
            "severity": "blocker",
            "location": { "path": path, "lines": { "begin": 1, "end": 1 } },
        }));
    }
    let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
    text.push('\n');
    text
}
