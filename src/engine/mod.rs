//! Runs the pipeline: (Snapshot, Config, Registry) to an Outcome, in parallel and with the same answer on any number
//! of threads. The only module that knows threads. Leaves out printing, clocks and exit codes.

mod account;
mod build;
mod read;
mod settle;
mod staged;
mod stand;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

pub use build::Way;
pub use read::{complete, is_manifest};
pub use staged::{Side, staged};

use build::Built;

use crate::check::{
    CheckError, Document, Failure, Findings, Observer, Off, Outcome, Registry, Remains, Stage, Standing, Target, during,
};
use crate::config::Config;
use crate::facts::{Crds, DefinedBy};
use crate::finding::Finding;
use crate::graph::Inventory;
use crate::kube::Resource;
use crate::native::NativeChecks;
use crate::overlay::{Notice, Owner, unit_of_file};
use crate::policy::{Policies, UserData, UserFile, UserPolicies};
use crate::schema::SchemaChecks;
use crate::source::Snapshot;

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

/// All ways in which the folders of a snapshot are deployed, and all owners, as those are deployed themselves.
#[must_use]
pub fn ways(snapshot: &Snapshot, config: &Config) -> (Vec<Way>, Vec<Owner>) {
    let read::Read { mut documents, kustomizations, .. } = read::all(snapshot, config, &Progress::default());
    let builds = stand::joined(snapshot, config, kustomizations, &mut documents);
    build::ways(snapshot, &builds, &documents)
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
        unit_of,
        through,
        crds,
        units,
        unread,
        builds,
        rendering,
        charts,
    } = placed;

    let known = |at: usize| standings.get(at) == Some(&Standing::Whole);
    let rendered: BTreeSet<&str> = rendering.built.iter().map(|built| built.planned.folder.as_str()).collect();
    let generating = builds.roots().filter(|root| root.generates && !rendered.contains(root.folder.as_str()));
    let unrendered: Vec<String> = charts.iter().cloned().chain(generating.map(|root| root.folder.clone())).collect();
    let objects = resources.iter().zip(&paths).enumerate().map(|(at, (resource, path))| (resource, *path, known(at)));
    let inventory = progress.during(Stage::Place, || Inventory::new(objects, unrendered, through.iter()));
    let authored = build::Authored::new(through.iter());

    let is_wanted = |source| snapshot.entry(source).is_some_and(|entry| entry.wanted);
    let wanted: Vec<usize> = (0..resources.len())
        .filter(|at| match unit_of.get(*at).copied().flatten().and_then(|unit| rendering.built.get(unit)) {
            Some(built) => built.judged,
            None => resources.get(*at).is_some_and(|resource| is_wanted(resource.source)),
        })
        .collect();
    progress.objects.store(u32::try_from(wanted.len()).unwrap_or(u32::MAX), Ordering::Relaxed);

    let off = Off::of(&config.levels, registry);
    let judge_document = |document: &Document| {
        let seat = Seat { path: &document.path, unit: None, snapshot: None };
        run_all((registry, &off, config, progress), &Target::Document(document), &seat)
    };
    let judge_notice = |notice: &Notice| {
        let path = snapshot.entry(notice.place().source).map_or("", |entry| entry.path.as_str());
        let seat = Seat { path, unit: None, snapshot: None };
        let (mut found, failures) = run_all((registry, &off, config, progress), &Target::Notice(notice), &seat);
        for finding in &mut found {
            finding.units = notice.roots().to_vec();
        }
        (found, failures)
    };
    let judge_resource = |at: usize| {
        let mut found = Vec::new();
        let mut failures = Vec::new();
        if let (Some(resource), Some(path), Some(standing)) = (resources.get(at), paths.get(at), standings.get(at))
            && !config.skips(&resource.gvk, path_of(snapshot, resource))
        {
            let target = Target::Resource {
                resource,
                index: u32::try_from(at).unwrap_or(u32::MAX),
                path,
                standing: *standing,
                all: &resources,
                inventory: &inventory,
                crds: &crds,
                minors: config.minors.of_path(path),
            };
            let built = unit_of.get(at).copied().flatten().and_then(|unit| rendering.built.get(unit));
            let unit = (*standing == Standing::Whole).then(|| match built {
                Some(Built { path: Some(_), planned, .. }) => planned.name.as_str(),
                _ => unit_of_file(path),
            });
            let seat = Seat { path, unit, snapshot: built.map(|_| snapshot) };
            (found, failures) = run_all((registry, &off, config, progress), &target, &seat);
            if let Some(built) = built {
                found.retain(|finding| built.wanted || is_wanted(finding.primary.source));
                authored.tell(resource, snapshot, &mut found);
            }
            // there may be one in each of thousands of units
            found.shrink_to_fit();
        }
        progress.judged.fetch_add(1, Ordering::Relaxed);
        (found, failures)
    };
    let documents_wanted: Vec<&Document> = documents.iter().filter(|document| is_wanted(document.source)).collect();
    // a document and its objects one behind the other, while they are at hand
    let mut work: Vec<Work> = Vec::with_capacity(documents_wanted.len() + wanted.len());
    let mut objects = wanted.iter().copied().peekable();
    for document in &documents_wanted {
        work.push(Work::Document(document));
        let place = (document.source, document.ordinal);
        let is_next = |at: &usize| {
            let unit = unit_of.get(*at).copied().flatten();
            unit.is_none() && resources.get(*at).is_some_and(|one| (one.source, one.document) <= place)
        };
        while let Some(at) = objects.next_if(is_next) {
            work.push(Work::Object(at));
        }
    }
    work.extend(objects.map(Work::Object));
    let mut results: Vec<(Vec<Finding>, Vec<Failure>)> = work
        .par_chunks(32)
        .map(|work| {
            let (mut found, mut failures) = (Vec::new(), Vec::new());
            for one in work {
                let (more, failed) = match one {
                    Work::Document(document) => judge_document(document),
                    Work::Object(at) => judge_resource(*at),
                };
                found.extend(more);
                failures.extend(failed);
            }
            (found, failures)
        })
        .collect();
    results.extend(rendering.notices.iter().map(judge_notice));

    let since = progress.observer.as_ref().map(|observer| observer.mark());
    let mut findings = Vec::new();
    let mut failures = Vec::new();
    for (found, failed) in results {
        findings.extend(found);
        failures.extend(failed);
    }
    // what a rule that was given up found before depends on the order of the objects
    let gave_up: BTreeSet<_> = failures.iter().flat_map(|failure| failure.gave_up.iter().cloned()).collect();
    findings.retain(|finding: &Finding| !gave_up.contains(&finding.check));
    let findings = merge(findings);
    failures.sort();
    failures.dedup();

    let written: Vec<(&Resource, Standing)> = resources
        .iter()
        .zip(&standings)
        .zip(&unit_of)
        .filter(|(_, unit)| unit.is_none())
        .map(|((resource, standing), _)| (resource, *standing))
        .chain(through.iter().map(|resource| (resource, Standing::Whole)))
        .collect();
    let accounts = account::of(&documents_wanted, written, snapshot, config, &crds, &builds, &rendering);
    let (accounts, without_schema) = accounts;
    drop(inventory);
    let run = settle::Run {
        snapshot,
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
    let all_wanted = snapshot.entries().all(|(_, entry)| entry.wanted);
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
    /// Its unit.
    unit: Option<&'a str>,
    /// For objects whose findings may stand in other files.
    snapshot: Option<&'a Snapshot>,
}

