//! What an owner that someone names deploys. Leaves out how it is printed.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::engine::{self, Way, Ways};
use crate::finding::nearest;
use crate::overlay::kustomize::{Missed, Rendered};
use crate::overlay::{Addition, Owner, unit_name};
use crate::source::{Snapshot, walk};

use super::job::{self, ConfigArguments, Job};
use super::render::{refusal, told};
use super::{Refusal, root};

/// A repository, as its owners deploy it.
pub(super) struct Deployed<'s> {
    pub snapshot: &'s Snapshot,
    /// What the repository's configuration says.
    pub config: &'s Config,
    ways: Ways<'s>,
}

/// All files of a repository, and what its configuration says. An owner may be an object of any build, and nothing else counts
/// before a build is asked for.
pub(super) fn read(place: &root::Place, which: &ConfigArguments) -> Result<(Snapshot, Config), Refusal> {
    let mut listing = walk(&place.root, &[String::new()], &[String::new()], &job::is_candidate);
    let config = Job::config_of(place, &listing, which)?;
    engine::complete(&mut listing, &config.remotes);
    let mut snapshot = listing.snapshot();
    engine::keep_owners(&mut snapshot);
    Ok((snapshot, config))
}

impl<'s> Deployed<'s> {
    /// Finds what is deployed.
    pub fn of(snapshot: &'s Snapshot, config: &'s Config) -> Self {
        Self { snapshot, config, ways: Ways::of(snapshot, config) }
    }

    /// What an owner deploys, from one folder or from all that it names.
    pub fn by(&self, name: &str, folder: Option<&str>) -> Result<Vec<Rendered>, Refusal> {
        let mut objects = Vec::new();
        for way in self.ways_of(name, folder)? {
            objects.extend(self.objects(way)?);
        }
        Ok(objects)
    }

    /// The objects of a way; what stops its engine is refused.
    pub fn objects(&self, way: &Way) -> Result<Vec<Rendered>, Refusal> {
        let (objects, gaps) = self.ways.objects(way);
        let objects = objects.map_err(|problem| refusal(&problem, self.snapshot))?;
        let Some(gap) = gaps.first() else { return Ok(objects) };
        let why = match &gap.why {
            Missed::Undefined(name) => format!("nothing defines the variable `{name}`"),
            Missed::Unreadable(why) => format!("the substitution cannot be read: {}", why.describe()),
            Missed::NoValue(text) => format!("with its variables this is no value in YAML: `{text}`"),
        };
        let place = told(gap.place, self.snapshot).unwrap_or_default();
        Err(Refusal::new(format!("{place}: {why}"))
            .help("Flux stops here; `plimsoll render` without --owner prints the build as it is before"))
    }

