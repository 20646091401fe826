//! The scanner against its judges: sigs.k8s.io/yaml says what is YAML and what it means (`tests/go/yaml`, when Go is at
//! hand), granit-parser where each node stands. Over a table of cases, real files, mutations of them, and documents made at
//! random. `PLIMSOLL_YAML_DOCUMENTS` says how many are made (2,000 unless told), `PLIMSOLL_YAML_SEED` which.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex};

use libtest_mimic::{Failed, Trial};
use plimsoll::source::{Source, SourceId, Span};
use plimsoll::yaml::{self, Document, Node, NodeKind, ProblemKind, Style};
use serde_json::{Map, Value};

use crate::corpus::{self, listed};
use crate::project;
use crate::yaml_cases::{CASES, OTHERWISE};
use crate::yaml_made::{self, Random};
use crate::yaml_spans;

/// The differences that are accepted, each with its reason.
const ACCEPTED: &str = include_str!("accepted/yaml.txt");

/// How many documents are made, and of real files mutated.
const COUNT: &str = "PLIMSOLL_YAML_DOCUMENTS";
/// Which documents are made.
const SEED: &str = "PLIMSOLL_YAML_SEED";

type Judge = fn() -> Result<(), Failed>;

/// Stands for a value that this suite does not read.
const TOO_DEEP: &str = "deeper than serde_json reads";

static JUDGE: LazyLock<Result<PathBuf, String>> = LazyLock::new(build_judge);
/// The kinds of difference that were met, for the list to be held against.
static MET: Mutex<BTreeMap<&'static str, usize>> = Mutex::new(BTreeMap::new());

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("yaml::the table of cases", table),
        Trial::test("yaml::ordinary lines are read as all others are", ordinary),
        Trial::test("yaml::every place is one in the text", places),
        Trial::test("yaml::spans of the fixtures, as granit-parser has them", spans_of_fixtures),
        Trial::test("yaml::spans of made documents, as granit-parser has them", spans_of_made),
    ];
    let judged: [(&str, Judge); 5] = [
        ("aliases, to the last one that is taken", aliases),
        ("the table is what Go answers", table_by_go),
        ("fixtures and their mutations", fixtures),
        ("made documents", made),
        ("the list of accepted differences", accepted_occur),
    ];
    for (name, judge) in judged {
        match &*JUDGE {
            Ok(_) => trials.push(Trial::test(format!("yaml::{name}"), judge)),
            Err(why) => trials.push(Trial::test(format!("yaml::{name} ({why})"), judge).with_ignored_flag(true)),
        }
    }
    if JUDGE.is_ok() {
        trials.extend(corpus::per_repository("yaml", repository));
    }
    trials.extend(corpus::per_repository("yaml-spans", |_, folder| spans_of(&files(folder))));
    trials
}

fn build_judge() -> Result<PathBuf, String> {
    let program = project::scratch().join("yaml-judge");
    let ended = Command::new("go")
        .args(["build", "-mod=readonly", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(project::root().join("tests/go/yaml"))
        .stdin(Stdio::null())
        .output()
        .map_err(|_| "no Go".to_owned())?;
    if ended.status.success() { Ok(program) } else { Err("Go cannot build the judge".to_owned()) }
}

/// What Go makes of a document: lax, then strict.
struct Answer {
    lax: Result<Value, String>,
    strict: Result<(), String>,
}

fn ask(documents: &[&str]) -> Vec<Answer> {
    let mut input = Vec::new();
    for document in documents {
        input.extend(u32::try_from(document.len()).unwrap().to_be_bytes());
        input.extend(document.as_bytes());
    }
    let mut judge = Command::new(JUDGE.as_ref().unwrap()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = judge.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = judge.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), documents.len() * 2, "the judge answers every document");
    let read = |line: &str| match line.strip_prefix('!') {
        Some(error) => Err(error.to_owned()),
        // deeper than serde_json reads
        None => Ok(serde_json::from_str(line).unwrap_or_else(|_| TOO_DEEP.into())),
    };
    lines.chunks(2).map(|pair| Answer { lax: read(pair[0]), strict: read(pair[1]).map(|_| ()) }).collect()
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source::new(SourceId(0), "x.yaml", text.as_bytes().to_vec()))
}

