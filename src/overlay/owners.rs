//! What Argo CD and Flux are told to deploy, as far as it lies in this snapshot: the folders that Applications and Flux
//! Kustomizations name, what they add to the builds there, where to, and what they wait for. Leaves out the values of
//! variables (`variables`) and what is named and not there (`gaps`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use globset::{Glob, GlobMatcher};

use crate::source::{Snapshot, Span};
use crate::yaml::{Node, NodeKind, Tree, is_unknowable};

use super::appset::expand;
use super::{folder_of, resolve};

/// The kinds that name folders which are deployed: apiVersion and kind, in every version that was served.
pub const OWNERS: [(&str, &str); 5] = [
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("kustomize.toolkit.fluxcd.io/v1beta1", "Kustomization"),
    ("kustomize.toolkit.fluxcd.io/v1beta2", "Kustomization"),
    ("argoproj.io/v1alpha1", "Application"),
    ("argoproj.io/v1alpha1", "ApplicationSet"),
];

/// Whether a group has a kind that owns.
#[must_use]
pub fn may_own(group: &str) -> bool {
    ["argoproj.io", "kustomize.toolkit.fluxcd.io"].contains(&group)
}

/// Who deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// By Applications and ApplicationSets.
    ArgoCd,
    /// By Kustomizations of its own kind.
    Flux,
}

/// What an owner adds to a build: patches, images, Components, a namespace, as if they stood in the kustomization. It may be
/// nothing.
#[derive(Debug, Clone)]
pub struct Addition {
    /// Who reads it.
    pub engine: Engine,
    /// The owner's kind, namespace and name.
    pub owner: String,
    /// The file that the owner was written in.
    pub path: String,
    /// The folder that is deployed.
    pub folder: String,
    /// The repository that the folder is in, as the owner names it.
    pub repository: String,
    /// Where the folder is named.
    pub place: Span,
    /// Whether it is put around the build as by a kustomization of its own: so Flux does where the folder has none.
    pub around: bool,
    tree: Arc<Tree>,
    /// The owner's object in the tree.
    root: u32,
    /// The mapping that names the folder.
    source: u32,
    /// The mapping that holds `patches`, `images` and `components`.
    with: u32,
}

impl Addition {
    /// The same, put around a build.
    #[must_use]
    pub fn laid_around(&self) -> Self {
        Self { around: true, ..self.clone() }
    }

