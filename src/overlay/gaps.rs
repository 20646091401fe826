//! What owners name that is not there: folders, and Flux Kustomizations that others wait for. Leaves out in which words.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::nearest;
use crate::source::{Snapshot, Span};
use crate::yaml::{Node, is_unknowable};

use super::owners::{Engine, Owner, list, repository};
use super::{Notice, resolve};

/// An owner, as far as others are named in it.
struct Naming {
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

impl Naming {
    fn of(owner: &Owner) -> Self {
        let text = |node: Node<'_>, key: &str| node.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
        let folder = |source: Node<'_>, repository: String| {
            let path = source.get("path")?;
            Some((repository, path.as_str()?.to_owned(), path.span()))
        };
        let (mut folders, mut waits) = (Vec::new(), Vec::new());
        let in_own = |namespace: String| if namespace.is_empty() { owner.namespace.clone() } else { namespace };
        match (owner.engine, owner.spec()) {
            (Engine::ArgoCd, _) => {
                folders.extend(owner.sources().filter_map(|source| folder(source, text(source, "repoURL"))));
            }
            (Engine::Flux, Some(spec)) => {
                folders.extend(folder(spec, repository(spec, &owner.namespace)));
                for one in list(spec, "dependsOn") {
                    let Some(name) = one.get("name").filter(|name| name.as_str().is_some()) else { continue };
                    waits.push((in_own(text(one, "namespace")), name.as_str().unwrap_or("").to_owned(), name.span()));
                }
            }
            (Engine::Flux, None) => {}
        }
        let (namespace, name) = (owner.namespace.clone(), owner.name.clone());
        Self { engine: owner.engine, namespace, name, root: owner.node().span(), folders, waits }
    }
}

/// What owners name and is not there. `open`: something else may make owners, so that whether one is there cannot be said.
#[must_use]
pub fn gaps(owners: &[Owner], open: bool, snapshot: &Snapshot) -> Vec<Notice> {
    let owners: Vec<Naming> = owners.iter().map(Naming::of).collect();
    let mut out = no_folders(&owners, snapshot);
    let flux: Vec<&Naming> = owners.iter().filter(|owner| owner.engine == Engine::Flux).collect();
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
fn no_folders(owners: &[Naming], snapshot: &Snapshot) -> Vec<Notice> {
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
    let (mut folders, mut near) = (None, BTreeMap::new());
    let mut out = Vec::new();
    for owner in owners {
        for (repository, text, place) in &owner.folders {
            let Some(folder) = resolved(text).filter(|folder| !is_there(folder)) else { continue };
            if ours.contains(&(owner.engine, repository)) {
                let all = folders.get_or_insert_with(|| {
                    snapshot.entries().map(|(_, entry)| super::folder_of(&entry.path)).collect::<BTreeSet<&str>>()
                });
                let known = near.entry(folder);
                let near = known.or_insert_with_key(|folder| nearest(folder, all.iter().copied()).map(str::to_owned));
                let near = near.clone();
                out.push(Notice::NoFolder { engine: owner.engine, text: text.clone(), near, place: *place });
            }
        }
    }
    out
}

/// Rings of Flux Kustomizations, each told once. One that stands several times (for several clusters) is in none.
fn waiting(flux: &[&Naming]) -> Vec<Notice> {
    let mut by_name: BTreeMap<(&str, &str), Vec<&Naming>> = BTreeMap::new();
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
