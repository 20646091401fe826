//! The baseline: findings that were there before, one line each, sorted. It has no line numbers, so it survives edits;
//! a line more or less is a line more or less, so it merges. Leaves out which findings fit its lines.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::finding::{Finding, word};
use crate::source::{Source, Span};

const HEAD: &str = "\
# plimsoll.baseline 1
# findings that were there before and are accepted until they are mended: check, object, field, file
# `plimsoll baseline prune` takes out what is mended, `plimsoll baseline update` takes in what is new
";

/// What is wrong with a baseline, and where.
#[derive(Debug, Clone)]
pub struct BaselineProblem {
    /// What.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do.
    pub help: &'static str,
}

/// One accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// The finding's, see [`Finding::fingerprint`].
    pub fingerprint: String,
    /// Its file from the root, as one word. A finding that moved to another file is still the same.
    pub path: String,
}

impl Line {
    /// The line of a finding.
    #[must_use]
    pub fn of(finding: &Finding, path: &str) -> Self {
        Self { fingerprint: finding.fingerprint(), path: word(path) }
    }

    /// The check that it speaks of.
    #[must_use]
    pub fn check(&self) -> &str {
        self.fingerprint.split(' ').next().unwrap_or_default()
    }
}

/// A baseline with the places of its lines.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// In the order of the file; the same line may stand there twice.
    pub lines: Vec<(Line, Span)>,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// The first line that is none.
    pub fn read(source: &Arc<Source>) -> Result<Self, BaselineProblem> {
        let mut lines = Vec::new();
        for index in 0..source.lines().count() {
            let range = source.lines().range(index, source.text());
            let text = source.text().get(range.clone()).unwrap_or("");
            let trimmed = text.trim_start_matches('\u{FEFF}').trim();
            let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let start = range.start + text.find(trimmed).unwrap_or(0);
            let span = Span::new(source.id(), small(start), small(start + trimmed.len()));
            if ["<<<<<<<", ">>>>>>>", "|||||||", "======="].iter().any(|mark| trimmed.starts_with(mark)) {
                return Err(BaselineProblem {
                    message: "a conflict that was not resolved".into(),
                    span,
                    help: "keep the lines of both sides and delete the marks; then `plimsoll baseline prune` takes out \
                           what is mended",
                });
            }
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = trimmed.split(' ').collect();
            let [check, subject, field, path] = words.as_slice() else {
                return Err(BaselineProblem {
                    message: "no line of a baseline: it reads `check object field file`".into(),
                    span,
                    help: "delete it, or write the file anew with `plimsoll baseline create --force`",
                });
            };
            lines.push((Line { fingerprint: format!("{check} {subject} {field}"), path: (*path).to_owned() }, span));
        }
        Ok(Self { lines })
    }
}

/// The text of a baseline with these lines.
#[must_use]
pub fn write(mut lines: Vec<Line>) -> String {
    lines.sort();
    let mut out = HEAD.to_owned();
    for line in &lines {
        let _ = writeln!(out, "{} {}", line.fingerprint, line.path);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn read(text: &str) -> Result<Baseline, BaselineProblem> {
        Baseline::read(&Arc::new(Source::new(SourceId(0), "plimsoll.baseline", text.into())))
    }

    #[test]
    fn what_is_written_is_read() {
        let line = |check: &str, path: &str| Line { fingerprint: format!("{check} Pod/web -"), path: word(path) };
        let lines = vec![line("b/b", "x y.yaml"), line("a/a", "z\n.yaml"), line("b/b", "x y.yaml")];
        let text = write(lines.clone());
        let again = read(&text).unwrap();
        assert_eq!(write(again.lines.iter().map(|(line, _)| line.clone()).collect()), text);
        assert_eq!(again.lines.len(), 3);
        assert!(text.contains("b/b Pod/web - x\\sy.yaml\n"));
        assert_eq!(read(&text.replace('\n', "\r\n")).unwrap().lines[0].0, again.lines[0].0);
    }

    #[test]
    fn what_is_no_line_is_told_with_its_place() {
        for wrong in ["a/a Pod/web - x.yaml\n<<<<<<< HEAD\n", "a/a b\n", "=======\n"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
