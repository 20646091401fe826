//! An exception whose last day is past, in the days that it still holds.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "exception whose last day is past",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "The exception ended on a day that its owner chose. It holds for fourteen days more, so that no release stops overnight; then it counts as absent and the finding is told again. The day of the commit is what counts, so the same commit is always judged the same.",
    remedy: "mend what it allowed, or agree on a new day with its owner",
    references: &[],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Settled(settled) = target else { return };
    for (exception, end) in &settled.ending {
        let (what, until) = (exception.allows.join(", "), exception.until.map(|day| day.to_string()));
        let until = until.unwrap_or_default();
        let mut draft =
            Draft::new(exception.span, format!("this exception from `{what}` ended on {until} and counts until {end}"));
        let owner = exception.owner.as_deref().map_or_else(String::new, |owner| format!(" with {owner}"));
        draft.help = Some(format!("mend what it allows, or agree on a new day{owner}"));
        findings.add(meta, draft);
    }
}
