//! Checks from schemas: would the API server take this object? One pass over the tree, all errors with their places,
//! by Kubernetes' own schemas, by the CRDs of the repository, and where it has none by those of widely used projects that
//! are carried: what these refuse is a warning, for the cluster may have another release. Leaves out what the server checks beyond a schema.

mod demands;
mod effective;
mod formats;
mod given;
mod lenient;
mod pattern;
mod problem;
mod validate;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, RwLock};

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::{Check, CheckError, CheckMeta, Declaration, Document, Draft, Findings, Stage, Standing, Target};
use crate::facts::{self, Crd, Crds, Schema};
use crate::finding::{Segment, Severity, Stated, nearest};
use crate::kube::{Gvk, Resource, nameless_items};
use crate::source::Span;
use crate::yaml::{Node, NodeKind};

pub use problem::{Problem, ProblemKind};

type Tell = fn(&Problem) -> Option<Draft>;

include!(concat!(env!("OUT_DIR"), "/schema_checks.rs"));

/// Compiled patterns of CRDs: the same few stand in every object.
type Patterns = RwLock<FxHashMap<String, Arc<Option<Regex>>>>;

/// The checks of the pack `schema`: one validator serves them all.
pub struct SchemaChecks {
    metas: Vec<CheckMeta>,
    tells: Vec<Tell>,
    patterns: Patterns,
    given: given::Given,
}

impl Default for SchemaChecks {
    fn default() -> Self {
        Self {
            metas: CHECKS.iter().map(|(id, declaration, _)| CheckMeta::new(id, declaration)).collect(),
            tells: CHECKS.iter().map(|(_, _, tell)| *tell).collect(),
            patterns: Patterns::default(),
            given: given::Given::default(),
        }
    }
}

impl Check for SchemaChecks {
    fn metas(&self) -> &[CheckMeta] {
        &self.metas
    }

    fn stage(&self) -> Stage {
        Stage::Validate
    }

    fn run(&self, target: &Target<'_>, findings: &mut Findings<'_>) -> Result<(), CheckError> {
        let Target::Resource { resource, path, standing, crds, minors, .. } = target else {
            if let Target::Document(document) = target {
                self.unnamed(document, findings);
            }
            return Ok(());
        };
        let mut problems = self.problems(resource, path, *standing, crds, minors)?;
        if *standing != Standing::Patch {
            problems.extend(nameless(resource));
        }
        for mut problem in problems {
            if problem.versions.is_empty() {
                problem.versions.clone_from(&minors.to_vec());
            }
            for (meta, tell) in self.metas.iter().zip(&self.tells) {
                if let Some(mut draft) = tell(&problem) {
                    draft.subject = Some(resource.key.clone());
                    draft.pointer = resource.node().named(&problem.path);
                    if problem.versions.len() < minors.len() {
                        draft.versions.clone_from(&problem.versions);
                    }
                    draft.stated = problem.stated;
                    if let Some(origin) = problem.origin {
                        as_hint(&mut draft, origin);
                    }
                    findings.add(meta, draft);
                    break;
                }
            }
        }
        Ok(())
    }
}

impl SchemaChecks {
    /// A document that is meant as an object and does not say which: kubectl refuses it before anyone else looks.
    fn unnamed(&self, document: &Document, findings: &mut Findings<'_>) {
        let Some(tree) = document.tree.as_ref().filter(|_| document.class.holds_objects()) else { return };
        let root = tree.root();
        for item in nameless_items(root) {
            self.unsaid(item, findings);
        }
        self.unsaid(root, findings);
    }

