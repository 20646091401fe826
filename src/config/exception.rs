//! A finding that is accepted with a reason, an owner and a day on which that ends. Leaves out which findings it fits:
//! that is `engine`'s.

use globset::GlobSet;

use crate::finding::CheckId;
use crate::source::Span;

use super::Date;

/// Days after its last one on which an exception still holds, with a warning.
pub const GRACE_DAYS: i64 = 14;

/// An exception.
#[derive(Debug, Clone)]
pub struct Exception {
    /// Ids of checks, or packs.
    pub allows: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// Where it is written.
    pub span: Span,
    /// What it covers.
    pub region: Region,
}

/// What an exception covers.
#[derive(Debug, Clone)]
pub enum Region {
    /// Findings that begin in these bytes: a comment in a manifest.
    Bytes(Span),
    /// Findings in files of these names, and of these objects when there are any: an entry of the configuration.
    Files {
        /// Globs from the root.
        paths: GlobSet,
        /// `Kind/name` or `Kind/namespace/name`, `*` in it for anything; empty for all objects.
        objects: GlobSet,
    },
}

/// Whether an exception holds on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// It does.
    Holds,
    /// It ended on a day that is no more than [`GRACE_DAYS`] past: it holds, and its end is told.
    Grace,
    /// It ended.
    Over,
}

impl Exception {
    /// Whether it speaks of a check.
    #[must_use]
    pub fn allows(&self, check: &CheckId) -> bool {
        self.allows.iter().any(|name| *name == *check.0 || name == check.pack())
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn term(&self, today: Date) -> Term {
        match self.until.map(|until| today.since(until)) {
            None => Term::Holds,
            Some(days) if days <= 0 => Term::Holds,
            Some(days) if days <= GRACE_DAYS => Term::Grace,
            Some(_) => Term::Over,
        }
    }

    /// Whether it stands in the manifest that it speaks of.
    #[must_use]
    pub fn is_beside(&self) -> bool {
        matches!(self.region, Region::Bytes(_))
    }
}
