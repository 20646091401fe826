//! A variable in what Flux deploys that nothing defines.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "variable that the Flux Kustomization does not define",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "A Kustomization with `postBuild` puts values in place of all `${NAME}` in its objects, in scripts and dashboards too. \
          One that it does not define becomes an empty text, and with newer controllers stops the whole build. Told only \
          where all variables stand in the repository, so that none can come from the cluster.",
    remedy: "define it under `postBuild.substitute`, give it a default as `${NAME:=value}`, or write `$${NAME}` where no variable of Flux is meant",
    references: &["https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::Undefined { name, near, place, .. }) = target else { return };
    let message = format!("the Flux Kustomization of this build defines no variable `{name}`");
    let mut draft = Draft::new(*place, message);
    draft.help = Some(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("define it under `postBuild.substitute`, or write `$${{{name}}}` where no variable of Flux is meant"),
    });
    findings.add(meta, draft);
}
