//! Kustomize: which files each kustomization lists, and as what; and what its builds yield ([`Renderer`]).

mod read;
mod remote;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use crate::kube::is_kustomization_name;
use crate::source::{Snapshot, SourceId, Span, is_outside};
use crate::yaml::Node;

use super::{Addition, Engine, Owned, folder_of, name_of, resolve};

pub use remote::{Home, Remote, Remotes};
pub use render::{Gap, Held, Idle, Missed, Output, Problem, Reason, Rendered, Renderer, Silent, Stale, print};

/// What a kustomization does with a file that it lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Objects that the build takes in and may change.
    Resource,
    /// Changes to objects of the build.
    Patch,
    /// A configuration: transformers, generators, name references, schemas.
    Config,
    /// Bytes that a generator wraps, or Helm values: not read as YAML.
    Input,
}

/// One entry of a kustomization that names a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The field that it stands in.
    pub field: &'static str,
    /// What is written.
    pub text: String,
    /// Where.
    pub span: Span,
    /// What the build does with it.
    pub role: Role,
    /// The path that it resolves to within the snapshot, or that stands for its URL; none for other URLs and what leads out
    /// of it.
    pub path: Option<String>,
}

impl Reference {
    /// Whether Kustomize fetches it.
    #[must_use]
    pub fn is_fetched(&self) -> bool {
        remote::is_remote(&self.text)
    }
}

/// A kustomization or Component.
#[derive(Debug, Clone)]
pub struct Kustomization {
    /// Its file.
    pub source: SourceId,
    /// Its folder.
    pub folder: String,
    /// Whether its kind is Component.
    pub component: bool,
    /// The files and folders that it names.
    pub references: Vec<Reference>,
    /// Whether it makes objects itself: generators, inline resources, Helm charts.
    pub generates: bool,
}

/// What a build takes in.
#[derive(Debug, Default)]
pub struct Reach {
    /// The folders of its kustomizations.
    pub folders: BTreeSet<String>,
    /// The files that those name, and their own.
    pub sources: BTreeSet<SourceId>,
    /// The files of owners that add to it.
    pub owners: BTreeSet<SourceId>,
}

/// All builds of a snapshot, and what each listed file is to them.
#[derive(Debug, Default)]
pub struct Builds {
    /// By folder.
    pub kustomizations: BTreeMap<String, Kustomization>,
    /// What listed files are. A file that is both a resource and a patch is a resource.
    pub roles: BTreeMap<SourceId, (Role, String)>,
    /// Folders of kustomizations that another one takes in.
    pub included: BTreeSet<String>,
    /// The folders of [`Builds::roots`].
    roots: BTreeSet<String>,
    /// What owners add, by folder.
    additions: BTreeMap<String, Vec<Addition>>,
    /// What stands for what is fetched.
    remotes: Remotes,
    /// The files that are not of the repository, with the entries in it by which they are taken in, in order.
    outside: BTreeMap<SourceId, BTreeSet<Span>>,
    /// Whether an owner patches other owners.
    pub owners_patched: bool,
    /// Folders with a file of Kustomize's name that could not be read as one: broken, a template, a link. Which files
    /// it lists is not known.
    pub closed: BTreeSet<String>,
}

impl Builds {
    /// Joins what was read of every kustomization, and what owners name.
    #[must_use]
    pub fn of(snapshot: &Snapshot, read: Vec<Kustomization>, owned: &Owned, remotes: &Remotes) -> Self {
        let mut builds = Self { remotes: remotes.clone(), ..Self::default() };
        for kustomization in read {
            builds.kustomizations.insert(kustomization.folder.clone(), kustomization);
        }
        let named = snapshot.entries().map(|(_, entry)| entry.path.as_str()).filter(|path| {
            is_kustomization(path)
                || ["kustomization.yaml.", "kustomization.yml."].iter().any(|name| name_of(path).starts_with(name))
        });
        let closed = named.map(folder_of).filter(|folder| !builds.kustomizations.contains_key(*folder));
        builds.closed = closed.map(str::to_owned).collect();
        for kustomization in builds.kustomizations.values() {
            for reference in &kustomization.references {
                let Some(path) = &reference.path else { continue };
                if builds.kustomizations.contains_key(path) {
                    builds.included.insert(path.clone());
                } else if let Some(id) = snapshot.find(path).map(|id| snapshot.behind(id)) {
                    let slot = builds.roles.entry(id).or_insert((reference.role, kustomization.folder.clone()));
                    if reference.role < slot.0 {
                        *slot = (reference.role, kustomization.folder.clone());
                    }
                } else if reference.role == Role::Config || reference.role == Role::Patch {
                    // a folder of transformers or generators
                    for (id, _) in snapshot.below(path) {
                        builds.roles.entry(id).or_insert((reference.role, kustomization.folder.clone()));
                    }
                }
            }
        }
        builds.included.extend(owned.components.iter().cloned());
        builds.additions.clone_from(&owned.additions);
        builds.included.extend(builds.additions.values().flatten().flat_map(|addition| components(addition, remotes)));
        builds.owners_patched = owned.patched;
        builds.roots = builds.find_roots(snapshot, owned);
        builds.outside = builds.find_outside(snapshot);
        builds
    }

