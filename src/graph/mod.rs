//! What refers to what: Services to the pods that they select, autoscalers to the workloads that they scale. Answers
//! *found*, *missing* or *unknowable*; only *missing* can be an error. Looks at the objects only when it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::shared_folders;
use crate::finding::ResourceKey;
use crate::kube::{Labels, Resource, Selector, pod_labels, pod_spec_path};
use crate::overlay::folder_of;
use crate::source::{Snapshot, SourceId};
use crate::yaml::{Node, NodeKind, is_unknowable};

/// The index of a resource among those of the snapshot.
pub type ResourceIndex = u32;

/// Whether what is referred to exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is in this repository.
    Found,
    /// It is not, and nothing that could make it is.
    Missing,
    /// Something that was not rendered, or another repository, may make it.
    Unknowable,
}

impl Presence {
    /// As policies read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Missing => "missing",
            Self::Unknowable => "unknowable",
        }
    }
}

/// So many related objects are told of, and no more.
const MOST_RELATED: usize = 32;

/// Namespace, folder and labels of a workload.
type Served = (String, String, Labels);

/// So many answers are kept of what serves a workload: those that ask the same stand near each other.
const MOST_SERVED: usize = 256;

/// What relations need of an object whose tree is not kept. What many have in common is shared.
#[derive(Debug)]
pub struct Outline {
    /// Its group, kind and namespace.
    among: Arc<Among>,
    name: CompactString,
    /// Its file.
    pub source: SourceId,
    /// What it selects by, of a Service.
    selector: Option<Arc<Selector>>,
    /// What it scales: kind and name.
    scales: Option<Box<(String, String)>>,
}

/// What the objects of one kind and namespace have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Among {
    group: CompactString,
    kind: CompactString,
    namespace: CompactString,
}

/// What outlines share.
#[derive(Default)]
pub struct Shared {
    among: Mutex<FxHashSet<Arc<Among>>>,
    selectors: Mutex<FxHashSet<Arc<Selector>>>,
}

/// The one of its kind that is there, or this one from now on.
fn shared<T: Eq + Hash>(all: &Mutex<FxHashSet<Arc<T>>>, one: T) -> Arc<T> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(&one) {
        return Arc::clone(known);
    }
    let one = Arc::new(one);
    all.insert(Arc::clone(&one));
    one
}

impl Outline {
    /// Of an object.
    #[must_use]
    pub fn of(resource: &Resource, known: &Shared) -> Self {
        let (root, gvk) = (resource.node(), &resource.gvk);
        let ResourceKey { group, kind, namespace, name } = resource.key.clone();
        Self {
            among: shared(&known.among, Among { group, kind, namespace }),
            name,
            source: resource.source,
            selector: selector(&gvk.group, &gvk.kind, root).map(|selector| shared(&known.selectors, selector)),
            scales: scale_target(&gvk.group, &gvk.kind, root).map(Box::new),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn key(&self) -> ResourceKey {
        let Among { group, kind, namespace } = &*self.among;
        let (group, kind, namespace) = (group.clone(), kind.clone(), namespace.clone());
        ResourceKey { group, kind, namespace, name: self.name.clone() }
    }
}

/// The objects of a rendered unit.
#[derive(Clone, Copy)]
pub struct Outlines<'r> {
    /// They, in order.
    pub all: &'r [Outline],
    /// The file of the unit's root; none where each object stands in its own.
    pub path: Option<&'r str>,
}

/// An object of the inventory.
#[derive(Clone, Copy)]
enum Object<'r> {
    Whole(&'r Resource),
    Outline(&'r Outline),
}

/// One object, and where it stands.
#[derive(Clone, Copy)]
struct Card<'r> {
    object: Object<'r>,
    path: &'r str,
    known: bool,
}

impl<'r> Card<'r> {
    fn group(&self) -> &'r str {
        match self.object {
            Object::Whole(resource) => &resource.key.group,
            Object::Outline(outline) => &outline.among.group,
        }
    }

    fn kind(&self) -> &'r str {
        match self.object {
            Object::Whole(resource) => &resource.key.kind,
            Object::Outline(outline) => &outline.among.kind,
        }
    }

    fn namespace(&self) -> &'r str {
        match self.object {
            Object::Whole(resource) => &resource.key.namespace,
            Object::Outline(outline) => &outline.among.namespace,
        }
    }

    fn name(&self) -> &'r str {
        match self.object {
            Object::Whole(resource) => &resource.key.name,
            Object::Outline(outline) => &outline.name,
        }
    }

    fn folder(&self) -> &'r str {
        folder_of(self.path)
    }

    fn selector(&self) -> Option<Arc<Selector>> {
        match self.object {
            Object::Whole(Resource { gvk, tree, root, .. }) => {
                selector(&gvk.group, &gvk.kind, tree.node(*root)).map(Arc::new)
            }
            Object::Outline(outline) => outline.selector.clone(),
        }
    }

    fn scales(&self) -> Option<(String, String)> {
        match self.object {
            Object::Whole(Resource { gvk, tree, root, .. }) => scale_target(&gvk.group, &gvk.kind, tree.node(*root)),
            Object::Outline(outline) => outline.scales.as_deref().cloned(),
        }
    }
}

