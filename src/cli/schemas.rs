//! `plimsoll schemas`: the definitions of kinds that a run judges by, and those that a repository keeps of its cluster.
//! Leaves out what is kept of a definition and how it is written: that is `facts`'.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::config::SCHEMAS_NAME;
use crate::engine;
use crate::facts::{self, Crd, DefinedBy, Definition, Definitions, MINORS};
use crate::finding::nearest;
use crate::kube::objects_of;
use crate::source::{MAX_SOURCE_BYTES, Source, SourceId};
use crate::yaml;

use super::job::{self, Job, JobArguments};
use super::{NOT_DONE, Refusal, baseline, check, root};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only this kind or group
    filter: Option<String>,
    /// Where schemas of your own are, as for `plimsoll check`
    #[arg(long, value_name = "LOCATION")]
    schema_location: Vec<String>,
    /// How to print
    #[arg(long, short = 'f', value_enum, default_value_t = Form::Human, value_name = "FORMAT")]
    format: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people
    Human,
    /// For machines
    Json,
}

#[derive(Subcommand)]
enum Action {
    /// Keep definitions of the cluster in the repository: kubectl get crds -o yaml | plimsoll schemas add -
    Add {
        /// Files or folders of CustomResourceDefinitions; `-` for standard input
        #[arg(required = true, value_name = "FILE")]
        paths: Vec<PathBuf>,
    },
    /// Take out what was added
    Remove {
        /// A group, or one kind of it
        #[arg(required = true, value_name = "GROUP[/KIND]")]
        names: Vec<String>,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    match &arguments.action {
        None => list(arguments)?,
        Some(Action::Add { paths }) => return add(paths),
        Some(Action::Remove { names }) => remove(names)?,
    }
    Ok(0)
}

/// What is listed.
struct Listed<'a> {
    filtered: bool,
    /// Kubernetes' own: by group and kind, its versions.
    own: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
    carried: Carried<'a>,
    found: Vec<&'a Crd>,
}

/// The kinds of each project that come with the binary: by project and release, by group and kind, its versions.
type Carried<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<(&'a str, &'a str), Vec<&'a str>>>;

fn list(arguments: &Arguments) -> Result<(), Refusal> {
    let job =
        Job::prepare(&JobArguments::with_schemas(&arguments.schema_location), check::look(check::Colour::Auto), None)?;
    let crds = engine::definitions(&job.snapshot, &job.config);
    let is = |name: &str| arguments.filter.as_deref().is_none_or(|filter| filter.eq_ignore_ascii_case(name));
    // a kind of Kubernetes' own in each of its versions
    let mut own: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for entry in facts::embedded().kinds().filter(|entry| is(entry.kind) || is(entry.group)) {
        own.entry((entry.group, entry.kind)).or_default().push(entry.version);
    }
    // a kind of a project's in each of its versions
    let mut carried: Carried<'_> = BTreeMap::new();
    for entry in facts::projects().kinds().filter(|entry| is(entry.kind) || is(entry.group)) {
        let Some(origin) = entry.origin() else { continue };
        let project = carried.entry((origin.project, origin.version)).or_default();
        project.entry((entry.group, entry.kind)).or_default().push(entry.version);
    }
    let mut found: Vec<&Crd> = crds.all().filter(|crd| is(&crd.kind) || is(&crd.group)).collect();
    found.sort_by_key(|crd| (crd.origin, &crd.group, &crd.kind, &crd.path));
    if let Some(filter) =
        arguments.filter.as_deref().filter(|_| own.is_empty() && carried.is_empty() && found.is_empty())
    {
        let known = facts::embedded().kinds().chain(facts::projects().kinds()).map(|entry| entry.kind);
        let near = nearest(filter, known.chain(crds.all().flat_map(|crd| [crd.kind.as_str(), crd.group.as_str()])));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        return Err(Refusal::new(format!("no schema of a kind or group called `{filter}`"))
            .help(format!("{near}`plimsoll schemas` lists what is known, `plimsoll schemas add` adds to it")));
    }
    let listed = Listed { filtered: arguments.filter.is_some(), own, carried, found };
    super::print(&match arguments.format {
        Form::Human => human(&job, &listed),
        Form::Json => machine(&job, &listed),
    });
    Ok(())
}

fn origin(origin: DefinedBy) -> &'static str {
    match origin {
        DefinedBy::Repository => "repository",
        DefinedBy::Added => "added",
        DefinedBy::Given => "given",
    }
}

