//! A `<<` behind a key that it brings too.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Label, Severity};
use crate::native::walk;
use crate::yaml::{Node, NodeKind, Style, Tree};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "merge behind a key that it brings too",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "A key that is written goes before what `<<` brings, wherever the two stand: so says YAML. The reader that kubectl \
          and the controllers use goes by the order, and lets a `<<` that comes later replace what was written; in strict mode it \
          refuses the document. Kustomize keeps what was written.",
    remedy: "put `<<` first in its mapping",
    references: &["https://yaml.org/type/merge.html"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    walk::entries(target, Tree::may_have_odd_keys, &mut |document, parent, entry| {
        if document.built || entry.key.style() != Style::Plain || entry.key.text() != Some("<<") {
            return;
        }
        let before = parent.written_entries().take_while(|other| other.key.index() < entry.key.index());
        let twice = before.filter(|other| !(other.key.style() == Style::Plain && other.key.text() == Some("<<"))).find(|other| {
            let key = other.key.key_text();
            brings(entry.value, &key) .is_some_and(|value| value.to_json() != other.value.to_json())
        });
        let Some(twice) = twice else { return };
        let name = twice.key.key_text();
        let message = format!("`<<` brings `{name}` too and stands behind it, so its value may be the one that counts");
        let mut draft = Draft::new(entry.key.span(), message);
        draft.help = Some("put `<<` first in its mapping".to_owned());
        draft.related.push(Label { span: twice.key.span(), message: "this is what was written".to_owned() });
        findings.add(meta, draft);
    });
}

/// The value of a key in what a `<<` names.
fn brings<'t>(merged: Node<'t>, key: &str) -> Option<Node<'t>> {
    match merged.kind() {
        NodeKind::Mapping => merged.get(key),
        NodeKind::Sequence => merged.items().find_map(|item| item.get(key)),
        NodeKind::Scalar => None,
    }
}
