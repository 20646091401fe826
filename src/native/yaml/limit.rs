//! A document beyond a limit that keeps hostile input from taking all memory and time.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::yaml::ProblemKind;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "document beyond a limit",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "The document is nested too deeply, a value is too long, or its aliases expand to millions of values. Readers refuse such documents to protect themselves (the API server at its own limits), and no manifest needs them.",
    remedy: "make it smaller: keep large data out of manifests, and nest less",
    references: &["https://kubernetes.io/docs/concepts/configuration/configmap/#motivation"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    crate::native::tell(target, meta, findings, &[ProblemKind::Limit]);
}
