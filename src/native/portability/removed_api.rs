//! A version of a kind that some wanted Kubernetes no longer has.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::facts::ranges;
use crate::finding::Severity;
use crate::native::lived::Lived;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "version of a kind that was removed from Kubernetes",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "Nothing of the object reaches the cluster: the API server answers that it has no such kind, and a \
          GitOps controller stops the whole application there. What is in the cluster already lives on, in the \
          new version, so nobody sees it before the next change or the next cluster. Judged for every \
          Kubernetes version that is asked for.",
    remedy: "use the version that took its place, and move the fields that changed",
    references: &["https://kubernetes.io/docs/reference/using-api/deprecation-guide/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(lived) = Lived::of(target) else { return };
    let (Some(removed), gone) = (lived.life.removed, lived.gone()) else { return };
    if gone.is_empty() {
        return;
    }
    let early = lived.early();
    let early = if early.is_empty() { String::new() } else { format!("; not yet on {}", ranges(&early)) };
    let message = format!("{} was removed in Kubernetes 1.{removed}{}{early}", lived.named(), lived.valid());
    lived.tell(meta, findings, &gone, message, lived.instead());
}