fn human(job: &Job, listed: &Listed<'_>) -> String {
    let Listed { filtered, own, carried, found } = listed;
    let mut out = String::new();
    if *filtered {
        for ((group, kind), versions) in own {
            let group = if group.is_empty() { "core" } else { group };
            let _ = writeln!(out, "embedded    {kind} of {group}: {}", versions.join(", "));
        }
    } else {
        let (first, last) = (MINORS.start(), MINORS.end());
        let _ = writeln!(out, "embedded    {} kinds of Kubernetes, 1.{first} to 1.{last}", own.len());
    }
    for ((project, release), kinds) in carried {
        if !*filtered {
            let _ = writeln!(out, "carried     {} of {project} {release}", counted(kinds.len(), "kind"));
            continue;
        }
        for ((group, kind), versions) in kinds {
            let _ = writeln!(out, "carried     {kind} of {group}: {} ({project} {release})", versions.join(", "));
        }
    }
    for crd in found {
        let versions: Vec<String> = crd.versions.iter().map(version).collect();
        let (from, path) = (origin(crd.origin), job.shown(&crd.path));
        let _ = writeln!(out, "{from:10}  {} of {}: {} ({path})", crd.kind, crd.group, versions.join(", "));
    }
    if !*filtered {
        for place in job.config.schemas.iter().filter(|place| place.path != "default") {
            let _ = writeln!(out, "given       JSON Schemas and definitions at {}", place.written);
        }
    }
    if !*filtered && found.is_empty() && job.config.schemas.is_empty() {
        out.push_str(
            "no definitions of your own: `kubectl get crds -o yaml | plimsoll schemas add -` adds a cluster's\n",
        );
    }
    out
}

fn version(version: &facts::CrdVersion) -> String {
    let schema = if version.has_schema() { "" } else { ", without a schema" };
    let served = if version.served { "" } else { ", not served" };
    match format!("{served}{schema}").strip_prefix(", ") {
        Some(why) => format!("{} [{why}]", version.version),
        None => version.version.clone(),
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn machine(job: &Job, listed: &Listed<'_>) -> String {
    let Listed { filtered, own, carried, found } = listed;
    let minors: Vec<String> = MINORS.map(|minor| format!("1.{minor}")).collect();
    let mut embedded = json!({ "kubernetes": minors, "kinds": own.len() });
    if *filtered {
        let list =
            own.iter().map(|((group, kind), versions)| json!({ "group": group, "kind": kind, "versions": versions }));
        embedded["list"] = list.collect();
    }
    let projects: Vec<Value> = carried
        .iter()
        .map(|((project, release), kinds)| {
            let mut one = json!({ "project": project, "version": release, "kinds": kinds.len() });
            if *filtered {
                let list = kinds.iter();
                one["list"] = list
                    .map(|((group, kind), versions)| json!({ "group": group, "kind": kind, "versions": versions }))
                    .collect();
            }
            one
        })
        .collect();
    let of = |version: &facts::CrdVersion| json!({ "name": version.version, "served": version.served, "schema": version.has_schema() });
    let definitions: Vec<Value> = found
        .iter()
        .map(|crd| {
            json!({
                "origin": origin(crd.origin),
                "group": crd.group,
                "kind": crd.kind,
                "versions": crd.versions.iter().map(of).collect::<Vec<_>>(),
                "path": crd.path,
            })
        })
        .collect();
    let locations: Vec<&str> = job.config.schemas.iter().map(|place| place.written.as_str()).collect();
    let all = json!({ "embedded": embedded, "carried": projects, "definitions": definitions, "locations": locations });
    format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default())
}

/// The file of added definitions: where it is, and what it holds today.
struct Kept {
    file: PathBuf,
    shown: String,
    definitions: Definitions,
    text: Option<String>,
}

impl Kept {
    fn find(current: &Path) -> Result<Self, Refusal> {
        let place = root::find(&[PathBuf::from(".")], current)?;
        let file = place.root.join(SCHEMAS_NAME);
        let shown = root::shown(&place.root, current, SCHEMAS_NAME);
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { file, shown, definitions: Definitions::new(), text: None });
            }
            Err(error) => return Err(Refusal::new(format!("{shown}: {error}")).help("make it readable")),
        };
        let source = Arc::new(Source::new(SourceId(0), SCHEMAS_NAME, bytes));
        let (definitions, _) = facts::read_lock(&source).map_err(|problem| {
            let told = (problem.message, problem.span, problem.help);
            job::drawn(&source, shown.clone(), "schemas", told, check::look(check::Colour::Auto))
        })?;
        Ok(Self { file, shown, definitions, text: Some(source.text().to_owned()) })
    }

    /// Writes what it holds now; a file that would hold nothing is taken away.
    fn save(&self) -> Result<(), Refusal> {
        let failed = |error: std::io::Error| {
            Refusal::new(format!("{}: {error}", self.shown)).help("the definitions could not be written")
        };
        if self.definitions.is_empty() {
            return std::fs::remove_file(&self.file).map_err(failed);
        }
        let text = facts::write_lock(&self.definitions);
        if self.text.as_deref() == Some(text.as_str()) {
            return Ok(());
        }
        baseline::replace(&self.file, &text).map_err(failed)
    }
}

