//! What a commit can affect: the files that it changes, those whose findings may depend on them, and what those need to
//! be judged. Told is what is found in changed files, and what the commit brings about in others: findings that were not
//! there before it. Files that cannot matter are known by name only; a test holds the answer against two whole runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::check::{Outcome, Registry, Staged};
use crate::config::{Config, FILE_NAME, Line, OWNERS_FILES, SCHEMAS_NAME};
use crate::facts;
use crate::finding::{Finding, unword};
use crate::graph::{Clue, clues};
use crate::kube::{Resource, objects_of};
use crate::overlay::kustomize::{Builds, Role, is_kustomization};
use crate::overlay::{OWNERS, Owned, Owner, SOURCES, folder_of, keep_own, name_of};
use crate::source::{FLUX_IGNORE_FILE, IGNORE_FILE, Phrase, Snapshot, Source, SourceId, Words};
use crate::yaml::{self, Node};

use super::plan::{Build, Plan};
use super::{Progress, check, read};

/// The repository before or after a commit.
pub struct Side<'a> {
    /// Its files.
    pub snapshot: &'a mut Snapshot,
    /// What its configuration says.
    pub config: &'a Config,
    /// Its checks.
    pub registry: &'a Registry,
}

/// Files that matter.
struct Reach {
    /// Files of which findings may have changed.
    affected: BTreeSet<String>,
    /// Files that are needed to judge them.
    context: BTreeSet<String>,
}

/// What is found only where every build is rendered, since any may make what is missed: of a part of them that is not known.
const OF_ALL: [&str; 2] = ["flux/depends-on-missing", "flux/source-ref-missing"];

/// Whether a run that looked at a part says something that only a whole one can know.
fn wants_all(outcome: &Outcome) -> bool {
    let accepted = outcome.accepted.iter().map(|one| &one.finding);
    outcome.findings.iter().chain(accepted).any(|finding| OF_ALL.contains(&&*finding.check.0))
}

/// Has both sides read what matters, and judged what may be affected; everything where that is not known.
fn narrow(after: &mut Side<'_>, before: &mut Side<'_>, changed: &BTreeSet<String>, reach: Option<&Reach>) {
    let judged = |path: &str| reach.is_none_or(|reach| changed.contains(path) || reach.affected.contains(path));
    let needed = |path: &str| judged(path) || reach.is_some_and(|reach| reach.context.contains(path));
    after.snapshot.narrow(judged, needed);
    before.snapshot.narrow(judged, needed);
}

/// Judges what a commit can affect. `wanted` says of which paths findings are asked for.
#[must_use]
pub fn staged(
    mut after: Side<'_>,
    mut before: Side<'_>,
    changed: &BTreeSet<String>,
    wanted: impl Fn(&str) -> bool,
    progress: &Progress,
) -> Outcome {
    let mut reach = reach(&mut after, &mut before, changed);
    let files = after.snapshot.entries().filter(|(_, entry)| super::is_manifest(&entry.path)).count();
    let marks = (after.snapshot.marks(), before.snapshot.marks());
    narrow(&mut after, &mut before, changed, reach.as_ref());
    let mut outcome = check(after.snapshot, after.config, after.registry, progress);
    if reach.is_some() && wants_all(&outcome) {
        reach = None;
        after.snapshot.mark(marks.0);
        before.snapshot.mark(marks.1);
        narrow(&mut after, &mut before, changed, None);
        outcome = check(after.snapshot, after.config, after.registry, progress);
    }
    // what was found before is asked only where something is found now
    let others =
        outcome.findings.iter().any(|finding| !changed.contains(path_of(after.snapshot, finding.primary.source)));
    let mut known: BTreeMap<(Line, String), usize> = BTreeMap::new();
    if others {
        let then =
            check(before.snapshot, before.config, before.registry, &Progress::watched(progress.observer.clone()));
        for finding in &then.findings {
            *known.entry(told(finding, before.snapshot)).or_default() += 1;
        }
    }
    let in_changed = |path: &str| changed.contains(path) && wanted(path);
    let snapshot = &*after.snapshot;
    outcome.findings.retain(|finding| {
        let path = path_of(snapshot, finding.primary.source);
        if changed.contains(path) {
            return wanted(path);
        }
        match known.get_mut(&told(finding, snapshot)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => wanted(path),
        }
    });
    outcome.accepted.retain(|one| in_changed(path_of(snapshot, one.finding.primary.source)));
    outcome.accounts.retain(|account| in_changed(&account.path));
    outcome.unread.retain(|unread| in_changed(&unread.path));
    outcome.staged = Some(Staged {
        changed: changed.iter().filter(|path| super::is_manifest(path) && wanted(path)).count(),
        related: match &reach {
            Some(reach) => reach.affected.iter().filter(|path| super::is_manifest(path)).count(),
            None => files.saturating_sub(changed.len()),
        },
        files,
    });
    outcome
}