/// What an autoscaler scales.
struct Scaling {
    kind: String,
    name: String,
    autoscaler: ResourceIndex,
}

/// The resources of a snapshot. What refers to what is found out when someone first asks.
pub struct Inventory<'r> {
    written: Vec<Card<'r>>,
    /// The rendered ones, by unit, each with the number of its first.
    units: Vec<(usize, Outlines<'r>)>,
    /// Where the files of those are.
    snapshot: Option<&'r Snapshot>,
    /// Objects as they were before a build.
    former: Vec<&'r Resource>,
    unrendered_folders: Vec<String>,
    references: OnceLock<References>,
    /// Answers for workloads of one namespace, folder and set of labels.
    served: RwLock<FxHashMap<Served, Arc<[ResourceIndex]>>>,
}

/// What refers to what.
#[derive(Default)]
struct References {
    /// The objects that an autoscaler may mean, by kind and name.
    by_name: FxHashMap<String, FxHashMap<String, Vec<ResourceIndex>>>,
    services: BTreeMap<String, Vec<(Arc<Selector>, ResourceIndex)>>,
    scalings: Vec<Scaling>,
    /// How many autoscalers name a target of this kind and name.
    scaled: FxHashMap<(String, String), u32>,
    by_autoscaler: FxHashMap<ResourceIndex, usize>,
    /// What each of `scalings` aims at.
    targets: Vec<(Vec<ResourceIndex>, Presence)>,
    /// The autoscalers whose target a workload is.
    scalers: FxHashMap<ResourceIndex, Vec<ResourceIndex>>,
    /// Folders with an autoscaler whose target is a placeholder.
    open_folders: BTreeSet<String>,
    workload_folders: BTreeSet<String>,
    /// Kinds and names that objects had before a build.
    former: FxHashMap<String, FxHashSet<String>>,
}

impl<'r> Inventory<'r> {
    /// Takes in the resources, in order; `known` says of each whether it is what the cluster gets (not part of a
    /// build). `unrendered` are folders whose templates may make anything. `former` are objects as they were before a
    /// build that changed them: whether there is one of such a name cannot be said.
    #[must_use]
    pub fn new(
        resources: impl Iterator<Item = (&'r Resource, &'r str, bool)>,
        unrendered: Vec<String>,
        former: impl Iterator<Item = &'r Resource>,
    ) -> Self {
        let whole = resources.map(|(resource, path, known)| Card { object: Object::Whole(resource), path, known });
        Self {
            written: whole.collect(),
            units: Vec::new(),
            snapshot: None,
            former: former.collect(),
            unrendered_folders: unrendered,
            references: OnceLock::new(),
            served: RwLock::default(),
        }
    }

    /// Takes in objects of rendered units, which come after the others.
    #[must_use]
    pub fn with_units(mut self, units: impl Iterator<Item = Outlines<'r>>, snapshot: &'r Snapshot) -> Self {
        let mut first = self.written.len();
        self.units.extend(units.map(|unit| {
            let begin = first;
            first += unit.all.len();
            (begin, unit)
        }));
        self.snapshot = Some(snapshot);
        self
    }

    fn references(&self) -> &References {
        self.references.get_or_init(|| self.refer())
    }

    fn refer(&self) -> References {
        let mut found = References::default();
        for one in &self.former {
            found.former.entry(one.gvk.kind.to_string()).or_default().insert(one.key.name.to_string());
        }
        for (index, card) in (0..).zip(self.cards()) {
            found.add(index, &card);
        }
        for (index, card) in (0..).zip(self.cards()) {
            let names = found.by_name.get_mut(card.kind());
            if let Some(meant) = names.and_then(|names| names.get_mut(card.name())) {
                meant.push(index);
            }
        }
        // every autoscaler looks for its target once; the workloads read the answer
        found.targets = found.scalings.iter().map(|scaling| self.aim(scaling, &found)).collect();
        let mut scalers: FxHashMap<ResourceIndex, Vec<ResourceIndex>> = FxHashMap::default();
        for (scaling, (targets, _)) in found.scalings.iter().zip(&found.targets) {
            for target in targets {
                scalers.entry(*target).or_default().push(scaling.autoscaler);
            }
        }
        found.scalers = scalers;
        found
    }

