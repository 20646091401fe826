//! Reading a pack: finding a kind, a definition or the root. What a found schema says is in `schema`.
//!
//! `open` checks that the sections lie within the bytes. Everything behind them is checked when it is read, and what
//! does not fit is absent: damaged bytes can hide a kind, never stop the program.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::BuildHasher;
use std::ops::{Range, RangeInclusive};
use std::sync::OnceLock;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::fields::Fields;
use super::format::{DEFINITION_WORDS, HEADER_BYTES, KIND_WORDS, MAGIC, ORIGIN_WORDS, SECTION_BYTES, Section, VERSION};
use super::schema::Schema;

/// Schemas in a table of bytes, decoded one by one as they are asked for.
pub struct Pack {
    bytes: Cow<'static, [u8]>,
    strings: Range<usize>,
    string_ends: Words,
    nodes: Words,
    words: Words,
    kinds: Words,
    definitions: Words,
    root: Words,
    origins: Words,
    /// The rows of the kinds by the hashes of their names, made when a kind is first looked for.
    rows: OnceLock<FxHashMap<u64, usize>>,
    /// The fields of each node, made when one is first looked for.
    fields: OnceLock<Box<[OnceLock<Option<Fields>>]>>,
}

/// Why bytes are no pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackError {
    /// They do not begin as a pack does.
    NotAPack,
    /// They are a pack of another format version.
    Version(u32),
    /// A section is missing, misplaced or not whole.
    Damaged,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackError::NotAPack => write!(f, "these bytes are no pack of schemas"),
            PackError::Version(found) => {
                write!(f, "the pack of schemas has format version {found}, this program reads {VERSION}")
            }
            PackError::Damaged => write!(f, "the pack of schemas is damaged"),
        }
    }
}

impl std::error::Error for PackError {}

/// One kind of a pack, in every minor that has it.
#[derive(Clone, Copy)]
pub struct KindEntry<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The version within the group, as `v1beta1`.
    pub version: &'a str,
    /// The kind, as `PodDisruptionBudget`.
    pub kind: &'a str,
    lifetimes: List<'a>,
    origin: Option<Origin<'a>>,
}

/// Where a kind that is not Kubernetes' own comes from, and what its definition says beside the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The project, as people name it.
    pub project: &'a str,
    /// The release of the project that the schema is of, as `1.21`.
    pub version: &'a str,
    /// The kind's name in a URL, as `certificates`.
    pub plural: &'a str,
    /// Whether objects of the kind live in a namespace.
    pub namespaced: bool,
}

impl Pack {
    /// Takes bytes as a pack, without decoding more than the table of its sections.
    pub fn open(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Pack, PackError> {
        let bytes = bytes.into();
        if !bytes.starts_with(&MAGIC) {
            return Err(PackError::NotAPack);
        }
        let number = |at: usize| word_at(&bytes, at).ok_or(PackError::Damaged);
        match number(MAGIC.len())? {
            VERSION => {}
            other => return Err(PackError::Version(other)),
        }
        let count = number(MAGIC.len() + 4)? as usize;
        // Each entry takes room, so a count that the bytes cannot hold is damage, and the loops below stay short.
        if count > bytes.len() / SECTION_BYTES {
            return Err(PackError::Damaged);
        }
        let find = |wanted: Section| -> Result<Option<Range<usize>>, PackError> {
            for entry in 0..count {
                let at = HEADER_BYTES + entry * SECTION_BYTES;
                if number(at)? == wanted as u32 {
                    let start = number(at + 4)? as usize;
                    let end = start.checked_add(number(at + 8)? as usize).ok_or(PackError::Damaged)?;
                    return if end <= bytes.len() { Ok(Some(start..end)) } else { Err(PackError::Damaged) };
                }
            }
            Ok(None)
        };
        let table = |wanted, stride| match find(wanted)? {
            Some(range) if range.len() % (4 * stride) == 0 => Ok(Words { start: range.start, count: range.len() / 4 }),
            Some(_) => Err(PackError::Damaged),
            None => Ok(Words::NONE),
        };
        Ok(Pack {
            strings: find(Section::Strings)?.ok_or(PackError::Damaged)?,
            string_ends: table(Section::StringEnds, 1)?,
            nodes: table(Section::Nodes, 1)?,
            words: table(Section::Words, 1)?,
            kinds: table(Section::Kinds, KIND_WORDS)?,
            definitions: table(Section::Definitions, DEFINITION_WORDS)?,
            root: table(Section::Root, 1)?,
            origins: table(Section::Origins, ORIGIN_WORDS)?,
            rows: OnceLock::new(),
            fields: OnceLock::new(),
            bytes,
        })
    }

    /// A pack that holds nothing.
    pub fn empty() -> Pack {
        Pack {
            bytes: Cow::Borrowed(&[]),
            strings: 0..0,
            string_ends: Words::NONE,
            nodes: Words::NONE,
            words: Words::NONE,
            kinds: Words::NONE,
            definitions: Words::NONE,
            root: Words::NONE,
            origins: Words::NONE,
            rows: OnceLock::new(),
            fields: OnceLock::new(),
        }
    }

    /// The schema of a kind as minor 1.`minor` serves it; the core group is "".
    pub fn kind(&self, group: &str, version: &str, kind: &str, minor: u16) -> Option<Schema<'_>> {
        self.entry(group, version, kind)?.schema(minor)
    }

