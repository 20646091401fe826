//! A build of Kustomize that needs more than the repository: what it makes is not known.

use crate::check::{CheckMeta, Declaration, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::builds::{self, Unrendered};
use crate::overlay::kustomize::Reason;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "build that cannot be rendered from the repository",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "What is fetched from elsewhere, made by a chart or by a program is not in the repository, so the objects of \
          this build are not known and not judged; of its files only what no build can change is. Nothing is fetched \
          and nothing is run here, because a check that depends on a network or a plugin says something else every day.",
    remedy: "copy the base into a folder and name that under `remotes` of plimsoll.yaml, or render the build in CI and check \
             what comes out",
    references: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some(build) = Unrendered::of(target) else { return };
    if build.is_unknowable() {
        let why = match build.problem.reason {
            Reason::Program => "a program would have to run, and none is run here",
            Reason::Helm => "a chart is rendered by Helm, which is not run here",
            Reason::NotYet | Reason::Limit => "it is beyond what is rendered here",
            _ => "what it names is not among the files that are looked at",
        };
        let help = match build.problem.reason {
            Reason::Remote => "name a folder that holds it under `remotes` of plimsoll.yaml; until then its objects are not \
                               judged, and `kustomize build` shows them"
                .to_owned(),
            Reason::Absent => "fetch it into that folder; until then its objects are not judged".to_owned(),
            _ => format!("{why}: its objects are not judged; `kustomize build` shows them"),
        };
        builds::tell(&build, meta, findings, format!("not rendered: {}", build.problem), help, None);
    }
}
