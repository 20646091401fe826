//! Renders a build natively, keeping for every value the place where it was written. Works over a snapshot: nothing is
//! fetched and nothing is run. What cannot be rendered, and what Kustomize refuses, is a [`Problem`] at the entry that
//! asks for it, never a partial result. The behaviour is that of kustomize 5.8 (api/internal/target).
//!
//! Left out so far, each told of as [`Reason::NotYet`]: `vars`, `crds`, `openapi`, `buildMetadata`, and transformers or
//! generators in files of their own.

mod fields;
mod generate;
mod hash;
mod json_patch;
mod load;
mod merge;
mod object;
mod patch;
mod problem;
mod refs;
mod replace;
mod select;
mod specs;
mod transform;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{Snapshot, Source, SourceId, Span};
use crate::yaml::{Draft, Node, NodeKind, Tree, emit};

pub use problem::{Problem, Reason};

use object::{Behaviour, Id, Object};
use specs::Config;

use super::target;

/// How deep kustomizations may take in each other.
pub(super) const MAX_DEPTH: usize = 100;

/// Kustomize's own order of kinds (`--reorder=legacy`, its default).
const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The fields that a kustomization may have (api/types/kustomization.go).
const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "openapi",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "vars",
    "sortOptions",
    "resources",
    "components",
    "crds",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "generatorOptions",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "buildMetadata",
];

/// An object that a build yields.
#[derive(Debug, Clone)]
pub struct Rendered {
    draft: Arc<Draft>,
}

impl Rendered {
    /// The object as a tree that remembers where each node comes from.
    #[must_use]
    pub fn tree(&self, snapshot: &Snapshot) -> Option<Tree> {
        let source = snapshot.source(self.draft.origin.written.source).ok()?;
        Some(self.draft.freeze(source))
    }

    /// The object itself.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }
}

/// The output of a build as Kustomize prints it. `mark` gets the line, from 0, of each scalar.
pub fn print(objects: &[Rendered], mark: &mut dyn FnMut(usize, &Draft)) -> String {
    let mut out = String::new();
    let mut lines = 0;
    for (at, object) in objects.iter().enumerate() {
        if at > 0 {
            out.push_str("---\n");
            lines += 1;
        }
        let text = emit(&object.draft, &mut |line, draft| mark(lines + line, draft));
        lines += text.bytes().filter(|byte| *byte == b'\n').count();
        out.push_str(&text);
    }
    out
}

/// What a kustomization makes of its files, before names are repaired.
#[derive(Clone)]
struct Accumulated {
    objects: Vec<Object>,
    config: Config,
    /// The folders of all kustomizations that were read for it.
    reached: BTreeSet<String>,
}

impl Accumulated {
    fn new() -> Self {
        Self { objects: Vec::new(), config: Config::default(), reached: BTreeSet::new() }
    }

    fn append(&mut self, more: impl IntoIterator<Item = Object>, entry: Span) -> Result<(), Problem> {
        let key = |id: &Id| (id.gvk.clone(), id.space().to_owned(), id.name.clone());
        let mut ids: FxHashSet<_> = self.objects.iter().map(|object| key(&object.id())).collect();
        for object in more {
            let id = object.id();
            if !ids.insert(key(&id)) {
                let message = format!("{} is in the build already: one of the two must go", id.told());
                return Err(Problem::new(Reason::Duplicate, entry, message));
            }
            self.objects.push(object);
        }
        Ok(())
    }

    /// Adds a generated object, or puts it in place of what it replaces.
    fn absorb(&mut self, mut object: Object) -> Result<(), Problem> {
        let id = object.id();
        let entry = object.entry;
        let mut found = (0..self.objects.len()).filter(|at| self.objects.get(*at).is_some_and(|one| one.goes_by(&id)));
        let (first, second) = (found.next(), found.next());
        if second.is_some() {
            let message = format!("{} may be one of several objects of the build", id.told());
            return Err(Problem::new(Reason::Refused, entry, message));
        }
        let Some(slot) = first.and_then(|at| self.objects.get_mut(at)) else {
            if object.behaviour == Behaviour::Create {
                return self.append([object], entry);
            }
            let message = format!("there is no {} that could be merged into or replaced", id.told());
            return Err(Problem::new(Reason::NoTarget, entry, message));
        };
        if object.behaviour == Behaviour::Create {
            let message = format!("{} is in the build already: give `behavior: merge` or `replace`", id.told());
            return Err(Problem::new(Reason::Duplicate, entry, message));
        }
        generate::inherit(&mut object, slot);
        *slot = object;
        Ok(())
    }
}

