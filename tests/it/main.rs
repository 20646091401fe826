//! The test binary. Each module collects trials; their names hold the id of a check where they are about one, so that
//! `cargo test missing-readiness` runs its fixtures, its policy's tests and its page.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on says so by panicking"
)]

mod adoption;
mod appsets;
mod bad_input;
mod binary;
mod cli;
mod conftest;
mod corpus;
mod docs;
mod edits;
mod explain;
mod fixtures;
mod formats;
mod git;
mod hook;
mod init;
mod json_schema;
mod kustomize;
mod kustomize_bad;
mod kustomize_cases;
mod kustomize_made;
mod markers;
mod owners;
mod policies;
mod policy_test;
mod project;
mod provenance;
mod random;
mod remotes;
mod rust;
mod same_bytes;
mod schemas;
mod staged;
mod tidy;
mod units;
mod validator;
mod yaml;
mod yaml_cases;
mod yaml_edit;
mod yaml_limits;
mod yaml_made;
mod yaml_quick;
mod yaml_spans;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    // a failed assertion in one line; which trial it was comes after
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let mut trials = Vec::new();
    trials.extend(fixtures::trials());
    trials.extend(policies::trials());
    trials.extend(policy_test::trials());
    trials.extend(docs::trials());
    trials.extend(cli::trials());
    trials.extend(explain::trials());
    trials.extend(conftest::trials());
    trials.extend(init::trials());
    trials.extend(formats::trials());
    trials.extend(hook::trials());
    trials.extend(staged::trials());
    trials.extend(adoption::trials());
    trials.extend(edits::trials());
    trials.extend(bad_input::trials());
    trials.extend(same_bytes::trials());
    trials.extend(schemas::trials());
    trials.extend(validator::trials());
    trials.extend(corpus::trials());
    trials.extend(kustomize::trials());
    trials.extend(kustomize_bad::trials());
    trials.extend(provenance::trials());
    trials.extend(appsets::trials());
    trials.extend(remotes::trials());
    trials.extend(tidy::trials());
    trials.extend(owners::trials());
    trials.extend(units::trials());
    trials.extend(yaml::trials());
    trials.extend(yaml_edit::trials());
    trials.extend(yaml_limits::trials());
    trials.extend(yaml_quick::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
