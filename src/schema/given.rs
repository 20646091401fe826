//! JSON Schemas that the user brings, of any draft, by the crate `jsonschema`, which reads our nodes as they are. Its
//! errors are told as our own, each at its place. Nothing is compiled before an object of the kind is met.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::{Arc, RwLock};

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::json::{Array, Json, NodeIdentity, Object};
use jsonschema::paths::LocationSegment;
use jsonschema::{Draft, JsonType, Retrieve, Uri, ValidationError, Validator};
use rustc_hash::FxHashMap;
use serde_json::{Number, Value};

use crate::check::Standing;
use crate::facts::Locations;
use crate::finding::{Pointer, Segment, Stated, nearest};
use crate::source::Source;
use crate::yaml::{self, Node, NodeKind};

use super::demands::counted;
use super::validate::{has_unknowable, is_directive, root_handle, shorten};
use super::{Problem, ProblemKind};

/// A schema that was read, or why it cannot be used.
type Read = Arc<Result<Compiled, String>>;

/// The schemas of a run by their files.
#[derive(Default)]
pub(super) struct Given(RwLock<FxHashMap<String, Read>>);

/// A schema made ready.
pub(super) struct Compiled {
    validator: Validator<Ours>,
    schema: Value,
}

impl Given {
    /// The schema in a file, made ready when first asked for.
    pub fn get(&self, locations: &Arc<Locations>, path: &str) -> Read {
        if let Some(known) = self.0.read().ok().and_then(|known| known.get(path).cloned()) {
            return known;
        }
        let made = Arc::new(compile(locations, path));
        if let Ok(mut known) = self.0.write() {
            known.insert(path.to_owned(), Arc::clone(&made));
        }
        made
    }
}

fn compile(locations: &Arc<Locations>, path: &str) -> Result<Compiled, String> {
    let mut schema = value(locations.read(path)?).map_err(|why| format!("{path}: {why}"))?;
    if schema.get("kind").and_then(Value::as_str) == Some("CustomResourceDefinition") {
        return Err(format!("{path}: a CustomResourceDefinition where a JSON Schema belongs: name its folder instead"));
    }
    // without a word on it kubeconform takes draft 4, and the newest where the word names none
    let unversioned = ["http://json-schema.org/schema", "https://json-schema.org/schema"];
    let says = schema.get("$schema").and_then(Value::as_str).map(|draft| draft.trim_end_matches('#').to_owned());
    let draft = if says.as_deref().is_some_and(|draft| unversioned.contains(&draft)) {
        schema.as_object_mut().and_then(|schema| schema.remove("$schema"));
        Draft::Draft202012
    } else {
        Draft::Draft4
    };
    let mut options = jsonschema::options_for::<Ours>().with_base_uri(uri(path));
    if schema.get("$schema").is_none() {
        options = options.with_draft(draft);
    }
    let validator = options.with_retriever(Beside(Arc::clone(locations))).build(&schema);
    let validator = validator.map_err(|error| format!("{path}: no JSON Schema: {error}"))?;
    Ok(Compiled { validator, schema })
}

fn value(source: &Arc<Source>) -> Result<Value, String> {
    let mut documents = yaml::documents(source).into_iter();
    let Some(document) = documents.next() else { return Err("nothing in it".into()) };
    if let Some(problem) = document.problems.iter().find(|problem| problem.is_fatal()) {
        return Err(problem.message.clone());
    }
    let tree = document.tree.ok_or("nothing in it")?;
    Ok(tree.root().to_json())
}

const HERE: &str = "file:///r/";
const ELSEWHERE: &str = "file:///a/";

