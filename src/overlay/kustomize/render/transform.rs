//! What a kustomization does to all objects: namespace, names, labels, annotations, counts, images.

use std::borrow::Cow;
use std::sync::Arc;

use regex::Regex;

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Node, Origin, Type};

use super::added::More;
use super::fields::{self, Make};
use super::object::Object;
use super::problem::{Problem, Reason};
use super::select::regex;
use super::specs::{Config, FieldSpec, SpecClash, extend, specs};
use super::{Addition, Here, Renderer, list, optional, pairs, silent};

/// Whose namespace is set in the subjects of bindings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Subjects {
    /// Those that are named `default`.
    Default,
    /// All service accounts.
    Accounts,
    /// Nobody's.
    None,
}

/// A namespace that is set.
pub(super) struct Space<'a> {
    pub name: &'a str,
    pub at: Span,
    pub specs: &'a [FieldSpec],
    /// Only where there is none.
    pub unset_only: bool,
    pub subjects: Subjects,
}

impl Renderer<'_> {
    /// All transformers of a kustomization that have fields of their own in it, in Kustomize's order, with what an owner adds
    /// to its fields. `done` is told of each one that ran.
    pub(super) fn transform(
        &self,
        objects: &mut Vec<Object>,
        here: Option<&Here<'_>>,
        added: Option<(&Here<'_>, &Addition)>,
        config: &Config,
        done: &mut dyn FnMut(&mut Vec<Object>, &'static str),
    ) -> Result<(), Problem> {
        let own = |field: &'static str| here.into_iter().flat_map(move |here| list(here.root, field));
        if let Some(here) = here
            && self.merges(objects, here, list(here.root, "patchesStrategicMerge"))?
        {
            done(objects, "PatchStrategicMergeTransformer");
        }
        let old = |field: &'static str| {
            let of = added.filter(|(_, added)| added.old_patches().any(|one| one == field));
            of.into_iter().flat_map(move |(there, _)| list(there.root, field))
        };
        if let Some((there, _)) = added {
            Self::merges_of_nodes(objects, there, old("patchesStrategicMerge"))?;
            done(objects, "PatchStrategicMergeTransformer");
        }
        for item in own("patches") {
            if let Some(here) = here {
                self.patch(objects, here, item)?;
            }
            done(objects, "PatchTransformer");
        }
        if let Some((there, _)) = added {
            self.added_patches(objects, there)?;
            done(objects, "PatchTransformer");
        }
        // what an owner says takes the place of what the kustomization says
        let one = |field: &'static str, of_owner: &'static str| -> Result<Option<(&str, Span)>, Problem> {
            if let Some((there, _)) = added
                && let Some(found) = optional(there.root, of_owner)?
            {
                return Ok(Some(found));
            }
            here.map_or(Ok(None), |here| optional(here.root, field))
        };
        if let Some((name, at)) = one("namespace", added.map_or("namespace", |(_, added)| added.namespace()))? {
            let specs = &config.namespace;
            namespace(objects, &Space { name, at, specs, unset_only: false, subjects: Subjects::Default })?;
            done(objects, "NamespaceTransformer");
        }
        if let Some((prefix, at)) = one("namePrefix", "namePrefix")? {
            affix(objects, prefix, true, at, &config.prefix)?;
            done(objects, "PrefixTransformer");
        }
        if let Some((suffix, at)) = one("nameSuffix", "nameSuffix")? {
            affix(objects, suffix, false, at, &config.suffix)?;
            done(objects, "SuffixTransformer");
        }
        let more = added.map(|(_, added)| More::of(added)).transpose()?.unwrap_or_default();
        let joined = more.joins(here.map(|here| here.root));
        for (number, item) in own("labels").enumerate() {
            let flag = |name: &str| item.at(&[name]).and_then(Node::as_bool).unwrap_or(false);
            let mut fields = item.at(&["fields"]).map_or_else(Vec::new, specs);
            let which = Labelled {
                selectors: flag("includeSelectors"),
                templates: flag("includeTemplates"),
                claims: flag("includeVolumeClaimTemplates"),
            };
            which.fields(config, &mut fields).map_err(|clash| clash.at(item.handle()))?;
            let labels = more.labels(pairs(item, "pairs")?, joined == Some(number))?;
            let flags = ["includeSelectors", "includeTemplates", "includeVolumeClaimTemplates"];
            let grounds = Grounds::of(flags.iter().filter_map(|name| Some(item.at(&[name])?.span())));
            for (key, value, at) in &labels {
                put(objects, &fields, "labels", (key, value, *at), &grounds)?;
            }
            done(objects, "LabelTransformer");
        }
        let beside = more.labels_beside().filter(|_| joined.is_none());
        if let Some(((which, labels), place)) = beside.zip(more.place) {
            let mut fields = Vec::new();
            which.fields(config, &mut fields).map_err(|clash| clash.at(place))?;
            for (key, value, at) in labels {
                put(objects, &fields, "commonLabels", (key, value, *at), &Grounds::default())?;
            }
        }
        let common = here.map_or(Ok(Vec::new()), |here| pairs(here.root, "commonLabels"))?;
        let common = more.labels(common, beside.is_none() && joined.is_none())?;
        for (key, value, at) in &common {
            put(objects, &config.common_labels, "commonLabels", (key, value, *at), &Grounds::default())?;
        }
        // those of `labels` have it run as well
        if own("labels").next().is_some() || beside.is_some() || !common.is_empty() {
            done(objects, "LabelTransformer");
        }
        let annotations = here.map_or(Ok(Vec::new()), |here| pairs(here.root, "commonAnnotations"))?;
        let annotations = more.annotations(annotations)?;
        for (key, value, at) in &annotations {
            put(objects, &config.annotations, "commonAnnotations", (key, value, *at), &Grounds::default())?;
        }
        if !annotations.is_empty() {
            done(objects, "AnnotationsTransformer");
        }
        for item in own("patchesJson6902") {
            if let Some(here) = here {
                self.json_patch(objects, here, item, "patch")?;
            }
            done(objects, "PatchJson6902Transformer");
        }
        for item in old("patchesJson6902") {
            if let Some((there, _)) = added {
                self.json_patch(objects, there, item, "patch")?;
            }
            done(objects, "PatchJson6902Transformer");
        }
        let counts = own("replicas").map(Replicas::read).collect::<Result<Vec<_>, _>>()?;
        for one in more.replicas(counts) {
            replicas(objects, &one, &config.replicas)?;
            done(objects, "ReplicaCountTransformer");
        }
        let read = own("images").chain(own("imageTags")).map(Image::read).collect::<Result<Vec<_>, _>>()?;
        for image in more.images(read) {
            if !images(objects, &image, &config.images)?
                && let Some((name, place)) = &image.name
                && let Some(here) = here.or(added.map(|(there, _)| there))
            {
                silent::note_image(here.silence, name, *place, objects);
            }
            done(objects, "ImageTagTransformer");
        }
        if let Some(here) = here
            && list(here.root, "replacements").next().is_some()
        {
            self.replacements(objects, here, here.root)?;
            done(objects, "ReplacementTransformer");
        }
        Ok(())
    }
}

