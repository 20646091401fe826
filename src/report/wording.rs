//! What several formats say in the same words: how much a finding weighs to a gate, its message and what follows it, the
//! count of equal fingerprints. Leaves out how a format escapes its text.

use std::collections::BTreeMap;

use crate::check::{CheckMeta, Outcome};
use crate::config::Exception;
pub(super) use crate::facts::ranges;
use crate::finding::{Finding, Severity};
use crate::source::{Snapshot, is_outside};

use super::places::place;

/// How much a finding weighs to a gate, the heaviest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// It fails the run.
    Error,
    /// It fails the run, too.
    Warning,
    /// It is there to be read: a hint, or advice.
    Note,
}

impl Weight {
    /// What a finding weighs: advice weighs nothing, whatever its severity.
    pub fn of(finding: &Finding) -> Self {
        match finding.severity {
            _ if !finding.enforced => Self::Note,
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Hint => Self::Note,
        }
    }
}

/// The message; what is advice says so first.
pub(super) fn message(finding: &Finding) -> String {
    if finding.enforced {
        finding.message.clone()
    } else {
        format!("advice ({}): {}", finding.severity, finding.message)
    }
}

/// Where a finding of a file that is not of the repository really is.
pub(super) fn there(finding: &Finding, snapshot: &Snapshot) -> Option<String> {
    let place = place(finding.related.first()?.span, snapshot).filter(|place| is_outside(place.path))?;
    Some(format!("{}:{}", place.path, place.line))
}

/// What comes after the message, a line each: where it is elsewhere, what to do, the versions it holds for, the units it reaches.
pub(super) fn details(finding: &Finding, outcome: &Outcome, snapshot: &Snapshot) -> Vec<String> {
    let mut lines = Vec::from_iter(there(finding, snapshot).map(|there| format!("at {there}")));
    if let Some(help) = &finding.help {
        lines.push(format!("help: {}", help.trim_end()));
    }
    if !finding.versions.is_empty() {
        let (held, asked) = (ranges(&finding.versions), outcome.minors.len());
        lines.push(format!("holds for Kubernetes {held}, of the {asked} asked for"));
    }
    lines.extend(units(finding, None));
    lines
}

/// So many units are named.
const MOST_UNITS: usize = 6;

/// The units that a finding reaches, when its place alone does not say it. `path` is the file that it stands in, where
/// that is shown beside.
pub(super) fn units(finding: &Finding, path: Option<&str>) -> Option<String> {
    let named = finding.units.iter().take(MOST_UNITS).map(|unit| &**unit).collect::<Vec<_>>().join(", ");
    match (&*finding.units, path) {
        ([unit], Some(path)) if &**unit != "." && !path.starts_with(&format!("{unit}/")) => Some(format!("in {named}")),
        ([] | [_], _) => None,
        (units, _) if units.len() > MOST_UNITS => {
            Some(format!("in {} units: {named} and {} more", units.len(), units.len() - MOST_UNITS))
        }
        (units, _) => Some(format!("in {} units: {named}", units.len())),
    }
}

/// The declaration of a finding's check.
pub(super) fn meta<'m>(metas: &[&'m CheckMeta], id: &str) -> Option<&'m CheckMeta> {
    metas.iter().find(|meta| &*meta.id.0 == id).copied()
}

/// Why an exception accepts, with who answers for it and until when.
pub(super) fn justification(exception: &Exception) -> String {
    let owner = exception.owner.as_ref().map_or_else(String::new, |owner| format!(" (owner: {owner})"));
    let until = exception.until.map_or_else(String::new, |until| format!(" (until {until})"));
    format!("{}{owner}{until}", exception.reason)
}

/// `1 error`, `2 errors`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Characters that turn the text around, and so hide what it says.
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Counts how often something was met before, to tell equal fingerprints apart.
#[derive(Default)]
pub(super) struct Repeats(BTreeMap<String, usize>);

impl Repeats {
    /// How often `text` was met before.
    pub fn before(&mut self, text: &str) -> usize {
        let count = self.0.entry(text.to_owned()).or_default();
        *count += 1;
        *count - 1
    }
}

/// FNV-1a with 128 bits as 32 hexadecimal digits: small, and the same on every machine and in every release.
pub(super) fn digest(text: &str) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = text.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_fnv_1a() {
        // test vectors of draft-eastlake-fnv
        assert_eq!(digest(""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(digest("a"), "d228cb696f1a8caf78912b704e4a8964");
    }

    #[test]
    fn minors_in_a_row_are_a_range() {
        assert_eq!(ranges(&[20, 21, 22, 25]), "1.20 to 1.22, 1.25");
    }
}