/// The address of a file, so that a `$ref` leads to the file beside it.
fn uri(path: &str) -> String {
    let (base, path) = path.strip_prefix('/').map_or((HERE, path), |path| (ELSEWHERE, path));
    let mut out = base.to_owned();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Answers a `$ref` from the files of the schema locations, and from nowhere else.
struct Beside(Arc<Locations>);

impl Retrieve for Beside {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let text = uri.as_str();
        let path = match (text.strip_prefix(HERE), text.strip_prefix(ELSEWHERE)) {
            (Some(inside), _) => decoded(inside),
            (_, Some(inside)) => format!("/{}", decoded(inside)),
            _ => return Err(format!("{text}: nothing is fetched; keep the file beside the others").into()),
        };
        Ok(value(self.0.read(&path)?)?)
    }
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (*byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Our trees, to `jsonschema`.
pub(super) struct Ours;

/// A node, or a key where a schema speaks of names.
#[derive(Clone, Copy)]
pub(super) enum Seen<'a> {
    Node(Node<'a>),
    Name(&'a str),
}

impl Json for Ours {
    type Node<'a> = Seen<'a>;
    type PreparedKey = String;
    type StringBuffer = ();

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(Seen<'_>) -> T) -> T {
        f(Seen::Name(string))
    }
}

impl<'a> Seen<'a> {
    fn node(self) -> Option<Node<'a>> {
        match self {
            Self::Node(node) => Some(node),
            Self::Name(_) => None,
        }
    }
}

impl<'a> jsonschema::json::Node<'a, Ours> for Seen<'a> {
    type Object = Fields<'a>;
    type Array = Items<'a>;
    type Number = Number;

    fn as_object(&self) -> Option<Fields<'a>> {
        self.node().filter(|node| node.kind() == NodeKind::Mapping).map(Fields)
    }

    fn as_array(&self) -> Option<Items<'a>> {
        self.node().filter(|node| node.kind() == NodeKind::Sequence).map(Items)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Node(node) => node.as_str().map(Cow::Borrowed),
            Self::Name(name) => Some(Cow::Borrowed(name)),
        }
    }

    fn as_number(&self) -> Option<Number> {
        match self.node().filter(|node| node.kind() == NodeKind::Scalar)?.to_json() {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        self.node()?.as_bool()
    }

    fn is_null(&self) -> bool {
        self.json_type() == JsonType::Null
    }

    fn json_type(&self) -> JsonType {
        let Self::Node(node) = self else { return JsonType::String };
        match node.kind() {
            NodeKind::Mapping => JsonType::Object,
            NodeKind::Sequence => JsonType::Array,
            NodeKind::Scalar => match node.scalar() {
                Some(yaml::Scalar::Str(_)) => JsonType::String,
                Some(yaml::Scalar::Bool(_)) => JsonType::Boolean,
                Some(yaml::Scalar::Int(_) | yaml::Scalar::UInt(_)) => JsonType::Number,
                // JSON has no infinity
                Some(yaml::Scalar::Float(value)) if value.is_finite() => JsonType::Number,
                _ => JsonType::Null,
            },
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(match self {
            Self::Node(node) => node.to_json(),
            Self::Name(name) => Value::String((*name).to_owned()),
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        let node = self.node()?;
        Some(NodeIdentity::tagged(std::ptr::from_ref(node.tree()) as usize, node.index()))
    }
}

/// The fields of a mapping; those without a value are not there, as `kubectl apply` drops them.
pub(super) struct Fields<'a>(Node<'a>);

impl<'a> Object<'a, Ours> for Fields<'a> {
    type Node = Seen<'a>;
    type MemberName = Cow<'a, str>;
    type MembersIter = Box<dyn Iterator<Item = (Cow<'a, str>, Seen<'a>)> + 'a>;

    fn len(&self) -> usize {
        self.0.entries().filter(|entry| !entry.value.is_null()).count()
    }

    fn get(&self, key: &String) -> Option<Seen<'a>> {
        self.0.get(key).filter(|value| !value.is_null()).map(Seen::Node)
    }

    fn members(&self) -> Self::MembersIter {
        let there = self.0.entries().filter(|entry| !entry.value.is_null());
        Box::new(there.map(|entry| (entry.key.key_text(), Seen::Node(entry.value))))
    }

    fn try_for_each_name_node<B>(&self, (): &mut (), mut f: impl FnMut(Seen<'_>) -> ControlFlow<B>) -> ControlFlow<B> {
        for (name, _) in self.members() {
            f(Seen::Name(&name))?;
        }
        ControlFlow::Continue(())
    }
}

/// The items of a list.
pub(super) struct Items<'a>(Node<'a>);

impl<'a> Array<'a, Ours> for Items<'a> {
    type Node = Seen<'a>;
    type ElementsIter = Box<dyn Iterator<Item = Seen<'a>> + 'a>;

    fn len(&self) -> usize {
        self.0.items().count()
    }

    fn elements(&self) -> Self::ElementsIter {
        Box::new(self.0.items().map(Seen::Node))
    }
}

