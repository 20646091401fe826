//! A place in what Flux deploys where it cannot put in variables.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::overlay::Notice;
use crate::overlay::kustomize::Missed;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "text that Flux cannot substitute variables in",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "A Kustomization with `postBuild` looks for variables in all of its objects, in scripts and dashboards too, and \
          understands fewer forms than a shell does: at `${NAME-value}` or `${a[0]}` it stops, and nothing of the whole \
          Kustomization is deployed. So it does where an object is no YAML any more with the values in it.",
    remedy: "write `$${NAME}` where no variable of Flux is meant, or mark the object with `kustomize.toolkit.fluxcd.io/substitute: disabled`",
    references: &["https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::Unsubstituted { why, place, .. }) = target else { return };
    let (message, help) = match why {
        Missed::Unreadable(why) => (
            format!("Flux stops at the variables in this text: {}", why.describe()),
            "write two dollars where no variable of Flux is meant, or annotate the object with \
             `kustomize.toolkit.fluxcd.io/substitute: disabled`",
        ),
        Missed::NoValue(text) => (
            format!("with its variables this becomes `{text}`, which is no single value in YAML, so Flux stops"),
            "let a variable bring the quotes, as in `${quote}${NAME}${quote}`",
        ),
        Missed::Undefined(_) => return,
    };
    let mut draft = Draft::new(*place, message);
    draft.help = Some(help.to_owned());
    findings.add(meta, draft);
}
