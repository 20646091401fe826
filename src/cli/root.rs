//! Where a repository begins, which configuration holds, and how paths are shown.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::config::{self, FILE_NAME};
use crate::source::{Source, SourceId, is_outside};

use super::Refusal;

/// What was asked for, found on disk.
#[derive(Clone)]
pub(super) struct Place {
    /// The folder from which all paths count.
    pub root: PathBuf,
    /// The paths asked for, from the root; `""` is all of it.
    pub wanted: Vec<String>,
    /// Where to begin looking, from the root.
    pub starts: Vec<String>,
}

impl Place {
    /// Takes a folder for the root, when all paths lie below it.
    fn take_root(&mut self, folder: &Path) {
        let absolute: Vec<PathBuf> = self.wanted.iter().map(|path| self.root.join(path)).collect();
        if absolute.iter().all(|path| path.starts_with(folder)) {
            self.root = folder.to_path_buf();
            self.wanted = absolute.iter().filter_map(|path| below(folder, path)).collect();
            self.starts = vec![String::new()];
        }
    }

    /// Forgets the repository around the paths.
    pub fn stand_alone(&mut self) {
        let absolute: Vec<PathBuf> = self.wanted.iter().map(|path| self.root.join(path)).collect();
        self.root = common(&absolute, &self.root);
        self.wanted = absolute.iter().filter_map(|path| below(&self.root, path)).collect();
        self.starts.clone_from(&self.wanted);
    }
}

/// Finds the repository of some paths: the folder of the nearest `.git`, so that a Service, a CRD or an autoscaler
/// elsewhere in it is seen too; outside git the paths alone.
pub(super) fn find(paths: &[PathBuf], current: &Path) -> Result<Place, Refusal> {
    let mut absolute = Vec::new();
    for path in paths {
        let full = clean(&current.join(path));
        if let Err(error) = std::fs::symlink_metadata(&full) {
            let why = if error.kind() == std::io::ErrorKind::NotFound {
                "there is no such file or folder".to_owned()
            } else {
                error.to_string()
            };
            return Err(Refusal::new(format!("{}: {why}", path.display()))
                .help("check the spelling, and where you stand: paths count from the current folder"));
        }
        absolute.push(full);
    }
    let first = absolute.first().cloned().unwrap_or_else(|| current.to_path_buf());
    let folder = if first.is_dir() {
        first.clone()
    } else {
        first.parent().map_or_else(|| current.to_path_buf(), Path::to_path_buf)
    };
    let git = folder.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf);
    let git = git.filter(|root| absolute.iter().all(|path| path.starts_with(root)));
    let within = |above: &Path| git.as_ref().is_none_or(|root| above.starts_with(root));
    let configs: Vec<PathBuf> = folder
        .ancestors()
        .take_while(|above| within(above))
        .filter(|above| above.join(FILE_NAME).is_file())
        .map(Path::to_path_buf)
        .collect();
    // outside git a configuration that was found is the only mark of a repository
    let marked = configs.first().filter(|root| absolute.iter().all(|path| path.starts_with(root))).cloned();
    let root = git.clone().or(marked).unwrap_or_else(|| common(&absolute, &folder));
    let wanted: Vec<String> = absolute.iter().filter_map(|path| below(&root, path)).collect();
    let starts = if git.is_some() { vec![String::new()] } else { wanted.clone() };
    let mut place = Place { root, wanted, starts };
    if let Some(root) = configs.iter().find(|folder| says_root(&folder.join(FILE_NAME))) {
        place.take_root(root);
    }
    Ok(place)
}

/// Whether a configuration makes its folder a repository of its own. What else is wrong with it is told when it is read.
fn says_root(file: &Path) -> bool {
    let Ok(bytes) = std::fs::read(file) else { return false };
    config::head(&Arc::new(Source::new(SourceId(0), FILE_NAME, bytes))).root
}

/// The deepest folder that holds all paths.
fn common(paths: &[PathBuf], fallback: &Path) -> PathBuf {
    let mut folders =
        paths.iter().map(|path| if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) });
    let Some(first) = folders.next() else { return fallback.to_path_buf() };
    folders.fold(first.to_path_buf(), |root, folder| {
        root.ancestors().find(|above| folder.starts_with(above)).map_or_else(|| root.clone(), Path::to_path_buf)
    })
}

/// A path below the root with `/` between its parts.
pub(super) fn below(root: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root).ok()?;
    Some(inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/"))
}

/// Resolves `.` and `..` by the text: links in the path stay as they were typed.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A path from the root as someone in `current` would type it.
pub(super) fn shown(root: &Path, current: &Path, path: &str) -> String {
    // of what is not of the repository the name says all
    if is_outside(path) {
        return path.to_owned();
    }
    let full = root.join(path);
    if let Ok(inside) = full.strip_prefix(current) {
        return inside.to_string_lossy().into_owned();
    }
    let up = current.ancestors().position(|above| full.starts_with(above));
    match up {
        Some(levels) if levels <= 4 => {
            let base = current.ancestors().nth(levels).unwrap_or(root);
            let rest = full.strip_prefix(base).unwrap_or(&full);
            format!("{}{}", "../".repeat(levels), rest.display())
        }
        _ => full.to_string_lossy().into_owned(),
    }
}
