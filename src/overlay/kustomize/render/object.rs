//! An object on its way through a build, and the names that it has had.

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Origin, Spelling, Type};

use super::problem::{Problem, Reason};

/// Group, version and kind; an empty part of a selector matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Gvk {
    pub group: String,
    pub version: String,
    pub kind: String,
}

/// Kinds that Kustomize is certain to be cluster-scoped (kyaml/openapi, `precomputedIsNamespaceScoped`).
const CLUSTER: &[(&str, &[&str], &[&str])] = &[
    ("", &["v1"], &["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"]),
    (
        "admissionregistration.k8s.io",
        &["v1", "v1beta1"],
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    ),
    ("admissionregistration.k8s.io", &["v1"], &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]),
    ("apiextensions.k8s.io", &["v1", "v1beta1"], &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["v1", "v1beta1"], &["APIService"]),
    ("certificates.k8s.io", &["v1", "v1beta1"], &["CertificateSigningRequest"]),
    ("flowcontrol.apiserver.k8s.io", &["v1beta1"], &["FlowSchema", "PriorityLevelConfiguration"]),
    ("networking.k8s.io", &["v1", "v1beta1"], &["IngressClass"]),
    ("node.k8s.io", &["v1", "v1beta1"], &["RuntimeClass"]),
    ("policy", &["v1beta1"], &["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", &["v1", "v1beta1"], &["ClusterRole", "ClusterRoleBinding"]),
    ("scheduling.k8s.io", &["v1", "v1beta1"], &["PriorityClass"]),
    ("storage.k8s.io", &["v1", "v1beta1"], &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"]),
];

/// Those that it is as certain of to be in a namespace (the same table).
const NAMESPACED: &[(&str, &[&str], &[&str])] = &[
    ("apps", &["v1"], &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("autoscaling", &["v1", "v2beta1", "v2beta2"], &["HorizontalPodAutoscaler"]),
    ("autoscaling", &["v1"], &["Scale"]),
    ("batch", &["v1", "v1beta1"], &["CronJob"]),
    ("batch", &["v1"], &["Job"]),
    ("coordination.k8s.io", &["v1", "v1beta1"], &["Lease"]),
    ("discovery.k8s.io", &["v1", "v1beta1"], &["EndpointSlice"]),
    ("events.k8s.io", &["v1", "v1beta1"], &["Event"]),
    ("extensions", &["v1beta1"], &["Ingress"]),
    ("networking.k8s.io", &["v1", "v1beta1"], &["Ingress"]),
    ("networking.k8s.io", &["v1"], &["NetworkPolicy"]),
    ("policy", &["v1", "v1beta1"], &["PodDisruptionBudget"]),
    ("rbac.authorization.k8s.io", &["v1", "v1beta1"], &["Role", "RoleBinding"]),
    ("storage.k8s.io", &["v1beta1"], &["CSIStorageCapacity"]),
    (
        "",
        &["v1"],
        &[
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "PersistentVolumeClaim",
            "Pod",
            "PodAttachOptions",
            "PodExecOptions",
            "PodPortForwardOptions",
            "PodProxyOptions",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
            "ServiceProxyOptions",
        ],
    ),
];

impl Gvk {
    /// Whether a selector's parts, as far as they are there, are these.
    pub fn is_selected(&self, by: &Self) -> bool {
        (by.group.is_empty() || by.group == self.group)
            && (by.version.is_empty() || by.version == self.version)
            && (by.kind.is_empty() || by.kind == self.kind)
    }

    pub fn is_cluster(&self) -> bool {
        self.is_in(CLUSTER)
    }

    /// Whether Kustomize knows the kind without its schemas.
    pub fn is_known(&self) -> bool {
        self.is_in(CLUSTER) || self.is_in(NAMESPACED)
    }

    fn is_in(&self, table: &[(&str, &[&str], &[&str])]) -> bool {
        table.iter().any(|(group, versions, kinds)| {
            *group == self.group && versions.contains(&&*self.version) && kinds.contains(&&*self.kind)
        })
    }
}

/// What tells objects of a build apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Id {
    pub gvk: Gvk,
    /// As written; see [`Id::space`].
    pub namespace: String,
    pub name: String,
}

impl Id {
    /// The id of nothing.
    pub fn nothing() -> Self {
        Self { gvk: Gvk::default(), namespace: String::new(), name: String::new() }
    }

    /// The namespace that counts: none of a cluster-scoped kind, `default` of no other.
    pub fn space(&self) -> &str {
        if self.gvk.is_cluster() {
            "_non_namespaceable_"
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    pub fn same(&self, other: &Self) -> bool {
        self.gvk == other.gvk && self.name == other.name && self.space() == other.space()
    }

    pub fn told(&self) -> String {
        let space = if self.namespace.is_empty() { String::new() } else { format!("{}/", self.namespace) };
        format!("{} {space}{}", self.gvk.kind, self.name)
    }
}

/// What a generated object does to one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Create,
    Merge,
    Replace,
}

/// A name of before.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub namespace: String,
    pub name: String,
    pub kind: String,
}

/// One object.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub root: Arc<Draft>,
    pub before: Vec<Before>,
    pub prefixes: Vec<String>,
    pub suffixes: Vec<String>,
    /// Of what a generator made.
    pub behaviour: Option<Behaviour>,
    pub hashed: bool,
    /// The names of the variables that it gives a value to.
    pub vars: Vec<String>,
    /// What nodes hold that stand in several places, by their number from 1; none of one that was parted.
    pub aliases: Vec<Option<Arc<str>>>,
    /// Whether a replacement made scalars in it, which have no type until something writes them again.
    pub untyped: bool,
    /// Whether images were set in it, which have no type either until the object is written again.
    pub imaged: bool,
    /// Whether a prefix, a suffix or a merge put its name there, which has no type then either.
    pub renamed: bool,
    /// Whether a replacement wrote into it.
    pub replaced: bool,
    /// The entry that made it, or the place that it was written at.
    pub entry: Span,
    /// The entry that took its name away.
    pub unnamed: Option<Span>,
}

