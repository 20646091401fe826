//! Renders the builds that something is asked of, and says which files are judged through them. Leaves out what builds
//! are (`overlay`) and what is wrong with their objects (checks).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::check::Document;
use crate::finding::{Finding, Label, ResourceKey, Stated, nearest};
use crate::kube::{Class, Resource, objects_of};
use crate::overlay::kustomize::{
    Builds, Gap, Held, Idle, Missed, Output, Problem, Reach, Reason, Remotes, Role, Silent, Stale, is_kustomization,
};
use crate::overlay::{
    Addition, Engine, Givers, LeftOut, Notice, Owner, Planned, Sources, Variables, chart, keep_own, left_out, may_own,
    plan,
};
use crate::source::{Phrase, Snapshot, SourceId, Span};
use crate::yaml::Node;

use super::outside::Outside;
use super::stand::is_orphan;
use super::unit::{Contents, Made, Renders, deployed_as};
use super::ways;

/// So many steps of a value's way are told with a finding.
const MOST_STEPS: usize = 3;

/// How often owners are looked at again because an owner above changed them.
const MAX_ROUNDS: usize = 4;

/// A build that was rendered.
pub(super) struct Built<'s> {
    /// What was asked for.
    pub planned: Planned,
    /// Its name, for all that is found in it.
    pub name: Arc<str>,
    /// The file of its root: where the unit stands. None where its objects stand where they were written.
    pub path: Option<&'s str>,
    /// Whether findings are asked for wherever they stand in it.
    pub wanted: bool,
    /// Whether it takes in a file in which findings are asked for.
    pub judged: bool,
    variables: Option<Variables>,
    /// What is known of its objects.
    pub contents: Contents,
}

impl Built<'_> {
    /// How many objects it has.
    pub fn len(&self) -> usize {
        self.contents.outlines.len()
    }
}

/// What became of the builds.
pub(super) struct Rendering<'s> {
    renders: Renders<'s>,
    /// The number of the first object of each of `built`, counted from the first of all.
    firsts: Vec<usize>,
    /// The rendered ones, by folder.
    pub built: Vec<Built<'s>>,
    /// Those that were not.
    pub failed: Vec<Planned>,
    /// Files that a rendered build takes in: they are judged through it.
    pub covered: BTreeSet<SourceId>,
    /// What is to be said beside, each with the file that it stands in.
    pub notices: Vec<Notice>,
    /// Why a build was not rendered, by its folder and those of what it takes in.
    pub causes: BTreeMap<String, String>,
    /// The owners as they are deployed.
    pub owners: Vec<Owner>,
}

impl<'s> Rendering<'s> {
    fn new(snapshot: &'s Snapshot, remotes: &Remotes) -> Self {
        Self {
            renders: Renders::new(snapshot, remotes),
            firsts: Vec::new(),
            built: Vec::new(),
            failed: Vec::new(),
            covered: BTreeSet::new(),
            notices: Vec::new(),
            causes: BTreeMap::new(),
            owners: Vec::new(),
        }
    }

    /// The number of the first object of a unit, counted from the first of all.
    pub fn first(&self, unit: usize) -> usize {
        self.firsts.get(unit).copied().unwrap_or_default()
    }

    /// The objects of a unit: they are rendered again unless there was room for them.
    pub fn objects<'b>(&self, built: &'b Built<'_>) -> Cow<'b, [Resource]> {
        self.renders.objects(&built.contents, &built.planned, built.variables.as_ref())
    }

    /// Lets go of what was rendered: everything was judged.
    pub fn forget(&mut self) {
        self.built.iter_mut().for_each(|built| self.renders.forget(&mut built.contents));
    }

    /// An object by its number.
    pub fn object(&self, number: usize) -> Option<Resource> {
        let unit = self.firsts.partition_point(|first| *first <= number).checked_sub(1)?;
        let built = self.built.get(unit)?;
        let at = number - self.first(unit);
        self.renders.object((unit, at), &built.contents, &built.planned, built.variables.as_ref())
    }
}

