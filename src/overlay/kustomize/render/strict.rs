//! Which fields a kustomization and a file of `configurations` may have, and of which type each is: Kustomize refuses
//! every other (api/types). Leaves out Helm's, which are not looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::yaml::{Entry, Node, NodeKind, Scalar, Tree};

use super::problem::{Problem, Reason};

/// What may stand at a field.
enum Type {
    Text,
    Flag,
    Number,
    /// Names and texts.
    Texts,
    List(&'static Self),
    Object(&'static [(&'static str, Self)]),
    Any,
}

use Type::{Any, Flag, List, Number, Object, Text, Texts};

const TEXTS: Type = List(&Text);
const SPECS: Type =
    List(&Object(&[("group", Text), ("version", Text), ("kind", Text), ("path", Text), ("create", Flag)]));
const SELECTOR: Type = Object(&[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("annotationSelector", Text),
    ("labelSelector", Text),
]);
const PATCHES: Type = List(&Object(&[
    ("path", Text),
    ("patch", Text),
    ("target", SELECTOR),
    ("options", Object(&[("allowNameChange", Flag), ("allowKindChange", Flag)])),
]));
const IMAGES: Type =
    List(&Object(&[("name", Text), ("newName", Text), ("tagSuffix", Text), ("newTag", Text), ("digest", Text)]));
const PART: Type = Object(&[("delimiter", Text), ("index", Number), ("encoding", Text), ("create", Flag)]);
const OPTIONS: Type =
    Object(&[("labels", Texts), ("annotations", Texts), ("disableNameSuffixHash", Flag), ("immutable", Flag)]);
const REPLACEMENTS: Type = List(&Object(&[
    ("path", Text),
    ("sourceValue", Text),
    (
        "source",
        Object(&[
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
            ("fieldPath", Text),
            ("options", PART),
        ]),
    ),
    (
        "targets",
        List(&Object(&[("select", SELECTOR), ("reject", List(&SELECTOR)), ("fieldPaths", TEXTS), ("options", PART)])),
    ),
]));
const VARS: Type = List(&Object(&[
    ("name", Text),
    (
        "objref",
        Object(&[
            ("apiVersion", Text),
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
        ]),
    ),
    ("fieldref", Object(&[("fieldPath", Text)])),
]));
const LABELS: Type = List(&Object(&[
    ("pairs", Texts),
    ("includeSelectors", Flag),
    ("includeTemplates", Flag),
    ("includeVolumeClaimTemplates", Flag),
    ("fields", SPECS),
]));
const MAPS: Type = List(&Object(&[
    ("name", Text),
    ("namespace", Text),
    ("behavior", Text),
    ("literals", TEXTS),
    ("files", TEXTS),
    ("envs", TEXTS),
    ("env", Text),
    ("options", OPTIONS),
]));
const SECRETS: Type = List(&Object(&[
    ("name", Text),
    ("namespace", Text),
    ("behavior", Text),
    ("literals", TEXTS),
    ("files", TEXTS),
    ("envs", TEXTS),
    ("env", Text),
    ("options", OPTIONS),
    ("type", Text),
]));

/// A kustomization (api/types/kustomization.go).
const KUSTOMIZATION: Type = Object(&[
    ("apiVersion", Text),
    ("kind", Text),
    ("metadata", Object(&[("name", Text), ("namespace", Text), ("labels", Texts), ("annotations", Texts)])),
    ("openapi", Texts),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", Texts),
    ("labels", LABELS),
    ("commonAnnotations", Texts),
    ("patchesStrategicMerge", TEXTS),
    ("patchesJson6902", PATCHES),
    ("patches", PATCHES),
    ("images", IMAGES),
    ("imageTags", IMAGES),
    ("replacements", REPLACEMENTS),
    ("replicas", List(&Object(&[("name", Text), ("count", Number)]))),
    ("vars", VARS),
    (
        "sortOptions",
        Object(&[("order", Text), ("legacySortOptions", Object(&[("orderFirst", TEXTS), ("orderLast", TEXTS)]))]),
    ),
    ("resources", TEXTS),
    ("components", TEXTS),
    ("crds", TEXTS),
    ("bases", TEXTS),
    ("configMapGenerator", MAPS),
    ("secretGenerator", SECRETS),
    ("helmGlobals", Any),
    ("helmCharts", Any),
    ("helmChartInflationGenerator", Any),
    ("generatorOptions", OPTIONS),
    ("configurations", TEXTS),
    ("generators", TEXTS),
    ("transformers", TEXTS),
    ("validators", TEXTS),
    ("buildMetadata", TEXTS),
]);

/// A file of `configurations` (api/internal/plugins/builtinconfig/transformerconfig.go).
const TABLES: Type = Object(&[
    ("namePrefix", SPECS),
    ("nameSuffix", SPECS),
    ("namespace", SPECS),
    ("labels", SPECS),
    ("commonLabels", SPECS),
    ("templateLabels", SPECS),
    ("volumeClaimTemplateLabels", SPECS),
    ("commonAnnotations", SPECS),
    ("images", SPECS),
    ("replicas", SPECS),
    ("varReference", SPECS),
    ("nameReference", List(&Object(&[("group", Text), ("version", Text), ("kind", Text), ("fieldSpecs", SPECS)]))),
]);

