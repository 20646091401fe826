//! What is found in files that are not of the repository: it is told at the entry by which they are taken in, and names the
//! place in them. No edit of such a file is offered.

use crate::finding::{Finding, Label, Stated};
use crate::overlay::kustomize::Builds;
use crate::source::{Snapshot, SourceId, Span, is_outside};

/// What is said of the place in such a file, where the finding says nothing of its own there.
const THERE: &str = "it is written here, in what is fetched";

/// The files that are not of the repository.
#[derive(Clone, Copy)]
pub(super) struct Outside<'a> {
    pub snapshot: &'a Snapshot,
    pub builds: &'a Builds,
}

impl<'a> Outside<'a> {
    /// The entry by which a file is taken in, one that was asked for before others; none of a file of the repository.
    pub fn entry(self, source: SourceId) -> Option<Span> {
        let is_wanted = |span: &Span| self.snapshot.entry(span.source).is_some_and(|entry| entry.wanted);
        let mut entries = self.builds.entries_of(source);
        let first = entries.next()?;
        Some(if is_wanted(&first) { first } else { entries.find(is_wanted).unwrap_or(first) })
    }

    /// Whether findings in a file were asked for.
    pub fn is_wanted(self, source: SourceId) -> bool {
        let is_wanted = |id: SourceId| self.snapshot.entry(id).is_some_and(|entry| entry.wanted);
        is_wanted(source) || self.entry(source).is_some_and(|entry| is_wanted(entry.source))
    }

    /// The file by whose path levels of findings in a file go.
    pub fn path_of(self, source: SourceId, path: &'a str) -> &'a str {
        let entry = if is_outside(path) { self.entry(source) } else { None };
        entry.and_then(|entry| self.snapshot.entry(entry.source)).map_or(path, |entry| entry.path.as_str())
    }

    /// Makes a finding point into the repository.
    pub fn settle(self, finding: &mut Finding) {
        let is_outside = |id: SourceId| self.snapshot.entry(id).is_some_and(|entry| is_outside(&entry.path));
        if finding.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(|edit| is_outside(edit.span.source))) {
            finding.fix = None;
        }
        if let Some(entry) = self.entry(finding.primary.source) {
            let message = finding.label.take().unwrap_or_else(|| THERE.to_owned());
            finding.related.insert(0, Label { span: finding.primary, message });
            finding.primary = entry;
            finding.stated = Stated::Inferred;
        }
    }
}
