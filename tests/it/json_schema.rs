//! Our schemas as JSON Schema, for a validator that others wrote. Only what both can say: types, fields, required
//! fields, closed objects, items. Values (enums, formats, ranges) are left out.

use std::collections::BTreeMap;

use plimsoll::facts::{Additional, Schema, Type};
use serde_json::{Map, Value, json};

/// The schema of a kind. Its root takes what every object has, whether or not the schema speaks of it.
pub fn of_kind(root: Schema<'_>) -> Value {
    let mut definitions = BTreeMap::new();
    let mut waiting = vec![root];
    while let Some(schema) = waiting.pop() {
        definitions.entry(schema.id()).or_insert_with(|| definition(schema, &mut waiting));
    }
    let mut top = definitions.get(&root.id()).cloned().unwrap_or_default();
    let properties = top.entry("properties").or_insert_with(|| json!({}));
    if let Some(properties) = properties.as_object_mut() {
        // SOPS keeps its account in `sops` and takes it out again
        for field in ["apiVersion", "kind", "metadata", "sops"] {
            properties.entry(field).or_insert(Value::Bool(true));
        }
    }
    let definitions: Map<String, Value> =
        definitions.into_iter().map(|(id, schema)| (id.to_string(), Value::Object(schema))).collect();
    top.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    top.insert("$defs".into(), Value::Object(definitions));
    Value::Object(top)
}

/// One schema, those below it by reference.
fn definition<'a>(schema: Schema<'a>, waiting: &mut Vec<Schema<'a>>) -> Map<String, Value> {
    let mut refer = |schema: Schema<'a>| {
        waiting.push(schema);
        json!({ "$ref": format!("#/$defs/{}", schema.id()) })
    };
    let mut out = Map::new();
    let types = match schema.ty() {
        Type::Any => Value::Null,
        Type::Object => json!("object"),
        Type::Array => json!("array"),
        Type::String => json!("string"),
        Type::Integer => json!("integer"),
        Type::Number => json!("number"),
        Type::Boolean => json!("boolean"),
        Type::IntOrString => json!(["integer", "string"]),
        Type::Quantity => json!(["string", "number"]),
    };
    if !types.is_null() {
        out.insert("type".into(), types);
    }
    if let Some(items) = schema.items() {
        out.insert("items".into(), refer(items));
    }
    let mut properties: Map<String, Value> =
        schema.properties().map(|(name, property)| (name.to_owned(), refer(property))).collect();
    if schema.is_embedded_resource() {
        for field in ["apiVersion", "kind", "metadata"] {
            properties.entry(field).or_insert(Value::Bool(true));
        }
    }
    out.insert("properties".into(), Value::Object(properties));
    out.insert("required".into(), schema.required().collect());
    match schema.additional() {
        Additional::Closed => drop(out.insert("additionalProperties".into(), Value::Bool(false))),
        Additional::Of(values) => drop(out.insert("additionalProperties".into(), refer(values))),
        Additional::Anything => {}
    }
    out
}
