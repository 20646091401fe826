//! A list of a patch that takes the place of another one.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds;
use crate::overlay::kustomize::Idle;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "patch that replaces a list of a custom resource",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "Of kinds that it has a schema of, Kustomize joins lists such as `containers` by the names of their items. Of any other kind it \
          knows no keys, and the list of the patch takes the place of the whole: items that the patch does not repeat are gone, \
          sidecars and volumes among them.",
    remedy: "repeat the items that are to stay, use a JSON patch, or name a schema of the kind under `openapi`",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/openapi/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    builds::idle(target, meta, findings, Idle::List, |wanted| format!("this list takes the place of the one in {wanted}"), "repeat the items that are to stay, use a JSON patch, or name a schema of the kind under `openapi`");
}
