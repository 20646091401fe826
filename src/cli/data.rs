//! The data of the user's policies: the files that `data` names, joined by their folders as conftest joins them. Leaves
//! out what is in them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::PolicySet;
use crate::overlay::{folder_of, resolve};
use crate::policy::UserData;
use crate::source::Snapshot;

use super::{Refusal, root};

/// The endings that OPA reads data from.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// Every file of data, each once, in the order in which they are named.
pub(super) fn read(sets: &[PolicySet], snapshot: &Snapshot, root: &Path) -> Result<Vec<UserData>, Refusal> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for path in sets.iter().flat_map(|set| &set.data).filter(|path| seen.insert(path.as_str())) {
        let from = all.len();
        listed(path, snapshot, &mut all);
        if all.len() == from {
            on_disk(path, root, &mut all)?;
        }
    }
    Ok(all)
}

/// Those that the snapshot has: what is about to be committed may differ from what is on disk.
fn listed(path: &str, snapshot: &Snapshot, into: &mut Vec<UserData>) {
    let Some(path) = resolve("", path) else { return };
    let one = snapshot.find(&path).map(|id| (id, path.as_str(), ""));
    let below = snapshot.below(&path).map(|(id, entry)| {
        (id, entry.path.as_str(), entry.path.strip_prefix(&path).unwrap_or(&entry.path).trim_start_matches('/'))
    });
    for (id, path, inside) in one.into_iter().chain(below).filter(|(_, path, _)| is_data(path)) {
        let Ok(source) = snapshot.source(id) else { continue };
        into.push(UserData { path: path.to_owned(), under: keys(inside), text: source.text().to_owned() });
    }
}

fn on_disk(path: &str, root: &Path, into: &mut Vec<UserData>) -> Result<(), Refusal> {
    let refuse = |why: &dyn std::fmt::Display| {
        Refusal::new(format!("data in {path}: {why}"))
            .help("name a file of YAML or JSON under `data`, or a folder of such files")
    };
    let start = root.join(path);
    let from = into.len();
    for entry in
        ignore::WalkBuilder::new(&start).standard_filters(false).sort_by_file_name(std::ffi::OsStr::cmp).build()
    {
        let entry = entry.map_err(|error| match error.io_error() {
            Some(io) if io.kind() == std::io::ErrorKind::NotFound => refuse(&"there is no such file or folder"),
            Some(io) => refuse(&io.kind()),
            None => refuse(&error),
        })?;
        let name = entry.path().to_string_lossy();
        if !entry.file_type().is_some_and(|kind| kind.is_file()) || !is_data(&name) {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).map_err(|error| refuse(&error))?;
        let inside = root::below(&start, entry.path()).unwrap_or_default();
        let shown = format!("{path}/{inside}").trim_end_matches('/').to_owned();
        into.push(UserData { path: shown, under: keys(&inside), text });
    }
    if into.len() == from { Err(refuse(&"no file of data in it")) } else { Ok(()) }
}

fn is_data(path: &str) -> bool {
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// The folders of a file are keys around what it says; its own name is none.
fn keys(inside: &str) -> Vec<String> {
    folder_of(inside).split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
