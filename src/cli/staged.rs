//! `plimsoll check --staged`: what the next commit will hold, for a commit hook.

use std::sync::Arc;

use crate::check::{Observer, Outcome, Stage, during};
use crate::engine::{self, Progress, Side};
use crate::report::Look;
use crate::source::git::{self, GitProblem};

use super::job::{self, Job, JobArguments, Origin};
use super::progress::Watch;
use super::{Refusal, root};

/// Judges what the index changes. `set` applies the arguments that both sides share.
pub(super) fn run(
    arguments: &JobArguments,
    look: Look,
    observer: Option<Arc<dyn Observer>>,
    set: impl Fn(&mut Job) -> Result<(), Refusal>,
) -> Result<(Job, Outcome), Refusal> {
    if arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Refusal::new("`-` and --staged: standard input is no part of a commit")
            .help("check one of them in a run of its own"));
    }
    let current = job::current()?;
    let place = root::find(&arguments.places(), &current)?;
    let told = observer.as_deref();
    let mut staged = during(told, Stage::Walk, || git::staged(&place.root, &job::is_candidate)).map_err(refused)?;
    let memory = staged.memory();
    let origin = |listing| Origin {
        current: current.clone(),
        place: place.clone(),
        listing,
        from_stdin: false,
        committing: true,
    };
    let mut after = during(told, Stage::Prepare, || Job::of(arguments, origin(staged.after), look))?;
    set(&mut after)?;
    // what was committed may have been broken: then nothing is known of it, and all that is found is new
    let read = during(told, Stage::Prepare, || Job::of(arguments, origin(staged.before), look));
    let mut before = match read.and_then(|mut before| set(&mut before).map(|()| before)) {
        Ok(before) => before,
        Err(_) => {
            let nothing =
                crate::source::Listing { entries: Vec::new(), store: Box::new(std::collections::BTreeMap::new()) };
            Job::proposed(current.clone(), place.clone(), nothing.snapshot(), crate::config::Config::default())?
        }
    };
    let is_known = |path: &str| after.snapshot.find(path).is_some() || before.snapshot.find(path).is_some();
    staged.changed.retain(|path| is_known(path));
    let progress = Arc::new(Progress::watched(observer.clone()));
    let watch = Watch::start(&progress);
    let wanted = |path: &str| place.wanted.iter().any(|wanted| crate::config::lies_in(path, wanted));
    let outcome = engine::staged(side(&mut after), side(&mut before), &staged.changed, wanted, &progress);
    drop(watch);
    memory.keep();
    let outcome = after.with_errors(outcome);
    std::mem::forget(before);
    Ok((after, outcome))
}

fn side(job: &mut Job) -> Side<'_> {
    Side { snapshot: &mut job.snapshot, config: &job.config, registry: &job.registry }
}

fn refused(problem: GitProblem) -> Refusal {
    match problem {
        GitProblem::NoGit => Refusal::new("--staged asks git, and there is no program of that name")
            .help("install git, or check the files as they are: plimsoll check"),
        GitProblem::Unmerged(paths) => {
            let first = paths.first().cloned().unwrap_or_default();
            let more = if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() };
            Refusal::new(format!("{first}{more}: a conflict that is not resolved"))
                .help("resolve it and `git add` the file")
        }
        GitProblem::Refused(why) => Refusal::new(format!("--staged: git says: {why}"))
            .help("run it in the work tree of a git repository; without --staged the files are checked as they are"),
    }
}