/// What labels are put on beside the object itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Labelled {
    pub selectors: bool,
    pub templates: bool,
    pub claims: bool,
}

impl Labelled {
    /// Adds the fields that hold them.
    fn fields(self, config: &Config, fields: &mut Vec<FieldSpec>) -> Result<(), SpecClash> {
        extend(fields, &config.labels)?;
        if self.selectors {
            return extend(fields, &config.common_labels);
        }
        if self.templates {
            extend(fields, &config.template_labels)?;
        }
        if self.claims {
            extend(fields, &config.claim_labels)?;
        }
        extend(fields, &[FieldSpec::everywhere(&["metadata", "labels"])])
    }
}

fn no_way(object: &Object, spec: &FieldSpec, entry: Span) -> Problem {
    let message = format!("in {}, `{}` runs through a scalar", object.id().told(), spec.path.join("/"));
    Problem::new(Reason::Refused, entry, message)
}

pub(super) fn put(
    objects: &mut [Object],
    specs: &[FieldSpec],
    what: &'static str,
    (key, value, at): (&str, &str, Span),
    grounds: &Grounds,
) -> Result<(), Problem> {
    let odd_key = reads_as_other(key);
    for object in objects {
        let alias = object.next_alias();
        let (mut odd, mut fresh) = (None, false);
        let mut set = |map: &mut Arc<Draft>, spec: &FieldSpec| {
            let mut origin = Origin::said(what, at, &grounds.and(spec.grounds.places()));
            if !matches!(map.content, Content::Mapping(_)) {
                odd = Some("it is put into what is no mapping").filter(|_| !map.is_null()).or(odd);
                return;
            }
            if let Some(old) = map.get(key) {
                origin.set_alias(old.origin.alias());
            } else {
                if odd_key {
                    odd = Some("it reads as something else than text, so that Kustomize cannot write it as a key");
                }
                origin.set_alias(alias);
                fresh = true;
            }
            Arc::make_mut(map).set(key, at, Draft::text(value, origin));
        };
        for spec in specs {
            let mut set = |map: &mut Arc<Draft>| set(map, spec);
            fields::apply(object, spec, Make::Mapping, at, &mut set).map_err(|_| no_way(object, spec, at))?;
        }
        if let Some(why) = odd {
            return Err(Problem::new(Reason::Refused, at, format!("`{key}`: {why}")));
        }
        if fresh {
            object.note_alias(value);
        }
    }
    Ok(())
}

