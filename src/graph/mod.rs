//! What refers to what: Services to the pods that they select, autoscalers to the workloads that they scale. Answers
//! *found*, *missing* or *unknowable*; only *missing* can be an error. Keeps keys, labels and places, not trees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::shared_folders;
use crate::finding::ResourceKey;
use crate::kube::{Resource, Selector, pod_labels, pod_spec_path};
use crate::overlay::folder_of;
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
type Served = (String, String, Vec<(String, String)>);

/// One resource, as far as references need it.
struct Card {
    key: ResourceKey,
    path: String,
    known: bool,
    labels: Option<Vec<(String, String)>>,
}

/// What an autoscaler scales.
struct Scaling {
    kind: String,
    name: String,
    autoscaler: ResourceIndex,
}

/// The resources of a snapshot with their references.
#[derive(Default)]
pub struct Inventory {
    cards: Vec<Card>,
    by_name: FxHashMap<(String, String), Vec<ResourceIndex>>,
    services: BTreeMap<String, Vec<(Selector, ResourceIndex)>>,
    scalings: Vec<Scaling>,
    /// How many autoscalers name a target of this kind and name.
    scaled: FxHashMap<(String, String), u32>,
    by_autoscaler: FxHashMap<ResourceIndex, usize>,
    /// What each of `scalings` aims at.
    targets: Vec<(Vec<ResourceIndex>, Presence)>,
    /// The autoscalers whose target a workload is.
    scalers: FxHashMap<ResourceIndex, Vec<ResourceIndex>>,
    /// Answers for workloads of one namespace, folder and set of labels.
    served: RwLock<FxHashMap<Served, Arc<[ResourceIndex]>>>,
    /// Folders with an autoscaler whose target is a placeholder.
    open_folders: BTreeSet<String>,
    workload_folders: BTreeSet<String>,
    /// Kinds and names that objects had before a build.
    former: FxHashSet<(String, String)>,
    unrendered_folders: Vec<String>,
}

