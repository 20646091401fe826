//! A Component that no kustomization takes in.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "component that no kustomization takes in",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "A Component is deployed only through the kustomizations that name it under `components`. One that nobody names \
          does nothing, and what is wrong in it is seen by nobody.",
    remedy: "name it under `components` of an overlay, or remove it",
    references: &["https://kubectl.docs.kubernetes.io/guides/config_management/components/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::Unused { folder, place }) = target else { return };
    let folder = if folder.is_empty() { "." } else { folder };
    let mut draft = Draft::new(*place, format!("no kustomization of this repository takes in the Component {folder}"));
    draft.help = Some("name it under `components` of an overlay, or remove it".to_owned());
    findings.add(meta, draft);
}
