//! Renders a build natively, keeping for every value the place where it was written. Works over a snapshot: nothing is
//! fetched and nothing is run. What cannot be rendered, and what Kustomize refuses, is a [`Problem`] at the entry that
//! asks for it, never a partial result. The behaviour is that of kustomize 5.8 (api/internal/target).
//!
//! Left out, each told of at its entry: Helm charts, programs and what is fetched ([`Reason::Helm`], [`Reason::Program`],
//! [`Reason::Remote`]); replacements within text that is YAML in a style that is not known (`embedded`), and a mapping or
//! list of mappings whose field stands in two spellings ([`Reason::NotYet`]).

mod added;
mod alias;
mod crds;
mod embedded;
mod external;
mod fields;
mod generate;
mod hash;
mod items;
mod json_patch;
mod load;
mod merge;
mod notes;
mod object;
mod patch;
mod problem;
mod refs;
mod replace;
mod select;
mod shape;
mod silent;
mod specs;
mod stale;
mod strict;
mod substitute;
mod transform;
mod vars;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::kube::{Resource, objects_of};
use crate::source::{Snapshot, Source, SourceId, Span};
use crate::yaml::{Draft, Node, NodeKind, Tree, emit};

pub use problem::{Problem, Reason};
pub use silent::{Idle, Silent};
pub use stale::{Held, Stale};
pub use substitute::{Gap, Missed};

use notes::{By, Spot};
use silent::Silence;

use object::{Behaviour, Gvk, Id, Object};
use shape::Custom;
use specs::Config;
use vars::Variable;

use super::remote::{Remotes, Vendored};
use super::{Addition, target};

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

    /// What checks are given of it.
    #[must_use]
    pub fn resources(&self, snapshot: &Snapshot) -> Vec<Resource> {
        let Some(tree) = self.tree(snapshot) else { return Vec::new() };
        let source = tree.root().span().source;
        objects_of(&Arc::new(tree), source, 0)
    }

    /// The object itself.
    #[must_use]
    pub fn draft(&self) -> &Draft {
        &self.draft
    }
}

/// What came of a build.
#[derive(Debug, Default)]
pub struct Output {
    /// Its objects, in the order in which Kustomize prints them.
    pub objects: Vec<Rendered>,
    /// The entries that did nothing.
    pub silent: Vec<Silent>,
    /// The fields that hold names of before.
    pub stale: Vec<Stale>,
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
    config: Arc<Config>,
    vars: Vec<Variable>,
    /// The folders of all kustomizations that were read for it.
    reached: BTreeSet<String>,
    /// Entries that did nothing.
    silent: Vec<Silent>,
    /// What is to be said of an object with a key twice in a mapping, if a patch brought one in.
    repeat: Option<Problem>,
    /// What `openapi` of one of them names.
    named: Option<Named>,
    /// Whether the carried schemas were read for it.
    met: bool,
}

impl Accumulated {
    fn new() -> Self {
        Self {
            objects: Vec::new(),
            config: Arc::default(),
            vars: Vec::new(),
            reached: BTreeSet::new(),
            silent: Vec::new(),
            repeat: None,
            named: None,
            met: false,
        }
    }