/// Whether a key that Kustomize makes, always without quotes, reads as a number, a boolean, a time or null.
pub(super) fn reads_as_other(key: &str) -> bool {
    let plain = crate::yaml::plain_as(key, crate::yaml::Reading::Kustomize);
    key.is_empty() || !matches!(plain, crate::yaml::Scalar::Str(_)) || crate::yaml::timestamp(key).is_some()
}

pub(super) fn namespace(objects: &mut [Object], space: &Space<'_>) -> Result<(), Problem> {
    let &Space { name, at, specs, unset_only, subjects } = space;
    let set = |node: &mut Arc<Draft>, grounds: &Grounds| {
        if unset_only && node.as_text().is_some_and(|text| !text.is_empty()) {
            return;
        }
        *node = Draft::text(name, Origin::said("namespace", at, grounds));
    };
    let mut seen = rustc_hash::FxHashSet::default();
    for object in objects.iter_mut() {
        object.remember()?;
        let gvk = object.gvk();
        // what kind it is says whether it is in a namespace, and in which fields one is named
        let grounds = Grounds::of(object.kind_places());
        set_namespace(object, at, &mut |node| set(node, &grounds))?;
        let binding = matches!(&*gvk.kind, "RoleBinding" | "ClusterRoleBinding");
        let meant = |one: &Draft| {
            let is = |key: &str, want: &str| one.get(key).and_then(|value| value.as_text()) == Some(want);
            match subjects {
                Subjects::Default => is("name", "default"),
                Subjects::Accounts => is("kind", "ServiceAccount"),
                Subjects::None => false,
            }
        };
        if binding
            && object.root.get("subjects").is_some_and(|list| list.items().iter().any(|one| meant(one)))
            && let Some(subjects) = object.edit().get_mut("subjects")
            && let Content::Sequence(items) = &mut Arc::make_mut(subjects).content
        {
            for item in items.iter_mut().filter(|item| meant(item)) {
                let mut value = item.get("namespace").cloned().unwrap_or_else(|| Draft::text("", Origin::at(at)));
                set(&mut value, &grounds.and(item.get("name").map(|name| name.origin.written)));
                Arc::make_mut(item).set("namespace", at, value);
            }
        }
        for spec in specs {
            let path: Vec<&str> = spec.path.iter().map(String::as_str).collect();
            let skip = match path.as_slice() {
                ["metadata", "namespace"] => true,
                ["metadata", "name"] => !gvk.group.is_empty() || gvk.version != "v1",
                ["subjects", "namespace"] => binding && matches!(&*spec.gvk.kind, "RoleBinding" | "ClusterRoleBinding"),
                _ => false,
            };
            if !skip {
                let grounds = grounds.and(spec.grounds.places());
                let mut odd = None;
                let mut set = |node: &mut Arc<Draft>| match node.content {
                    Content::Scalar(..) => set(node, &grounds),
                    _ => odd = Some(node.origin.written),
                };
                fields::apply(object, spec, Make::Scalar, at, &mut set).map_err(|_| no_way(object, spec, at))?;
                if let Some(place) = odd {
                    let message = format!("`{}` is to hold a namespace, and this is no text", spec.path.join("/"));
                    return Err(Problem::new(Reason::Refused, place, message));
                }
            }
        }
    }
    // all of them have their new namespace by now; the first clash is the one that is told of
    for object in objects.iter() {
        let id = object.id();
        if !seen.insert((id.gvk.clone(), id.space().to_owned(), id.name.clone())) {
            let message = format!("two objects are {} once they are in one namespace", id.told());
            return Err(Problem::new(Reason::Duplicate, at, message));
        }
    }
    Ok(())
}