/// Renders the builds of a snapshot. Bases are rendered once and shared.
pub struct Renderer<'s> {
    snapshot: &'s Snapshot,
    /// Whether files outside the folder of their kustomization may be read.
    outside: bool,
    bases: Mutex<FxHashMap<String, Result<Arc<Accumulated>, Problem>>>,
}

impl<'s> Renderer<'s> {
    /// `outside`: as `--load-restrictor LoadRestrictionsNone` has it.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, outside: bool) -> Self {
        Self { snapshot, outside, bases: Mutex::default() }
    }

    /// The objects of the build in a folder (`""` for the root), in the order in which Kustomize prints them.
    pub fn render(&self, folder: &str) -> Result<Vec<Rendered>, Problem> {
        let (source, tree) = self.kustomization(folder, None)?;
        let mut stack = Vec::new();
        let mut build = Accumulated::new();
        self.fill(&mut build, folder, &source, &tree, &mut stack)?;
        for object in build.objects.iter_mut().filter(|object| object.hashed) {
            let name = format!("{}-{}", object.name(), hash::suffix(object));
            object.remember();
            let entry = object.entry;
            object.set_meta("name", &name, "hash", entry);
        }
        refs::repair(&mut build.objects, &build.config)?;
        build.objects.retain(|object| {
            let local = object.root.at(&["metadata", "annotations", "config.kubernetes.io/local-config"]);
            local.is_none_or(|value| value.as_text() == Some("false"))
        });
        build.objects.iter_mut().for_each(drop_empty_annotations);
        sort(&mut build.objects, tree.root())?;
        Ok(build.objects.into_iter().map(|object| Rendered { draft: object.root }).collect())
    }

    /// Finds and reads the kustomization of a folder.
    fn kustomization(&self, folder: &str, asked: Option<Span>) -> Result<(Arc<Source>, Arc<Tree>), Problem> {
        let problem = |reason, place: Option<Span>, message: String| Problem { reason, place, message };
        let path = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let found: Vec<SourceId> = names.iter().filter_map(|name| self.snapshot.find(&path(name))).collect();
        let id = match found.as_slice() {
            [id] => self.snapshot.behind(*id),
            [] => {
                let there = self.snapshot.below(folder).next().is_some();
                let what = if there { "has no kustomization.yaml" } else { "is not there" };
                let named = if folder.is_empty() { "." } else { folder };
                return Err(problem(Reason::Missing, asked, format!("the folder `{named}` {what}")));
            }
            [first, ..] => {
                let message = format!("`{folder}` has several kustomizations: keep one");
                return Err(problem(Reason::Refused, Some(Span::new(*first, 0, 0)), message));
            }
        };
        let start = Span::new(id, 0, 0);
        let source =
            self.snapshot.source(id).map_err(|why| Problem::new(Reason::Unreadable, start, why.to_string()))?;
        let documents = crate::yaml::documents(source);
        if let Some(broken) = documents.iter().flat_map(|one| &one.problems).next() {
            return Err(Problem::new(Reason::Unreadable, broken.span, broken.message.clone()));
        }
        let mut trees = documents.into_iter().filter_map(|one| one.tree);
        let Some(tree) = trees.next() else {
            return Err(Problem::new(Reason::Refused, start, "the kustomization is empty"));
        };
        let root = tree.root();
        if root.kind() != NodeKind::Mapping || root.entries().next().is_none() {
            return Err(Problem::new(Reason::Refused, root.span(), "the kustomization is no mapping with entries"));
        }
        let says = |value: Node<'_>| match value.kind() {
            NodeKind::Scalar => !value.is_null() && value.text() != Some(""),
            // an empty list asks for nothing too, but Kustomize lets it pass
            NodeKind::Mapping | NodeKind::Sequence => true,
        };
        let own = |key: &str| matches!(key, "apiVersion" | "kind");
        if !root.entries().any(|entry| !own(&entry.key.key_text()) && says(entry.value)) {
            return Err(Problem::new(Reason::Refused, root.handle(), "the kustomization asks for nothing"));
        }
        for entry in root.entries() {
            let name = entry.key.key_text();
            if !FIELDS.contains(&&*name) {
                let message = format!("a kustomization has no field `{name}`");
                return Err(Problem::new(Reason::Refused, entry.key.span(), message));
            }
        }
        let source = Arc::clone(source);
        Ok((source, tree))
    }

    /// A base, rendered once.
    fn base(&self, folder: &str, entry: Span, stack: &mut Vec<String>) -> Result<Arc<Accumulated>, Problem> {
        let known = self.bases.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned();
        if let Some(known) = known {
            let known = known?;
            for reached in &known.reached {
                self.no_cycle(reached, entry, stack)?;
            }
            return Ok(known);
        }
        let made = self.base_anew(folder, entry, stack);
        // what a cycle or the depth refuses depends on who asks, and what is wrong with an entry is the entry's
        let is_of_asker =
            |problem: &Problem| matches!(problem.reason, Reason::Cycle | Reason::Limit) || problem.place == Some(entry);
        if !matches!(&made, Err(problem) if is_of_asker(problem)) {
            self.bases.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), made.clone());
        }
        made
    }

    fn base_anew(&self, folder: &str, entry: Span, stack: &mut Vec<String>) -> Result<Arc<Accumulated>, Problem> {
        let (source, tree) = self.kustomization(folder, Some(entry))?;
        if is_component(tree.root()) {
            let message = "this is a Component, which belongs under `components`, not `resources`";
            return Err(Problem::new(Reason::Refused, entry, message));
        }
        let mut build = Accumulated::new();
        self.fill(&mut build, folder, &source, &tree, stack)?;
        Ok(Arc::new(build))
    }

    fn no_cycle(&self, folder: &str, entry: Span, stack: &[String]) -> Result<(), Problem> {
        let above = |one: &String| {
            one == folder || folder.is_empty() || one.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        if let Some(visited) = stack.iter().find(|one| above(one)) {
            let message = format!("`{visited}` is being built and lies in `{folder}`, so it would take in itself");
            return Err(Problem::new(Reason::Cycle, entry, message));
        }
        Ok(())
    }

    /// Runs a kustomization's directives over what is there.
    fn fill(
        &self,
        build: &mut Accumulated,
        folder: &str,
        source: &Arc<Source>,
        tree: &Arc<Tree>,
        stack: &mut Vec<String>,
    ) -> Result<(), Problem> {
        let root = tree.root();
        if stack.len() >= MAX_DEPTH {
            let message = format!("kustomizations take in each other more than {MAX_DEPTH} deep");
            return Err(Problem::new(Reason::Limit, root.span(), message));
        }
        refuse_what_is_not_rendered(root)?;
        stack.push(folder.to_owned());
        build.reached.insert(folder.to_owned());
        for field in ["resources", "bases"] {
            for item in list(root, field) {
                self.resource(build, folder, item, stack)?;
            }
        }
        build.config.merge(&Config::standard());
        for item in list(root, "configurations") {
            let (_, id) = self.file(folder, item)?;
            for tree in self.trees(id, item.span())? {
                build.config.merge(&Config::read(tree.root()));
            }
        }
        for made in self.generated(folder, source, root)? {
            build.absorb(made)?;
        }
        for item in list(root, "components") {
            let below = self.folder(folder, item, stack)?;
            let (source, tree) = self.kustomization(&below, Some(item.span()))?;
            if !is_component(tree.root()) {
                let message = "this is no Component: it belongs under `resources`";
                return Err(Problem::new(Reason::Refused, item.span(), message));
            }
            self.fill(build, &below, &source, &tree, stack)?;
        }
        let config = build.config.clone();
        self.transform(&mut build.objects, folder, source, root, &config)?;
        stack.pop();
        Ok(())
    }

    /// One entry of `resources`: a file, or the folder of another kustomization.
    fn resource(
        &self,
        build: &mut Accumulated,
        folder: &str,
        item: Node<'_>,
        stack: &mut Vec<String>,
    ) -> Result<(), Problem> {
        let text = string(item, "an entry of `resources`")?;
        if let Some(path) = target(folder, text)
            && self.snapshot.find(&path).is_some_and(|id| self.is_file(id))
        {
            let (_, id) = self.file(folder, item)?;
            let objects = self.objects(id, item.span())?;
            return build.append(objects, item.span());
        }
        let below = self.folder(folder, item, stack)?;
        let base = self.base(&below, item.span(), stack)?;
        build.reached.extend(base.reached.iter().cloned());
        build.append(base.objects.iter().cloned(), item.span())?;
        build.config.merge(&base.config);
        Ok(())
    }
}

