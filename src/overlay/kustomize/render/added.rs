//! What an owner adds to a build, by the rules of its engine: Argo CD runs `kustomize edit` in the folder before it builds, Flux
//! writes its own fields into the kustomization. Leaves out the notes of origins that Flux asks for where a kustomization names no
//! resources, so that Kustomize does not take it for an empty one.

use std::borrow::Cow;

use crate::source::Span;
use crate::yaml::{Node, NodeKind};

use super::object::Object;
use super::problem::{Problem, Reason};
use super::transform::{Image, Labelled, Placed, Replicas, split};
use super::{Addition, Here, Renderer, list, optional, pairs, target};
use crate::overlay::Engine;

/// Keeps what the kustomization has, in an image of Argo CD.
const PRESERVE: &str = "*";

type Pairs<'t> = Vec<(String, Cow<'t, str>, Span)>;

/// What is merged with fields of the kustomization.
#[derive(Default)]
pub(super) struct More<'t> {
    engine: Option<Engine>,
    labels: Pairs<'t>,
    /// Where labels go beside the objects; none where they go into selectors, too.
    beside: Option<Labelled>,
    annotations: Pairs<'t>,
    /// Whether labels and annotations may take the place of others.
    force: (bool, bool),
    replicas: Vec<Replicas<'t>>,
    images: Vec<Image<'t>>,
    /// Where the owner says all this.
    pub place: Option<Span>,
}

impl<'t> More<'t> {
    pub fn of(added: &'t Addition) -> Result<Self, Problem> {
        let node = added.node();
        let mut more = Self { engine: Some(added.engine), place: Some(added.place), ..Self::default() };
        match added.engine {
            Engine::Flux => {
                let items = list(node, "images").filter(|item| item.kind() == NodeKind::Mapping);
                more.images = items.map(Image::read).collect::<Result<_, _>>()?;
            }
            Engine::ArgoCd => {
                let flag = |field: &str| node.at(&[field]).and_then(Node::as_bool).unwrap_or(false);
                more.labels = filled(pairs(node, "commonLabels")?);
                more.annotations = filled(pairs(node, "commonAnnotations")?);
                more.force = (flag("forceCommonLabels"), flag("forceCommonAnnotations"));
                let templates = flag("labelIncludeTemplates");
                if templates && !flag("labelWithoutSelector") && !more.labels.is_empty() {
                    let at = node.at(&["labelIncludeTemplates"]).map_or(added.place, Node::span);
                    let message = "`labelIncludeTemplates` without `labelWithoutSelector`, which Argo CD refuses";
                    return Err(Problem::new(Reason::Refused, at, message));
                }
                more.beside = flag("labelWithoutSelector").then(|| Labelled { templates, ..Labelled::default() });
                for item in list(node, "replicas") {
                    more.replicas.extend(count(item)?);
                }
                for item in list(node, "images") {
                    more.images.extend(image(item)?);
                }
            }
        }
        Ok(more)
    }

    /// The entry of `labels` that the owner's labels are written into: the first that goes where they go.
    pub fn joins(&self, root: Option<Node<'_>>) -> Option<usize> {
        let (beside, _) = self.labels_beside()?;
        root.into_iter().flat_map(|root| list(root, "labels")).position(|item| {
            let flag = |name: &str| item.at(&[name]).and_then(Node::as_bool).unwrap_or(false);
            !flag("includeSelectors") && flag("includeTemplates") == beside.templates
        })
    }

    /// The labels that go beside the objects, and where.
    pub fn labels_beside(&self) -> Option<(Labelled, &Pairs<'t>)> {
        self.beside.filter(|_| !self.labels.is_empty()).map(|beside| (beside, &self.labels))
    }

