//! The command line, one file a command. The only place that prints, asks for the time and the current directory, and
//! decides exit codes: 0 clean, 1 findings, 2 could not do the work.

mod baseline;
mod check;
mod checks;
mod completions;
mod data;
mod deployed;
mod explain;
mod fields;
mod gate;
mod hook;
mod init;
mod job;
mod locations;
mod output;
mod policy;
mod progress;
mod render;
mod root;
mod schemas;
mod staged;
mod stdin;
mod timings;
mod versions;
mod why;

use std::io::{BufWriter, StdoutLock, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A linter and policy engine for GitOps repositories.
#[derive(Parser)]
#[command(name = "plimsoll", version, about, long_about = LONG, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, disable_help_subcommand = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: check::CheckArguments,
}

const LONG: &str = "A linter and policy engine for GitOps repositories.\n\nReads the repository as the cluster would: every \
manifest against Kubernetes' own schemas and the repository's CRDs, and by policies on limits, probes and autoscaling. Says in one \
diagnostic what breaks, where, why, and how to mend it.\n\nExit codes: 0 clean or hints only, 1 errors or warnings found, 2 some work could not be done.";

#[derive(Subcommand)]
enum Command {
    /// Check a repository, folders or files (the default)
    Check(check::CheckArguments),
    /// Look at a repository and write a configuration for it
    Init(init::Arguments),
    /// Accept what is found today, so that only what is new fails
    Baseline(baseline::Arguments),
    /// Check before each commit, in a repository of plain git
    Hook(hook::Arguments),
    /// List the schemas that are known, and keep those of your cluster's own kinds
    Schemas(schemas::Arguments),
    /// Say what a check finds, why it matters and what to do; or what a kind and its fields are
    Explain(explain::Arguments),
    /// List every check
    Checks(checks::Arguments),
    /// Say when each version of a kind of Kubernetes comes, is deprecated and goes
    Versions(versions::Arguments),
    /// Begin and test policies of your own
    Policy(policy::Arguments),
    /// Print what a Kustomize root builds, rendered here
    Render(render::Arguments),
    /// Print what a shell needs to complete commands and options
    Completions(completions::Arguments),
    /// Tell where a value of a Kustomize root was written, and what changed it
    Why(why::Arguments),
}

/// Why a command could not do its work.
pub(crate) struct Refusal {
    message: String,
    help: Option<String>,
    /// Drawn instead of the message, when there is an excerpt.
    drawn: Option<String>,
}

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, drawn: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

const FINDINGS: u8 = 1;
const NOT_DONE: u8 = 2;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { NOT_DONE } else { 0 };
            // nothing is left to do when even this cannot be printed
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let result = match arguments.command {
        None => check::run(&arguments.check),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Init(arguments)) => init::run(&arguments),
        Some(Command::Baseline(arguments)) => baseline::run(&arguments),
        Some(Command::Hook(arguments)) => hook::run(&arguments),
        Some(Command::Schemas(arguments)) => schemas::run(&arguments),
        Some(Command::Explain(arguments)) => explain::run(&arguments),
        Some(Command::Checks(arguments)) => checks::run(&arguments),
        Some(Command::Versions(arguments)) => versions::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Policy(arguments)) => policy::run(&arguments),
        Some(Command::Render(arguments)) => render::run(&arguments),
        Some(Command::Why(arguments)) => why::run(&arguments),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(refusal) => {
            complain(&refusal);
            ExitCode::from(NOT_DONE)
        }
    }
}

/// Says why something could not be done.
fn complain(refusal: &Refusal) {
    let help = refusal.help.as_ref().map_or_else(String::new, |help| format!("\n  help: {help}"));
    let plain = format!("error: {}{help}", refusal.message);
    let text = refusal.drawn.as_ref().unwrap_or(&plain);
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

/// Prints to standard output. A reader that went away (`| head`) is no error.
fn print(text: &str) {
    stream(|out| out.write_all(text.as_bytes()));
}

/// Prints what is written bit by bit.
fn stream(write: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> std::io::Result<()>) {
    const ROOM: usize = 64 << 10;
    let mut out = BufWriter::with_capacity(ROOM, std::io::stdout().lock());
    let _ = write(&mut out);
    let _ = out.flush();
}
