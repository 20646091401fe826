//! One document's text to a tree. The scanner behind [`tree`] is granit-parser for now; nothing else in the crate
//! knows that, so that a scanner of our own can take its place.

use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle};

use crate::source::{Source, Span};

use super::builder::{Builder, MAX_DEPTH, MAX_SCALAR, Text};
use super::explain;
use super::problem::{Problem, ProblemKind};
use super::tree::{Style, Tag, Tree};

/// Parses `start..end` of a source, one document without its `---`. What stands after a `...` is told of as a problem.
pub(super) fn tree(source: &Arc<Source>, start: usize, end: usize) -> (Option<Arc<Tree>>, Vec<Problem>) {
    let Some(text) = source.text().get(start..end) else { return (None, Vec::new()) };
    let mut builder = Builder::new(source, text.len());
    let error = fill(&mut builder, text, start);
    let (tree, mut problems) = builder.finish();
    match error {
        Some(problem) => {
            let problem = control_character(source, text, start).unwrap_or(problem);
            problems.retain(|other| other.kind == ProblemKind::Template);
            problems.insert(0, problem);
            (None, problems)
        }
        None => (tree, problems),
    }
}

fn fill(builder: &mut Builder, text: &str, start: usize) -> Option<Problem> {
    let options = granit_parser::options! {
        bom_inside_document_as_content: false,
        block_scalar_eof_without_line_feed: true,
        emit_unresolved_aliases: true,
        // the builder refuses sooner, with a place
        flow_nesting_limit: MAX_DEPTH + 2,
        block_nesting_limit: MAX_DEPTH + 2,
        simple_key_max_lookahead: 1024,
    };
    let base = u32::try_from(start).unwrap_or(u32::MAX);
    let offset = |mark: &granit_parser::Marker| {
        base.saturating_add(mark.byte_offset().and_then(|at| u32::try_from(at).ok()).unwrap_or(0))
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = start + error.marker().byte_offset().unwrap_or(0);
                return Some(explain::syntax(builder, text, start, at, error.kind()));
            }
        };
        let range = (offset(&span.start), offset(&span.end));
        // a second root: what follows `...`, or stands behind `--- `
        let begins = matches!(
            event,
            Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::MappingStart(..)
                | Event::Alias(_)
                | Event::UnresolvedAlias(_)
        );
        if begins && builder.is_done() {
            let place = builder.span(range.0, range.1.max(range.0 + 1));
            builder.problems.push(
                Problem::new(
                    ProblemKind::Unread,
                    place,
                    "a second value in one document, which Kubernetes does not read",
                )
                .help("begin the next document with a line that holds `---` and nothing else"),
            );
            break;
        }
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                if value.len() > MAX_SCALAR {
                    let at = builder.span(range.0, range.0 + 1);
                    return Some(
                        Problem::new(ProblemKind::Limit, at, format!("a value of {} MiB", value.len() >> 20))
                            .help("the API server refuses objects over 1.5 MiB: keep large data in a file of its own"),
                    );
                }
                let tag = tag.as_deref().map_or(Tag::None, tag_of);
                add_scalar(builder, text, base, range, &value, style, tag, anchor);
            }
            Event::SequenceStart(style, anchor, _) => {
                if let Err(problem) = builder.open(range.0, false, collection(style), anchor) {
                    return Some(problem);
                }
            }
            Event::MappingStart(style, anchor, _) => {
                if let Err(problem) = builder.open(range.0, true, collection(style), anchor) {
                    return Some(problem);
                }
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(range.1),
            Event::Alias(id) => {
                if let Err(problem) = builder.alias(range, id) {
                    return Some(problem);
                }
            }
            Event::UnresolvedAlias(name) => {
                return Some(
                    Problem::new(
                        ProblemKind::UndefinedAlias,
                        builder.span(range.0, range.1),
                        format!("alias `*{name}` without its anchor `&{name}`"),
                    )
                    .help("anchors do not reach across documents (`---`): define it in this one, above; or quote the value if the star is meant"),
                );
            }
            _ => {}
        }
    }
    None
}

fn collection(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Flow => Style::Flow,
        StructureStyle::Block => Style::Plain,
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one scalar event")]
fn add_scalar(
    builder: &mut Builder,
    text: &str,
    base: u32,
    (start, end): (u32, u32),
    value: &str,
    style: ScalarStyle,
    tag: Tag,
    anchor: usize,
) {
    let written = |from: u32, to: u32| text.get((from - base) as usize..(to.max(from) - base) as usize);
    let (style, inner) = match style {
        ScalarStyle::Plain => (Style::Plain, written(start, end)),
        ScalarStyle::SingleQuoted => (Style::Single, written(start + 1, end.saturating_sub(1))),
        ScalarStyle::DoubleQuoted => (Style::Double, written(start + 1, end.saturating_sub(1))),
        ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, None),
    };
    let end = if style == Style::Block {
        // the scanner ends a block scalar at the next token: trim the empty lines
        let block = written(start, end).unwrap_or("");
        start + u32::try_from(block.trim_end().len()).unwrap_or(0)
    } else {
        end
    };
    let text = if inner == Some(value) { Text::Written } else { Text::Made(value) };
    builder.scalar((start, end), style, tag, anchor, text);
}

fn tag_of(tag: &granit_parser::Tag) -> Tag {
    match tag.core_suffix() {
        Some("str") => Tag::Str,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("bool") => Tag::Bool,
        Some("null") => Tag::Null,
        Some("binary") => Tag::Binary,
        _ if tag.handle() == "" && tag.suffix() == "!" => Tag::Str,
        _ => Tag::Other,
    }
}

/// A character that YAML does not allow (libyaml's and the scanner's rule), told of in its own words.
fn control_character(source: &Source, text: &str, start: usize) -> Option<Problem> {
    let suspicious = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 127);
    let at = text.as_bytes().iter().position(suspicious)?;
    let found = text.get(at..)?.chars().next()?;
    let from = u32::try_from(start + at).unwrap_or(u32::MAX);
    let message = format!("control character U+{:04X}, which YAML does not allow", u32::from(found));
    let help = "remove it, or write it as an escape in double quotes: it came in by a copy, or the file is no text";
    Some(Problem::new(ProblemKind::Syntax, Span::new(source.id(), from, from + 1), message).help(help))
}
