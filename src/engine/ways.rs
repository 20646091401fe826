//! The folders of a snapshot as they are deployed, for one who asks for some: all ways are known, and what is asked for is
//! rendered. Leaves out judging.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::check::Document;
use crate::config::Config;
use crate::kube::Class;
use crate::overlay::kustomize::{Builds, Gap, Problem, Rendered, is_kustomization};
use crate::overlay::{Addition, Engine, Owner, Planned, Told, Variables};
use crate::source::{Phrase, Snapshot, Source, SourceId, Words};
use crate::yaml::{self, Node, NodeKind};

use super::build::{Settled, Work, owners_of};
use super::staged::{Owners, leaves_out};
use super::unit::{Renders, deployed_as};
use super::{Progress, read, stand};

/// A folder as it is deployed: what some owners make of its build.
pub struct Way {
    planned: Planned,
    variables: Option<Variables>,
}

impl Way {
    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.planned.folder
    }

    /// Who deploys it so: all of them add the same. Empty where nobody is known to.
    #[must_use]
    pub fn owners(&self) -> &[Addition] {
        &self.planned.owners
    }
}

/// All ways in which the folders of a snapshot are deployed.
pub struct Ways<'s> {
    /// Them.
    pub all: Vec<Way>,
    /// All owners, as they are deployed themselves.
    pub owners: Vec<Owner>,
    renders: Renders<'s>,
}

impl<'s> Ways<'s> {
    /// Finds them in a snapshot that [`keep_owners`] went over.
    #[must_use]
    pub fn of(snapshot: &'s Snapshot, config: &Config) -> Self {
        let read::Read { mut documents, kustomizations, .. } = read::all(snapshot, config, &Progress::default());
        let builds = stand::joined(snapshot, config, kustomizations, &mut documents);
        let renders = Renders::new(snapshot, builds.remotes());
        let work = Work::new(snapshot, &builds, &documents, &renders);
        let Settled { jobs, owners, .. } = work.settled(owners_of(&documents, snapshot));
        let mut all: Vec<Way> =
            jobs.into_iter().map(|job| Way { planned: job.planned, variables: job.variables }).collect();
        let identity = |one: &Addition| (one.place, one.folder.clone(), one.owner.clone());
        let known: BTreeSet<_> = all.iter().flat_map(|way| way.owners()).map(identity).collect();
        for added in owners.iter().flat_map(|owner| &owner.additions).filter(|one| !known.contains(&identity(one))) {
            let planned = written(added, snapshot, &builds, &|id| work.is_plain(id));
            all.extend(planned.map(|planned| Way { planned, variables: None }));
        }
        Self { all, owners, renders }
    }

    /// The objects of a way, or why it is not built; and where variables were not put in.
    pub fn objects(&self, way: &Way) -> (Result<Vec<Rendered>, Problem>, Vec<Gap>) {
        let mut gaps = Vec::new();
        let mut deployed = |object: &Rendered| deployed_as(object, &way.planned, way.variables.as_ref(), &mut gaps);
        let made = self.renders.make(&way.planned).objects;
        (made.map(|output| output.objects.iter().map(&mut deployed).collect()), gaps)
    }
}

/// What an owner deploys as it is written: the files of a folder without a kustomization, to which it adds nothing.
fn written(
    added: &Addition,
    snapshot: &Snapshot,
    builds: &Builds,
    is_plain: &dyn Fn(SourceId) -> bool,
) -> Option<Planned> {
    let folder = added.folder.as_str();
    let told = added.told_way();
    let is_built = told.is_none() && builds.kustomizations.contains_key(folder);
    if !added.is_empty() || matches!(told, Some(Told::Elsewhere)) || is_built {
        return None;
    }
    let is_manifest = |path: &str| {
        let json = added.engine == Engine::ArgoCd && path.ends_with(".json");
        json || path.ends_with(".yaml") || path.ends_with(".yml")
    };
    let takes = |id: SourceId| stand::is_within(added, told.as_ref(), builds, snapshot, id) && is_plain(id);
    let files = snapshot.below(folder).filter(|(id, entry)| is_manifest(&entry.path) && takes(*id));
    let files: Vec<SourceId> = files.map(|(id, _)| id).collect();
    (!files.is_empty()).then(|| Planned {
        folder: folder.to_owned(),
        kustomization: None,
        files,
        owners: vec![added.laid_around()],
        name: String::new(),
    })
}

