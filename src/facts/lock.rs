//! The definitions that were added to a repository (`plimsoll.schemas.yaml`): what is kept of a CRD, how it is written, and
//! how strictly it is read back. Sorted and in blocks, one document a kind, so that a change shows what it changes and two
//! changes merge. Leaves out descriptions and whatever else no validation asks for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::source::{Source, Span};
use crate::yaml::{self, Node, NodeKind};

use super::crds::{Crd, DefinedBy};

const HEAD: &str = "\
# plimsoll.schemas 1
# what the cluster's own definitions say of its kinds; written by `plimsoll schemas add`, not by hand
";

/// The first words of [`HEAD`], before the number of the form.
const FORM: &str = "# plimsoll.schemas ";

/// What is wrong with a file of added definitions, and where.
#[derive(Debug, Clone)]
pub struct LockProblem {
    /// What.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do.
    pub help: String,
}

/// One version of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `v1alpha1`, …
    pub name: String,
    /// Whether the cluster serves it.
    pub served: bool,
    /// Whether the cluster stores objects in it.
    pub storage: bool,
    /// Its schema without what no validation asks for; none when the definition gives none.
    pub schema: Option<Value>,
}

/// What is kept of one CRD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// `Namespaced` or `Cluster`.
    pub scope: Option<String>,
    /// Whether fields that no schema names are kept.
    pub keeps_unknown: bool,
    /// In the order of the CRD.
    pub versions: Vec<Version>,
}

/// Definitions by group and kind.
pub type Definitions = BTreeMap<(String, String), Definition>;

impl Definition {
    /// Reads a CRD (`v1` or `v1beta1`) with its group and kind.
    ///
    /// # Errors
    /// The first thing that it lacks, or that could not be read back, with its place.
    pub fn of_crd(root: Node<'_>) -> Result<((String, String), Self), LockProblem> {
        Self::read_crd(root).map_err(|problem| LockProblem {
            help: "mend it or take it out, or ask the cluster for it: kubectl get crds -o yaml".into(),
            ..problem
        })
    }

    fn read_crd(root: Node<'_>) -> Result<((String, String), Self), LockProblem> {
        let text = |path: &[&str]| root.at(path).and_then(Node::as_str).filter(|text| !text.is_empty());
        let group = text(&["spec", "group"]).ok_or_else(|| lacks(root, &["spec", "group"]))?;
        let kind = text(&["spec", "names", "kind"]).ok_or_else(|| lacks(root, &["spec", "names", "kind"]))?;
        let schema = |holder: Option<Node<'_>>| -> Result<Option<Value>, LockProblem> {
            let Some(schema) = holder else { return Ok(None) };
            judge(schema, DEEPEST)?;
            Ok(Some(kept(&schema.to_json(), DEEPEST)))
        };
        let common = schema(root.at(&["spec", "validation", "openAPIV3Schema"]))?;
        let mut versions: Vec<Version> = Vec::new();
        for item in root.at(&["spec", "versions"]).into_iter().flat_map(Node::items) {
            let name = word(item, "name")?;
            if versions.iter().any(|one| one.name == name) {
                return Err(wrong(item.handle(), format!("version `{name}` stands here a second time")));
            }
            versions.push(Version {
                name,
                served: item.get("served").and_then(Node::as_bool).unwrap_or(true),
                storage: item.get("storage").and_then(Node::as_bool).unwrap_or(false),
                schema: schema(item.at(&["schema", "openAPIV3Schema"]))?.or_else(|| common.clone()),
            });
        }
        if versions.is_empty() {
            let name = text(&["spec", "version"]).ok_or_else(|| lacks(root, &["spec", "versions"]))?.to_owned();
            versions.push(Version { name, served: true, storage: true, schema: common });
        }
        let old = root.get("apiVersion").and_then(Node::as_str).is_some_and(|version| version.ends_with("/v1beta1"));
        let keeps_unknown = root.at(&["spec", "preserveUnknownFields"]).and_then(Node::as_bool).unwrap_or(old);
        let scope = text(&["spec", "scope"]).map(str::to_owned);
        Ok(((group.to_owned(), kind.to_owned()), Self { scope, keeps_unknown, versions }))
    }
}

