//! A tree as a `serde_json::Value`, for readers that want one: JSON Schema compilers and tests. Loses the places.

use serde_json::{Map, Number, Value};

use super::{Node, NodeKind, Scalar};

impl Node<'_> {
    /// The value that Kubernetes would see. Numbers that JSON has not (`.inf`) become null.
    #[must_use]
    pub fn to_json(self) -> Value {
        match self.kind() {
            NodeKind::Mapping => {
                let mut map = Map::new();
                for entry in self.entries() {
                    map.insert(entry.key.key_text().into_owned(), entry.value.to_json());
                }
                Value::Object(map)
            }
            NodeKind::Sequence => Value::Array(self.items().map(Node::to_json).collect()),
            NodeKind::Scalar => match self.scalar() {
                Some(Scalar::Bool(value)) => Value::Bool(value),
                Some(Scalar::Int(value)) => Value::Number(value.into()),
                Some(Scalar::UInt(value)) => Value::Number(value.into()),
                Some(Scalar::Float(value)) => {
                    whole(value).or_else(|| Number::from_f64(value)).map_or(Value::Null, Value::Number)
                }
                Some(Scalar::Str(text)) => Value::String(text.to_owned()),
                Some(Scalar::Null) | None => Value::Null,
            },
        }
    }
}

/// Go prints a float without a fraction as a whole number, and reads it back as one.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
fn whole(value: f64) -> Option<Number> {
    (value.fract() == 0.0 && value.abs() < 1e15).then(|| Number::from(value as i64))
}
