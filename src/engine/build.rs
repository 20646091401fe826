//! Renders the builds that something is asked of, and says which files are judged through them. Leaves out what builds
//! are (`overlay`) and what is wrong with their objects (checks).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::check::Document;
use crate::finding::{Finding, Label, ResourceKey, Stated, nearest};
use crate::kube::{Class, Resource};
use crate::overlay::Notice;
use crate::overlay::kustomize::{Builds, Idle, Problem, Reach, Reason, Renderer, Silent, is_kustomization};
use crate::source::{Snapshot, SourceId, Span};
use crate::yaml::Node;

use super::stand::is_orphan;

/// So many steps of a value's way are told with a finding.
const MOST_STEPS: usize = 3;

/// A build that was rendered.
pub(super) struct Built<'s> {
    /// The folder of its root.
    pub folder: String,
    /// The file of its root: where the unit stands.
    pub path: &'s str,
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
    /// Files that a rendered build takes in: they are judged through it.
    pub covered: BTreeSet<SourceId>,
    /// What is to be said beside, each with the file that it stands in.
    pub notices: Vec<Notice>,
    /// Why a build was not rendered, by its folder and those of what it takes in.
    pub causes: BTreeMap<String, String>,
}

/// Renders every root that takes in a file which is read: others may refer to its objects.
pub(super) fn all<'s>(snapshot: &'s Snapshot, builds: &Builds, documents: &[Document]) -> Rendering<'s> {
    let mut out = Rendering::default();
    if builds.kustomizations.is_empty() {
        return out;
    }
    let is_wanted = |id: SourceId| snapshot.entry(id).is_some_and(|entry| entry.wanted);
    // a kustomization is read for what it lists
    let is_asked = |id: SourceId| {
        let entry = snapshot.entry(id);
        entry.is_some_and(|entry| entry.wanted || (entry.read && !is_kustomization(&entry.path)))
    };
    let roots: Vec<(&str, SourceId, Reach)> = builds
        .roots()
        .map(|root| (root.folder.as_str(), root.source, builds.reach(snapshot, &root.folder)))
        .filter(|(_, _, reach)| reach.sources.iter().any(|id| is_asked(*id)))
        .collect();
    let strict = Renderer::new(snapshot, false);
    let mut idle: BTreeMap<(Span, Idle), (Silent, Vec<String>)> = BTreeMap::new();
    let rendered: Vec<Result<Made, Problem>> =
        roots.par_iter().map(|(folder, _, _)| render(&strict, folder, builds, snapshot)).collect();
    // with an option Kustomize reads files from anywhere, and what it would make then is judged
    let open = Renderer::new(snapshot, true);
    for ((folder, source, reach), result) in roots.iter().zip(rendered) {
        let (result, problem) = match result {
            Err(problem) if problem.reason == Reason::Outside => match render(&open, folder, builds, snapshot) {
                Ok(made) => (Ok(made), Some(problem)),
                // it stops with the option too, and that is the graver thing
                Err(other) => (Err(other.clone()), Some(other)),
            },
            Err(problem) => (Err(problem.clone()), Some(problem)),
            Ok(made) => (Ok(made), None),
        };
        match result {
            Ok((resources, silent)) => {
                for one in silent {
                    let roots = &mut idle.entry((one.place, one.what)).or_insert((one, Vec::new())).1;
                    if roots.last().map(String::as_str) != Some(folder) {
                        roots.push((*folder).to_owned());
                    }
                }
                let path = snapshot.entry(*source).map_or("", |entry| entry.path.as_str());
                out.covered.extend(&reach.sources);
                let wanted = is_wanted(*source);
                let judged = reach.sources.iter().any(|id| is_wanted(*id));
                out.built.push(Built { folder: (*folder).to_owned(), path, wanted, judged, resources });
            }
            Err(problem) => {
                for folder in &reach.folders {
                    out.causes.entry(folder.clone()).or_insert_with(|| problem.to_string());
                }
            }
        }
        let Some(problem) = problem else { continue };
        let place = problem.place.unwrap_or(Span::new(*source, 0, 0));
        let of_file = || documents.iter().filter(|document| document.source == place.source);
        if problem.reason == Reason::Unreadable
            && of_file().any(|document| document.problems.iter().any(|one| one.span == place && one.is_fatal()))
        {
            continue;
        }
        let reference = builds.reference_at(place);
        let leaves = reference.is_some_and(|one| one.path.is_none() && one.text.starts_with('.'));
        let unknowable =
            problem.reason == Reason::Outside && leaves || of_file().any(|document| document.class == Class::Template);
        let role = reference.map(|one| one.role);
        out.notices.push(Notice::Build { root: (*folder).to_owned(), problem, place, role, unknowable });
    }
    if !builds.owners_patched {
        let all = || out.built.iter().flat_map(|built| &built.resources);
        let found: Vec<Notice> = out.built.iter().flat_map(|built| undefined(built, builds, &all)).collect();
        out.notices.extend(found);
    }
    // what a base or a Component asks for may be there in another build
    for ((place, _), (silent, in_roots)) in idle {
        let has = |reach: &Reach| reach.sources.contains(&place.source) || reach.owners.contains(&place.source);
        let asking = roots.iter().filter(|(_, _, reach)| has(reach)).count();
        if asking == in_roots.len() {
            out.notices.push(Notice::Idle { silent, roots: in_roots });
        }
    }
    aside(builds, documents, &mut out);
    out.notices.retain(|notice| is_wanted(notice.place().source));
    out
}

