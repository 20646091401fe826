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

/// One node of the tape: 16 bytes. A collection is followed by its children.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub start: u32,
    pub end: u32,
    /// Collection: one past its last descendant. Alias: the cell it stands for. Scalar: an index into `made` when
    /// `is_made`, else unused.
    pub next: u32,
    pub kind: CellKind,
    pub style: Style,
    pub tag: Tag,
    /// Scalar: its text is no range of the source. Mapping: one of its keys is `<<`.
    pub flag: bool,
}

/// One document's tree. Owns what it needs, borrows nothing.
#[derive(Debug)]
pub struct Tree {
    pub(super) source: Arc<Source>,
    pub(super) cells: Vec<Cell>,
    pub(super) made: String,
    pub(super) made_ranges: Vec<(u32, u32)>,
    /// Where each cell comes from; a parsed tree has none, for its origin is its own span.
    pub(super) origins: Option<Box<Origins>>,
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

    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has no cell (it never does: a document without content has no tree).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(super) fn span(&self, index: u32) -> Span {
        if let Some(origin) = self.origins.as_ref().and_then(|origins| origins.get(index)) {
            return origin.written;
        }
        self.cells
            .get(index as usize)
            .map_or_else(|| Span::new(self.source.id(), 0, 0), |cell| Span::new(self.source.id(), cell.start, cell.end))
    }

    /// The text of a scalar cell: a range of the source, or of the string beside it.
    pub(super) fn text(&self, cell: &Cell) -> &str {
        if cell.flag {
            let (start, end) = self.made_ranges.get(cell.next as usize).copied().unwrap_or((0, 0));
            return self.made.get(start as usize..end as usize).unwrap_or("");
        }
        let quote = u32::from(matches!(cell.style, Style::Single | Style::Double));
        let range = (cell.start + quote) as usize..cell.end.saturating_sub(quote) as usize;
        self.source.text().get(range).unwrap_or("")
    }

    /// One past the subtree at `index`.
    pub(super) fn after(&self, index: u32) -> u32 {
        match self.cells.get(index as usize) {
            Some(cell) if matches!(cell.kind, CellKind::Mapping | CellKind::Sequence) => cell.next,
            _ => index + 1,
        }
    }
}
