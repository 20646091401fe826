//! The class of a document: a Kubernetes object unless there is a named reason why it is not one. Decides by the
//! content; what a folder makes of a file (a patch, a chart's template) is `overlay`'s to say.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::finding::nearest;
use crate::yaml::{Node, NodeKind};

use super::Gvk;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// One or more Kubernetes objects.
    Object,
    /// A CustomResourceDefinition.
    Crd,
    /// An object whose values SOPS has encrypted.
    Sops,
    /// A kustomization or a Component.
    Kustomization,
    /// A strategic-merge or JSON patch.
    Patch,
    /// A configuration that Kustomize reads (transformers, generators, name references).
    KustomizeConfig,
    /// A chart's own file: Chart.yaml, its lock, its tests' values.
    Chart,
    /// A text template: of a chart, or another dialect.
    Template,
    /// Helm values.
    Values,
    /// Shaped like an object, but read by a tool on someone's machine; no API server takes it.
    ClientConfig(&'static str),
    /// Held in a file under whose name nothing applies it: `deployment.yaml.bak`.
    SetAside,
    /// YAML or JSON of another tool.
    OtherTool,
    /// Nothing but blanks and comments.
    Empty,
    /// Cannot be read.
    Broken,
}

impl Class {
    /// A stable word for reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Crd => "crd",
            Self::Sops => "sops",
            Self::Kustomization => "kustomization",
            Self::Patch => "patch",
            Self::KustomizeConfig => "kustomize-config",
            Self::Chart => "chart",
            Self::Template => "template",
            Self::Values => "values",
            Self::ClientConfig(_) => "client-config",
            Self::SetAside => "set-aside",
            Self::OtherTool => "other-tool",
            Self::Empty => "empty",
            Self::Broken => "broken",
        }
    }

    /// In words, for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Object => "Kubernetes objects",
            Self::Crd => "custom resource definitions",
            Self::Sops => "SOPS-encrypted objects",
            Self::Kustomization => "kustomizations",
            Self::Patch => "patches",
            Self::KustomizeConfig => "Kustomize configurations",
            Self::Chart => "chart files",
            Self::Template => "templates",
            Self::Values => "Helm values",
            Self::ClientConfig(_) => "client-side configurations",
            Self::SetAside => "documents set aside",
            Self::OtherTool => "YAML and JSON of other tools",
            Self::Empty => "empty documents",
            Self::Broken => "broken documents",
        }
    }

    /// Whether it holds objects that are judged.
    #[must_use]
    pub fn holds_objects(self) -> bool {
        matches!(self, Self::Object | Self::Crd | Self::Sops)
    }
}

