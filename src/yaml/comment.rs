//! Comments: where they stand, and of those that speak to a tool (`# tool: …`) the part of the document that each speaks of.
//! Leaves out what they say.

use memchr::{memchr_iter, memmem};

use crate::source::{Source, Span};

use super::text::line_end;
use super::tree::{Cell, CellKind, Style};
use super::{Document, Node, NodeKind, ProblemKind};

/// Text that is none to YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// From its `#` to the end of the line.
    pub span: Span,
    /// Whether nothing but blanks stands before it on its line.
    pub alone: bool,
}

/// The comments of a document, in the order of the text. Of one that could not be read none are known, nor of what stands
/// behind its `...` and is not read.
#[must_use]
pub fn comments(source: &Source, document: &Document) -> Vec<Comment> {
    let Some(tree) = &document.tree else { return Vec::new() };
    let (start, whole) = (document.span.start as usize, document.span.end as usize);
    let unread = document.problems.iter().filter(|problem| problem.kind == ProblemKind::Unread);
    let end = unread.map(|problem| problem.span.start as usize).min().unwrap_or(whole);
    let bytes = source.text().as_bytes().get(..end.max(start)).unwrap_or_default();
    // whatever is none of a scalar's is a comment's: no name, tag or indicator holds a `#`
    // a block without text is seen by its header, behind which one may stand
    let is_header = |cell: &Cell| cell.style() == Style::Block && tree.text(cell).trim().is_empty();
    let scalars = tree.cells.iter().filter(|cell| cell.kind() == CellKind::Scalar);
    let mut scalars = scalars.filter(|cell| !is_header(cell)).peekable();
    let mut out: Vec<Comment> = Vec::new();
    let mut behind = start;
    for at in memchr_iter(b'#', bytes.get(start..).unwrap_or_default()).map(|at| start + at) {
        let is_before = |end: u32| end as usize <= at;
        while scalars.next_if(|cell| is_before(cell.end())).is_some() {}
        let is_text = scalars.peek().is_some_and(|cell| (cell.start as usize) <= at);
        if at < behind || is_text {
            continue;
        }
        behind = line_end(bytes, at, false);
        let before = bytes.get(start..at).unwrap_or_default().iter().rev();
        let alone = before.take_while(|byte| !matches!(byte, b'\n' | b'\r')).all(|byte| matches!(byte, b' ' | b'\t'));
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        out.push(Comment { span: Span::new(source.id(), small(at), small(behind)), alone });
    }
    out
}

/// A comment to a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// From its `#` to the end of the line.
    pub span: Span,
    /// Where what follows the opening word begins.
    pub start: u32,
    /// What it speaks of: before everything else, the document; behind something, what begins on that line; else what
    /// begins on the next line with content. None when nothing follows.
    pub covers: Option<Span>,
}

/// The comments of a document that begin with `word`. Each is found in a time that does not grow with the document.
#[must_use]
pub fn remarks(source: &Source, document: &Document, word: &str) -> Vec<Remark> {
    let (start, end) = (document.span.start as usize, document.span.end as usize);
    let body = source.text().get(start..end).unwrap_or("");
    let small = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
    let mut out = Vec::new();
    let mut outline = None;
    let (mut line, mut next) = ((0, 0), None);
    for found in memmem::find_iter(body.as_bytes(), word.as_bytes()) {
        if found >= line.1 {
            let between = body.get(line.1..found).unwrap_or("");
            let line_start =
                between.rfind(['\n', '\r']).map_or(if line.1 == 0 { 0 } else { line.1 }, |at| line.1 + at + 1);
            let rest = body.get(found..).and_then(|rest| rest.find(['\n', '\r']));
            line = (line_start, rest.map_or(body.len(), |at| found + at));
        }
        let lead = body.get(line.0..found).unwrap_or("").trim_end_matches([' ', '\t']);
        let Some(content) = lead.strip_suffix('#') else { continue };
        // `#` within a word opens no comment
        if content.chars().next_back().is_some_and(|c| !c.is_whitespace()) {
            continue;
        }
        let hash = line.0 + content.len();
        let outline = outline.get_or_insert_with(|| Outline::of(document, body));
        if outline.is_text(small(hash)) {
            continue;
        }
        let whole = |line: (usize, usize)| Span::new(source.id(), small(line.0), small(line.1));
        let covers = if !content.trim().is_empty() {
            Some(outline.beginning(whole((line.0, hash))))
        } else if line.0 <= outline.head {
            Some(document.span)
        } else {
            // many remarks in a row speak of the same line
            let known = next.filter(|next: &Option<(usize, usize)>| next.is_none_or(|next| next.0 > line.1));
            let following = known.unwrap_or_else(|| next_line(body, line.1));
            next = Some(following);
            following.map(|line| outline.beginning(whole(line)))
        };
        out.push(Remark {
            span: Span::new(source.id(), small(hash), small(line.1)),
            start: small(found + word.len()),
            covers,
        });
    }
    out
}

