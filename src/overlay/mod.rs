//! What a folder means: which files belong to a build of Kustomize, which to a chart. Yields the units that are
//! deployed as one, what a build of Kustomize makes of its files, and which of them Argo CD and Flux are told to deploy.
//! Charts are not rendered.

mod appset;
mod artifact;
pub mod chart;
mod envsubst;
mod gaps;
pub mod kustomize;
mod notice;
mod owners;
mod sources;
mod twice;
mod units;
mod variables;

pub use appset::{Unexpanded, unexpanded};
pub use artifact::{LeftOut, SOURCES, Sources, left_out};
pub use envsubst::Unreadable;
pub use gaps::gaps;
pub use notice::Notice;
pub use owners::{Addition, Engine, Files, OWNERS, Owned, Owner, Told, keep_own, may_own};
pub use sources::{Naming, no_sources, no_values};
pub use twice::{Deployed, twice};
pub use units::{Planned, Unit, UnitKind, plan, unit_name, unit_of_file, units};
pub use variables::{Givers, Variable, Variables};

/// The folder of a path: `""` for the root.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
#[must_use]
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Resolves `path` from `folder`, without the file system. Nothing when it leaves the snapshot or is absolute.
#[must_use]
pub fn resolve(folder: &str, path: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_resolve_without_a_disk() {
        assert_eq!(resolve("overlays/prod", "../../base/"), Some("base".into()));
        assert_eq!(resolve("", "./a//b"), Some("a/b".into()));
        assert_eq!(resolve("a", "../.."), None);
        assert_eq!(resolve("a", "/etc"), None);
    }
}
