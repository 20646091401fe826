//! A manifest beside a kustomization that does not list it.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "manifest that the kustomization beside it does not list",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "Kustomize takes in what is listed and nothing else, so a file that was added without its entry is never \
          deployed, and no build says so.",
    remedy: "add it to `resources`, or move it out of the folder",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::Unlisted { folder, place }) = target else { return };
    let folder = if folder.is_empty() { "this folder" } else { folder };
    let mut draft = Draft::new(*place, format!("the kustomization of {folder} does not list this file, so no build deploys it"));
    draft.help = Some("add it to `resources`, or move it out of the folder if something else applies it".to_owned());
    findings.add(meta, draft);
}
