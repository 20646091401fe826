//! `cargo xtask schemas openapi FOLDER`: how the bundle's schemas differ from the OpenAPI documents of a running server
//! (`/openapi/v3` of one minor, each document a file). Every difference is told, by the definition and field that it is of and
//! by its sort; those that are meant stand in `xtask/accepted/openapi.tsv` with a reason. One that stands nowhere fails, and so
//! does an entry that nothing bears out any more.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::facts::{Additional, ListType, MapType, Schema, Type, descriptions, embedded};
use serde_json::{Map, Value};

use super::swagger::{Special, special};

/// The minor of the server that the documents are of.
const MINOR: u16 = 35;

const ACCEPTED: &str = "xtask/accepted/openapi.tsv";

/// Sort, definition and field, what the bundle has, what the server has.
type Difference = (&'static str, String, String, String);

/// One line of the list: a sort, a place, what differs (`*` for any of these), the reason.
struct Entry {
    line: usize,
    sort: String,
    place: String,
    what: String,
    met: usize,
}

pub fn run(root: &Path, folder: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    let mut server = Map::new();
    for file in &files {
        let text = fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let document: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        server.extend(schemas.into_iter().flatten().map(|(name, schema)| (name.clone(), schema.clone())));
    }
    let mut comparison = Comparison { server: &server, seen: HashSet::new(), fields: 0, found: BTreeSet::new() };
    let mut kinds = 0;
    for (name, schema) in &server {
        if name.starts_with("io.k8s.apimachinery.") {
            continue;
        }
        for gvk in schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| gvk.get(key).and_then(Value::as_str).unwrap_or_default();
            let (group, version, kind) = (text("group"), text("version"), text("kind"));
            kinds += 1;
            match embedded().kind(group, version, kind, MINOR) {
                Some(ours) => comparison.definition(name, ours, descriptions().kind(group, version, kind, MINOR)),
                None => comparison.tell("kind", name, "", "-".into(), "there".into()),
            }
        }
    }
    if kinds == 0 {
        return Err(format!("{} holds no OpenAPI documents", folder.display()));
    }
    judge(root, kinds, &comparison)
}

fn judge(root: &Path, kinds: usize, comparison: &Comparison<'_>) -> Result<(), String> {
    let path = root.join(ACCEPTED);
    let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mut entries = Vec::new();
    for (line, text) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = text.split('\t').collect();
        let [sort, place, what, _reason] = cells.as_slice() else {
            return Err(format!("{ACCEPTED}:{}: four columns, not {}", line + 1, cells.len()));
        };
        let [sort, place, what] = [sort, place, what].map(|cell| (*cell).to_owned());
        entries.push(Entry { line: line + 1, sort, place, what, met: 0 });
    }
    let mut sorts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut open = Vec::new();
    for (sort, place, ours, theirs) in &comparison.found {
        let what = format!("{ours} | {theirs}");
        let fits = |said: &str, is: &str| said == "*" || said == is;
        let entry = entries
            .iter_mut()
            .find(|entry| entry.sort == *sort && fits(&entry.place, place) && fits(&entry.what, &what));
        let counts = sorts.entry(sort).or_default();
        match entry {
            Some(entry) => {
                entry.met += 1;
                counts.0 += 1;
            }
            None => {
                counts.1 += 1;
                open.push(format!("{sort}\t{place}\t{what}"));
            }
        }
    }
    println!("{kinds} kinds of 1.{MINOR}, {} fields compared", comparison.fields);
    for (sort, (accepted, open)) in sorts {
        println!("{accepted:>6} accepted  {open:>4} not  {sort}");
    }
    let stale: Vec<String> =
        entries.iter().filter(|entry| entry.met == 0).map(|entry| entry.line.to_string()).collect();
    if !open.is_empty() {
        return Err(format!("differences that are not accepted (bundle | server):\n{}", open.join("\n")));
    }
    if !stale.is_empty() {
        return Err(format!("{ACCEPTED}: nothing bears out line {}: take it out", stale.join(", ")));
    }
    Ok(())
}

struct Comparison<'a> {
    server: &'a Map<String, Value>,
    /// Pairs of a definition and a node; this ends recursion.
    seen: HashSet<(String, u32)>,
    fields: usize,
    found: BTreeSet<Difference>,
}

