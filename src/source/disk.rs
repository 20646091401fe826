//! A snapshot of a folder on disk: the ignore rules of git, dot-folders included, links never followed out of the
//! root and no target read twice. Leaves out which of the names mean anything.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{WalkBuilder, WalkState};

use super::{Absence, Entry, Listing, MAX_SOURCE_BYTES, Store};

/// The file in which Flux is told what its artifacts leave out.
pub const FLUX_IGNORE_FILE: &str = ".sourceignore";

/// The file whose lines are ignore rules for this tool alone.
pub const IGNORE_FILE: &str = ".plimsollignore";

/// Reads files below a root.
pub struct Disk {
    root: PathBuf,
    /// The root, opened when a file is first read: the way to it is walked once.
    #[cfg(unix)]
    folder: std::sync::OnceLock<Option<std::os::fd::OwnedFd>>,
}

impl Disk {
    /// A store below `root`.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            #[cfg(unix)]
            folder: std::sync::OnceLock::new(),
        }
    }

    /// Opens what is at a path, whatever it is: nobody is waited for, and no terminal becomes that of the run.
    #[cfg(unix)]
    fn opened(&self, path: &str) -> std::io::Result<File> {
        use rustix::fs::{CWD, Mode, OFlags, open, openat};

        let how = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let root = || open(&self.root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok();
        let found = match self.folder.get_or_init(root) {
            Some(folder) if !path.is_empty() => openat(folder, path, how, Mode::empty()),
            // the root is a file, or may be walked through and not be opened
            _ => openat(CWD, self.root.join(path), how, Mode::empty()),
        };
        Ok(File::from(found?))
    }

    /// Opens what is at a path.
    #[cfg(not(unix))]
    fn opened(&self, path: &str) -> std::io::Result<File> {
        File::open(self.root.join(path))
    }
}

impl Store for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, Absence> {
        let refused = |error: std::io::Error| Absence::Unreadable(said(&error));
        let file = self.opened(path).map_err(|error| match fs::metadata(self.root.join(path)) {
            // a socket cannot be opened, nor what is locked, and both can be told
            Ok(meta) if !meta.is_file() => Absence::NotAFile(kind_of(&meta)),
            _ => refused(error),
        })?;
        whole(file)
    }
}

/// The bytes of a file that was opened.
pub(super) fn whole(mut file: File) -> Result<Vec<u8>, Absence> {
    let refused = |error: std::io::Error| Absence::Unreadable(said(&error));
    #[cfg(unix)]
    if let Some(bytes) = at_once(&file) {
        return Ok(bytes);
    }
    // a pipe would block for ever, a device never end
    let meta = file.metadata().map_err(refused)?;
    if !meta.is_file() {
        return Err(Absence::NotAFile(kind_of(&meta)));
    }
    if meta.len() > MAX_SOURCE_BYTES {
        return Err(Absence::TooLarge(meta.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0) + 1);
    // it may grow while it is read
    file.rewind().map_err(refused)?;
    file.take(MAX_SOURCE_BYTES).read_to_end(&mut bytes).map_err(refused)?;
    Ok(bytes)
}

/// The bytes of a small file, as nearly all are, without a question before. What is empty, or longer, or cannot be read, is
/// looked at more closely.
#[cfg(unix)]
fn at_once(file: &File) -> Option<Vec<u8>> {
    const SMALL: usize = 32 << 10;
    let mut room = [std::mem::MaybeUninit::<u8>::uninit(); SMALL];
    let (bytes, rest) = rustix::io::read(file, &mut room).ok()?;
    // a file system may give less than there is: only nothing more is the end
    let is_whole = !bytes.is_empty() && !rest.is_empty() && rustix::io::read(file, rest).ok()?.0.is_empty();
    is_whole.then(|| bytes.to_vec())
}

/// What the system said, without its number.
pub(super) fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it is gone: it was there when the folder was listed".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        kind => kind.to_string(),
    }
}

/// What is neither a file nor a folder.
const SPECIAL: &str = "a pipe, socket or device";

fn kind_of(meta: &fs::Metadata) -> &'static str {
    if meta.is_dir() { "a folder" } else { SPECIAL }
}

/// Lists what is below `starts` (paths from `root`, `""` for all of it) that git would not ignore and `keep` wants,
/// as a listing whose paths count from `root`. Findings are wanted in what lies below one of `wanted`.
#[must_use]
pub fn walk(root: &Path, starts: &[String], wanted: &[String], keep: &(dyn Fn(&str) -> bool + Sync)) -> Listing {
    walk_by(root, starts, wanted, keep, true)
}

/// The same with what git would ignore: a build takes in what is there.
#[must_use]
pub fn walk_all(root: &Path, starts: &[String], wanted: &[String], keep: &(dyn Fn(&str) -> bool + Sync)) -> Listing {
    walk_by(root, starts, wanted, keep, false)
}

