//! For people: each finding with its excerpt, hints folded to a line a check, the account at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use crate::check::{Acceptance, CheckMeta, Outcome, Verdict};
use crate::facts::ranges;
use crate::finding::{Finding, Severity};
use crate::overlay::UnitKind;
use crate::source::{Snapshot, SourceId, Span};

use super::excerpt::{Diagnostic, Look, render};
use super::wording;

/// What a human report needs beside the outcome.
pub struct Human<'a> {
    /// Colours and width.
    pub look: Look,
    /// Whether hints are shown one by one.
    pub hints: bool,
    /// Whether every document that was not judged is listed.
    pub skipped: bool,
    /// Whether every finding that someone accepted is listed.
    pub accepted: bool,
    /// A path as the reader would type it.
    pub shown: &'a dyn Fn(&str) -> String,
    /// The checks, for why they matter.
    pub metas: &'a [&'a CheckMeta],
    /// How long it took; left out of reports that are compared.
    pub took: Option<Duration>,
}

/// Writes the report.
#[must_use]
pub fn human(outcome: &Outcome, snapshot: &Snapshot, with: &Human<'_>) -> String {
    let mut out = String::new();
    let mut folded: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &outcome.findings {
        if finding.severity == Severity::Hint && !with.hints {
            folded.entry(&finding.check.0).or_default().push(finding);
        } else {
            out.push_str(&render(&diagnostic(finding, snapshot, with, &outcome.minors), with.look));
            out.push('\n');
        }
    }
    for (id, findings) in &folded {
        hint_line(&mut out, id, findings, snapshot, with);
    }
    if !folded.is_empty() {
        out.push('\n');
    }
    for unread in &outcome.unread {
        let word = if unread.failed { "error" } else { "note" };
        let _ =
            writeln!(out, "{word}: {} was not read: {} ({})", (with.shown)(&unread.path), unread.reason, unread.help);
    }
    for failure in &outcome.failures {
        let path = if failure.path.is_empty() { String::new() } else { format!("{}: ", (with.shown)(&failure.path)) };
        let help = failure.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
        let _ = writeln!(out, "error: {path}{}{help}", failure.message);
    }
    if !outcome.unread.is_empty() || !outcome.failures.is_empty() {
        out.push('\n');
    }
    if with.skipped {
        skipped(&mut out, outcome, with);
    }
    if with.accepted {
        accepted(&mut out, outcome, snapshot, with);
    }
    account(&mut out, outcome);
    closing(&mut out, outcome, with.took);
    out
}

fn meta<'m>(with: &Human<'m>, id: &str) -> Option<&'m CheckMeta> {
    with.metas.iter().find(|meta| &*meta.id.0 == id).copied()
}

fn diagnostic(finding: &Finding, snapshot: &Snapshot, with: &Human<'_>, minors: &[u16]) -> Diagnostic {
    let file = |id: SourceId| snapshot.source(id).ok().map(|source| (Arc::clone(source), (with.shown)(source.path())));
    let mut labels = vec![(finding.primary, finding.label.clone())];
    let mut related = Vec::new();
    for label in &finding.related {
        if label.span.source == finding.primary.source {
            labels.push((label.span, Some(label.message.clone())));
        } else {
            related.push(Diagnostic {
                severity: Severity::Hint,
                code: None,
                message: label.message.clone(),
                help: None,
                labels: vec![(label.span, None)],
                source: file(label.span.source),
                related: Vec::new(),
            });
        }
    }
    let mut help = String::new();
    let known = meta(with, &finding.check.0);
    // what is always to be done, where the finding knows nothing better
    let general = known.map(|meta| &*meta.remedy).filter(|remedy| !remedy.is_empty());
    if let Some(text) = finding.help.as_deref().or(general) {
        let _ = writeln!(help, "{text}");
        // a snippet ends with a line of its own
        if text.contains('\n') {
            help.push('\n');
        }
    }
    if !finding.enforced {
        help.push_str("advice: the configuration enforces nothing here, so it does not fail the run\n");
    }
    let origin = known.and_then(|meta| meta.origin.as_deref());
    if let Some(meta) = known.filter(|_| origin.is_none()) {
        let _ = writeln!(help, "why: {}", first_sentence(&meta.why));
    }
    if !finding.versions.is_empty() {
        let _ = writeln!(help, "holds for Kubernetes {}, of the {} asked for", ranges(&finding.versions), minors.len());
    }
    let path = snapshot.entry(finding.primary.source).map(|entry| entry.path.as_str());
    if let Some(units) = wording::units(finding, path) {
        let _ = writeln!(help, "{units}");
    }
    let _ = match origin {
        Some(path) => write!(help, "rule: {path}"),
        None => write!(help, "more: plimsoll explain {}", finding.check),
    };
    Diagnostic {
        severity: finding.severity,
        code: Some(format!(
            "{}{}[{}]",
            if finding.enforced { "" } else { "advice, " },
            finding.severity,
            finding.check
        )),
        message: finding.message.clone(),
        help: Some(help),
        labels,
        source: file(finding.primary.source),
        related,
    }
}

