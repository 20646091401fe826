//! A file that is not text.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::yaml::ProblemKind;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "file that is not text",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "YAML is Unicode text. A file in another encoding, or an encrypted or binary one under a name that ends in .yaml, cannot be read by anything that applies manifests.",
    remedy: "save it as UTF-8, or keep it out of the manifests with `ignore`",
    references: &["https://yaml.org/spec/1.2.2/#52-character-encodings"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    crate::native::tell(target, meta, findings, &[ProblemKind::NotText]);
}