impl Object {
    pub fn new(root: Arc<Draft>) -> Self {
        let entry = root.origin.written;
        Self {
            root,
            before: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behaviour: None,
            hashed: false,
            vars: Vec::new(),
            aliases: Vec::new(),
            untyped: false,
            imaged: false,
            renamed: false,
            replaced: false,
            entry,
            unnamed: None,
        }
    }

    /// Refuses an object without a name, as Kustomize does wherever it takes objects anew.
    pub fn named(&self) -> Result<(), Problem> {
        if !self.name().is_empty() || self.kind().ends_with("List") {
            return Ok(());
        }
        let put = self.root.at(&["metadata", "name"]).and_then(|name| Some(name.origin.steps.last()?.entry));
        let place = self.unnamed.or(put).unwrap_or(self.entry);
        let message = format!("this leaves a {} without a name, and Kustomize refuses it", self.kind());
        Err(Problem::new(Reason::Refused, place, message))
    }

    pub fn text(&self, path: &[&str]) -> &str {
        self.root.at(path).and_then(Draft::as_text).unwrap_or("")
    }

    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    pub fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    pub fn gvk(&self) -> Gvk {
        let api = self.text(&["apiVersion"]);
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        Gvk { group: group.to_owned(), version: version.to_owned(), kind: self.kind().to_owned() }
    }

    /// Where its kind was written.
    pub fn kind_places(&self) -> impl IntoIterator<Item = Span> + use<> {
        ["apiVersion", "kind"].map(|key| self.root.get(key).map(|value| value.origin.written)).into_iter().flatten()
    }

    /// Where that was written by which it is known: kind, name, namespace.
    pub fn places(&self) -> impl Iterator<Item = Span> + use<> {
        let meta = ["name", "namespace"].map(|key| Some(self.root.at(&["metadata", key])?.origin.written));
        self.kind_places().into_iter().chain(meta.into_iter().flatten())
    }

    pub fn id(&self) -> Id {
        Id { gvk: self.gvk(), namespace: self.namespace().to_owned(), name: self.name().to_owned() }
    }

    /// The ids of before, the first one first.
    pub fn ids_before(&self) -> Vec<Id> {
        let gvk = self.gvk();
        let id = |before: &Before| Id {
            gvk: Gvk { kind: before.kind.clone(), ..gvk.clone() },
            namespace: before.namespace.clone(),
            name: before.name.clone(),
        };
        self.before.iter().map(id).collect()
    }

