//! `buildMetadata`: the annotations in which Kustomize notes where an object comes from and what changed it, and the
//! label that says who manages it. The paths count from the folder of the build.

use std::sync::Arc;

use crate::source::{Source, SourceId, Span};
use crate::yaml::{Content, Draft, Node, Origin, documents, emit};

use super::super::remote::{Noted, noted};
use super::object::Object;
use super::problem::{Problem, Reason};
use super::{Addition, list};
use crate::overlay::Engine;

const ORIGIN: &str = "config.kubernetes.io/origin";
const CHANGES: &str = "alpha.config.kubernetes.io/transformations";

/// Where something is, as the root of the build sees it: a path, from the root of a repository where it was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub path: String,
    repository: String,
    git_ref: String,
}

impl Spot {
    /// What an entry of a kustomization there means, or a file beside it.
    pub fn join(&self, entry: &str) -> Self {
        if let Some(Noted { repository, path, git_ref }) = noted(entry) {
            return Self { path, repository, git_ref };
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in self.path.split('/').chain(entry.split('/')) {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Self { path: parts.join("/"), ..self.clone() }
    }

    /// All of it in one text.
    pub fn key(&self) -> String {
        format!("{}\0{}\0{}", self.path, self.repository, self.git_ref)
    }

    /// The place that a note tells of; what was made is in no file.
    fn read(note: &str) -> Self {
        let source = Arc::new(Source::new(SourceId(0), "", note.as_bytes().to_vec()));
        let trees = documents(&source);
        let root = trees.iter().find_map(|one| one.tree.as_ref()).map(|tree| tree.root());
        let text = |key: &str| root.and_then(|root| root.get(key)?.text()).unwrap_or_default().to_owned();
        Self { path: text("path"), repository: text("repo"), git_ref: text("ref") }
    }

    /// As lines of a note; nothing is said of what is empty.
    fn told(&self, path: &str, entry: Span) -> String {
        let mut lines = [line("repo", &self.repository, entry), line("ref", &self.git_ref, entry)].concat();
        // a note of a file begins with it, one of who did something ends so
        let at = if path == "path" { 0 } else { lines.len() };
        lines.insert_str(at, &line(path, &self.path, entry));
        lines
    }
}

/// A line of a note, with quotes where YAML asks for them.
fn line(key: &str, text: &str, entry: Span) -> String {
    if text.is_empty() {
        return String::new();
    }
    let origin = || Origin::made("buildMetadata", entry);
    let mut map = Draft::mapping(origin());
    Arc::make_mut(&mut map).set(key, entry, Draft::text(text, origin()));
    emit(&map, &mut |_, _| {})
}

/// Who made or changed an object.
pub(super) struct By<'a> {
    /// The file that asks for it.
    pub file: Spot,
    pub version: &'a str,
    pub kind: &'a str,
    pub name: (&'a str, &'a str),
}

impl By<'_> {
    fn told(&self, entry: Span) -> String {
        let mut out = self.file.told("configuredIn", entry);
        out.push_str("configuredBy:\n");
        let pairs =
            [("apiVersion", self.version), ("kind", self.kind), ("name", self.name.0), ("namespace", self.name.1)];
        for (key, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            out.push_str("  ");
            out.push_str(&line(key, value, entry));
        }
        out
    }
}

/// Notes the file that an object was read from.
pub(super) fn read_from(object: &mut Object, file: &Spot, entry: Span) {
    set(object, ORIGIN, &file.told("path", entry), entry);
}

/// Notes the generator of an object, unless it has a note already.
pub(super) fn made_by(object: &mut Object, by: &By<'_>, entry: Span) {
    if get(object, ORIGIN).is_none() {
        set(object, ORIGIN, &by.told(entry), entry);
    }
}

/// Notes a transformer that ran over all objects.
pub(super) fn changed_by(objects: &mut [Object], by: &By<'_>, entry: Span) {
    let told = by.told(entry);
    let item: String = told.lines().zip(["- "].into_iter().chain(std::iter::repeat("  "))).fold(
        String::new(),
        |mut item, (line, indent)| {
            item.extend([indent, line, "\n"]);
            item
        },
    );
    for object in objects {
        if get(object, ORIGIN).is_none() {
            set(object, ORIGIN, &told, entry);
            continue;
        }
        let old = get(object, CHANGES).unwrap_or_default();
        set(object, CHANGES, &format!("{old}{item}"), entry);
    }
}

