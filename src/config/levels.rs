//! How much each check asks for, where.

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

/// Levels for some paths.
#[derive(Debug, Clone)]
struct Scope {
    paths: Option<GlobSet>,
    levels: Vec<(String, Level)>,
}

/// All levels, in the order of the file: the last that fits counts, and a check's own before its pack's.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    scopes: Vec<Scope>,
}

impl Levels {
    /// Adds levels by check id or pack, for all paths or some.
    pub fn add(&mut self, paths: Option<GlobSet>, levels: Vec<(String, Level)>) {
        self.scopes.push(Scope { paths, levels });
    }

    /// What was chosen for a check in a file; nothing leaves it to the check.
    #[must_use]
    pub fn level(&self, check: &CheckId, path: &str) -> Option<Level> {
        if self.scopes.is_empty() {
            return None;
        }
        let applies = |scope: &&Scope| scope.paths.as_ref().is_none_or(|globs| globs.is_match(path));
        self.scopes.iter().rev().filter(applies).find_map(|scope| {
            let named =
                |wanted: &str| scope.levels.iter().rev().find(|(name, _)| name == wanted).map(|(_, level)| *level);
            named(&check.0).or_else(|| named(check.pack()))
        })
    }
}
