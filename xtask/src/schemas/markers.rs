//! What the markers of the Go API library say beside its types: where objects of a kind live and what a field defaults to,
//! a minor from the release of that minor; the definitions that the bundle is made of say neither. What both say (how lists
//! and maps are merged) is held against each other here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll::facts::{DEFAULT_KEYWORD, MINORS};
use serde_json::Value;

use super::fetch::{Source, said_by_library};
use super::swagger::kinds;

const HEAD: &str = "# Scopes and defaults of the Kubernetes API library, made by `cargo xtask schemas markers`: definition, field, word, \
                    first and last minor, value\n";

/// Kinds whose types lie in other modules of Kubernetes (apiextensions-apiserver, kube-aggregator); both are marked
/// `+genclient:nonNamespaced` there.
const ELSEWHERE: [(&str, &str); 2] =
    [("apiextensions.k8s.io", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService")];

/// The words that definitions carry too, and the extension that does.
const SHARED: [(&str, &str); 5] = [
    ("list-type", "x-kubernetes-list-type"),
    ("list-map-keys", "x-kubernetes-list-map-keys"),
    ("map-type", "x-kubernetes-map-type"),
    ("patch-merge-key", "x-kubernetes-patch-merge-key"),
    ("patch-strategy", "x-kubernetes-patch-strategy"),
];

/// Makes the list anew, by a Go program that reads the library's sources, and says how its other words compare with the
/// definitions.
#[allow(clippy::print_stderr, reason = "a tool for developers says what it made")]
pub fn make(root: &Path, sources: &[Source]) -> Result<String, String> {
    let lines = said_by_library(&root.join("xtask/go/markers"), MINORS)?;
    let rows = read(&lines)?;
    let (same, wrong) = against_definitions(&rows, sources);
    eprintln!("{same} markers of lists, maps and merging are as the definitions have them, {} are not", wrong.len());
    if !wrong.is_empty() {
        return Err(wrong.into_iter().collect::<Vec<_>>().join("\n"));
    }
    let kept =
        lines.lines().filter(|line| line.split('\t').nth(2).is_some_and(|word| matches!(word, "scope" | "default")));
    Ok(kept.fold(HEAD.to_owned(), |list, line| list + line + "\n"))
}

/// One thing that is said of a field, or of a kind where the field is `-`.
pub struct Row {
    definition: String,
    field: String,
    word: String,
    minors: std::ops::RangeInclusive<u16>,
    value: String,
}

/// Reads a list.
pub fn read(list: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split('\t').collect();
        let [definition, field, word, first, last, value] = words.as_slice() else {
            return Err(format!("a line of other than six words: {line}"));
        };
        let minor = |text: &str| text.parse::<u16>().map_err(|error| format!("{line}: {error}"));
        rows.push(Row {
            definition: (*definition).to_owned(),
            field: (*field).to_owned(),
            word: (*word).to_owned(),
            minors: minor(first)?..=minor(last)?,
            value: (*value).to_owned(),
        });
    }
    Ok(rows)
}

/// Puts the defaults into the definitions, for the pack of descriptions.
pub fn put_defaults(sources: &mut [Source], rows: &[Row]) -> Result<usize, String> {
    let mut count = 0;
    for row in rows.iter().filter(|row| row.word == "default") {
        let value: Value = serde_json::from_str(&row.value).map_err(|error| format!("{}: {error}", row.value))?;
        for source in sources.iter_mut().filter(|source| row.minors.contains(&source.minor)) {
            let path = format!("/properties/{}", row.field);
            let found = source.definitions.get_mut(&row.definition).and_then(|body| body.pointer_mut(&path));
            // alpha fields are in the library and not in every document of it
            let Some(Value::Object(schema)) = found else { continue };
            schema.insert(DEFAULT_KEYWORD.to_owned(), value.clone());
            count += 1;
        }
    }
    Ok(count)
}

/// The table of scopes: group, kind, scope.
pub fn scopes(sources: &[Source], rows: &[Row]) -> Result<String, String> {
    let mut found: BTreeMap<(String, String), String> = BTreeMap::new();
    for source in sources {
        for row in rows.iter().filter(|row| row.word == "scope" && row.minors.contains(&source.minor)) {
            let Some(definition) = source.definitions.get(&row.definition) else { continue };
            for kind in kinds(&row.definition, definition) {
                let key = (kind.group.to_owned(), kind.kind.to_owned());
                if let Some(other) = found.insert(key, row.value.clone()).filter(|other| *other != row.value) {
                    return Err(format!(
                        "{} is {other} in one minor or version and {} in another",
                        kind.kind, row.value
                    ));
                }
            }
        }
    }
    for (group, kind) in ELSEWHERE {
        found.insert((group.to_owned(), kind.to_owned()), "cluster".to_owned());
    }
    let mut text = "# Made by `cargo xtask schemas`; SOURCES.md says how. Group (- for core), kind, scope\n".to_owned();
    for ((group, kind), scope) in found {
        text += &format!("{}\t{kind}\t{scope}\n", if group.is_empty() { "-" } else { &group });
    }
    Ok(text)
}

/// How many words of markers stand in the definitions as well, and those that do not or differ; each told once, with the
/// minors.
fn against_definitions(rows: &[Row], sources: &[Source]) -> (usize, BTreeSet<String>) {
    let mut same = 0;
    let mut wrong: BTreeMap<String, Vec<u16>> = BTreeMap::new();
    let mut marked: BTreeSet<(&str, &str, &str, u16)> = BTreeSet::new();
    for source in sources {
        for row in rows.iter().filter(|row| row.minors.contains(&source.minor)) {
            let Some((_, extension)) = SHARED.iter().find(|(word, _)| *word == row.word) else { continue };
            marked.insert((&row.definition, &row.field, &row.word, source.minor));
            let Some(definition) = source.definitions.get(&row.definition) else { continue };
            let Some(field) = definition.pointer(&format!("/properties/{}", row.field)) else { continue };
            let value = said(field, extension);
            if value.as_deref() == Some(row.value.as_str()) {
                same += 1;
            } else {
                let what = format!(
                    "{} {}: {} is {} by the marker, {} in the definition",
                    row.definition,
                    row.field,
                    row.word,
                    row.value,
                    value.as_deref().unwrap_or("-")
                );
                wrong.entry(what).or_default().push(source.minor);
            }
        }
        for (name, definition) in source.definitions.iter().filter(|(name, _)| name.starts_with("io.k8s.api.")) {
            let fields = definition.get("properties").and_then(Value::as_object).into_iter().flatten();
            for (field, schema) in fields {
                for (word, extension) in SHARED {
                    if let Some(value) = said(schema, extension)
                        && !marked.contains(&(name, field, word, source.minor))
                    {
                        let what = format!("{name} {field}: {word} is {value} in the definition, no marker says so");
                        wrong.entry(what).or_default().push(source.minor);
                    }
                }
            }
        }
    }
    (same, wrong.into_iter().map(|(what, minors)| format!("{what} ({})", plimsoll::facts::ranges(&minors))).collect())
}

fn said(schema: &Value, extension: &str) -> Option<String> {
    match schema.get(extension)? {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}