fn walk_by(
    root: &Path,
    starts: &[String],
    wanted: &[String],
    keep: &(dyn Fn(&str) -> bool + Sync),
    ignores: bool,
) -> Listing {
    let store = Box::new(Disk::new(root.to_path_buf()));
    let mut paths = starts.iter().map(|start| root.join(start));
    let Some(first) = paths.next() else {
        return Listing { entries: Vec::new(), store };
    };
    let mut builder = WalkBuilder::new(first);
    for path in paths {
        builder.add(path);
    }
    builder
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .git_global(false)
        .git_ignore(ignores)
        .git_exclude(ignores)
        // `.ignore` belongs to search tools, and git tracks what it names
        .ignore(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .filter_entry(|entry| entry.file_name() != ".git")
        .threads(std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(4));

    let found: Mutex<Vec<Entry>> = Mutex::new(Vec::new());
    let links: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());
    let add = |entry: Entry| found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(entry);
    builder.build_parallel().run(|| {
        Box::new(|result| {
            match result {
                Ok(entry) => {
                    let Some(path) = relative(root, entry.path()) else { return WalkState::Continue };
                    let Some(kind) = entry.file_type() else { return WalkState::Continue };
                    if kind.is_symlink() {
                        links
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .push((path, entry.path().to_path_buf()));
                    } else if kind.is_dir() {
                        // a folder named like a manifest is told of: someone meant a file
                        if is_yaml_name(&path) && keep(&path) && !path.is_empty() {
                            add(Entry { path, absence: Some(Absence::NotAFile("a folder")), wanted: true, read: true });
                        }
                    } else if keep(&path) {
                        let absence = (!kind.is_file()).then_some(Absence::NotAFile(SPECIAL));
                        add(Entry { path, absence, wanted: true, read: true });
                    }
                }
                Err(error) => {
                    if let Some(path) = path_of(&error).and_then(|path| relative(root, path)) {
                        add(Entry {
                            path,
                            absence: Some(Absence::Unreadable(plain(&error))),
                            wanted: true,
                            read: true,
                        });
                    }
                }
            }
            WalkState::Continue
        })
    });

    let mut entries = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut links = links.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    links.sort();
    let mut aliases = follow(root, &mut entries, links, keep);
    let below = |path: &str, folder: &str| {
        folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // who asks for a link asks for what it points at
    aliases.retain(|(link, _)| wanted.iter().any(|folder| below(link, folder)));
    for entry in &mut entries {
        entry.wanted = wanted.iter().any(|folder| below(&entry.path, folder))
            || aliases.iter().any(|(_, target)| *target == entry.path);
    }
    Listing { entries, store }
}

/// A link to a file of the root that was not listed itself is read under the link's name, once; every other link is
/// an entry that says why it was not followed. Returns the links whose targets are listed, with those.
fn follow(
    root: &Path,
    entries: &mut Vec<Entry>,
    links: Vec<(String, PathBuf)>,
    keep: &(dyn Fn(&str) -> bool + Sync),
) -> Vec<(String, String)> {
    let mut aliases = Vec::new();
    let Ok(real_root) = root.canonicalize() else { return aliases };
    let mut seen: std::collections::HashSet<PathBuf> = if links.is_empty() {
        std::collections::HashSet::new()
    } else {
        entries.iter().map(|entry| real_root.join(&entry.path)).collect()
    };
    for (path, link) in links {
        let target = fs::read_link(&link).map(|to| to.to_string_lossy().into_owned()).unwrap_or_default();
        let refuse = |why| Some(Absence::Link { target: target.clone(), why, same_as: None });
        let absence = match link.canonicalize() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => refuse("it points at nothing"),
            Err(_) => refuse("it points at itself"),
            Ok(real) if !real.starts_with(&real_root) => refuse("it leads out of the repository"),
            Ok(real) if real.is_dir() => refuse("it points at a folder, which is looked at under its own name"),
            Ok(real) if !real.is_file() => Some(Absence::NotAFile(SPECIAL)),
            Ok(real) if !seen.insert(real.clone()) => {
                let same_as = relative(&real_root, &real);
                aliases.extend(same_as.clone().map(|target| (path.clone(), target)));
                Some(Absence::Link { target, why: "its target is looked at under its own name", same_as })
            }
            Ok(_) => None,
        };
        let to_folder = matches!(&absence, Some(Absence::Link { why, .. }) if why.contains("a folder"));
        if keep(&path) || to_folder {
            entries.push(Entry { path, absence, wanted: true, read: true });
        }
    }
    aliases
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root).ok()?;
    if cfg!(unix)
        && let Some(inside) = inside.to_str()
    {
        return Some(inside.to_owned());
    }
    let parts: Vec<String> = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Some(parts.join("/"))
}

fn is_yaml_name(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

fn plain(error: &ignore::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), said)
}
