//! `buildMetadata`: the annotations in which Kustomize notes where an object comes from and what changed it, and the
//! label that says who manages it. The paths count from the folder of the build.

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Node, Origin};

use super::object::Object;
use super::problem::{Problem, Reason};
use super::{Addition, list};
use crate::overlay::Engine;

const ORIGIN: &str = "config.kubernetes.io/origin";
const CHANGES: &str = "alpha.config.kubernetes.io/transformations";

/// Who made or changed an object.
pub(super) struct By<'a> {
    /// The file that asks for it.
    pub file: String,
    pub version: &'a str,
    pub kind: &'a str,
    pub name: (&'a str, &'a str),
}

impl By<'_> {
    fn told(&self, indent: &str) -> String {
        let mut out = format!("configuredIn: {}\n{indent}configuredBy:\n", self.file);
        let pairs =
            [("apiVersion", self.version), ("kind", self.kind), ("name", self.name.0), ("namespace", self.name.1)];
        for (key, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            out.push_str(&format!("{indent}  {key}: {value}\n"));
        }
        out
    }
}

/// Notes the file that an object was read from.
pub(super) fn read_from(object: &mut Object, file: &str, entry: Span) {
    set(object, ORIGIN, &format!("path: {file}\n"), entry);
}

/// Notes the generator of an object, unless it has a note already.
pub(super) fn made_by(object: &mut Object, by: &By<'_>, entry: Span) {
    if get(object, ORIGIN).is_none() {
        set(object, ORIGIN, &by.told(""), entry);
    }
}

/// Notes a transformer that ran over all objects.
pub(super) fn changed_by(objects: &mut [Object], by: &By<'_>, entry: Span) {
    for object in objects {
        if get(object, ORIGIN).is_none() {
            set(object, ORIGIN, &by.told(""), entry);
            continue;
        }
        let old = get(object, CHANGES).unwrap_or_default();
        set(object, CHANGES, &format!("{old}- {}", by.told("  ")), entry);
    }
}

/// The note of an object's origin.
pub(super) fn origin(object: &Object) -> Option<String> {
    get(object, ORIGIN)
}

/// The file that an object was read from, where that is noted.
pub(super) fn file(object: &Object) -> Option<String> {
    Some(origin(object)?.strip_prefix("path: ")?.trim_end_matches('\n').to_owned())
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
