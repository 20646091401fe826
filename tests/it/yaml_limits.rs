//! What keeps hostile input from taking all time or memory: each limit is told of, and texts that are made to be slow are
//! read in a time that grows with their size. Leaves out the command around it (`bad_input.rs`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use plimsoll::source::{Source, SourceId};
use plimsoll::yaml::{self, Document, ProblemKind};

/// Each takes a fraction of a second; where the time grows with the square of the size, it is minutes.
const MOST: Duration = Duration::from_secs(15);

type Make = fn() -> String;

/// A name, a text, and the beginning of what is told of it, if anything.
type Case = (&'static str, Make, Option<(ProblemKind, &'static str)>);

const LIMIT: ProblemKind = ProblemKind::Limit;

const CASES: [Case; 24] = [
    ("depth-in-brackets", || "[".repeat(600) + &"]".repeat(600), Some((LIMIT, "nested deeper than 512"))),
    ("depth-in-braces", || "{a: ".repeat(600) + &"}".repeat(600), Some((LIMIT, "nested deeper than 512"))),
    ("depth-of-dashes", || "- ".repeat(600) + "a\n", Some((LIMIT, "nested deeper than 512"))),
    ("depth-of-keys", || (0..600).map(|n| " ".repeat(n) + "a:\n").collect(), Some((LIMIT, "nested deeper than 512"))),
    ("depth-of-empty-lists", || "- ".repeat(512) + "[]\n", Some((LIMIT, "nested deeper than 512"))),
    ("scalar-plain", || format!("a: {}\n", "x".repeat(9 << 20)), Some((LIMIT, "a value of 9 MiB"))),
    ("scalar-plain-of-many-lines", || format!("a:\n{}", "  x y z\n".repeat(2 << 20)), Some((LIMIT, "a document of"))),
    ("scalar-folded-plain", || format!("a:\n{}", "  x y z\n".repeat(9 << 17)), Some((LIMIT, "a value of 8 MiB"))),
    ("scalar-double", || format!("a: \"{}\"\n", "x".repeat(9 << 20)), Some((LIMIT, "a value of 9 MiB"))),
    ("scalar-single", || format!("a: '{}'\n", "x''".repeat(3 << 20)), Some((LIMIT, "a value of 9 MiB"))),
    ("scalar-literal", || format!("a: |\n{}", "  x y z\n".repeat(9 << 17)), Some((LIMIT, "a value of 9 MiB"))),
    ("scalar-folded", || format!("a: >\n{}", "  x y z\n".repeat(9 << 17)), Some((LIMIT, "a value of 9 MiB"))),
    ("document", || "- a\n".repeat(5 << 20), Some((LIMIT, "a document of 20 MiB"))),
    ("document-of-json", || format!("[{}1]", "1,".repeat(9 << 20)), Some((LIMIT, "a document of 18 MiB"))),
    ("aliases-of-aliases", bomb, Some((LIMIT, "aliases that stand for"))),
    ("aliases-of-one-list", wide_bomb, Some((LIMIT, "aliases that stand for"))),
    ("the-same-key", || "k: v\n".repeat(200_000), Some((ProblemKind::DuplicateKey, "key `k` stands twice"))),
    ("keys-of-one-beginning", || (0..100_000).map(|n| format!("{}{n}: v\n", "k".repeat(40))).collect(), None),
    (
        "numbers-that-json-has-not",
        || "- {1: .inf}\n".repeat(100_000),
        Some((ProblemKind::Syntax, "a number that JSON")),
    ),
    ("tag-directives", || (0..100_000).map(|n| format!("%TAG !t{n}! tag:x,\n")).collect::<String>() + "---\na\n", None),
    ("anchors", || (0..200_000).map(|n| format!("- &a{n} x\n")).collect(), None),
    ("brackets-around-much", || "[".repeat(400) + &"a, ".repeat(1 << 20) + &"]".repeat(400), None),
    ("a-comment-in-brackets", || format!("[a {}]", "#\n".repeat(4 << 20)), None),
    (
        "a-quote-that-never-closes",
        || "a: '\n".to_owned() + &"b: 1\n".repeat(200_000),
        Some((ProblemKind::Syntax, "a quote")),
    ),
];

fn bomb() -> String {
    let level = |n: usize| format!("a{}: &a{} [{}]\n", n + 1, n + 1, vec![format!("*a{n}"); 9].join(", "));
    "a0: &a0 [x, x, x]\n".to_owned() + &(0..8).map(level).collect::<String>()
}

