//! A tree that can be edited, and where each part of it comes from. Parts that nobody edits are shared with whoever
//! holds them too, and copied when they are written. [`Draft::freeze`] makes a [`Tree`] of it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::{Source, Span};

use super::scalar::{Reading, Scalar, plain_as};
use super::tree::{Cell, CellKind, MAX_LENGTH, Made, Style, Tag, Tree};
use super::{Node, NodeKind};

/// What was done to a value after it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The field that asked for it: `patches`, `namePrefix`.
    pub what: &'static str,
    /// The entry that asked for it.
    pub entry: Span,
    /// What says that this value is meant by it.
    pub grounds: Grounds,
}

impl Step {
    /// What an entry asks for.
    #[must_use]
    pub fn new(what: &'static str, entry: Span) -> Self {
        Self { what, entry, grounds: Grounds::default() }
    }
}

/// The places that say which values a step is done to: the target of a patch, the names by which it finds its object and its
/// items, a field of a configuration. Were one of them another, the value would be. All values of one step share them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds(Option<Arc<[Span]>>);

impl Grounds {
    /// These places; empty ones say nothing.
    pub fn of(places: impl IntoIterator<Item = Span>) -> Self {
        let places: Vec<Span> = places.into_iter().filter(|place| !place.is_empty()).collect();
        Self((!places.is_empty()).then(|| places.into()))
    }

    /// The same and more.
    #[must_use]
    pub fn and(&self, more: impl IntoIterator<Item = Span>) -> Self {
        let mut more = more.into_iter().peekable();
        if more.peek().is_none() { self.clone() } else { Self::of(self.places().chain(more)) }
    }

    /// The places.
    pub fn places(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().flat_map(|places| places.iter().copied())
    }
}

/// How a scalar is spelt, as far as that outlives its text: Kustomize keeps it for what is merged into its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Without quotes: its text says of which type it is.
    Plain,
    /// In quotes or as a block: text.
    Quoted,
    /// As a folded block (`>`): text too.
    Folded,
}

impl Spelling {
    fn of(node: Node<'_>, reading: Reading) -> Self {
        if node.kind() != NodeKind::Scalar || node.style() == Style::Plain {
            return Self::Plain;
        }
        match node.scalar_as(reading) {
            Some(Scalar::Str(_)) if node.is_folded() && reading == Reading::Kustomize => Self::Folded,
            Some(Scalar::Str(_)) => Self::Quoted,
            // a tag says otherwise
            _ => Self::Plain,
        }
    }
}

/// Where a node of a rendered tree comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Where its text was written; of a made value, the entry that made it.
    pub written: Span,
    /// More places that hold a part of its text, or say that it has none: a prefix, a name without a hash.
    pub parts: Vec<Span>,
    /// The alias or the base through which it came.
    pub via: Option<Span>,
    /// What was done to it since, first things first.
    pub steps: Vec<Step>,
    /// Whether the bytes at `written` are this value, and nothing else had a hand in it.
    pub exact: bool,
    /// The number of the node that it is to a program that takes several places for one; 0 for one that stands alone.
    alias: u32,
    /// Whether its text stands there plainly: in no quotes, no block and between no brackets.
    plain: bool,
    /// How a program that keeps spellings writes it.
    spelling: Spelling,
}

/// How a text is spelt is no part of where it comes from.
impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        (self.written, self.via, self.exact, self.alias) == (other.written, other.via, other.exact, other.alias)
            && self.parts == other.parts
            && self.steps == other.steps
    }
}

impl Eq for Origin {}

impl Origin {
    /// What stands at a place as it is.
    #[must_use]
    pub fn at(written: Span) -> Self {
        Self {
            written,
            parts: Vec::new(),
            via: None,
            steps: Vec::new(),
            exact: true,
            alias: 0,
            plain: false,
            spelling: Spelling::Plain,
        }
    }

    /// What an entry made.
    #[must_use]
    pub fn made(what: &'static str, entry: Span) -> Self {
        let steps = vec![Step::new(what, entry)];
        Self {
            written: entry,
            parts: Vec::new(),
            via: None,
            steps,
            exact: false,
            alias: 0,
            plain: false,
            spelling: Spelling::Plain,
        }
    }

