//! Runs the pipeline: (Snapshot, Config, Registry) to an Outcome, in parallel and with the same answer on any number
//! of threads. The only module that knows threads. Leaves out printing, clocks and exit codes.

mod read;
mod settle;
mod staged;
mod stand;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

pub use read::is_manifest;
pub use staged::{Side, staged};

use crate::check::{
    Account, CheckError, Document, Failure, Findings, KindWithoutSchema, Outcome, Registry, Standing, Target, Verdict,
};
use crate::config::Config;
use crate::facts::{Crds, DefinedBy};
use crate::finding::Finding;
use crate::graph::Inventory;
use crate::kube::{Class, Resource};
use crate::native::NativeChecks;
use crate::overlay::{self, folder_of};
use crate::policy::{Policies, UserData, UserFile, UserPolicies};
use crate::schema::{self, SchemaChecks};
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
    let placed = stand::all(snapshot, config, read);
    let stand::Placed { documents, resources, standings, crds, units, unread, builds, charts } = placed;

    let paths: Vec<&str> = resources.iter().map(|resource| path_of(snapshot, resource)).collect();
    let known = |at: usize| standings.get(at) == Some(&Standing::Whole);
    let unrendered: Vec<String> = charts
        .iter()
        .cloned()
        .chain(builds.roots().filter(|root| root.generates).map(|root| root.folder.clone()))
        .collect();
    let inventory = Inventory::new(
        resources.iter().zip(&paths).enumerate().map(|(at, (resource, path))| (resource, *path, known(at))),
        unrendered,
    );

    let wanted_sources: BTreeSet<_> = snapshot.entries().filter(|(_, entry)| entry.wanted).map(|(id, _)| id).collect();
    let wanted: Vec<usize> = (0..resources.len())
        .filter(|at| resources.get(*at).is_some_and(|resource| wanted_sources.contains(&resource.source)))
        .collect();
    progress.objects.store(u32::try_from(wanted.len()).unwrap_or(u32::MAX), Ordering::Relaxed);

    let judge_document = |document: &Document| {
        let mut found = Vec::new();
        let mut failures = Vec::new();
        let target = Target::Document(document);
        run_all(registry, config, &target, &document.path, None, &mut found, &mut failures);
        (found, failures)
    };
    let judge_resource = |at: usize| {
        let mut found = Vec::new();
        let mut failures = Vec::new();
        if let (Some(resource), Some(path), Some(standing)) = (resources.get(at), paths.get(at), standings.get(at))
            && !config.skips(&resource.gvk, path)
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
            let unit = (*standing == Standing::Whole).then(|| overlay_name(folder_of(path)));
            run_all(registry, config, &target, path, unit.as_deref(), &mut found, &mut failures);
        }
        progress.judged.fetch_add(1, Ordering::Relaxed);
        (found, failures)
    };
    let documents_wanted: Vec<&Document> =
        documents.iter().filter(|document| wanted_sources.contains(&document.source)).collect();
    let mut results: Vec<(Vec<Finding>, Vec<Failure>)> =
        documents_wanted.par_iter().map(|document| judge_document(document)).collect();
    results.par_extend(wanted.par_iter().with_min_len(8).map(|at| judge_resource(*at)));

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

    let accounts = account(&documents_wanted, &resources, &standings, snapshot, config, &crds, &builds);
    let (accounts, without_schema) = accounts;
    let run = settle::Run {
        snapshot,
        config,
        registry,
        documents: &documents_wanted,
        accounts: &accounts,
        complete: failures.is_empty() && !unread.iter().any(|one| one.failed),
    };
    let (findings, accepted, stale) = settle::all(&run, findings);
    let wanted_folder = |folder: &str| snapshot.below(folder).any(|(_, entry)| entry.wanted);
    let units =
        units.into_iter().filter(|unit| wanted_folder(if unit.name == "." { "" } else { &unit.name })).collect();
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
    }
}

fn overlay_name(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}

fn path_of<'s>(snapshot: &'s Snapshot, resource: &Resource) -> &'s str {
    snapshot.entry(resource.source).map_or("", |entry| entry.path.as_str())
}

fn run_all(
    registry: &Registry,
    config: &Config,
    target: &Target<'_>,
    path: &str,
    unit: Option<&str>,
    found: &mut Vec<Finding>,
    failures: &mut Vec<Failure>,
) {
    for check in registry.checks() {
        let mut findings = Findings::new(&config.levels, path, unit, found);
        if let Err(error) = check.run(target, &mut findings) {
            // a rule that never ends is one fault, not one an object
            let path = if error.gave_up.is_empty() { path.to_owned() } else { String::new() };
            failures.push(Failure { path, message: error.message, help: error.help, gave_up: error.gave_up });
        }
    }
}

/// Sorts by place; what says the same of the same place is one finding with the units and versions of both.
fn merge(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut out: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match out.last_mut() {
            Some(last) if last.order() == finding.order() && last.severity == finding.severity => {
                last.units.extend(finding.units);
                last.units.sort();
                last.units.dedup();
                last.versions.extend(finding.versions);
                last.versions.sort_unstable();
                last.versions.dedup();
            }
            _ => out.push(finding),
        }
    }
    out
}

