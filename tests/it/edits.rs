//! A thousand edits of the fixtures that change no finding: comments and blank lines, keys in another order, more items
//! and documents. Not a line of a baseline may change by them.

use std::fs;
use std::sync::Arc;

use libtest_mimic::Trial;
use plimsoll::config::{Config, Line};
use plimsoll::engine::{self, Progress};
use plimsoll::finding::Severity;
use plimsoll::source::{Snapshot, Source, SourceId};
use plimsoll::yaml;
use serde_json::Value;

use crate::project;
use crate::random::Random;

const SEED: u64 = 0x5eed_2026_1126;

const EDITS: usize = 1000;

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("edits::a-thousand-that-change-no-finding", || {
        thousand();
        Ok(())
    })]
}

fn thousand() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 60, "{} fixtures are few", fixtures.len());
    let mut random = Random::of(SEED);
    let mut done = [0; 4];
    let mut at = 0;
    while done.iter().sum::<usize>() < EDITS {
        let (name, text) = &fixtures[at % fixtures.len()];
        at += 1;
        let wanted = lines(text);
        let mut text = text.clone();
        // several in one file, one upon the other
        for _ in 0..4 {
            let kind = random.below(4);
            let Some(edited) = edit(kind, &text, &mut random) else { continue };
            assert_eq!(lines(&edited), wanted, "seed {SEED:#x}, {name}, edit {kind}, of\n{text}\nto\n{edited}");
            text = edited;
            done[kind] += 1;
        }
    }
    assert!(done.iter().all(|count| *count > 60), "some kinds of edit are hardly tried: {done:?}");
}

/// Files that are one repository each, with findings that a baseline keeps. Block scalars and aliases are left out: a
/// line in them is not always a line of its own.
fn fixtures() -> Vec<(String, String)> {
    let root = project::root().join("fixtures/checks");
    let mut found = Vec::new();
    for file in project::files_below(&root) {
        let name = project::below(&root, &file);
        let single = name.matches('/').count() == 2 && name.ends_with(".yaml");
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let odd = text.contains(['|', '>', '&', '*', '\r', '\t', '%', '?']) || text.contains("plimsoll:");
        if single && !odd && values(&text).is_some() && !lines(&text).is_empty() {
            found.push((name, text));
        }
    }
    found
}

/// What a baseline would keep.
fn lines(text: &str) -> Vec<Line> {
    let snapshot = Snapshot::in_memory([("a.yaml", text)]);
    let outcome = engine::check(&snapshot, &Config::default(), project::registry(), &Progress::default());
    let kept = outcome.findings.iter().filter(|one| one.severity != Severity::Hint);
    let mut lines: Vec<Line> = kept.map(|one| Line::of(one, "a.yaml")).collect();
    lines.sort();
    lines
}

/// The values of the documents; none when something is wrong with the text.
fn values(text: &str) -> Option<Vec<Value>> {
    let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.as_bytes().to_vec()));
    let documents = yaml::documents(&source);
    if documents.iter().any(|document| !document.problems.is_empty()) {
        return None;
    }
    Some(documents.iter().filter_map(|document| document.tree.as_ref()).map(|tree| tree.root().to_json()).collect())
}

/// An edit of a kind; none where it does not fit.
fn edit(kind: usize, text: &str, random: &mut Random) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = random.below(lines.len() + 1);
    match kind {
        0 => {
            let new = ["", "# a remark", "        # a remark: deep", "   "][random.below(4)];
            lines.insert(at, new.to_owned());
            same(text, &lines)
        }
        1 => {
            let (start, middle, end) = siblings(&lines, at)?;
            lines[start..end].rotate_left(middle - start);
            same(text, &lines)
        }
        2 => {
            // an item in front of the others, or a list where there was none
            let is = |at: &usize, key: &str| lines[*at].trim_start().trim_start_matches("- ").starts_with(key);
            let item = format!("{{name: EXTRA_{}, value: \"1\"}}", random.below(1_000_000));
            let list = (0..lines.len()).find(|at| is(at, "env:") && lines[*at].ends_with("env:"));
            let image =
                (0..lines.len()).filter(|at| is(at, "image:") && !lines[*at].contains('{')).nth(random.below(2));
            let (after, text) = match (list, image) {
                (Some(list), _) => (list, format!("{}- {item}", " ".repeat(indent(lines.get(list + 1)?)))),
                (None, Some(image)) => {
                    let line = &lines[image];
                    let column = indent(line) + if line.trim_start().starts_with("- ") { 2 } else { 0 };
                    let blank = " ".repeat(column);
                    (image, format!("{blank}env:\n{blank}  - {item}"))
                }
                (None, None) => return None,
            };
            lines.insert(after + 1, text);
            values(&joined(&lines)).map(|_| joined(&lines))
        }
        _ => {
            let name = random.below(1_000_000);
            lines.push(format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: extra-{name}}}"));
            values(&joined(&lines)).map(|_| joined(&lines))
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

/// The text, when it still says the same.
fn same(text: &str, lines: &[String]) -> Option<String> {
    let edited = joined(lines);
    (values(&edited)? == values(text)?).then_some(edited)
}

/// Two keys of one mapping that follow each other: where the first begins, where the second does, and where it ends.
fn siblings(lines: &[String], at: usize) -> Option<(usize, usize, usize)> {
    let is_key = |line: &str| {
        let inner = line.trim_start();
        inner.contains(':') && !inner.starts_with(['-', '#'])
    };
    let own = indent(lines.get(at).filter(|line| is_key(line))?);
    let after = |from: usize| {
        (from + 1..lines.len())
            .find(|next| {
                let line = &lines[*next];
                let item = line.trim_start().starts_with('-');
                !line.trim().is_empty()
                    && (indent(line) < own || (indent(line) == own && !item) || line.starts_with("---"))
            })
            .unwrap_or(lines.len())
    };
    let middle = after(at);
    let follows = lines.get(middle).is_some_and(|line| is_key(line) && indent(line) == own);
    follows.then(|| (at, middle, after(middle)))
}
