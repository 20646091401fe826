//! Rules of conftest's kind: namespaces, data, exceptions and the old syntax. What conftest 0.71.1 said of the same files
//! stands beside each.

use libtest_mimic::Trial;

use crate::binary::{Ended, Folder};

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n";

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 13] = [
        ("main-is-asked-alone", main_alone),
        ("namespaces-that-are-named", namespaces),
        ("namespaces-by-a-pattern", pattern),
        ("a-namespace-that-is-not-there", no_namespace),
        ("names-of-rules", names),
        ("data-of-a-folder", data),
        ("data-that-disagrees", data_disagrees),
        ("data-that-is-not-there", no_data),
        ("exceptions", exceptions),
        ("the-old-syntax", old_syntax),
        ("an-object-without-a-message", no_message),
        ("undefined-under-not", undefined_under_not),
        ("a-rule-that-is-true", true_rule),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("conftest::{name}"), move || {
            judge();
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

fn folder(config: &str, policies: &[(&str, &str)]) -> Folder {
    let folder = Folder::repository().with("web.yaml", OBJECT).with("plimsoll.yaml", config);
    policies.iter().fold(folder, |folder, (path, text)| folder.with(path, text))
}

fn run(folder: &Folder) -> Ended {
    folder.run(&["check", "--format", "json"])
}

/// `check message` of each finding.
fn said(ended: &Ended) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("?").to_owned();
    let report = ended.json();
    report.list("findings").iter().map(|one| format!("{} {}", text(&one["check"]), text(&one["message"]))).collect()
}

const MAIN: (&str, &str) = ("policy/main.rego", "package main\n\ndeny contains \"of main\" if true\n");
const OTHER: (&str, &str) =
    ("policy/other.rego", "package kubernetes.security\n\nwarn_image contains \"of another\" if true\n");

fn main_alone() {
    let ended = run(&folder("policies: [policy]\n", &[MAIN, OTHER])).code(1);
    // FAIL - web.yaml - main - of main
    assert_eq!(said(&ended), ["policy/deny of main"]);
}

fn namespaces() {
    let config = "policies:\n- path: policy\n  namespaces: [kubernetes.security]\n";
    let ended = run(&folder(config, &[MAIN, OTHER])).code(1);
    // WARN - web.yaml - kubernetes.security - of another
    assert_eq!(said(&ended), ["policy/kubernetes.security.warn-image of another"]);
    let off = format!("{config}checks:\n  policy/kubernetes.security.warn-image: off\n");
    assert!(said(&run(&folder(&off, &[MAIN, OTHER])).code(0)).is_empty());
}

fn pattern() {
    let config = "policies:\n- path: policy\n  namespaces: [main, \"kube*\"]\n";
    let ended = run(&folder(config, &[MAIN, OTHER])).code(1);
    assert_eq!(said(&ended), ["policy/deny of main", "policy/kubernetes.security.warn-image of another"]);
}

fn no_namespace() {
    // conftest: 0 tests, 0 passed
    folder("policies:\n- path: policy\n  namespaces: [kubernetes]\n", &[MAIN, OTHER])
        .run(&["check"])
        .code(2)
        .says("no policy is of the namespace `kubernetes`")
        .says("the packages are `kubernetes.security`, `main`");
}

fn names() {
    let rules = "package main\n\ndeny_a_b contains \"yes\" if true\n\nviolation_x contains {\"msg\": \"also\"} if true\n\n\
                 warn_ contains \"no\" if true\n\ndeny__x contains \"no\" if true\n\ndenying contains \"no\" if true\n";
    let ended = run(&folder("policies: [policy]\n", &[("policy/a.rego", rules)])).code(1);
    assert_eq!(said(&ended), ["policy/deny-a-b yes", "policy/violation-x also"]);
}

const TEAMS: (&str, &str) = (
    "policy/a.rego",
    "package main\n\ndeny contains sprintf(\"%v: %v\", [input.metadata.name, data.limits.deep.most]) if {\n\t\
     input.metadata.name in data.teams.names\n\tdata.teams.more\n}\n",
);

fn data() {
    let folder = folder("policies:\n- path: policy\n  data: [data, other.json]\n", &[TEAMS])
        .with("data/names.yaml", "teams:\n  names: [web]\n---\nteams:\n  names: [the second document is not read]\n")
        .with("data/limits/deep/x.yml", "most: 7\n")
        .with("other.json", "{\"teams\": {\"more\": true}}");
    // FAIL - web.yaml - main - web: 7
    assert_eq!(said(&run(&folder).code(1)), ["policy/deny web: 7"]);
}

fn data_disagrees() {
    // conftest: load documents: 1 error occurred during loading: data/b.yaml: merge error
    folder("policies:\n- path: policy\n  data: [data]\n", &[MAIN])
        .with("data/a.yaml", "teams:\n  names: [web]\n")
        .with("data/b.yaml", "teams:\n  names: [api]\n")
        .run(&["check"])
        .code(2)
        .says("data/b.yaml: `data.teams.names` is something else in another file")
        .says("of main");
}

fn no_data() {
    folder("policies:\n- path: policy\n  data: [nowhere]\n", &[MAIN])
        .run(&["check"])
        .code(2)
        .complains("data in nowhere: there is no such file or folder")
        .complains("name a file of YAML or JSON under `data`");
}

fn exceptions() {
    let rules = "package main\n\ndeny_a contains \"a\" if true\n\ndeny_b contains \"b\" if true\n\n\
                 deny contains \"plain\" if true\n\n\
                 exception contains rules if {\n\tinput.metadata.name == \"web\"\n\trules := [\"a\", \"\"]\n}\n";
    let folder =
        folder("policies: [policy]\n", &[("policy/a.rego", rules)]).with("api.yaml", OBJECT.replace("web", "api"));
    // api.yaml: a, b, plain; web.yaml: b, and two exceptions
    let ended = run(&folder).code(1);
    assert_eq!(
        ended.json().found(),
        ["api.yaml policy/deny", "api.yaml policy/deny-a", "api.yaml policy/deny-b", "web.yaml policy/deny-b"]
    );
}

fn old_syntax() {
    let rules = "package main\n\ndeny[msg] {\n\tinput.kind == \"ConfigMap\"\n\tmsg = \"of old\"\n}\n";
    let ended = run(&folder("policies: [policy]\n", &[("policy/a.rego", rules), OTHER])).code(1);
    // with --rego-version v0: FAIL - web.yaml - main - of old
    assert_eq!(said(&ended), ["policy/deny of old"]);
    // what is neither is told of as what it should be
    folder("policies: [policy]\n", &[("policy/a.rego", "package main\n\ndeny[msg] {\n")])
        .run(&["check"])
        .code(2)
        .says("policy/a.rego");
}

fn no_message() {
    // conftest: new result: rule missing msg field
    let rules = "package main\n\ndeny contains {\"text\": \"x\"} if true\n";
    folder("policies: [policy]\n", &[("policy/a.rego", rules)])
        .run(&["check"])
        .code(2)
        .says("rule `data.main.deny` returned an object without `msg`");
}

/// Where the engine differs from OPA; docs/policies.md says so. When this fails, the page is wrong.
fn undefined_under_not() {
    let rules = "package main\n\ndeny_a contains \"a\" if not startswith(input.metadata.nothing, \"x\")\n\n\
                 deny_b contains \"b\" if not input.metadata.nothing == \"x\"\n\n\
                 deny_c contains \"c\" if not input.metadata.nothing\n\n\
                 deny_d contains \"d\" if {\n\tinput.metadata.nothing\n\tnot startswith(input.metadata.nothing, \"x\")\n}\n";
    let ended = run(&folder("policies: [policy]\n", &[("policy/a.rego", rules)])).code(1);
    // conftest: b and c
    assert_eq!(said(&ended), ["policy/deny-a a", "policy/deny-b b", "policy/deny-c c"]);
}

fn true_rule() {
    // conftest: 1 test, 1 passed
    let rules = "package main\n\ndeny if input.kind == \"ConfigMap\"\n";
    let ended = run(&folder("policies: [policy]\n", &[("policy/a.rego", rules)])).code(1);
    assert_eq!(said(&ended), ["policy/deny the policy refuses this object"]);
}
