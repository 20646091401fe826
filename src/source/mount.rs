//! Files that are not of the repository: folders of this machine that stand for what would be fetched. They are known by
//! names that no file of a repository has and that are the same on every machine. Nothing outside of such a folder is read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::whole;
use super::{Absence, Entry, Listing, Store};

/// How many links may lead to each other.
const MOST_LINKS: usize = 16;

/// What the paths of such files begin with.
pub const OUTSIDE: &str = "remote:";

/// Whether a path of a snapshot is that of a file which is not of the repository.
#[must_use]
pub fn is_outside(path: &str) -> bool {
    path.strip_prefix(OUTSIDE).is_some_and(|rest| rest.starts_with('/'))
}

/// A folder or file of this machine, and what it is called in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Its path in the snapshot, one that [`is_outside`]. That of no mount lies below that of another.
    pub name: String,
    /// Where it is.
    pub at: PathBuf,
}

impl Listing {
    /// Makes files readable that are not of the repository. They are listed when someone names them; of a mount that is not
    /// there the name is.
    pub fn mount(&mut self, mounts: Vec<Mount>) {
        if mounts.is_empty() {
            return;
        }
        // the name is theirs alone
        for entry in self.entries.iter_mut().filter(|entry| is_outside(&entry.path)) {
            let why = format!("what is fetched goes by names below `{OUTSIDE}`: rename the folder");
            entry.absence = Some(Absence::Unreadable(why));
        }
        for Mount { name, at } in &mounts {
            let why = match std::fs::metadata(at) {
                Ok(_) => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => "it is not on this machine",
                Err(_) => "it cannot be read on this machine",
            };
            let absence = Some(Absence::NotAFile(why));
            self.entries.push(Entry { path: name.clone(), absence, wanted: false, read: false });
        }
        let nothing = Box::new(std::collections::BTreeMap::new());
        let inner = std::mem::replace(&mut self.store, nothing);
        self.store = Box::new(Mounted { inner, mounts });
    }
}

/// A store with mounts beside.
struct Mounted {
    inner: Box<dyn Store>,
    mounts: Vec<Mount>,
}

impl Store for Mounted {
    fn read(&self, path: &str) -> Result<Vec<u8>, Absence> {
        if !is_outside(path) {
            return self.inner.read(path);
        }
        let inside = |mount: &Mount| {
            let rest = path.strip_prefix(mount.name.as_str())?;
            if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
        };
        let found = self.mounts.iter().find_map(|mount| Some((mount, inside(mount)?)));
        let (mount, rest) = found.ok_or_else(|| Absence::Unreadable("no folder stands for it".into()))?;
        let mut at = rest.clone();
        let mut first = None;
        for _ in 0..MOST_LINKS {
            let (upto, target) = match beneath(&mount.at, &at) {
                Ok(file) if first.is_none() => return whole(file),
                Ok(_) => {
                    let same_as = Some(format!("{}/{at}", mount.name).trim_end_matches('/').to_owned());
                    let why = "its target is looked at under its own name";
                    return Err(Absence::Link { target: first.unwrap_or_default(), why, same_as });
                }
                Err(Stopped::Error(error)) => return Err(Absence::Unreadable(super::disk::said(&error))),
                Err(Stopped::Link { upto, target }) => (upto, target),
            };
            let (link, behind) = at.split_at_checked(upto).unwrap_or((&at, ""));
            let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
            let Some(to) = super::git::join(folder, &format!("{target}{behind}")) else {
                return Err(Absence::NotAFile("a link that leads out of the folder that stands for what is fetched"));
            };
            first.get_or_insert(target);
            at = to;
        }
        Err(Absence::NotAFile("a link that leads to itself"))
    }

    fn words(&self, path: &str) -> Option<super::Words> {
        if is_outside(path) { None } else { self.inner.words(path) }
    }

    fn remember(&self, path: &str, words: &super::Words) {
        if !is_outside(path) {
            self.inner.remember(path, words);
        }
    }
}

/// Why a file below a folder was not opened.
enum Stopped {
    Error(io::Error),
    /// A link on the way, up to so many bytes of the path, and what it says.
    Link {
        upto: usize,
        target: String,
    },
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Error(error)
    }
}

/// Opens what is at a path below a folder. Each part is opened from the one before, and no link is followed but that to the
/// folder itself: so nothing elsewhere is opened, whatever happens in the folder meanwhile.
#[cfg(unix)]
fn beneath(folder: &Path, path: &str) -> Result<File, Stopped> {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, open, openat, readlinkat, statat};

    let how = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if path.is_empty() {
        return Ok(File::from(openat(CWD, folder, how, Mode::empty()).map_err(io::Error::from)?));
    }
    let mut at = open(folder, how | OFlags::DIRECTORY, Mode::empty()).map_err(io::Error::from)?;
    let mut upto = 0;
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        upto += part.len();
        if part.is_empty() || part == "." || part == ".." {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        }
        let way = if parts.peek().is_some() { OFlags::DIRECTORY } else { OFlags::empty() };
        at = match openat(&at, part, how | OFlags::NOFOLLOW | way, Mode::empty()) {
            Ok(next) => next,
            Err(error) => {
                let is_link = statat(&at, part, AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink());
                return Err(match readlinkat(&at, part, Vec::new()) {
                    Ok(target) if is_link => Stopped::Link { upto, target: target.to_string_lossy().into_owned() },
                    _ => io::Error::from(error).into(),
                });
            }
        };
        upto += 1;
    }
    Ok(File::from(at))
}

/// Opens what is at a path below a folder, where no part of it is a link.
#[cfg(not(unix))]
fn beneath(folder: &Path, path: &str) -> Result<File, Stopped> {
    let mut at = folder.to_path_buf();
    let mut upto = 0;
    for part in path.split('/').filter(|_| !path.is_empty()) {
        upto += part.len();
        if part.is_empty() || part == "." || part == ".." || part.contains(['\\', ':']) {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        }
        at.push(part);
        if std::fs::symlink_metadata(&at)?.file_type().is_symlink() {
            let target = std::fs::read_link(&at)?.to_string_lossy().into_owned();
            return Err(Stopped::Link { upto, target });
        }
        upto += 1;
    }
    Ok(File::open(at)?)
}
