//! What a command works on: the repository, its configuration and its checks, found from the arguments. Leaves out what
//! is done with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::{CheckError, Failure, Observer, Outcome, Registry, Stage, during};
use crate::config::{self, Config, Date, FILE_NAME, Layer};
use crate::engine::{self, Progress};
use crate::facts;
use crate::finding::{Severity, nearest};
use crate::overlay::kustomize::{Remote, Remotes};
use crate::overlay::{folder_of, name_of, resolve};
use crate::policy::UserFile;
use crate::report::{self, Look};
use crate::source::{self, Absence, Listing, Snapshot, Source, SourceId, Span};

use super::progress::Watch;
use super::{Refusal, data, locations, root, stdin};

/// What to look at and by which rules.
#[derive(clap::Args, Default)]
pub(super) struct JobArguments {
    /// Leaves out the policies of the configuration: they are about to be written or tested
    #[arg(skip)]
    without_policies: bool,
    /// What to check: files or folders, `-` for standard input; the current folder unless given
    pub paths: Vec<PathBuf>,
    /// Kubernetes versions to judge by, such as 1.33; several by commas or by repeating it
    #[arg(long, short = 'k', value_name = "VERSION", value_delimiter = ',')]
    kubernetes_version: Vec<String>,
    /// Folders or files of Rego policies of your own
    #[arg(long, short = 'p', value_name = "DIR")]
    policy: Vec<PathBuf>,
    /// Where schemas of your own are: a folder, or a file template as kubeconform takes it; may be repeated
    #[arg(long, value_name = "LOCATION")]
    schema_location: Vec<String>,
    #[command(flatten)]
    config: ConfigArguments,
    /// The baseline, instead of the one that the configuration names or that stands at the root
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The day by which expiries are judged, instead of that of the commit
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// How many threads; the answer is the same on any number
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// Which configuration holds.
#[derive(clap::Args, Clone, Default)]
pub(super) struct ConfigArguments {
    /// The configuration, instead of the plimsoll.yaml of the repository and its folders
    #[arg(long, short = 'c', value_name = "FILE")]
    config: Option<PathBuf>,
    /// No configuration, even where there is one
    #[arg(long, conflicts_with = "config")]
    no_config: bool,
}

/// Everything that a run needs.
pub(super) struct Job {
    pub current: PathBuf,
    pub place: root::Place,
    pub snapshot: Snapshot,
    pub config: Config,
    pub registry: Registry,
    /// Whether the snapshot is standard input.
    pub from_stdin: bool,
    /// Whether the command line names the baseline.
    names_baseline: bool,
    /// Policies that cannot be used.
    errors: Vec<CheckError>,
}

impl Job {
    /// Finds the repository and reads its configuration and policies.
    pub fn prepare(arguments: &JobArguments, look: Look, observer: Option<&dyn Observer>) -> Result<Self, Refusal> {
        let current = current()?;
        if let Some(threads) = arguments.threads {
            // a second pool in one process is refused, and there is only one command
            let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        }
        let from_stdin = arguments.paths.iter().any(|path| path.as_os_str() == "-");
        if from_stdin && arguments.paths.len() > 1 {
            return Err(Refusal::new("`-` stands for standard input and takes no other path beside it")
                .help("check the files in a run of their own"));
        }
        let mut place = root::find(&arguments.places(), &current)?;
        let listing =
            if from_stdin { stdin::listing(&place.root)? } else { during(observer, Stage::Walk, || list(&mut place)) };
        let origin = Origin { current, place, listing, from_stdin, committing: false };
        during(observer, Stage::Prepare, || Self::of(arguments, origin, look))
    }