fn path_of(snapshot: &Snapshot, id: SourceId) -> &str {
    snapshot.entry(id).map_or("", |entry| entry.path.as_str())
}

/// What makes a finding the same before and after.
fn told(finding: &Finding, snapshot: &Snapshot) -> (Line, String) {
    (Line::of(finding, path_of(snapshot, finding.primary.source)), finding.message.clone())
}

/// The files that matter; none when all may.
fn reach(after: &mut Side<'_>, before: &mut Side<'_>, changed: &BTreeSet<String>) -> Option<Reach> {
    let mut reach = Reach { affected: BTreeSet::new(), context: BTreeSet::new() };
    if changed.is_empty() {
        return Some(reach);
    }
    if changed.iter().any(|path| is_rule(path, after.config) || is_rule(path, before.config)) {
        return None;
    }
    let (new, old) = (builds(after), builds(before));
    let plans = (new.is_entangled() || old.is_entangled()).then(|| Plans::of(after, before, changed));
    let sides @ [after, before] = [&*after, &*before];
    if changed.iter().any(|path| sides.iter().any(|side| says_what_is_left_out(side, path))) {
        return None;
    }
    reach.affected.extend(rebased(after, before, changed));
    // builds give files a new part to play
    if changed.iter().any(|path| is_kustomization(path) || name_of(path).starts_with("kustomization.y")) {
        reach.affected.extend(recast(after, before, &new, &old)?);
    }
    let roots = |builds: &Builds| builds.roots().map(|root| root.folder.clone()).collect::<BTreeSet<String>>();
    let moved: BTreeSet<String> = roots(&new).symmetric_difference(&roots(&old)).cloned().collect();
    for folder in new.included.symmetric_difference(&old.included) {
        let source = new.kustomizations.get(folder).map(|one| one.source);
        reach.affected.extend(source.map(|source| path_of(after.snapshot, source).to_owned()));
    }
    reach.affected.extend(owners(after, before, changed));
    reach.affected.extend(built(after, &new, changed, &moved));
    reach.affected.extend(built(before, &old, changed, &moved));
    if let Some(plans) = &plans {
        plans.reach(changed, &mut reach);
    }
    reach.affected.retain(|path| !changed.contains(path));

    // what is changed leads to what it touches, and that to what it is judged by
    let (plan, plan_before) = (plans.as_ref().map(|plans| &plans.new), plans.as_ref().map(Plans::old));
    let mut first = Clues::default();
    for (side, plan) in [(after, plan), (before, plan_before)] {
        for path in changed.iter().chain(&reach.affected) {
            first.add(side.snapshot, plan, path)?;
        }
    }
    let mut twins = Clues::default();
    if new.all_additions().nth(1).is_some() {
        for path in changed {
            twins.add_twins(after.snapshot, path);
        }
    }
    let folders: BTreeSet<String> = changed.iter().map(|path| folder_of(path).to_owned()).collect();
    let touched = first.search(after.snapshot, plan, |path| folders.contains(folder_of(path)));
    let twins = twins.search(after.snapshot, plan, |_| false).related;
    reach.context.extend(touched.context);
    reach.context.extend(twins.iter().cloned());
    reach.affected.extend(touched.related.into_iter().filter(|path| !changed.contains(path)));
    for (side, builds) in [(after, &new), (before, &old)] {
        let deploy = deployers(side, builds, &|path| changed.contains(path) || twins.contains(path));
        reach.affected.extend(deploy.into_iter().filter(|path| !changed.contains(path)));
    }
    let mut second = Clues::default();
    for path in &reach.affected {
        second.add(after.snapshot, plan, path)?;
    }
    let folders: BTreeSet<String> = reach.affected.iter().map(|path| folder_of(path).to_owned()).collect();
    let needed = second.search(after.snapshot, plan, |path| folders.contains(folder_of(path)));
    reach.context.extend(needed.related);
    reach.context.extend(needed.context);
    Some(reach)
}

