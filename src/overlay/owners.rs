//! What Argo CD and Flux are told to deploy, as far as it lies in this snapshot: the folders that Applications and Flux
//! Kustomizations name, what they add to the builds there, and what they wait for. Leaves out variables that are substituted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::finding::{ResourceKey, nearest};
use crate::source::{Snapshot, Span};
use crate::yaml::{Node, NodeKind, Tree, is_unknowable};

use super::{Notice, resolve};

/// The kinds that name folders which are deployed: apiVersion and kind, in every version that was served.
pub const OWNERS: [(&str, &str); 5] = [
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("kustomize.toolkit.fluxcd.io/v1beta1", "Kustomization"),
    ("kustomize.toolkit.fluxcd.io/v1beta2", "Kustomization"),
    ("argoproj.io/v1alpha1", "Application"),
    ("argoproj.io/v1alpha1", "ApplicationSet"),
];

/// Whether a group has a kind that owns.
#[must_use]
pub fn may_own(group: &str) -> bool {
    ["argoproj.io", "kustomize.toolkit.fluxcd.io"].contains(&group)
}

/// The folders that owners name.
#[derive(Debug, Default, Clone)]
pub struct Owned {
    /// What is deployed as one.
    pub roots: BTreeSet<String>,
    /// Components that are taken in from outside of the kustomizations.
    pub components: BTreeSet<String>,
    /// What owners add to the builds that they deploy, by folder.
    pub additions: BTreeMap<String, Vec<Addition>>,
    /// Whether an owner patches other owners, so that what those say is not all.
    pub patched: bool,
}

/// What an owner adds to a build: patches, images, Components, a namespace, as if they stood in the kustomization.
#[derive(Debug, Clone)]
pub struct Addition {
    /// The owner's document.
    pub tree: Arc<Tree>,
    /// The mapping in it that holds `patches`, `images` and `components`.
    pub node: u32,
    /// The field of that mapping that names a namespace.
    pub namespace: &'static str,
}

impl Addition {
    /// The mapping that it is read from.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        self.tree.node(self.node)
    }

    /// The variables that Flux puts into the objects, when all of them are known: nothing where it puts in none, or where
    /// some come from objects of the cluster (<https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>).
    #[must_use]
    pub fn variables(&self) -> Option<BTreeSet<&str>> {
        let build = self.node().at(&["postBuild"])?;
        let from = build.at(&["substituteFrom"]).is_some_and(|list| list.items().next().is_some());
        let names: BTreeSet<&str> = build.at(&["substitute"])?.entries().filter_map(|entry| entry.key.text()).collect();
        (!from && !names.is_empty()).then_some(names)
    }

    fn is_empty(&self) -> bool {
        let node = self.node();
        ["patches", "images", "components", "postBuild", self.namespace].iter().all(|key| node.at(&[key]).is_none())
    }
}

impl Owned {
    /// Takes in an object, if it is an owner. Paths count from the root of the repository that it deploys from, which is
    /// taken to be this one where the folder is there.
    pub fn add(&mut self, tree: &Arc<Tree>) {
        let root = tree.root();
        let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or("");
        if !OWNERS.contains(&(text("apiVersion"), text("kind"))) {
            return;
        }
        match text("kind") {
            // https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
            "Application" => self.application(tree, root.get("spec")),
            "ApplicationSet" => self.application(tree, root.at(&["spec", "template", "spec"])),
            // https://fluxcd.io/flux/components/kustomize/kustomizations/#path
            _ => root.get("spec").into_iter().for_each(|spec| self.source(tree, spec, spec, "targetNamespace")),
        }
    }

    fn application(&mut self, tree: &Arc<Tree>, spec: Option<Node<'_>>) {
        let Some(spec) = spec else { return };
        for source in spec.get("source").into_iter().chain(list(spec, "sources")) {
            self.source(tree, source, source.get("kustomize").unwrap_or(source), "namespace");
        }
    }

