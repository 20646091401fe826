//! A version of a kind that comes only after some wanted Kubernetes.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::facts::{MINORS, ranges, served_by_all};
use crate::finding::Severity;
use crate::native::lived::Lived;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "version of a kind that comes with a later Kubernetes",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "The cluster has no such kind yet: nothing of the object reaches it, and a GitOps controller stops \
          the whole application there. Where several clusters share a manifest, the oldest decides.",
    remedy: "use a version that all clusters have, or upgrade first",
    references: &["https://kubernetes.io/docs/reference/using-api/#api-versioning"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(lived) = Lived::of(target) else { return };
    let early = lived.early();
    // one finding says both
    if early.is_empty() || !lived.gone().is_empty() {
        return;
    }
    let life = lived.life;
    // one that left and came back counts from its return
    let first =
        MINORS.filter(|minor| early.last().is_some_and(|last| minor > last)).find(|minor| life.is_served(*minor));
    let Some(first) = first else { return };
    let message = format!(
        "{} comes with Kubernetes 1.{first}: {} does not have it{}",
        lived.named(),
        ranges(&early),
        lived.valid()
    );
    let help = match served_by_all(life.group, life.kind, &early) {
        Some(older) => format!("use `{}` until then, and compare the fields", older.api_version()),
        None => format!("leave it out for {}", ranges(&early)),
    };
    lived.tell(meta, findings, &early, message, help);
}
