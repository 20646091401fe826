//! Snapshots out of git: the index (what the next commit will hold) and the commit before it. Asks git itself, which
//! knows worktrees, sparse checkouts, an index of one commit (`GIT_INDEX_FILE`) and every object format. Bytes of files
//! that git says are the same in the work tree are read there. Leaves out which of the files mean anything.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::disk::{Disk, IGNORE_FILE};
use super::words::{Cache, Words};
use super::{Absence, Entry, Listing, MAX_SOURCE_BYTES, Store};

/// Why git gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitProblem {
    /// The program is not there.
    NoGit,
    /// What it said.
    Refused(String),
    /// Files with conflicts that are not resolved.
    Unmerged(Vec<String>),
}

/// What the next commit holds, and what it changes.
pub struct Staged {
    /// The files after it.
    pub after: Listing,
    /// The files before it.
    pub before: Listing,
    /// The paths that it adds, changes or deletes, sorted.
    pub changed: BTreeSet<String>,
    cache: Arc<Cache>,
    objects: Vec<String>,
}

impl Staged {
    /// What keeps the words of files for the next run; it outlives the listings.
    #[must_use]
    pub fn memory(&mut self) -> Memory {
        Memory { cache: Arc::clone(&self.cache), objects: std::mem::take(&mut self.objects) }
    }
}

/// The words of files, to be kept for the next run.
pub struct Memory {
    cache: Arc<Cache>,
    objects: Vec<String>,
}

impl Memory {
    /// Keeps them, in git's own folder. One that cannot be written to is done without.
    pub fn keep(&self) {
        self.cache.save(&self.objects.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// A file that git keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    mode: Mode,
    object: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    File,
    Link,
    Submodule,
}

impl Mode {
    fn parse(text: &str) -> Self {
        match text {
            "120000" => Self::Link,
            "160000" => Self::Submodule,
            _ => Self::File,
        }
    }
}

/// Reads the index below `root`, which lies in a work tree. Only paths that `keep` wants are listed.
///
/// # Errors
/// When git cannot be asked, or the index holds conflicts.
pub fn staged(root: &Path, keep: &(dyn Fn(&str) -> bool + Sync)) -> Result<Staged, GitProblem> {
    let (index, differs, changes, cache) = std::thread::scope(|scope| {
        let cache = scope.spawn(|| {
            let folder = git(root, &["rev-parse", "--git-common-dir"]).unwrap_or_default();
            let folder = String::from_utf8_lossy(&folder).trim_end().to_owned();
            Cache::open(&root.join(folder).join("plimsoll").join("words"))
        });
        let index = scope.spawn(|| git(root, &["ls-files", "--stage", "-z"]));
        let differs = scope.spawn(|| {
            git(root, &["diff-files", "--name-only", "--no-renames", "--ignore-submodules", "--relative", "-z"])
        });
        let changes = changes(root);
        let join = |handle: std::thread::ScopedJoinHandle<'_, Result<Vec<u8>, GitProblem>>| {
            handle.join().unwrap_or_else(|_| Err(GitProblem::Refused("it could not be asked".into())))
        };
        let cache = cache.join().unwrap_or_else(|_| Cache::open(Path::new("")));
        (join(index), join(differs), changes, cache)
    });
    let mut kept = BTreeMap::new();
    let mut unmerged = BTreeSet::new();
    for record in records(&index?) {
        // `mode object stage<TAB>path`
        let Some((meta, path)) = record.split_once('\t') else { continue };
        let mut words = meta.split(' ');
        let (Some(mode), Some(object), Some(stage)) = (words.next(), words.next(), words.next()) else { continue };
        if stage != "0" {
            unmerged.insert(path.to_owned());
        }
        kept.insert(path.to_owned(), Kept { mode: Mode::parse(mode), object: object.to_owned() });
    }
    if !unmerged.is_empty() {
        return Err(GitProblem::Unmerged(unmerged.into_iter().collect()));
    }
    let differs: BTreeSet<String> = records(&differs?).collect();
    // without a commit everything is new
    let old: BTreeMap<String, Option<Kept>> = match changes? {
        Some(changes) => changes,
        None => kept.keys().map(|path| (path.clone(), None)).collect(),
    };

    let cache = Arc::new(cache);
    let blobs = kept.iter().filter(|(path, _)| keep(path)).map(|(_, kept)| kept.object.clone()).collect();
    let objects = Arc::new(Objects { root: root.to_path_buf(), process: Mutex::new(None) });
    let ignored = Ignored::read(root, &kept, &objects);
    let keep = |path: &str| keep(path) && !ignored.is_match(path);
    let mut before = kept.clone();
    for (path, kept) in &old {
        match kept {
            Some(kept) => before.insert(path.clone(), kept.clone()),
            None => before.remove(path),
        };
    }
    let changed: BTreeSet<String> = old.keys().cloned().collect();
    let listing = |files: BTreeMap<String, Kept>, stale: BTreeSet<String>| {
        let entries = files
            .iter()
            .filter(|(path, kept)| keep(path) || kept.mode == Mode::Submodule)
            .map(|(path, kept)| Entry {
                path: path.clone(),
                absence: absence(path, kept, &files, &objects),
                wanted: true,
                read: true,
            })
            .collect();
        let disk = Disk::new(root.to_path_buf());
        Listing {
            entries,
            store: Box::new(Tracked { files, stale, disk, objects: Arc::clone(&objects), cache: Arc::clone(&cache) }),
        }
    };
    // what the work tree holds is no older version
    let older: BTreeSet<String> = differs.union(&changed).cloned().collect();
    let before = listing(before, older);
    let after = listing(kept, differs);
    Ok(Staged { after, before, changed, cache, objects: blobs })
}

/// Where the hooks of a repository are.
#[derive(Debug, Clone)]
pub struct Hooks {
    /// The folder in which git looks for them.
    pub folder: PathBuf,
    /// Whose it is.
    pub scope: HookScope,
}

/// For whom a folder of hooks is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookScope {
    /// This clone alone.
    Own,
    /// A folder of the repository's own files, so that every clone has it.
    Committed,
    /// Every repository of a user or a machine (`core.hooksPath` outside of the repository's own settings).
    Shared,
}

