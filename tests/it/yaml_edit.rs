//! Edits of YAML: what they write in which style, and that they change nothing else: in fixtures, real files and documents
//! made at random.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use plimsoll::finding::Segment;
use plimsoll::source::{Source, SourceId};
use plimsoll::yaml::{Change, NoEdit, Node, NodeKind, Style, Tree, apply, documents, edit};
use serde_json::{Value, json};

use crate::yaml_made::{self, Random};
use crate::{corpus, project};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("yaml-edit::written-as-the-document-is", cases),
        Trial::test("yaml-edit::what-is-entangled-is-refused", entangled),
        Trial::test("yaml-edit::fixtures", fixtures),
        Trial::test("yaml-edit::made-documents", made),
    ];
    trials.extend(corpus::per_repository("yaml-edit", repository));
    trials
}

fn tree(text: &str) -> Arc<Tree> {
    let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.into()));
    documents(&source).into_iter().find_map(|document| document.tree).expect("a document")
}

/// `spec.containers.0.image`
fn path(text: &str) -> Vec<Segment> {
    let segment = |part: &str| match part.parse() {
        Ok(at) => Segment::Item(at, None),
        Err(_) => Segment::Key(part.to_owned()),
    };
    text.split('.').filter(|part| !part.is_empty()).map(segment).collect()
}

