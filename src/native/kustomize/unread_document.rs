//! A document behind the first one of a JSON patch.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds;
use crate::overlay::kustomize::Idle;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "document of a JSON patch that is not read",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "Kustomize reads the first document of a file of JSON patch operations and nothing behind it, without a word: the operations \
          there are never done.",
    remedy: "put all operations into one list, or the second list into a file of its own",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    builds::idle(target, meta, findings, Idle::Document, |_| "Kustomize reads the first document of a JSON patch only, and not this one".to_owned(), "put all operations into one list, or the second list into a file of its own");
}