/// Renders every root that takes in a file which is read: others may refer to its objects.
pub(super) fn all<'s>(snapshot: &'s Snapshot, builds: &Builds, documents: &[Document]) -> Rendering<'s> {
    let mut out = Rendering::new(snapshot, builds.remotes());
    let written: Vec<Owner> = owners_of(documents, snapshot);
    if builds.kustomizations.is_empty() && written.is_empty() {
        return out;
    }
    let is_wanted = |id: SourceId| snapshot.entry(id).is_some_and(|entry| entry.wanted);
    let work = Work::new(snapshot, builds, documents, &out.renders);
    let (slots, owners) = work.rounds(written);
    // why a root that was asked about is not made is told wherever it stands
    let is_asked = |slot: &&Slot| slot.planned.kustomization.is_some_and(is_wanted);
    let (asked, others): (Vec<&Slot>, Vec<&Slot>) = slots.iter().partition(is_asked);
    let refused: Vec<Notice> = asked.into_iter().filter_map(|slot| work.refused(slot)).collect();
    let notices = others.into_iter().filter_map(|slot| work.refused(slot)).chain(work.untold(&slots, &owners));
    let notices: Vec<Notice> = notices.collect();
    let left_out = work.left_out(&slots);
    out.owners = owners;
    let rendered: BTreeSet<&str> = slots.iter().filter(|slot| slot.is_made()).map(Slot::folder).collect();
    let mut idle: BTreeMap<(Span, Idle), (Silent, Vec<String>)> = BTreeMap::new();
    let told = slots.iter().flat_map(|slot| &slot.stale);
    let elsewhere = Elsewhere::of(told, snapshot, builds);
    let mut held: BTreeMap<(Span, Held), (Stale, Vec<String>)> = BTreeMap::new();
    for slot in &slots {
        let name = &slot.planned.name;
        match &slot.silent {
            Ok(silent) => {
                out.covered.extend(&slot.sources);
                for one in slot.stale.iter().filter(|one| !elsewhere.has(one, &slot.sources)) {
                    let roots = &mut held.entry((one.place, one.held)).or_insert_with(|| (one.clone(), Vec::new())).1;
                    if roots.last() != Some(name) {
                        roots.push(name.clone());
                    }
                }
                for one in silent {
                    let roots = &mut idle.entry((one.place, one.what)).or_insert_with(|| (one.clone(), Vec::new())).1;
                    if roots.last() != Some(name) {
                        roots.push(name.clone());
                    }
                }
            }
            // it is judged as it is written, or as others deploy it
            Err(_) if slot.planned.kustomization.is_none() || rendered.contains(slot.folder()) => {}
            Err(problem) => {
                for folder in work.reaches.get(slot.folder()).into_iter().flat_map(|reach| &reach.folders) {
                    out.causes.entry(folder.clone()).or_insert_with(|| problem.to_string());
                }
            }
        }
    }
    out.notices.extend(notices);
    out.notices.extend(left_out.into_iter().map(|(what, roots)| Notice::LeftOut { what, roots }));
    // what a base or a Component asks for may be there in another build
    for ((place, _), (silent, in_roots)) in idle {
        let asks = |slot: &&Slot| {
            let mut owners = slot.planned.owners.iter();
            slot.sources.contains(&place.source) || owners.any(|owner| owner.place.source == place.source)
        };
        if slots.iter().filter(asks).count() == in_roots.len() {
            out.notices.push(Notice::Idle { silent, roots: in_roots });
        }
    }
    out.notices.extend(held.into_values().map(|(stale, roots)| Notice::Stale { stale, roots }));
    let mut first = 0;
    for Slot { planned, silent, variables, contents, sources, .. } in slots {
        if silent.is_err() {
            out.failed.push(planned);
            continue;
        }
        let path = planned.kustomization.and_then(|id| Some(snapshot.entry(id)?.path.as_str()));
        let wanted = planned.kustomization.is_some_and(is_wanted);
        let judged = sources.iter().any(|id| is_wanted(*id));
        out.firsts.push(first);
        first += contents.outlines.len();
        let name = planned.name.as_str().into();
        out.built.push(Built { planned, name, path, wanted, judged, variables, contents });
    }
    aside(builds, documents, &mut out);
    let outside = Outside { snapshot, builds };
    out.notices.retain(|notice| outside.is_wanted(notice.place().source));
    out.notices.extend(refused);
    out
}

