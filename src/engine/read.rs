//! Reads and classifies every file, in parallel: bytes to documents. What a file is to its folder comes next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::check::{Document, Stage, Unread};
use crate::config::{self, BASELINE_NAME, Config, SCHEMAS_NAME};
use crate::kube::{self, Class, Gvk, objects_as};
use crate::overlay::kustomize::{self, Kustomization, Remotes};
use crate::overlay::{Addition, Owner, chart, name_of};
use crate::source::{
    Absence, Entry, FLUX_IGNORE_FILE, IGNORE_FILE, Listing, MAX_SOURCE_BYTES, Snapshot, Source, SourceId, is_outside,
};
use crate::yaml::{self, ProblemKind};

use super::Progress;

/// Files that this program reads for itself.
const OWN: [&str; 4] = [BASELINE_NAME, "CODEOWNERS", IGNORE_FILE, FLUX_IGNORE_FILE];

/// Whether a file may hold manifests, by its name: YAML and JSON, also under the names of templates, and Kustomize's
/// file without an ending.
#[must_use]
pub fn is_manifest(path: &str) -> bool {
    let name = name_of(path);
    let lower = name.to_ascii_lowercase();
    kube::has_ending(&lower, &kube::MANIFESTS) || name == "Kustomization"
}

/// What was read of a snapshot.
pub(super) struct Read {
    pub documents: Vec<Document>,
    pub kustomizations: Vec<Kustomization>,
    pub charts: BTreeSet<String>,
    pub unread: Vec<Unread>,
}

enum File {
    Documents(Vec<Document>, Option<Kustomization>),
    Unread(Unread),
}