/// The objects of a build, and the entries that do nothing in it.
type Made = (Vec<Resource>, Vec<Silent>);

fn render(renderer: &Renderer<'_>, folder: &str, builds: &Builds, snapshot: &Snapshot) -> Result<Made, Problem> {
    let (objects, silent) = renderer.build(folder, builds.additions(folder))?;
    Ok((objects.iter().flat_map(|object| object.resources(snapshot)).collect(), silent))
}

/// Finds variables in the objects of a build that its owner, Flux, does not define. An owner that is itself part of a build is
/// what that makes of it.
fn undefined<'r, I: Iterator<Item = &'r Resource>>(
    built: &Built<'_>,
    builds: &Builds,
    all: &impl Fn() -> I,
) -> Vec<Notice> {
    let mut out = Vec::new();
    let Some(addition) = builds.additions(&built.folder).first() else { return out };
    let Some(known) = addition.variables() else { return out };
    let root = addition.tree.root().span();
    let says_more = |one: &Resource| one.node().at(&["spec", "postBuild", "substituteFrom"]).is_some();
    if all().any(|one| one.node().span() == root && says_more(one)) {
        return out;
    }
    let mut seen = BTreeSet::new();
    for resource in &built.resources {
        let marks = ["annotations", "labels"].map(|list| resource.node().at(&["metadata", list]));
        let mark = |list: Node<'_>| {
            list.get("kustomize.toolkit.fluxcd.io/substitute").and_then(Node::text) == Some("disabled")
        };
        if marks.into_iter().flatten().any(mark) {
            continue;
        }
        let size = u32::try_from(resource.tree.len()).unwrap_or(u32::MAX);
        for node in (0..size).map(|index| resource.tree.node(index)) {
            let Some(text) = node.text().filter(|text| text.contains("${")) else { continue };
            for name in variables(text).filter(|name| !known.contains(name)) {
                if seen.insert((node.span(), name.to_owned())) {
                    let near = nearest(name, known.iter().copied()).map(str::to_owned);
                    let roots = vec![built.folder.clone()];
                    out.push(Notice::Undefined { name: name.to_owned(), near, place: node.span(), roots });
                }
            }
        }
    }
    out
}

/// The names in `${NAME}`; what has a default, is changed on the way or is written with two dollars is left out.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("${").filter_map(|(at, _)| {
        let escaped = text.get(..at).is_some_and(|before| before.ends_with('$'));
        let name = text.get(at + 2..)?.split_once('}')?.0;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (is_name && !escaped).then_some(name)
    })
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
