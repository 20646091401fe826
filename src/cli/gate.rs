//! When a run fails: by what was found, how much of it, and how much was judged at all.

use std::io::Write as _;

use crate::check::Outcome;
use crate::finding::Severity;

use super::{FINDINGS, NOT_DONE};

#[derive(clap::Args)]
pub(super) struct GateArguments {
    /// The least severity that fails the run
    #[arg(long, value_enum, default_value_t = FailOn::Warning, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// How many warnings are let pass
    #[arg(long, value_name = "N")]
    max_warnings: Option<usize>,
    /// Fail when less than this share of the documents for a cluster was judged, in percent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_coverage_below: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// Errors only
    Error,
    /// Errors and warnings
    Warning,
    /// Everything
    Hint,
    /// Nothing that is found
    Never,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse::<f64>().ok().filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| format!("`{text}` is no share: write a number from 0 to 100"))
}

impl GateArguments {
    /// The exit code of a run.
    pub fn code(&self, outcome: &Outcome) -> u8 {
        let count = |severity| outcome.enforced(severity);
        let warnings = match self.max_warnings {
            Some(most) => self.fail_on != FailOn::Never && count(Severity::Warning) > most,
            None => matches!(self.fail_on, FailOn::Warning | FailOn::Hint) && count(Severity::Warning) > 0,
        };
        let errors = self.fail_on != FailOn::Never && count(Severity::Error) > 0;
        let hints = self.fail_on == FailOn::Hint && count(Severity::Hint) > 0;
        let uncovered = self.uncovered(outcome);
        if let Some(text) = &uncovered {
            let _ = writeln!(std::io::stderr().lock(), "error: {text}");
        }
        if outcome.is_incomplete() {
            NOT_DONE
        } else if errors || warnings || hints || uncovered.is_some() {
            FINDINGS
        } else {
            0
        }
    }

    fn uncovered(&self, outcome: &Outcome) -> Option<String> {
        let least = self.fail_coverage_below?;
        let (judged, all) = outcome.coverage();
        // where nothing is for a cluster there is nothing to judge
        let share = if all == 0 { 100.0 } else { judged as f64 * 100.0 / all as f64 };
        (share < least).then(|| {
            format!(
                "{judged} of {all} documents for a cluster were judged, {share:.1}%, and {least}% is asked for\n  \
                 help: --show-skipped lists the others and why"
            )
        })
    }
}
