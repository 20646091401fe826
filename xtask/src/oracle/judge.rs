//! Our verdict on a record: the document alone, with the definition of its kind beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll::check::{Check, Registry, Says};
use plimsoll::config::{Config, Minors};
use plimsoll::engine::{self, Progress};
use plimsoll::finding::{CheckId, Finding, Severity};
use plimsoll::native::NativeChecks;
use plimsoll::schema::SchemaChecks;
use plimsoll::source::{Entry, Snapshot, Span};
use plimsoll::yaml;

use super::corpus::Definitions;
use super::field;
use super::group_of;
use super::record::{Record, Truth};

/// The oracle's server.
const MINOR: u16 = 35;
const PACKS: [&str; 3] = ["yaml", "schema", "portability"];
const DOCUMENT: &str = "document.yaml";

/// What we say of one record.
pub struct Judged {
    pub refused: bool,
    /// What we found, each as one line.
    pub said: Vec<String>,
    /// What became of the document, when it was not simply judged.
    pub unjudged: Option<String>,
    /// A custom resource whose definition is not in its repository.
    pub undefined: bool,
    /// Of a refusal for one field: the length of our place inside that field, or nothing when all lie outside.
    pub place: Option<Option<u32>>,
}

pub struct Judge<'d> {
    definitions: &'d Definitions,
    registry: Registry,
    verdicts: BTreeSet<CheckId>,
    config: Config,
}

impl<'d> Judge<'d> {
    pub fn new(definitions: &'d Definitions) -> Self {
        let mut registry = Registry::default();
        registry.add(Box::new(NativeChecks::default()));
        registry.add(Box::new(SchemaChecks::default()));
        let verdicts = registry
            .checks()
            .flat_map(Check::metas)
            .filter(|meta| meta.says == Says::Verdict && PACKS.contains(&meta.id.pack()))
            .map(|meta| meta.id.clone())
            .collect();
        let config = Config { minors: Minors::of(vec![MINOR]), ..Config::default() };
        Self { definitions, registry, verdicts, config }
    }

    /// Judges all records, in their order.
    pub fn all(&self, records: &[Record]) -> Vec<Judged> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let each = records.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let workers: Vec<_> = records
                .chunks(each)
                .map(|chunk| scope.spawn(move || chunk.iter().map(|record| self.one(record)).collect::<Vec<_>>()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    fn one(&self, record: &Record) -> Judged {
        let own = record.is_own();
        let key = (record.repository.clone(), group_of(&record.api_version).to_owned(), record.kind.clone());
        let definitions = if own { None } else { self.definitions.get(&key) };
        let snapshot = snapshot(record.text.as_deref().unwrap_or_default(), definitions.map_or(&[], Vec::as_slice));
        let outcome = engine::check(&snapshot, &self.config, &self.registry, &Progress::default());
        let source = snapshot.find(DOCUMENT).and_then(|id| snapshot.source(id).ok()).cloned();

        let mut findings: Vec<&Finding> = outcome
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error && self.verdicts.contains(&finding.check))
            .filter(|finding| source.as_ref().is_some_and(|source| source.id() == finding.primary.source))
            .collect();
        let documents = source.as_ref().map(yaml::documents).unwrap_or_default();
        if let Some(item) = record.place.as_ref().and_then(|place| place.item) {
            let list = documents.first().and_then(|document| document.tree.as_ref());
            let region = list.and_then(|tree| tree.root().get("items")?.items().nth(item).map(|item| item.span()));
            findings.retain(|finding| region.is_none_or(|region| region.contains(finding.primary)));
        }
        let place = match record.fields.as_slice() {
            [field] if record.truth == Truth::Refused && !findings.is_empty() => {
                let regions: Vec<Span> = documents
                    .iter()
                    .filter_map(|document| document.tree.as_ref())
                    .flat_map(|tree| field::regions(tree.root(), field))
                    .collect();
                let inside = |span: Span| regions.iter().any(|region| region.contains(span));
                Some(findings.iter().find(|finding| inside(finding.primary)).map(|finding| finding.primary.len()))
            }
            _ => None,
        };
        let said = findings
            .iter()
            .map(|finding| {
                let text = source.as_ref().map_or("", |source| source.slice(finding.primary));
                format!("{}: {} [at `{}`]", finding.check, finding.message, text.lines().next().unwrap_or(""))
            })
            .collect();
        let unjudged = outcome.accounts.iter().find(|account| &*account.path == DOCUMENT).and_then(|account| {
            let why = account.verdict.reason()?;
            Some(format!("{}: {why}", account.class.as_str()))
        });
        Judged { refused: !findings.is_empty(), said, unjudged, undefined: !own && definitions.is_none(), place }
    }
}

/// The document under a name that means nothing, and definitions that nobody asked findings of.
fn snapshot(text: &str, definitions: &[Arc<str>]) -> Snapshot {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    files.insert(DOCUMENT.to_owned(), text.as_bytes().to_vec());
    for (at, definition) in definitions.iter().enumerate() {
        files.insert(format!("definition-{at}.yaml"), definition.as_bytes().to_vec());
    }
    let entries = files
        .keys()
        .map(|path| Entry { path: path.clone(), absence: None, wanted: path == DOCUMENT, read: true })
        .collect();
    Snapshot::new(entries, Box::new(files))
}
