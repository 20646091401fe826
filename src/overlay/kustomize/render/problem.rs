//! Why a build cannot be rendered, and which entry asks for what cannot be done.

use std::fmt;

use crate::source::Span;

/// What kind of thing stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A base or file that is fetched from elsewhere.
    Remote,
    /// What stands for something fetched, and is not on this machine.
    Absent,
    /// A program that would have to run: a function, a plugin, a decryption.
    Program,
    /// A Helm chart.
    Helm,
    /// A field or transformer that is not rendered yet.
    NotYet,
    /// A file or folder that is not there.
    Missing,
    /// A file outside the folder of its kustomization, which Kustomize refuses.
    Outside,
    /// A file that cannot be read as what it is meant for.
    Unreadable,
    /// An entry that Kustomize refuses.
    Refused,
    /// A patch, a replacement or a count for an object that is not there.
    NoTarget,
    /// Two objects with one identity.
    Duplicate,
    /// Kustomizations that take in each other.
    Cycle,
    /// More than is rendered.
    Limit,
}

impl Reason {
    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Absent => "absent",
            Self::Program => "program",
            Self::Helm => "helm",
            Self::NotYet => "not-yet",
            Self::Missing => "missing",
            Self::Outside => "outside",
            Self::Unreadable => "unreadable",
            Self::Refused => "refused",
            Self::NoTarget => "no-target",
            Self::Duplicate => "duplicate",
            Self::Cycle => "cycle",
            Self::Limit => "limit",
        }
    }

    /// Whether Kustomize itself builds what we do not.
    #[must_use]
    pub fn is_ours(self) -> bool {
        matches!(self, Self::NotYet | Self::Limit)
    }
}

/// Why a build was not rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing.
    pub reason: Reason,
    /// The entry that asks for it; none where there is no kustomization to point into.
    pub place: Option<Span>,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    pub(super) fn new(reason: Reason, place: Span, message: impl Into<String>) -> Self {
        Self { reason, place: Some(place), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
