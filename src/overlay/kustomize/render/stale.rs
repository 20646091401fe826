//! Names and namespaces of before, where they are still held: Kustomize repairs the fields that its tables know, and says
//! nothing of the others. Only fields that plainly name an object count, by the kind that stands beside the name or by
//! their own name. Leaves out what stands elsewhere in the repository under the old name.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::Span;
use crate::yaml::{Content, Draft, Step};

use super::object::{Before, Gvk, Object};

/// What a field still says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// The name of before.
    Name,
    /// The namespace of before.
    Namespace,
}

/// A field that still says what an object of the build was called before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// What it says.
    pub held: Held,
    /// The kind of the object.
    pub kind: String,
    /// Its name of before.
    pub name: String,
    /// What the build makes of its name, or of its namespace.
    pub new: String,
    /// The namespace in which the old name is meant; empty where none is written.
    pub namespace: String,
    /// Where it is said.
    pub place: Span,
    /// What renames the object.
    pub by: Step,
}

/// Kinds of Kubernetes of which a field like `secretName` speaks: other kinds are named like things of other worlds
/// (`databaseName`, `userName`).
const CORE: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("", "PersistentVolumeClaim"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "StorageClass"),
];

/// Fields that name an object of a kind which they do not tell: group of the object that has them, the field that `name`
/// stands in or the field itself, the kind.
const FIELDS: &[(&str, &str, &str)] = &[
    ("", "claimName", "PersistentVolumeClaim"),
    ("argoproj.io", "templateName", "AnalysisTemplate"),
    ("cert-manager.io", "issuerRef", "Issuer"),
    ("external-secrets.io", "secretStoreRef", "SecretStore"),
    ("gateway.networking.k8s.io", "backendRef", "Service"),
    ("gateway.networking.k8s.io", "backendRefs", "Service"),
    ("gateway.networking.k8s.io", "certificateRefs", "Secret"),
    ("gateway.networking.k8s.io", "parentRefs", "Gateway"),
    ("keda.sh", "authenticationRef", "TriggerAuthentication"),
    ("keda.sh", "scaleTargetRef", "Deployment"),
    ("keda.sh", "secretTargetRef", "Secret"),
    ("networking.istio.io", "credentialName", "Secret"),
    ("networking.istio.io", "gateways", "Gateway"),
    ("networking.istio.io", "host", "Service"),
    ("traefik.io", "middlewares", "Middleware"),
    ("traefik.io", "services", "Service"),
    ("traefik.containo.us", "middlewares", "Middleware"),
    ("traefik.containo.us", "services", "Service"),
];

/// What stands beside `name` where a mapping does nothing but name an object.
const BESIDE: &[&str] = &[
    "apiGroup",
    "apiVersion",
    "defaultMode",
    "group",
    "items",
    "key",
    "kind",
    "name",
    "namespace",
    "optional",
    "path",
    "port",
    "readOnly",
    "scheme",
    "weight",
];

/// Fields below which names mean other things: labels, and what is for the objects of other builds.
const CLOSED: &[&str] = &[
    "annotations",
    "ignoreDifferences",
    "labels",
    "matchExpressions",
    "matchLabels",
    "metadata",
    "nodeSelector",
    "patches",
    "patchesJson6902",
    "podSelector",
    "selector",
    "status",
];

/// Groups whose objects make other objects by kind and name.
const MAKERS: &[&str] = &["kyverno.io", "policies.kyverno.io", "templates.gatekeeper.sh"];

/// Finds them.
pub(super) fn find(objects: &[Object]) -> Vec<Stale> {
    let mut former: FxHashMap<&str, Vec<Former<'_>>> = FxHashMap::default();
    for object in objects.iter().filter(|object| !object.before.is_empty()) {
        let (name, namespace) = (object.name(), object.namespace());
        let changed = |one: &&Before| one.name != name || one.namespace != space(namespace);
        let mut names: Vec<&str> = object.before.iter().filter(changed).map(|one| one.name.as_str()).collect();
        // a field may be repaired as to the name alone
        names.extend((!names.is_empty()).then_some(name));
        names.sort_unstable();
        names.dedup();
        let gvk = object.gvk();
        let is_core = CORE.contains(&(&*gvk.group, &*gvk.kind));
        for name in names {
            former.entry(name).or_default().push(Former { object, gvk: gvk.clone(), is_core });
        }
    }
    if former.is_empty() {
        return Vec::new();
    }
    let mut now: FxHashMap<&str, Vec<&Object>> = FxHashMap::default();
    for object in objects {
        now.entry(object.name()).or_default().push(object);
    }
    let search = Search { former, now, made: made(objects) };
    let mut found = Vec::new();
    for object in objects {
        let gvk = object.gvk();
        // what is in a ConfigMap is for a program to read
        if MAKERS.contains(&&*gvk.group) || gvk.group.is_empty() && matches!(&*gvk.kind, "ConfigMap" | "Secret") {
            continue;
        }
        let from = From { object, gvk: &gvk, makes: is_maker(object) };
        for (key, value) in object.root.entries() {
            search.walk(&from, &Field { map: &object.root, key: &key.text, above: "" }, value, &mut found);
        }
    }
    found
}

