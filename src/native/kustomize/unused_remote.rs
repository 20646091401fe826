//! What stands for something to be fetched that nothing asks for.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "remote that no kustomization asks for",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "An entry of `remotes` says which folder stands for what Kustomize would fetch. One that no kustomization asks for does \
          nothing: its address or ref is another than the one that was meant, or what asked for it is gone and the folder can go too.",
    remedy: "delete the entry, or write the address and the ref as the kustomization has them",
    references: &[],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Settled(settled) = target else { return };
    for (url, place) in &settled.remotes {
        let mut draft = Draft::new(*place, format!("no kustomization asks for `{url}`"));
        draft.help = Some("delete the entry, or write the address and the ref as the kustomization has them".into());
        findings.add(meta, draft);
    }
}