    /// The mapping that it is read from.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        self.tree.node(self.with)
    }

    /// The owner.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        self.tree.node(self.root)
    }

    /// Whether two are one. Those that a set makes stand at one place.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.place == other.place && self.folder == other.folder && self.owner == other.owner
    }

    /// The owner's document.
    #[must_use]
    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// A field that names a namespace for all objects.
    #[must_use]
    pub fn namespace(&self) -> &'static str {
        match self.engine {
            Engine::ArgoCd => "namespace",
            Engine::Flux => "targetNamespace",
        }
    }

    /// The namespace that the owner is in.
    #[must_use]
    pub fn owner_namespace(&self) -> &str {
        self.root().at(&["metadata", "namespace"]).and_then(Node::text).unwrap_or("")
    }

    /// Whether the build is the same without it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        const COMMON: [&str; 5] = ["patches", "images", "components", "namePrefix", "nameSuffix"];
        let has = |key: &str| self.node().at(&[key]).is_some();
        if self.old_patches().any(&has) {
            return false;
        }
        let own: &[&str] = match self.engine {
            Engine::ArgoCd => &["namespace", "replicas", "commonLabels", "commonAnnotations"],
            Engine::Flux => &["targetNamespace", "postBuild", "commonMetadata", "buildMetadata"],
        };
        !COMMON.iter().chain(own).any(|key| has(key))
    }

    /// The Components that it adds, as they are written.
    pub fn components(&self) -> impl Iterator<Item = Node<'_>> {
        list(self.node(), "components")
    }

    /// The fields of patches that only the API of before has: Flux 2.0 took them out with `v1`, and takes no note of them in it.
    pub fn old_patches(&self) -> impl Iterator<Item = &'static str> + use<> {
        let version = self.root().get("apiVersion").and_then(Node::as_str).unwrap_or("");
        let old =
            self.engine == Engine::Flux && version.rsplit('/').next().is_some_and(|one| one.starts_with("v1beta"));
        ["patchesStrategicMerge", "patchesJson6902"].into_iter().filter(move |_| old)
    }

    /// What is done with the folder, whatever is in it, when the owner says so.
    #[must_use]
    pub fn told_way(&self) -> Option<Told> {
        let source = self.tree.node(self.source);
        let has = |field: &str| self.engine == Engine::ArgoCd && source.at(&[field]).is_some();
        if ["helm", "plugin", "chart"].into_iter().any(has) {
            return Some(Told::Elsewhere);
        }
        let directory = source.at(&["directory"]).filter(|_| self.engine == Engine::ArgoCd)?;
        let glob = |field: &str| {
            let text = directory.at(&[field]).and_then(Node::as_str).unwrap_or("");
            if is_unknowable(text) {
                return Err(());
            }
            // `*` goes on over a slash there; what is no glob matches nothing
            let glob = (!text.is_empty()).then(|| Glob::new(text).map(|glob| glob.compile_matcher()).ok());
            Ok(glob)
        };
        let recurse = directory.at(&["recurse"]).and_then(Node::as_bool).unwrap_or(false);
        // what says nothing is taken away before the source is looked at
        let says = |field: &str| directory.at(&[field]).is_some_and(|value| value.text() != Some(""));
        if !recurse && !["include", "exclude", "jsonnet"].into_iter().any(says) {
            return None;
        }
        // Argo CD refuses a source of two kinds
        if has("kustomize") {
            return Some(Told::Elsewhere);
        }
        Some(match (glob("include"), glob("exclude")) {
            (Ok(include), Ok(exclude)) => Told::Files(Files { recurse, include, exclude }),
            _ => Told::Elsewhere,
        })
    }

    /// Everything that it says, in one text: two that say the same make the same.
    #[must_use]
    pub fn told(&self) -> String {
        let mut out = format!("{:?} {} {} ", self.engine, self.around, self.owner_namespace());
        if !self.is_empty() {
            tell(self.node(), &mut out);
        }
        if self.takes_from_objects() {
            // of several objects the nearest is meant
            out.push_str(folder_of(&self.path));
        }
        out
    }

    /// Whether values of variables stand in other objects.
    #[must_use]
    pub fn takes_from_objects(&self) -> bool {
        self.engine == Engine::Flux && self.node().at(&["postBuild", "substituteFrom"]).is_some()
    }

    /// Kind and name of each of those objects.
    pub fn givers(&self) -> impl Iterator<Item = (String, String)> {
        let build = self.node().at(&["postBuild"]).filter(|_| self.engine == Engine::Flux);
        build.into_iter().flat_map(|build| list(build, "substituteFrom")).map(|one| {
            let text = |key: &str| one.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
            (text("kind"), text("name"))
        })
    }

    /// Whether it patches owners, so that what those say is not all.
    #[must_use]
    pub fn patches_owners(&self) -> bool {
        let old = self.old_patches().flat_map(|field| list(self.node(), field));
        list(self.node(), "patches").chain(old).any(|patch| {
            let kind = patch.at(&["target", "kind"]).or_else(|| patch.at(&["kind"])).and_then(Node::as_str);
            kind.is_none_or(|kind| {
                OWNERS.iter().any(|(_, owner)| *owner == kind) || !kind.chars().all(char::is_alphabetic)
            })
        })
    }
}

/// What an Application says that is done with a folder.
#[derive(Debug)]
pub enum Told {
    /// Something takes it whose objects are not known: a chart, a plugin, a name that is filled in later.
    Elsewhere,
    /// Its files are deployed as they are.
    Files(Files),
}

/// The files of a `directory` source (`getPotentiallyValidManifestFile` of Argo CD's repository server).
#[derive(Debug)]
pub struct Files {
    recurse: bool,
    include: Option<Option<GlobMatcher>>,
    exclude: Option<Option<GlobMatcher>>,
}

impl Files {
    /// Whether a file of a folder is one of them.
    #[must_use]
    pub fn take(&self, folder: &str, path: &str) -> bool {
        let inside = if folder.is_empty() { Some(path) } else { path.strip_prefix(folder) };
        let Some(inside) = inside.map(|inside| inside.trim_start_matches('/')) else { return false };
        let is = |glob: &Option<GlobMatcher>| glob.as_ref().is_some_and(|glob| glob.is_match(inside));
        (self.recurse || !inside.contains('/'))
            && !self.exclude.as_ref().is_some_and(is)
            && self.include.as_ref().is_none_or(is)
    }
}

/// An Application or a Flux Kustomization.
#[derive(Debug, Clone)]
pub struct Owner {
    /// Whose it is.
    pub engine: Engine,
    /// Its namespace, empty where none is written.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it adds to each folder that it deploys from this repository, as far as can be said.
    pub additions: Vec<Addition>,
    /// The unit that it is an object of; none of one that is deployed as it is written.
    pub unit: Option<String>,
    tree: Arc<Tree>,
    root: u32,
}

