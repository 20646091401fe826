//! Fills the tape, whoever reads the text: balances collections, resolves anchors, bounds what aliases expand to.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::{Source, Span};

use super::problem::{Problem, ProblemKind};
use super::scalar::{Scalar, plain};
use super::tree::{self, Anchor, Cell, CellKind, MAX_LENGTH, Made, Style, Tag, Traits, Tree};

/// The depth at which a document is refused. Kubernetes' own limit is 10,000; no manifest passes 100.
pub(super) const MAX_DEPTH: usize = 512;
/// Nodes up to which go-yaml lets aliases stand for 99 in 100.
const FEW_NODES: u64 = 400_000;
/// Nodes from which on it lets them stand for one in ten.
const MANY_NODES: u64 = 4_000_000;
/// The largest scalar that is read.
pub(super) const MAX_SCALAR: usize = 8 * 1024 * 1024;
/// The largest document that is read.
pub(super) const MAX_DOCUMENT: usize = MAX_LENGTH;
/// So many problems of a document are told one by one.
const MAX_PROBLEMS: usize = 200;
/// Up to so many names are compared each with each.
const FEW: usize = 16;

/// Beyond [`MAX_DEPTH`].
fn too_deep(place: Span) -> Problem {
    Problem::new(ProblemKind::Limit, place, format!("nested deeper than {MAX_DEPTH} levels"))
        .help("no Kubernetes object is: look for a generator that ran away, or brackets that never close")
}

struct Open {
    at: u32,
    anchor: u32,
    /// How many names were noted before its own.
    names: u32,
    /// Whether a key of it may be more than its bytes: its names are compared as JSON spells them.
    odd: bool,
    expanded_before: u64,
}

/// Builds one [`Tree`] after the other, of the documents of one source.
pub(super) struct Builder {
    source: Arc<Source>,
    cells: Vec<Cell>,
    made: Made,
    open: Vec<Open>,
    /// What was anchored, by its number: the cell and how many nodes it stands for. Nothing while it is open.
    anchors: Vec<Option<(u32, u64)>>,
    /// Where the anchors stand: that of number 1 comes first.
    declared: Vec<Anchor>,
    /// Where tags stand that are none of YAML's own.
    foreign: Vec<Span>,
    /// Signatures of the plain names of the open mappings: two that are the same have the same one.
    names: Vec<u32>,
    /// What is known of the document so far.
    traits: Traits,
    /// Nodes that aliases stand for.
    aliased: u64,
    /// Where the node that was last finished ends: a block collection ends with its last child.
    last_end: u32,
    /// Scalars that are `.inf` or `.nan`: JSON has no such numbers, but a key may be called so.
    infinite: Vec<u32>,
    problems: Vec<Problem>,
    /// Problems beyond [`MAX_PROBLEMS`], and where the first of them is.
    more: Option<(usize, Span)>,
}

/// The text of a scalar, as a reader has it.
pub(super) enum Text<'a> {
    /// Exactly the bytes of the span (without quotes).
    Written,
    /// Unescaped or folded.
    Made(&'a str),
    /// What was put together in the builder's own [`Made`].
    Finished(u32),
}

