//! What the user chose: versions, levels by check, pack and path, what to ignore. Read from `plimsoll.yaml`; works
//! without one. Leaves out finding the file: that is the command line's.

mod date;
mod exception;
mod file;
mod levels;

pub use date::Date;
pub use exception::{Exception, GRACE_DAYS, Region, Term};
pub use file::{ConfigProblem, Scope, minor, read};
pub use levels::{Level, Levels};

use globset::GlobSet;

/// The name of the configuration file.
pub const FILE_NAME: &str = "plimsoll.yaml";

/// Everything that a run can be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The Kubernetes minors to judge by, ascending; never empty.
    pub minors: Vec<u16>,
    /// Levels by check, pack and path.
    pub levels: Levels,
    /// Paths that are not looked at; in the file they count from its folder, here from the root.
    pub ignore: GlobSet,
    /// Folders of policies, from the configuration's folder.
    pub policies: Vec<String>,
    /// Whether the configuration's folder is a repository of its own.
    pub root: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            minors: vec![*crate::facts::MINORS.end()],
            levels: Levels::default(),
            ignore: GlobSet::empty(),
            policies: Vec::new(),
            root: false,
        }
    }
}
