//! What a repository is made of: engines, layout, environments, others' code in it, policies of its own. Read from the
//! account of a first run, so that nothing is claimed of files that no run looks at. Leaves out what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Account, Outcome};
use crate::finding::Severity;
use crate::kube::Class;
use crate::overlay::{UnitKind, folder_of, name_of};
use crate::policy;
use crate::source::Snapshot;
use crate::yaml::{self, Node};

use super::commands;
use super::versions::{self, is_aside};

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub files: usize,
    /// What makes objects, in words: `6 Kustomize roots`.
    pub engines: Vec<String>,
    /// Pipelines, by their paths.
    pub pipelines: Vec<String>,
    /// Folders at the top with the number of their objects.
    pub layout: Vec<(String, usize)>,
    /// Environments with the folders that are named for them.
    pub environments: BTreeMap<String, Vec<String>>,
    /// Files of policies that a run could ask, by their folders.
    pub policies: Vec<OwnPolicies>,
    /// Others' code, with what was found in it.
    pub foreign: Vec<Foreign>,
    /// Folders for tests and examples with the number of errors and warnings in them, when most are there.
    pub aside: Vec<(String, usize)>,
}

/// A folder of the repository's own policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnPolicies {
    pub folder: String,
    /// The packages that have rules of conftest's kind.
    pub packages: BTreeSet<String>,
    /// Whether there are policies of our kind.
    pub ours: bool,
}

/// Files that someone else wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    pub glob: String,
    /// In words: what it is.
    pub what: &'static str,
    /// How many errors and warnings are in it.
    pub findings: usize,
    /// The packs that say so.
    pub packs: BTreeSet<String>,
    /// Whether CRDs in it define kinds of other files: then it must be read.
    pub defines: bool,
    /// Whether a program wrote it, and would write it anew.
    pub generated: bool,
}

/// Parents whose folders are environments, whatever they are called. Overlays may also be versions or variants.
const HOMES: [&str; 6] = ["clusters", "environments", "envs", "env", "stages", "tenants"];

/// Names that an environment has, in the order from the first to the last that a change reaches.
const ENVIRONMENTS: [&str; 19] = [
    "sandbox",
    "dev",
    "develop",
    "development",
    "test",
    "testing",
    "qa",
    "ci",
    "integration",
    "uat",
    "stg",
    "stage",
    "staging",
    "preprod",
    "pre-prod",
    "prd",
    "prod",
    "production",
    "live",
];

/// Environments whose objects nobody relies on.
const EARLY: [&str; 4] = ["sandbox", "dev", "develop", "development"];

/// Whether nobody relies on what runs there.
pub(super) fn is_early(environment: &str) -> bool {
    EARLY.contains(&environment)
}

/// Looks at everything.
pub(super) fn survey(manifests: &Snapshot, scripts: &Snapshot, outcome: &Outcome) -> Survey {
    let mut survey = Survey {
        files: outcome.accounts.iter().map(|account| &*account.path).collect::<BTreeSet<_>>().len(),
        ..Survey::default()
    };
    survey.engines = engines(manifests, outcome);
    survey.pipelines = pipelines(scripts);
    let mut layout: BTreeMap<String, usize> = BTreeMap::new();
    for account in outcome.accounts.iter().filter(|account| speaks_of_a_cluster(account)) {
        let top = account.path.split_once('/').map_or(".", |(top, _)| top);
        *layout.entry(top.to_owned()).or_default() += 1;
        environments(&account.path, &mut survey.environments);
    }
    survey.environments = real_environments(std::mem::take(&mut survey.environments));
    survey.layout = layout.into_iter().collect();
    survey.layout.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    survey.policies = policies(manifests);
    survey.foreign = foreign(manifests, outcome);
    survey.aside = aside(manifests, outcome);
    survey
}

