//! From what was seen to what is proposed: only lines that something in the repository asks for. Leaves out how it is
//! written down.

use std::collections::BTreeSet;

use crate::facts::MINORS;
use crate::overlay::{folder_of, name_of, resolve};
use crate::policy;
use crate::source::Snapshot;

use super::commands::{self, Usage};
use super::look::{self, Survey};
use super::plan::{Eased, Line, Plan, PolicyFolder};
use super::versions::{Said, Versions};
use super::{Tool, conftest, kubeconform};

/// Everything that was seen.
pub(super) struct Sight<'a> {
    pub survey: &'a Survey,
    pub versions: &'a Versions,
    pub manifests: &'a Snapshot,
    pub scripts: &'a Snapshot,
}

/// What is proposed, and what was found on the way.
#[derive(Default)]
pub(super) struct Proposal {
    pub plan: Plan,
    /// The paths that the other tool was given.
    pub paths: Vec<String>,
    /// Tools that the repository runs and that were not asked for, with a place.
    pub others: Vec<(Tool, String)>,
    /// A tool that was asked for and that nothing runs.
    pub missing: Option<Tool>,
}

/// Schemas that are not in the repository would fail every run: they are proposed as a comment.
fn lay_aside(plan: &mut Plan, manifests: &Snapshot) {
    let is_there = |line: &Line| {
        let path = line.text.trim_start_matches("./").trim_end_matches('/');
        let template = crate::facts::Template::read(path).ok();
        let folder = if path.contains("{{") { template.as_ref().map_or("", |one| one.folder()) } else { path };
        path == "default" || manifests.find(folder).is_some() || manifests.below(folder).next().is_some()
    };
    let (there, gone) = std::mem::take(&mut plan.schemas).into_iter().partition(is_there);
    (plan.schemas, plan.schemas_gone) = (there, gone);
}

/// Proposes a configuration.
pub(super) fn of(sight: &Sight<'_>, from: &[Tool], flags: &[String]) -> Proposal {
    let mut proposal = Proposal::default();
    for tool in [Tool::Kubeconform, Tool::Conftest] {
        let given = (!flags.is_empty()).then(|| Usage { place: String::new(), arguments: flags.to_vec() });
        let usages = || match tool {
            Tool::Kubeconform => {
                commands::usages(sight.scripts, tool.name()).into_iter().filter(kubeconform::speaks).collect::<Vec<_>>()
            }
            Tool::Conftest => {
                commands::usages(sight.scripts, tool.name()).into_iter().filter(conftest::speaks).collect()
            }
        };
        if !from.contains(&tool) {
            let place = usages().first().map(|usage| usage.place.clone());
            let file = (tool == Tool::Conftest).then(|| file_of_conftest(sight.scripts)).flatten();
            proposal.others.extend(file.or(place).map(|place| (tool, place)));
            continue;
        }
        let usages = given.map_or_else(usages, |usage| vec![usage]);
        let paths = match tool {
            Tool::Kubeconform => {
                if usages.is_empty() {
                    proposal.missing = Some(tool);
                }
                let paths = usages.iter().flat_map(|usage| kubeconform::take_over(usage, &mut proposal.plan)).collect();
                lay_aside(&mut proposal.plan, sight.manifests);
                paths
            }
            Tool::Conftest => of_conftest(sight, &usages, &mut proposal),
        };
        for path in paths {
            let path = path.trim_start_matches("./").to_owned();
            let there = |path: &String| {
                sight.manifests.find(path).is_some()
                    || sight.manifests.below(path.trim_end_matches('/')).next().is_some()
            };
            if !proposal.paths.contains(&path) && there(&path) {
                proposal.paths.push(path);
            }
        }
    }
    let plan = &mut proposal.plan;
    minors(sight, from, plan);
    foreign(sight.survey, plan);
    examples(sight.survey, plan);
    for own in &sight.survey.policies {
        let covers = |policy: &PolicyFolder| policy.path == own.folder || policy.path == ".";
        if plan.policies.iter().any(covers) {
            continue;
        }
        let alone = own.packages.iter().all(|package| package == "main");
        let namespaces = if alone { Vec::new() } else { own.packages.iter().cloned().collect() };
        let why = match (own.ours, own.packages.is_empty()) {
            (true, true) => "policies in Plimsoll's form are here".to_owned(),
            (_, _) => {
                let packages: Vec<String> = own.packages.iter().map(|package| format!("`{package}`")).collect();
                format!("rules of conftest's kind are here, in {}", packages.join(", "))
            }
        };
        plan.policies.push(PolicyFolder { path: own.folder.clone(), namespaces, data: Vec::new(), why, fault: None });
    }
    proposal
}

