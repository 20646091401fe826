//! Sources and files of values that owners and Helm releases name and that are not there. What a cluster, or another branch, may
//! have is left out where nothing speaks against it. Leaves out in which words.

use std::collections::BTreeSet;

use crate::finding::nearest;
use crate::kube::Resource;
use crate::source::Snapshot;
use crate::yaml::{Node, is_unknowable};

use super::owners::{Engine, Owner, list, repository};
use super::{Notice, folder_of, name_of, resolve};

/// What `flux bootstrap` calls the source that it makes, and some keep out of the repository.
const BOOTSTRAP: &str = "flux-system";

/// Sources that nothing defines, among `resources`: all objects as they are deployed. `open`: something else may make some. Told only
/// where the repository defines sources of the same kind, so that it is where they are kept.
#[must_use]
pub fn no_sources<'r>(resources: impl Iterator<Item = &'r Resource> + Clone, open: bool) -> Vec<Notice> {
    let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut unknown = open;
    for resource in resources.clone().filter(|one| one.gvk.group == "source.toolkit.fluxcd.io") {
        unknown |= is_unknowable(&resource.key.name);
        known.insert((&resource.gvk.kind, &resource.key.name));
    }
    if unknown || known.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for resource in resources {
        let spec = resource.node().get("spec");
        let reference = match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => spec.and_then(|spec| spec.at(&["sourceRef"])),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                spec.and_then(|spec| spec.at(&["chart", "spec", "sourceRef"]).or_else(|| spec.at(&["chartRef"])))
            }
            _ => continue,
        };
        let part = |key: &str| reference.and_then(|one| one.get(key));
        let text = |key: &str| part(key).and_then(Node::as_str).unwrap_or("");
        let (kind, name) = (text("kind"), text("name"));
        let Some(place) = part("name").map(Node::span) else { continue };
        let of_kind = || known.iter().filter(|(other, _)| *other == kind).map(|(_, name)| *name);
        // a namespace may be given to it on the way
        let is_there = known.contains(&(kind, name)) || name == BOOTSTRAP || is_unknowable(name) || is_unknowable(kind);
        if !is_there && of_kind().next().is_some() {
            let near = nearest(name, of_kind()).map(str::to_owned);
            out.push(Notice::NoSource { kind: kind.to_owned(), name: name.to_owned(), near, place });
        }
    }
    out
}

/// Files of values that Applications and Helm releases name for charts of this repository.
#[must_use]
pub fn no_values<'r>(
    owners: &[Owner],
    resources: impl Iterator<Item = &'r Resource>,
    snapshot: &Snapshot,
) -> Vec<Notice> {
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
                out.extend(path.and_then(|path| missing(Engine::ArgoCd, &path, item, snapshot)));
            }
        }
    }
    for release in resources.filter(|one| one.gvk.group == "helm.toolkit.fluxcd.io" && one.gvk.kind == "HelmRelease") {
        let Some(chart) = release.node().at(&["spec", "chart", "spec"]) else { continue };
        let folder = resolve("", &text(chart, "chart")).unwrap_or_default();
        let own = ours.contains(&(Engine::Flux, repository(chart, &release.key.namespace).as_str()));
        let lax = chart.get("ignoreMissingValuesFiles").and_then(Node::as_bool) == Some(true);
        if !own || lax || !is_chart(&folder) {
            continue;
        }
        // they count from the root of the source, not from the chart
        for item in list(chart, "valuesFiles") {
            let path = item.as_str().and_then(|file| resolve("", file));
            out.extend(path.and_then(|path| missing(Engine::Flux, &path, item, snapshot)));
        }
    }
    out
}

/// What is to be said of a file that is not there; nothing where its name is not known, or is none of YAML.
fn missing(engine: Engine, path: &str, item: Node<'_>, snapshot: &Snapshot) -> Option<Notice> {
    let text = item.as_str()?;
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
    Some(Notice::NoValues { engine, text: text.to_owned(), near, place: item.span() })
}