/// Whether a file says how others are judged.
fn is_rule(path: &str, config: &Config) -> bool {
    let name = name_of(path);
    let of_policies = |set: &crate::config::PolicySet| {
        set.data.iter().any(|data| crate::config::lies_in(path, data.trim_end_matches('/')))
    };
    [FILE_NAME, IGNORE_FILE, FLUX_IGNORE_FILE, "Chart.yaml"].contains(&name)
        || path.ends_with(".rego")
        || path == SCHEMAS_NAME
        || config.locations.files.as_ref().is_some_and(|files| files.find(path).is_some())
        || (OWNERS_FILES.contains(&path) && !config.enforce.is_empty())
        || config.files.iter().any(|file| file == path)
        || config.policies.iter().any(of_policies)
}

/// Whether a file holds a source whose artifact may be another than its repository: builds anywhere may name what it lacks.
fn says_what_is_left_out(side: &Side<'_>, path: &str) -> bool {
    side.snapshot.find(path).and_then(|id| side.snapshot.words(id)).is_some_and(|words| leaves_out(&words))
}

/// Whether such a source may stand in a file of these words.
pub(super) fn leaves_out(words: &Words) -> bool {
    let holds = |text: &str| words.may_hold(&Phrase::new(text));
    // of a repository it is of account that it is known
    SOURCES.into_iter().any(holds) && (holds("GitRepository") || holds("ignore"))
}

/// The files of which the baseline says something else than before.
fn rebased(after: &Side<'_>, before: &Side<'_>, changed: &BTreeSet<String>) -> BTreeSet<String> {
    let mut counts: BTreeMap<&Line, i64> = BTreeMap::new();
    for (lines, step) in [(&after.config.baseline.lines, 1), (&before.config.baseline.lines, -1)] {
        for (line, _) in lines {
            *counts.entry(line).or_default() += step;
        }
    }
    let moved = counts.into_iter().filter(|(_, count)| *count != 0).map(|(line, _)| unword(&line.path));
    moved.filter(|path| !changed.contains(path)).collect()
}

/// The builds of a side, with what its owners name.
fn builds(side: &Side<'_>) -> Builds {
    let kustomizations = read::kustomizations(side.snapshot, side.config);
    let mut found = Vec::new();
    let owners = Owners::new();
    let entries = side.snapshot.entries().filter(|(_, entry)| super::is_manifest(&entry.path));
    for (id, _) in entries.filter(|(id, _)| side.snapshot.words(*id).is_some_and(|words| owners.are_in(&words))) {
        let Ok(source) = side.snapshot.source(id) else { continue };
        for tree in yaml::documents(source).iter().filter_map(|document| document.tree.as_ref()) {
            found.extend(Owner::of(tree, 0));
        }
    }
    keep_own(&mut found, side.snapshot);
    Builds::of(side.snapshot, kustomizations, &Owned::of(&found), &side.config.remotes)
}

