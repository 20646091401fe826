//! What checks on builds and on their owners share: a build that was not rendered, a folder that is not there. Leaves out
//! what is said of the first.

use crate::check::{CheckMeta, Draft, Findings, Target};
use crate::finding::{Label, Severity};
use crate::overlay::kustomize::{Idle, Problem, Reason, Role};
use crate::overlay::{Engine, Notice};
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
                Reason::Remote | Reason::Absent | Reason::Program | Reason::Helm | Reason::NotYet | Reason::Limit
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

/// Tells of entries of one kind that do nothing.
pub(super) fn idle(
    target: &Target<'_>,
    meta: &CheckMeta,
    findings: &mut Findings<'_>,
    what: Idle,
    message: impl Fn(&str) -> String,
    help: &str,
) {
    let Target::Notice(Notice::Idle { silent, .. }) = target else { return };
    if silent.what != what {
        return;
    }
    let mut draft = Draft::new(silent.place, message(&silent.wanted));
    draft.help = Some(match &silent.near {
        Some(near) => format!("did you mean `{near}`?"),
        None => help.to_owned(),
    });
    findings.add(meta, draft);
}

/// Tells of files of values that are not there.
pub(super) fn no_values(
    target: &Target<'_>,
    meta: &CheckMeta,
    findings: &mut Findings<'_>,
    wanted: Engine,
    counted: &str,
) {
    let Target::Notice(Notice::NoValues { engine, text, near, place }) = target else { return };
    if *engine != wanted {
        return;
    }
    let mut draft = Draft::new(*place, format!("there is no file `{text}`"));
    draft.help = Some(where_it_counts_from(near.as_deref(), counted));
    findings.add(meta, draft);
}

fn where_it_counts_from(near: Option<&str>, start: &str) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`? the path counts from {start}"),
        None => format!("correct the path, which counts from {start}"),
    }
}

/// Tells of objects that an owner of one engine deploys and another owner, too.
pub(super) fn deployed_twice(
    target: &Target<'_>,
    meta: &CheckMeta,
    findings: &mut Findings<'_>,
    wanted: Engine,
    owners: &str,
) {
    let Target::Notice(Notice::Twice { engine, objects, own, other, mixed, place, first }) = target else { return };
    let Some(one) = objects.first().filter(|_| *engine == wanted) else { return };
    let more = match objects.len() {
        1 => "is".to_owned(),
        2 => "and one more object are".to_owned(),
        count => format!("and {} more objects are", count - 1),
    };
    // one template may make both
    let mut draft = if place == first {
        Draft::new(*place, format!("`{one}` {more} deployed by `{other}` and by `{own}`"))
    } else {
        let mut draft = Draft::new(*place, format!("`{one}` {more} deployed by `{other}` too"));
        draft.label = Some("deployed from here".to_owned());
        draft.related.push(Label { span: *first, message: format!("and from here, by `{other}`") });
        draft
    };
    let owners = if *mixed { "engines" } else { owners };
    draft.help = Some(format!("let one of the two {owners} deploy it"));
    findings.add(meta, draft);
}

/// Tells of folders that owners of one engine name and that are not there.
pub(super) fn no_folder(
    target: &Target<'_>,
    meta: &CheckMeta,
    findings: &mut Findings<'_>,
    wanted: Engine,
    field: &str,
) {
    let Target::Notice(Notice::NoFolder { engine, text, near, place }) = target else { return };
    if *engine != wanted {
        return;
    }
    let mut draft = Draft::new(*place, format!("`{field}` names `{text}`, and there is no such folder"));
    draft.help = Some(where_it_counts_from(near.as_deref(), "the root of the repository"));
    findings.add(meta, draft);
}
