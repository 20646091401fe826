//! An alpha or beta version that a cluster has only where someone switched it on.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::lived::Lived;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "version of a kind that is off unless someone switches it on",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "Alpha versions, and beta versions that came with Kubernetes 1.24 or later, are served only where the \
          cluster was started with `--runtime-config` for them. Managed clusters rarely offer that. Whether \
          yours has it is not written in the repository, so this is a hint.",
    remedy: "make sure that every cluster switches it on, or use a version that is on by default",
    references: &["https://kubernetes.io/docs/reference/using-api/#enabling-or-disabling"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(lived) = Lived::of(target).filter(|lived| lived.life.is_off_by_default()) else { return };
    let served = lived.served();
    // what fails for a wanted minor is told as that
    if served.is_empty() || !lived.gone().is_empty() || !lived.early().is_empty() {
        return;
    }
    let message = format!("{} is off by default: a cluster must switch it on", lived.named());
    let help = match lived.life.replacement {
        Some(_) => lived.instead(),
        None => format!("start the API server with `--runtime-config={}=true`", lived.life.api_version()),
    };
    lived.tell(meta, findings, &served, message, help);
}