impl Owner {
    /// Reads an object of a tree; nothing of one that is no owner. Paths count from the root of the repository that it
    /// deploys from, which is taken to be this one where the folder is there.
    #[must_use]
    pub fn of(tree: &Arc<Tree>, root: u32) -> Option<Self> {
        let node = tree.node(root);
        let text = |path: &[&str]| node.at(path).and_then(Node::as_str).unwrap_or("");
        let kind = text(&["kind"]);
        if !OWNERS.contains(&(text(&["apiVersion"]), kind)) {
            return None;
        }
        let engine = if kind == "Kustomization" { Engine::Flux } else { Engine::ArgoCd };
        let (namespace, name) = (text(&["metadata", "namespace"]).to_owned(), text(&["metadata", "name"]).to_owned());
        let space = namespace.clone();
        let mut owner =
            Self { engine, namespace, name, additions: Vec::new(), unit: None, tree: Arc::clone(tree), root };
        let title = owner.title();
        let addition = |source: Node<'_>, with: Node<'_>| {
            let path = source.get("path")?;
            let text = path.as_str().filter(|path| !is_unknowable(path))?;
            Some(Addition {
                engine,
                owner: title.clone(),
                path: tree.source().path().to_owned(),
                folder: resolve("", text.trim_start_matches('/'))?,
                repository: match engine {
                    Engine::ArgoCd => source.get("repoURL").and_then(Node::as_str).unwrap_or("").to_owned(),
                    Engine::Flux => repository(source, &space),
                },
                place: path.span(),
                around: false,
                tree: Arc::clone(tree),
                root,
                source: source.index(),
                with: with.index(),
            })
        };
        owner.additions = match engine {
            // https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
            Engine::ArgoCd => {
                let with = |source: Node<'_>| addition(source, source.get("kustomize").unwrap_or(source));
                owner.sources().filter_map(with).collect()
            }
            // https://fluxcd.io/flux/components/kustomize/kustomizations/#path
            Engine::Flux => owner.spec().and_then(|spec| addition(spec, spec)).into_iter().collect(),
        };
        Some(owner)
    }

    /// The same as an object of a unit.
    #[must_use]
    pub fn in_unit(self, unit: Option<String>) -> Self {
        Self { unit, ..self }
    }

    /// Whether it makes Applications, and is none itself.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.kind() == "ApplicationSet"
    }

    /// The document that it is read from.
    #[must_use]
    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// The object.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        self.tree.node(self.root)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.node().get("kind").and_then(Node::as_str).unwrap_or("")
    }

    /// Kind, namespace and name.
    #[must_use]
    pub fn title(&self) -> String {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        format!("{} {}{slash}{}", self.kind(), self.namespace, self.name)
    }

    /// What says what is deployed: of an ApplicationSet its template's.
    #[must_use]
    pub fn spec(&self) -> Option<Node<'_>> {
        self.node().at(if self.is_set() { &["spec", "template", "spec"] } else { &["spec"] })
    }

    /// The sources of an Application.
    pub fn sources(&self) -> impl Iterator<Item = Node<'_>> {
        self.spec().into_iter().flat_map(|spec| spec.get("source").into_iter().chain(list(spec, "sources")))
    }

    /// The cluster that it deploys to, as seen from its own; nothing where that is not known, or where it makes several.
    #[must_use]
    pub fn cluster(&self) -> Option<String> {
        let mut out = String::new();
        match self.engine {
            Engine::Flux => {
                if let Some(other) = self.spec()?.at(&["kubeConfig"]) {
                    tell(other, &mut out);
                }
            }
            Engine::ArgoCd if self.is_set() => return None,
            Engine::ArgoCd => {
                let text = |key: &str| self.spec()?.at(&["destination", key]).and_then(Node::as_str);
                out.push_str(match (text("server"), text("name")) {
                    (Some("https://kubernetes.default.svc"), None) | (None, Some("in-cluster")) => "",
                    (Some(server), None) => server,
                    (None, Some(name)) => name,
                    _ => return None,
                });
            }
        }
        (!is_unknowable(&out)).then_some(out)
    }

    /// The namespace of objects that name none.
    #[must_use]
    pub fn default_namespace(&self) -> &str {
        let of_argo = || self.spec()?.at(&["destination", "namespace"]).and_then(Node::as_str);
        if self.engine == Engine::ArgoCd { of_argo().unwrap_or("") } else { "" }
    }

    /// Everything that it says, in one text.
    #[must_use]
    pub fn told(&self) -> String {
        let mut out = format!("{}/{} ", self.namespace, self.name);
        if let Some(spec) = self.node().get("spec") {
            tell(spec, &mut out);
        }
        out
    }
}

