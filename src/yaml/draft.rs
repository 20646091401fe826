//! A tree that can be edited, and where each part of it comes from. Parts that nobody edits are shared with whoever
//! holds them too, and copied when they are written. [`Draft::freeze`] makes a [`Tree`] of it.

use std::sync::Arc;

use crate::source::{Source, Span};

use super::scalar::{Reading, Scalar, plain_as};
use super::tree::{Cell, CellKind, Made, Style, Tag, Tree};
use super::{Node, NodeKind};

/// What was done to a value after it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The field that asked for it: `patches`, `namePrefix`.
    pub what: &'static str,
    /// The entry that asked for it.
    pub entry: Span,
}

/// Where a node of a rendered tree comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Where its text was written; of a made value, the entry that made it.
    pub written: Span,
    /// More places that hold a part of its text: a prefix.
    pub parts: Vec<Span>,
    /// The alias or the base through which it came.
    pub via: Option<Span>,
    /// What was done to it since, first things first.
    pub steps: Vec<Step>,
    /// Whether the bytes at `written` are this value, and nothing else had a hand in it.
    pub exact: bool,
}

impl Origin {
    /// What stands at a place as it is.
    #[must_use]
    pub fn at(written: Span) -> Self {
        Self { written, parts: Vec::new(), via: None, steps: Vec::new(), exact: true }
    }

    /// What an entry made.
    #[must_use]
    pub fn made(what: &'static str, entry: Span) -> Self {
        let steps = vec![Step { what, entry }];
        Self { written: entry, parts: Vec::new(), via: None, steps, exact: false }
    }

    /// The same with one thing more that was done to it.
    pub fn changed(&mut self, what: &'static str, entry: Span) {
        self.parts.push(entry);
        self.steps.push(Step { what, entry });
        self.exact = false;
    }

    /// The same with the text of another value in it.
    pub fn takes(&mut self, other: &Self, what: &'static str, entry: Span) {
        self.parts.push(other.written);
        self.parts.extend(other.parts.iter().copied());
        self.changed(what, entry);
    }
}

/// The origins of a frozen tree, a number for each cell.
#[derive(Debug, Default)]
pub(super) struct Origins {
    table: Vec<Origin>,
}

impl Origins {
    pub fn get(&self, index: u32) -> Option<&Origin> {
        self.table.get(index as usize)
    }
}

/// What a scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Str,
    /// A number, a boolean: what its text says when it is read plain.
    Plain,
    /// Nothing, written as a word.
    Null,
    /// Nothing, not even a word: the end of the line after a colon.
    Empty,
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub text: Arc<str>,
    /// Where it was written, or the entry that asked for it.
    pub at: Span,
}

/// What a draft holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text and what it is.
    Scalar(Arc<str>, Type),
    /// Keys and values.
    Mapping(Vec<(Key, Arc<Draft>)>),
    /// Items.
    Sequence(Vec<Arc<Draft>>),
}

/// A node that can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it holds.
    pub content: Content,
    /// Where it comes from.
    pub origin: Origin,
}

impl Draft {
    /// A string.
    #[must_use]
    pub fn text(text: &str, origin: Origin) -> Arc<Self> {
        Arc::new(Self { content: Content::Scalar(text.into(), Type::Str), origin })
    }

    /// An empty mapping.
    #[must_use]
    pub fn mapping(origin: Origin) -> Arc<Self> {
        Arc::new(Self { content: Content::Mapping(Vec::new()), origin })
    }

