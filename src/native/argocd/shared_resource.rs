//! An object that two Applications deploy, or one and a Flux Kustomization.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::deployed_twice;
use crate::overlay::Engine;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "object that an Application and another owner deploy",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Each of the two takes the object for its own: what one syncs the other sees as out of sync, and when one of them is deleted or \
          prunes, the object goes, although the other still wants it. Told of Applications that stand in one folder or in one \
          build and deploy to one cluster, and of a Flux Kustomization beside them. The files of a `directory` source are those \
          that its globs take.",
    remedy: "let one Application deploy the object",
    references: &["https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#fail-the-sync-if-a-shared-resource-is-found"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    deployed_twice(target, meta, findings, Engine::ArgoCd, "Applications");
}
