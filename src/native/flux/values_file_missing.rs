//! A file of values that a Helm release names and that is not there.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::no_values;
use crate::overlay::Engine;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "values file of a Helm release that is not there",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "The source controller cannot build the chart without the file, so the release is never upgraded again, and only its status \
          says so. Told of charts in this repository; a branch or tag that is deployed from may still have the file.",
    remedy: "correct the path, or set `ignoreMissingValuesFiles: true`",
    references: &["https://fluxcd.io/flux/components/helm/helmreleases/#chart-template"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    no_values(target, meta, findings, Engine::Flux, "the root of the repository");
}