/// Folders for tests and examples, when at least half of the errors and warnings are in them.
fn aside(manifests: &Snapshot, outcome: &Outcome) -> Vec<(String, usize)> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut all = 0;
    for finding in outcome.findings.iter().filter(|finding| finding.severity != Severity::Hint) {
        let Some(entry) = manifests.entry(finding.primary.source) else { continue };
        all += 1;
        let parts: Vec<&str> = folder_of(&entry.path).split('/').collect();
        if vendored(&entry.path).is_none()
            && let Some(at) =
                parts.iter().position(|part| versions::ASIDE.contains(&part.to_ascii_lowercase().as_str()))
        {
            *found.entry(parts.get(..=at).unwrap_or_default().join("/")).or_default() += 1;
        }
    }
    if found.values().sum::<usize>() * 2 < all {
        return Vec::new();
    }
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for folder in found.keys() {
        *names.entry(name_of(folder)).or_default() += 1;
    }
    let mut out: BTreeMap<String, usize> = BTreeMap::new();
    for (folder, count) in &found {
        let many = names.get(name_of(folder)).is_some_and(|times| *times > FEW);
        let glob = if many {
            format!("**/{}/**", globset::escape(name_of(folder)))
        } else {
            format!("{}/**", globset::escape(folder))
        };
        *out.entry(glob).or_default() += count;
    }
    out.into_iter().collect()
}

/// So many patterns of one name are written one by one.
const FEW: usize = 3;

fn speaks_of_a_cluster(account: &Account) -> bool {
    account.class.holds_objects() || matches!(account.class, Class::Patch | Class::Kustomization | Class::Template)
}

fn engines(manifests: &Snapshot, outcome: &Outcome) -> Vec<String> {
    let units = |kind| outcome.units.iter().filter(|unit| unit.kind == kind).count();
    let kinds = |group: &str, kind: &str| {
        let is = |account: &&Account| {
            let named = account.kind.as_deref().and_then(|text| text.split_once(' '));
            named.is_some_and(|(api, of)| of == kind && api.split('/').next() == Some(group))
        };
        outcome.accounts.iter().filter(is).count()
    };
    let components = outcome
        .accounts
        .iter()
        .filter(|account| account.class == Class::Kustomization)
        .filter(|account| is_component(manifests, &account.path))
        .count();
    let counts = [
        (units(UnitKind::Kustomize), "Kustomize root"),
        (components, "Kustomize component"),
        (units(UnitKind::Chart), "Helm chart"),
        (kinds("argoproj.io", "Application"), "Argo CD Application"),
        (kinds("argoproj.io", "ApplicationSet"), "Argo CD ApplicationSet"),
        (kinds("kustomize.toolkit.fluxcd.io", "Kustomization"), "Flux Kustomization"),
        (kinds("helm.toolkit.fluxcd.io", "HelmRelease"), "Flux HelmRelease"),
        (units(UnitKind::Folder), "plain folder"),
    ];
    counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(count, noun)).collect()
}

fn is_component(manifests: &Snapshot, path: &str) -> bool {
    let source = manifests.find(path).and_then(|id| manifests.source(id).ok());
    source.is_some_and(|source| {
        let documents = yaml::documents(source);
        let roots = documents.iter().filter_map(|document| document.tree.as_ref());
        roots.into_iter().any(|tree| tree.root().get("kind").and_then(Node::text) == Some("Component"))
    })
}

