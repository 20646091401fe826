//! What a kind and its fields are, as `plimsoll explain Deployment.spec.strategy` tells it: type, values, defaults, which minors
//! have it, and a sentence about each. Leaves out what the server checks beyond the schema.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::config;
use crate::engine;
use crate::facts::{self, Additional, Crds, DefinedBy, KindEntry, MINORS, Pack, Schema, Type, life, ranges, stability};
use crate::finding::nearest;
use crate::report;

use super::job::{self, Job, JobArguments};
use super::{Refusal, check, root};

/// What is asked.
pub(super) struct Question<'q> {
    /// Kind and fields, with points between.
    pub path: &'q str,
    /// The version of the kind, where it is given.
    pub api_version: Option<&'q str>,
    /// The version of Kubernetes, where it is given.
    pub kubernetes_version: Option<&'q str>,
    /// Whether fields of fields are told too.
    pub recursive: bool,
}

/// How wide text is.
const WIDTH: usize = 100;

/// A kind that was found.
struct Kind {
    group: String,
    version: String,
    kind: String,
    home: Home,
    /// Other groups and versions that have a kind of this name.
    others: Vec<String>,
}

/// Where its schema is.
enum Home {
    /// Kubernetes itself.
    Own,
    /// A project, as text and whether namespaced.
    Project(String, bool),
    /// A definition: its file, schema and descriptions, and whether namespaced.
    Defined { path: String, schema: Option<Box<Pack>>, says: Option<Box<Pack>>, namespaced: Option<bool> },
}

/// A schema with what it says to people, at one place.
#[derive(Clone, Copy)]
struct Place<'a> {
    schema: Schema<'a>,
    says: Option<Schema<'a>>,
}

impl<'a> Place<'a> {
    /// The object whose fields are meant: through lists, and through maps of objects.
    fn inner(self) -> Self {
        let mut at = self;
        // schemas of definitions nest as deep as their file does
        for _ in 0..64 {
            let next = match (at.schema.items(), at.schema.additional()) {
                (Some(items), _) => Self { schema: items, says: at.says.and_then(Schema::items) },
                (None, Additional::Of(schema)) if !at.schema.has_properties() => Self { schema, says: values(at.says) },
                _ => return at,
            };
            at = next;
        }
        at
    }

    fn field(self, name: &str) -> Option<Self> {
        let inner = self.inner();
        let schema = inner.schema.property(name)?;
        Some(Self { schema, says: inner.says.and_then(|says| says.property(name)) })
    }

    fn fields(self) -> Vec<(&'a str, Self)> {
        let inner = self.inner();
        let says = |name: &str| inner.says.and_then(|says| says.property(name));
        inner.schema.properties().map(|(name, schema)| (name, Self { schema, says: says(name) })).collect()
    }
}

fn values(says: Option<Schema<'_>>) -> Option<Schema<'_>> {
    match says?.additional() {
        Additional::Of(says) => Some(says),
        _ => None,
    }
}

/// Answers; nothing where no kind has the name.
pub(super) fn tell(question: &Question<'_>) -> Result<Option<String>, Refusal> {
    let mut path = question.path.split('.').filter(|part| !part.is_empty());
    let Some(name) = path.next() else { return Ok(None) };
    let steps: Vec<&str> = path.map(|step| step.trim_end_matches("[]")).collect();
    let about = Surroundings::find(question.kubernetes_version)?;
    let Some(kind) = find(name, question, &about)? else { return Ok(None) };
    let minor = about.minor;
    let start = match &kind.home {
        Home::Own => own(&kind, minor),
        Home::Project(..) => facts::projects()
            .entry(&kind.group, &kind.version, &kind.kind)
            .and_then(KindEntry::custom_schema)
            .map(|schema| Place { schema, says: said(&kind, 0) }),
        Home::Defined { schema, says, .. } => schema
            .as_deref()
            .and_then(Pack::root)
            .map(|schema| Place { schema, says: says.as_deref().and_then(Pack::root) }),
    };
    let Some(start) = start else {
        return Err(Refusal::new(format!("{} of {}/{} has no schema", kind.kind, kind.group, kind.version))
            .help("its definition gives none for this version: ask for another with --api-version"));
    };
    let place = walk(&kind, start, &steps, minor)?;
    Ok(Some(report::harmless(&written(&kind, place, &steps, &about, question.recursive))))
}

/// The nearest kind of any that is carried.
pub(super) fn nearest_kind(name: &str) -> Option<&'static str> {
    let kinds = facts::embedded().kinds().chain(facts::projects().kinds());
    nearest(name, kinds.map(|entry| entry.kind).filter(|kind| !kind.ends_with("List")))
}