fn is_refused(document: &Document) -> bool {
    document.problems.iter().any(yaml::Problem::is_fatal)
}

fn value(document: &Document) -> Value {
    document.tree.as_ref().map_or(Value::Null, |tree| tree.root().to_json())
}

/// Numbers by value: Go writes `1e+21` and `1` where another writes `1.0`. The last digit is that of the suite's own reader.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) => {
            let near = |a: f64, b: f64| (a - b).abs() <= a.abs() * 3e-16;
            a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| near(a, b))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => ours == theirs,
    }
}

/// Whether all that we refuse stands under a key that comes again: what is not a value of JSON, or no name.
fn is_overwritten(document: &Document) -> bool {
    let twice = |problem: &&yaml::Problem| problem.kind == ProblemKind::DuplicateKey;
    let below = |span: Span| {
        document.problems.iter().filter(twice).any(|problem| {
            problem.related.as_ref().is_some_and(|(first, _)| first.end <= span.start && span.end <= problem.span.start)
        })
    };
    document.problems.iter().filter(|problem| problem.is_fatal()).all(|problem| {
        let no_json = problem.kind == ProblemKind::NonScalarKey || problem.message == "a number that JSON has not";
        no_json && below(problem.span)
    })
}

/// What go-yaml makes of a tree: merges in the order in which they stand, binary decoded. Tells of what it takes for a
/// key that stands twice.
struct Lax<'a> {
    source: &'a Source,
    twice: bool,
    binary: bool,
}

impl<'a> Lax<'a> {
    fn of(source: &'a Source, document: &Document) -> (Self, Value) {
        let mut lax = Self { source, twice: false, binary: false };
        let value = document.tree.as_ref().map_or(Value::Null, |tree| lax.value(tree.root()));
        (lax, value)
    }

    fn value(&mut self, node: Node<'_>) -> Value {
        match node.kind() {
            NodeKind::Mapping => {
                let mut into = Map::new();
                self.fill(node, &mut into);
                Value::Object(into)
            }
            NodeKind::Sequence => Value::Array(node.items().map(|item| self.value(item)).collect()),
            NodeKind::Scalar => match self.decoded(node) {
                Some(text) => {
                    self.binary = true;
                    Value::String(text)
                }
                None => node.to_json(),
            },
        }
    }

    fn fill(&mut self, node: Node<'_>, into: &mut Map<String, Value>) {
        for entry in node.written_entries() {
            if !entry.key.merges() {
                let value = self.value(entry.value);
                let name = self.decoded(entry.key).unwrap_or_else(|| entry.key.key_text().into_owned());
                self.twice |= into.insert(name, value).is_some();
                continue;
            }
            // of several the first counts, so they come backwards
            let items: Vec<Node<'_>> = entry.value.items().collect();
            items.iter().rev().for_each(|item| self.fill(*item, into));
            if entry.value.kind() == NodeKind::Mapping {
                self.fill(entry.value, into);
            }
        }
    }

    /// The text of a scalar under `!!binary`: bytes that are no text are each replaced.
    fn decoded(&self, node: Node<'_>) -> Option<String> {
        let place = node.anchored().unwrap_or(node.span());
        let before = self.source.text().get(..place.start as usize)?;
        // a block begins behind its first line
        let block = before.rfind(['|', '>']).filter(|_| node.style() == Style::Block).unwrap_or(before.len());
        let words: Vec<&str> = before.get(..block)?.split_whitespace().rev().take(2).collect();
        let tagged = |word: &&&str| word.trim_end_matches('>').ends_with("binary") && word.contains('!');
        let anchored = words.first().is_some_and(|word| word.starts_with('&'));
        words.iter().take(if anchored { 2 } else { 1 }).find(tagged)?;
        let mut bytes = Vec::new();
        let (mut bits, mut count) = (0_u32, 0);
        for letter in node.text()?.bytes() {
            let six = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'a'..=b'z' => letter - b'a' + 26,
                b'0'..=b'9' => letter - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => continue,
            };
            (bits, count) = (bits << 6 | u32::from(six), count + 6);
            if count >= 8 {
                count -= 8;
                bytes.push(u8::try_from(bits >> count & 0xFF).unwrap());
            }
        }
        let parts = bytes.utf8_chunks();
        Some(parts.map(|part| part.valid().to_owned() + &"\u{FFFD}".repeat(part.invalid().len())).collect())
    }
}

