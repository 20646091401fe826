//! Where nodes stand, by granit-parser: the judge of the scanner's spans.

use granit_parser::{Event, Parser, ScalarStyle};
use plimsoll::source::Source;
use plimsoll::yaml::{Document, NodeKind, Style, Tree, comments};

#[derive(Debug, PartialEq)]
struct Place {
    what: &'static str,
    start: usize,
    /// Of scalars that are written and of flow collections.
    end: Option<usize>,
    text: Option<String>,
}

/// The first node that stands elsewhere: the kind of the difference, where it is one that is known, and what to say. Nothing
/// where both agree or granit-parser does not read the document.
pub fn difference(tree: &Tree, text: &str, start: u32) -> Option<(Option<&'static str>, String)> {
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
    if let Some((at, (a, b))) = ours.iter().zip(&theirs).enumerate().find(|(_, (a, b))| a != b) {
        return Some((kind(text, ours.get(at..)?, b), format!("{a:?}, granit-parser has {b:?}")));
    }
    let nothing = Place { what: "nothing", start: 0, end: None, text: None };
    let more = ours.get(theirs.len()..).unwrap_or_default();
    let kind = kind(text, more, theirs.get(ours.len()).unwrap_or(&nothing));
    (ours.len() != theirs.len()).then(|| (kind, format!("{} nodes, granit-parser has {}", ours.len(), theirs.len())))
}

/// The first comment that stands elsewhere. Nothing where both agree or granit-parser does not read the document.
pub fn comment_difference(source: &Source, document: &Document) -> Option<String> {
    let text = source.slice(document.span);
    // YAML 1.2 has no such line breaks, and a BOM is nothing to granit-parser
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']) {
        return None;
    }
    let (mut theirs, mut ended) = (Vec::new(), false);
    for event in Parser::new_from_str_with_options(text, options()) {
        let (event, span) = event.ok()?;
        match event {
            Event::Comment(..) => theirs.push((span.start.byte_offset()?, span.end.byte_offset()?)),
            Event::DocumentEnd => ended = true,
            Event::DocumentStart(..) if ended => break,
            _ => {}
        }
    }
    let base = document.span.start as usize;
    let found = comments(source, document);
    let ours: Vec<(usize, usize)> =
        found.iter().map(|one| (one.span.start as usize - base, one.span.end as usize - base)).collect();
    let written = |(start, end): &(usize, usize)| text.get(*start..*end).unwrap_or("").to_owned();
    if let Some((a, b)) = ours.iter().zip(&theirs).find(|(a, b)| a != b) {
        return Some(format!("the comment {:?} at {a:?}, granit-parser has {:?} at {b:?}", written(a), written(b)));
    }
    (ours.len() != theirs.len()).then(|| format!("{} comments, granit-parser has {}", ours.len(), theirs.len()))
}

/// What the two versions of YAML mean by the same characters. Each kind is as narrow as its reason.
fn kind(text: &str, ours: &[Place], theirs: &Place) -> Option<&'static str> {
    let ends_with_colon = |place: &&Place| {
        let next = place.end.and_then(|end| text.as_bytes().get(end));
        let colon = place.text.as_deref().is_some_and(|text| text.ends_with(':'));
        colon && matches!(next, Some(b',' | b'[' | b']' | b'{' | b'}'))
    };
    if ours.iter().find(|place| place.what == "scalar").filter(ends_with_colon).is_some() {
        return Some("span-colon-in-brackets");
    }
    if theirs.text.as_deref().is_some_and(|text| text.starts_with(['?', ':'])) {
        return Some("span-mark-in-brackets");
    }
    // `!,` and its like
    let tag = text.match_indices('!').find(|(at, _)| {
        let tag = text.get(*at..).and_then(|rest| rest.split([' ', '\t', '\n', '\r']).next()).unwrap_or("");
        text.get(..*at).is_some_and(|before| before.ends_with([' ', '\t', '\n', '[', '{', ',', ':']))
            && tag.contains([',', '[', ']'])
    });
    if tag.is_some_and(|(at, _)| theirs.start == 0 || theirs.start >= at) {
        return Some("span-comma-in-tag");
    }
    // `&name:` and its like, the first of them before what differs
    let named = text.match_indices('&').find_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let name =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).filter(|end| *end > 0)?;
        rest.get(name..)?.starts_with(['?', ':', '%', '@', '`']).then_some(at)?;
        // a mapping begins with what stands before the anchor on its line
        Some(text.get(..at)?.rfind(['\n', '\r']).map_or(0, |line| line + 1))
    });
    let is_behind = |place: &Place, at: usize| place.start == 0 || place.start >= at;
    if named.is_some_and(|at| is_behind(theirs, at) && ours.iter().all(|place| is_behind(place, at))) {
        return Some("span-mark-behind-anchor");
    }
    // a block of text at the root
    let is_block = text.contains(['|', '>']) && ours.len() == 1 && theirs.what == "scalar";
    let begins = is_block && theirs.text.as_deref().is_some_and(|text| text.trim_start().starts_with(['%', '#']));
    begins.then_some("span-column-0-of-root-block")
}

/// The dash that a list begins with whose first item begins at `start`: comments may stand between the two.
fn dash_before(text: &str, start: usize) -> Option<usize> {
    let mut before = text.get(..start)?.trim_end();
    loop {
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let words = before.get(line..)?;
        let comment = words.rfind(" #").or_else(|| words.starts_with('#').then_some(0));
        match comment {
            Some(at) => before = before.get(..line + at)?.trim_end(),
            None => return before.ends_with('-').then(|| before.len() - 1),
        }
    }
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

fn options() -> granit_parser::Options {
    granit_parser::options! {
        bom_inside_document_as_content: false,
        block_scalar_eof_without_line_feed: true,
        emit_unresolved_aliases: true,
        simple_key_max_lookahead: 1024,
    }
}

fn granit(text: &str) -> Option<Vec<Place>> {
    let mut out: Vec<Place> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for event in Parser::new_from_str_with_options(text, options()) {
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
                let rest = text.get(start..)?;
                let is_dash = rest == "-" || ["- ", "-\n", "-\r", "-\t"].iter().any(|dash| rest.starts_with(dash));
                if place.end.is_none() && !is_dash {
                    place.start = dash_before(text, start).unwrap_or(start);
                }
                // the same of one whose first item is a list
                if let Some(outer) = out.last_mut().filter(|outer| outer.what == "sequence" && outer.end.is_none())
                    && outer.start == place.start
                {
                    outer.start = dash_before(text, start).unwrap_or(start);
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
            // what comes behind is another document
            Event::DocumentEnd => return Some(out),
            _ => {}
        }
    }
    Some(out)
}