fn add(paths: &[PathBuf]) -> Result<u8, Refusal> {
    let current = job::current()?;
    let mut kept = Kept::find(&current)?;
    let mut read = Reading::default();
    for path in paths {
        let result = if path.as_os_str() == "-" {
            read.input()
        } else {
            read.path(&current.join(path), &path.display().to_string())
        };
        read.broken.extend(result.err());
    }
    if let Some(refusal) = read.conflict {
        return Err(refusal);
    }
    let broken = read.broken.len();
    if read.found.is_empty() {
        // the only one that was there says more than that there was none
        return Err(match read.broken.pop() {
            Some(refusal) => {
                read.broken.iter().for_each(super::complain);
                refusal
            }
            None => Refusal::new("no CustomResourceDefinition was read").help(
                "name files that hold some, or ask the cluster: kubectl get crds -o yaml | plimsoll schemas add -",
            ),
        });
    }
    let mut told = String::new();
    let (mut added, mut changed, mut same) = (0, 0, 0);
    for ((group, kind), (definition, _)) in read.found {
        let versions: Vec<&str> = definition.versions.iter().map(|version| version.name.as_str()).collect();
        let versions = versions.join(", ");
        let line = match kept.definitions.get(&(group.clone(), kind.clone())) {
            None => {
                added += 1;
                format!("added      {kind} of {group}: {versions}\n")
            }
            Some(known) if *known == definition => {
                same += 1;
                String::new()
            }
            Some(known) => {
                changed += 1;
                format!("changed    {kind} of {group}: {}\n", difference(known, &definition))
            }
        };
        told.push_str(&line);
        kept.definitions.insert((group, kind), definition);
    }
    kept.save()?;
    read.broken.iter().for_each(super::complain);
    let left = if broken == 0 { String::new() } else { format!(", {} left out", counted(broken, "file")) };
    super::print(&format!("{told}{}: {added} added, {changed} changed, {same} unchanged{left}\n", kept.shown));
    Ok(if broken == 0 { 0 } else { NOT_DONE })
}

/// Which versions came, went or changed.
fn difference(before: &Definition, after: &Definition) -> String {
    let mut parts = Vec::new();
    for version in &after.versions {
        match before.versions.iter().find(|one| one.name == version.name) {
            None => parts.push(format!("{} is new", version.name)),
            Some(one) if one != version => parts.push(format!("{} is another", version.name)),
            Some(_) => {}
        }
    }
    let gone = before.versions.iter().filter(|one| !after.versions.iter().any(|version| version.name == one.name));
    parts.extend(gone.map(|one| format!("{} is gone", one.name)));
    if parts.is_empty() { "its scope or the order of its versions".to_owned() } else { parts.join(", ") }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    /// Definitions, and the file of each.
    found: BTreeMap<(String, String), (Definition, String)>,
    /// Why files were left out.
    broken: Vec<Refusal>,
    /// Two definitions of one kind, of which nobody can tell which is meant.
    conflict: Option<Refusal>,
}