/// Finds the hooks of the repository around `folder`, by `core.hooksPath` where that is set.
/// (<https://git-scm.com/docs/githooks>)
///
/// # Errors
/// When git cannot be asked, or there is no work tree.
pub fn hooks(folder: &Path) -> Result<Hooks, GitProblem> {
    let line = |arguments: &[&str]| {
        git(folder, arguments).map(|out| String::from_utf8_lossy(&out).trim_end_matches(['\n', '\r']).to_owned())
    };
    let top = PathBuf::from(line(&["rev-parse", "--show-toplevel"])?);
    let own = folder.join(line(&["rev-parse", "--git-common-dir"])?);
    // relative paths of the setting count from the top of the work tree
    let setting = line(&["config", "--show-scope", "--type=path", "--get", "core.hooksPath"]).ok();
    let Some((scope, path)) = setting.as_deref().and_then(|line| line.split_once('\t')) else {
        return Ok(Hooks { folder: own.join("hooks"), scope: HookScope::Own });
    };
    let named = top.join(path);
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let scope = if real(&named).starts_with(real(&own)) {
        HookScope::Own
    } else if named.starts_with(&top) {
        HookScope::Committed
    } else if matches!(scope, "local" | "worktree" | "command") {
        HookScope::Own
    } else {
        HookScope::Shared
    };
    Ok(Hooks { folder: named, scope })
}

/// The moment that the next commit will carry, in seconds since 1970; that of the last commit when none is being made.
#[must_use]
pub fn moment(root: &Path, committing: bool) -> Option<i64> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    if committing {
        // `Name <mail> 1700000000 +0100`
        let line = text(git(root, &["var", "GIT_COMMITTER_IDENT"]).ok()?);
        return line.rsplit(' ').nth(1)?.parse().ok();
    }
    text(git(root, &["show", "--no-patch", "--format=%ct", "HEAD"]).ok()?).parse().ok()
}

/// What the index changes against the last commit: each path with what was there. None when there is no commit yet.
fn changes(root: &Path) -> Result<Option<BTreeMap<String, Option<Kept>>>, GitProblem> {
    let arguments = ["diff-index", "--cached", "--raw", "--no-renames", "--no-abbrev", "--relative", "-z", "HEAD"];
    let raw = match git(root, &arguments) {
        Ok(raw) => raw,
        Err(GitProblem::Refused(why)) => {
            // a branch without a commit is no fault
            return match git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]) {
                Err(_) if git(root, &["rev-parse", "--is-inside-work-tree"]).is_ok() => Ok(None),
                _ => Err(GitProblem::Refused(why)),
            };
        }
        Err(problem) => return Err(problem),
    };
    let mut out = BTreeMap::new();
    let mut records = records(&raw);
    // `:mode mode object object status`, then the path
    while let (Some(meta), Some(path)) = (records.next(), records.next()) {
        let words: Vec<&str> = meta.trim_start_matches(':').split(' ').collect();
        let [old_mode, _, old_object, _, status] = words.as_slice() else { continue };
        let old =
            (!status.starts_with('A')).then(|| Kept { mode: Mode::parse(old_mode), object: (*old_object).to_owned() });
        out.insert(path, old);
    }
    Ok(Some(out))
}

/// Names that are no text are told with a replacement; their bytes are read from git.
fn records(bytes: &[u8]) -> impl Iterator<Item = String> {
    let records = bytes.split(|byte| *byte == 0).filter(|record| !record.is_empty());
    records.map(|record| String::from_utf8_lossy(record).into_owned())
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .arg("--no-optional-locks")
        .arg("-C")
        .arg(root)
        .args(arguments)
        // its words are read, and a clone without all objects asks no server
        .env("LC_ALL", "C")
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::null());
    command
}