/// The files of all owners, when one of them changes or a folder comes or goes that one may name.
fn owners(after: &Side<'_>, before: &Side<'_>, changed: &BTreeSet<String>) -> BTreeSet<String> {
    let owners = Owners::new();
    let is_owner = |side: &Side<'_>, path: &str| {
        let words = side.snapshot.find(path).and_then(|id| side.snapshot.words(id));
        words.is_some_and(|words| owners.are_in(&words))
    };
    let comes_or_goes = |path: &String| {
        let is_in = |side: &Side<'_>| side.snapshot.below(folder_of(path)).next().is_some();
        !is_in(after) || !is_in(before)
    };
    let touched = |path: &String| is_owner(after, path) || is_owner(before, path) || comes_or_goes(path);
    if !changed.iter().any(touched) {
        return BTreeSet::new();
    }
    let paths = after.snapshot.entries().map(|(_, entry)| entry.path.as_str());
    paths.filter(|path| super::is_manifest(path) && is_owner(after, path)).map(str::to_owned).collect()
}

/// The files of the owners that deploy some files: what two of them deploy is told where they say so.
fn deployers(side: &Side<'_>, builds: &Builds, some: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let path = |id: SourceId| path_of(side.snapshot, id);
    let mut out = BTreeSet::new();
    for (folder, additions) in builds.all_additions() {
        let reach = builds.reach(side.snapshot, folder);
        let takes = reach.sources.iter().any(|id| some(path(*id)))
            || side.snapshot.below(folder).any(|(_, entry)| some(&entry.path));
        if takes {
            out.extend(additions.iter().map(|one| path(one.place.source).to_owned()));
        }
    }
    out
}

/// Words of what names the folders that are deployed.
pub(super) struct Owners(Vec<[Phrase; 2]>);

impl Owners {
    pub fn new() -> Self {
        let of = |(version, kind): &(&str, &str)| [Phrase::new(version), Phrase::new(kind)];
        Self(OWNERS.iter().map(of).collect())
    }

    pub fn are_in(&self, words: &Words) -> bool {
        self.0.iter().any(|all| all.iter().all(|phrase| words.may_hold(phrase)))
    }
}

/// The files that are something else to the builds than before; none when builds make other things.
fn recast(after: &Side<'_>, before: &Side<'_>, new: &Builds, old: &Builds) -> Option<BTreeSet<String>> {
    let makes = |builds: &Builds| -> BTreeSet<String> {
        builds.roots().filter(|root| root.generates).map(|root| root.folder.clone()).collect()
    };
    if makes(new) != makes(old) {
        return None;
    }
    let mut out = BTreeSet::new();
    let roles = |builds: &Builds, side: &Side<'_>| -> BTreeMap<String, (Role, String)> {
        let named = |(id, role): (&SourceId, &(Role, String))| (path_of(side.snapshot, *id).to_owned(), role.clone());
        builds.roles.iter().map(named).collect()
    };
    let (new_roles, old_roles) = (roles(new, after), roles(old, before));
    for path in new_roles.keys().chain(old_roles.keys()) {
        if new_roles.get(path) != old_roles.get(path) {
            out.insert(path.clone());
        }
    }
    let folders =
        |builds: &Builds| -> BTreeSet<String> { builds.kustomizations.keys().chain(&builds.closed).cloned().collect() };
    for folder in folders(new).symmetric_difference(&folders(old)) {
        out.extend(after.snapshot.below(folder).map(|(_, entry)| entry.path.clone()));
    }
    Some(out)
}

/// The files of every build that takes in a changed one, and of those in `moved`.
fn built(side: &Side<'_>, builds: &Builds, changed: &BTreeSet<String>, moved: &BTreeSet<String>) -> BTreeSet<String> {
    let path = |id: &SourceId| path_of(side.snapshot, *id);
    let reaches = builds.roots().map(|root| (&root.folder, builds.reach(side.snapshot, &root.folder)));
    let touched = reaches.filter(|(folder, reach)| {
        moved.contains(*folder) || reach.sources.iter().chain(&reach.owners).any(|id| changed.contains(path(id)))
    });
    let sources: BTreeSet<SourceId> =
        touched.flat_map(|(_, reach)| reach.sources.into_iter().chain(reach.owners)).collect();
    sources.iter().map(|id| path(id).to_owned()).collect()
}

