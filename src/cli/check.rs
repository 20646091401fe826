//! `plimsoll check`: judges a repository and reports what it found.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Instant;

use clap::ValueEnum;

use crate::check::{Observer, Stage, during};
use crate::report::Look;

use super::Refusal;
use super::gate::GateArguments;
use super::job::{Job, JobArguments};
use super::output::{self, Format, Output, Wishes};
use super::staged;
use super::timings::Timings;

#[derive(clap::Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    job: JobArguments,
    /// Check what the next commit will hold instead of the work tree, and tell what it brings about
    #[arg(long)]
    staged: bool,
    /// No baseline, even where there is one
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
    /// Only these checks or packs
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    only: Vec<String>,
    /// How to report, and into which file: sarif=plimsoll.sarif; may be repeated, without a file to standard output
    #[arg(long, short = 'o', value_name = "FORMAT[=FILE]")]
    output: Vec<Output>,
    /// How to report to standard output
    #[arg(long, short = 'f', value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    gate: GateArguments,
    /// Show hints one by one instead of one line a check
    #[arg(long)]
    hints: bool,
    /// List every document that was not judged, and why
    #[arg(long)]
    show_skipped: bool,
    /// List every finding that the baseline or an exception accepts
    #[arg(long)]
    show_accepted: bool,
    /// Say on standard error what each stage of the run took
    #[arg(long)]
    timings: bool,
    /// Colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

pub(super) fn run(arguments: &CheckArguments) -> Result<u8, Refusal> {
    let begun = Instant::now();
    let look = look(arguments.color);
    let mut outputs = arguments.output.clone();
    outputs.extend(arguments.format.map(Output::printed));
    if outputs.is_empty() {
        outputs.push(Output::printed(Format::Human));
    }
    output::agree(&outputs)?;
    let timings = arguments.timings.then(|| Arc::new(Timings::start()));
    let observer = timings.clone().map(|timings| timings as Arc<dyn Observer>);
    let set = |job: &mut Job| {
        if !arguments.no_baseline {
            job.read_baseline(look)?;
        }
        job.only(&arguments.only)
    };
    let (job, outcome) = if arguments.staged {
        staged::run(&arguments.job, look, observer, set)?
    } else {
        let mut job = Job::prepare(&arguments.job, look, observer.as_deref())?;
        during(observer.as_deref(), Stage::Prepare, || set(&mut job))?;
        let outcome = job.run(observer);
        (job, outcome)
    };
    let wishes = Wishes {
        hints: arguments.hints,
        skipped: arguments.show_skipped,
        accepted: arguments.show_accepted,
        took: begun.elapsed(),
    };
    let told = timings.as_deref().map(|timings| timings as &dyn Observer);
    during(told, Stage::Report, || output::write(&outputs, &outcome, &job, look, &wishes));
    if let Some(timings) = &timings {
        let _ = std::io::stderr().lock().write_all(timings.told().as_bytes());
    }
    let code = arguments.gate.code(&outcome);
    // the process ends here: giving back a hundred thousand small pieces one by one would take longer than judging them
    std::mem::forget((job, outcome));
    Ok(code)
}

pub(super) fn look(colour: Colour) -> Look {
    let terminal = std::io::stdout().is_terminal();
    let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    let colour = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && unset("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    };
    let width = if terminal { usize::from(console_width()).clamp(60, 140) } else { 120 };
    Look { colour, width }
}

fn console_width() -> u16 {
    terminal_size::terminal_size().map_or(100, |(width, _)| width.0)
}
