//! A custom resource as the API server validates it: without fields that its schema does not have and without nulls where null
//! is no value, and with the defaults of fields that are absent. A view of the tree beside its schema; nothing is changed. The
//! order is the server's: prune, drop nulls, put in defaults (apiextensions-apiserver, `pkg/apiserver/schema`). Leaves out
//! judging what it shows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::facts::{Additional, Schema};
use crate::yaml::{Node, NodeKind, Scalar};

/// A value that the server validates, beside the schema that says what it is made of.
#[derive(Clone)]
pub(super) struct Effective<'t, 's> {
    from: From<'t>,
    /// None where the schema says nothing of it.
    shape: Option<Schema<'s>>,
    /// Whether the kind keeps fields that its schema does not have.
    keeps_unknown: bool,
}

/// How many fields or items there are.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    pub all: u64,
    /// Those that the server puts in.
    pub put: u64,
    /// Those that another tool may yet take away, by filling in nothing.
    pub open: u64,
}

#[derive(Clone)]
enum From<'t> {
    /// A person wrote it.
    Written(Node<'t>),
    /// The server puts it in.
    Default(Value),
}

impl<'t, 's> Effective<'t, 's> {
    /// What is written, beside the schema of its place.
    pub fn written(node: Node<'t>, shape: Schema<'s>, keeps_unknown: bool) -> Self {
        Self { from: From::Written(node), shape: Some(shape), keeps_unknown }
    }

    /// Mapping, list or scalar.
    pub fn kind(&self) -> NodeKind {
        match &self.from {
            From::Written(node) => node.kind(),
            From::Default(Value::Object(_)) => NodeKind::Mapping,
            From::Default(Value::Array(_)) => NodeKind::Sequence,
            From::Default(_) => NodeKind::Scalar,
        }
    }

    /// Its value, where it is no collection.
    pub fn scalar(&self) -> Option<Scalar<'_>> {
        match &self.from {
            From::Written(node) => node.scalar(),
            From::Default(value) => scalar(value),
        }
    }

    /// Its text, where it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self.scalar() {
            Some(Scalar::Str(text)) => Some(text),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.scalar(), Some(Scalar::Null))
    }

    /// Whether another tool fills it in.
    pub fn is_unknowable(&self) -> bool {
        matches!(&self.from, From::Written(node) if node.is_unknowable())
    }

    pub fn to_json(&self) -> Cow<'_, Value> {
        match &self.from {
            From::Written(node) => Cow::Owned(node.to_json()),
            From::Default(value) => Cow::Borrowed(value),
        }
    }

    /// A field of a mapping, if the server has one of that name when it validates.
    pub fn field(&self, name: &str) -> Option<Self> {
        if self.kind() != NodeKind::Mapping {
            return None;
        }
        let found = match &self.from {
            From::Written(node) => node.get(name).map(From::Written),
            From::Default(value) => value.get(name).cloned().map(From::Default),
        };
        self.there(name, found)
    }

    /// A field that was found in the mapping, or not, as the server has it.
    fn there(&self, name: &str, found: Option<From<'t>>) -> Option<Self> {
        let (shape, is_named) = self.shape_of(name)?;
        match found {
            Some(found) if !found.is_null() => Some(self.with(found, shape)),
            Some(null) if shape.is_none_or(Schema::nullable) => Some(self.with(null, shape)),
            // a key of a map is there only if it was written
            None if !is_named => None,
            _ => shape?.default_value().map(|value| self.with(From::Default(value), shape)),
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Box<dyn Iterator<Item = Self> + '_> {
        let shape = self.shape.and_then(Schema::items);
        let item = move |found: From<'t>| {
            let default = || shape.filter(|shape| !shape.nullable()).and_then(Schema::default_value);
            match found.is_null().then(default).flatten() {
                Some(default) => self.with(From::Default(default), shape),
                None => self.with(found, shape),
            }
        };
        match &self.from {
            From::Written(node) => Box::new(node.items().map(From::Written).map(item)),
            From::Default(value) => {
                Box::new(value.as_array().into_iter().flatten().cloned().map(From::Default).map(item))
            }
        }
    }

    /// How many fields a mapping has, or items a list.
    pub fn count(&self) -> Count {
        let written: Vec<(Cow<'_, str>, From<'t>)> = match &self.from {
            From::Written(node) if node.kind() == NodeKind::Mapping => {
                node.entries().map(|entry| (entry.key.key_text(), From::Written(entry.value))).collect()
            }
            From::Default(Value::Object(map)) => {
                map.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), From::Default(value.clone()))).collect()
            }
            From::Written(node) => return Count { all: node.items().count() as u64, ..Count::default() },
            From::Default(value) => {
                return Count { all: value.as_array().map_or(0, Vec::len) as u64, ..Count::default() };
            }
        };
        let names: BTreeSet<String> = written.iter().map(|(name, _)| name.to_string()).collect();
        let mut count = Count::default();
        for field in written.into_iter().filter_map(|(name, found)| self.there(&name, Some(found))) {
            count.all += 1;
            count.open += u64::from(field.is_unknowable());
        }
        for (name, shape) in self.shape.into_iter().flat_map(Schema::properties) {
            if shape.has_default() && !names.contains(name) {
                count.all += 1;
                count.put += 1;
            }
        }
        count
    }

    fn with(&self, from: From<'t>, shape: Option<Schema<'s>>) -> Self {
        Self { from, shape, keeps_unknown: self.keeps_unknown }
    }

    /// The schema of a field, and whether it is there by name; nothing where the server prunes such a field.
    fn shape_of(&self, name: &str) -> Option<(Option<Schema<'s>>, bool)> {
        let Some(shape) = self.shape else { return Some((None, false)) };
        if let Some(named) = shape.property(name) {
            return Some((Some(named), true));
        }
        match shape.additional() {
            Additional::Of(values) => Some((Some(values), false)),
            Additional::Anything => Some((None, false)),
            Additional::Closed if self.keeps_unknown => Some((None, false)),
            Additional::Closed => {
                let is_head = shape.is_embedded_resource() && matches!(name, "apiVersion" | "kind" | "metadata");
                is_head.then_some((None, false))
            }
        }
    }
}

impl From<'_> {
    fn is_null(&self) -> bool {
        match self {
            Self::Written(node) => node.is_null(),
            Self::Default(value) => value.is_null(),
        }
    }
}

fn scalar(value: &Value) -> Option<Scalar<'_>> {
    match value {
        Value::Null => Some(Scalar::Null),
        Value::Bool(value) => Some(Scalar::Bool(*value)),
        Value::String(text) => Some(Scalar::Str(text)),
        Value::Number(number) => {
            let whole = number.as_i64().map(Scalar::Int).or_else(|| number.as_u64().map(Scalar::UInt));
            whole.or_else(|| number.as_f64().map(Scalar::Float))
        }
        Value::Array(_) | Value::Object(_) => None,
    }
}
