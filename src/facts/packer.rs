//! Collecting the schemas of a pack: equal nodes become one, and the result depends on what was added, not on when.
//! Making the bytes is `writer`'s, reading JSON `openapi`'s.
//!
//! Nodes that are equal when they are added are shared at once. A schema that contains itself is a *knot*: a node
//! that is handed out first and filled later. Knots hide equality, so with any of them `finish` compares nodes once
//! more as one compares the states of an automaton: alike until a child tells them apart.

use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::draft::{Draft, NodeId, TextId};
use super::pack::Origin;
use super::schema::Type;
use super::writer::{Tables, small};

/// Where the schema of a kind without minors is kept.
const NO_MINOR: u16 = 0;

/// Collects schemas and writes them as the bytes of a pack.
#[derive(Default)]
pub struct Packer {
    texts: Vec<Rc<str>>,
    text_ids: FxHashMap<Rc<str>, u32>,
    nodes: Vec<Option<Rc<Draft>>>,
    node_ids: FxHashMap<Rc<Draft>, NodeId>,
    knots: bool,
    kinds: BTreeMap<(String, String, String), BTreeMap<u16, NodeId>>,
    definitions: BTreeMap<String, BTreeMap<u16, NodeId>>,
    origins: BTreeMap<(String, String, String), ([TextId; 3], bool)>,
    root: Option<NodeId>,
}

impl Packer {
    /// A packer with nothing in it.
    pub fn new() -> Packer {
        Packer::default()
    }

    /// The node with this content, made if there is none yet.
    pub fn node(&mut self, draft: Draft) -> NodeId {
        if let Some(known) = self.node_ids.get(&draft) {
            return *known;
        }
        let draft = Rc::new(draft);
        let id = NodeId(small(self.nodes.len()));
        self.nodes.push(Some(Rc::clone(&draft)));
        self.node_ids.insert(draft, id);
        id
    }

    /// A node whose content follows, for a schema that contains itself. Left untied, it is a schema that takes
    /// anything.
    pub fn knot(&mut self) -> NodeId {
        self.knots = true;
        self.nodes.push(None);
        NodeId(small(self.nodes.len() - 1))
    }

    /// Gives a knot the content of another node.
    pub fn tie(&mut self, knot: NodeId, content: NodeId) {
        let draft = self.nodes.get(content.0 as usize).cloned().flatten();
        if let Some(slot) = self.nodes.get_mut(knot.0 as usize) {
            *slot = draft;
        }
    }

    /// Says that minor 1.`minor` serves a kind with this schema.
    pub fn add_kind(&mut self, group: &str, version: &str, kind: &str, minor: u16, schema: NodeId) {
        let key = (group.to_owned(), version.to_owned(), kind.to_owned());
        self.kinds.entry(key).or_default().insert(minor, schema);
    }

    /// Adds a kind that a project other than Kubernetes defines. Such kinds have no minors; a pack has these only, or none.
    pub fn add_custom_kind(&mut self, group: &str, version: &str, kind: &str, origin: Origin<'_>, schema: NodeId) {
        let texts = [origin.project, origin.version, origin.plural].map(|text| self.text(text));
        let key = (group.to_owned(), version.to_owned(), kind.to_owned());
        self.origins.insert(key, (texts, origin.namespaced));
        self.add_kind(group, version, kind, NO_MINOR, schema);
    }

    /// Gives a schema a name of its own, as [`super::Pack::definition`] finds it.
    pub fn add_definition(&mut self, name: &str, minor: u16, schema: NodeId) {
        self.definitions.entry(name.to_owned()).or_default().insert(minor, schema);
    }

    /// Names the one schema that the pack is about.
    pub fn set_root(&mut self, schema: NodeId) {
        self.root = Some(schema);
    }

    pub(super) fn text(&mut self, text: &str) -> TextId {
        if let Some(known) = self.text_ids.get(text) {
            return TextId(*known);
        }
        let id = small(self.texts.len());
        let text: Rc<str> = text.into();
        self.texts.push(Rc::clone(&text));
        self.text_ids.insert(text, id);
        TextId(id)
    }

    /// The bytes of the pack. Nodes that nothing leads to are left out.
    pub fn finish(mut self) -> Vec<u8> {
        let origins = mem::take(&mut self.origins).into_values().collect();
        let mut kinds = Vec::with_capacity(self.kinds.len());
        for ((group, version, kind), minors) in mem::take(&mut self.kinds) {
            kinds.push((vec![self.text(&group), self.text(&version), self.text(&kind)], minors));
        }
        let mut definitions = Vec::with_capacity(self.definitions.len());
        for (name, minors) in mem::take(&mut self.definitions) {
            definitions.push((vec![self.text(&name)], minors));
        }
        let anything = Rc::new(Draft::new(Type::Any));
        let drafts: Vec<&Draft> = self.nodes.iter().map(|draft| &**draft.as_ref().unwrap_or(&anything)).collect();
        let class = if self.knots { classes(&drafts) } else { (0..drafts.len()).map(small).collect() };
        Tables { texts: &self.texts, drafts: &drafts, class: &class, kinds, definitions, root: self.root, origins }
            .write()
    }
}

/// For each node the first one that says the same, however deep one looks.
fn classes(drafts: &[&Draft]) -> Vec<u32> {
    let mut shapes: FxHashMap<Draft, u32> = FxHashMap::default();
    let mut class: Vec<u32> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let next = small(shapes.len());
        class.push(*shapes.entry(draft.shape()).or_insert(next));
    }
    let mut count = shapes.len();
    loop {
        let mut finer: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
        let mut next_class = Vec::with_capacity(class.len());
        for (draft, own) in drafts.iter().zip(&class) {
            let of_child = |child: NodeId| class.get(child.0 as usize).copied().unwrap_or(0);
            let signature: Vec<u32> = std::iter::once(*own).chain(draft.children().map(of_child)).collect();
            let next = small(finer.len());
            next_class.push(*finer.entry(signature).or_insert(next));
        }
        class = next_class;
        if finer.len() == count {
            break;
        }
        count = finer.len();
    }
    let mut first = vec![None; count];
    class
        .iter()
        .zip(0..)
        .map(|(class, id)| match first.get_mut(*class as usize) {
            Some(slot) => *slot.get_or_insert(id),
            None => id,
        })
        .collect()
}
