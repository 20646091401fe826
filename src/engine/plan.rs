//! How the folders of one side of a commit are deployed, told by paths, so that it can be held against the other side. Needed
//! where that takes more than the files of a build and those of its owner: a build changes owners, variables stand in
//! other objects, an owner deploys what lies below a folder. Leaves out what comes of it (`staged`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::config::Config;
use crate::overlay::kustomize::is_kustomization;
use crate::overlay::{Addition, Variables};
use crate::source::{Phrase, Snapshot, Source, SourceId, Words};
use crate::yaml::{Node, NodeKind};

use super::build::{Job, Maker, Settled, Work, owners_of};
use super::unit::Renders;
use super::ways::Says;
use super::{Progress, read, stand};

/// Kind and name of an object that gives variables their values.
type Giver = (String, String);

/// A folder as it is deployed.
pub(super) struct Build {
    /// All that makes it what it is beside the text of its files, in one text.
    pub told: String,
    /// The files that it takes in, those of its owners, and those that say what its owners are and what its variables stand for.
    pub files: BTreeSet<String>,
    givers: BTreeSet<Giver>,
    variables: Option<Variables>,
}

/// How all folders are deployed.
pub(super) struct Plan {
    pub builds: Vec<Build>,
    /// What says so.
    pub says: Says,
    /// The files of builds that make owners, or what gives variables their values.
    pub makers: BTreeSet<String>,
    /// The files of what owners deploy that change other owners.
    patching: BTreeSet<String>,
    /// Where those objects stand: in a file, or in those of a build.
    givers: BTreeMap<Giver, BTreeSet<String>>,
}

impl Plan {
    pub fn of(snapshot: &mut Snapshot, config: &Config) -> Self {
        let says = Says::of(snapshot);
        let before = snapshot.marks();
        says.keep(snapshot);
        let plan = Self::read(snapshot, config, says);
        snapshot.mark(before);
        plan
    }

    fn read(snapshot: &Snapshot, config: &Config, says: Says) -> Self {
        let read::Read { mut documents, kustomizations, .. } = read::all(snapshot, config, &Progress::default());
        let builds = stand::joined(snapshot, config, kustomizations, &mut documents);
        let renders = Renders::new(snapshot, builds.remotes());
        let work = Work::new(snapshot, &builds, &documents, &renders);
        let Settled { jobs, makers, .. } = work.settled(owners_of(&documents, snapshot));
        let path = |id: SourceId| snapshot.entry(id).map_or_else(String::new, |entry| entry.path.clone());
        let paths = |ids: &BTreeSet<SourceId>| ids.iter().map(|id| path(*id)).collect::<Vec<_>>();
        let mut plan = Self {
            builds: Vec::new(),
            says,
            makers: makers.iter().flat_map(|maker| paths(&maker.sources)).collect(),
            patching: BTreeSet::new(),
            givers: BTreeMap::new(),
        };
        for job in &jobs {
            let owners = &job.planned.owners;
            if owners.iter().any(Addition::patches_owners) {
                plan.patching.extend(paths(&job.sources));
            }
            plan.builds.push(Build {
                told: told(job, &path),
                files: paths(&job.sources).into_iter().chain(said(job).into_iter().map(path)).collect(),
                givers: owners.iter().flat_map(Addition::givers).collect(),
                variables: job.variables.clone(),
            });
        }
        for Maker { sources, givers } in makers {
            for giver in givers {
                plan.givers.entry(giver).or_default().extend(paths(&sources));
            }
        }
        for object in documents.iter().flat_map(|document| &document.objects) {
            let giver = (object.gvk.kind.to_string(), object.key.name.to_string());
            plan.givers.entry(giver).or_default().insert(path(object.source));
        }
        plan
    }

    /// The text of a file as each build has it that puts variables into it.
    pub fn filled(&self, path: &str, source: &Source) -> Vec<String> {
        let takes = self.builds.iter().filter(|build| build.variables.is_some() && build.files.contains(path));
        let mut filled: Vec<String> = takes.filter_map(|build| build.variables.as_ref()?.fill(source.text())).collect();
        filled.sort_unstable();
        filled.dedup();
        filled
    }

    /// Whether variables may be put into a file.
    pub fn may_fill(&self, path: &str, words: &Words) -> bool {
        let mut takes = self.builds.iter().filter(|build| build.files.contains(path));
        takes.any(|build| {
            let mut names = build.variables.iter().flat_map(Variables::names);
            names.any(|name| words.may_hold(&Phrase::new(name)))
        })
    }

    /// What is needed to know how some of the builds are deployed: files that are read, and files that must be judged to be
    /// built at all.
    pub fn needed(&self, builds: &[&Build]) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut read, mut judged) = (BTreeSet::new(), BTreeSet::new());
        for files in builds.iter().flat_map(|build| &build.givers).filter_map(|giver| self.givers.get(giver)) {
            // of a kustomization alone nobody asks anything
            if files.iter().all(|path| is_kustomization(path)) {
                judged.extend(files.iter().cloned());
            }
            read.extend(files.iter().cloned());
        }
        if builds.iter().any(|build| !build.givers.is_empty()) {
            read.extend(self.patching.iter().cloned());
        }
        (read, judged)
    }
}

/// What makes a build what it is beside the text of its files.
fn told(job: &Job, path: &dyn Fn(SourceId) -> String) -> String {
    let planned = &job.planned;
    let mut out = format!("{}\n{}\n{}\n", planned.folder, planned.name, planned.is_open());
    for owner in &planned.owners {
        let _ = writeln!(out, "{}\n{}", owner.path, owner.told());
    }
    for id in &planned.files {
        let _ = writeln!(out, "{}", path(*id));
    }
    if let Some(variables) = &job.variables {
        let _ = writeln!(out, "{}", variables.open);
        for (name, value) in variables.names().filter_map(|name| Some((name, variables.get(name)?))) {
            let _ = writeln!(out, "{name} {:?} {} {}", value.text, value.exact, path(value.place.source));
        }
    }
    out
}

/// The files that say how a build is deployed.
fn said(job: &Job) -> BTreeSet<SourceId> {
    fn add(node: Node<'_>, out: &mut BTreeSet<SourceId>) {
        out.insert(node.span().source);
        if let Some(origin) = node.tree().origin(node.index()) {
            out.extend(origin.steps.iter().map(|step| step.entry.source));
        }
        match node.kind() {
            NodeKind::Scalar => {}
            NodeKind::Sequence => node.items().for_each(|item| add(item, out)),
            NodeKind::Mapping => node.entries().for_each(|entry| add(entry.value, out)),
        }
    }
    let mut out = BTreeSet::new();
    for owner in &job.planned.owners {
        out.insert(owner.tree().source().id());
        add(owner.root(), &mut out);
    }
    if let Some(variables) = &job.variables {
        out.extend(variables.names().filter_map(|name| Some(variables.get(name)?.place.source)));
    }
    out
}
