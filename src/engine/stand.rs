//! Where each document stands: whole, part of a build, a patch. Joins what was read of the files with what their
//! folders make of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::check::{Document, Standing, Unread};
use crate::config::Config;
use crate::facts::Crds;
use crate::graph::Outline;
use crate::kube::{self, Class, Resource};
use crate::overlay::kustomize::{Builds, Kustomization, Role};
use crate::overlay::{
    Addition, Deployed, Engine, Naming, Notice, Owned, Told, Unit, folder_of, gaps, no_sources, no_values, twice,
    unexpanded, units,
};
use crate::schema;
use crate::source::{Snapshot, SourceId};
use crate::yaml::{Node, Tree};

use super::build::{self, Rendering};
use super::path_of;
use super::read::Read;

/// Everything that the checks are given.
pub(super) struct Placed<'s> {
    pub documents: Vec<Document>,
    /// What is judged as it was written; the objects of rendered builds come after them.
    pub resources: Vec<Resource>,
    /// Their files.
    pub paths: Vec<&'s str>,
    pub standings: Vec<Standing>,
    /// Objects in files of rendered builds, as they were written: judged through those.
    pub through: Vec<Resource>,
    pub crds: Crds,
    pub units: Vec<Unit>,
    pub unread: Vec<Unread>,
    pub builds: Builds,
    pub rendering: Rendering<'s>,
    pub charts: BTreeSet<String>,
}

/// The builds of a snapshot. Says of each document what it is to them.
pub(super) fn joined(
    snapshot: &Snapshot,
    config: &Config,
    read: Vec<Kustomization>,
    documents: &mut [Document],
) -> Builds {
    let owned = Owned::of(&build::owners_of(documents, snapshot));
    let builds = Builds::of(snapshot, read, &owned, &config.remotes);
    for document in documents {
        let role = builds.roles.get(&document.source).map(|(role, _)| *role);
        document.built = role.is_some();
        match role {
            Some(Role::Patch) if document.class.holds_objects() || document.class == Class::OtherTool => {
                document.class = Class::Patch
            }
            Some(Role::Config)
                if document.class != Class::Crd
                    && document.class != Class::Empty
                    && document.class != Class::Broken =>
            {
                document.class = Class::KustomizeConfig;
            }
            // a generator wraps the bytes, whatever they are
            Some(Role::Input) => {
                document.class = Class::KustomizeConfig;
                document.problems.clear();
            }
            _ => {}
        }
    }
    builds
}

