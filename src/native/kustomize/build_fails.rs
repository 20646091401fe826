//! An entry of a kustomization that Kustomize refuses.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::{self, Unrendered};
use crate::overlay::kustomize::Reason;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "build that Kustomize refuses",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "`kustomize build` makes nothing at all when one entry is wrong: a patch whose object is not there, two objects \
          of one name, a field that no kustomization has. A GitOps controller then keeps the old state of the whole \
          application, and everything else in the same commit waits with it. A file from outside the kustomization's folder \
          is a warning: an option of Kustomize allows it, and its objects are judged as if it were given.",
    remedy: "mend the entry; `plimsoll render` shows whether the build goes through",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(build) = Unrendered::of(target) else { return };
    let (severity, help) = match build.problem.reason {
        _ if build.is_unknowable() => return,
        Reason::Outside => (
            // an option of Kustomize allows it, and controllers can be told to give it
            Some(Severity::Warning),
            "copy the file below the kustomization, or make a base of its folder and take that in; with \
             `--load-restrictor LoadRestrictionsNone` it builds as it is",
        ),
        Reason::Duplicate => (None, "take one of the two out, or turn it into a patch"),
        Reason::NoTarget => (None, "correct the name or the kind, or remove the entry"),
        Reason::Unreadable => (None, "mend the file: the build reads it as a whole"),
        Reason::Refused => (None, "mend the entry; `plimsoll render` shows whether the build goes through"),
        _ => return,
    };
    builds::tell(&build, meta, findings, build.problem.to_string(), help.to_owned(), severity);
}