    /// The minors that have a kind, oldest first; none for a kind that the pack has never heard of.
    pub fn served(&self, group: &str, version: &str, kind: &str) -> Vec<RangeInclusive<u16>> {
        self.entry(group, version, kind).map(|entry| entry.served()).unwrap_or_default()
    }

    /// One kind with all its minors.
    pub fn entry(&self, group: &str, version: &str, kind: &str) -> Option<KindEntry<'_>> {
        let wanted = (group.as_bytes(), version.as_bytes(), kind.as_bytes());
        let rows = self.kinds.count / KIND_WORDS;
        let hashed = |row| Some((hash(self.names_at(row)?), row));
        let known = self.rows.get_or_init(|| (0..rows).filter_map(hashed).collect());
        if let Some(row) = known.get(&hash(wanted)).filter(|row| self.names_at(**row) == Some(wanted)) {
            return self.kind_at(*row);
        }
        // two names of one hash
        if known.len() == rows {
            return None;
        }
        self.kind_at(self.search(rows, |row| Some(self.names_at(row)?.cmp(&wanted)))?)
    }

    /// Group, version and kind.
    fn names_at(&self, row: usize) -> Option<(&[u8], &[u8], &[u8])> {
        let text = |column| self.text_bytes(self.kinds.get(&self.bytes, row * KIND_WORDS + column)?);
        Some((text(0)?, text(1)?, text(2)?))
    }

    /// Every kind of the pack, sorted by group, version and kind.
    pub fn kinds(&self) -> impl Iterator<Item = KindEntry<'_>> {
        (0..self.kinds.count / KIND_WORDS).filter_map(|row| self.kind_at(row))
    }

    /// A type that kinds are made of, by its name in Kubernetes' OpenAPI document, such as
    /// `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. The embedded pack has those of apimachinery and of core/v1.
    pub fn definition(&self, name: &str, minor: u16) -> Option<Schema<'_>> {
        let column = |row, column| self.definitions.get(&self.bytes, row * DEFINITION_WORDS + column);
        let row = self.search(self.definitions.count / DEFINITION_WORDS, |row| {
            Some(self.text_bytes(column(row, 0)?)?.cmp(name.as_bytes()))
        })?;
        lifetime(self.list(column(row, 1)?, 2)?, minor)
    }

    /// The names that [`Pack::definition`] knows, sorted.
    pub fn definitions(&self) -> impl Iterator<Item = &str> {
        (0..self.definitions.count / DEFINITION_WORDS)
            .filter_map(|row| self.text(self.definitions.get(&self.bytes, row * DEFINITION_WORDS)?))
    }

    /// The schema of a pack that was made of one.
    pub fn root(&self) -> Option<Schema<'_>> {
        self.node(self.root.get(&self.bytes, 0)?)
    }

    /// How many nodes the pack has; ids of schemas are below it.
    pub fn node_count(&self) -> u32 {
        u32::try_from(self.nodes.count).unwrap_or(u32::MAX)
    }

    /// The pack as it can be opened again, for a cache.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.into_owned()
    }

    fn kind_at(&self, row: usize) -> Option<KindEntry<'_>> {
        let column = |column| self.kinds.get(&self.bytes, row * KIND_WORDS + column);
        Some(KindEntry {
            group: self.text(column(0)?)?,
            version: self.text(column(1)?)?,
            kind: self.text(column(2)?)?,
            lifetimes: self.list(column(3)?, 2)?,
            origin: self.origin(row),
        })
    }

    fn origin(&self, row: usize) -> Option<Origin<'_>> {
        let column = |column| self.origins.get(&self.bytes, row * ORIGIN_WORDS + column);
        Some(Origin {
            project: self.text(column(0)?)?,
            version: self.text(column(1)?)?,
            plural: self.text(column(2)?)?,
            namespaced: column(3)? & 1 != 0,
        })
    }

    /// Binary search over the rows of a table; a row that cannot be read ends it.
    fn search(&self, rows: usize, compare: impl Fn(usize) -> Option<Ordering>) -> Option<usize> {
        let (mut low, mut high) = (0, rows);
        while low < high {
            let middle = low + (high - low) / 2;
            match compare(middle)? {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    pub(super) fn node(&self, id: u32) -> Option<Schema<'_>> {
        let at = self.nodes.get(&self.bytes, id as usize)?;
        let head = self.word(at)?;
        let mask = self.word(at.checked_add(1)?)?;
        Some(Schema { pack: self, id, at, head, mask })
    }

    pub(super) fn word(&self, at: u32) -> Option<u32> {
        self.words.get(&self.bytes, at as usize)
    }

    /// A number of two words, low one first.
    pub(super) fn long(&self, at: u32) -> Option<u64> {
        Some(u64::from(self.word(at)?) | u64::from(self.word(at.checked_add(1)?)?) << 32)
    }

    pub(super) fn text(&self, id: u32) -> Option<&str> {
        std::str::from_utf8(self.text_bytes(id)?).ok()
    }

    /// A string without the check that it is one: enough to compare.
    pub(super) fn text_bytes(&self, id: u32) -> Option<&[u8]> {
        let id = id as usize;
        let end = self.string_ends.get(&self.bytes, id)? as usize;
        let start = match id.checked_sub(1) {
            Some(before) => self.string_ends.get(&self.bytes, before)? as usize,
            None => 0,
        };
        self.bytes.get(self.strings.clone())?.get(start..end)
    }

    /// The fields of a node by their names, which `made` makes.
    #[inline]
    pub(super) fn fields(&self, id: u32, made: impl FnOnce() -> Option<Fields>) -> Option<&Fields> {
        let all = self.fields.get_or_init(|| (0..self.nodes.count).map(|_| OnceLock::new()).collect());
        all.get(id as usize)?.get_or_init(made).as_ref()
    }

    pub(super) fn list(&self, at: u32, stride: u32) -> Option<List<'_>> {
        let len = self.word(at)?;
        let start = at.checked_add(1)?;
        let end = start.checked_add(len.checked_mul(stride)?)?;
        (end as usize <= self.words.count).then_some(List { pack: self, start, len, stride })
    }
}

