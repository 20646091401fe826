//! One schema on its way into a pack: what a node will say, with its children by the packer's numbers. No JSON, no
//! bytes.

use super::format::{Field, head};
use super::schema::{ListType, MapType, Type};

/// A node of a [`Packer`], before the pack has its own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// A string of a [`Packer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct TextId(pub(super) u32);

/// One schema being written down; what is not set is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Draft {
    pub(super) head: u32,
    /// Sorted by field.
    pub(super) fields: Vec<(Field, Content)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Content {
    Text(TextId),
    Texts(Vec<TextId>),
    Node(NodeId),
    Nodes(Vec<NodeId>),
    Properties(Vec<(TextId, NodeId)>),
    Long(u64),
    Rules(Vec<Rule>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Rule {
    /// rule, message, messageExpression, reason, fieldPath
    pub texts: [Option<TextId>; 5],
    pub optional_old_self: bool,
}

impl Draft {
    /// A schema that asks for a type and nothing else.
    pub fn new(ty: Type) -> Draft {
        Draft { head: ty as u32, fields: Vec::new() }
    }

    /// Refuses the fields that it does not name.
    pub fn close(&mut self) {
        self.head |= head::CLOSED;
    }

    /// Marks `meta/v1.MicroTime`, which the swagger gives the same type and format as `meta/v1.Time`.
    pub fn mark_micro_time(&mut self) {
        self.head |= head::MICRO_TIME;
    }

    pub(super) fn flag(&mut self, bit: u32) {
        self.head |= bit;
    }

    pub(super) fn list_type(&mut self, list: ListType) {
        self.head |= (list as u32) << head::LIST_TYPE_SHIFT;
    }

    pub(super) fn map_type(&mut self, map: MapType) {
        self.head |= (map as u32) << head::MAP_TYPE_SHIFT;
    }

    pub(super) fn text(&mut self, field: Field, text: TextId) {
        self.set(field, Content::Text(text));
    }

    /// No texts are no field.
    pub(super) fn texts(&mut self, field: Field, texts: Vec<TextId>) {
        if !texts.is_empty() {
            self.set(field, Content::Texts(texts));
        }
    }

    pub(super) fn node(&mut self, field: Field, node: NodeId) {
        self.set(field, Content::Node(node));
    }

    pub(super) fn nodes(&mut self, field: Field, nodes: Vec<NodeId>) {
        if !nodes.is_empty() {
            self.set(field, Content::Nodes(nodes));
        }
    }

    /// The caller has sorted them by name.
    pub(super) fn properties(&mut self, properties: Vec<(TextId, NodeId)>) {
        if !properties.is_empty() {
            self.set(Field::Properties, Content::Properties(properties));
        }
    }

    pub(super) fn count(&mut self, field: Field, value: u64) {
        self.set(field, Content::Long(value));
    }

    pub(super) fn number(&mut self, field: Field, value: f64) {
        self.set(field, Content::Long(value.to_bits()));
    }

    pub(super) fn rules(&mut self, rules: Vec<Rule>) {
        if !rules.is_empty() {
            self.set(Field::Validations, Content::Rules(rules));
        }
    }

    fn set(&mut self, field: Field, content: Content) {
        let place = self.fields.partition_point(|(before, _)| *before < field);
        match self.fields.get_mut(place) {
            Some((same, old)) if *same == field => *old = content,
            _ => self.fields.insert(place, (field, content)),
        }
    }

    /// The nodes that it leads to, in a fixed order.
    pub(super) fn children(&self) -> impl Iterator<Item = NodeId> {
        let mut children = Vec::new();
        for (_, content) in &self.fields {
            match content {
                Content::Node(node) => children.push(*node),
                Content::Nodes(nodes) => children.extend(nodes),
                Content::Properties(properties) => children.extend(properties.iter().map(|(_, node)| *node)),
                Content::Text(_) | Content::Texts(_) | Content::Long(_) | Content::Rules(_) => {}
            }
        }
        children.into_iter()
    }

    /// The draft with its children blotted out: what it says by itself.
    pub(super) fn shape(&self) -> Draft {
        let mut shape = self.clone();
        for (_, content) in &mut shape.fields {
            match content {
                Content::Node(node) => *node = NodeId(0),
                Content::Nodes(nodes) => nodes.fill(NodeId(0)),
                Content::Properties(properties) => properties.iter_mut().for_each(|(_, node)| *node = NodeId(0)),
                Content::Text(_) | Content::Texts(_) | Content::Long(_) | Content::Rules(_) => {}
            }
        }
        shape
    }
}
