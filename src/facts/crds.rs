//! The CustomResourceDefinitions that are known, by the kinds that they define. A version's schema is packed
//! when an object of it is first met. Leaves out whether a definition is a good one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::source::Span;
use crate::yaml::{Node, NodeKind, Tree};

use super::{Locations, Pack, pack_crd_descriptions, pack_crd_schema};

/// One version of a kind that a CRD defines.
pub struct CrdVersion {
    /// `v1alpha1`, …
    pub version: String,
    /// Whether the API server would serve it.
    pub served: bool,
    /// Whether the server drops `status` from what people apply: the definition gives it a subresource of its own, or is not
    /// known to give none.
    pub drops_status: bool,
    tree: Arc<Tree>,
    schema: Option<u32>,
    pack: OnceLock<Pack>,
}

impl CrdVersion {
    pub(super) fn new(name: &str, served: bool, tree: &Arc<Tree>, schema: Option<u32>) -> Self {
        let (version, tree, pack) = (name.to_owned(), Arc::clone(tree), OnceLock::new());
        Self { version, served, drops_status: true, tree, schema, pack }
    }

    /// Whether its CRD gives a schema for it.
    #[must_use]
    pub fn has_schema(&self) -> bool {
        self.schema.is_some()
    }

    /// What its schema says to people, packed anew each time.
    #[must_use]
    pub fn describe(&self) -> Option<Pack> {
        Some(pack_crd_descriptions(&self.tree.node(self.schema?).to_json()))
    }

    /// Its schema, packed anew, for who outlives the definition.
    #[must_use]
    pub fn schema_alone(&self) -> Option<Pack> {
        Some(pack_crd_schema(&self.tree.node(self.schema?).to_json()))
    }

    /// Its schema, packed when first asked for; none when the CRD gives none.
    pub fn pack(&self) -> Option<&Pack> {
        let schema = self.schema?;
        Some(self.pack.get_or_init(|| pack_crd_schema(&self.tree.node(schema).to_json())))
    }
}

/// How a definition came to be known, the first to count before the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefinedBy {
    /// It stands in the repository.
    Repository,
    /// It was added to the file of definitions.
    Added,
    /// It stands in a folder that the user named.
    Given,
}

/// One definition of a kind.
pub struct Crd {
    /// The group of its kind.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its file, from the root of the snapshot: the definition nearest to an object is the one that it meant.
    pub path: String,
    /// Where its kind is named; nowhere when its file is no part of the snapshot.
    pub place: Option<Span>,
    /// In the order of the file.
    pub versions: Vec<CrdVersion>,
    /// Whether the server keeps fields that the schema does not name (`preserveUnknownFields`, once the default).
    pub keeps_unknown: bool,
    /// How it came to be known.
    pub origin: DefinedBy,
    /// Its other names, in lower case: plural, singular, short ones; as far as they are known.
    pub names: Vec<String>,
    /// Whether its objects live in a namespace, where that is said.
    pub namespaced: Option<bool>,
}

impl fmt::Debug for Crd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} in {}", self.group, self.kind, self.path)
    }
}

impl Crd {
    /// Reads a CustomResourceDefinition (`v1`, or `v1beta1` with one schema for all versions).
    #[must_use]
    pub fn read(path: &str, tree: &Arc<Tree>, root: Node<'_>, origin: DefinedBy) -> Option<Self> {
        let group = root.at(&["spec", "group"]).and_then(Node::as_str)?;
        let kind = root.at(&["spec", "names", "kind"]).filter(|kind| kind.as_str().is_some())?;
        let schema_of =
            |holder: Option<Node<'_>>| holder.filter(|schema| schema.kind() == NodeKind::Mapping).map(Node::index);
        let common = schema_of(root.at(&["spec", "validation", "openAPIV3Schema"]));
        let common_status = root.at(&["spec", "subresources", "status"]).is_some();
        let version = |name: &str, served: bool, schema: Option<u32>, status: bool| CrdVersion {
            drops_status: status || common_status,
            ..CrdVersion::new(name, served, tree, schema)
        };
        let mut versions: Vec<CrdVersion> = root
            .at(&["spec", "versions"])
            .into_iter()
            .flat_map(Node::items)
            .filter_map(|item| {
                let name = item.get("name")?.as_str()?;
                let served = item.get("served").and_then(Node::as_bool).unwrap_or(true);
                let own = schema_of(item.at(&["schema", "openAPIV3Schema"]));
                Some(version(name, served, own.or(common), item.at(&["subresources", "status"]).is_some()))
            })
            .collect();
        if versions.is_empty()
            && let Some(name) = root.at(&["spec", "version"]).and_then(Node::as_str)
        {
            versions.push(version(name, true, common, false));
        }
        let old = root.get("apiVersion").and_then(Node::as_str).is_some_and(|version| version.ends_with("/v1beta1"));
        let keeps_unknown = root.at(&["spec", "preserveUnknownFields"]).and_then(Node::as_bool).unwrap_or(old);
        Some(Self {
            group: group.to_owned(),
            kind: kind.as_str().unwrap_or_default().to_owned(),
            path: path.to_owned(),
            place: (origin != DefinedBy::Given).then(|| kind.span()),
            versions,
            keeps_unknown,
            origin,
            names: names(root),
            namespaced: root.at(&["spec", "scope"]).and_then(Node::as_str).map(|scope| scope == "Namespaced"),
        })
    }

