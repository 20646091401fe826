//! `plimsoll init`: looks at a repository and writes a configuration for it, each line with its reason, and says what a
//! first run with it would. Leaves out what each thing that it saw means: the modules below say.

mod commands;
mod conftest;
mod kubeconform;
mod look;
mod pattern;
mod plan;
mod propose;
mod tell;
mod versions;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::Outcome;
use crate::config::{self, Config, FILE_NAME, Layer};
use crate::engine::{self, Progress};
use crate::overlay::{folder_of, name_of};
use crate::source::{self, Disk, Entry, Snapshot, Source, SourceId};

use super::job::{self, Job};
use super::{Refusal, root};

use plan::Plan;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The repository, or a folder of it; the current folder unless given
    path: Option<PathBuf>,
    /// Take over the settings of another tool, from where the repository runs it or from FLAGS
    #[arg(long, value_enum, value_name = "TOOL", value_delimiter = ',')]
    from: Vec<Tool>,
    /// Print the configuration instead of writing it
    #[arg(long)]
    dry_run: bool,
    /// Write over a plimsoll.yaml that is there
    #[arg(long)]
    force: bool,
    /// The flags that the tool of --from is called with
    #[arg(last = true, value_name = "FLAGS", allow_hyphen_values = true)]
    flags: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Tool {
    /// Versions, skipped kinds and ignored paths of kubeconform
    Kubeconform,
    /// Policies, namespaces and data of conftest
    Conftest,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Self::Kubeconform => "kubeconform",
            Self::Conftest => "conftest",
        }
    }
}

/// The files of the repository: those that a run looks at, and those that say how it is run.
struct Files {
    manifests: Snapshot,
    scripts: Snapshot,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    if !arguments.flags.is_empty() && arguments.from.len() != 1 {
        return Err(
            Refusal::new("flags after `--` belong to one tool").help("name it: --from kubeconform, or --from conftest")
        );
    }
    let current = job::current()?;
    let place = find(arguments.path.as_deref(), &current)?;
    let target = place.root.join(FILE_NAME);
    let shown = root::shown(&place.root, &current, FILE_NAME);
    if target.symlink_metadata().is_ok() && !arguments.force && !arguments.dry_run {
        return Err(Refusal::new(format!("{shown} is there already"))
            .help("--dry-run prints what would be written, --force writes over it"));
    }
    let Files { manifests, scripts } = files(&place.root);
    let (registry, _) = engine::registry(&[]);
    let ids: Vec<String> = registry.metas().iter().map(|meta| meta.id.0.to_string()).collect();
    let plain = engine::check(&manifests, &Config::default(), &registry, &Progress::default());
    let survey = look::survey(&manifests, &scripts, &plain);
    let versions = versions::find(&manifests, &plain.accounts);
    let sight = propose::Sight { survey: &survey, versions: &versions, manifests: &manifests, scripts: &scripts };
    let mut proposal = propose::of(&sight, &arguments.from, &arguments.flags);
    if let Some(tool) = proposal.missing {
        return Err(Refusal::new(format!("no file of the repository runs {}", tool.name()))
            .help(format!("give its flags yourself: plimsoll init --from {} -- FLAGS", tool.name())));
    }

    let mut trial = Trial { place, current, manifests: Some(manifests), ids };
    let mut result = trial.run(&proposal.plan)?;
    if trial.faults(&mut proposal.plan, &result.outcome) {
        result = trial.run(&proposal.plan)?;
    }
    let text = proposal.plan.text();
    let told = tell::Told {
        shown: &shown,
        survey: &survey,
        versions: &versions,
        proposal: &proposal,
        plain: &plain,
        first: &result.outcome,
        metas: &result.metas,
        root: &root::shown(&trial.place.root, &trial.current, ""),
        written: !arguments.dry_run,
    };
    if arguments.dry_run {
        super::print(&text);
        // the file alone goes to standard output, so that it can be sent somewhere
        let _ = std::io::stderr().lock().write_all(format!("{}{}", told.before(), told.after(&text)).as_bytes());
        return Ok(0);
    }
    save(&target, &shown, &text, arguments.force)?;
    super::print(&format!("{}{}", told.before(), told.after(&text)));
    Ok(0)
}

/// The repository, all of it.
fn find(path: Option<&Path>, current: &Path) -> Result<root::Place, Refusal> {
    let named = path.unwrap_or(Path::new(".")).to_path_buf();
    let mut place = root::find(std::slice::from_ref(&named), current)?;
    if !root::clean(&current.join(&named)).is_dir() {
        return Err(Refusal::new(format!("{} is no folder", named.display())).help("name the folder of the repository"));
    }
    if let Err(error) = std::fs::read_dir(&place.root) {
        return Err(Refusal::new(format!("{} cannot be read: {error}", place.root.display()))
            .help("make it readable, or name another folder"));
    }
    place.wanted = vec![String::new()];
    place.starts = vec![String::new()];
    Ok(place)
}