    /// Adds objects; `taken` are the ids of those that there are.
    fn append(
        &mut self,
        taken: &mut Taken,
        more: impl IntoIterator<Item = Object>,
        entry: Span,
    ) -> Result<(), Problem> {
        for object in more {
            let id = object.id();
            if !taken.insert(&id) {
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
        let is_new = !matches!(object.behaviour, Some(Behaviour::Merge | Behaviour::Replace));
        if second.is_some() {
            let message = format!("{} may be one of several objects of the build", id.told());
            return Err(Problem::new(Reason::Refused, entry, message));
        }
        let Some(slot) = first.and_then(|at| self.objects.get_mut(at)) else {
            if is_new {
                return self.append(&mut Taken::by(&self.objects), [object], entry);
            }
            let message = format!("there is no {} that could be merged into or replaced", id.told());
            return Err(Problem::new(Reason::NoTarget, entry, message));
        };
        if is_new {
            let message = format!("{} is in the build already: give `behavior: merge` or `replace`", id.told());
            return Err(Problem::new(Reason::Duplicate, entry, message));
        }
        let note = notes::origin(slot).filter(|_| object.behaviour == Some(Behaviour::Merge));
        generate::inherit(&mut object, slot);
        if let Some(note) = note {
            notes::restore(&mut object, &note, entry);
        }
        *slot = object;
        Ok(())
    }
}

/// The ids of the objects of a build while no directive changes them.
struct Taken(FxHashSet<(Gvk, String, String)>);

impl Taken {
    fn by(objects: &[Object]) -> Self {
        let mut taken = Self(FxHashSet::default());
        for object in objects {
            taken.insert(&object.id());
        }
        taken
    }

    /// Whether nobody had it.
    fn insert(&mut self, id: &Id) -> bool {
        self.0.insert((id.gvk.clone(), id.space().to_owned(), id.name.clone()))
    }
}

/// The kustomization whose directives are followed.
#[derive(Clone, Copy)]
struct Here<'t> {
    folder: &'t str,
    source: &'t Arc<Source>,
    root: Node<'t>,
    /// The schemas that `openapi` names.
    shape: Option<&'t Custom>,
    /// Where entries are noted that do nothing.
    silence: &'t Silence,
    /// Whether anything was merged.
    merged: &'t Cell<bool>,
    /// What is to be said of an object with a key twice in a mapping, if a patch brought one in.
    repeat: &'t RefCell<Option<Problem>>,
}

/// A folder whose kustomization is followed, with what an owner adds to it.
struct Folder<'t> {
    folder: &'t str,
    source: &'t Arc<Source>,
    tree: &'t Arc<Tree>,
    added: Option<&'t Addition>,
}

/// What holds for the whole of one render, and how it came to where it is.
#[derive(Default)]
struct Way {
    /// The folders whose kustomizations are being followed, the outermost first.
    stack: Vec<String>,
    /// The folder as the root of the build sees it: `../base`.
    seen_as: Spot,
    /// Whether the root asks for notes of what happens.
    notes: bool,
    /// Whether Kustomize has read the schemas that it carries: for a kind whose scope it does not know without them, or to merge.
    met: bool,
    /// What `openapi` names: the first that is met holds from there on.
    named: Option<Named>,
}

/// What `openapi` names.
#[derive(Debug, Clone)]
enum Named {
    /// A version, of which there is one: the schemas that Kustomize carries.
    Carried,
    /// A file of schemas.
    Own(Arc<Custom>),
}

impl Way {
    /// The schemas of a file that hold.
    fn custom(&self) -> Option<Arc<Custom>> {
        match &self.named {
            Some(Named::Own(custom)) => Some(Arc::clone(custom)),
            Some(Named::Carried) | None => None,
        }
    }

    /// A path of the kustomization as the root of the build sees it.
    fn seen(&self, path: &str) -> Spot {
        self.seen_as.join(path)
    }

    /// Refuses an entry that leads one kustomization too deep.
    fn no_deeper(&self, entry: Span) -> Result<(), Problem> {
        if self.stack.len() < MAX_DEPTH {
            return Ok(());
        }
        let message = format!("kustomizations take in each other more than {MAX_DEPTH} deep");
        Err(Problem::new(Reason::Limit, entry, message))
    }

    /// Goes into a folder; what it was before is given back.
    fn enter(&mut self, path: &str) -> Spot {
        let inner = self.seen(path);
        std::mem::replace(&mut self.seen_as, inner)
    }

    /// What a base depends on beside its folder.
    fn key(&self, folder: &str) -> String {
        let seen = if self.notes { self.seen_as.key() } else { "\0".to_owned() };
        let named = match &self.named {
            None => 0,
            Some(Named::Carried) => 1,
            Some(Named::Own(custom)) => 2 + custom.source.0,
        };
        format!("{folder}\0{seen}\0{named}")
    }
}

/// What became of a base.
type Base = Result<Arc<Accumulated>, Problem>;

