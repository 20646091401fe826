//! `plimsoll init`: what it writes, what it says why, and when it writes nothing.

use std::fs;

use libtest_mimic::{Completion, Trial};

use crate::binary::{Folder, Plimsoll};

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n        image: shop/web:1.2.0\n";

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 27] = [
        ("writes-a-file-that-check-reads", writes),
        ("an-empty-repository", empty),
        ("is-the-same-every-time", same),
        ("refuses-to-write-over-a-file", refuses),
        ("force-writes-over-a-file", force),
        ("force-does-not-take-a-folder-away", force_on_a_folder),
        ("a-dry-run-prints-the-file-alone", dry_run),
        ("from-a-subfolder-of-a-repository", subfolder),
        ("outside-a-repository", outside),
        ("a-configuration-higher-up", higher_up),
        ("a-configuration-further-down", further_down),
        ("a-file-instead-of-a-folder", not_a_folder),
        ("a-folder-that-is-not-there", no_folder),
        ("odd-names", odd_names),
        ("versions-of-clusters", versions_of_clusters),
        ("versions-of-a-pipeline", versions_of_a_pipeline),
        ("a-version-that-is-not-carried", old_version),
        ("environments", environments),
        ("others-code", others_code),
        ("own-policies", own_policies),
        ("policies-that-do-not-compile", broken_policies),
        ("policies-for-something-else", policies_of_gatekeeper),
        ("kubeconform-by-its-flags", kubeconform_flags),
        ("kubeconform-where-the-repository-runs-it", kubeconform_found),
        ("kubeconform-that-nothing-runs", kubeconform_missing),
        ("conftest-by-its-file", conftest_file),
        ("conftest-by-its-flags", conftest_flags),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("init::{name}"), move || {
            judge();
            Ok(())
        })
    };
    let unreadable = Trial::ignorable_test("init::an-unreadable-folder", || Ok(unreadable()));
    all.into_iter().map(trial).chain([unreadable]).collect()
}

fn written(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join("plimsoll.yaml")).unwrap()
}

#[track_caller]
fn has(folder: &Folder, text: &str) {
    let file = written(folder);
    assert!(file.contains(text), "`{text}` is not in\n{file}");
}

fn writes() {
    let folder = Folder::repository().with("apps/web.yaml", DEPLOYMENT);
    folder
        .run(&["init"])
        .code(0)
        .says("looked at 1 file")
        .says("1 plain folder")
        .says("wrote plimsoll.yaml")
        .says("a first run judges 1 of 1 documents for a cluster and finds 1 warning")
        .says("resources/missing-resources")
        .says("plimsoll check");
    has(&folder, "# Nothing that could be read says which Kubernetes this is for.");
    has(&folder, "# kubernetes: [\"1.");
    folder.run(&["check"]).code(1).says("resources/missing-resources");
}

fn empty() {
    let folder = Folder::repository();
    folder.run(&["init"]).code(0).says("looked at 0 files").says("and finds nothing");
    folder.run(&["check"]).code(0);
}

fn same() {
    let folder =
        || Folder::repository().with("a/web.yaml", DEPLOYMENT).with("b/web.yaml", DEPLOYMENT).with("c.yaml", MAP);
    let (one, other) = (folder(), folder());
    assert_eq!(one.run(&["init"]).code(0).out, other.run(&["init"]).code(0).out);
    assert_eq!(written(&one), written(&other));
}

fn refuses() {
    let folder = Folder::repository().with("plimsoll.yaml", "# mine\n");
    folder
        .run(&["init"])
        .code(2)
        .complains("plimsoll.yaml is there already")
        .complains("--dry-run prints what would be written, --force writes over it");
    assert_eq!(written(&folder), "# mine\n");
}