    fn cards(&self) -> impl Iterator<Item = Card<'r>> {
        let made = self.units.iter().flat_map(|(_, unit)| unit.all.iter().map(|outline| self.outlined(unit, outline)));
        self.written.iter().copied().chain(made)
    }

    fn outlined(&self, unit: &Outlines<'r>, outline: &'r Outline) -> Card<'r> {
        let own = || self.snapshot.and_then(|snapshot| snapshot.entry(outline.source)).map_or("", |entry| &entry.path);
        let path = unit.path.unwrap_or_else(own);
        Card { object: Object::Outline(outline), path, known: true }
    }

    fn card(&self, index: ResourceIndex) -> Option<Card<'r>> {
        let at = index as usize;
        if let Some(card) = self.written.get(at) {
            return Some(*card);
        }
        let unit = self.units.partition_point(|(first, _)| *first <= at).checked_sub(1)?;
        let (first, unit) = self.units.get(unit)?;
        Some(self.outlined(unit, unit.all.get(at - first)?))
    }

    /// Two objects can meet in one namespace: theirs are equal, or one names none and stands in the same folder.
    fn same_namespace(a: &Card<'_>, b: &Card<'_>) -> bool {
        let (ours, theirs) = (a.namespace(), b.namespace());
        ours == theirs || ((ours.is_empty() || theirs.is_empty()) && a.folder() == b.folder())
    }

    /// Of several, those that stand nearest: environments repeat the same names in folders of their own.
    fn nearest(&self, to: &Card<'_>, mut found: Vec<ResourceIndex>) -> Vec<ResourceIndex> {
        if found.len() < 2 {
            return found;
        }
        let distance = |index: &ResourceIndex| self.card(*index).map_or(0, |card| shared_folders(card.path, to.path));
        let distances: Vec<usize> = found.iter().map(distance).collect();
        let best = distances.iter().copied().max().unwrap_or(0);
        let mut distances = distances.into_iter();
        found.retain(|_| distances.next() == Some(best));
        found.truncate(MOST_RELATED);
        found
    }

    /// The Services that send traffic to the pods of a workload, which is the one of a number, in order.
    #[must_use]
    pub fn services_of(&self, number: ResourceIndex, workload: &Resource) -> Arc<[ResourceIndex]> {
        let none = || Arc::from([]);
        let Some(card) = self.card(number) else { return none() };
        let (group, kind) = (&workload.gvk.group, &workload.gvk.kind);
        let Some(labels) = pod_labels(group, kind, workload.node()) else { return none() };
        // copies of one workload have one answer
        let key = (card.namespace().to_owned(), card.folder().to_owned(), labels);
        if let Some(known) = self.served.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let (mut found, labels) = (Vec::new(), &key.2);
        for (name, value) in labels {
            let Some(candidates) = self.references().services.get(&format!("{name}={value}")) else { continue };
            for (selector, index) in candidates {
                if selector.matches(labels)
                    && self.card(*index).is_some_and(|service| Self::same_namespace(&service, &card))
                {
                    found.push(*index);
                }
            }
        }
        let mut found = self.nearest(&card, found);
        found.sort_unstable();
        // what a policy says of the hundredth is no news
        found.truncate(MOST_RELATED);
        let found: Arc<[ResourceIndex]> = found.into();
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        if served.len() >= MOST_SERVED {
            served.clear();
        }
        served.insert(key, Arc::clone(&found));
        drop(served);
        found
    }

    /// The autoscalers that scale a workload, and whether there can be others.
    #[must_use]
    pub fn autoscalers_of(&self, workload: ResourceIndex) -> (Vec<ResourceIndex>, Presence) {
        let Some(card) = self.card(workload) else { return (Vec::new(), Presence::Unknowable) };
        if is_unknowable(card.name()) {
            return (Vec::new(), Presence::Unknowable);
        }
        let known = self.references();
        let mut found: Vec<ResourceIndex> = known.scalers.get(&workload).cloned().unwrap_or_default();
        found.retain(|autoscaler| self.card(*autoscaler).is_some_and(|card| card.known));
        let named = known.scaled.get(&(card.kind().to_owned(), card.name().to_owned())).copied().unwrap_or(0);
        if !found.is_empty() {
            return (found, Presence::Found);
        }
        let unknowable = named > 0 || known.open_folders.contains(card.folder()) || self.unrendered_near(card.path);
        (found, if unknowable { Presence::Unknowable } else { Presence::Missing })
    }

    /// The workloads that an autoscaler scales (one, but for copies that stand equally near), and whether it exists.
    #[must_use]
    pub fn target_of(&self, autoscaler: ResourceIndex) -> (Vec<ResourceIndex>, Presence) {
        let known = self.references();
        let found = known.by_autoscaler.get(&autoscaler).and_then(|at| known.targets.get(*at));
        found.cloned().unwrap_or((Vec::new(), Presence::Unknowable))
    }

    fn aim(&self, scaling: &Scaling, known: &References) -> (Vec<ResourceIndex>, Presence) {
        let Some(card) = self.card(scaling.autoscaler) else { return (Vec::new(), Presence::Unknowable) };
        let named = known.by_name.get(&scaling.kind).and_then(|names| names.get(&scaling.name));
        let named = named.map(Vec::as_slice).unwrap_or_default();
        let is = |index: &ResourceIndex| {
            self.card(*index).is_some_and(|target| target.known && Self::same_namespace(&target, &card))
        };
        let found: Vec<ResourceIndex> = named.iter().copied().filter(is).collect();
        if !found.is_empty() {
            return (self.nearest(&card, found), Presence::Found);
        }
        // a name of another namespace, or of a build, may still be the one that is meant
        let elsewhere = !named.is_empty()
            || known.former.get(&scaling.kind).is_some_and(|names| names.contains(&scaling.name))
            || is_unknowable(&scaling.name)
            || is_unknowable(&scaling.kind)
            || pod_spec_path("apps", &scaling.kind).or(pod_spec_path("argoproj.io", &scaling.kind)).is_none()
            || !known.workload_folders.contains(card.folder())
            || self.unrendered_near(card.path);
        (Vec::new(), if elsewhere { Presence::Unknowable } else { Presence::Missing })
    }

    fn unrendered_near(&self, path: &str) -> bool {
        let folder = folder_of(path);
        self.unrendered_folders.iter().any(|other| folder == other || folder.starts_with(&format!("{other}/")))
    }
}

