//! The tree: a flat tape of cells in the order of the text. Immutable once built; [`super::Node`] reads it.

use std::sync::Arc;

use crate::source::{Source, Span};

use super::Node;
use super::draft::Origins;

/// How a node was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A plain scalar, or a block collection.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>`
    Block,
    /// `[…]` or `{…}`
    Flow,
}

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellKind {
    Scalar,
    Mapping,
    Sequence,
    Alias,
}

/// The tags that change what a value means; others only keep a scalar from being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    Str,
    Int,
    Float,
    Bool,
    Null,
    Binary,
    Other,
}

/// One node of the tape: 12 bytes. A collection is followed by its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub start: u32,
    /// The length in the upper three bytes, then flag, tag, style and kind.
    word: u32,
    /// Collection: one past its last descendant. Alias: the cell it stands for. Scalar: an index into the made texts
    /// when `flag` is set, else unused.
    pub next: u32,
}

/// The longest that a cell can be.
pub(super) const MAX_LENGTH: usize = (1 << 24) - 1;

const SCALAR: u32 = 0;
const MAPPING: u32 = 1;
const SEQUENCE: u32 = 2;
const ALIAS: u32 = 3;
const KIND: u32 = 0b11;
const STYLE: u32 = 2;
const TAG: u32 = 4;
const FLAG: u32 = 1 << 7;
const LENGTH: u32 = 8;

impl Cell {
    /// A cell; nothing in the text is longer than [`MAX_LENGTH`], because no document is.
    #[inline]
    pub fn new((start, end): (u32, u32), kind: CellKind, style: Style, tag: Tag, next: u32) -> Self {
        let kind = match kind {
            CellKind::Scalar => SCALAR,
            CellKind::Mapping => MAPPING,
            CellKind::Sequence => SEQUENCE,
            CellKind::Alias => ALIAS,
        };
        let style = match style {
            Style::Plain => 0,
            Style::Single | Style::Flow => 1,
            Style::Double => 2,
            Style::Block => 3,
        };
        let word = (end.wrapping_sub(start) << LENGTH) | ((tag as u32) << TAG) | (style << STYLE) | kind;
        Self { start, word, next }
    }

    /// A plain scalar without properties.
    #[inline]
    pub fn plain(start: u32, end: u32) -> Self {
        Self { start, word: end.wrapping_sub(start) << LENGTH, next: 0 }
    }

    #[inline]
    pub fn end(&self) -> u32 {
        self.start + (self.word >> LENGTH)
    }

    /// Of what was written, quotes and all.
    #[inline]
    pub fn length(&self) -> u32 {
        self.word >> LENGTH
    }

    pub fn set_end(&mut self, end: u32) {
        self.word = (self.word & ((1 << LENGTH) - 1)) | (end.wrapping_sub(self.start) << LENGTH);
    }

    #[inline]
    pub fn kind(&self) -> CellKind {
        match self.word & KIND {
            SCALAR => CellKind::Scalar,
            MAPPING => CellKind::Mapping,
            SEQUENCE => CellKind::Sequence,
            _ => CellKind::Alias,
        }
    }

    #[inline]
    pub fn is_collection(&self) -> bool {
        matches!(self.word & KIND, MAPPING | SEQUENCE)
    }

    #[inline]
    pub fn style(&self) -> Style {
        match ((self.word >> STYLE) & 0b11, self.word & KIND) {
            (0, _) => Style::Plain,
            (1, SCALAR) => Style::Single,
            (1, _) => Style::Flow,
            (2, _) => Style::Double,
            _ => Style::Block,
        }
    }

    #[inline]
    pub fn tag(&self) -> Tag {
        match (self.word >> TAG) & 0b111 {
            0 => Tag::None,
            1 => Tag::Str,
            2 => Tag::Int,
            3 => Tag::Float,
            4 => Tag::Bool,
            5 => Tag::Null,
            6 => Tag::Binary,
            _ => Tag::Other,
        }
    }

    /// Scalar: its text is no range of the source. Mapping: one of its keys is `<<`.
    #[inline]
    pub fn flag(&self) -> bool {
        self.word & FLAG != 0
    }

    pub fn set_flag(&mut self) {
        self.word |= FLAG;
    }
}

/// Texts that stand in no file, one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Made {
    text: String,
    ends: Vec<u32>,
}

impl Made {
    /// Where the next text is put together, up to [`Made::finish`]; what is left there unfinished has to be taken away.
    #[inline]
    pub fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Ends the text, and says which it is.
    #[inline]
    pub fn finish(&mut self) -> u32 {
        self.ends.push(small(self.text.len()));
        small(self.ends.len() - 1)
    }

    #[inline]
    pub fn get(&self, index: u32) -> &str {
        let end = |index: usize| self.ends.get(index).map_or(0, |end| *end as usize);
        let start = (index as usize).checked_sub(1).map_or(0, end);
        self.text.get(start..end(index as usize)).unwrap_or("")
    }