    /// Reads the configuration and the policies of a listing.
    pub fn of(arguments: &JobArguments, origin: Origin, look: Look) -> Result<Self, Refusal> {
        let Origin { current, place, mut listing, from_stdin, committing } = origin;
        let (registry, errors) = engine::registry(&[]);
        let ids: Vec<String> = registry.metas().iter().map(|meta| meta.id.0.to_string()).collect();
        let home = home();
        let around = config::Around { root: Some(&place.root), home: home.as_deref() };
        let known = config::Known { around, checks: &ids, more: !arguments.policy.is_empty() };
        let files = ConfigFiles { arguments, current: &current, place: &place, look, known };
        let chain = files.find(&listing, from_stdin)?;
        for named in &chain {
            listing.add(&named.path);
            if let Some(baseline) = &named.baseline {
                listing.add(baseline);
            }
        }
        let baseline = arguments.baseline.as_ref().map(|file| {
            let file = root::clean(&current.join(file));
            root::below(&place.root, &file).unwrap_or_else(|| file.to_string_lossy().into_owned())
        });
        if let Some(path) = &baseline {
            listing.add(path);
        }
        if !committing && place.root.join(config::SCHEMAS_NAME).is_file() {
            listing.add(config::SCHEMAS_NAME);
        }
        if !from_stdin {
            let remotes = chain.iter().flat_map(|named| named.remotes.iter().cloned()).collect();
            engine::complete(&mut listing, &Remotes::of(remotes));
        }
        let snapshot = listing.snapshot();
        let mut config = files.read(&snapshot, &chain)?;
        let names_baseline = baseline.is_some();
        if names_baseline {
            config.baseline_path = baseline;
        }
        let root = place.root.clone();
        config.today = match arguments.date {
            Some(date) => config::Today::at(date),
            None => config::Today::when(move || today(&root, committing)),
        };
        let mut job = Self { current, place, snapshot, config, registry, from_stdin, names_baseline, errors };
        job.read_added(look)?;
        locations::read(&mut job, &arguments.schema_location, committing)?;
        if !arguments.without_policies {
            job.add_policies(&arguments.policy)?;
        }
        if !arguments.kubernetes_version.is_empty() {
            let read: Result<Vec<u16>, String> =
                arguments.kubernetes_version.iter().map(|text| config::minor(text)).collect();
            let mut minors = read.map_err(Refusal::new)?;
            minors.sort_unstable();
            minors.dedup();
            job.config.minors = config::Minors::of(minors);
        }
        Ok(job)
    }

    /// Reads the baseline where there is one, for who wants it: one that is broken stops nobody who writes it anew or
    /// runs without. One that is named and not there yet accepts nothing; one that is there and cannot be read is told.
    pub fn read_baseline(&mut self, look: Look) -> Result<(), Refusal> {
        let path = self.config.baseline_path.clone().unwrap_or_else(|| config::BASELINE_NAME.to_owned());
        let on_disk = self.place.root.join(&path);
        let source = match self.snapshot.find(&path).map(|id| self.snapshot.source(id)) {
            Some(Ok(source)) => source,
            // who names one on the command line means one that is there
            Some(Err(Absence::Unreadable(_))) if !on_disk.exists() && self.names_baseline => {
                return Err(Refusal::new(format!("{}: there is no baseline", self.shown(&path))).help(
                    "check the path; `plimsoll baseline create` writes one, and without --baseline nothing is accepted",
                ));
            }
            Some(Err(Absence::Unreadable(_))) if !on_disk.exists() => return Ok(()),
            Some(Err(absence)) => return Err(self.no_baseline(&path, absence)),
            // a folder of that name is not among the files
            None if on_disk.is_dir() => return Err(self.no_baseline(&path, &Absence::NotAFile("a folder"))),
            None => return Ok(()),
        };
        self.config.baseline = config::Baseline::read(source).map_err(|problem| {
            let help = problem.help.to_owned();
            drawn(source, self.shown(&path), "baseline", (problem.message, problem.span, help), look)
        })?;
        Ok(())
    }

    fn no_baseline(&self, path: &str, absence: &Absence) -> Refusal {
        Refusal::new(format!("{}: {absence}", self.shown(path)))
            .help("the baseline could not be read; --no-baseline runs without it")
    }

    /// Reads the definitions that were added to the repository.
    fn read_added(&mut self, look: Look) -> Result<(), Refusal> {
        let path = config::SCHEMAS_NAME;
        let Some(id) = self.snapshot.find(path) else { return Ok(()) };
        let source = self.snapshot.source(id).map_err(|absence| {
            Refusal::new(format!("{}: {absence}", self.shown(path))).help("make it readable: kinds are judged by it")
        })?;
        let (_, added) = facts::read_lock(source).map_err(|problem| {
            drawn(source, self.shown(path), "schemas", (problem.message, problem.span, problem.help), look)
        })?;
        self.config.added = added;
        Ok(())
    }

