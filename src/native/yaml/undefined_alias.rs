//! An alias without its anchor.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::yaml::ProblemKind;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "alias without its anchor",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "An alias (`*name`) repeats what an anchor (`&name`) has marked above it, in the same document. Without the anchor there is nothing to repeat, and the document cannot be read. Most often the anchor stands before a `---`: anchors do not reach across documents.",
    remedy: "define the anchor above, in the same document",
    references: &["https://yaml.org/spec/1.2.2/#71-alias-nodes"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    crate::native::tell(target, meta, findings, &[ProblemKind::UndefinedAlias]);
}
