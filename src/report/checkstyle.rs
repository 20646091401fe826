//! Checkstyle's XML: findings by file. Leaves out everything but the findings and the files that could not be read:
//! the format has no place for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::{CheckMeta, Outcome};
use crate::finding::CheckId;
use crate::source::Snapshot;

use super::places::place;
use super::wording::{Weight, details, message};
use super::xml::escape;

/// Writes the report.
#[must_use]
pub fn checkstyle(outcome: &Outcome, snapshot: &Snapshot, _metas: &[&CheckMeta]) -> String {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for finding in &outcome.findings {
        let Some(place) = place(finding.primary, snapshot) else { continue };
        let severity = match Weight::of(finding) {
            Weight::Error => "error",
            Weight::Warning => "warning",
            Weight::Note => "info",
        };
        let mut text = message(finding);
        for line in details(finding, outcome, snapshot) {
            text.push('\n');
            text.push_str(&line);
        }
        let _ = writeln!(
            files.entry(place.path).or_default(),
            r#"    <error line="{}" column="{}" severity="{severity}" message="{}" source="{}"/>"#,
            place.line,
            place.column,
            escape(&text),
            escape(&source(&finding.check)),
        );
    }
    let failed = outcome.failures.iter().map(|failure| (failure.path.as_str(), failure.message.clone()));
    let unread = outcome.unread.iter().filter(|unread| unread.failed);
    let unread = unread.map(|unread| (unread.path.as_str(), format!("not read: {} ({})", unread.reason, unread.help)));
    for (path, text) in failed.chain(unread).filter(|(path, _)| !path.is_empty()) {
        let _ = writeln!(
            files.entry(path).or_default(),
            r#"    <error line="1" severity="error" message="{}" source="plimsoll.run.not-done"/>"#,
            escape(&text),
        );
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n");
    for (path, errors) in files {
        let _ = write!(out, "  <file name=\"{}\">\n{errors}  </file>\n", escape(path));
    }
    out.push_str("</checkstyle>\n");
    out
}

/// A check as a name of Java: readers take what follows the last dot for the type, and the part before it for the
/// category.
fn source(check: &CheckId) -> String {
    let part = |text: &str| text.replace(['.', '/'], "-");
    format!("plimsoll.{}.{}", part(check.pack()), part(check.name()))
}
