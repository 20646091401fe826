//! A Flux Kustomization that deploys a folder which is not there.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::no_folder;
use crate::overlay::Engine;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "Flux Kustomization of a folder that is not there",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "The controller fails at the next sync and keeps the old state, and with it everything that waits for this. Told \
          only where another one deploys an existing folder from the same source, so that it is this repository; a \
          branch or tag that it deploys from may still have the folder.",
    remedy: "correct the path, which counts from the root of the repository",
    references: &["https://fluxcd.io/flux/components/kustomize/kustomizations/#path"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    no_folder(target, meta, findings, Engine::Flux, "spec.path");
}