impl References {
    fn add(&mut self, index: ResourceIndex, card: &Card<'_>) {
        if pod_spec_path(card.group(), card.kind()).is_some() {
            self.workload_folders.insert(card.folder().to_owned());
        }
        if let Some(selector) = card.known.then(|| card.selector()).flatten() {
            // any one of its pairs finds it
            let first = selector.0.first().map(|(key, value)| format!("{key}={value}")).unwrap_or_default();
            self.services.entry(first).or_default().push((selector, index));
        }
        if let Some((kind, name)) = card.scales() {
            *self.scaled.entry((kind.clone(), name.clone())).or_default() += 1;
            self.by_name.entry(kind.clone()).or_default().entry(name.clone()).or_default();
            if is_unknowable(&name) {
                self.open_folders.insert(card.folder().to_owned());
            }
            self.by_autoscaler.insert(index, self.scalings.len());
            self.scalings.push(Scaling { kind, name, autoscaler: index });
        }
    }
}

/// Text by which a file is recognised as one that may be related to an object: all of `all` stand in it, and one of
/// `any` when there are some. A file may have the clue and be unrelated, never the other way round.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clue {
    /// Every one of these.
    pub all: Vec<String>,
    /// One of these.
    pub any: &'static [&'static str],
}

/// The clues to every relation that an [`Inventory`] knows of, from either side.
#[must_use]
pub fn clues(resource: &Resource) -> Vec<Clue> {
    let root = resource.node();
    let (group, kind) = (resource.gvk.group.as_str(), resource.gvk.kind.as_str());
    let mut out = Vec::new();
    let name = resource.key.name.trim_end_matches('*').to_owned();
    out.push(Clue { all: vec![name], any: &["HorizontalPodAutoscaler", "ScaledObject"] });
    for (key, value) in pod_labels(group, kind, root).unwrap_or_default() {
        out.push(Clue { all: vec![key.into(), value.into()], any: &["Service"] });
    }
    if let Some(Selector(pairs)) = selector(group, kind, root) {
        let words = pairs.into_iter().flat_map(|(key, value)| [key.into(), value.into()]);
        out.push(Clue { all: words.collect(), any: &["labels"] });
    }
    if let Some((kind, name)) = scale_target(group, kind, root) {
        out.push(Clue { all: vec![kind, name], any: &[] });
    }
    out
}

/// What a Service selects by.
fn selector(group: &str, kind: &str, root: Node<'_>) -> Option<Selector> {
    ((group, kind) == ("", "Service")).then(|| Selector::of_service(root)).flatten()
}

/// What an HPA or a ScaledObject scales: kind and name.
fn scale_target(group: &str, kind: &str, root: Node<'_>) -> Option<(String, String)> {
    let hpa = (group, kind) == ("autoscaling", "HorizontalPodAutoscaler");
    let keda = (group, kind) == ("keda.sh", "ScaledObject");
    if !hpa && !keda {
        return None;
    }
    let target = root.at(&["spec", "scaleTargetRef"])?;
    if target.kind() != NodeKind::Mapping {
        return None;
    }
    let kind = match target.get("kind").and_then(Node::text) {
        Some(kind) => kind,
        // KEDA scales a Deployment unless told otherwise
        None if keda => "Deployment",
        None => return None,
    };
    Some((kind.to_owned(), target.get("name")?.text()?.to_owned()))
}
