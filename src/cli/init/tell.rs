//! What `plimsoll init` prints: what it saw, what it wrote, what a first run would say and what to type next.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::Outcome;
use crate::finding::Severity;

use super::look::{Survey, counted};
use super::plan::plain;
use super::propose::Proposal;
use super::versions::Versions;

/// Everything that is told.
pub(super) struct Told<'a> {
    /// The file as someone would type it.
    pub shown: &'a str,
    pub survey: &'a Survey,
    pub versions: &'a Versions,
    pub proposal: &'a Proposal,
    /// A run without a configuration.
    pub plain: &'a Outcome,
    /// A run with the proposed one.
    pub first: &'a Outcome,
    /// The ids of all checks with their titles.
    pub metas: &'a [(String, String)],
    /// The root as someone would type it; empty in the root itself.
    pub root: &'a str,
    pub written: bool,
}

/// So many of a list are told.
const MOST: usize = 5;

impl Told<'_> {
    /// What was seen.
    pub fn before(&self) -> String {
        let mut out = format!("looked at {}\n\n", counted(self.survey.files, "file"));
        let mut row = |name: &str, text: String| {
            if !text.is_empty() {
                let _ = writeln!(out, "  {name:12}  {}", plain(&text));
            }
        };
        row("engines", self.survey.engines.join(", "));
        row("pipelines", few(&self.survey.pipelines));
        let layout: Vec<String> = self.survey.layout.iter().map(|(top, count)| format!("{top} ({count})")).collect();
        row("documents in", few(&layout));
        let environments: Vec<String> = self
            .survey
            .environments
            .iter()
            .map(|(name, folders)| match folders.as_slice() {
                [one] => one.clone(),
                all => format!("{name} ({})", counted(all.len(), "folder")),
            })
            .collect();
        row("environments", few(&environments));
        let versions: Vec<String> = self
            .versions
            .clusters
            .iter()
            .chain(&self.versions.pipelines)
            .chain(&self.versions.charts)
            .map(|said| format!("{} in {}", said.version, said.place))
            .collect();
        row("Kubernetes", few(&versions));
        let unknown: Vec<String> =
            self.plain.without_schema.iter().map(|one| format!("{} ({})", one.kind, one.count)).collect();
        let objects: u32 = self.plain.without_schema.iter().map(|one| one.count).sum();
        if objects > 0 {
            let mut kinds: Vec<_> = self.plain.without_schema.iter().collect();
            kinds.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
            let named: Vec<String> =
                kinds.iter().map(|one| format!("{} {} ({})", one.api_version, one.kind, one.count)).collect();
            row(
                "no schema",
                format!(
                    "{} of {}: {}",
                    counted(objects as usize, "object"),
                    counted(unknown.len(), "kind"),
                    few(&named)
                ),
            );
        }
        let own: Vec<String> = self.survey.policies.iter().map(|own| own.folder.clone()).collect();
        row("policies", few(&own));
        for (tool, place) in &self.proposal.others {
            let _ =
                writeln!(out, "\n{place} sets {}: `plimsoll init --from {}` takes it over", tool.name(), tool.name());
        }
        out
    }

    /// What was written, what it finds, and what is next.
    pub fn after(&self, text: &str) -> String {
        let mut out = String::new();
        if self.written {
            let _ = writeln!(out, "\nwrote {}\n", self.shown);
            for line in text.lines() {
                let _ = writeln!(out, "{}", format!("    {line}").trim_end());
            }
        }
        self.findings(&mut out);
        self.next(&mut out);
        out
    }

    fn findings(&self, out: &mut String) {
        let count = |severity| self.first.count(severity);
        let total = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")];
        let told: Vec<String> = total
            .iter()
            .map(|(severity, noun)| (count(*severity), *noun))
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| counted(count, noun))
            .collect();
        let (judged, all) = self.first.coverage();
        let share = format!("a first run judges {judged} of {all} documents for a cluster");
        if told.is_empty() {
            let _ = writeln!(out, "\n{share} and finds nothing");
        } else {
            let _ = writeln!(out, "\n{share} and finds {}\n", told.join(", "));
            self.table(out);
        }
        if judged < all {
            out.push_str("\n  `plimsoll check --show-skipped` says why the others were not judged\n");
        }
        for failure in self.first.failures.iter().take(MOST) {
            let _ = writeln!(out, "\n  could not be done: {}", plain(&failure.message));
        }
        let failed: Vec<_> = self.first.unread.iter().filter(|unread| unread.failed).collect();
        for unread in failed.iter().take(MOST) {
            let _ = writeln!(out, "\n  could not be read: {}: {}", plain(&unread.path), plain(&unread.reason));
        }
    }

    fn table(&self, out: &mut String) {
        let mut packs: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
        let mut checks: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &self.first.findings {
            let column = match finding.severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Hint => 2,
            };
            if let Some(slot) = packs.entry(finding.check.pack()).or_default().get_mut(column) {
                *slot += 1;
            }
            *checks.entry(&finding.check.0).or_default() += 1;
        }
        let width = packs.keys().map(|pack| pack.len()).max().unwrap_or(0).max(4);
        let _ = writeln!(out, "  {:width$}  errors  warnings  hints", "pack");
        for (pack, [errors, warnings, hints]) in &packs {
            let _ = writeln!(out, "  {pack:width$}  {errors:6}  {warnings:8}  {hints:5}");
        }
        let mut checks: Vec<(&str, usize)> = checks.into_iter().collect();
        checks.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        checks.truncate(MOST);
        let width = checks.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
        let _ = writeln!(out, "\n  the commonest checks");
        for (id, count) in checks {
            let title = self.metas.iter().find(|(of, _)| of == id).map_or("", |(_, title)| title.as_str());
            let _ = writeln!(out, "  {count:6}  {id:width$}  {title}");
        }
    }

    fn next(&self, out: &mut String) {
        let errors = self.first.count(Severity::Error);
        let others = self.first.count(Severity::Warning) + self.first.count(Severity::Hint);
        let mut where_to: Vec<String> = self.proposal.paths.iter().take(MOST).cloned().collect();
        if !self.root.is_empty() {
            where_to = vec![self.root.to_owned()];
        }
        let path: String = where_to.iter().map(|path| format!(" {}", shell(path))).collect();
        let mut lines: Vec<(String, String)> = Vec::new();
        if errors > 0 && others > 0 {
            let mut packs: Vec<&str> = self
                .first
                .findings
                .iter()
                .filter(|finding| finding.severity == Severity::Error)
                .map(|finding| finding.check.pack())
                .collect();
            packs.sort_unstable();
            packs.dedup();
            lines.push((format!("plimsoll check{path} --only {}", packs.join(",")), "the errors first".to_owned()));
        }
        let what = if errors + others == 0 { "run it in the pipeline" } else { "every finding with its place" };
        lines.push((format!("plimsoll check{path}"), what.to_owned()));
        let width = lines.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
        if !self.written {
            out.push_str("\nnothing was written: leave --dry-run out to write it\n");
        }
        out.push_str("\nnext\n");
        for (command, why) in lines {
            let _ = writeln!(out, "  {command:width$}  {why}");
        }
    }
}

/// A word as a shell reads it.
fn shell(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", plain(word).replace('\'', "'\\''"))
    }
}

/// The first of a list, and how many more there are.
fn few(all: &[String]) -> String {
    let mut text = all.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > MOST {
        let _ = write!(text, " and {} more", all.len() - MOST);
    }
    text
}