    /// What the configurations of a whole repository say, for who judges nothing.
    pub fn config_of(place: &root::Place, listing: &Listing, which: &ConfigArguments) -> Result<Config, Refusal> {
        let (arguments, current) = (JobArguments { config: which.clone(), ..JobArguments::default() }, current()?);
        let whole = root::Place { wanted: vec![String::new()], ..place.clone() };
        // which checks there are is of no account
        let home = home();
        let around = config::Around { root: Some(&place.root), home: home.as_deref() };
        let known = config::Known { around, checks: &[], more: true };
        let look = Look { colour: false, width: 100 };
        let files = ConfigFiles { arguments: &arguments, current: &current, place: &whole, look, known };
        let chain = files.find(listing, false)?;
        files.read_alone(listing, &chain)
    }

    /// Whether findings in a file were asked for, or would have been if it were there.
    pub fn was_looked_at(&self, path: &str) -> bool {
        self.place.wanted.iter().any(|wanted| config::lies_in(path, wanted))
    }

    /// A job with a configuration that is not on disk yet.
    pub fn proposed(current: PathBuf, place: root::Place, snapshot: Snapshot, config: Config) -> Result<Self, Refusal> {
        let (registry, errors) = engine::registry(&[]);
        let mut job =
            Self { current, place, snapshot, config, registry, from_stdin: false, names_baseline: false, errors };
        job.add_policies(&[])?;
        Ok(job)
    }

    /// Judges the snapshot.
    pub fn run(&mut self, observer: Option<Arc<dyn Observer>>) -> Outcome {
        let progress = Arc::new(Progress::watched(observer));
        let watch = Watch::start(&progress);
        let outcome = engine::check(&self.snapshot, &self.config, &self.registry, &progress);
        drop(watch);
        self.with_errors(outcome)
    }

    /// Tells of policies that cannot be used.
    pub fn with_errors(&mut self, mut outcome: Outcome) -> Outcome {
        let of_policies = self.errors.drain(..).map(|CheckError { message, help, gave_up }| Failure {
            gave_up,
            path: String::new(),
            message,
            help,
        });
        outcome.failures.splice(0..0, of_policies);
        outcome
    }

    /// A path as someone in the current folder would type it.
    pub fn shown(&self, path: &str) -> String {
        if self.from_stdin { path.to_owned() } else { root::shown(&self.place.root, &self.current, path) }
    }

    /// The ids of all checks.
    pub fn ids(&self) -> Vec<String> {
        self.registry.metas().iter().map(|meta| meta.id.0.to_string()).collect()
    }

    /// Turns off every check that is not named.
    pub fn only(&mut self, names: &[String]) -> Result<(), Refusal> {
        if names.is_empty() {
            return Ok(());
        }
        let ids = self.ids();
        let pack = |id: &str| id.split_once('/').map_or_else(String::new, |(pack, _)| pack.to_owned());
        for name in names {
            if !ids.iter().any(|id| id == name || pack(id) == *name) {
                let near = nearest(name, ids.iter().map(String::as_str))
                    .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
                return Err(Refusal::new(format!("no check or pack is called `{name}`"))
                    .help(format!("{near}`plimsoll checks` lists them")));
            }
        }
        let off = ids.iter().filter(|id| !names.iter().any(|name| name == *id || pack(id) == *name));
        self.config.levels.add(off.map(|id| (id.clone(), config::Level::Off)).collect());
        Ok(())
    }

    fn add_policies(&mut self, folders: &[PathBuf]) -> Result<(), Refusal> {
        let mut user = Vec::new();
        let mut homes: Vec<(String, String)> = Vec::new();
        for set in &self.config.policies {
            let from = user.len();
            if !self.listed_policies(&set.path, &set.written, &mut user) {
                policies(&self.place.root.join(&set.path), &set.written, &mut user)?;
            }
            for file in user.iter_mut().skip(from) {
                file.namespaces.clone_from(&set.namespaces);
            }
            homes.extend(user.iter().skip(from).map(|file| (file.path.clone(), set.scope.clone())));
        }
        for folder in folders {
            let shown = folder.display().to_string();
            let inside = root::below(&self.place.root, &root::clean(&self.current.join(folder)));
            if !inside.is_some_and(|path| self.listed_policies(&path, &shown, &mut user)) {
                policies(&self.current.join(folder), &shown, &mut user)?;
            }
        }
        if !user.is_empty() {
            let data = data::read(&self.config.policies, &self.snapshot, &self.place.root)?;
            self.errors.extend(engine::add_user_policies(&mut self.registry, &user, &data));
            for meta in self.registry.metas() {
                let Some(origin) = &meta.origin else { continue };
                for (_, scope) in homes.iter().filter(|(path, scope)| path == origin && !scope.is_empty()) {
                    self.config.levels.home(&meta.id, scope);
                }
            }
        }
        Ok(())
    }