    /// What does not say its apiVersion and kind.
    fn unsaid(&self, root: Node<'_>, findings: &mut Findings<'_>) {
        if root.kind() != NodeKind::Mapping {
            let wanted = ProblemKind::WrongType {
                field: "items".into(),
                wanted: "objects",
                found: root.scalar().map_or("a list", |scalar| scalar.type_name()),
                written: root.text().map(str::to_owned),
                substituted: false,
            };
            self.say(wanted, root.handle(), Vec::new(), findings);
            return;
        }
        for field in ["apiVersion", "kind"] {
            let found = root.get(field);
            if found.is_some_and(|node| node.as_str().is_some_and(|text| !text.is_empty())) {
                continue;
            }
            let kind = match found.filter(|node| !node.is_null() && node.as_str().is_none()) {
                Some(node) => ProblemKind::WrongType {
                    field: field.into(),
                    wanted: "a string",
                    found: node.scalar().map_or("a collection", |scalar| scalar.type_name()),
                    written: node.text().map(str::to_owned),
                    substituted: node.is_substituted(),
                },
                None => ProblemKind::MissingField { field: field.into(), parent: String::new() },
            };
            let place = found.map_or_else(
                || root.handle(),
                |node| if node.span().is_empty() { root.handle() } else { node.handle() },
            );
            self.say(kind, place, vec![Segment::Key(field.into())], findings);
        }
    }

    fn say(&self, kind: ProblemKind, place: Span, path: Vec<Segment>, findings: &mut Findings<'_>) {
        let problem = Problem {
            kind,
            path,
            place,
            related: Vec::new(),
            stated: Stated::Inferred,
            versions: Vec::new(),
            origin: None,
        };
        for (meta, tell) in self.metas.iter().zip(&self.tells) {
            if let Some(draft) = tell(&problem) {
                findings.add(meta, draft);
            }
        }
    }
}

/// kubectl, Kustomize and the server refuse an object without a name.
fn nameless(resource: &Resource) -> Option<Problem> {
    let root = resource.node();
    let named =
        |field: &str| root.at(&["metadata", field]).is_some_and(|name| name.text().is_none_or(|text| !text.is_empty()));
    if named("name") || named("generateName") {
        return None;
    }
    let path = vec![Segment::Key("metadata".into()), Segment::Key("name".into())];
    let found = root.find(&path);
    let place =
        if found.depth == 0 { root.get("kind").map_or_else(|| root.handle(), Node::span) } else { found.place() };
    let kind = ProblemKind::MissingField { field: "name".into(), parent: "metadata".into() };
    Some(Problem {
        kind,
        path,
        place,
        related: Vec::new(),
        stated: Stated::Inferred,
        versions: Vec::new(),
        origin: None,
    })
}

/// Whether an object has a schema to be judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Kubernetes' own, one of the repository, or one of a project that is carried.
    Known,
    /// None: its kind is not Kubernetes' own, the repository defines it not (or not this version, or not its schema), and
    /// it is none of those that are carried.
    Unknown,
}

/// Whether an object of this kind can be judged by a schema.
#[must_use]
pub fn coverage(resource: &Resource, path: &str, crds: &Crds) -> Coverage {
    let gvk = &resource.gvk;
    if is_own(gvk) {
        return Coverage::Known;
    }
    let theirs = crds.of(&gvk.group, &gvk.kind, path);
    let known = theirs.iter().any(|crd| crd.version(&gvk.version).is_none_or(|version| version.pack().is_some()))
        || crds.given().find(gvk, false, *facts::MINORS.end(), path).is_some()
        || (theirs.is_empty() && facts::projects().entry(&gvk.group, &gvk.version, &gvk.kind).is_some());
    if known { Coverage::Known } else { Coverage::Unknown }
}

/// Whether a kind is Kubernetes' own, or is meant to be: nobody else defines kinds in its groups, and a group without a
/// dot (`core/v1`, `Apps/v1`) cannot be that of a custom resource, whose group is a domain.
fn is_own(gvk: &Gvk) -> bool {
    is_builtin_group(&gvk.group)
        || (!gvk.group.contains('.') && facts::embedded().kinds().any(|entry| entry.kind == gvk.kind))
}

/// Whether Kubernetes itself serves this group, in any version that is carried.
fn is_builtin_group(group: &str) -> bool {
    static GROUPS: LazyLock<FxHashSet<&'static str>> =
        LazyLock::new(|| facts::lives().iter().map(|life| life.group).collect());
    group.is_empty() || GROUPS.contains(group)
}