fn wide_bomb() -> String {
    format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(1_000), "*a, ".repeat(1_000))
}

/// Comments to the tool, each of which speaks of a part of the document.
const REMARKS: [(&str, Make); 4] = [
    ("remarks-in-a-row", || "a: 1\n".to_owned() + &"# tool: x\n".repeat(200_000) + "b: 1\n"),
    ("remarks-at-the-head", || "# tool: x\n".repeat(200_000) + "b: 1\n"),
    ("remarks-on-one-line", || "b: 1 ".to_owned() + &"# tool: x ".repeat(200_000)),
    ("remarks-on-many-keys", || (0..100_000).map(|n| format!("k{n}: 1 # tool: x\n")).collect()),
];

pub fn trials() -> Vec<Trial> {
    let case = |(name, text, told): Case| Trial::test(format!("yaml-limits::{name}"), move || judge(text(), told));
    let remark = |(name, text): (&str, Make)| {
        Trial::test(format!("yaml-limits::{name}"), move || {
            let (source, documents, begin) = read(text());
            let remarks = yaml::remarks(&source, &documents[0], "tool:");
            assert!(remarks.len() >= 100_000, "{} remarks", remarks.len());
            in_time(begin)
        })
    };
    let mut trials: Vec<Trial> = CASES.into_iter().map(case).collect();
    trials.extend(REMARKS.into_iter().map(remark));
    trials.push(Trial::test("yaml-limits::just-below", below));
    trials.push(Trial::test("yaml-limits::merges-into-many-keys", merges));
    trials
}

fn read(text: String) -> (Arc<Source>, Vec<Document>, Instant) {
    let source = Arc::new(Source::new(SourceId(0), "x.yaml", text.into_bytes()));
    let begin = Instant::now();
    let documents = yaml::documents(&source);
    (source, documents, begin)
}

fn in_time(begin: Instant) -> Result<(), Failed> {
    let took = begin.elapsed();
    if took < MOST { Ok(()) } else { Err(format!("it took {took:?}").into()) }
}

fn judge(text: String, told: Option<(ProblemKind, &str)>) -> Result<(), Failed> {
    let (_, documents, begin) = read(text);
    in_time(begin)?;
    let [document] = &documents[..] else { return Err(format!("{} documents", documents.len()).into()) };
    let problems = &document.problems;
    assert!(problems.len() <= 401, "{} problems", problems.len());
    match (told, problems.first()) {
        (None, None) => assert!(document.tree.is_some()),
        (Some((kind, beginning)), Some(problem)) => {
            assert!(problem.kind == kind && problem.message.starts_with(beginning), "{problem:?}");
            assert!(problem.help.is_some());
        }
        (_, problem) => return Err(format!("told: {problem:?}").into()),
    }
    if problems.len() > 1 {
        let last = problems.last().map(|problem| problem.message.clone()).unwrap_or_default();
        assert!(last.contains("more"), "the rest is counted: {last}");
    }
    Ok(())
}

/// The entries of a mapping with many keys and many `<<`.
fn merges() -> Result<(), Failed> {
    let keys: String = (0..100_000).map(|n| format!("  k{n}: v\n")).collect();
    let (_, documents, begin) = read(format!("a: &a {{x: 1}}\nb:\n{keys}{}", "  <<: *a\n".repeat(100_000)));
    let tree = documents[0].tree.as_ref().ok_or("no tree")?;
    assert_eq!(tree.root().get("b").map(|b| b.entries().count()), Some(100_001));
    in_time(begin)
}

/// What is a little smaller is read.
fn below() -> Result<(), Failed> {
    let texts = [
        "[".repeat(512) + &"]".repeat(512),
        "- ".repeat(511) + "[]\n",
        format!("a: {}\n", "x".repeat(7 << 20)),
        format!("a: |\n{}", "  x y z\n".repeat(7 << 17)),
        "- a\n".repeat(3 << 20),
        format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(50), "*a, ".repeat(40)),
    ];
    for text in texts {
        let begins: String = text.chars().take(20).collect();
        let (_, documents, begin) = read(text);
        assert!(documents[0].problems.is_empty(), "{begins}: {:?}", documents[0].problems.first());
        in_time(begin)?;
    }
    Ok(())
}
