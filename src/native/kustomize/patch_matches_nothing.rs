//! A patch whose target selects no object.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds;
use crate::overlay::kustomize::Idle;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "patch that no object is the target of",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "Kustomize passes over a patch whose `target` selects nothing, without a word: what it was to change stays as it is, in \
          production too. A patch of a base or a Component is told of only when it selects nothing in every build.",
    remedy: "correct the target, or remove the patch",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    builds::idle(target, meta, findings, Idle::Patch, |wanted| format!("the build has no {wanted}, so this patch changes nothing"), "correct the target, or remove the patch");
}
