//! Where objects of built-in kinds live, and by which names people call kinds: `schemas/scopes.tsv`, read at first use.
//! Leaves out the names of custom resources, which their definitions say.

use std::sync::LazyLock;

const TABLE: &str = include_str!("../../schemas/scopes.tsv");

/// Where objects of a kind live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In no namespace: one of a name in the whole cluster.
    Cluster,
}

/// The scope of a built-in kind; none for what is no resource of its own (`Binding`, `Scale`, lists) and for other kinds.
#[must_use]
pub fn scope(group: &str, kind: &str) -> Option<Scope> {
    static SCOPES: LazyLock<Vec<(&str, &str, Scope)>> = LazyLock::new(|| {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
        rows.filter_map(|mut row| {
            let (group, kind) = (row.next()?, row.next()?);
            let scope = if row.next()? == "cluster" { Scope::Cluster } else { Scope::Namespaced };
            Some((if group == "-" { "" } else { group }, kind, scope))
        })
        .collect()
    });
    SCOPES.iter().find(|(of, is, _)| (*of, *is) == (group, kind)).map(|(_, _, scope)| *scope)
}

/// The kind's name in a URL, by the rule that Kubernetes' own kinds follow (`UnsafeGuessKindToResource` in
/// `k8s.io/apimachinery`): `deployments`, `ingresses`, `networkpolicies`, `endpoints`.
#[must_use]
pub fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if lower.ends_with("endpoints") {
        lower
    } else if lower.ends_with('s') {
        format!("{lower}es")
    } else if let Some(stem) = lower.strip_suffix('y') {
        format!("{stem}ies")
    } else {
        format!("{lower}s")
    }
}

/// Short names as `kubectl api-resources` lists them. No type says them: they stand in the server's own code.
const SHORT: [(&str, &str); 30] = [
    ("certificatesigningrequest", "csr"),
    ("componentstatus", "cs"),
    ("configmap", "cm"),
    ("cronjob", "cj"),
    ("customresourcedefinition", "crd"),
    ("customresourcedefinition", "crds"),
    ("daemonset", "ds"),
    ("deployment", "deploy"),
    ("endpoints", "ep"),
    ("event", "ev"),
    ("horizontalpodautoscaler", "hpa"),
    ("ingress", "ing"),
    ("limitrange", "limits"),
    ("namespace", "ns"),
    ("networkpolicy", "netpol"),
    ("node", "no"),
    ("persistentvolume", "pv"),
    ("persistentvolumeclaim", "pvc"),
    ("pod", "po"),
    ("poddisruptionbudget", "pdb"),
    ("podsecuritypolicy", "psp"),
    ("priorityclass", "pc"),
    ("replicaset", "rs"),
    ("replicationcontroller", "rc"),
    ("resourcequota", "quota"),
    ("service", "svc"),
    ("serviceaccount", "sa"),
    ("statefulset", "sts"),
    ("storageclass", "sc"),
    ("volumeattributesclass", "vac"),
];

/// Every name, in lower case, by which people call a built-in kind.
#[must_use]
pub fn names(kind: &str) -> Vec<String> {
    let lower = kind.to_lowercase();
    let short = SHORT.iter().filter(|(of, _)| *of == lower).map(|(_, short)| (*short).to_owned());
    let short: Vec<String> = short.collect();
    [lower.clone(), plural(kind)].into_iter().chain(short).collect()
}