pub(super) fn all<'s>(snapshot: &'s Snapshot, config: &Config, read: Read) -> Placed<'s> {
    let Read { mut documents, kustomizations, charts, unread } = read;
    let builds = joined(snapshot, config, kustomizations, &mut documents);
    for document in &mut documents {
        let class = document.class;
        if (class.holds_objects() || matches!(class, Class::Patch | Class::Broken))
            && kube::is_set_aside(&document.path)
            && !builds.roles.contains_key(&document.source)
        {
            document.class = Class::SetAside;
            document.objects.clear();
            document.problems.clear();
        }
    }
    let mut crds = Crds::default();
    config.added.iter().for_each(|crd| crds.insert(Arc::clone(crd)));
    crds.give(&config.locations);
    for document in documents.iter().filter(|document| document.class.holds_objects()) {
        let Some(tree) = &document.tree else { continue };
        for object in &document.objects {
            register(&mut crds, &document.path, tree, object.node(), &object.gvk.kind);
        }
        // one without its version is still meant as one
        if document.objects.is_empty() {
            let kind = tree.root().get("kind").and_then(Node::as_str).unwrap_or("");
            register(&mut crds, &document.path, tree, tree.root(), kind);
        }
    }
    for document in documents.iter_mut().filter(|document| document.class == Class::Object) {
        if let [object] = document.objects.as_slice()
            && !is_plainly_named(object)
            && object.root == 0
            && schema::is_config(object, &document.path, &crds)
        {
            document.class =
                Class::ClientConfig("it has no name or no API group, so no API server takes it: a tool reads it");
        }
    }

    let mut rendering = build::all(snapshot, &builds, &documents);
    let mut through: Vec<Resource> = Vec::new();
    let count = documents.iter().map(|document| document.objects.len()).sum();
    let mut resources: Vec<Resource> = Vec::with_capacity(count);
    let mut standings: Vec<Standing> = Vec::with_capacity(count);
    let mut orphans: Vec<usize> = Vec::new();
    for document in &mut documents {
        let objects = std::mem::take(&mut document.objects);
        if objects.is_empty() || !(document.class.holds_objects() || document.class == Class::Patch) {
            continue;
        }
        if rendering.covered.contains(&document.source) {
            through.extend(objects);
            continue;
        }
        let standing = match (document.class, builds.roles.get(&document.source)) {
            (Class::Patch, _) => Standing::Patch,
            (_, Some((Role::Resource, _))) => Standing::Part,
            _ => Standing::Whole,
        };
        let orphan = standing == Standing::Whole && builds.is_beside(&document.path);
        for resource in objects {
            if orphan {
                orphans.push(resources.len());
            }
            resources.push(resource);
            standings.push(standing);
        }
    }
    // a file beside a kustomization that does not list it, and that lacks what the server asks for, is a patch that
    // nobody uses: whether anyone applies it cannot be known
    let checks = schema::SchemaChecks::default();
    let partial: Vec<usize> = orphans
        .par_iter()
        .copied()
        .filter(|at| {
            resources.get(*at).is_some_and(|resource| {
                let path = snapshot.entry(resource.source).map_or("", |entry| entry.path.as_str());
                checks.is_partial(resource, path, &crds, config.minors.of_path(path))
            })
        })
        .collect();
    for at in partial {
        if let Some(standing) = standings.get_mut(at) {
            *standing = Standing::Patch;
        }
    }

    let mut folders: Vec<&str> = resources
        .iter()
        .zip(&standings)
        .filter(|(_, standing)| **standing == Standing::Whole)
        .filter_map(|(resource, _)| snapshot.entry(resource.source))
        .chain(rendering.built.iter().flat_map(|built| &built.planned.files).filter_map(|id| snapshot.entry(*id)))
        .map(|entry| folder_of(&entry.path))
        .collect();
    folders.dedup();
    let plain: BTreeSet<String> = folders.into_iter().map(str::to_owned).collect();
    let whole = || resources.iter().zip(&standings).filter(|(_, standing)| **standing == Standing::Whole);
    if !rendering.owners.is_empty() {
        // objects that make Flux Kustomizations, and what was not rendered
        let makes = |resource: &Resource| resource.gvk.kind == "ResourceSet";
        let unrendered = !charts.is_empty() || !rendering.causes.is_empty();
        let open = unrendered || whole().any(|(resource, _)| makes(resource)) || through.iter().any(makes);
        let is_wanted = |notice: &Notice| snapshot.entry(notice.place().source).is_some_and(|entry| entry.wanted);
        let found = gaps(&rendering.owners, open, snapshot);
        let double = doubles(&rendering, &builds, &charts, &resources, &standings, snapshot);
        let contents = || rendering.built.iter().map(|built| &built.contents);
        let made = contents().flat_map(|contents| &contents.outlines).map(Outline::key);
        let keys = whole().map(|(resource, _)| resource.key.clone()).chain(made);
        let naming: Vec<Naming> = whole().filter_map(|(resource, _)| Naming::of(resource)).collect();
        let naming: Vec<&Naming> = naming.iter().chain(contents().flat_map(|contents| &contents.named)).collect();
        let values = no_values(&rendering.owners, &naming, snapshot);
        let sources = no_sources(keys, &naming, open);
        let sets = unexpanded(&rendering.owners, snapshot).into_iter().map(Notice::Unexpanded);
        let said: Vec<Notice> =
            found.into_iter().chain(double).chain(values).chain(sources).chain(sets).filter(is_wanted).collect();
        rendering.notices.extend(said);
    }
    let made = rendering.built.iter().map(|built| (&built.planned, true));
    let failed = rendering.failed.iter().map(|planned| (planned, false));
    let mut units = units(made.chain(failed), &charts, &plain);
    units.dedup();
    let paths: Vec<&str> = resources.iter().map(|resource| path_of(snapshot, resource)).collect();
    Placed { documents, resources, paths, standings, through, crds, units, unread, builds, rendering, charts }
}

