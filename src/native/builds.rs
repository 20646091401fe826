//! What the checks of the pack `kustomize` share: a build that was not rendered. Leaves out what is said of it.

use crate::check::{CheckMeta, Draft, Findings, Target};
use crate::finding::Severity;
use crate::overlay::kustomize::{Notice, Problem, Reason, Role};
use crate::source::Span;

/// A build that was not rendered.
pub(super) struct Unrendered<'a> {
    pub problem: &'a Problem,
    /// What the entry asks for, when it is one that names a file.
    pub role: Option<Role>,
    place: Span,
    unknowable: bool,
}

impl<'a> Unrendered<'a> {
    pub fn of(target: &Target<'a>) -> Option<Self> {
        let Target::Notice(Notice::Build { problem, place, role, unknowable, .. }) = target else { return None };
        Some(Self { problem, role: *role, place: *place, unknowable: *unknowable })
    }

    /// Whether the build may go through elsewhere: it needs what is not in the repository.
    pub fn is_unknowable(&self) -> bool {
        self.unknowable
            || matches!(
                self.problem.reason,
                Reason::Remote | Reason::Program | Reason::Helm | Reason::NotYet | Reason::Limit
            )
    }
}

/// Tells it at the entry that asks for it.
pub(super) fn tell(
    build: &Unrendered<'_>,
    meta: &CheckMeta,
    findings: &mut Findings<'_>,
    message: String,
    help: String,
    severity: Option<Severity>,
) {
    let mut draft = Draft::new(build.place, message);
    draft.help = Some(help);
    draft.severity = severity;
    findings.add(meta, draft);
}
