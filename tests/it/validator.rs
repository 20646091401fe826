//! Our validator beside another: for every object of the fixtures and of the corpus, and for objects that are made
//! wrong in every place, it must find something at the same places as the crate `jsonschema`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jsonschema::Validator;
use libtest_mimic::{Failed, Trial};
use plimsoll::facts::{self, Crds, Schema};
use plimsoll::finding::Segment;
use plimsoll::kube::{Resource, objects_of};
use plimsoll::schema::{ProblemKind, problems_of};
use plimsoll::source::{self, Snapshot, Source, SourceId};
use plimsoll::yaml::{self, Node, NodeKind};
use serde_json::{Value, json};

use crate::{corpus, json_schema, project};

pub fn trials() -> Vec<Trial> {
    let fixtures = || project::root().join("fixtures");
    let mut trials = vec![
        Trial::test("validator::fixtures", move || {
            let folder = fixtures();
            let repositories = project::entries(&folder.join("repos"));
            let checks = [folder.join("checks")];
            let mut differences = Differences::default();
            for folder in repositories.iter().chain(&checks) {
                compare(&project::below(project::root(), folder), folder, Mutations::All, &mut differences);
            }
            differences.judge("fixtures/")
        }),
        Trial::test("validator::accepted-differences-name-a-suite", known_suites),
    ];
    trials.extend(corpus::per_repository("validator", |name, folder| {
        let mut differences = Differences::default();
        compare(name, folder, Mutations::Few, &mut differences);
        differences.judge(&format!("{name}/"))
    }));
    trials
}

/// How many wrong objects are made of each object.
#[derive(Clone, Copy)]
enum Mutations {
    /// One in every place.
    All,
    /// One in a few places.
    Few,
}

/// Where the two do not agree, and how much was compared.
#[derive(Default)]
struct Differences {
    found: BTreeMap<String, String>,
    compared: usize,
}

impl Differences {
    /// Fails where a difference is not accepted, or one that is accepted does not occur.
    fn judge(&self, suite: &str) -> Result<(), Failed> {
        let accepted = accepted();
        let accepted: BTreeSet<&str> =
            accepted.iter().map(String::as_str).filter(|place| place.starts_with(suite)).collect();
        let mut wrong: Vec<String> = self
            .found
            .iter()
            .filter(|(place, _)| !accepted.contains(place.as_str()))
            .map(|(place, what)| format!("{place}: {what}"))
            .collect();
        let gone = accepted.iter().filter(|place| !self.found.contains_key(**place));
        wrong.extend(gone.map(|place| format!("{place}: is accepted in accepted/validator.txt, and the two agree")));
        if wrong.is_empty() && (self.compared > 0 || suite != "fixtures/") {
            return Ok(());
        }
        let count = format!("of {} objects, the two disagree on {}\n", self.compared, self.found.len());
        Err((count + &corpus::listed(&wrong)).into())
    }
}

/// Places of differences that are known: what stands before the first `: ` of each line.
fn accepted() -> Vec<String> {
    let list = project::root().join("tests/it/accepted/validator.txt");
    let text = fs::read_to_string(list).expect("the list of accepted differences is there");
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").map_or(line, |(place, _)| place).to_owned()).collect()
}

fn known_suites() -> Result<(), Failed> {
    for place in accepted() {
        let suite = place.split('/').next().unwrap_or_default();
        // a repository of the corpus is called owner+name
        if suite != "fixtures" && !suite.contains('+') {
            return Err(format!("accepted/validator.txt: {place} is of no suite").into());
        }
    }
    Ok(())
}