fn file_of_conftest(scripts: &Snapshot) -> Option<String> {
    scripts
        .entries()
        .map(|(_, entry)| entry.path.as_str())
        .find(|path| name_of(path) == "conftest.toml")
        .map(str::to_owned)
}

fn of_conftest(sight: &Sight<'_>, usages: &[Usage], proposal: &mut Proposal) -> Vec<String> {
    let path = file_of_conftest(sight.scripts);
    let file = path.as_deref().and_then(|path| sight.scripts.find(path)).and_then(|id| sight.scripts.source(id).ok());
    let packages = |folder: &str| packages(sight.manifests, folder);
    if usages.is_empty() && file.is_none() && packages("policy").is_none() {
        proposal.missing = Some(Tool::Conftest);
        return Vec::new();
    }
    let mut paths = Vec::new();
    let file = file.map(|source| &**source);
    if usages.is_empty() {
        paths.extend(conftest::take_over(file, None, &packages, &mut proposal.plan));
    }
    for usage in usages {
        paths.extend(conftest::take_over(file, Some(usage), &packages, &mut proposal.plan));
    }
    for policy in proposal.plan.policies.iter_mut().filter(|policy| policy.fault.is_none()) {
        let is_there = |path: &&String| {
            let path = resolve("", path).unwrap_or_default();
            sight.manifests.find(&path).is_some() || sight.manifests.below(&path).next().is_some()
        };
        let missing = policy.data.iter().find(|path| !is_there(path));
        policy.fault = missing.map(|path| format!("there is no data at {path}"));
    }
    paths
}

/// The packages with rules of conftest's kind below a folder; nothing when it has no Rego.
fn packages(manifests: &Snapshot, folder: &str) -> Option<Vec<String>> {
    let folder = resolve("", folder)?;
    let one = manifests.find(&folder).and_then(|id| Some((id, manifests.entry(id)?)));
    let mut any = false;
    let mut found = BTreeSet::new();
    for (id, entry) in
        one.into_iter().chain(manifests.below(&folder)).filter(|(_, entry)| entry.path.ends_with(".rego"))
    {
        any = true;
        if entry.path.ends_with("_test.rego") {
            continue;
        }
        let seen = manifests.source(id).ok().and_then(|source| policy::look(source.text()));
        found.extend(seen.filter(|seen| seen.conftest).map(|seen| seen.package));
    }
    any.then(|| found.into_iter().collect())
}