/// Mends spelling: the nearest kind that exists, among Kubernetes' own, the repository's and those that are carried.
#[must_use]
pub fn nearest_kind(group: &str, kind: &str, crds: &Crds) -> Option<String> {
    let own: BTreeSet<&str> = facts::embedded().kinds().map(|entry| entry.kind).collect();
    let theirs = crds.kinds().filter(|(found, _)| *found == group).map(|(_, kind)| kind);
    let carried = facts::projects().kinds().filter(|entry| entry.group == group).map(|entry| entry.kind);
    if let Some(found) = nearest(kind, theirs.chain(carried)) {
        return Some(found.to_owned());
    }
    if own.contains(kind) {
        return facts::embedded()
            .kinds()
            .filter(|entry| entry.kind == kind)
            .map(|entry| entry.group)
            .find(|found| nearest(group, std::iter::once(*found)).is_some())
            .map(|found| format!("{kind} of {found}"));
    }
    None
}

impl SchemaChecks {
    /// Everything that is wrong with an object by its schema, at each wanted minor; the same problem at several is one.
    fn problems(
        &self,
        resource: &Resource,
        path: &str,
        standing: Standing,
        crds: &Crds,
        minors: &[u16],
    ) -> Result<Vec<Problem>, CheckError> {
        let gvk = &resource.gvk;
        let pack = facts::embedded();
        if gvk.is_unknowable() {
            return Ok(Vec::new());
        }
        if !is_own(gvk) {
            let problems = self.custom(resource, path, standing, crds, minors);
            if problems.as_ref().is_some_and(Vec::is_empty) {
                return Ok(Vec::new());
            }
            let newest = minors.last().copied().unwrap_or(*facts::MINORS.end());
            let Some(file) = crds.given().find(gvk, false, newest, path) else {
                return Ok(match problems {
                    Some(problems) => problems,
                    None if crds.of(&gvk.group, &gvk.kind, path).is_empty() => {
                        self.carried(resource, standing, crds, minors)
                    }
                    None => Vec::new(),
                });
            };
            // the schema of a location counts where no definition takes the object
            let given = self.given(resource, standing, crds, &file)?;
            return Ok(if given.is_empty() { given } else { problems.unwrap_or(given) });
        }
        let mut out: Vec<Problem> = Vec::new();
        let mut seen: Vec<(u32, usize, usize)> = Vec::new();
        for minor in minors {
            if let Some(file) = crds.given().find(gvk, true, *minor, path) {
                for problem in self.given(resource, standing, crds, &file)? {
                    add(&mut out, problem, *minor);
                }
                continue;
            }
            let Some(schema) = pack.kind(&gvk.group, &gvk.version, &gvk.kind, *minor) else {
                // what comes and goes is told by the pack `portability`
                if facts::life(&gvk.group, &gvk.version, &gvk.kind).is_some() {
                    continue;
                }
                add(&mut out, unknown_kind(resource, *minor), *minor);
                continue;
            };
            // most schemas do not change from one minor to the next
            if let Some((_, from, to)) = seen.iter().find(|(id, _, _)| *id == schema.id()) {
                for problem in out.get_mut(*from..*to).unwrap_or_default() {
                    problem.versions.push(*minor);
                }
                continue;
            }
            let from = out.len();
            let mut walk = validate::Walk::new(standing, true, &self.patterns);
            walk.object(resource.node(), schema, None);
            for mut problem in walk.problems {
                if lenient::is_let_pass(resource.node(), &gvk.kind, &problem) {
                    continue;
                }
                problem.versions.push(*minor);
                // found at another minor under another schema: one problem
                match out.iter_mut().take(from).find(|other| other.same(&problem)) {
                    Some(other) => other.versions.push(*minor),
                    None => out.push(problem),
                }
            }
            if minors.len() > 1 {
                seen.push((schema.id(), from, out.len()));
            }
        }
        Ok(out)
    }

