//! The unpacked repositories: the texts of records that name a place, and the CRDs that a repository holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll::kube::{Class, classify};
use plimsoll::source::{Source, SourceId};
use plimsoll::yaml::{self, Node};

use super::record::{Record, Truth};
use super::{group_of, is_own_group};

/// A repository, a group and a kind.
type Key = (String, String, String);

/// The definitions of each kind of each repository, as texts.
pub type Definitions = BTreeMap<Key, Vec<Arc<str>>>;

pub struct Corpus {
    folder: PathBuf,
    definitions: Definitions,
    searched: BTreeSet<String>,
}

impl Corpus {
    pub fn at(folder: PathBuf) -> Self {
        Self { folder, definitions: BTreeMap::new(), searched: BTreeSet::new() }
    }

    /// The records that have a text, from themselves or from the corpus, and what became of the others.
    pub fn with_texts(&self, records: Vec<Record>) -> (Vec<Record>, Vec<String>) {
        let mut kept = Vec::new();
        let mut by_path: BTreeMap<PathBuf, Vec<Record>> = BTreeMap::new();
        let mut nowhere = 0;
        for record in records {
            match (&record.text, &record.place) {
                (Some(_), _) => kept.push(record),
                (None, Some(place)) => {
                    by_path.entry(self.folder.join(&record.repository).join(&place.path)).or_default().push(record);
                }
                (None, None) => nowhere += 1,
            }
        }
        let mut absent = 0;
        let mut different = Vec::new();
        for (path, records) in by_path {
            let Ok(bytes) = fs::read(&path) else {
                absent += records.len();
                continue;
            };
            let source = Arc::new(Source::new(SourceId(0), String::new(), bytes));
            let documents = yaml::documents(&source);
            for mut record in records {
                let Some(place) = &record.place else { continue };
                let Some(document) = documents.get(place.document) else {
                    different.push(record.id);
                    continue;
                };
                let root = document.tree.as_ref().map(|tree| tree.root());
                let object = match place.item {
                    Some(item) => root.and_then(|root| root.get("items")?.items().nth(item)),
                    None => root,
                };
                // what cannot be read has no names to compare
                if object.is_some_and(|object| !is_that(object, &record)) {
                    different.push(record.id);
                    continue;
                }
                record.text = Some(source.slice(document.span).to_owned());
                kept.push(record);
            }
        }
        let mut said = Vec::new();
        if nowhere > 0 {
            said.push(format!("{nowhere} have neither a text nor a path: left out"));
        }
        if absent > 0 {
            said.push(format!("{absent} are of files that are not in the corpus: left out"));
        }
        if !different.is_empty() {
            said.push(format!(
                "{} are not where the record says, by our count of documents: left out",
                different.len()
            ));
            said.extend(different.iter().take(10).map(|id| format!("  {id}")));
        }
        (kept, said)
    }

    /// The definitions that the custom resources among the records may need.
    pub fn definitions_for(&mut self, records: &[Record]) -> &Definitions {
        for record in records {
            if is_own_group(group_of(&record.api_version)) || self.searched.contains(&record.repository) {
                continue;
            }
            self.searched.insert(record.repository.clone());
            let folder = self.folder.join(&record.repository);
            if !record.repository.is_empty() && folder.is_dir() {
                self.search(&record.repository, &folder);
            }
        }
        &self.definitions
    }

    fn search(&mut self, repository: &str, folder: &Path) {
        let mut names: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        names.sort();
        for path in names {
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                self.search(repository, &path);
                continue;
            }
            let is_manifest =
                path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json");
            if let (true, Ok(bytes)) = (is_manifest, fs::read(&path)) {
                self.file(repository, bytes);
            }
        }
    }

    fn file(&mut self, repository: &str, bytes: Vec<u8>) {
        let source = Arc::new(Source::new(SourceId(0), String::new(), bytes));
        if !source.text().contains("CustomResourceDefinition") {
            return;
        }
        for document in yaml::documents(&source) {
            let Some(tree) = &document.tree else { continue };
            let root = tree.root();
            let text = |path: &[&str]| root.at(path).and_then(Node::as_str).map(str::to_owned);
            let (Class::Crd, Some(group), Some(kind)) =
                (classify(root, ""), text(&["spec", "group"]), text(&["spec", "names", "kind"]))
            else {
                continue;
            };
            let found = self.definitions.entry((repository.to_owned(), group, kind)).or_default();
            let text: Arc<str> = source.slice(document.span).into();
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
}

fn is_that(object: Node<'_>, record: &Record) -> bool {
    let same = |path: &[&str], wanted: &str| {
        wanted.is_empty() || object.at(path).and_then(Node::text).unwrap_or_default() == wanted
    };
    // the server named a document without a name itself, or did not look at it
    let named = record.truth != Truth::Accepted || same(&["metadata", "name"], &record.name);
    same(&["apiVersion"], &record.api_version) && same(&["kind"], &record.kind) && named
}
