//! How much each check asks for, where. What a configuration above has locked, no other one changes.

use std::collections::BTreeMap;

use globset::GlobSet;

use crate::finding::{CheckId, Severity};

/// A level that someone chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported so.
    Severity(Severity),
}

/// Whether a path lies in a folder; `""` is the root.
#[must_use]
pub fn lies_in(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Levels for some paths.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// The folder of the configuration that says so.
    pub folder: String,
    /// Of the paths in it, these; all of them when there are none.
    pub paths: Option<GlobSet>,
    /// By check or pack.
    pub levels: Vec<(String, Level)>,
    /// Checks and packs that a configuration above has locked: what is said here of them does not count.
    pub locked: Vec<String>,
    /// Whether nothing that was said before counts in this folder.
    pub forgets: bool,
}

/// All levels, in the order of the files: the last that fits counts, and a check's own before its pack's.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    scopes: Vec<Scope>,
    /// Checks that are of some folders only.
    homes: BTreeMap<CheckId, Vec<String>>,
}

impl Levels {
    /// Adds levels by check id or pack, for all paths.
    pub fn add(&mut self, levels: Vec<(String, Level)>) {
        self.scopes.push(Scope { levels, ..Scope::default() });
    }

    /// Says that a check is of a folder: elsewhere it is off.
    pub fn home(&mut self, check: &CheckId, folder: &str) {
        self.homes.entry(check.clone()).or_default().push(folder.to_owned());
    }

    pub(super) fn push(&mut self, scope: Scope) {
        self.scopes.push(scope);
    }

    /// Whether what is said of a check is said of all paths.
    #[must_use]
    pub fn same_everywhere(&self) -> bool {
        self.homes.is_empty() && self.scopes.iter().all(|scope| scope.folder.is_empty() && scope.paths.is_none())
    }

    /// What was chosen for a check in a file; nothing leaves it to the check.
    #[must_use]
    pub fn level(&self, check: &CheckId, path: &str) -> Option<Level> {
        if !self.homes.is_empty()
            && self.homes.get(check).is_some_and(|folders| !folders.iter().any(|folder| lies_in(path, folder)))
        {
            return Some(Level::Off);
        }
        self.said(check, path)
    }

    /// What is said of a check at a path, wherever it is at home.
    #[must_use]
    pub fn said(&self, check: &CheckId, path: &str) -> Option<Level> {
        for scope in self.scopes.iter().rev() {
            if !lies_in(path, &scope.folder) || scope.paths.as_ref().is_some_and(|globs| !globs.is_match(path)) {
                continue;
            }
            if scope.forgets {
                return None;
            }
            if scope.locked.iter().any(|name| *name == *check.0 || name == check.pack()) {
                continue;
            }
            let named =
                |wanted: &str| scope.levels.iter().rev().find(|(name, _)| name == wanted).map(|(_, level)| *level);
            if let Some(level) = named(&check.0).or_else(|| named(check.pack())) {
                return Some(level);
            }
        }
        None
    }
}
