//! `plimsoll render`: prints what a Kustomize root builds. With `--provenance` each line tells where it was written.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::engine;
use crate::overlay::kustomize::{Problem, Reason, Rendered, Renderer, print};
use crate::source::{Listing, Snapshot, Span, walk, walk_all};

use super::deployed::{self, Deployed};
use super::job::{ConfigArguments, Job};
use super::{Refusal, root};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The folder of the kustomization; the current one unless given
    root: Option<PathBuf>,
    /// What an Application or a Flux Kustomization deploys, with all that it adds: its name, as NAME,
    /// Application/argocd/NAME or the path of its file
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Say on each line where its value was written
    #[arg(long)]
    provenance: bool,
    /// Read files outside the folder of their kustomization, as `--load-restrictor LoadRestrictionsNone` does
    #[arg(long, conflicts_with = "owner")]
    no_load_restrictor: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let current = super::job::current()?;
    let root = arguments.root.clone().unwrap_or_else(|| PathBuf::from("."));
    let place = root::find(std::slice::from_ref(&root), &current)?;
    let folder = place.wanted.first().map_or("", String::as_str);
    let (objects, snapshot) = match &arguments.owner {
        Some(owner) => {
            let (snapshot, config) = deployed::read(&place, &arguments.config)?;
            let objects = Deployed::of(&snapshot, &config).by(owner, arguments.root.is_some().then_some(folder))?;
            (objects, snapshot)
        }
        None => alone(&place, folder, arguments)?,
    };
    if !arguments.provenance {
        super::print(&print(&objects, &mut |_, _| {}));
        // the process ends: nothing need be taken apart
        std::mem::forget((objects, snapshot));
        return Ok(0);
    }
    let mut marks: BTreeMap<usize, Span> = BTreeMap::new();
    let text = print(&objects, &mut |line, draft| {
        marks.entry(line).or_insert(draft.origin.written);
    });
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        out.push_str(line);
        if let Some(told) = marks.get(&number).and_then(|span| told(*span, &snapshot)) {
            let _ = write!(out, "  # {told}");
        }
        out.push('\n');
    }
    super::print(&out);
    Ok(0)
}

/// What Kustomize makes of a folder, whoever deploys it.
fn alone(place: &root::Place, folder: &str, arguments: &Arguments) -> Result<(Vec<Rendered>, Snapshot), Refusal> {
    let outside = arguments.no_load_restrictor;
    // a base may lie anywhere in the repository, and a generator takes files of any name
    let listing = walk(&place.root, &[String::new()], &place.wanted, &|_| true);
    let remotes = Job::config_of(place, &listing, &arguments.config)?.remotes;
    let snapshot_of = |mut listing: Listing| {
        // what is elsewhere is listed as far as it is named
        if !remotes.mounts().is_empty() {
            engine::complete(&mut listing, &remotes);
        }
        listing.snapshot()
    };
    let mut snapshot = snapshot_of(listing);
    let renderer = Renderer::new(&snapshot, outside).with_remotes(&remotes);
    let mut made = renderer.render(folder);
    std::mem::forget(renderer);
    let may_be_ignored = |reason| reason == Reason::Missing || (reason == Reason::Remote && !remotes.is_empty());
    if matches!(&made, Err(problem) if may_be_ignored(problem.reason)) {
        // Kustomize reads what git ignores, too; looking through all of it is left for when something is missing
        snapshot = snapshot_of(walk_all(&place.root, &[String::new()], &place.wanted, &|_| true));
        made = Renderer::new(&snapshot, outside).with_remotes(&remotes).render(folder);
    }
    let objects = made.map_err(|problem| refusal(&problem, &snapshot))?;
    Ok((objects, snapshot))
}

/// `file:line` of a place.
pub(super) fn told(span: Span, snapshot: &Snapshot) -> Option<String> {
    let source = snapshot.source(span.source).ok()?;
    let before = source.text().get(..span.start as usize)?;
    Some(format!("{}:{}", source.path(), before.bytes().filter(|byte| *byte == b'\n').count() + 1))
}

pub(super) fn refusal(problem: &Problem, snapshot: &Snapshot) -> Refusal {
    let place = problem.place.and_then(|span| told(span, snapshot));
    let place = place.map_or_else(String::new, |place| format!("{place}: "));
    Refusal::new(format!("{place}{problem} [{}]", problem.reason.word()))
}