    fn source(&mut self, tree: &Arc<Tree>, source: Node<'_>, with: Node<'_>, namespace: &'static str) {
        let Some(path) = source.get("path").and_then(Node::as_str).filter(|path| !is_unknowable(path)) else { return };
        let Some(folder) = resolve("", path.trim_start_matches('/')) else { return };
        let items = list(with, "components").filter_map(Node::as_str);
        self.components.extend(items.filter_map(|item| resolve(&folder, item)));
        let of_owners = |patch: Node<'_>| {
            let kind = patch.at(&["target", "kind"]).and_then(Node::as_str);
            kind.is_none_or(|kind| {
                OWNERS.iter().any(|(_, owner)| *owner == kind) || !kind.chars().all(char::is_alphabetic)
            })
        };
        self.patched |= list(with, "patches").any(of_owners);
        let addition = Addition { tree: Arc::clone(tree), node: with.index(), namespace };
        if !addition.is_empty() {
            self.additions.entry(folder.clone()).or_default().push(addition);
        }
        self.roots.insert(folder);
    }
}

/// Who deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// By Applications and ApplicationSets.
    ArgoCd,
    /// By Kustomizations of its own kind.
    Flux,
}

/// An Application or a Flux Kustomization, as far as others are named in it.
#[derive(Debug, Clone)]
pub struct Owner {
    engine: Engine,
    namespace: String,
    name: String,
    /// Where it stands: the same object may be in several units.
    root: Span,
    /// The folders that it deploys, each with the repository that it says they are in.
    folders: Vec<(String, String, Span)>,
    /// Namespaces and names of what it waits for.
    waits: Vec<(String, String, Span)>,
}

impl Owner {
    /// Reads an object; nothing of one that is no owner.
    #[must_use]
    pub fn of(key: &ResourceKey, root: Node<'_>) -> Option<Self> {
        if !may_own(&key.group) {
            return None;
        }
        let text = |node: Node<'_>, key: &str| node.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
        if !OWNERS.contains(&(text(root, "apiVersion").as_str(), text(root, "kind").as_str())) {
            return None;
        }
        let spec = root.get("spec")?;
        let engine = if key.group == "argoproj.io" { Engine::ArgoCd } else { Engine::Flux };
        let folder = |source: Node<'_>, repository: String| {
            let path = source.get("path")?;
            Some((repository, path.as_str()?.to_owned(), path.span()))
        };
        let mut folders = Vec::new();
        let mut waits = Vec::new();
        match engine {
            Engine::ArgoCd => {
                let spec = if key.kind == "ApplicationSet" { root.at(&["spec", "template", "spec"])? } else { spec };
                let sources = spec.get("source").into_iter().chain(list(spec, "sources"));
                folders.extend(sources.filter_map(|source| folder(source, text(source, "repoURL"))));
            }
            Engine::Flux => {
                let source = spec.get("sourceRef");
                let part = |key: &str| source.map_or_else(String::new, |source| text(source, key));
                let namespace =
                    if part("namespace").is_empty() { key.namespace.to_string() } else { part("namespace") };
                folders.extend(folder(spec, format!("{} {namespace}/{}", part("kind"), part("name"))));
                for one in list(spec, "dependsOn") {
                    let Some(name) = one.get("name").filter(|name| name.as_str().is_some()) else { continue };
                    let namespace = text(one, "namespace");
                    let namespace = if namespace.is_empty() { key.namespace.to_string() } else { namespace };
                    waits.push((namespace, name.as_str().unwrap_or("").to_owned(), name.span()));
                }
            }
        }
        let (namespace, name) = (key.namespace.to_string(), key.name.clone());
        Some(Self { engine, namespace, name: name.to_string(), root: root.span(), folders, waits })
    }
}

/// What owners name and is not there. `open`: something else may make owners, so that whether one is there cannot be said.
#[must_use]
pub fn gaps(owners: &[Owner], open: bool, snapshot: &Snapshot) -> Vec<Notice> {
    let mut out = no_folders(owners, snapshot);
    let flux: Vec<&Owner> = owners.iter().filter(|owner| owner.engine == Engine::Flux).collect();
    if !open && !flux.iter().any(|owner| is_unknowable(&owner.name) || is_unknowable(&owner.namespace)) {
        for (_, name, place) in flux.iter().flat_map(|owner| &owner.waits).filter(|(_, name, _)| !is_unknowable(name)) {
            // a namespace may be given to it on the way
            if !flux.iter().any(|owner| owner.name == *name) {
                let near = nearest(name, flux.iter().map(|owner| owner.name.as_str())).map(str::to_owned);
                out.push(Notice::NoDependency { name: name.clone(), near, place: *place });
            }
        }
    }
    out.extend(waiting(&flux));
    out
}

