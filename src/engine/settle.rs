//! Settles the findings of a run: which count, which the baseline or an exception accepts, and what is to be said of
//! exceptions and baseline themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::{Acceptance, Accepted, Account, Document, Findings, Registry, Settled, Target, Verdict};
use crate::config::{CommentProblem, Config, Exception, FORM, GRACE_DAYS, Level, Line, Region, Term};
use crate::finding::{CheckId, Finding, Label, nearest, unword};
use crate::kube::Class;
use crate::overlay::kustomize::is_kustomization;
use crate::source::{Entry, Snapshot, SourceId, Span, is_outside};

use super::outside::Outside;

/// What a run knows when all findings are there.
pub(super) struct Run<'a> {
    pub snapshot: &'a Snapshot,
    pub outside: Outside<'a>,
    pub config: &'a Config,
    pub registry: &'a Registry,
    /// Those that were asked for.
    pub documents: &'a [&'a Document],
    pub accounts: &'a [Account],
    /// Whether all of the work was done.
    pub complete: bool,
}

/// An exception, and whether a finding needed it.
struct Held {
    exception: Arc<Exception>,
    term: Term,
    used: bool,
}

pub(super) fn all(run: &Run<'_>, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Accepted>, Vec<Line>) {
    let mut settled = Settled::default();
    let mut held = exceptions(run, &mut settled);
    let mut open = Vec::new();
    let mut accepted = Vec::new();
    for mut finding in findings {
        let path = run.path(finding.primary.source);
        finding.enforced = run.config.enforces(path);
        match by_exception(run, &mut finding, path, &mut held, &mut settled) {
            Some(exception) => accepted.push(Accepted { finding, by: Acceptance::Exception(exception) }),
            None => open.push(finding),
        }
    }
    let mut open = by_baseline(run, open, &mut accepted, &mut settled);
    for one in held {
        match one.term {
            Term::Grace if one.used => {
                let end = one.exception.until.map(|until| until.plus(GRACE_DAYS + 1));
                settled.ending.extend(end.map(|end| (one.exception, end)));
            }
            _ if !one.used && run.would_show(&one.exception) => settled.unused.push(one.exception),
            _ => {}
        }
    }
    settled.remotes = run.unused_remotes();
    settled.refused.dedup_by(|a, b| a.0.span == b.0.span && a.1.name == b.1.name);
    let mut own = Vec::new();
    for check in run.registry.checks() {
        // a level may be of one path, and these are of many
        let mut found = Vec::new();
        let levels = crate::config::Levels::default();
        // none of the checks on exceptions has work that can fail
        let _ = check.run(&Target::Settled(&settled), &mut Findings::new(&levels, "", &mut found));
        own.extend(found);
    }
    for mut finding in own {
        run.outside.settle(&mut finding);
        let path = run.path(finding.primary.source);
        match run.config.levels.level(&finding.check, path) {
            Some(Level::Off) => continue,
            Some(Level::Severity(severity)) => finding.severity = severity,
            None => {}
        }
        finding.enforced = run.config.enforces(path);
        open.push(finding);
    }
    open.sort_by(|a, b| a.order().cmp(&b.order()));
    accepted.sort_by(|a, b| a.finding.order().cmp(&b.finding.order()));
    (open, accepted, settled.stale.into_iter().map(|(line, _)| line).collect())
}

/// All exceptions that were read, with whole ids; comments that cannot be followed are told.
fn exceptions(run: &Run<'_>, settled: &mut Settled) -> Vec<Held> {
    let commented = run.documents.iter().flat_map(|document| &document.exceptions);
    if run.config.exceptions.is_empty() && commented.clone().next().is_none() {
        return Vec::new();
    }
    let ids: Vec<&str> = run.registry.metas().iter().map(|meta| &*meta.id.0).collect();
    let mut all = run.config.exceptions.clone();
    for exception in commented {
        match exception {
            Ok(exception) => match whole_ids(exception, &ids) {
                Ok(exception) => all.push(Arc::new(exception)),
                Err(problem) => settled.unreadable.push(problem),
            },
            Err(problem) => settled.unreadable.push(problem.clone()),
        }
    }
    let hold = |exception: Arc<Exception>| {
        let term = if exception.until.is_none() { Term::Holds } else { exception.term(run.config.today.get()) };
        Held { exception, term, used: false }
    };
    all.into_iter().map(hold).collect()
}

