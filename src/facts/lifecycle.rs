//! When each kind of Kubernetes comes, is deprecated and goes, and what takes its place: `schemas/lifecycle.tsv`, read
//! at first use. Whether a minor serves a kind is the bundle's word; the table adds what the bundle cannot know.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{MINORS, embedded};

const TABLE: &str = include_str!("../../schemas/lifecycle.tsv");
const MIGRATIONS: &str = include_str!("../../schemas/migrations.tsv");

/// The life of one kind in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Empty for core.
    pub group: &'static str,
    /// `v1beta1`, …
    pub version: &'static str,
    /// `PodDisruptionBudget`, …
    pub kind: &'static str,
    /// The first minor that has it, where that is known.
    pub since: Option<u16>,
    /// The first minor that warns of it.
    pub deprecated: Option<u16>,
    /// The first minor without it; one beyond [`MINORS`] is a plan.
    pub removed: Option<u16>,
    /// apiVersion and kind of what to use instead.
    pub replacement: Option<(&'static str, &'static str)>,
    /// What moves on the way to the replacement, as an order.
    pub migration: Option<&'static str>,
}

impl Life {
    /// Whether a minor has the kind, be it switched on or not.
    #[must_use]
    pub fn is_served(&self, minor: u16) -> bool {
        embedded().kind(self.group, self.version, self.kind, minor).is_some()
    }

    /// As `apiVersion` has it.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether a server has it only where someone switched it on: every alpha, and each beta that came with 1.24 or
    /// later (KEP-3136), unless its group had a beta version before that was on.
    #[must_use]
    pub fn is_off_by_default(&self) -> bool {
        match stability(self.version) {
            (0, ..) => true,
            (1, ..) => {
                self.since.is_some_and(|since| since >= 24)
                    && !lives().iter().any(|other| {
                        (other.group, other.kind) == (self.group, self.kind)
                            && stability(other.version).0 == 1
                            && other.since.is_none_or(|since| since < 24)
                    })
            }
            _ => false,
        }
    }
}

/// Every kind, sorted by group, version and kind. Lists of kinds are left out.
#[must_use]
pub fn lives() -> &'static [Life] {
    static LIVES: LazyLock<Vec<Life>> = LazyLock::new(|| {
        let migrations: Vec<Vec<&str>> = rows(MIGRATIONS).collect();
        let mut lives: Vec<Life> = rows(TABLE).filter_map(|row| life_of(&row, &migrations)).collect();
        lives.sort_by_key(key);
        lives
    });
    &LIVES
}

/// The life of a kind; none for what Kubernetes never had.
#[must_use]
pub fn life(group: &str, version: &str, kind: &str) -> Option<&'static Life> {
    // asked for every object by several checks
    static PLACES: LazyLock<FxHashMap<(&str, &str, &str), usize>> =
        LazyLock::new(|| lives().iter().enumerate().map(|(at, life)| (key(life), at)).collect());
    lives().get(*PLACES.get(&(group, version, kind))?)
}

/// The version of a kind, in this group, that is served by all of `minors`, the most stable one.
#[must_use]
pub fn served_by_all(group: &str, kind: &str, minors: &[u16]) -> Option<&'static Life> {
    let candidates = lives().iter().filter(|one| one.group == group && one.kind == kind);
    candidates.filter(|one| minors.iter().all(|minor| one.is_served(*minor))).max_by_key(|one| stability(one.version))
}

/// How settled a version is: 0 alpha, 1 beta, 2 neither; then its numbers.
#[must_use]
pub fn stability(version: &str) -> (u8, u16, u16) {
    let rest = version.strip_prefix('v').unwrap_or(version);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (major, rest) = rest.split_at(digits(rest));
    let (step, minor) = match (rest.strip_prefix("alpha"), rest.strip_prefix("beta")) {
        (Some(minor), _) => (0, minor),
        (_, Some(minor)) => (1, minor),
        _ => (2, "0"),
    };
    (step, major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

/// `1.20 to 1.25, 1.27`.
#[must_use]
pub fn ranges(minors: &[u16]) -> String {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for minor in minors {
        match runs.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(*minor) => *end = *minor,
            _ => runs.push((*minor, *minor)),
        }
    }
    let text: Vec<String> = runs
        .iter()
        .map(|(from, to)| if from == to { format!("1.{from}") } else { format!("1.{from} to 1.{to}") })
        .collect();
    text.join(", ")
}

/// All minors of the bundle that serve a kind.
#[must_use]
pub fn served_minors(life: &Life) -> Vec<u16> {
    MINORS.filter(|minor| life.is_served(*minor)).collect()
}

fn key(life: &Life) -> (&'static str, &'static str, &'static str) {
    (life.group, life.version, life.kind)
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// apiVersion, kind, since, deprecated, removed, replacement, source; `-` for nothing.
fn life_of(row: &[&'static str], migrations: &[Vec<&'static str>]) -> Option<Life> {
    let cell = |at: usize| row.get(at).copied().filter(|text| *text != "-");
    let minor = |at: usize| cell(at)?.strip_prefix("1.")?.parse::<u16>().ok();
    let (api_version, kind) = (cell(0)?, cell(1)?);
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let migration = migrations
        .iter()
        .find(|row| row.first() == Some(&api_version) && row.get(1) == Some(&kind))
        .and_then(|row| row.get(2).copied());
    Some(Life {
        group,
        version,
        kind,
        since: minor(2),
        deprecated: minor(3),
        removed: minor(4),
        replacement: cell(5).and_then(|text| text.split_once(' ')),
        migration,
    })
}
