//! Quick answers about trees against the slow ones: a key looked up against a look at all keys, what a tree says of its scalars
//! against a look at each, whether anything can be filled in later against a walk. On the fixtures, on a table of odd spellings,
//! on made documents, and on real files when they are at hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use plimsoll::source::{Source, SourceId};
use plimsoll::yaml::{self, Entry, Node, NodeKind, Reading, Scalar, Style, Tree};

use crate::corpus::{listed, per_repository};
use crate::project;
use crate::yaml_made::{self, Random};

/// A mapping with more keys is looked up in for some of them.
const LOOKED_UP: usize = 64;
/// So many nodes are walked, aliases followed, before a document is let be.
const WALKED: usize = 20_000;

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("yaml-quick::odd spellings", odd),
        Trial::test("yaml-quick::fixtures and their mutations", fixtures),
        Trial::test("yaml-quick::made documents", made),
    ];
    trials.extend(per_repository("yaml-quick", |_, folder| judge(read(folder))));
    trials
}

/// What is easily overlooked by who looks at bytes.
const ODD: &[&str] = &[
    "mode: +400\n",
    "\"m\\u006fde\": 400\n",
    "? |-\n  mode\n: 400\n",
    "? >-\n  on\n: 1\n",
    "k: &m mode\n*m : 400\n",
    "k: &o on\n*o : 1\n",
    "k: &z 0644\nl: *z\n",
    "{on: 1, ? yes : 2, \"off\": 3}\n",
    "[on: 1, {0644: x}]\n",
    "? on\n: 1\n? 010\n: 1\n",
    "!!int 010: !!int 010\n!!str on: !!int +400\n",
    "&a on: &b 010\n*b : *a\n",
    ".Inf: 1\n",
    ".NaN: 1\n+.inf: 2\n",
    "~: 1\n: 2\nnull: 3\n",
    "a: 0\n  1\nb: -010\n",
    "{\"a\": 0644, \"on\": \"\\u0024{X}\"}",
    "{\"mode\": 644, \"\\u006fn\": 1, \"a\": 1, \"a\": 2}",
    "a: \"\\x24{X}\"\nb: \"$\\\n  {X}\"\n",
    "a: &x ${X}\nb:\n  c: *x\n",
    "b: ENC[AES256,x]\n",
    "a: >-\n  {\n  {\n",
    "base: &b {a: 1, on: 2}\nb:\n  a: 3\n  <<: *b\n  a: 4\n",
    "base: &b {a: ~}\nb:\n  !!merge <<: *b\n  ? <<\n  : *b\n",
    "a: !!null ''\nb: !!null null\nc: 'null'\nd: ! ~\ne: |\n",
    "a: 1\n'a': 2\n\"\\x61\": 3\n",
    "'': 1\n\"\": 2\n",
];

fn odd() -> Result<(), Failed> {
    let wide = |text: &str| [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let texts = ODD.iter().flat_map(|text| [text.as_bytes().to_vec(), wide(text)]);
    judge(texts.map(|bytes| (String::from_utf8_lossy(&bytes).into_owned(), bytes)))
}

fn fixtures() -> Result<(), Failed> {
    let files: Vec<(String, String)> = read(&project::root().join("fixtures"))
        .filter_map(|(name, bytes)| Some((name, String::from_utf8(bytes).ok()?)))
        .collect();
    assert!(files.len() > 100);
    let mutations = yaml_made::mutations(&files, 2_000, 11);
    judge(files.into_iter().chain(mutations).map(|(name, text)| (name, text.into_bytes())))
}

fn made() -> Result<(), Failed> {
    let mut random = Random::new(7);
    judge((0..2_000).map(|number| (format!("made {number}"), yaml_made::document(&mut random).into_bytes())))
}

fn read(folder: &Path) -> impl Iterator<Item = (String, Vec<u8>)> {
    let is_manifest = |name: &str| [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending));
    let files = project::files_below(folder).into_iter();
    let files = files.map(|path| (path.display().to_string(), path)).filter(move |(name, _)| is_manifest(name));
    files.filter_map(|(name, path)| Some((name, fs::read(path).ok()?)))
}