    /// The Rego files below a folder of the snapshot; says whether there were any.
    fn listed_policies(&self, path: &str, shown: &str, into: &mut Vec<UserFile>) -> bool {
        let path = resolve("", path).unwrap_or_default();
        let from = into.len();
        let one = self.snapshot.find(&path).map(|id| (id, name_of(&path).to_owned()));
        let below = self.snapshot.below(&path).map(|(id, entry)| {
            (id, entry.path.strip_prefix(&path).unwrap_or(&entry.path).trim_start_matches('/').to_owned())
        });
        for (id, inside) in one.into_iter().chain(below).filter(|(_, inside)| inside.ends_with(".rego")) {
            let Ok(source) = self.snapshot.source(id) else { continue };
            let path = if inside == name_of(&path) && self.snapshot.find(&path).is_some() {
                shown.to_owned()
            } else {
                format!("{}/{inside}", shown.trim_end_matches('/'))
            };
            into.push(UserFile { path, inside, text: source.text().to_owned(), namespaces: Vec::new() });
        }
        into.len() > from
    }
}

/// A file that cannot be used, with an excerpt of the place.
pub(super) fn drawn(
    source: &Arc<Source>,
    shown: String,
    code: &str,
    (message, span, help): (String, Span, String),
    look: Look,
) -> Refusal {
    let diagnostic = report::Diagnostic {
        severity: Severity::Error,
        code: Some(code.to_owned()),
        message: message.clone(),
        help: Some(help.clone()),
        labels: vec![(span, None)],
        source: Some((Arc::clone(source), shown)),
        related: Vec::new(),
    };
    Refusal { message, help: Some(help), drawn: Some(report::render(&diagnostic, look)) }
}

/// Where the files of a job come from.
pub(super) struct Origin {
    pub current: PathBuf,
    pub place: root::Place,
    pub listing: Listing,
    pub from_stdin: bool,
    /// Whether a commit is about to be made.
    pub committing: bool,
}

impl JobArguments {
    /// The whole repository, with these schema locations.
    pub fn with_schemas(locations: &[String]) -> Self {
        Self { schema_location: locations.to_vec(), ..Self::default() }
    }

    /// The whole repository, without the policies that its configuration names.
    pub fn without_policies() -> Self {
        Self { without_policies: true, ..Self::default() }
    }

    /// The paths that were asked for.
    pub fn places(&self) -> Vec<PathBuf> {
        if self.paths.is_empty() || self.paths.iter().any(|path| path.as_os_str() == "-") {
            vec![PathBuf::from(".")]
        } else {
            self.paths.clone()
        }
    }
}

/// The day of the commit, so that a commit is judged the same whenever that is done; outside of git the day it is.
fn today(root: &Path, committing: bool) -> Date {
    let seconds = source::git::moment(root, committing).unwrap_or_else(|| {
        #[expect(clippy::disallowed_methods, reason = "the command line is where the clock comes in")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
    });
    Date::of_unix(seconds)
}

/// The folder that is called `~`.
fn home() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map(PathBuf::from).filter(|home| home.is_absolute())
}

/// The folder that the program was started in.
pub(super) fn current() -> Result<PathBuf, Refusal> {
    #[expect(clippy::disallowed_methods, reason = "the command line is where the current folder comes in")]
    let current = std::env::current_dir();
    current.map_err(|error| Refusal::new(format!("the current folder cannot be read: {error}")))
}

/// The files that may be manifests, and those that this program reads for itself. Paths that the repository ignores are
/// repositories of their own.
fn list(place: &mut root::Place) -> Listing {
    let listing = source::walk(&place.root, &place.starts, &place.wanted, &is_candidate);
    let nothing = !listing.entries.iter().any(|entry| entry.wanted && engine::is_manifest(&entry.path));
    if nothing && place.starts != place.wanted {
        place.stand_alone();
        return source::walk(&place.root, &place.starts, &place.wanted, &is_candidate);
    }
    listing
}