type Accounts = (Vec<Account>, Vec<KindWithoutSchema>);

/// Says of every document whether it was judged, and why not.
fn account(
    wanted: &[&Document],
    resources: &[Resource],
    standings: &[Standing],
    snapshot: &Snapshot,
    config: &Config,
    crds: &Crds,
    builds: &overlay::kustomize::Builds,
) -> Accounts {
    let mut by_document: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for (at, resource) in resources.iter().enumerate() {
        by_document.entry((resource.source.0, resource.document)).or_default().push(at);
    }
    let mut unknown: BTreeMap<(String, String, String), u32> = BTreeMap::new();
    let accounts = wanted
        .iter()
        .map(|document| {
            let objects =
                by_document.get(&(document.source.0, document.ordinal)).map(Vec::as_slice).unwrap_or_default();
            let resource = objects.first().and_then(|at| resources.get(*at));
            // a List is what its least known item is
            let standing = objects.iter().filter_map(|at| standings.get(*at)).copied().max_by_key(|one| *one as u8);
            let mut without = 0;
            for at in objects {
                let Some(resource) = resources.get(*at).filter(|resource| !resource.gvk.is_unknowable()) else {
                    continue;
                };
                if document.class != Class::Patch
                    && schema::coverage(resource, path_of(snapshot, resource), crds) == schema::Coverage::Unknown
                {
                    without += 1;
                    let gvk = &resource.gvk;
                    *unknown.entry((gvk.group.clone(), gvk.version.clone(), gvk.kind.clone())).or_default() += 1;
                }
            }
            let folder = builds.roles.get(&document.source).map(|(_, folder)| overlay_name(folder));
            let skipped = !objects.is_empty()
                && objects
                    .iter()
                    .filter_map(|at| resources.get(*at))
                    .all(|resource| config.skips(&resource.gvk, &document.path));
            let open = objects.iter().filter_map(|at| resources.get(*at)).any(|resource| resource.gvk.is_unknowable());
            let verdict = match (document.class, standing) {
                _ if skipped => Verdict::NotJudged("the configuration skips its kind".into()),
                _ if open => Verdict::Unknowable("another tool fills in its kind".into()),
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Whole)) if without == 0 => Verdict::Judged,
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Whole)) => {
                    Verdict::NotJudged("no schema for its kind: policies and YAML only".into())
                }
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Part)) => {
                    let build = folder.unwrap_or_default();
                    Verdict::Unknowable(format!(
                        "part of a build: {build} is not rendered, so only what no build can change is checked"
                    ))
                }
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Patch)) | (Class::Patch, _) => match folder {
                    Some(build) => Verdict::Unknowable(format!("a patch of a build: {build} is not rendered")),
                    None => Verdict::NotJudged("looks like a patch, and no kustomization lists it".into()),
                },
                // a List without items, or an object without its kind: the finding says so
                (Class::Object | Class::Crd | Class::Sops, None) => Verdict::Judged,
                (Class::Kustomization, _)
                    if builds
                        .kustomizations
                        .get(folder_of(&document.path))
                        .is_some_and(|one| one.source == document.source)
                        && document.ordinal == 0 =>
                {
                    Verdict::NotJudged("read for the files that it lists".into())
                }
                (Class::Kustomization, _) => Verdict::NotJudged(
                    "Kustomize does not read it: it wants one document, in a file named kustomization.yaml".into(),
                ),
                (Class::KustomizeConfig, _) => Verdict::NotJudged(match folder {
                    Some(build) => format!("Kustomize reads it, by {build}"),
                    None => "Kustomize reads it".into(),
                }),
                (Class::Chart, _) => Verdict::NotJudged("Helm reads it".into()),
                (Class::Values, _) => Verdict::NotJudged("Helm reads it".into()),
                (Class::Template, _) => Verdict::NotJudged("a template: what it makes is not known".into()),
                (Class::ClientConfig(reader), _) => Verdict::NotJudged(reader.into()),
                (Class::OtherTool, _) => Verdict::NotJudged("no apiVersion and kind".into()),
                (Class::Empty, _) => Verdict::NotJudged("nothing in it".into()),
                (Class::Broken, _) => Verdict::NotJudged("cannot be read".into()),
            };
            Account {
                path: document.path.clone(),
                ordinal: document.ordinal,
                class: document.class,
                kind: resource.map(|resource| format!("{} {}", resource.gvk.api_version(), resource.gvk.kind)),
                objects: u32::try_from(objects.len()).unwrap_or(u32::MAX),
                verdict,
            }
        })
        .collect();
    let without_schema = unknown
        .into_iter()
        .map(|((group, version, kind), count)| KindWithoutSchema {
            near: schema::nearest_kind(&group, &kind, crds),
            api_version: format!("{group}/{version}").trim_start_matches('/').to_owned(),
            kind,
            count,
        })
        .collect();
    (accounts, without_schema)
}
