//! The stages of a run, and who is told what they take. Leaves out clocks: only the command line has one.

/// A part of the work of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding the files.
    Walk,
    /// Reading the configuration and the user's own policies.
    Prepare,
    /// Bytes from disk or git, to text.
    Read,
    /// Text to trees, and what each document is.
    Parse,
    /// What each object is of: kinds, builds, definitions, references.
    Place,
    /// Checks of text and relations that are written in Rust.
    Native,
    /// Validation by schemas.
    Validate,
    /// Policies in Rego.
    Policies,
    /// Baseline, exceptions, coverage, order.
    Settle,
    /// Writing the reports.
    Report,
}

impl Stage {
    /// All, in the order of the work.
    pub const ALL: [Self; 10] = [
        Self::Walk,
        Self::Prepare,
        Self::Read,
        Self::Parse,
        Self::Place,
        Self::Native,
        Self::Validate,
        Self::Policies,
        Self::Settle,
        Self::Report,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Prepare => "prepare",
            Self::Read => "read",
            Self::Parse => "parse",
            Self::Place => "place",
            Self::Native => "native",
            Self::Validate => "validate",
            Self::Policies => "policies",
            Self::Settle => "settle",
            Self::Report => "report",
        }
    }
}

/// Is told when a part of a stage is done, from any thread. The run itself knows no time: it hands back what it was given.
pub trait Observer: std::fmt::Debug + Send + Sync {
    /// A moment, in the observer's own measure.
    fn mark(&self) -> u64;

    /// A part of a stage is done that began at `since`.
    fn done(&self, stage: Stage, since: u64);
}

/// Does a part of a stage, and tells the observer if there is one.
pub fn during<T>(observer: Option<&dyn Observer>, stage: Stage, work: impl FnOnce() -> T) -> T {
    let Some(observer) = observer else { return work() };
    let since = observer.mark();
    let out = work();
    observer.done(stage, since);
    out
}