impl<'a> KindEntry<'a> {
    /// The minors that have the kind, oldest first.
    pub fn served(self) -> Vec<RangeInclusive<u16>> {
        let mut served: Vec<RangeInclusive<u16>> = Vec::new();
        for (first, last, _) in lifetimes(self.lifetimes) {
            match served.last_mut() {
                // A kind whose schema changed is two lifetimes, but it was there all along.
                Some(before) if before.end().checked_add(1) == Some(first) => *before = *before.start()..=last,
                _ => served.push(first..=last),
            }
        }
        served
    }

    /// The project that defines the kind; none for Kubernetes' own.
    pub fn origin(self) -> Option<Origin<'a>> {
        self.origin
    }

    /// The schema of a kind that a project defines, whatever the minor of Kubernetes.
    pub fn custom_schema(self) -> Option<Schema<'a>> {
        self.origin.and(self.schema(0))
    }

    /// The kind's schema in one minor.
    pub fn schema(self, minor: u16) -> Option<Schema<'a>> {
        lifetime(self.lifetimes, minor)
    }
}

impl fmt::Debug for KindEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {} {:?}", self.group, self.version, self.kind, self.served())
    }
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack").field("bytes", &self.bytes.len()).field("nodes", &self.nodes.count).finish()
    }
}

fn hash(names: (&[u8], &[u8], &[u8])) -> u64 {
    FxBuildHasher.hash_one(names)
}

fn lifetimes(list: List<'_>) -> impl Iterator<Item = (u16, u16, u32)> {
    (0..list.len).filter_map(move |row| {
        let minors = list.get(row, 0)?;
        Some(((minors & 0xffff) as u16, (minors >> 16) as u16, list.get(row, 1)?))
    })
}

fn lifetime(list: List<'_>, minor: u16) -> Option<Schema<'_>> {
    let (_, _, node) = lifetimes(list).find(|(first, last, _)| (*first..=*last).contains(&minor))?;
    list.pack.node(node)
}

/// Where a run of words lies in the bytes of a pack.
#[derive(Clone, Copy)]
struct Words {
    start: usize,
    count: usize,
}

impl Words {
    const NONE: Words = Words { start: 0, count: 0 };

    #[inline]
    fn get(self, bytes: &[u8], index: usize) -> Option<u32> {
        if index < self.count { word_at(bytes, self.start + index * 4) } else { None }
    }
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Rows of words that are known to lie within the pack.
#[derive(Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) pack: &'a Pack,
    start: u32,
    len: u32,
    stride: u32,
}

impl<'a> List<'a> {
    pub(super) fn len(self) -> u32 {
        self.len
    }

    #[inline]
    pub(super) fn get(self, row: u32, column: u32) -> Option<u32> {
        if row < self.len { self.pack.word(self.start + row * self.stride + column) } else { None }
    }

    /// The first column of each row.
    pub(super) fn values(self) -> impl Iterator<Item = u32> + use<'a> {
        (0..self.len).filter_map(move |row| self.get(row, 0))
    }
}
