//! Which scalars a rendered value names: its own text's, those that say that it is meant. Leaves out real repositories:
//! `cargo xtask goldens provenance` changes scalars of those one at a time.

use libtest_mimic::{Failed, Trial};

use plimsoll::finding::Segment;
use plimsoll::overlay::kustomize::Renderer;
use plimsoll::source::Snapshot;
use plimsoll::yaml::Node;

/// A base whose container, labels and names are changed from outside.
const BASE: &str = "resources: [app.yaml, space.yaml]\n";
const APP: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {tier: front}}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: main
        image: nginx:1
        args: [a]
        env: [{name: MODE, value: slow}]
";
const SPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: old}\n";

struct Case {
    name: &'static str,
    /// The kustomization around the base.
    top: &'static str,
    kind: &'static str,
    path: &'static [&'static str],
    /// What it must name, and what it must not.
    named: &'static [&'static str],
    not: &'static [&'static str],
}

const MODE: &[&str] = &["spec", "template", "spec", "containers", "0", "env", "0", "value"];

const CASES: &[Case] = &[
    Case {
        name: "a_patch_by_name",
        top: "resources: [../base]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: main, env: [{name: MODE, value: fast}]}]}}}
",
        kind: "Deployment",
        path: MODE,
        // the names in the patch and those in the object
        named: &["fast", "MODE", "MODE", "main", "main", "web", "web", "Deployment", "Deployment", "patch"],
        not: &["slow", "nginx:1"],
    },
    Case {
        name: "what_a_patch_brings_whole",
        top: "resources: [../base]
patches:
- target: {kind: Deployment, labelSelector: tier=front}
  patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: any}
    spec: {template: {spec: {containers: [{name: side, resources: {limits: {memory: 1Gi}}}]}}}
",
        kind: "Deployment",
        path: &["spec", "template", "spec", "containers", "0", "resources", "limits", "memory"],
        // it is new because the container that is there has another name
        named: &["1Gi", "side", "main", "tier=front", "front", "Deployment", "Deployment", "web", "patch"],
        not: &["any", "nginx:1"],
    },
    Case {
        name: "a_json_patch",
        top: "resources: [../base]
patches:
- target: {name: we.}
  patch: |-
    - {op: add, path: /spec/strategy, value: {type: Recreate}}
    - {op: add, path: /spec/paused, value: true}
",
        kind: "Deployment",
        path: &["spec", "strategy", "type"],
        named: &["Recreate", "/spec/strategy", "we.", "web", "patch"],
        not: &["/spec/paused", "add"],
    },
    Case {
        name: "a_copied_value",
        top: "resources: [../base]
patches:
- target: {kind: Deployment}
  patch: |-
    - {op: copy, from: /spec/replicas, path: /spec/minReadySeconds}
",
        kind: "Deployment",
        path: &["spec", "minReadySeconds"],
        named: &["1", "/spec/replicas", "/spec/minReadySeconds", "Deployment"],
        not: &["copy"],
    },
    Case {
        name: "a_namespace",
        top: "resources: [../base]\nnamespace: shop\n",
        kind: "Deployment",
        path: &["metadata", "namespace"],
        named: &["shop", "shop", "apps/v1", "Deployment"],
        not: &["web"],
    },
    Case {
        name: "an_image",
        top: "resources: [../base]\nimages: [{name: nginx, newTag: \"2\"}]\n",
        kind: "Deployment",
        path: &["spec", "template", "spec", "containers", "0", "image"],
        named: &["nginx:1", "\"2\"", "nginx"],
        not: &["main"],
    },
    Case {
        name: "a_count",
        top: "resources: [../base]\nreplicas: [{name: web, count: 3}]\n",
        kind: "Deployment",
        path: &["spec", "replicas"],
        named: &["3", "web", "web", "Deployment"],
        not: &["1"],
    },
    Case {
        name: "labels_by_a_configuration",
        top: "resources: [../base]
transformers:
- |-
  apiVersion: builtin
  kind: LabelTransformer
  metadata: {name: x}
  labels: {team: a}
  fieldSpecs: [{path: spec/template/metadata/labels, kind: Deployment, create: true}]
",
        kind: "Deployment",
        path: &["spec", "template", "metadata", "labels", "team"],
        named: &["a", "spec/template/metadata/labels"],
        not: &["web"],
    },
    Case {
        name: "a_label_of_flags",
        top: "resources: [../base]\nlabels: [{pairs: {team: a}, includeTemplates: true}]\n",
        kind: "Deployment",
        path: &["spec", "template", "metadata", "labels", "team"],
        named: &["a", "true"],
        not: &["web"],
    },
    Case {
        name: "a_replacement",
        top: "resources: [../base]
replacements:
- source: {kind: Namespace, fieldPath: metadata.name}
  targets:
  - select: {kind: Deployment}
    fieldPaths: [metadata.labels.tier]
",
        kind: "Deployment",
        path: &["metadata", "labels", "tier"],
        named: &["old", "Namespace", "metadata.name", "Deployment", "metadata.labels.tier", "web"],
        not: &["front"],
    },
    Case {
        name: "a_name_without_a_hash",
        top: "resources: [../base]
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator: [{name: conf, literals: [a=b]}]
",
        kind: "ConfigMap",
        path: &["metadata", "name"],
        named: &["conf", "true"],
        not: &["a=b", "b"],
    },
    Case {
        name: "a_name_with_a_hash",
        top: "resources: [../base]
generatorOptions: {disableNameSuffixHash: false}
configMapGenerator: [{name: conf, literals: [a=b]}]
patches:
- target: {kind: ConfigMap}
  patch: '- {op: replace, path: /data/a, value: c}'
",
        kind: "ConfigMap",
        path: &["metadata", "name"],
        named: &["conf", "false", "ConfigMap"],
        not: &["../base"],
    },
];

pub fn trials() -> Vec<Trial> {
    CASES.iter().map(|case| Trial::test(format!("provenance {}", case.name), || names(case))).collect()
}

fn names(case: &Case) -> Result<(), Failed> {
    let files = [
        ("base/kustomization.yaml", BASE),
        ("base/app.yaml", APP),
        ("base/space.yaml", SPACE),
        ("top/kustomization.yaml", case.top),
    ];
    let snapshot = Snapshot::in_memory(files);
    let objects = Renderer::new(&snapshot, false).render("top").map_err(|problem| problem.to_string())?;
    let trees = objects.iter().filter_map(|object| object.tree(&snapshot));
    let tree = trees.into_iter().find(|tree| tree.root().get("kind").and_then(Node::as_str) == Some(case.kind));
    let tree = tree.ok_or("no such object")?;
    let path: Vec<Segment> = case
        .path
        .iter()
        .map(|part| part.parse().map_or_else(|_| Segment::Key((*part).to_owned()), |at| Segment::Item(at, None)))
        .collect();
    let found = tree.root().find(&path);
    assert!(found.complete, "{:?} is not there", case.path);
    let origin = tree.origin(found.node.index()).ok_or("no origin")?;
    let entries = origin.steps.iter().map(|step| step.entry);
    let mut texts = Vec::new();
    for span in origin.places().chain(entries).chain(origin.grounds()) {
        texts.push(snapshot.source(span.source).map_err(|why| why.to_string())?.slice(span).to_owned());
    }
    let mut left = texts.clone();
    for name in case.named {
        let at = left.iter().position(|text| text == name);
        left.remove(at.ok_or_else(|| format!("`{name}` is not named, and these are: {texts:?}"))?);
    }
    for name in case.not {
        assert!(!texts.iter().any(|text| text == name), "`{name}` is named: {texts:?}");
    }
    Ok(())
}
