//! An image that no container has.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds;
use crate::overlay::kustomize::Idle;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "image that no container has",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "Kustomize passes over an entry of `images` whose name no container has, without a word, so the containers keep the image that \
          stands in their manifests: a release that changes nothing. An entry of a base or a Component is told of only when \
          nothing has the image in every build.",
    remedy: "write the name as the containers have it, with its registry and without its tag",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    builds::idle(target, meta, findings, Idle::Image, |wanted| format!("no container of the build has the image `{wanted}`, so this entry changes nothing"), "write the name as the containers have it, with its registry and without its tag");
}
