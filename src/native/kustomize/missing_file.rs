//! An entry of a kustomization that names a file or folder that is not there.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::{self, Unrendered};
use crate::overlay::kustomize::{Reason, Role};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "kustomization that names what is not there",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "`kustomize build` stops at the first file that it cannot find and makes nothing at all, so a GitOps controller \
          keeps the old state of the whole application and says so only in its own status. A file for a generator may be \
          left out of the repository on purpose and put there before the build; that is a warning.",
    remedy: "correct the path, which counts from the folder of the kustomization, or remove the entry",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(build) = Unrendered::of(target) else { return };
    if build.problem.reason != Reason::Missing || build.is_unknowable() {
        return;
    }
    let (severity, help) = match build.role {
        Some(Role::Input) => (
            Some(Severity::Warning),
            "the build fails in a fresh clone: commit the file, or make it before the build",
        ),
        _ => (None, "correct the path, which counts from the folder of the kustomization, or remove the entry"),
    };
    builds::tell(&build, meta, findings, build.problem.to_string(), help.to_owned(), severity);
}