/// The version of Kubernetes that is meant, and the definitions of the repository where there is one.
struct Surroundings {
    minor: u16,
    crds: Crds,
}

impl Surroundings {
    fn find(version: Option<&str>) -> Result<Self, Refusal> {
        let version = version.map(config::minor).transpose().map_err(Refusal::new)?;
        let current = job::current()?;
        let place = root::find(&[PathBuf::from(".")], &current)?;
        let is_repository = place.root.join(".git").exists() || place.root.join(config::FILE_NAME).is_file();
        if !is_repository {
            return Ok(Self { minor: version.unwrap_or(*MINORS.end()), crds: Crds::default() });
        }
        let job = Job::prepare(&JobArguments::with_schemas(&[]), check::look(check::Colour::Auto), None)?;
        let configured = job.config.minors.all().last().copied();
        let minor = version.or(configured).unwrap_or(*MINORS.end());
        Ok(Self { minor, crds: engine::definitions(&job.snapshot, &job.config) })
    }
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// The kind that a name means: Kubernetes' own before those that the repository defines, and those before the carried.
fn find(name: &str, question: &Question<'_>, about: &Surroundings) -> Result<Option<Kind>, Refusal> {
    let lower = name.to_lowercase();
    let asked =
        |group: &str, version: &str| question.api_version.is_none_or(|wanted| wanted == api_version(group, version));
    let own: Vec<KindEntry<'_>> =
        facts::embedded().kinds().filter(|entry| facts::names(entry.kind).contains(&lower)).collect();
    let is_served = |entry: &&KindEntry<'_>| entry.schema(about.minor).is_some();
    let core = |group: &str| u8::from(group.is_empty());
    let best = own.iter().filter(is_served).filter(|entry| asked(entry.group, entry.version));
    let best = best.max_by_key(|entry| (core(entry.group), stability(entry.version), entry.group.ends_with("k8s.io")));
    let mut all: Vec<String> =
        own.iter().filter(is_served).map(|entry| api_version(entry.group, entry.version)).collect();
    let mut defined: Vec<(&facts::Crd, &facts::CrdVersion)> = Vec::new();
    for crd in about.crds.all() {
        let named = crd.kind.to_lowercase() == lower
            || crd.names.contains(&lower)
            || (crd.names.is_empty() && facts::plural(&crd.kind) == lower);
        if named {
            defined.extend(crd.versions.iter().map(|version| (crd, version)));
        }
    }
    all.extend(defined.iter().map(|(crd, version)| api_version(&crd.group, &version.version)));
    let carried: Vec<KindEntry<'_>> = facts::projects()
        .kinds()
        .filter(|entry| {
            entry.kind.to_lowercase() == lower || entry.origin().is_some_and(|origin| origin.plural == lower)
        })
        .collect();
    all.extend(carried.iter().map(|entry| api_version(entry.group, entry.version)));
    let others = |mine: &str| {
        let mut others: Vec<String> = all.iter().filter(|one| *one != mine).cloned().collect();
        others.sort();
        others.dedup();
        others
    };
    let made = |group: &str, version: &str, kind: &str, home| Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        home,
        others: others(&api_version(group, version)),
    };
    if let Some(entry) = best {
        return Ok(Some(made(entry.group, entry.version, entry.kind, Home::Own)));
    }
    let best = defined.iter().filter(|(crd, version)| asked(&crd.group, &version.version));
    // the repository's own before what was added or given
    let best = best.max_by_key(|(crd, version)| {
        (std::cmp::Reverse(crd.origin), version.served, version.has_schema(), stability(&version.version))
    });
    if let Some((crd, version)) = best {
        let schema = version.schema_alone().map(Box::new);
        let says = version.describe().map(Box::new);
        let path = match crd.origin {
            DefinedBy::Given => String::new(),
            DefinedBy::Repository | DefinedBy::Added => crd.path.clone(),
        };
        let home = Home::Defined { path, schema, says, namespaced: crd.namespaced };
        return Ok(Some(made(&crd.group, &version.version, &crd.kind, home)));
    }
    let best = carried.iter().filter(|entry| asked(entry.group, entry.version));
    if let Some((entry, origin)) =
        best.filter_map(|entry| Some((entry, entry.origin()?))).max_by_key(|(entry, _)| stability(entry.version))
    {
        let home = Home::Project(format!("{} {}", origin.project, origin.version), origin.namespaced);
        return Ok(Some(made(entry.group, entry.version, entry.kind, home)));
    }
    if let Some(wanted) = question.api_version.filter(|_| !all.is_empty()) {
        return Err(
            Refusal::new(format!("no `{name}` in `{wanted}`")).help(format!("it is in {}", others("").join(", ")))
        );
    }
    if let Some(entry) = own.iter().max_by_key(|entry| stability(entry.version)) {
        let served: Vec<u16> = entry.served().into_iter().flatten().collect();
        let newest = served.last().copied().unwrap_or(about.minor);
        return Err(Refusal::new(format!(
            "Kubernetes 1.{} has no `{}`: {} is in {}",
            about.minor,
            entry.kind,
            api_version(entry.group, entry.version),
            ranges(&served)
        ))
        .help(format!("add --kubernetes-version 1.{newest}")));
    }
    Ok(None)
}