    /// What is there, in no more room than it takes.
    pub fn take(&mut self) -> Self {
        if self.ends.is_empty() {
            return Self::default();
        }
        let out = Self { text: self.text.as_str().to_owned(), ends: self.ends.as_slice().to_vec() };
        self.clear();
        out
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A name that a node was given (`&name`).
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// Where it stands, with its sign.
    pub span: Span,
    /// Whether an alias repeats what it marks.
    pub used: bool,
}

/// One document's tree. Owns what it needs, borrows nothing.
#[derive(Debug)]
pub struct Tree {
    pub(super) source: Arc<Source>,
    pub(super) cells: Vec<Cell>,
    pub(super) made: Made,
    pub(super) anchors: Box<[Anchor]>,
    pub(super) foreign_tags: Box<[Span]>,
    /// Where cells come from whose origin is not their own span; a parsed tree has none.
    pub(super) origins: Option<Box<Origins>>,
    /// What is known of all its cells.
    pub(super) traits: Traits,
}

/// What a look at every byte and cell finds, so that checks need not look again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    /// A key may be read as something else than its bytes.
    pub odd_key: bool,
    /// A plain scalar begins with a zero and another digit.
    pub zero_ahead: bool,
    /// A plain scalar is a number of three digits that give the owner of a file more than to execute it, as 644 does.
    pub like_mode: bool,
    /// A plain scalar is a word like `no`, or a number that is written with more than digits.
    pub odd_value: bool,
    /// A character is none of ASCII.
    pub wide: bool,
    /// A character is a tab.
    pub tab: bool,
    /// A plain scalar has no text.
    pub empty: bool,
}

impl Traits {
    /// Of a tree that nobody looked at.
    pub const UNKNOWN: Self =
        Self { odd_key: true, zero_ahead: true, like_mode: true, odd_value: true, wide: true, tab: true, empty: true };

    /// Notes a plain scalar as it was written. One that begins with a letter, but for those of `yes`, `no`, `on` and `off`,
    /// need not be told of.
    #[inline]
    pub fn note(&mut self, written: &[u8]) {
        let [first, rest @ ..] = written else {
            self.empty = true;
            return;
        };
        match first {
            // no longer word is read as anything but text
            b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' => self.odd_value |= rest.len() < 3,
            b'0'..=b'9' | b'-' | b'+' | b'.' => self.note_number(*first, rest),
            _ => {}
        }
    }

    fn note_number(&mut self, first: u8, rest: &[u8]) {
        let digits = rest.iter().all(u8::is_ascii_digit);
        let digits_of_mode = |digits: &[u8]| digits.iter().all(|digit| matches!(digit, b'0' | b'4'..=b'7'));
        self.like_mode |= match (first, rest) {
            (b'4'..=b'7', [_, _]) => digits_of_mode(rest),
            (b'+', [b'4'..=b'7', rest @ ..]) => rest.len() == 2 && digits_of_mode(rest),
            _ => false,
        };
        self.zero_ahead |= match (first, rest) {
            (b'0', [second, ..]) => second.is_ascii_digit(),
            (b'-' | b'+', [b'0', third, ..]) => third.is_ascii_digit(),
            _ => false,
        };
        // more digits than a number of 64 bits has
        self.odd_value |= !digits || !first.is_ascii_digit() || rest.len() >= 18;
    }
}