/// The owners in some documents, as they are written.
pub(super) fn owners_of(documents: &[Document], snapshot: &Snapshot) -> Vec<Owner> {
    let mut owners = Vec::new();
    for document in documents.iter().filter(|document| document.class.holds_objects()) {
        let own = document.objects.iter().filter(|object| may_own(&object.gvk.group));
        owners.extend(own.filter_map(|object| Owner::of(&object.tree, object.root)));
    }
    keep_own(&mut owners, snapshot);
    owners
}

/// A build on its way: what its owner makes of what Kustomize makes of it.
struct Slot {
    planned: Planned,
    /// What makes it what it is, in one text.
    told: String,
    /// The files that it takes in.
    sources: BTreeSet<SourceId>,
    /// The entries that do nothing in it, or why it has no objects.
    silent: Result<Vec<Silent>, Problem>,
    /// The fields that hold names of before.
    stale: Vec<Stale>,
    /// What is wrong, although there may be objects.
    problem: Option<Problem>,
    variables: Option<Variables>,
    /// Where variables were not put in.
    gaps: Vec<Gap>,
    contents: Contents,
}

impl Slot {
    fn folder(&self) -> &str {
        &self.planned.folder
    }

    fn is_made(&self) -> bool {
        self.silent.is_ok()
    }
}

/// A build that is to be made.
pub(super) struct Job {
    pub planned: Planned,
    told: String,
    /// The files that it takes in.
    pub sources: BTreeSet<SourceId>,
    pub variables: Option<Variables>,
}

impl Job {
    /// Whether a slot is what it would make.
    fn is_done_by(&self, slot: &Slot) -> bool {
        slot.told == self.told && slot.planned.name == self.planned.name && slot.variables == self.variables
    }
}

/// How folders are deployed in the end.
pub(super) struct Settled {
    /// All builds.
    pub jobs: Vec<Job>,
    /// All owners.
    pub owners: Vec<Owner>,
    /// The builds that say how others are deployed.
    pub makers: Vec<Maker>,
}

/// A build that makes owners, or what gives variables their values.
pub(super) struct Maker {
    /// The files that it takes in.
    pub sources: BTreeSet<SourceId>,
    /// Kind and name of each object that gives values.
    pub givers: Vec<(String, String)>,
}

/// The files that rendered builds take in.
fn covered(slots: &[Slot]) -> BTreeSet<SourceId> {
    slots.iter().filter(|slot| slot.is_made()).flat_map(|slot| slot.sources.iter().copied()).collect()
}

/// What rendering works on.
pub(super) struct Work<'w> {
    snapshot: &'w Snapshot,
    builds: &'w Builds,
    documents: &'w [Document],
    reaches: BTreeMap<&'w str, Reach>,
    /// Files that hold objects and nothing else, and that no build lists.
    plain: BTreeSet<SourceId>,
    /// What the sources that are written leave out.
    sources: Sources,
    /// All charts, found when a file that was not read is looked at.
    charts: OnceLock<BTreeSet<String>>,
    renders: &'w Renders<'w>,
}

impl<'w> Work<'w> {
    pub fn new(
        snapshot: &'w Snapshot,
        builds: &'w Builds,
        documents: &'w [Document],
        renders: &'w Renders<'w>,
    ) -> Self {
        let all = builds.kustomizations.values().filter(|one| !one.component);
        let reaches = all.map(|one| (one.folder.as_str(), builds.reach(snapshot, &one.folder))).collect();
        let is_plain = |document: &Document| {
            document.class == Class::Empty
                || document.class.holds_objects() && !builds.roles.contains_key(&document.source)
        };
        let mut plain: BTreeSet<SourceId> = documents.iter().map(|document| document.source).collect();
        for document in documents.iter().filter(|document| !is_plain(document)) {
            plain.remove(&document.source);
        }
        let mut sources = Sources::default();
        let holders = documents.iter().filter(|document| document.class.holds_objects());
        holders.flat_map(|document| &document.objects).for_each(|object| sources.add(object));
        Self { snapshot, builds, documents, reaches, plain, sources, charts: OnceLock::new(), renders }
    }

