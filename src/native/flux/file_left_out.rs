//! A kustomization that Flux builds names a file that it does not get.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Label, Severity};
use crate::overlay::{LeftOut, Notice};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "file that the source's artifact leaves out",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Flux builds from an artifact of the repository, without what `.sourceignore` files and the `ignore` of the source leave out, or, \
          where neither says anything, what Flux leaves out of itself: images, archives, files of CI. A build that names such a file works \
          on a desk and fails in the cluster, which keeps the old state.",
    remedy: "spare the file by a line that begins with `!`, or move what is needed elsewhere",
    references: &["https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Notice(Notice::LeftOut { what, .. }) = target else { return };
    let LeftOut { entry, path, source, rule, place, spared } = what;
    let by = if place.is_some() { "by" } else { "as Flux does of itself, by" };
    let mut draft = Draft::new(*entry, format!("Flux does not get `{path}`: {source} leaves it out {by} `{rule}`"));
    draft.help = Some(match place {
        Some(_) => format!("spare it by a line behind that one, `{spared}`, or move it elsewhere"),
        None => format!("write `{spared}` into `.sourceignore`: its lines take the place of those that Flux has of itself"),
    });
    draft.related.extend(place.map(|span| Label { span, message: "it is left out here".to_owned() }));
    findings.add(meta, draft);
}
