//! Transformers, generators and validators that are objects of their own: Kustomize's builtin ones, in files, in folders
//! or written out in the kustomization. Whatever else stands there is a program, which is not run.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::source::{Source, Span};
use crate::yaml::{Content, Draft, Grounds, Node, Origin, Tree, Type};

use super::fields::{self, Make};
use super::load::{self, Inline};
use super::notes::{self, By, Spot};
use super::object::Object;
use super::problem::{Problem, Reason};
use super::replace::lookup;
use super::select::Selector;
use super::specs::{FieldSpec, specs, split};
use super::transform::{Image, Replicas, Space, Subjects, affix, images, namespace, put, replicas, set_namespace};
use super::{Accumulated, Here, Renderer, Taken, Way, hash, list, optional, pairs, string};

/// One of them.
pub(super) struct Plugin {
    tree: Arc<Tree>,
    source: Arc<Source>,
    /// Its kind.
    pub kind: String,
    /// What a program is told as, and where.
    entry: Span,
    builtin: bool,
    /// The file that it stands in, as the root of the build sees it.
    file: Spot,
    /// Its name and namespace.
    name: (String, String),
}

impl Renderer<'_> {
    /// Those that a field lists: what is written out first, then files and folders.
    pub(super) fn plugins(&self, here: &Here<'_>, field: &str, way: &mut Way) -> Result<Vec<Plugin>, Problem> {
        let mut out = Vec::new();
        let mut paths = Vec::new();
        let mut ids = FxHashSet::default();
        let mut new = |object: &Object, place: Span| {
            if ids.insert(object.id()) {
                return Ok(());
            }
            let message =
                format!("there is a {} in `{field}` already: give this one a name of its own", object.id().told());
            Err(Problem::new(Reason::Duplicate, place, message))
        };
        for item in list(here.root, field) {
            let text = string(item, &format!("an entry of `{field}`"))?;
            if text.trim().is_empty() {
                continue;
            }
            if !(text.contains('\n') || text.starts_with('{')) {
                paths.push((item, text));
                continue;
            }
            let inline = Inline::new(here.source, item);
            let moved = |problem: Problem| Problem { place: problem.place.map(|span| inline.place(span).0), ..problem };
            let trees = load::parse(&inline.source).and_then(load::Read::strictly).map_err(moved)?;
            let file = way.seen(name_of(here.source.path()));
            for object in load::objects(&trees, &|span| inline.place(span))? {
                new(&object, object.entry)?;
                out.push(Plugin::of(&object, here.source, &file));
            }
        }
        for (item, text) in paths {
            let is_file = self
                .known(here.folder, text)
                .and_then(|path| self.snapshot.find(&path))
                .is_some_and(|id| self.is_file(id));
            if is_file {
                let (_, id) = self.file(here.folder, item)?;
                let objects = self.objects(id, item.span())?;
                let source = self.snapshot.source(id);
                let source = source.map_err(|why| Problem::new(Reason::Unreadable, item.span(), why.to_string()))?;
                let trees = self.trees(id, item.span())?;
                for (at, object) in objects.iter().enumerate() {
                    new(object, item.span())?;
                    let mut plugin = Plugin::of(object, source, &way.seen(text));
                    // the tree as it was written keeps the styles of its texts
                    if let (true, Some(tree)) = (trees.len() == objects.len(), trees.get(at)) {
                        plugin.tree = Arc::clone(tree);
                    }
                    out.push(plugin);
                }
                continue;
            }
            let mut build = Accumulated::new();
            let mut taken = Taken::by(&build.objects);
            self.resource(&mut build, &mut taken, here.folder, item, way)?;
            for object in &build.objects {
                new(object, item.span())?;
                let written = object.root.origin.written.source;
                let source = self.snapshot.source(written).unwrap_or(here.source);
                let file = notes::file(object).unwrap_or_else(|| way.seen(text));
                out.push(Plugin::of(object, source, &file));
            }
        }
        Ok(out)
    }

    /// Runs a generator.
    pub(super) fn generate_by(&self, here: &Here<'_>, plugin: &Plugin) -> Result<Vec<Object>, Problem> {
        let node = plugin.tree.root();
        let here = Here { source: &plugin.source, root: node, ..*here };
        plugin.is_known()?;
        match &*plugin.kind {
            "ConfigMapGenerator" => Ok(vec![self.generate(&here, None, node, false)?]),
            "SecretGenerator" => Ok(vec![self.generate(&here, None, node, true)?]),
            "IAMPolicyGenerator" => Ok(vec![policy(node, plugin.entry)?]),
            "HelmChartInflationGenerator" => {
                let message =
                    "a Helm chart, which Kustomize renders with `--enable-helm` only: charts are not rendered here";
                Err(Problem::new(Reason::Helm, plugin.entry, message))
            }
            kind => Err(Problem::new(Reason::Refused, plugin.entry, format!("{kind} is no generator of Kustomize"))),
        }
    }

    /// Runs a transformer.
    pub(super) fn transform_by(
        &self,
        objects: &mut Vec<Object>,
        here: &Here<'_>,
        plugin: &Plugin,
    ) -> Result<(), Problem> {
        let node = plugin.tree.root();
        let here = &Here { source: &plugin.source, root: node, ..*here };
        plugin.is_known()?;
        let fields = node.at(&["fieldSpecs"]).map_or_else(Vec::new, specs);
        let refuse = |message: &str| Problem::new(Reason::Refused, plugin.entry, message);
        match &*plugin.kind {
            "AnnotationsTransformer" => {
                for (key, value, at) in pairs(node, "annotations")? {
                    put(objects, &fields, "commonAnnotations", (&key, value, at), &Grounds::default())?;
                }
            }
            "LabelTransformer" => {
                for (key, value, at) in pairs(node, "labels")? {
                    put(objects, &fields, "labels", (&key, value, at), &Grounds::default())?;
                }
            }
            "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" => {
                if node.at(&["fieldSpecs"]).is_none() {
                    return Err(refuse("a prefix or suffix needs `fieldSpecs`, such as `path: metadata/name`"));
                }
                for (key, kind, front) in
                    [("prefix", "SuffixTransformer", true), ("suffix", "PrefixTransformer", false)]
                {
                    if plugin.kind != kind {
                        let (text, at) = optional(node, key)?.unwrap_or(("", plugin.entry));
                        affix(objects, text, front, at, &fields)?;
                    }
                }
            }
            "NamespaceTransformer" => self.namespace_by(objects, node, &fields)?,
            "ImageTagTransformer" => {
                images(objects, &Image::read(node.at(&["imageTag"]).unwrap_or(node))?, &fields)?;
            }
            "ReplicaCountTransformer" => {
                let Some(replica) = node.at(&["replica"]) else { return Err(refuse("there is no `replica`")) };
                replicas(objects, &Replicas::read(replica)?, &fields)?;
            }
            "PatchTransformer" => self.patch(objects, here, node)?,
            "PatchJson6902Transformer" => self.json_patch(objects, here, node, "jsonOp")?,
            "PatchStrategicMergeTransformer" => {
                let text = optional(node, "patches")?;
                if !self.merges(objects, here, list(node, "paths"))? && text.is_none() {
                    return Err(refuse("there is neither `paths` nor `patches`"));
                }
                if let (Some(_), Some(item)) = (text, node.get("patches")) {
                    self.merges_of_text(objects, here, item)?;
                }
            }
            "ReplacementTransformer" => self.replacements(objects, here, node)?,
            "HashTransformer" => add_hashes(objects)?,
            "ValueAddTransformer" => self.add_value(objects, here, plugin)?,
            kind => return Err(refuse(&format!("{kind} is no transformer of Kustomize"))),
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "one of several transformers")]
    fn namespace_by(&self, objects: &mut [Object], node: Node<'_>, specs: &[FieldSpec]) -> Result<(), Problem> {
        let subjects = match optional(node, "setRoleBindingSubjects")? {
            None | Some(("defaultOnly", _)) => Subjects::Default,
            Some(("allServiceAccounts", _)) => Subjects::Accounts,
            Some(("none", _)) => Subjects::None,
            Some((_, at)) => {
                let message = "`setRoleBindingSubjects` is none of defaultOnly, allServiceAccounts and none";
                return Err(Problem::new(Reason::Refused, at, message));
            }
        };
        let unset_only = node.at(&["unsetOnly"]).and_then(Node::as_bool).unwrap_or(false);
        match node.at(&["metadata"]).map(|meta| optional(meta, "namespace")).transpose()?.flatten() {
            Some((name, at)) => namespace(objects, &Space { name, at, specs, unset_only, subjects }),
            None => Ok(()),
        }
    }

    fn add_value(&self, objects: &mut [Object], here: &Here<'_>, plugin: &Plugin) -> Result<(), Problem> {
        let node = plugin.tree.root();
        let refuse = |message: &str| Problem::new(Reason::Refused, plugin.entry, message);
        let (value, at) = match optional(node, "value")?.filter(|(text, _)| !text.trim().is_empty()) {
            Some((text, at)) => (text.trim(), at),
            None => (name_of(here.folder), plugin.entry),
        };
        let mut first = None;
        if let Some(path) = node.at(&["targetFilePath"]) {
            let (_, id) = self.file(here.folder, path)?;
            first = self.first_tree(id, path.span())?;
        }
        let more = first.iter().flat_map(|first| list(first.read.root(), "targets"));
        let targets: Vec<Node<'_>> = list(node, "targets").chain(more).collect();
        if targets.is_empty() {
            return Err(refuse("there are no `targets`"));
        }
        for one in targets {
            let selector = one.at(&["selector"]).map(Selector::read).transpose()?;
            let Some((path, path_at)) = optional(one, "fieldPath")? else {
                return Err(Problem::new(Reason::Refused, one.handle(), "a target needs a `fieldPath`"));
            };
            let place = one.at(&["filePathPosition"]).and_then(Node::as_int).unwrap_or(0);
            if place < 0 {
                return Err(Problem::new(Reason::Refused, one.handle(), "`filePathPosition` is below 0"));
            }
            for object in objects.iter_mut() {
                if let Some(selector) = &selector
                    && !selector.selects(object)?
                {
                    continue;
                }
                let grounds = Grounds::of(super::said(one).into_iter().chain(object.places()));
                let origin = Origin::said("valueAdd", at, &grounds);
                if path == "metadata/namespace" {
                    set_namespace(object, at, &mut |node| *node = Draft::text(value, origin.clone()))?;
                    continue;
                }
                let parts = split(path);
                let found = lookup(&object.root, &parts).map_err(|m| Problem::new(Reason::Refused, path_at, m))?;
                if found.is_some_and(|found| !matches!(found.content, Content::Scalar(..))) {
                    return Err(Problem::new(Reason::Refused, path_at, "the field is no scalar"));
                }
                let spec = FieldSpec { path: parts, ..FieldSpec::everywhere(&[]) };
                let way = fields::apply(object, &spec, Make::Scalar, path_at, &mut |node| {
                    let old = node.as_text().unwrap_or("").to_owned();
                    let mut origin = origin.clone();
                    let new = if place > 0 {
                        origin.parts.push(node.origin.written);
                        origin.exact = false;
                        inserted(&old, usize::try_from(place - 1).unwrap_or(0), value)
                    } else {
                        value.to_owned()
                    };
                    *node = Draft::text(&new, origin);
                });
                way.map_err(|_| Problem::new(Reason::Refused, path_at, "the path runs through a scalar"))?;
            }
        }
        Ok(())
    }
}