/// Where we and Go differ: the kind, when it is one that is known, and what to say. Each kind is as narrow as its reason.
fn difference(document: &Document, source: &Source, text: &str, go: &Answer) -> Option<(Option<&'static str>, String)> {
    let is = |kind: ProblemKind| document.problems.iter().find(move |problem| problem.kind == kind);
    // what begins with a bracket is read as JSON when it is JSON, as Kubernetes does
    let json = serde_json::from_str::<Value>(text.trim_start_matches('\u{FEFF}'));
    match &go.lax {
        Err(error) if !is_refused(document) => {
            let kind = match &json {
                Ok(json) if same(&value(document), json) => Some("json"),
                _ if is(ProblemKind::Unread).is_some() => Some("behind-the-root"),
                _ if text.chars().skip(1).any(|c| c == '\u{FEFF}') => Some("inner-mark"),
                _ => None,
            };
            Some((kind, format!("Go refuses ({error}), we take it")))
        }
        Ok(theirs) if is_refused(document) => {
            let deep = is(ProblemKind::Limit).is_some_and(|problem| problem.message.starts_with("nested deeper"));
            let root = |problem: &yaml::Problem| {
                let before = source.text().get(document.span.start as usize..problem.span.start as usize);
                let key = source.text().get(problem.span.start as usize..).unwrap_or("");
                let inside = key.get(1..).unwrap_or("").trim_start();
                let is_empty = (key.starts_with('[') && inside.starts_with(']'))
                    || (key.starts_with('{') && inside.starts_with('}'));
                let is_root = (is_empty && theirs.to_string().len() == 2) || inside.starts_with('?');
                before.is_some_and(|before| before.trim().is_empty()) && is_root
            };
            let kind = match () {
                () if deep => Some("limit"),
                () if is_overwritten(document) => Some("overwritten"),
                () if is(ProblemKind::NonScalarKey).is_some_and(root) => Some("root-as-key"),
                () if text.chars().skip(1).any(|c| c == '\u{FEFF}') => Some("inner-mark"),
                () => None,
            };
            let problem = document.problems.iter().find(|problem| problem.is_fatal());
            let message = problem.map(|problem| format!("{} at {}", problem.message, problem.span.start));
            Some((kind, format!("Go takes it, we refuse ({})", message.unwrap_or_default())))
        }
        Err(_) => None,
        Ok(theirs) => {
            let twice = document.problems.iter().filter(|problem| problem.kind == ProblemKind::DuplicateKey);
            let twice: Vec<&yaml::Problem> = twice.collect();
            if !twice.is_empty() && go.strict.is_ok() {
                // written differently, they are one name in JSON
                let differs = |problem: &&yaml::Problem| {
                    problem
                        .related
                        .as_ref()
                        .is_some_and(|(first, _)| source.slice(*first) != source.slice(problem.span))
                };
                let kind = twice.iter().all(differs).then_some("same-name");
                return Some((kind, "we see a duplicate key, Go's strict reading none".to_owned()));
            }
            let ours = value(document);
            let (lax, expected) = if same(&ours, theirs) && twice.is_empty() == go.strict.is_ok() {
                return None;
            } else {
                Lax::of(source, document)
            };
            if *theirs != TOO_DEEP && !same(&ours, theirs) {
                let kind = match () {
                    () if text.chars().skip(1).any(|c| c == '\u{FEFF}') => Some("inner-mark"),
                    () if json.as_ref().is_ok_and(|json| same(&ours, json)) => Some("json"),
                    () if !same(&expected, theirs) => None,
                    () if lax.binary => Some("binary"),
                    () => Some("merge-order"),
                };
                return Some((kind, format!("ours {ours}, Go's {theirs}")));
            }
            match (&go.strict, twice.is_empty()) {
                (Err(error), true) => {
                    let kind = (lax.twice && text.contains("<<")).then_some("merge-strict");
                    Some((kind, format!("Go's strict reading refuses ({error}), we see no duplicate")))
                }
                _ => None,
            }
        }
    }
}

