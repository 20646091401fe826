//! Holding a finished bundle against its sources: every field of every kind of every minor is read back and compared.
//! It follows references itself and shares no code with the packing, so that the two can disagree.

use std::collections::{BTreeSet, HashSet};

use plimsoll::facts::{Additional, ListType, MapType, Pack, Schema, Type};
use serde_json::{Map, Value};

use super::enums;
use super::fetch::Source;
use super::swagger::{Special, kinds, reference, special};

/// How many schemas were compared; an error names the first differences.
pub fn against_sources(pack: &Pack, sources: &[Source]) -> Result<usize, String> {
    let mut compared = 0;
    let mut expected: BTreeSet<(&str, &str, &str, u16)> = BTreeSet::new();
    for source in sources {
        let mut comparison =
            Comparison { definitions: &source.definitions, seen: HashSet::new(), compared: 0, wrong: Vec::new() };
        for (name, definition) in &source.definitions {
            for kind in kinds(name, definition) {
                expected.insert((kind.group, kind.version, kind.kind, source.minor));
                let path = format!("1.{} {}/{} {}", source.minor, kind.group, kind.version, kind.kind);
                match pack.kind(kind.group, kind.version, kind.kind, source.minor) {
                    Some(schema) => comparison.definition(name, &Map::new(), schema, &path),
                    None => comparison.wrong.push(format!("{path}: not in the bundle")),
                }
            }
            if let Some(schema) = pack.definition(name, source.minor) {
                comparison.definition(name, &Map::new(), schema, &format!("1.{} {name}", source.minor));
            }
        }
        if !comparison.wrong.is_empty() {
            let first: Vec<String> = comparison.wrong.iter().take(20).cloned().collect();
            return Err(format!("{} differences from the source:\n{}", comparison.wrong.len(), first.join("\n")));
        }
        compared += comparison.compared;
    }
    for entry in pack.kinds() {
        for minor in entry.served().into_iter().flatten() {
            if !expected.contains(&(entry.group, entry.version, entry.kind, minor)) {
                return Err(format!("{entry:?} is in the bundle and not in the source of 1.{minor}"));
            }
        }
    }
    Ok(compared)
}

struct Comparison<'a> {
    definitions: &'a Map<String, Value>,
    /// Pairs of a definition and a node that were or are being compared; this ends recursion.
    seen: HashSet<(String, u32)>,
    compared: usize,
    wrong: Vec<String>,
}

impl Comparison<'_> {
    fn definition(&mut self, name: &str, beside: &Map<String, Value>, schema: Schema<'_>, path: &str) {
        let key = format!("{name} {}", beside.keys().map(String::as_str).collect::<Vec<_>>().join(" "));
        if !self.seen.insert((key, schema.id())) {
            return;
        }
        let mut body = match self.definitions.get(name) {
            Some(Value::Object(body)) => body.clone(),
            _ => return self.wrong.push(format!("{path}: no definition {name}")),
        };
        match special(name) {
            Some(Special::Type(ty)) => return self.equal(path, "type", schema.ty(), ty),
            Some(Special::MicroTime) => self.equal(path, "micro time", schema.is_micro_time(), true),
            None => self.equal(path, "micro time", schema.is_micro_time(), false),
        }
        for (keyword, value) in beside.iter().filter(|(keyword, _)| keyword.starts_with("x-")) {
            body.insert(keyword.clone(), value.clone());
        }
        self.schema(&body, schema, path);
    }

    fn schema(&mut self, source: &Map<String, Value>, schema: Schema<'_>, path: &str) {
        if let Some(name) = reference(source) {
            return self.definition(name, source, schema, path);
        }
        self.compared += 1;
        let named = source.get("properties").and_then(Value::as_object);
        self.equal(path, "type", schema.ty(), type_of(source));
        self.equal(path, "nullable", schema.nullable(), false);
        let values: Vec<&str> = schema.enum_strings().collect();
        self.equal(path, "enum", values, texts(source, enums::KEYWORD));
        self.equal(path, "format", schema.format(), text(source, "format"));
        self.equal(path, "merge key", schema.patch_merge_key(), text(source, "x-kubernetes-patch-merge-key"));
        self.equal(path, "patch strategy", schema.patch_strategy(), text(source, "x-kubernetes-patch-strategy"));
        let list_type = schema.list_type().map(|list| match list {
            ListType::Atomic => "atomic",
            ListType::Set => "set",
            ListType::Map => "map",
        });
        self.equal(path, "list type", list_type, text(source, "x-kubernetes-list-type"));
        let map_type = schema.map_type().map(|map| match map {
            MapType::Atomic => "atomic",
            MapType::Granular => "granular",
        });
        self.equal(path, "map type", map_type, text(source, "x-kubernetes-map-type"));
        let keys: Vec<&str> = schema.list_map_keys().collect();
        self.equal(path, "list map keys", keys, texts(source, "x-kubernetes-list-map-keys"));
        let required: BTreeSet<&str> = schema.required().collect();
        self.equal(path, "required", required, texts(source, "required").into_iter().collect());

        let found: Vec<&str> = schema.properties().map(|(name, _)| name).collect();
        let wanted: BTreeSet<&str> = named.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        self.equal(path, "properties", found, wanted.into_iter().collect());
        for (name, child) in named.into_iter().flatten() {
            if let (Some(found), Some(child)) = (schema.property(name), child.as_object()) {
                self.schema(child, found, &format!("{path}.{name}"));
            }
        }
        match (schema.items(), source.get("items").and_then(Value::as_object)) {
            (Some(found), Some(items)) => self.schema(items, found, &format!("{path}[]")),
            (found, wanted) => self.equal(path, "items", found.is_some(), wanted.is_some()),
        }
        match (schema.additional(), source.get("additionalProperties").and_then(Value::as_object)) {
            (Additional::Of(found), Some(values)) => self.schema(values, found, &format!("{path}{{}}")),
            (Additional::Of(_), None) => self.wrong.push(format!("{path}: a map in the bundle only")),
            (_, Some(_)) => self.wrong.push(format!("{path}: a map in the source only")),
            (found, None) => self.equal(path, "closed", matches!(found, Additional::Closed), named.is_some()),
        }
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, path: &str, what: &str, found: T, wanted: T) {
        if found != wanted {
            self.wrong.push(format!("{path}: {what} is {found:?} in the bundle, {wanted:?} in the source"));
        }
    }
}

fn type_of(source: &Map<String, Value>) -> Type {
    let name = match source.get("type") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        Some(Value::String(name)) => Some(name.as_str()),
        _ => None,
    };
    match name {
        Some("object") => Type::Object,
        Some("array") => Type::Array,
        Some("string") => Type::String,
        Some("integer") => Type::Integer,
        Some("number") => Type::Number,
        Some("boolean") => Type::Boolean,
        _ => Type::Any,
    }
}

fn text<'a>(source: &'a Map<String, Value>, keyword: &str) -> Option<&'a str> {
    source.get(keyword)?.as_str()
}

fn texts<'a>(source: &'a Map<String, Value>, keyword: &str) -> Vec<&'a str> {
    source.get(keyword).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
