//! What a policy reads as `input`: the object and what is known around it, built from the tree without JSON text.

use std::collections::BTreeMap;

use regorus::Value;

use crate::check::Target;
use crate::graph::{Presence, ResourceIndex};
use crate::yaml::{Node, NodeKind, Scalar};

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
        NodeKind::Scalar => match node.scalar() {
            Some(Scalar::Bool(value)) => Value::from(value),
            Some(Scalar::Int(value)) => Value::from(value),
            Some(Scalar::UInt(value)) => Value::from(value),
            Some(Scalar::Float(value)) => Value::from(value),
            Some(Scalar::Str(text)) => Value::from(text),
            Some(Scalar::Null) | None => Value::Null,
        },
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
    known: [(&'static str, Presence); 3],
}

impl Around {
    pub fn of(target: &Target<'_>, needs: Needs) -> Self {
        let Target::Resource { index, inventory, .. } = target else {
            return Self {
                services: Vec::new(),
                autoscalers: Vec::new(),
                target: Vec::new(),
                known: [("", Presence::Unknowable); 3],
            };
        };
        let services = if needs.services { inventory.services_of(*index).to_vec() } else { Vec::new() };
        let none = (Vec::new(), Presence::Unknowable);
        let (autoscalers, scaled) = if needs.autoscalers { inventory.autoscalers_of(*index) } else { none.clone() };
        let (found, aimed) = if needs.target { inventory.target_of(*index) } else { none };
        let served = if services.is_empty() { Presence::Missing } else { Presence::Found };
        Self {
            services,
            autoscalers,
            target: found,
            known: [("services", served), ("autoscalers", scaled), ("target", aimed)],
        }
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

    /// The whole of `input`.
    pub fn input(&self, target: &Target<'_>) -> Value {
        let Target::Resource { resource, all, minors, .. } = target else { return Value::new_object() };
        let list = |indexes: &[ResourceIndex]| {
            let objects =
                indexes.iter().filter_map(|index| all.get(*index as usize)).map(|related| value_of(related.node()));
            Value::from(objects.collect::<Vec<_>>())
        };
        let known = object(self.known.map(|(name, presence)| (name, Value::from(presence.as_str()))));
        let related = object([
            ("services", list(&self.services)),
            ("autoscalers", list(&self.autoscalers)),
            ("target", list(&self.target)),
        ]);
        let minor = u64::from(minors.last().copied().unwrap_or_default());
        object([
            ("object", value_of(resource.node())),
            ("related", related),
            ("known", known),
            ("kubernetes", object([("minor", Value::from(minor))])),
        ])
    }
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::from(entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect::<BTreeMap<_, _>>())
}
