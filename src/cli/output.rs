//! `--output`: which reports are written, and where they go. Leaves out what is in them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::check::Outcome;
use crate::report::{self, Look};

use super::Refusal;
use super::job::Job;
use super::root;

/// A way to report.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// For machines: docs/json.md
    Json,
    /// SARIF 2.1.0, for code scanning and Jenkins' warnings-ng
    Sarif,
    /// JUnit XML, a test suite a unit
    Junit,
    /// Checkstyle XML
    Checkstyle,
    /// Workflow commands that GitHub shows beside the lines
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// A comment for a pull request
    Markdown,
}

/// One report that was asked for: `sarif=plimsoll.sarif`, or `human` for standard output.
#[derive(Clone)]
pub(super) struct Output {
    format: Format,
    file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let format = <Format as clap::ValueEnum>::from_str(name, true).map_err(|_| {
            let known: Vec<String> = <Format as clap::ValueEnum>::value_variants()
                .iter()
                .filter_map(clap::ValueEnum::to_possible_value)
                .map(|value| value.get_name().to_owned())
                .collect();
            format!("no format is called `{name}`: known are {}", known.join(", "))
        })?;
        match file {
            Some("") => Err(format!("`{name}=` names no file")),
            // `-` is standard output, as elsewhere
            Some("-") | None => Ok(Self { format, file: None }),
            Some(file) => Ok(Self { format, file: Some(PathBuf::from(file)) }),
        }
    }
}

impl Output {
    /// To standard output.
    pub fn printed(format: Format) -> Self {
        Self { format, file: None }
    }
}

/// A path in one spelling. What is there is asked for its name, so that a link counts as what it leads to.
fn resolved(file: &Path) -> PathBuf {
    if let Ok(path) = file.canonicalize() {
        return path;
    }
    match (file.parent(), file.file_name()) {
        (Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            resolved(folder).join(name)
        }
        _ => file.to_owned(),
    }
}

/// What people want to see beside the findings.
pub(super) struct Wishes {
    pub hints: bool,
    pub skipped: bool,
    pub accepted: bool,
    pub took: Duration,
}

/// That no more than one report goes to standard output, and no two into one file, however it is spelt.
pub(super) fn agree(outputs: &[Output]) -> Result<(), Refusal> {
    let places: Vec<Option<PathBuf>> =
        outputs.iter().map(|output| output.file.as_deref().map(|file| resolved(&root::clean(file)))).collect();
    for (at, (output, place)) in outputs.iter().zip(&places).enumerate() {
        if places.iter().skip(at + 1).any(|other| other == place) {
            let to =
                output.file.as_ref().map_or_else(|| "standard output".to_owned(), |file| file.display().to_string());
            return Err(Refusal::new(format!("two reports cannot both go to {to}"))
                .help("give each a file of its own: --output sarif=plimsoll.sarif --output human"));
        }
    }
    Ok(())
}

/// Writes every report. One that cannot be written is told, keeps no other from being written and changes no verdict.
pub(super) fn write(outputs: &[Output], outcome: &Outcome, job: &Job, look: Look, wishes: &Wishes) {
    for output in outputs {
        let look = if output.file.is_some() { Look { colour: false, width: 100 } } else { look };
        let Some(file) = &output.file else {
            if output.format == Format::Json {
                super::stream(|out| report::write_json(out, outcome, &job.snapshot, &job.registry.metas()));
            } else {
                super::print(&text(output.format, outcome, job, look, wishes));
            }
            continue;
        };
        let text = text(output.format, outcome, job, look, wishes);
        if let Err(error) = save(&job.current.join(file), &text) {
            let _ = writeln!(
                std::io::stderr().lock(),
                "error: the report could not be written to {}: {error}\n  help: name a file in a folder that can be \
                 written; the exit code says what was found all the same",
                file.display()
            );
        }
    }
}

fn save(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text)
}

fn text(format: Format, outcome: &Outcome, job: &Job, look: Look, wishes: &Wishes) -> String {
    let metas = job.registry.metas();
    let write = match format {
        Format::Human => {
            let shown = |path: &str| job.shown(path);
            let with = report::Human {
                look,
                hints: wishes.hints,
                skipped: wishes.skipped,
                accepted: wishes.accepted,
                shown: &shown,
                metas: &metas,
                took: Some(wishes.took),
            };
            return report::human(outcome, &job.snapshot, &with);
        }
        Format::Json => report::json,
        Format::Sarif => report::sarif,
        Format::Junit => report::junit,
        Format::Checkstyle => report::checkstyle,
        Format::Github => report::github,
        Format::Gitlab => report::gitlab,
        Format::Markdown => report::markdown,
    };
    write(outcome, &job.snapshot, &metas)
}