/// A kustomization whose fields have the names that Kustomize reads them by.
pub(super) fn kustomization(tree: Arc<Tree>) -> Result<Arc<Tree>, Problem> {
    let tree = judged(tree, &KUSTOMIZATION, false)?;
    let root = tree.root();
    let text = |key: &str| root.at(&[key]).and_then(|value| Some((value.as_str()?, value.span())));
    let kind = text("kind").map_or("", |(kind, _)| kind);
    let want = match kind {
        "Component" => "kustomize.config.k8s.io/v1alpha1",
        "" | "Kustomization" => "kustomize.config.k8s.io/v1beta1",
        _ => {
            let place = text("kind").map_or(root.handle(), |(_, span)| span);
            return Err(Problem::new(Reason::Refused, place, "`kind` is neither Kustomization nor Component"));
        }
    };
    match text("apiVersion") {
        Some((version, place)) if !version.is_empty() && version != want => {
            Err(Problem::new(Reason::Refused, place, format!("`apiVersion` is not `{want}`")))
        }
        _ => Ok(tree),
    }
}

/// A file of `configurations` in the same way.
pub(super) fn tables(tree: Arc<Tree>) -> Result<Arc<Tree>, Problem> {
    judged(tree, &TABLES, false)
}

/// A file of `replacements`, in which fields that there are not are let pass.
pub(super) fn replacements(tree: Arc<Tree>) -> Result<Arc<Tree>, Problem> {
    let List(one) = &REPLACEMENTS else { return Ok(tree) };
    let ty = if tree.root().kind() == NodeKind::Sequence { &REPLACEMENTS } else { *one };
    judged(tree, ty, true)
}

fn judged(tree: Arc<Tree>, ty: &'static Type, others: bool) -> Result<Arc<Tree>, Problem> {
    let mut judge = Judge { others, renamed: Vec::new() };
    judge.at(tree.root(), ty)?;
    Ok(if judge.renamed.is_empty() { tree } else { Arc::new(tree.with_keys(&judge.renamed)) })
}

/// The entries that count: of a key that stands twice the last one.
pub(super) fn entries(node: Node<'_>) -> impl Iterator<Item = Entry<'_>> {
    let mut last: BTreeMap<Cow<'_, str>, u32> = BTreeMap::new();
    for entry in node.entries() {
        last.insert(entry.key.key_text(), entry.key.index());
    }
    node.entries().filter(move |entry| last.get(&*entry.key.key_text()) == Some(&entry.key.index()))
}

struct Judge {
    /// Whether there may be other fields.
    others: bool,
    /// Keys that Go reads by another name, as it reads names in any case.
    renamed: Vec<(u32, &'static str)>,
}

impl Judge {
    fn at(&mut self, node: Node<'_>, ty: &'static Type) -> Result<(), Problem> {
        if node.is_null() {
            return Ok(());
        }
        let refuse = |what: &str| {
            let place = if node.kind() == NodeKind::Scalar { node.span() } else { node.handle() };
            Err(Problem::new(Reason::Refused, place, format!("{what} stands here")))
        };
        match (ty, node.kind()) {
            (Any, _) => Ok(()),
            (Text, NodeKind::Scalar) => super::string(node, "this").map(|_| ()),
            (Flag, NodeKind::Scalar) if node.as_bool().is_some() => Ok(()),
            (Number, NodeKind::Scalar) if matches!(node.scalar(), Some(Scalar::Int(_) | Scalar::Float(_))) => Ok(()),
            (List(of), NodeKind::Sequence) => node.items().try_for_each(|item| self.at(item, of)),
            (Texts, NodeKind::Mapping) => entries(node).try_for_each(|entry| self.at(entry.value, &Text)),
            (Object(fields), NodeKind::Mapping) => self.fields(node, fields),
            (Text | Texts | Flag | Number | List(_) | Object(_), _) => refuse(match ty {
                Text => "no text, which is wanted,",
                Flag => "neither true nor false, which is wanted,",
                Number => "no whole number, which is wanted,",
                List(_) => "no list, which is wanted,",
                _ => "no mapping, which is wanted,",
            }),
        }
    }

    fn fields(&mut self, node: Node<'_>, fields: &'static [(&'static str, Type)]) -> Result<(), Problem> {
        let mut read: Vec<(&str, Node<'_>)> = Vec::new();
        for entry in entries(node) {
            let (name, place) = (entry.key.key_text(), entry.key.span());
            let exact = fields.iter().find(|(field, _)| *field == name);
            let Some((field, ty)) =
                exact.or_else(|| fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(&name)))
            else {
                if self.others {
                    continue;
                }
                return Err(Problem::new(Reason::Refused, place, format!("there is no field `{name}` here")));
            };
            if let Some((_, other)) = read.iter_mut().find(|(known, _)| known == field) {
                // Go takes the one that is last in the order of letters, and puts what is in mappings together
                if !matches!(ty, Text | Flag | Number | List(Text)) {
                    let message = format!("`{field}` stands here in two spellings: keep one");
                    return Err(Problem::new(Reason::NotYet, place, message));
                }
                let loser = if other.key_text() < name { std::mem::replace(other, entry.key) } else { entry.key };
                self.renamed.retain(|(key, _)| *key != loser.index());
                self.renamed.push((loser.index(), ""));
                if loser.index() == entry.key.index() {
                    self.at(entry.value, ty)?;
                    continue;
                }
            } else {
                read.push((field, entry.key));
            }
            if exact.is_none() {
                self.renamed.push((entry.key.index(), field));
            }
            self.at(entry.value, ty)?;
        }
        Ok(())
    }
}
