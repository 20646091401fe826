//! A file's documents, split as Kubernetes splits them: at lines that begin with `---` and hold nothing more than
//! blanks or a comment (apimachinery's `YAMLReader`). Each is parsed alone, so one that is broken spoils no other.

use std::sync::{Arc, LazyLock};

use memchr::{memchr, memmem};

use crate::source::{Source, SourceProblem, Span};

use super::builder::{Builder, MAX_DOCUMENT};
use super::problem::{Problem, ProblemKind};
use super::scanner::Stack;
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
    Reader::default().documents(source)
}

/// Reads one source after the other, in the same room. What it says of one does not depend on those before.
#[derive(Default)]
pub struct Reader {
    builder: Option<Builder>,
    stack: Stack,
}

impl Reader {
    /// See [`documents`].
    #[must_use]
    pub fn documents(&mut self, source: &Arc<Source>) -> Vec<Document> {
        let builder = match &mut self.builder {
            Some(builder) => {
                builder.turn_to(source);
                builder
            }
            none => none.insert(Builder::new(source)),
        };
        // nearly all files hold one
        let mut out = Vec::with_capacity(1);
        split(source.text(), |start, end| {
            let ordinal = u32::try_from(out.len()).unwrap_or(u32::MAX);
            out.push(document(builder, &mut self.stack, source, ordinal, start, end));
        });
        mark_broken(source, &mut out);
        find_anchors(source, &mut out);
        out
    }
}

/// Anchors do not reach across documents: says of an alias without one where another document has it.
fn find_anchors(source: &Source, out: &mut [Document]) {
    let is_alias = |problem: &Problem| problem.kind == ProblemKind::UndefinedAlias;
    if out.len() < 2 || !out.iter().any(|document| document.problems.iter().any(is_alias)) {
        return;
    }
    let trees = out.iter().filter_map(|document| document.tree.as_ref());
    let anchors = trees.flat_map(|tree| tree.anchors()).map(|anchor| (source.slice(anchor.span), anchor.span));
    let mut anchors: Vec<(&str, Span)> = anchors.collect();
    anchors.sort_unstable_by_key(|(written, place)| (*written, place.start));
    for problem in out.iter_mut().flat_map(|document| &mut document.problems).filter(|problem| is_alias(problem)) {
        let Some(name) = source.slice(problem.span).strip_prefix('*') else { continue };
        let is_own = |written: &str| written.strip_prefix('&') == Some(name);
        // one of this document goes before
        if problem.related.as_ref().is_some_and(|(place, _)| is_own(source.slice(*place))) {
            continue;
        }
        // the nearest above, else the first below
        let behind = anchors.partition_point(|(written, place)| {
            (written.strip_prefix('&').unwrap_or(written), place.start) < (name, problem.span.start)
        });
        let found = [behind.checked_sub(1), Some(behind)].into_iter().flatten().filter_map(|at| anchors.get(at));
        if let Some((_, place)) = found.into_iter().find(|(written, _)| is_own(written)) {
            problem.related = Some((*place, "the anchor of this name stands in another document".to_owned()));
            problem.help = Some("anchors do not reach across `---`: define it in this document too, above".to_owned());
        }
    }
}

/// So many places of bytes that are no text a source keeps.
const KEPT: usize = 100;

/// Bytes that are no text break the document that they stand in.
fn mark_broken(source: &Source, out: &mut Vec<Document>) {
    match source.problem() {
        Some(SourceProblem::NotUtf8 { at }) => {
            let last = at.last().map_or(u32::MAX, |place| place.start);
            for document in out.iter_mut() {
                // a source keeps so many places, and puts U+FFFD where it found one more
                let further = || {
                    let found = source.slice(document.span).find(char::REPLACEMENT_CHARACTER)?;
                    let start = document.span.start + u32::try_from(found).ok()?;
                    let end = start + u32::try_from(char::REPLACEMENT_CHARACTER.len_utf8()).ok()?;
                    (at.len() >= KEPT && start > last).then(|| Span::new(source.id(), start, end))
                };
                let known = at.partition_point(|place| place.start < document.span.start);
                let known = at.get(known).copied().filter(|place| document.span.contains(*place));
                if let Some(place) = known.or_else(further) {
                    document.tree = None;
                    let problem = Problem::new(ProblemKind::NotText, place, "a byte that is not UTF-8");
                    let help = "save the file as UTF-8; if it is encrypted or binary, name it in `ignore`";
                    document.problems = vec![problem.help(help)];
                }
            }
        }
        Some(SourceProblem::NotUtf16) => {
            // what stands where is not known any more
            let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let text = source.text();
            let first = text.chars().next().map_or(0, char::len_utf8);
            let place = Span::new(source.id(), 0, small(first));
            let problem = Problem::new(ProblemKind::NotText, place, "broken UTF-16").help("save the file as UTF-8");
            let span = Span::new(source.id(), 0, small(text.len()));
            *out = vec![Document { ordinal: 0, span, tree: None, problems: vec![problem] }];
        }
        None => {}
    }
}

