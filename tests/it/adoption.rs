//! How a repository that was never checked comes to be checked: the baseline, exceptions with a reason, locks, and where
//! findings count. At the command line.

use std::fs;

use libtest_mimic::Trial;

use crate::binary::{Folder, Report};

const CHECK: &str = "resources/missing-resources";
const BASELINE: &str = "plimsoll.baseline";
const CONFLICT: &str = "<<<<<<< HEAD\n";

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 20] = [
        ("baseline::what-was-there-is-accepted", accepted),
        ("baseline::a-mended-finding-is-told-and-pruned", mended),
        ("baseline::lines-are-sorted-and-merge", merge),
        ("baseline::a-conflict", conflict),
        ("baseline::a-broken-line", broken_line),
        ("baseline::line-ends-of-another-system", line_ends),
        ("baseline::a-file-that-moved", moved),
        ("baseline::a-part-of-the-repository", partial),
        ("baseline::odd-names", odd_names),
        ("baseline::never-accepts-what-is-locked", locked),
        ("baseline::is-not-written-by-half-a-run", half_a_run),
        ("baseline::one-that-is-not-there", not_there),
        ("baseline::a-folder", folder_for_a_baseline),
        ("baseline::outside-of-the-repository", outside),
        ("baseline::lines-that-move-change-nothing", edits),
        ("baseline::a-container-beside-makes-nothing-new", sibling),
        ("exception::in-a-manifest", comment),
        ("exception::in-the-configuration", entry),
        ("exception::unused-and-malformed", bad_exceptions),
        ("enforce::paths-and-teams", enforce),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("adoption::{name}"), move || {
            judge();
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

/// A Pod with one finding of [`CHECK`], behind a comment.
fn pod(name: &str, comment: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n{comment}    - name: web\n      \
         image: example.com/web:1.2.3\n"
    )
}

fn check(folder: &Folder, more: &[&str], code: i32) -> Report {
    folder.run(&[&["check", "--format", "json"], more].concat()).code(code).json()
}

/// The checks that found something other than a hint.
fn told(report: &Report) -> Vec<String> {
    let findings = report.list("findings").iter().filter(|one| one["severity"] != "hint");
    findings.map(|one| one["check"].as_str().unwrap_or("?").to_owned()).collect()
}

fn baseline(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join(BASELINE)).unwrap()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

/// One Pod, accepted.
fn adopted() -> Folder {
    let folder = Folder::repository().with("a.yaml", pod("a", ""));
    folder.run(&["baseline", "create"]).code(0);
    folder
}

fn accepted() {
    let folder = Folder::repository().with("a.yaml", pod("a", ""));
    folder.run(&["baseline", "update"]).code(2).complains("there is no baseline");
    check(&folder, &[], 1);
    folder.run(&["baseline", "create"]).code(0).says("1 finding accepted");
    assert_eq!(check(&folder, &[], 0).list("accepted").len(), 1);
    check(&folder, &["--no-baseline"], 1);
    folder.run(&["baseline", "create"]).code(2).complains("there is a baseline");
    let folder = folder.with("b.yaml", pod("b", ""));
    assert_eq!(told(&check(&folder, &[], 1)), [CHECK]);
    folder.run(&["baseline", "prune"]).code(0);
    check(&folder, &[], 1);
    folder.run(&["baseline", "update"]).code(0).says("1 added");
    check(&folder, &[], 0);
}

fn mended() {
    let folder = adopted();
    fs::remove_file(folder.path().join("a.yaml")).unwrap();
    let folder = folder.with("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n");
    assert_eq!(told(&check(&folder, &[], 1)), ["exceptions/stale-baseline"]);
    folder.run(&["baseline", "prune"]).code(0).says("1 taken out");
    check(&folder, &[], 0);
    assert!(lines(&baseline(&folder)).is_empty());
}

fn merge() {
    let folder = adopted().with("b.yaml", pod("b", ""));
    folder.run(&["baseline", "update"]).code(0);
    let text = baseline(&folder);
    let both = lines(&text);
    assert!(both.len() == 2 && both.is_sorted(), "{text}");
    // both sides' lines, in whatever order a merge leaves them
    let folder = folder.with(BASELINE, format!("{}\n{}\n", both[1], both[0]));
    check(&folder, &[], 0);
    folder.run(&["baseline", "update"]).code(0);
    assert_eq!(baseline(&folder), text);
}

fn conflict() {
    let folder = adopted();
    let broken = baseline(&folder) + CONFLICT;
    let folder = folder.with(BASELINE, broken);
    let ended = folder.run(&["check"]).code(2).complains("a conflict that was not resolved");
    ended.complains("plimsoll.baseline:5:1").complains("keep the lines of both sides");
    folder.run(&["baseline", "update"]).code(2);
    check(&folder, &["--no-baseline"], 1);
    folder.run(&["baseline", "create", "--force"]).code(0);
    check(&folder, &[], 0);
}

fn broken_line() {
    let folder = adopted().with(BASELINE, "two words\n");
    folder.run(&["check"]).code(2).complains("plimsoll.baseline:1:1").complains("baseline create --force");
    folder.run(&["baseline", "create", "--force"]).code(0);
    check(&folder, &[], 0);
}

fn line_ends() {
    let folder = adopted();
    let text = baseline(&folder);
    let folder = folder.with(BASELINE, text.replace('\n', "\r\n"));
    check(&folder, &[], 0);
}

fn moved() {
    let folder = adopted();
    fs::create_dir(folder.path().join("deep")).unwrap();
    fs::rename(folder.path().join("a.yaml"), folder.path().join("deep/z.yaml")).unwrap();
    check(&folder, &[], 0);
    folder.run(&["baseline", "update"]).code(0).says("1 finding kept, 0 added, 0 taken out");
    assert!(baseline(&folder).ends_with(" deep/z.yaml\n"));
}

fn partial() {
    let folder = adopted().with("deep/b.yaml", pod("b", ""));
    folder.run(&["baseline", "update", "deep"]).code(0);
    let text = baseline(&folder);
    assert_eq!(lines(&text).len(), 2, "{text}");
    folder.run(&["baseline", "prune", "deep"]).code(0);
    assert_eq!(baseline(&folder), text);
    check(&folder, &["a.yaml"], 0);
    check(&folder, &[], 0);
}

fn odd_names() {
    let folder = ["a b.yaml", "it's \"so\".yaml", "new\nline.yaml", "back\\slash.yaml"]
        .iter()
        .enumerate()
        .fold(Folder::repository(), |folder, (at, name)| folder.with(name, pod(&format!("p{at}"), "")));
    folder.run(&["baseline", "create"]).code(0).says("4 findings");
    let text = baseline(&folder);
    assert_eq!(lines(&text).len(), 4);
    check(&folder, &[], 0);
    folder.run(&["baseline", "update"]).code(0);
    assert_eq!(baseline(&folder), text);
}

fn locked() {
    let folder = adopted().with("plimsoll.yaml", format!("locked: [{CHECK}]\n"));
    assert!(told(&check(&folder, &[], 1)).contains(&CHECK.to_owned()));
    folder.run(&["baseline", "create", "--force"]).code(0).says("0 findings");
    let below = folder.with("deep/plimsoll.yaml", format!("checks:\n  {CHECK}: off\n"));
    below.run(&["check"]).code(2).complains("is locked by a configuration above").complains("is locked here");
}

fn half_a_run() {
    let folder =
        adopted().with("plimsoll.yaml", "policies: [own]\n").with("own/x.rego", "package x\n\ndeny contains {\n");
    let before = baseline(&folder);
    folder.run(&["baseline", "create", "--force"]).code(2).complains("the baseline was not written");
    folder.run(&["baseline", "update"]).code(2).complains("the baseline was not written");
    assert_eq!(baseline(&folder), before);
}

fn folder_for_a_baseline() {
    let folder = Folder::repository().with("a.yaml", pod("a", "")).with("plimsoll.baseline/x", "");
    for arguments in [&["check"][..], &["baseline", "update"], &["check", "--baseline", BASELINE]] {
        folder.run(arguments).code(2).complains("plimsoll.baseline: a folder").complains("--no-baseline");
    }
    check(&folder, &["--no-baseline"], 1);
}

fn outside() {
    let folder = adopted().with("plimsoll.yaml", "baseline: ../b\n");
    folder.run(&["check"]).code(2).complains("a baseline outside of the repository");
    let twice = folder.with("plimsoll.yaml", "baseline: one\n").with("deep/plimsoll.yaml", "baseline: two\n");
    twice.run(&["check"]).code(2).complains("a second baseline");
}

/// 250 seeded writings of one file, each with about eight edits: blank lines, comments, keys in another order, items and
/// objects more, before and behind. A container in order is always there: the first one changes what is found.
fn edits() {
    const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
    let healthy = |name: &str| {
        format!(
            "    - name: {name}\n      image: example.com/x:1\n      resources: {{requests: {{cpu: 1m, memory: 8Mi}}, \
             limits: {{memory: 8Mi}}}}\n"
        )
    };
    let folder = Folder::repository().with("a.yaml", pod("a", &healthy("extra")));
    folder.run(&["baseline", "create"]).code(0).says("1 finding");
    let text = baseline(&folder);
    let mut state = SEED;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for round in 0..250 {
        let gap = |pick: u64| ["", "\n", "# a remark\n", "\n\n# two\n"][pick as usize];
        let heads = ["apiVersion: v1\n", "kind: Pod\n", "metadata:\n  labels: {a: b}\n  name: a\n"];
        let mut written = String::new();
        let first = next(3) as usize;
        for at in 0..3 {
            written += gap(next(4));
            written += heads[(first + at) % 3];
        }
        let env = ["", "      env: [{name: A, value: b}]\n", "      ports: [{containerPort: 80}]\n"][next(3) as usize];
        written += gap(next(4));
        written += "spec:\n  containers:\n";
        let before = next(2) == 0;
        written += &if before { healthy("extra") } else { String::new() };
        written += gap(next(4));
        let own =
            ["    - image: example.com/web:1.2.3\n      name: web\n", "    - name: web\n      image: e/web:1.2.3\n"];
        written += own[next(2) as usize];
        written += env;
        written += &if before { String::new() } else { healthy("extra") };
        written += &if next(2) == 0 { healthy("more") } else { String::new() };
        let other = if next(2) == 0 { "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: z\n" } else { "" };
        let written = if next(2) == 0 { format!("{written}{other}") } else { format!("{other}---\n{written}") };
        fs::write(folder.path().join("a.yaml"), &written).unwrap();
        let ended = folder.run(&["check"]);
        assert_eq!(ended.code, Some(0), "seed {SEED:#x}, round {round}:\n{written}\n{}", ended.out);
        folder.run(&["baseline", "update"]).code(0);
        assert_eq!(baseline(&folder), text, "seed {SEED:#x}, round {round}:\n{written}");
    }
}

fn comment() {
    let allow = format!("    # plimsoll: allow {CHECK} until 2027-01-31 because it is measured first\n");
    let folder = Folder::repository().with("a.yaml", pod("a", &allow));
    check(&folder, &["--date", "2027-01-31"], 0);
    for day in ["2027-02-01", "2027-02-14"] {
        assert_eq!(told(&check(&folder, &["--date", day], 1)), ["exceptions/expired-exception"], "{day}");
    }
    assert_eq!(told(&check(&folder, &["--date", "2027-02-15"], 1)), [CHECK]);
}

fn entry() {
    let config = |until: &str| {
        format!("exceptions:\n  - checks: {CHECK}\n    match: [a.yaml]\n    reason: old\n    owner: team\n{until}")
    };
    let folder = Folder::repository().with("a.yaml", pod("a", ""));
    let folder = folder.with("plimsoll.yaml", config("    until: 2027-01-31\n"));
    check(&folder, &["--date", "2027-01-31"], 0);
    assert_eq!(told(&check(&folder, &["--date", "2027-02-15"], 1)), [CHECK]);
    let folder = folder.with("plimsoll.yaml", config(""));
    folder.run(&["check"]).code(2).complains("until");
}

fn bad_exceptions() {
    let unused = "    # plimsoll: allow schema/unknown-field because it was so\n";
    let folder = Folder::repository().with("a.yaml", pod("a", unused));
    assert!(told(&check(&folder, &[], 1)).contains(&"exceptions/unused-exception".to_owned()));
    let folder = folder.with("a.yaml", pod("a", &format!("    # plimsoll: allow {CHECK}\n")));
    let told = told(&check(&folder, &[], 1));
    assert!(
        told.contains(&"exceptions/unreadable-exception".to_owned()) && told.contains(&CHECK.to_owned()),
        "{told:?}"
    );
}

fn enforce() {
    let folder = Folder::repository().with("dev/a.yaml", pod("a", "")).with("prod/b.yaml", pod("b", ""));
    let folder = folder.with("plimsoll.yaml", "enforce:\n  paths: [prod]\n");
    check(&folder, &["dev"], 0);
    check(&folder, &["prod"], 1);
    let folder =
        folder.with("plimsoll.yaml", "enforce:\n  teams: [\"@shop/web\"]\n").with("CODEOWNERS", "/dev/ @shop/web\n");
    check(&folder, &["dev"], 1);
    check(&folder, &["prod"], 0);
}

/// What is said of a container does not hang on those beside it.
fn sibling() {
    let healthy = "    - name: proxy\n      image: example.com/proxy:2\n      resources:\n        requests:\n          cpu: 10m\n          \
                   memory: 64Mi\n        limits:\n          memory: 64Mi\n";
    let folder = Folder::repository().with("a.yaml", pod("a", ""));
    folder.run(&["baseline", "create"]).code(0);
    let folder = folder.with("a.yaml", pod("a", "") + healthy);
    check(&folder, &[], 0);
    let folder = folder.with("a.yaml", pod("a", healthy));
    check(&folder, &[], 0);
    // what is new of the one beside it is new
    let folder =
        folder.with("a.yaml", pod("a", "") + &healthy.replace("        limits:\n          memory: 64Mi\n", ""));
    assert_eq!(told(&check(&folder, &[], 1)), ["resources/missing-memory-limit"]);
}

fn not_there() {
    let folder = Folder::repository().with("a.yaml", pod("a", ""));
    folder.run(&["check", "--baseline", "typo.baseline"]).code(2).complains("typo.baseline: there is no baseline");
    folder.run(&["baseline", "create", "--baseline", "new.baseline"]).code(0);
    folder.run(&["check", "--baseline", "new.baseline"]).code(0);
    // a configuration may name one before it is written
    let folder = folder.with("plimsoll.yaml", "baseline: later.baseline\n");
    folder.run(&["check"]).code(1);
}