/// A check may be named by its last part, as for `plimsoll explain`.
fn whole_ids(exception: &Exception, ids: &[&str]) -> Result<Exception, CommentProblem> {
    let mut exception = exception.clone();
    for name in &mut exception.allows {
        let pack = |id: &str| id.split_once('/').is_some_and(|(pack, _)| pack == name);
        if ids.iter().any(|id| id == name || pack(id)) {
            continue;
        }
        let mut named = ids.iter().filter(|id| id.split_once('/').is_some_and(|(_, last)| last == name));
        match (named.next(), named.next()) {
            (Some(id), None) => *name = (*id).to_owned(),
            _ => {
                let near = nearest(name, ids.iter().copied());
                let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
                return Err(CommentProblem {
                    message: format!("no check is called `{name}`"),
                    span: exception.span,
                    help: format!("{near}`plimsoll checks` lists them, and an exception reads `{FORM}`"),
                });
            }
        }
    }
    Ok(exception)
}

/// The exception that accepts a finding. One that is over, or may not speak, is named beside the finding.
fn by_exception(
    run: &Run<'_>,
    finding: &mut Finding,
    path: &str,
    held: &mut [Held],
    settled: &mut Settled,
) -> Option<Arc<Exception>> {
    if held.is_empty() {
        return None;
    }
    let lock = run.config.lock(&finding.check, path);
    let mut taken = None;
    for one in held.iter_mut().filter(|one| one.exception.allows(&finding.check)) {
        let fits = match &one.exception.region {
            // of what is found elsewhere a comment there may speak, or one at the entry that takes it in
            Region::Bytes(span) => {
                let there = finding.related.first().filter(|_| run.outside.entry(span.source).is_some());
                span.contains(finding.primary) || there.is_some_and(|label| span.contains(label.span))
            }
            Region::Files { paths, objects } => paths.is_match(path) && (objects.is_empty() || is_of(finding, objects)),
        };
        if !fits {
            continue;
        }
        one.used = true;
        if let Some(lock) = lock.filter(|lock| lock.span.source != one.exception.span.source) {
            settled.refused.push((Arc::clone(&one.exception), lock.clone()));
        } else if one.term == Term::Over {
            let until = one.exception.until.map(|until| until.to_string()).unwrap_or_default();
            let message = format!("an exception allowed it until {until}");
            finding.related.push(Label { span: one.exception.span, message });
        } else if taken.is_none() {
            taken = Some(Arc::clone(&one.exception));
        }
    }
    taken
}

fn is_of(finding: &Finding, objects: &globset::GlobSet) -> bool {
    finding.subject.as_ref().is_some_and(|key| {
        objects.is_match(format!("{}/{}", key.kind, key.name))
            || objects.is_match(format!("{}/{}/{}", key.kind, key.namespace, key.name))
    })
}

/// Takes out what the baseline accepts: first what stands in the same file, then what moved to another one. What is
/// locked is never accepted so.
fn by_baseline(
    run: &Run<'_>,
    findings: Vec<Finding>,
    accepted: &mut Vec<Accepted>,
    settled: &mut Settled,
) -> Vec<Finding> {
    let lines = &run.config.baseline.lines;
    if lines.is_empty() {
        return findings;
    }
    let mut left: BTreeMap<&Line, Vec<usize>> = BTreeMap::new();
    for (at, (line, _)) in lines.iter().enumerate().rev() {
        left.entry(line).or_default().push(at);
    }
    let mut fits = vec![false; lines.len()];
    let mut open = Vec::new();
    let mut moved = Vec::new();
    for finding in findings {
        let path = run.path(finding.primary.source);
        if run.config.lock(&finding.check, path).is_some() {
            open.push(finding);
            continue;
        }
        match left.get_mut(&Line::of(&finding, path)).and_then(Vec::pop) {
            Some(at) => {
                if let Some(fit) = fits.get_mut(at) {
                    *fit = true;
                }
                accepted.push(Accepted { finding, by: Acceptance::Baseline });
            }
            None => moved.push(finding),
        }
    }
    let mut elsewhere: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in left.values().flatten() {
        // a line whose file was not looked at may still be needed there
        let line = lines.get(*at).filter(|(line, _)| run.is_settled(line));
        elsewhere.entry(line.map_or("", |(line, _)| &line.fingerprint)).or_default().push(*at);
    }
    elsewhere.remove("");
    for finding in moved {
        match elsewhere.get_mut(finding.fingerprint().as_str()).and_then(Vec::pop) {
            Some(at) => {
                if let Some(fit) = fits.get_mut(at) {
                    *fit = true;
                }
                accepted.push(Accepted { finding, by: Acceptance::Baseline });
            }
            None => open.push(finding),
        }
    }
    let unfit = lines.iter().zip(&fits).filter(|(_, fit)| !**fit).map(|(line, _)| line);
    settled.stale = unfit.filter(|(line, _)| run.complete && run.is_settled(line)).cloned().collect();
    open
}