impl Tree {
    /// The document's root.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        self.node(0)
    }

    /// The node at an index that [`Node::index`] gave.
    #[must_use]
    pub fn node(&self, index: u32) -> Node<'_> {
        Node::new(self, index)
    }

    /// The file it was parsed from.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The same with other names for some keys, each by its index; they keep their places.
    #[must_use]
    pub fn with_keys(&self, names: &[(u32, &str)]) -> Self {
        let mut made = self.made.clone();
        let mut cells = self.cells.clone();
        for (index, name) in names {
            if let Some(cell) = cells.get_mut(*index as usize).filter(|cell| cell.kind() == CellKind::Scalar) {
                made.text().push_str(name);
                cell.next = made.finish();
                cell.set_flag();
            }
        }
        Self {
            source: Arc::clone(&self.source),
            cells,
            made,
            anchors: self.anchors.clone(),
            foreign_tags: self.foreign_tags.clone(),
            origins: None,
            traits: self.traits,
        }
    }

    /// The anchors that were written, in the order of the text.
    #[must_use]
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The tags that are none of YAML's own (`!Ref`), in the order of the text.
    #[must_use]
    pub fn foreign_tags(&self) -> &[Span] {
        &self.foreign_tags
    }

    /// Whether a key may be read as something else than its bytes, `on` or `0644`; it need not be.
    #[must_use]
    pub fn may_have_odd_keys(&self) -> bool {
        self.traits.odd_key
    }

    /// The second `<<` of a mapping, the first one that there is. Kubernetes merges both, Kustomize refuses it.
    #[must_use]
    pub fn second_merge(&self) -> Option<Node<'_>> {
        if !self.traits.odd_key {
            return None;
        }
        let mappings = (0..small(self.cells.len())).map(|at| self.node(at)).filter(|node| node.has_merge());
        let seconds = mappings.filter_map(|node| {
            let keys = node.written_entries().map(|entry| entry.key);
            keys.filter(|key| key.merges()).nth(1)
        });
        seconds.min_by_key(|key| key.span().start)
    }

    /// Whether a plain scalar may begin with a zero and another digit; it need not.
    #[must_use]
    pub fn may_have_zeros_ahead(&self) -> bool {
        self.traits.zero_ahead
    }

    /// Whether a plain scalar may be a number of three digits that reads as the mode of a file that its owner may read; it
    /// need not.
    #[must_use]
    pub fn may_have_modes(&self) -> bool {
        self.traits.like_mode
    }

    /// Whether a plain scalar may be a word that is read as a boolean, or a number that is not what it looks; none need be.
    #[must_use]
    pub fn may_have_odd_values(&self) -> bool {
        self.traits.odd_value
    }

    /// Whether it may hold a character that is none of ASCII; it need not.
    #[must_use]
    pub fn may_have_wide_characters(&self) -> bool {
        self.traits.wide
    }

    /// Whether it may hold a tab; it need not.
    #[must_use]
    pub fn may_have_tabs(&self) -> bool {
        self.traits.tab
    }

    /// Whether a value may be missing behind its key; it need not be.
    #[must_use]
    pub fn may_have_empty_values(&self) -> bool {
        self.traits.empty
    }

    /// Whether one of these words stands in it as a scalar, escapes resolved.
    #[must_use]
    pub fn holds(&self, words: &[&str]) -> bool {
        let is_near = |cell: &Cell, word: &str| matches!((cell.word >> LENGTH).wrapping_sub(small(word.len())), 0 | 2);
        (0..)
            .zip(&self.cells)
            .any(|(at, cell)| words.iter().any(|word| (is_near(cell, word) || cell.flag()) && self.is_text(at, word)))
    }

    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether another one says the same at the same places and came about in the same way.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
            && self.cells == other.cells
            && self.made == other.made
            && self.origins == other.origins
    }

    /// About how many bytes it takes, beside its source.
    #[must_use]
    pub fn weight(&self) -> usize {
        let origins = self.origins.as_ref().map_or(0, |origins| origins.weight());
        size_of::<Self>() + size_of_val(self.cells.as_slice()) + self.made.text.len() + origins
    }

    /// Whether it has no cell (it never does: a document without content has no tree).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(super) fn span(&self, index: u32) -> Span {
        if let Some(written) = self.origins.as_ref().and_then(|origins| origins.written(index)) {
            return written;
        }
        self.cells.get(index as usize).map_or_else(
            || Span::new(self.source.id(), 0, 0),
            |cell| Span::new(self.source.id(), cell.start, cell.end()),
        )
    }

    /// The text of a scalar cell: a range of the source, or of the string beside it.
    pub(super) fn text(&self, cell: &Cell) -> &str {
        text(cell, &self.source, &self.made)
    }

    /// Whether the scalar at `index`, or behind the alias there, reads as `wanted`, escapes resolved.
    #[inline]
    pub(super) fn is_text(&self, index: u32, wanted: &str) -> bool {
        let Some(cell) = self.cells.get(index as usize) else { return false };
        if cell.word & (KIND | FLAG) != SCALAR {
            let cell = if cell.kind() == CellKind::Alias { self.cells.get(cell.next as usize) } else { Some(cell) };
            return cell.is_some_and(|cell| cell.kind() == CellKind::Scalar && self.text(cell) == wanted);
        }
        // the length is told by the cell: hardly any text has to be looked at
        let quote = usize::from(matches!(cell.style(), Style::Single | Style::Double));
        let (length, start) = ((cell.word >> LENGTH) as usize, cell.start as usize + quote);
        if length != wanted.len() + 2 * quote {
            return false;
        }
        let (wanted, found) = (wanted.as_bytes(), self.source.text().as_bytes().get(start..start + wanted.len()));
        // the first byte tells most of the rest without a call
        found.is_some_and(|found| found.first() == wanted.first() && found == wanted)
    }

    /// One past the subtree at `index`.
    pub(super) fn after(&self, index: u32) -> u32 {
        match self.cells.get(index as usize) {
            Some(cell) if cell.is_collection() => cell.next,
            _ => index + 1,
        }
    }
}

/// The text of a scalar cell.
#[inline]
pub(super) fn text<'a>(cell: &Cell, source: &'a Source, made: &'a Made) -> &'a str {
    if cell.flag() {
        return made.get(cell.next);
    }
    let quote = u32::from(matches!(cell.style(), Style::Single | Style::Double));
    let range = (cell.start + quote) as usize..cell.end().saturating_sub(quote) as usize;
    source.text().get(range).unwrap_or("")
}
