//! An ApplicationSet whose Applications are not known.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "ApplicationSet whose Applications are not known",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "Applications of lists, of folders of the repository and of matrices of both are made here as Argo CD makes them, so what they \
          deploy is judged with what they add. What clusters, pull requests and the like there are is not in the repository, and of \
          templates only plain values are filled in: what such a set deploys is judged as it is written, without its owner.",
    remedy: "nothing, unless the folders should be judged as they are deployed: name them in a list, or by their paths",
    references: &["https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::Unexpanded(set)) = target else { return };
    let mut draft = Draft::new(set.place, format!("its Applications are not known: {}", set.why));
    draft.help = Some("what it deploys is judged as it is written; `argocd appset generate` shows its Applications".into());
    findings.add(meta, draft);
}