/// That something is not there or empty, at the deepest part of its path that is.
fn lacks(root: Node<'_>, path: &[&str]) -> LockProblem {
    let there = (1..=path.len()).rev().find_map(|to| {
        let (last, above) = path.get(..to)?.split_last()?;
        Some(root.at(above)?.entry(last)?.key.span())
    });
    wrong(there.unwrap_or_else(|| root.handle()), format!("it has no `{}`", path.join(".")))
}

/// Schemas nested deeper than this take anything.
const DEEPEST: u32 = 200;

/// What validation asks of a schema: no words for people.
fn kept(schema: &Value, depth: u32) -> Value {
    let (Value::Object(schema), Some(depth)) = (schema, depth.checked_sub(1)) else { return schema.clone() };
    let each = |value: &Value| match value {
        Value::Object(named) => {
            Value::Object(named.iter().map(|(name, schema)| (name.clone(), kept(schema, depth))).collect())
        }
        other => other.clone(),
    };
    let mut out = Map::new();
    for (key, value) in schema {
        let value = match key.as_str() {
            "description" | "title" | "example" | "examples" | "externalDocs" | "$schema" | "id" => continue,
            "properties" | "patternProperties" | "definitions" => each(value),
            "items" | "additionalProperties" | "not" if value.is_object() => kept(value, depth),
            "allOf" | "anyOf" | "oneOf" | "items" => match value {
                Value::Array(all) => Value::Array(all.iter().map(|one| kept(one, depth)).collect()),
                other => other.clone(),
            },
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

/// The text of the file.
#[must_use]
pub fn write_lock(definitions: &Definitions) -> String {
    let mut out = HEAD.to_owned();
    for ((group, kind), definition) in definitions {
        let _ = writeln!(out, "---\ngroup: {}\nkind: {}", scalar(group), scalar(kind));
        if let Some(scope) = &definition.scope {
            let _ = writeln!(out, "scope: {}", scalar(scope));
        }
        if definition.keeps_unknown {
            out.push_str("preserveUnknownFields: true\n");
        }
        out.push_str("versions:\n");
        for version in &definition.versions {
            let Version { name, served, storage, schema } = version;
            let _ = writeln!(out, "  - name: {}\n    served: {served}\n    storage: {storage}", scalar(name));
            if let Some(schema) = schema {
                entry(&mut out, 4, "schema", schema);
            }
        }
    }
    out
}

/// The widest line that holds a small mapping.
const WIDTH: usize = 100;

fn entry(out: &mut String, indent: usize, key: &str, value: &Value) {
    let _ = write!(out, "{:indent$}{}:", "", scalar(key));
    after(out, indent, value);
}

/// What stands behind a colon or a dash.
fn after(out: &mut String, indent: usize, value: &Value) {
    let line = flow(value);
    if is_small(value) && indent + line.chars().count() < WIDTH {
        let _ = writeln!(out, " {line}");
        return;
    }
    match value {
        Value::Object(map) => {
            out.push('\n');
            let mut sorted: Vec<(&String, &Value)> = map.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            for (key, value) in sorted {
                entry(out, indent + 2, key, value);
            }
        }
        Value::Array(items) => {
            out.push('\n');
            for item in items {
                // a collection in a list begins on a line of its own, so that every line has one thing
                let _ = write!(out, "{:width$}-", "", width = indent + 2);
                after(out, indent + 2, item);
            }
        }
        _ => {
            let _ = writeln!(out, " {line}");
        }
    }
}

/// Whether a value holds no collection that holds others.
fn is_small(value: &Value) -> bool {
    let plain = |value: &Value| match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()),
        _ => true,
    };
    match value {
        Value::Object(map) => map.values().all(plain),
        other => plain(other),
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut sorted: Vec<(&String, &Value)> = map.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            let fields: Vec<String> =
                sorted.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A string: plain where that can be nothing else.
fn scalar(text: &str) -> String {
    const TYPED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins && text.chars().all(harmless) && !TYPED.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_else(|_| format!("{text:?}"))
}

/// Reads the file back: the definitions, and the same as they are judged by.
///
/// # Errors
/// The first thing that is wrong, with its place: what is not understood would let faults pass.
pub fn read_lock(source: &Arc<Source>) -> Result<(Definitions, Vec<Arc<Crd>>), LockProblem> {
    broken_lines(source)?;
    let mut definitions = Definitions::new();
    let mut places: BTreeMap<(String, String), Span> = BTreeMap::new();
    let mut crds = Vec::new();
    for document in yaml::documents(source) {
        if let Some(problem) = document.problems.first() {
            return Err(wrong(problem.span, problem.message.clone()));
        }
        let Some(tree) = &document.tree else { continue };
        let root = tree.root();
        let (key, definition) = definition(root)?;
        let place = root.get("kind").map_or_else(|| root.handle(), Node::span);
        if places.insert(key.clone(), place).is_some() {
            let help = "keep the one that the cluster has, or delete both and run `plimsoll schemas add` again";
            let message = format!("`{}/{}` stands here a second time", key.0, key.1);
            return Err(LockProblem { message, span: place, help: help.to_owned() });
        }
        crds.push(Arc::new(Crd::of_lock(&key, tree, root, definition.keeps_unknown)));
        definitions.insert(key, definition);
    }
    Ok((definitions, crds))
}

/// Marks that a merge left behind, and forms that this program does not know.
fn broken_lines(source: &Arc<Source>) -> Result<(), LockProblem> {
    for index in 0..source.lines().count() {
        let range = source.lines().range(index, source.text());
        let text = source.text().get(range.clone()).unwrap_or("").trim_end();
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(source.id(), small(range.start), small(range.start + text.len()));
        if ["<<<<<<<", ">>>>>>>", "|||||||", "======="].iter().any(|mark| text.starts_with(mark)) {
            return Err(LockProblem {
                message: "a conflict that was not resolved".into(),
                span,
                help: "keep one side whole, delete the marks, and run `plimsoll schemas add` again".into(),
            });
        }
        if index == 0
            && let Some(form) = text.trim_start_matches('\u{FEFF}').strip_prefix(FORM)
            && form != "1"
        {
            return Err(LockProblem {
                message: format!("a file of form {form}, and this program reads form 1"),
                span,
                help: "use the version of plimsoll that wrote it, or a newer one".into(),
            });
        }
    }
    Ok(())
}

fn wrong(span: Span, message: impl Into<String>) -> LockProblem {
    LockProblem {
        message: message.into(),
        span,
        help: "take the file back from version control, or delete this document and run `plimsoll schemas add` again"
            .into(),
    }
}

/// Refuses keys that do not belong.
fn only(node: Node<'_>, known: &[&str]) -> Result<(), LockProblem> {
    if node.kind() != NodeKind::Mapping {
        return Err(wrong(node.handle(), "a mapping belongs here"));
    }
    match node.entries().find(|entry| !known.contains(&&*entry.key.key_text())) {
        Some(entry) => {
            Err(wrong(entry.key.span(), format!("`{}` does not belong here", entry.key.text().unwrap_or_default())))
        }
        None => Ok(()),
    }
}

fn definition(root: Node<'_>) -> Result<((String, String), Definition), LockProblem> {
    only(root, &["group", "kind", "scope", "preserveUnknownFields", "versions"])?;
    let group = word(root, "group")?;
    let kind = word(root, "kind")?;
    let scope = if root.get("scope").is_some() { Some(word(root, "scope")?) } else { None };
    let keeps_unknown =
        if root.get("preserveUnknownFields").is_some() { flag(root, "preserveUnknownFields")? } else { false };
    let mut versions: Vec<Version> = Vec::new();
    for item in root.get("versions").into_iter().flat_map(Node::items) {
        only(item, &["name", "served", "storage", "schema"])?;
        let name = word(item, "name")?;
        if versions.iter().any(|one| one.name == name) {
            return Err(wrong(item.handle(), format!("version `{name}` stands here a second time")));
        }
        let schema = item.get("schema");
        if let Some(schema) = schema {
            judge(schema, DEEPEST)?;
        }
        versions.push(Version {
            name,
            served: flag(item, "served")?,
            storage: flag(item, "storage")?,
            schema: schema.map(Node::to_json),
        });
    }
    if versions.is_empty() {
        let place = root.entry("versions").map_or_else(|| root.handle(), |entry| entry.key.span());
        return Err(wrong(place, "a definition without versions"));
    }
    Ok(((group, kind), Definition { scope, keeps_unknown, versions }))
}

fn word(node: Node<'_>, key: &str) -> Result<String, LockProblem> {
    let text = node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| wrong(place(node, key), format!("`{key}` must be a string")))
}

fn flag(node: Node<'_>, key: &str) -> Result<bool, LockProblem> {
    node.get(key)
        .and_then(Node::as_bool)
        .ok_or_else(|| wrong(place(node, key), format!("`{key}` must be true or false")))
}

fn place(node: Node<'_>, key: &str) -> Span {
    node.entry(key).map_or_else(|| node.handle(), |entry| entry.key.span())
}

/// That a schema is one: a keyword that is no keyword would take anything.
fn judge(schema: Node<'_>, depth: u32) -> Result<(), LockProblem> {
    const TYPES: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];
    let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
    if schema.kind() != NodeKind::Mapping {
        return Err(wrong(schema.handle(), "a schema belongs here, which is a mapping"));
    }
    for entry in schema.entries() {
        let (key, value) = (entry.key.key_text(), entry.value);
        let at = entry.key.span();
        let must =
            |holds: bool, what: &str| if holds { Ok(()) } else { Err(wrong(at, format!("`{key}` must be {what}"))) };
        match &*key {
            "type" => must(value.as_str().is_some_and(|ty| TYPES.contains(&ty)), "a type of JSON Schema")?,
            "properties" => {
                must(value.kind() == NodeKind::Mapping, "a mapping of schemas")?;
                value.entries().try_for_each(|entry| judge(entry.value, depth))?;
            }
            "items" | "not" => judge(value, depth)?,
            "additionalProperties" if value.as_bool().is_none() => judge(value, depth)?,
            "allOf" | "anyOf" | "oneOf" => {
                must(value.kind() == NodeKind::Sequence, "a list of schemas")?;
                value.items().try_for_each(|item| judge(item, depth))?;
            }
            "required" => {
                let words = value.kind() == NodeKind::Sequence && value.items().all(|item| item.as_str().is_some());
                must(words, "a list of names")?;
            }
            "enum" => must(value.kind() == NodeKind::Sequence, "a list of values")?,
            "nullable" | "x-kubernetes-preserve-unknown-fields" | "x-kubernetes-int-or-string" | "uniqueItems" => {
                must(value.as_bool().is_some(), "true or false")?;
            }
            _ => {}
        }
    }
    Ok(())
}

impl Crd {
    /// A definition of the file, as objects are judged by it.
    fn of_lock(key: &(String, String), tree: &Arc<yaml::Tree>, root: Node<'_>, keeps_unknown: bool) -> Self {
        let versions = root.get("versions").into_iter().flat_map(Node::items).filter_map(|item| {
            let name = item.get("name")?.as_str()?;
            let served = item.get("served").and_then(Node::as_bool).unwrap_or(true);
            Some(super::crds::CrdVersion::new(name, served, tree, item.get("schema").map(Node::index)))
        });
        Self {
            group: key.0.clone(),
            kind: key.1.clone(),
            path: tree.source().path().to_owned(),
            place: root.get("kind").map(Node::span),
            versions: versions.collect(),
            keeps_unknown,
            origin: DefinedBy::Added,
            names: Vec::new(),
            namespaced: root.get("scope").and_then(Node::as_str).map(|scope| scope == "Namespaced"),
        }
    }
}
