//! All checks of a run. Built by `engine` from what the build script listed and what the user added.

use std::fmt;

use crate::finding::CheckId;

use super::{CheckMeta, Findings, Stage, Target};

/// Why a check could not do its work. The rest of the run is not touched by it.
#[derive(Debug, Clone)]
pub struct CheckError {
    /// What failed and where.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Checks that are given up for the whole run, because they would take for ever.
    pub gave_up: Vec<CheckId>,
}

impl CheckError {
    /// A failure of one target.
    #[must_use]
    pub fn new(message: String, help: Option<String>) -> Self {
        Self { message, help, gave_up: Vec::new() }
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CheckError {}

/// Something that finds problems. One pass may serve several ids (a validator finds wrong types and unknown fields in
/// one walk; all policies of a kind are one program), so it declares them all.
pub trait Check: Send + Sync {
    /// Everything that it may report.
    fn metas(&self) -> &[CheckMeta];

    /// Which stage of a run its work is.
    fn stage(&self) -> Stage {
        Stage::Policies
    }

    /// Looks at one target. Keeps no state between targets.
    ///
    /// # Errors
    /// When it could not do its work: that is told beside the findings, and the exit code says so.
    fn run(&self, target: &Target<'_>, findings: &mut Findings<'_>) -> Result<(), CheckError>;
}

/// All checks of a run.
#[derive(Default)]
pub struct Registry {
    checks: Vec<Box<dyn Check>>,
}

impl Registry {
    /// Adds a check.
    pub fn add(&mut self, check: Box<dyn Check>) {
        self.checks.push(check);
    }

    /// The checks, in the order in which they were added.
    pub fn checks(&self) -> impl Iterator<Item = &dyn Check> {
        self.checks.iter().map(AsRef::as_ref)
    }

    /// Every declaration, sorted by id.
    #[must_use]
    pub fn metas(&self) -> Vec<&CheckMeta> {
        let mut metas: Vec<&CheckMeta> = self.checks.iter().flat_map(|check| check.metas()).collect();
        metas.sort_by(|a, b| a.id.cmp(&b.id));
        metas
    }
}