/// Where the first line stands that holds more than blanks, a comment or a directive.
fn head(body: &str) -> usize {
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let words = line.trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
        if !(words.is_empty() || words.starts_with(['#', '%']) || words == "---") {
            return at;
        }
        at += line.len();
    }
    at
}

/// The next line that holds more than blanks, a comment or a lone dash.
fn next_line(body: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        at += body.get(at..)?.find(['\n', '\r'])? + 1;
        let line = body.get(at..)?.split(['\n', '\r']).next().unwrap_or("");
        let words = line.trim();
        if !(words.is_empty() || words.starts_with('#') || words == "-") {
            return Some((at, at + line.len()));
        }
    }
}

/// What stands where in a document, in the order of the text.
#[derive(Default)]
struct Outline {
    /// Where the content begins.
    head: usize,
    /// Entries and items, the outer ones first.
    parts: Vec<Span>,
    /// Scalars, in which `#` is text.
    texts: Vec<Span>,
}

impl Outline {
    fn of(document: &Document, body: &str) -> Self {
        let mut out = Self { head: head(body), ..Self::default() };
        if let Some(tree) = &document.tree {
            out.add(tree.root());
        }
        out
    }

    /// No deeper than a document may be.
    fn add(&mut self, node: Node<'_>) {
        if node.anchored().is_some() {
            return;
        }
        match node.kind() {
            NodeKind::Scalar => self.texts.push(node.span()),
            NodeKind::Mapping => {
                for entry in node.written_entries() {
                    let (key, value) = (entry.key.span(), entry.value.span());
                    self.parts.push(Span::new(key.source, key.start, value.end.max(key.end)));
                    self.add(entry.key);
                    self.add(entry.value);
                }
            }
            NodeKind::Sequence => {
                for item in node.items() {
                    self.parts.push(item.span());
                    self.add(item);
                }
            }
        }
    }

    /// Whether a byte lies within a scalar.
    fn is_text(&self, at: u32) -> bool {
        let behind = self.texts.partition_point(|text| text.start <= at);
        behind.checked_sub(1).and_then(|before| self.texts.get(before)).is_some_and(|text| at < text.end)
    }

    /// The largest part of the document that begins on a line; the line itself where none does.
    fn beginning(&self, line: Span) -> Span {
        let first = self.parts.get(self.parts.partition_point(|part| part.start < line.start));
        let part = first.filter(|part| part.start < line.end);
        part.map_or(line, |part| Span::new(part.source, line.start, part.end.max(line.end)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::SourceId;

    fn covered(text: &str) -> Vec<Option<String>> {
        let source = Arc::new(Source::new(SourceId(0), "x.yaml", text.into()));
        let documents = crate::yaml::documents(&source);
        let all = documents.iter().flat_map(|document| remarks(&source, document, "tool:"));
        all.map(|remark| remark.covers.map(|span| source.slice(span).trim().to_owned())).collect()
    }

    #[test]
    fn a_comment_speaks_of_what_begins_behind_or_before_it() {
        let text =
            "a: 1\nb:\n  # tool: x\n  c: 1\n  d: 2 # tool: y\n  e:\n  # tool: z\n  - name: f\n    g: 1\n  - name: h\n";
        let parts = ["c: 1", "d: 2", "- name: f\n    g: 1"].map(|part| Some(part.to_owned()));
        assert_eq!(covered(text), parts);
    }

    #[test]
    fn before_everything_it_speaks_of_the_document() {
        assert_eq!(covered("# first\n# tool: x\n\na: 1\nb: 2\n---\n# tool: y\nc: 3\n").len(), 2);
        assert_eq!(covered("# tool: x\na: 1\nb: 2\n"), [Some("# tool: x\na: 1\nb: 2".to_owned())]);
        assert_eq!(covered("a: 1\n# tool: x\n"), [None]);
    }

    #[test]
    fn text_is_no_comment() {
        assert_eq!(covered("a: |\n  # tool: x\nb: '# tool: y'\nc: x#tool:z\n\"# tool: k\": 1\n"), []);
        assert_eq!(covered("a: # tool: x\n  b: 1\n"), [Some("a: # tool: x\n  b: 1".to_owned())]);
    }
}
