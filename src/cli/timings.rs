//! `--timings`: what each stage of a run takes, all threads together. The clock that the stages are measured by.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::check::{Observer, Stage};

/// The time that each stage took.
#[derive(Debug)]
pub(super) struct Timings {
    begun: Instant,
    /// Microseconds would lose what many small objects take.
    nanoseconds: [AtomicU64; Stage::ALL.len()],
}

impl Timings {
    /// Begins to measure.
    pub fn start() -> Self {
        Self { begun: Instant::now(), nanoseconds: Default::default() }
    }

    /// The stages with their seconds and shares, a line each.
    pub fn told(&self) -> String {
        let seconds = |nanoseconds: &AtomicU64| std::time::Duration::from_nanos(nanoseconds.load(Ordering::Relaxed));
        let all: f64 = self.nanoseconds.iter().map(|one| seconds(one).as_secs_f64()).sum();
        let mut out = String::from("timings: seconds of all threads together, and shares of them\n");
        for (stage, took) in Stage::ALL.iter().zip(&self.nanoseconds) {
            let took = seconds(took).as_secs_f64();
            let share = if all > 0.0 { took / all * 100.0 } else { 0.0 };
            let _ = writeln!(out, "  {:<10}{took:>9.4}{share:>6.1} %", stage.name());
        }
        let _ = writeln!(out, "  {:<10}{:>9.4} from beginning to end", "clock", self.begun.elapsed().as_secs_f64());
        out
    }
}

impl Observer for Timings {
    fn mark(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn done(&self, stage: Stage, since: u64) {
        let took = self.mark().saturating_sub(since);
        if let Some(slot) = self.nanoseconds.get(stage as usize) {
            slot.fetch_add(took, Ordering::Relaxed);
        }
    }
}
