//! The outcome of a run: an account of every document first, findings beside it. Has no time and no machine in it, so
//! that the same input gives the same bytes.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;

use crate::config::{Exception, Line};
use crate::finding::{CheckId, Finding, Severity};
use crate::kube::Class;
use crate::overlay::Unit;

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that the run knows was asked of it.
    Judged,
    /// Not, or not by everything, and why.
    NotJudged(String),
    /// What the cluster gets of it cannot be known here, and why.
    Unknowable(String),
}

impl Verdict {
    /// A stable word for reports.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::NotJudged(_) => "not-judged",
            Self::Unknowable(_) => "unknowable",
        }
    }

    /// Why it was not judged.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Judged => None,
            Self::NotJudged(why) | Self::Unknowable(why) => Some(why),
        }
    }
}

/// The account of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its file.
    pub path: Arc<str>,
    /// Counted from 0 in the file.
    pub ordinal: u32,
    /// What it is.
    pub class: Class,
    /// apiVersion and kind, when it has them.
    pub kind: Option<CompactString>,
    /// How many objects it holds.
    pub objects: u32,
    /// What became of it.
    pub verdict: Verdict,
}

/// A name that was found and not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// It.
    pub path: String,
    /// Why.
    pub reason: String,
    /// What to do.
    pub help: &'static str,
    /// Whether this is work that could not be done, rather than nothing to do.
    pub failed: bool,
    /// Whether it lies below a path that was asked for.
    pub wanted: bool,
}

/// Work of a check that could not be done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// On which file; empty when on none.
    pub path: String,
    /// What failed.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Checks that were given up for the whole run: none of their findings is told.
    pub gave_up: Vec<CheckId>,
}

/// A kind of which there are objects and no schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindWithoutSchema {
    /// apiVersion.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// How many objects.
    pub count: u32,
    /// A kind with a schema and nearly that name.
    pub near: Option<String>,
}

/// A finding that someone accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// It.
    pub finding: Finding,
    /// By what.
    pub by: Acceptance,
}

/// What accepts a finding.
#[derive(Debug, Clone)]
pub enum Acceptance {
    /// The baseline: it was there before.
    Baseline,
    /// An exception with a reason.
    Exception(Arc<Exception>),
}

/// What a run over the files about to be committed looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staged {
    /// Files that the commit changes, and that were looked at.
    pub changed: usize,
    /// Other files that were read because the change may touch what they say.
    pub related: usize,
    /// Files that the commit will hold and that may be manifests.
    pub files: usize,
}

/// What a run found.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Every document, in order.
    pub accounts: Vec<Account>,
    /// By place.
    pub findings: Vec<Finding>,
    /// Findings that someone accepted, by place; they do not count.
    pub accepted: Vec<Accepted>,
    /// Lines of the baseline that no finding fits any more.
    pub stale: Vec<Line>,
    /// When only what a commit can affect was judged.
    pub staged: Option<Staged>,
    /// What is deployed as one.
    pub units: Vec<Unit>,
    /// Names that were not read.
    pub unread: Vec<Unread>,
    /// Work that could not be done.
    pub failures: Vec<Failure>,
    /// Kinds that no schema is known for.
    pub without_schema: Vec<KindWithoutSchema>,
    /// The minors that were judged by.
    pub minors: Vec<u16>,
    /// How many kinds the repository's CRDs define.
    pub crds: usize,
    /// How many kinds the definitions define that were added to the repository.
    pub added: usize,
    /// What the run was made with.
    pub remains: Remains,
}

/// What a run was made with and nobody reads any more: a program that ends need not take it apart piece by piece.
#[derive(Clone, Default)]
pub struct Remains {
    /// Held, and never looked at.
    _all: Option<Arc<dyn Any + Send + Sync>>,
}

impl Remains {
    /// Keeps them.
    #[must_use]
    pub fn of(all: impl Any + Send + Sync) -> Self {
        Self { _all: Some(Arc::new(all)) }
    }
}

impl fmt::Debug for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remains")
    }
}

impl Outcome {
    /// How many findings of a severity there are.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// How many findings of a severity count for the verdict of the run: advice does not.
    #[must_use]
    pub fn enforced(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.enforced && finding.severity == severity).count()
    }

    /// Documents that hold or held objects, and how many of them were judged: the share that a gate may demand.
    /// Documents in which nothing is for a cluster (values, kustomizations, other tools' files) are not counted.
    #[must_use]
    pub fn coverage(&self) -> (usize, usize) {
        let asked = |account: &&Account| {
            account.class.holds_objects() || matches!(account.class, Class::Patch | Class::Template | Class::Broken)
        };
        let judged = self.accounts.iter().filter(asked).filter(|account| account.verdict == Verdict::Judged).count();
        (judged, self.accounts.iter().filter(asked).count())
    }

    /// Whether some of the work could not be done.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.failures.is_empty() || self.unread.iter().any(|unread| unread.failed)
    }
}
