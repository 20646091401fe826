//! The test binary. Each module collects trials; their names hold the id of a check where they are about one, so that
//! `cargo test missing-readiness` runs its fixtures, its policy's tests and its page.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on says so by panicking"
)]

mod docs;
mod fixtures;
mod markers;
mod policies;
mod project;
mod rust;
mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(fixtures::trials());
    trials.extend(policies::trials());
    trials.extend(docs::trials());
    trials.extend(tidy::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