    /// By a JSON Schema of the user's.
    fn given(
        &self,
        resource: &Resource,
        standing: Standing,
        crds: &Crds,
        file: &str,
    ) -> Result<Vec<Problem>, CheckError> {
        match &*self.given.get(crds.given(), file) {
            Ok(schema) => Ok(given::problems(resource.node(), schema, standing)),
            Err(why) => Err(CheckError {
                message: format!("a schema cannot be used: {why}"),
                help: Some("mend the file, or take its location out of `schemas` or --schema-location".into()),
                gave_up: Vec::new(),
            }),
        }
    }

    /// By the CRDs of the repository and those that were added; none when there is none with a schema. Where several
    /// define the kind differently, an error stands only when all of them refuse: which of them the cluster has is not
    /// known.
    fn custom(
        &self,
        resource: &Resource,
        path: &str,
        standing: Standing,
        crds: &Crds,
        minors: &[u16],
    ) -> Option<Vec<Problem>> {
        let gvk = &resource.gvk;
        let mut first: Option<Vec<Problem>> = None;
        for crd in crds.of(&gvk.group, &gvk.kind, path) {
            let problems = match crd.version(&gvk.version) {
                None => {
                    let served: Vec<&str> =
                        crd.versions.iter().filter(|one| one.served).map(|one| one.version.as_str()).collect();
                    if served.is_empty() {
                        return Some(Vec::new());
                    }
                    vec![not_served(resource, crd, &served)]
                }
                Some(version) if !version.served => {
                    let served: Vec<&str> =
                        crd.versions.iter().filter(|one| one.served).map(|one| one.version.as_str()).collect();
                    vec![not_served(resource, crd, &served)]
                }
                Some(version) => {
                    let Some(schema) = version.pack().and_then(|pack| pack.root()) else { continue };
                    let walk = validate::Walk::new(standing, false, &self.patterns)
                        .keeping_unknown(crd.keeps_unknown)
                        .dropping_status(version.drops_status);
                    walked(walk, resource, schema, crds, minors)
                }
            };
            if problems.is_empty() {
                return Some(problems);
            }
            first.get_or_insert(problems);
        }
        first
    }

    /// By the definition of a widely used project. A version of the kind that is not carried is no problem: which
    /// release the cluster has is not known.
    fn carried(&self, resource: &Resource, standing: Standing, crds: &Crds, minors: &[u16]) -> Vec<Problem> {
        let gvk = &resource.gvk;
        let Some(entry) = facts::projects().entry(&gvk.group, &gvk.version, &gvk.kind) else { return Vec::new() };
        let Some(schema) = entry.custom_schema() else { return Vec::new() };
        let walk = validate::Walk::new(standing, false, &self.patterns).dropping_status(true);
        let mut problems = walked(walk, resource, schema, crds, minors);
        problems.iter_mut().for_each(|problem| problem.origin = entry.origin());
        problems
    }
}

/// What is wrong with an object by the schema of its CRD. What a webhook may fill in is not missing.
fn walked<'t>(
    mut walk: validate::Walk<'t, 't>,
    resource: &'t Resource,
    schema: Schema<'t>,
    crds: &Crds,
    minors: &[u16],
) -> Vec<Problem> {
    let newest = minors.last().copied().unwrap_or(*facts::MINORS.end());
    walk = walk.filled(crds.is_mutated(&resource.gvk.group));
    walk.object(resource.node(), schema, facts::embedded().definition(OBJECT_META, newest));
    walk.problems
}

/// Words a report by a definition of which the cluster may have another release.
fn as_hint(draft: &mut Draft, origin: facts::Origin<'_>) {
    draft.at_most = Some(Severity::Warning);
    let facts::Origin { project, version, .. } = origin;
    draft.message += &format!(" by {project} {version}'s definition; the cluster's may differ");
}

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

fn add(out: &mut Vec<Problem>, mut problem: Problem, minor: u16) {
    match out.iter_mut().find(|other| other.same(&problem)) {
        Some(other) => other.versions.push(minor),
        None => {
            problem.versions.push(minor);
            out.push(problem);
        }
    }
}