    /// The entries of the repository by which a file that is not of it is taken in, in order; none of any other file.
    pub fn entries_of(&self, source: SourceId) -> impl Iterator<Item = Span> {
        self.outside.get(&source).into_iter().flatten().copied()
    }

    /// What stands for an address that nothing asks for; nothing where that is not certain.
    #[must_use]
    pub fn unused_remotes(&self) -> Vec<&Remote> {
        // what cannot be read may ask for anything
        if self.remotes.is_empty() || !self.closed.is_empty() {
            return Vec::new();
        }
        let listed = self.kustomizations.values().flat_map(|one| &one.references).map(|one| one.text.as_str());
        let added = self.additions.values().flatten().flat_map(|one| one.components().filter_map(Node::as_str));
        self.remotes.unused(listed.chain(added))
    }

    fn find_outside(&self, snapshot: &Snapshot) -> BTreeMap<SourceId, BTreeSet<Span>> {
        let mut out: BTreeMap<SourceId, BTreeSet<Span>> = BTreeMap::new();
        if self.remotes.mounts().is_empty() {
            return out;
        }
        let own = self.kustomizations.values().filter(|one| !is_outside(&one.folder));
        let listed = own.flat_map(|one| &one.references).filter_map(|one| Some((one.span, one.path.clone()?)));
        let added = self.additions.values().flatten().flat_map(|addition| {
            let named = |item: Node<'_>| Some((item.span(), named(&addition.folder, item.as_str()?, &self.remotes)?));
            addition.components().filter_map(named)
        });
        for (entry, path) in listed.chain(added).filter(|(_, path)| is_outside(path)) {
            let mut seen = BTreeSet::new();
            let mut next = vec![path];
            while let Some(path) = next.pop().filter(|path| is_outside(path)) {
                if !seen.insert(path.clone()) {
                    continue;
                }
                let build = self.kustomizations.get(&path);
                next.extend(build.into_iter().flat_map(|one| &one.references).filter_map(|one| one.path.clone()));
                let file = snapshot.find(&path).into_iter().flat_map(|id| [id, snapshot.behind(id)]);
                let files = file.chain(build.map(|one| one.source));
                // a file of Kustomize's name that is none is as much of it
                let below = NAMES.iter().filter_map(|name| snapshot.find(&format!("{path}/{name}")));
                for id in files.chain(below) {
                    out.entry(id).or_default().insert(entry);
                }
            }
        }
        out
    }

    /// What is deployed: kustomizations that no other one takes in or that an owner names, and that are no Components. Of
    /// those that only take in each other the first is one.
    pub fn roots(&self) -> impl Iterator<Item = &Kustomization> {
        self.roots.iter().filter_map(|folder| self.kustomizations.get(folder))
    }

    fn find_roots(&self, snapshot: &Snapshot, owned: &Owned) -> BTreeSet<String> {
        let is_top = |folder: &String| !self.included.contains(folder) || owned.roots.contains(folder);
        let tops = self.kustomizations.values().filter(|one| is_top(&one.folder));
        let mut seen = BTreeSet::new();
        let mut roots = BTreeSet::new();
        for top in tops {
            seen.extend(self.reach(snapshot, &top.folder).folders);
            if !top.component {
                roots.insert(top.folder.clone());
            }
        }
        for one in self.kustomizations.values().filter(|one| !one.component) {
            if !seen.contains(&one.folder) {
                seen.extend(self.reach(snapshot, &one.folder).folders);
                roots.insert(one.folder.clone());
            }
        }
        roots
    }

    /// What the build in a folder takes in, by what its kustomizations say: theirs, and those that they take in.
    #[must_use]
    pub fn reach(&self, snapshot: &Snapshot, folder: &str) -> Reach {
        let mut reach = Reach::default();
        let mut next = vec![folder];
        for addition in self.additions(folder) {
            reach.owners.insert(addition.place.source);
            let known = components(addition, &self.remotes);
            next.extend(known.filter_map(|path| Some(self.kustomizations.get_key_value(&path)?.0.as_str())));
        }
        while let Some(folder) = next.pop() {
            let Some((folder, kustomization)) = self.kustomizations.get_key_value(folder) else { continue };
            if !reach.folders.insert(folder.clone()) {
                continue;
            }
            reach.sources.insert(kustomization.source);
            for path in kustomization.references.iter().filter_map(|reference| reference.path.as_deref()) {
                if self.kustomizations.contains_key(path) {
                    next.push(path);
                } else if let Some(id) = snapshot.find(path) {
                    reach.sources.insert(snapshot.behind(id));
                } else {
                    reach.sources.extend(snapshot.below(path).map(|(id, _)| id));
                }
            }
        }
        reach
    }