/// Puts a part into a path of a file at a position.
fn inserted(path: &str, at: usize, part: &str) -> String {
    let (root, rest) = path.strip_prefix('/').map_or(("", path), |rest| ("/", rest));
    let mut parts: Vec<&str> = rest.split('/').filter(|one| !one.is_empty()).collect();
    parts.insert(at.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}

/// Appends the hash to the names of what generators made.
pub(super) fn add_hashes(objects: &mut [Object]) -> Result<(), Problem> {
    for object in objects.iter_mut().filter(|object| object.hashed) {
        let name = format!("{}-{}", object.name(), hash::suffix(object));
        object.remember()?;
        let entry = object.entry;
        object.set_meta("name", &name, "hash", entry);
        // all that the hash is made of has a part in the name
        let (mut parts, mut grounds) = (Vec::new(), Vec::new());
        for field in ["data", "binaryData", "stringData", "type"] {
            let Some(value) = object.root.get(field) else { continue };
            let values = value.entries().iter().map(|(_, value)| value).chain(value.as_text().map(|_| value));
            for value in values {
                parts.extend(value.origin.places());
                grounds.extend(value.origin.grounds());
            }
        }
        if let Some(name) = object.edit().get_mut("metadata").and_then(|meta| Arc::make_mut(meta).get_mut("name")) {
            let origin = &mut Arc::make_mut(name).origin;
            origin.parts.extend(parts);
            if let Some(step) = origin.steps.last_mut() {
                step.grounds = step.grounds.and(grounds);
            }
        }
    }
    Ok(())
}

/// The account that an IAMPolicyGenerator makes.
fn policy(node: Node<'_>, entry: Span) -> Result<Object, Problem> {
    let text = |above: &str, key: &str| -> Result<(String, Span), Problem> {
        let found = node.at(&[above]).map(|owner| optional(owner, key)).transpose()?.flatten();
        Ok(found.map_or_else(|| (String::new(), entry), |(text, at)| (text.to_owned(), at)))
    };
    if node.at(&["cloud"]).and_then(Node::as_str) != Some("gke") {
        return Err(Problem::new(Reason::Refused, entry, "`cloud` is not `gke`, the only one that Kustomize knows"));
    }
    let (name, name_at) = text("kubernetesService", "name")?;
    let (space, space_at) = text("kubernetesService", "namespace")?;
    let ((account, account_at), (project, project_at)) =
        (text("serviceAccount", "name")?, text("serviceAccount", "projectId")?);
    let made = || Origin::made("IAMPolicyGenerator", entry);
    let mut object = Draft { content: Content::Mapping(Vec::new()), origin: made() };
    object.set("apiVersion", entry, Draft::text("v1", made()));
    object.set("kind", entry, Draft::text("ServiceAccount", made()));
    let mut meta = Draft { content: Content::Mapping(Vec::new()), origin: made() };
    let mut notes = Draft { content: Content::Mapping(Vec::new()), origin: made() };
    let mut origin = made();
    origin.parts.extend([account_at, project_at]);
    let mail = format!("{account}@{project}.iam.gserviceaccount.com");
    notes.set("iam.gke.io/gcp-service-account", entry, Draft::text(&mail, origin));
    meta.set("annotations", entry, Arc::new(notes));
    let plain = |text: &str, at: Span| {
        Arc::new(Draft { content: Content::Scalar(text.into(), Type::Plain), origin: Origin::at(at) })
    };
    meta.set("name", name_at, plain(&name, name_at));
    if !space.is_empty() {
        meta.set("namespace", space_at, plain(&space, space_at));
    }
    object.set("metadata", entry, Arc::new(meta));
    let mut object = Object::new(Arc::new(object));
    object.entry = entry;
    Ok(object)
}

impl Plugin {
    fn of(object: &Object, source: &Arc<Source>, file: &Spot) -> Self {
        let gvk = object.gvk();
        Self {
            tree: Arc::new(object.root.freeze(source)),
            source: Arc::clone(source),
            entry: object.root.get("kind").map_or(object.entry, |kind| kind.origin.written),
            builtin: gvk.group.is_empty() && gvk.version == "builtin",
            kind: gvk.kind,
            file: file.clone(),
            name: (object.name().to_owned(), object.namespace().to_owned()),
        }
    }

    /// Who it is, for notes.
    pub fn by(&self) -> By<'_> {
        let name = (self.name.0.as_str(), self.name.1.as_str());
        By { file: self.file.clone(), version: "builtin", kind: &self.kind, name }
    }

    fn is_known(&self) -> Result<(), Problem> {
        if self.builtin {
            return Ok(());
        }
        let message = format!("{} is none of Kustomize's own: it is a program, and none is run here", self.kind);
        Err(Problem::new(Reason::Program, self.entry, message))
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