/// Everything in an object that a schema refuses.
pub(super) fn problems(root: Node<'_>, compiled: &Compiled, standing: Standing) -> Vec<Problem> {
    let mut telling = Telling { root, schema: &compiled.schema, standing, out: Vec::new() };
    for error in compiled.validator.iter_errors(Seen::Node(root)) {
        telling.tell(&error);
    }
    telling.out
}

struct Telling<'a> {
    root: Node<'a>,
    schema: &'a Value,
    standing: Standing,
    out: Vec<Problem>,
}

impl Telling<'_> {
    fn tell(&mut self, error: &ValidationError<'_>) {
        let path: Vec<Segment> = error
            .instance_path()
            .iter()
            .map(|segment| match segment {
                LocationSegment::Property(key) => Segment::Key(key.into_owned()),
                LocationSegment::Index(index) => Segment::Item(index, None),
            })
            .collect();
        let node = self.root.find(&path).node;
        if node.is_unknowable() {
            return;
        }
        let field = Pointer(path.clone()).to_field_path();
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                let names = self.names(error);
                for key in unexpected {
                    let patch = self.standing == Standing::Patch && is_directive(key);
                    if patch || yaml::is_unknowable(key) || (path.is_empty() && key == "sops") {
                        continue;
                    }
                    let near = nearest(key, names.iter().map(String::as_str)).map(str::to_owned);
                    let kind =
                        ProblemKind::UnknownField { key: shorten(key), parent: field.clone(), near, belongs: None };
                    self.at_key(kind, &path, key);
                }
            }
            Kind::FalseSchema => {
                let Some((Segment::Key(key), parent)) = path.split_last() else {
                    return self.value(path, field, node, "is refused by its schema".to_owned());
                };
                let parent_field = Pointer(parent.to_vec()).to_field_path();
                let kind =
                    ProblemKind::UnknownField { key: shorten(key), parent: parent_field, near: None, belongs: None };
                self.at_key(kind, parent, key);
            }
            Kind::Required { property } if self.standing == Standing::Whole => {
                let name = property.as_str().unwrap_or_default().to_owned();
                let kind = ProblemKind::MissingField { field: name.clone(), parent: field };
                let found = self.root.find(&path);
                // a key without a value is where the value belongs
                let place = match node.entry(&name) {
                    Some(entry) => entry.key.span(),
                    None if path.is_empty() => root_handle(self.root),
                    None => found.place(),
                };
                let mut path = path;
                path.push(Segment::Key(name));
                self.push(kind, path, place, Stated::Inferred);
            }
            Kind::Required { .. } => {}
            Kind::Type { kind } => {
                let wanted = wanted(kind);
                let found = match node.kind() {
                    NodeKind::Mapping => "a mapping",
                    NodeKind::Sequence => "a list",
                    NodeKind::Scalar => node.scalar().map_or("nothing", |scalar| scalar.type_name()),
                };
                let place = self.root.find(&path).place();
                let (written, substituted) = (node.text().map(shorten), node.is_substituted());
                let kind = ProblemKind::WrongType { field, wanted, found, written, substituted };
                self.push(kind, path, place, Stated::Stated);
            }
            Kind::AnyOf { context } => self.forms(error, context, "anyOf", path, field, node),
            Kind::OneOfNotValid { context } => self.forms(error, context, "oneOf", path, field, node),
            Kind::PropertyNames { .. } => {
                self.value(path, field, node, "is a mapping with a key that its schema refuses".to_owned());
            }
            other => self.value(path, field, node, why(other)),
        }
    }

    /// What fits none of several forms. When one of them is plainly meant, what that one misses is told.
    fn forms(
        &mut self,
        error: &ValidationError<'_>,
        forms: &[Vec<ValidationError<'static>>],
        keyword: &str,
        path: Vec<Segment>,
        field: String,
        node: Node<'_>,
    ) {
        let here = error.instance_path();
        let is_meant = |errors: &&Vec<ValidationError<'static>>| {
            !errors.iter().any(|one| {
                let at = one.instance_path() == here;
                at && matches!(
                    one.kind(),
                    Kind::Type { .. } | Kind::Enum { .. } | Kind::Constant { .. } | Kind::FalseSchema
                )
            })
        };
        let meant: Vec<&Vec<ValidationError<'static>>> = forms.iter().filter(is_meant).collect();
        match meant.as_slice() {
            [one] => one.iter().for_each(|error| self.tell(error)),
            _ => self.value(path, field, node, format!("is none of the forms that its schema allows (`{keyword}`)")),
        }
    }

    /// The fields that the schema has where an unknown one stands.
    fn names(&self, error: &ValidationError<'_>) -> Vec<String> {
        let at = error.schema_path().as_str();
        let holder = at.rsplit_once('/').and_then(|(holder, _)| self.schema.pointer(holder));
        let named = holder.and_then(|holder| holder.get("properties")).and_then(Value::as_object);
        named.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// A build may still put another value in its place.
    fn value(&mut self, path: Vec<Segment>, field: String, node: Node<'_>, why: String) {
        if self.standing != Standing::Whole || has_unknowable(node) {
            return;
        }
        let written = node.text().map(shorten).unwrap_or_default();
        // nothing is shown of an empty string, so that it must be said
        let why = match why.strip_prefix("is ").filter(|_| node.as_str() == Some("")) {
            Some(rest) => format!("is empty, and {rest}"),
            None => why,
        };
        let place = if path.is_empty() { root_handle(self.root) } else { self.root.find(&path).place() };
        self.push(ProblemKind::InvalidValue { field, written, why, help: None }, path, place, Stated::Stated);
    }

    fn at_key(&mut self, kind: ProblemKind, parent: &[Segment], key: &str) {
        let holder = self.root.find(parent).node;
        let place = holder.entry(key).map_or_else(|| holder.handle(), |entry| entry.key.span());
        let mut path = parent.to_vec();
        path.push(Segment::Key(key.to_owned()));
        self.push(kind, path, place, Stated::Stated);
    }

    fn push(&mut self, kind: ProblemKind, path: Vec<Segment>, place: crate::source::Span, stated: Stated) {
        let problem = Problem { kind, path, place, related: Vec::new(), stated, versions: Vec::new(), origin: None };
        if !self.out.iter().any(|known| known.same(&problem)) {
            self.out.push(problem);
        }
    }
}