/// How folders are deployed before and after a commit.
struct Plans {
    new: Plan,
    /// None where no changed file may say anything of it.
    old: Option<Plan>,
}

impl Plans {
    fn of(after: &mut Side<'_>, before: &mut Side<'_>, changed: &BTreeSet<String>) -> Self {
        let new = Plan::of(after.snapshot, after.config);
        let says = |side: &Side<'_>, path: &str| {
            let id = side.snapshot.find(path);
            is_kustomization(path) || id.is_some_and(|id| new.says.stands_in(side.snapshot, id))
        };
        // one that comes, goes or cannot be read any more is in no build, or was in none
        let is_built = |path: &String| {
            before.snapshot.find(path).is_some() && new.builds.iter().any(|build| build.files.contains(path))
        };
        let may_differ =
            |path: &String| !is_built(path) || new.makers.contains(path) || says(after, path) || says(before, path);
        let old = changed.iter().any(may_differ).then(|| Plan::of(before.snapshot, before.config));
        Self { new, old }
    }

    fn old(&self) -> &Plan {
        self.old.as_ref().unwrap_or(&self.new)
    }

    /// Adds the files of every build that is deployed otherwise than before, or by changed files, and those that say how.
    fn reach(&self, changed: &BTreeSet<String>, reach: &mut Reach) {
        for (plan, other) in [(&self.new, self.old()), (self.old(), &self.new)] {
            let known: BTreeSet<&str> = other.builds.iter().map(|build| build.told.as_str()).collect();
            let is_touched = |build: &&Build| {
                !known.contains(build.told.as_str()) || build.files.iter().any(|path| changed.contains(path))
            };
            let builds: Vec<&Build> = plan.builds.iter().filter(is_touched).collect();
            reach.affected.extend(builds.iter().flat_map(|build| &build.files).cloned());
            let (read, judged) = plan.needed(&builds);
            reach.context.extend(read);
            reach.affected.extend(judged);
        }
    }
}

/// What to look for in the text of other files.
#[derive(Default)]
struct Clues {
    /// Relations between objects.
    relations: BTreeSet<Clue>,
    /// What defines a kind: needed, and not touched itself.
    definitions: BTreeSet<Clue>,
}

/// The files that were found.
struct Search {
    related: BTreeSet<String>,
    context: BTreeSet<String>,
}

impl Clues {
    /// Adds what a file gives; none when it says how others are judged.
    fn add(&mut self, snapshot: &Snapshot, plan: Option<&Plan>, path: &str) -> Option<()> {
        let Some(Ok(source)) = snapshot.find(path).map(|id| snapshot.source(id)) else { return Some(()) };
        if !super::is_manifest(path) {
            return Some(());
        }
        for text in plan.into_iter().flat_map(|plan| plan.filled(path, source)) {
            self.add_objects(&Arc::new(Source::new(source.id(), path, text.into())))?;
        }
        self.add_objects(source)
    }

    fn add_objects(&mut self, source: &Arc<Source>) -> Option<()> {
        for document in yaml::documents(source) {
            let Some(tree) = &document.tree else { continue };
            for object in objects_of(tree, source.id(), document.ordinal) {
                self.relations.extend(clues(&object));
                match object.gvk.kind.as_str() {
                    "MutatingWebhookConfiguration" => return None,
                    "CustomResourceDefinition" => self.relations.extend(defined(&object)),
                    _ => self.definitions.extend(definition(&object)),
                }
            }
        }
        Some(())
    }

