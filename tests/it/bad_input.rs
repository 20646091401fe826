//! Bad input of every sort, made at run time, each beside a healthy file with a fault that must still be reported.
//! Nothing panics, nothing hangs, and one line names the thing.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};

use crate::binary::{Folder, Plimsoll, Report};

/// One error on line 5.
const FAULTY: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: beside\ndatta:\n  colour: blue\n";

/// Its finding, as [`Report::found`] has it.
const FAULT: &str = "beside.yaml schema/unknown-field";

/// The most that people are given to read for one finding, in bytes.
const MOST: usize = 10_000;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 34] = [
        ("broken-utf-8", broken_utf8),
        ("broken-utf-16", broken_utf16),
        ("nul-byte", nul_byte),
        ("flow-nesting", flow_nesting),
        ("block-nesting", block_nesting),
        ("json-nesting", json_nesting),
        ("alias-bomb", alias_bomb),
        ("merge-bomb", merge_bomb),
        ("anchor-in-itself", self_reference),
        ("scalar-of-100-mb", huge_file),
        ("scalar-of-10-mb", huge_scalar),
        ("document-of-20-mb", huge_document),
        ("many-remarks", many_remarks),
        ("key-of-1-mb", huge_key),
        ("line-of-1-mb", long_line),
        ("many-documents", many_documents),
        ("many-keys", many_keys),
        ("folder-called-x.yaml", folder_like_a_file),
        ("pipe", pipe),
        ("socket", socket),
        ("link-loop", link_loop),
        ("link-out-of-the-repository", link_out),
        ("dangling-link", dangling_link),
        ("two-links-to-one-target", two_links),
        ("policy-that-does-not-compile", broken_policy),
        ("policy-that-finds-without-a-place", placeless_policy),
        ("policy-that-never-ends", endless_policy),
        ("policy-that-never-ends-for-many-objects", endless_policy_for_many),
        ("policy-of-conftest", conftest_policy),
        ("policy-folder-that-is-not-there", missing_policy),
        ("empty-repository", empty_repository),
        ("empty-file", empty_file),
        ("odd-names", odd_names),
        ("configuration-that-is-no-yaml", broken_configuration),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("bad-input::{name}"), move || {
            judge();
            Ok(())
        })
    };
    let unreadable = Trial::ignorable_test("bad-input::unreadable-file", unreadable);
    all.into_iter().map(trial).chain([unreadable]).collect()
}

/// A repository with the healthy file.
fn beside() -> Folder {
    Folder::repository().with("beside.yaml", FAULTY)
}

/// Checks the folder twice: for people, where some line has all of `words`, and for machines, where the fault of the
/// healthy file stands.
#[track_caller]
fn check(folder: &Folder, arguments: &[&str], code: i32, words: &[&str]) -> Report {
    let people = folder.run(&[&["check", "--show-skipped"], arguments].concat()).code(code);
    let told = people.out.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(told, "no line has all of {words:?}:\n{}\n{}", people.out, people.err);
    let report = folder.run(&[&["check", "--format", "json"], arguments].concat()).code(code).json();
    assert!(report.found().contains(&FAULT.to_owned()), "{FAULT} is not among {:?}", report.found());
    assert!(people.out.len() < MOST * report.found().len(), "{} bytes to read", people.out.len());
    report
}

/// A file `bad.yaml` with these bytes gives exactly this check, and the exit code 1.
#[track_caller]
fn found(bytes: impl AsRef<[u8]>, id: &str) {
    let folder = beside().with("bad.yaml", bytes);
    let report = check(&folder, &[], 1, &["bad.yaml:"]);
    assert_eq!(report.found(), [format!("bad.yaml {id}"), FAULT.to_owned()]);
}

/// `path` is told as not read.
#[track_caller]
fn not_read(report: &Report, path: &str) {
    let told = report.list("notRead").iter().any(|one| one["path"] == path);
    assert!(told, "{path} is not in {:?}", report.0["notRead"]);
}

