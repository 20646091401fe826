//! Where findings go. The sink stamps id and severity, so that a check cannot misname itself.

use crate::config::{Level, Levels};
use crate::finding::{Finding, Fix, Label, Pointer, ResourceKey, Severity, Stated, Units};
use crate::source::{Snapshot, Span};

use super::{Check, CheckMeta, Registry};

/// What a check reports: a finding without the parts that are not its to say.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Where.
    pub primary: Span,
    /// What is wrong.
    pub message: String,
    /// Words at the place.
    pub label: Option<String>,
    /// Other places.
    pub related: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// Edits that do it.
    pub fix: Option<Fix>,
    /// The object.
    pub subject: Option<ResourceKey>,
    /// The place in it.
    pub pointer: Pointer,
    /// Minors that it holds for.
    pub versions: Vec<u16>,
    /// Whether the place is the thing itself.
    pub stated: Stated,
    /// When this one asks for more or less than the check does in general.
    pub severity: Option<Severity>,
    /// When it is too uncertain for more than this, whatever the configuration asks of the check.
    pub at_most: Option<Severity>,
}

impl Draft {
    /// A report of something that stands at `primary`.
    #[must_use]
    pub fn new(primary: Span, message: impl Into<String>) -> Self {
        Self {
            primary,
            message: message.into(),
            label: None,
            related: Vec::new(),
            help: None,
            fix: None,
            subject: None,
            pointer: Pointer::default(),
            versions: Vec::new(),
            stated: Stated::Stated,
            severity: None,
            at_most: None,
        }
    }
}

/// Which declarations of every check of a run are off, looked up once where the configuration says the same of all paths.
pub struct Off(Vec<Option<Vec<bool>>>);

impl Off {
    /// What the levels say of the checks, in their order.
    #[must_use]
    pub fn of(levels: &Levels, registry: &Registry) -> Self {
        let of = |check: &dyn Check| {
            check.metas().iter().map(|meta| levels.level(&meta.id, "") == Some(Level::Off)).collect()
        };
        Self(registry.checks().map(|check| levels.same_everywhere().then(|| of(check))).collect())
    }

    /// Of one check by its order; nothing where that depends on the path.
    #[must_use]
    pub fn get(&self, check: usize) -> Option<&[bool]> {
        self.0.get(check)?.as_deref()
    }
}

/// The sink of one target.
pub struct Findings<'a> {
    levels: &'a Levels,
    path: &'a str,
    /// Whose files findings may stand in, beside `path`.
    snapshot: Option<&'a Snapshot>,
    /// Which of the declarations of a check are off, where that is the same everywhere.
    off: Option<&'a [bool]>,
    out: &'a mut Vec<Finding>,
}

impl<'a> Findings<'a> {
    /// A sink for findings in `path`.
    pub fn new(levels: &'a Levels, path: &'a str, out: &'a mut Vec<Finding>) -> Self {
        Self { levels, path, snapshot: None, off: None, out }
    }

    /// For an object that was put together from several files: a level may be meant for the unit or for the file that a
    /// finding stands in.
    #[must_use]
    pub fn across(self, snapshot: &'a Snapshot) -> Self {
        Self { snapshot: Some(snapshot), ..self }
    }

    /// With what [`Off`] says of the check.
    #[must_use]
    pub fn knowing(self, off: Option<&'a [bool]>) -> Self {
        Self { off, ..self }
    }

    fn level(&self, meta: &CheckMeta, place: Span) -> Option<Level> {
        let of_unit = self.levels.level(&meta.id, self.path);
        let file = self.snapshot.and_then(|snapshot| snapshot.entry(place.source)).map(|entry| entry.path.as_str());
        let Some(file) = file.filter(|file| *file != self.path && of_unit != Some(Level::Off)) else { return of_unit };
        let of_file = self.levels.said(&meta.id, file);
        // what is said of one folder goes before what is said of all
        if of_file == Some(Level::Off) || of_unit == self.levels.said(&meta.id, "") { of_file } else { of_unit }
    }

    /// Whether a check is on for this path, so that it has to run: the one of this index among the declarations of those
    /// that run together.
    #[must_use]
    pub fn wants(&self, index: usize, meta: &CheckMeta) -> bool {
        if let Some(off) = self.off.and_then(|off| off.get(index)) {
            return !off;
        }
        self.levels.level(&meta.id, self.path) != Some(Level::Off)
    }

    /// Takes a report of a check. What the configuration turned off is dropped.
    pub fn add(&mut self, meta: &CheckMeta, draft: Draft) {
        let own = draft.severity.unwrap_or(meta.severity);
        let severity = match self.level(meta, draft.primary) {
            Some(Level::Off) => return,
            Some(Level::Severity(severity)) => severity,
            None => own,
        };
        let severity = draft.at_most.map_or(severity, |most| severity.max(most));
        self.out.push(Finding {
            check: meta.id.clone(),
            severity,
            message: draft.message,
            primary: draft.primary,
            label: draft.label,
            related: draft.related,
            help: draft.help,
            fix: draft.fix,
            subject: draft.subject,
            pointer: draft.pointer,
            units: Units::default(),
            versions: draft.versions,
            stated: draft.stated,
            enforced: true,
        });
    }
}