/// Compares every object of a folder.
fn compare(name: &str, folder: &Path, mutations: Mutations, differences: &mut Differences) {
    let all = [String::new()];
    let snapshot =
        source::walk(folder, &all, &all, &|path| path.ends_with(".yaml") || path.ends_with(".yml")).snapshot();
    let (resources, crds) = read(&snapshot);
    let mut judges = Judges::default();
    for (path, resource) in &resources {
        let Some((key, schema)) = schema_of(resource, path, &crds) else { continue };
        let judge = judges.by_schema.entry(key).or_insert_with(|| judge(schema));
        let place = format!("{name}/{path}#{}.{}", resource.document, resource.root);
        let node = resource.node();
        if has_unknowable(node) {
            continue;
        }
        differences.compared += 1;
        if let Some(what) = difference(node, schema, judge) {
            differences.found.insert(place, what);
            continue;
        }
        let value = node.to_json();
        // an object itself is always a mapping
        let places = count(&value) - 1;
        let step = match mutations {
            Mutations::All => 1,
            Mutations::Few => places.div_ceil(5),
        };
        for at in (1..=places).step_by(step.max(1)) {
            let mut wrong = value.clone();
            let what = mutate(&mut wrong, at);
            let text = wrong.to_string();
            let source = Arc::new(Source::new(SourceId(0), "mutated.yaml", text.clone().into_bytes()));
            let documents = yaml::documents(&source);
            let Some(tree) = documents.first().and_then(|document| document.tree.as_ref()) else {
                differences.found.insert(format!("{place}@{at}"), format!("{what}: no YAML: {text}"));
                continue;
            };
            differences.compared += 1;
            if let Some(difference) = difference(tree.root(), schema, judge) {
                differences.found.insert(format!("{place}@{at}"), format!("{what}: {difference}"));
            }
        }
    }
}

/// Compiled schemas by pack (empty for the embedded one) and number.
#[derive(Default)]
struct Judges {
    by_schema: BTreeMap<(String, u32), Validator>,
}

fn judge(schema: Schema<'_>) -> Validator {
    jsonschema::options().should_validate_formats(false).build(&json_schema::of_kind(schema)).expect("a schema of ours")
}

/// The objects of a snapshot with their paths, and the definitions among them. What did not parse whole is left out.
fn read(snapshot: &Snapshot) -> (Vec<(String, Resource)>, Crds) {
    let mut resources = Vec::new();
    let mut crds = Crds::default();
    for (id, entry) in snapshot.entries() {
        let Ok(source) = snapshot.source(id) else { continue };
        for document in yaml::documents(source).into_iter().filter(|document| document.problems.is_empty()) {
            let Some(tree) = &document.tree else { continue };
            let found = objects_of(tree, id, document.ordinal);
            if found.iter().any(|resource| resource.gvk.kind == "CustomResourceDefinition") {
                crds.add(&entry.path, tree, tree.root());
            }
            resources.extend(found.into_iter().map(|resource| (entry.path.clone(), resource)));
        }
    }
    (resources, crds)
}

/// The schema of an object, of the newest Kubernetes that has its kind, with a key for the cache.
fn schema_of<'a>(resource: &Resource, path: &str, crds: &'a Crds) -> Option<((String, u32), Schema<'a>)> {
    let gvk = &resource.gvk;
    let built_in =
        facts::MINORS.rev().find_map(|minor| facts::embedded().kind(&gvk.group, &gvk.version, &gvk.kind, minor));
    if let Some(schema) = built_in {
        return Some(((String::new(), schema.id()), schema));
    }
    let crd = crds.of(&gvk.group, &gvk.kind, path).into_iter().next()?;
    let schema = crd.version(&gvk.version)?.pack()?.root()?;
    Some(((format!("{} {:?} {}", crd.path, crd.place, gvk.version), schema.id()), schema))
}

