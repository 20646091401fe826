//! Kustomizations that take in each other.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::{self, Unrendered};
use crate::overlay::kustomize::Reason;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "kustomizations that take in each other",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "A kustomization may not take in itself, also not through others, and not a folder that it lies in: `kustomize \
          build` refuses all of them, so nothing of them reaches the cluster.",
    remedy: "move what both need into a base of its own",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(build) = Unrendered::of(target) else { return };
    if build.problem.reason == Reason::Cycle {
        let help = "move what both need into a base of its own, and take that in".to_owned();
        builds::tell(&build, meta, findings, build.problem.to_string(), help, None);
    }
}
