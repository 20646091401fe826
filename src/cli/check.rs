//! `plimsoll check`: judges a repository and prints what it found.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::ValueEnum;

use crate::check::{CheckError, Failure};
use crate::config::{self, Config};
use crate::engine::{self, Progress};
use crate::finding::Severity;
use crate::policy::UserFile;
use crate::report::{self, Look};
use crate::source::{self, Snapshot, Source, SourceId};

use super::progress::Watch;
use super::{FINDINGS, NOT_DONE, Refusal, root, stdin};

#[derive(clap::Args)]
pub(super) struct CheckArguments {
    /// What to check: files or folders, `-` for standard input; the current folder unless given
    paths: Vec<PathBuf>,
    /// Kubernetes versions to judge by, such as 1.33; several by commas or by repeating it
    #[arg(long, short = 'k', value_name = "VERSION", value_delimiter = ',')]
    kubernetes_version: Vec<String>,
    /// Folders or files of Rego policies of your own
    #[arg(long, short = 'p', value_name = "DIR")]
    policy: Vec<PathBuf>,
    /// Only these checks or packs
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    only: Vec<String>,
    /// The configuration, instead of the plimsoll.yaml above the first path
    #[arg(long, short = 'c', value_name = "FILE")]
    config: Option<PathBuf>,
    /// No configuration, even where there is one
    #[arg(long, conflicts_with = "config")]
    no_config: bool,
    /// How to report
    #[arg(long, short = 'f', value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Show hints one by one instead of one line a check
    #[arg(long)]
    hints: bool,
    /// List every document that was not judged, and why
    #[arg(long)]
    show_skipped: bool,
    /// List every finding that the baseline or an exception accepts
    #[arg(long)]
    show_accepted: bool,
    /// Colours
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
    /// How many threads; the answer is the same on any number
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For machines: docs/json.md
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

pub(super) fn run(arguments: &CheckArguments) -> Result<u8, Refusal> {
    let begun = Instant::now();
    #[expect(clippy::disallowed_methods, reason = "the command line is where the current folder comes in")]
    let current =
        std::env::current_dir().map_err(|error| Refusal::new(format!("the current folder cannot be read: {error}")))?;
    if let Some(threads) = arguments.threads {
        // a second pool in one process is refused, and there is only one command
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let from_stdin = arguments.paths.iter().any(|path| path.as_os_str() == "-");
    if from_stdin && arguments.paths.len() > 1 {
        return Err(Refusal::new("`-` stands for standard input and takes no other path beside it")
            .help("check the files in a run of their own"));
    }
    let mut paths = if from_stdin { Vec::new() } else { arguments.paths.clone() };
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let mut place = root::find(&paths, &current, arguments.config.as_deref())?;
    let look = look(arguments.color);

    let (checks, mut errors) = engine::registry(&[]);
    let ids: Vec<String> = checks.metas().iter().map(|meta| meta.id.0.to_string()).collect();
    let (mut config, config_folder) = match place.config.clone().filter(|_| !arguments.no_config) {
        Some(file) => {
            let scope = config::Scope { checks: &ids, base: &place.config_base(), more: !arguments.policy.is_empty() };
            (read_config(&file, &current, &scope, look)?, file.parent().map(Path::to_path_buf))
        }
        None => (Config::default(), None),
    };
    if let Some(folder) = config_folder.as_ref().filter(|_| config.root) {
        place.take_root(folder);
    }

    let mut user = Vec::new();
    for folder in &config.policies {
        let base = config_folder.as_deref().unwrap_or(&current);
        policies(&base.join(folder), folder, &mut user)?;
    }
    for folder in &arguments.policy {
        policies(&current.join(folder), &folder.display().to_string(), &mut user)?;
    }
    let mut registry = checks;
    if !user.is_empty() {
        errors.extend(engine::add_user_policies(&mut registry, &user));
    }
    let ids: Vec<String> = registry.metas().iter().map(|meta| meta.id.0.to_string()).collect();
    apply(arguments, &mut config, &ids)?;

    let snapshot = if from_stdin { stdin::snapshot()? } else { walk(&mut place, &config) };
    let progress = Arc::new(Progress::default());
    let watch = Watch::start(&progress);
    let mut outcome = engine::check(&snapshot, &config, &registry, &progress);
    drop(watch);
    let of_policies = errors.into_iter().map(|CheckError { message, help, gave_up }| Failure {
        gave_up,
        path: String::new(),
        message,
        help,
    });
    outcome.failures.splice(0..0, of_policies);

    let metas = registry.metas();
    let text = match arguments.format {
        Format::Json => report::json(&outcome, &snapshot, &metas),
        Format::Human => {
            let shown =
                |path: &str| if from_stdin { path.to_owned() } else { root::shown(&place.root, &current, path) };
            let with = report::Human {
                look,
                hints: arguments.hints,
                skipped: arguments.show_skipped,
                accepted: arguments.show_accepted,
                shown: &shown,
                metas: &metas,
                took: Some(begun.elapsed()),
            };
            report::human(&outcome, &snapshot, &with)
        }
    };
    super::print(&text);
    let code = if outcome.is_incomplete() {
        NOT_DONE
    } else if outcome.count(Severity::Error) + outcome.count(Severity::Warning) > 0 {
        FINDINGS
    } else {
        0
    };
    // the process ends here: giving back a hundred thousand small pieces one by one would take longer than judging them
    drop(metas);
    std::mem::forget((snapshot, outcome, registry));
    Ok(code)
}

/// What the arguments say goes before what the file says.
fn apply(arguments: &CheckArguments, config: &mut Config, ids: &[String]) -> Result<(), Refusal> {
    if !arguments.kubernetes_version.is_empty() {
        let read: Result<Vec<u16>, String> =
            arguments.kubernetes_version.iter().map(|text| config::minor(text)).collect();
        let mut minors = read.map_err(Refusal::new)?;
        minors.sort_unstable();
        minors.dedup();
        config.minors = minors;
    }
    if !arguments.only.is_empty() {
        let pack = |id: &str| id.split_once('/').map_or_else(String::new, |(pack, _)| pack.to_owned());
        for name in &arguments.only {
            if !ids.iter().any(|id| id == name || pack(id) == *name) {
                let near = crate::finding::nearest(name, ids.iter().map(String::as_str))
                    .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
                return Err(Refusal::new(format!("no check or pack is called `{name}`"))
                    .help(format!("{near}`plimsoll checks` lists them")));
            }
        }
        let off = ids.iter().filter(|id| !arguments.only.iter().any(|name| name == *id || pack(id) == *name));
        config.levels.add(None, off.map(|id| (id.clone(), config::Level::Off)).collect());
    }
    Ok(())
}

/// The files that may be manifests. Paths that the repository ignores are repositories of their own.
fn walk(place: &mut root::Place, config: &Config) -> Snapshot {
    let keep = |path: &str| is_candidate(path) && !config.ignore.is_match(path);
    let snapshot = source::walk(&place.root, &place.starts, &place.wanted, &keep);
    let nothing = !snapshot.entries().any(|(_, entry)| entry.wanted);
    if nothing && place.starts != place.wanted {
        place.stand_alone();
        return source::walk(&place.root, &place.starts, &place.wanted, &keep);
    }
    snapshot
}

/// YAML and JSON by name, also under the names of templates, and Kustomize's file without an ending.
fn is_candidate(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let lower = name.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|ending| lower.ends_with(ending) || lower.contains(&format!("{ending}.")))
        || name == "Kustomization"
}

fn read_config(file: &Path, current: &Path, scope: &config::Scope<'_>, look: Look) -> Result<Config, Refusal> {
    let shown = file.strip_prefix(current).unwrap_or(file).display().to_string();
    let bytes = std::fs::read(file).map_err(|error| {
        Refusal::new(format!("{shown}: {error}"))
            .help("the configuration could not be read; --no-config runs without it")
    })?;
    let source = Arc::new(Source::new(SourceId(0), shown.clone(), bytes));
    config::read(&source, scope).map_err(|problem| {
        let drawn = report::render(
            &report::Diagnostic {
                severity: Severity::Error,
                code: Some("configuration".into()),
                message: problem.message.clone(),
                help: problem.help.clone(),
                labels: vec![(problem.span, None)],
                source: Some((Arc::clone(&source), shown)),
                related: Vec::new(),
            },
            look,
        );
        Refusal { message: problem.message, help: problem.help, drawn: Some(drawn) }
    })
}

/// Every Rego file below a folder, sorted.
fn policies(folder: &Path, shown: &str, into: &mut Vec<UserFile>) -> Result<(), Refusal> {
    let refuse = |error: &dyn std::fmt::Display| {
        Refusal::new(format!("policies in {shown}: {error}")).help("name a folder of .rego files, or one file")
    };
    let mut found = Vec::new();
    if folder.is_file() {
        found.push(folder.to_path_buf());
    } else {
        for entry in ignore::WalkBuilder::new(folder).hidden(false).require_git(false).build() {
            let entry = entry.map_err(|error| match error.io_error() {
                Some(io) if io.kind() == std::io::ErrorKind::NotFound => refuse(&"there is no such folder"),
                Some(io) => refuse(&io.kind()),
                None => refuse(&error),
            })?;
            if entry.file_type().is_some_and(|kind| kind.is_file())
                && entry.path().extension().is_some_and(|ending| ending == "rego")
            {
                found.push(entry.into_path());
            }
        }
    }
    if found.is_empty() {
        return Err(refuse(&"no .rego file in it"));
    }
    found.sort();
    for path in found {
        let text = std::fs::read_to_string(&path).map_err(|error| refuse(&error))?;
        let inside = root::below(folder, &path)
            .filter(|inside| !inside.is_empty())
            .unwrap_or_else(|| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
        into.push(UserFile { path: format!("{}/{inside}", shown.trim_end_matches('/')), inside, text });
    }
    Ok(())
}

fn look(colour: Colour) -> Look {
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
