//! Units: what is deployed as one. A plain folder is one whose objects are what the cluster gets; a Kustomize root when it
//! could be rendered, once for each way in which it is deployed; a chart is named and not rendered.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Snapshot, SourceId};

use super::artifact::{Artifact, Sources};
use super::folder_of;
use super::kustomize::{Builds, Kustomization};
use super::owners::{Addition, Engine, Owner};

/// How a unit comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnitKind {
    /// A folder of manifests that nothing renders.
    Folder,
    /// A kustomization that no other takes in.
    Kustomize,
    /// A Helm chart.
    Chart,
}

impl UnitKind {
    /// In words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Folder => "plain folder",
            Self::Kustomize => "Kustomize root",
            Self::Chart => "chart",
        }
    }
}

/// What is deployed as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unit {
    /// Its folder, `.` for the root of the snapshot; with its owner where others deploy the same folder otherwise.
    pub name: String,
    /// How it comes about.
    pub kind: UnitKind,
    /// Its folder, empty for the root of the snapshot.
    pub folder: String,
    /// Whether its objects are known: rendered, or plain.
    pub judged: bool,
}

/// The name of a unit that has its folder for itself.
#[must_use]
pub fn unit_name(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// The units of a snapshot: `builds` are the planned ones, each with whether it was rendered, `plain` the folders that hold
/// objects of no build and no chart.
#[must_use]
pub fn units<'p>(
    builds: impl Iterator<Item = (&'p Planned, bool)>,
    charts: &BTreeSet<String>,
    plain: &BTreeSet<String>,
) -> Vec<Unit> {
    let unit = |folder: &String, kind, judged| Unit {
        name: unit_name(folder).to_owned(),
        kind,
        folder: folder.clone(),
        judged,
    };
    let builds = builds.filter(|(planned, _)| planned.kustomization.is_some()).map(|(planned, judged)| Unit {
        name: planned.name.clone(),
        ..unit(&planned.folder, UnitKind::Kustomize, judged)
    });
    let mut units: Vec<Unit> = plain
        .iter()
        .map(|folder| unit(folder, UnitKind::Folder, true))
        .chain(builds)
        .chain(charts.iter().map(|chart| unit(chart, UnitKind::Chart, false)))
        .collect();
    units.sort();
    units
}

/// A build as it is to be made: one folder, deployed in one way.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its folder.
    pub folder: String,
    /// The file of its kustomization; none where Flux makes one of the files below.
    pub kustomization: Option<SourceId>,
    /// Those files.
    pub files: Vec<SourceId>,
    /// Who deploys it so: all of them add the same. None where nobody is known to.
    pub owners: Vec<Addition>,
    /// Its name among the units.
    pub name: String,
}

impl Planned {
    /// What is added to it.
    #[must_use]
    pub fn addition(&self) -> Option<&Addition> {
        self.owners.first().filter(|owner| !owner.is_empty())
    }

    /// Whether files outside the folder of their kustomization may be read: so Flux builds.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.owners.is_empty() && self.owners.iter().all(|owner| owner.engine == Engine::Flux)
    }

    /// What makes it another build than others, in one text.
    #[must_use]
    pub fn told(&self) -> String {
        let added = self.addition().map(|addition| format!("{:?} {}", addition.place, addition.told()));
        format!("{} {} {} {}", self.folder, self.files.len(), self.is_open(), added.unwrap_or_default())
    }
}

/// The builds of a snapshot, as its owners deploy them. `is_plain` says of a file whether it holds objects of no build.
#[must_use]
pub fn plan(
    builds: &Builds,
    owners: &[Owner],
    snapshot: &Snapshot,
    sources: &Sources,
    is_plain: &dyn Fn(SourceId) -> bool,
) -> Vec<Planned> {
    let mut by_folder: BTreeMap<&str, Vec<Addition>> = BTreeMap::new();
    let mut files: BTreeMap<&str, Vec<SourceId>> = BTreeMap::new();
    for addition in owners.iter().flat_map(|owner| &owner.additions) {
        if let Some((folder, one)) = builds.kustomizations.get_key_value(&addition.folder) {
            if !one.component {
                by_folder.entry(folder).or_default().push(addition.clone());
            }
            continue;
        }
        // what an owner adds nothing to is judged as it is
        if addition.engine != Engine::Flux || addition.is_empty() || builds.closed.contains(&addition.folder) {
            continue;
        }
        let around = addition.laid_around();
        let artifact = Artifact::of(&addition.repository, snapshot, sources);
        let file_of = |root: &Kustomization| snapshot.entry(root.source).map_or("", |entry| entry.path.as_str());
        let below = builds.roots().filter(|root| builds.is_next_below(&addition.folder, &root.folder));
        for root in below.filter(|root| artifact.holds(file_of(root))) {
            by_folder.entry(&root.folder).or_default().push(around.clone());
        }
        let below = snapshot.below(&addition.folder).filter(|(id, entry)| {
            let is_read = entry.path.ends_with(".yaml") || entry.path.ends_with(".yml");
            let may_be = is_read && builds.is_next_below(&addition.folder, &entry.path) && is_plain(*id);
            may_be && artifact.holds(&entry.path)
        });
        let below: Vec<SourceId> = below.map(|(id, _)| id).collect();
        if !below.is_empty() {
            by_folder.entry(&addition.folder).or_default().push(around);
            files.insert(&addition.folder, below);
        }
    }
    for root in builds.roots() {
        by_folder.entry(&root.folder).or_default();
    }
    let mut out = Vec::new();
    for (folder, additions) in by_folder {
        let mut ways: BTreeMap<String, Vec<Addition>> = BTreeMap::new();
        for addition in additions {
            let told = if addition.is_empty() { String::new() } else { addition.told() };
            ways.entry(told).or_default().push(addition);
        }
        if ways.is_empty() {
            ways.insert(String::new(), Vec::new());
        }
        let alone = ways.len() == 1;
        let names: Vec<String> = ways.values().filter_map(|way| Some(way.first()?.owner.clone())).collect();
        for owners in ways.into_values() {
            let name = match owners.first().filter(|_| !alone) {
                Some(first) if names.iter().filter(|name| **name == first.owner).count() > 1 => {
                    format!("{} ({} in {})", unit_name(folder), first.owner, first.path)
                }
                Some(first) => format!("{} ({})", unit_name(folder), first.owner),
                None => unit_name(folder).to_owned(),
            };
            let kustomization = builds.kustomizations.get(folder).map(|one| one.source);
            let files =
                if kustomization.is_none() { files.get(folder).cloned().unwrap_or_default() } else { Vec::new() };
            out.push(Planned { folder: folder.to_owned(), kustomization, files, owners, name });
        }
    }
    out
}

/// The folder of a plain file, as the name of its unit.
#[must_use]
pub fn unit_of_file(path: &str) -> &str {
    unit_name(folder_of(path))
}