    /// The ways that an owner deploys.
    pub fn ways_of(&self, name: &str, folder: Option<&str>) -> Result<Vec<&Way>, Refusal> {
        let all = self.ways.owners.iter().flat_map(|owner| owner.additions.iter().map(move |added| (owner, added)));
        let meant: Vec<(&Owner, &Addition)> = all.filter(|(owner, added)| is_called(owner, added, name)).collect();
        if meant.is_empty() {
            return Err(self.unknown(name));
        }
        let is_one = |one: &Addition| meant.iter().any(|(_, added)| added.is_same(one));
        let is_meant = |way: &&Way| way.owners().iter().any(is_one);
        // what Flux deploys without a kustomization may be several builds below
        let is_here = |way: &&Way| {
            folder.is_none_or(|folder| {
                way.folder() == folder || way.owners().iter().any(|one| one.folder == folder && is_one(one))
            })
        };
        let ways: Vec<&Way> = self.ways.all.iter().filter(is_meant).filter(is_here).collect();
        let here: Vec<&Addition> = meant
            .iter()
            .map(|(_, added)| *added)
            .filter(|added| {
                folder.is_none_or(|folder| added.folder == folder)
                    || ways.iter().any(|way| way.owners().iter().any(|one| one.is_same(added)))
            })
            .collect();
        if here.is_empty() {
            let folders: BTreeSet<&str> = meant.iter().map(|(_, added)| unit_name(&added.folder)).collect();
            let named = unit_name(folder.unwrap_or_default());
            let folders = folders.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Refusal::new(format!("{name} does not deploy {named}")).help(format!("it deploys {folders}")));
        }
        let owners: BTreeSet<(&str, &str)> =
            here.iter().map(|added| (added.owner.as_str(), added.path.as_str())).collect();
        if owners.len() > 1 {
            let told: Vec<String> = owners.iter().map(|(owner, path)| format!("{} ({path})", slashed(owner))).collect();
            return Err(Refusal::new(format!("`{name}` is the name of {} owners", owners.len()))
                .help(format!("say which, by kind and namespace or by its file: {}", told.join(", "))));
        }
        if ways.is_empty() {
            let folders: Vec<&str> = here.iter().map(|added| unit_name(&added.folder)).collect();
            return Err(Refusal::new(format!(
                "{name} deploys the files of {} as they are written",
                folders.join(", ")
            ))
            .help("no kustomization is there and it adds nothing, so there is nothing to render"));
        }
        Ok(ways)
    }

    /// The ways in which owners deploy a folder.
    pub fn of_folder<'d>(&'d self, folder: &'d str) -> impl Iterator<Item = &'d Way> {
        self.ways.all.iter().filter(move |way| way.folder() == folder && !way.owners().is_empty())
    }

    fn unknown(&self, name: &str) -> Refusal {
        let known: BTreeSet<String> = self.ways.owners.iter().map(full).collect();
        let short: BTreeSet<&str> = self.ways.owners.iter().map(|owner| owner.name.as_str()).collect();
        let near = nearest(name, short.into_iter().chain(known.iter().map(String::as_str)));
        // a namespace that is wrong is further away than a name that is
        let last = name.rsplit('/').next().unwrap_or(name);
        let alike: Vec<&str> = self
            .ways
            .owners
            .iter()
            .zip(self.ways.owners.iter().map(full))
            .filter(|(owner, _)| owner.name == last || nearest(last, [owner.name.as_str()].into_iter()).is_some())
            .filter_map(|(_, full)| known.get(&full).map(String::as_str))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .take(MOST_NAMES)
            .collect();
        let deploys_none = self.ways.owners.iter().any(|owner| called(owner, name));
        let help = match (known.is_empty(), near) {
            _ if deploys_none => "it deploys no folder of this repository that can be told".to_owned(),
            (true, _) => "no Application and no Flux Kustomization is in this repository".to_owned(),
            _ if !alike.is_empty() => format!("did you mean {}?", alike.join(" or ")),
            (_, Some(near)) => format!("did you mean {near}?"),
            (_, None) => {
                let first: Vec<&str> = known.iter().take(MOST_NAMES).map(String::as_str).collect();
                let more = if known.len() > MOST_NAMES {
                    format!(" and {} more", known.len() - MOST_NAMES)
                } else {
                    String::new()
                };
                format!("there are {}{more}", first.join(", "))
            }
        };
        let message = if deploys_none { "has nothing to render" } else { "is no owner in this repository" };
        Refusal::new(format!("`{name}` {message}")).help(help)
    }
}

/// So many names are told of.
const MOST_NAMES: usize = 8;

/// An owner's kind, namespace and name, as `--owner` takes them.
fn slashed(owner: &str) -> String {
    owner.replacen(' ', "/", 1)
}

fn full(owner: &Owner) -> String {
    slashed(&owner.title())
}

fn is_called(owner: &Owner, added: &Addition, name: &str) -> bool {
    called(owner, name) || added.path == name.trim_start_matches("./")
}

/// Whether an owner goes by `NAME`, `NAMESPACE/NAME`, `KIND/NAME` or `KIND/NAMESPACE/NAME`.
fn called(owner: &Owner, name: &str) -> bool {
    let is_kind = |text: &str| owner.kind().eq_ignore_ascii_case(text);
    let mut parts = name.rsplit('/');
    if parts.next() != Some(owner.name.as_str()) {
        return false;
    }
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => true,
        (Some(one), None, _) => is_kind(one) || owner.namespace == one,
        (Some(space), Some(of), None) => is_kind(of) && owner.namespace == space,
        _ => false,
    }
}
