//! The files of a repository at one moment: names first, bytes when someone asks. Leaves out where they come from
//! ([`super::disk`], memory; later the git index and revisions).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{Source, SourceId, Words};

/// Why a name of the snapshot has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// A symbolic link that leads out of what is looked at, or to nothing.
    Link {
        /// What the link says.
        target: String,
        /// Why it is not followed.
        why: &'static str,
        /// The path under which its target is looked at.
        same_as: Option<String>,
    },
    /// A folder, pipe, socket or device under a file's name.
    NotAFile(&'static str),
    /// The operating system refused.
    Unreadable(String),
    /// A repository of its own within this one.
    Submodule,
    /// Over [`super::MAX_SOURCE_BYTES`]; the size in bytes.
    TooLarge(u64),
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link { target, why, .. } => write!(f, "a link to {target}: {why}"),
            Self::NotAFile(what) => f.write_str(what),
            Self::Submodule => f.write_str("a submodule: its files are committed in a repository of their own"),
            Self::Unreadable(why) => f.write_str(why),
            Self::TooLarge(bytes) => {
                write!(f, "{} MiB, over the limit of {} MiB", bytes >> 20, super::MAX_SOURCE_BYTES >> 20)
            }
        }
    }
}

/// A name that was found.
#[derive(Debug, Clone)]
pub struct Entry {
    /// From the root, `/` between parts.
    pub path: String,
    /// Known before reading: a link not followed, a thing that is no file.
    pub absence: Option<Absence>,
    /// Whether findings in it are wanted (it lies below a path that was asked for).
    pub wanted: bool,
    /// Whether it is read at all; else it is known by its name only, because what it says matters to nothing wanted.
    pub read: bool,
}

/// Where the bytes of a snapshot come from.
pub trait Store: Send + Sync {
    /// The bytes of `path`.
    ///
    /// # Errors
    /// Why they cannot be had; the rest of the snapshot is still good.
    fn read(&self, path: &str) -> Result<Vec<u8>, Absence>;

    /// The words of `path`, when they are known without reading it.
    fn words(&self, _path: &str) -> Option<Words> {
        None
    }

    /// Takes note of the words of `path`.
    fn remember(&self, _path: &str, _words: &Words) {}
}

/// Files held in memory: the tests' repositories, standard input, an editor's buffers.
impl Store for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> Result<Vec<u8>, Absence> {
        self.get(path).cloned().ok_or_else(|| Absence::Unreadable("no such file".into()))
    }
}

/// Names that were found and where their bytes are: what a snapshot is made of once it is known what else belongs to it.
pub struct Listing {
    /// The names, in any order.
    pub entries: Vec<Entry>,
    /// Their bytes.
    pub store: Box<dyn Store>,
}

impl Listing {
    /// The text of a file, listed or not.
    ///
    /// # Errors
    /// Why there is none.
    pub fn read(&self, path: &str, id: SourceId) -> Result<Source, Absence> {
        self.store.read(path).map(|bytes| Source::new(id, path, bytes))
    }

    /// Adds a file that is read, but in which no findings are wanted for themselves.
    pub fn add(&mut self, path: &str) {
        if !self.entries.iter().any(|entry| entry.path == path) {
            self.entries.push(Entry { path: path.to_owned(), absence: None, wanted: false, read: true });
        }
    }

    /// The snapshot of these files.
    #[must_use]
    pub fn snapshot(self) -> Snapshot {
        Snapshot::new(self.entries, self.store)
    }
}

/// The files of a repository at one moment.
pub struct Snapshot {
    entries: Vec<Entry>,
    sources: Vec<OnceLock<Result<Arc<Source>, Absence>>>,
    store: Box<dyn Store>,
}

