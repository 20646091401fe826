//! Where findings fail a run, and where they are advice: by path, or by the team that owns the file.

use globset::GlobSet;

use super::Owners;

/// What is enforced. Without one, everything is.
#[derive(Debug, Clone)]
pub struct Enforce {
    /// Files of these names, from the root.
    pub paths: GlobSet,
    /// Files of these owners, as CODEOWNERS writes them.
    pub teams: Vec<String>,
}

impl Enforce {
    /// Whether findings in a file count.
    #[must_use]
    pub fn covers(&self, path: &str, owners: &Owners) -> bool {
        self.paths.is_match(path)
            || (!self.teams.is_empty()
                && owners.of(path).iter().any(|owner| self.teams.iter().any(|team| team.eq_ignore_ascii_case(owner))))
    }
}