fn cases() -> Result<(), Failed> {
    let set = |key: &str, value: Value| Change::Set(key.to_owned(), value);
    let all: Vec<(&str, &str, Change, &str)> = vec![
        // a scalar keeps its quotes, and gets some where it needs them
        ("a: 1 # c\n", "a", Change::Replace(json!(2)), "a: 2 # c\n"),
        ("a: \"x\"\n", "a", Change::Replace(json!("y z")), "a: \"y z\"\n"),
        ("a: 'x'\n", "a", Change::Replace(json!("it's")), "a: 'it''s'\n"),
        ("a: x\n", "a", Change::Replace(json!("yes")), "a: \"yes\"\n"),
        ("a: x\n", "a", Change::Replace(json!("0644")), "a: \"0644\"\n"),
        ("a: x\n", "a", Change::Replace(json!("b: c")), "a: \"b: c\"\n"),
        ("a: \"8080\"\n", "a", Change::Replace(json!(8080)), "a: 8080\n"),
        ("a: |\n  x\n  y\nb: 1\n", "a", Change::Replace(json!("z")), "a: z\nb: 1\n"),
        ("a:\nb: 1\n", "a", Change::Replace(json!("x")), "a: x\nb: 1\n"),
        ("a: # why\nb: 1\n", "a", Change::Replace(json!("x")), "a: x # why\nb: 1\n"),
        // a collection and back
        (
            "a: x # why\nb: 1\n",
            "a",
            Change::Replace(json!({"c": 1, "d": [2]})),
            "a: # why\n  c: 1\n  d:\n  - 2\nb: 1\n",
        ),
        ("a:\n  c: 1\n  d: 2\nb: 1\n", "a", Change::Replace(json!(5)), "a: 5\nb: 1\n"),
        ("- x\n- y\n", "0", Change::Replace(json!({"c": 1, "d": 2})), "- c: 1\n  d: 2\n- y\n"),
        (
            "a:\n    b:\n        - x\nc: y\n",
            "c",
            Change::Replace(json!({"d": ["e"]})),
            "a:\n    b:\n        - x\nc:\n    d:\n        - e\n",
        ),
        // keys come behind the last one
        ("a:\n  b: 1 # c\nd: 2\n", "a", set("e", json!("f")), "a:\n  b: 1 # c\n  e: f\nd: 2\n"),
        ("a:\r\n  b: 1\r\nd: 2\r\n", "a", set("e", json!(3)), "a:\r\n  b: 1\r\n  e: 3\r\nd: 2\r\n"),
        ("a: {b: 1}\n", "a", set("e", json!("f")), "a: {b: 1, e: f}\n"),
        ("a: {}\n", "a", set("e", json!("f")), "a: {e: f}\n"),
        (
            "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n",
            "a",
            set("c", json!("d")),
            "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": \"d\"\n  }\n}\n",
        ),
        ("a:\n", "a", set("e", json!("f")), "a:\n  e: f\n"),
        ("a: 1", "", set("b", json!({"c": "d"})), "a: 1\nb:\n  c: d"),
        ("a: |\n  x\n\nb: 1\n", "", set("c", json!("one\ntwo\n")), "a: |\n  x\n\nb: 1\nc: |\n  one\n  two\n"),
        (
            "- name: x\n  image: y\n- name: z\n",
            "0",
            set("ports", json!([80])),
            "- name: x\n  image: y\n  ports:\n  - 80\n- name: z\n",
        ),
        // items too
        ("a:\n- x # c\nb: 1\n", "a", Change::Push(json!("z")), "a:\n- x # c\n- z\nb: 1\n"),
        (
            "a:\n  - k: v\n    l: w\nb: 1\n",
            "a",
            Change::Push(json!({"k": 1, "l": 2})),
            "a:\n  - k: v\n    l: w\n  - k: 1\n    l: 2\nb: 1\n",
        ),
        ("a: [x, y]\n", "a", Change::Push(json!("z, z")), "a: [x, y, \"z, z\"]\n"),
        // and go with their lines
        ("# one\na: 1 # c\nb: 2\n", "a", Change::Remove, "# one\nb: 2\n"),
        ("a:\n  b: 1\n  c:\n    d: 2\n  e: 3\n", "a.c", Change::Remove, "a:\n  b: 1\n  e: 3\n"),
        ("a:\n  b: 1\nc: 2\n", "a.b", Change::Remove, "a: {}\nc: 2\n"),
        ("- name: x\n  image: y\n", "0.name", Change::Remove, "- image: y\n"),
        ("a:\n- x\n- y\n- z\n", "a.1", Change::Remove, "a:\n- x\n- z\n"),
        ("a:\n- - x\n  - y\n- z\n", "a.0.0", Change::Remove, "a:\n- - y\n- z\n"),
        ("a: [x, y, z]\n", "a.2", Change::Remove, "a: [x, y]\n"),
        ("a: {b: 1, c: 2}\n", "a.b", Change::Remove, "a: {c: 2}\n"),
        ("a: 1\nb: |\n  x\n", "b", Change::Remove, "a: 1\n"),
        // a document has neighbours
        ("---\na: 1\n---\nb: 2\n", "a", Change::Replace(json!([])), "---\na: []\n---\nb: 2\n"),
    ];
    let mut wrong = String::new();
    for (text, at, change, wanted) in &all {
        match edit(&tree(text), &path(at), change) {
            Ok(edit) if apply(text, &edit) == *wanted => {}
            Ok(edit) => {
                wrong += &format!("{text:?} {at} {change:?}\n  wanted {wanted:?}\n  made   {:?}\n", apply(text, &edit))
            }
            Err(why) => wrong += &format!("{text:?} {at} {change:?}: {why}\n"),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

fn entangled() -> Result<(), Failed> {
    let cases = [
        ("a: &x {b: 1}\nc: *x\n", "a.b", Change::Replace(json!(2)), NoEdit::Entangled),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "c.b", Change::Remove, NoEdit::Entangled),
        ("a: &x {b: 1}\nc: *x\n", "c.b", Change::Remove, NoEdit::Entangled),
        ("a: &x 1\nb: *x\n", "a", Change::Remove, NoEdit::Entangled),
        ("a: 1\n", "b", Change::Remove, NoEdit::NotThere),
        ("a: 1\n", "a", Change::Push(json!(2)), NoEdit::NotThere),
    ];
    for (text, at, change, wanted) in cases {
        assert_eq!(edit(&tree(text), &path(at), &change), Err(wanted), "{text:?} {at} {change:?}");
    }
    Ok(())
}

/// Edits of which none may change anything else, counted.
#[derive(Default)]
struct Tally {
    made: BTreeMap<&'static str, usize>,
    refused: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    /// Tries all kinds of changes at some places of a text.
    fn take(&mut self, name: &str, text: &str, random: &mut Random, places: usize) {
        let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.into()));
        // what was decoded is no longer what was written
        if source.text() != text {
            return;
        }
        for document in documents(&source).iter().filter(|document| document.problems.is_empty()) {
            let Some(tree) = &document.tree else { continue };
            let mut paths = Vec::new();
            collect(tree.root(), &mut Vec::new(), &mut paths);
            for _ in 0..places.min(paths.len()) {
                let path = &paths[random.below(paths.len())];
                let values = [
                    json!("plain"),
                    json!("yes"),
                    json!(7),
                    json!(null),
                    json!({"k": "v", "l": [1, {"m": "n"}]}),
                    json!(["x"]),
                    json!("one\ntwo\n"),
                    json!({}),
                ];
                let value = values[random.below(values.len())].clone();
                let (word, change) = match random.below(4) {
                    0 => ("replace", Change::Replace(value)),
                    1 => ("set", Change::Set("added".into(), value)),
                    2 => ("push", Change::Push(value)),
                    _ => ("remove", Change::Remove),
                };
                match edit(tree, path, &change) {
                    Ok(edit) => {
                        *self.made.entry(word).or_default() += 1;
                        let after = apply(text, &edit);
                        let told = || format!("{name}: {path:?} {change:?} {edit:?}\n{text}\n=>\n{after}");
                        if !survives(text, &after, &edit) {
                            self.wrong.push(told());
                        }
                    }
                    Err(NoEdit::NotThere) => {}
                    Err(_) => {
                        *self.refused.entry(word).or_default() += 1;
                        if std::env::var_os("SHOW").is_some() {
                            println!("{name}: {path:?} {change:?} is refused");
                        }
                    }
                }
            }
        }
    }

    fn end(self, least: usize) -> Result<(), Failed> {
        let (made, refused): (usize, usize) = (self.made.values().sum(), self.refused.values().sum());
        println!("made {:?}, refused {:?}", self.made, self.refused);
        if let Some(first) = self.wrong.first() {
            return Err(format!("{} edits lose a comment: {first}", self.wrong.len()).into());
        }
        if made * 100 < (made + refused) * least {
            return Err(format!("{refused} of {} edits are refused: {:?}", made + refused, self.refused).into());
        }
        Ok(())
    }
}

