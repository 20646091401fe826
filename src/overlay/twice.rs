//! Objects that two owners deploy to one cluster. Leaves out owners of which it is not certain that they live in one cluster,
//! and what charts make.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::ResourceKey;
use crate::source::Span;
use crate::yaml::is_unknowable;

use super::owners::Owner;
use super::{Notice, folder_of};

/// Kinds without a namespace, of those that are deployed twice by mistake.
const CLUSTER_WIDE: [&str; 8] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
];

/// What an owner deploys from one folder.
pub struct Deployed<'o> {
    /// It.
    pub owner: &'o Owner,
    /// Where it names the folder.
    pub place: Span,
    /// The objects.
    pub objects: Vec<ResourceKey>,
}

/// Where an owner lives, and the cluster that it deploys to.
type Home = (String, String);

/// Pairs of owners that deploy the same.
#[must_use]
pub fn twice(deployed: &[Deployed<'_>]) -> Vec<Notice> {
    let mut owners: BTreeMap<(Home, ResourceKey), Vec<usize>> = BTreeMap::new();
    for (at, one) in deployed.iter().enumerate() {
        let Some(cluster) = one.owner.cluster() else { continue };
        for key in one.objects.iter().filter(|key| !is_unknowable(&key.name) && !is_unknowable(&key.namespace)) {
            if key.name.ends_with('*') {
                continue;
            }
            let namespace = match key.namespace.as_str() {
                _ if CLUSTER_WIDE.contains(&key.kind.as_str()) => "",
                "" => one.owner.default_namespace(),
                namespace => namespace,
            };
            let object = ResourceKey { namespace: namespace.into(), ..key.clone() };
            let home = (home(one.owner), cluster.clone());
            let known = owners.entry((home, object)).or_default();
            if known.last() != Some(&at) {
                known.push(at);
            }
        }
    }
    let mut pairs: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    for ((_, ResourceKey { kind, name, .. }), at) in owners {
        let Some((first, rest)) = at.split_first() else { continue };
        for other in rest {
            pairs.entry((*first, *other)).or_default().push(format!("{kind} {name}"));
        }
    }
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for ((first, other), objects) in pairs {
        let (Some(a), Some(b)) = (deployed.get(first), deployed.get(other)) else { continue };
        let same = (&a.owner.namespace, &a.owner.name) == (&b.owner.namespace, &b.owner.name);
        if same || !seen.insert((a.place, b.place)) {
            continue;
        }
        out.push(Notice::Twice {
            engine: b.owner.engine,
            objects,
            own: b.owner.name.clone(),
            other: if a.owner.engine == b.owner.engine { a.owner.name.clone() } else { a.owner.title() },
            mixed: a.owner.engine != b.owner.engine,
            place: b.place,
            first: a.place,
        });
    }
    out
}

/// Where an owner lives: the unit that it is an object of, or the folder that it is written in. Owners of two of them may live in two
/// clusters.
fn home(owner: &Owner) -> String {
    let path = owner.additions.first().map_or("", |addition| &addition.path);
    owner.unit.as_ref().map_or_else(|| format!("folder {}", folder_of(path)), |unit| format!("unit {unit}"))
}
