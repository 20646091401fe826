//! Where nodes stand, by granit-parser: the judge of the scanner's spans.

use granit_parser::{Event, Parser, ScalarStyle};
use plimsoll::yaml::{NodeKind, Style, Tree};

#[derive(Debug, PartialEq)]
struct Place {
    what: &'static str,
    start: usize,
    /// Of scalars that are written and of flow collections.
    end: Option<usize>,
    text: Option<String>,
}

/// The first node that stands elsewhere; nothing where both agree or granit-parser does not read the document.
pub fn difference(tree: &Tree, text: &str, start: u32) -> Option<String> {
    // YAML 1.2, which granit-parser follows, has no such line breaks, and a BOM is nothing to it
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']) {
        return None;
    }
    let (mut theirs, mut ours) = (granit(text)?, ours(tree, start as usize));
    // it lets a collection under a `?` begin behind its first dash, and one pair in brackets end at the next token
    if text.contains('?') {
        for place in theirs.iter_mut().chain(&mut ours).filter(|place| matches!(place.what, "mapping" | "sequence")) {
            (place.start, place.end) = (0, None);
        }
    }
    for place in theirs.iter_mut().chain(&mut ours).filter(|place| place.what == "mapping" && place.end.is_some()) {
        if text.as_bytes().get(place.start) != Some(&b'{') {
            place.end = None;
        }
    }
    if ours.len() != theirs.len() {
        // `[?x]` is a key in YAML 1.1
        if text.contains('?') {
            return None;
        }
        return Some(format!("{} nodes, granit-parser has {}", ours.len(), theirs.len()));
    }
    ours.iter().zip(&theirs).find(|(a, b)| a != b).map(|(a, b)| format!("{a:?}, granit-parser has {b:?}"))
}

fn ours(tree: &Tree, base: usize) -> Vec<Place> {
    (0..u32::try_from(tree.len()).unwrap())
        .map(|index| {
            let node = tree.node(index);
            let span = node.span();
            let (start, end) = (span.start as usize - base, span.end as usize - base);
            let empty = start == end;
            if node.anchored().is_some() {
                return Place { what: "alias", start, end: Some(end), text: None };
            }
            match node.kind() {
                NodeKind::Scalar => {
                    let text = node.text().map(str::to_owned);
                    let empty = empty
                        || (node.style() == Style::Block && text.as_deref().is_some_and(|text| text.trim().is_empty()));
                    // where nothing is written there is no place to agree on
                    Place { what: "scalar", start: if empty { 0 } else { start }, end: (!empty).then_some(end), text }
                }
                NodeKind::Mapping => {
                    Place { what: "mapping", start, end: (node.style() == Style::Flow).then_some(end), text: None }
                }
                NodeKind::Sequence => {
                    Place { what: "sequence", start, end: (node.style() == Style::Flow).then_some(end), text: None }
                }
            }
        })
        .collect()
}

fn granit(text: &str) -> Option<Vec<Place>> {
    let options = granit_parser::options! {
        bom_inside_document_as_content: false,
        block_scalar_eof_without_line_feed: true,
        emit_unresolved_aliases: true,
        simple_key_max_lookahead: 1024,
    };
    let mut out: Vec<Place> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.ok()?;
        let (start, end) = (span.start.byte_offset()?, span.end.byte_offset()?);
        let collection = |what, style| {
            let flow = style == granit_parser::StructureStyle::Flow;
            Place { what, start, end: flow.then_some(0), text: None }
        };
        match event {
            Event::Scalar(value, style, ..) => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let end = if block { start + text.get(start..end)?.trim_end().len() } else { end };
                let empty = start == end || (block && value.trim().is_empty());
                let value = if start == end && !block { String::new() } else { value.into_owned() };
                let start = if empty { 0 } else { start };
                out.push(Place { what: "scalar", start, end: (!empty).then_some(end), text: Some(value) });
            }
            Event::SequenceStart(style, ..) => {
                open.push(out.len());
                let mut place = collection("sequence", style);
                // a list in the column of its key begins at its first dash, as any other does, not behind it
                let is_dash = ["- ", "-\n", "-\r", "-\t"]
                    .iter()
                    .any(|dash| text.get(start..).is_some_and(|rest| rest.starts_with(dash)));
                let before = text.get(..start)?.trim_end();
                if place.end.is_none() && !is_dash && before.ends_with('-') {
                    place.start = before.len() - 1;
                }
                out.push(place);
            }
            Event::MappingStart(style, ..) => {
                open.push(out.len());
                out.push(collection("mapping", style));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let place = out.get_mut(open.pop()?)?;
                if place.end.is_some() {
                    place.end = Some(end);
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                out.push(Place { what: "alias", start, end: Some(end), text: None });
            }
            _ => {}
        }
    }
    Some(out)
}