    /// What stands for what is fetched.
    #[must_use]
    pub fn remotes(&self) -> &Remotes {
        &self.remotes
    }

    /// What the owners of a folder add to its build, as their files have it.
    #[must_use]
    pub fn additions(&self, folder: &str) -> &[Addition] {
        self.additions.get(folder).map(Vec::as_slice).unwrap_or_default()
    }

    /// What all owners add, by folder.
    pub fn all_additions(&self) -> impl Iterator<Item = (&str, &[Addition])> {
        self.additions.iter().map(|(folder, all)| (folder.as_str(), all.as_slice()))
    }

    /// Whether what is deployed depends on more than the files of a build and those of its owner: on what a build, or another
    /// owner, makes of that one, on values of an object, on the owner of a folder above.
    #[must_use]
    pub fn is_entangled(&self) -> bool {
        let around = |addition: &Addition| {
            addition.engine == Engine::Flux
                && !addition.is_empty()
                && !self.kustomizations.contains_key(&addition.folder)
        };
        let is_built = |addition: &Addition| self.roles.contains_key(&addition.place.source);
        let is_entangled = |one: &Addition| one.takes_from_objects() || around(one) || is_built(one);
        self.owners_patched || self.additions.values().flatten().any(is_entangled)
    }

    /// Whether Flux takes a path in, or the build that it belongs to, where it deploys a folder without a kustomization: it is
    /// below that folder, and in no build between.
    #[must_use]
    pub fn is_next_below(&self, folder: &str, path: &str) -> bool {
        let mut above = folder_of(path);
        while above != folder {
            if above.is_empty() || self.kustomizations.contains_key(above) {
                return false;
            }
            above = folder_of(above);
        }
        !path.is_empty() && path != folder
    }

    /// The reference that stands at a place.
    #[must_use]
    pub fn reference_at(&self, place: Span) -> Option<&Reference> {
        let of = self.kustomizations.values().find(|one| one.source == place.source)?;
        of.references.iter().find(|reference| reference.span == place)
    }

    /// Whether a folder above a path has a kustomization.
    #[must_use]
    pub fn is_beside(&self, path: &str) -> bool {
        if self.kustomizations.is_empty() && self.closed.is_empty() {
            return false;
        }
        let mut folder = folder_of(path);
        loop {
            if self.kustomizations.contains_key(folder) || self.closed.contains(folder) {
                return true;
            }
            if folder.is_empty() {
                return false;
            }
            folder = folder_of(folder);
        }
    }
}

/// Reads one kustomization.
#[must_use]
pub fn read(source: SourceId, path: &str, root: Node<'_>, remotes: &Remotes) -> Kustomization {
    read::kustomization(source, folder_of(path), root, remotes)
}

/// The folders of the kustomizations that a build takes in, those below before those that take them in.
#[must_use]
pub fn layers(snapshot: &Snapshot, folder: &str, remotes: &Remotes) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    lay((snapshot, remotes), folder, 0, &mut seen, &mut out);
    out
}

fn lay(
    (snapshot, remotes): (&Snapshot, &Remotes),
    folder: &str,
    depth: usize,
    seen: &mut BTreeSet<String>,
    out: &mut Vec<String>,
) {
    let path = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let Some((id, path)) = NAMES.iter().find_map(|name| Some((snapshot.find(&path(name))?, path(name)))) else {
        return;
    };
    if depth > render::MAX_DEPTH || !seen.insert(folder.to_owned()) {
        return;
    }
    let documents = snapshot.source(id).map(crate::yaml::documents).unwrap_or_default();
    if let Some(tree) = documents.iter().find_map(|document| document.tree.as_ref()) {
        for path in read(id, &path, tree.root(), remotes).references.iter().filter_map(|one| one.path.as_deref()) {
            lay((snapshot, remotes), path, depth + 1, seen, out);
        }
    }
    out.push(folder.to_owned());
}

/// Resolves an entry: nothing for what is no path of this snapshot.
fn target(folder: &str, text: &str) -> Option<String> {
    if remote::is_remote(text) || text.contains('\n') {
        return None;
    }
    // nothing leads from a file of the repository to one that is not, nor back
    let path = resolve(folder, text.trim_end_matches('/'))?;
    (is_outside(&path) == is_outside(folder)).then_some(path)
}

/// The same, with what stands for what is fetched.
fn named(folder: &str, text: &str, remotes: &Remotes) -> Option<String> {
    target(folder, text).or_else(|| remotes.path(text))
}

/// The folders of the Components that an owner adds, those that are not fetched or for which something stands.
pub fn components<'a>(addition: &'a Addition, remotes: &'a Remotes) -> impl Iterator<Item = String> + 'a {
    addition.components().filter_map(|item| named(&addition.folder, item.as_str()?, remotes))
}

/// The names under which Kustomize looks for its file.
pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a name is one under which Kustomize looks for its file.
#[must_use]
pub fn is_kustomization(path: &str) -> bool {
    // few paths end so
    path.ends_with(['l', 'n']) && is_kustomization_name(name_of(path))
}
