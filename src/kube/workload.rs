//! Where a kind keeps its pod template.

use crate::yaml::{Node, NodeKind};

use super::selector::{Labels, labels_of};

/// The path of the pod spec within an object of this kind; nothing for kinds that make no pods.
#[must_use]
pub fn pod_spec_path(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    Some(match (group, kind) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job")
        | ("", "ReplicationController")
        | ("argoproj.io", "Rollout") => &["spec", "template", "spec"],
        ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "template", "spec"],
        ("", "Pod") => &["spec"],
        _ => return None,
    })
}

/// The labels that the object's pods carry; nothing when it makes none or they cannot be known.
#[must_use]
pub fn pod_labels(group: &str, kind: &str, root: Node<'_>) -> Option<Labels> {
    let path = pod_spec_path(group, kind)?;
    let mut holder = root;
    for key in path.get(..path.len() - 1)? {
        holder = holder.get(key)?;
    }
    let labels = holder.at(&["metadata", "labels"])?;
    (labels.kind() == NodeKind::Mapping).then(|| labels_of(labels)).flatten()
}