impl Run<'_> {
    fn path(&self, id: SourceId) -> &str {
        self.snapshot.entry(id).map_or("", |entry| entry.path.as_str())
    }

    /// Remotes that no kustomization asks for, where all were read.
    fn unused_remotes(&self) -> Vec<(String, Span)> {
        let is_read = |entry: &Entry| entry.read && entry.absence.is_none();
        let mut kustomizations = self.snapshot.entries().filter(|(_, entry)| is_kustomization(&entry.path));
        if !self.complete || !kustomizations.all(|(_, entry)| is_read(entry)) {
            return Vec::new();
        }
        let is_asked = |place: &Span| {
            // one that several repositories extend may be there for another
            self.snapshot.entry(place.source).is_some_and(|entry| entry.wanted && !entry.path.starts_with('/'))
        };
        let unused = self.outside.builds.unused_remotes().into_iter();
        unused.filter_map(|one| Some((one.url.clone(), one.place.filter(is_asked)?))).collect()
    }

    /// Whether this run would have found what a line of the baseline speaks of, if it were still there.
    fn is_settled(&self, line: &Line) -> bool {
        let path = unword(&line.path);
        let check = CheckId(line.check().into());
        let off = self.config.levels.level(&check, &path) == Some(Level::Off);
        let known = self.registry.checks().any(|one| one.metas().iter().any(|meta| meta.id == check));
        match self.snapshot.find(&path).and_then(|id| self.snapshot.entry(id)) {
            Some(entry) => entry.wanted && !(off && known),
            // it is gone, as far as one sees who looks at everything
            None => {
                let is_known = |entry: &Entry| entry.wanted || is_outside(&entry.path);
                self.snapshot.entries().all(|(_, entry)| is_known(entry) || !super::is_manifest(&entry.path))
            }
        }
    }

    /// Whether a finding that an exception fits would have been found, if there were one.
    fn would_show(&self, exception: &Exception) -> bool {
        if !self.complete {
            return false;
        }
        let is_off = |path: &str| {
            let mut metas = self.registry.checks().flat_map(|check| check.metas());
            metas.any(|meta| exception.allows(&meta.id) && self.config.levels.level(&meta.id, path) == Some(Level::Off))
        };
        let judged = |account: &Account| account.verdict == Verdict::Judged || !account.class.holds_objects();
        match &exception.region {
            Region::Bytes(span) => {
                let document = self
                    .documents
                    .iter()
                    .zip(self.accounts)
                    .find(|(document, _)| document.source == span.source && document.span.contains(*span));
                document.is_some_and(|(document, account)| {
                    let plain = !matches!(document.class, Class::Patch | Class::Template);
                    plain && judged(account) && !is_off(&document.path)
                })
            }
            Region::Files { paths, .. } => {
                let looked_at: BTreeSet<&str> = self.accounts.iter().map(|account| &*account.path).collect();
                let mut matching = self
                    .snapshot
                    .entries()
                    .map(|(_, entry)| entry)
                    .filter(|entry| super::is_manifest(&entry.path) && paths.is_match(&entry.path));
                matching.all(|entry| looked_at.contains(entry.path.as_str()) && !is_off(&entry.path))
                    && self.accounts.iter().filter(|account| paths.is_match(&*account.path)).all(judged)
            }
        }
    }
}