/// Renders the builds of a snapshot. Bases are rendered once and shared.
#[derive(Clone)]
pub struct Renderer<'s> {
    snapshot: &'s Snapshot,
    /// Whether files outside the folder of their kustomization may be read.
    outside: bool,
    bases: Arc<Mutex<FxHashMap<String, Base>>>,
    /// What stands for what is fetched.
    remotes: Remotes,
    /// The root of what stands for a repository, while what is in it is built: nothing is taken from elsewhere there.
    within: Option<Within>,
}

/// A folder that stands for a repository.
#[derive(Debug, Clone)]
struct Within {
    root: String,
    /// Whether it holds all of it.
    whole: bool,
    url: String,
}

impl<'s> Renderer<'s> {
    /// `outside`: as `--load-restrictor LoadRestrictionsNone` has it.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, outside: bool) -> Self {
        let (bases, remotes) = (Arc::default(), Remotes::default());
        Self { snapshot, outside, bases, remotes, within: None }
    }

    /// The same, that takes folders for what is fetched.
    #[must_use]
    pub fn with_remotes(self, remotes: &Remotes) -> Self {
        Self { remotes: remotes.clone(), ..self }
    }

    /// The same within what stands for a repository.
    fn within(&self, found: &Vendored<'_>) -> Self {
        let within = Within { root: found.root.clone(), whole: found.whole, url: found.remote.url.clone() };
        Self { outside: false, within: Some(within), ..self.clone() }
    }

    /// The objects of the build in a folder (`""` for the root), in the order in which Kustomize prints them.
    pub fn render(&self, folder: &str) -> Result<Vec<Rendered>, Problem> {
        self.build(folder, None).map(|output| output.objects)
    }

    /// The same with what an owner adds, and what is to be said of it.
    pub fn build(&self, folder: &str, added: Option<&Addition>) -> Result<Output, Problem> {
        let (source, tree) = self.kustomization(folder, None)?;
        let root = tree.root();
        let asked = notes::asked(Some(root), added);
        if added.is_some_and(|added| added.around) {
            notes::refuse(&asked)?;
        }
        let mut way = Way { notes: !asked.is_empty(), ..Way::default() };
        let mut build = Accumulated::new();
        let (within, around) = match added {
            Some(added) if added.around => (None, Some(added)),
            added => (added, None),
        };
        self.fill(&mut build, &Folder { folder, source: &source, tree: &tree, added: within }, &mut way)?;
        if let Some(added) = around {
            self.add_around(&mut build, added, &mut way)?;
        }
        self.finish(build, Some(root), &asked)
    }

    /// The objects of files, with the kustomization that Flux makes where there is none.
    pub fn build_files(&self, files: &[SourceId], added: &Addition) -> Result<Output, Problem> {
        let mut build = Accumulated::new();
        build.config = Arc::clone(Config::shared());
        let mut taken = Taken::by(&build.objects);
        for id in files {
            let objects = self.objects(*id, Span::new(*id, 0, 0))?;
            build.append(&mut taken, objects, Span::new(*id, 0, 0))?;
        }
        let asked = notes::asked(None, Some(added));
        notes::refuse(&asked)?;
        self.add_around(&mut build, added, &mut Way::default())?;
        self.finish(build, None, &asked)
    }

    /// The objects of files as they are written.
    pub fn read_files(&self, files: &[SourceId]) -> Result<Output, Problem> {
        let mut all = Vec::new();
        for id in files {
            all.extend(self.objects(*id, Span::new(*id, 0, 0))?);
        }
        let objects = all.into_iter().map(|object| Rendered { draft: object.root }).collect();
        Ok(Output { objects, silent: Vec::new(), stale: Vec::new() })
    }

    /// What an owner adds, as a kustomization around a build.
    fn add_around(&self, build: &mut Accumulated, added: &Addition, way: &mut Way) -> Result<(), Problem> {
        self.components(build, &added.folder, Some(added), None, way)?;
        let custom = way.custom();
        let (silence, repeat) = (Silence::default(), RefCell::new(build.repeat.take()));
        let root = added.node();
        let here = Here {
            folder: &added.folder,
            source: added.tree().source(),
            root,
            shape: custom.as_deref(),
            silence: &silence,
            merged: &Cell::default(),
            repeat: &repeat,
        };
        let config = Arc::clone(&build.config);
        self.transform(&mut build.objects, None, Some((&here, added)), &config, &mut |objects, _| {
            objects.retain(patch::is_something);
            alias::settle(objects);
        })?;
        build.silent.append(&mut silence.take());
        build.repeat = repeat.into_inner();
        Ok(())
    }

    /// Repairs names, and puts the objects into their order.
    fn finish(&self, mut build: Accumulated, root: Option<Node<'_>>, asked: &[Node<'_>]) -> Result<Output, Problem> {
        external::add_hashes(&mut build.objects)?;
        refs::repair(&mut build.objects, &build.config)?;
        vars::resolve(&mut build.objects, &build.vars, &build.config.vars)?;
        build.objects.iter().try_for_each(Object::named)?;
        build.objects.retain(|object| {
            let local = object.root.at(&["metadata", "annotations", "config.kubernetes.io/local-config"]);
            local.is_none_or(|value| value.as_text() == Some("false"))
        });
        if let Some(problem) = build.objects.iter().find_map(replace::mistyped) {
            return Err(problem);
        }
        build.objects.iter().try_for_each(|object| patch::no_repeats(object, build.repeat.as_ref()))?;
        let mut ids = FxHashSet::default();
        if let Some(twin) = build.objects.iter().find(|object| !ids.insert(object.id())) {
            let message = format!("two objects of the build are {} in the end", twin.id().told());
            return Err(Problem::new(Reason::Duplicate, twin.entry, message));
        }
        if let Some(root) = root {
            sort(&mut build.objects, root)?;
        }
        notes::finish(&mut build.objects, asked)?;
        // Kustomize puts annotations of its own there on the way, and takes them out again
        build.objects.iter_mut().for_each(|object| object.spell("annotations"));
        let notes = build.objects.iter().filter_map(|object| object.root.at(&["metadata", "annotations"]));
        let odd = notes.flat_map(Draft::entries).find(|(key, _)| transform::reads_as_other(&key.text));
        if let Some((key, _)) = odd {
            let message =
                format!("the annotation `{}` reads as something else than text, and Kustomize refuses it", key.text);
            return Err(Problem::new(Reason::Refused, key.at, message));
        }
        let stale = stale::find(&build.objects);
        let objects = build.objects.into_iter().map(|object| Rendered { draft: object.root }).collect();
        Ok(Output { objects, silent: build.silent, stale })
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
        // of a key that stands twice the last one counts
        let Some(first) = load::first(source)? else {
            return Err(Problem::new(Reason::Refused, start, "the kustomization is empty"));
        };
        let tree = strict::kustomization(first.read)?;
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
        if !strict::entries(root).any(|entry| !own(&entry.key.key_text()) && says(entry.value)) {
            return Err(Problem::new(Reason::Refused, root.handle(), "the kustomization asks for nothing"));
        }
        let source = Arc::clone(source);
        Ok((source, tree))
    }

    /// A base, rendered once.
    fn base(&self, folder: &str, entry: Span, way: &mut Way) -> Base {
        let within = self.within.as_ref().map_or("", |within| within.root.as_str());
        let key = format!("{}\0{within}\0{}", way.key(folder), self.within.is_some());
        let known = self.bases.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            let known = known?;
            for reached in &known.reached {
                self.no_cycle(reached, entry, &way.stack)?;
            }
            way.met |= known.met;
            way.named = way.named.take().or_else(|| known.named.clone());
            return Ok(known);
        }
        let made = self.base_anew(folder, entry, way);
        // what a cycle or the depth refuses depends on who asks, and what is wrong with an entry is the entry's
        let is_of_asker =
            |problem: &Problem| matches!(problem.reason, Reason::Cycle | Reason::Limit) || problem.place == Some(entry);
        if !matches!(&made, Err(problem) if is_of_asker(problem)) {
            self.bases.lock().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        }
        made
    }

    fn base_anew(&self, folder: &str, entry: Span, way: &mut Way) -> Base {
        way.no_deeper(entry)?;
        let (source, tree) = self.kustomization(folder, Some(entry))?;
        if is_component(tree.root()) {
            let message = "this is a Component, which belongs under `components`, not `resources`";
            return Err(Problem::new(Reason::Refused, entry, message));
        }
        let mut build = Accumulated::new();
        self.fill(&mut build, &Folder { folder, source: &source, tree: &tree, added: None }, way)?;
        build.named.clone_from(&way.named);
        build.met = way.met;
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
    fn fill(&self, build: &mut Accumulated, of: &Folder<'_>, way: &mut Way) -> Result<(), Problem> {
        let &Folder { folder, source, tree, added } = of;
        let root = tree.root();
        refuse_what_is_not_rendered(root)?;
        way.stack.push(folder.to_owned());
        build.reached.insert(folder.to_owned());
        self.openapi(folder, root, way)?;
        let mut taken = Taken::by(&build.objects);
        for field in ["resources", "bases"] {
            for item in list(root, field) {
                self.resource(build, &mut taken, folder, item, way)?;
            }
        }
        self.configure(build, folder, root)?;
        let custom = way.custom();
        let (silence, merged, repeat) = (Silence::default(), Cell::new(false), RefCell::default());
        let here = Here {
            folder,
            source,
            root,
            shape: custom.as_deref(),
            silence: &silence,
            merged: &merged,
            repeat: &repeat,
        };
        let file = way.seen(super::name_of(source.path()));
        let own = |kind: &'static str| By { file: file.clone(), version: "builtin", kind, name: ("", "") };
        for (mut made, kind) in self.generated(&here)? {
            if way.notes {
                let entry = made.entry;
                notes::made_by(&mut made, &own(kind), entry);
            }
            build.absorb(made)?;
        }
        for plugin in self.plugins(&here, "generators", way)? {
            for mut made in self.generate_by(&here, &plugin)? {
                if way.notes {
                    let entry = made.entry;
                    notes::made_by(&mut made, &plugin.by(), entry);
                }
                build.absorb(made)?;
            }
        }
        self.components(build, folder, added, Some(root), way)?;
        // a component may have brought schemas
        let custom = way.custom();
        let here = Here { shape: custom.as_deref(), ..here };
        repeat.replace(build.repeat.take());
        let config = Arc::clone(&build.config);
        let told = way.notes;
        let there = added.map(|added| (Here { source: added.tree().source(), root: added.node(), ..here }, added));
        let there = there.as_ref().map(|(there, added)| (there, *added));
        self.transform(&mut build.objects, Some(&here), there, &config, &mut |objects, kind| {
            if told {
                notes::changed_by(objects, &own(kind), root.handle());
            }
            objects.retain(patch::is_something);
            alias::settle(objects);
        })?;
        for plugin in self.plugins(&here, "transformers", way)? {
            self.transform_by(&mut build.objects, &here, &plugin)?;
            if told {
                notes::changed_by(&mut build.objects, &plugin.by(), root.handle());
            }
            build.objects.retain(patch::is_something);
            alias::settle(&mut build.objects);
        }
        self.validate(build, &here, way)?;
        build.repeat = repeat.take();
        way.met |= merged.get();
        build.silent.append(&mut silence.take());
        vars::merge(&mut build.vars, &mut build.objects, root)?;
        way.stack.pop();
        Ok(())
    }

    /// The Components of a kustomization, and those that an owner adds.
    fn components(
        &self,
        build: &mut Accumulated,
        folder: &str,
        added: Option<&Addition>,
        root: Option<Node<'_>>,
        way: &mut Way,
    ) -> Result<(), Problem> {
        let own = root.into_iter().flat_map(|root| list(root, "components"));
        for item in own.chain(added.into_iter().flat_map(|added| self.added_components(folder, root, added))) {
            let (inner, below) = self.lower(folder, item, way)?;
            way.no_deeper(item.span())?;
            let (source, tree) = inner.kustomization(&below, Some(item.span()))?;
            if !is_component(tree.root()) {
                let message = "this is no Component: it belongs under `resources`";
                return Err(Problem::new(Reason::Refused, item.span(), message));
            }
            let outer = way.enter(item.as_str().unwrap_or(""));
            inner.fill(build, &Folder { folder: &below, source: &source, tree: &tree, added: None }, way)?;
            way.seen_as = outer;
        }
        Ok(())
    }

    /// The schemas that `openapi` names.
    fn openapi(&self, folder: &str, root: Node<'_>, way: &mut Way) -> Result<(), Problem> {
        let Some(own) = root.at(&["openapi"]) else { return Ok(()) };
        let (path, version) = (own.at(&["path"]), own.at(&["version"]));
        let file = path.map(|path| Ok((self.file(folder, path)?.1, path))).transpose()?;
        // of those that come later the file is read, and nothing else
        if way.named.is_some() {
            return Ok(());
        }
        let Some((id, path)) = file else {
            let Some(version) = version.filter(|version| version.as_str().is_some_and(|text| !text.is_empty())) else {
                return Ok(());
            };
            if version.as_str() != Some("v1.21.2") {
                let message = "`openapi.version` is none that Kustomize 5.8 carries: v1.21.2 is";
                return Err(Problem::new(Reason::Refused, version.span(), message));
            }
            way.named = Some(Named::Carried);
            return Ok(());
        };
        if let Some(version) = version {
            let message = "`version` and `path` together, of which Kustomize takes one";
            return Err(Problem::new(Reason::Refused, version.span(), message));
        }
        if let Some(first) = self.first_tree(id, path.span())? {
            way.named = Some(Named::Own(Arc::new(Custom::read(id, &first.strictly()?, !way.met))));
        }
        Ok(())
    }

    /// The tables of `configurations` and `crds`, beside those that always hold.
    fn configure(&self, build: &mut Accumulated, folder: &str, root: Node<'_>) -> Result<(), Problem> {
        let mut own = Arc::clone(Config::shared());
        let mut read = Config::default();
        let mut last = root.handle();
        for item in list(root, "configurations") {
            let (_, id) = self.file(folder, item)?;
            last = item.span();
            if let Some(first) = self.first_tree(id, last)? {
                let tree = strict::tables(first.strictly()?)?;
                read.merge(&Config::read(tree.root())).map_err(|clash| clash.at(last))?;
            }
        }
        if !read.is_empty() {
            Arc::make_mut(&mut own).merge(&read).map_err(|clash| clash.at(last))?;
        }
        specs::join(&mut build.config, &own).map_err(|clash| clash.at(last))?;
        for item in list(root, "crds") {
            let (_, id) = self.file(folder, item)?;
            if let Some(tree) = self.first_tree(id, item.span())?.map(|first| first.read) {
                if !crds::is_definitions(tree.root()) {
                    let message = "`crds` wants OpenAPI definitions by name, and this is none of them: an object belongs \
                                   under `resources`";
                    return Err(Problem::new(Reason::Refused, item.span(), message));
                }
                let more = crds::read(tree.root());
                Arc::make_mut(&mut build.config).merge(&more).map_err(|clash| clash.at(item.span()))?;
            }
        }
        Ok(())
    }

    /// Runs the validators, which may change nothing.
    fn validate(&self, build: &mut Accumulated, here: &Here<'_>, way: &mut Way) -> Result<(), Problem> {
        for plugin in self.plugins(here, "validators", way)? {
            let mut copy = build.objects.clone();
            self.transform_by(&mut copy, here, &plugin)?;
            let same = copy.len() == build.objects.len()
                && copy.iter().zip(&build.objects).all(|(a, b)| json_patch::equal(&a.root, &b.root));
            if !same {
                let entry = list(here.root, "validators").next().map_or(here.root.handle(), Node::handle);
                let message = format!("{} changes objects, and a validator must not", plugin.kind);
                return Err(Problem::new(Reason::Refused, entry, message));
            }
        }
        Ok(())
    }

    /// One entry of `resources`: a file, or the folder of another kustomization.
    fn resource(
        &self,
        build: &mut Accumulated,
        taken: &mut Taken,
        folder: &str,
        item: Node<'_>,
        way: &mut Way,
    ) -> Result<(), Problem> {
        let text = string(item, "an entry of `resources`")?;
        if let Some(path) = self.known(folder, text).or_else(|| self.remotes.path(text))
            && self.snapshot.find(&path).is_some_and(|id| self.is_file(id))
        {
            let (_, id) = self.file(folder, item)?;
            let mut objects = self.objects(id, item.span())?;
            way.met |= objects.iter().any(|object| !object.gvk().is_known());
            if way.notes {
                let file = way.seen(text);
                objects.iter_mut().for_each(|object| notes::read_from(object, &file, item.span()));
            }
            return build.append(taken, objects, item.span());
        }
        let (inner, below) = self.lower(folder, item, way)?;
        let outer = way.enter(text);
        let base = inner.base(&below, item.span(), way);
        way.seen_as = outer;
        let base = base?;
        build.reached.extend(base.reached.iter().cloned());
        build.append(taken, base.objects.iter().cloned(), item.span())?;
        build.silent.extend(base.silent.iter().cloned());
        build.repeat = build.repeat.take().or_else(|| base.repeat.clone());
        specs::join(&mut build.config, &base.config).map_err(|clash| clash.at(item.span()))?;
        for variable in &base.vars {
            vars::add(&mut build.vars, variable.clone())?;
        }
        Ok(())
    }
}

