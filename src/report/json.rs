//! For machines: everything that a run knows, in one JSON object. Its shape is documented in `docs/json.md` and
//! versioned: a number of its own, raised when something that is there changes its meaning.

use std::io::Write;

use serde::{Serialize, Serializer};

use crate::check::{Acceptance, Accepted, Account, CheckMeta, Outcome};
use crate::finding::{Finding, Severity, Stated, Units};
use crate::source::{Snapshot, Span};

/// The version of the format.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    version: u32,
    tool: &'static str,
    tool_version: &'static str,
    kubernetes: Vec<String>,
    summary: Summary,
    findings: Vec<Item<'a>>,
    accepted: Vec<Taken<'a>>,
    staged: Option<Part>,
    #[serde(serialize_with = "documents")]
    documents: &'a [Account],
    units: Vec<Unit<'a>>,
    not_read: Vec<NotRead<'a>>,
    failures: Vec<Failed<'a>>,
    without_schema: Vec<Without<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    files: usize,
    documents: usize,
    judged: usize,
    not_judged: usize,
    unknowable: usize,
    errors: usize,
    warnings: usize,
    hints: usize,
    accepted: usize,
    complete: bool,
    crd_kinds: usize,
}

#[derive(Serialize)]
struct Taken<'a> {
    finding: Item<'a>,
    by: &'static str,
    reason: Option<&'a str>,
    owner: Option<&'a str>,
    until: Option<String>,
    place: Option<Place<'a>>,
}

#[derive(Serialize)]
struct Part {
    changed: usize,
    related: usize,
    files: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    check: &'a str,
    severity: &'static str,
    says: Option<&'static str>,
    message: &'a str,
    help: Option<&'a str>,
    page: Option<String>,
    place: Option<Place<'a>>,
    stated: bool,
    enforced: bool,
    labels: Vec<Label<'a>>,
    subject: Option<Subject<'a>>,
    field: String,
    #[serde(serialize_with = "names")]
    units: &'a Units,
    versions: Vec<String>,
    fingerprint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct Label<'a> {
    message: &'a str,
    place: Option<Place<'a>>,
}

#[derive(Serialize)]
struct Subject<'a> {
    group: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Document<'a> {
    path: &'a str,
    ordinal: u32,
    class: &'static str,
    kind: Option<&'a str>,
    objects: u32,
    verdict: &'static str,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Unit<'a> {
    name: &'a str,
    kind: &'static str,
    judged: bool,
}

#[derive(Serialize)]
struct NotRead<'a> {
    path: &'a str,
    reason: &'a str,
    failed: bool,
}

#[derive(Serialize)]
struct Failed<'a> {
    path: &'a str,
    message: &'a str,
    help: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Without<'a> {
    api_version: &'a str,
    kind: &'a str,
    count: u32,
    near: Option<&'a str>,
}

/// Of many units, without a copy of the list.
fn names<S: Serializer>(units: &&Units, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(units.iter().map(|unit| &**unit))
}

/// Of each document, without a list of them all.
fn documents<S: Serializer>(accounts: &&[Account], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(accounts.iter().map(|account| Document {
        path: &account.path,
        ordinal: account.ordinal,
        class: account.class.as_str(),
        kind: account.kind.as_deref(),
        objects: account.objects,
        verdict: account.verdict.as_str(),
        reason: account.verdict.reason(),
    }))
}

