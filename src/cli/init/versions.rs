//! The Kubernetes versions that a repository names: in definitions of its clusters, in pipelines, in charts. Leaves out
//! test data and examples, and versions that a variable fills in.

use crate::check::Account;
use crate::config;
use crate::kube::Class;
use crate::overlay::name_of;
use crate::source::{Snapshot, Source};
use crate::yaml::{self, Node, NodeKind};

/// A version that is named somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// As it is written.
    pub version: String,
    /// `path:line`.
    pub place: String,
    /// What says it.
    pub by: &'static str,
}

impl Said {
    /// The minor, when schemas of it are carried.
    pub fn minor(&self) -> Option<u16> {
        config::minor(&shortened(&self.version)).ok()
    }
}

/// What is said, by who says it.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// Definitions of clusters.
    pub clusters: Vec<Said>,
    /// Pipelines that make clusters.
    pub pipelines: Vec<Said>,
    /// What charts ask for: ranges.
    pub charts: Vec<Said>,
}

/// Objects that define a cluster: the group and kind (or `*` and its end), and the paths to versions or images in them.
const CLUSTERS: &[(&str, &str, &[&[&str]], &str)] = &[
    ("kind.x-k8s.io", "Cluster", &[&["nodes", "*", "image"]], "a kind cluster"),
    ("k3d.io", "Simple", &[&["image"]], "a k3d cluster"),
    ("eksctl.io", "ClusterConfig", &[&["metadata", "version"]], "an eksctl cluster"),
    ("cluster.x-k8s.io", "Cluster", &[&["spec", "topology", "version"]], "a Cluster API cluster"),
    ("cluster.x-k8s.io", "MachineDeployment", &[&["spec", "template", "spec", "version"]], "a Cluster API cluster"),
    ("cluster.x-k8s.io", "MachinePool", &[&["spec", "template", "spec", "version"]], "a Cluster API cluster"),
    ("controlplane.cluster.x-k8s.io", "*ControlPlane", &[&["spec", "version"]], "a Cluster API cluster"),
    ("kops.k8s.io", "Cluster", &[&["spec", "kubernetesVersion"]], "a kops cluster"),
    ("k0sctl.k0sproject.io", "Cluster", &[&["spec", "k0s", "version"]], "a k0s cluster"),
    ("kubeadm.k8s.io", "ClusterConfiguration", &[&["kubernetesVersion"]], "a kubeadm cluster"),
    ("provisioning.cattle.io", "Cluster", &[&["spec", "kubernetesVersion"]], "a Rancher cluster"),
    ("upgrade.cattle.io", "Plan", &[&["spec", "version"]], "an upgrade plan"),
    ("tuppr.home-operations.com", "KubernetesUpgrade", &[&["spec", "kubernetes", "version"]], "an upgrade plan"),
    ("container.cnrm.cloud.google.com", "ContainerCluster", &[&["spec", "minMasterVersion"]], "a GKE cluster"),
];

/// Keys of pipelines and of tools' own files that hold a version of Kubernetes.
const KEYS: &[&str] = &[
    "kubernetes-version",
    "kubernetesversion",
    "kubernetes",
    "k8s-version",
    "k8sversion",
    "k8s",
    "kube-version",
    "kubeversion",
    "kind-image",
    "node-image",
    "kind-node-image",
    "k3s-version",
    "minikube-kubernetes-version",
];

/// Folders whose clusters are not the ones that the repository is for.
pub(super) const ASIDE: &[&str] = &[
    "testdata",
    "fixtures",
    "test",
    "tests",
    "e2e",
    "examples",
    "example",
    "docs",
    "doc",
    "hack",
    "vendor",
    "node_modules",
    "samples",
    "third_party",
];

/// Whether a path lies in a folder of tests, examples or others' code.
pub(super) fn is_aside(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|folder| ASIDE.contains(&folder.to_ascii_lowercase().as_str()))
}

/// Everything that is said.
pub(super) fn find(snapshot: &Snapshot, accounts: &[Account]) -> Versions {
    let mut found = Versions::default();
    for account in accounts.iter().filter(|account| !is_aside(&account.path)) {
        let Some(id) = snapshot.find(&account.path) else { continue };
        let name = name_of(&account.path);
        let is_chart = matches!(name, "Chart.yaml" | "Chart.yml");
        let is_talos = name.starts_with("talconfig") || name.starts_with("talenv");
        let may = account.kind.as_deref().is_some_and(|kind| row(kind).is_some());
        if !may && !is_chart && !is_talos && !matches!(account.class, Class::ClientConfig(_)) {
            continue;
        }
        let Ok(source) = snapshot.source(id) else { continue };
        let documents = yaml::documents(source);
        let document = documents.iter().find(|document| document.ordinal == account.ordinal);
        let Some(tree) = document.and_then(|document| document.tree.as_ref()) else { continue };
        let text = |key: &str| tree.root().get(key).and_then(Node::text).unwrap_or_default();
        let row = row(&format!("{} {}", text("apiVersion"), text("kind")));
        if row.is_none() && !is_chart && !is_talos {
            continue;
        }
        if let Some((_, _, paths, by)) = row {
            for path in *paths {
                follow(tree.root(), path, &mut |node| push(&mut found.clusters, source, node, by));
            }
        } else if is_chart {
            if let Some(node) = tree.root().get("kubeVersion") {
                let version = node.text().unwrap_or_default().to_owned();
                found.charts.push(Said { version, place: place(source, node), by: "a chart" });
            }
        } else {
            for entry in tree.root().entries() {
                if KEYS.contains(&key(&entry.key.key_text()).as_str()) {
                    push(&mut found.clusters, source, entry.value, "a Talos cluster");
                }
            }
        }
    }
    for (id, entry) in snapshot.entries() {
        let path = entry.path.as_str();
        let pipeline = [".github/workflows/", ".circleci/"].iter().any(|folder| path.starts_with(folder))
            || path == ".gitlab-ci.yml";
        if !pipeline {
            continue;
        }
        let Ok(source) = snapshot.source(id) else { continue };
        for tree in yaml::documents(source).iter().filter_map(|document| document.tree.as_ref()) {
            pipelines(tree.root(), source, &mut found.pipelines);
        }
    }
    found
}

