//! `plimsoll policy test` beside what OPA's own runner says of the same files, and `plimsoll policy new`.

use std::collections::BTreeMap;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::binary::{Folder, Plimsoll};
use crate::project;

const POLICY: &str = "package a

deny contains msg if {
\tinput.x > 1
\tmsg := \"big\"
}
";

/// Each kind of test, with what OPA 1.22.2 says of it.
const TESTS: &str = "package a_test

import data.a

test_pass if count(a.deny) == 1 with input as {\"x\": 2}

test_fail if {
\tx := 3
\tcount(a.deny) == x with input as {\"x\": 2}
}

test_false := false

test_number := 1

test_builtin_fails if 1 / 0 == 1

test_undefined if input.nothing.x

todo_test_later if false

test_cases[name] if {
\tsome name, case in {\"one\": {\"x\": 1, \"n\": 0}, \"two\": {\"x\": 2, \"n\": 0}}
\tcount(a.deny) == case.n with input as {\"x\": case.x}
}

test_cases_hold[name] if {
\tsome name, case in {\"one\": {\"x\": 1, \"n\": 0}, \"two\": {\"x\": 2, \"n\": 1}}
\tcount(a.deny) == case.n with input as {\"x\": case.x}
}

test_no_case[name] if {
\tsome name, case in {}
\tcase
}

test_twice if true

test_twice if false

test_nested[k][v] if {
\tsome k, v in {\"x\": 1, \"y\": 2}
\tv < 2
}

test_constant[\"key\"] if false

test_set contains \"x\" if true

test_function(x) if x == 1

test_else := false if {
\tfalse
} else := true

test_data if data.limits.most == 7

test_some if {
\tsome i
\t[1, 2][i] == 2
}

test_every if {
\tevery x in [1, 2] {
\t\tx < 2
\t}
}

test_not if {
\tnot a.deny.big with input as {\"x\": 2}
}
";

/// Heads that are less usual, and a package and names of tests that two files share, with what OPA 1.22.2 says: its own
/// numbers of the tests of one name follow no order, so those are held by their lines.
const HEADS: [(&str, &str); 3] = [
    ("p/1_test.rego", "package p\n\ntest_a if true\n"),
    ("p/2_test.rego", "package p\n\ntest_a if false\n\ntest_a if true\n"),
    ("p/3_test.rego", HEADS_OF_ONE),
];

const HEADS_OF_ONE: &str = "package p[\"x-y\"].z

foo.test_dotted if true

foo.todo_test_dotted if true

test_constant[\"lit\"] if true

test_field.z if true

test_fields.long.path if true

default test_default := true

default test_default_false := false

test_and_default if false

default test_and_default := true

test_mixed[a][\"lit\"] if {
\tsome a in [\"u\", \"v\"]
\ta == \"u\"
}

test_number[i] if {
\tsome i, x in [1, 2]
\tx == 1
}

test_path[x.y] if {
\tsome x in [{\"y\": \"k\"}, {\"y\": \"l\"}]
\tx.y == \"k\"
}

test_conflict := x if some x in [true, false]

test_text := \"true\"

test_ if true

Test_none if true

testing if true
";

/// By file and line.
const OPA_ON_HEADS: &[(&str, char)] = &[
    ("1_test.rego:3", '+'),
    ("2_test.rego:3", '-'),
    ("2_test.rego:5", '+'),
    ("3_test.rego:3", '+'),
    ("3_test.rego:5", '.'),
    ("3_test.rego:7", '-'),
    ("3_test.rego:9", '-'),
    ("3_test.rego:11", '-'),
    ("3_test.rego:13", '+'),
    ("3_test.rego:15", '-'),
    ("3_test.rego:17", '-'),
    ("3_test.rego:19", '+'),
    ("3_test.rego:21", '-'),
    ("3_test.rego:21/u/lit", '+'),
    ("3_test.rego:21/v/lit", '-'),
    ("3_test.rego:26", '-'),
    ("3_test.rego:26/0", '+'),
    ("3_test.rego:26/1", '-'),
    ("3_test.rego:31", '-'),
    ("3_test.rego:31/k", '+'),
    ("3_test.rego:31/l", '-'),
    ("3_test.rego:36", '?'),
    ("3_test.rego:38", '-'),
    ("3_test.rego:40", '+'),
];

/// What OPA says: `+` true, `-` not, `?` an error, `.` left out.
const OPA: &[(&str, char)] = &[
    ("test_builtin_fails", '-'),
    ("test_cases", '-'),
    ("test_cases_hold", '+'),
    ("test_constant", '-'),
    ("test_data", '+'),
    ("test_else", '+'),
    ("test_every", '-'),
    ("test_fail", '-'),
    ("test_false", '-'),
    ("test_function", '?'),
    ("test_nested", '-'),
    ("test_no_case", '+'),
    ("test_not", '-'),
    ("test_number", '-'),
    ("test_pass", '+'),
    ("test_set", '-'),
    ("test_some", '+'),
    ("test_twice", '+'),
    ("test_twice#01", '-'),
    ("test_undefined", '-'),
    ("todo_test_later", '.'),
];

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 11] = [
        ("every-kind-of-test", kinds),
        ("every-kind-of-head", heads),
        ("failures-say-which-line-and-why", failures),
        ("failures-with-texts", texts),
        ("a-function-that-calls-itself", recursion),
        ("exit-codes", exit_codes),
        ("a-file-that-does-not-parse-drops-no-test", broken),
        ("only-some", only),
        ("new-works-at-once", new),
        ("new-refuses", refuses),
        ("version-0-is-still-read", version_0),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("policy-test::{name}"), move || {
            judge();
            Ok(())
        })
    };
    let mut trials: Vec<Trial> = all.into_iter().map(trial).collect();
    let there = Command::new("opa").arg("version").output().is_ok_and(|out| out.status.success());
    let beside = |name: &str, judge: fn()| {
        Trial::test(format!("policy-test::{name}"), move || {
            judge();
            Ok(())
        })
        .with_ignored_flag(!there)
    };
    trials.push(beside("as-opa-on-every-kind", as_opa));
    trials.push(beside("as-opa-on-every-head", as_opa_on_heads));
    trials.push(beside("as-opa-on-our-policies", as_opa_on_ours));
    trials
}

fn folder() -> Folder {
    Folder::repository().with("p/a.rego", POLICY).with("p/a_test.rego", TESTS).with("p/limits/data.yaml", "most: 7\n")
}

/// Verdicts by name, with those of cases below it.
fn verdicts(json: &str) -> BTreeMap<String, char> {
    let mut out = BTreeMap::new();
    let tests: Vec<Value> = serde_json::from_str(json).unwrap();
    for test in &tests {
        let sign = match test {
            test if test.get("skip").is_some() => '.',
            test if test.get("error").is_some() => '?',
            test if test.get("fail").is_some() => '-',
            _ => '+',
        };
        let package = test["package"].as_str().unwrap();
        let name = test["name"].as_str().unwrap();
        out.insert(format!("{package}.{name}"), sign);
        cases(test, &format!("{package}.{name}"), &mut out);
    }
    out
}

fn cases(test: &Value, above: &str, out: &mut BTreeMap<String, char>) {
    for (name, case) in test["sub_results"].as_object().into_iter().flatten() {
        let name = format!("{above}/{name}");
        if case["sub_results"].is_object() {
            cases(case, &name, out);
        } else {
            out.insert(name, if case.get("fail").is_some() { '-' } else { '+' });
        }
    }
}

fn kinds() {
    let ended = folder().run(&["policy", "test", "p", "--format", "json"]).code(2);
    let found = verdicts(&ended.out);
    let tests: Vec<(&str, char)> = found
        .iter()
        .filter(|(name, _)| !name.contains('/'))
        .map(|(name, sign)| (name.trim_start_matches("data.a_test."), *sign))
        .collect();
    assert_eq!(tests, OPA);
}

fn folder_of_heads() -> Folder {
    HEADS.iter().fold(Folder::repository(), |folder, (path, text)| folder.with(path, text))
}

/// Verdicts by file and line.
fn by_line(json: &str) -> BTreeMap<(String, u64, String), char> {
    let mut out = BTreeMap::new();
    let tests: Vec<Value> = serde_json::from_str(json).unwrap();
    for test in &tests {
        let location = &test["location"];
        let file = location["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let row = location["row"].as_u64().unwrap();
        for (name, sign) in verdicts(&serde_json::to_string(&[test]).unwrap()) {
            let case = name.split_once('/').map_or_else(String::new, |(_, case)| format!("/{case}"));
            out.insert((file.clone(), row, case), sign);
        }
    }
    out
}

fn heads() {
    let ended = folder_of_heads().run(&["policy", "test", "p", "--format", "json"]).code(2);
    let found: Vec<(String, char)> = by_line(&ended.out)
        .into_iter()
        .map(|((file, row, case), sign)| (format!("{file}:{row}{case}"), sign))
        .collect();
    let found: Vec<(&str, char)> = found.iter().map(|(place, sign)| (place.as_str(), *sign)).collect();
    assert_eq!(found, OPA_ON_HEADS);
    // those of one name are told apart by a number
    folder_of_heads().run(&["policy", "test", "p"]).says("p/2_test.rego:3: FAIL data.p.test_a#01");
}

fn as_opa_on_heads() {
    let folder = folder_of_heads();
    let ours = by_line(&folder.run(&["policy", "test", "p", "--format", "json"]).out);
    let out = Command::new("opa").args(["test", "--format", "json"]).arg(folder.path().join("p")).output().unwrap();
    assert_eq!(ours, by_line(&String::from_utf8(out.stdout).unwrap()));
}

fn opa(path: &std::path::Path) -> BTreeMap<String, char> {
    let out = Command::new("opa").args(["test", "--format", "json"]).arg(path).output().unwrap();
    verdicts(&String::from_utf8(out.stdout).unwrap())
}

fn as_opa() {
    let folder = folder();
    let ours = verdicts(&folder.run(&["policy", "test", "p", "--format", "json"]).out);
    assert_eq!(ours, opa(&folder.path().join("p")));
}

fn as_opa_on_ours() {
    let ours = Plimsoll::new(project::root(), &["policy", "test", "policies", "--format", "json"]).end().code(0);
    let ours = verdicts(&ours.out);
    assert!(ours.len() > 100, "{} tests", ours.len());
    assert_eq!(ours, opa(&project::root().join("policies")));
}

fn failures() {
    let ended = folder().run(&["policy", "test", "p"]).code(2);
    ended
        .says("p/a_test.rego:7: FAIL data.a_test.test_fail")
        .says("line 9: this does not hold: count(a.deny) == x with input as {\"x\": 2}")
        .says("count(a.deny) is 1")
        .says("x is 3")
        .says("it is 1, and not true")
        .says("line 24: two: this does not hold")
        .says("case.n is 0")
        .says("y/2: this does not hold: v < 2")
        .says("SKIPPED data.a_test.todo_test_later")
        .never_says("test_pass");
}

fn texts() {
    let test = "package p\n\ntest_case[n] if {\n\tsome n in [\"a\", \"b\"]\n\tn != \"c\"\n\tn == \"a\"\n}\n\n\
                test_first if {\n\t\"a\" in [\"a\"]\n\tx := input.nothing\n\tx == \"b\"\n}\n";
    let ended = Folder::repository().with("p/a_test.rego", test).run(&["policy", "test", "p"]).code(1);
    // an expression that cannot be asked would be complained of by the engine
    assert_eq!(ended.err, "");
    ended
        .says("line 6: b: this does not hold: n == \"a\"\n    n is \"b\"\n")
        .says("line 11: this does not hold: x := input.nothing\n")
        .says("3 tests: 1 pass, 2 fail");
}

/// OPA refuses it, too: `rego_recursion_error`.
fn recursion() {
    let one = "package p\n\ntest_a if f(1)\n\nf(x) if f(x)\n";
    let several = "package p\n\nimport data.q.g\n\ntest_a if f(1)\n\nf(x) := count([y | y := g(x)])\n";
    let other = "package q\n\nimport data.p\n\ng(x) := p.f(x) if x > 0\n";
    let folder = Folder::repository().with("p/a.rego", one);
    folder.run(&["policy", "test", "p"]).code(2).says("p/a.rego: function `data.p.f` calls itself (line 5)");
    let folder = Folder::repository().with("p/a.rego", several).with("p/b.rego", other);
    folder.run(&["policy", "test", "p"]).code(2).says("p/a.rego: function `data.p.f` calls itself (line 7)");
    let deny = "package main\n\ndeny contains \"no\" if f(1)\n\nf(x) if f(x)\n";
    let folder = Folder::repository()
        .with("p/a.rego", deny)
        .with("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    folder.run(&["check", "--policy", "p"]).code(2).says("function `data.main.f` calls itself");
    // one that stands in for another is called in its place
    let mock = "package p\n\ntest_a if f(1)\n\nh(x) := x\n\nf(x) := y if { y := h(x) with h as f }\n";
    let folder = Folder::repository().with("p/a.rego", mock);
    folder.run(&["policy", "test", "p"]).code(2).says("p/a.rego: function `data.p.f` calls itself (line 7)");
    // one that calls another of its name elsewhere does not
    let fine = "package p\n\nimport data.q as f\n\ntest_a if g(1)\n\ng(x) if f.g(x)\n";
    let folder = Folder::repository().with("p/a.rego", fine).with("p/b.rego", "package q\n\ng(x) if x > 0\n");
    folder.run(&["policy", "test", "p"]).code(0);
}

fn exit_codes() {
    let one = |test: &str| Folder::repository().with("p/a_test.rego", format!("package a_test\n\n{test}\n"));
    one("test_a if true").run(&["policy", "test", "p"]).code(0).says("1 tests: 1 pass");
    one("test_a if false").run(&["policy", "test", "p"]).code(1);
    one("test_a(x) if x").run(&["policy", "test", "p"]).code(2);
    one("todo_test_a if false").run(&["policy", "test", "p"]).code(0);
    one("a if true").run(&["policy", "test", "p"]).code(2).complains("no test in 1 files of Rego");
    one("test_a if true").run(&["policy", "test", "q"]).code(2).complains("q: there is no such file or folder");
    one("test_a if true").run(&["policy", "test"]).code(2).complains("no policies");
    one("test_a if true").with("plimsoll.yaml", "policies: [p]\n").run(&["policy", "test"]).code(0);
}

fn broken() {
    // as version 0 it would parse, and its test would be another rule
    let folder = folder().with("p/b_test.rego", "package b_test\n\ntest_a if {\n\ttrue\n}\n\ntest_b { true }\n");
    let ended = folder.run(&["policy", "test", "p"]).code(2);
    ended.says("error: p/b_test.rego").says("1 of the files could not be used").says("data.a_test.test_fail");
    folder.run(&["policy", "test", "p"]).says("  help: mend it");
    folder.run(&["policy", "test", "p", "-f", "json"]).complains("error: p/b_test.rego").complains("  help: mend it");
    // a variable without a value stops all of them, and is told once
    let folder = folder_of_heads().with("p/4_test.rego", "package q\n\ntest_x if y\n");
    let ended = folder.run(&["policy", "test", "p"]).code(2).says("(p/4_test.rego:3:11)").says("0 tests: none ran");
    assert_eq!(ended.out.matches("unsafe").count(), 1, "{}", ended.out);
    ended.says("others were not run");
}

fn only() {
    let folder = folder();
    folder.run(&["policy", "test", "p", "-r", "test_pass$"]).code(0).says("1 tests: 1 pass; 20 others were not run");
    folder.run(&["policy", "test", "p", "-r", "a_test.test_twice"]).code(1).says("2 tests: 1 pass, 1 fail");
    folder.run(&["policy", "test", "p", "-r", "nothing"]).code(2).complains("no test is called `nothing`");
    folder.run(&["policy", "test", "p", "-r", "("]).code(2).complains("--run");
    folder.run(&["policy", "test", "p", "-v", "-r", "test_pass$"]).code(0).says("PASS data.a_test.test_pass");
}

fn new() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: web, image: x}]\n";
    let folder = Folder::repository().with("web.yaml", deployment);
    folder.run(&["policy", "new", "team/named"]).code(0).says("wrote policies/team/named/named.rego");
    folder.run(&["policy", "test"]).code(0).says("2 tests: 2 pass");
    let found = folder.run(&["check", "--policy", "policies", "--only", "team", "-f", "json"]).code(1).json().found();
    assert_eq!(found, ["web.yaml team/named"]);
    // a configuration may name a folder that is not there yet
    let folder = Folder::repository().with("web.yaml", deployment).with("plimsoll.yaml", "policies: [rules]\n");
    folder.run(&["policy", "new", "team/no-owner"]).code(0).says("rules/team/no-owner/no_owner_test.rego");
    folder.run(&["policy", "test"]).code(0);
    assert_eq!(folder.run(&["check", "--only", "team", "-f", "json"]).json().found(), ["web.yaml team/no-owner"]);
}

fn refuses() {
    let folder = Folder::repository();
    folder.run(&["policy", "new", "team/named"]).code(0);
    folder.run(&["policy", "new", "team/named"]).code(2).complains("is there already");
    for id in ["named", "Team/named", "team/na_med", "team/", "../x/y", "team/a/b", "team/-a"] {
        folder.run(&["policy", "new", "--", id]).code(2).complains("is no id of a policy");
    }
}

fn version_0() {
    let old = "package main\n\ndeny[msg] {\n\tinput.kind == \"Pod\"\n\tmsg := \"no pod if you can contains\"\n}\n";
    let test = "package main\n\ntest_pod {\n\tcount(deny) == 1 with input as {\"kind\": \"Pod\"}\n}\n";
    let folder = Folder::repository().with("p/a.rego", old).with("p/a_test.rego", test);
    folder.run(&["policy", "test", "p"]).code(0).says("1 tests: 1 pass");
    // a word in a text or a comment is none of the language
    let raw = "package main\n\n# no pod if not asked\ndeny[msg] {\n\tinput.kind == \"Pod\"\n\tcontains(input.kind, \"P\")\n\tmsg := `no\n\
               pod if you can`\n}\n";
    let folder = Folder::repository().with("p/a.rego", raw).with("p/a_test.rego", test);
    folder.run(&["policy", "test", "p", "--format", "pretty"]).code(0).says("1 tests: 1 pass");
    // `in` is imported, `if` is not: as version 0 the test would be gone
    let half = "package main\n\nimport future.keywords.in\n\ntest_a if 1 in [1]\n\ntest_b { 1 in [1] }\n";
    let folder = Folder::repository().with("p/a_test.rego", half);
    folder.run(&["policy", "test", "p"]).code(2).says("error: p/a_test.rego");
}