/// The namespace as names of before have it.
fn space(namespace: &str) -> &str {
    if namespace.is_empty() { "default" } else { namespace }
}

/// Names of Secrets that other objects make.
fn made(objects: &[Object]) -> FxHashSet<&str> {
    let makes = |object: &&Object| is_maker(object);
    let paths: [&[&str]; 5] = [
        &["metadata", "name"],
        &["spec", "secretName"],
        &["spec", "target", "name"],
        &["spec", "destination", "name"],
        &["spec", "template", "metadata", "name"],
    ];
    let of = |object| paths.map(|path| Object::text(object, path));
    objects.iter().filter(makes).flat_map(of).filter(|name| !name.is_empty()).collect()
}

/// Whether an object is one that makes a Secret.
fn is_maker(object: &Object) -> bool {
    let kind = object.kind();
    (kind.contains("Secret") || kind == "Certificate") && !object.gvk().group.is_empty()
}

/// The object that is looked through.
struct From<'a> {
    object: &'a Object,
    gvk: &'a Gvk,
    /// Whether it makes a Secret.
    makes: bool,
}

/// An object that was renamed or moved.
struct Former<'a> {
    object: &'a Object,
    gvk: Gvk,
    /// Whether its kind is one of [`CORE`].
    is_core: bool,
}

/// A value's field, with the mapping that it stands in and the field that the mapping stands in.
struct Field<'a> {
    map: &'a Draft,
    key: &'a str,
    above: &'a str,
}

struct Search<'a> {
    /// The objects that were renamed or moved, by each name of theirs.
    former: FxHashMap<&'a str, Vec<Former<'a>>>,
    /// All objects by their names.
    now: FxHashMap<&'a str, Vec<&'a Object>>,
    made: FxHashSet<&'a str>,
}

impl Search<'_> {
    fn walk(&self, from: &From<'_>, field: &Field<'_>, node: &Draft, found: &mut Vec<Stale>) {
        if CLOSED.contains(&field.key) {
            return;
        }
        match &node.content {
            Content::Mapping(entries) => {
                for (key, value) in entries {
                    self.walk(from, &Field { map: node, key: &key.text, above: field.key }, value, found);
                }
            }
            Content::Sequence(items) => {
                for item in items {
                    match &item.content {
                        Content::Scalar(..) => self.scalar(from, field, true, item, found),
                        _ => self.walk(from, field, item, found),
                    }
                }
            }
            Content::Scalar(..) => self.scalar(from, field, false, node, found),
        }
    }

    fn scalar(&self, from: &From<'_>, field: &Field<'_>, listed: bool, node: &Draft, found: &mut Vec<Stale>) {
        let Some(text) = node.as_text() else { return };
        let Some(named) = self.former.get(text) else { return };
        let said = field.map.get("namespace").map(|space| (space.as_text().unwrap_or(""), space));
        // of several, those that went the same way
        let alike =
            |object: &Object| object.prefixes == from.object.prefixes && object.suffixes == from.object.suffixes;
        let means = |former: &&Former<'_>| means(from, field, listed, former);
        let mut meant: Vec<&Object> = named.iter().filter(means).map(|former| former.object).collect();
        meant.sort_by_key(|object| !alike(object));
        let mut meant = meant.into_iter();
        let stale = match said.filter(|_| field.key == "name") {
            None => meant.find_map(|object| {
                (object.name() != text && meet(from.object.namespace(), object.namespace()))
                    .then(|| self.renamed(object, text, from.object.namespace(), node))?
            }),
            Some((said, space)) => meant.find_map(|object| {
                let old = object.namespace() != said && object.before.iter().any(|one| one.namespace == said);
                if !old && object.namespace() != said {
                    None
                } else if object.name() != text {
                    self.renamed(object, text, said, node)
                } else {
                    self.moved(object, said, space)
                }
            }),
        };
        found.extend(stale);
    }

    /// What holds the name of before of an object.
    fn renamed(&self, object: &Object, old: &str, namespace: &str, node: &Draft) -> Option<Stale> {
        let by = turn(object, "name", old)?;
        let made = object.kind() == "Secret" && self.made.contains(&old);
        if made || self.is_there(object.kind(), old, namespace) {
            return None;
        }
        let (kind, new) = (object.kind().to_owned(), object.name().to_owned());
        let (name, namespace) = (old.to_owned(), namespace.to_owned());
        Some(Stale { held: Held::Name, kind, name, new, namespace, place: place(node), by })
    }

    /// What holds the namespace of before of an object.
    fn moved(&self, object: &Object, old: &str, node: &Draft) -> Option<Stale> {
        let new = object.namespace();
        if new == old || new.is_empty() || self.is_there(object.kind(), object.name(), old) {
            return None;
        }
        let by = turn(object, "namespace", old)?;
        let (kind, name) = (object.kind().to_owned(), object.name().to_owned());
        let (new, namespace) = (new.to_owned(), old.to_owned());
        Some(Stale { held: Held::Namespace, kind, name, new, namespace, place: place(node), by })
    }

    /// Whether the build has an object of that name where it may be meant.
    fn is_there(&self, kind: &str, name: &str, namespace: &str) -> bool {
        let mut same = self.now.get(name).into_iter().flatten().filter(|object| object.kind() == kind);
        same.any(|object| meet(object.namespace(), namespace))
    }
}

