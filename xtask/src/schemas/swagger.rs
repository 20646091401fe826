//! From Kubernetes' definitions, as the package words them, to nodes of a pack. What a pack looks like is
//! `plimsoll::facts`'s.
//!
//! The package makes JSON Schema of Kubernetes' swagger. What it puts in for JSON Schema's sake is taken out again
//! (null as a type of optional fields, enums of apiVersion and kind), and what the swagger says by name only gets its
//! own type.

use std::collections::BTreeMap;

use plimsoll::facts::{DEFAULT_KEYWORD, Dialect, Draft, NodeId, Packer, Type, Unnamed, read_descriptions, read_schema};
use serde_json::{Map, Value};

use super::enums;
use super::fetch::Source;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/// Definitions that validators ask for by name: pods and what they are made of, and what every object has.
const NAMED: [&str; 2] = ["io.k8s.apimachinery.", "io.k8s.api.core.v1."];

pub fn pack_minor(packer: &mut Packer, source: &Source) {
    let mut swagger = Swagger { definitions: &source.definitions, done: BTreeMap::new(), speaks: false };
    for (name, definition) in &source.definitions {
        for kind in kinds(name, definition) {
            let node = swagger.definition(packer, name, &Map::new());
            packer.add_kind(kind.group, kind.version, kind.kind, source.minor, node);
        }
        if NAMED.iter().any(|prefix| name.starts_with(prefix)) {
            let node = swagger.definition(packer, name, &Map::new());
            packer.add_definition(name, source.minor, node);
        }
    }
}

/// Packs what the kinds of a minor say to people, and nothing that they are judged by.
pub fn describe_minor(packer: &mut Packer, source: &Source) {
    let mut swagger = Swagger { definitions: &source.definitions, done: BTreeMap::new(), speaks: true };
    for (name, definition) in &source.definitions {
        for kind in kinds(name, definition) {
            let node = swagger.definition(packer, name, &Map::new());
            packer.add_kind(kind.group, kind.version, kind.kind, source.minor, node);
        }
    }
}

pub struct Kind<'a> {
    pub group: &'a str,
    pub version: &'a str,
    pub kind: &'a str,
}

/// The kinds that a definition is. Those of meta/v1 (DeleteOptions, Status, WatchEvent, …) are said to be in every
/// group, but they are what client and server tell each other, and no server has them as resources.
pub fn kinds<'a>(name: &str, definition: &'a Value) -> Vec<Kind<'a>> {
    if name.starts_with(META) {
        return Vec::new();
    }
    let listed = definition.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
    let text = |entry: &'a Value, key| entry.get(key).and_then(Value::as_str);
    let kind = |entry| {
        Some(Kind { group: text(entry, "group")?, version: text(entry, "version")?, kind: text(entry, "kind")? })
    };
    listed.into_iter().flatten().filter_map(kind).collect()
}

/// What a definition is by its name alone.
pub enum Special {
    Type(Type),
    MicroTime,
}

pub fn special(name: &str) -> Option<Special> {
    let (package, last) = name.rsplit_once('.')?;
    match (package, last) {
        ("io.k8s.apimachinery.pkg.api.resource", "Quantity") => Some(Special::Type(Type::Quantity)),
        ("io.k8s.apimachinery.pkg.util.intstr", "IntOrString") => Some(Special::Type(Type::IntOrString)),
        ("io.k8s.apimachinery.pkg.apis.meta.v1", "MicroTime") => Some(Special::MicroTime),
        // These hold any JSON; the swagger calls some of them objects.
        ("io.k8s.apimachinery.pkg.runtime", "RawExtension") => Some(Special::Type(Type::Any)),
        ("io.k8s.apimachinery.pkg.apis.meta.v1", "FieldsV1" | "Patch") => Some(Special::Type(Type::Any)),
        (package, "JSON" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray")
            if package.starts_with("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.") =>
        {
            Some(Special::Type(Type::Any))
        }
        _ => None,
    }
}

struct Swagger<'a> {
    definitions: &'a Map<String, Value>,
    /// Definitions with what was said beside the reference, done or under way.
    done: BTreeMap<String, Progress>,
    /// Whether what is wanted is what the schemas say, and not what they ask for.
    speaks: bool,
}

