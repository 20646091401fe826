//! Reading a schema's JSON into a pack, for all sources alike; where they differ they say so by a [`Dialect`].
//!
//! Nothing here fails: a keyword with a value that it cannot have is passed over, and what is no schema takes anything.
//! Descriptions, examples, titles and vendor extensions other than Kubernetes' are left out.

use serde_json::{Map, Value};

use super::draft::{Draft, NodeId, Rule, TextId};
use super::format::{Field, head};
use super::packer::Packer;
use super::schema::{ListType, MapType, Type};

/// How one source of schemas differs from another.
pub trait Dialect {
    /// The node of a schema that says what it is in some other way than by its keywords, such as a `$ref`.
    fn instead(&mut self, packer: &mut Packer, schema: &Map<String, Value>) -> Option<NodeId>;

    /// What an object that says neither `additionalProperties` nor `x-kubernetes-preserve-unknown-fields` does with
    /// fields that it does not name.
    fn unsaid(&self, has_properties: bool) -> Unnamed;

    /// Says what only this source knows of a schema.
    fn adjust(&self, _schema: &Map<String, Value>, _draft: &mut Draft) {}
}

/// What becomes of unnamed fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// Strict validation refuses them.
    Refused,
    /// They may be there and be anything.
    Allowed,
}

/// Schemas nested deeper than this take anything, so that hostile input cannot use up the stack.
const DEEPEST: u32 = 200;

/// Puts a schema into a packer.
pub fn read_schema(packer: &mut Packer, dialect: &mut impl Dialect, schema: &Value) -> NodeId {
    Reading { packer, dialect }.node(schema, Place::Structure, DEEPEST)
}

/// Structural schemas keep what values are made of apart from what they must satisfy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Structure,
    /// Under `allOf`, `anyOf`, `oneOf` or `not`, where naming some fields does not refuse the others.
    Condition,
}

struct Reading<'a, D> {
    packer: &'a mut Packer,
    dialect: &'a mut D,
}

