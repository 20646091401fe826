//! A tag that means something to another program and nothing to Kubernetes.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "tag that Kubernetes drops",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "A tag such as `!Ref` or `!vault` is an instruction to the program that it was written for. Kubernetes has none of its own \
          and drops what it does not know without a word: `password: !vault db` sets the password to `db`.",
    remedy: "write the value itself, or let the program that knows the tag write the manifest",
    references: &["https://yaml.org/spec/1.2.2/#691-node-tags"],
};

/// So many are told one by one.
const MOST: usize = 200;

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some((_, tree)) = crate::native::manifest(target) else { return };
    let tags = tree.foreign_tags();
    for place in tags.iter().take(MOST) {
        let message = format!("Kubernetes drops the tag `{}`, and takes what stands behind it as it is", tree.source().slice(*place));
        let mut draft = Draft::new(*place, message);
        draft.help = Some("write the value itself; put all of it in quotes if the `!` is meant as text".to_owned());
        findings.add(meta, draft);
    }
    if let Some(next) = tags.get(MOST) {
        let message = format!("{} more tags in this document that Kubernetes drops, from here on", tags.len() - MOST);
        findings.add(meta, Draft::new(*next, message));
    }
}