/// The first place at which one of the two finds something wrong and the other does not.
fn difference(node: Node<'_>, schema: Schema<'_>, judge: &Validator) -> Option<String> {
    let mut ours: BTreeMap<String, String> = BTreeMap::new();
    for problem in problems_of(node, schema) {
        let at = match &problem.kind {
            ProblemKind::InvalidValue { .. } => continue,
            // nulls are taken out below
            ProblemKind::UnknownField { .. } if node.find(&problem.path).node.is_null() => continue,
            // `jsonschema` speaks of the object that has it or lacks it
            ProblemKind::UnknownField { .. } | ProblemKind::MissingField { .. } => {
                problem.path.split_last().map_or(&[][..], |(_, parent)| parent)
            }
            _ => &problem.path,
        };
        ours.insert(pointer(at), format!("{:?}", problem.kind));
    }
    let mut value = node.to_json();
    drop_nulls(&mut value);
    let theirs: BTreeMap<String, String> =
        judge.iter_errors(&value).map(|error| (error.instance_path().to_string(), error.to_string())).collect();
    let only = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>, who: &str| {
        let (at, what) = a.iter().find(|(at, _)| !b.contains_key(*at))?;
        Some(format!("only {who} finds at `{at}`: {what}"))
    };
    only(&ours, &theirs, "ours").or_else(|| only(&theirs, &ours, "jsonschema"))
}

/// A path as JSON Pointer has it.
fn pointer(path: &[Segment]) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Item(index, _) => format!("/{index}"),
        })
        .collect()
}

/// Nulls count as absent, as `kubectl apply` has it.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => {
            items.retain(|value| !value.is_null());
            items.iter_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

/// Whether another tool has yet to put in a value: nothing is judged there, and `jsonschema` cannot be told so.
fn has_unknowable(node: Node<'_>) -> bool {
    match node.kind() {
        NodeKind::Scalar => node.is_unknowable(),
        NodeKind::Mapping => node.entries().any(|entry| entry.key.is_unknowable() || has_unknowable(entry.value)),
        NodeKind::Sequence => node.items().any(has_unknowable),
    }
}

/// How many values there are in a value, itself among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(map) => map.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

/// Makes the value at a place wrong, and says how.
fn mutate(value: &mut Value, at: usize) -> String {
    let mut here = value;
    let mut left = at;
    let mut path = String::new();
    while left > 0 {
        left -= 1;
        let children: Vec<(String, &mut Value)> = match here {
            Value::Object(map) => map.iter_mut().map(|(key, value)| (key.clone(), value)).collect(),
            Value::Array(items) => items.iter_mut().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
            _ => break,
        };
        let mut next = None;
        for (key, child) in children {
            let size = count(child);
            if left < size {
                next = Some((key, child));
                break;
            }
            left -= size;
        }
        let Some((key, child)) = next else { unreachable!("{at} is a place") };
        path = format!("{path}.{key}");
        here = child;
    }
    let other = match (&*here, at % 4) {
        (Value::Object(_), 0) => json!([]),
        (Value::Object(map), 1) if !map.is_empty() => {
            // without its first field
            Value::Object(map.iter().skip(1).map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        (Value::Object(map), 2) => {
            let more = [("unheardOf".to_owned(), json!(1))];
            Value::Object(map.iter().map(|(key, value)| (key.clone(), value.clone())).chain(more).collect())
        }
        (Value::Object(_), _) => json!("text"),
        (Value::Array(_), 0) => json!({}),
        (Value::Array(items), _) => items.first().cloned().unwrap_or(json!(1)),
        (Value::String(_), 0) => json!(1),
        (Value::String(_), 1) => json!(true),
        (Value::String(text), 2) => json!([text]),
        (Value::String(_), _) => json!(1.5),
        (Value::Number(number), 0) => json!(number.to_string()),
        (Value::Number(_), 1) => json!(1.5),
        (Value::Number(_), 2) => json!({}),
        (Value::Number(_), _) => json!(1.0),
        (Value::Bool(_), 0) => json!("true"),
        (Value::Bool(_), _) => json!(0),
        (Value::Null, 0) => json!("null"),
        (Value::Null, _) => json!([null]),
    };
    let what = format!("{} for {path}", if other.is_object() { "another object" } else { "another value" });
    *here = other;
    what
}
