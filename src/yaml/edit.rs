//! Changes to a document as replacements of bytes that keep its style: indentation, quotes, comments, line ends, block or
//! flow. Every change is proven before it is given out: what it makes is parsed, and is the old value with that change and
//! nothing else. What cannot be changed so is refused. Leaves out what ought to be changed.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::finding::{Edit, Segment};
use crate::source::{Source, Span};

use super::written::{self, Layout};
use super::{Entry, Node, NodeKind, Style, Tree, documents};

/// What is to be done at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Another value in place of the one that is there.
    Replace(Value),
    /// A key of the mapping that is there; in place of its value when it has one, else behind the last key. A null becomes
    /// a mapping.
    Set(String, Value),
    /// An item behind the last one of the list that is there.
    Push(Value),
    /// Nothing: the key, or the item, goes.
    Remove,
}

/// Why there is no such edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoEdit {
    /// Nothing stands at the place, or not what the change is for.
    NotThere,
    /// The place was not written in this file alone: it is of a rendered tree.
    Rendered,
    /// The bytes cannot be changed so without changing something else: an anchor that is used elsewhere, a merged key, a
    /// way of writing that is not understood well enough.
    Entangled,
}

impl fmt::Display for NoEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotThere => "nothing of that kind stands there",
            Self::Rendered => "it was put together from several files",
            Self::Entangled => "it cannot be changed without changing something else",
        })
    }
}

impl std::error::Error for NoEdit {}

/// The edit that makes a change at a path of a document.
///
/// # Errors
/// When there is none that does this and nothing else.
pub fn edit(tree: &Tree, path: &[Segment], change: &Change) -> Result<Edit, NoEdit> {
    if tree.origins.is_some() {
        return Err(NoEdit::Rendered);
    }
    let found = tree.root().find(path);
    if !found.complete {
        return Err(NoEdit::NotThere);
    }
    let place = Place { tree, text: tree.source().text(), layout: Layout::of(tree) };
    let edit = match change {
        Change::Replace(value) => place.replace(path, found.node, value)?,
        Change::Set(key, value) => match found.node.kind() {
            NodeKind::Mapping => match found.node.written_entries().find(|entry| entry.key.key_text() == **key) {
                Some(entry) => place.replace(&[Segment::Key(key.as_str().into())], entry.value, value)?,
                None => place.insert(found.node, Some(key), value)?,
            },
            NodeKind::Scalar if found.node.is_null() => {
                place.replace(path, found.node, &Value::Object(Map::from_iter([(key.clone(), value.clone())])))?
            }
            _ => return Err(NoEdit::NotThere),
        },
        Change::Push(value) => match found.node.kind() {
            NodeKind::Sequence => place.insert(found.node, None, value)?,
            NodeKind::Scalar if found.node.is_null() => {
                place.replace(path, found.node, &Value::Array(vec![value.clone()]))?
            }
            _ => return Err(NoEdit::NotThere),
        },
        Change::Remove => {
            let (last, above) = path.split_last().ok_or(NoEdit::NotThere)?;
            place.remove(above, tree.root().find(above).node, last)?
        }
    };
    prove(tree, path, change, edit)
}

/// The text with an edit made.
#[must_use]
pub fn apply(text: &str, edit: &Edit) -> String {
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    let (before, after) = (text.get(..start).unwrap_or(text), text.get(end..).unwrap_or(""));
    format!("{before}{}{after}", edit.text)
}

/// Lets an edit pass whose result is the change and nothing else, in this document and in those beside it.
fn prove(tree: &Tree, path: &[Segment], change: &Change, edit: Edit) -> Result<Edit, NoEdit> {
    let source = tree.source();
    let changed = Arc::new(Source::new(source.id(), source.path(), apply(source.text(), &edit).into_bytes()));
    let (old, new) = (documents(source), documents(&changed));
    if old.len() != new.len() {
        return Err(NoEdit::Entangled);
    }
    for (old, new) in old.iter().zip(&new) {
        let value = |tree: &Option<Arc<Tree>>| tree.as_ref().map(|tree| tree.root().to_json());
        let is_it = old.span.start <= edit.span.start && edit.span.end <= old.span.end;
        if new.problems.len() > old.problems.len() {
            return Err(NoEdit::Entangled);
        }
        let mut wanted = value(&old.tree);
        if is_it {
            make(wanted.as_mut().ok_or(NoEdit::Entangled)?, path, change).ok_or(NoEdit::Entangled)?;
        }
        if wanted != value(&new.tree) {
            return Err(NoEdit::Entangled);
        }
    }
    Ok(edit)
}