    /// Renders all builds as their owners deploy them. Owners are objects of builds, too: what a build makes of one counts, and
    /// may make other builds.
    fn rounds(&self, written: Vec<Owner>) -> (Vec<Slot>, Vec<Owner>) {
        let mut owners = written.clone();
        let mut slots: Vec<Slot> = Vec::new();
        let mut givers: BTreeSet<(String, String)> = BTreeSet::new();
        for round in 0..MAX_ROUNDS {
            let mut jobs = self.jobs(&owners, &slots);
            // of those too that are not made here: how they are deployed may be asked all the same
            let asked: BTreeSet<(String, String)> =
                jobs.iter().filter_map(|job| job.planned.addition()).flat_map(Addition::givers).collect();
            jobs.retain(|job| job.sources.iter().any(|id| self.is_asked(*id)));
            if round > 0
                && asked.is_subset(&givers)
                && slots.len() == jobs.len()
                && jobs.iter().zip(&slots).all(|(job, slot)| job.is_done_by(slot))
            {
                break;
            }
            // what nobody asked for was not taken down
            let usable = asked.is_subset(&givers);
            givers = asked;
            let mut before: FxHashMap<String, Slot> = FxHashMap::default();
            for mut slot in slots {
                if usable {
                    before.insert(slot.told.clone(), slot);
                } else {
                    self.renders.forget(&mut slot.contents);
                }
            }
            let work: Vec<(Job, Option<Slot>)> = jobs
                .into_iter()
                .map(|job| {
                    let before = before.remove(&job.told);
                    (job, before)
                })
                .collect();
            before.into_values().for_each(|mut slot| self.renders.forget(&mut slot.contents));
            slots = work.into_par_iter().map(|(job, before)| self.make(job, before, &givers)).collect();
            if written.is_empty() && !slots.iter().any(|slot| slot.contents.may_own) {
                break;
            }
            let covered = covered(&slots);
            let made = slots.iter().flat_map(|slot| {
                slot.contents.owners.iter().map(|owner| owner.clone().in_unit(Some(slot.planned.name.clone())))
            });
            owners = written
                .iter()
                .filter(|owner| !covered.contains(&owner.node().span().source))
                .cloned()
                .chain(made)
                .collect();
            restore(&mut owners, &written);
            keep_own(&mut owners, self.snapshot);
        }
        (slots, owners)
    }

    /// All builds as their owners deploy them in the end, whether anything is asked of them or not.
    pub fn settled(&self, written: Vec<Owner>) -> Settled {
        let (slots, owners) = self.rounds(written);
        let jobs = self.jobs(&owners, &slots);
        let makes = |slot: &Slot| slot.contents.may_own || !slot.contents.givers.is_empty();
        let maker = |slot: Slot| Maker {
            sources: slot.sources,
            givers: slot
                .contents
                .givers
                .iter()
                .map(|one| (one.gvk.kind.to_string(), one.key.name.to_string()))
                .collect(),
        };
        let makers = slots.into_iter().filter(makes).map(maker).collect();
        Settled { jobs, owners, makers }
    }

    /// The builds that owners ask for, with their variables by the objects that there are.
    fn jobs(&self, owners: &[Owner], slots: &[Slot]) -> Vec<Job> {
        let job = |planned: Planned| {
            let mut sources: BTreeSet<SourceId> = planned.files.iter().copied().collect();
            if let Some(reach) = self.reaches.get(planned.folder.as_str()) {
                sources.extend(&reach.sources);
            }
            Job { told: planned.told(), planned, sources, variables: None }
        };
        let mut sources = self.sources.clone();
        slots.iter().for_each(|slot| sources.join(&slot.contents.sources));
        let planned = plan(self.builds, owners, self.snapshot, &sources, &|id| self.is_plain(id));
        let mut jobs: Vec<Job> = planned.into_iter().map(job).collect();
        self.give_variables(&mut jobs, slots);
        jobs
    }