/// The lines of the list: `kind: reason`.
fn accepted() -> Vec<(&'static str, &'static str)> {
    ACCEPTED
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .collect()
}

/// Judges texts, each split into its documents.
fn judge(texts: &[(String, String)]) -> Result<(), Failed> {
    let sources: Vec<(&str, Arc<Source>)> = texts.iter().map(|(name, text)| (&**name, source(text))).collect();
    let mut documents = Vec::new();
    for (name, source) in &sources {
        for document in yaml::documents(source) {
            if document.problems.iter().all(|problem| problem.kind != ProblemKind::NotText) {
                documents.push((*name, source, document));
            }
        }
    }
    let texts: Vec<&str> = documents.iter().map(|(_, source, document)| source.slice(document.span)).collect();
    let answers = ask(&texts);
    let known = accepted();
    let mut wrong = Vec::new();
    for (((name, source, document), text), go) in documents.iter().zip(&texts).zip(&answers) {
        let Some((kind, said)) = difference(document, source, text, go) else { continue };
        match kind.filter(|kind| known.iter().any(|(name, _)| name == kind)) {
            Some(kind) => *MET.lock().unwrap().entry(kind).or_default() += 1,
            None => {
                let shown: String = text.chars().take(400).collect();
                wrong.push(format!("{name}#{}: {said}\n    {shown:?}", document.ordinal));
            }
        }
    }
    println!("{} documents, {} differences", texts.len(), wrong.len());
    if wrong.is_empty() { Ok(()) } else { Err(listed(&wrong).into()) }
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for path in project::files_below(folder) {
        let name = project::below(folder, &path);
        let is = [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending));
        if !is || path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_symlink() || meta.len() > 4 << 20) {
            continue;
        }
        if let Ok(text) = fs::read_to_string(&path) {
            out.push((name, text));
        }
    }
    out
}

fn repository(_: &str, folder: &Path) -> Result<(), Failed> {
    let files = files(folder);
    judge(&files)?;
    judge(&yaml_made::mutations(&files, number(COUNT).unwrap_or(files.len() / 2), number(SEED).unwrap_or(7)))
}

fn fixtures() -> Result<(), Failed> {
    let files = files(&project::root().join("fixtures"));
    judge(&files)?;
    judge(&yaml_made::mutations(&files, count(), number(SEED).unwrap_or(11)))
}

/// How many documents are made.
fn count() -> usize {
    number(COUNT).unwrap_or(2_000)
}

fn number<T: FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

fn some() -> Vec<(String, String)> {
    let mut random = Random::new(number(SEED).unwrap_or(29));
    (0..count()).map(|number| (format!("made {number}"), yaml_made::document(&mut random))).collect()
}

fn made() -> Result<(), Failed> {
    let parts: Vec<String> = some()
        .chunks(20_000)
        .filter_map(|part| judge(part).err())
        .filter_map(|failed| failed.message().map(str::to_owned))
        .collect();
    if parts.is_empty() { Ok(()) } else { Err(listed(&parts).into()) }
}

/// There is a loop for ordinary lines, and the general functions, which read all lines where a carriage return stands
/// anywhere: a comment with one changes nothing.
fn ordinary() -> Result<(), Failed> {
    let files = files(&project::root().join("fixtures"));
    let mutations = yaml_made::mutations(&files, count(), 3);
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (name, text) in files.iter().chain(&mutations).chain(&some()) {
        let feeds = !text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']);
        if !feeds {
            continue;
        }
        let (once, again) = (source(&format!("# \n{text}")), source(&format!("#\r\n{text}")));
        let (once, again) = (yaml::documents(&once), yaml::documents(&again));
        compared += 1;
        for (once, again) in once.iter().zip(&again) {
            if told(once) != told(again) {
                let shown: String = text.chars().take(300).collect();
                wrong.push(format!("{name}: {shown:?}\n    {:?}\n    {:?}", told(once), told(again)));
            }
        }
    }
    println!("{compared} documents, {} differences", wrong.len());
    if wrong.is_empty() { Ok(()) } else { Err(listed(&wrong).into()) }
}