/// Whether a folder is in this repository is known where others of the same source are.
fn no_folders(owners: &[Owner], snapshot: &Snapshot) -> Vec<Notice> {
    let resolved = |text: &str| {
        let literal = !is_unknowable(text) && !text.contains(['*', '{']);
        literal.then(|| resolve("", text.trim_start_matches('/'))).flatten().filter(|folder| !folder.is_empty())
    };
    let is_there = |folder: &str| snapshot.find(folder).is_some() || snapshot.below(folder).next().is_some();
    let ours: BTreeSet<(Engine, &str)> = owners
        .iter()
        .flat_map(|owner| owner.folders.iter().map(move |(repository, text, _)| (owner.engine, repository, text)))
        .filter(|(_, _, text)| resolved(text).is_some_and(|folder| is_there(&folder)))
        .map(|(engine, repository, _)| (engine, repository.as_str()))
        .collect();
    let mut out = Vec::new();
    for owner in owners {
        for (repository, text, place) in &owner.folders {
            let Some(folder) = resolved(text).filter(|folder| !is_there(folder)) else { continue };
            if ours.contains(&(owner.engine, repository)) {
                let folders: BTreeSet<&str> =
                    snapshot.entries().map(|(_, entry)| super::folder_of(&entry.path)).collect();
                let near = nearest(&folder, folders.into_iter()).map(str::to_owned);
                out.push(Notice::NoFolder { engine: owner.engine, text: text.clone(), near, place: *place });
            }
        }
    }
    out
}

/// Rings of Flux Kustomizations, each told once. One that stands several times (for several clusters) is in none.
fn waiting(flux: &[&Owner]) -> Vec<Notice> {
    let mut by_name: BTreeMap<(&str, &str), Vec<&Owner>> = BTreeMap::new();
    for owner in flux {
        let known = by_name.entry((&owner.namespace, &owner.name)).or_default();
        if !known.iter().any(|one| one.root == owner.root) {
            known.push(owner);
        }
    }
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for start in by_name.keys() {
        let mut way: Vec<(&str, &str)> = Vec::new();
        let mut next = Some(*start);
        // depth first, over each owner once
        let mut stack: Vec<(usize, (&str, &str))> = next.take().into_iter().map(|one| (0, one)).collect();
        while let Some((depth, name)) = stack.pop() {
            way.truncate(depth);
            if let Some(from) = way.iter().position(|one| *one == name) {
                let ring = way.get(from..).unwrap_or_default();
                let first = ring.first().and_then(|one| by_name.get(one)?.first()).copied();
                let place = first.and_then(|owner| {
                    let second = ring.get(1).copied().unwrap_or(name);
                    owner.waits.iter().find(|(space, one, _)| (space.as_str(), one.as_str()) == second)
                });
                if let Some((_, _, place)) = place {
                    let names = ring.iter().map(|(_, name)| (*name).to_owned()).collect();
                    out.push(Notice::Waiting { names, place: *place });
                }
                continue;
            }
            let Some([owner]) = by_name.get(&name).map(Vec::as_slice) else { continue };
            if !seen.insert(name) {
                continue;
            }
            way.push(name);
            let below = owner.waits.iter().rev().map(|(space, name, _)| (way.len(), (space.as_str(), name.as_str())));
            stack.extend(below);
        }
    }
    out
}

fn list<'t>(node: Node<'t>, field: &str) -> impl Iterator<Item = Node<'t>> {
    node.get(field).filter(|list| list.kind() == NodeKind::Sequence).into_iter().flat_map(Node::items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, SourceId};

    fn owned(text: &str) -> (Vec<String>, Vec<String>) {
        let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.into()));
        let mut owned = Owned::default();
        for tree in crate::yaml::documents(&source).iter().filter_map(|document| document.tree.as_ref()) {
            owned.add(tree);
        }
        (owned.roots.into_iter().collect(), owned.components.into_iter().collect())
    }

    #[test]
    fn flux_and_argo_name_folders() {
        let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  path: ./apps/web\n  components: [../../components/tls]\n";
        assert_eq!(owned(flux), (vec!["apps/web".into()], vec!["components/tls".into()]));
        let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    path: apps/web\n    kustomize:\n      components: [../tls]\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  sources:\n  - path: apps/api\n  - chart: redis\n";
        assert_eq!(owned(argo), (vec!["apps/api".into(), "apps/web".into()], vec!["apps/tls".into()]));
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n    spec:\n      source:\n        path: 'apps/{{name}}'\n";
        assert_eq!(owned(set), (vec![], vec![]));
    }
}