/// Kinds that look like objects and are read by a tool on someone's machine or at a component's start: group (or
/// `*.suffix`), kind (or `*`), and who reads it.
const CLIENT_SIDE: &[(&str, &str, &str)] = &[
    ("kustomize.config.k8s.io", "*", "Kustomize reads it"),
    ("", "Config", "a kubeconfig: kubectl reads it"),
    ("", "EncryptionConfig", "the API server reads it at its start"),
    ("", "Policy", "a scheduler policy of old: the scheduler reads it at its start"),
    ("kubeadm.k8s.io", "*", "kubeadm reads it"),
    ("kubelet.config.k8s.io", "*", "the kubelet reads it at its start"),
    ("kubeproxy.config.k8s.io", "*", "kube-proxy reads it at its start"),
    ("kubescheduler.config.k8s.io", "*", "the scheduler reads it at its start"),
    ("kubecontrolplane.config.k8s.io", "*", "the control plane reads it at its start"),
    ("controller-runtime.sigs.k8s.io", "*", "a controller reads it at its start"),
    ("apiserver.config.k8s.io", "*", "the API server reads it at its start"),
    ("apiserver.k8s.io", "*", "the API server reads it at its start"),
    ("audit.k8s.io", "*", "the API server reads it at its start"),
    ("client.authentication.k8s.io", "*", "kubectl reads it"),
    ("admission.k8s.io", "*", "a message between the API server and a webhook, never stored"),
    ("authentication.k8s.io", "TokenReview", "a question to the API server, never stored"),
    ("authorization.k8s.io", "SubjectAccessReview", "a question to the API server, never stored"),
    ("apiextensions.k8s.io", "ConversionReview", "a message between the API server and a webhook, never stored"),
    ("imagepolicy.k8s.io", "ImageReview", "a message between the API server and a webhook, never stored"),
    ("eventratelimit.admission.k8s.io", "*", "the API server reads it at its start"),
    ("podsecurity.admission.config.k8s.io", "*", "the API server reads it at its start"),
    ("pod-security.admission.config.k8s.io", "*", "the API server reads it at its start"),
    ("resourcequota.admission.k8s.io", "*", "the API server reads it at its start"),
    ("kind.x-k8s.io", "*", "kind reads it"),
    ("k3d.io", "*", "k3d reads it"),
    ("ctlptl.dev", "*", "ctlptl reads it"),
    ("eksctl.io", "*", "eksctl reads it"),
    ("skaffold", "*", "Skaffold reads it"),
    ("kpt.dev", "*", "kpt reads it"),
    ("config.kubernetes.io", "*", "a function pipeline reads it"),
    ("fn.kpt.dev", "*", "a kpt function reads it"),
    ("cli-utils.sigs.k8s.io", "*", "kpt reads it"),
    ("kuttl.dev", "*", "a test suite: kuttl reads it"),
    ("kudo.dev", "Test*", "a test suite: kuttl reads it"),
    ("chainsaw.kyverno.io", "*", "a test suite: Chainsaw reads it"),
    ("cli.kyverno.io", "*", "a test suite: the Kyverno CLI reads it"),
    ("test.gatekeeper.sh", "*", "a test suite: gator reads it"),
    ("krew.googlecontainertools.github.com", "*", "Krew reads it"),
    ("backstage.io", "*", "Backstage reads it"),
    ("scaffolder.backstage.io", "*", "Backstage reads it"),
    ("viaduct.ai", "ksops", "a generator of Kustomize: KSOPS reads it"),
    ("policy.open-cluster-management.io", "PolicyGenerator", "a generator of Kustomize reads it"),
    ("ran.openshift.io", "PolicyGenTemplate", "a generator of Kustomize reads it"),
    ("siteconfig.open-cluster-management.io", "SiteConfig", "a generator of Kustomize reads it"),
    ("install.istio.io", "IstioOperator", "istioctl reads it (the in-cluster operator is gone since Istio 1.24)"),
    ("devfile.io", "*", "odo reads it"),
    ("helmfile.sh", "*", "Helmfile reads it"),
    ("mirror.openshift.io", "ImageSetConfiguration", "oc mirror reads it"),
    ("clusterctl.cluster.x-k8s.io", "Metadata", "clusterctl reads it"),
];

/// Kinds without a place in any cluster whatever their group says: values that a generator copies.
const CLIENT_KINDS: &[(&str, &str)] = &[("Values", "Helm values in an object's clothes")];

/// Classifies the root of a document by its content.
#[must_use]
pub fn classify(root: Node<'_>, file_name: &str) -> Class {
    classify_as(root, Gvk::of(root).as_ref(), file_name)
}

/// The same, where it is known already what the root says that it is.
#[must_use]
pub fn classify_as(root: Node<'_>, gvk: Option<&Gvk>, file_name: &str) -> Class {
    match root.kind() {
        NodeKind::Scalar => return if root.is_null() { Class::Empty } else { Class::OtherTool },
        NodeKind::Sequence => {
            let mut items = root.items().peekable();
            let is_patch =
                items.peek().is_some() && items.all(|item| item.get("op").is_some() && item.get("path").is_some());
            return if is_patch { Class::Patch } else { Class::OtherTool };
        }
        NodeKind::Mapping => {}
    }
    let Some(gvk) = gvk else {
        // Kustomize does not ask its own file for a kind
        let plain = root.get("metadata").is_none() && root.get("spec").is_none();
        return if is_kustomization_name(file_name) && plain {
            Class::Kustomization
        } else {
            without_kind(root, file_name)
        };
    };
    if gvk.group == "kustomize.config.k8s.io" && matches!(gvk.kind.as_str(), "Kustomization" | "Component") {
        return Class::Kustomization;
    }
    if gvk.group.is_empty() && gvk.version == "builtin" {
        return Class::KustomizeConfig;
    }
    if let Some(reader) = client_of(gvk) {
        return Class::ClientConfig(reader);
    }
    if gvk.group.ends_with(".config.talos.dev")
        || (gvk.version == "v1alpha1" && gvk.group.is_empty() && root.get("metadata").is_none())
    {
        return Class::ClientConfig("talosctl reads it");
    }
    if let Some((_, reader)) =
        CLIENT_KINDS.iter().find(|(kind, _)| gvk.kind == *kind && (gvk.group.is_empty() || !gvk.group.contains('.')))
    {
        return Class::ClientConfig(reader);
    }
    if root.get("sops").is_some_and(|sops| {
        sops.get("mac").is_some() || sops.get("version").is_some() || sops.get("lastmodified").is_some()
    }) {
        return Class::Sops;
    }
    if gvk.group == "apiextensions.k8s.io" && gvk.kind == "CustomResourceDefinition" {
        return Class::Crd;
    }
    Class::Object
}

