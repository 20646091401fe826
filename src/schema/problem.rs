//! What does not fit a schema. Typed; the checks of the pack put it into words.

use crate::facts::Origin;
use crate::finding::{Segment, Stated};
use crate::source::Span;

/// What kind of misfit it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A field that the schema does not have there.
    UnknownField {
        /// As written.
        key: String,
        /// The field that holds it, as a path; empty at the root.
        parent: String,
        /// A field of that place with nearly that name.
        near: Option<String>,
        /// Where a field of that very name does belong.
        belongs: Option<String>,
    },
    /// A value of another type.
    WrongType {
        /// The field.
        field: String,
        /// What the schema wants, in words.
        wanted: &'static str,
        /// What is there, in words.
        found: &'static str,
        /// The scalar as written, when it is one.
        written: Option<String>,
        /// Whether Flux put it in, for which quotes in the files count for nothing.
        substituted: bool,
    },
    /// A field that must be there.
    MissingField {
        /// Its name.
        field: String,
        /// The field that lacks it; empty at the root.
        parent: String,
    },
    /// A value of the right type that the schema refuses.
    InvalidValue {
        /// The field.
        field: String,
        /// The value as written.
        written: String,
        /// What is wrong with it, from the verb on.
        why: String,
        /// What to do.
        help: Option<String>,
    },
    /// A kind or version that is not served.
    UnknownKind {
        /// apiVersion and kind.
        written: String,
        /// Why not.
        why: String,
        /// What to do.
        help: String,
    },
}

impl ProblemKind {
    /// What is wrong, without the path: misfits of one place and cause are one fault, told of several paths.
    #[must_use]
    pub fn cause(&self) -> String {
        match self {
            Self::UnknownField { key, .. } => format!("unknown {key}"),
            Self::WrongType { wanted, .. } => format!("type {wanted}"),
            Self::MissingField { field, .. } => format!("missing {field}"),
            Self::InvalidValue { why, .. } => format!("value {why}"),
            Self::UnknownKind { written, .. } => format!("kind {written}"),
        }
    }
}

/// One misfit with its place.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// The path in the object.
    pub path: Vec<Segment>,
    /// Where to point.
    pub place: Span,
    /// Other places.
    pub related: Vec<(Span, String)>,
    /// Whether `place` is the thing itself.
    pub stated: Stated,
    /// The minors that it holds for, ascending.
    pub versions: Vec<u16>,
    /// Whose definition says so, where it is none of the repository and none of Kubernetes.
    pub origin: Option<Origin<'static>>,
}

impl Problem {
    /// Whether it is the same problem, whatever the version.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.place == other.place && self.kind == other.kind
    }
}