impl Comparison<'_> {
    fn tell(&mut self, sort: &'static str, definition: &str, field: &str, ours: String, theirs: String) {
        let short = definition.strip_prefix("io.k8s.").unwrap_or(definition);
        self.found.insert((sort, format!("{short}{field}"), ours, theirs));
    }

    fn definition(&mut self, name: &str, ours: Schema<'_>, says: Option<Schema<'_>>) {
        if !self.seen.insert((name.to_owned(), ours.id())) {
            return;
        }
        match special(name) {
            Some(Special::Type(ty)) => {
                if ours.ty() != ty {
                    self.tell("type", name, "", format!("{:?}", ours.ty()), format!("{ty:?}"));
                }
            }
            _ => {
                if let Some(body) = self.server.get(name).and_then(Value::as_object) {
                    self.body(name, "", body, ours, says);
                } else {
                    self.tell("definition", name, "", "there".into(), "-".into());
                }
            }
        }
    }

    /// A schema that stands at a field (or item, or value) of a definition.
    fn at(&mut self, name: &str, field: &str, theirs: &Map<String, Value>, ours: Schema<'_>, says: Option<Schema<'_>>) {
        self.fields += 1;
        let default = theirs.get("default").filter(|value| !value.as_object().is_some_and(Map::is_empty));
        let known = says.and_then(Schema::default_value);
        if default != known.as_ref() {
            let text = |value: Option<&Value>| value.map_or_else(|| "-".to_owned(), Value::to_string);
            self.tell("default", name, field, text(known.as_ref()), text(default));
        }
        match target(theirs) {
            Some(definition) => {
                // what stands beside a reference goes before what the definition says of itself
                let mut words = self.server.get(definition).and_then(Value::as_object).cloned().unwrap_or_default();
                words.extend(theirs.clone());
                self.beside(name, field, &words, ours);
                self.definition(definition, ours, says);
            }
            None => {
                self.beside(name, field, theirs, ours);
                self.body(name, field, theirs, ours, says);
            }
        }
    }

    /// What may stand beside a reference as well as in a schema.
    fn beside(&mut self, name: &str, field: &str, theirs: &Map<String, Value>, ours: Schema<'_>) {
        let list = ours.list_type().map(|list| match list {
            ListType::Atomic => "atomic",
            ListType::Set => "set",
            ListType::Map => "map",
        });
        self.equal("list type", name, field, list, text(theirs, "x-kubernetes-list-type"));
        let map = ours.map_type().map(|map| match map {
            MapType::Atomic => "atomic",
            MapType::Granular => "granular",
        });
        self.equal("map type", name, field, map, text(theirs, "x-kubernetes-map-type"));
        let keys = ours.list_map_keys().collect::<Vec<_>>().join(",");
        self.equal(
            "list map keys",
            name,
            field,
            Some(&keys),
            Some(&texts(theirs, "x-kubernetes-list-map-keys").join(",")),
        );
        let key = text(theirs, "x-kubernetes-patch-merge-key");
        self.equal("patch merge key", name, field, ours.patch_merge_key(), key);
        let strategy = text(theirs, "x-kubernetes-patch-strategy");
        self.equal("patch strategy", name, field, ours.patch_strategy(), strategy);
        let mut own: Vec<&str> = ours.enum_strings().filter(|value| !value.is_empty()).collect();
        let mut other: Vec<&str> = texts(theirs, "enum").into_iter().filter(|value| !value.is_empty()).collect();
        own.sort_unstable();
        other.sort_unstable();
        self.equal("enum", name, field, Some(&own.join(",")), Some(&other.join(",")));
    }

    fn body(
        &mut self,
        name: &str,
        field: &str,
        theirs: &Map<String, Value>,
        ours: Schema<'_>,
        says: Option<Schema<'_>>,
    ) {
        let ty = match text(theirs, "type") {
            Some("object") => Type::Object,
            Some("array") => Type::Array,
            Some("string") => Type::String,
            Some("integer") => Type::Integer,
            Some("number") => Type::Number,
            Some("boolean") => Type::Boolean,
            _ => Type::Any,
        };
        if ours.ty() != ty {
            self.tell("type", name, field, format!("{:?}", ours.ty()), format!("{ty:?}"));
        }
        self.equal("format", name, field, ours.format(), text(theirs, "format"));
        let mut required = texts(theirs, "required");
        required.sort_unstable();
        let own = ours.required().collect::<Vec<_>>().join(",");
        self.equal("required", name, field, Some(&own), Some(&required.join(",")));
        let named = theirs.get("properties").and_then(Value::as_object);
        for (property, _) in ours.properties() {
            if !named.is_some_and(|named| named.contains_key(property)) {
                self.tell("field", name, &format!("{field}.{property}"), "there".into(), "-".into());
            }
        }
        for (property, schema) in named.into_iter().flatten() {
            let below = format!("{field}.{property}");
            match (ours.property(property), schema.as_object()) {
                (Some(own), Some(schema)) => {
                    self.at(name, &below, schema, own, says.and_then(|says| says.property(property)));
                }
                _ => self.tell("field", name, &below, "-".into(), "there".into()),
            }
        }
        let sub = |key: &str| theirs.get(key).and_then(Value::as_object);
        match (ours.items(), sub("items")) {
            (Some(own), Some(items)) => self.at(name, &format!("{field}[]"), items, own, says.and_then(Schema::items)),
            (None, None) => {}
            (own, _) => {
                let there = |is: bool| if is { "there" } else { "-" }.to_owned();
                self.tell("items", name, field, there(own.is_some()), there(own.is_none()));
            }
        }
        match (ours.additional(), sub("additionalProperties")) {
            (Additional::Of(own), Some(values)) => {
                let says = says.and_then(|says| match says.additional() {
                    Additional::Of(says) => Some(says),
                    _ => None,
                });
                self.at(name, &format!("{field}{{}}"), values, own, says);
            }
            (Additional::Of(_), None) => self.tell("map", name, field, "there".into(), "-".into()),
            (_, Some(_)) => self.tell("map", name, field, "-".into(), "there".into()),
            _ => {}
        }
    }

    fn equal(&mut self, sort: &'static str, name: &str, field: &str, ours: Option<&str>, theirs: Option<&str>) {
        let word = |text: Option<&str>| text.filter(|text| !text.is_empty()).unwrap_or("-").to_owned();
        if word(ours) != word(theirs) {
            self.tell(sort, name, field, word(ours), word(theirs));
        }
    }
}

/// The definition that a schema refers to, be it by itself or by `allOf`, which lets words stand beside.
fn target(schema: &Map<String, Value>) -> Option<&str> {
    let holder = match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => only.as_object()?,
        _ => schema,
    };
    Some(holder.get("$ref")?.as_str()?.rsplit_once('/')?.1)
}

fn text<'v>(schema: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    schema.get(key)?.as_str()
}

fn texts<'v>(schema: &'v Map<String, Value>, key: &str) -> Vec<&'v str> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    Ok(())
}