/// Who reads it, if that is no API server.
fn client_of(gvk: &Gvk) -> Option<&'static str> {
    /// Kinds and their readers by the group.
    static GROUPS: LazyLock<FxHashMap<&str, Vec<(&str, &str)>>> = LazyLock::new(|| {
        let mut groups: FxHashMap<&str, Vec<(&str, &str)>> = FxHashMap::default();
        CLIENT_SIDE.iter().for_each(|(group, kind, reader)| groups.entry(*group).or_default().push((*kind, *reader)));
        groups
    });
    let is_kind = |kind: &str| {
        kind == "*" || gvk.kind == kind || kind.strip_suffix('*').is_some_and(|prefix| gvk.kind.starts_with(prefix))
    };
    // a tool without a group writes its name as the version
    let names = [Some(&gvk.group), gvk.group.is_empty().then_some(&gvk.version)];
    let kinds = names.into_iter().flatten().filter_map(|name| GROUPS.get(name.as_str())).flatten();
    kinds.copied().find(|(kind, _)| is_kind(kind)).map(|(_, reader)| reader)
}

/// What lacks `apiVersion` or `kind`. One of the two beside `metadata` was meant as an object: the API server's
/// client refuses it, and so must we.
fn without_kind(root: Node<'_>, file_name: &str) -> Class {
    let has = |key: &str| root.get(key).is_some();
    let meant = root.get("metadata").is_some_and(|metadata| metadata.kind() == NodeKind::Mapping)
        && (has("apiVersion") || has("kind"))
        && (has("spec") || has("data") || root.at(&["metadata", "name"]).is_some());
    let misspelt = (has("kind") || has("apiVersion"))
        && root.entries().any(|entry| {
            nearest(&entry.key.key_text(), ["apiVersion", "kind"].into_iter()).is_some_and(|near| !has(near))
        });
    if meant || misspelt {
        return Class::Object;
    }
    if has("apiVersion") && has("name") && has("version") && matches!(file_name, "Chart.yaml" | "Chart.yml") {
        return Class::Chart;
    }
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    if stem == "values"
        || stem.starts_with("values-")
        || stem.starts_with("values.")
        || stem.ends_with("-values")
        || stem.ends_with("_values")
        || stem.ends_with(".values")
    {
        return Class::Values;
    }
    Class::OtherTool
}

/// The names under which Kustomize looks for its file.
#[must_use]
pub fn is_kustomization_name(file_name: &str) -> bool {
    matches!(file_name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Whether a file is a template by its name, whatever its text.
#[must_use]
pub fn looks_templated(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let endings =
        [".j2", ".jinja", ".jinja2", ".tmpl", ".template", ".gotmpl", ".tpl", ".erb", ".ytt.yaml", ".jsonnet"];
    has_ending(name, &endings)
}

/// How the names of manifests end.
pub const MANIFESTS: [&str; 3] = [".yaml", ".yml", ".json"];

/// Whether a file keeps manifests that nothing applies: kubectl, Argo CD and Flux take names that end in `.yaml`, `.yml` and
/// `.json` from a folder, and here another ending follows. Kustomize takes what it is told to.
#[must_use]
pub fn is_set_aside(path: &str) -> bool {
    let is_applied = |path: &str| MANIFESTS.iter().any(|ending| path.ends_with(ending));
    // as nearly all are, and it is asked of every one
    if is_applied(path) {
        return false;
    }
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name).to_ascii_lowercase();
    has_ending(&name, &MANIFESTS) && !is_applied(&name)
}

/// Whether a name has one of some endings (`.yaml`) at its end, or before another one.
#[must_use]
pub fn has_ending(name: &str, endings: &[&str]) -> bool {
    memchr::memchr_iter(b'.', name.as_bytes()).any(|at| {
        let rest = name.as_bytes().get(at..).unwrap_or_default();
        endings.iter().map(|ending| ending.as_bytes()).any(|ending| {
            // the first letter tells most of them
            rest.get(1) == ending.get(1)
                && rest.strip_prefix(ending).is_some_and(|rest| matches!(rest.first(), None | Some(b'.')))
        })
    })
}
