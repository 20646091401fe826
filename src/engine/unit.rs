//! One unit at a time: renders it, takes down what others need of its objects, and lets its trees go. What is asked for
//! again later is rendered again, but for as much as there is room for. Leaves out which units there are (`build`).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::finding::{Finding, ResourceKey};
use crate::graph::{Outline, Shared};
use crate::kube::Resource;
use crate::overlay::kustomize::{Gap, Output, Problem, Reason, Remotes, Rendered, Renderer};
use crate::overlay::{Engine, Naming, Owner, Planned, Sources, Variables, may_own};
use crate::source::Snapshot;

/// Trees of units are kept up to so many bytes, as far as those can be told: enough for a repository as people have
/// them, so that nothing is rendered twice there.
const ROOM: usize = 4 << 20;

/// So many objects of a folder are remembered with what was found in them.
const MOST_TOLD: usize = 2048;

/// So many units are kept that others asked for.
const MOST_ASKED: usize = 32;

/// What renders units.
pub(super) struct Renders<'s> {
    snapshot: &'s Snapshot,
    strict: Renderer<'s>,
    /// With an option Kustomize reads files from anywhere, and what it would make then is judged.
    open: Renderer<'s>,
    shared: Shared,
    /// How much room is taken.
    taken: AtomicUsize,
    /// Units that another one asked for, by their number.
    asked: Mutex<FxHashMap<usize, Vec<Resource>>>,
}

/// What Kustomize makes of a build.
pub(super) struct Made {
    /// The objects and what is to be said of the build, or why there are none.
    pub objects: Result<Output, Problem>,
    /// What is wrong, although there may be objects: with an option it goes through.
    pub problem: Option<Problem>,
}

/// What is known of the objects of a unit without their trees.
#[derive(Default)]
pub(super) struct Contents {
    /// What relations need of each.
    pub outlines: Vec<Outline>,
    /// Its owners, and whether any object is of a group that has some.
    pub owners: Vec<Owner>,
    pub may_own: bool,
    /// Its ConfigMaps and Secrets that variables are taken from.
    pub givers: Vec<Resource>,
    /// What those of Flux name.
    pub named: Vec<Naming>,
    /// What its sources leave out.
    pub sources: Sources,
    kept: Kept,
}

/// The objects themselves, where there was room for them.
#[derive(Default)]
struct Kept {
    objects: Option<Vec<Resource>>,
    weight: usize,
}

impl<'s> Renders<'s> {
    pub fn new(snapshot: &'s Snapshot, remotes: &Remotes) -> Self {
        let renderer = |outside| Renderer::new(snapshot, outside).with_remotes(remotes);
        Self {
            snapshot,
            strict: renderer(false),
            open: renderer(true),
            shared: Shared::default(),
            taken: AtomicUsize::new(0),
            asked: Mutex::default(),
        }
    }

    /// Runs Kustomize, as the owner does.
    pub fn make(&self, planned: &Planned) -> Made {
        let added = planned.addition();
        let within = |renderer: &Renderer<'_>| match (planned.kustomization, planned.owners.first()) {
            (None, Some(owner)) if owner.engine == Engine::ArgoCd => renderer.read_files(&planned.files),
            (None, Some(owner)) => renderer.build_files(&planned.files, owner),
            _ => renderer.build(&planned.folder, added),
        };
        if planned.is_open() {
            let objects = within(&self.open);
            return Made { problem: objects.as_ref().err().cloned(), objects };
        }
        match within(&self.strict) {
            Err(problem) if problem.reason == Reason::Outside => match within(&self.open) {
                Ok(made) => Made { objects: Ok(made), problem: Some(problem) },
                // it stops with the option too, and that is the graver thing
                Err(other) => Made { objects: Err(other.clone()), problem: Some(other) },
            },
            objects => Made { problem: objects.as_ref().err().cloned(), objects },
        }
    }

    /// Takes down the objects of a unit. `givers` are the kinds and names of those that variables are taken from.
    pub fn contents(&self, objects: impl Iterator<Item = Rendered>, givers: &BTreeSet<(String, String)>) -> Contents {
        let mut out = Contents::default();
        let mut kept = Vec::new();
        for object in objects {
            for resource in object.resources(self.snapshot) {
                out.outlines.push(Outline::of(&resource, &self.shared));
                if may_own(&resource.gvk.group) {
                    out.may_own = true;
                    out.owners.extend(Owner::of(&resource.tree, resource.root));
                }
                out.named.extend(Naming::of(&resource));
                out.sources.add(&resource);
                let named = (resource.gvk.kind.to_string(), resource.key.name.to_string());
                if resource.gvk.group.is_empty() && givers.contains(&named) {
                    out.givers.push(resource.clone());
                }
                let weight = resource.tree.weight() + mem::size_of::<Resource>();
                if self.taken.fetch_add(weight, Ordering::Relaxed) < ROOM {
                    out.kept.weight += weight;
                    kept.push(resource);
                } else {
                    self.taken.fetch_sub(weight, Ordering::Relaxed);
                }
            }
        }
        if kept.len() == out.outlines.len() {
            out.kept.objects = Some(kept);
        } else {
            self.forget(&mut out);
        }
        out.outlines.shrink_to_fit();
        out
    }

    /// Gives back the room that the objects of a unit take.
    pub fn forget(&self, contents: &mut Contents) {
        let Kept { weight, .. } = mem::take(&mut contents.kept);
        self.taken.fetch_sub(weight, Ordering::Relaxed);
    }

    /// The objects of a unit that was taken down.
    pub fn objects<'c>(
        &self,
        contents: &'c Contents,
        planned: &Planned,
        variables: Option<&Variables>,
    ) -> Cow<'c, [Resource]> {
        if let Some(kept) = &contents.kept.objects {
            return Cow::Borrowed(kept);
        }
        let made = self.make(planned).objects;
        let (objects, mut gaps) = (made.map(|output| output.objects).unwrap_or_default(), Vec::new());
        let deployed = objects.iter().map(|object| deployed_as(object, planned, variables, &mut gaps));
        Cow::Owned(deployed.flat_map(|object| object.resources(self.snapshot)).collect())
    }

    /// One of them, for another unit that refers to it: `unit` is the number of its own.
    pub fn object(
        &self,
        (unit, at): (usize, usize),
        contents: &Contents,
        planned: &Planned,
        variables: Option<&Variables>,
    ) -> Option<Resource> {
        if let Some(kept) = &contents.kept.objects {
            return kept.get(at).cloned();
        }
        let asked = || self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = asked().get(&unit) {
            return known.get(at).cloned();
        }
        let objects = self.objects(contents, planned, variables).into_owned();
        let found = objects.get(at).cloned();
        let mut all = asked();
        if all.len() >= MOST_ASKED {
            all.clear();
        }
        all.insert(unit, objects);
        found
    }
}

