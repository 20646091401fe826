//! A target of a replacement that selects no object.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds;
use crate::overlay::kustomize::Idle;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "replacement that no object is the target of",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "Kustomize passes over a target of a replacement that selects nothing, without a word, and the value that was to be \
          replaced is deployed as it is.",
    remedy: "correct the selector, or remove the target",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    builds::idle(target, meta, findings, Idle::Replacement, |wanted| format!("the build has no {wanted}, so nothing is replaced there"), "correct the selector, or remove the target");
}