fn api_version_place(resource: &Resource) -> (Vec<Segment>, crate::source::Span) {
    let path = vec![Segment::Key("apiVersion".into())];
    let place = resource.node().get("apiVersion").map_or_else(|| resource.node().handle(), Node::span);
    (path, place)
}

fn not_served(resource: &Resource, crd: &Crd, served: &[&str]) -> Problem {
    let (path, place) = api_version_place(resource);
    let gvk = &resource.gvk;
    Problem {
        kind: ProblemKind::UnknownKind {
            written: format!("{} {}", gvk.api_version(), gvk.kind),
            why: "its CRD serves no such version".into(),
            help: format!("use `{}/{}`", gvk.group, served.last().copied().unwrap_or("")),
        },
        path,
        place,
        related: crd.place.map(|place| (place, "defined here".into())).into_iter().collect(),
        stated: Stated::Stated,
        versions: Vec::new(),
        origin: None,
    }
}

/// A kind that Kubernetes' own groups never had.
fn unknown_kind(resource: &Resource, minor: u16) -> Problem {
    let gvk = &resource.gvk;
    let pack = facts::embedded();
    let served = |entry: &facts::KindEntry<'_>| entry.served().iter().any(|range| range.contains(&minor));
    let others: Vec<String> = pack
        .kinds()
        .filter(|entry| entry.kind == gvk.kind && served(entry))
        .map(|entry| {
            if entry.group.is_empty() { entry.version.to_owned() } else { format!("{}/{}", entry.group, entry.version) }
        })
        .collect();
    let (mut path, mut place) = api_version_place(resource);
    let (why, help) = if let Some(other) = others.last() {
        (format!("Kubernetes 1.{minor} has no `{}` in `{}`", gvk.kind, gvk.api_version()), format!("use `{other}`"))
    } else {
        path = vec![Segment::Key("kind".into())];
        place = resource.node().get("kind").map_or(place, Node::span);
        let names: Vec<&str> = pack.kinds().filter(served).map(|entry| entry.kind).collect();
        let help = match nearest(&gvk.kind, names.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "`{}` is Kubernetes' own group, so no custom resource can add it: check the spelling of both",
                gvk.api_version()
            ),
        };
        (format!("Kubernetes 1.{minor} has no such kind in `{}`", gvk.api_version()), help)
    };
    Problem {
        kind: ProblemKind::UnknownKind { written: format!("{} {}", gvk.api_version(), gvk.kind), why, help },
        path,
        place,
        related: Vec::new(),
        stated: Stated::Stated,
        versions: Vec::new(),
        origin: None,
    }
}

/// Whether a document is no object after all: it has no name, and its kind is nobody's that is known.
#[must_use]
pub fn is_config(resource: &Resource, path: &str, crds: &Crds) -> bool {
    let gvk = &resource.gvk;
    if gvk.group.is_empty() && gvk.version != "v1" && !facts::embedded().kinds().any(|entry| entry.kind == gvk.kind) {
        return true;
    }
    nameless(resource).is_some() && coverage(resource, path, crds) == Coverage::Unknown
}

impl SchemaChecks {
    /// Whether an object lacks what its schema asks for, so that it is more likely a patch than an object.
    #[must_use]
    pub fn is_partial(&self, resource: &Resource, path: &str, crds: &Crds, minors: &[u16]) -> bool {
        nameless(resource).is_some()
            || self
                .problems(resource, path, Standing::Whole, crds, minors)
                .unwrap_or_default()
                .iter()
                .any(|problem| matches!(problem.kind, ProblemKind::MissingField { .. }))
    }
}

/// Judges a value by a schema alone, without a kind: what the differential tests compare with.
#[must_use]
pub fn problems_of(node: Node<'_>, schema: Schema<'_>) -> Vec<Problem> {
    let patterns = Patterns::default();
    let mut walk = validate::Walk::new(Standing::Whole, true, &patterns);
    walk.object(node, schema, None);
    walk.problems
}