fn unreadable() -> Result<Completion, Failed> {
    let folder = beside().with("bad.yaml", FAULTY);
    fs::set_permissions(folder.path().join("bad.yaml"), fs::Permissions::from_mode(0o000))?;
    if fs::read(folder.path().join("bad.yaml")).is_ok() {
        return Ok(Completion::ignored_with("this user may read everything"));
    }
    let report = check(&folder, &[], 2, &["bad.yaml", "permission denied"]);
    not_read(&report, "bad.yaml");
    Ok(Completion::Completed)
}

fn broken_utf8() {
    found(b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \xC3\x28\n", "yaml/not-text");
}

fn broken_utf16() {
    found(b"\xFF\xFEa\x00:\x00 \x00\x00\xD8b\x00", "yaml/not-text");
}

fn nul_byte() {
    let folder = beside().with("bad.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\0b\n");
    let report = check(&folder, &[], 1, &["bad.yaml:4"]);
    assert!(report.found()[0].starts_with("bad.yaml yaml/"), "{:?}", report.found());
}

fn flow_nesting() {
    found("[".repeat(10_000), "yaml/limit");
    found(format!("kind: {}{}\n", "[".repeat(10_000), "]".repeat(10_000)), "yaml/limit");
}

fn block_nesting() {
    let nested: String = (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    found(nested, "yaml/limit");
    found(format!("{}a\n", "- ".repeat(10_000)), "yaml/limit");
}

fn json_nesting() {
    found(format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)), "yaml/limit");
}

fn alias_bomb() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    found(format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: bomb}}\ndata:\n  x: y\n{bomb}"), "yaml/limit");
}

fn merge_bomb() {
    let mut bomb = String::from("a0: &a0 {k0: 0, l0: 0}\n");
    for level in 1..30 {
        let below = level - 1;
        bomb.push_str(&format!("a{level}: &a{level} {{<<: [*a{below}, *a{below}], k{level}: 0}}\n"));
    }
    let folder = beside().with("bad.yaml", bomb);
    check(&folder, &[], 1, &["beside.yaml:"]);
}

fn self_reference() {
    let folder = beside().with("bad.yaml", "apiVersion: v1\nkind: List\nitems: &all\n  - *all\n");
    let report = check(&folder, &[], 1, &["bad.yaml:4"]);
    assert!(report.found()[0].starts_with("bad.yaml yaml/"), "{:?}", report.found());
}

fn huge_file() {
    let folder = beside().with("bad.yaml", format!("a: {}\n", "x".repeat(100_000_000)));
    let report = check(&folder, &[], 2, &["bad.yaml", "MiB"]);
    not_read(&report, "bad.yaml");
    assert_eq!(report.0["summary"]["complete"], false);
}

fn huge_scalar() {
    found(format!("a: {}\n", "x".repeat(10_000_000)), "yaml/limit");
}

fn huge_document() {
    found("- a\n".repeat(5_000_000), "yaml/limit");
}

fn many_remarks() {
    let keys: String = (0..50_000).map(|key| format!("  k{key}: v # plimsoll: allow no-such\n")).collect();
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: many}}\ndata:\n{keys}");
    let folder = beside().with("bad.yaml", text);
    assert!(folder.run(&["check", "--format", "json"]).code(1).json().found().contains(&FAULT.to_owned()));
}

fn huge_key() {
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: huge\n";
    let key = "x".repeat(1_000_000);
    found(format!("{object}? {key}\n: 1\n"), "schema/unknown-field");
    // YAML reads on for 1024 characters to find the colon
    found(format!("{object}{key}: 1\n"), "yaml/syntax");
}

fn long_line() {
    let data: String = (0..50_000).map(|key| format!("\"key-{key}\": \"value\", ")).collect();
    let object = "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"long\"}";
    found(format!("{object}, \"data\": {{{data}\"last\": \"\"}}, \"datta\": {{}}}}"), "schema/unknown-field");
}

fn many_documents() {
    let folder = beside().with("bad.yaml", "---\na: [\n".repeat(1_000));
    let report = check(&folder, &[], 1, &["bad.yaml:"]);
    assert_eq!(report.found().len(), 1_001);
}

fn many_keys() {
    let keys: String = (0..100_000).map(|key| format!("  k{key}: v\n")).collect();
    let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: many}}\ndata:\n{keys}  k5: again\n");
    found(text, "yaml/duplicate-key");
}