    /// One of its versions.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<&CrdVersion> {
        self.versions.iter().find(|version| version.version == name)
    }
}

/// The other names that a definition gives its kind.
fn names(root: Node<'_>) -> Vec<String> {
    let names = root.at(&["spec", "names"]);
    let of = |key: &str| names.and_then(|names| names.get(key));
    let short = of("shortNames").into_iter().flat_map(Node::items);
    let all = ["plural", "singular"].into_iter().filter_map(of).chain(short);
    all.filter_map(Node::as_str).map(str::to_lowercase).collect()
}

/// All definitions of a snapshot.
#[derive(Default)]
pub struct Crds {
    by_kind: BTreeMap<(String, String), Vec<Arc<Crd>>>,
    mutated: BTreeSet<String>,
    given: Arc<Locations>,
}

impl Crds {
    /// Registers a CustomResourceDefinition (`v1`, or `v1beta1` with one schema for all versions). What is not
    /// readable as one is left out: its own validation says why.
    pub fn add(&mut self, path: &str, tree: &Arc<Tree>, root: Node<'_>) {
        if let Some(crd) = Crd::read(path, tree, root, DefinedBy::Repository) {
            self.insert(Arc::new(crd));
        }
    }

    /// Takes the schemas of the user's own locations, and registers the definitions among them.
    pub fn give(&mut self, locations: &Arc<Locations>) {
        locations.crds.iter().for_each(|crd| self.insert(Arc::clone(crd)));
        self.given = Arc::clone(locations);
    }

    /// The user's own schema locations.
    #[must_use]
    pub fn given(&self) -> &Arc<Locations> {
        &self.given
    }

    /// Registers a definition that was read before.
    pub fn insert(&mut self, crd: Arc<Crd>) {
        self.by_kind.entry((crd.group.clone(), crd.kind.clone())).or_default().push(crd);
    }

    /// Takes note of the groups whose objects a MutatingWebhookConfiguration fills in before they are validated. Some
    /// projects write their rules at run time: then a webhook's name, which ends in the group, is all that there is.
    pub fn add_webhooks(&mut self, root: Node<'_>) {
        for webhook in root.get("webhooks").into_iter().flat_map(Node::items) {
            let name = webhook.get("name").and_then(Node::as_str);
            self.mutated.extend(name.map(str::to_owned));
            for rule in webhook.get("rules").into_iter().flat_map(Node::items) {
                let groups = rule.get("apiGroups").into_iter().flat_map(Node::items);
                self.mutated.extend(groups.filter_map(Node::as_str).map(str::to_owned));
            }
        }
    }

    /// Whether something in the repository may fill in fields of this group's objects before they are validated.
    #[must_use]
    pub fn is_mutated(&self, group: &str) -> bool {
        self.mutated.iter().any(|name| name == "*" || name == group || name.ends_with(&format!(".{group}")))
    }

    /// The definitions of a kind: those of the repository, the nearest to `path` first, then others.
    #[must_use]
    pub fn of(&self, group: &str, kind: &str, path: &str) -> Vec<&Crd> {
        let mut found: Vec<&Crd> =
            self.by_kind.get(&(group.to_owned(), kind.to_owned())).into_iter().flatten().map(Arc::as_ref).collect();
        found.sort_by(|a, b| {
            let near = |crd: &Crd| shared_folders(&crd.path, path);
            a.origin.cmp(&b.origin).then_with(|| near(b).cmp(&near(a))).then_with(|| a.path.cmp(&b.path))
        });
        found
    }

    /// Every definition, by group and kind.
    pub fn all(&self) -> impl Iterator<Item = &Crd> {
        self.by_kind.values().flatten().map(Arc::as_ref)
    }

    /// Every kind that is defined.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_kind.keys().map(|(group, kind)| (group.as_str(), kind.as_str()))
    }

    /// How many kinds are defined.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_kind.len()
    }

    /// How many kinds are defined by definitions of this origin.
    #[must_use]
    pub fn count(&self, origin: DefinedBy) -> usize {
        self.by_kind.values().filter(|all| all.iter().any(|crd| crd.origin == origin)).count()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_kind.is_empty()
    }
}

/// How many leading folders two paths share.
#[must_use]
pub fn shared_folders(a: &str, b: &str) -> usize {
    let folders = |path: &'_ str| path.rsplit_once('/').map_or(0, |(folder, _)| folder.len());
    let (a, b) = (a.get(..folders(a)).unwrap_or(""), b.get(..folders(b)).unwrap_or(""));
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b && !a.is_empty()).count()
}