/// Whether two namespaces may be one: where none is written, it is told when the build is deployed.
fn meet(a: &str, b: &str) -> bool {
    a == b || a.is_empty() || b.is_empty()
}

/// The entry that made something else of a name or namespace: names have as many turns as there are of before.
fn turn(object: &Object, field: &str, old: &str) -> Option<Step> {
    let value = object.root.at(&["metadata", field])?;
    let renames = |step: &&Step| ["namePrefix", "nameSuffix", "hash", "namespace"].contains(&step.what);
    let steps: Vec<&Step> = value.origin.steps.iter().filter(renames).collect();
    let mut names: Vec<&str> =
        object.before.iter().map(|one| if field == "name" { &*one.name } else { &*one.namespace }).collect();
    names.extend(value.as_text());
    names.dedup();
    let at = if names.len() == steps.len() + 1 { names.iter().position(|name| *name == old) } else { None };
    let step = steps.get(at.unwrap_or(0)).copied().or(value.origin.steps.last());
    Some(step.cloned().unwrap_or_else(|| Step::new("patches", value.origin.written)))
}

/// Where a value was written, or the entry that put it there.
fn place(node: &Draft) -> Span {
    let origin = &node.origin;
    match origin.steps.last() {
        Some(step) if !origin.exact => step.entry,
        _ => origin.written,
    }
}

/// Whether a field names objects of the kind of this one.
fn means(from: &From<'_>, field: &Field<'_>, listed: bool, former: &Former<'_>) -> bool {
    let Former { gvk, is_core, .. } = former;
    let of_table = |key: &str| {
        FIELDS.iter().any(|(group, name, kind)| {
            (group.is_empty() || *group == from.gvk.group) && *name == key && *kind == gvk.kind
        })
    };
    if field.key != "name" {
        let Some((before, after)) = split(field.key, &gvk.kind, listed) else { return of_table(field.key) };
        let said = match after {
            "Name" | "Ref" => true,
            // `service: web` may be a text like any other, `activeService: web` and `secret: cred` hardly
            "" => !before.is_empty() || matches!(&*gvk.kind, "Secret" | "ConfigMap" | "ServiceAccount"),
            _ => false,
        };
        return *is_core && said && !(from.makes && gvk.kind == "Secret") || of_table(field.key);
    }
    // the name of the object itself is none of another
    if listed || field.above.is_empty() {
        return false;
    }
    let text = |key: &str| field.map.get(key).map(|value| value.as_text().unwrap_or(""));
    if let Some(kind) = text("kind") {
        let of_api = |api| str::split_once(api, '/').map_or("", |(group, _)| group);
        let group = text("group").or(text("apiGroup")).or(text("apiVersion").map(of_api));
        return kind == gvk.kind && group.is_none_or(|group| group == gvk.group);
    }
    if of_table(field.above) {
        return !field.above.ends_with("services") || field.map.get("port").is_some();
    }
    if field.above == "dependsOn" {
        return gvk.kind == from.gvk.kind && from.gvk.group.ends_with("toolkit.fluxcd.io");
    }
    let Some((_, after)) = split(field.above, &gvk.kind, true) else { return false };
    match after {
        "Ref" | "KeyRef" => true,
        "" => *is_core && field.map.entries().iter().all(|(key, _)| BESIDE.contains(&&*key.text)),
        _ => false,
    }
}

/// The parts of a field's name before and after a kind, where it ends with one: `activeService`, `secretKeyRef`; several of
/// them where it is a list.
fn split<'k>(key: &'k str, kind: &str, several: bool) -> Option<(&'k str, &'k str)> {
    let key = if several { key.strip_suffix('s').filter(|key| !key.ends_with('s')).unwrap_or(key) } else { key };
    let after = ["KeyRef", "Ref", "Name"].into_iter().find(|after| key.ends_with(after)).unwrap_or("");
    let rest = key.strip_suffix(after)?;
    let before = rest.get(..rest.len().checked_sub(kind.len())?)?;
    let of_kind = rest.get(before.len()..)?;
    // within a word a kind begins with a capital
    let fits = if before.is_empty() { of_kind.eq_ignore_ascii_case(kind) } else { of_kind == kind };
    fits.then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn fields_tell_kinds() {
        assert_eq!(split("secretName", "Secret", false), Some(("", "Name")));
        assert_eq!(split("configMapKeyRef", "ConfigMap", false), Some(("", "KeyRef")));
        assert_eq!(split("activeService", "Service", false), Some(("active", "")));
        assert_eq!(split("imagePullSecrets", "Secret", true), Some(("imagePull", "")));
        assert_eq!(split("imagePullSecrets", "Secret", false), None);
        assert_eq!(split("microservice", "Service", false), None);
        assert_eq!(split("secretName", "ConfigMap", false), None);
        assert_eq!(split("ingressClassName", "Ingress", false), None);
    }
}