pub(super) fn all(snapshot: &Snapshot, config: &Config, progress: &Progress) -> Read {
    // under any name that someone gave it in memory or on standard input
    let ours = |path: &str| {
        path.ends_with(".rego") || config.baseline_path.as_deref() == Some(path) || OWN.contains(&name_of(path))
    };
    let looked_at = |path: &str| !ours(path) && !config.ignore.is_match(path);
    let charts = chart::charts(snapshot.entries().map(|(_, entry)| entry.path.as_str()).filter(|path| looked_at(path)));
    let ids: Vec<SourceId> =
        snapshot.entries().filter(|(_, entry)| entry.read && looked_at(&entry.path)).map(|(id, _)| id).collect();
    progress.files.store(u32::try_from(ids.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
    let around = Around { charts: &charts, remotes: &config.remotes };
    let files: Vec<Vec<File>> = ids
        .par_chunks(BATCH)
        .map_init(yaml::Reader::default, |reader, ids| {
            let files = ids.iter().map(|id| file(snapshot, *id, around, reader, progress)).collect();
            progress.read.fetch_add(u32::try_from(ids.len()).unwrap_or(0), Ordering::Relaxed);
            files
        })
        .collect();
    let mut read = Read { documents: Vec::new(), kustomizations: Vec::new(), charts, unread: Vec::new() };
    let count = |file: &File| if let File::Documents(documents, _) = file { documents.len() } else { 0 };
    read.documents.reserve(files.iter().flatten().map(count).sum());
    for file in files.into_iter().flatten() {
        match file {
            File::Documents(documents, kustomization) => {
                read.documents.extend(documents);
                read.kustomizations.extend(kustomization);
            }
            File::Unread(unread) => read.unread.push(unread),
        }
    }
    read
}

/// What a file is read with.
#[derive(Clone, Copy)]
struct Around<'a> {
    charts: &'a BTreeSet<String>,
    remotes: &'a Remotes,
}

/// So many files are read by one thread in a row.
const BATCH: usize = 32;

/// Every kustomization of a snapshot.
pub(super) fn kustomizations(snapshot: &Snapshot, config: &Config) -> Vec<Kustomization> {
    let named = snapshot.entries().filter(|(_, entry)| kustomize::is_kustomization(&entry.path));
    let ids: Vec<SourceId> =
        named.filter(|(_, entry)| !config.ignore.is_match(&entry.path)).map(|(id, _)| id).collect();
    let (charts, progress) = (BTreeSet::new(), Progress::default());
    let around = Around { charts: &charts, remotes: &config.remotes };
    let read = |reader: &mut yaml::Reader, id: &SourceId| match file(snapshot, *id, around, reader, &progress) {
        File::Documents(_, kustomization) => kustomization,
        File::Unread(_) => None,
    };
    ids.par_iter().map_init(yaml::Reader::default, read).flatten().collect()
}

/// One file, by itself, in a snapshot that has these charts.
pub(super) fn one(snapshot: &Snapshot, id: SourceId, charts: &BTreeSet<String>) -> Vec<Document> {
    let around = Around { charts, remotes: &Remotes::default() };
    match file(snapshot, id, around, &mut yaml::Reader::default(), &Progress::default()) {
        File::Documents(documents, _) => documents,
        File::Unread(_) => Vec::new(),
    }
}

/// Adds to a listing what builds read and no name shows: the inputs of generators, patches under any ending, folders
/// that git ignores. They are known to builds and are not looked at for themselves.
pub fn complete(listing: &mut Listing, remotes: &Remotes) {
    listing.mount(remotes.mounts());
    if !listing.entries.iter().any(|entry| kustomize::is_kustomization(&entry.path)) {
        return;
    }
    let listed: BTreeSet<String> = listing.entries.iter().map(|entry| entry.path.clone()).collect();
    let mut added: BTreeSet<String> = BTreeSet::new();
    let mut folders: BTreeSet<String> = BTreeSet::new();
    let readable = listing.entries.iter().filter(|entry| entry.absence.is_none());
    let mut next: Vec<String> =
        readable.filter(|entry| kustomize::is_kustomization(&entry.path)).map(|entry| entry.path.clone()).collect();
    let mut also = added_from_elsewhere(listing, remotes);
    while !next.is_empty() {
        let mut named: Vec<String> =
            next.par_iter().with_min_len(16).flat_map_iter(|path| named(listing, path, remotes)).collect();
        named.append(&mut also);
        next.clear();
        let mut named: Vec<String> = named.into_iter().rev().collect();
        while let Some(path) = named.pop() {
            let inside = format!("{path}/");
            // of a folder that was looked through, all is known
            let is_known = added.contains(&path)
                || listed.contains(&path)
                || folders.contains(&path)
                || listed.range(inside.clone()..).next().is_some_and(|first| first.starts_with(&inside));
            if is_known {
                continue;
            }
            let absence = match listing.read(&path, SourceId(0)) {
                Ok(_) => None,
                Err(Absence::NotAFile("a folder")) => {
                    let files = kustomize::NAMES.iter().map(|name| format!("{inside}{name}"));
                    let there = files.filter(|file| !added.contains(file) && listing.read(file, SourceId(0)).is_ok());
                    next.extend(there);
                    folders.insert(path);
                    continue;
                }
                Err(Absence::Link { target, why, same_as: Some(to) }) => {
                    named.push(to.clone());
                    if listing.read(&to, SourceId(0)).err() == Some(Absence::NotAFile("a folder")) {
                        // from the folder of the link, however many links were on the way
                        let target = format!("{}{to}", "../".repeat(path.matches('/').count()));
                        Some(Absence::Link { target, why, same_as: None })
                    } else {
                        Some(Absence::Link { target, why, same_as: Some(to) })
                    }
                }
                Err(absence @ (Absence::TooLarge(_) | Absence::NotAFile(_))) if is_outside(&path) => Some(absence),
                Err(absence @ Absence::TooLarge(_)) => Some(absence),
                Err(_) => continue,
            };
            added.insert(path.clone());
            let read = is_manifest(&path);
            listing.entries.push(Entry { path, absence, wanted: false, read });
        }
        for path in &next {
            added.insert(path.clone());
            listing.entries.push(Entry { path: path.clone(), absence: None, wanted: false, read: true });
        }
    }
}

/// What stands for the Components that owners add and that would be fetched.
fn added_from_elsewhere(listing: &Listing, remotes: &Remotes) -> Vec<String> {
    if remotes.is_empty() {
        return Vec::new();
    }
    let is_read = |entry: &&Entry| entry.absence.is_none() && entry.read && is_manifest(&entry.path);
    let paths: Vec<&str> = listing.entries.iter().filter(is_read).map(|entry| entry.path.as_str()).collect();
    let added = |path: &&str| {
        let source = listing.read(path, SourceId(0)).ok().filter(|source| source.text().contains("components"));
        let documents = source.map(|source| yaml::documents(&Arc::new(source))).unwrap_or_default();
        let owners = documents.into_iter().filter_map(|document| Owner::of(&document.tree?, 0));
        let additions: Vec<Addition> = owners.flat_map(|owner| owner.additions).collect();
        additions.iter().flat_map(|one| kustomize::components(one, remotes)).collect::<Vec<_>>()
    };
    paths.par_iter().with_min_len(16).flat_map_iter(added).collect()
}

/// The paths that a kustomization names.
fn named(listing: &Listing, path: &str, remotes: &Remotes) -> Vec<String> {
    let Ok(source) = listing.read(path, SourceId(0)) else { return Vec::new() };
    let Some(tree) = yaml::documents(&Arc::new(source)).into_iter().find_map(|document| document.tree) else {
        return Vec::new();
    };
    kustomize::read(SourceId(0), path, tree.root(), remotes).references.into_iter().filter_map(|one| one.path).collect()
}

fn file(snapshot: &Snapshot, id: SourceId, around: Around<'_>, reader: &mut yaml::Reader, progress: &Progress) -> File {
    let Some(entry) = snapshot.entry(id) else { return File::Documents(Vec::new(), None) };
    let path = entry.path.as_str();
    match progress.during(Stage::Read, || snapshot.source(id)) {
        Ok(source) => progress.during(Stage::Parse, || parsed(source, entry, around, reader)),
        Err(absence) => File::Unread(unread(path, absence, entry.wanted)),
    }
}

fn parsed(source: &Arc<Source>, entry: &Entry, around: Around<'_>, reader: &mut yaml::Reader) -> File {
    let (id, path) = (source.id(), entry.path.as_str());
    let whole = |class: Class| {
        let end = u32::try_from(source.text().len()).unwrap_or(u32::MAX);
        let span = crate::source::Span::new(id, 0, end);
        let document = Document {
            source: id,
            path: source.shared_path(),
            ordinal: 0,
            span,
            class,
            ours: true,
            built: false,
            tree: None,
            objects: Vec::new(),
            problems: Vec::new(),
            exceptions: Vec::new(),
        };
        File::Documents(vec![document], None)
    };
    if name_of(path) == SCHEMAS_NAME {
        let reader = if path == SCHEMAS_NAME {
            "schemas that were added"
        } else {
            "schemas that were added to another root: those at the root of the run count"
        };
        return whole(Class::ClientConfig(reader));
    }
    // git-crypt keeps its ciphertext under the plain file's name
    if source.text().starts_with("\0GITCRYPT") {
        return whole(Class::Sops);
    }
    let role = chart::role(around.charts, path);
    if role == Some(Class::Template) || kube::looks_templated(path) {
        return whole(Class::Template);
    }
    let mut kustomization = None;
    let documents: Vec<Document> = reader
        .documents(source)
        .into_iter()
        .map(|document| {
            let empty = document.is_empty();
            let exceptions = config::exceptions(source, &document);
            let template = document.problems.iter().any(|problem| problem.kind == ProblemKind::Template);
            let gvk = document.tree.as_ref().and_then(|tree| Gvk::of(tree.root()));
            let class = match &document.tree {
                _ if template => Class::Template,
                Some(tree) if !document.problems.iter().any(yaml::Problem::is_fatal) => {
                    let class = kube::classify_as(tree.root(), gvk.as_ref(), name_of(path));
                    if class == Class::Kustomization && kustomize::is_kustomization(path) && kustomization.is_none() {
                        kustomization = Some(kustomize::read(id, path, tree.root(), around.remotes));
                    }
                    match (role, class) {
                        (Some(role), class) if !class.holds_objects() => role,
                        _ => class,
                    }
                }
                _ if empty => Class::Empty,
                _ => Class::Broken,
            };
            let problems = if template { Vec::new() } else { document.problems };
            let tree = if template { None } else { document.tree };
            let may_hold = class.holds_objects() || matches!(class, Class::Patch | Class::OtherTool);
            let known = tree.as_ref().zip(gvk).filter(|_| may_hold);
            let objects = known.map(|(tree, gvk)| objects_as(tree, gvk, id, document.ordinal));
            Document {
                source: id,
                path: source.shared_path(),
                objects: objects.unwrap_or_default(),
                ordinal: document.ordinal,
                span: document.span,
                built: false,
                ours: is_ours(class, path, source.slice(document.span)),
                class,
                tree,
                problems,
                exceptions,
            }
        })
        .map(|document| {
            if is_lax_json(path, &document, source.slice(document.span)) || is_dialect(&document) {
                Document { class: Class::OtherTool, problems: Vec::new(), ..document }
            } else {
                document
            }
        })
        .collect();
    File::Documents(documents, kustomization)
}

/// Whether a document speaks of Kubernetes. One that cannot be read does when it names an API version, or stands where
/// Kustomize or Helm look.
fn is_ours(class: Class, path: &str, text: &str) -> bool {
    match class {
        Class::Broken => {
            kustomize::is_kustomization(path)
                || ["Chart.yaml", "values.yaml"].contains(&name_of(path))
                || text.contains("apiVersion")
        }
        Class::OtherTool | Class::ClientConfig(_) => false,
        _ => true,
    }
}

/// Other tools' JSON may hold comments and trailing commas; it is ours only when it speaks of an object.
fn is_lax_json(path: &str, document: &Document, text: &str) -> bool {
    path.ends_with(".json") && document.class == Class::Broken && !text.contains("apiVersion")
}

/// What YAML 1.2 takes is another tool's affair, in a file that does not speak of Kubernetes.
fn is_dialect(document: &Document) -> bool {
    let fatal = |problem: &&yaml::Problem| problem.is_fatal();
    !document.ours
        && document.class == Class::Broken
        && document.problems.iter().filter(fatal).all(|problem| problem.kind == ProblemKind::Dialect)
}

fn unread(path: &str, absence: &Absence, wanted: bool) -> Unread {
    let (reason, help, failed) = match absence {
        Absence::Link { target, why, .. } => {
            (format!("a link to {target}: {why}"), "nothing to do, unless it was meant to be read", false)
        }
        Absence::NotAFile(what) => {
            (format!("{what} under the name of a manifest"), "rename it, or name it in `ignore`", false)
        }
        Absence::Submodule => (absence.to_string(), "check that repository by itself", false),
        Absence::Unreadable(why) => (why.clone(), "make it readable, or name it in `ignore`", true),
        Absence::TooLarge(bytes) => (
            format!("{} MiB, over the limit of {} MiB", bytes >> 20, MAX_SOURCE_BYTES >> 20),
            "name it in `ignore`: no manifest is that large",
            true,
        ),
    };
    Unread { path: path.to_owned(), reason, help, failed, wanted }
}