impl Inventory {
    /// Takes in the resources, in order; `known` says of each whether it is what the cluster gets (not part of a
    /// build). `unrendered` are folders whose templates may make anything. `former` are objects as they were before a
    /// build that changed them: whether there is one of such a name cannot be said.
    #[must_use]
    pub fn new<'r>(
        resources: impl Iterator<Item = (&'r Resource, &'r str, bool)>,
        unrendered: Vec<String>,
        former: impl Iterator<Item = &'r Resource>,
    ) -> Self {
        let mut inventory = Self { unrendered_folders: unrendered, ..Self::default() };
        inventory.former = former.map(|one| (one.gvk.kind.clone(), one.key.name.clone())).collect();
        for (resource, path, known) in resources {
            inventory.add(resource, path, known);
        }
        // every autoscaler looks for its target once; the workloads read the answer
        inventory.targets = inventory.scalings.iter().map(|scaling| inventory.aim(scaling)).collect();
        let mut scalers: FxHashMap<ResourceIndex, Vec<ResourceIndex>> = FxHashMap::default();
        for (scaling, (targets, _)) in inventory.scalings.iter().zip(&inventory.targets) {
            for target in targets {
                scalers.entry(*target).or_default().push(scaling.autoscaler);
            }
        }
        inventory.scalers = scalers;
        inventory
    }

    fn add(&mut self, resource: &Resource, path: &str, known: bool) {
        let index = u32::try_from(self.cards.len()).unwrap_or(u32::MAX);
        let root = resource.node();
        let (group, kind) = (resource.gvk.group.as_str(), resource.gvk.kind.as_str());
        let labels = pod_labels(group, kind, root);
        self.by_name.entry((kind.to_owned(), resource.key.name.clone())).or_default().push(index);
        if pod_spec_path(group, kind).is_some() {
            self.workload_folders.insert(folder_of(path).to_owned());
        }
        if (group, kind) == ("", "Service")
            && known
            && let Some(selector) = Selector::of_service(root)
        {
            // any one of its pairs finds it
            let first = selector.0.first().map(|(key, value)| format!("{key}={value}")).unwrap_or_default();
            self.services.entry(first).or_default().push((selector, index));
        }
        if let Some((kind, name)) = scale_target(group, kind, root) {
            *self.scaled.entry((kind.clone(), name.clone())).or_default() += 1;
            if is_unknowable(&name) {
                self.open_folders.insert(folder_of(path).to_owned());
            }
            self.by_autoscaler.insert(index, self.scalings.len());
            self.scalings.push(Scaling { kind, name, autoscaler: index });
        }
        self.cards.push(Card { key: resource.key.clone(), path: path.to_owned(), known, labels });
    }

    fn card(&self, index: ResourceIndex) -> Option<&Card> {
        self.cards.get(index as usize)
    }

    /// Two objects can meet in one namespace: theirs are equal, or one names none and stands in the same folder.
    fn same_namespace(a: &Card, b: &Card) -> bool {
        a.key.namespace == b.key.namespace
            || ((a.key.namespace.is_empty() || b.key.namespace.is_empty()) && folder_of(&a.path) == folder_of(&b.path))
    }

    /// Of several, those that stand nearest: environments repeat the same names in folders of their own.
    fn nearest(&self, to: &Card, mut found: Vec<ResourceIndex>) -> Vec<ResourceIndex> {
        if found.len() < 2 {
            return found;
        }
        let distance = |index: &ResourceIndex| self.card(*index).map_or(0, |card| shared_folders(&card.path, &to.path));
        let distances: Vec<usize> = found.iter().map(distance).collect();
        let best = distances.iter().copied().max().unwrap_or(0);
        let mut distances = distances.into_iter();
        found.retain(|_| distances.next() == Some(best));
        found.truncate(MOST_RELATED);
        found
    }

    /// The Services that send traffic to a workload's pods, in order.
    #[must_use]
    pub fn services_of(&self, workload: ResourceIndex) -> Arc<[ResourceIndex]> {
        let none = || Arc::from([]);
        let Some(card) = self.card(workload) else { return none() };
        let Some(labels) = &card.labels else { return none() };
        // copies of one workload have one answer
        let key = (card.key.namespace.clone(), folder_of(&card.path).to_owned(), labels.clone());
        if let Some(known) = self.served.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let mut found = Vec::new();
        for (name, value) in labels {
            let Some(candidates) = self.services.get(&format!("{name}={value}")) else { continue };
            for (selector, index) in candidates {
                if selector.matches(labels)
                    && self.card(*index).is_some_and(|service| Self::same_namespace(service, card))
                {
                    found.push(*index);
                }
            }
        }
        let mut found = self.nearest(card, found);
        found.sort_unstable();
        // what a policy says of the hundredth is no news
        found.truncate(MOST_RELATED);
        let found: Arc<[ResourceIndex]> = found.into();
        self.served.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&found));
        found
    }

    /// The autoscalers that scale a workload, and whether there can be others.
    #[must_use]
    pub fn autoscalers_of(&self, workload: ResourceIndex) -> (Vec<ResourceIndex>, Presence) {
        let Some(card) = self.card(workload) else { return (Vec::new(), Presence::Unknowable) };
        if is_unknowable(&card.key.name) {
            return (Vec::new(), Presence::Unknowable);
        }
        let mut found: Vec<ResourceIndex> = self.scalers.get(&workload).cloned().unwrap_or_default();
        found.retain(|autoscaler| self.card(*autoscaler).is_some_and(|card| card.known));
        let named = self.scaled.get(&(card.key.kind.clone(), card.key.name.clone())).copied().unwrap_or(0);
        if !found.is_empty() {
            return (found, Presence::Found);
        }
        let unknowable =
            named > 0 || self.open_folders.contains(folder_of(&card.path)) || self.unrendered_near(&card.path);
        (found, if unknowable { Presence::Unknowable } else { Presence::Missing })
    }

    /// The workloads that an autoscaler scales (one, but for copies that stand equally near), and whether it exists.
    #[must_use]
    pub fn target_of(&self, autoscaler: ResourceIndex) -> (Vec<ResourceIndex>, Presence) {
        let found = self.by_autoscaler.get(&autoscaler).and_then(|at| self.targets.get(*at));
        found.cloned().unwrap_or((Vec::new(), Presence::Unknowable))
    }

    fn aim(&self, scaling: &Scaling) -> (Vec<ResourceIndex>, Presence) {
        let Some(card) = self.card(scaling.autoscaler) else { return (Vec::new(), Presence::Unknowable) };
        let named: &[ResourceIndex] =
            self.by_name.get(&(scaling.kind.clone(), scaling.name.clone())).map(Vec::as_slice).unwrap_or_default();
        let is = |index: &ResourceIndex| {
            self.card(*index).is_some_and(|target| target.known && Self::same_namespace(target, card))
        };
        let found: Vec<ResourceIndex> = named.iter().copied().filter(is).collect();
        if !found.is_empty() {
            return (self.nearest(card, found), Presence::Found);
        }
        // a name of another namespace, or of a build, may still be the one that is meant
        let elsewhere = !named.is_empty()
            || self.former.contains(&(scaling.kind.clone(), scaling.name.clone()))
            || is_unknowable(&scaling.name)
            || is_unknowable(&scaling.kind)
            || pod_spec_path("apps", &scaling.kind).or(pod_spec_path("argoproj.io", &scaling.kind)).is_none()
            || !self.workload_folders.contains(folder_of(&card.path))
            || self.unrendered_near(&card.path);
        (Vec::new(), if elsewhere { Presence::Unknowable } else { Presence::Missing })
    }

    fn unrendered_near(&self, path: &str) -> bool {
        let folder = folder_of(path);
        self.unrendered_folders.iter().any(|other| folder == other || folder.starts_with(&format!("{other}/")))
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
        out.push(Clue { all: vec![key, value], any: &["Service"] });
    }
    if (group, kind) == ("", "Service")
        && let Some(Selector(pairs)) = Selector::of_service(root)
    {
        out.push(Clue { all: pairs.into_iter().flat_map(|(key, value)| [key, value]).collect(), any: &["labels"] });
    }
    if let Some((kind, name)) = scale_target(group, kind, root) {
        out.push(Clue { all: vec![kind, name], any: &[] });
    }
    out
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
