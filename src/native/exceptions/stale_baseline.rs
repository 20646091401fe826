//! A line of the baseline that no finding fits any more.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "line of the baseline that is mended",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "The finding that the line accepts is mended. As long as the line stands, the same fault would be let in again without a word: a baseline may only shrink.",
    remedy: "run `plimsoll baseline prune`, which deletes the line, and commit the baseline with the change",
    references: &[],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Settled(settled) = target else { return };
    for (line, span) in &settled.stale {
        let mut draft = Draft::new(*span, format!("mended, and still in the baseline: {}", line.check()));
        draft.help = Some("run `plimsoll baseline prune`".into());
        findings.add(meta, draft);
    }
}