/// The source of a Flux Kustomization in some namespace: its kind, namespace and name.
pub(super) fn repository(spec: Node<'_>, namespace: &str) -> String {
    let part = |key: &str| spec.at(&["sourceRef", key]).and_then(Node::as_str).unwrap_or("");
    let namespace = if part("namespace").is_empty() { namespace } else { part("namespace") };
    format!("{} {namespace}/{}", part("kind"), part("name"))
}

/// Leaves out folders that may be in another repository: the root of one is everywhere, and counts only where others deploy folders that are
/// here from the same source.
/// Sets of Applications give way to those that they make.
pub fn keep_own(owners: &mut Vec<Owner>, snapshot: &Snapshot) {
    expand(owners, snapshot);
    let additions = owners.iter().flat_map(|owner| &owner.additions).filter(|one| !one.folder.is_empty());
    let ours: BTreeSet<(Engine, String)> = additions
        .filter(|one| snapshot.below(&one.folder).next().is_some())
        .map(|one| (one.engine, one.repository.clone()))
        .collect();
    for owner in owners {
        let is_ours = |one: &Addition| !one.folder.is_empty() || ours.contains(&(one.engine, one.repository.clone()));
        owner.additions.retain(is_ours);
    }
}

/// The folders that owners name.
#[derive(Debug, Default, Clone)]
pub struct Owned {
    /// What is deployed as one.
    pub roots: BTreeSet<String>,
    /// Components that are taken in from outside of the kustomizations.
    pub components: BTreeSet<String>,
    /// What owners add to the builds that they deploy, by folder.
    pub additions: BTreeMap<String, Vec<Addition>>,
    /// Whether an owner patches other owners, so that what those say is not all.
    pub patched: bool,
}

impl Owned {
    /// What some owners name.
    pub fn of<'o>(owners: impl IntoIterator<Item = &'o Owner>) -> Self {
        let mut owned = Self::default();
        for addition in owners.into_iter().flat_map(|owner| &owner.additions) {
            let items = list(addition.node(), "components").filter_map(Node::as_str);
            owned.components.extend(items.filter_map(|item| resolve(&addition.folder, item)));
            owned.patched |= addition.patches_owners();
            owned.roots.insert(addition.folder.clone());
            owned.additions.entry(addition.folder.clone()).or_default().push(addition.clone());
        }
        owned
    }
}

/// The items of a field, none where it is no list.
pub(super) fn list<'t>(node: Node<'t>, field: &str) -> impl Iterator<Item = Node<'t>> {
    node.get(field).filter(|list| list.kind() == NodeKind::Sequence).into_iter().flat_map(Node::items)
}

/// Writes all that a node says.
fn tell(node: Node<'_>, out: &mut String) {
    match node.kind() {
        NodeKind::Scalar => {
            let _ = write!(out, "{:?}", node.scalar());
        }
        NodeKind::Sequence => {
            out.push('[');
            for item in node.items() {
                tell(item, out);
                out.push(',');
            }
            out.push(']');
        }
        NodeKind::Mapping => {
            out.push('{');
            for entry in node.entries() {
                let _ = write!(out, "{:?}:", entry.key.key_text());
                tell(entry.value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, SourceId};

    fn owned(text: &str) -> (Vec<String>, Vec<String>) {
        let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.into()));
        let documents = crate::yaml::documents(&source);
        let trees = documents.iter().filter_map(|document| document.tree.as_ref());
        let owners: Vec<Owner> = trees.filter_map(|tree| Owner::of(tree, 0)).collect();
        let owned = Owned::of(&owners);
        (owned.roots.into_iter().collect(), owned.components.into_iter().collect())
    }

    #[test]
    fn flux_and_argo_name_folders() {
        let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  path: ./apps/web\n  components: [../../components/tls]\n";
        assert_eq!(owned(flux), (vec!["apps/web".into()], vec!["components/tls".into()]));
        let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    path: apps/web\n    kustomize:\n      components: [../tls]\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  sources:\n  - path: apps/api\n  - chart: redis\n";
        assert_eq!(owned(argo), (vec!["apps/api".into(), "apps/web".into()], vec!["apps/tls".into()]));
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n    spec:\n      source:\n        path: 'apps/{{name}}'\n";
        assert_eq!(owned(set), (vec![], vec![]));
    }
}
