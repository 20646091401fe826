//! A file's documents, split as Kubernetes splits them: at lines that begin with `---` and hold nothing more than
//! blanks or a comment (apimachinery's `YAMLReader`). Each is parsed alone, so one that is broken spoils no other.

use std::sync::Arc;

use crate::source::{Source, SourceProblem, Span};

use super::problem::{Problem, ProblemKind};
use super::tree::Tree;
use super::{json, parse};

/// One document of a file.
#[derive(Debug, Clone)]
pub struct Document {
    /// Counted from 0 in its file; empty documents count.
    pub ordinal: u32,
    /// Its text, without the separator.
    pub span: Span,
    /// Its tree; none when it is empty or broken.
    pub tree: Option<Arc<Tree>>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl Document {
    /// Whether it holds nothing but blanks and comments.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tree.is_none() && !self.problems.iter().any(Problem::is_fatal)
    }
}

/// All documents of a source, in order. A file without content has one empty document.
#[must_use]
pub fn documents(source: &Arc<Source>) -> Vec<Document> {
    let text = source.text();
    let mut out = Vec::new();
    for (start, end) in split(text) {
        let ordinal = u32::try_from(out.len()).unwrap_or(u32::MAX);
        out.push(document(source, ordinal, start, end));
    }
    match source.problem() {
        Some(SourceProblem::NotUtf8 { at }) => {
            for document in &mut out {
                if let Some(place) = at.iter().find(|place| document.span.contains(**place)) {
                    document.tree = None;
                    let problem = Problem::new(ProblemKind::NotText, *place, "a byte that is not UTF-8");
                    let help = "save the file as UTF-8; if it is encrypted or binary, name it in `ignore`";
                    document.problems = vec![problem.help(help)];
                }
            }
        }
        Some(SourceProblem::NotUtf16) => {
            if let Some(last) = out.last_mut() {
                let end = u32::try_from(source.text().len()).unwrap_or(u32::MAX);
                let place = Span::new(source.id(), 0, end.min(1));
                last.tree = None;
                last.problems =
                    vec![Problem::new(ProblemKind::NotText, place, "broken UTF-16").help("save the file as UTF-8")];
            }
        }
        None => {}
    }
    out
}

fn document(source: &Arc<Source>, ordinal: u32, start: usize, end: usize) -> Document {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let span = Span::new(source.id(), small(start), small(end));
    let text = source.text().get(start..end).unwrap_or("");
    // apimachinery takes what begins with a brace for JSON and falls back to YAML; the same bytes either way, but a
    // JSON reader minds no tabs
    if text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']).starts_with(['{', '['])
        && let Some((tree, problems)) = json::tree(source, start, end)
    {
        return Document { ordinal, span, tree: Some(tree), problems };
    }
    let (tree, problems) = parse::tree(source, start, end);
    Document { ordinal, span, tree, problems }
}

/// The byte ranges of the documents, without their separators. As in `YAMLReader`, two separators in a row hold no
/// document between them, and a blank line before the first one is a document of its own.
fn split(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    for (line_start, line_end) in separators(text) {
        let before = text.get(start..line_start).unwrap_or("");
        // directives belong to the document that follows
        let only_directives = before.lines().any(|line| line.starts_with('%'))
            && before.lines().all(|line| line.starts_with(['%', '#']) || line.trim().is_empty());
        if only_directives {
            continue;
        }
        if !before.trim_start_matches('\u{FEFF}').is_empty() {
            out.push((start, line_start));
        }
        start = line_end;
    }
    let rest = text.get(start..).unwrap_or("");
    if out.is_empty() || !rest.is_empty() {
        out.push((start, text.len()));
    }
    out
}

/// Lines that separate documents: their start and where the next line begins.
fn separators(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let found = if at == 0 && text.starts_with("---") {
                0
            } else {
                text.get(at..)?.find("\n---").map(|found| at + found + 1)?
            };
            let line_end =
                bytes.get(found..)?.iter().position(|byte| *byte == b'\n').map_or(text.len(), |n| found + n + 1);
            at = line_end.saturating_sub(1).max(found + 1);
            let rest = text.get(found + 3..line_end)?.trim();
            if rest.is_empty() || rest.starts_with('#') {
                return Some((found, line_end));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn texts(text: &str) -> Vec<String> {
        split(text).into_iter().map(|(start, end)| text[start..end].to_owned()).collect()
    }

    #[test]
    fn documents_split_where_kubernetes_splits() {
        assert_eq!(texts("a: 1\n---\nb: 2\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(texts("---\na: 1\n---  # next\nb: 2"), ["a: 1\n", "b: 2"]);
        assert_eq!(texts("a: |\n  ---\n  x\n"), ["a: |\n  ---\n  x\n"]);
        assert_eq!(texts("--- !tag\na: 1\n"), ["--- !tag\na: 1\n"]);
        assert_eq!(texts("a: 1\n---\n"), ["a: 1\n"]);
        assert_eq!(texts("---\n---\na: 1\n"), ["a: 1\n"]);
        assert_eq!(texts("\n---\na: 1\n"), ["\n", "a: 1\n"]);
        assert_eq!(texts(""), [""]);
        assert_eq!(texts("%YAML 1.1\n---\na: 1\n"), ["%YAML 1.1\n---\na: 1\n"]);
    }

    #[test]
    fn one_broken_document_spoils_no_other() {
        let text = "a: 1\n---\nb: [\n---\nc: 3\n";
        let source = Arc::new(Source::new(SourceId(0), "x.yaml", text.into()));
        let documents = documents(&source);
        let read: Vec<bool> = documents.iter().map(|document| document.tree.is_some()).collect();
        assert_eq!(read, [true, false, true]);
        let third = documents[2].tree.as_ref().unwrap();
        let c = third.root().get("c").unwrap();
        assert_eq!(source.slice(c.span()), "3");
    }
}