enum Progress {
    Done(NodeId),
    /// Under way, with the knot that stands for it if it was met again.
    Open(Option<NodeId>),
}

impl Swagger<'_> {
    /// The node of a definition, with keywords that stand beside the reference to it.
    fn definition(&mut self, packer: &mut Packer, name: &str, beside: &Map<String, Value>) -> NodeId {
        let key = format!("{name} {}", Value::Object(beside.clone()));
        match self.done.get_mut(&key) {
            Some(Progress::Done(node)) => return *node,
            Some(Progress::Open(knot)) => return *knot.get_or_insert_with(|| packer.knot()),
            None => {}
        }
        self.done.insert(key.clone(), Progress::Open(None));
        let node = match special(name) {
            _ if self.speaks => {
                let mut body = self.definitions.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
                body.extend(beside.clone());
                read_descriptions(packer, self, &Value::Object(body))
            }
            Some(Special::Type(ty)) => packer.node(Draft::new(ty)),
            other => {
                let mut body = self.definitions.get(name).map(cleaned).unwrap_or_default();
                body.extend(beside.clone());
                if let Some(Special::MicroTime) = other {
                    body.insert(MICRO_TIME.to_owned(), Value::Bool(true));
                }
                read_schema(packer, self, &Value::Object(body))
            }
        };
        if let Some(Progress::Open(Some(knot))) = self.done.insert(key, Progress::Done(node)) {
            packer.tie(knot, node);
        }
        node
    }
}

/// Marks, between two functions of this file, a definition that its keywords do not tell from `Time`.
const MICRO_TIME: &str = "x-micro-time";

impl Dialect for Swagger<'_> {
    fn instead(&mut self, packer: &mut Packer, schema: &Map<String, Value>) -> Option<NodeId> {
        if let Some(name) = reference(schema) {
            if self.speaks {
                let spoken = schema.iter().filter(|(key, _)| matches!(key.as_str(), "description" | DEFAULT_KEYWORD));
                let beside = spoken.map(|(key, value)| (key.clone(), value.clone())).collect();
                return Some(self.definition(packer, name, &beside));
            }
            let mut beside = cleaned(&Value::Object(schema.clone()));
            beside.remove("$ref");
            beside.remove("default");
            return Some(self.definition(packer, name, &beside));
        }
        None
    }

    fn unsaid(&self, has_properties: bool) -> Unnamed {
        // An object that names no field is an empty Go struct or a type that is not known well enough.
        if has_properties { Unnamed::Refused } else { Unnamed::Allowed }
    }

    fn adjust(&self, schema: &Map<String, Value>, draft: &mut Draft) {
        if schema.contains_key(MICRO_TIME) {
            draft.mark_micro_time();
        }
    }
}

/// The definition that a schema refers to.
pub fn reference(schema: &Map<String, Value>) -> Option<&str> {
    Some(schema.get("$ref")?.as_str()?.rsplit_once('/')?.1)
}

/// A schema without what does not go into the bundle, all the way down.
///
/// Enums are dropped, and those of the API library take their place: from 1.22 on the package makes those of apiVersion and kind itself; the others stand in the
/// swagger of 1.23 alone, which upstream took back because several list only the values that it knew (readiness
/// gates, conditions).
fn cleaned(schema: &Value) -> Map<String, Value> {
    let mut kept = Map::new();
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        let value = match (keyword.as_str(), value) {
            ("description" | "enum" | DEFAULT_KEYWORD, _) => continue,
            (enums::KEYWORD, values) => {
                kept.insert("enum".to_owned(), values.clone());
                continue;
            }
            ("properties", Value::Object(properties)) => {
                properties.iter().map(|(name, schema)| (name.clone(), Value::Object(cleaned(schema)))).collect()
            }
            ("items" | "additionalProperties", Value::Object(_)) => Value::Object(cleaned(value)),
            ("type", Value::Array(types)) => match types.iter().find(|ty| *ty != "null") {
                Some(ty) => ty.clone(),
                None => continue,
            },
            _ => value.clone(),
        };
        kept.insert(keyword.clone(), value);
    }
    kept
}
