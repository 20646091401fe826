//! Renders the builds that something is asked of, and says which files are judged through them. Leaves out what builds
//! are (`overlay`) and what is wrong with their objects (checks).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::check::Document;
use crate::finding::{Finding, Label, ResourceKey, Stated, nearest};
use crate::kube::{Class, Resource};
use crate::overlay::kustomize::{
    Builds, Gap, Idle, Missed, Problem, Reach, Reason, Rendered, Renderer, Silent, is_kustomization,
};
use crate::overlay::{Addition, Givers, Notice, Owner, Planned, Sources, Variables, keep_own, may_own, plan};
use crate::source::{Snapshot, SourceId, Span};
use crate::yaml::Node;

use super::stand::is_orphan;

/// So many steps of a value's way are told with a finding.
const MOST_STEPS: usize = 3;

/// How often owners are looked at again because an owner above changed them.
const MAX_ROUNDS: usize = 4;

/// A build that was rendered.
pub(super) struct Built<'s> {
    /// What was asked for.
    pub planned: Planned,
    /// The file of its root: where the unit stands. None where its objects stand where they were written.
    pub path: Option<&'s str>,
    /// Whether findings are asked for wherever they stand in it.
    pub wanted: bool,
    /// Whether it takes in a file in which findings are asked for.
    pub judged: bool,
    /// Its objects.
    pub resources: Vec<Resource>,
}

/// What became of the builds.
#[derive(Default)]
pub(super) struct Rendering<'s> {
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

