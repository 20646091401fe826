//! Which fields hold labels, names, images and references: Kustomize's tables (api/internal/konfig/builtinpluginconsts),
//! and what `configurations` add to them.

use std::sync::{Arc, LazyLock};

use crate::source::Span;
use crate::yaml::{Grounds, Node, NodeKind};

use super::object::Gvk;
use super::problem::{Problem, Reason};

/// One field of some kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldSpec {
    pub gvk: Gvk,
    pub path: Vec<String>,
    pub create: bool,
    /// Where a configuration says so; none of Kustomize's own.
    pub grounds: Grounds,
}

impl FieldSpec {
    /// A field of every kind, created where it is missing.
    pub fn everywhere(path: &[&str]) -> Self {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Self { gvk: Gvk::default(), path, create: true, grounds: Grounds::default() }
    }
}

/// Fields that hold the name of a kind.
#[derive(Debug, Clone)]
pub(super) struct NameReference {
    pub target: Gvk,
    pub fields: Vec<FieldSpec>,
}

/// All tables of a build.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    pub prefix: Vec<FieldSpec>,
    pub suffix: Vec<FieldSpec>,
    pub namespace: Vec<FieldSpec>,
    pub labels: Vec<FieldSpec>,
    pub common_labels: Vec<FieldSpec>,
    pub template_labels: Vec<FieldSpec>,
    pub claim_labels: Vec<FieldSpec>,
    pub annotations: Vec<FieldSpec>,
    pub images: Vec<FieldSpec>,
    pub replicas: Vec<FieldSpec>,
    pub names: Vec<NameReference>,
    pub vars: Vec<FieldSpec>,
}

/// Two specs of one field, of which one creates it and the other does not: Kustomize refuses to choose.
pub(super) struct SpecClash(String);

impl SpecClash {
    pub fn at(self, entry: Span) -> Problem {
        let message = format!("`{}` is given twice, once with `create: true` and once without", self.0);
        Problem::new(Reason::Refused, entry, message)
    }
}

/// `a/b\/c` as its parts.
pub(super) fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in path.chars() {
        match (c, escaped) {
            ('\\', false) => escaped = true,
            ('/', false) => parts.push(String::new()),
            (c, _) => {
                if escaped
                    && c != '/'
                    && let Some(part) = parts.last_mut()
                {
                    part.push('\\');
                }
                escaped = false;
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
        }
    }
    parts
}

fn spec(group: &str, version: &str, kind: &str, path: &str, create: bool) -> FieldSpec {
    let gvk = Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() };
    FieldSpec { gvk, path: split(path), create, grounds: Grounds::default() }
}