fn own(kind: &Kind, minor: u16) -> Option<Place<'static>> {
    let schema = facts::embedded().kind(&kind.group, &kind.version, &kind.kind, minor)?;
    Some(Place { schema, says: said(kind, minor) })
}

fn said(kind: &Kind, minor: u16) -> Option<Schema<'static>> {
    facts::descriptions().kind(&kind.group, &kind.version, &kind.kind, minor)
}

/// The metadata of every object, which definitions leave to the server.
fn metadata(minor: u16) -> Option<Place<'static>> {
    let schema = facts::embedded().kind("", "v1", "ConfigMap", minor)?;
    Place { schema, says: facts::descriptions().kind("", "v1", "ConfigMap", minor) }.field("metadata")
}

fn walk<'a>(kind: &Kind, start: Place<'a>, steps: &[&str], minor: u16) -> Result<Place<'a>, Refusal> {
    let mut place = start;
    for (at, step) in steps.iter().enumerate() {
        let is_metadata = at == 0 && *step == "metadata" && !matches!(kind.home, Home::Own);
        let next = if is_metadata { metadata(minor) } else { place.field(step) };
        let Some(next) = next else { return Err(unknown(kind, place, steps, at)) };
        place = next;
    }
    Ok(place)
}

fn unknown(kind: &Kind, place: Place<'_>, steps: &[&str], at: usize) -> Refusal {
    let step = steps.get(at).copied().unwrap_or_default();
    let above = steps.get(..at).unwrap_or_default().join(".");
    let above = if above.is_empty() { kind.kind.clone() } else { format!("{}.{above}", kind.kind) };
    let refusal = Refusal::new(format!("{above} has no field `{step}`"));
    let known = steps.get(..=at).map(|path| minors_of(kind, path)).unwrap_or_default();
    if let Some(newest) = known.last() {
        return refusal.help(format!("it is in {}: add --kubernetes-version 1.{newest}", ranges(&known)));
    }
    let fields = place.fields();
    if let Some(near) = nearest(step, fields.iter().map(|(name, _)| *name)) {
        return refusal.help(report::harmless(&format!("did you mean `{near}`?")));
    }
    if fields.is_empty() {
        return refusal.help(format!("it is {}, and names no fields", type_of(place.schema)));
    }
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    refusal.help(report::harmless(&format!("it has {}", names.join(", "))))
}

/// The minors that have a field of a built-in kind.
fn minors_of(kind: &Kind, steps: &[&str]) -> Vec<u16> {
    if !matches!(kind.home, Home::Own) {
        return Vec::new();
    }
    let has = |minor: u16| steps.iter().try_fold(own(kind, minor)?, |place, step| place.field(step));
    MINORS.filter(|minor| has(*minor).is_some()).collect()
}