    /// Every place that has a part in its text.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        std::iter::once(self.written).chain(self.parts.iter().copied())
    }

    /// The places that say which values its steps are done to.
    pub fn grounds(&self) -> impl Iterator<Item = Span> {
        self.steps.iter().flat_map(|step| step.grounds.places())
    }

    /// The number of the node that it shares with other places.
    pub(crate) fn alias(&self) -> u32 {
        self.alias
    }

    /// Whether its text was written plainly.
    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }

    /// How it is spelt.
    pub(crate) fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// Gives it a spelling.
    pub(crate) fn set_spelling(&mut self, spelling: Spelling) {
        self.spelling = spelling;
    }

    /// Gives it the number of a node.
    pub(crate) fn set_alias(&mut self, alias: u32) {
        self.alias = alias;
    }

    /// What an entry says as it is.
    #[must_use]
    pub fn said(what: &'static str, at: Span, grounds: &Grounds) -> Self {
        let steps = vec![Step { what, entry: at, grounds: grounds.clone() }];
        Self { steps, ..Self::at(at) }
    }

    /// The same with one thing more that was done to it.
    pub fn changed(&mut self, what: &'static str, entry: Span, grounds: &Grounds) {
        self.parts.push(entry);
        self.steps.push(Step { what, entry, grounds: grounds.clone() });
        self.exact = false;
    }

    /// The same with the text of another value in it.
    pub fn takes(&mut self, other: &Self, what: &'static str, entry: Span, grounds: &Grounds) {
        self.parts.extend(other.places());
        self.changed(what, entry, &grounds.and(other.grounds()));
    }
}

/// Whether Kustomize takes a key for the `<<` that it takes out once mappings are merged: the first that reads so, in quotes too
/// (kyaml/yaml/rnode.go, `removeMergeTags`).
fn is_cleared(mapping: Node<'_>, key: Node<'_>) -> bool {
    let mut keys = mapping.written_entries().map(|entry| entry.key);
    keys.find(|key| key.text() == Some("<<")).is_some_and(|first| first.index() == key.index())
}

/// The origins of the cells of a frozen tree that do not say themselves where they stand, each by its cell, ascending.
/// Most say it: they stand in the file that the object began in, and nothing was done to them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Origins {
    /// Of what stands elsewhere as it is.
    elsewhere: Vec<(u32, Span)>,
    /// Of what something was done to.
    told: Vec<(u32, Origin)>,
}

impl Origins {
    /// About how many bytes they take.
    pub fn weight(&self) -> usize {
        let told = |(_, origin): &(u32, Origin)| {
            size_of_val(origin.parts.as_slice()) + size_of_val(origin.steps.as_slice()) + size_of::<(u32, Origin)>()
        };
        size_of::<Self>() + size_of_val(self.elsewhere.as_slice()) + self.told.iter().map(told).sum::<usize>()
    }

    /// Where a cell was written; nothing when that is its own span.
    pub fn written(&self, index: u32) -> Option<Span> {
        let elsewhere = || of_cell(&self.elsewhere, index).copied();
        of_cell(&self.told, index).map(|origin| origin.written).or_else(elsewhere)
    }
}

