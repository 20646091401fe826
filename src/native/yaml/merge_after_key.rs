//! A `<<` behind a key that it brings too.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Label, Severity};
use crate::native::walk;
use crate::yaml::{Node, NodeKind, Tree};

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
    // the first `<<` of a mapping is looked at; one more is told of by itself
    let mut last = None;
    walk::entries(target, Tree::may_have_odd_keys, &mut |document, parent, entry| {
        if document.built || !entry.key.merges() || last.replace(parent.index()) == Some(parent.index()) {
            return;
        }
        let mut before = parent.written_entries().take_while(|other| other.key.index() < entry.key.index()).peekable();
        if before.peek().is_none() {
            return;
        }
        let brought = brought(entry.value);
        let twice = before.find(|other| {
            brought.get(&other.key.key_text()).is_some_and(|value| value.to_json() != other.value.to_json())
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

/// What a `<<` brings: of several mappings the first that has a key.
fn brought(merged: Node<'_>) -> BTreeMap<Cow<'_, str>, Node<'_>> {
    let mut out = BTreeMap::new();
    let several = merged.items();
    for entry in several.chain((merged.kind() == NodeKind::Mapping).then_some(merged)).flat_map(Node::entries) {
        out.entry(entry.key.key_text()).or_insert(entry.value);
    }
    out
}
