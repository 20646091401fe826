//! A tree as typed values, with errors that have a place: what configuration files are read with. Leaves out what
//! Kubernetes objects need: those are never made into structs.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use crate::source::Span;

use super::{Node, NodeKind, Scalar};

/// Why a node is not the value that was wanted.
#[derive(Debug, Clone)]
pub struct DeError {
    /// What is wrong.
    pub message: String,
    /// Where; none when the whole document is meant.
    pub span: Option<Span>,
    /// For an unknown key: the key and what may stand there.
    pub unknown: Option<(String, &'static [&'static str])>,
}

impl fmt::Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeError {}

impl de::Error for DeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None, unknown: None }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self { message: format!("unknown key `{field}`"), span: None, unknown: Some((field.to_owned(), expected)) }
    }
}

impl DeError {
    fn at(mut self, node: Node<'_>) -> Self {
        self.span.get_or_insert_with(|| node.handle());
        self
    }
}

/// Reads a value out of a node.
///
/// # Errors
/// The first thing that does not fit, with its place.
pub fn from_node<'de, T: de::Deserialize<'de>>(node: Node<'de>) -> Result<T, DeError> {
    T::deserialize(Reader(node))
}

#[derive(Clone, Copy)]
struct Reader<'de>(Node<'de>);

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        let node = self.0;
        match node.kind() {
            NodeKind::Mapping => visitor.visit_map(Entries { node, entries: node.entries(), value: None }),
            NodeKind::Sequence => visitor.visit_seq(Items { items: node.items().collect::<Vec<_>>().into_iter() }),
            NodeKind::Scalar => match node.scalar() {
                Some(Scalar::Bool(value)) => visitor.visit_bool(value),
                Some(Scalar::Int(value)) => visitor.visit_i64(value),
                Some(Scalar::UInt(value)) => visitor.visit_u64(value),
                Some(Scalar::Float(value)) => visitor.visit_f64(value),
                Some(Scalar::Str(text)) => visitor.visit_borrowed_str(text),
                Some(Scalar::Null) | None => visitor.visit_unit(),
            },
        }
        .map_err(|error| error.at(node))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }.map_err(|error| error.at(self.0))
    }

    /// `1.30` is a version to whoever wrote it, whatever YAML makes of it.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        match (self.0.kind(), self.0.scalar(), self.0.text()) {
            (NodeKind::Scalar, Some(Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_)), Some(text)) => {
                visitor.visit_borrowed_str(text).map_err(|error: DeError| error.at(self.0))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        match self.0.scalar() {
            // `off` is a boolean to YAML 1.1 and a word to whoever writes a level
            Some(Scalar::Str(_) | Scalar::Bool(_)) => {
                let text = self.0.text().unwrap_or("");
                visitor.visit_enum(text.into_deserializer()).map_err(|error: DeError| error.at(self.0))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, DeError> {
        visitor.visit_newtype_struct(self).map_err(|error| error.at(self.0))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de> {
    items: std::vec::IntoIter<Node<'de>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DeError> {
        self.items.next().map(|item| seed.deserialize(Reader(item))).transpose()
    }
}

struct Entries<'de> {
    node: Node<'de>,
    entries: super::node::Entries<'de>,
    value: Option<Node<'de>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DeError> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        self.value = Some(entry.value);
        let key = entry.key.key_text();
        let key: de::value::CowStrDeserializer<'_, DeError> = key.into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.at(entry.key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DeError> {
        let value = self.value.take().unwrap_or(self.node);
        seed.deserialize(Reader(value)).map_err(|error| error.at(value))
    }
}