/// By this Argo CD passes a file over, wherever it stands in it (`skipFileRenderingMarker` of its repository server).
const PASSED_OVER: &str = "+argocd:skip-file-rendering";

/// Whether a file is one of those that an owner takes as they are written, where nothing builds them; `told` is what it says of
/// them.
pub(super) fn is_within(
    addition: &Addition,
    told: Option<&Told>,
    builds: &Builds,
    snapshot: &Snapshot,
    id: SourceId,
) -> bool {
    let Some(path) = snapshot.entry(id).map(|entry| entry.path.as_str()) else { return false };
    let folder = addition.folder.as_str();
    let is_taken = || snapshot.source(id).is_ok_and(|source| !source.text().contains(PASSED_OVER));
    match (addition.engine, told) {
        (Engine::Flux, _) => builds.is_next_below(folder, path),
        (Engine::ArgoCd, Some(Told::Files(files))) => files.take(folder, path) && is_taken(),
        (Engine::ArgoCd, _) => folder_of(path) == folder && is_taken(),
    }
}

/// What two owners deploy: objects of builds, and those of plain folders.
fn doubles(
    rendering: &Rendering<'_>,
    builds: &Builds,
    charts: &BTreeSet<String>,
    written: &[Resource],
    standings: &[Standing],
    snapshot: &Snapshot,
) -> Vec<Notice> {
    let mut deployed = Vec::new();
    for owner in &rendering.owners {
        for addition in &owner.additions {
            let is_of = |built: &&build::Built<'_>| built.planned.owners.iter().any(|one| one.is_same(addition));
            let folder = addition.folder.as_str();
            let told = addition.told_way();
            let takes = |resource: &Resource| is_within(addition, told.as_ref(), builds, snapshot, resource.source);
            let mut objects = Vec::new();
            let built = match told {
                Some(Told::Elsewhere) => continue,
                Some(Told::Files(_)) => false,
                None => builds.kustomizations.contains_key(folder) || charts.contains(folder),
            };
            if told.is_none() {
                let made = rendering.built.iter().filter(is_of).flat_map(|built| &built.contents.outlines);
                objects.extend(made.map(Outline::key));
            }
            if !built {
                let whole = written.iter().zip(standings).filter(|(_, standing)| **standing == Standing::Whole);
                objects.extend(whole.filter(|(resource, _)| takes(resource)).map(|(resource, _)| resource.key.clone()));
            }
            if !objects.is_empty() {
                deployed.push(Deployed { owner, place: addition.place, objects });
            }
        }
    }
    twice(&deployed)
}

/// Whether a file lies beside a kustomization and no kustomization lists it.
pub(super) fn is_orphan(builds: &Builds, document: &Document) -> bool {
    !builds.roles.contains_key(&document.source) && builds.kustomizations.contains_key(folder_of(&document.path))
}

fn register(crds: &mut Crds, path: &str, tree: &Arc<Tree>, object: Node<'_>, kind: &str) {
    match kind {
        "CustomResourceDefinition" => crds.add(path, tree, object),
        "MutatingWebhookConfiguration" => crds.add_webhooks(object),
        _ => {}
    }
}

/// Most objects have a name and a group, and need no second look.
fn is_plainly_named(object: &Resource) -> bool {
    let has_group = !object.gvk.group.is_empty() || object.gvk.version == "v1";
    has_group && !object.key.name.is_empty() && !object.key.name.ends_with('*')
}
