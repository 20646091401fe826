//! The folders of a snapshot as they are deployed, for one who asks for some: all ways are known, and what is asked for is
//! rendered. Leaves out judging.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::check::Document;
use crate::config::Config;
use crate::kube::Class;
use crate::overlay::kustomize::{Builds, Gap, Problem, Rendered, is_kustomization};
use crate::overlay::{Addition, Engine, Owner, Planned, Told, Variables};
use crate::source::{Phrase, Snapshot, SourceId};

use super::build::{Work, owners_of};
use super::staged::Owners;
use super::unit::{Renders, deployed_as};
use super::{Progress, read, stand};

/// A folder as it is deployed: what some owners make of its build.
pub struct Way {
    planned: Planned,
    variables: Option<Variables>,
}

impl Way {
    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.planned.folder
    }

    /// Who deploys it so: all of them add the same. Empty where nobody is known to.
    #[must_use]
    pub fn owners(&self) -> &[Addition] {
        &self.planned.owners
    }
}

/// All ways in which the folders of a snapshot are deployed.
pub struct Ways<'s> {
    /// Them.
    pub all: Vec<Way>,
    /// All owners, as they are deployed themselves.
    pub owners: Vec<Owner>,
    renders: Renders<'s>,
}

impl<'s> Ways<'s> {
    /// Finds them in a snapshot that [`keep_owners`] went over.
    #[must_use]
    pub fn of(snapshot: &'s Snapshot, config: &Config) -> Self {
        let read::Read { mut documents, kustomizations, .. } = read::all(snapshot, config, &Progress::default());
        let builds = stand::joined(snapshot, config, kustomizations, &mut documents);
        let renders = Renders::new(snapshot, builds.remotes());
        let work = Work::new(snapshot, &builds, &documents, &renders);
        let (jobs, owners) = work.settled(owners_of(&documents, snapshot));
        let mut all: Vec<Way> =
            jobs.into_iter().map(|job| Way { planned: job.planned, variables: job.variables }).collect();
        let identity = |one: &Addition| (one.place, one.folder.clone(), one.owner.clone());
        let known: BTreeSet<_> = all.iter().flat_map(|way| way.owners()).map(identity).collect();
        for added in owners.iter().flat_map(|owner| &owner.additions).filter(|one| !known.contains(&identity(one))) {
            let planned = written(added, snapshot, &builds, &|id| work.is_plain(id));
            all.extend(planned.map(|planned| Way { planned, variables: None }));
        }
        Self { all, owners, renders }
    }

    /// The objects of a way, or why it is not built; and where variables were not put in.
    pub fn objects(&self, way: &Way) -> (Result<Vec<Rendered>, Problem>, Vec<Gap>) {
        let mut gaps = Vec::new();
        let mut deployed = |object: &Rendered| deployed_as(object, &way.planned, way.variables.as_ref(), &mut gaps);
        let made = self.renders.make(&way.planned).objects;
        (made.map(|output| output.objects.iter().map(&mut deployed).collect()), gaps)
    }
}

/// What an owner deploys as it is written: the files of a folder without a kustomization, to which it adds nothing.
fn written(
    added: &Addition,
    snapshot: &Snapshot,
    builds: &Builds,
    is_plain: &dyn Fn(SourceId) -> bool,
) -> Option<Planned> {
    let folder = added.folder.as_str();
    let told = added.told_way();
    let is_built = told.is_none() && builds.kustomizations.contains_key(folder);
    if !added.is_empty() || matches!(told, Some(Told::Elsewhere)) || is_built {
        return None;
    }
    let is_manifest = |path: &str| {
        let json = added.engine == Engine::ArgoCd && path.ends_with(".json");
        json || path.ends_with(".yaml") || path.ends_with(".yml")
    };
    let takes = |id: SourceId| stand::is_within(added, told.as_ref(), builds, snapshot, id) && is_plain(id);
    let files = snapshot.below(folder).filter(|(id, entry)| is_manifest(&entry.path) && takes(*id));
    let files: Vec<SourceId> = files.map(|(id, _)| id).collect();
    (!files.is_empty()).then(|| Planned {
        folder: folder.to_owned(),
        kustomization: None,
        files,
        owners: vec![added.laid_around()],
        name: String::new(),
    })
}

/// What a file may hold, by its text.
#[derive(Default, Clone, Copy)]
struct Holds {
    owner: bool,
    /// A ConfigMap, a Secret, or what generates one.
    giver: bool,
    /// What takes variables from those.
    taker: bool,
}

impl Holds {
    fn of(snapshot: &Snapshot, id: SourceId) -> Self {
        let Ok(source) = snapshot.source(id) else { return Self::default() };
        let text = source.text();
        if text.contains('\\') {
            // an escape may spell anything
            let Some(words) = snapshot.words(id) else { return Self::default() };
            let holds = |phrase: &str| words.may_hold(&Phrase::new(phrase));
            let generators = ["ConfigMap", "Secret", "configMapGenerator", "secretGenerator"];
            return Self {
                owner: Owners::new().are_in(&words) || SOURCES.into_iter().any(holds),
                giver: generators.into_iter().any(holds),
                taker: holds("substituteFrom"),
            };
        }
        Self {
            owner: GROUPS.into_iter().any(|group| text.contains(group)),
            giver: text.contains("onfigMap") || text.contains("ecret"),
            taker: text.contains("substituteFrom"),
        }
    }
}

/// The groups whose kinds own, and that of what they take files from, which may leave some out.
const GROUPS: [&str; 3] = ["argoproj.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"];

/// The kinds of the last.
const SOURCES: [&str; 3] = ["GitRepository", "OCIRepository", "Bucket"];

/// Narrows a snapshot to what says how its folders are deployed: kustomizations, owners, and what gives those variables.
pub fn keep_owners(snapshot: &mut Snapshot) {
    let ids: Vec<SourceId> = snapshot.entries().filter(|(_, entry)| entry.read).map(|(id, _)| id).collect();
    let all: &Snapshot = snapshot;
    let held: Vec<(SourceId, Holds)> = ids.par_iter().with_min_len(32).map(|id| (*id, Holds::of(all, *id))).collect();
    let takes = held.iter().any(|(_, holds)| holds.taker);
    let path = |id: &SourceId| all.entry(*id).map(|entry| entry.path.clone());
    let needed = held.iter().filter(|(_, holds)| holds.owner || takes && holds.giver);
    let needed: BTreeSet<String> = needed.filter_map(|(id, _)| path(id)).collect();
    // a kustomization that is asked for is rendered, whatever it takes in
    let is_named = |path: &str| needed.contains(path);
    snapshot.narrow(is_named, |path| is_kustomization(path) || is_named(path));
}

/// Whether a file that was not read holds objects and nothing else.
pub(super) fn is_plain(snapshot: &Snapshot, id: SourceId, charts: &BTreeSet<String>, role: bool) -> bool {
    let documents: Vec<Document> = read::one(snapshot, id, charts);
    !documents.is_empty()
        && documents.iter().all(|document| document.class == Class::Empty || document.class.holds_objects() && !role)
}