/// `1 file`, `2 files`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn pipelines(scripts: &Snapshot) -> Vec<String> {
    let paths = scripts.entries().map(|(_, entry)| entry.path.as_str());
    let mut found: Vec<String> = Vec::new();
    for path in paths {
        let name = match path {
            path if path.starts_with(".github/workflows/") => ".github/workflows",
            path if path.starts_with(".circleci/") => ".circleci",
            ".gitlab-ci.yml" | ".pre-commit-config.yaml" | "azure-pipelines.yml" => path,
            path if name_of(path).starts_with("Jenkinsfile") => path,
            _ => continue,
        };
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// The folder of a path that is named for an environment.
fn environments(path: &str, into: &mut BTreeMap<String, Vec<String>>) {
    if is_aside(path) {
        return;
    }
    let folder = folder_of(path);
    let parts: Vec<&str> = folder.split('/').collect();
    for (at, part) in parts.iter().enumerate() {
        let name = part.to_ascii_lowercase();
        let at_home =
            at.checked_sub(1).and_then(|before| parts.get(before)).is_some_and(|parent| HOMES.contains(parent));
        // `base` is what the environments share
        if !(is_environment(&name) || at_home) || ["base", "common", "shared", "default"].contains(&name.as_str()) {
            continue;
        }
        let whole = parts.get(..=at).unwrap_or_default().join("/");
        let folders = into.entry(name).or_default();
        if !folders.contains(&whole) {
            folders.push(whole);
        }
        return;
    }
}

/// `staging`, `staging-eu`.
fn is_environment(name: &str) -> bool {
    let first = name.split(['-', '_']).next().unwrap_or(name);
    ENVIRONMENTS.contains(&name) || ENVIRONMENTS.contains(&first)
}

/// A folder called `dev` may be anything: one that stands alone, and in no folder for environments, is none.
fn real_environments(all: BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let known: BTreeSet<String> = all.values().flatten().cloned().collect();
    let beside = |folder: &str| {
        let parent = folder_of(folder);
        let home = name_of(parent);
        HOMES.contains(&home)
            || home == "overlays"
            || known.iter().any(|other| other != folder && folder_of(other) == parent)
    };
    let mut real = BTreeMap::new();
    for (name, folders) in all {
        let folders: Vec<String> = folders.into_iter().filter(|folder| beside(folder)).collect();
        if !folders.is_empty() {
            real.insert(name, folders);
        }
    }
    real
}

/// What files say of an input that is none of ours: of an admission webhook, of Gatekeeper, of Terraform.
const OTHER_INPUTS: [&str; 9] = [
    "input.review",
    "input.request",
    "input.parameters",
    "input.resource_changes",
    "input.planned_values",
    "input.attributes",
    "input.resource.",
    "input.constraints",
    "input.stages",
];

/// What a rule reads of a Kubernetes object.
const OUR_INPUTS: [&str; 5] = ["input.kind", "input.metadata", "input.spec", "input.apiVersion", "input.object"];

/// Names of folders that people keep policies in.
const POLICY_HOMES: [&str; 5] = ["policy", "policies", "rego", "conftest", "opa"];

fn policies(manifests: &Snapshot) -> Vec<OwnPolicies> {
    let mut groups: BTreeMap<String, (OwnPolicies, bool)> = BTreeMap::new();
    for (id, entry) in manifests.entries() {
        let path = entry.path.as_str();
        if !path.ends_with(".rego") || path.ends_with("_test.rego") || is_aside(path) {
            continue;
        }
        let Ok(source) = manifests.source(id) else { continue };
        let text = source.text();
        if OTHER_INPUTS.iter().any(|input| text.contains(input)) {
            continue;
        }
        let Some(seen) = policy::look(text) else { continue };
        let parts: Vec<&str> = folder_of(path).split('/').collect();
        let home = parts.iter().position(|part| POLICY_HOMES.contains(part));
        let folder = match home {
            Some(at) => parts.get(..=at).unwrap_or_default().join("/"),
            None => folder_of(path).to_owned(),
        };
        let (own, reads) = groups
            .entry(folder.clone())
            .or_insert_with(|| (OwnPolicies { folder, packages: BTreeSet::new(), ours: false }, false));
        own.ours |= seen.ours;
        if seen.conftest {
            own.packages.insert(seen.package);
        }
        *reads |= OUR_INPUTS.iter().any(|input| text.contains(input));
    }
    let useful =
        |(own, reads): &(OwnPolicies, bool)| *reads && (own.ours || !own.packages.is_empty()) && !own.folder.is_empty();
    groups.into_values().filter(useful).map(|(own, _)| own).collect()
}

/// Folders that hold others' code wherever they stand.
const VENDORED: [(&str, &str); 5] = [
    ("node_modules", "packages of npm"),
    ("vendor", "others' code"),
    ("third_party", "others' code"),
    ("testdata", "data of tests"),
    (".terraform", "what Terraform has fetched"),
];

fn foreign(manifests: &Snapshot, outcome: &Outcome) -> Vec<Foreign> {
    let charts: BTreeSet<&str> = outcome
        .units
        .iter()
        .filter(|unit| unit.kind == UnitKind::Chart)
        .map(|unit| if unit.name == "." { "" } else { unit.name.as_str() })
        .collect();
    let defining: BTreeSet<&str> =
        outcome.accounts.iter().filter(|account| account.class == Class::Crd).map(|account| &*account.path).collect();
    let mut found: BTreeMap<(String, bool), Foreign> = BTreeMap::new();
    for finding in &outcome.findings {
        let Some(entry) = manifests.entry(finding.primary.source) else { continue };
        let path = entry.path.as_str();
        let region = vendored(path)
            .or_else(|| Some((subchart(path, &charts)?, "a chart that another one carries")))
            .map(|(glob, what)| (glob, what, false))
            .or_else(|| says_generated(manifests, path).then(|| (globset::escape(path), "written by a program", true)));
        let Some((glob, what, generated)) = region else { continue };
        let one = found.entry((glob.clone(), generated)).or_insert_with(|| Foreign {
            glob,
            what,
            findings: 0,
            packs: BTreeSet::new(),
            defines: false,
            generated,
        });
        one.findings += usize::from(finding.severity != Severity::Hint);
        one.packs.insert(finding.check.pack().to_owned());
    }
    for one in found.values_mut() {
        let folder = one.glob.trim_end_matches("/**");
        one.defines = defining.iter().any(|path| globset::escape(path).starts_with(folder));
    }
    // hints alone are no reason to look away
    joined(found.into_values().filter(|one| one.findings > 0).collect())
}

/// The folder of others' code that holds a file.
fn vendored(path: &str) -> Option<(String, &'static str)> {
    let parts: Vec<&str> = folder_of(path).split('/').collect();
    let (at, what) = parts
        .iter()
        .enumerate()
        .find_map(|(at, part)| VENDORED.iter().find(|(name, _)| name == part).map(|(_, what)| (at, *what)))?;
    Some((format!("{}/**", globset::escape(&parts.get(..=at)?.join("/"))), what))
}

/// The chart within a chart that holds a file.
fn subchart(path: &str, charts: &BTreeSet<&str>) -> Option<String> {
    let mut folder = folder_of(path);
    loop {
        if charts.contains(folder) {
            let home = folder_of(folder);
            let above = home.strip_suffix("charts").map(|above| above.trim_end_matches('/'));
            if above.is_some_and(|above| charts.contains(above)) {
                return Some(format!("{}/**", globset::escape(home)));
            }
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// Whether the comment at the head of a file says that a program wrote it.
fn says_generated(manifests: &Snapshot, path: &str) -> bool {
    let source = manifests.find(path).and_then(|id| manifests.source(id).ok());
    source.is_some_and(|source| {
        let head = source.text().lines().take(12).take_while(|line| {
            let line = line.trim();
            line.is_empty() || line.starts_with('#') || line.starts_with("---")
        });
        head.filter(|line| line.starts_with('#')).any(|line| {
            let line = line.to_ascii_lowercase();
            ["do not edit", "code generated", "auto-generated", "autogenerated", "was generated by"]
                .iter()
                .any(|mark| line.contains(mark))
        })
    })
}

/// Many of one name are one pattern.
fn joined(mut all: Vec<Foreign>) -> Vec<Foreign> {
    let last = |one: &Foreign| {
        let name = name_of(one.glob.trim_end_matches("/**")).to_owned();
        (name, one.what, one.glob.ends_with("/**"))
    };
    let mut names: BTreeMap<_, usize> = BTreeMap::new();
    for one in &all {
        *names.entry(last(one)).or_default() += 1;
    }
    let mut out: Vec<Foreign> = Vec::new();
    for one in all.drain(..) {
        let key = last(&one);
        if names.get(&key).copied().unwrap_or(0) <= FEW {
            out.push(one);
            continue;
        }
        let glob = format!("**/{}{}", key.0, if key.2 { "/**" } else { "" });
        match out.iter_mut().find(|known| known.glob == glob) {
            Some(known) => {
                known.findings += one.findings;
                known.packs.extend(one.packs);
                known.defines |= one.defines;
            }
            None => out.push(Foreign { glob, ..one }),
        }
    }
    out
}

/// Whether a file may be a pipeline, a script or a tool's configuration that `init` reads.
pub(super) fn is_script(path: &str) -> bool {
    commands::may_hold(path) || name_of(path) == "conftest.toml"
}
