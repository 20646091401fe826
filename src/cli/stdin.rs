//! `-`: standard input as a repository of one file.

use std::io::Read as _;
use std::path::Path;

use crate::source::{Absence, Disk, Entry, Listing, MAX_SOURCE_BYTES, Store};

use super::Refusal;

/// The name under which findings in standard input are shown.
const NAME: &str = "<stdin>";

/// Standard input, beside the configuration on disk.
struct Input {
    bytes: Vec<u8>,
    disk: Disk,
}

impl Store for Input {
    fn read(&self, path: &str) -> Result<Vec<u8>, Absence> {
        if path == NAME { Ok(self.bytes.clone()) } else { self.disk.read(path) }
    }
}

/// Reads it to its end.
pub(super) fn listing(root: &Path) -> Result<Listing, Refusal> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Refusal::new(format!("standard input: {error}")))?;
    if bytes.len() as u64 > MAX_SOURCE_BYTES {
        return Err(Refusal::new(format!("standard input holds more than {} MiB", MAX_SOURCE_BYTES >> 20))
            .help("write it to files and name their folder"));
    }
    let entries = vec![Entry { path: NAME.to_owned(), absence: None, wanted: true, read: true }];
    Ok(Listing { entries, store: Box::new(Input { bytes, disk: Disk::new(root.to_path_buf()) }) })
}