fn row(kind: &str) -> Option<&'static (&'static str, &'static str, &'static [&'static [&'static str]], &'static str)> {
    let (api_version, kind) = kind.split_once(' ')?;
    let group = api_version.split_once('/')?.0;
    CLUSTERS.iter().find(|(of, named, _, _)| {
        *of == group && (*named == kind || named.strip_prefix('*').is_some_and(|end| kind.ends_with(end)))
    })
}

fn follow(node: Node<'_>, path: &[&str], found: &mut dyn FnMut(Node<'_>)) {
    match path {
        [] => found(node),
        ["*", rest @ ..] => node.items().for_each(|item| follow(item, rest, found)),
        [key, rest @ ..] => {
            if let Some(value) = node.get(key) {
                follow(value, rest, found);
            }
        }
    }
}

fn pipelines(node: Node<'_>, source: &Source, found: &mut Vec<Said>) {
    const BY: &str = "a pipeline";
    match node.kind() {
        NodeKind::Sequence => node.items().for_each(|item| pipelines(item, source, found)),
        NodeKind::Scalar => {
            // `kindest/node:v1.31.2` in an argument or a script
            let images = node.text().unwrap_or_default().match_indices("kindest/node:");
            for (at, _) in images {
                let rest = node.text().and_then(|text| text.get(at..)).unwrap_or_default();
                let end = rest.find(|c: char| c.is_whitespace() || "\"'@`".contains(c)).unwrap_or(rest.len());
                add(found, source, node, rest.get(..end).unwrap_or_default(), BY);
            }
        }
        NodeKind::Mapping => {
            for entry in node.entries() {
                if KEYS.contains(&key(&entry.key.key_text()).as_str()) {
                    match entry.value.kind() {
                        NodeKind::Scalar => push(found, source, entry.value, BY),
                        NodeKind::Sequence => entry.value.items().for_each(|item| push(found, source, item, BY)),
                        NodeKind::Mapping => {}
                    }
                }
                pipelines(entry.value, source, found);
            }
        }
    }
}

fn key(text: &str) -> String {
    text.to_ascii_lowercase().replace('_', "-")
}

fn push(found: &mut Vec<Said>, source: &Source, node: Node<'_>, by: &'static str) {
    if let Some(text) = node.text() {
        add(found, source, node, text, by);
    }
}

fn add(found: &mut Vec<Said>, source: &Source, node: Node<'_>, version: &str, by: &'static str) {
    // `latest`, `stable` and variables say nothing
    let said = Said { version: version.trim().to_owned(), place: place(source, node), by };
    if is_version(&shortened(version)) && !found.contains(&said) {
        found.push(said);
    }
}

/// The version in an image's name, without what a distribution adds: `v1.31.2` of `rancher/k3s:v1.31.2-k3s1`.
fn shortened(text: &str) -> String {
    let text = text.trim();
    let text = text.split('@').next().unwrap_or(text);
    let text = text.rsplit(':').next().unwrap_or(text).trim();
    let end = text.find(['+', '-', '_']).unwrap_or(text.len());
    text.get(..end).unwrap_or(text).to_owned()
}

fn is_version(text: &str) -> bool {
    let rest = text.trim_start_matches('v');
    let mut parts = rest.split('.');
    parts.next() == Some("1") && parts.next().is_some_and(|minor| minor.parse::<u16>().is_ok())
}

fn place(source: &Source, node: Node<'_>) -> String {
    format!("{}:{}", source.path(), source.lines().line_of(node.handle().start) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_people_write_them() {
        let short: Vec<String> = [
            "kindest/node:v1.31.2@sha256:00",
            "rancher/k3s:v1.30.4-k3s1",
            "v1.29.1+rke2r1",
            "1.28",
            " 1.27.3-gke.104 ",
        ]
        .iter()
        .map(|text| shortened(text))
        .collect();
        assert_eq!(short, ["v1.31.2", "v1.30.4", "v1.29.1", "1.28", "1.27.3"]);
        assert!(!is_version("latest") && !is_version("2.1.0") && !is_version("${K8S}") && is_version("v1.31"));
    }
}