    /// Adds what leads to objects of the same kinds and names, of which two owners may deploy one.
    fn add_twins(&mut self, snapshot: &Snapshot, path: &str) {
        let Some(Ok(source)) = snapshot.find(path).map(|id| snapshot.source(id)) else { return };
        for document in yaml::documents(source).iter().filter(|_| super::is_manifest(path)) {
            let Some(tree) = &document.tree else { continue };
            let twin = |object: Resource| Clue { all: vec![object.gvk.kind.into(), object.key.name.into()], any: &[] };
            self.relations.extend(objects_of(tree, source.id(), document.ordinal).into_iter().map(twin));
        }
    }

    /// Looks through every file of a snapshot. `beside` are those that are related by where they stand.
    fn search(&self, snapshot: &Snapshot, plan: Option<&Plan>, beside: impl Fn(&str) -> bool + Sync) -> Search {
        let relations: Vec<Trail> = self.relations.iter().map(Trail::new).collect();
        let definitions: Vec<Trail> = self.definitions.iter().map(Trail::new).collect();
        let webhooks = Phrase::new("MutatingWebhookConfiguration");
        let owners = Owners::new();
        let ids: Vec<(SourceId, &str)> = snapshot
            .entries()
            .filter(|(_, entry)| entry.absence.is_none() && super::is_manifest(&entry.path))
            .map(|(id, entry)| (id, entry.path.as_str()))
            .collect();
        let found: Vec<(&str, bool)> = ids
            .par_iter()
            .with_min_len(32)
            .filter_map(|(id, path)| {
                let words = snapshot.words(*id)?;
                let is_related = |words: &Words| relations.iter().any(|trail| trail.is_in(words));
                let is_filled = || {
                    let plan = plan.filter(|plan| plan.may_fill(path, &words))?;
                    let filled = plan.filled(path, snapshot.source(*id).ok()?);
                    Some(filled.iter().any(|text| is_related(&Words::of(text))))
                };
                if beside(path) || is_related(&words) || is_filled() == Some(true) {
                    return Some((*path, true));
                }
                let needed = is_kustomization(path)
                    || definitions.iter().any(|trail| trail.is_in(&words))
                    || words.may_hold(&webhooks)
                    || owners.are_in(&words);
                needed.then_some((*path, false))
            })
            .collect();
        let of = |related| found.iter().filter(move |(_, is)| *is == related).map(|(path, _)| (*path).to_owned());
        Search { related: of(true).collect(), context: of(false).collect() }
    }
}

/// The objects of a kind that a CRD defines, alone or in a list of that kind.
fn defined(crd: &Resource) -> Vec<Clue> {
    let Some(kind) = crd.node().at(&["spec", "names", "kind"]).and_then(Node::text) else { return Vec::new() };
    let clue = |kind: String| Clue { all: vec![kind], any: &[] };
    vec![clue(kind.to_owned()), clue(format!("{kind}List"))]
}

/// The CRD of an object whose kind is not built in.
fn definition(object: &Resource) -> Option<Clue> {
    let gvk = &object.gvk;
    let built_in = facts::embedded().entry(&gvk.group, &gvk.version, &gvk.kind).is_some();
    (!built_in).then(|| Clue { all: vec!["CustomResourceDefinition".into(), gvk.kind.to_string()], any: &[] })
}

/// A clue made ready to be looked for.
struct Trail {
    all: Vec<Phrase>,
    any: Vec<Phrase>,
}

impl Trail {
    fn new(clue: &Clue) -> Self {
        let phrases = |texts: &[&str]| texts.iter().map(|text| Phrase::new(text)).collect();
        let all: Vec<&str> = clue.all.iter().map(String::as_str).collect();
        Self { all: phrases(&all), any: phrases(clue.any) }
    }

    fn is_in(&self, words: &Words) -> bool {
        self.all.iter().all(|phrase| words.may_hold(phrase))
            && (self.any.is_empty() || self.any.iter().any(|phrase| words.may_hold(phrase)))
    }
}
