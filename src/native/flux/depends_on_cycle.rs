//! Flux Kustomizations that wait for each other.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "dependencies between Flux Kustomizations that run in a ring",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "None of them is ever ready, so none is ever deployed, and whatever depends on them waits too.",
    remedy: "take one of the dependencies out",
    references: &["https://fluxcd.io/flux/components/kustomize/kustomizations/#dependencies"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::Waiting { names, place }) = target else { return };
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let message = match names.as_slice() {
        [name] => format!("{name} waits for itself, so it is never deployed"),
        _ => format!("{} wait for each other, so none of them is ever deployed", names.join(", ")),
    };
    let mut draft = Draft::new(*place, message);
    draft.help = Some("take one of the dependencies out".to_owned());
    findings.add(meta, draft);
}