/// The report as text, ending with a line feed.
#[must_use]
pub fn json(outcome: &Outcome, snapshot: &Snapshot, metas: &[&CheckMeta]) -> String {
    let mut bytes = Vec::new();
    let _ = write_json(&mut bytes, outcome, snapshot, metas);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes the report as it is made: it may be many megabytes.
///
/// # Errors
///
/// Where `out` takes no more.
pub fn write_json(
    mut out: impl Write,
    outcome: &Outcome,
    snapshot: &Snapshot,
    metas: &[&CheckMeta],
) -> std::io::Result<()> {
    let mut files: Vec<&str> = outcome.accounts.iter().map(|account| &*account.path).collect();
    files.dedup();
    let verdicts = |word: &str| outcome.accounts.iter().filter(|account| account.verdict.as_str() == word).count();
    let report = Report {
        version: JSON_VERSION,
        tool: env!("CARGO_PKG_NAME"),
        tool_version: env!("CARGO_PKG_VERSION"),
        kubernetes: outcome.minors.iter().map(|minor| format!("1.{minor}")).collect(),
        summary: Summary {
            files: files.len(),
            documents: outcome.accounts.len(),
            judged: verdicts("judged"),
            not_judged: verdicts("not-judged"),
            unknowable: verdicts("unknowable"),
            errors: outcome.count(Severity::Error),
            warnings: outcome.count(Severity::Warning),
            hints: outcome.count(Severity::Hint),
            accepted: outcome.accepted.len(),
            complete: !outcome.is_incomplete(),
            crd_kinds: outcome.crds,
        },
        findings: outcome.findings.iter().map(|finding| item(finding, snapshot, metas)).collect(),
        accepted: outcome.accepted.iter().map(|one| taken(one, snapshot, metas)).collect(),
        staged: outcome.staged.map(|staged| Part {
            changed: staged.changed,
            related: staged.related,
            files: staged.files,
        }),
        documents: &outcome.accounts,
        units: outcome
            .units
            .iter()
            .map(|unit| Unit { name: &unit.name, kind: unit.kind.describe(), judged: unit.judged })
            .collect(),
        not_read: outcome
            .unread
            .iter()
            .map(|one| NotRead { path: &one.path, reason: &one.reason, failed: one.failed })
            .collect(),
        failures: outcome
            .failures
            .iter()
            .map(|one| Failed { path: &one.path, message: &one.message, help: one.help.as_deref() })
            .collect(),
        without_schema: outcome
            .without_schema
            .iter()
            .map(|one| Without {
                api_version: &one.api_version,
                kind: &one.kind,
                count: one.count,
                near: one.near.as_deref(),
            })
            .collect(),
    };
    serde_json::to_writer_pretty(&mut out, &report)?;
    out.write_all(b"\n")
}

fn taken<'a>(one: &'a Accepted, snapshot: &'a Snapshot, metas: &[&CheckMeta]) -> Taken<'a> {
    let exception = match &one.by {
        Acceptance::Baseline => None,
        Acceptance::Exception(exception) => Some(exception),
    };
    Taken {
        finding: item(&one.finding, snapshot, metas),
        by: if exception.is_some() { "exception" } else { "baseline" },
        reason: exception.map(|exception| exception.reason.as_str()),
        owner: exception.and_then(|exception| exception.owner.as_deref()),
        until: exception.and_then(|exception| exception.until).map(|until| until.to_string()),
        place: exception.and_then(|exception| place(exception.span, snapshot)),
    }
}

fn item<'a>(finding: &'a Finding, snapshot: &'a Snapshot, metas: &[&CheckMeta]) -> Item<'a> {
    let meta = metas.iter().find(|meta| meta.id == finding.check);
    Item {
        check: &finding.check.0,
        severity: finding.severity.as_str(),
        says: meta.map(|meta| meta.says.as_str()),
        message: &finding.message,
        help: finding.help.as_deref(),
        page: meta.filter(|meta| meta.origin.is_none()).map(|meta| meta.page()),
        place: place(finding.primary, snapshot),
        stated: finding.stated == Stated::Stated,
        enforced: finding.enforced,
        labels: finding
            .related
            .iter()
            .map(|label| Label { message: &label.message, place: place(label.span, snapshot) })
            .collect(),
        subject: finding.subject.as_ref().map(|key| Subject {
            group: &key.group,
            kind: &key.kind,
            namespace: &key.namespace,
            name: &key.name,
        }),
        field: finding.pointer.to_field_path(),
        units: &finding.units,
        versions: finding.versions.iter().map(|minor| format!("1.{minor}")).collect(),
        fingerprint: finding.fingerprint(),
    }
}

fn place(span: Span, snapshot: &Snapshot) -> Option<Place<'_>> {
    let source = snapshot.source(span.source).ok()?;
    let (from, to) =
        (source.lines().position(source.text(), span.start), source.lines().position(source.text(), span.end));
    Some(Place {
        path: source.path(),
        line: from.line,
        column: from.column,
        end_line: to.line,
        end_column: to.column,
        start: span.start,
        end: span.end,
    })
}
