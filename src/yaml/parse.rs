//! One document's text to a tree, or to the problem that keeps it from being one.

use std::sync::Arc;

use crate::source::{Source, Span};

use super::builder::Builder;
use super::explain;
use super::problem::{Problem, ProblemKind};
use super::scanner::{self, Stack, Stop};
use super::tree::{Traits, Tree};

/// Parses `start..end` of a source, one document without its `---`. What stands after a `...` is told of as a problem.
pub(super) fn tree(
    builder: &mut Builder,
    stack: &mut Stack,
    source: &Source,
    start: usize,
    end: usize,
) -> (Option<Arc<Tree>>, Vec<Problem>) {
    let Some(text) = source.text().get(start..end) else { return (None, Vec::new()) };
    let kind = Characters::of(text);
    if kind.may_be_refused
        && let Some(problem) = control_character(source, text, start)
    {
        return (None, vec![problem]);
    }
    builder.begin(text.len(), kind.traits);
    let error = match scanner::scan(builder, stack, text, start, kind.only_feeds) {
        Ok(()) => None,
        Err(Stop::Told(problem)) => Some(*problem),
        Err(Stop::Fault(fault, at)) => Some(explain::syntax(builder, text, start, start + at, fault)),
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

/// Which characters a text holds, told in one pass.
struct Characters {
    /// It may hold one that YAML does not allow.
    may_be_refused: bool,
    /// No line break but the line feed: no carriage return, NEL, LS or PS.
    only_feeds: bool,
    /// What of them matters later.
    traits: Traits,
}

impl Characters {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        // nearly all texts hold what can be printed and line feeds, and are told by one look
        let mut more = 0u8;
        for byte in bytes {
            more |= u8::from(byte.wrapping_sub(b' ') > b'~' - b' ') & u8::from(*byte != b'\n');
        }
        if more == 0 {
            return Self { may_be_refused: false, only_feeds: true, traits: Traits::default() };
        }
        let (mut odd, mut high, mut tab) = (0u8, 0u8, 0u8);
        for byte in bytes {
            odd |= u8::from(((*byte < 32) & (*byte != 9) & (*byte != 10)) | (*byte == 127));
            tab |= u8::from(*byte == 9);
            high |= *byte;
        }
        let wide = high >= 128;
        let traits = Traits { wide, tab: tab != 0, ..Traits::default() };
        let is_odd = || {
            memchr::memchr3_iter(0xC2, 0xE2, 0xEF, bytes).any(|at| match bytes.get(at..) {
                Some([0xC2, second, ..]) => *second < 0xA0,
                Some([0xE2, 0x80, third, ..]) => matches!(*third, 0xA8 | 0xA9),
                Some([0xEF, 0xBF, third, ..]) => *third >= 0xBE,
                _ => false,
            })
        };
        if odd == 0 && (!wide || !is_odd()) {
            return Self { may_be_refused: false, only_feeds: true, traits };
        }
        Self { may_be_refused: true, only_feeds: super::text::breaks_only_by_line_feed(text), traits }
    }
}

/// A character that YAML does not allow, told of in its own words.
fn control_character(source: &Source, text: &str, start: usize) -> Option<Problem> {
    let (at, found) = text.char_indices().find(|(_, found)| {
        matches!(u32::from(*found), 0..=8 | 11 | 12 | 14..=31 | 127..=0x84 | 0x86..=0x9F | 0xFFFE | 0xFFFF)
    })?;
    let small = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
    let message = format!("control character U+{:04X}, which YAML does not allow", u32::from(found));
    let help = "remove it, or write it as an escape in double quotes: it came in by a copy, or the file is no text";
    let place = Span::new(source.id(), small(at), small(at + found.len_utf8()));
    Some(Problem::new(ProblemKind::Syntax, place, message).help(help))
}