fn judge(texts: impl Iterator<Item = (String, Vec<u8>)>) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (name, bytes) in texts {
        let source = Arc::new(Source::new(SourceId(0), "x.yaml", bytes));
        for document in yaml::documents(&source) {
            let Some(tree) = &document.tree else { continue };
            let text = source.slice(document.span);
            let characters = [
                (text.contains('\t') && !tree.may_have_tabs(), "does not know of its tabs"),
                (!text.is_ascii() && !tree.may_have_wide_characters(), "does not know of its wide characters"),
            ];
            let characters = characters.into_iter().filter(|(wrong, _)| *wrong).map(|(_, said)| said.to_owned());
            for said in faults(tree).into_iter().chain(characters) {
                wrong.push(format!("{name}#{}: {said}", document.ordinal));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(listed(&wrong).into()) }
}

fn faults(tree: &Tree) -> Vec<String> {
    let mut out = Vec::new();
    let all = || (0..u32::try_from(tree.len()).unwrap()).map(|at| tree.node(at));
    for node in all() {
        if node.is_null() != matches!(node.scalar(), Some(Scalar::Null)) {
            out.push(format!("{:?} is null, or is it not?", node.text()));
        }
        look_up(node, &mut out);
        for entry in node.written_entries() {
            see(tree, &entry, &mut out);
        }
        if let Some(text) = node.text().filter(|text| matches!(*text, "mode" | "defaultMode"))
            && !tree.holds(&[text])
        {
            out.push(format!("does not know that it holds {text:?}"));
        }
    }
    let objects = std::iter::once(tree.root()).chain(tree.root().get("items").into_iter().flat_map(Node::items));
    for object in objects.take(100) {
        if !object.may_be_unknowable() && has_unknowable(object, &mut 0) {
            out.push(format!("does not know that something in {:?} is filled in later", object.span()));
        }
    }
    out
}

/// The last of the keys that are written so or read so; what is written goes before what is merged in.
fn slow<'t>(node: Node<'t>, key: &str) -> Option<Entry<'t>> {
    let is = |entry: &Entry<'t>| {
        entry.key.kind() == NodeKind::Scalar && (entry.key.text() == Some(key) || entry.key.key_text() == key)
    };
    let written = node.written_entries().filter(is).last();
    written.or_else(|| node.entries().filter(is).last())
}

fn look_up(node: Node<'_>, out: &mut Vec<String>) {
    let keys = node.entries().filter(|entry| entry.key.kind() == NodeKind::Scalar).take(LOOKED_UP);
    let mut wanted: BTreeMap<String, ()> = BTreeMap::new();
    for entry in keys {
        wanted.insert(entry.key.text().unwrap_or_default().to_owned(), ());
        wanted.insert(entry.key.key_text().into_owned(), ());
    }
    wanted.extend(["name", "kind", "on", "true", ""].map(|key| (key.to_owned(), ())));
    for key in wanted.keys() {
        let place = |entry: Option<Entry<'_>>| entry.map(|entry| (entry.key.index(), entry.value.index()));
        let (quick, slow) = (place(node.entry(key)), place(slow(node, key)));
        if quick != slow {
            let mut said = format!("{key:?} is {quick:?}, and by a look at all {slow:?}, of ");
            let _ = write!(said, "{:?}", node.span());
            out.push(said);
        }
    }
}

/// What checks find that a tree may turn away.
fn see(tree: &Tree, entry: &Entry<'_>, out: &mut Vec<String>) {
    let Entry { key, value } = entry;
    if key.kind() == NodeKind::Scalar && !tree.may_have_odd_keys() {
        let readings = [Reading::Kubernetes, Reading::Kustomize];
        if key.merges() || readings.iter().any(|reading| Some(&*key.key_text_as(*reading)) != key.text()) {
            out.push(format!("does not know of the key {:?}", key.text()));
        }
    }
    let (Some(text), Style::Plain) = (value.text(), value.style()) else { return };
    let is_number = matches!(value.scalar(), Some(Scalar::Int(_)));
    let digits = text.trim_start_matches(['-', '+']);
    let is_octal = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && is_octal && !tree.may_have_zeros_ahead() {
        out.push(format!("does not know of the zero of {text:?}"));
    }
    // what its owner may read, and who may execute it may read it
    let of_file =
        |mode: i64| (0o400..=0o777).contains(&mode) && [mode, mode >> 3].iter().all(|one| one & 4 != 0 || one & 7 == 0);
    let is_mode = i64::from_str_radix(text, 8).is_ok_and(of_file) && !text.starts_with('0');
    if is_number && is_mode && !text.starts_with("+0") && !tree.may_have_modes() {
        out.push(format!("does not know of the mode {text:?}"));
    }
    let reads_otherwise = match value.scalar() {
        Some(Scalar::Bool(_)) => !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false"),
        Some(Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_)) => *value.to_json().to_string() != *text && !is_octal,
        _ => false,
    };
    if reads_otherwise && !tree.may_have_odd_values() {
        out.push(format!("does not know of the value {text:?}"));
    }
    if text.is_empty() && !tree.may_have_empty_values() {
        out.push(format!("does not know that {:?} has no value", key.text()));
    }
}

fn has_unknowable(node: Node<'_>, walked: &mut usize) -> bool {
    *walked += 1;
    if *walked > WALKED {
        return false;
    }
    node.is_unknowable()
        || node.items().any(|item| has_unknowable(item, walked))
        || node.entries().any(|entry| has_unknowable(entry.key, walked) || has_unknowable(entry.value, walked))
}
