//! Runs the pipeline: (Snapshot, Config, Registry) to an Outcome, in parallel and with the same answer on any number
//! of threads. The only module that knows threads. Leaves out printing, clocks and exit codes.

mod account;
mod build;
mod merge;
mod outside;
mod plan;
mod read;
mod settle;
mod staged;
mod stand;
mod unit;
mod ways;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

pub use read::{complete, is_manifest};
pub use staged::{Side, staged};
pub use ways::{Way, Ways, keep_owners};

use build::Built;
use merge::Merging;
use outside::Outside;
use unit::Judged;

use crate::check::{
    CheckError, Document, Failure, Findings, Observer, Off, Others, Outcome, Registry, Remains, Stage, Standing,
    Target, during,
};
use crate::config::Config;
use crate::facts::{Crds, DefinedBy};
use crate::finding::{Finding, Units};
use crate::graph::{Inventory, Outlines};
use crate::kube::Resource;
use crate::native::NativeChecks;
use crate::overlay::{Notice, unit_of_file};
use crate::policy::{Policies, UserData, UserFile, UserPolicies};
use crate::schema::SchemaChecks;
use crate::source::{Snapshot, is_outside};

/// Of so many objects of units the findings are held before they are joined.
const WINDOW: usize = 1024;

/// What a run has done so far, for a progress display. Counts only.
#[derive(Debug, Default)]
pub struct Progress {
    /// Files to read.
    pub files: AtomicU32,
    /// Files read.
    pub read: AtomicU32,
    /// Objects to judge.
    pub objects: AtomicU32,
    /// Objects judged.
    pub judged: AtomicU32,
    /// Who is told what the stages take.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Progress {
    /// Of a run whose stages are told to an observer, if there is one.
    #[must_use]
    pub fn watched(observer: Option<Arc<dyn Observer>>) -> Self {
        Self { observer, ..Self::default() }
    }

    fn during<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        during(self.observer.as_deref(), stage, work)
    }
}

/// All checks that come with the binary and those of the user. What of the user's cannot be used is told beside.
#[must_use]
pub fn registry(user: &[UserFile]) -> (Registry, Vec<CheckError>) {
    let mut registry = Registry::default();
    let mut errors = Vec::new();
    registry.add(Box::new(NativeChecks::default()));
    registry.add(Box::new(SchemaChecks::default()));
    match Policies::embedded() {
        Ok(policies) => registry.add(Box::new(policies)),
        Err(error) => errors.push(error),
    }
    if !user.is_empty() {
        errors.extend(add_user_policies(&mut registry, user, &[]));
    }
    (registry, errors)
}

/// Adds the user's own policies with their data; what of them cannot be used is told.
pub fn add_user_policies(registry: &mut Registry, user: &[UserFile], data: &[UserData]) -> Vec<CheckError> {
    let (policies, failed) = UserPolicies::load(user, data);
    registry.add(Box::new(policies));
    failed
}

/// The definitions of kinds that a snapshot is judged by, beside Kubernetes' own.
#[must_use]
pub fn definitions(snapshot: &Snapshot, config: &Config) -> Crds {
    stand::all(snapshot, config, read::all(snapshot, config, &Progress::default())).crds
}

