//! Places as people and programs count them: spans of a snapshot to paths, lines and columns. Leaves out how a format
//! writes them.

use crate::source::{Encoding, Snapshot, Span};

/// A place in a file.
pub(super) struct Place<'a> {
    /// From the root, `/` between parts.
    pub path: &'a str,
    /// Line of the first character, from 1.
    pub line: u32,
    /// Column of the first character, in characters from 1.
    pub column: u32,
    /// Line of the character after the last.
    pub end_line: u32,
    /// Column of the character after the last.
    pub end_column: u32,
    /// The same as bytes of the text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Whether bytes of the text are bytes of the file.
    pub utf8: bool,
}

impl Place<'_> {
    /// The line of the last character: a span that takes its line's end along does not reach into the next.
    pub fn last_line(&self) -> u32 {
        if self.end_column == 1 && self.end_line > self.line { self.end_line - 1 } else { self.end_line }
    }
}

/// Where a span stands; nothing when its file cannot be read.
pub(super) fn place(span: Span, snapshot: &Snapshot) -> Option<Place<'_>> {
    let source = snapshot.source(span.source).ok()?;
    let (from, to) =
        (source.lines().position(source.text(), span.start), source.lines().position(source.text(), span.end));
    Some(Place {
        path: source.path(),
        line: from.line,
        column: from.column,
        end_line: to.line,
        end_column: to.column,
        start: span.start,
        end: span.end,
        utf8: source.encoding() == Encoding::Utf8,
    })
}
