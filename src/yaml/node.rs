//! A place in a tree: what is there, what is below it, where it was written.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::finding::{Pointer, Segment};
use crate::source::Span;

use super::scalar::{self, Reading, Scalar};
use super::tree::{Cell, CellKind, Style, Tag, Tree};

/// How deep `<<` may lead through other mappings.
const MERGE_DEPTH: usize = 16;

/// What a node is, aliases resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Text, number, boolean or null.
    Scalar,
    /// Keys and values.
    Mapping,
    /// Items.
    Sequence,
}

/// A place in a tree. `Copy`, two words.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    /// Where it stands (an alias where one was written).
    at: u32,
    /// What it is (the anchored node behind an alias).
    to: u32,
}

/// A key with its value.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'t> {
    /// The key, a scalar.
    pub key: Node<'t>,
    /// The value.
    pub value: Node<'t>,
}

/// What a path led to: see [`Node::find`].
#[derive(Debug, Clone, Copy)]
pub struct Found<'t> {
    /// The node, or the deepest parent that exists.
    pub node: Node<'t>,
    /// The key whose value it is, when it is one.
    pub key: Option<Node<'t>>,
    /// How many segments of the path exist.
    pub depth: usize,
    /// Whether all of them do.
    pub complete: bool,
}

impl<'t> Found<'t> {
    /// Where to point. A value that exists is shown itself, when it is a scalar; a collection is shown by the key
    /// that names it, an item of a list by its `name` or its first key: never a block of many lines.
    #[must_use]
    pub fn place(&self) -> Span {
        match self.node.kind() {
            NodeKind::Scalar if (self.complete && !self.node.span().is_empty()) || self.key.is_none() => {
                self.node.span()
            }
            _ => match self.key {
                Some(key) => key.span(),
                None => self.node.handle(),
            },
        }
    }
}

impl<'t> Node<'t> {
    pub(super) fn new(tree: &'t Tree, at: u32) -> Self {
        let to = match tree.cells.get(at as usize) {
            Some(cell) if cell.kind() == CellKind::Alias => cell.next,
            _ => at,
        };
        Self { tree, at, to }
    }