/// `since 1.29`, or the minors; nothing where the field is as old as its kind.
fn since(kind: &Kind, steps: &[&str]) -> Option<String> {
    let (all, has) = (minors_of(kind, &[]), minors_of(kind, steps));
    if has.is_empty() || has == all {
        return None;
    }
    let first = has.first().copied()?;
    if all.iter().filter(|minor| **minor >= first).eq(has.iter()) {
        return Some(format!("since 1.{first}"));
    }
    Some(format!("in {}", ranges(&has)))
}

fn type_of(schema: Schema<'_>) -> String {
    // no schema of the bundles nests lists deeper than this
    fn name(schema: Schema<'_>, depth: u8) -> String {
        let Some(depth) = depth.checked_sub(1) else { return "any".to_owned() };
        match schema.ty() {
            Type::Any => "any".to_owned(),
            Type::Object => match schema.additional() {
                Additional::Of(values) if !schema.has_properties() => format!("map[string]{}", name(values, depth)),
                _ => "object".to_owned(),
            },
            Type::Array => match schema.items() {
                Some(items) => format!("[]{}", name(items, depth)),
                None => "[]any".to_owned(),
            },
            Type::String => match schema.format() {
                Some("date-time") => "date-time".to_owned(),
                Some("byte") => "base64".to_owned(),
                _ => "string".to_owned(),
            },
            Type::Integer => "integer".to_owned(),
            Type::Number => "number".to_owned(),
            Type::Boolean => "boolean".to_owned(),
            Type::IntOrString => "int-or-string".to_owned(),
            Type::Quantity => "quantity".to_owned(),
        }
    }
    name(schema, 8)
}

/// The values of an enumeration; the empty text counts as not said.
fn values_of(schema: Schema<'_>) -> Vec<String> {
    let schema = schema.items().filter(|items| items.has_enum()).unwrap_or(schema);
    let values = schema.enum_values().filter(|value| value.as_str() != Some(""));
    values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
}

fn default_of(place: Place<'_>) -> Option<String> {
    let value = place.schema.default_value().or_else(|| place.says?.default_value())?;
    Some(value.to_string())
}

/// The field's own sentence, or that of what it holds.
fn sentence(place: Place<'_>) -> Option<&str> {
    place.says.and_then(Schema::description).or_else(|| place.inner().says?.description())
}

fn written(kind: &Kind, place: Place<'_>, steps: &[&str], about: &Surroundings, recursive: bool) -> String {
    let mut out = String::new();
    let mut line = |word: &str, text: &str| {
        let _ = writeln!(out, "{word:11} {text}");
    };
    line("KIND", &kind.kind);
    line("VERSION", &api_version(&kind.group, &kind.version));
    let scope = |namespaced: bool| if namespaced { "namespaced" } else { "cluster" };
    match &kind.home {
        Home::Own => {
            line("KUBERNETES", &format!("1.{}", about.minor));
            if let Some(of) = facts::scope(&kind.group, &kind.kind) {
                line("SCOPE", scope(of == facts::Scope::Namespaced));
            }
            if let Some(told) = deprecation(kind, about.minor) {
                line("DEPRECATED", &told);
            }
        }
        Home::Project(project, namespaced) => {
            line("SCOPE", scope(*namespaced));
            line("DEFINED BY", &format!("{project}; your cluster may have another release"));
        }
        Home::Defined { path, namespaced, .. } => {
            if let Some(namespaced) = namespaced {
                line("SCOPE", scope(*namespaced));
            }
            line("DEFINED BY", if path.is_empty() { "a definition among your schema locations" } else { path });
        }
    }
    if !steps.is_empty() {
        line("FIELD", &format!("{} <{}>", steps.join("."), type_of(place.schema)));
        let (last, above) = steps.split_last().map_or(("", steps), |(last, above)| (*last, above));
        if requires(kind, about, above, last) {
            line("REQUIRED", "yes");
        }
        if let Some(since) = since(kind, steps) {
            line("KNOWN", &since);
        }
    }
    let values = values_of(place.schema);
    if !values.is_empty() {
        line("ONE OF", &values.join(", "));
    }
    if let Some(default) = default_of(place) {
        line("DEFAULT", &default);
    }
    if let Some(pattern) = place.schema.pattern() {
        line("PATTERN", pattern);
    }
    let keys: Vec<&str> = place.schema.list_map_keys().collect();
    if !keys.is_empty() {
        line("UNIQUE BY", &keys.join(", "));
    }
    if !kind.others.is_empty() {
        line("ALSO IN", &format!("{} (choose with --api-version)", kind.others.join(", ")));
    }
    if let Some(text) = sentence(place) {
        out.push('\n');
        wrap(&mut out, text, 2);
    }
    let fields = place.fields();
    if !fields.is_empty() {
        out.push_str("\nFIELDS\n");
        let mut path = steps.to_vec();
        if recursive {
            tree(&mut out, kind, place, &mut path, 1, &mut Vec::new());
        } else {
            flat(&mut out, kind, place, &mut path);
        }
    }
    out
}