fn force() {
    let folder = Folder::repository().with("plimsoll.yaml", "nonsense: [").with("a.yaml", MAP);
    folder.run(&["init", "--force"]).code(0).says("wrote plimsoll.yaml");
    assert!(!written(&folder).contains("nonsense"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left behind");
}

fn force_on_a_folder() {
    let folder = Folder::repository().with("plimsoll.yaml/mine.txt", "x");
    folder.run(&["init"]).code(2).complains("is there already");
    folder.run(&["init", "--force"]).code(2).complains("could not be written");
    assert!(folder.path().join("plimsoll.yaml/mine.txt").is_file());
    assert!(!folder.path().join("plimsoll.yaml.new").exists());
}

fn dry_run() {
    let folder = Folder::repository().with("apps/web.yaml", DEPLOYMENT);
    let ended =
        folder.run(&["init", "--dry-run"]).code(0).complains("looked at 1 file").complains("nothing was written");
    assert!(!folder.path().join("plimsoll.yaml").exists());
    assert!(ended.out.starts_with("# What Plimsoll checks here"), "{}", ended.out);
    folder.run(&["init"]).code(0);
    assert_eq!(written(&folder), ended.out);
    // one that is there is no reason not to look
    assert_eq!(folder.run(&["init", "--dry-run"]).code(0).out, ended.out);
}

fn subfolder() {
    let folder = Folder::repository().with("apps/web.yaml", DEPLOYMENT).with("other/a.yaml", MAP);
    Plimsoll::new(&folder.path().join("apps"), &["init"])
        .end()
        .code(0)
        .says("looked at 2 files")
        .says("wrote ../plimsoll.yaml");
    assert!(folder.path().join("plimsoll.yaml").is_file());
    folder.run(&["init", "apps"]).code(2).complains("plimsoll.yaml is there already");
}

fn outside() {
    let folder = Folder::bare().with("here/a.yaml", MAP).with("there/b.yaml", MAP);
    folder
        .run(&["init", "here"])
        .code(0)
        .says("looked at 1 file")
        .says("wrote here/plimsoll.yaml")
        .says("plimsoll check here");
    assert!(folder.path().join("here/plimsoll.yaml").is_file());
}

fn higher_up() {
    let folder = Folder::bare().with("plimsoll.yaml", "# mine\n").with("apps/a.yaml", MAP);
    Plimsoll::new(&folder.path().join("apps"), &["init"]).end().code(2).complains("../plimsoll.yaml is there already");
    assert!(!folder.path().join("apps/plimsoll.yaml").exists());
    // a repository is the border: what is above it is not asked
    let inner = folder.with("apps/.git/HEAD", "");
    Plimsoll::new(&inner.path().join("apps"), &["init"]).end().code(0).says("wrote plimsoll.yaml");
}

fn further_down() {
    let folder = Folder::repository()
        .with("apps/web.yaml", DEPLOYMENT)
        .with("apps/plimsoll.yaml", "packs:\n  resources: off\n  probes: off\n");
    folder.run(&["init"]).code(0).says("and finds nothing");
    folder.run(&["check"]).code(0);
}

fn not_a_folder() {
    let folder = Folder::repository().with("a.yaml", MAP);
    folder.run(&["init", "a.yaml"]).code(2).complains("a.yaml is no folder").complains("name the folder");
}

fn no_folder() {
    Folder::repository().run(&["init", "nowhere"]).code(2).complains("nowhere: there is no such file or folder");
}

fn unreadable() -> Completion {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::bare().with("closed/a.yaml", MAP);
    let closed = folder.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let may = fs::read_dir(&closed).is_ok();
    let ended = folder.run(&["init", "closed"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    if may {
        return Completion::ignored_with("this user may read everything");
    }
    ended.code(2).complains("cannot be read").complains("make it readable");
    Completion::Completed
}

/// Names that break out of comments, globs and strings.
fn odd_names() {
    let folder = Folder::repository()
        .with("[odd] {name}/testdata/a\nb: c.yaml", DEPLOYMENT)
        .with("no/testdata/web.yaml", DEPLOYMENT)
        .with("ünï \"q\"/vendor/web.yaml", DEPLOYMENT);
    folder.run(&["init"]).code(0).says("and finds nothing");
    has(&folder, "- no/testdata/**\n");
    folder.run(&["check"]).code(0);
}

fn versions_of_clusters() {
    let folder = Folder::repository()
        .with("kind.yaml", "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes:\n- role: control-plane\n  image: kindest/node:v1.29.4@sha256:0\n")
        .with("clusters/prod.yaml", "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: prod\n  version: \"1.31\"\n")
        .with("clusters/capi.yaml", "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata:\n  name: c\nspec:\n  topology:\n    class: c\n    version: v1.30.2\n")
        .with("testdata/kind.yaml", "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes:\n- image: kindest/node:v1.25.0\n")
        .with("clusters/var.yaml", "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: prod\n  version: ${VERSION}\n");
    folder.run(&["init"]).code(0);
    has(&folder, "kubernetes: [\"1.29\", \"1.30\", \"1.31\"]\n");
    has(&folder, "# a kind cluster has kindest/node:v1.29.4@sha256:0 (kind.yaml:5)\n");
    has(&folder, "# an eksctl cluster has 1.31 (clusters/prod.yaml:5)\n");
    has(&folder, "# a Cluster API cluster has v1.30.2 (clusters/capi.yaml:8)\n");
}

fn versions_of_a_pipeline() {
    let workflow = "jobs:\n  e2e:\n    strategy:\n      matrix:\n        kubernetes: [\"1.30.4\", \"1.32.0\"]\n    steps:\n    - run: kind create cluster --image kindest/node:v1.31.0\n";
    let folder = Folder::repository().with(".github/workflows/e2e.yaml", workflow).with("a.yaml", MAP);
    folder.run(&["init"]).code(0);
    has(&folder, "# a pipeline has kindest/node:v1.31.0 (.github/workflows/e2e.yaml:7)\n");
    has(&folder, "kubernetes: [\"1.30\", \"1.31\", \"1.32\"]\n");
}

fn old_version() {
    let cluster = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: prod\n  version: \"1.14\"\n";
    let folder = Folder::repository().with("cluster.yaml", cluster);
    folder.run(&["init"]).code(0);
    has(&folder, "# an eksctl cluster has 1.14 (cluster.yaml:5); schemas of 1.");
    has(&folder, "# kubernetes: [");
}

fn environments() {
    let folder = Folder::repository().with("clusters/dev/a.yaml", MAP).with("clusters/prod/a.yaml", MAP);
    folder.run(&["init"]).code(0).says("environments  clusters/dev, clusters/prod");
    has(&folder, "# When less is asked of `dev`:\n# paths:\n#   - match: [clusters/dev/**]\n");
    // what is commented out is right when it is not
    let file = written(&folder);
    let from = file.find("# paths:").unwrap();
    let uncommented = file[from..].lines().map(|line| line.trim_start_matches("# ")).collect::<Vec<_>>().join("\n");
    let folder = folder.with(
        "plimsoll.yaml",
        format!("paths:\n{}\n", uncommented.trim_start_matches("paths:\n").replace("#   ", "  ")),
    );
    folder.run(&["check"]).code(0);
    // a folder called dev with nothing beside it is no environment
    let alone = Folder::repository().with("apps/dev/a.yaml", MAP);
    alone.run(&["init"]).code(0).never_says("environments");
}

fn others_code() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: x.example.com\nspec:\n  group: example.com\n  scope: Namespaced\n  names: {kind: X, plural: x}\n  versions: []\n";
    let components = format!("---\n# This manifest was generated by flux. DO NOT EDIT.\n{DEPLOYMENT}---\n{crd}");
    let folder = Folder::repository()
        .with("apps/web.yaml", MAP)
        .with("vendor/x/web.yaml", DEPLOYMENT)
        .with("vendored/quiet.yaml", MAP)
        .with("clusters/prod/flux-system/gotk-components.yaml", components)
        .with("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")
        .with("charts/web/charts/redis/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 0.1.0\n")
        .with("charts/web/charts/redis/extra.yaml", DEPLOYMENT);
    folder.run(&["init"]).code(0).says("and finds nothing");
    let file = written(&folder);
    let ignored = "ignore:\n  # a chart that another one carries, with 1 finding\n  - charts/web/charts/**\n  # others' code, with 1 finding\n  - vendor/**\n";
    assert!(file.contains(ignored), "{file}");
    // its CRDs are needed, so it is read
    assert!(
        file.contains(
            "  - match: [clusters/prod/flux-system/gotk-components.yaml]\n    packs:\n      resources: off\n      probes: off\n"
        ),
        "{file}"
    );
}

fn own_policies() {
    let rules = "package main\n\ndeny contains \"refused\" if input.kind == \"ConfigMap\"\n";
    let more = "package kubernetes.images\n\nwarn contains \"told\" if input.metadata.name\n";
    let folder = Folder::repository().with("a.yaml", MAP).with("policy/a.rego", rules);
    folder.run(&["init"]).code(0).says("policy/deny");
    has(&folder, "policies:\n  # rules of conftest's kind are here, in `main`\n  - policy\n");
    let folder = Folder::repository().with("a.yaml", MAP).with("policy/a.rego", rules).with("policy/more/b.rego", more);
    folder.run(&["init"]).code(0).says("policy/kubernetes.images.warn");
    has(&folder, "  - path: policy\n    namespaces: [kubernetes.images, main]\n");
    folder.run(&["check"]).code(1).says("refused");
}

fn broken_policies() {
    let folder = Folder::repository()
        .with("a.yaml", MAP)
        .with("policy/a.rego", "package main\n\ndeny contains \"x\" if {\n\tinput.kind ==\n}\n");
    folder.run(&["init"]).code(0);
    has(&folder, "and cannot be used: policy/a.rego: policy does not compile");
    has(&folder, "# policies:\n#   - policy\n");
    folder.run(&["check"]).code(0);
}

fn policies_of_gatekeeper() {
    let rules = "package k8srequired\n\nviolation[{\"msg\": msg}] {\n\tnot input.review.object.metadata.labels\n\tmsg := \"x\"\n}\n";
    let folder = Folder::repository().with("a.yaml", MAP).with("policy/src.rego", rules);
    folder.run(&["init"]).code(0);
    assert!(!written(&folder).contains("policies:"));
}

fn kubeconform_flags() {
    let folder = Folder::repository().with("a.yaml", MAP).with("testdata/b.yaml", DEPLOYMENT);
    let flags = [
        "init",
        "--from",
        "kubeconform",
        "--",
        "-strict",
        "-kubernetes-version",
        "1.29.0",
        "-skip",
        "CustomResourceDefinition,argoproj.io/v1alpha1/Application",
        "-schema-location",
        "default",
        "-schema-location",
        "https://example.com/{{.Group}}/{{.ResourceKind}}.json",
        "-ignore-filename-pattern",
        "(^|/)testdata/",
        "-ignore-filename-pattern=values-[a-z]+",
        "-ignore-missing-schemas",
        "-reject=v1/Pod",
        "-n",
        "4",
        "-output",
        "json",
        "-cache",
        "/tmp/x",
        "-future",
        "a.yaml",
    ];
    folder.run(&flags).code(0).says("plimsoll check a.yaml");
    for text in [
        "# taken over from the flags of kubeconform:\n#   -strict: always so",
        "kubernetes: [\"1.29\"]\n",
        "skip:\n  # kubeconform was told so\n  - CustomResourceDefinition\n  - argoproj.io/v1alpha1/Application\n",
        "ignore:\n  # kubeconform was told so\n  - \"**/testdata/**\"\n",
        "-schema-location default: Kubernetes' schemas are carried",
        "{{.ResourceKind}}.json: nothing is fetched",
        "-ignore-filename-pattern values-[a-z]+: no glob says the same",
        "-ignore-missing-schemas: always so",
        "-reject v1/Pod: a policy of your own",
        "-n 4: `--threads 4`",
        "-output json: `plimsoll check --format json`",
        "-cache /tmp/x: not needed",
        "-future: kubeconform 0.8 has no such flag",
    ] {
        has(&folder, text);
    }
    folder.run(&["init", "--", "-strict"]).code(2).complains("flags after `--` belong to one tool");
}

fn kubeconform_found() {
    let hooks = "repos:\n- repo: https://example.com/hooks\n  hooks:\n  - id: kubeconform\n    args: [-kubernetes-version=1.31.2, -skip=Secret]\n";
    let script = "flags=(\"-strict\" \"-skip=Secret\")\nfind . -name '*.yaml' | xargs kubeconform \"${flags[@]}\" -kubernetes-version \"$UNKNOWN\"\n";
    let folder = Folder::repository()
        .with("a.yaml", MAP)
        .with(".pre-commit-config.yaml", hooks)
        .with("scripts/validate.sh", script);
    folder.run(&["init", "--dry-run"]).code(0).complains("`plimsoll init --from kubeconform` takes it over");
    folder.run(&["init", "--from", "kubeconform"]).code(0);
    has(&folder, "# taken over from kubeconform in .pre-commit-config.yaml:5:\n");
    has(&folder, "# taken over from kubeconform in scripts/validate.sh:2:\n#   -strict: always so");
    has(&folder, "-kubernetes-version $UNKNOWN: `$UNKNOWN` is set elsewhere");
    has(&folder, "kubernetes: [\"1.31\"]\n");
    has(&folder, "skip:\n  # as kubeconform in .pre-commit-config.yaml:5\n  - Secret\n");
    let folder = Folder::repository().with("a.yaml", MAP).with("crds/x_v1.json", "{}");
    let flags = ["-schema-location", "default", "-schema-location", "crds/{{.ResourceKind}}_v1.json"];
    let gone = ["-schema-location", "gone/{{.ResourceKind}}.json"];
    folder.run(&[&["init", "--from", "kubeconform", "--"], &flags[..], &gone].concat()).code(0);
    has(&folder, "schemas:\n  # kubeconform was told so\n  - default\n  - \"crds/{{.ResourceKind}}_v1.json\"\n");
    has(&folder, "# schemas:\n#   - \"gone/{{.ResourceKind}}.json\" # kubeconform was told so\n");
    folder.run(&["check"]).code(0);
}

fn kubeconform_missing() {
    let folder =
        Folder::repository().with("a.yaml", MAP).with("a.sh", "curl -L https://example.com/kubeconform | sh\n");
    folder
        .run(&["init", "--from", "kubeconform"])
        .code(2)
        .complains("no file of the repository runs kubeconform")
        .complains("plimsoll init --from kubeconform -- FLAGS");
    assert!(!folder.path().join("plimsoll.yaml").exists());
}

const RULES: &str = "package main\n\ndeny contains msg if {\n\tinput.metadata.name in data.names\n\tmsg := \"a name that is taken\"\n}\n";

fn conftest_file() {
    let toml = "policy = [\"rules\"] # here\nnamespace = [\"main\"]\ndata = \"names.yaml\"\nfail-on-warn = true\ncombine = true\nignore = 'generated/'\nparser = \"hcl2\"\nwhat = {a = 1}\n";
    let folder = Folder::repository()
        .with("a.yaml", MAP)
        .with("conftest.toml", toml)
        .with("names.yaml", "names: [settings]\n")
        .with("rules/a.rego", RULES);
    folder.run(&["init", "--from", "conftest"]).code(0).says("policy/deny");
    for text in [
        "policies:\n  # as conftest.toml says\n  - path: rules\n    data: [names.yaml]\n",
        "- \"**/*generated/**\"\n",
        "fail-on-warn: always so",
        "combine: not taken over",
        "parser hcl2: only YAML and JSON are judged",
        "line 8: it could not be read",
    ] {
        has(&folder, text);
    }
    folder.run(&["check"]).code(1).says("a name that is taken");
}

fn conftest_flags() {
    let other = "package shop.names\n\nwarn contains \"told\" if true\n";
    let folder = Folder::repository().with("a.yaml", MAP).with("rules/a.rego", RULES).with("rules/b.rego", other);
    let flags = ["init", "--from", "conftest", "--", "test", "-p", "rules", "--all-namespaces", "-o=junit", "a.yaml"];
    folder.run(&flags).code(0).says("plimsoll check a.yaml");
    has(&folder, "  - path: rules\n    namespaces: [main, shop.names]\n");
    has(&folder, "output junit: `plimsoll check --format junit`");
    // what is fetched before a run is not there to be read
    let folder = Folder::repository().with("a.yaml", MAP);
    let flags = ["init", "--from", "conftest", "--", "test", "-u", "oci://example.com/policies", "."];
    folder.run(&flags).code(0);
    has(&folder, "and cannot be used: there is no .rego file");
    has(&folder, "update oci://example.com/policies: nothing is fetched");
    folder.run(&["check"]).code(0);
    folder.run(&["init", "--force", "--from", "conftest"]).code(2).complains("no file of the repository runs conftest");
}
