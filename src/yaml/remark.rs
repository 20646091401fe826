//! Comments that speak to a tool (`# tool: …`) and the part of the document that each speaks of. Leaves out what they
//! say, and all other comments.

use memchr::memmem;

use crate::source::{Source, Span};

use super::{Document, Node, NodeKind};

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

/// The comments of a document that begin with `word`.
#[must_use]
pub fn remarks(source: &Source, document: &Document, word: &str) -> Vec<Remark> {
    let text = source.text();
    let (start, end) = (document.span.start as usize, document.span.end as usize);
    let body = text.get(start..end).unwrap_or("");
    let mut out = Vec::new();
    for found in memmem::find_iter(body.as_bytes(), word.as_bytes()) {
        let before = body.get(..found).unwrap_or("");
        let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let lead = body.get(line_start..found).unwrap_or("").trim_end_matches([' ', '\t']);
        let Some(content) = lead.strip_suffix('#') else { continue };
        // `#` within a word opens no comment
        if content.chars().next_back().is_some_and(|c| !c.is_whitespace()) {
            continue;
        }
        let hash = line_start + content.len();
        let line_end = body.get(found..).and_then(|rest| rest.find(['\n', '\r'])).map_or(body.len(), |at| found + at);
        if document.tree.as_ref().is_some_and(|tree| is_text(tree.root(), start + hash)) {
            continue;
        }
        let small = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
        let covers = if content.trim().is_empty() {
            if is_head(before.get(..line_start).unwrap_or("")) {
                Some(document.span)
            } else {
                next_line(body, line_end).map(|line| beginning(document, line, small))
            }
        } else {
            Some(beginning(document, (line_start, hash), small))
        };
        out.push(Remark {
            span: Span::new(source.id(), small(hash), small(line_end)),
            start: small(found + word.len()),
            covers,
        });
    }
    out
}

/// Whether nothing but blanks, comments and directives stands there.
fn is_head(before: &str) -> bool {
    before.lines().all(|line| {
        let line = line.trim_matches(['\u{FEFF}', ' ', '\t', '\r']);
        line.is_empty() || line.starts_with(['#', '%']) || line == "---"
    })
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

/// Whether a byte lies within a scalar, where `#` is text.
fn is_text(node: Node<'_>, at: usize) -> bool {
    let span = node.span();
    if !(span.start as usize..span.end as usize).contains(&at) {
        return false;
    }
    match node.kind() {
        _ if node.anchored().is_some() => false,
        NodeKind::Scalar => true,
        NodeKind::Mapping => node.written_entries().any(|entry| is_text(entry.key, at) || is_text(entry.value, at)),
        NodeKind::Sequence => node.items().any(|item| is_text(item, at)),
    }
}

/// The largest part of the document that begins on a line; the line itself where none does.
fn beginning(document: &Document, line: (usize, usize), small: impl Fn(usize) -> u32) -> Span {
    let line = Span::new(document.span.source, small(line.0), small(line.1));
    let mut part = None;
    let mut node = document.tree.as_ref().map(|tree| tree.root());
    while let Some(inner) = node.take().filter(|node| node.anchored().is_none()) {
        let parts: Vec<(Span, Node<'_>)> = match inner.kind() {
            NodeKind::Scalar => Vec::new(),
            NodeKind::Mapping => inner
                .written_entries()
                .map(|entry| {
                    let (key, value) = (entry.key.span(), entry.value.span());
                    (Span::new(key.source, key.start, value.end.max(key.end)), entry.value)
                })
                .collect(),
            NodeKind::Sequence => inner.items().map(|item| (item.span(), item)).collect(),
        };
        for (span, below) in parts {
            if span.start >= line.start && span.start < line.end {
                part = Some(span);
                break;
            }
            if span.start < line.start && span.end > line.start {
                node = Some(below);
            }
        }
        if part.is_some() {
            break;
        }
    }
    part.map_or(line, |part| Span::new(part.source, line.start, part.end.max(line.end)))
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