/// What a file may hold, by its text.
#[derive(Default, Clone, Copy)]
struct Holds {
    owner: bool,
    /// A ConfigMap, a Secret, or what generates one.
    giver: bool,
    /// What takes variables from those.
    taker: bool,
}

impl Holds {
    fn of(snapshot: &Snapshot, id: SourceId) -> Self {
        let Ok(source) = snapshot.source(id) else { return Self::default() };
        let text = source.text();
        if text.contains('\\') {
            // an escape may spell anything
            return Self::by_words(snapshot, id);
        }
        Self {
            owner: GROUPS.into_iter().any(|group| text.contains(group)),
            giver: text.contains("onfigMap") || text.contains("ecret"),
            taker: text.contains("substituteFrom"),
        }
    }

    /// The same without reading it, where its words are known.
    fn by_words(snapshot: &Snapshot, id: SourceId) -> Self {
        snapshot.words(id).map_or_else(Self::default, |words| Self::of_words(&words))
    }

    fn of_words(words: &Words) -> Self {
        let holds = |phrase: &str| words.may_hold(&Phrase::new(phrase));
        let generators = ["ConfigMap", "Secret", "configMapGenerator", "secretGenerator"];
        Self {
            owner: Owners::new().are_in(words) || SOURCES.into_iter().any(holds),
            giver: generators.into_iter().any(holds),
            taker: holds("substituteFrom"),
        }
    }
}

/// The groups whose kinds own, and that of what they take files from, which may leave some out.
const GROUPS: [&str; 3] = ["argoproj.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"];

/// The kinds of the last.
const SOURCES: [&str; 3] = ["GitRepository", "OCIRepository", "Bucket"];

/// What says how folders are deployed, by words that may be known from before.
pub(super) struct Says {
    /// The names of the objects that variables are taken from; nothing where builds may make names of parts.
    names: Option<Vec<Phrase>>,
}

/// Fields and kinds by which a build makes a name that stands in none of its files.
const NAMING: [&str; 8] = [
    "namePrefix",
    "nameSuffix",
    "PrefixTransformer",
    "SuffixTransformer",
    "PrefixSuffixTransformer",
    "replacements",
    "ReplacementTransformer",
    "vars",
];

impl Says {
    pub fn of(snapshot: &Snapshot) -> Self {
        let ids: Vec<SourceId> = snapshot.entries().filter(|(_, entry)| entry.read).map(|(id, _)| id).collect();
        let (takes, naming) = (Phrase::new("substituteFrom"), NAMING.map(Phrase::new));
        let held = |id: &SourceId| {
            let words = snapshot.words(*id)?;
            Some((*id, words.may_hold(&takes), naming.iter().any(|phrase| words.may_hold(phrase))))
        };
        let held: Vec<(SourceId, bool, bool)> = ids.par_iter().with_min_len(32).filter_map(held).collect();
        let takers = || held.iter().filter(|(_, takes, _)| *takes);
        let is_kustomization = |id: SourceId| snapshot.entry(id).is_some_and(|entry| is_kustomization(&entry.path));
        if takers().next().is_some() && held.iter().any(|(id, _, names)| *names && is_kustomization(*id)) {
            return Self { names: None };
        }
        let mut names = BTreeSet::new();
        for source in takers().filter_map(|(id, ..)| snapshot.source(*id).ok()) {
            givers_in(source, &mut names);
        }
        Self { names: Some(names.iter().map(|name| Phrase::new(name)).collect()) }
    }