fn files(root: &Path) -> Files {
    let everything = [String::new()];
    let keep = |path: &str| engine::is_manifest(path) || path.ends_with(".rego") || look::is_script(path);
    let listing = source::walk(root, &everything, &everything, &keep);
    let of = |wanted: &dyn Fn(&str) -> bool| {
        let entries: Vec<Entry> = listing.entries.iter().filter(|entry| wanted(&entry.path)).cloned().collect();
        Snapshot::new(entries, Box::new(Disk::new(root.to_path_buf())))
    };
    Files {
        manifests: of(&|path| engine::is_manifest(path) || path.ends_with(".rego")),
        scripts: of(&|path| look::is_script(path)),
    }
}

/// What a first run finds.
struct First {
    outcome: Outcome,
    metas: Vec<(String, String)>,
}

/// Runs with a configuration that is not on disk yet.
struct Trial {
    place: root::Place,
    current: PathBuf,
    manifests: Option<Snapshot>,
    ids: Vec<String>,
}

impl Trial {
    fn run(&mut self, plan: &Plan) -> Result<First, Refusal> {
        let Some(manifests) = self.manifests.take() else { return Err(Refusal::new("the repository was read twice")) };
        let config = self.read(plan, &manifests)?;
        let place = root::Place {
            root: self.place.root.clone(),
            wanted: self.place.wanted.clone(),
            starts: self.place.starts.clone(),
        };
        let mut job = Job::proposed(self.current.clone(), place, manifests, config)?;
        let outcome = job.run(None);
        let metas = job.registry.metas().iter().map(|meta| (meta.id.0.to_string(), meta.title.to_string())).collect();
        self.manifests = Some(job.snapshot);
        Ok(First { outcome, metas })
    }

    /// Reads the proposed text as any run would: what is refused is never written. Configurations of folders count beside
    /// it.
    fn read(&self, plan: &Plan, manifests: &Snapshot) -> Result<Config, Refusal> {
        let known = config::Known { around: config::Around::default(), checks: &self.ids, more: false };
        let layer =
            |source: Arc<Source>, folder: &str| Layer { source, scope: folder.to_owned(), base: folder.to_owned() };
        let text = plan.text();
        let own = Arc::new(Source::new(SourceId(u32::MAX), FILE_NAME, text.clone().into_bytes()));
        let mut layers = vec![layer(own, "")];
        let config = config::read(&layers, &known).map_err(|problem| {
            Refusal::new(format!("what was made cannot be read back: {}; nothing was written", problem.message))
                .help(format!("this is a fault of plimsoll; write the file by hand. It was:\n\n{text}"))
        })?;
        let mut inner: Vec<(SourceId, &str)> = manifests
            .entries()
            .map(|(id, entry)| (id, entry.path.as_str()))
            .filter(|(_, path)| name_of(path) == FILE_NAME && path.contains('/') && !config.ignore.is_match(path))
            .collect();
        inner.sort_by_key(|(_, path)| (path.matches('/').count(), *path));
        for (id, path) in inner {
            let Ok(source) = manifests.source(id) else { continue };
            layers.push(layer(Arc::clone(source), folder_of(path)));
        }
        // one that cannot be read is for `check` to tell
        Ok(config::read(&layers, &known).unwrap_or(config))
    }

    /// Marks the policies that cannot be used, and says whether there are any.
    fn faults(&self, plan: &mut Plan, outcome: &Outcome) -> bool {
        let mut any = false;
        for policy in plan.policies.iter_mut().filter(|policy| policy.fault.is_none()) {
            let of_it = |message: &&str| {
                message.starts_with(&format!("{}/", policy.path)) || message.contains(&format!(" ({}/", policy.path))
            };
            let failures = outcome.failures.iter().filter(|failure| failure.path.is_empty());
            let fault = failures.map(|failure| failure.message.as_str()).find(of_it).map(str::to_owned);
            any |= fault.is_some();
            policy.fault = fault;
        }
        any
    }
}

/// Writes the file. It is never half there: it is made beside and moved.
fn save(target: &Path, shown: &str, text: &str, force: bool) -> Result<(), Refusal> {
    let refuse = |error: &std::io::Error| {
        Refusal::new(format!("{shown} could not be written: {error}"))
            .help("make the folder writable, or take the text of --dry-run")
    };
    if force {
        let beside = target.with_extension("yaml.new");
        std::fs::write(&beside, text).map_err(|error| refuse(&error))?;
        return std::fs::rename(&beside, target).map_err(|error| {
            // what cannot take its place is left nowhere else
            let _ = std::fs::remove_file(&beside);
            refuse(&error)
        });
    }
    // someone may have made it since it was looked for
    let mut file = std::fs::File::create_new(target).map_err(|error| refuse(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| refuse(&error))
}