    /// Takes over a parsed node, aliases and `<<` followed. `place` says where a span of the parsed text really is,
    /// and whether the bytes there are those that were parsed.
    #[must_use]
    pub fn of(node: Node<'_>, reading: Reading, place: &dyn Fn(Span) -> (Span, bool)) -> Arc<Self> {
        let (written, exact) = place(node.anchored().unwrap_or(node.span()));
        let via = node.anchored().map(|_| place(node.span()).0);
        let mut origin = Origin { written, parts: Vec::new(), via, steps: Vec::new(), exact };
        let content = match node.kind() {
            NodeKind::Mapping => {
                let entries = node.entries().map(|entry| {
                    let text = key_text(entry.key, reading);
                    (Key { text, at: place(entry.key.span()).0 }, Self::of(entry.value, reading, place))
                });
                Content::Mapping(entries.collect())
            }
            NodeKind::Sequence => Content::Sequence(node.items().map(|item| Self::of(item, reading, place)).collect()),
            NodeKind::Scalar => {
                let text: Arc<str> = node.text().unwrap_or("").into();
                match node.scalar_as(reading) {
                    Some(Scalar::Str(text)) => {
                        let kustomize = reading == Reading::Kustomize;
                        let other = timestamp(node, text)
                            .or_else(|| if kustomize && node.is_folded() { refolded(text) } else { None });
                        if other.is_some() {
                            origin.exact = false;
                        }
                        Content::Scalar(other.map_or_else(|| text.into(), Into::into), Type::Str)
                    }
                    Some(Scalar::Null) | None if text.is_empty() => Content::Scalar(text, Type::Empty),
                    Some(Scalar::Null) | None => Content::Scalar(text, Type::Null),
                    Some(_) => Content::Scalar(text, Type::Plain),
                }
            }
        };
        Arc::new(Self { content, origin })
    }