/// What was found in the objects of a folder that is deployed in several ways. What stands in one place and is the same to
/// the last origin is judged once: what it refers to and what it is judged by depend on nothing else.
#[derive(Default)]
pub(super) struct Judged {
    by_key: FxHashMap<ResourceKey, Vec<(Resource, Vec<Finding>)>>,
    /// So many objects are remembered.
    count: usize,
}

impl Judged {
    /// Whether an object was judged.
    pub fn knows(&self, resource: &Resource) -> bool {
        self.by_key.get(&resource.key).is_some_and(|known| known.iter().any(|(one, _)| is_same(one, resource)))
    }

    /// Takes down what was found in an object of a unit: nothing new in one that is known. What there is no room for comes back.
    pub fn remember(&mut self, resource: &Resource, unit: &Arc<str>, found: Vec<Finding>) -> Vec<Finding> {
        let known = self.by_key.entry(resource.key.clone()).or_default();
        if let Some((_, before)) = known.iter_mut().find(|(one, _)| is_same(one, resource)) {
            before.iter_mut().for_each(|finding| finding.units.push(Arc::clone(unit)));
        } else if self.count < MOST_TOLD {
            self.count += 1;
            known.push((resource.clone(), found));
        } else {
            return found;
        }
        Vec::new()
    }

    /// All that was found in what is remembered, with all units.
    pub fn found(self) -> impl Iterator<Item = Finding> {
        self.by_key.into_values().flatten().flat_map(|(_, found)| found)
    }
}

fn is_same(one: &Resource, other: &Resource) -> bool {
    one.root == other.root && one.tree.is_same(&other.tree)
}

/// What the cluster gets for an object of a build.
pub(super) fn deployed_as(
    object: &Rendered,
    planned: &Planned,
    variables: Option<&Variables>,
    gaps: &mut Vec<Gap>,
) -> Rendered {
    let object = match variables {
        Some(variables) => {
            let (object, missed) = object.substituted(variables);
            gaps.extend(missed);
            object
        }
        None => object.clone(),
    };
    match planned.addition() {
        Some(added) => object.labelled(added),
        None => object,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::objects_of;
    use crate::source::{Source, SourceId};
    use crate::yaml::{Draft, Reading, documents};

    #[test]
    fn an_object_is_known_by_its_values_and_their_origins() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b, c: b}\n";
        let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.into()));
        let tree = documents(&source).into_iter().find_map(|document| document.tree).unwrap();
        let draft = Draft::of(tree.root(), Reading::Kustomize, &|span| (span, true));
        let made = |change: &dyn Fn(&mut Draft)| {
            let mut draft = (*draft).clone();
            change(&mut draft);
            objects_of(&Arc::new(draft.freeze(&source)), source.id(), 0).remove(0)
        };
        let same = |_: &mut Draft| {};
        let with = |draft: &mut Draft, key: &str| {
            let value = draft.at(&["data", key]).cloned().map(Arc::new);
            let data = draft.get_mut("data").map(Arc::make_mut).unwrap();
            data.set("a", data.origin.written, value.unwrap());
        };
        let other = |draft: &mut Draft| {
            draft.remove("data");
        };
        let (unit, next): (Arc<str>, Arc<str>) = ("one".into(), "other".into());
        let mut told = Judged::default();
        assert!(!told.knows(&made(&same)));
        told.remember(&made(&same), &unit, Vec::new());
        told.remember(&made(&same), &next, Vec::new());
        assert_eq!(told.count, 1);
        assert!(told.knows(&made(&same)) && told.knows(&made(&|draft| with(draft, "a"))));
        assert!(!told.knows(&made(&other)));
        // the same text from elsewhere
        assert!(!told.knows(&made(&|draft| with(draft, "c"))));
    }
}