fn document(
    builder: &mut Builder,
    stack: &mut Stack,
    source: &Source,
    ordinal: u32,
    start: usize,
    end: usize,
) -> Document {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let span = Span::new(source.id(), small(start), small(end));
    if end - start > MAX_DOCUMENT {
        return Document { ordinal, span, tree: None, problems: vec![too_large(source, start, end)] };
    }
    let text = source.text().get(start..end).unwrap_or("");
    // apimachinery takes what begins with a brace for JSON and falls back to YAML; the same bytes either way, but a
    // JSON reader minds no tabs
    if text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']).starts_with(['{', '['])
        && let Some((tree, problems)) = json::tree(builder, source, start, end)
    {
        return Document { ordinal, span, tree: Some(tree), problems };
    }
    let (tree, mut problems) = parse::tree(builder, stack, source, start, end);
    for problem in &mut problems {
        problem.span = whole(source.text(), problem.span);
        for edit in problem.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.span = whole(source.text(), edit.span);
        }
        if let Some((place, _)) = &mut problem.related {
            *place = whole(source.text(), *place);
        }
    }
    Document { ordinal, span, tree, problems }
}

/// A place without halves of characters: what is pointed at by its first byte may have more.
fn whole(text: &str, span: Span) -> Span {
    let (mut start, mut end) = (span.start, span.end);
    while start > 0 && !text.is_char_boundary(start as usize) {
        start -= 1;
    }
    while (end as usize) < text.len() && !text.is_char_boundary(end as usize) {
        end += 1;
    }
    Span::new(span.source, start, end)
}

fn too_large(source: &Source, start: usize, end: usize) -> Problem {
    let blank = source.text().get(start..end).map_or(0, |text| text.len() - text.trim_start().len());
    let at = u32::try_from(start + blank).unwrap_or(u32::MAX);
    let place = Span::new(source.id(), at, at + 1);
    Problem::new(ProblemKind::Limit, place, format!("a document of {} MiB", (end - start) >> 20))
        .help("the API server refuses objects over 1.5 MiB: name the file in `ignore` if it is none of Kubernetes'")
}

/// Tells the byte ranges of the documents, without their separators. As in `YAMLReader`, two separators in a row hold no
/// document between them, and a blank line before the first one is a document of its own.
fn split(text: &str, mut tell: impl FnMut(usize, usize)) {
    let (mut start, mut any) = (0, false);
    for (line_start, line_end) in separators(text) {
        let before = text.get(start..line_start).unwrap_or("");
        // directives belong to the document that follows
        if is_only_directives(before) {
            continue;
        }
        if !before.trim_start_matches('\u{FEFF}').is_empty() {
            tell(start, line_start);
            any = true;
        }
        start = line_end;
    }
    let rest = text.get(start..).unwrap_or("");
    if !any || !rest.is_empty() {
        tell(start, text.len());
    }
}

/// Whether directives stand there, and beside them only comments and blank lines.
fn is_only_directives(before: &str) -> bool {
    let mut any = false;
    for line in before.lines() {
        match line.as_bytes().first() {
            Some(b'%') => any = true,
            Some(b'#') | None => {}
            _ if line.trim().is_empty() => {}
            _ => return false,
        }
    }
    any
}

/// What a document begins with, made ready once.
static SEPARATOR: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\n---"));

/// Lines that separate documents: their start and where the next line begins.
fn separators(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    let first = bytes.starts_with(b"---").then_some(0);
    let inner = SEPARATOR.find_iter(bytes).map(|found| found + 1);
    first.into_iter().chain(inner).filter_map(move |found| {
        let line_end = memchr(b'\n', bytes.get(found..)?).map_or(bytes.len(), |n| found + n + 1);
        let rest = text.get(found + 3..line_end)?.trim();
        (rest.is_empty() || rest.starts_with('#')).then_some((found, line_end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn texts(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        split(text, |start, end| out.push(text[start..end].to_owned()));
        out
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
    fn broken_utf_16_is_told_of_at_its_first_character() {
        let bytes = b"\xFE\xFF\x49\x54\xD8\x00\x00\n".to_vec();
        let source = Arc::new(Source::new(SourceId(0), "x.yaml", bytes));
        let documents = documents(&source);
        assert_eq!(documents.len(), 1);
        assert_eq!(source.slice(documents[0].problems[0].span), "\u{4954}");
    }

    #[test]
    fn bytes_that_are_no_text_break_every_document_that_has_one() {
        let mut bytes = b"a: ".to_vec();
        bytes.extend([0xFA; 150]);
        bytes.extend(b"\n---\nb: 1\n---\nc: \xFA\n");
        let source = Arc::new(Source::new(SourceId(0), "x.yaml", bytes));
        let broken: Vec<bool> = documents(&source)
            .iter()
            .map(|document| document.problems.iter().any(|problem| problem.kind == ProblemKind::NotText))
            .collect();
        assert_eq!(broken, [true, false, true]);
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