fn folder_like_a_file() {
    let folder = beside().with("x.yaml/inside.yaml", FAULTY);
    let report = check(&folder, &[], 1, &["x.yaml", "a folder"]);
    not_read(&report, "x.yaml");
    assert_eq!(report.found(), [FAULT, "x.yaml/inside.yaml schema/unknown-field"]);
}

fn pipe() {
    let folder = beside();
    let made = Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status().unwrap();
    assert!(made.success());
    let report = check(&folder, &[], 1, &["pipe.yaml", "pipe"]);
    not_read(&report, "pipe.yaml");
    // also when it is named
    folder.run(&["check", "pipe.yaml"]).says("pipe.yaml");
}

/// It cannot be opened. The link stands for it, for it has no name of a manifest.
fn socket() {
    let folder = beside();
    let _listener = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    symlink("socket", folder.path().join("link.yaml")).unwrap();
    let report = check(&folder, &[], 1, &["link.yaml", "pipe, socket or device"]);
    not_read(&report, "link.yaml");
    folder.run(&["check", "link.yaml"]).says("pipe, socket or device");
}

fn link_loop() {
    let folder = beside();
    symlink("b.yaml", folder.path().join("a.yaml")).unwrap();
    symlink("a.yaml", folder.path().join("b.yaml")).unwrap();
    symlink(".", folder.path().join("here")).unwrap();
    let report = check(&folder, &[], 1, &["a.yaml", "link"]);
    not_read(&report, "a.yaml");
    not_read(&report, "b.yaml");
    assert_eq!(report.found(), [FAULT]);
}

fn link_out() {
    let outside = Folder::bare().with("secret.yaml", FAULTY);
    let folder = beside();
    symlink(outside.path().join("secret.yaml"), folder.path().join("file.yaml")).unwrap();
    symlink(outside.path(), folder.path().join("folder")).unwrap();
    let report = check(&folder, &[], 1, &["file.yaml", "leads out of the repository"]);
    not_read(&report, "file.yaml");
    assert_eq!(report.found(), [FAULT]);
}

fn dangling_link() {
    let folder = beside();
    symlink("gone.yaml", folder.path().join("link.yaml")).unwrap();
    let report = check(&folder, &[], 1, &["link.yaml", "gone.yaml", "points at nothing"]);
    not_read(&report, "link.yaml");
}

fn two_links() {
    // the target has no name of a manifest, so the first link stands for it
    let folder = beside().with("target.txt", FAULTY);
    symlink("target.txt", folder.path().join("one.yaml")).unwrap();
    symlink("target.txt", folder.path().join("two.yaml")).unwrap();
    let report = check(&folder, &[], 1, &["two.yaml", "link"]);
    assert_eq!(report.found(), [FAULT, "one.yaml schema/unknown-field"]);
    not_read(&report, "two.yaml");

    // a target with such a name is read under it
    let folder = beside();
    symlink("beside.yaml", folder.path().join("a.yaml")).unwrap();
    let report = check(&folder, &[], 1, &["a.yaml", "link"]);
    assert_eq!(report.found(), [FAULT]);
}

fn placeless_policy() {
    let policy = "# METADATA\n# title: t\n# custom:\n#   severity: warning\npackage team.x\n\nfindings contains {\"message\": \"m\", \"at\": 3}\n";
    let folder = beside().with("rules/x.rego", policy);
    check(&folder, &["--policy", "rules"], 2, &["data.team.x.findings", "without `at`"]);
}

fn broken_policy() {
    let good = "package main\n\ndeny contains \"refused\" if input.kind == \"ConfigMap\"\n";
    let folder = beside().with("rules/bad.rego", "package main\n\ndeny contains {\n").with("rules/good.rego", good);
    let report = check(&folder, &["--policy", "rules"], 2, &["rules/bad.rego", "does not compile"]);
    assert!(report.found().iter().any(|found| found.ends_with("policy/deny")), "{:?}", report.found());
    assert_eq!(report.list("failures").len(), 1);
}

/// Ends after some 10^15 steps.
const ENDLESS: &str = "package main

