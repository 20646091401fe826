//! A file of values that an Application names and that is not there.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::no_values;
use crate::overlay::Engine;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "value file that is not there",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Helm stops at a file of values that it cannot read, so the Application is never synced again, and only its status says so. Told \
          of charts and of sources with a `ref` in this repository; a branch or tag that is deployed from may still have \
          the file.",
    remedy: "correct the path, or set `ignoreMissingValueFiles: true`",
    references: &["https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values-files"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    no_values(target, meta, findings, Engine::ArgoCd, "the folder of the chart, with a slash in front from the root of the repository");
}