/// Renders every root that takes in a file which is read: others may refer to its objects.
pub(super) fn all<'s>(snapshot: &'s Snapshot, builds: &Builds, documents: &[Document]) -> Rendering<'s> {
    let mut out = Rendering::default();
    let written: Vec<Owner> = owners_of(documents, snapshot);
    if builds.kustomizations.is_empty() && written.is_empty() {
        return out;
    }
    let is_wanted = |id: SourceId| snapshot.entry(id).is_some_and(|entry| entry.wanted);
    let work = Work::new(snapshot, builds, documents);
    let (slots, owners) = work.rounds(written);
    out.owners = owners;
    let rendered: BTreeSet<&str> = slots.iter().filter(|slot| slot.is_made()).map(Slot::folder).collect();
    let mut idle: BTreeMap<(Span, Idle), (Silent, Vec<String>)> = BTreeMap::new();
    for slot in &slots {
        let name = &slot.planned.name;
        match &slot.made.objects {
            Ok((_, silent)) => {
                out.covered.extend(&slot.sources);
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
        out.notices.extend(work.refused(slot));
    }
    out.notices.extend(work.untold(&slots, &out.owners));
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
    for Slot { planned, made, resources, sources, .. } in slots {
        if made.objects.is_err() {
            out.failed.push(planned);
            continue;
        }
        let path = planned.kustomization.and_then(|id| Some(snapshot.entry(id)?.path.as_str()));
        let wanted = planned.kustomization.is_some_and(is_wanted);
        let judged = sources.iter().any(|id| is_wanted(*id));
        out.built.push(Built { planned, path, wanted, judged, resources });
    }
    aside(builds, documents, &mut out);
    out.notices.retain(|notice| is_wanted(notice.place().source));
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

/// A build on its way: what Kustomize makes of it, and what its owner makes of that.
struct Slot {
    planned: Planned,
    /// What makes it what it is, in one text.
    told: String,
    /// The files that it takes in.
    sources: BTreeSet<SourceId>,
    made: Made,
    variables: Option<Variables>,
    /// Where variables were not put in.
    gaps: Vec<Gap>,
    resources: Vec<Resource>,
}

impl Slot {
    fn folder(&self) -> &str {
        &self.planned.folder
    }

    fn is_made(&self) -> bool {
        self.made.objects.is_ok()
    }
}

/// The files that rendered builds take in.
fn covered(slots: &[Slot]) -> BTreeSet<SourceId> {
    slots.iter().filter(|slot| slot.is_made()).flat_map(|slot| slot.sources.iter().copied()).collect()
}

/// What the cluster gets for an object of a build.
fn deployed_as(object: &Rendered, planned: &Planned, variables: Option<&Variables>, gaps: &mut Vec<Gap>) -> Rendered {
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

/// A folder as it is deployed: what some owners make of its build.
pub struct Way {
    /// The folder.
    pub folder: String,
    /// Who deploys it so: all of them add the same. Empty where nobody is known to.
    pub owners: Vec<Addition>,
    /// Its objects, or why it is not built.
    pub objects: Result<Vec<Rendered>, Problem>,
    /// Where variables were not put in.
    pub gaps: Vec<Gap>,
}

/// All ways in which the folders of a snapshot are deployed, and all owners, as those are deployed themselves.
pub(super) fn ways(snapshot: &Snapshot, builds: &Builds, documents: &[Document]) -> (Vec<Way>, Vec<Owner>) {
    let work = Work::new(snapshot, builds, documents);
    let (slots, owners) = work.rounds(owners_of(documents, snapshot));
    let way = |slot: Slot| {
        let Slot { planned, made, variables, .. } = slot;
        let mut gaps = Vec::new();
        let mut deployed = |object: &Rendered| deployed_as(object, &planned, variables.as_ref(), &mut gaps);
        let objects = made.objects.map(|(objects, _)| objects.iter().map(&mut deployed).collect());
        Way { folder: planned.folder, owners: planned.owners, objects, gaps }
    };
    (slots.into_iter().map(way).collect(), owners)
}

/// The objects of a build and the entries that do nothing in it, or why there are none.
struct Made {
    objects: Result<(Vec<Rendered>, Vec<Silent>), Problem>,
    /// What is wrong, although there may be objects: with an option it goes through.
    problem: Option<Problem>,
}

/// What rendering works on.
struct Work<'w> {
    snapshot: &'w Snapshot,
    builds: &'w Builds,
    documents: &'w [Document],
    reaches: BTreeMap<&'w str, Reach>,
    /// Files that hold objects and nothing else, and that no build lists.
    plain: BTreeSet<SourceId>,
    strict: Renderer<'w>,
    /// With an option Kustomize reads files from anywhere, and what it would make then is judged.
    open: Renderer<'w>,
}

impl<'w> Work<'w> {
    fn new(snapshot: &'w Snapshot, builds: &'w Builds, documents: &'w [Document]) -> Self {
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
        let renderer = |outside| Renderer::new(snapshot, outside).with_remotes(builds.remotes());
        let (strict, open) = (renderer(false), renderer(true));
        Self { snapshot, builds, documents, reaches, plain, strict, open }
    }

    /// Renders all builds as their owners deploy them. Owners are objects of builds, too: what a build makes of one counts, and
    /// may make other builds.
    fn rounds(&self, written: Vec<Owner>) -> (Vec<Slot>, Vec<Owner>) {
        let mut owners = written.clone();
        let mut slots: Vec<Slot> = Vec::new();
        for round in 0..MAX_ROUNDS {
            let mut sources = Sources::default();
            let holders = self.documents.iter().filter(|document| document.class.holds_objects());
            holders.flat_map(|document| &document.objects).for_each(|object| sources.add(object));
            slots.iter().flat_map(|slot| &slot.resources).for_each(|object| sources.add(object));
            let planned = plan(self.builds, &owners, self.snapshot, &sources, &|id| self.plain.contains(&id));
            let mut jobs: Vec<(Planned, String, BTreeSet<SourceId>)> = Vec::new();
            for one in planned {
                let mut sources: BTreeSet<SourceId> = one.files.iter().copied().collect();
                if let Some(reach) = self.reaches.get(one.folder.as_str()) {
                    sources.extend(&reach.sources);
                }
                if sources.iter().any(|id| self.is_asked(*id)) {
                    let told = one.told();
                    jobs.push((one, told, sources));
                }
            }
            let variables = self.variables(&jobs, &slots);
            let same = |slot: &Slot, (job, known): (&(Planned, String, BTreeSet<SourceId>), &Option<Variables>)| {
                slot.told == job.1 && slot.planned.name == job.0.name && slot.variables == *known
            };
            let settled = slots.len() == jobs.len()
                && slots.iter().zip(jobs.iter().zip(&variables)).all(|(slot, job)| same(slot, job));
            if round > 0 && settled {
                break;
            }
            let mut before: FxHashMap<String, Slot> = slots.into_iter().map(|slot| (slot.told.clone(), slot)).collect();
            let work: Vec<_> = jobs
                .into_iter()
                .zip(variables)
                .map(|((planned, told, sources), variables)| {
                    let before = before.remove(&told);
                    (planned, told, sources, variables, before)
                })
                .collect();
            slots = work.into_par_iter().map(|job| self.make(job)).collect();
            if written.is_empty() && !slots.iter().any(|slot| slot.resources.iter().any(is_owner)) {
                break;
            }
            let covered = covered(&slots);
            let made = slots.iter().flat_map(|slot| {
                let owners = slot.resources.iter().filter(|resource| is_owner(resource));
                owners.filter_map(|resource| {
                    let owner = Owner::of(&resource.tree, resource.root)?;
                    Some(owner.in_unit(Some(slot.planned.name.clone())))
                })
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

    /// Whether anything is asked of a file. A kustomization is read for what it lists.
    fn is_asked(&self, id: SourceId) -> bool {
        let entry = self.snapshot.entry(id);
        entry.is_some_and(|entry| entry.wanted || (entry.read && !is_kustomization(&entry.path)))
    }

    /// The variables of each build, by the objects that there are.
    fn variables(&self, jobs: &[(Planned, String, BTreeSet<SourceId>)], slots: &[Slot]) -> Vec<Option<Variables>> {
        let from_objects = |planned: &Planned| planned.addition().is_some_and(Addition::takes_from_objects);
        let mut givers = Givers::default();
        if jobs.iter().any(|(planned, _, _)| from_objects(planned)) {
            let covered = covered(slots);
            for document in self.documents.iter().filter(|document| document.class.holds_objects()) {
                if !covered.contains(&document.source) {
                    document.objects.iter().for_each(|object| givers.add(object, &document.path));
                }
            }
            for slot in slots {
                for resource in &slot.resources {
                    let written = self.snapshot.entry(resource.source).map_or("", |entry| entry.path.as_str());
                    givers.add(resource, written);
                }
            }
        }
        jobs.iter().map(|(planned, _, _)| Variables::of(planned.addition()?, &givers)).collect()
    }

    fn make(&self, job: (Planned, String, BTreeSet<SourceId>, Option<Variables>, Option<Slot>)) -> Slot {
        let (planned, told, sources, variables, before) = job;
        let made = match before {
            Some(slot) if slot.variables == variables => return Slot { planned, ..slot },
            Some(slot) => slot.made,
            None => self.render(&planned),
        };
        let (mut gaps, mut resources) = (Vec::new(), Vec::new());
        for object in made.objects.iter().flat_map(|(objects, _)| objects) {
            let object = deployed_as(object, &planned, variables.as_ref(), &mut gaps);
            resources.extend(object.resources(self.snapshot));
        }
        Slot { planned, told, sources, made, variables, gaps, resources }
    }

    fn render(&self, planned: &Planned) -> Made {
        let added = planned.addition();
        let within = |renderer: &Renderer<'_>| match (planned.kustomization, added) {
            (None, Some(added)) => renderer.build_files(&planned.files, added),
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

    /// What is to be said of a build that is refused.
    fn refused(&self, slot: &Slot) -> Option<Notice> {
        let problem = slot.made.problem.clone()?;
        let place = problem.place.unwrap_or(Span::new(slot.planned.kustomization?, 0, 0));
        let of_file = || self.documents.iter().filter(|document| document.source == place.source);
        if problem.reason == Reason::Unreadable
            && of_file().any(|document| document.problems.iter().any(|one| one.span == place && one.is_fatal()))
        {
            return None;
        }
        let reference = self.builds.reference_at(place);
        let leaves = reference.is_some_and(|one| one.path.is_none() && one.text.starts_with('.'));
        let unknowable =
            problem.reason == Reason::Outside && leaves || of_file().any(|document| document.class == Class::Template);
        let role = reference.map(|one| one.role);
        Some(Notice::Build { root: slot.planned.name.clone(), problem, place, role, unknowable })
    }

    /// What is to be said of variables that were not put in. Nothing is undefined where an owner may get more from another one
    /// than is known.
    fn untold(&self, slots: &[Slot], owners: &[Owner]) -> Vec<Notice> {
        let is_applied = |added: &Addition| {
            let mut made = slots.iter().filter(|slot| slot.is_made());
            made.any(|slot| slot.planned.owners.iter().any(|one| one.place == added.place))
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

fn is_owner(resource: &Resource) -> bool {
    may_own(&resource.gvk.group)
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