deny contains \"never\" if {
\tsome a in numbers.range(1, 100000)
\tsome b in numbers.range(1, 100000)
\tsome c in numbers.range(1, 100000)
\ta + b + c < 0
}

warn contains \"quick\" if input.kind == \"ConfigMap\"
";

fn endless_policy() {
    let folder = beside().with("rules/endless.rego", ENDLESS);
    let report = check(&folder, &["--policy", "rules"], 2, &["data.main.deny", "longer than"]);
    assert_eq!(report.list("failures").len(), 1);
}

/// What takes two seconds an object must not take two hours a repository.
fn endless_policy_for_many() {
    let mut folder = beside().with("rules/endless.rego", ENDLESS);
    for number in 0..60 {
        let text = FAULTY.replace("datta", "data").replace("beside", &format!("map-{number}"));
        folder = folder.with(&format!("maps/{number}.yaml"), text);
    }
    let arguments = ["check", "--format", "json", "--policy", "rules"];
    let report = Plimsoll::new(folder.path(), &arguments).limit(Duration::from_secs(30)).end().code(2).json();
    assert!(report.found().contains(&FAULT.to_owned()));
}

fn conftest_policy() {
    let rules = "package main

deny contains msg if {
\tinput.kind == \"ConfigMap\"
\tmsg := sprintf(\"%s is refused\", [input.metadata.name])
}

warn contains {\"msg\": \"an object\"} if input.metadata.name

violation contains {\"msg\": \"not this one\", \"details\": {}} if input.kind == \"Secret\"
";
    let folder = beside().with("rules/main.rego", rules);
    let report = check(&folder, &["--policy", "rules"], 1, &["beside is refused"]);
    assert_eq!(report.found(), ["beside.yaml policy/deny", "beside.yaml policy/warn", FAULT]);
    let severities: Vec<&str> = report.list("findings").iter().filter_map(|one| one["severity"].as_str()).collect();
    assert_eq!(severities, ["error", "warning", "error"]);
    assert_eq!(report.list("findings")[0]["message"], "beside is refused");
    assert_eq!(report.list("findings")[0]["place"]["line"], 4);
}

fn missing_policy() {
    let folder = beside();
    folder.run(&["check", "--policy", "rules"]).code(2).complains("rules");
    fs::create_dir(folder.path().join("rules")).unwrap();
    folder.run(&["check", "--policy", "rules"]).code(2).complains("no .rego file");
}

fn empty_repository() {
    let folder = Folder::repository();
    folder.run(&["check"]).code(0).says("looked at 0 files");
    let report = folder.run(&["check", "--format", "json"]).code(0).json();
    assert_eq!((report.found().len(), report.documents().len()), (0, 0));
}

fn empty_file() {
    let folder = beside().with("empty.yaml", "").with("blank.yaml", "\n\n").with("comment.yaml", "# nothing\n---\n");
    let report = check(&folder, &[], 1, &["empty.yaml"]);
    assert_eq!(report.found(), [FAULT]);
    assert_eq!(report.documents(), ["beside.yaml", "blank.yaml", "comment.yaml", "empty.yaml"]);
}

fn odd_names() {
    let names = ["a b.yaml", "c+d:e*.yaml", "\u{fc}\u{1f6a2}.yaml", "[x].yaml", "'q\"uote.yaml", "-dash.yaml", ".yaml"];
    let folder = names.iter().fold(beside(), |folder, name| folder.with(name, FAULTY));
    let report = check(&folder, &[], 1, &["a b.yaml:5:1"]);
    assert_eq!(report.found().len(), names.len() + 1);
    folder.run(&["check", "--", "-dash.yaml"]).code(1).says("-dash.yaml:5:1");
}

fn broken_configuration() {
    let folder = beside().with("plimsoll.yaml", "checks: [\n");
    folder.run(&["check"]).code(2).complains("plimsoll.yaml:");
    fs::write(folder.path().join("plimsoll.yaml"), b"root: \xFF\n").unwrap();
    folder.run(&["check"]).code(2).complains("plimsoll.yaml:");
    fs::write(folder.path().join("plimsoll.yaml"), "").unwrap();
    folder.run(&["check"]).code(1);
}