fn wanted(kind: &TypeKind) -> &'static str {
    let types: Vec<JsonType> = match kind {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(all) => all.iter().filter(|one| *one != JsonType::Null).collect(),
    };
    match types.as_slice() {
        [JsonType::Object] => "a mapping",
        [JsonType::Array] => "a list",
        [JsonType::String] => "a string",
        [JsonType::Integer] => "an integer",
        [JsonType::Number] => "a number",
        [JsonType::Boolean] => "a boolean",
        [JsonType::Null] => "null",
        [JsonType::Integer, JsonType::String] | [JsonType::String, JsonType::Integer] => "an integer or a string",
        [JsonType::Number, JsonType::String] | [JsonType::String, JsonType::Number] => "a number or a string",
        _ => "one of the types that its schema names",
    }
}

fn why(kind: &Kind) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    };
    match kind {
        Kind::Enum { options } => {
            let all: Vec<String> = options.as_array().into_iter().flatten().map(shown).collect();
            format!("is none of {}", all.join(", "))
        }
        Kind::Constant { expected_value } => format!("is not {}", shown(expected_value)),
        Kind::Pattern { pattern } => format!("is not of the form `{pattern}`"),
        Kind::Format { format } => format!("is not of the format `{format}`"),
        Kind::Minimum { limit } => format!("is below the least allowed, {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("is not over {limit}"),
        Kind::Maximum { limit } => format!("is over the most allowed, {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("is not below {limit}"),
        Kind::MinLength { limit } => format!("is shorter than {}", counted(*limit, "character")),
        Kind::MaxLength { limit } => format!("is longer than {}", counted(*limit, "character")),
        Kind::MinItems { limit } => format!("has fewer than {}", counted(*limit, "item")),
        Kind::MaxItems { limit } => format!("has more than {}", counted(*limit, "item")),
        Kind::MinProperties { limit } => format!("has fewer than {}", counted(*limit, "field")),
        Kind::MaxProperties { limit } => format!("has more than {}", counted(*limit, "field")),
        Kind::MultipleOf { multiple_of } => format!("is no multiple of {multiple_of}"),
        Kind::UniqueItems => "is a list in which an item stands twice".to_owned(),
        Kind::OneOfMultipleValid { .. } => {
            "is several of the forms of which its schema allows one (`oneOf`)".to_owned()
        }
        Kind::Not { .. } => "is a form that its schema rules out (`not`)".to_owned(),
        other => format!("is not what its schema asks (`{}`)", other.keyword()),
    }
}