/// Sets `metadata.namespace` of what is not cluster-scoped.
pub(super) fn set_namespace(
    object: &mut Object,
    at: Span,
    set: &mut dyn FnMut(&mut Arc<Draft>),
) -> Result<(), Problem> {
    if object.gvk().is_cluster() {
        return Ok(());
    }
    let own = FieldSpec::everywhere(&["metadata", "namespace"]);
    fields::apply(object, &own, Make::Scalar, at, set).map_err(|_| no_way(object, &own, at))
}

pub(super) fn affix(
    objects: &mut [Object],
    text: &str,
    front: bool,
    at: Span,
    specs: &[FieldSpec],
) -> Result<(), Problem> {
    for object in objects {
        let original = object.original();
        let gvk = &original.gvk;
        let skipped = matches!(&*gvk.kind, "CustomResourceDefinition" | "Namespace")
            || (gvk.group == "apiregistration.k8s.io" && gvk.kind == "APIService");
        if skipped {
            continue;
        }
        for spec in specs.iter().filter(|spec| gvk.is_selected(&spec.gvk)) {
            if spec.path == ["metadata", "name"] {
                if front { &mut object.prefixes } else { &mut object.suffixes }.push(text.to_owned());
                if !text.is_empty() {
                    object.remember()?;
                    object.renamed = true;
                }
            }
            let mut odd = None;
            let grounds = Grounds::of(object.kind_places().into_iter().chain(spec.grounds.places()));
            fields::apply(object, spec, Make::Scalar, at, &mut |node| {
                if !matches!(node.content, Content::Scalar(..)) {
                    odd = Some(node.origin.written);
                    return;
                }
                let draft = Arc::make_mut(node);
                let old = draft.as_text().unwrap_or("").to_owned();
                let new = if front { format!("{text}{old}") } else { format!("{old}{text}") };
                draft.content = Content::Scalar(new.into(), Type::Str);
                draft.origin.changed(if front { "namePrefix" } else { "nameSuffix" }, at, &grounds);
            })
            .map_err(|_| no_way(object, spec, at))?;
            if let Some(place) = odd {
                let message = format!("`{}` is to get a prefix or suffix, and this is no text", spec.path.join("/"));
                return Err(Problem::new(Reason::Refused, place, message));
            }
        }
    }
    Ok(())
}

/// An entry of `replicas`.
pub(super) struct Replicas<'t> {
    pub name: &'t str,
    pub name_at: Span,
    pub count: i64,
    pub at: Span,
}