/// The first sentence of a text, its line breaks folded.
fn first_sentence(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.find(". ") {
        Some(end) => flat.get(..end).unwrap_or(&flat).to_owned(),
        None => flat.trim_end_matches('.').to_owned(),
    }
}

fn hint_line(out: &mut String, id: &str, findings: &[&Finding], snapshot: &Snapshot, with: &Human<'_>) {
    let title = meta(with, id).map_or("", |meta| &*meta.title);
    let places: Vec<String> = findings.iter().take(2).map(|finding| place(finding.primary, snapshot, with)).collect();
    let rest = findings.len() - places.len();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let _ = writeln!(out, "hint[{id}]: {title}, {} × ({}{rest})", findings.len(), places.join(", "));
}

fn skipped(out: &mut String, outcome: &Outcome, with: &Human<'_>) {
    if outcome.accounts.iter().all(|account| account.verdict.reason().is_none()) {
        out.push_str("not judged, or not by everything: none\n\n");
        return;
    }
    out.push_str("not judged, or not by everything:\n");
    for account in &outcome.accounts {
        if let Some(reason) = account.verdict.reason() {
            let ordinal =
                if account.ordinal > 0 { format!(" (document {})", account.ordinal + 1) } else { String::new() };
            let _ = writeln!(out, "  {}{ordinal}: {}: {reason}", (with.shown)(&account.path), account.class.as_str());
        }
    }
    out.push('\n');
}

fn accepted(out: &mut String, outcome: &Outcome, snapshot: &Snapshot, with: &Human<'_>) {
    out.push_str("accepted:\n");
    for one in &outcome.accepted {
        let finding = &one.finding;
        let how = match &one.by {
            Acceptance::Baseline => "by the baseline".to_owned(),
            Acceptance::Exception(exception) => {
                let owner = exception.owner.as_ref().map_or_else(String::new, |owner| format!(" by {owner}"));
                let until = exception.until.map_or_else(String::new, |until| format!(" until {until}"));
                format!("{owner}{until}: {}", exception.reason).trim_start().to_owned()
            }
        };
        let place = place(finding.primary, snapshot, with);
        let _ = writeln!(out, "  {place} {}[{}] {} ({how})", finding.severity, finding.check, finding.message);
    }
    out.push('\n');
}

fn place(span: Span, snapshot: &Snapshot, with: &Human<'_>) -> String {
    let Ok(source) = snapshot.source(span.source) else { return String::new() };
    let at = source.lines().position(source.text(), span.start);
    format!("{}:{}:{}", (with.shown)(source.path()), at.line, at.column)
}

