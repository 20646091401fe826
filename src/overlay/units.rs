//! Units: what is deployed as one. A plain folder is one whose objects are what the cluster gets; a Kustomize root when it
//! could be rendered; a chart is named and not rendered.

use std::collections::BTreeSet;

use super::kustomize::Builds;

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
    /// Its folder, `.` for the root of the snapshot.
    pub name: String,
    /// How it comes about.
    pub kind: UnitKind,
    /// Whether its objects are known: rendered, or plain.
    pub judged: bool,
}

/// The units of a snapshot: `rendered` are the roots whose objects are known, `plain` the folders that hold objects of no
/// build and no chart.
#[must_use]
pub fn units(
    builds: &Builds,
    rendered: &BTreeSet<&str>,
    charts: &BTreeSet<String>,
    plain: &BTreeSet<String>,
) -> Vec<Unit> {
    let named = |folder: &str| if folder.is_empty() { ".".to_owned() } else { folder.to_owned() };
    let mut units: Vec<Unit> = plain
        .iter()
        .map(|folder| Unit { name: named(folder), kind: UnitKind::Folder, judged: true })
        .chain(builds.roots().map(|root| Unit {
            name: named(&root.folder),
            kind: UnitKind::Kustomize,
            judged: rendered.contains(root.folder.as_str()),
        }))
        .chain(charts.iter().map(|chart| Unit { name: named(chart), kind: UnitKind::Chart, judged: false }))
        .collect();
    units.sort();
    units
}
