//! Workflow commands of GitHub Actions: annotations on a change. GitHub shows ten of each kind for a step, so the
//! heaviest come first, and hints and advice are one notice a check. Leaves out the account: what is printed beside a
//! command is log, and a report of its own tells it better.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::{CheckMeta, Outcome};
use crate::finding::Finding;
use crate::source::Snapshot;

use super::places::{Place, place};
use super::wording::{Weight, counted, details, message, meta};

/// How many places a folded notice names.
const NAMED: usize = 5;

/// Writes the report.
#[must_use]
pub fn github(outcome: &Outcome, snapshot: &Snapshot, metas: &[&CheckMeta]) -> String {
    let mut out = String::new();
    for failure in &outcome.failures {
        let help = failure.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
        undone(&mut out, "error", &failure.path, &format!("{}{help}", failure.message));
    }
    for unread in outcome.unread.iter().filter(|unread| unread.failed) {
        undone(&mut out, "error", &unread.path, &format!("not read: {}\nhelp: {}", unread.reason, unread.help));
    }
    for (weight, word) in [(Weight::Error, "error"), (Weight::Warning, "warning")] {
        for finding in outcome.findings.iter().filter(|finding| Weight::of(finding) == weight) {
            single(&mut out, word, finding, outcome, snapshot);
        }
    }
    // advice apart from hints: it would fail the run elsewhere
    let mut folded: BTreeMap<(bool, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in outcome.findings.iter().filter(|finding| Weight::of(finding) == Weight::Note) {
        folded.entry((finding.enforced, &finding.check.0)).or_default().push(finding);
    }
    for ((enforced, id), findings) in folded {
        let title = meta(metas, id).map_or(id, |meta| &*meta.title);
        fold(&mut out, if enforced { "hint" } else { "advice" }, id, title, &findings, snapshot);
    }
    for unread in outcome.unread.iter().filter(|unread| !unread.failed) {
        undone(&mut out, "notice", &unread.path, &format!("not read: {}\nhelp: {}", unread.reason, unread.help));
    }
    out
}

fn single(out: &mut String, word: &str, finding: &Finding, outcome: &Outcome, snapshot: &Snapshot) {
    let mut text = message(finding);
    for line in details(finding, outcome, snapshot) {
        text.push('\n');
        text.push_str(&line);
    }
    let at = place(finding.primary, snapshot).map_or_else(String::new, |place| where_(&place));
    command(out, word, &at, &finding.check.0, &text);
}

fn fold(out: &mut String, word: &str, id: &str, title: &str, findings: &[&Finding], snapshot: &Snapshot) {
    let places: Vec<Place<'_>> =
        findings.iter().filter_map(|finding| place(finding.primary, snapshot)).take(NAMED).collect();
    let named: Vec<String> = places.iter().map(|place| format!("{}:{}", place.path, place.line)).collect();
    let rest = findings.len() - named.len();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let text = format!("{word}: {title}, {}: {}{rest}", counted(findings.len(), "time"), named.join(", "));
    let at = places.first().map_or_else(String::new, where_);
    command(out, "notice", &at, id, &text);
}

/// The properties of a place. Columns go only with places on one line: GitHub refuses them for others.
fn where_(place: &Place<'_>) -> String {
    let mut at = format!("file={},line={}", property(place.path), place.line);
    let last = place.last_line();
    if last > place.line {
        let _ = write!(at, ",endLine={last}");
    } else if place.end_line == place.line {
        // GitHub counts the last column in
        let end = place.end_column.saturating_sub(1).max(place.column);
        let _ = write!(at, ",endLine={last},col={},endColumn={end}", place.column);
    }
    at
}

fn undone(out: &mut String, word: &str, path: &str, text: &str) {
    let at = if path.is_empty() { String::new() } else { format!("file={}", property(path)) };
    command(out, word, &at, "Plimsoll", text);
}

fn command(out: &mut String, word: &str, at: &str, title: &str, text: &str) {
    let comma = if at.is_empty() { "" } else { "," };
    let _ = writeln!(out, "::{word} {at}{comma}title={}::{}", property(title), data(text));
}

/// Text behind the second `::`. Other control characters would steer the terminal of who reads the log.
fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if (c.is_control() && c != '\t') || super::wording::turns(c) => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

/// Text of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,b:c%"), "a%2Cb%3Ac%25");
    }
}
