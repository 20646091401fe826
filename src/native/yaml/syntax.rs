//! A document that is no YAML.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::yaml::ProblemKind;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "document that is no YAML",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "Nothing in the document can be read, so nothing of it reaches the cluster: kubectl, Kustomize, Flux and Argo CD all stop at it, and a GitOps controller stops the whole application. The other documents of the file are still checked here.",
    remedy: "mend the line that is underlined, or the one above it",
    references: &["https://yaml.org/spec/1.1/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    crate::native::tell(target, meta, findings, &[ProblemKind::Syntax, ProblemKind::Dialect, ProblemKind::NonScalarKey]);
}
