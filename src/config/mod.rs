//! What the user chose: versions, levels by check, pack and path, what to ignore, what is accepted and where findings
//! count. Read from `plimsoll.yaml`; works without one. Leaves out finding the files: that is the command line's.

mod baseline;
mod comment;
mod date;
mod enforce;
mod exception;
mod file;
mod levels;
mod owners;

use std::sync::Arc;

pub use baseline::{Baseline, BaselineProblem, Line, write as write_baseline};
pub use comment::{CommentProblem, FORM, OPENING, exceptions};
pub use date::{Date, Today};
pub use enforce::Enforce;
pub use exception::{Exception, GRACE_DAYS, Region, Term};
pub use file::{Around, ConfigProblem, Head, Known, Layer, head, minor, read};
pub use levels::{Level, Levels, lies_in};
pub use owners::{OWNERS_FILES, Owners};

use globset::GlobSet;

use crate::facts::{Crd, Locations};
use crate::finding::CheckId;
use crate::kube::Gvk;
use crate::overlay::kustomize::Remotes;
use crate::source::Span;

/// The name of the configuration file.
pub const FILE_NAME: &str = "plimsoll.yaml";

/// The name of the baseline, at the root, unless the configuration names another one.
pub const BASELINE_NAME: &str = "plimsoll.baseline";

/// The name of the file of definitions that were added, at the root.
pub const SCHEMAS_NAME: &str = "plimsoll.schemas.yaml";

/// Everything that a run can be told.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The Kubernetes minors to judge by.
    pub minors: Minors,
    /// Levels by check, pack and path.
    pub levels: Levels,
    /// Checks and packs that no configuration or comment below may change or allow.
    pub locked: Vec<Lock>,
    /// Paths that are not looked at; in the file they count from its folder, here from the root.
    pub ignore: GlobSet,
    /// Kinds whose objects are not judged.
    pub skip: Vec<Skip>,
    /// The user's own policies.
    pub policies: Vec<PolicySet>,
    /// The baseline that was named, from the root.
    pub baseline_path: Option<String>,
    /// What it accepts.
    pub baseline: Baseline,
    /// Definitions of kinds that were added to the repository.
    pub added: Vec<Arc<Crd>>,
    /// Where the user keeps schemas of his own, as it is written.
    pub schemas: Vec<SchemaPlace>,
    /// The same with the files that are there.
    pub locations: Arc<Locations>,
    /// What stands for bases and files that Kustomize would fetch.
    pub remotes: Remotes,
    /// The day by which expiries are judged.
    pub today: Today,
    /// Findings that are accepted with a reason.
    pub exceptions: Vec<Arc<Exception>>,
    /// Where findings count, by folder; everywhere where none speaks.
    pub enforce: Vec<(String, Enforce)>,
    /// Who owns which file.
    pub owners: Owners,
    /// The files that say all this, from the root.
    pub files: Vec<String>,
    /// Whether the configuration's folder is a repository of its own.
    pub root: bool,
}

impl Config {
    /// Whether findings in a file count for the verdict of the run.
    #[must_use]
    pub fn enforces(&self, path: &str) -> bool {
        let mut speaking = self.enforce.iter().filter(|(scope, _)| lies_in(path, scope)).peekable();
        speaking.peek().is_none() || speaking.any(|(_, enforce)| enforce.covers(path, &self.owners))
    }

    /// What locks a check in a file.
    #[must_use]
    pub fn lock(&self, check: &CheckId, path: &str) -> Option<&Lock> {
        let speaks = |lock: &&Lock| lies_in(path, &lock.scope) && (lock.name == *check.0 || lock.name == check.pack());
        self.locked.iter().find(speaks)
    }

    /// Whether objects of a kind are not to be judged in a file.
    #[must_use]
    pub fn skips(&self, gvk: &Gvk, path: &str) -> bool {
        let named = |kind: &str| kind == gvk.kind || kind.rsplit_once('/') == Some((&gvk.api_version(), &gvk.kind));
        self.skip.iter().any(|skip| lies_in(path, &skip.scope) && named(&skip.kind))
    }
}

/// Kubernetes minors, for the repository and for folders of it.
#[derive(Debug, Clone)]
pub struct Minors {
    /// Ascending, never empty; the deepest folder that holds a file counts.
    folders: Vec<(String, Vec<u16>)>,
}

impl Default for Minors {
    fn default() -> Self {
        Self::of(vec![*crate::facts::MINORS.end()])
    }
}

impl Minors {
    /// The same minors everywhere.
    #[must_use]
    pub fn of(minors: Vec<u16>) -> Self {
        Self { folders: vec![(String::new(), minors)] }
    }

    fn set(&mut self, folder: &str, minors: Vec<u16>) {
        self.folders.retain(|(there, _)| there != folder);
        self.folders.push((folder.to_owned(), minors));
        self.folders.sort_by_key(|(there, _)| there.len());
    }

    /// Those for a file, ascending.
    #[must_use]
    pub fn of_path(&self, path: &str) -> &[u16] {
        let folders = self.folders.iter().rev();
        folders.into_iter().find(|(folder, _)| lies_in(path, folder)).map_or(&[], |(_, minors)| minors)
    }

    /// All of them, ascending.
    #[must_use]
    pub fn all(&self) -> Vec<u16> {
        let mut all: Vec<u16> = self.folders.iter().flat_map(|(_, minors)| minors.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// A check or pack that a configuration has locked.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Its id.
    pub name: String,
    /// In which folder.
    pub scope: String,
    /// Where that is written.
    pub span: Span,
}

/// A kind whose objects are not judged.
#[derive(Debug, Clone)]
pub struct Skip {
    /// In which folder.
    pub scope: String,
    /// `Kind`, or `group/version/Kind`.
    pub kind: String,
}

/// A place of the user's own schemas.
#[derive(Debug, Clone)]
pub struct SchemaPlace {
    /// The folder for whose files they are.
    pub scope: String,
    /// As it is written.
    pub written: String,
    /// From the root; `default` stands for those that come with the binary.
    pub path: String,
}

/// Says why a schema location cannot be one, if so.
///
/// # Errors
/// What is wrong with it.
pub fn judge_location(text: &str) -> Result<(), String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Err(format!(
            "`{text}` is an address, and nothing is fetched: keep the schemas in a folder and name that"
        ));
    }
    if text.is_empty() {
        return Err("an empty schema location".to_owned());
    }
    crate::facts::Template::read(text).map(drop)
}

/// A folder or file of the user's own policies.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    /// The folder for whose files they are.
    pub scope: String,
    /// As it is written.
    pub written: String,
    /// From the root.
    pub path: String,
    /// The packages whose `deny`, `warn` and `violation` are asked, as for conftest; `main` when there are none.
    pub namespaces: Vec<String>,
    /// Files of data for them, from the root.
    pub data: Vec<String>,
}