/// The note of an object's origin.
pub(super) fn origin(object: &Object) -> Option<String> {
    get(object, ORIGIN)
}

/// The file that an object was read from, where that is noted.
pub(super) fn file(object: &Object) -> Option<Spot> {
    Some(Spot::read(&origin(object)?))
}

/// Puts a note of an origin back.
pub(super) fn restore(object: &mut Object, note: &str, entry: Span) {
    set(object, ORIGIN, note, entry);
}

/// What is asked for: by the owner where it says anything, or else by the root of the build.
pub(super) fn asked<'t>(root: Option<Node<'t>>, added: Option<&'t Addition>) -> Vec<Node<'t>> {
    let of_owner = added.filter(|added| added.engine == Engine::Flux);
    let own: Vec<Node<'t>> = of_owner.into_iter().flat_map(|added| list(added.node(), "buildMetadata")).collect();
    // what is taken in as a resource asks for nothing
    let root = root.filter(|_| own.is_empty() && !added.is_some_and(|added| added.around));
    own.into_iter().chain(root.into_iter().flat_map(|root| list(root, "buildMetadata"))).collect()
}

/// Refuses notes of a kustomization that Flux makes: the paths in them are those of its own folders.
pub(super) fn refuse(asked: &[Node<'_>]) -> Result<(), Problem> {
    match asked.iter().find(|item| item.as_str() != Some("managedByLabel")) {
        Some(item) => {
            let message = "`buildMetadata` of a kustomization that Flux makes: not rendered yet";
            Err(Problem::new(Reason::NotYet, item.span(), message))
        }
        None => Ok(()),
    }
}

/// Leaves the notes that the root asks for, and adds its label.
pub(super) fn finish(objects: &mut [Object], asked: &[Node<'_>]) -> Result<(), Problem> {
    let asks = |what: &str| asked.iter().find(|item| item.as_str() == Some(what)).map(|item| item.span());
    for object in objects {
        if let Some(entry) = asks("managedByLabel") {
            let odd = |labels: &Draft| matches!(labels.content, Content::Scalar(..)) && !labels.is_null();
            if object.root.at(&["metadata", "labels"]).is_some_and(odd) {
                let message = format!("the labels of {} are no mapping", object.id().told());
                return Err(Problem::new(Reason::Refused, entry, message));
            }
            let label = Draft::text("kustomize-v5.8.2", Origin::made("buildMetadata", entry));
            put(object, "labels", "app.kubernetes.io/managed-by", label, entry);
        }
        for (what, key) in [("originAnnotations", ORIGIN), ("transformerAnnotations", CHANGES)] {
            if asks(what).is_none()
                && get(object, key).is_some()
                && let Some(notes) =
                    object.edit().get_mut("metadata").and_then(|meta| Arc::make_mut(meta).get_mut("annotations"))
            {
                Arc::make_mut(notes).remove(key);
            }
        }
    }
    Ok(())
}

fn get(object: &Object, key: &str) -> Option<String> {
    object.root.at(&["metadata", "annotations", key]).and_then(Draft::as_text).map(str::to_owned)
}

fn set(object: &mut Object, key: &str, text: &str, entry: Span) {
    put(object, "annotations", key, Draft::text(text, Origin::made("buildMetadata", entry)), entry);
    // Kustomize writes all of them anew
    object.spell("annotations");
}

fn put(object: &mut Object, field: &str, key: &str, value: Arc<Draft>, entry: Span) {
    let made = || Draft::mapping(Origin::made("buildMetadata", entry));
    let root = object.edit();
    if root.get("metadata").is_none() {
        root.set("metadata", entry, made());
    }
    let Some(meta) = root.get_mut("metadata").map(Arc::make_mut) else { return };
    if meta.get(field).is_none_or(|found| found.is_null()) {
        meta.set(field, entry, made());
    }
    if let Some(map) = meta.get_mut(field) {
        Arc::make_mut(map).set(key, entry, value);
    }
}
