//! A version of a kind that every wanted Kubernetes still has and some warn of.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::facts::MINORS;
use crate::finding::Severity;
use crate::native::lived::Lived;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "version of a kind that is deprecated",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "The API server takes the object and answers with a warning that nobody reads in a GitOps \
          controller's log. A few minors later the version is removed, and the upgrade of the cluster stops \
          the application.",
    remedy: "move to the replacement while both are served",
    references: &[
        "https://kubernetes.io/docs/reference/using-api/deprecation-policy/",
        "https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
    ],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(lived) = Lived::of(target) else { return };
    // what is gone is told as such
    let (Some(since), true) = (lived.life.deprecated, lived.gone().is_empty()) else { return };
    let warned: Vec<u16> = lived.served().into_iter().filter(|minor| *minor >= since).collect();
    if warned.is_empty() {
        return;
    }
    let end = match lived.life.removed {
        Some(removed) if removed > *MINORS.end() => format!(" and planned to be removed in 1.{removed}"),
        Some(removed) => format!(" and removed in 1.{removed}"),
        None => String::new(),
    };
    let message = format!("{} is deprecated since Kubernetes 1.{since}{end}", lived.named());
    lived.tell(meta, findings, &warned, message, lived.instead());
}
