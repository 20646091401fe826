//! The layout of a pack, as its reader and its writer share it; no code, only the numbers.
//!
//! ```text
//! pack     = MAGIC, version, count, count × (section id, byte offset, byte length), sections
//! STRINGS  = bytes of all strings, sorted, each once      STRING_ENDS = where each string ends
//! WORDS    = nodes and lists                              NODES       = where each node starts in WORDS
//! KINDS    = (group, version, kind, lifetimes)*, sorted   DEFINITIONS = (name, lifetimes)*, sorted
//! ROOT     = one node, in a pack of one schema
//! ORIGINS  = (project, version, plural, 1 where namespaced), one for each of KINDS, where they are a project's
//!
//! node      = head, mask, one word for each bit of the mask, in the order of the bits
//! list      = count, count × stride words
//! lifetimes = list of (first minor | last minor << 16, node)
//! ```
//!
//! Everything is a little-endian `u32`. A string is named by its rank, a node by its rank in NODES, a list or a
//! number by where it starts in WORDS. Readers look sections up by id and skip those that they do not know, and a
//! mask bit that they do not know comes after all that they do: so descriptions, scope or lifecycle can be added
//! without a new version.

pub(super) const MAGIC: [u8; 8] = *b"PLIMPACK";
pub(super) const VERSION: u32 = 1;
/// Bytes before the section table, and bytes of one entry in it.
pub(super) const HEADER_BYTES: usize = 16;
pub(super) const SECTION_BYTES: usize = 12;

/// What a section holds. Ids are never given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Strings = 1,
    StringEnds = 2,
    Nodes = 3,
    Words = 4,
    Kinds = 5,
    Definitions = 6,
    Root = 7,
    Origins = 8,
}

pub(super) const KIND_WORDS: usize = 4;
pub(super) const DEFINITION_WORDS: usize = 2;
pub(super) const ORIGIN_WORDS: usize = 4;

/// A string that is absent where the layout has a word for it.
pub(super) const NO_STRING: u32 = u32::MAX;

/// The head word of a node: its type in the low four bits, then what is yes or no, then two small choices.
pub(super) mod head {
    pub const TYPE: u32 = 0xf;
    pub const NULLABLE: u32 = 1 << 4;
    pub const UNIQUE_ITEMS: u32 = 1 << 5;
    pub const EXCLUSIVE_MINIMUM: u32 = 1 << 6;
    pub const EXCLUSIVE_MAXIMUM: u32 = 1 << 7;
    /// Fields that the node does not name are refused.
    pub const CLOSED: u32 = 1 << 8;
    /// `additionalProperties` was written out, whatever it says.
    pub const ADDITIONAL_STATED: u32 = 1 << 9;
    pub const PRESERVE_UNKNOWN: u32 = 1 << 10;
    pub const EMBEDDED_RESOURCE: u32 = 1 << 11;
    pub const MICRO_TIME: u32 = 1 << 12;
    pub const LIST_TYPE_SHIFT: u32 = 16;
    pub const MAP_TYPE_SHIFT: u32 = 18;
    pub const CHOICE: u32 = 0b11;
}

/// The mask bits of a node, and so the order of the words after its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    Format = 0,
    Properties = 1,
    Required = 2,
    Additional = 3,
    Items = 4,
    /// An enum of strings only, which is nearly every enum.
    EnumStrings = 5,
    /// Any other enum, each value as JSON text.
    EnumJson = 6,
    Pattern = 7,
    Minimum = 8,
    Maximum = 9,
    MultipleOf = 10,
    MinLength = 11,
    MaxLength = 12,
    MinItems = 13,
    MaxItems = 14,
    MinProperties = 15,
    MaxProperties = 16,
    Default = 17,
    AllOf = 18,
    AnyOf = 19,
    OneOf = 20,
    Not = 21,
    ListMapKeys = 22,
    PatchMergeKey = 23,
    PatchStrategy = 24,
    Validations = 25,
    /// One sentence; in packs of descriptions only.
    Description = 26,
}

/// rule, message, messageExpression, reason, fieldPath, and 1 where `optionalOldSelf` is true.
pub(super) const VALIDATION_WORDS: usize = 6;