    /// Whether a file holds objects and nothing else, and no build lists it.
    pub fn is_plain(&self, id: SourceId) -> bool {
        let is_read = self.snapshot.entry(id).is_some_and(|entry| entry.read);
        let paths = || self.snapshot.entries().map(|(_, entry)| entry.path.as_str());
        let charts = || self.charts.get_or_init(|| chart::charts(paths()));
        self.plain.contains(&id)
            || !is_read && ways::is_plain(self.snapshot, id, charts(), self.builds.roles.contains_key(&id))
    }

    /// Whether anything is asked of a file. A kustomization is read for what it lists.
    fn is_asked(&self, id: SourceId) -> bool {
        let entry = self.snapshot.entry(id);
        entry.is_some_and(|entry| entry.wanted || (entry.read && !is_kustomization(&entry.path)))
    }

    /// Finds the variables of each build, by the objects that there are.
    fn give_variables(&self, jobs: &mut [Job], slots: &[Slot]) {
        let from_objects = |job: &Job| job.planned.addition().is_some_and(Addition::takes_from_objects);
        let mut givers = Givers::default();
        if jobs.iter().any(from_objects) {
            let covered = covered(slots);
            for document in self.documents.iter().filter(|document| document.class.holds_objects()) {
                if !covered.contains(&document.source) {
                    document.objects.iter().for_each(|object| givers.add(object, &document.path));
                }
            }
            for resource in slots.iter().flat_map(|slot| &slot.contents.givers) {
                let written = self.snapshot.entry(resource.source).map_or("", |entry| entry.path.as_str());
                givers.add(resource, written);
            }
        }
        for job in jobs {
            job.variables = job.planned.addition().and_then(|addition| Variables::of(addition, &givers));
        }
    }

    /// Makes a build, unless it was made so before.
    fn make(&self, job: Job, before: Option<Slot>, givers: &BTreeSet<(String, String)>) -> Slot {
        let Job { planned, told, sources, variables } = job;
        if let Some(mut slot) = before {
            if slot.variables == variables {
                return Slot { planned, ..slot };
            }
            self.renders.forget(&mut slot.contents);
        }
        let Made { objects, problem } = self.renders.make(&planned);
        let (objects, silent, stale) = match objects {
            Ok(Output { objects, silent, stale }) => (objects, Ok(silent), stale),
            Err(problem) => (Vec::new(), Err(problem), Vec::new()),
        };
        let mut gaps = Vec::new();
        let deployed = objects.into_iter().map(|one| deployed_as(&one, &planned, variables.as_ref(), &mut gaps));
        let contents = self.renders.contents(deployed, givers);
        Slot { planned, told, sources, silent, stale, problem, variables, gaps, contents }
    }

    /// What is to be said of a build that is refused.
    fn refused(&self, slot: &Slot) -> Option<Notice> {
        let problem = slot.problem.clone()?;
        let place = problem.place.unwrap_or(Span::new(slot.planned.kustomization?, 0, 0));
        let of_file = || self.documents.iter().filter(|document| document.source == place.source);
        // what is told of the file itself is not told twice
        let is_told = |document: &Document| {
            let second = document.tree.as_ref().and_then(|tree| tree.second_merge());
            document.problems.iter().any(|one| one.span == place && one.is_fatal())
                || second.is_some_and(|key| key.span() == place)
        };
        if problem.reason == Reason::Unreadable && of_file().any(is_told) {
            return None;
        }
        let reference = self.builds.reference_at(place);
        let leaves = reference.is_some_and(|one| one.path.is_none() && one.text.starts_with('.'));
        let unknowable =
            problem.reason == Reason::Outside && leaves || of_file().any(|document| document.class == Class::Template);
        let role = reference.map(|one| one.role);
        Some(Notice::Build { root: slot.planned.name.clone(), problem, place, role, unknowable })
    }