fn is_component(root: Node<'_>) -> bool {
    root.get("kind").and_then(Node::as_str) == Some("Component")
}

/// The items of a field, none where it is absent or null.
fn list<'t>(root: Node<'t>, field: &str) -> impl Iterator<Item = Node<'t>> {
    root.get(field).filter(|list| list.kind() == NodeKind::Sequence).into_iter().flat_map(Node::items)
}

/// The places of all scalars at and below a node, as far as anybody writes them by hand.
fn said(node: Node<'_>) -> Vec<Span> {
    /// More of them say no more about a value.
    const MOST: usize = 64;
    fn add(node: Node<'_>, out: &mut Vec<Span>) {
        match node.kind() {
            _ if out.len() >= MOST => {}
            NodeKind::Scalar => out.push(node.span()),
            NodeKind::Sequence => node.items().for_each(|item| add(item, out)),
            NodeKind::Mapping => node.entries().for_each(|entry| add(entry.value, out)),
        }
    }
    let mut out = Vec::new();
    add(node, &mut out);
    out
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
    for entry in strict::entries(map) {
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
    Ok(())
}

/// The order of the output: by kind, unless `sortOptions` says otherwise.
fn sort(objects: &mut [Object], root: Node<'_>) -> Result<(), Problem> {
    let order = root.at(&["sortOptions", "order"]);
    if let (Some(options), None) = (root.at(&["sortOptions"]), order) {
        return Err(Problem::new(Reason::Refused, options.handle(), "`sortOptions` without an `order`"));
    }
    match order.map(Node::as_str) {
        Some(Some("fifo")) => {
            let lists = root.at(&["sortOptions", "legacySortOptions"]);
            return lists.map_or(Ok(()), |lists| {
                let message = "`legacySortOptions` without `order: legacy`";
                Err(Problem::new(Reason::Refused, lists.handle(), message))
            });
        }
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
        (rank(&id.gvk.kind), told_of(&id.gvk), or(&id.namespace, "~X") + "|" + &or(&id.name, "~N"))
    });
    Ok(())
}

fn or(text: &str, other: &str) -> String {
    if text.is_empty() { other.to_owned() } else { text.to_owned() }
}

/// Group, version and kind as they are sorted by.
fn told_of(gvk: &Gvk) -> String {
    format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"))
}

/// What Kustomize sorts kinds by, whatever `sortOptions` says of objects.
fn order_of(gvk: &Gvk) -> (isize, String) {
    let place = |kinds: &[&str]| kinds.iter().position(|one| *one == gvk.kind).and_then(|at| isize::try_from(at).ok());
    let count = isize::try_from(FIRST.len()).unwrap_or(0);
    let rank = place(LAST).map(|at| 1 + at).or_else(|| place(FIRST).map(|at| at - count)).unwrap_or(0);
    (rank, told_of(gvk))
}
