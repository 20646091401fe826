//! An object that two Flux Kustomizations deploy.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::deployed_twice;
use crate::overlay::Engine;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "object that two Flux Kustomizations deploy",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Both apply it, each in its own form if those differ, at every interval; and when one of them no longer has it, its pruning \
          deletes what the other still wants. Told of Kustomizations that stand in one folder or in one build and deploy to \
          one cluster, and of an Argo CD Application beside them.",
    remedy: "let one Kustomization deploy the object",
    references: &["https://fluxcd.io/flux/components/kustomize/kustomizations/#prune"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    deployed_twice(target, meta, findings, Engine::Flux, "Kustomizations");
}