/// Judges a snapshot.
#[must_use]
pub fn check(snapshot: &Snapshot, config: &Config, registry: &Registry, progress: &Progress) -> Outcome {
    let read = read::all(snapshot, config, progress);
    let placed = progress.during(Stage::Place, || stand::all(snapshot, config, read));
    let stand::Placed {
        documents,
        resources,
        paths,
        standings,
        through,
        crds,
        units,
        unread,
        builds,
        mut rendering,
        charts,
    } = placed;

    let known = |at: usize| standings.get(at) == Some(&Standing::Whole);
    let rendered: BTreeSet<&str> = rendering.built.iter().map(|built| built.planned.folder.as_str()).collect();
    let generating = builds.roots().filter(|root| root.generates && !rendered.contains(root.folder.as_str()));
    let unrendered: Vec<String> = charts.iter().cloned().chain(generating.map(|root| root.folder.clone())).collect();
    let objects = resources.iter().zip(&paths).enumerate().map(|(at, (resource, path))| (resource, *path, known(at)));
    let outlines = rendering.built.iter().map(|built| Outlines { all: &built.contents.outlines, path: built.path });
    let inventory = progress
        .during(Stage::Place, || Inventory::new(objects, unrendered, through.iter()).with_units(outlines, snapshot));
    let authored = build::Authored::new(through.iter());

    let outside = Outside { snapshot, builds: &builds };
    let is_wanted = |source| outside.is_wanted(source);
    let wanted: Vec<usize> =
        (0..resources.len()).filter(|at| resources.get(*at).is_some_and(|one| is_wanted(one.source))).collect();
    let judged: Vec<usize> = (0..rendering.built.len())
        .filter(|unit| rendering.built.get(*unit).is_some_and(|built| built.judged))
        .collect();
    let rendered: usize = judged.iter().filter_map(|unit| rendering.built.get(*unit)).map(Built::len).sum();
    progress.objects.store(u32::try_from(wanted.len() + rendered).unwrap_or(u32::MAX), Ordering::Relaxed);

    let off = Off::of(&config.levels, registry);
    let judge_document = |document: &Document| {
        let seat = Seat { path: outside.path_of(document.source, &document.path), snapshot: None };
        run_all((registry, &off, config, progress), &Target::Document(document), &seat)
    };
    let judge_notice = |notice: &Notice| {
        let source = notice.place().source;
        let path = snapshot.entry(source).map_or("", |entry| outside.path_of(source, &entry.path));
        let seat = Seat { path, snapshot: None };
        let (mut found, failures) = run_all((registry, &off, config, progress), &Target::Notice(notice), &seat);
        for finding in &mut found {
            finding.units = notice.roots().iter().map(|root| root.as_str().into()).collect();
        }
        (found, failures)
    };
    let judge = |resource: &Resource, at: usize, standing: Standing, seat: &Seat<'_>, others: &Others<'_>| {
        let found = if config.skips(&resource.gvk, path_of(snapshot, resource)) {
            (Vec::new(), Vec::new())
        } else {
            let target = Target::Resource {
                resource,
                index: u32::try_from(at).unwrap_or(u32::MAX),
                path: seat.path,
                standing,
                others,
                inventory: &inventory,
                crds: &crds,
                minors: config.minors.of_path(seat.path),
            };
            run_all((registry, &off, config, progress), &target, seat)
        };
        progress.judged.fetch_add(1, Ordering::Relaxed);
        found
    };
    let object = |at: usize| resources.get(at).cloned().or_else(|| rendering.object(at.checked_sub(resources.len())?));
    let judge_resource = |at: usize| match (resources.get(at), paths.get(at), standings.get(at)) {
        (Some(resource), Some(path), Some(standing)) => {
            let path = outside.path_of(resource.source, path);
            let seat = Seat { path, snapshot: None };
            let (mut found, failures) = judge(resource, at, *standing, &seat, &|index| object(index as usize));
            if *standing == Standing::Whole {
                let units = Units::of(unit_of_file(path).into());
                found.iter_mut().for_each(|finding| finding.units = units.clone());
            }
            (found, failures)
        }
        _ => (Vec::new(), Vec::new()),
    };
    let judge_unit = |built: &Built<'_>, first: usize, objects: &[Resource], told: &Judged| {
        let others = |index: u32| {
            let own = (index as usize).checked_sub(first).and_then(|at| objects.get(at));
            own.cloned().or_else(|| object(index as usize))
        };
        let judge_object = |(at, resource): (usize, &Resource)| {
            if told.knows(resource) {
                progress.judged.fetch_add(1, Ordering::Relaxed);
                return (Vec::new(), Vec::new());
            }
            let path = built.path.unwrap_or_else(|| path_of(snapshot, resource));
            let seat = Seat { path, snapshot: Some(snapshot) };
            let (mut found, failures) = judge(resource, first + at, Standing::Whole, &seat, &others);
            found.retain(|finding| built.wanted || is_wanted(finding.primary.source));
            if !found.is_empty() {
                let own = built.path.map(|_| Arc::clone(&built.name));
                let units = Units::of(own.unwrap_or_else(|| unit_of_file(path).into()));
                found.iter_mut().for_each(|finding| finding.units = units.clone());
                authored.tell(resource, snapshot, &mut found);
            }
            (found, failures)
        };
        let results: Vec<_> = objects.par_iter().enumerate().with_min_len(32).map(judge_object).collect();
        results
    };
    // a folder that is deployed in several ways stands in one place, and most of its objects are the same in all
    let judge_folder = |units: &&[usize]| {
        let mut told = Judged::default();
        let mut all = Vec::new();
        for unit in *units {
            let Some(built) = rendering.built.get(*unit) else { continue };
            let objects = progress.during(Stage::Place, || rendering.objects(built));
            let results = judge_unit(built, resources.len() + rendering.first(*unit), &objects, &told);
            if units.len() == 1 {
                return together(results);
            }
            all.extend(
                objects
                    .iter()
                    .zip(results)
                    .map(|(resource, (found, failures))| (told.remember(resource, &built.name, found), failures)),
            );
        }
        let (mut found, failures) = together(all);
        found.extend(told.found());
        (found, failures)
    };
    let documents_wanted: Vec<&Document> = documents.iter().filter(|document| is_wanted(document.source)).collect();
    // a document and its objects one behind the other, while they are at hand
    let mut work: Vec<Work> = Vec::with_capacity(documents_wanted.len() + wanted.len());
    let mut objects = wanted.iter().copied().peekable();
    for document in &documents_wanted {
        work.push(Work::Document(document));
        let place = (document.source, document.ordinal);
        let is_next = |at: &usize| resources.get(*at).is_some_and(|one| (one.source, one.document) <= place);
        while let Some(at) = objects.next_if(is_next) {
            work.push(Work::Object(at));
        }
    }
    work.extend(objects.map(Work::Object));
    let mut results: Vec<(Vec<Finding>, Vec<Failure>)> = work
        .par_chunks(32)
        .map(|work| {
            together(work.iter().map(|one| match one {
                Work::Document(document) => judge_document(document),
                Work::Object(at) => judge_resource(*at),
            }))
        })
        .collect();
    results.extend(rendering.notices.iter().map(judge_notice));

    let (found, mut failures) = together(results);
    let mut merging = Merging::of(found);
    let is_beside = |a: &usize, b: &usize| match (rendering.built.get(*a), rendering.built.get(*b)) {
        (Some(a), Some(b)) => a.path.is_some() && a.path == b.path,
        _ => false,
    };
    let folders: Vec<&[usize]> = judged.chunk_by(is_beside).collect();
    let mut rest = folders.as_slice();
    while !rest.is_empty() {
        // what is found in many units is joined before there is too much of it
        let mut objects = 0;
        let is_more = |units: &&&[usize]| {
            let begun = objects < WINDOW;
            objects += units.iter().filter_map(|unit| rendering.built.get(*unit)).map(Built::len).sum::<usize>();
            begun
        };
        let count = rest.iter().take_while(is_more).count();
        let (now, later) = rest.split_at_checked(count.max(1)).unwrap_or((rest, &[]));
        let results: Vec<_> = now.par_iter().map(judge_folder).collect();
        for (found, failed) in results {
            merging.take(found);
            failures.extend(failed);
        }
        rest = later;
    }

    drop(inventory);
    rendering.forget();
    let since = progress.observer.as_ref().map(|observer| observer.mark());
    let mut findings = merging.finish();
    // what a rule that was given up found before depends on the order of the objects
    let gave_up: BTreeSet<_> = failures.iter().flat_map(|failure| failure.gave_up.iter().cloned()).collect();
    findings.retain(|finding: &Finding| !gave_up.contains(&finding.check));
    findings.iter_mut().for_each(|finding| outside.settle(finding));
    failures.sort();
    failures.dedup();

    let written: Vec<(&Resource, Standing)> = resources
        .iter()
        .zip(&standings)
        .map(|(resource, standing)| (resource, *standing))
        .chain(through.iter().map(|resource| (resource, Standing::Whole)))
        .collect();
    let accounts = account::of(&documents_wanted, written, snapshot, config, &crds, &builds, &rendering);
    let (accounts, without_schema) = accounts;
    let run = settle::Run {
        snapshot,
        outside,
        config,
        registry,
        documents: &documents_wanted,
        accounts: &accounts,
        complete: failures.is_empty() && !unread.iter().any(|one| one.failed),
    };
    let (findings, accepted, stale) = settle::all(&run, findings);
    if let Some((observer, since)) = progress.observer.as_ref().zip(since) {
        observer.done(Stage::Settle, since);
    }
    let all_wanted = snapshot.entries().all(|(_, entry)| entry.wanted || is_outside(&entry.path));
    let wanted_folder = |folder: &str| all_wanted || snapshot.below(folder).any(|(_, entry)| entry.wanted);
    let units = units.into_iter().filter(|unit| wanted_folder(&unit.folder)).collect();
    let unread = unread.into_iter().filter(|one| one.wanted).collect();
    Outcome {
        accounts,
        findings,
        accepted,
        stale,
        staged: None,
        units,
        unread,
        failures,
        without_schema,
        minors: config.minors.all(),
        crds: crds.count(DefinedBy::Repository),
        added: crds.count(DefinedBy::Added),
        remains: Remains::of((documents, resources, through, builds, crds)),
    }
}