/// What fuzzing found: places of nothing at the end of a text, and within a character.
const FOUND: [&[u8]; 9] = [
    "t': [\u{145}[".as_bytes(),
    "a: [ b\n /c:\u{feff}:\n  d\n".as_bytes(),
    "{{\u{145}k}: a}\n".as_bytes(),
    "[\u{145}k]: a\n".as_bytes(),
    b"a: b\n?",
    b"a: b\n? ",
    b"\xFE\xFF\xD8\x00\x00\n",
    b"\xFF\xFEa\x001\x02\n\x00apiVersion:: \n",
    b"\xEF\xBB\xBF\xEF\xBB\xBF?",
];

/// Each span, of a node or a problem, lies in its document and between characters.
fn places() -> Result<(), Failed> {
    let files = files(&project::root().join("fixtures"));
    let mutations = yaml_made::mutations(&files, count(), 5);
    let texts = files.iter().chain(&mutations).map(|(_, text)| text.clone().into_bytes());
    let texts = texts.chain(some().into_iter().map(|(_, text)| text.into_bytes()));
    // cut short, everything ends in the middle
    let texts = texts.enumerate().map(|(number, mut text)| {
        let end = text.len().saturating_sub(number % 7);
        text.truncate(end);
        text
    });
    for bytes in texts.chain(FOUND.iter().map(|bytes| bytes.to_vec())) {
        let source = Arc::new(Source::new(SourceId(0), "x.yaml", bytes));
        for document in yaml::documents(&source) {
            let problems = document.problems.iter().map(|problem| Some(problem.span));
            // an anchor may stand in another document
            for (place, _) in document.problems.iter().filter_map(|problem| problem.related.as_ref()) {
                assert!(source.text().get(place.start as usize..place.end as usize).is_some(), "{place:?}");
            }
            let nodes = document
                .tree
                .iter()
                .flat_map(|tree| (0..u32::try_from(tree.len()).unwrap()).map(|at| Some(tree.node(at).span())));
            for span in problems.chain(nodes).flatten() {
                let within = source.text().get(span.start as usize..span.end as usize).is_some();
                assert!(within && document.span.contains(span), "{span:?} in {:?}", source.text());
            }
        }
    }
    Ok(())
}

/// All nodes with their places, or what is wrong.
fn told(document: &Document) -> Vec<String> {
    let problems = document.problems.iter().map(|problem| format!("{} at {}", problem.message, problem.span.start));
    let nodes = document.tree.iter().flat_map(|tree| {
        let nodes = (0..u32::try_from(tree.len()).unwrap()).map(|at| tree.node(at));
        nodes.map(|node| format!("{:?} {:?} {:?} {:?}", node.kind(), node.style(), node.span(), node.text()))
    });
    problems.chain(nodes).collect()
}

/// Where there are too many is Go's to say.
fn aliases() -> Result<(), Failed> {
    let text = |items: usize, uses: usize| {
        format!("a: &a [{}]\nb: {{k: 1}}\nc: [{}]\n", vec!["x"; items].join(", "), vec!["*a"; uses].join(", "))
    };
    let merging = |uses: usize| {
        let keys: String = (0..200).map(|key| format!("  k{key}: v\n")).collect();
        format!("a: &a\n{keys}b:\n{}", "- {<<: *a}\n".repeat(uses))
    };
    let mut texts: Vec<String> = (190..215).map(|uses| text(200, uses)).collect();
    texts.extend((60..75).map(|uses| text(2_000, uses)));
    texts.extend((1..80).map(|uses| text(20_000, uses)));
    texts.extend((1..40).map(merging));
    let texts: Vec<(String, String)> = texts.into_iter().map(|text| ("aliases".to_owned(), text)).collect();
    judge(&texts)
}

