//! Every mapping of a Kubernetes document as it was written, for checks of the pack `yaml` that look at values by themselves.
//! Leaves out what they look for.

use crate::check::{Document, Target};
use crate::kube::Class;
use crate::yaml::{Entry, Node, NodeKind, Tree};

/// Calls `see` with every entry of every mapping, what `<<` brings left out. `may` says of a document whether anything
/// can be found in it: hardly any has what these checks look for, and a walk takes longer than a look.
pub(super) fn entries<'t>(
    target: &'t Target<'_>,
    may: impl Fn(&Tree) -> bool,
    see: &mut dyn FnMut(&'t Document, Node<'t>, Entry<'t>),
) {
    let Target::Document(document) = target else { return };
    let is_ours = document.class.holds_objects() || document.class == Class::Patch;
    let Some(tree) = document.tree.as_ref().filter(|_| is_ours) else { return };
    if !may(tree) {
        return;
    }
    let size = u32::try_from(tree.len()).unwrap_or(u32::MAX);
    for node in (0..size).map(|index| tree.node(index)) {
        if node.kind() == NodeKind::Mapping && node.anchored().is_none() {
            for entry in node.written_entries() {
                see(document, node, entry);
            }
        }
    }
}
