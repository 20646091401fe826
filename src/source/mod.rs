//! The files of a repository at one moment, and places in them. The only module that reads files.
//! Leaves out what the bytes mean: that begins in `yaml`.

mod disk;
pub mod git;
mod lines;
mod mount;
mod snapshot;
mod text;
mod words;

pub use disk::{Disk, FLUX_IGNORE_FILE, IGNORE_FILE, walk, walk_all};
pub use lines::{LineIndex, Position};
pub use mount::{Mount, OUTSIDE, is_outside};
pub use snapshot::{Absence, Entry, Listing, Snapshot, Store};
pub use text::{Encoding, MAX_SOURCE_BYTES, Source, SourceProblem};
pub use words::{Phrase, Words};

/// A file of a [`Snapshot`]: its index among the sorted paths, so that order never depends on threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Bytes `start..end` of the decoded text of one source. Plain data; never a line number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end`.
    #[must_use]
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, end: end.max(start) }
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether it covers no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within this span of the same source.
    #[must_use]
    pub fn contains(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}