/// What was looked at, by class; judged or not, and why not.
fn account(out: &mut String, outcome: &Outcome) {
    let mut files: Vec<&str> = outcome.accounts.iter().map(|account| &*account.path).collect();
    files.dedup();
    let minors = ranges(&outcome.minors);
    let crds = match outcome.crds {
        0 => String::new(),
        1 => ", and by the kind that the repository's CRD defines".to_owned(),
        n => format!(", and by the {n} kinds that the repository's CRDs define"),
    };
    let added = match outcome.added {
        0 => String::new(),
        1 => ", and by the kind that was added".to_owned(),
        n => format!(", and by the {n} kinds that were added"),
    };
    if let Some(staged) = outcome.staged {
        let _ = writeln!(
            out,
            "of the {} that will be committed, {} changed; {} more may be touched by that and {} read too",
            counted(staged.files, "file"),
            if staged.changed == 1 { "1 is".to_owned() } else { format!("{} are", staged.changed) },
            staged.related,
            if staged.related == 1 { "was" } else { "were" },
        );
    }
    if files.is_empty() && outcome.staged.is_none() && outcome.unread.is_empty() {
        out.push_str("nothing to look at: no YAML or JSON file stands there, or all are ignored\n");
    }
    let _ = writeln!(
        out,
        "looked at {} and {}, judged by the schemas of Kubernetes {minors}{crds}{added}",
        counted(files.len(), "file"),
        counted(outcome.accounts.len(), "document"),
    );
    let mut classes: BTreeMap<(crate::kube::Class, String), usize> = BTreeMap::new();
    for account in &outcome.accounts {
        let how = match &account.verdict {
            Verdict::Judged => "judged".to_owned(),
            Verdict::NotJudged(why) => why.clone(),
            Verdict::Unknowable(why) if why.starts_with("part of a build") => {
                "part of a build that is not rendered: checked only for what no build can change".to_owned()
            }
            Verdict::Unknowable(why) if why.starts_with("a patch of a build") => {
                "of a build that is not rendered".to_owned()
            }
            Verdict::Unknowable(why) => why.clone(),
        };
        let how = if how.starts_with("Kustomize reads it") { "Kustomize reads it".to_owned() } else { how };
        let class = match account.class {
            crate::kube::Class::ClientConfig(_) => crate::kube::Class::ClientConfig(""),
            class => class,
        };
        *classes.entry((class, how)).or_default() += 1;
    }
    for ((class, how), count) in &classes {
        let _ = writeln!(out, "  {count:>6}  {}: {how}", class.describe());
    }
    if !outcome.units.is_empty() {
        let mut kinds: BTreeMap<(UnitKind, bool), usize> = BTreeMap::new();
        for unit in &outcome.units {
            *kinds.entry((unit.kind, unit.judged)).or_default() += 1;
        }
        let parts: Vec<String> = kinds
            .iter()
            .map(|((kind, judged), count)| {
                format!("{} {}", counted(*count, kind.describe()), if *judged { "judged" } else { "not rendered" })
            })
            .collect();
        let _ = writeln!(out, "units: {}", parts.join("; "));
    }
    if !outcome.without_schema.is_empty() {
        out.push_str("no schema is known for\n");
        for kind in &outcome.without_schema {
            let near = kind.near.as_ref().map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
            let _ = writeln!(out, "  {:>6}  {} {}{near}", kind.count, kind.api_version, kind.kind);
        }
    }
}

fn closing(out: &mut String, outcome: &Outcome, took: Option<Duration>) {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Hint]
        .into_iter()
        .filter(|severity| outcome.count(*severity) > 0)
        .map(|severity| counted(outcome.count(severity), severity.as_str()))
        .collect();
    let found = if parts.is_empty() { "nothing found".to_owned() } else { format!("found {}", parts.join(", ")) };
    let by_baseline = outcome.accepted.iter().filter(|one| matches!(one.by, Acceptance::Baseline)).count();
    let by_exception = outcome.accepted.len() - by_baseline;
    let accepted: Vec<String> = [(by_baseline, "by the baseline"), (by_exception, "by exceptions")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, how)| format!("{count} {how}"))
        .collect();
    if !accepted.is_empty() {
        let _ = writeln!(out, "accepted {} (--show-accepted lists them)", accepted.join(", "));
    }
    let advice = outcome.findings.iter().filter(|finding| !finding.enforced).count();
    if advice > 0 {
        let are = if advice == 1 { "is" } else { "are" };
        let _ = writeln!(out, "{} {are} advice: the configuration enforces nothing there", counted(advice, "finding"));
    }
    let took = took.map_or_else(String::new, |took| format!(" in {:.2} s", took.as_secs_f64()));
    let incomplete = if outcome.is_incomplete() { "; some work could not be done, see the errors above" } else { "" };
    let _ = writeln!(out, "{found}{took}{incomplete}");
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
