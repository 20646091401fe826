//! Which parts of `input` policies read, as they declare it under `custom.reads`: nothing else is built.

use regorus::Value;

use crate::yaml::{Node, NodeKind};

use super::condition::PODS;
use super::input::{scalar, value_of};

/// A tree of the fields that are read. What a field holds is read whole when nothing below it is named; lists are
/// gone through without a word.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    whole: bool,
    fields: Vec<(Box<str>, Value, Shape)>,
}

/// A name, and what makes its value in a shape.
type Field<'f> = (&'f str, &'f dyn Fn(&Shape) -> Value);

impl Shape {
    /// Everything.
    pub fn whole() -> Self {
        Self { whole: true, fields: Vec::new() }
    }

    /// What several policies read together; one that declares nothing reads everything.
    pub fn of<'r>(policies: impl Iterator<Item = &'r [String]>) -> Self {
        let mut shape = Self::default();
        for reads in policies {
            shape.whole |= reads.is_empty();
            for path in reads {
                match path.strip_prefix("pod.") {
                    Some(rest) => PODS.iter().for_each(|pod| shape.add(&format!("{pod}.{rest}"))),
                    None => shape.add(path),
                }
            }
        }
        shape
    }

    fn add(&mut self, path: &str) {
        let mut here = self;
        for name in path.split('.') {
            let at = here.fields.iter().position(|(field, _, _)| **field == *name).unwrap_or_else(|| {
                here.fields.push((name.into(), Value::from(name), Self::default()));
                here.fields.len() - 1
            });
            let Some((_, _, below)) = here.fields.get_mut(at) else { return };
            here = below;
        }
        here.whole = true;
    }

    fn field(&self, name: &str) -> Option<&(Box<str>, Value, Self)> {
        self.fields.iter().find(|(field, _, _)| **field == *name)
    }

    /// As much of a node as is read.
    pub fn value(&self, node: Node<'_>) -> Value {
        if self.whole {
            return value_of(node);
        }
        match node.kind() {
            NodeKind::Mapping => {
                let mut value = Value::new_object();
                if let Ok(object) = value.as_object_mut() {
                    for entry in node.entries() {
                        if let Some((_, key, below)) = entry.key.text().and_then(|name| self.field(name)) {
                            object.insert(key.clone(), below.value(entry.value));
                        }
                    }
                }
                value
            }
            NodeKind::Sequence => Value::from(node.items().map(|item| self.value(item)).collect::<Vec<_>>()),
            NodeKind::Scalar => scalar(node),
        }
    }

    /// An object with those of the fields that are read.
    pub fn object<const N: usize>(&self, fields: [Field<'_>; N]) -> Value {
        let whole = Self::whole();
        let mut value = Value::new_object();
        if let Ok(object) = value.as_object_mut() {
            for (name, make) in fields {
                if self.whole {
                    object.insert(Value::from(name), make(&whole));
                } else if let Some((_, key, below)) = self.field(name) {
                    object.insert(key.clone(), make(below));
                }
            }
        }
        value
    }
}