impl Builder {
    pub fn new(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            cells: Vec::new(),
            made: Made::default(),
            open: Vec::new(),
            anchors: Vec::new(),
            declared: Vec::new(),
            foreign: Vec::new(),
            names: Vec::new(),
            traits: Traits::default(),
            aliased: 0,
            last_end: 0,
            infinite: Vec::new(),
            problems: Vec::new(),
            more: None,
        }
    }

    /// Goes on with another source.
    pub fn turn_to(&mut self, source: &Arc<Source>) {
        self.source = Arc::clone(source);
    }

    /// Begins a document of `size` bytes, of whose characters `traits` tells.
    pub fn begin(&mut self, size: usize, traits: Traits) {
        self.cells.clear();
        self.cells.reserve(size / 14 + 4);
        self.made.clear();
        self.open.clear();
        self.anchors.clear();
        self.declared.clear();
        self.foreign.clear();
        self.names.clear();
        self.traits = traits;
        self.aliased = 0;
        self.last_end = 0;
        self.infinite.clear();
        self.problems.clear();
        self.more = None;
    }

    pub fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.source.id(), start, end)
    }

    /// Adds what is wrong and no reason to stop.
    pub fn problem(&mut self, problem: Problem) {
        // at least one that makes the document broken is kept
        let most = if problem.is_fatal() { 2 * MAX_PROBLEMS } else { MAX_PROBLEMS };
        if self.problems.len() < most {
            self.problems.push(problem);
        } else {
            self.more.get_or_insert((0, problem.span)).0 += 1;
        }
    }

    #[inline]
    fn count(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    fn expanded(&self) -> u64 {
        self.cells.len() as u64 + self.aliased
    }

    /// Where the node that was last finished ends.
    pub fn last_end(&self) -> u32 {
        self.last_end
    }

    /// The texts that are put together, for a scalar of [`Text::Finished`].
    #[inline]
    pub fn made(&mut self) -> &mut Made {
        &mut self.made
    }

    pub fn scalar(&mut self, (start, end): (u32, u32), style: Style, tag: Tag, anchor: u32, text: Text<'_>) {
        let at = self.count();
        let (next, flag) = match text {
            Text::Written => (0, false),
            Text::Made(text) => {
                self.made.text().push_str(text);
                (self.made.finish(), true)
            }
            Text::Finished(index) => (index, true),
        };
        let mut cell = Cell::new((start, end), CellKind::Scalar, style, tag, next);
        if flag {
            cell.set_flag();
        } else if style == Style::Plain {
            self.note(start, end);
        }
        if (style == Style::Plain || tag == Tag::Float) && (4..=7).contains(&(end - start)) && self.is_infinite(&cell) {
            self.infinite.push(at);
        }
        self.cells.push(cell);
        self.last_end = end;
        if anchor > 0 {
            self.anchored(anchor, at, 1);
        }
    }

    /// Notes what checks ask of a plain scalar: for all that [`Builder::scalar`] is not told of.
    #[inline]
    pub fn note(&mut self, start: u32, end: u32) {
        let written = self.source.text().as_bytes().get(start as usize..end as usize);
        self.traits.note(written.unwrap_or_default());
    }

    /// A plain scalar that cannot be `.inf` or `.nan`, without properties.
    #[inline]
    pub fn plain(&mut self, start: u32, end: u32) {
        self.cells.push(Cell::plain(start, end));
        self.last_end = end;
    }

    /// A key whose bytes are its name: [`Builder::odd_key`] for any other.
    #[inline]
    pub fn name(&mut self, (start, end): (u32, u32), style: Style, signature: u32) {
        self.cells.push(Cell::new((start, end), CellKind::Scalar, style, Tag::None, 0));
        self.names.push(signature);
        self.last_end = end;
    }

    /// Says that the key to come, of the innermost mapping, is no plain name.
    #[inline]
    pub fn odd_key(&mut self) {
        self.traits.odd_key = true;
        if let Some(open) = self.open.last_mut() {
            open.odd = true;
        }
    }

    /// Takes down an anchor that stands at a place, and gives its number.
    pub fn declare(&mut self, start: u32, end: u32) -> u32 {
        let span = self.span(start, end);
        self.declared.push(Anchor { span, used: false });
        u32::try_from(self.declared.len()).unwrap_or(u32::MAX)
    }

    /// Takes down a tag that is none of YAML's own.
    pub fn foreign_tag(&mut self, start: u32, end: u32) {
        self.foreign.push(self.span(start, end));
    }

    /// Where the anchor of a number stands.
    pub fn anchor(&self, number: u32) -> Option<Span> {
        self.declared.get((number as usize).checked_sub(1)?).map(|anchor| anchor.span)
    }

    fn anchored(&mut self, anchor: u32, at: u32, size: u64) {
        let index = anchor as usize;
        if self.anchors.len() <= index {
            self.anchors.resize(index + 1, None);
        }
        if let Some(slot) = self.anchors.get_mut(index) {
            *slot = Some((at, size));
        }
    }

    /// Takes away the scalar that was put there last: it is read by nobody.
    pub fn forget(&mut self) {
        self.cells.pop();
    }

    /// Opens a collection; `Err` at the depth limit.
    #[inline]
    pub fn open(&mut self, start: u32, mapping: bool, style: Style, anchor: u32) -> Result<(), Box<Problem>> {
        let at = self.count();
        let kind = if mapping { CellKind::Mapping } else { CellKind::Sequence };
        if self.open.len() >= MAX_DEPTH {
            return Err(Box::new(too_deep(self.span(start, start + 1))));
        }
        let expanded_before = self.expanded();
        self.cells.push(Cell::new((start, start), kind, style, Tag::None, at + 1));
        let names = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.open.push(Open { at, anchor, names, odd: false, expanded_before });
        Ok(())
    }

    /// Closes the innermost collection; a block collection ends where its last child does.
    #[inline]
    pub fn close(&mut self, end: u32) {
        let Some(open) = self.open.pop() else { return };
        let next = self.count();
        let last = self.last_end;
        let children = next > open.at + 1;
        let Some(cell) = self.cells.get_mut(open.at as usize) else { return };
        cell.next = next;
        let end = match cell.style() {
            Style::Flow => end,
            _ if children => last,
            _ => end,
        };
        cell.set_end(end);
        self.last_end = end;
        if cell.kind() == CellKind::Mapping {
            if open.odd || has_twin(self.names.get(open.names as usize..).unwrap_or(&[])) {
                self.check_keys(open.at);
            }
            self.names.truncate(open.names as usize);
        }
        if open.anchor > 0 {
            self.anchored(open.anchor, open.at, self.expanded() - open.expanded_before);
        }
    }

    /// An alias to an anchor; to one that is still open it would hold itself.
    pub fn alias(&mut self, (start, end): (u32, u32), anchor: u32) -> Result<(), Problem> {
        let span = self.span(start, end);
        let Some((target, size)) = self.anchors.get(anchor as usize).copied().flatten() else {
            let problem = Problem::new(ProblemKind::UndefinedAlias, span, "alias to an anchor that contains it")
                .help("write the value out: it would never end");
            return Err(match self.anchor(anchor) {
                Some(place) => problem.related(place, "the anchor, whose value has not ended yet"),
                None => problem,
            });
        };
        if let Some(anchor) = (anchor as usize).checked_sub(1).and_then(|index| self.declared.get_mut(index)) {
            anchor.used = true;
        }
        self.aliased = self.aliased.saturating_add(size);
        // the alias counts, and so does the document
        if is_excessive(self.aliased, self.expanded() + 2) {
            let message = format!("aliases that stand for {} values", self.aliased);
            return Err(Problem::new(ProblemKind::Limit, span, message).help(
                "Kubernetes refuses such a document as excessive aliasing: write the values out, or nest fewer aliases",
            ));
        }
        self.cells.push(Cell::new((start, end), CellKind::Alias, Style::Plain, Tag::None, target));
        self.last_end = end;
        Ok(())
    }

    fn is_infinite(&self, cell: &Cell) -> bool {
        let text = self.text(cell);
        matches!(text.as_bytes().first(), Some(b'.' | b'+' | b'-'))
            && matches!(cell.tag(), Tag::None | Tag::Float)
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
            let target = if cell.kind() == CellKind::Alias { self.cells.get(cell.next as usize) } else { Some(cell) };
            match target {
                Some(key) if key.kind() == CellKind::Scalar => {
                    if cell.kind() == CellKind::Scalar
                        && cell.style() == Style::Plain
                        && cell.tag() == Tag::None
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
        // both in the order of the text; those before this mapping are looked at no more
        let before = self.infinite.partition_point(|at| *at < mapping);
        for at in self.infinite.split_off(before) {
            if keys.binary_search(&at).is_err() {
                self.infinite.push(at);
            }
        }
        if let Some(at) = no_mapping {
            let message = "`<<` merges mappings, and this is none";
            self.problem(
                Problem::new(ProblemKind::Syntax, self.visible(at), message)
                    .help("give it an alias of a mapping, or a list of them; quote the key if it is meant as text"),
            );
        }
        for at in keys.iter().copied() {
            if let Some(what) = self.no_name(at) {
                self.problem(
                    Problem::new(ProblemKind::NonScalarKey, self.visible(at), what)
                        .help("keys are text: put it in quotes if it is meant as one"),
                );
            }
        }
        if let Some(at) = odd {
            let span = self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end()));
            let opening = self.opening(span.0, span.1);
            // `{{ name }}` reads as a mapping whose key is a mapping
            let before = self.source.text().as_bytes().get((span.0 as usize).wrapping_sub(1));
            let template = before == Some(&b'{') && self.source.text().as_bytes().get(span.0 as usize) == Some(&b'{');
            let kind = if template { ProblemKind::Template } else { ProblemKind::NonScalarKey };
            self.problem(
                Problem::new(kind, opening, "a key that is a list or a mapping")
                    .help("keys are text: put it in quotes if it is meant as one"),
            );
        }
        if merge && let Some(cell) = self.cells.get_mut(mapping as usize) {
            cell.set_flag();
        }
        if count < 2 {
            return;
        }
        let mut twice: Vec<(u32, u32)> = Vec::new();
        if keys.len() <= FEW {
            let texts: Vec<Cow<'_, str>> = keys.iter().map(|key| self.key_of(*key)).collect();
            for (index, text) in texts.iter().enumerate() {
                let first = texts.iter().take(index).position(|other| other == text);
                if let (Some(first), Some(second)) = (first.and_then(|at| keys.get(at)), keys.get(index)) {
                    twice.push((*first, *second));
                }
            }
        } else {
            // sorted and not hashed: no choice of names makes it slow
            let mut names: Vec<(Cow<'_, str>, u32)> = keys.iter().map(|key| (self.key_of(*key), *key)).collect();
            names.sort_unstable();
            for same in names.chunk_by(|a, b| a.0 == b.0) {
                if let [(_, first), rest @ ..] = same {
                    twice.extend(rest.iter().map(|(_, second)| (*first, *second)));
                }
            }
            twice.sort_unstable_by_key(|(_, second)| *second);
        }
        for (first, second) in twice {
            let place = |at: u32| self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end()));
            let (first_at, second_at) = (place(first), place(second));
            let name = self.key_named(second);
            self.problem(
                Problem::new(
                    ProblemKind::DuplicateKey,
                    self.span(second_at.0, second_at.1),
                    format!("key {name} stands twice in one mapping"),
                )
                .related(self.span(first_at.0, first_at.1), "it stands here first")
                .help("keep one of the two; kubectl takes the last without a word, the API server, Flux and Kustomize refuse the document"),
            );
        }
    }

    /// Where a node is seen: of nothing, the character that stands there, or the last one before it.
    fn visible(&self, at: u32) -> Span {
        let (start, end) = self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end()));
        if end > start {
            return self.span(start, end);
        }
        let (before, behind) = self.source.text().split_at_checked(start as usize).unwrap_or(("", ""));
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match behind.chars().next().filter(|character| !character.is_whitespace()) {
            Some(character) => self.span(start, start + small(character.len_utf8())),
            None => {
                let before = before.trim_end();
                let last = before.chars().next_back().map_or(0, char::len_utf8);
                self.span(small(before.len() - last), small(before.len()))
            }
        }
    }

    /// The first two characters or so of what stands there.
    pub fn opening(&self, start: u32, end: u32) -> Span {
        let two = self.source.text().ceil_char_boundary(start as usize + 2);
        self.span(start, end.min(u32::try_from(two).unwrap_or(u32::MAX)).max(start))
    }

    /// Whether `<<` can take the value at `at`: a mapping, an alias of one, or a list of those.
    fn is_mergeable(&self, at: u32) -> bool {
        let tree = TreeView { cells: &self.cells };
        let is_mapping = |at: u32| match self.cells.get(at as usize) {
            Some(cell) if cell.kind() == CellKind::Alias => {
                self.cells.get(cell.next as usize).is_some_and(|target| target.kind() == CellKind::Mapping)
            }
            Some(cell) => cell.kind() == CellKind::Mapping,
            None => false,
        };
        match self.cells.get(at as usize) {
            Some(cell) if cell.kind() == CellKind::Sequence => {
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
        let cell = if cell.kind() == CellKind::Alias { self.cells.get(cell.next as usize)? } else { cell };
        let typed =
            matches!(cell.tag(), Tag::Int | Tag::Null) || (cell.style() == Style::Plain && cell.tag() == Tag::None);
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

    fn text(&self, cell: &Cell) -> &str {
        tree::text(cell, &self.source, &self.made)
    }

    /// The key as it was written, and as what it is read where that is another word.
    fn key_named(&self, at: u32) -> String {
        let read = self.key_of(at);
        let target = |cell: &Cell| if cell.kind() == CellKind::Alias { cell.next } else { at };
        let cell = self.cells.get(at as usize).and_then(|cell| self.cells.get(target(cell) as usize));
        match cell.map(|cell| (self.text(cell), plain(self.text(cell)))) {
            Some((written, Scalar::Float(_))) => format!("`{written}`"),
            Some((written, _)) if written != read && !written.is_empty() => format!("`{written}`, read as `{read}`,"),
            _ => format!("`{read}`"),
        }
    }

    /// The key as JSON spells it.
    fn key_of(&self, at: u32) -> Cow<'_, str> {
        let Some(cell) = self.cells.get(at as usize) else { return "".into() };
        let cell =
            if cell.kind() == CellKind::Alias { self.cells.get(cell.next as usize).unwrap_or(cell) } else { cell };
        let text = self.text(cell);
        if cell.style() != Style::Plain || matches!(cell.tag(), Tag::Str | Tag::Binary | Tag::Other) {
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

    /// The finished tree; nothing when the document has no content or was cut short. The builder is ready for another.
    pub fn finish(&mut self) -> (Option<Arc<Tree>>, Vec<Problem>) {
        for at in std::mem::take(&mut self.infinite) {
            let (start, end) = self.cells.get(at as usize).map_or((0, 0), |cell| (cell.start, cell.end()));
            self.problem(
                Problem::new(ProblemKind::Syntax, self.span(start, end), "a number that JSON has not")
                    .help("put it in quotes if it is meant as text: Kubernetes turns YAML into JSON and refuses it"),
            );
        }
        let mut problems = std::mem::take(&mut self.problems);
        if let Some((count, place)) = self.more.take() {
            let message = format!("{count} more of the kind in this document, from here on");
            problems.push(Problem::new(ProblemKind::DuplicateKey, place, message).help("mend the ones above first"));
        }
        if self.cells.is_empty() || !self.open.is_empty() {
            return (None, problems);
        }
        // small trees are copied out, so that their room is used again; all are kept, and take what they need
        let cells = if self.cells.len() <= COPIED {
            self.cells.as_slice().to_vec()
        } else {
            let mut cells = std::mem::take(&mut self.cells);
            cells.shrink_to_fit();
            cells
        };
        let made = self.made.take();
        let anchors = self.declared.as_slice().into();
        let traits = self.traits;
        let foreign_tags = self.foreign.as_slice().into();
        let tree = Tree { source: Arc::clone(&self.source), cells, made, anchors, foreign_tags, origins: None, traits };
        (Some(Arc::new(tree)), problems)
    }
}

/// go-yaml's own measure of aliases against a bomb (`allowedAliasRatio` in its `decode.go`): how many of all nodes that
/// are read come by way of aliases.
#[expect(clippy::cast_precision_loss, reason = "go-yaml counts in the same way")]
fn is_excessive(aliased: u64, all: u64) -> bool {
    let beyond = all.saturating_sub(FEW_NODES) as f64 / (MANY_NODES - FEW_NODES) as f64;
    let allowed = 0.99 - 0.89 * beyond.min(1.0);
    aliased > 100 && all > 1000 && aliased as f64 / all as f64 > allowed
}

/// Trees of up to so many cells are copied.
const COPIED: usize = 4096;

/// Whether a signature stands there twice.
#[inline]
fn has_twin(names: &[u32]) -> bool {
    if names.len() <= FEW {
        let mut rest = names;
        while let [name, others @ ..] = rest {
            if others.contains(name) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair.first() == pair.last())
}

struct TreeView<'a> {
    cells: &'a [Cell],
}

impl TreeView<'_> {
    fn after(&self, index: u32) -> u32 {
        match self.cells.get(index as usize) {
            Some(cell) if cell.is_collection() => cell.next,
            _ => index + 1,
        }
    }
}