/// The versions to judge by, from whoever knows best: the other tool's flags, the clusters, the pipelines.
fn minors(sight: &Sight<'_>, from: &[Tool], plan: &mut Plan) {
    let versions = sight.versions;
    if plan.minors.is_empty() && !from.contains(&Tool::Kubeconform) {
        // what kubeconform is told is what the repository is held against today
        let mut of_kubeconform = Plan::default();
        for usage in commands::usages(sight.scripts, Tool::Kubeconform.name()) {
            kubeconform::take_over(&usage, &mut of_kubeconform);
        }
        plan.minors = of_kubeconform.minors;
        plan.minors_why = of_kubeconform.minors_why;
    }
    if plan.minors.is_empty() {
        for said in [&versions.clusters, &versions.pipelines] {
            let minors: BTreeSet<u16> = said.iter().filter_map(Said::minor).collect();
            if minors.is_empty() {
                continue;
            }
            for minor in &minors {
                let places: Vec<&Said> = said.iter().filter(|one| one.minor() == Some(*minor)).collect();
                if let Some(first) = places.first() {
                    let more = match places.len() - 1 {
                        0 => String::new(),
                        more => format!(", and {more} more"),
                    };
                    plan.minors_why.push(format!("{} has {} ({}{more})", first.by, first.version, first.place));
                }
            }
            plan.minors = minors;
            let lost = said.iter().filter(|one| one.minor().is_none());
            plan.minors_why.extend(lost.take(1).map(not_carried));
            break;
        }
    }
    if plan.minors.is_empty() {
        let unknown: Vec<&Said> = versions.clusters.iter().chain(&versions.pipelines).take(3).collect();
        plan.minors_why.extend(unknown.into_iter().map(not_carried));
        let mut ranges: Vec<&str> = versions.charts.iter().map(|said| said.version.as_str()).collect();
        ranges.sort_unstable();
        ranges.dedup();
        if !ranges.is_empty() {
            let ranges: Vec<String> = ranges.iter().take(3).map(|range| format!("`{range}`")).collect();
            plan.minors_why.push(format!("Charts here want Kubernetes {} (a range).", ranges.join(", ")));
        }
    }
}

fn not_carried(said: &Said) -> String {
    let (first, last) = (MINORS.start(), MINORS.end());
    format!("{} has {} ({}); schemas of 1.{first} to 1.{last} are carried", said.by, said.version, said.place)
}

/// Others' code, when something was found in it: where its CRDs are needed it is read, and only advice on it is turned off.
fn foreign(survey: &Survey, plan: &mut Plan) {
    /// Packs that advise on what the author chose.
    const ADVICE: [&str; 3] = ["resources", "probes", "autoscaling"];
    for one in &survey.foreign {
        let whole = !one.defines && !one.generated;
        if whole {
            plan.ignore(&one.glob, &format!("{}, with {}", one.what, look::counted(one.findings, "finding")));
            continue;
        }
        let packs: Vec<(String, &'static str)> =
            ADVICE.iter().filter(|pack| one.packs.contains(**pack)).map(|pack| ((*pack).to_owned(), "off")).collect();
        if packs.is_empty() {
            continue;
        }
        // what a tool like Flux installs is others' code; what the repository's own program writes may want the advice
        let installed = !one.generated || one.glob.ends_with("gotk-components.yaml");
        let why = if installed {
            format!("{}: advice on it helps nobody here", one.what)
        } else {
            "A program writes these. When advice on them helps nobody:".to_owned()
        };
        let paths = if installed { &mut plan.paths } else { &mut plan.examples };
        match paths.iter_mut().find(|eased| eased.why == why && eased.packs == packs) {
            Some(eased) => eased.globs.push(one.glob.clone()),
            None => paths.push(Eased { globs: vec![one.glob.clone()], packs, why }),
        }
    }
}

/// What someone may want: less advice where nobody relies on what runs, and none on tests and examples.
fn examples(survey: &Survey, plan: &mut Plan) {
    for (name, folders) in survey.environments.iter().filter(|(name, _)| look::is_early(name)) {
        // one that stands beside later ones
        let beside = |folder: &&String| {
            let others = survey.environments.iter().filter(|(other, _)| !look::is_early(other));
            others.flat_map(|(_, folders)| folders).any(|other| folder_of(other) == folder_of(folder))
        };
        let globs = match folders.iter().filter(beside).collect::<Vec<_>>().as_slice() {
            [] => continue,
            [one] => vec![format!("{}/**", globset::escape(one))],
            _ => vec![format!("**/{}/**", globset::escape(name))],
        };
        plan.examples.push(Eased {
            globs,
            packs: vec![("probes".to_owned(), "hint"), ("autoscaling".to_owned(), "off")],
            why: format!("When less is asked of `{name}`:"),
        });
        break;
    }
    let aside = survey.aside.iter().map(|(glob, count)| Line::new(glob, look::counted(*count, "finding")));
    plan.aside.extend(aside);
}
