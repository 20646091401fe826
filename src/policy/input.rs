//! What a policy reads as `input`: the object and what is known around it, built from the tree without JSON text.

use std::collections::BTreeMap;

use regorus::Value;

use crate::check::Target;
use crate::graph::{Presence, ResourceIndex};
use crate::yaml::{Node, NodeKind, Scalar};

use super::condition::situation;
use super::shape::Shape;

/// A node as a Rego value.
#[must_use]
pub fn value_of(node: Node<'_>) -> Value {
    match node.kind() {
        NodeKind::Mapping => {
            let mut value = Value::new_object();
            if let Ok(object) = value.as_object_mut() {
                for entry in node.entries() {
                    object.insert(Value::from(&*entry.key.key_text()), value_of(entry.value));
                }
            }
            value
        }
        NodeKind::Sequence => Value::from(node.items().map(value_of).collect::<Vec<_>>()),
        NodeKind::Scalar => scalar(node),
    }
}

pub(super) fn scalar(node: Node<'_>) -> Value {
    match node.scalar() {
        Some(Scalar::Bool(value)) => Value::from(value),
        Some(Scalar::Int(value)) => Value::from(value),
        Some(Scalar::UInt(value)) => Value::from(value),
        Some(Scalar::Float(value)) => Value::from(value),
        Some(Scalar::Str(text)) => Value::from(text),
        Some(Scalar::Null) | None => Value::Null,
    }
}

/// Which lists of related objects the policies of a kind read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    services: bool,
    autoscalers: bool,
    target: bool,
}

impl Needs {
    pub fn add(&mut self, names: &[String]) {
        for name in names {
            match name.as_str() {
                "services" => self.services = true,
                "autoscalers" => self.autoscalers = true,
                "target" => self.target = true,
                _ => {}
            }
        }
    }
}

/// The objects around one.
pub(super) struct Around {
    pub services: Vec<ResourceIndex>,
    pub autoscalers: Vec<ResourceIndex>,
    pub target: Vec<ResourceIndex>,
    scaled: Presence,
    aimed: Presence,
}

impl Around {
    pub fn of(target: &Target<'_>, needs: Needs) -> Self {
        let Target::Resource { resource, index, inventory, .. } = target else {
            return Self {
                services: Vec::new(),
                autoscalers: Vec::new(),
                target: Vec::new(),
                scaled: Presence::Unknowable,
                aimed: Presence::Unknowable,
            };
        };
        let services = if needs.services { inventory.services_of(*index, resource).to_vec() } else { Vec::new() };
        let none = (Vec::new(), Presence::Unknowable);
        let (autoscalers, scaled) = if needs.autoscalers { inventory.autoscalers_of(*index) } else { none.clone() };
        let (found, aimed) = if needs.target { inventory.target_of(*index) } else { none };
        Self { services, autoscalers, target: found, scaled, aimed }
    }

    /// The list of a name, as `related` has it.
    pub fn list(&self, name: &str) -> &[ResourceIndex] {
        match name {
            "services" => &self.services,
            "autoscalers" => &self.autoscalers,
            "target" => &self.target,
            _ => &[],
        }
    }

    /// What is known around the object, as a number.
    pub fn situation(&self, doubts: u8) -> usize {
        situation(!self.services.is_empty(), self.scaled, self.aimed, doubts)
    }

    /// As much of `input` as has the shape.
    pub fn input(&self, target: &Target<'_>, shape: &Shape) -> Value {
        let Target::Resource { resource, others, minors, .. } = target else { return Value::new_object() };
        let served = if self.services.is_empty() { Presence::Missing } else { Presence::Found };
        shape.object([
            ("object", &|shape: &Shape| shape.value(resource.node())),
            ("related", &|shape: &Shape| {
                let list = |indexes: &[ResourceIndex], shape: &Shape| {
                    let objects = indexes.iter().filter_map(|index| others(*index));
                    Value::from(objects.map(|related| shape.value(related.node())).collect::<Vec<_>>())
                };
                shape.object([
                    ("services", &|shape: &Shape| list(&self.services, shape)),
                    ("autoscalers", &|shape: &Shape| list(&self.autoscalers, shape)),
                    ("target", &|shape: &Shape| list(&self.target, shape)),
                ])
            }),
            ("known", &|shape: &Shape| {
                shape.object([
                    ("services", &|_: &Shape| Value::from(served.as_str())),
                    ("autoscalers", &|_: &Shape| Value::from(self.scaled.as_str())),
                    ("target", &|_: &Shape| Value::from(self.aimed.as_str())),
                ])
            }),
            ("kubernetes", &|_: &Shape| {
                let minor = u64::from(minors.last().copied().unwrap_or_default());
                Value::from(BTreeMap::from([(Value::from("minor"), Value::from(minor))]))
            }),
        ])
    }
}