/// Annotations without an entry are dropped: Kustomize puts its own there on the way, and takes them out again.
fn drop_empty_annotations(object: &mut Object) {
    let empty = |draft: &Draft| {
        draft.is_null() || matches!(&draft.content, crate::yaml::Content::Mapping(entries) if entries.is_empty())
    };
    if object.root.at(&["metadata", "annotations"]).is_some_and(empty)
        && let Some(meta) = object.edit().get_mut("metadata")
    {
        Arc::make_mut(meta).remove("annotations");
    }
}

fn is_component(root: Node<'_>) -> bool {
    root.get("kind").and_then(Node::as_str) == Some("Component")
}

/// The items of a field, none where it is absent or null.
fn list<'t>(root: Node<'t>, field: &str) -> impl Iterator<Item = Node<'t>> {
    root.get(field).filter(|list| list.kind() == NodeKind::Sequence).into_iter().flat_map(Node::items)
}

/// A value that must be text: Kustomize refuses `namespace: n` and `newTag: 1.10`.
fn string<'t>(node: Node<'t>, what: &str) -> Result<&'t str, Problem> {
    node.as_str().ok_or_else(|| {
        let message =
            format!("{what} must be text, and `{}` is not: put it in quotes", node.text().unwrap_or("a collection"));
        Problem::new(Reason::Refused, node.span(), message)
    })
}