impl<'t> Replicas<'t> {
    pub fn read(item: Node<'t>) -> Result<Self, Problem> {
        let Some((name, name_at)) = optional(item, "name")? else {
            return Err(Problem::new(Reason::Refused, item.handle(), "an entry of `replicas` without a `name`"));
        };
        let count = item.at(&["count"]);
        let at = count.map_or(name_at, Node::span);
        match count.map_or(Some(0), Node::as_int) {
            Some(count) => Ok(Self { name, name_at, count, at }),
            None => Err(Problem::new(Reason::Refused, at, "`count` is no whole number")),
        }
    }
}

pub(super) fn replicas(objects: &mut [Object], of: &Replicas<'_>, specs: &[FieldSpec]) -> Result<(), Problem> {
    let &Replicas { name, name_at, count: number, at } = of;
    let mut found = false;
    for spec in specs {
        for object in objects.iter_mut() {
            let mut ids = object.ids_before();
            ids.push(object.id());
            if !ids.iter().any(|id| id.name == name && id.gvk.is_selected(&spec.gvk)) {
                continue;
            }
            found = true;
            let grounds = Grounds::of([name_at].into_iter().chain(object.places()).chain(spec.grounds.places()));
            let mut odd = None;
            fields::apply(object, spec, Make::Scalar, at, &mut |node| {
                if !matches!(node.content, Content::Scalar(..)) {
                    odd = Some(node.origin.written);
                    return;
                }
                let origin = Origin::said("replicas", at, &grounds);
                *node = Arc::new(Draft { content: Content::Scalar(number.to_string().into(), Type::Plain), origin });
            })
            .map_err(|_| no_way(object, spec, at))?;
            if let Some(place) = odd {
                let message = format!("`{}` is to hold a count, and this is none", spec.path.join("/"));
                return Err(Problem::new(Reason::Refused, place, message));
            }
        }
    }
    if found {
        return Ok(());
    }
    let message = format!("nothing of the build that has replicas goes by `{name}`");
    Err(Problem::new(Reason::NoTarget, name_at, message))
}

/// A text with its place.
pub(super) type Placed<'t> = (Cow<'t, str>, Span);

/// An entry of `images`.
#[derive(Clone)]
pub(super) struct Image<'t> {
    pub name: Option<Placed<'t>>,
    pub new_name: Option<Placed<'t>>,
    pub tag: Option<Placed<'t>>,
    pub suffix: Option<Placed<'t>>,
    pub digest: Option<Placed<'t>>,
    /// Where it begins.
    pub entry: Span,
}

impl<'t> Image<'t> {
    pub fn read(item: Node<'t>) -> Result<Self, Problem> {
        let text = |field: &str| -> Result<Option<Placed<'t>>, Problem> {
            Ok(optional(item, field)?.map(|(text, at)| (Cow::Borrowed(text), at)))
        };
        Ok(Self {
            name: text("name")?,
            new_name: text("newName")?,
            tag: text("newTag")?,
            suffix: text("tagSuffix")?,
            digest: text("digest")?,
            entry: item.handle(),
        })
    }
}

/// Sets an image; says whether anything has it.
pub(super) fn images(objects: &mut [Object], image: &Image<'_>, specs: &[FieldSpec]) -> Result<bool, Problem> {
    let name = image.name.as_ref().map_or("", |(name, _)| name);
    let tail = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$";
    // a name that is no expression matches nothing, as there
    let Ok(pattern) = regex(&format!("^{name}{tail}")) else { return Ok(false) };
    let grounds = Grounds::of(image.name.as_ref().map(|(_, at)| *at));
    let image = &Wanted { pattern, image, grounds };
    let entry = image.image.entry;
    let mut found = false;
    for object in objects {
        if object.kind() == "CustomResourceDefinition" {
            continue;
        }
        if holds(&object.root, image) {
            found |= silent::images(&object.root).iter().any(|text| image.pattern.is_match(text));
            in_containers(&mut object.root, image);
            object.imaged = true;
        }
        for spec in specs {
            let mut odd = None;
            let mut put = |node: &mut Arc<Draft>| {
                if !matches!(node.content, Content::Scalar(..)) {
                    odd = Some(node.origin.written);
                }
                found |= node.as_text().is_some_and(|text| image.pattern.is_match(text));
                image.put(node);
            };
            fields::apply(object, spec, Make::Nothing, entry, &mut put).map_err(|_| no_way(object, spec, entry))?;
            if let Some(place) = odd {
                let message = format!("`{}` is to hold an image, and this is no text", spec.path.join("/"));
                return Err(Problem::new(Reason::Refused, place, message));
            }
        }
    }
    Ok(found)
}

