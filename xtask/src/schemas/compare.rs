//! `cargo xtask schemas compare FOLDER`: how the kinds that are carried differ from the CRDs that lie in a folder, which
//! are of other releases or were changed after they were generated. It says where, not which of the two is right.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use plimsoll::facts::{Additional, Crds, Schema, projects};

use super::manifests;

/// One difference, at a path below a kind's root.
pub struct Difference {
    pub path: String,
    pub what: What,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The property is in the carried schema only.
    CarriedOnly,
    /// The property is in the other schema only.
    OtherOnly,
    /// Must be there by the carried schema only.
    CarriedRequires,
    /// Must be there by the other schema only.
    OtherRequires,
    /// Another type.
    Type(String),
    /// The carried schema refuses unnamed fields, the other takes them.
    CarriedCloses,
    /// The other way round.
    OtherCloses,
    /// Another enum, pattern, format or default, or a limit.
    Limits,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::CarriedOnly => "property in the carried one only",
            What::OtherOnly => "property in the other one only",
            What::CarriedRequires => "required by the carried one only",
            What::OtherRequires => "required by the other one only",
            What::Type(types) => types,
            What::CarriedCloses => "unnamed fields refused by the carried one only",
            What::OtherCloses => "unnamed fields refused by the other one only",
            What::Limits => "enum, pattern, format or default differs",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// All differences of two schemas, the carried one first. What both lack is not gone into.
pub fn differences(carried: Schema<'_>, other: Schema<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(carried, other, &mut String::new(), &mut found);
    found
}

fn walk(carried: Schema<'_>, other: Schema<'_>, path: &mut String, found: &mut Vec<Difference>) {
    let mut tell = |path: String, what| found.push(Difference { path, what });
    if carried.ty() != other.ty() {
        let types = format!("type {:?} in the carried one, {:?} in the other", carried.ty(), other.ty());
        tell(path.clone(), What::Type(types));
        return;
    }
    let required = |schema: Schema<'_>| schema.required().map(str::to_owned).collect::<BTreeSet<String>>();
    let (ours, theirs) = (required(carried), required(other));
    ours.difference(&theirs).for_each(|name| tell(format!("{path}.{name}"), What::CarriedRequires));
    theirs.difference(&ours).for_each(|name| tell(format!("{path}.{name}"), What::OtherRequires));
    match (carried.additional(), other.additional()) {
        (Additional::Closed, Additional::Anything | Additional::Of(_)) => tell(path.clone(), What::CarriedCloses),
        (Additional::Anything | Additional::Of(_), Additional::Closed) => tell(path.clone(), What::OtherCloses),
        _ => {}
    }
    let text = |text: Option<&str>| text.map(str::to_owned);
    let limits = |schema: Schema<'_>| {
        let numbers = (schema.minimum(), schema.maximum());
        let counts = (schema.min_length(), schema.max_length(), schema.min_items(), schema.max_items());
        let values: Vec<_> = schema.enum_values().collect();
        (
            numbers,
            counts,
            values,
            text(schema.pattern()),
            text(schema.format()),
            schema.default_value(),
            schema.nullable(),
        )
    };
    if limits(carried) != limits(other) {
        tell(path.clone(), What::Limits);
    }
    let names: BTreeSet<&str> = carried.properties().chain(other.properties()).map(|(name, _)| name).collect();
    let mut children: Vec<(String, Schema<'_>, Schema<'_>)> = Vec::new();
    for name in names {
        match (carried.property(name), other.property(name)) {
            (Some(ours), Some(theirs)) => children.push((format!(".{name}"), ours, theirs)),
            (Some(_), None) => tell(format!("{path}.{name}"), What::CarriedOnly),
            (None, _) => tell(format!("{path}.{name}"), What::OtherOnly),
        }
    }
    if let (Some(ours), Some(theirs)) = (carried.items(), other.items()) {
        children.push(("[]".to_owned(), ours, theirs));
    }
    if let (Additional::Of(ours), Additional::Of(theirs)) = (carried.additional(), other.additional()) {
        children.push(("{}".to_owned(), ours, theirs));
    }
    for (step, ours, theirs) in children {
        let before = path.len();
        path.push_str(&step);
        walk(ours, theirs, path, found);
        path.truncate(before);
    }
}

/// Prints every difference and, last, how many there are of each sort in each project.
pub fn run(folder: &Path) -> Result<(), String> {
    let mut crds = Crds::default();
    let mut count = 0;
    for manifest in manifests::of(folder) {
        for tree in manifest.trees("CustomResourceDefinition") {
            count += usize::from(tree.root().get("spec").is_some());
            crds.add(&manifest.path, &tree, tree.root());
        }
    }
    let mut totals: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut compared, mut same) = (0, 0);
    for entry in projects().kinds() {
        let (Some(carried), Some(origin)) = (entry.custom_schema(), entry.origin()) else { continue };
        for crd in crds.of(entry.group, entry.kind, "") {
            let Some(other) = crd.version(entry.version).and_then(|version| version.pack()?.root()) else { continue };
            compared += 1;
            let found = differences(carried, other);
            same += usize::from(found.is_empty());
            println!("{}/{} {}, {}: {} differences", entry.group, entry.version, entry.kind, crd.path, found.len());
            for difference in found {
                println!("  {difference}");
                let sort = match &difference.what {
                    What::Type(_) => "type differs".to_owned(),
                    other => other.to_string(),
                };
                *totals.entry((origin.project.to_owned(), sort)).or_default() += 1;
            }
        }
    }
    println!("\n{count} definitions read; {compared} pairs of a carried kind and one of them compared, {same} equal");
    for ((project, sort), count) in totals {
        println!("{count:>6}  {project}: {sort}");
    }
    Ok(())
}