/// Makes a change in a value.
fn make(value: &mut Value, path: &[Segment], change: &Change) -> Option<()> {
    let Some((first, rest)) = path.split_first() else {
        match change {
            Change::Replace(new) => *value = new.clone(),
            Change::Set(key, new) => {
                if value.is_null() {
                    *value = Value::Object(Map::new());
                }
                value.as_object_mut()?.insert(key.clone(), new.clone());
            }
            Change::Push(new) => {
                if value.is_null() {
                    *value = Value::Array(Vec::new());
                }
                value.as_array_mut()?.push(new.clone());
            }
            Change::Remove => return None,
        }
        return Some(());
    };
    match (first, rest.is_empty() && *change == Change::Remove) {
        (Segment::Key(key), true) => value.as_object_mut()?.remove(&**key).map(drop),
        (Segment::Item(at, _), true) => {
            let items = value.as_array_mut()?;
            (*at < items.len()).then(|| drop(items.remove(*at)))
        }
        (Segment::Key(key), false) => make(value.as_object_mut()?.get_mut(&**key)?, rest, change),
        (Segment::Item(at, _), false) => make(value.as_array_mut()?.get_mut(*at)?, rest, change),
    }
}

/// A document in which something is changed.
struct Place<'t> {
    tree: &'t Tree,
    text: &'t str,
    layout: Layout,
}