/// Whether every comment outside of what is replaced is still there.
fn survives(before: &str, after: &str, edit: &plimsoll::finding::Edit) -> bool {
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    let outside = [&before[..start], &before[end..]];
    let lines = outside.iter().flat_map(|part| part.lines()).filter(|line| line.trim_start().starts_with('#'));
    let kept = after.starts_with(outside[0]) && after.ends_with(outside[1]);
    kept && lines.into_iter().all(|line| after.contains(line))
}

fn collect(node: Node<'_>, path: &mut Vec<Segment>, into: &mut Vec<Vec<Segment>>) {
    into.push(path.clone());
    if into.len() > 4000 || path.len() > 40 {
        return;
    }
    match node.kind() {
        NodeKind::Mapping => {
            for entry in node.entries() {
                path.push(Segment::Key(entry.key.key_text().into_owned()));
                collect(entry.value, path, into);
                path.pop();
            }
        }
        NodeKind::Sequence => {
            for (at, item) in node.items().enumerate() {
                path.push(Segment::Item(at, None));
                collect(item, path, into);
                path.pop();
            }
        }
        NodeKind::Scalar => debug_assert_ne!(node.style(), Style::Flow),
    }
}

fn fixtures() -> Result<(), Failed> {
    let mut tally = Tally::default();
    let mut random = Random::new(1);
    for file in project::files_below(&project::root().join("fixtures")) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        tally.take(&file.display().to_string(), &text, &mut random, 20);
    }
    tally.end(97)
}

fn made() -> Result<(), Failed> {
    let mut tally = Tally::default();
    let count = std::env::var("MADE").ok().and_then(|count| count.parse().ok()).unwrap_or(3000);
    for seed in 0..count {
        let mut random = Random::new(seed);
        let text = yaml_made::document(&mut random);
        tally.take(&format!("seed {seed}"), &text, &mut random, 10);
    }
    tally.end(50)
}

fn repository(_: &str, folder: &Path) -> Result<(), Failed> {
    let mut tally = Tally::default();
    let mut random = Random::new(2);
    for file in project::files_below(folder) {
        let is_yaml = [".yaml", ".yml"].iter().any(|ending| file.to_string_lossy().ends_with(ending));
        let Some(text) = is_yaml.then(|| std::fs::read_to_string(&file).ok()).flatten() else { continue };
        if text.len() < 100_000 {
            tally.take(&file.display().to_string(), &text, &mut random, 2);
        }
    }
    tally.end(0)
}
