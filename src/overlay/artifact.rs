//! What Flux puts into the artifact of a source: what neither `.sourceignore` files nor the source's own `ignore` leave out
//! (fluxcd/pkg/sourceignore). Asked where Flux makes a kustomization of the files that there are. Leaves out what a kustomization
//! names and the artifact lacks.

use std::collections::BTreeMap;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::kube::Resource;
use crate::source::{FLUX_IGNORE_FILE, Snapshot};
use crate::yaml::Node;

use super::{folder_of, name_of};

/// What is left out of all sources unless a line says otherwise.
const DEFAULTS: &str = ".git/\n.gitignore\n.gitmodules\n.gitattributes\n\
                        *.jpg\n*.jpeg\n*.gif\n*.png\n*.wmv\n*.flv\n*.tar.gz\n*.zip\n\
                        .github/\n.circleci/\n.travis.yml\n.gitlab-ci.yml\nappveyor.yml\n.drone.yml\ncloudbuild.yaml\n\
                        codeship-services.yml\ncodeship-steps.yml\n\
                        **/.goreleaser.yml\n**/.sops.yaml\n**/.flux.yaml\n";

/// The `ignore` of sources, by kind, namespace and name.
#[derive(Debug, Default, Clone)]
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Takes over what another one says.
    pub fn join(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(title, text)| (title.clone(), text.clone())));
    }

    /// Takes note of an object, where it is a source that says what it leaves out.
    pub fn add(&mut self, object: &Resource) {
        if object.gvk.group != "source.toolkit.fluxcd.io" {
            return;
        }
        if let Some(text) = object.node().at(&["spec", "ignore"]).and_then(Node::as_str) {
            let title = format!("{} {}/{}", object.gvk.kind, object.key.namespace, object.key.name);
            self.0.insert(title, text.to_owned());
        }
    }
}

/// The rules of one source, each with the folder that it holds for; later ones go before earlier ones.
pub(super) struct Artifact(Vec<(String, Gitignore)>);

impl Artifact {
    /// Those of a source, by its kind, namespace and name.
    pub fn of(source: &str, snapshot: &Snapshot, sources: &Sources) -> Self {
        let mut rules = vec![(String::new(), rules(DEFAULTS))];
        for (id, entry) in snapshot.entries().filter(|(_, entry)| name_of(&entry.path) == FLUX_IGNORE_FILE) {
            if let Ok(file) = snapshot.source(id) {
                rules.push((folder_of(&entry.path).to_owned(), self::rules(file.text())));
            }
        }
        rules.extend(sources.0.get(source).map(|text| (String::new(), self::rules(text))));
        Self(rules)
    }

    /// Whether a file is in it.
    pub fn holds(&self, path: &str) -> bool {
        for (folder, rules) in self.0.iter().rev() {
            let inside = if folder.is_empty() { Some(path) } else { path.strip_prefix(&format!("{folder}/")) };
            match inside.map(|path| rules.matched_path_or_any_parents(path, false)) {
                Some(Match::Ignore(_)) => return false,
                Some(Match::Whitelist(_)) => return true,
                Some(Match::None) | None => {}
            }
        }
        true
    }
}

/// The rules of a text; a line that is none says nothing.
fn rules(text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in text.lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `NewDefaultMatcher` of fluxcd/pkg/sourceignore 0.18 has it.
    #[test]
    fn the_last_rule_that_speaks_of_a_file_counts() {
        let snapshot = Snapshot::in_memory([
            (".sourceignore", "*.txt.yaml\n/docs\nold/\n"),
            ("apps/.sourceignore", "/only-here.yaml\n!kept.txt.yaml\n"),
        ]);
        let mut sources = Sources::default();
        let artifact = Artifact::of("GitRepository flux-system/all", &snapshot, &sources);
        for (path, held) in [
            ("apps/a.yaml", true),
            ("a.txt.yaml", false),
            ("docs/a.yaml", false),
            ("apps/docs/a.yaml", true),
            ("apps/old/deep/a.yaml", false),
            ("apps/only-here.yaml", false),
            ("apps/b/only-here.yaml", true),
            ("apps/kept.txt.yaml", true),
            ("kept.txt.yaml", false),
            (".github/workflows/ci.yaml", false),
            ("apps/.sops.yaml", false),
        ] {
            assert_eq!(artifact.holds(path), held, "{path}");
        }
        sources.0.insert("GitRepository flux-system/all".to_owned(), "/*\n!/apps\n".to_owned());
        let artifact = Artifact::of("GitRepository flux-system/all", &snapshot, &sources);
        for path in ["apps/a.yaml", "apps/.sops.yaml", "apps/old/deep/a.yaml", "apps/only-here.yaml"] {
            assert!(artifact.holds(path), "{path}");
        }
        assert!(!artifact.holds("infra/a.yaml") && !artifact.holds("kept.txt.yaml"));
    }
}
