//! An exception from a check that a configuration above has locked.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Label, Severity};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "exception from a locked check",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "The configuration above has locked the check, so that no comment, folder or baseline can allow what it finds. The exception does not count, and the finding is told.",
    remedy: "mend the finding, or ask who keeps that configuration for an exception in it",
    references: &[],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Settled(settled) = target else { return };
    for (exception, lock) in &settled.refused {
        let mut draft = Draft::new(exception.span, format!("`{}` is locked: this exception does not count", lock.name));
        draft.related.push(Label { span: lock.span, message: format!("`{}` is locked here", lock.name) });
        draft.help = Some("mend what it allows, or ask who keeps that configuration".into());
        findings.add(meta, draft);
    }
}
