//! `plimsoll baseline`: accepts what is found today, so that only what is new fails. Leaves out which findings fit a
//! line: that is the engine's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::check::{Acceptance, Outcome};
use crate::config::{self, BASELINE_NAME, Line};
use crate::finding::{Finding, Severity, unword};

use super::job::{Job, JobArguments};
use super::{Refusal, check};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Write a baseline of the errors and warnings that are found
    Create {
        #[command(flatten)]
        job: JobArguments,
        /// Write it anew where there is one
        #[arg(long)]
        force: bool,
    },
    /// Take in what is new and take out what is mended
    Update {
        #[command(flatten)]
        job: JobArguments,
    },
    /// Take out what is mended; what is new stays out
    Prune {
        #[command(flatten)]
        job: JobArguments,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    match &arguments.action {
        Action::Create { job, force } => {
            let mut job = Job::prepare(job, check::look(check::Colour::Auto), None)?;
            create(&mut job, *force)?;
        }
        Action::Update { job } => change(job, true)?,
        Action::Prune { job } => change(job, false)?,
    }
    Ok(0)
}

/// Where the baseline of a job is, or will be: from the root, and on disk.
fn place(job: &Job) -> (String, PathBuf) {
    let path = job.config.baseline_path.clone().unwrap_or_else(|| BASELINE_NAME.to_owned());
    let file = job.place.root.join(&path);
    (path, file)
}

/// Writes a baseline of everything that fails a run.
pub(super) fn create(job: &mut Job, force: bool) -> Result<(), Refusal> {
    let (path, file) = place(job);
    if file.exists() && !force {
        return Err(Refusal::new(format!("{}: there is a baseline", job.shown(&path)))
            .help("`plimsoll baseline update` takes in what is new; --force writes it anew"));
    }
    let outcome = judged(job)?;
    let lines: Vec<Line> = outcome.findings.iter().filter(|one| is_kept(job, one)).map(|one| line(job, one)).collect();
    let count = lines.len();
    save(job, lines)?;
    super::print(&format!(
        "{}: {} accepted for now\ncommit it: from now on only new findings fail, and `plimsoll baseline prune` takes out \
         what is mended\n",
        job.shown(&path),
        counted(count)
    ));
    Ok(())
}

fn change(arguments: &JobArguments, grow: bool) -> Result<(), Refusal> {
    let look = check::look(check::Colour::Auto);
    let mut job = Job::prepare(arguments, look, None)?;
    let (path, file) = place(&job);
    if !file.exists() {
        return Err(Refusal::new(format!("{}: there is no baseline", job.shown(&path)))
            .help("`plimsoll baseline create` writes one"));
    }
    job.read_baseline(look)?;
    let before: Vec<Line> = job.config.baseline.lines.iter().map(|(line, _)| line.clone()).collect();
    let outcome = judged(&mut job)?;
    let by_baseline = outcome.accepted.iter().filter(|one| matches!(one.by, Acceptance::Baseline));
    let mut lines: Vec<Line> = by_baseline.map(|one| line(&job, &one.finding)).collect();
    let still = lines.len();
    let mut added = 0;
    if grow {
        let new = outcome.findings.iter().filter(|one| is_kept(&job, one)).map(|one| line(&job, one));
        lines.extend(new);
        added = lines.len() - still;
    }
    let dropped = outcome.stale.len();
    // what this run did not look at stays as it is
    let mut settled: BTreeMap<Line, usize> = BTreeMap::new();
    for line in outcome.stale.iter().chain(lines.iter().take(still)) {
        *settled.entry(line.clone()).or_default() += 1;
    }
    let mut left: Vec<Line> = Vec::new();
    for line in before {
        match settled.get_mut(&line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => left.push(line),
        }
    }
    // a finding that moved to another file is kept under that one
    let mut moved: BTreeMap<String, usize> = BTreeMap::new();
    for (line, count) in settled {
        *moved.entry(line.fingerprint).or_default() += count;
    }
    left.sort_by_key(|line| !job.was_looked_at(&unword(&line.path)));
    for line in left {
        match moved.get_mut(&line.fingerprint) {
            Some(count) if *count > 0 => *count -= 1,
            _ => lines.push(line),
        }
    }
    let kept = lines.len() - added;
    save(&job, lines)?;
    super::print(&format!(
        "{}: {} kept, {added} added, {dropped} taken out because they are mended\n",
        job.shown(&path),
        counted(kept)
    ));
    Ok(())
}

/// Whether a finding fails a run and may be accepted: what is locked may not.
fn is_kept(job: &Job, finding: &Finding) -> bool {
    finding.enforced
        && finding.severity != Severity::Hint
        && finding.check.pack() != "exceptions"
        && job.config.lock(&finding.check, path_of(job, finding)).is_none()
}

fn line(job: &Job, finding: &Finding) -> Line {
    Line::of(finding, path_of(job, finding))
}

fn path_of<'j>(job: &'j Job, finding: &Finding) -> &'j str {
    job.snapshot.entry(finding.primary.source).map_or("", |entry| entry.path.as_str())
}

/// Runs the checks. A run that could not do all of its work would take out what it did not see.
fn judged(job: &mut Job) -> Result<Outcome, Refusal> {
    let outcome = job.run(None);
    if outcome.is_incomplete() {
        let what = outcome.failures.first().map(|failure| failure.message.clone());
        let what = what.or_else(|| {
            outcome.unread.iter().find(|one| one.failed).map(|one| format!("{}: {}", one.path, one.reason))
        });
        return Err(Refusal::new(format!("the baseline was not written: {}", what.unwrap_or_default()))
            .help("`plimsoll check` tells all that could not be done; mend that first"));
    }
    Ok(outcome)
}

fn save(job: &Job, lines: Vec<Line>) -> Result<(), Refusal> {
    let (path, file) = place(job);
    let failed = |error: std::io::Error| {
        Refusal::new(format!("{}: {error}", job.shown(&path))).help("the baseline could not be written")
    };
    // half a baseline would let half of the findings fail
    replace(&file, &config::write_baseline(lines)).map_err(failed)
}

/// Writes a file whole or not at all.
pub(super) fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, file).inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}

fn counted(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}
