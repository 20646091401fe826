//! What an owner adds to a build, by the rules of its engine: Argo CD runs `kustomize edit` in the folder before it builds, Flux
//! writes its own fields into the kustomization. Leaves out `buildMetadata` of Flux and the patch fields that its API no longer
//! has, `patchesStrategicMerge` and `patchesJson6902`.

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
                more.beside = flag("labelWithoutSelector").then(|| Labelled { templates, ..Labelled::default() });
                for item in list(node, "replicas") {
                    more.replicas.extend(count(item)?);
                }
                more.images = list(node, "images").filter_map(image).collect();
            }
        }
        Ok(more)
    }

    /// The labels that go into a field of their own, and `commonLabels` with the owner's.
    pub fn labels(
        &self,
        root: Option<Node<'_>>,
        common: Vec<(String, &'t str, Span)>,
    ) -> Result<(Option<(Labelled, Pairs<'t>)>, Pairs<'t>), Problem> {
        let Some(beside) = self.beside else {
            return Ok((None, joined(common, &self.labels, self.force.0, "label")?));
        };
        let same = |item: &Node<'_>| {
            let flag = |name: &str| item.at(&[name]).and_then(Node::as_bool).unwrap_or(false);
            !flag("includeSelectors") && flag("includeTemplates") == beside.templates
        };
        // it looks into the first entry of the kind
        let known = root.into_iter().flat_map(|root| list(root, "labels")).find(same);
        for (key, _, at) in self.labels.iter().filter(|_| !self.force.0) {
            if known.is_some_and(|item| item.at(&["pairs", key]).is_some()) {
                return Err(taken("label", key, *at));
            }
        }
        let own = (!self.labels.is_empty()).then(|| (beside, self.labels.clone()));
        Ok((own, joined(common, &[], true, "label")?))
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
        for image in &self.images {
            let Some(known) = own.iter_mut().find(|one| name(one) == name(image)) else {
                own.push(without_marks(image.clone()));
                continue;
            };
            *known = match self.engine {
                Some(Engine::Flux) => merged(known.clone(), image),
                _ => replaced(known, image.clone()),
            };
        }
        if self.engine == Some(Engine::ArgoCd) && !self.images.is_empty() {
            own.sort_by_key(name);
        }
        own
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

/// An image of an Application: `name:tag`, `name=other:tag@digest`; nothing of what names no image.
fn image(item: Node<'_>) -> Option<Image<'_>> {
    let (text, at) = (filled_in(item.as_str()?), item.span());
    let owned = |part: &str| (!part.is_empty()).then(|| (Cow::Owned(part.to_owned()), at));
    let (key, value) = text.split_once('=').map_or(("", &*text), |(key, value)| (key, value));
    let (name, tag, digest) = split(value);
    let (name, new_name) = if key.is_empty() { (name, "") } else { (key, name) };
    (name != text).then(|| Image {
        name: owned(name),
        new_name: owned(new_name),
        tag: owned(tag),
        suffix: None,
        digest: owned(digest),
        entry: at,
    })
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

fn filled<'t>(pairs: Vec<(String, &'t str, Span)>) -> Pairs<'t> {
    pairs.into_iter().map(|(key, value, at)| (key, filled_in(value), at)).collect()
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
