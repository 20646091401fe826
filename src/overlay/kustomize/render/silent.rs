//! Entries of a kustomization that do nothing, or something else than they seem to. Kustomize says nothing of them. Leaves out
//! which of them are worth telling: an entry of a base or a Component may do something in another build.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::finding::nearest;
use crate::source::Span;
use crate::yaml::{Content, Draft, Node};

use super::merge::Fields;
use super::object::Object;

/// What kind of entry does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Idle {
    /// A patch whose `target` selects no object.
    Patch,
    /// An image that no container has.
    Image,
    /// A target of a replacement that selects no object.
    Replacement,
    /// A document behind the first one of a JSON patch.
    Document,
    /// A list of a patch that takes the place of another, because the kind's schema is not known.
    List,
}

/// An entry that does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// Its kind.
    pub what: Idle,
    /// What it is for, in words: `Deployment web`.
    pub wanted: String,
    /// The nearest of what is there.
    pub near: Option<String>,
    /// Where.
    pub place: Span,
}

/// Where they are noted while a kustomization is followed.
pub(super) type Silence = RefCell<Vec<Silent>>;

/// Notes a selector that selects nothing.
pub(super) fn note_target(silence: &Silence, what: Idle, selector: Node<'_>, objects: &[Object]) {
    let text = |key: &str| selector.get(key).and_then(Node::as_str).unwrap_or("");
    let (kind, name) = (text("kind"), text("name"));
    let said = selector.get("name").or(selector.get("kind"));
    let place = said.map_or_else(|| selector.handle(), Node::span);
    let wanted = match (kind, name) {
        ("", "") => "such an object".to_owned(),
        (kind, "") => format!("`{kind}`"),
        ("", name) => format!("object called `{name}`"),
        (kind, name) => format!("`{kind} {name}`"),
    };
    let is_alike =
        |object: &&Object| !kind.is_empty() && object.kind() == kind && (name.is_empty() || object.name() == name);
    if let Some(alike) = objects.iter().find(is_alike) {
        // there is one, and something else of the selector keeps it out
        let gvk = alike.gvk();
        let other = [("group", gvk.group.as_str(), "the group"), ("version", gvk.version.as_str(), "the version")];
        let other = other.into_iter().find(|(key, has, _)| !text(key).is_empty() && text(key) != *has);
        if let Some((key, has, noun)) = other {
            let wanted = format!("{wanted} of {noun} `{}`", text(key));
            let place = selector.get(key).map_or(place, Node::span);
            silence.borrow_mut().push(Silent { what, wanted, near: Some(has.to_owned()), place });
            return;
        }
        let rest = [
            ("namespace", "in the namespace"),
            ("labelSelector", "with the labels"),
            ("annotationSelector", "with the annotations"),
        ];
        if let Some((key, words)) = rest.into_iter().find(|(key, _)| !text(key).is_empty()) {
            let wanted = format!("{wanted} {words} `{}`", text(key));
            note(silence, what, wanted, place);
            return;
        }
    }
    let names: Vec<String> = objects.iter().map(|object| format!("{} {}", object.kind(), object.name())).collect();
    let near = nearest(&format!("{kind} {name}"), names.iter().map(String::as_str)).map(str::to_owned);
    silence.borrow_mut().push(Silent { what, wanted, near, place });
}

/// Notes something that is told by its place.
pub(super) fn note(silence: &Silence, what: Idle, wanted: String, place: Span) {
    silence.borrow_mut().push(Silent { what, wanted, near: None, place });
}

/// Notes lists with names in an object of a kind without a schema that lost items by a patch: what is no list with keys is
/// replaced as a whole.
pub(super) fn note_dropped(silence: &Silence, object: &Object, before: &Draft) {
    let mut lost = Vec::new();
    dropped(before, &object.root, &mut lost);
    for (names, place) in lost {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        note(
            silence,
            Idle::List,
            format!(
                "{} {}, and {} {} gone",
                object.kind(),
                object.name(),
                names.join(", "),
                if names.len() == 1 { "is" } else { "are" }
            ),
            place,
        );
    }
}

fn dropped<'d>(before: &'d Draft, now: &'d Draft, into: &mut Vec<(Vec<&'d str>, Span)>) {
    let name = |item: &'d Draft| item.get("name").and_then(|name| name.as_text());
    let fields = Fields::of(now.entries());
    for (key, old) in before.entries() {
        let Some(new) = fields.get(&key.text) else { continue };
        if std::ptr::eq(&**old, &**new) {
            continue;
        }
        let there: BTreeSet<&str> = new.items().iter().filter_map(|item| name(item)).collect();
        let lost = |name: &&str| !there.contains(name);
        let names: Vec<&str> = old.items().iter().filter_map(|item| name(item)).filter(lost).collect();
        match new.items().first() {
            Some(first) if !names.is_empty() => into.push((names, first.origin.written)),
            _ => dropped(old, new, into),
        }
    }
}

/// Notes an image that nothing has.
pub(super) fn note_image(silence: &Silence, name: &str, place: Span, objects: &[Object]) {
    let names: Vec<&str> = objects.iter().flat_map(|object| images(&object.root)).map(without_tag).collect();
    let near = nearest(name, names.iter().copied()).map(str::to_owned);
    silence.borrow_mut().push(Silent { what: Idle::Image, wanted: name.to_owned(), near, place });
}

/// All images of an object.
pub(super) fn images(root: &Draft) -> Vec<&str> {
    let mut found = Vec::new();
    images_of(root, &mut found);
    found
}

fn images_of<'d>(node: &'d Draft, into: &mut Vec<&'d str>) {
    match &node.content {
        Content::Scalar(..) => {}
        Content::Sequence(items) => items.iter().for_each(|item| images_of(item, into)),
        Content::Mapping(entries) => {
            for (key, value) in entries {
                match value.as_text() {
                    Some(text) if &*key.text == "image" => into.push(text),
                    _ => images_of(value, into),
                }
            }
        }
    }
}

/// An image without tag and digest; a port is no tag.
fn without_tag(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}