impl Place<'_> {
    fn edit(&self, start: usize, end: usize, text: String) -> Edit {
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Edit { span: Span::new(self.tree.source().id(), small(start), small(end)), text }
    }

    fn replace(&self, path: &[Segment], node: Node<'_>, value: &Value) -> Result<Edit, NoEdit> {
        let (start, end) = range(node.span());
        let flow = self.in_flow(node);
        let has_items = match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(entries) => !entries.is_empty(),
            _ => false,
        };
        // a block of lines: of keys or dashes, or of text
        let is_text = node.kind() == NodeKind::Scalar && node.style() == Style::Block && node.anchored().is_none();
        let is_block = node.kind() != NodeKind::Scalar && node.style() != Style::Flow && node.anchored().is_none();
        let start = if is_text { self.header(start) } else { start };
        let end = if is_text || is_block { self.content_end(end) } else { end };
        if flow || !has_items {
            let text = if flow { written::flow(value, self.is_json(start)) } else { written::scalar(value, node) };
            if is_block && !path.is_empty() {
                return Ok(self.edit(self.handle_end(start), end, format!(" {text}")));
            }
            let touches = start == end && !self.text.get(..start).is_none_or(|before| before.ends_with([' ', '\t']));
            return Ok(self.edit(start, end, if touches { format!(" {text}") } else { text }));
        }
        if is_block || path.is_empty() {
            let column = start - self.line_start(start);
            return Ok(self.edit(start, end, written::block(value, column, &self.layout)));
        }
        let from = self.handle_end(start);
        let own = self.line_start(from);
        let handle = self.text.get(own..from).unwrap_or("");
        if handle.ends_with('-') && handle.trim_start_matches([' ', '-']).is_empty() {
            let column = from - own + 1;
            return Ok(self.edit(from, end, format!(" {}", written::block(value, column, &self.layout))));
        }
        let indent = self.key_column(own);
        let column = match value {
            Value::Array(_) if !self.layout.indents_dashes => indent,
            _ => indent + self.layout.step,
        };
        // the comment on the line stays there, and the block comes below
        let line_end = self.line_end(end);
        let comment = self.text.get(end..line_end).unwrap_or("").trim_end();
        let (comment, to) =
            if comment.trim_start().starts_with('#') { (comment, end + comment.len()) } else { ("", end) };
        let below = written::block(value, column, &self.layout);
        Ok(self.edit(from, to, format!("{comment}{}{}{below}", self.layout.eol, " ".repeat(column))))
    }

    fn insert(&self, into: Node<'_>, key: Option<&String>, value: &Value) -> Result<Edit, NoEdit> {
        if into.anchored().is_some() {
            return Err(NoEdit::Entangled);
        }
        let (start, end) = range(into.span());
        if into.style() == Style::Flow {
            return self.insert_in_flow(into, key, value);
        }
        let column = start - self.line_start(start);
        let before = " ".repeat(column);
        let eol = self.layout.eol;
        let entry = match key {
            Some(key) => written::entry(key, value, column, &self.layout),
            None => format!("- {}", written::block(value, column + 2, &self.layout)),
        };
        let at = self.content_end(end);
        // behind the comment on the same line
        let line = self.line_end(at);
        let rest = self.text.get(at..line).unwrap_or("").trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(NoEdit::Entangled);
        }
        let line = line - self.text.get(at..line).map_or(0, |rest| rest.len() - rest.trim_end().len());
        Ok(self.edit(line, line, format!("{eol}{before}{entry}")))
    }

    fn insert_in_flow(&self, into: Node<'_>, key: Option<&String>, value: &Value) -> Result<Edit, NoEdit> {
        let (start, end) = range(into.span());
        let json = self.is_json(start);
        let text = match key {
            Some(key) => format!("{}: {}", written::key(key, json), written::flow(value, json)),
            None => written::flow(value, json),
        };
        let ends: Vec<usize> = match into.kind() {
            NodeKind::Mapping => {
                into.written_entries().map(|entry| range(entry.value.span()).1.max(range(entry.key.span()).1)).collect()
            }
            _ => into.items().map(|item| range(item.span()).1).collect(),
        };
        let Some(last) = ends.last().copied() else {
            return Ok(self.edit(start + 1, end.saturating_sub(1), text));
        };
        let first = match into.kind() {
            NodeKind::Mapping => into.written_entries().next().map(|entry| range(entry.key.span()).0),
            _ => into.items().next().map(|item| range(item.span()).0),
        };
        let first = first.unwrap_or(last);
        let line = self.line_start(first);
        let own_line = self.text.get(line..first).is_some_and(|before| before.trim().is_empty());
        let between =
            if own_line { format!(",{}{}", self.layout.eol, " ".repeat(first - line)) } else { ", ".to_owned() };
        Ok(self.edit(last, last, format!("{between}{text}")))
    }

    fn remove(&self, above: &[Segment], parent: Node<'_>, segment: &Segment) -> Result<Edit, NoEdit> {
        if parent.anchored().is_some() {
            return Err(NoEdit::Entangled);
        }
        // where each entry begins and ends
        let parts: Vec<(usize, usize)> = match parent.kind() {
            NodeKind::Mapping => parent
                .written_entries()
                .map(|Entry { key, value }| (range(key.span()).0, range(value.span()).1.max(range(key.span()).1)))
                .collect(),
            NodeKind::Sequence => parent.items().map(|item| range(item.span())).collect(),
            NodeKind::Scalar => return Err(NoEdit::NotThere),
        };
        let at = match segment {
            Segment::Key(key) => parent.written_entries().position(|entry| entry.key.key_text() == **key),
            Segment::Item(at, _) => Some(*at),
        };
        let at = at.ok_or(NoEdit::Entangled)?;
        let (start, end) = parts.get(at).copied().ok_or(NoEdit::NotThere)?;
        if parts.len() == 1 {
            let empty =
                if parent.kind() == NodeKind::Mapping { Value::Object(Map::new()) } else { Value::Array(Vec::new()) };
            return self.replace(above, parent, &empty);
        }
        let next = parts.get(at + 1).map(|(start, _)| *start);
        if parent.style() == Style::Flow {
            let before = at.checked_sub(1).and_then(|at| parts.get(at)).map(|(_, end)| *end);
            return match (next, before) {
                (Some(next), _) => Ok(self.edit(start, next, String::new())),
                (None, Some(before)) => Ok(self.edit(before, end, String::new())),
                (None, None) => Err(NoEdit::Entangled),
            };
        }
        // a block: whole lines, or what stands behind the dash that another item begins with
        let start = if parent.kind() == NodeKind::Sequence { self.dash(start)? } else { start };
        let line = self.line_start(start);
        let alone = self.text.get(line..start).is_some_and(|before| before.trim().is_empty());
        let end = self.content_end(end);
        let rest_end = self.line_end(end);
        let rest = self.text.get(end..rest_end).unwrap_or("").trim();
        if !rest.is_empty() && !rest.starts_with('#') {
            return Err(NoEdit::Entangled);
        }
        if alone {
            let to = self.next_line(rest_end);
            // the last line of a file may have no end: then the one before loses its own
            if to == rest_end && line > 0 {
                let from =
                    line - if self.text.get(..line).is_some_and(|before| before.ends_with("\r\n")) { 2 } else { 1 };
                return Ok(self.edit(from, rest_end, String::new()));
            }
            return Ok(self.edit(line, to, String::new()));
        }
        let next = next.ok_or(NoEdit::Entangled)?;
        let next = if parent.kind() == NodeKind::Sequence { self.dash(next)? } else { next };
        Ok(self.edit(start, next, String::new()))
    }

    /// Whether what stands at a node is written in brackets.
    fn in_flow(&self, node: Node<'_>) -> bool {
        let at = node.index();
        let around = |index: &u32| {
            let one = self.tree.node(*index);
            *index != at && one.style() == Style::Flow && one.kind() != NodeKind::Scalar && self.tree.after(*index) > at
        };
        (0..at).any(|index| around(&index))
    }

    /// Whether the brackets around a place are JSON: keys and texts in double quotes.
    fn is_json(&self, at: usize) -> bool {
        let path = self.tree.source().path();
        path.ends_with(".json")
            || self.text.get(at..).is_some_and(|text| text.trim_start_matches(['{', '[']).trim_start().starts_with('"'))
    }

    /// Where the text that names a value ends: behind the colon or the dash before it.
    fn handle_end(&self, start: usize) -> usize {
        let before = self.text.get(..start).unwrap_or("");
        let mut end = before.len();
        // over blanks, line ends and comments, back to the colon or dash
        loop {
            let trimmed = before.get(..end).unwrap_or("").trim_end();
            let line = trimmed.rfind('\n').map_or(0, |at| at + 1);
            let bare = uncommented(trimmed.get(line..).unwrap_or(""));
            if bare.trim().is_empty() && line > 0 {
                end = line - 1;
                continue;
            }
            return line + bare.trim_end().len();
        }
    }

    /// Where a block scalar's header begins; its span may begin at its text.
    fn header(&self, start: usize) -> usize {
        if self.text.get(start..).is_some_and(|text| text.starts_with(['|', '>'])) {
            return start;
        }
        let before = self.text.get(..start).unwrap_or("");
        let header = before.trim_end_matches(['\n', '\r', ' ']);
        header.rfind(['|', '>']).unwrap_or(start)
    }

    /// The dash of a list's item.
    fn dash(&self, item: usize) -> Result<usize, NoEdit> {
        let before = self.text.get(..item).unwrap_or("");
        let end = self.handle_end(before.len());
        match before.get(..end) {
            Some(text) if text.ends_with('-') => Ok(end - 1),
            _ => Err(NoEdit::Entangled),
        }
    }

    /// The column at which the key of a line begins, behind the dashes of the items that it stands in.
    fn key_column(&self, line: usize) -> usize {
        let text = self.text.get(line..).unwrap_or("");
        let mut column = text.len() - text.trim_start_matches(' ').len();
        while let Some(rest) = text.get(column..).and_then(|rest| rest.strip_prefix("- ")) {
            column += 2 + rest.len() - rest.trim_start_matches(' ').len();
        }
        column
    }

    /// The end of a value without the line ends behind it.
    fn content_end(&self, end: usize) -> usize {
        self.text.get(..end).map_or(end, |text| text.trim_end_matches(['\n', '\r', ' ', '\t']).len())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1)
    }

    /// The end of a line, without its line end.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or("");
        let line = rest.find('\n').map_or(rest, |end| rest.get(..end).unwrap_or(rest));
        at + line.trim_end_matches('\r').len()
    }

    fn next_line(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(at, |end| at + end + 1)
    }
}

fn range(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}

/// A line without the comment at its end. A `#` within quotes is taken for text.
fn uncommented(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') if before.is_whitespace() => return line.get(..at).unwrap_or(line),
            (None, '"' | '\'') if before.is_whitespace() => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        before = c;
    }
    line
}
