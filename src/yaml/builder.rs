//! Fills the tape, whoever reads the text: balances collections, resolves anchors, bounds what aliases expand to.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{Source, Span};

use super::problem::{Problem, ProblemKind};
use super::scalar::{Scalar, plain};
use super::tree::{Cell, CellKind, Style, Tag, Tree};

/// The depth at which a document is refused. Kubernetes' own limit is 10,000; no manifest passes 100.
pub(super) const MAX_DEPTH: usize = 512;
/// Nodes that a document may stand for once its aliases are followed.
const MAX_EXPANDED: u64 = 2_000_000;
/// The largest scalar that is read.
pub(super) const MAX_SCALAR: usize = 16 * 1024 * 1024;

/// Beyond [`MAX_DEPTH`].
pub(super) fn too_deep(place: Span) -> Problem {
    Problem::new(ProblemKind::Limit, place, format!("nested deeper than {MAX_DEPTH} levels"))
        .help("no Kubernetes object is: look for a generator that ran away, or brackets that never close")
}

struct Open {
    at: u32,
    anchor: usize,
    expanded_before: u64,
}

/// Builds one [`Tree`].
pub(super) struct Builder {
    source: Arc<Source>,
    cells: Vec<Cell>,
    made: String,
    made_ranges: Vec<(u32, u32)>,
    open: Vec<Open>,
    anchors: FxHashMap<usize, (u32, u64)>,
    expanded: u64,
    /// Where the node that was last finished ends: a block collection ends with its last child.
    last_end: u32,
    /// Scalars that are `.inf` or `.nan`: JSON has no such numbers, but a key may be called so.
    infinite: Vec<u32>,
    pub problems: Vec<Problem>,
}

/// The text of a scalar, as a reader has it.
pub(super) enum Text<'a> {
    /// Exactly the bytes of the span (without quotes).
    Written,
    /// Unescaped or folded.
    Made(&'a str),
}

