//! What Argo CD and Flux are told to deploy, as far as it lies in this snapshot: the folders that Applications and Flux
//! Kustomizations name, and the Components that they add. Leaves out what they change on the way.

use std::collections::BTreeSet;

use crate::yaml::{Node, NodeKind, is_unknowable};

use super::resolve;

/// The kinds that name folders which are deployed: apiVersion and kind, in every version that was served.
pub const OWNERS: [(&str, &str); 5] = [
    ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
    ("kustomize.toolkit.fluxcd.io/v1beta1", "Kustomization"),
    ("kustomize.toolkit.fluxcd.io/v1beta2", "Kustomization"),
    ("argoproj.io/v1alpha1", "Application"),
    ("argoproj.io/v1alpha1", "ApplicationSet"),
];

/// The folders that owners name.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Owned {
    /// What is deployed as one.
    pub roots: BTreeSet<String>,
    /// Components that are taken in from outside of the kustomizations.
    pub components: BTreeSet<String>,
}

impl Owned {
    /// Takes in an object, if it is an owner. Paths count from the root of the repository that it deploys from, which is
    /// taken to be this one where the folder is there.
    pub fn add(&mut self, root: Node<'_>) {
        let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or("");
        if !OWNERS.contains(&(text("apiVersion"), text("kind"))) {
            return;
        }
        match text("kind") {
            // https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
            "Application" => self.application(root.get("spec")),
            "ApplicationSet" => self.application(root.at(&["spec", "template", "spec"])),
            // https://fluxcd.io/flux/components/kustomize/kustomizations/#path
            _ => root.get("spec").into_iter().for_each(|spec| self.source(spec, spec)),
        }
    }

    fn application(&mut self, spec: Option<Node<'_>>) {
        let Some(spec) = spec else { return };
        for source in spec.get("source").into_iter().chain(list(spec, "sources")) {
            self.source(source, source.get("kustomize").unwrap_or(source));
        }
    }

    fn source(&mut self, source: Node<'_>, with: Node<'_>) {
        let Some(path) = source.get("path").and_then(Node::as_str).filter(|path| !is_unknowable(path)) else { return };
        let Some(folder) = resolve("", path.trim_start_matches('/')) else { return };
        let items = list(with, "components").filter_map(Node::as_str);
        self.components.extend(items.filter_map(|item| resolve(&folder, item)));
        self.roots.insert(folder);
    }
}

fn list<'t>(node: Node<'t>, field: &str) -> impl Iterator<Item = Node<'t>> {
    node.get(field).filter(|list| list.kind() == NodeKind::Sequence).into_iter().flat_map(Node::items)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::{Source, SourceId};

    fn owned(text: &str) -> (Vec<String>, Vec<String>) {
        let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.into()));
        let mut owned = Owned::default();
        for tree in crate::yaml::documents(&source).iter().filter_map(|document| document.tree.as_ref()) {
            owned.add(tree.root());
        }
        (owned.roots.into_iter().collect(), owned.components.into_iter().collect())
    }

    #[test]
    fn flux_and_argo_name_folders() {
        let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  path: ./apps/web\n  components: [../../components/tls]\n";
        assert_eq!(owned(flux), (vec!["apps/web".into()], vec!["components/tls".into()]));
        let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    path: apps/web\n    kustomize:\n      components: [../tls]\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  sources:\n  - path: apps/api\n  - chart: redis\n";
        assert_eq!(owned(argo), (vec!["apps/api".into(), "apps/web".into()], vec!["apps/tls".into()]));
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n    spec:\n      source:\n        path: 'apps/{{name}}'\n";
        assert_eq!(owned(set), (vec![], vec![]));
    }
}
