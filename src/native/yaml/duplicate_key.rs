//! A key that stands twice in one mapping.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::kube::Class;
use crate::yaml::ProblemKind;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "key that stands twice in one mapping",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "Only one of the two values can count. kubectl takes the last without a word; the API server, Kustomize, Flux and Argo CD refuse the document. Of kustomizations, patches and values one of the two is taken without a word. Either way someone wrote a setting that is not there.",
    remedy: "keep one of the two",
    references: &["https://yaml.org/spec/1.2.2/#3213-node-comparison"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    crate::native::tell_as(target, meta, findings, &[ProblemKind::DuplicateKey], |document, draft| {
        if let Some(reader) = takes_one(document.class) {
            draft.severity = Some(Severity::Warning);
            draft.help = Some(format!("keep one of the two: {reader} takes one of them without a word"));
        }
    });
}

/// Who reads a document in which a key may stand twice; no API server sees it.
fn takes_one(class: Class) -> Option<&'static str> {
    match class {
        Class::Kustomization | Class::KustomizeConfig | Class::Patch => Some("Kustomize"),
        Class::Values | Class::Chart => Some("Helm"),
        _ => None,
    }
}
