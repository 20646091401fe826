//! What stands in a document after its first value.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::yaml::ProblemKind;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "value that Kubernetes does not read",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Kubernetes splits a file at lines that hold `---` and nothing else, and reads the first value of each part. What stands \
          behind a `...` line, or on the line of a `---`, is dropped without a word: an object that someone wrote is not there.",
    remedy: "begin each document with a line that holds `---` alone",
    references: &["https://pkg.go.dev/k8s.io/apimachinery/pkg/util/yaml#YAMLReader"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    crate::native::tell(target, meta, findings, &[ProblemKind::Unread]);
}
