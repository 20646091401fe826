//! What a list is merged by: Kubernetes' own schemas as Kustomize carries them, or those of the file that `openapi`
//! names. Leaves out the scope of kinds, which such a file may tell too.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::facts::{self, Additional, Schema, Type};
use crate::source::SourceId;
use crate::yaml::{Node, NodeKind, Tree};

use super::object::Gvk;

/// The minor of Kubernetes whose schemas Kustomize 5.8 carries (`kubernetesapi.DefaultOpenAPI`).
const CARRIED: u16 = 21;

/// How far `$ref` may lead to another `$ref`.
const MAX_REFS: usize = 32;

/// The schemas of a file that `openapi.path` names: OpenAPI v2 definitions.
#[derive(Debug)]
pub(super) struct Custom {
    /// The file.
    pub source: SourceId,
    tree: Arc<Tree>,
    kinds: FxHashMap<Gvk, u32>,
    /// Whether nothing was read before it: then the carried schemas are not read at all.
    pub whole: bool,
}

/// The schema of one place in an object.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape<'a> {
    Carried(Schema<'a>),
    Own { custom: &'a Custom, at: Node<'a> },
}

impl Custom {
    pub fn read(source: SourceId, tree: &Arc<Tree>, whole: bool) -> Self {
        let mut kinds = FxHashMap::default();
        let definitions = tree.root().get("definitions").into_iter().flat_map(Node::entries);
        for entry in definitions {
            for gvk in entry.value.get("x-kubernetes-group-version-kind").into_iter().flat_map(Node::items) {
                let text = |key: &str| gvk.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
                let gvk = Gvk { group: text("group"), version: text("version"), kind: text("kind") };
                kinds.insert(gvk, entry.value.index());
            }
        }
        Self { source, tree: Arc::clone(tree), kinds, whole }
    }

    fn of(&self, gvk: &Gvk) -> Option<Shape<'_>> {
        let at = self.tree.node(*self.kinds.get(gvk)?);
        Some(Shape::Own { custom: self, at })
    }

    /// What a schema is, or leads to by its `$ref`. Of the carried definitions the file knows if they were read before it.
    fn resolved<'a>(&'a self, mut at: Node<'a>) -> Option<Shape<'a>> {
        for _ in 0..MAX_REFS {
            let Some(reference) = at.get("$ref").and_then(Node::as_str) else {
                return Some(Shape::Own { custom: self, at });
            };
            let name = reference.strip_prefix("#/definitions/")?;
            match self.tree.root().get("definitions").and_then(|all| all.get(name)) {
                Some(own) => at = own,
                None if self.whole => return None,
                None => return facts::embedded().definition(name, CARRIED).map(Shape::Carried),
            }
        }
        None
    }
}

/// The schema of a kind.
pub(super) fn shape_of<'a>(gvk: &Gvk, custom: Option<&'a Custom>) -> Option<Shape<'a>> {
    let carried = || facts::embedded().kind(&gvk.group, &gvk.version, &gvk.kind, CARRIED).map(Shape::Carried);
    match custom {
        None => carried(),
        Some(custom) if custom.whole => custom.of(gvk),
        Some(custom) => custom.of(gvk).or_else(carried),
    }
}

impl<'a> Shape<'a> {
    pub fn field(self, key: &str) -> Option<Self> {
        match self {
            Self::Carried(schema) => {
                let found = schema.property(key).or_else(|| match schema.additional() {
                    Additional::Of(values) => Some(values),
                    _ => None,
                });
                found.map(Self::Carried)
            }
            Self::Own { custom, at } => {
                let at = match custom.resolved(at)? {
                    Self::Own { at, .. } => at,
                    carried => return carried.field(key),
                };
                let listed = at.get("properties").and_then(|all| all.get(key));
                let more = || at.get("additionalProperties").filter(|more| more.kind() == NodeKind::Mapping);
                listed.or_else(more).map(|at| Self::Own { custom, at })
            }
        }
    }

    pub fn items(self) -> Option<Self> {
        match self {
            Self::Carried(schema) => schema.items().map(Self::Carried),
            Self::Own { custom, at } => match custom.resolved(at)? {
                Self::Own { at, .. } => at.get("items").map(|at| Self::Own { custom, at }),
                carried => carried.items(),
            },
        }
    }

    /// The keys of a list that is merged by item: none in it for a set of scalars; nothing for a list that is replaced.
    pub fn keys(self) -> Option<Vec<&'a str>> {
        match self {
            Self::Carried(schema) => {
                if schema.ty() != Type::Array || !is_merged(schema.patch_strategy()?) {
                    return None;
                }
                let mut keys: Vec<&str> = schema.list_map_keys().collect();
                if keys.is_empty() {
                    keys.extend(schema.patch_merge_key());
                }
                Some(keys)
            }
            Self::Own { custom, at } => {
                let at = match custom.resolved(at)? {
                    Self::Own { at, .. } => at,
                    carried => return carried.keys(),
                };
                let text = |key: &str| at.get(key).and_then(Node::as_str);
                if text("type") != Some("array") || !is_merged(text("x-kubernetes-patch-strategy")?) {
                    return None;
                }
                let listed = at.get("x-kubernetes-list-map-keys").into_iter().flat_map(Node::items);
                let mut keys: Vec<&str> = listed.filter_map(Node::as_str).collect();
                if keys.is_empty() {
                    keys.extend(text("x-kubernetes-patch-merge-key"));
                }
                Some(keys)
            }
        }
    }
}

fn is_merged(strategy: &str) -> bool {
    strategy.split(',').any(|one| one == "merge")
}