    /// Whether a file may say it.
    pub fn stands_in(&self, snapshot: &Snapshot, id: SourceId) -> bool {
        let Some(words) = snapshot.words(id) else { return false };
        let holds = Holds::of_words(&words);
        let is_named = || self.names.as_ref().is_none_or(|names| names.iter().any(|name| words.may_hold(name)));
        Owners::new().are_in(&words) || leaves_out(&words) || holds.taker || holds.giver && is_named()
    }

    /// Narrows a snapshot to that.
    pub fn keep(&self, snapshot: &mut Snapshot) {
        let ids: Vec<SourceId> = snapshot.entries().filter(|(_, entry)| entry.read).map(|(id, _)| id).collect();
        let all: &Snapshot = snapshot;
        let needed: Vec<SourceId> =
            ids.into_par_iter().with_min_len(32).filter(|id| self.stands_in(all, *id)).collect();
        let needed: BTreeSet<String> = needed.iter().filter_map(|id| Some(all.entry(*id)?.path.clone())).collect();
        let is_named = |path: &str| needed.contains(path);
        snapshot.narrow(is_named, |path| is_kustomization(path) || is_named(path));
    }
}

/// All names in a text that takes variables from objects, and in patches that are texts in it.
fn givers_in(source: &Arc<Source>, names: &mut BTreeSet<String>) {
    fn add(node: Node<'_>, source: &Source, names: &mut BTreeSet<String>) {
        match node.kind() {
            NodeKind::Scalar => {
                if let Some(text) = node.text().filter(|text| text.contains("substituteFrom") && text.contains('\n')) {
                    givers_in(&Arc::new(Source::new(source.id(), source.path(), text.into())), names);
                }
            }
            NodeKind::Sequence => node.items().for_each(|item| add(item, source, names)),
            NodeKind::Mapping => {
                for entry in node.entries() {
                    add(entry.value, source, names);
                }
                let text = |key: &str| node.get(key).and_then(Node::text);
                let is_giver = matches!(text("kind"), Some("ConfigMap" | "Secret"));
                names.extend(text("name").filter(|_| is_giver).map(str::to_owned));
                // a JSON patch may put a name where its path says
                let is_put = text("path").is_some_and(|path| path.contains("substituteFrom"));
                names.extend(text("value").filter(|_| is_put).map(str::to_owned));
            }
        }
    }
    for tree in yaml::documents(source).iter().filter_map(|document| document.tree.as_ref()) {
        add(tree.root(), source, names);
    }
}

/// Narrows a snapshot to what says how its folders are deployed: kustomizations, owners, and what gives those variables.
pub fn keep_owners(snapshot: &mut Snapshot) {
    let ids: Vec<SourceId> = snapshot.entries().filter(|(_, entry)| entry.read).map(|(id, _)| id).collect();
    let all: &Snapshot = snapshot;
    let held: Vec<(SourceId, Holds)> = ids.par_iter().with_min_len(32).map(|id| (*id, Holds::of(all, *id))).collect();
    let takes = held.iter().any(|(_, holds)| holds.taker);
    let path = |id: &SourceId| all.entry(*id).map(|entry| entry.path.clone());
    let needed = held.iter().filter(|(_, holds)| holds.owner || takes && holds.giver);
    let needed: BTreeSet<String> = needed.filter_map(|(id, _)| path(id)).collect();
    // a kustomization that is asked for is rendered, whatever it takes in
    let is_named = |path: &str| needed.contains(path);
    snapshot.narrow(is_named, |path| is_kustomization(path) || is_named(path));
}

/// Whether a file that was not read holds objects and nothing else.
pub(super) fn is_plain(snapshot: &Snapshot, id: SourceId, charts: &BTreeSet<String>, role: bool) -> bool {
    let documents: Vec<Document> = read::one(snapshot, id, charts);
    !documents.is_empty()
        && documents.iter().all(|document| document.class == Class::Empty || document.class.holds_objects() && !role)
}
