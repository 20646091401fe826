//! A Flux Kustomization that waits for one that is not there.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "dependency on a Flux Kustomization that is not there",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Flux does not reconcile a Kustomization before all that it depends on are ready, and one that does not exist never \
          is: nothing of it is deployed, and its status is the only one that says so. It may still come from another \
          repository of the same cluster.",
    remedy: "correct the name, or remove the dependency",
    references: &["https://fluxcd.io/flux/components/kustomize/kustomizations/#dependencies"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::NoDependency { name, near, place }) = target else { return };
    let message = format!("no Flux Kustomization of this repository is called `{name}`, so this one waits for ever");
    let mut draft = Draft::new(*place, message);
    draft.help = Some(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "correct the name, or remove the dependency".to_owned(),
    });
    findings.add(meta, draft);
}