impl Builder {
    pub fn new(source: &Arc<Source>, size: usize) -> Self {
        Self {
            source: Arc::clone(source),
            cells: Vec::with_capacity(size / 14 + 4),
            made: String::new(),
            made_ranges: Vec::new(),
            open: Vec::new(),
            anchors: FxHashMap::default(),
            expanded: 0,
            last_end: 0,
            infinite: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.source.id(), start, end)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    /// Where the node that was last finished ends.
    pub fn last_end(&self) -> u32 {
        self.last_end
    }

    pub fn scalar(&mut self, (start, end): (u32, u32), style: Style, tag: Tag, anchor: usize, text: Text<'_>) {
        let at = self.count();
        let (next, flag) = match text {
            Text::Written => (0, false),
            Text::Made(text) => {
                let from = u32::try_from(self.made.len()).unwrap_or(u32::MAX);
                self.made.push_str(text);
                let to = u32::try_from(self.made.len()).unwrap_or(u32::MAX);
                self.made_ranges.push((from, to));
                (u32::try_from(self.made_ranges.len() - 1).unwrap_or(u32::MAX), true)
            }
        };
        let cell = Cell { start, end, next, kind: CellKind::Scalar, style, tag, flag };
        if (style == Style::Plain || tag == Tag::Float) && (4..=7).contains(&(end - start)) && self.is_infinite(&cell) {
            self.infinite.push(at);
        }
        self.cells.push(cell);
        self.expanded += 1;
        self.last_end = end;
        if anchor > 0 {
            self.anchors.insert(anchor, (at, 1));
        }
    }

    /// Opens a collection; `Err` at the depth limit.
    pub fn open(&mut self, start: u32, mapping: bool, style: Style, anchor: usize) -> Result<(), Problem> {
        let at = self.count();
        let kind = if mapping { CellKind::Mapping } else { CellKind::Sequence };
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(self.span(start, start + 1)));
        }
        self.cells.push(Cell { start, end: start, next: at + 1, kind, style, tag: Tag::None, flag: false });
        self.expanded += 1;
        self.open.push(Open { at, anchor, expanded_before: self.expanded - 1 });
        Ok(())
    }

    /// Closes the innermost collection; a block collection ends where its last child does.
    pub fn close(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let next = self.count();
        let last = self.last_end;
        let children = next > open.at + 1;
        let Some(cell) = self.cells.get_mut(open.at as usize) else { return };
        cell.next = next;
        cell.end = match cell.style {
            Style::Flow => end,
            _ if children => last,
            _ => end,
        };
        self.last_end = cell.end;
        let (kind, at) = (cell.kind, open.at);
        if kind == CellKind::Mapping {
            self.check_keys(at);
        }
        if open.anchor > 0 {
            self.anchors.insert(open.anchor, (at, self.expanded - open.expanded_before));
        }
    }

    /// An alias to an anchor; to one that is still open it would hold itself.
    pub fn alias(&mut self, (start, end): (u32, u32), anchor: usize) -> Result<(), Problem> {
        let span = self.span(start, end);
        let Some((target, size)) = self.anchors.get(&anchor).copied() else {
            return Err(Problem::new(ProblemKind::UndefinedAlias, span, "alias to an anchor that contains it")
                .help("write the value out: it would never end"));
        };
        self.expanded = self.expanded.saturating_add(size);
        if self.expanded > MAX_EXPANDED {
            return Err(Problem::new(
                ProblemKind::Limit,
                span,
                format!("aliases expand to more than {MAX_EXPANDED} values"),
            )
            .help(
                "Kubernetes refuses such a document as excessive aliasing: write the values out, or nest fewer aliases",
            ));
        }
        self.cells.push(Cell {
            start,
            end,
            next: target,
            kind: CellKind::Alias,
            style: Style::Plain,
            tag: Tag::None,
            flag: false,
        });
        self.last_end = end;
        Ok(())
    }

    fn is_infinite(&self, cell: &Cell) -> bool {
        let text = self.text(cell);
        matches!(text.as_bytes().first(), Some(b'.' | b'+' | b'-'))
            && matches!(cell.tag, Tag::None | Tag::Float)
            && matches!(plain(text), Scalar::Float(value) if !value.is_finite())
    }

    /// Duplicate keys, keys that are collections, and `<<`.
    fn check_keys(&mut self, mapping: u32) {
        let tree = TreeView { cells: &self.cells };
        let end = tree.after(mapping);
        let (mut at, mut count, mut merge, mut odd) = (mapping + 1, 0usize, false, None);
        let mut no_mapping = None;
        let mut keys: Vec<u32> = Vec::with_capacity(8);
        while at < end {
            let Some(cell) = self.cells.get(at as usize) else { break };
            let target = if cell.kind == CellKind::Alias { self.cells.get(cell.next as usize) } else { Some(cell) };
            match target {
                Some(key) if key.kind == CellKind::Scalar => {
                    if cell.kind == CellKind::Scalar
                        && cell.style == Style::Plain
                        && cell.tag == Tag::None
                        && self.text(key) == "<<"
                    {
                        merge = true;
                        if !self.is_mergeable(at + 1) {
                            no_mapping = no_mapping.or(Some(at + 1));
                        }
                    } else {
                        keys.push(at);
                    }
                }
                _ => odd = odd.or(Some(at)),
            }
            count += 1;
            at = tree.after(tree.after(at));
        }
        if !self.infinite.is_empty() {
            self.infinite.retain(|at| !keys.contains(at));
        }
        if let Some(at) = no_mapping {
            let (start, end) = self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end));
            let message = "`<<` merges mappings, and this is none";
            self.problems.push(
                Problem::new(ProblemKind::Syntax, self.span(start, end.max(start + 1)), message)
                    .help("give it an alias of a mapping, or a list of them; quote the key if it is meant as text"),
            );
        }
        for at in keys.iter().copied() {
            if let Some(what) = self.no_name(at) {
                let (start, end) = self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end));
                self.problems.push(
                    Problem::new(ProblemKind::NonScalarKey, self.span(start, end.max(start + 1)), what)
                        .help("keys are text: put it in quotes if it is meant as one"),
                );
            }
        }
        if let Some(at) = odd {
            let span = self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end));
            let opening = self.span(span.0, span.1.min(span.0 + 2).max(span.0));
            // `{{ name }}` reads as a mapping whose key is a mapping
            let before = self.source.text().as_bytes().get((span.0 as usize).wrapping_sub(1));
            let template = before == Some(&b'{') && self.source.text().as_bytes().get(span.0 as usize) == Some(&b'{');
            let kind = if template { ProblemKind::Template } else { ProblemKind::NonScalarKey };
            self.problems.push(
                Problem::new(kind, opening, "a key that is a list or a mapping")
                    .help("keys are text: put it in quotes if it is meant as one"),
            );
        }
        if merge && let Some(cell) = self.cells.get_mut(mapping as usize) {
            cell.flag = true;
        }
        if count < 2 {
            return;
        }
        let mut twice: Vec<(u32, u32)> = Vec::new();
        if keys.len() <= 12 {
            let texts: Vec<Cow<'_, str>> = keys.iter().map(|key| self.key_of(*key)).collect();
            for (index, text) in texts.iter().enumerate() {
                let first = texts.iter().take(index).position(|other| other == text);
                if let (Some(first), Some(second)) = (first.and_then(|at| keys.get(at)), keys.get(index)) {
                    twice.push((*first, *second));
                }
            }
        } else {
            let mut seen: FxHashMap<Cow<'_, str>, u32> = FxHashMap::default();
            for key in &keys {
                match seen.entry(self.key_of(*key)) {
                    Entry::Occupied(first) => twice.push((*first.get(), *key)),
                    Entry::Vacant(slot) => {
                        slot.insert(*key);
                    }
                }
            }
        }
        for (first, second) in twice {
            let place = |at: u32| self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end));
            let (first_at, second_at) = (place(first), place(second));
            let name = self.key_of(second).into_owned();
            self.problems.push(
                Problem::new(
                    ProblemKind::DuplicateKey,
                    self.span(second_at.0, second_at.1),
                    format!("key `{name}` stands twice in one mapping"),
                )
                .related(self.span(first_at.0, first_at.1), "it stands here first")
                .help("keep one of the two; kubectl takes the last without a word, the API server, Flux and Kustomize refuse the document"),
            );
        }
    }

    /// Whether `<<` can take the value at `at`: a mapping, an alias of one, or a list of those.
    fn is_mergeable(&self, at: u32) -> bool {
        let tree = TreeView { cells: &self.cells };
        let is_mapping = |at: u32| match self.cells.get(at as usize) {
            Some(cell) if cell.kind == CellKind::Alias => {
                self.cells.get(cell.next as usize).is_some_and(|target| target.kind == CellKind::Mapping)
            }
            Some(cell) => cell.kind == CellKind::Mapping,
            None => false,
        };
        match self.cells.get(at as usize) {
            Some(cell) if cell.kind == CellKind::Sequence => {
                let mut item = at + 1;
                while item < cell.next {
                    if !is_mapping(item) {
                        return false;
                    }
                    item = tree.after(item);
                }
                true
            }
            _ => is_mapping(at),
        }
    }

    /// Why a scalar key cannot be the name of anything: it is null, or a number beyond 63 bits.
    fn no_name(&self, at: u32) -> Option<&'static str> {
        let cell = self.cells.get(at as usize)?;
        let cell = if cell.kind == CellKind::Alias { self.cells.get(cell.next as usize)? } else { cell };
        let typed = matches!(cell.tag, Tag::Int | Tag::Null) || (cell.style == Style::Plain && cell.tag == Tag::None);
        if !typed {
            return None;
        }
        let text = self.text(cell);
        if !matches!(text.as_bytes().first(), None | Some(b'~' | b'n' | b'N' | b'0'..=b'9')) {
            return None;
        }
        match plain(text) {
            Scalar::Null => Some("a key that is null"),
            Scalar::UInt(_) => Some("a key that is a number of 64 bits"),
            _ => None,
        }
    }

    fn text<'a>(&'a self, cell: &Cell) -> &'a str {
        if cell.flag {
            let (start, end) = self.made_ranges.get(cell.next as usize).copied().unwrap_or((0, 0));
            return self.made.get(start as usize..end as usize).unwrap_or("");
        }
        let quote = u32::from(matches!(cell.style, Style::Single | Style::Double));
        self.source.text().get((cell.start + quote) as usize..cell.end.saturating_sub(quote) as usize).unwrap_or("")
    }

    /// The key as JSON spells it.
    fn key_of(&self, at: u32) -> Cow<'_, str> {
        let Some(cell) = self.cells.get(at as usize) else { return "".into() };
        let cell = if cell.kind == CellKind::Alias { self.cells.get(cell.next as usize).unwrap_or(cell) } else { cell };
        let text = self.text(cell);
        if cell.style != Style::Plain || cell.tag == Tag::Str {
            return text.into();
        }
        match plain(text) {
            Scalar::Bool(value) => value.to_string().into(),
            Scalar::Int(value) => value.to_string().into(),
            Scalar::Null => "null".into(),
            Scalar::Float(value) => format!("{value:?}").into(),
            _ => text.into(),
        }
    }

    /// The finished tree; nothing when the document has no content or was cut short.
    pub fn finish(mut self) -> (Option<Arc<Tree>>, Vec<Problem>) {
        if self.cells.is_empty() || !self.open.is_empty() {
            return (None, self.problems);
        }
        for at in std::mem::take(&mut self.infinite) {
            let (start, end) = self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end));
            self.problems.push(
                Problem::new(ProblemKind::Syntax, self.span(start, end), "a number that JSON has not")
                    .help("put it in quotes if it is meant as text: Kubernetes turns YAML into JSON and refuses it"),
            );
        }
        // all trees are kept: what they do not use is given back
        self.cells.shrink_to_fit();
        let tree = Tree {
            source: self.source,
            cells: self.cells,
            made: self.made,
            made_ranges: self.made_ranges,
            origins: None,
        };
        (Some(Arc::new(tree)), self.problems)
    }
}

struct TreeView<'a> {
    cells: &'a [Cell],
}

impl TreeView<'_> {
    fn after(&self, index: u32) -> u32 {
        match self.cells.get(index as usize) {
            Some(cell) if matches!(cell.kind, CellKind::Mapping | CellKind::Sequence) => cell.next,
            _ => index + 1,
        }
    }
}