    pub fn original(&self) -> Id {
        self.ids_before().into_iter().next().unwrap_or_else(|| self.id())
    }

    /// Whether it goes or went by an id.
    pub fn goes_by(&self, id: &Id) -> bool {
        self.id().same(id) || self.ids_before().iter().any(|before| before.same(id))
    }

    /// Notes the names that it goes by as names of before. Kustomize keeps them in lists with commas between, one for each
    /// part, and breaks down where these are not of one length when it reads them again.
    pub fn remember(&mut self) -> Result<(), Problem> {
        let id = self.id();
        let parts = [&*id.gvk.kind, &*id.name, id.space()];
        let count = |part: &str| part.split(',').count();
        if let Some(odd) = parts.iter().position(|part| parts.iter().any(|other| count(other) < count(part))) {
            let path: &[&str] = [&["kind"][..], &["metadata", "name"], &["metadata", "namespace"]]
                .get(odd)
                .copied()
                .unwrap_or_default();
            let place = self.root.at(path).map_or(self.entry, |part| part.origin.written);
            let message = "a comma in what an object goes by, of which Kustomize keeps lists with commas between";
            return Err(Problem::new(Reason::Refused, place, message));
        }
        let [kinds, names, spaces] = parts.map(|part| part.split(','));
        self.before.extend(kinds.zip(names).zip(spaces).map(|((kind, name), namespace)| Before {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
        }));
        Ok(())
    }

    /// Whether Kustomize keeps notes of its own among its annotations, so that there is a mapping of them.
    pub fn is_noted(&self) -> bool {
        self.behaviour.is_some() || !(self.before.is_empty() && self.prefixes.is_empty() && self.suffixes.is_empty())
    }

    pub fn edit(&mut self) -> &mut Draft {
        Arc::make_mut(&mut self.root)
    }

    /// Makes text of all values of a mapping in `metadata`, as they are written; takes it away if there is nothing in it.
    pub fn spell(&mut self, field: &str) {
        let Some(map) = self.root.at(&["metadata", field]) else { return };
        // and no text is folded
        let text = |draft: &Draft| {
            matches!(&draft.content, Content::Scalar(_, Type::Str)) && draft.origin.spelling() != Spelling::Folded
        };
        let empty = map.entries().is_empty();
        if !empty && map.entries().iter().all(|(_, value)| text(value)) {
            return;
        }
        let Some(meta) = self.edit().get_mut("metadata").map(Arc::make_mut) else { return };
        if empty {
            meta.remove(field);
            return;
        }
        if let Some(map) = meta.get_mut(field)
            && let Content::Mapping(entries) = &mut Arc::make_mut(map).content
        {
            for (_, value) in entries.iter_mut().filter(|(_, value)| !text(value)) {
                let value = Arc::make_mut(value);
                let text: Arc<str> = match &value.content {
                    Content::Scalar(text, _) => Arc::clone(text),
                    _ => "".into(),
                };
                value.content = Content::Scalar(text, Type::Str);
                value.origin.set_spelling(Spelling::Quoted);
            }
        }
    }

    /// Puts a text into `metadata`, in place of what was there.
    pub fn set_meta(&mut self, key: &str, text: &str, what: &'static str, entry: Span) {
        let root = self.edit();
        if root.get("metadata").is_none() {
            root.set("metadata", entry, Draft::mapping(Origin::made(what, entry)));
        }
        if let Some(meta) = root.get_mut("metadata") {
            let mut origin = meta.get(key).map_or_else(|| Origin::made(what, entry), |old| old.origin.clone());
            if meta.get(key).is_some() {
                origin.changed(what, entry, &Grounds::default());
            }
            Arc::make_mut(meta).set(key, entry, Draft::text(text, origin));
        }
    }
}

/// Whether Kustomize writes a text as a block that it cannot read again: the tab in front is taken for indentation (go-yaml v3).
pub(super) fn is_misread(text: &str) -> bool {
    let is_plain = |c: char| !c.is_control() || matches!(c, '\t' | '\n');
    text.starts_with('\t')
        && text.contains('\n')
        && !text.contains(" \n")
        && !text.ends_with(' ')
        && text.chars().all(|c| is_plain(c) && !matches!(c, '\u{FEFF}' | '\u{2028}' | '\u{2029}'))
}