    /// What kustomizations name that is not in the artifact of their source, with the roots that Flux cannot build.
    fn left_out(&self, slots: &[Slot]) -> BTreeMap<LeftOut, Vec<String>> {
        let mut sources = self.sources.clone();
        slots.iter().for_each(|slot| sources.join(&slot.contents.sources));
        let mut out: BTreeMap<LeftOut, Vec<String>> = BTreeMap::new();
        for slot in slots.iter().filter(|slot| slot.planned.kustomization.is_some()) {
            let owners = slot.planned.owners.iter().filter(|owner| owner.engine == Engine::Flux);
            let repositories: BTreeSet<&str> = owners.map(|owner| owner.repository.as_str()).collect();
            for source in repositories {
                for what in left_out(source, slot.folder(), self.builds, self.snapshot, &sources) {
                    out.entry(what).or_default().push(slot.planned.name.clone());
                }
            }
        }
        out
    }

    /// What is to be said of variables that were not put in. Nothing is undefined where an owner may get more from another one
    /// than is known.
    fn untold(&self, slots: &[Slot], owners: &[Owner]) -> Vec<Notice> {
        let is_applied = |added: &Addition| {
            let mut made = slots.iter().filter(|slot| slot.is_made());
            made.any(|slot| slot.planned.owners.iter().any(|one| one.is_same(added)))
        };
        let mut additions = owners.iter().flat_map(|owner| &owner.additions);
        let is_known = additions.all(|added| !added.patches_owners() || is_applied(added));
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for slot in slots {
            let Some(variables) = &slot.variables else { continue };
            for Gap { place, why } in &slot.gaps {
                let (place, roots) = (*place, vec![slot.planned.name.clone()]);
                match why {
                    Missed::Undefined(name) if is_known && !variables.open && variables.names().next().is_some() => {
                        if seen.insert((&slot.planned.name, place, name.clone())) {
                            let near = nearest(name, variables.names()).map(str::to_owned);
                            out.push(Notice::Undefined { name: name.clone(), near, place, roots });
                        }
                    }
                    Missed::Undefined(_) => {}
                    why => {
                        if variables.names().next().is_some() {
                            out.push(Notice::Unsubstituted { why: why.clone(), place, roots });
                        }
                    }
                }
            }
        }
        out
    }
}

/// The objects of a repository that go by names which fields of builds still hold: a field may mean one of those. Files are
/// found by their words, for not all are read when a commit is judged.
struct Elsewhere {
    /// By kind and name: their files and namespaces.
    found: BTreeMap<(String, String), Vec<(SourceId, String)>>,
}

impl Elsewhere {
    fn of<'n>(told: impl Iterator<Item = &'n Stale>, snapshot: &Snapshot, builds: &Builds) -> Self {
        let mut found: BTreeMap<(String, String), Vec<(SourceId, String)>> =
            told.map(|stale| ((stale.kind.clone(), stale.name.clone()), Vec::new())).collect();
        if found.is_empty() {
            return Self { found };
        }
        let wanted: Vec<[Phrase; 2]> =
            found.keys().map(|(kind, name)| [Phrase::new(kind), Phrase::new(name)]).collect();
        // a patch of an object is none
        let is_read = |id: &SourceId| builds.roles.get(id).is_none_or(|(role, _)| *role == Role::Resource);
        let files: Vec<SourceId> = snapshot
            .entries()
            .filter(|(id, entry)| super::is_manifest(&entry.path) && entry.absence.is_none() && is_read(id))
            .map(|(id, _)| id)
            .collect();
        let objects = files.into_par_iter().filter_map(|id| {
            let words = snapshot.words(id)?;
            if !wanted.iter().any(|both| both.iter().all(|phrase| words.may_hold(phrase))) {
                return None;
            }
            let documents = crate::yaml::documents(snapshot.source(id).ok()?);
            let trees = documents.iter().filter_map(|one| Some((one.tree.as_ref()?, one.ordinal)));
            Some(trees.flat_map(|(tree, ordinal)| objects_of(tree, id, ordinal)).collect::<Vec<_>>())
        });
        for object in objects.collect::<Vec<_>>().into_iter().flatten() {
            let key = (object.gvk.kind.to_string(), object.key.name.to_string());
            if let Some(known) = found.get_mut(&key) {
                known.push((object.source, object.key.namespace.to_string()));
            }
        }
        Self { found }
    }

    /// Whether one of them may be meant: it is in no file of the build, and in a namespace that may be the same.
    fn has(&self, stale: &Stale, own: &BTreeSet<SourceId>) -> bool {
        let found = self.found.get(&(stale.kind.clone(), stale.name.clone()));
        found.into_iter().flatten().any(|(id, namespace)| {
            let meet = namespace.is_empty() || stale.namespace.is_empty() || *namespace == stale.namespace;
            meet && !own.contains(id)
        })
    }
}