    fn cell(self) -> Option<&'t Cell> {
        self.tree.cells.get(self.to as usize)
    }

    /// The tree it stands in.
    #[must_use]
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// Its index in the tree, for [`Tree::node`].
    #[must_use]
    pub fn index(self) -> u32 {
        self.at
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> NodeKind {
        match self.cell().map(|cell| cell.kind()) {
            Some(CellKind::Mapping) => NodeKind::Mapping,
            Some(CellKind::Sequence) => NodeKind::Sequence,
            _ => NodeKind::Scalar,
        }
    }

    /// Where it was written: the alias, when it is one.
    #[must_use]
    pub fn span(self) -> Span {
        self.tree.span(self.at)
    }

    /// Where its value was written, when that is elsewhere: the anchored node of an alias.
    #[must_use]
    pub fn anchored(self) -> Option<Span> {
        (self.at != self.to).then(|| self.tree.span(self.to))
    }

    /// How it was written.
    #[must_use]
    pub fn style(self) -> Style {
        self.cell().map_or(Style::Plain, |cell| cell.style())
    }

    /// Whether it is a collection in brackets.
    #[must_use]
    pub fn is_flow(self) -> bool {
        self.kind() != NodeKind::Scalar && self.tree.source().slice(self.tree.span(self.to)).starts_with(['{', '['])
    }

    /// Whether it is a scalar without quotes or a tag.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self.cell().is_some_and(|cell| cell.style() == Style::Plain && matches!(cell.tag(), Tag::None))
    }

    /// Whether it is a block that folds its lines, `>`.
    #[must_use]
    pub fn is_folded(self) -> bool {
        if self.style() != Style::Block {
            return false;
        }
        let span = self.tree.span(self.to);
        let source = self.tree.source();
        // the span begins at the header or at the text below it
        if source.slice(span).starts_with(['|', '>']) {
            return source.slice(span).starts_with('>');
        }
        let before = source.text().get(..span.start as usize).unwrap_or("");
        let header = before.trim_end().rsplit('\n').next().unwrap_or("");
        let header = header.split(" #").next().unwrap_or("");
        header.rsplit([' ', '\t']).find(|word| word.starts_with(['|', '>'])).is_some_and(|word| word.starts_with('>'))
    }

    /// A small place that stands for the whole: a scalar itself; a mapping's `name` value or first key; a list's
    /// first item.
    #[must_use]
    pub fn handle(self) -> Span {
        match self.kind() {
            NodeKind::Scalar => self.span(),
            _ if self.anchored().is_some() => self.span(),
            NodeKind::Mapping => {
                match self.get("name").filter(|name| name.kind() == NodeKind::Scalar && !name.span().is_empty()) {
                    Some(name) => name.span(),
                    None => self.entries().next().map_or_else(|| self.opening(), |entry| entry.key.span()),
                }
            }
            NodeKind::Sequence => self.items().next().map_or_else(|| self.opening(), Node::handle),
        }
    }

    /// The whole of an empty collection, the opening bracket of another.
    fn opening(self) -> Span {
        let span = self.span();
        if span.len() <= 2 { span } else { Span::new(span.source, span.start, span.start + 1) }
    }

    /// A scalar's text, escapes resolved, whatever its type.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        let cell = self.cell()?;
        (cell.kind() == CellKind::Scalar).then(|| self.tree.text(cell))
    }

    /// A scalar's value as Kubernetes reads it.
    #[must_use]
    pub fn scalar(self) -> Option<Scalar<'t>> {
        self.scalar_as(Reading::Kubernetes)
    }

    /// A scalar's value as one of the two readers has it.
    #[must_use]
    pub fn scalar_as(self, reading: Reading) -> Option<Scalar<'t>> {
        let cell = self.cell()?;
        if cell.kind() != CellKind::Scalar {
            return None;
        }
        let text = self.tree.text(cell);
        Some(match cell.tag() {
            Tag::None if cell.style() == Style::Plain => scalar::plain_as(text, reading),
            Tag::None | Tag::Str | Tag::Binary | Tag::Other => Scalar::Str(text),
            Tag::Null => Scalar::Null,
            Tag::Int | Tag::Bool => scalar::plain(text),
            Tag::Float => match scalar::plain(text) {
                #[expect(clippy::cast_precision_loss, reason = "go-yaml converts the same way")]
                Scalar::Int(value) => Scalar::Float(value as f64),
                other => other,
            },
        })
    }

    /// The text of a string; nothing for numbers, booleans and null.
    #[must_use]
    pub fn as_str(self) -> Option<&'t str> {
        match self.scalar()? {
            Scalar::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, also when written as `3.0`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    pub fn as_int(self) -> Option<i64> {
        match self.scalar()? {
            Scalar::Int(value) => Some(value),
            Scalar::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
            _ => None,
        }
    }

    /// A boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is null: `~`, `null`, or nothing after the colon.
    #[must_use]
    pub fn is_null(self) -> bool {
        let Some(cell) = self.cell().filter(|cell| cell.kind() == CellKind::Scalar) else { return false };
        match (cell.style(), cell.tag()) {
            // most are told by their length
            (Style::Plain, Tag::None) if !cell.flag() && !matches!(cell.length(), 0 | 1 | 4) => false,
            (Style::Plain, Tag::None) => matches!(self.tree.text(cell), "" | "~" | "null" | "Null" | "NULL"),
            _ => matches!(self.scalar(), Some(Scalar::Null)),
        }
    }

    /// Whether a value in it may be filled in later by another tool: quick to say of most objects that none is.
    #[must_use]
    pub fn may_be_unknowable(self) -> bool {
        // what an alias stands for is written elsewhere
        if self.tree.origins.is_some() || !self.tree.anchors.is_empty() {
            return true;
        }
        let text = self.tree.source().slice(self.tree.span(self.to)).as_bytes();
        memchr::memchr3_iter(b'{', b'[', b'\\', text).any(|at| {
            let before = text.get(..at).unwrap_or_default();
            match text.get(at) {
                Some(b'{') => matches!(before.last(), Some(b'$' | b'{')),
                Some(b'[') => before.ends_with(b"ENC"),
                // an escape may hide it
                _ => true,
            }
        })
    }

    /// Whether its value is filled in later by another tool ([`scalar::is_unknowable`]).
    #[must_use]
    pub fn is_unknowable(self) -> bool {
        self.text().is_some_and(scalar::is_unknowable)
    }

    /// A key as JSON spells it: `true` for `y`, `420` for `0644`.
    #[must_use]
    pub fn key_text(self) -> Cow<'t, str> {
        self.key_text_as(Reading::Kubernetes)
    }

    /// A key as one of the two readers spells it.
    #[must_use]
    pub fn key_text_as(self, reading: Reading) -> Cow<'t, str> {
        match self.scalar_as(reading) {
            Some(Scalar::Str(text)) => Cow::Borrowed(text),
            Some(Scalar::Bool(value)) => Cow::Borrowed(if value { "true" } else { "false" }),
            Some(Scalar::Int(value)) => Cow::Owned(value.to_string()),
            Some(Scalar::UInt(value)) => Cow::Owned(value.to_string()),
            Some(Scalar::Float(value)) => Cow::Owned(scalar::float_name(value)),
            Some(Scalar::Null) => Cow::Borrowed("null"),
            None => Cow::Borrowed(""),
        }
    }

    /// Whether it is a `<<` that merges, when it is a key: plain, or under a tag that says so, and no alias of one.
    #[must_use]
    pub fn merges(self) -> bool {
        self.at == self.to
            && self.cell().is_some_and(|cell| cell.style() == Style::Plain && cell.tag() == Tag::None)
            && self.text() == Some("<<")
    }

    /// Whether one of the mapping's keys is `<<`.
    #[must_use]
    pub fn has_merge(self) -> bool {
        self.cell().is_some_and(|cell| cell.kind() == CellKind::Mapping && cell.flag())
    }

    /// The entries as written, `<<` among them, duplicates too.
    #[must_use]
    pub fn written_entries(self) -> Entries<'t> {
        let (at, end) = match self.cell() {
            Some(cell) if cell.kind() == CellKind::Mapping => (self.to + 1, cell.next),
            _ => (0, 0),
        };
        Entries::Written { tree: self.tree, at, end }
    }

    /// The entries that count: what `<<` merges in is there, and does not replace what was written.
    #[must_use]
    pub fn entries(self) -> Entries<'t> {
        if !self.has_merge() {
            return self.written_entries();
        }
        let mut merged = Vec::new();
        self.collect_merged(&mut merged, &mut BTreeSet::new(), 0);
        Entries::Merged(merged.into_iter())
    }

    /// `seen` are the names of what is there already: sorted and not hashed, so that no choice of names makes it slow.
    fn collect_merged(self, into: &mut Vec<Entry<'t>>, seen: &mut BTreeSet<Cow<'t, str>>, depth: usize) {
        if depth > MERGE_DEPTH {
            return;
        }
        let merges = |entry: &Entry<'t>| entry.key.merges();
        for entry in self.written_entries().filter(|entry| !merges(entry)) {
            if seen.insert(entry.key.key_text()) {
                into.push(entry);
            }
        }
        for entry in self.written_entries().filter(merges) {
            match entry.value.kind() {
                NodeKind::Mapping => entry.value.collect_merged(into, seen, depth + 1),
                NodeKind::Sequence => entry.value.items().for_each(|item| item.collect_merged(into, seen, depth + 1)),
                NodeKind::Scalar => {}
            }
        }
    }

    /// The items of a list.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        let tree = self.tree;
        let (mut at, end) = match self.cell() {
            Some(cell) if cell.kind() == CellKind::Sequence => (self.to + 1, cell.next),
            _ => (0, 0),
        };
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let item = Node::new(tree, at);
            at = tree.after(at);
            Some(item)
        })
    }

    /// The entry of a key, the last one when it stands twice.
    #[must_use]
    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        // only these can be spelt otherwise than they read: `yes`, `0x1`, `~`, `.Inf`
        let typed = matches!(key, "true" | "false" | "null" | ".inf" | ".nan")
            || key.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if !typed && !self.has_merge() {
            return self.plain_entry(key);
        }
        let is = |entry: &Entry<'t>| entry.key.text() == Some(key) || (typed && entry.key.key_text() == key);
        // what is written goes before what is merged, so most lookups need not merge
        if self.has_merge()
            && let Some(written) = self.written_entries().filter(is).last()
        {
            return Some(written);
        }
        self.entries().filter(is).last()
    }

    /// The same where no key is merged in, and this one is spelt as it reads: most lookups.
    fn plain_entry(self, key: &str) -> Option<Entry<'t>> {
        let cell = self.cell().filter(|cell| cell.kind() == CellKind::Mapping)?;
        let (mut at, mut found) = (self.to + 1, None);
        while at < cell.next {
            let value = self.tree.after(at);
            if self.tree.is_text(at, key) {
                found = Some((at, value));
            }
            at = self.tree.after(value);
        }
        found.map(|(key, value)| Entry { key: Node::new(self.tree, key), value: Node::new(self.tree, value) })
    }

    /// The value of a key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The value at a path of keys; null counts as absent.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Option<Node<'t>> {
        let mut node = self;
        for key in path {
            node = node.get(key)?;
        }
        (!node.is_null()).then_some(node)
    }

    /// Follows a path as far as it exists.
    #[must_use]
    pub fn find(self, path: &[Segment]) -> Found<'t> {
        let mut found = Found { node: self, key: None, depth: 0, complete: path.is_empty() };
        for segment in path {
            let next = match segment {
                Segment::Key(key) => found.node.entry(key).map(|entry| (entry.value, Some(entry.key))),
                Segment::Item(index, _) => found.node.items().nth(*index).map(|item| (item, None)),
            };
            let Some((node, key)) = next else { return found };
            // a null is a key without a value: what is missing below it is missing at the key
            found = Found { node, key, depth: found.depth + 1, complete: false };
        }
        found.complete = true;
        found
    }

    /// The path with the names of list items filled in, as far as they have them.
    #[must_use]
    pub fn named(self, path: &[Segment]) -> Pointer {
        if !path.iter().any(|segment| matches!(segment, Segment::Item(..))) {
            return Pointer(path.to_vec());
        }
        let mut node = Some(self);
        let mut out = Vec::with_capacity(path.len());
        for segment in path {
            match segment {
                Segment::Key(key) => {
                    node = node.and_then(|node| node.get(key));
                    out.push(segment.clone());
                }
                Segment::Item(index, _) => {
                    node = node.and_then(|node| node.items().nth(*index));
                    out.push(Segment::Item(*index, node.and_then(Node::item_name)));
                }
            }
        }
        Pointer(out)
    }

    /// What a list item goes by: its `name`, or the value of another key that tells items apart.
    #[must_use]
    pub fn item_name(self) -> Option<String> {
        ["name", "containerPort", "port", "key", "mountPath", "host", "path", "type"]
            .into_iter()
            .find_map(|key| self.get(key).and_then(Node::text))
            .map(str::to_owned)
    }
}

/// The entries of a mapping: see [`Node::entries`].
pub enum Entries<'t> {
    /// As written.
    Written {
        /// The tree.
        tree: &'t Tree,
        /// The next key.
        at: u32,
        /// One past the last value.
        end: u32,
    },
    /// With what `<<` brings.
    Merged(std::vec::IntoIter<Entry<'t>>),
}

impl<'t> Iterator for Entries<'t> {
    type Item = Entry<'t>;

    fn next(&mut self) -> Option<Entry<'t>> {
        match self {
            Self::Written { tree, at, end } => {
                if *at >= *end {
                    return None;
                }
                let key = Node::new(tree, *at);
                let value_at = tree.after(*at);
                *at = tree.after(value_at);
                Some(Entry { key, value: Node::new(tree, value_at) })
            }
            Self::Merged(entries) => entries.next(),
        }
    }
}
