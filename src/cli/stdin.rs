//! `-`: standard input as a repository of one file.

use std::io::Read as _;

use crate::source::{MAX_SOURCE_BYTES, Snapshot};

use super::Refusal;

/// The name under which findings in standard input are shown.
const NAME: &str = "<stdin>";

pub(super) fn snapshot() -> Result<Snapshot, Refusal> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MAX_SOURCE_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Refusal::new(format!("standard input: {error}")))?;
    if bytes.len() as u64 > MAX_SOURCE_BYTES {
        return Err(Refusal::new(format!("standard input holds more than {} MiB", MAX_SOURCE_BYTES >> 20))
            .help("write it to files and name their folder"));
    }
    Ok(Snapshot::in_memory([(NAME, bytes)]))
}