/// Each case against what Go answered when it was written down.
fn table() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (text, lax, strict) in CASES {
        let source = source(text);
        let document = yaml::documents(&source).into_iter().next().ok_or("no document")?;
        let ours = if is_refused(&document) { None } else { Some(value(&document)) };
        let theirs = lax.map(|json| serde_json::from_str::<Value>(json).unwrap());
        let equal = match (&ours, &theirs) {
            (Some(ours), Some(theirs)) => same(ours, theirs),
            (None, None) => true,
            _ => false,
        };
        let otherwise = OTHERWISE.contains(text);
        if equal == otherwise {
            wrong.push(format!("{text:?}: ours {ours:?}, Go's {theirs:?}: {:?}", document.problems));
        }
        let twice = document.problems.iter().any(|problem| problem.kind == ProblemKind::DuplicateKey);
        if theirs.is_some() && *strict == twice && !text.contains("<<") {
            wrong.push(format!("{text:?}: the strict reading {}", if twice { "takes it" } else { "refuses it" }));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(listed(&wrong).into()) }
}

fn table_by_go() -> Result<(), Failed> {
    let texts: Vec<&str> = CASES.iter().map(|case| case.0).collect();
    let mut wrong = Vec::new();
    for ((text, lax, strict), go) in CASES.iter().zip(ask(&texts)) {
        let lax = lax.map(|json| serde_json::from_str::<Value>(json).unwrap());
        if go.lax.as_ref().ok() != lax.as_ref() || go.strict.is_ok() != *strict {
            let said = go.lax.map_or_else(|error| format!("refused: {error}"), |value| value.to_string());
            wrong.push(format!("{text:?}: Go says {said}, strict {:?}", go.strict));
        }
    }
    let texts: Vec<(String, String)> =
        CASES.iter().map(|(text, ..)| (format!("{text:?}"), (*text).to_owned())).collect();
    judge(&texts)?;
    if wrong.is_empty() { Ok(()) } else { Err(listed(&wrong).into()) }
}

/// Each accepted kind has its example, which still differs.
fn accepted_occur() -> Result<(), Failed> {
    let texts = yaml_made::examples();
    judge(&texts)?;
    spans_of(&texts)?;
    let met = MET.lock().unwrap();
    let list = accepted();
    if list.len() > 20 {
        return Err("more than 20 accepted kinds of difference".into());
    }
    let gone: Vec<String> =
        list.iter().filter(|(kind, _)| !met.contains_key(kind)).map(|(kind, _)| (*kind).to_owned()).collect();
    if gone.is_empty() { Ok(()) } else { Err(format!("no longer occur: {}", gone.join(", ")).into()) }
}

fn spans_of_fixtures() -> Result<(), Failed> {
    spans_of(&files(&project::root().join("fixtures")))
}

fn spans_of_made() -> Result<(), Failed> {
    spans_of(&some())
}

fn spans_of(texts: &[(String, String)]) -> Result<(), Failed> {
    let known = accepted();
    let mut wrong = Vec::new();
    for (name, text) in texts {
        let source = source(text);
        for document in yaml::documents(&source) {
            let Some(tree) = &document.tree else { continue };
            let text = source.slice(document.span);
            if document.problems.iter().any(|problem| problem.kind == ProblemKind::Unread) {
                continue;
            }
            let difference = yaml_spans::difference(tree, text, document.span.start);
            let comments = || yaml_spans::comment_difference(&source, &document).map(|said| (None, said));
            let Some((kind, said)) = difference.or_else(comments) else { continue };
            match kind.filter(|kind| known.iter().any(|(name, _)| name == kind)) {
                Some(kind) => *MET.lock().unwrap().entry(kind).or_default() += 1,
                None => {
                    let shown: String = text.chars().take(300).collect();
                    wrong.push(format!("{name}#{}: {said}\n    {shown:?}", document.ordinal));
                }
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{} documents\n{}", wrong.len(), listed(&wrong)).into()) }
}