/// Whether the object above a field must have it.
fn requires(kind: &Kind, about: &Surroundings, above: &[&str], field: &str) -> bool {
    let start = match &kind.home {
        Home::Own => own(kind, about.minor).map(|place| place.schema),
        Home::Project(..) => {
            facts::projects().entry(&kind.group, &kind.version, &kind.kind).and_then(KindEntry::custom_schema)
        }
        Home::Defined { schema, .. } => schema.as_deref().and_then(Pack::root),
    };
    let start = start.map(|schema| Place { schema, says: None });
    let holder = start.and_then(|start| above.iter().try_fold(start, |place, step| place.field(step)));
    holder.is_some_and(|holder| holder.inner().schema.required().any(|name| name == field))
}

fn deprecation(kind: &Kind, minor: u16) -> Option<String> {
    let life = life(&kind.group, &kind.version, &kind.kind)?;
    let since = life.deprecated.filter(|since| *since <= minor)?;
    let gone = life.removed.map_or_else(String::new, |removed| format!(", gone with 1.{removed}"));
    let instead = life.replacement.map_or_else(String::new, |(to, kind)| format!("; use {to} {kind}"));
    Some(format!("since 1.{since}{gone}{instead}"))
}

/// `<string>, required, one of A, B, default "A", since 1.29`
fn traits<'k>(kind: &Kind, holder: Place<'_>, name: &'k str, field: Place<'_>, path: &mut Vec<&'k str>) -> String {
    let mut text = format!("<{}>", type_of(field.schema));
    if holder.inner().schema.required().any(|one| one == name) {
        text.push_str(", required");
    }
    let values = values_of(field.schema);
    if !values.is_empty() {
        let _ = write!(text, ", one of {}", values.join(", "));
    }
    if let Some(default) = default_of(field) {
        let _ = write!(text, ", default {default}");
    }
    path.push(name);
    if let Some(since) = since(kind, path) {
        let _ = write!(text, ", {since}");
    }
    path.pop();
    text
}

fn flat<'a>(out: &mut String, kind: &Kind, place: Place<'a>, path: &mut Vec<&'a str>) {
    for (at, (name, field)) in place.fields().into_iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "  {name} {}", traits(kind, place, name, field, path));
        if let Some(text) = sentence(field) {
            wrap(out, text, 4);
        }
    }
}

/// One line a field; a schema that holds itself is not gone into twice.
fn tree<'a>(
    out: &mut String,
    kind: &Kind,
    place: Place<'a>,
    path: &mut Vec<&'a str>,
    depth: usize,
    open: &mut Vec<u32>,
) {
    let id = place.inner().schema.id();
    open.push(id);
    for (name, field) in place.fields() {
        let again = open.contains(&field.inner().schema.id()) && !field.fields().is_empty();
        let mark = if again { " …" } else { "" };
        let _ =
            writeln!(out, "{:width$}{name} {}{mark}", "", traits(kind, place, name, field, path), width = depth * 2);
        if !again {
            path.push(name);
            tree(out, kind, field, path, depth + 1, open);
            path.pop();
        }
    }
    open.pop();
}

/// Text in lines of [`WIDTH`], each indented.
fn wrap(out: &mut String, text: &str, indent: usize) {
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width == 0 {
            let _ = write!(out, "{:indent$}{word}", "");
            width = indent + length;
        } else if width + 1 + length > WIDTH {
            let _ = write!(out, "\n{:indent$}{word}", "");
            width = indent + length;
        } else {
            let _ = write!(out, " {word}");
            width += 1 + length;
        }
    }
    out.push('\n');
}