/// The text of an optional field.
fn optional<'t>(node: Node<'t>, field: &str) -> Result<Option<(&'t str, Span)>, Problem> {
    match node.at(&[field]) {
        Some(value) => {
            Ok(Some((string(value, &format!("`{field}`"))?, value.span())).filter(|(text, _)| !text.is_empty()))
        }
        None => Ok(None),
    }
}

/// Names and texts of a mapping, sorted by name: `commonLabels`.
fn pairs<'t>(node: Node<'t>, field: &str) -> Result<Vec<(String, &'t str, Span)>, Problem> {
    let Some(map) = node.at(&[field]) else { return Ok(Vec::new()) };
    let mut pairs = Vec::new();
    for entry in map.entries() {
        let name = entry.key.key_text().into_owned();
        let text = if entry.value.is_null() { "" } else { string(entry.value, &format!("`{name}`"))? };
        pairs.push((name, text, entry.value.span()));
    }
    pairs.sort();
    Ok(pairs)
}

fn refuse_what_is_not_rendered(root: Node<'_>) -> Result<(), Problem> {
    for field in ["helmCharts", "helmChartInflationGenerator"] {
        if let Some(item) = list(root, field).next() {
            let message =
                "a Helm chart, which Kustomize renders with `--enable-helm` only: charts are not rendered here";
            return Err(Problem::new(Reason::Helm, item.handle(), message));
        }
    }
    for field in ["generators", "transformers", "validators"] {
        if let Some(item) = list(root, field).next() {
            let message = format!("`{field}` in files of their own may run programs, and are not rendered");
            return Err(Problem::new(Reason::Program, item.handle(), message));
        }
    }
    for field in ["vars", "crds", "buildMetadata", "imageTags"] {
        if let Some(item) = list(root, field).next() {
            let message = format!("`{field}` is not rendered yet");
            return Err(Problem::new(Reason::NotYet, item.handle(), message));
        }
    }
    if let Some(value) = root.at(&["openapi"]) {
        return Err(Problem::new(Reason::NotYet, value.handle(), "`openapi` is not rendered yet"));
    }
    Ok(())
}

/// The order of the output: by kind, unless `sortOptions` says otherwise.
fn sort(objects: &mut [Object], root: Node<'_>) -> Result<(), Problem> {
    let order = root.at(&["sortOptions", "order"]);
    match order.map(Node::as_str) {
        Some(Some("fifo")) => return Ok(()),
        None | Some(Some("legacy")) => {}
        _ => {
            let place = order.map_or(root.span(), Node::span);
            return Err(Problem::new(Reason::Refused, place, "`order` is neither `legacy` nor `fifo`"));
        }
    }
    let own = |field: &str| -> Option<Vec<String>> {
        let options = root.at(&["sortOptions", "legacySortOptions"])?;
        Some(list(options, field).filter_map(Node::as_str).map(str::to_owned).collect())
    };
    let standard = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
    let (first, last) =
        (own("orderFirst").unwrap_or_else(|| standard(FIRST)), own("orderLast").unwrap_or_else(|| standard(LAST)));
    let rank = |kind: &str| -> isize {
        let place =
            |kinds: &[String]| kinds.iter().rposition(|one| one == kind).and_then(|at| isize::try_from(at).ok());
        let count = isize::try_from(first.len()).unwrap_or(0);
        place(&last).map(|at| 1 + at).or_else(|| place(&first).map(|at| at - count)).unwrap_or(0)
    };
    objects.sort_by_cached_key(|object| {
        let id = object.id();
        let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        let gvk = format!("{}_{}_{}", or(&id.gvk.group, "~G"), or(&id.gvk.version, "~V"), or(&id.gvk.kind, "~K"));
        (rank(&id.gvk.kind), gvk, or(&id.namespace, "~X") + "|" + &or(&id.name, "~N"))
    });
    Ok(())
}