impl Reading {
    fn input(&mut self) -> Result<(), Refusal> {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| Refusal::new(format!("standard input: {error}")))?;
        self.bytes(bytes, "standard input", true)
    }

    fn path(&mut self, path: &Path, shown: &str) -> Result<(), Refusal> {
        let refuse = |shown: &str, why: &dyn std::fmt::Display| {
            Refusal::new(format!("{shown}: {why}")).help("name files or folders of CustomResourceDefinitions")
        };
        if !path.is_dir() {
            let bytes = std::fs::read(path).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => refuse(shown, &"there is no such file or folder"),
                _ => refuse(shown, &error),
            })?;
            return self.bytes(bytes, shown, true);
        }
        let walk = ignore::WalkBuilder::new(path)
            .standard_filters(false)
            .sort_by_file_name(std::ffi::OsStr::cmp)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| refuse(shown, &error))?;
            let inside = root::below(path, entry.path()).unwrap_or_default();
            // the file of added definitions holds none in the form that a cluster takes
            if !entry.file_type().is_some_and(|kind| kind.is_file()) || !engine::is_manifest(&inside) {
                continue;
            }
            let shown = format!("{}/{inside}", shown.trim_end_matches('/'));
            let read = match std::fs::read(entry.path()) {
                Ok(bytes) => self.bytes(bytes, &shown, false),
                Err(error) => Err(refuse(&shown, &error)),
            };
            // one that is broken keeps none of the others out
            self.broken.extend(read.err());
        }
        Ok(())
    }

    /// Reads one file. One of a folder may be no YAML at all, as long as it does not speak of definitions.
    fn bytes(&mut self, bytes: Vec<u8>, shown: &str, named: bool) -> Result<(), Refusal> {
        if bytes.len() as u64 > MAX_SOURCE_BYTES {
            return Err(Refusal::new(format!("{shown}: more than {} MiB", MAX_SOURCE_BYTES >> 20))
                .help("give the definitions in several files"));
        }
        let source = Arc::new(Source::new(SourceId(0), shown, bytes));
        if !named && !source.text().contains("CustomResourceDefinition") {
            return Ok(());
        }
        let mut found: BTreeMap<(String, String), Definition> = BTreeMap::new();
        for document in yaml::documents(&source) {
            if let Some(problem) = document.problems.iter().find(|problem| problem.is_fatal()) {
                let help =
                    problem.help.clone().unwrap_or_else(|| "nothing of the file was added: mend it first".to_owned());
                let told = (problem.message.clone(), problem.span, help);
                return Err(job::drawn(&source, shown.to_owned(), "schemas", told, check::look(check::Colour::Auto)));
            }
            let Some(tree) = &document.tree else { continue };
            for object in objects_of(tree, source.id(), document.ordinal) {
                if object.gvk.group != "apiextensions.k8s.io" || object.gvk.kind != "CustomResourceDefinition" {
                    continue;
                }
                let (key, definition) = Definition::of_crd(object.node()).map_err(|problem| {
                    let message = format!("a CustomResourceDefinition that cannot be read: {}", problem.message);
                    let told = (message, problem.span, problem.help);
                    job::drawn(&source, shown.to_owned(), "schemas", told, check::look(check::Colour::Auto))
                })?;
                let known = found.get(&key).map(|known| (known, shown));
                let known = known.or_else(|| self.found.get(&key).map(|(known, from)| (known, from.as_str())));
                if let Some((_, from)) = known.filter(|(known, _)| **known != definition) {
                    let what =
                        format!("two definitions of {} of {} that differ: in {from} and in {shown}", key.1, key.0);
                    self.conflict.get_or_insert(Refusal::new(what).help("add the one that the cluster has"));
                    return Ok(());
                }
                found.insert(key, definition);
            }
        }
        for (key, definition) in found {
            self.found.insert(key, (definition, shown.to_owned()));
        }
        Ok(())
    }
}

fn remove(names: &[String]) -> Result<(), Refusal> {
    let mut kept = Kept::find(&job::current()?)?;
    let mut told = String::new();
    for name in names {
        let (group, kind) = name.split_once('/').map_or((name.as_str(), None), |(group, kind)| (group, Some(kind)));
        let gone: Vec<(String, String)> = kept
            .definitions
            .keys()
            .filter(|(of, is)| of == group && kind.is_none_or(|kind| kind == is))
            .cloned()
            .collect();
        if gone.is_empty() {
            let known: Vec<String> =
                kept.definitions.keys().flat_map(|(group, kind)| [group.clone(), format!("{group}/{kind}")]).collect();
            let near = nearest(name, known.iter().map(String::as_str))
                .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            return Err(Refusal::new(format!("{}: nothing of `{name}` was added", kept.shown))
                .help(format!("{near}`plimsoll schemas` lists what was added")));
        }
        for key in gone {
            kept.definitions.remove(&key);
            let _ = writeln!(told, "removed    {} of {}", key.1, key.0);
        }
    }
    let left = kept.definitions.len();
    kept.save()?;
    let left = if left == 0 { "nothing is left, and the file is gone".to_owned() } else { format!("{left} left") };
    super::print(&format!("{told}{}: {left}\n", kept.shown));
    Ok(())
}
