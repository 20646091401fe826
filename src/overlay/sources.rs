//! Sources and files of values that owners and Helm releases name and that are not there. What a cluster, or another branch, may
//! have is left out where nothing speaks against it. Leaves out in which words.

use std::collections::BTreeSet;

use crate::finding::{ResourceKey, nearest};
use crate::kube::Resource;
use crate::source::{Snapshot, Span};
use crate::yaml::{Node, is_unknowable};

use super::owners::{Engine, Owner, list, repository};
use super::{Notice, folder_of, name_of, resolve};

/// What `flux bootstrap` calls the source that it makes, and some keep out of the repository.
const BOOTSTRAP: &str = "flux-system";

/// What a deployed object of Flux names: where its files come from, and files of values.
#[derive(Debug)]
pub struct Naming {
    /// Kind and name of its source, with the place of the name.
    source: Option<(String, String, Span)>,
    /// The chart that a Helm release takes from a repository.
    chart: Option<Chart>,
}

#[derive(Debug)]
struct Chart {
    folder: String,
    /// As [`repository`] has it.
    repository: String,
    /// Files of values, each with its place.
    files: Vec<(String, Span)>,
}

impl Naming {
    /// Of an object; nothing of one that names none of these.
    #[must_use]
    pub fn of(resource: &Resource) -> Option<Self> {
        let spec = || resource.node().get("spec");
        let (reference, chart) = match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => (spec()?.at(&["sourceRef"]), None),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                let chart = spec()?.at(&["chart", "spec"]);
                let own = chart.and_then(|chart| chart.at(&["sourceRef"]));
                (own.or_else(|| spec()?.at(&["chartRef"])), chart)
            }
            _ => return None,
        };
        let text = |node: Option<Node<'_>>| node.and_then(Node::as_str).unwrap_or("").to_owned();
        let source = reference.and_then(|one| {
            let name = one.get("name")?;
            Some((text(one.get("kind")), text(Some(name)), name.span()))
        });
        let lax = |chart: Node<'_>| chart.get("ignoreMissingValuesFiles").and_then(Node::as_bool) == Some(true);
        let chart = chart.filter(|chart| !lax(*chart)).map(|chart| Chart {
            folder: resolve("", &text(chart.get("chart"))).unwrap_or_default(),
            repository: repository(chart, &resource.key.namespace),
            files: list(chart, "valuesFiles")
                .filter_map(|item| Some((item.as_str()?.to_owned(), item.span())))
                .collect(),
        });
        Some(Self { source, chart })
    }
}

/// Sources that nothing defines; `keys` are those of all objects as they are deployed. `open`: something else may make some. Told
/// only where the repository defines sources of the same kind, so that it is where they are kept.
#[must_use]
pub fn no_sources(keys: impl Iterator<Item = ResourceKey>, named: &[&Naming], open: bool) -> Vec<Notice> {
    let keys: Vec<ResourceKey> = keys.filter(|key| key.group == "source.toolkit.fluxcd.io").collect();
    let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut unknown = open;
    for key in &keys {
        unknown |= is_unknowable(&key.name);
        known.insert((&key.kind, &key.name));
    }
    if unknown || known.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (kind, name, place) in named.iter().filter_map(|one| one.source.as_ref()) {
        let of_kind = || known.iter().filter(|(other, _)| other == kind).map(|(_, name)| *name);
        // a namespace may be given to it on the way
        let is_there = known.contains(&(kind, name)) || name == BOOTSTRAP || is_unknowable(name) || is_unknowable(kind);
        if !is_there && of_kind().next().is_some() {
            let near = nearest(name, of_kind()).map(str::to_owned);
            out.push(Notice::NoSource { kind: kind.clone(), name: name.clone(), near, place: *place });
        }
    }
    out
}

/// Files of values that Applications and Helm releases name for charts of this repository.
#[must_use]
pub fn no_values(owners: &[Owner], named: &[&Naming], snapshot: &Snapshot) -> Vec<Notice> {
    let additions = owners.iter().flat_map(|owner| &owner.additions);
    let ours: BTreeSet<(Engine, &str)> = additions
        .filter(|one| !one.folder.is_empty() && snapshot.below(&one.folder).next().is_some())
        .map(|one| (one.engine, one.repository.as_str()))
        .collect();
    let is_chart = |folder: &str| !folder.is_empty() && snapshot.find(&format!("{folder}/Chart.yaml")).is_some();
    let text = |node: Node<'_>, key: &str| node.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
    let mut out = Vec::new();
    for owner in owners.iter().filter(|owner| owner.engine == Engine::ArgoCd) {
        let is_ours = |source: Node<'_>| ours.contains(&(Engine::ArgoCd, &text(source, "repoURL")));
        for source in owner.sources() {
            let Some(helm) = source.get("helm") else { continue };
            if helm.get("ignoreMissingValueFiles").and_then(Node::as_bool) == Some(true) {
                continue;
            }
            let folder = resolve("", text(source, "path").trim_start_matches('/')).unwrap_or_default();
            for item in list(helm, "valueFiles") {
                let Some(file) = item.as_str() else { continue };
                let path = match file.strip_prefix('$').map(|rest| rest.split_once('/')) {
                    Some(Some((name, rest))) => {
                        let named = owner.sources().find(|source| text(*source, "ref") == name);
                        named.filter(|source| is_ours(*source)).and_then(|_| resolve("", rest))
                    }
                    Some(None) => None,
                    None if !is_ours(source) || !is_chart(&folder) => None,
                    None if file.starts_with('/') => resolve("", file.trim_start_matches('/')),
                    None => resolve(&folder, file),
                };
                out.extend(path.and_then(|path| missing(Engine::ArgoCd, &path, (file, item.span()), snapshot)));
            }
        }
    }
    let charts = named.iter().filter_map(|one| one.chart.as_ref());
    for chart in charts.filter(|one| ours.contains(&(Engine::Flux, &one.repository)) && is_chart(&one.folder)) {
        // they count from the root of the source, not from the chart
        for (file, place) in &chart.files {
            let path = resolve("", file);
            out.extend(path.and_then(|path| missing(Engine::Flux, &path, (file, *place), snapshot)));
        }
    }
    out
}

/// What is to be said of a file that is not there; nothing where its name is not known, or is none of YAML.
fn missing(engine: Engine, path: &str, (text, place): (&str, Span), snapshot: &Snapshot) -> Option<Notice> {
    let is_literal = !is_unknowable(path) && !path.contains(['*', '$', '{', ':', '[']);
    let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    if !is_literal || !is_yaml || snapshot.find(path).is_some() {
        return None;
    }
    let folder = folder_of(path);
    let inside =
        |one: &str| if folder.is_empty() { Some(one.to_owned()) } else { Some(one.strip_prefix(folder)?.into()) };
    let beside: Vec<String> = snapshot
        .below(folder)
        .filter(|(_, entry)| folder_of(&entry.path) == folder)
        .filter_map(|(_, entry)| inside(&entry.path))
        .map(|one| one.trim_start_matches('/').to_owned())
        .collect();
    let near = nearest(name_of(path), beside.iter().map(String::as_str)).map(str::to_owned);
    Some(Notice::NoValues { engine, text: text.to_owned(), near, place })
}
