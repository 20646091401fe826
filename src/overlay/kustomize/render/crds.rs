//! `crds`: OpenAPI definitions of kinds, of which Kustomize reads which of their fields hold labels, annotations, names
//! and references (api/internal/accumulator/loadconfigfromcrds.go).

use crate::yaml::{Grounds, Node, NodeKind};

use super::object::Gvk;
use super::specs::{Config, FieldSpec, NameReference};

/// How deep definitions may lead into each other: Kustomize itself follows a loop until it dies.
const MAX_DEPTH: usize = 32;

/// Whether a file holds what `crds` wants: names, each with a definition. An object is none, and Kustomize refuses it.
pub(super) fn is_definitions(root: Node<'_>) -> bool {
    let is_map = |node: Node<'_>| node.is_null() || node.kind() == NodeKind::Mapping;
    is_map(root) && root.entries().all(|entry| is_map(entry.value) && schema(entry.value).is_none_or(is_schema))
}

fn is_schema(schema: Node<'_>) -> bool {
    let properties = schema.get("properties").into_iter().flat_map(Node::entries);
    schema.is_null() || schema.kind() == NodeKind::Mapping && properties.map(|entry| entry.value).all(is_schema)
}

/// What a file of definitions adds to the tables.
pub(super) fn read(root: Node<'_>) -> Config {
    let mut config = Config::default();
    for entry in root.entries() {
        let properties = properties(entry.value);
        if !["kind", "apiVersion", "metadata"].iter().all(|key| properties.and_then(|all| all.get(key)).is_some()) {
            continue;
        }
        let name = entry.key.key_text();
        let kind = name.rsplit('.').next().unwrap_or("").to_owned();
        walk(&mut config, root, &name, &Gvk { kind, ..Gvk::default() }, &mut Vec::new());
    }
    config
}

fn properties(definition: Node<'_>) -> Option<Node<'_>> {
    schema(definition)?.get("properties")
}

fn schema(definition: Node<'_>) -> Option<Node<'_>> {
    definition.get("Schema").or_else(|| definition.get("schema"))
}

fn walk(config: &mut Config, root: Node<'_>, name: &str, gvk: &Gvk, path: &mut Vec<String>) {
    if path.len() > MAX_DEPTH {
        return;
    }
    let Some(all) = root.get(name).and_then(properties) else { return };
    for entry in all.entries() {
        let property = entry.value;
        path.push(entry.key.key_text().into_owned());
        let text = |key: &str| property.get(key).and_then(Node::as_str);
        let spec = |path: &[String]| FieldSpec {
            gvk: gvk.clone(),
            path: path.to_vec(),
            create: false,
            grounds: Grounds::default(),
        };
        let add = |list: &mut Vec<FieldSpec>, spec: FieldSpec| {
            if !list.contains(&spec) {
                list.push(spec);
            }
        };
        if text("x-kubernetes-annotation").is_some() {
            add(&mut config.annotations, spec(path));
        }
        if text("x-kubernetes-label-selector").is_some() {
            add(&mut config.common_labels, spec(path));
        }
        if text("x-kubernetes-identity").is_some() {
            add(&mut config.prefix, spec(path));
        }
        if let (Some(version), Some(kind)) =
            (text("x-kubernetes-object-ref-api-version"), text("x-kubernetes-object-ref-kind"))
        {
            let target = Gvk { group: String::new(), version: version.to_owned(), kind: kind.to_owned() };
            let mut fields = path.clone();
            fields.push(text("x-kubernetes-object-ref-name-key").unwrap_or("name").to_owned());
            match config.names.iter_mut().find(|one| one.target == target) {
                Some(found) => add(&mut found.fields, spec(&fields)),
                None => config.names.push(NameReference { target, fields: vec![spec(&fields)] }),
            }
        }
        if let Some(next) = text("$ref") {
            walk(config, root, next, gvk, path);
        }
        path.pop();
    }
}