/// Where each workload has its pod: group and version that the tables ask for, kind, path to what holds `spec`.
const WORKLOADS: &[(&str, &str, &str)] = &[
    ("v1", "Pod", "spec"),
    ("", "PodTemplate", "template/spec"),
    ("", "Deployment", "spec/template/spec"),
    ("", "ReplicaSet", "spec/template/spec"),
    ("", "DaemonSet", "spec/template/spec"),
    ("", "StatefulSet", "spec/template/spec"),
    ("", "Job", "spec/template/spec"),
    ("", "CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// Those of the tables for accounts, claims and priorities.
const SOME_WORKLOADS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
];

fn pods(below: &[&str]) -> Vec<FieldSpec> {
    let all = WORKLOADS.iter().flat_map(|(version, kind, pod)| {
        below.iter().map(move |path| spec("", version, kind, &format!("{pod}/{path}"), false))
    });
    all.collect()
}

fn some_pods(below: &str) -> Vec<FieldSpec> {
    SOME_WORKLOADS.iter().map(|(kind, pod)| spec("", "", kind, &format!("{pod}/{below}"), false)).collect()
}

fn template_metadata(field: &str, annotations: bool) -> Vec<FieldSpec> {
    let apps = if annotations { "" } else { "apps" };
    vec![
        spec("", "", "", &format!("metadata/{field}"), true),
        spec("", "v1", "ReplicationController", &format!("spec/template/metadata/{field}"), true),
        spec("", "", "Deployment", &format!("spec/template/metadata/{field}"), true),
        spec("", "", "ReplicaSet", &format!("spec/template/metadata/{field}"), true),
        spec("", "", "DaemonSet", &format!("spec/template/metadata/{field}"), true),
        spec(apps, "", "StatefulSet", &format!("spec/template/metadata/{field}"), true),
        spec("batch", "", "Job", &format!("spec/template/metadata/{field}"), true),
        spec("batch", "", "CronJob", &format!("spec/jobTemplate/metadata/{field}"), true),
        spec("batch", "", "CronJob", &format!("spec/jobTemplate/spec/template/metadata/{field}"), true),
    ]
}

fn selectors() -> Vec<FieldSpec> {
    let mut all = vec![
        spec("", "v1", "Service", "spec/selector", true),
        spec("", "v1", "ReplicationController", "spec/selector", true),
        spec("", "", "ReplicaSet", "spec/selector/matchLabels", true),
        spec("", "", "DaemonSet", "spec/selector/matchLabels", true),
        spec("", "", "Deployment", "spec/selector/matchLabels", true),
        spec("apps", "", "StatefulSet", "spec/selector/matchLabels", true),
        spec("batch", "", "Job", "spec/selector/matchLabels", false),
        spec("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
        spec("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels", false),
        spec("networking.k8s.io", "", "NetworkPolicy", "spec/podSelector/matchLabels", false),
        spec("networking.k8s.io", "", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
        spec("networking.k8s.io", "", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
    ];
    for kind in ["Deployment", "StatefulSet"] {
        for side in ["podAffinity", "podAntiAffinity"] {
            let affinity = format!("spec/template/spec/affinity/{side}");
            for path in [
                "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
                "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
            ] {
                all.push(spec("apps", "", kind, &format!("{affinity}/{path}"), false));
            }
        }
        let spread = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
        all.push(spec("apps", "", kind, spread, false));
    }
    all
}

fn names() -> Vec<NameReference> {
    let target = |group: &str, version: &str, kind: &str, fields: Vec<FieldSpec>| NameReference {
        target: Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() },
        fields,
    };
    let mut all = Vec::new();
    for kind in ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"] {
        let scaled = spec("", "", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name", false);
        all.push(target("", "", kind, vec![scaled]));
    }
    let mut maps = pods(&[
        "volumes/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
        "volumes/projected/sources/configMap/name",
    ]);
    let annotation = |name: &str| spec("", "", "Ingress", &format!("metadata/annotations/{name}"), false);
    maps.extend([
        spec("", "", "Node", "spec/configSource/configMap", false),
        spec("", "", "Role", "rules/resourceNames", false),
        spec("", "", "ClusterRole", "rules/resourceNames", false),
        annotation("nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
    ]);
    all.push(target("", "v1", "ConfigMap", maps));
    let mut secrets = pods(&[
        "volumes/secret/secretName",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
    ]);
    secrets.extend([
        spec("", "", "Ingress", "spec/tls/secretName", false),
        annotation("ingress.kubernetes.io\\/auth-secret"),
        annotation("nginx.ingress.kubernetes.io\\/auth-secret"),
        annotation("nginx.ingress.kubernetes.io\\/auth-tls-secret"),
        spec("", "", "ServiceAccount", "imagePullSecrets/name", false),
        spec("", "", "StorageClass", "parameters/secretName", false),
        spec("", "", "StorageClass", "parameters/adminSecretName", false),
        spec("", "", "StorageClass", "parameters/userSecretName", false),
        spec("", "", "StorageClass", "parameters/secretRef", false),
        spec("", "", "Role", "rules/resourceNames", false),
        spec("", "", "ClusterRole", "rules/resourceNames", false),
        spec(
            "serving.knative.dev",
            "v1",
            "Service",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            false,
        ),
        spec("", "", "PersistentVolume", "spec/azureFile/secretName", false),
    ]);
    all.push(target("", "v1", "Secret", secrets));
    let admission = "admissionregistration.k8s.io";
    let services = vec![
        spec("apps", "", "StatefulSet", "spec/serviceName", false),
        spec("", "", "Ingress", "spec/rules/http/paths/backend/serviceName", false),
        spec("", "", "Ingress", "spec/backend/serviceName", false),
        spec("", "", "Ingress", "spec/rules/http/paths/backend/service/name", false),
        spec("", "", "Ingress", "spec/defaultBackend/service/name", false),
        spec("apiregistration.k8s.io", "", "APIService", "spec/service/name", false),
        spec(admission, "", "ValidatingWebhookConfiguration", "webhooks/clientConfig/service", false),
        spec(admission, "", "MutatingWebhookConfiguration", "webhooks/clientConfig/service", false),
    ];
    all.push(target("", "v1", "Service", services));
    let rbac = "rbac.authorization.k8s.io";
    let bound = |kind: &str, path: &str| spec(rbac, "", kind, path, false);
    all.push(target(rbac, "", "Role", vec![bound("RoleBinding", "roleRef/name")]));
    let both = vec![bound("RoleBinding", "roleRef/name"), bound("ClusterRoleBinding", "roleRef/name")];
    all.push(target(rbac, "", "ClusterRole", both));
    let mut accounts = vec![bound("RoleBinding", "subjects"), bound("ClusterRoleBinding", "subjects")];
    accounts.extend(some_pods("serviceAccountName"));
    all.push(target("", "v1", "ServiceAccount", accounts));
    all.push(target("", "v1", "PersistentVolumeClaim", some_pods("volumes/persistentVolumeClaim/claimName")));
    let volumes = vec![
        spec("", "", "PersistentVolumeClaim", "spec/volumeName", false),
        spec("", "", "ClusterRole", "rules/resourceNames", false),
    ];
    all.push(target("", "v1", "PersistentVolume", volumes));
    let classes = vec![
        spec("", "", "PersistentVolume", "spec/storageClassName", false),
        spec("", "", "PersistentVolumeClaim", "spec/storageClassName", false),
        spec("", "", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName", false),
    ];
    all.push(target("storage.k8s.io", "v1", "StorageClass", classes));
    all.push(target("scheduling.k8s.io", "v1", "PriorityClass", some_pods("priorityClassName")));
    let policy = spec(admission, "", "ValidatingAdmissionPolicyBinding", "spec/policyName", false);
    all.push(target(admission, "", "ValidatingAdmissionPolicy", vec![policy]));
    all
}

/// Where `$(NAME)` of `vars` is replaced.
fn variables() -> Vec<FieldSpec> {
    let mut all = Vec::new();
    let pods = [
        ("CronJob", "spec/jobTemplate/spec/template/spec"),
        ("DaemonSet", "spec/template/spec"),
        ("Deployment", "spec/template/spec"),
        ("Job", "spec/template/spec"),
        ("Pod", "spec"),
        ("ReplicaSet", "spec/template/spec"),
        ("StatefulSet", "spec/template/spec"),
    ];
    for (kind, pod) in pods {
        for list in ["containers", "initContainers"] {
            for field in ["args", "command", "env/value", "volumeMounts/mountPath"] {
                all.push(spec("", "", kind, &format!("{pod}/{list}/{field}"), false));
            }
        }
    }
    let others = [
        // so it stands in Kustomize's own table
        ("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
        ("DaemonSet", "spec/template/spec/volumes/nfs/server"),
        ("Deployment", "spec/template/spec/volumes/nfs/server"),
        ("Deployment", "spec/template/metadata/annotations"),
        ("Ingress", "spec/rules/host"),
        ("Ingress", "spec/tls/hosts"),
        ("Ingress", "spec/tls/secretName"),
        ("Job", "spec/template/spec/volumes/nfs/server"),
        ("Pod", "spec/volumes/nfs/server"),
        ("ReplicaSet", "spec/template/spec/volumes/nfs/server"),
        ("Service", "spec/ports/port"),
        ("Service", "spec/ports/targetPort"),
        ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
        ("PersistentVolume", "spec/nfs/server"),
        ("", "metadata/labels"),
        ("", "metadata/annotations"),
    ];
    all.extend(others.iter().map(|(kind, path)| spec("", "", kind, path, false)));
    all
}

impl Config {
    /// What holds without `configurations`.
    fn standard() -> Self {
        let claims = vec![spec("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true)];
        let mut common = selectors();
        common.extend(template_metadata("labels", false));
        common.extend(claims.iter().cloned());
        let name = vec![spec("", "", "", "metadata/name", false)];
        let images = [
            "spec/containers[]/image",
            "spec/initContainers[]/image",
            "spec/volumes[]/image/reference",
            "spec/template/spec/containers[]/image",
            "spec/template/spec/initContainers[]/image",
            "spec/template/spec/volumes[]/image/reference",
            "spec/jobTemplate/spec/template/spec/volumes[]/image/reference",
        ];
        let scaled = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
        Self {
            prefix: name.clone(),
            suffix: name,
            namespace: vec![
                spec("", "", "Namespace", "metadata/name", true),
                spec("apiregistration.k8s.io", "", "APIService", "spec/service/namespace", true),
                spec(
                    "apiextensions.k8s.io",
                    "",
                    "CustomResourceDefinition",
                    "spec/conversion/webhook/clientConfig/service/namespace",
                    false,
                ),
            ],
            labels: Vec::new(),
            common_labels: common,
            template_labels: template_metadata("labels", false),
            claim_labels: claims,
            annotations: template_metadata("annotations", true),
            images: images.iter().map(|path| spec("", "", "", path, true)).collect(),
            replicas: scaled.iter().map(|kind| spec("", "", kind, "spec/replicas", true)).collect(),
            names: names(),
            vars: variables(),
        }
    }

    /// Adds what another table has.
    pub fn merge(&mut self, other: &Self) -> Result<(), SpecClash> {
        let lists = [
            (&mut self.prefix, &other.prefix),
            (&mut self.suffix, &other.suffix),
            (&mut self.namespace, &other.namespace),
            (&mut self.labels, &other.labels),
            (&mut self.common_labels, &other.common_labels),
            (&mut self.template_labels, &other.template_labels),
            (&mut self.claim_labels, &other.claim_labels),
            (&mut self.annotations, &other.annotations),
            (&mut self.images, &other.images),
            (&mut self.replicas, &other.replicas),
            (&mut self.vars, &other.vars),
        ];
        for (into, from) in lists {
            extend(into, from)?;
        }
        for one in &other.names {
            match self.names.iter_mut().find(|found| found.target == one.target) {
                Some(found) => extend(&mut found.fields, &one.fields)?,
                None => self.names.push(one.clone()),
            }
        }
        self.sort();
        Ok(())
    }

    /// Puts everything into Kustomize's order of kinds, which decides what stands there first when tables are joined.
    fn sort(&mut self) {
        let lists = [
            &mut self.prefix,
            &mut self.suffix,
            &mut self.namespace,
            &mut self.labels,
            &mut self.common_labels,
            &mut self.template_labels,
            &mut self.claim_labels,
            &mut self.annotations,
            &mut self.images,
            &mut self.replicas,
            &mut self.vars,
        ];
        lists.into_iter().for_each(|list| list.sort_by_cached_key(|spec| super::order_of(&spec.gvk)));
        self.names.sort_by_cached_key(|one| super::order_of(&one.target));
    }

    /// The tables that always hold, made when the first build asks.
    pub fn shared() -> &'static Arc<Self> {
        static SHARED: LazyLock<Arc<Config>> = LazyLock::new(|| {
            let mut config = Config::default();
            let mut standard = Config::standard();
            standard.sort();
            // what one entry says of all kinds, another need not say of one
            let _ = config.merge(&standard);
            Arc::new(config)
        });
        &SHARED
    }

    pub fn is_empty(&self) -> bool {
        let of_all =
            [&self.prefix, &self.suffix, &self.namespace, &self.annotations, &self.images, &self.replicas, &self.vars];
        let of_labels = [&self.labels, &self.common_labels, &self.template_labels, &self.claim_labels];
        self.names.is_empty() && of_all.iter().chain(&of_labels).all(|list| list.is_empty())
    }

    /// Reads a file of `configurations`.
    pub fn read(node: Node<'_>) -> Self {
        let list = |key: &str| node.get(key).map_or_else(Vec::new, specs);
        let names = node.get("nameReference").into_iter().flat_map(Node::items).map(|one| {
            let mut fields = one.get("fieldSpecs").map_or_else(Vec::new, specs);
            let target = ["group", "version", "kind"].iter().filter_map(|key| Some(one.get(key)?.span()));
            let target: Vec<Span> = target.collect();
            for field in &mut fields {
                field.grounds = field.grounds.and(target.iter().copied());
            }
            NameReference { target: gvk(one), fields }
        });
        let mut read = Self {
            prefix: list("namePrefix"),
            suffix: list("nameSuffix"),
            namespace: list("namespace"),
            labels: list("labels"),
            common_labels: list("commonLabels"),
            template_labels: list("templateLabels"),
            claim_labels: list("volumeClaimTemplateLabels"),
            annotations: list("commonAnnotations"),
            images: list("images"),
            replicas: list("replicas"),
            names: names.collect(),
            vars: list("varReference"),
        };
        read.sort();
        read
    }
}

/// Joins the tables of two builds. Most have none but those that always hold, and share them.
pub(super) fn join(into: &mut Arc<Config>, other: &Arc<Config>) -> Result<(), SpecClash> {
    if Arc::ptr_eq(into, other) || other.is_empty() {
        return Ok(());
    }
    if into.is_empty() && Arc::ptr_eq(other, Config::shared()) {
        *into = Arc::clone(other);
        return Ok(());
    }
    Arc::make_mut(into).merge(other)
}

/// Adds specs that are not there yet.
pub(super) fn extend(into: &mut Vec<FieldSpec>, from: &[FieldSpec]) -> Result<(), SpecClash> {
    for one in from {
        match into.iter().find(|found| found.path == one.path && found.gvk.is_selected(&one.gvk)) {
            Some(found) if found.create != one.create => return Err(SpecClash(one.path.join("/"))),
            Some(_) => {}
            None => into.push(one.clone()),
        }
    }
    Ok(())
}

pub(super) fn gvk(node: Node<'_>) -> Gvk {
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
    Gvk { group: text("group"), version: text("version"), kind: text("kind") }
}

/// A list of field specs.
pub(super) fn specs(node: Node<'_>) -> Vec<FieldSpec> {
    let items = node.items().filter(|item| item.kind() == NodeKind::Mapping);
    let one = |item: Node<'_>| FieldSpec {
        gvk: gvk(item),
        path: split(item.get("path").and_then(Node::as_str).unwrap_or("")),
        create: item.get("create").and_then(Node::as_bool).unwrap_or(false),
        grounds: Grounds::of(super::said(item)),
    };
    items.map(one).collect()
}
