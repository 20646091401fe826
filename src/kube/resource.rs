//! A Kubernetes object as it stands in a tree: what it is called, and where.

use std::fmt;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};

use crate::finding::ResourceKey;
use crate::source::{Source, SourceId};
use crate::yaml::{Node, NodeKind, Tree, is_unknowable};

/// Group, version and kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gvk {
    /// Empty for core.
    pub group: CompactString,
    /// `v1`, `v1beta1`, …
    pub version: CompactString,
    /// `Deployment`, …
    pub kind: CompactString,
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(f, "{}/", self.group)?;
        }
        write!(f, "{} {}", self.version, self.kind)
    }
}

impl Gvk {
    /// Reads `apiVersion` and `kind`; nothing unless both are text.
    #[must_use]
    pub fn of(root: Node<'_>) -> Option<Self> {
        let api_version = root.get("apiVersion")?.as_str()?;
        let kind = root.get("kind")?.as_str()?;
        if api_version.is_empty() || kind.is_empty() {
            return None;
        }
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Some(Self { group: group.into(), version: version.into(), kind: kind.into() })
    }

    /// As `apiVersion` has it.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_string() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether another tool fills it in: then nothing is known of the object.
    #[must_use]
    pub fn is_unknowable(&self) -> bool {
        [&self.group, &self.version, &self.kind].into_iter().any(|part| is_unknowable(part))
    }

    /// Whether it is a list of other objects (`v1/List`, `ConfigMapList`, …), for which the root holds `items`.
    #[must_use]
    pub fn is_list(&self, root: Node<'_>) -> bool {
        self.kind.ends_with("List")
            && root.get("items").is_some_and(|items| items.kind() == NodeKind::Sequence || items.is_null())
    }
}

/// A Kubernetes object. Shares its tree; has no lifetime.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The document's tree.
    pub tree: Arc<Tree>,
    /// The object's root in it: 0, or an item of a List.
    pub root: u32,
    /// What it is.
    pub gvk: Gvk,
    /// What it is called.
    pub key: ResourceKey,
    /// Its file.
    pub source: SourceId,
    /// Its document.
    pub document: u32,
}

impl Resource {
    /// The object's root.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        self.tree.node(self.root)
    }
}

impl Resource {
    /// The name that a person gave a rendered object: what stands where its name was written, if the name holds it. Prefixes,
    /// suffixes and hashes are not in it.
    #[must_use]
    pub fn written_name(&self, source: &dyn Fn(SourceId) -> Option<Arc<Source>>) -> Option<String> {
        let name = self.node().at(&["metadata", "name"])?;
        let written = self.tree.origin(name.index())?.written;
        let source = source(written.source)?;
        let text = source.slice(written).trim_matches(['"', '\'']);
        (!text.is_empty() && self.key.name.contains(text)).then(|| text.to_owned())
    }
}

/// The objects of a document: itself, or the items of a List (of Lists).
#[must_use]
pub fn objects_of(tree: &Arc<Tree>, source: SourceId, document: u32) -> Vec<Resource> {
    Gvk::of(tree.root()).map_or_else(Vec::new, |gvk| objects_as(tree, gvk, source, document))
}

/// The same, where it is known already what the root says that it is.
#[must_use]
pub fn objects_as(tree: &Arc<Tree>, gvk: Gvk, source: SourceId, document: u32) -> Vec<Resource> {
    // nearly all documents hold one, and a run keeps as many as there are
    let mut out = Vec::with_capacity(1);
    collect(tree, (tree.root(), gvk), (source, document), 0, &mut out);
    out
}

fn collect(
    tree: &Arc<Tree>,
    (root, gvk): (Node<'_>, Gvk),
    (source, document): (SourceId, u32),
    depth: u8,
    out: &mut Vec<Resource>,
) {
    if gvk.is_list(root) && depth < 4 {
        // the items of a typed list need not repeat its kind
        let typed = gvk.kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for item in root.get("items").into_iter().flat_map(Node::items) {
            match (Gvk::of(item), typed) {
                (None, Some(kind)) if item.get("kind").is_none() && item.get("apiVersion").is_none() => {
                    out.push(resource(tree, item, Gvk { kind: kind.into(), ..gvk.clone() }, source, document));
                }
                (Some(own), _) => collect(tree, (item, own), (source, document), depth + 1, out),
                _ => {}
            }
        }
        return;
    }
    out.push(resource(tree, root, gvk, source, document));
}

/// The items of a List that do not say what they are: nothing can be asked of them.
#[must_use]
pub fn nameless_items(root: Node<'_>) -> Vec<Node<'_>> {
    // hardly any document is one
    if !root.get("kind").and_then(Node::text).is_some_and(|kind| kind.ends_with("List")) {
        return Vec::new();
    }
    let Some(gvk) = Gvk::of(root).filter(|gvk| gvk.is_list(root)) else { return Vec::new() };
    let typed = gvk.kind != "List";
    let says = |item: &Node<'_>| {
        Gvk::of(*item).is_some() || (typed && item.get("kind").is_none() && item.get("apiVersion").is_none())
    };
    root.get("items").into_iter().flat_map(Node::items).filter(|item| !says(item)).collect()
}

fn resource(tree: &Arc<Tree>, root: Node<'_>, gvk: Gvk, source: SourceId, document: u32) -> Resource {
    let metadata = root.get("metadata");
    let text = |key: &str| metadata?.at(&[key])?.text();
    let name = match text("name") {
        Some(name) => name.into(),
        None => text("generateName").map_or_else(CompactString::default, |prefix| format_compact!("{prefix}*")),
    };
    let key = ResourceKey {
        group: gvk.group.clone(),
        kind: gvk.kind.clone(),
        namespace: text("namespace").unwrap_or_default().into(),
        name,
    };
    Resource { tree: Arc::clone(tree), root: root.index(), gvk, key, source, document }
}