fn of_cell<T>(table: &[(u32, T)], index: u32) -> Option<&T> {
    let at = table.binary_search_by_key(&index, |(cell, _)| *cell).ok()?;
    table.get(at).map(|(_, found)| found)
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
    /// Nothing, not even a word, between brackets: it counts as nothing, and Kustomize's writer makes an empty text of it.
    Bare,
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
        Self::within(node, reading, place, false)
    }

    fn within(node: Node<'_>, reading: Reading, place: &dyn Fn(Span) -> (Span, bool), flow: bool) -> Arc<Self> {
        let flow = flow || node.is_flow();
        let (written, exact) = place(node.anchored().unwrap_or(node.span()));
        let via = node.anchored().map(|_| place(node.span()).0);
        let plain = !flow && node.is_plain();
        let spelling = Spelling::of(node, reading);
        let mut origin =
            Origin { written, parts: Vec::new(), via, steps: Vec::new(), exact, alias: 0, plain, spelling };
        let content = match node.kind() {
            NodeKind::Mapping => {
                let entries = node.entries().filter_map(|entry| {
                    let text = key_text(entry.key, reading);
                    if &*text == "<<" && reading == Reading::Kustomize && is_cleared(node, entry.key) {
                        return None;
                    }
                    Some((Key { text, at: place(entry.key.span()).0 }, Self::within(entry.value, reading, place, flow)))
                });
                Content::Mapping(entries.collect())
            }
            NodeKind::Sequence => {
                Content::Sequence(node.items().map(|item| Self::within(item, reading, place, flow)).collect())
            }
            NodeKind::Scalar => {
                let text: Arc<str> = node.text().unwrap_or("").into();
                match node.scalar_as(reading) {
                    Some(Scalar::Str(text)) => {
                        let kustomize = reading == Reading::Kustomize;
                        // Kustomize's writer puts what has a colon in quotes between brackets: that is a time no more
                        let plain =
                            kustomize && node.is_plain() && !(flow && text.contains(':')) && timestamp(text).is_some();
                        if kustomize && node.is_folded() && refolded(text).is_some() {
                            origin.exact = false;
                        }
                        Content::Scalar(text.into(), if plain { Type::Plain } else { Type::Str })
                    }
                    // its other spellings are text to Kustomize
                    Some(Scalar::Bool(value)) => Content::Scalar(
                        if reading == Reading::Kustomize { text } else { value.to_string().into() },
                        Type::Plain,
                    ),
                    Some(Scalar::Null) | None if text.is_empty() => {
                        let bare = flow && reading == Reading::Kustomize;
                        Content::Scalar(text, if bare { Type::Bare } else { Type::Empty })
                    }
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

    /// Notes of every scalar in it that a step was done to it.
    pub(crate) fn note(self: &mut Arc<Self>, step: &Step) {
        let draft = Arc::make_mut(self);
        match &mut draft.content {
            Content::Scalar(..) => draft.origin.steps.push(step.clone()),
            Content::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| value.note(step)),
            Content::Sequence(items) => items.iter_mut().for_each(|item| item.note(step)),
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar(_, Type::Null | Type::Empty | Type::Bare))
    }

    /// What Kustomize reads when it has written the scalar, where that is something else: a time, folded text with its breaks.
    #[must_use]
    pub fn read_again(&self) -> Option<String> {
        match &self.content {
            Content::Scalar(text, Type::Plain) => timestamp(text),
            Content::Scalar(text, Type::Str) if self.origin.spelling == Spelling::Folded => refolded(text),
            _ => None,
        }
    }

    /// A scalar's value.
    #[must_use]
    pub fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.content {
            Content::Scalar(text, Type::Str | Type::Bare) => Some(Scalar::Str(text)),
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
        let mut tree = Tree {
            source: Arc::clone(source),
            cells: Vec::new(),
            made: Made::default(),
            anchors: Box::default(),
            foreign_tags: Box::default(),
            origins: None,
            traits: super::tree::Traits::UNKNOWN,
        };
        let mut origins = Origins::default();
        self.lay(&mut tree, &mut origins);
        // thousands of them are kept for as long as a run takes
        tree.cells.shrink_to_fit();
        tree.made = tree.made.take();
        origins.elsewhere.shrink_to_fit();
        origins.told.shrink_to_fit();
        tree.origins = Some(Box::new(origins));
        tree
    }

    fn lay(&self, tree: &mut Tree, origins: &mut Origins) {
        let at = tree.cells.len();
        match &self.content {
            Content::Scalar(text, kind) => {
                let tag = match kind {
                    Type::Str | Type::Bare => Tag::Str,
                    Type::Plain => match plain_as(text, Reading::Kustomize) {
                        Scalar::Str(_) => Tag::Str,
                        _ => Tag::None,
                    },
                    Type::Null | Type::Empty => Tag::Null,
                };
                let other = self.read_again();
                lay_scalar(other.as_deref().unwrap_or(text), tag, Whence::Told(&self.origin), tree, origins);
            }
            Content::Mapping(entries) => {
                open(CellKind::Mapping, &self.origin, tree, origins);
                for (key, value) in entries {
                    lay_scalar(&key.text, Tag::Str, Whence::At(key.at), tree, origins);
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

impl Node<'_> {
    /// Whether Flux put it in, or a part of it.
    #[must_use]
    pub fn is_substituted(self) -> bool {
        let origin = self.tree().origin(self.index());
        origin.is_some_and(|origin| origin.steps.iter().any(|step| step.what == SUBSTITUTED))
    }
}

/// What Flux' variables are put in by.
pub const SUBSTITUTED: &str = "postBuild";

impl Tree {
    /// Where a node of a rendered tree comes from; nothing of a parsed one, which is its own origin.
    #[must_use]
    pub fn origin(&self, index: u32) -> Option<Cow<'_, Origin>> {
        let origins = self.origins.as_ref()?;
        self.cells.get(index as usize)?;
        let told = of_cell(&origins.told, index).map(Cow::Borrowed);
        Some(told.unwrap_or_else(|| Cow::Owned(Origin::at(self.span(index)))))
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Where a cell that is laid comes from.
#[derive(Clone, Copy)]
enum Whence<'a> {
    /// It stands there as it is.
    At(Span),
    Told(&'a Origin),
}

impl Whence<'_> {
    /// Where it stands as it is, when nothing was done to it.
    fn plain(self) -> Option<Span> {
        match self {
            Self::At(span) => Some(span),
            Self::Told(origin) => {
                let Origin { written, parts, via, steps, exact, alias, plain: _, spelling: _ } = origin;
                let plain = parts.is_empty() && via.is_none() && steps.is_empty() && *exact && *alias == 0;
                plain.then_some(*written)
            }
        }
    }

    /// The bytes of a tree's own source where it stands as it is; what stands elsewhere is noted.
    fn note(self, tree: &Tree, origins: &mut Origins) -> Option<(u32, u32)> {
        let index = small(tree.cells.len());
        match (self.plain(), self) {
            (Some(span), _) if span.source == tree.source.id() && span.len() as usize <= MAX_LENGTH => {
                return Some((span.start, span.end));
            }
            (Some(span), _) => origins.elsewhere.push((index, span)),
            (None, Self::Told(origin)) => origins.told.push((index, origin.clone())),
            (None, Self::At(_)) => {}
        }
        None
    }
}

fn open(kind: CellKind, origin: &Origin, tree: &mut Tree, origins: &mut Origins) {
    let range = Whence::Told(origin).note(tree, origins).unwrap_or_default();
    tree.cells.push(Cell::new(range, kind, Style::Plain, Tag::None, 0));
}

fn lay_scalar(text: &str, tag: Tag, whence: Whence<'_>, tree: &mut Tree, origins: &mut Origins) {
    let range = whence.note(tree, origins);
    let mut cell = Cell::new(range.unwrap_or_default(), CellKind::Scalar, Style::Plain, tag, 0);
    let written = range.and_then(|(start, end)| tree.source.text().get(start as usize..end as usize));
    // what was quoted has its text beside
    if written != Some(text) {
        tree.made.text().push_str(text);
        cell.next = tree.made.finish();
        cell.set_flag();
    }
    tree.cells.push(cell);
}

fn key_text(key: Node<'_>, reading: Reading) -> Arc<str> {
    match key.scalar_as(reading) {
        Some(Scalar::Str(text)) => text.into(),
        _ => key.key_text().as_ref().into(),
    }
}

/// The time that go-yaml v3 takes a plain scalar for, as Go's JSON writes it: `2024-01-01` is `2024-01-01T00:00:00Z`.
pub(crate) fn timestamp(text: &str) -> Option<String> {
    let (year, rest) = text.split_at_checked(4)?;
    let digits = |part: &str, most: usize| {
        let fits = !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let year = digits(year, 4)?;
    let (month, rest) = rest.strip_prefix('-')?.split_once('-')?;
    let (day, clock) = rest.split_at(rest.find(['T', 't', ' ']).unwrap_or(rest.len()));
    let (month, day) = (digits(month, 2)?, digits(day, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if clock.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let zoned = !clock.starts_with(' ');
    let clock = clock.get(1..)?;
    let (time, zone) = if zoned {
        let at = clock.find(['Z', '+', '-'])?;
        (clock.get(..at)?, clock.get(at..)?)
    } else {
        (clock, "Z")
    };
    let shift = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let zone = match zone.strip_prefix(['+', '-']).map(|rest| rest.split_once(':')) {
        None if zone == "Z" => "Z",
        Some(Some(("00", "00"))) => "Z",
        Some(Some((hours, minutes))) if shift(hours) && shift(minutes) && hours <= "24" && minutes < "60" => zone,
        _ => return None,
    };
    let (time, fraction) = time.split_once('.').map_or((time, ""), |(time, fraction)| (time, fraction));
    let mut parts = time.split(':');
    let (hour, minute, second) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || fraction.len() > 9 {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}{dot}{fraction}{zone}"))
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