/// Puts owners as they were written in the place of those that a build left as they were: those keep the form of their texts.
fn restore(owners: &mut [Owner], written: &[Owner]) {
    let by_place: FxHashMap<Span, &Owner> = written.iter().map(|owner| (owner.node().span(), owner)).collect();
    for owner in owners.iter_mut() {
        if let Some(one) = by_place.get(&owner.node().span())
            && one.told() == owner.told()
        {
            *owner = (*one).clone().in_unit(owner.unit.take());
        }
    }
}

/// Finds what no build takes in.
fn aside(builds: &Builds, documents: &[Document], out: &mut Rendering<'_>) {
    let unused = builds.kustomizations.values().filter(|one| one.component && !builds.included.contains(&one.folder));
    for one in unused {
        let document = documents.iter().find(|document| document.source == one.source);
        let kind = document.and_then(|document| document.tree.as_ref()?.root().get("kind").map(Node::span));
        let place = kind.unwrap_or(Span::new(one.source, 0, 0));
        out.notices.push(Notice::Unused { folder: one.folder.clone(), place });
    }
    let mut last = None;
    for document in documents.iter().filter(|document| document.class == Class::Object) {
        let folder = crate::overlay::folder_of(&document.path);
        let Some(tree) = document.tree.as_ref().filter(|_| last != Some(document.source)) else { continue };
        if is_orphan(builds, document) {
            last = Some(document.source);
            let place = tree.root().get("kind").map_or_else(|| tree.root().handle(), Node::span);
            out.notices.push(Notice::Unlisted { folder: folder.to_owned(), place });
        }
    }
}

/// The names under which objects were written, by where they stand.
pub(super) struct Authored {
    keys: FxHashMap<(SourceId, u32), ResourceKey>,
}

impl Authored {
    pub fn new<'r>(raw: impl Iterator<Item = &'r Resource>) -> Self {
        let place = |resource: &Resource| {
            let span = resource.node().span();
            ((span.source, span.start), resource.key.clone())
        };
        Self { keys: raw.map(place).collect() }
    }

    /// Makes findings of a rendered object speak of what a person wrote: its name there, and the way that a value took.
    pub fn tell(&self, resource: &Resource, snapshot: &Snapshot, findings: &mut [Finding]) {
        if findings.is_empty() {
            return;
        }
        let span = resource.node().span();
        let key = self.keys.get(&(span.source, span.start)).cloned().unwrap_or_else(|| {
            // a generator made it
            let mut key = resource.key.clone();
            key.name = resource.written_name(&|id| snapshot.source(id).ok().cloned()).map_or(key.name, Into::into);
            key
        });
        for finding in findings {
            if finding.subject.as_ref() == Some(&resource.key) {
                finding.subject = Some(key.clone());
            }
            if finding.stated == Stated::Stated {
                way(resource, finding);
            }
        }
    }
}

/// Adds the entries that had a hand in a value, other than the one that the finding points at.
fn way(resource: &Resource, finding: &mut Finding) {
    let found = resource.node().find(&finding.pointer.0);
    if !found.complete {
        return;
    }
    let Some(origin) = resource.tree.origin(found.node.index()) else { return };
    for step in origin.steps.iter().rev().filter(|step| step.entry != finding.primary).take(MOST_STEPS) {
        finding.related.push(Label { span: step.entry, message: format!("changed by `{}` here", step.what) });
    }
}