/// Whether any container has an image that is meant; nothing is copied to find out.
fn holds(node: &Draft, image: &Wanted<'_>) -> bool {
    match &node.content {
        Content::Scalar(text, _) => image.pattern.is_match(text),
        Content::Mapping(entries) => entries.iter().any(|(_, value)| holds(value, image)),
        Content::Sequence(items) => items.iter().any(|item| holds(item, image)),
    }
}

/// `containers` and `initContainers`, wherever they are.
fn in_containers(node: &mut Arc<Draft>, image: &Wanted<'_>) {
    if matches!(node.content, Content::Scalar(..)) {
        return;
    }
    match &mut Arc::make_mut(node).content {
        Content::Scalar(..) => {}
        Content::Sequence(items) => items.iter_mut().for_each(|item| in_containers(item, image)),
        Content::Mapping(entries) => {
            for (key, value) in entries {
                in_containers(value, image);
                if matches!(&*key.text, "containers" | "initContainers")
                    && let Content::Sequence(items) = &mut Arc::make_mut(value).content
                {
                    for item in items {
                        if let Some(text) = Arc::make_mut(item).get_mut("image") {
                            image.put(text);
                        }
                    }
                }
            }
        }
    }
}

/// An image that is looked for.
struct Wanted<'i> {
    pattern: Regex,
    image: &'i Image<'i>,
    /// What says which images are meant.
    grounds: Grounds,
}

impl Wanted<'_> {
    fn put(&self, node: &mut Arc<Draft>) {
        let Some(old) = node.as_text().filter(|text| self.pattern.is_match(text)) else { return };
        let (name, tag, digest) = split(old);
        let Image { new_name, tag: new_tag, suffix, digest: new_digest, .. } = self.image;
        let mut new = new_name.as_ref().map_or(name, |(name, _)| name).to_owned();
        let (tag, digest): (String, &str) = match (new_tag, new_digest, suffix) {
            (Some((tag, _)), Some((digest, _)), _) => (tag.to_string(), digest),
            (Some((tag, _)), None, _) => (tag.to_string(), ""),
            (None, Some((digest, _)), _) => (String::new(), digest),
            (None, None, Some((suffix, _))) => (format!("{tag}{suffix}"), ""),
            (None, None, None) => (tag.to_owned(), digest),
        };
        if !tag.is_empty() {
            new = format!("{new}:{tag}");
        }
        if !digest.is_empty() {
            new = format!("{new}@{digest}");
        }
        if new == old {
            return;
        }
        let draft = Arc::make_mut(node);
        draft.content = Content::Scalar(new.into(), Type::Str);
        for (_, at) in [new_name, new_tag, suffix, new_digest].into_iter().flatten() {
            draft.origin.changed("images", *at, &self.grounds);
        }
    }
}

/// Name, tag and digest of an image; a port of the registry is no tag.
pub(super) fn split(image: &str) -> (&str, &str, &str) {
    let slash = image.find('/').unwrap_or(0);
    let rest = image.get(slash..).unwrap_or("");
    let (body, digest) = match rest.find('@') {
        Some(at) => (image.get(..slash + at).unwrap_or(image), rest.get(at + 1..).unwrap_or("")),
        None => (image, ""),
    };
    let tail = body.get(slash..).unwrap_or("");
    match tail.find(':') {
        Some(at) => (body.get(..slash + at).unwrap_or(body), tail.get(at + 1..).unwrap_or(""), digest),
        None => (body, "", digest),
    }
}
