//! Labels and annotations that Kustomize writes into several fields of an object are one node to it: what changes one
//! of them later changes all. So the label that an overlay puts into `metadata` reaches the selector too that the base
//! made. A JSON patch, which writes the whole object anew, parts them.

use std::sync::Arc;

use crate::yaml::{Content, Draft, Origin};

use super::object::Object;

impl Object {
    /// The number of a node that stands in several places, for the places that are made next.
    pub fn next_alias(&self) -> u32 {
        u32::try_from(self.aliases.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Notes what the node of that number holds.
    pub fn note_alias(&mut self, text: &str) {
        self.aliases.push(Some(text.into()));
    }

    /// Parts all places that are one node.
    pub fn part(&mut self) {
        self.aliases.iter_mut().for_each(|one| *one = None);
    }
}

/// Carries what changed in one place to the others.
pub(super) fn settle(objects: &mut [Object]) {
    for object in objects {
        if object.aliases.iter().all(Option::is_none) {
            continue;
        }
        let mut changed = Vec::new();
        find(&object.root, &object.aliases, &mut changed);
        for (alias, text, origin) in changed {
            let index = (alias - 1) as usize;
            if object.aliases.get(index).and_then(Option::as_deref) == Some(&*text) {
                continue;
            }
            write(&mut object.root, alias, &text, &origin);
            if let Some(slot) = object.aliases.get_mut(index) {
                *slot = Some(text);
            }
        }
    }
}

type Change = (u32, Arc<str>, Origin);

fn find(node: &Draft, aliases: &[Option<Arc<str>>], out: &mut Vec<Change>) {
    match &node.content {
        Content::Mapping(entries) => entries.iter().for_each(|(_, value)| find(value, aliases, out)),
        Content::Sequence(items) => items.iter().for_each(|item| find(item, aliases, out)),
        Content::Scalar(text, _) => {
            let alias = node.origin.alias();
            let Some(index) = alias.checked_sub(1) else { return };
            if let Some(Some(known)) = aliases.get(index as usize)
                && known != text
            {
                out.push((alias, Arc::clone(text), node.origin.clone()));
            }
        }
    }
}

fn write(node: &mut Arc<Draft>, alias: u32, text: &Arc<str>, origin: &Origin) {
    if !holds(node, alias) {
        return;
    }
    let draft = Arc::make_mut(node);
    match &mut draft.content {
        Content::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| write(value, alias, text, origin)),
        Content::Sequence(items) => items.iter_mut().for_each(|item| write(item, alias, text, origin)),
        Content::Scalar(old, _) => {
            *old = Arc::clone(text);
            draft.origin = origin.clone();
        }
    }
}

fn holds(node: &Draft, alias: u32) -> bool {
    match &node.content {
        Content::Mapping(entries) => entries.iter().any(|(_, value)| holds(value, alias)),
        Content::Sequence(items) => items.iter().any(|item| holds(item, alias)),
        Content::Scalar(..) => node.origin.alias() == alias,
    }
}
