//! A source that a Flux object names and that nothing defines.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "source of Flux that is not there",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Without its source a Kustomization or Helm release is never reconciled, and its status is the only one that says so. Told \
          only where the repository defines other sources of the same kind; this one may still be made by hand or by \
          another repository of the same cluster. `flux-system`, which bootstrapping makes, is left out.",
    remedy: "correct the name, or define the source",
    references: &["https://fluxcd.io/flux/components/kustomize/kustomizations/#source-reference"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::NoSource { kind, name, near, place }) = target else { return };
    let mut draft = Draft::new(*place, format!("no {kind} of this repository is called `{name}`"));
    draft.help = Some(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "correct the name, or define the source".to_owned(),
    });
    findings.add(meta, draft);
}
