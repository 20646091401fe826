//! A `<<` that stands twice in one mapping.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Label, Severity};
use crate::native::walk;
use crate::source::Span;
use crate::yaml::Tree;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "`<<` that stands twice in one mapping",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "Kustomize refuses the file, as a key that stands twice. kubectl and the controllers merge both, and take the last one's \
          where both bring the same key; other readers take the last `<<` alone.",
    remedy: "give one `<<` a list of all that it merges",
    references: &["https://yaml.org/type/merge.html"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    // of the mapping that was met last
    let mut first: Option<(u32, Span)> = None;
    walk::entries(target, Tree::may_have_odd_keys, &mut |document, parent, entry| {
        if !entry.key.merges() {
            return;
        }
        let Some((_, place)) = first.filter(|(mapping, _)| *mapping == parent.index()) else {
            first = Some((parent.index(), entry.key.span()));
            return;
        };
        let mut draft = Draft::new(entry.key.span(), "`<<` stands twice in one mapping");
        draft.help = Some("merge all with one: `<<: [*first, *second]`, of which the first goes before the second".to_owned());
        // the build stops at it
        draft.severity = document.built.then_some(Severity::Error);
        draft.related.push(Label { span: place, message: "it stands here first".to_owned() });
        findings.add(meta, draft);
    });
}
