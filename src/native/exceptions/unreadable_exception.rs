//! A comment that was meant for this program and cannot be followed.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "exception that cannot be read",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "A comment that begins with `plimsoll:` is meant to allow something and does not, because it names no check that exists, gives no reason or speaks of nothing. What it was to allow is told.",
    remedy: "write it as `# plimsoll: allow <check> by <owner> until 2027-01-31 because <reason>`, on the line before what it allows",
    references: &[],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Settled(settled) = target else { return };
    for problem in &settled.unreadable {
        let mut draft = Draft::new(problem.span, problem.message.clone());
        draft.help = Some(problem.help.clone());
        findings.add(meta, draft);
    }
}
