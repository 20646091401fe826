//! Kustomize: which files each kustomization lists, and as what; and what its builds yield ([`Renderer`]).

mod read;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use crate::kube::is_kustomization_name;
use crate::source::{Snapshot, SourceId, Span};
use crate::yaml::Node;

use super::{folder_of, name_of, resolve};

pub use render::{Problem, Reason, Rendered, Renderer, print};

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
    /// The path that it resolves to within the snapshot; none for URLs and what leads out of it.
    pub path: Option<String>,
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

/// All builds of a snapshot, and what each listed file is to them.
#[derive(Debug, Default)]
pub struct Builds {
    /// By folder.
    pub kustomizations: BTreeMap<String, Kustomization>,
    /// What listed files are. A file that is both a resource and a patch is a resource.
    pub roles: BTreeMap<SourceId, (Role, String)>,
    /// Folders of kustomizations that another one takes in.
    pub included: BTreeSet<String>,
    /// Folders with a file of Kustomize's name that could not be read as one: broken, a template, a link. Which files
    /// it lists is not known.
    pub closed: BTreeSet<String>,
}

impl Builds {
    /// Joins what was read of every kustomization.
    #[must_use]
    pub fn of(snapshot: &Snapshot, read: Vec<Kustomization>) -> Self {
        let mut builds = Self::default();
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
        builds
    }

    /// Kustomizations that no other one takes in and that are no Components: what is deployed, as far as the
    /// kustomizations themselves say.
    pub fn roots(&self) -> impl Iterator<Item = &Kustomization> {
        self.kustomizations.values().filter(|one| !one.component && !self.included.contains(&one.folder))
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
pub fn read(source: SourceId, path: &str, root: Node<'_>) -> Kustomization {
    read::kustomization(source, folder_of(path), root)
}

/// Resolves an entry: nothing for what is no path of this snapshot.
fn target(folder: &str, text: &str) -> Option<String> {
    let remote = text.contains("://")
        || text.contains("?ref=")
        || text.starts_with("github.com/")
        || text.starts_with("git@")
        || text.contains("//");
    if remote || text.contains('\n') { None } else { resolve(folder, text.trim_end_matches('/')) }
}

/// Whether a name is one under which Kustomize looks for its file.
#[must_use]
pub fn is_kustomization(path: &str) -> bool {
    is_kustomization_name(name_of(path))
}