pub(super) fn is_candidate(path: &str) -> bool {
    engine::is_manifest(path)
        || path.ends_with(".rego")
        || config::OWNERS_FILES.contains(&path)
        || [config::BASELINE_NAME, config::SCHEMAS_NAME, source::IGNORE_FILE, source::FLUX_IGNORE_FILE]
            .contains(&name_of(path))
}

/// A configuration that was found.
#[derive(Clone)]
struct Named {
    path: String,
    scope: String,
    base: String,
    /// The baseline that it names, from the root.
    baseline: Option<String>,
    /// What stands for what Kustomize would fetch.
    remotes: Vec<Remote>,
}

/// Where the configurations of a run are.
struct ConfigFiles<'a> {
    arguments: &'a JobArguments,
    current: &'a Path,
    place: &'a root::Place,
    look: Look,
    known: config::Known<'a>,
}

impl ConfigFiles<'_> {
    /// All of them, parents first.
    fn find(&self, listing: &Listing, from_stdin: bool) -> Result<Vec<Named>, Refusal> {
        let mut chain = Vec::new();
        if self.arguments.config.no_config {
            return Ok(chain);
        }
        if let Some(file) = self.arguments.config.config.as_deref() {
            let file = root::clean(&self.current.join(file));
            let path = root::below(&self.place.root, &file).unwrap_or_else(|| file.to_string_lossy().into_owned());
            let base = if path.starts_with('/') { String::new() } else { folder_of(&path).to_owned() };
            self.push(listing, &path, ("", &base), &mut chain, &mut Vec::new())?;
            return Ok(chain);
        }
        let speaks = |folder: &str| {
            self.place.wanted.iter().any(|path| config::lies_in(path, folder) || config::lies_in(folder, path))
        };
        let listed = listing.entries.iter().filter(|entry| entry.absence.is_none()).map(|entry| entry.path.clone());
        let mut found: Vec<String> = listed.filter(|path| name_of(path) == FILE_NAME).collect();
        for path in &self.place.wanted {
            let above = Path::new(path).ancestors().map(|folder| folder.join(FILE_NAME));
            let there = above.filter(|path| self.place.root.join(path).is_file());
            found.extend(there.map(|path| path.to_string_lossy().replace('\\', "/")));
        }
        found.retain(|path| speaks(folder_of(path)));
        let is_folder = |entry: &&source::Entry| {
            name_of(&entry.path) == FILE_NAME && entry.absence == Some(Absence::NotAFile("a folder"))
        };
        if let Some(entry) = listing.entries.iter().find(|entry| is_folder(entry) && speaks(folder_of(&entry.path))) {
            return Err(Refusal::new(format!("{}: a folder under the name of the configuration", entry.path))
                .help("rename it; --no-config runs without any configuration"));
        }
        found.sort_by_key(|path| (path.matches('/').count(), path.clone()));
        found.dedup();
        let mut ignored = None;
        for path in found {
            let folder = folder_of(&path).to_owned();
            // what the repository ignores holds no configuration of it
            if !folder.is_empty() && !chain.is_empty() {
                let above = match &ignored {
                    Some(above) => above,
                    None => ignored.insert(self.read_alone(listing, &chain)?.ignore),
                };
                if above.is_match(&path) {
                    continue;
                }
            }
            // standard input has no folder of its own
            let scope = if from_stdin { "" } else { folder.as_str() };
            self.push(listing, &path, (scope, &folder), &mut chain, &mut Vec::new())?;
        }
        Ok(chain)
    }

    /// Adds a configuration, after those that it extends.
    fn push(
        &self,
        listing: &Listing,
        path: &str,
        (scope, base): (&str, &str),
        chain: &mut Vec<Named>,
        open: &mut Vec<String>,
    ) -> Result<(), Refusal> {
        if open.iter().any(|one| one == path) {
            open.push(path.to_owned());
            return Err(Refusal::new(format!("configurations that extend each other: {}", open.join(", ")))
                .help("take one `extends` out"));
        }
        let source = Arc::new(listing.read(path, SourceId(0)).map_err(|absence| unreadable(path, &absence))?);
        open.push(path.to_owned());
        let head = config::head(&source);
        let outside = |from: &Path, to: &str| root::clean(&from.join(to)).to_string_lossy().into_owned();
        for parent in head.extends {
            let parent = if path.starts_with('/') {
                outside(Path::new(folder_of(path)), &parent)
            } else {
                resolve(folder_of(path), &parent)
                    .unwrap_or_else(|| outside(&self.place.root.join(folder_of(path)), &parent))
            };
            self.push(listing, &parent, (scope, base), chain, open)?;
        }
        open.pop();
        let baseline = head.baseline.and_then(|file| resolve(base, &file));
        let at = |path: &str| self.known.around.find(base, path);
        let remotes = head.remotes.iter();
        let remotes = remotes.filter_map(|(url, git_ref, path)| Remote::at(url, git_ref.as_deref(), path, at(path)?));
        let remotes = remotes.collect();
        chain.push(Named { path: path.to_owned(), scope: scope.to_owned(), base: base.to_owned(), baseline, remotes });
        Ok(())
    }

    /// Reads configurations from the snapshot, so that their places are places of it.
    fn read(&self, snapshot: &Snapshot, chain: &[Named]) -> Result<Config, Refusal> {
        let mut layers = Vec::new();
        for named in chain {
            let id = snapshot.find(&named.path).ok_or_else(|| Refusal::new(format!("{}: it is gone", named.path)))?;
            let source = snapshot.source(id).map_err(|absence| unreadable(&named.path, absence))?;
            layers.push(layer(Arc::clone(source), named));
        }
        let mut config = self.parse(&layers)?;
        if !config.enforce.is_empty() {
            let owners =
                config::OWNERS_FILES.iter().filter_map(|path| snapshot.source(snapshot.find(path)?).ok()).next();
            config.owners = owners.map(|source| config::Owners::read(source.text())).unwrap_or_default();
        }
        Ok(config)
    }

    /// Reads configurations before there is a snapshot.
    fn read_alone(&self, listing: &Listing, chain: &[Named]) -> Result<Config, Refusal> {
        let mut layers = Vec::new();
        for (at, named) in chain.iter().enumerate() {
            let id = SourceId(u32::try_from(at).unwrap_or(u32::MAX));
            let source = listing.read(&named.path, id).map_err(|absence| unreadable(&named.path, &absence))?;
            layers.push(layer(Arc::new(source), named));
        }
        self.parse(&layers)
    }

    fn parse(&self, layers: &[Layer]) -> Result<Config, Refusal> {
        config::read(layers, &self.known).map_err(|problem| self.drawn(layers, problem))
    }

    fn drawn(&self, layers: &[Layer], problem: config::ConfigProblem) -> Refusal {
        let file = |id: SourceId| {
            let layer = layers.iter().find(|layer| layer.source.id() == id)?;
            let shown = root::shown(&self.place.root, self.current, layer.source.path());
            Some((Arc::clone(&layer.source), shown))
        };
        let related = problem.related.map(|(span, message)| report::Diagnostic {
            severity: Severity::Hint,
            code: None,
            message,
            help: None,
            labels: vec![(span, None)],
            source: file(span.source),
            related: Vec::new(),
        });
        let diagnostic = report::Diagnostic {
            severity: Severity::Error,
            code: Some("configuration".into()),
            message: problem.message.clone(),
            help: problem.help.clone(),
            labels: vec![(problem.span, None)],
            source: file(problem.span.source),
            related: related.into_iter().collect(),
        };
        Refusal { message: problem.message, help: problem.help, drawn: Some(report::render(&diagnostic, self.look)) }
    }
}

fn layer(source: Arc<Source>, named: &Named) -> Layer {
    Layer { source, scope: named.scope.clone(), base: named.base.clone() }
}

fn unreadable(path: &str, absence: &Absence) -> Refusal {
    Refusal::new(format!("{path}: {absence}")).help("the configuration could not be read; --no-config runs without it")
}

/// Every Rego file below a folder on disk, sorted.
pub(super) fn policies(folder: &Path, shown: &str, into: &mut Vec<UserFile>) -> Result<(), Refusal> {
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
        let path = format!("{}/{inside}", shown.trim_end_matches('/'));
        into.push(UserFile { path, inside, text, namespaces: Vec::new() });
    }
    Ok(())
}