impl Snapshot {
    /// A snapshot of `entries` (sorted here, equal names merged) with the bytes that `store` gives.
    #[must_use]
    pub fn new(mut entries: Vec<Entry>, store: Box<dyn Store>) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|b, a| {
            let same = a.path == b.path;
            if same {
                a.wanted |= b.wanted;
            }
            same
        });
        let sources = entries.iter().map(|_| OnceLock::new()).collect();
        Self { entries, sources, store }
    }

    /// A snapshot of files in memory, all of them wanted.
    #[must_use]
    pub fn in_memory<P: Into<String>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        let files: BTreeMap<String, Vec<u8>> =
            files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect();
        let entries =
            files.keys().map(|path| Entry { path: path.clone(), absence: None, wanted: true, read: true }).collect();
        Self::new(entries, Box::new(files))
    }

    /// The file that a link stands for, when that is in the snapshot under its own name; else the name itself.
    #[must_use]
    pub fn behind(&self, id: SourceId) -> SourceId {
        let link = self.entry(id).and_then(|entry| match &entry.absence {
            Some(Absence::Link { same_as: Some(path), .. }) => self.find(path),
            _ => None,
        });
        link.unwrap_or(id)
    }

    /// Says anew in which files findings are wanted, and which of those that are read still are.
    pub fn narrow(&mut self, wanted: impl Fn(&str) -> bool, read: impl Fn(&str) -> bool) {
        for entry in &mut self.entries {
            entry.wanted = wanted(&entry.path);
            entry.read = entry.read && read(&entry.path);
        }
    }

    /// Of each name in order, whether findings in it are wanted and whether it is read: to be put back after narrowing.
    #[must_use]
    pub fn marks(&self) -> Vec<(bool, bool)> {
        self.entries.iter().map(|entry| (entry.wanted, entry.read)).collect()
    }

    /// Puts marks back.
    pub fn mark(&mut self, marks: Vec<(bool, bool)>) {
        for (entry, (wanted, read)) in self.entries.iter_mut().zip(marks) {
            (entry.wanted, entry.read) = (wanted, read);
        }
    }

    /// All names with their ids, in order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (SourceId, &Entry)> {
        self.entries.iter().enumerate().map(|(at, entry)| (SourceId(u32::try_from(at).unwrap_or(u32::MAX)), entry))
    }

    /// One name.
    #[must_use]
    pub fn entry(&self, id: SourceId) -> Option<&Entry> {
        self.entries.get(id.0 as usize)
    }

    /// The id of a path, when it is in the snapshot.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<SourceId> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        u32::try_from(at).ok().map(SourceId)
    }

    /// The names below a folder (`""` is the root), in order.
    pub fn below<'s>(&'s self, folder: &str) -> impl Iterator<Item = (SourceId, &'s Entry)> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.entries.partition_point(|entry| entry.path.as_str() < prefix.as_str());
        let ids = (u32::try_from(from).unwrap_or(u32::MAX)..).map(SourceId);
        let rest = self.entries.get(from..).unwrap_or_default();
        ids.zip(rest).take_while(move |(_, entry)| entry.path.starts_with(&prefix))
    }

    /// The words of a file, without reading it where they are known; none where it has no text.
    #[must_use]
    pub fn words(&self, id: SourceId) -> Option<Words> {
        let entry = self.entry(id)?;
        if entry.absence.is_none()
            && let Some(words) = self.store.words(&entry.path)
        {
            return Some(words);
        }
        let words = Words::of(self.source(id).ok()?.text());
        self.store.remember(&entry.path, &words);
        Some(words)
    }

    /// The bytes of a file as they are, read anew: for what takes in files that are no text.
    pub fn bytes(&self, id: SourceId) -> Result<Vec<u8>, Absence> {
        let entry = self.entry(id).ok_or(Absence::NotAFile("not in this snapshot"))?;
        match &entry.absence {
            Some(absence) => Err(absence.clone()),
            None => self.store.read(&entry.path),
        }
    }

    /// The text of a file, read when first asked for.
    ///
    /// # Errors
    /// Why there is none.
    pub fn source(&self, id: SourceId) -> Result<&Arc<Source>, &Absence> {
        let (Some(entry), Some(cell)) = (self.entries.get(id.0 as usize), self.sources.get(id.0 as usize)) else {
            return Err(&Absence::NotAFile("not in this snapshot"));
        };
        cell.get_or_init(|| match &entry.absence {
            Some(absence) => Err(absence.clone()),
            None => self.store.read(&entry.path).map(|bytes| Arc::new(Source::new(id, entry.path.clone(), bytes))),
        })
        .as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_sorted_paths() {
        let snapshot = Snapshot::in_memory([("b/x.yaml", "b"), ("a.yaml", "a"), ("b-c.yaml", "c")]);
        let paths: Vec<&str> = snapshot.entries().map(|(_, entry)| entry.path.as_str()).collect();
        assert_eq!(paths, ["a.yaml", "b-c.yaml", "b/x.yaml"]);
        assert_eq!(snapshot.find("b/x.yaml"), Some(SourceId(2)));
        assert_eq!(snapshot.below("b").count(), 1);
        assert_eq!(snapshot.source(SourceId(0)).unwrap().text(), "a");
    }
}