fn path_of<'s>(snapshot: &'s Snapshot, resource: &Resource) -> &'s str {
    snapshot.entry(resource.source).map_or("", |entry| entry.path.as_str())
}

/// What is judged at a time.
enum Work<'a> {
    Document(&'a Document),
    /// By its index.
    Object(usize),
}

/// Where a target stands.
struct Seat<'a> {
    /// Its file, or the kustomization of its unit.
    path: &'a str,
    /// For objects whose findings may stand in other files.
    snapshot: Option<&'a Snapshot>,
}

/// Findings and failures, each one behind the other.
fn together(results: impl IntoIterator<Item = (Vec<Finding>, Vec<Failure>)>) -> (Vec<Finding>, Vec<Failure>) {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for (more, failed) in results {
        found.extend(more);
        failures.extend(failed);
    }
    (found, failures)
}

fn run_all(
    (registry, off, config, progress): (&Registry, &Off, &Config, &Progress),
    target: &Target<'_>,
    seat: &Seat<'_>,
) -> (Vec<Finding>, Vec<Failure>) {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for (order, check) in registry.checks().enumerate() {
        let mut findings = Findings::new(&config.levels, seat.path, &mut found);
        findings = findings.knowing(off.get(order));
        if let Some(snapshot) = seat.snapshot {
            findings = findings.across(snapshot);
        }
        if let Err(error) = progress.during(check.stage(), || check.run(target, &mut findings)) {
            // a rule that never ends is one fault, not one an object
            let path = if error.gave_up.is_empty() { seat.path.to_owned() } else { String::new() };
            failures.push(Failure { path, message: error.message, help: error.help, gave_up: error.gave_up });
        }
    }
    (found, failures)
}
