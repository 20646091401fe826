//! The fields of a kustomization that name files, as Kustomize's API types have them (`api/types/kustomization.go`).

use crate::source::SourceId;
use crate::yaml::{Node, NodeKind};

use super::{Kustomization, Reference, Remotes, Role, named};

/// Lists whose items are paths.
const PATHS: &[(&str, Role)] = &[
    ("resources", Role::Resource),
    ("bases", Role::Resource),
    ("components", Role::Resource),
    ("patchesStrategicMerge", Role::Patch),
    ("crds", Role::Config),
    ("configurations", Role::Config),
    ("generators", Role::Config),
    ("transformers", Role::Config),
    ("validators", Role::Config),
];

/// Lists whose items are mappings with a path in one of these fields.
const PATHS_WITHIN: &[(&str, &[&str], Role)] = &[
    ("patches", &["path"], Role::Patch),
    ("patchesJson6902", &["path"], Role::Patch),
    ("replacements", &["path"], Role::Config),
    ("helmCharts", &["valuesFile"], Role::Input),
    ("helmChartInflationGenerator", &["values"], Role::Input),
];

pub(super) fn kustomization(source: SourceId, folder: &str, root: Node<'_>, remotes: &Remotes) -> Kustomization {
    let mut references = Vec::new();
    let mut add = |field: &'static str, role: Role, node: Node<'_>, text: &str| {
        references.push(Reference {
            field,
            text: text.to_owned(),
            span: node.span(),
            role,
            path: named(folder, text, remotes),
        });
    };
    for (field, role) in PATHS {
        for item in list(root, field) {
            if let Some(text) = item.as_str() {
                add(field, *role, item, text);
            }
        }
    }
    for (field, keys, role) in PATHS_WITHIN {
        for item in list(root, field) {
            for key in *keys {
                if let Some((node, text)) = field_of(item, key).and_then(|node| Some((node, node.as_str()?))) {
                    add(field, *role, node, text);
                }
            }
        }
    }
    for chart in list(root, "helmCharts") {
        for node in list(chart, "additionalValuesFiles") {
            if let Some(text) = node.as_str() {
                add("helmCharts", Role::Input, node, text);
            }
        }
    }
    let openapi = field_of(root, "openapi").and_then(|openapi| field_of(openapi, "path"));
    if let Some((node, text)) = openapi.and_then(|node| Some((node, node.as_str()?))) {
        add("openapi", Role::Config, node, text);
    }
    for field in ["configMapGenerator", "secretGenerator"] {
        for item in list(root, field) {
            for key in ["files", "envs"] {
                for node in list(item, key) {
                    if let Some(text) = node.as_str() {
                        // `key=path` or `path`
                        let path =
                            if key == "files" { text.rsplit_once('=').map_or(text, |(_, path)| path) } else { text };
                        add(field, Role::Input, node, path);
                    }
                }
            }
            if let Some((node, text)) = field_of(item, "env").and_then(|node| Some((node, node.as_str()?))) {
                add(field, Role::Input, node, text);
            }
        }
    }
    let component = field_of(root, "kind").and_then(Node::as_str) == Some("Component");
    let generates = [
        "configMapGenerator",
        "secretGenerator",
        "generators",
        "helmCharts",
        "helmChartInflationGenerator",
        "transformers",
    ]
    .iter()
    .any(|field| list(root, field).next().is_some());
    Kustomization { source, folder: folder.to_owned(), component, references, generates }
}

fn list<'t>(node: Node<'t>, field: &str) -> impl Iterator<Item = Node<'t>> {
    field_of(node, field).filter(|list| list.kind() == NodeKind::Sequence).into_iter().flat_map(Node::items)
}

/// A field by its name in any case, as Go's JSON reads names: of several spellings the last in the order of letters counts.
fn field_of<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    let named = node.entries().filter(|entry| entry.key.key_text().eq_ignore_ascii_case(name));
    named.max_by_key(|entry| entry.key.key_text()).map(|entry| entry.value)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::Source;

    #[test]
    fn fields_are_read_in_any_case() {
        let text = "Resources: [a.yaml]\nRESOURCES: [b.yaml]\npatchesStrategicMerge: [c.yaml]\npatchesstrategicmerge: [d.yaml]\nKind: Component\nPatches: [{Path: p.yaml}]\n\
                    ConfigMapGenerator: [{name: c, Files: [c.txt], ENV: e}]\nOpenAPI: {PATH: s.json}\n";
        let source = Arc::new(Source::new(SourceId(0), "kustomization.yaml", text.into()));
        let documents = crate::yaml::documents(&source);
        let read = kustomization(SourceId(0), "", documents[0].tree.as_ref().unwrap().root(), &Remotes::default());
        let mut paths: Vec<&str> = read.references.iter().filter_map(|one| one.path.as_deref()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["a.yaml", "c.txt", "d.yaml", "e", "p.yaml", "s.json"]);
        assert!(read.component && read.generates);
    }

    #[test]
    fn entries_resolve_from_the_folder() {
        let text = "resources: [../base, deploy.yaml, 'https://example.com/x?ref=v1']\npatches:\n- path: p.yaml\n- patch: |-\n    a: b\nconfigMapGenerator:\n- name: c\n  files: [k=conf/a.yaml]\n";
        let source = Arc::new(Source::new(SourceId(0), "o/p/kustomization.yaml", text.into()));
        let documents = crate::yaml::documents(&source);
        let read = kustomization(SourceId(0), "o/p", documents[0].tree.as_ref().unwrap().root(), &Remotes::default());
        let paths: Vec<(Role, Option<&str>)> =
            read.references.iter().map(|one| (one.role, one.path.as_deref())).collect();
        assert_eq!(
            paths,
            [
                (Role::Resource, Some("o/base")),
                (Role::Resource, Some("o/p/deploy.yaml")),
                (Role::Resource, None),
                (Role::Patch, Some("o/p/p.yaml")),
                (Role::Input, Some("o/p/conf/a.yaml")),
            ]
        );
        assert_eq!(source.slice(read.references[0].span), "../base");
        assert!(read.generates && !read.component);
    }
}
