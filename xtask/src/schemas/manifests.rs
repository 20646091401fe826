//! The YAML and JSON files of a folder, for the commands that look at real repositories. No configuration, no ignore
//! files: everything that can be read.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use plimsoll::source::{Source, SourceId};
use plimsoll::yaml::{self, Tree};

/// One file.
pub struct Manifest {
    /// From the folder.
    pub path: String,
    source: Arc<Source>,
}

impl Manifest {
    /// Its documents, if the file has a word.
    pub fn trees(&self, word: &str) -> Vec<Arc<Tree>> {
        if !self.source.text().contains(word) {
            return Vec::new();
        }
        yaml::documents(&self.source).into_iter().filter_map(|document| document.tree).collect()
    }
}

/// All of them, in the order of their names.
pub fn of(folder: &Path) -> Vec<Manifest> {
    let mut found = Vec::new();
    search(folder, folder, &mut found);
    found
}

fn search(top: &Path, folder: &Path, found: &mut Vec<Manifest>) {
    let mut paths: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| !path.is_symlink()) {
        if path.is_dir() {
            search(top, &path, found);
            continue;
        }
        let is_manifest = path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
        if let (true, Ok(bytes)) = (is_manifest, fs::read(&path)) {
            let name = path.strip_prefix(top).unwrap_or(&path).to_string_lossy().into_owned();
            let source = Arc::new(Source::new(SourceId(0), name.clone(), bytes));
            found.push(Manifest { path: name, source });
        }
    }
}