fn run_all(
    (registry, off, config, progress): (&Registry, &Off, &Config, &Progress),
    target: &Target<'_>,
    seat: &Seat<'_>,
) -> (Vec<Finding>, Vec<Failure>) {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for (order, check) in registry.checks().enumerate() {
        let mut findings = Findings::new(&config.levels, seat.path, seat.unit, &mut found);
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

/// Sorts by place; what says the same of the same place is one finding with the units and versions of both. Units may
/// name one object differently: what a check says there of the same value is the same too.
fn merge(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| a.order().cmp(&b.order()).then_with(|| a.units.cmp(&b.units)));
    let mut out: Vec<Finding> = Vec::with_capacity(findings.len());
    // where the findings of one place and check begin
    let mut from = 0;
    for finding in findings {
        if out.get(from).is_some_and(|one| (one.primary, &one.check) != (finding.primary, &finding.check)) {
            from = out.len();
        }
        let is = |known: &&mut Finding| {
            known.message == finding.message && known.severity == finding.severity
                || known.pointer == finding.pointer && known.units.iter().all(|unit| !finding.units.contains(unit))
        };
        match out.get_mut(from..).unwrap_or_default().iter_mut().find(is) {
            Some(known) => {
                known.severity = known.severity.min(finding.severity);
                known.units.extend(finding.units);
                known.units.sort();
                known.units.dedup();
                known.versions.extend(finding.versions);
                known.versions.sort_unstable();
                known.versions.dedup();
                for label in finding.related {
                    if !known.related.contains(&label) {
                        known.related.push(label);
                    }
                }
            }
            None => out.push(finding),
        }
    }
    out
}
