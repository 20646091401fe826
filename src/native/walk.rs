//! Every mapping and list of a Kubernetes document as it was written, for checks of the pack `yaml` that look at values by themselves.
//! Leaves out what they look for.

use crate::check::{Document, Target};
use crate::yaml::{Entry, Node, NodeKind, Tree};

use super::manifest;

/// Calls `see` with every entry of every mapping, what `<<` brings left out. `may` says of a document whether anything
/// can be found in it: hardly any has what these checks look for, and a walk takes longer than a look.
pub(super) fn entries<'t>(
    target: &'t Target<'_>,
    may: impl Fn(&Tree) -> bool,
    see: &mut dyn FnMut(&'t Document, Node<'t>, Entry<'t>),
) {
    let Some((document, tree)) = manifest(target).filter(|(_, tree)| may(tree)) else { return };
    for node in written(tree).filter(|node| node.kind() == NodeKind::Mapping) {
        node.written_entries().for_each(|entry| see(document, node, entry));
    }
}

/// Calls `see` with every value of a tree as it was written: with its key in a mapping, without one in a list.
pub(super) fn values<'t>(tree: &'t Tree, see: &mut dyn FnMut(Option<Node<'t>>, Node<'t>)) {
    for node in written(tree) {
        match node.kind() {
            NodeKind::Mapping => node.written_entries().for_each(|entry| see(Some(entry.key), entry.value)),
            NodeKind::Sequence => node.items().for_each(|item| see(None, item)),
            NodeKind::Scalar => {}
        }
    }
}

/// All nodes but those that an alias repeats.
fn written(tree: &Tree) -> impl Iterator<Item = Node<'_>> {
    let size = u32::try_from(tree.len()).unwrap_or(u32::MAX);
    (0..size).map(|index| tree.node(index)).filter(|node| node.anchored().is_none())
}