    /// The entries of a mapping; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Key, Arc<Self>)] {
        match &self.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Arc<Self>] {
        match &self.content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Self>> {
        self.entries().iter().find(|(found, _)| &*found.text == key).map(|(_, value)| value)
    }

    /// The value at a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key).map(|found| &**found))
    }

    /// A scalar's text, whatever its type; nothing of null.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text, Type::Str | Type::Plain) => Some(text),
            _ => None,
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar(_, Type::Null | Type::Empty))
    }

    /// A scalar's value.
    #[must_use]
    pub fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.content {
            Content::Scalar(text, Type::Str) => Some(Scalar::Str(text)),
            Content::Scalar(text, Type::Plain) => Some(plain_as(text, Reading::Kustomize)),
            Content::Scalar(..) => Some(Scalar::Null),
            _ => None,
        }
    }

    /// The value of a key, for editing.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Arc<Self>> {
        match &mut self.content {
            Content::Mapping(entries) => {
                entries.iter_mut().find(|(found, _)| &*found.text == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Puts a value at a key, where the old one stood or at the end. Null becomes a mapping; other scalars stay.
    pub fn set(&mut self, key: &str, at: Span, value: Arc<Self>) {
        if self.is_null() {
            self.content = Content::Mapping(Vec::new());
        }
        if let Some(found) = self.get_mut(key) {
            *found = value;
        } else if let Content::Mapping(entries) = &mut self.content {
            entries.push((Key { text: key.into(), at }, value));
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) -> Option<Arc<Self>> {
        let Content::Mapping(entries) = &mut self.content else { return None };
        let at = entries.iter().position(|(found, _)| &*found.text == key)?;
        Some(entries.remove(at).1)
    }

    /// A tree that can no longer be edited, in which every node knows where it comes from. `source` is the file that
    /// the object began in.
    #[must_use]
    pub fn freeze(&self, source: &Arc<Source>) -> Tree {
        let mut tree = Tree { source: Arc::clone(source), cells: Vec::new(), made: Made::default(), origins: None };
        let mut origins = Origins::default();
        self.lay(&mut tree, &mut origins);
        tree.origins = Some(Box::new(origins));
        tree
    }

    fn lay(&self, tree: &mut Tree, origins: &mut Origins) {
        let at = tree.cells.len();
        match &self.content {
            Content::Scalar(text, kind) => {
                let tag = match kind {
                    Type::Str => Tag::Str,
                    Type::Plain => match plain_as(text, Reading::Kustomize) {
                        Scalar::Str(_) => Tag::Str,
                        _ => Tag::None,
                    },
                    Type::Null | Type::Empty => Tag::Null,
                };
                lay_scalar(text, tag, self.origin.clone(), tree, origins);
            }
            Content::Mapping(entries) => {
                open(CellKind::Mapping, &self.origin, tree, origins);
                for (key, value) in entries {
                    lay_scalar(&key.text, Tag::Str, Origin::at(key.at), tree, origins);
                    value.lay(tree, origins);
                }
            }
            Content::Sequence(items) => {
                open(CellKind::Sequence, &self.origin, tree, origins);
                for item in items {
                    item.lay(tree, origins);
                }
            }
        }
        let end = small(tree.cells.len());
        if let Some(cell) = tree.cells.get_mut(at)
            && cell.is_collection()
        {
            cell.next = end;
        }
    }
}

impl Tree {
    /// Where a node of a rendered tree comes from; nothing of a parsed one, which is its own origin.
    #[must_use]
    pub fn origin(&self, index: u32) -> Option<&Origin> {
        self.origins.as_ref()?.get(index)
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn open(kind: CellKind, origin: &Origin, tree: &mut Tree, origins: &mut Origins) {
    // its place is its origin's
    tree.cells.push(Cell::new((0, 0), kind, Style::Plain, Tag::None, 0));
    origins.table.push(origin.clone());
}

fn lay_scalar(text: &str, tag: Tag, origin: Origin, tree: &mut Tree, origins: &mut Origins) {
    tree.made.text().push_str(text);
    let mut cell = Cell::new((0, 0), CellKind::Scalar, Style::Plain, tag, tree.made.finish());
    cell.set_flag();
    tree.cells.push(cell);
    origins.table.push(origin);
}

fn key_text(key: Node<'_>, reading: Reading) -> Arc<str> {
    match key.scalar_as(reading) {
        Some(Scalar::Str(text)) => text.into(),
        _ => key.key_text().as_ref().into(),
    }
}

/// Kustomize's reader takes a plain date for a time, and writes it as one: `2024-01-01` is `2024-01-01T00:00:00Z`.
fn timestamp(node: Node<'_>, text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let day =
        digits(0..4) && digits(5..7) && digits(8..10) && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let whole = day && bytes.len() == 10 && node.style() == Style::Plain;
    let (month, date) = (text.get(5..7)?.parse::<u8>().ok()?, text.get(8..10)?.parse::<u8>().ok()?);
    (whole && (1..=12).contains(&month) && (1..=31).contains(&date)).then(|| format!("{text}T00:00:00Z"))
}

/// Kustomize writes its objects with go-yaml v3 and reads them again. That writer doubles the line breaks of folded
/// text (`>`) without regard to the next line, so that text whose lines are indented comes back with empty lines in it.
fn refolded(text: &str) -> Option<String> {
    if text.is_empty() || !super::emit::may_be_block(text) {
        return None;
    }
    let blank = |line: &str| line.starts_with([' ', '\t']);
    // the look ahead begins at the start of the text, not at the break
    let doubles = !text.trim_start_matches('\n').starts_with([' ', '\t']);
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let leading = rest.len() - rest.trim_start_matches('\n').len();
    out.push_str(rest.get(..leading)?);
    rest = rest.get(leading..)?;
    let keeps = text == "\n" || text.ends_with("\n\n");
    while !rest.is_empty() {
        let end = rest.find('\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        out.push_str(line);
        let next = after.trim_start_matches('\n');
        let count = after.len() - next.len();
        if count == 0 {
            break;
        }
        let written = if doubles && !blank(line) { count + 1 } else { count };
        let read = if next.is_empty() {
            if keeps { written } else { 1 }
        } else if blank(line) || blank(next) {
            written
        } else {
            written - 1
        };
        if read == 0 {
            out.push(' ');
        }
        out.extend(std::iter::repeat_n('\n', read));
        rest = next;
    }
    (out != text).then_some(out)
}