    /// Labels of the kustomization, with the owner's where those are written there.
    pub fn labels(&self, own: Vec<(String, &'t str, Span)>, here: bool) -> Result<Pairs<'t>, Problem> {
        joined(own, if here { &self.labels } else { &[] }, self.force.0, "label")
    }

    /// `commonAnnotations` with the owner's.
    pub fn annotations(&self, common: Vec<(String, &'t str, Span)>) -> Result<Pairs<'t>, Problem> {
        joined(common, &self.annotations, self.force.1, "annotation")
    }

    /// `replicas` with the owner's in place of those of the same name.
    pub fn replicas(self: &'t More<'t>, mut own: Vec<Replicas<'t>>) -> Vec<Replicas<'t>> {
        own.retain(|one| !self.replicas.iter().any(|other| other.name == one.name));
        own.extend(self.replicas.iter().map(|one| Replicas { ..*one }));
        own
    }

    /// `images` with the owner's.
    pub fn images(&self, mut own: Vec<Image<'t>>) -> Vec<Image<'t>> {
        let name = |image: &Image<'_>| image.name.as_ref().map_or(String::new(), |(name, _)| name.to_string());
        if self.images.is_empty() {
            return own;
        }
        if self.engine == Some(Engine::Flux) {
            for image in &self.images {
                match own.iter_mut().find(|one| name(one) == name(image)) {
                    Some(known) => *known = merged(known.clone(), image),
                    None => own.push(image.clone()),
                }
            }
            return own;
        }
        // of several of one name Argo CD's last holds, and the first of the kustomization
        let mut all: Vec<Image<'t>> = Vec::new();
        for image in &self.images {
            all.retain(|one| name(one) != name(image));
            all.push(image.clone());
        }
        for known in own {
            match all.iter_mut().find(|one| name(one) == name(&known)) {
                Some(image) => *image = replaced(&known, image.clone()),
                None => all.push(known),
            }
        }
        all.sort_by_key(name);
        all.into_iter().map(without_marks).collect()
    }
}

/// Flux fills in what it names; tag and digest are one.
fn merged<'t>(mut known: Image<'t>, image: &Image<'t>) -> Image<'t> {
    let said = |text: &Option<Placed<'t>>| text.as_ref().is_some_and(|(text, _)| !text.is_empty());
    if said(&image.new_name) {
        known.new_name.clone_from(&image.new_name);
    }
    if said(&image.tag) || said(&image.digest) {
        known.tag.clone_from(&image.tag);
        known.digest.clone_from(&image.digest);
    }
    known
}

/// Argo CD puts its own in place, but for what it marks to be kept.
fn replaced<'t>(known: &Image<'t>, mut image: Image<'t>) -> Image<'t> {
    let marked = |text: &Option<Placed<'_>>| text.as_ref().is_some_and(|(text, _)| text == PRESERVE);
    let parts =
        [(&mut image.new_name, &known.new_name), (&mut image.tag, &known.tag), (&mut image.digest, &known.digest)];
    for (own, other) in parts {
        if marked(own) {
            own.clone_from(other);
        }
    }
    image
}

fn without_marks(mut image: Image<'_>) -> Image<'_> {
    for part in [&mut image.new_name, &mut image.tag, &mut image.digest] {
        if part.as_ref().is_some_and(|(text, _)| text == PRESERVE) {
            *part = None;
        }
    }
    image
}

/// An image of an Application: `name:tag`, `name=other:tag@digest`; nothing of what is filled in later.
fn image(item: Node<'_>) -> Result<Option<Image<'_>>, Problem> {
    let Some(text) = item.as_str() else { return Ok(None) };
    let (text, at) = (filled_in(text), item.span());
    let owned = |part: &str| (!part.is_empty()).then(|| (Cow::Owned(part.to_owned()), at));
    let (key, value) = text.split_once('=').map_or(("", &*text), |(key, value)| (key, value));
    let (name, tag, digest) = split(value);
    let (name, new_name) = if key.is_empty() { (name, "") } else { (key, name) };
    if name == text {
        let message = "an image without a tag, a digest or a new name, which Argo CD refuses";
        return if item.is_unknowable() { Ok(None) } else { Err(Problem::new(Reason::Refused, at, message)) };
    }
    Ok(Some(Image {
        name: owned(name),
        new_name: owned(new_name),
        tag: owned(tag),
        suffix: None,
        digest: owned(digest),
        entry: at,
    }))
}

/// An entry of `replicas`, whose count may be a text.
fn count(item: Node<'_>) -> Result<Option<Replicas<'_>>, Problem> {
    let Some((name, name_at)) = optional(item, "name")? else { return Ok(None) };
    let Some(count) = item.at(&["count"]) else { return Ok(None) };
    if count.is_unknowable() {
        return Ok(None);
    }
    match count.as_int().or_else(|| count.text()?.parse().ok()) {
        Some(number) => Ok(Some(Replicas { name, name_at, count: number, at: count.span() })),
        None => Err(Problem::new(Reason::Refused, count.span(), "`count` is no whole number")),
    }
}

/// Argo CD's own variables (`$ARGOCD_APP_NAME`) in the form that is known to be filled in later.
fn filled_in(text: &str) -> Cow<'_, str> {
    if !text.contains("$ARGOCD_") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$ARGOCD_") {
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
        let (name, more) = after.split_at(end);
        out.push_str(before);
        out.push_str("${ARGOCD_");
        out.push_str(name);
        out.push('}');
        rest = more;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Labels and annotations as they are written on a command line: quotes around a value are taken off.
fn filled<'t>(pairs: Vec<(String, &'t str, Span)>) -> Pairs<'t> {
    let bare = |value: &'t str| value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    pairs.into_iter().map(|(key, value, at)| (key, filled_in(bare(value)), at)).collect()
}

/// Pairs of the kustomization with those of the owner, by name.
fn joined<'t>(
    own: Vec<(String, &'t str, Span)>,
    more: &[(String, Cow<'t, str>, Span)],
    force: bool,
    what: &str,
) -> Result<Pairs<'t>, Problem> {
    let mut out: Pairs<'t> = own.into_iter().map(|(key, value, at)| (key, Cow::Borrowed(value), at)).collect();
    for (key, value, at) in more {
        match out.iter_mut().find(|(known, _, _)| known == key) {
            Some(_) if !force => return Err(taken(what, key, *at)),
            Some(known) => *known = (key.clone(), value.clone(), *at),
            None => out.push((key.clone(), value.clone(), *at)),
        }
    }
    out.sort_by(|(a, _, _), (b, _, _)| a.cmp(b));
    Ok(out)
}

fn taken(what: &str, key: &str, at: Span) -> Problem {
    let message = format!("the kustomization sets the {what} `{key}` already, and Argo CD replaces none without force");
    Problem::new(Reason::Refused, at, message)
}

impl Renderer<'_> {
    /// The Components that an owner adds, those that it may go without where they are not there left out.
    pub(super) fn added_components<'a>(
        &self,
        folder: &str,
        root: Option<Node<'_>>,
        added: &'a Addition,
    ) -> Vec<Node<'a>> {
        let node = added.node();
        let lax = node.at(&["ignoreMissingComponents"]).and_then(Node::as_bool).unwrap_or(false);
        let own: Vec<&str> =
            root.into_iter().flat_map(|root| list(root, "components")).filter_map(Node::as_str).collect();
        let is_there =
            |text: &str| target(folder, text).is_some_and(|path| self.snapshot.below(&path).next().is_some());
        list(node, "components")
            .filter(|item| match item.as_str() {
                Some(text) => (!lax || is_there(text)) && (added.engine == Engine::Flux || !own.contains(&text)),
                None => true,
            })
            .collect()
    }

    /// The patches that an owner adds. One that another owner gave it stands in that one's file.
    pub(super) fn added_patches(&self, objects: &mut Vec<Object>, there: &Here<'_>) -> Result<(), Problem> {
        for item in list(there.root, "patches") {
            let written = item.at(&["patch"]).map_or(item.span(), Node::span);
            let source = self.snapshot.source(written.source).unwrap_or(there.source);
            self.patch(objects, &Here { source, ..*there }, item)?;
        }
        Ok(())
    }
}
