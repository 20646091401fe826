//! An exception that fits no finding.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "exception that nothing needs",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "What the exception allowed is mended, or it stands where it speaks of nothing. Left there, it would hide the next fault of its kind without anyone having looked at it.",
    remedy: "delete the exception, or move it to the line that it was meant for",
    references: &[],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Settled(settled) = target else { return };
    for exception in &settled.unused {
        let what = exception.allows.join(", ");
        let mut draft = Draft::new(exception.span, format!("nothing needs this exception from `{what}`"));
        draft.help = Some("delete it, or move it to what it was meant for".into());
        findings.add(meta, draft);
    }
}