fn git(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitProblem> {
    let output = command(root, arguments).output().map_err(|_| GitProblem::NoGit)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().next().unwrap_or("it gave no reason").trim_start_matches("fatal: ");
    Err(GitProblem::Refused(line.to_owned()))
}

/// Why a file has no text of its own in git.
fn absence(path: &str, kept: &Kept, files: &BTreeMap<String, Kept>, objects: &Objects) -> Option<Absence> {
    match kept.mode {
        Mode::File => None,
        Mode::Submodule => Some(Absence::Submodule),
        Mode::Link => {
            let target = objects.read(&kept.object).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let target = target.unwrap_or_default();
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let same_as = join(folder, &target).filter(|path| files.contains_key(path));
            let why = match (&same_as, join(folder, &target)) {
                (Some(_), _) => "its target is looked at under its own name",
                (None, Some(_)) => "it points at nothing that is committed, or at a folder",
                (None, None) => "it leads out of the repository",
            };
            Some(Absence::Link { target, why, same_as })
        }
    }
}

/// A path from a folder of the repository, while it stays in it.
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Files that git tracks.
struct Tracked {
    files: BTreeMap<String, Kept>,
    /// Those of which the work tree holds something else, or nothing.
    stale: BTreeSet<String>,
    disk: Disk,
    objects: Arc<Objects>,
    cache: Arc<Cache>,
}

impl Store for Tracked {
    fn read(&self, path: &str) -> Result<Vec<u8>, Absence> {
        let Some(kept) = self.files.get(path) else {
            // a configuration that was named by its place outside the repository
            return if path.starts_with('/') {
                self.disk.read(path)
            } else {
                Err(Absence::Unreadable("it will not be in the commit".into()))
            };
        };
        if !self.stale.contains(path)
            && let Ok(bytes) = self.disk.read(path)
        {
            return Ok(bytes);
        }
        self.objects.read(&kept.object)
    }

    fn words(&self, path: &str) -> Option<Words> {
        self.cache.get(&self.files.get(path)?.object)
    }

    fn remember(&self, path: &str, words: &Words) {
        if let Some(kept) = self.files.get(path) {
            self.cache.put(&kept.object, words);
        }
    }
}

/// The objects of a repository, read by one git process that is started when the first is asked for.
struct Objects {
    root: PathBuf,
    process: Mutex<Option<Batch>>,
}

struct Batch {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Objects {
    fn read(&self, object: &str) -> Result<Vec<u8>, Absence> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = match process.as_mut() {
            Some(batch) => batch,
            None => process.insert(
                Batch::start(&self.root).ok_or_else(|| Absence::Unreadable("git could not be started".into()))?,
            ),
        };
        batch.read(object).unwrap_or_else(|_| Err(Absence::Unreadable("git stopped while it was read".into())))
    }
}

impl Batch {
    fn start(root: &Path) -> Option<Self> {
        let mut child = command(root, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (ask, answer) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        Some(Self { child, ask, answer })
    }

    fn read(&mut self, object: &str) -> std::io::Result<Result<Vec<u8>, Absence>> {
        writeln!(self.ask, "{object}")?;
        self.ask.flush()?;
        let mut head = String::new();
        self.answer.read_line(&mut head)?;
        // `object type size`, or `object missing`
        let size: u64 = match head.trim_end().rsplit(' ').next().map(str::parse) {
            Some(Ok(size)) => size,
            _ => return Ok(Err(Absence::Unreadable("git does not have it: the clone is not complete".into()))),
        };
        if size > MAX_SOURCE_BYTES {
            std::io::copy(&mut (&mut self.answer).take(size + 1), &mut std::io::sink())?;
            return Ok(Err(Absence::TooLarge(size)));
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        self.answer.read_exact(&mut bytes)?;
        self.answer.read_exact(&mut [0])?;
        Ok(Ok(bytes))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // it only reads
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the ignore files of this tool leave out. Git's own say nothing of files that are tracked.
struct Ignored {
    /// With the folders of their files, the deepest last.
    files: Vec<(String, Gitignore)>,
}

impl Ignored {
    fn read(root: &Path, kept: &BTreeMap<String, Kept>, objects: &Objects) -> Self {
        let name = |path: &str| path.rsplit_once('/').map_or(path.to_owned(), |(_, name)| name.to_owned());
        let mut files = Vec::new();
        for (path, kept) in kept.iter().filter(|(path, _)| name(path) == IGNORE_FILE) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let Ok(bytes) = objects.read(&kept.object) else { continue };
            let mut builder = GitignoreBuilder::new(root.join(folder));
            for line in String::from_utf8_lossy(&bytes).lines() {
                // a line that is no pattern ignores nothing, as in git
                let _ = builder.add_line(None, line);
            }
            if let Ok(ignore) = builder.build() {
                files.push((folder.to_owned(), ignore));
            }
        }
        Self { files }
    }

    fn is_match(&self, path: &str) -> bool {
        for (folder, ignore) in self.files.iter().rev() {
            let inside = if folder.is_empty() {
                Some(path)
            } else {
                path.strip_prefix(folder.as_str()).and_then(|rest| rest.strip_prefix('/'))
            };
            let Some(inside) = inside else { continue };
            let found = ignore.matched_path_or_any_parents(inside, false);
            if !found.is_none() {
                return found.is_ignore();
            }
        }
        false
    }
}