impl<D: Dialect> Reading<'_, D> {
    fn node(&mut self, schema: &Value, place: Place, depth: u32) -> NodeId {
        let (Some(schema), Some(depth)) = (schema.as_object(), depth.checked_sub(1)) else {
            return self.packer.node(Draft::new(Type::Any));
        };
        if let Some(node) = self.dialect.instead(self.packer, schema) {
            return node;
        }
        let (ty, null) = type_of(schema);
        let mut draft = Draft::new(ty);
        if null || is_true(schema, "nullable") {
            draft.flag(head::NULLABLE);
        }
        self.fields(&mut draft, schema, ty, place, depth);
        self.children(&mut draft, schema, ty, place, depth);
        self.limits(&mut draft, schema);
        self.values(&mut draft, schema);
        self.kubernetes(&mut draft, schema);
        self.dialect.adjust(schema, &mut draft);
        self.packer.node(draft)
    }

    /// What is said of an object's fields.
    fn fields(&mut self, draft: &mut Draft, schema: &Map<String, Value>, ty: Type, place: Place, depth: u32) {
        let mut named: Vec<(&String, &Value)> =
            schema.get("properties").and_then(Value::as_object).into_iter().flatten().collect();
        // The map's own order depends on a feature of serde_json; the reader searches by bytes.
        named.sort_unstable_by_key(|(name, _)| *name);
        let properties: Vec<(TextId, NodeId)> =
            named.iter().map(|(name, schema)| (self.packer.text(name), self.node(schema, place, depth))).collect();
        draft.properties(properties);

        let mut required = strings(schema, "required");
        required.sort_unstable();
        required.dedup();
        let required = self.texts(required);
        draft.texts(Field::Required, required);

        let preserve = is_true(schema, "x-kubernetes-preserve-unknown-fields");
        if preserve {
            draft.flag(head::PRESERVE_UNKNOWN);
        }
        if is_true(schema, "x-kubernetes-embedded-resource") {
            draft.flag(head::EMBEDDED_RESOURCE);
        }
        match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => {
                draft.flag(head::ADDITIONAL_STATED);
                let values = self.node(values, place, depth);
                draft.node(Field::Additional, values);
            }
            Some(Value::Bool(open)) => {
                draft.flag(head::ADDITIONAL_STATED);
                if !open && !preserve {
                    draft.close();
                }
            }
            _ if preserve || ty != Type::Object || place == Place::Condition => {}
            _ => {
                if self.dialect.unsaid(!named.is_empty()) == Unnamed::Refused {
                    draft.close();
                }
            }
        }
    }

    fn children(&mut self, draft: &mut Draft, schema: &Map<String, Value>, ty: Type, place: Place, depth: u32) {
        if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
            let items = self.node(items, place, depth);
            draft.node(Field::Items, items);
        }
        for (keyword, field) in [("allOf", Field::AllOf), ("anyOf", Field::AnyOf), ("oneOf", Field::OneOf)] {
            let all = schema.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            // `anyOf: [{type: integer}, {type: string}]` is how int-or-string is spelt out for other readers.
            if all.is_empty() || (keyword == "anyOf" && ty == Type::IntOrString && is_int_or_string(all)) {
                continue;
            }
            let nodes = all.iter().map(|schema| self.node(schema, Place::Condition, depth)).collect();
            draft.nodes(field, nodes);
        }
        if let Some(not) = schema.get("not").filter(|not| not.is_object()) {
            let not = self.node(not, Place::Condition, depth);
            draft.node(Field::Not, not);
        }
    }

    fn limits(&mut self, draft: &mut Draft, schema: &Map<String, Value>) {
        let numbers = [("minimum", Field::Minimum), ("maximum", Field::Maximum), ("multipleOf", Field::MultipleOf)];
        for (keyword, field) in numbers {
            if let Some(value) = schema.get(keyword).and_then(Value::as_f64) {
                draft.number(field, value);
            }
        }
        let counts = [
            ("minLength", Field::MinLength),
            ("maxLength", Field::MaxLength),
            ("minItems", Field::MinItems),
            ("maxItems", Field::MaxItems),
            ("minProperties", Field::MinProperties),
            ("maxProperties", Field::MaxProperties),
        ];
        for (keyword, field) in counts {
            if let Some(value) = schema.get(keyword).and_then(count) {
                draft.count(field, value);
            }
        }
        let flags = [
            ("exclusiveMinimum", head::EXCLUSIVE_MINIMUM),
            ("exclusiveMaximum", head::EXCLUSIVE_MAXIMUM),
            ("uniqueItems", head::UNIQUE_ITEMS),
        ];
        for (keyword, flag) in flags {
            if is_true(schema, keyword) {
                draft.flag(flag);
            }
        }
    }

    fn values(&mut self, draft: &mut Draft, schema: &Map<String, Value>) {
        for (keyword, field) in [("format", Field::Format), ("pattern", Field::Pattern)] {
            if let Some(text) = schema.get(keyword).and_then(Value::as_str).filter(|text| !text.is_empty()) {
                draft.text(field, self.packer.text(text));
            }
        }
        let values = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if values.iter().all(Value::is_string) {
            let texts = self.texts(strings(schema, "enum"));
            draft.texts(Field::EnumStrings, texts);
        } else {
            let texts = values.iter().map(|value| self.packer.text(&value.to_string())).collect();
            draft.texts(Field::EnumJson, texts);
        }
        // null is none
        if let Some(value) = schema.get("default").filter(|value| !value.is_null()) {
            draft.text(Field::Default, self.packer.text(&value.to_string()));
        }
    }

    /// The extensions that Kubernetes reads.
    fn kubernetes(&mut self, draft: &mut Draft, schema: &Map<String, Value>) {
        let text = |keyword| schema.get(keyword).and_then(Value::as_str);
        match text("x-kubernetes-list-type") {
            Some("atomic") => draft.list_type(ListType::Atomic),
            Some("set") => draft.list_type(ListType::Set),
            Some("map") => draft.list_type(ListType::Map),
            _ => {}
        }
        match text("x-kubernetes-map-type") {
            Some("atomic") => draft.map_type(MapType::Atomic),
            Some("granular") => draft.map_type(MapType::Granular),
            _ => {}
        }
        let keys = self.texts(strings(schema, "x-kubernetes-list-map-keys"));
        draft.texts(Field::ListMapKeys, keys);
        if let Some(key) = text("x-kubernetes-patch-merge-key") {
            draft.text(Field::PatchMergeKey, self.packer.text(key));
        }
        if let Some(strategy) = text("x-kubernetes-patch-strategy") {
            draft.text(Field::PatchStrategy, self.packer.text(strategy));
        }
        let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array).into_iter().flatten();
        let rules = rules.filter_map(|rule| self.rule(rule.as_object()?)).collect();
        draft.rules(rules);
    }

    fn rule(&mut self, rule: &Map<String, Value>) -> Option<Rule> {
        rule.get("rule")?.as_str()?;
        let keywords = ["rule", "message", "messageExpression", "reason", "fieldPath"];
        let texts = keywords.map(|keyword| Some(self.packer.text(rule.get(keyword)?.as_str()?)));
        Some(Rule { texts, optional_old_self: is_true(rule, "optionalOldSelf") })
    }

    fn texts(&mut self, texts: Vec<&str>) -> Vec<TextId> {
        texts.into_iter().map(|text| self.packer.text(text)).collect()
    }
}

/// The type, and whether null is one of its alternatives, as other writers of JSON Schema say `nullable`.
fn type_of(schema: &Map<String, Value>) -> (Type, bool) {
    if is_true(schema, "x-kubernetes-int-or-string") {
        return (Type::IntOrString, false);
    }
    match schema.get("type") {
        Some(Value::String(name)) => (type_named(name), false),
        Some(Value::Array(names)) => {
            let null = names.iter().any(|name| name == "null");
            let mut others = names.iter().filter(|name| *name != "null").filter_map(Value::as_str);
            match (others.next(), others.next()) {
                (Some(one), None) => (type_named(one), null),
                _ => (Type::Any, null),
            }
        }
        _ => (Type::Any, false),
    }
}

fn type_named(name: &str) -> Type {
    match name {
        "object" => Type::Object,
        "array" => Type::Array,
        "string" => Type::String,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        _ => Type::Any,
    }
}

fn is_int_or_string(any_of: &[Value]) -> bool {
    let is = |schema: &Value, name| {
        schema.as_object().is_some_and(|schema| schema.len() == 1 && schema.get("type").is_some_and(|ty| ty == name))
    };
    matches!(any_of, [a, b] if (is(a, "integer") && is(b, "string")) || (is(a, "string") && is(b, "integer")))
}

fn is_true(schema: &Map<String, Value>, keyword: &str) -> bool {
    schema.get(keyword).and_then(Value::as_bool).unwrap_or(false)
}

/// The strings of a list, in its order.
fn strings<'v>(schema: &'v Map<String, Value>, keyword: &str) -> Vec<&'v str> {
    schema.get(keyword).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A length or a number of items; YAML may have written it as `3.0`.
fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        (number >= 0.0 && number.fract() == 0.0 && number < 1e15).then_some(number as u64)
    })
}
