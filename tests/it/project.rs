//! The project under test: its folder, its files, its checks.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use plimsoll::check::{CheckError, CheckMeta, Registry};
use plimsoll::engine;

/// What the binary checks with, and what of it could not be loaded. One for all trials: checks keep no state.
static CHECKS: LazyLock<(Registry, Vec<CheckError>)> = LazyLock::new(|| engine::registry(&[]));

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder for what tests write, inside the build folder.
pub fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// All checks that come with the binary.
pub fn registry() -> &'static Registry {
    &CHECKS.0
}

/// Why checks that come with the binary cannot be used; empty when all is well.
pub fn registry_errors() -> &'static [CheckError] {
    &CHECKS.1
}

/// Every declaration, sorted by id.
pub fn metas() -> Vec<&'static CheckMeta> {
    registry().metas()
}

/// What lies directly in a folder, sorted; nothing when there is no such folder.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// All files below a folder, sorted. Links are not followed.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(folder) {
        if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

/// The last part of a path.
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A path below `base`, with `/` between its parts.
pub fn below(base: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(base).unwrap_or(path);
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
