//! One document's text to a tree, or to the problem that keeps it from being one.

use std::sync::Arc;

use crate::source::{Source, Span};

use super::builder::Builder;
use super::explain;
use super::problem::{Problem, ProblemKind};
use super::scanner::{self, Stop};
use super::tree::Tree;

/// Parses `start..end` of a source, one document without its `---`. What stands after a `...` is told of as a problem.
pub(super) fn tree(source: &Arc<Source>, start: usize, end: usize) -> (Option<Arc<Tree>>, Vec<Problem>) {
    let Some(text) = source.text().get(start..end) else { return (None, Vec::new()) };
    if let Some(problem) = control_character(source, text, start) {
        return (None, vec![problem]);
    }
    let mut builder = Builder::new(source, text.len());
    let error = match scanner::scan(&mut builder, text, start) {
        Ok(()) => None,
        Err(Stop::Told(problem)) => Some(*problem),
        Err(Stop::Fault(fault, at)) => Some(explain::syntax(&builder, text, start, start + at, fault)),
    };
    let (tree, mut problems) = builder.finish();
    match error {
        Some(problem) => {
            problems.retain(|other| other.kind == ProblemKind::Template);
            problems.insert(0, problem);
            (None, problems)
        }
        None => (tree, problems),
    }
}

/// A character that YAML does not allow, told of in its own words.
fn control_character(source: &Source, text: &str, start: usize) -> Option<Problem> {
    let bytes = text.as_bytes();
    let suspicious =
        bytes.iter().fold(false, |found, byte| found | ((*byte < 32 && !matches!(byte, 9 | 10 | 13)) | (*byte == 127)));
    let wide = || {
        memchr::memchr2_iter(0xC2, 0xEF, bytes).any(|at| match bytes.get(at..) {
            Some([0xC2, second, ..]) => *second < 0xA0 && *second != 0x85,
            Some([0xEF, 0xBF, third, ..]) => *third >= 0xBE,
            _ => false,
        })
    };
    if !suspicious && (text.is_ascii() || !wide()) {
        return None;
    }
    let (at, found) = text.char_indices().find(|(_, found)| {
        matches!(u32::from(*found), 0..=8 | 11 | 12 | 14..=31 | 127..=0x84 | 0x86..=0x9F | 0xFFFE | 0xFFFF)
    })?;
    let small = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
    let message = format!("control character U+{:04X}, which YAML does not allow", u32::from(found));
    let help = "remove it, or write it as an escape in double quotes: it came in by a copy, or the file is no text";
    let place = Span::new(source.id(), small(at), small(at + found.len_utf8()));
    Some(Problem::new(ProblemKind::Syntax, place, message).help(help))
}
