//! `plimsoll check --staged`, with the real git: what is checked is what is committed, in whatever state a repository is;
//! and what it tells is what two whole runs tell, on a long row of random commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::binary::Folder;
use crate::git::{self, Repository, git, plimsoll, try_git};
use crate::project;
use crate::random::Random;

const CLEAN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: blue\n";
const FAULTY: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndatta:\n  colour: blue\n";
const FAULT: &str = "schema/unknown-field";

pub fn trials() -> Vec<Trial> {
    git::trials(
        "staged",
        &[
            ("what-is-not-staged-is-not-checked", not_staged),
            ("a-file-that-is-staged-in-part", partial),
            ("a-file-that-is-gone-from-the-work-tree", gone),
            ("a-fault-that-was-there-is-not-told", old_fault),
            ("a-rename", rename),
            ("a-deletion-that-breaks-another-file", deletion),
            ("a-change-that-breaks-another-file", breaks_another),
            ("a-definition-that-changes", definition),
            ("what-an-artifact-leaves-out", left_out),
            ("nothing-is-staged", nothing),
            ("the-configuration-is-that-of-the-commit", configuration),
            ("the-first-commit", unborn),
            ("line-ends-of-another-system", crlf),
            ("odd-names", odd_names),
            ("a-name-that-is-no-text", no_text),
            ("without-git", no_git),
            ("outside-of-a-repository", no_repository),
            ("a-bare-repository", bare),
            ("a-merge-with-conflicts", merge_conflict),
            ("a-merge-that-is-resolved", merge_resolved),
            ("a-rebase-in-progress", rebase),
            ("a-shallow-clone", shallow),
            ("a-clone-without-its-objects", partial_clone),
            ("a-submodule", submodule),
            ("inside-of-a-submodule", inside_submodule),
            ("another-work-tree", worktree),
            ("a-sparse-checkout", sparse),
            ("from-a-subfolder", subfolder),
            ("a-root-below-the-repository", inner_root),
            ("links", links),
            ("with-standard-input", with_stdin),
            ("what-is-remembered-changes-nothing", memory),
            ("a-memory-that-cannot-be-kept", no_memory),
            ("as-two-whole-runs-tell", as_whole_runs),
            ("as-two-whole-runs-tell-of-what-is-entangled", entangled_as_whole_runs),
            ("only-what-is-reached", only_what_is_reached),
            ("what-only-a-whole-run-knows", whole_alone),
        ],
    )
}

fn fault_in(path: &str) -> Vec<String> {
    vec![format!("{path} {FAULT}")]
}

fn not_staged() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    here.write("a.yaml", FAULTY);
    here.write("new.yaml", FAULTY);
    here.staged().code(0);
    here.git(&["add", "new.yaml"]);
    assert_eq!(here.found(), fault_in("new.yaml"));
    here.staged().code(1).says("new.yaml:5:1");
}

fn partial() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    here.stage("a.yaml", FAULTY);
    // mended in the work tree alone
    here.write("a.yaml", CLEAN);
    here.staged().code(1).says("a.yaml:5:1").says("datta");
    here.git(&["add", "a.yaml"]);
    here.write("a.yaml", FAULTY);
    here.staged().code(0);
}

fn gone() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    here.stage("a.yaml", FAULTY);
    here.remove("a.yaml");
    here.staged().code(1).says("a.yaml:5:1");
}

fn old_fault() {
    let here = Repository::with(&[("a.yaml", FAULTY), ("b.yaml", CLEAN)]);
    here.stage("b.yaml", CLEAN.replace("blue", "red"));
    here.staged().code(0);
    // who touches a file answers for it
    here.stage("a.yaml", FAULTY.replace("blue", "red"));
    assert_eq!(here.found(), fault_in("a.yaml"));
}

fn rename() {
    let here = Repository::with(&[("a.yaml", FAULTY)]);
    here.git(&["mv", "a.yaml", "b.yaml"]);
    assert_eq!(here.found(), fault_in("b.yaml"));
}

const SCALER: &str = "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 4
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}
";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
          resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 100m, memory: 64Mi}}
          ports: [{containerPort: 80}]
          readinessProbe: {httpGet: {path: /ready, port: 80}}
          livenessProbe: {tcpSocket: {port: 80}}
";

/// An autoscaler in one file, its workload in another, and a second workload beside.
fn scaled() -> Repository {
    let other = DEPLOYMENT.replace("web", "other");
    Repository::with(&[("apps/web.yaml", DEPLOYMENT), ("apps/other.yaml", &other), ("apps/scale.yaml", SCALER)])
}

fn deletion() {
    let here = scaled();
    here.git(&["rm", "-q", "apps/web.yaml"]);
    assert_eq!(here.found(), ["apps/scale.yaml autoscaling/hpa-target-missing"]);
    here.staged().code(1).says("apps/scale.yaml:6");
}

fn breaks_another() {
    let here = scaled();
    here.stage("apps/web.yaml", DEPLOYMENT.replacen("name: web", "name: shop", 1));
    assert_eq!(here.found(), ["apps/scale.yaml autoscaling/hpa-target-missing"]);
    // replicas beside an autoscaler: found in the file that is staged
    here.stage("apps/web.yaml", DEPLOYMENT.replacen("spec:\n  selector", "spec:\n  replicas: 3\n  selector", 1));
    assert_eq!(here.found(), ["apps/web.yaml autoscaling/hpa-and-replicas"]);
}

fn definition() {
    let schema = |kind: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: ships.example.com\n\
             spec:\n  group: example.com\n  scope: Namespaced\n  names: {{kind: Ship, plural: ships}}\n  versions:\n    \
             - name: v1\n      served: true\n      storage: true\n      schema:\n        openAPIV3Schema:\n          \
             type: object\n          properties:\n            spec:\n              type: object\n              \
             properties:\n                draught: {{type: {kind}}}\n"
        )
    };
    let ship = "apiVersion: example.com/v1\nkind: Ship\nmetadata:\n  name: beagle\nspec:\n  draught: 4\n";
    let here = Repository::with(&[("crds/ship.yaml", &schema("integer")), ("apps/ship.yaml", ship)]);
    here.stage("crds/ship.yaml", schema("string"));
    assert_eq!(here.found(), ["apps/ship.yaml schema/wrong-type"]);
}

fn left_out() {
    let text = |path: &str| BUILDS.iter().find(|(one, _)| *one == path).map_or("", |(_, text)| *text);
    let (source, owner) = ("owners/source.yaml", "owners/web.yaml");
    let base = "builds/base/kustomization.yaml";
    let here = Repository::with(&[
        (source, text(source)),
        (owner, text(owner)),
        ("builds/base/web.yaml", DEPLOYMENT),
        ("builds/base/scale.yaml", SCALER),
        (
            "owners/set.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: web\n  namespace: argocd\nspec:\n  generators:\n  - git:\n      repoURL: https://example.com/web.git\n      revision: HEAD\n      directories:\n      - path: moved-*\n  - list:\n      elements:\n      - path: builds/dev\n      - path: builds/prod\n  template:\n    metadata:\n      name: '{{path}}-x'\n    spec:\n      project: default\n      destination:\n        server: https://kubernetes.default.svc\n        namespace: web\n      source:\n        repoURL: https://example.com/web.git\n        path: '{{path}}'\n",
        ),
        ("builds/tls/kustomization.yaml", text("builds/tls/kustomization.yaml")),
        (base, "resources:\n- web.yaml\n"),
    ]);
    let lacks = || here.found().into_iter().filter(|one| one.ends_with("flux/file-left-out")).collect::<Vec<_>>();
    here.stage(base, text(base));
    assert_eq!(lacks(), [format!("{base} flux/file-left-out")]);
    here.git(&["commit", "-qm", "it is known now"]);
    here.stage("builds/base/web.yaml", DEPLOYMENT.replace("replicas: 1", "replicas: 2") + "# more\n");
    assert_eq!(lacks(), <[String; 0]>::default());
    here.git(&["commit", "-qm", "nothing new"]);
    // another file, by a line elsewhere
    here.stage(source, text(source).replace("!/copies", "web.yaml"));
    assert_eq!(lacks(), [format!("{base} flux/file-left-out")]);
}

fn nothing() {
    let here = Repository::with(&[("a.yaml", FAULTY)]);
    here.staged().code(0);
    here.write("a.yaml", FAULTY.replace("blue", "red"));
    here.staged().code(0);
}

fn configuration() {
    let here = Repository::with(&[("a.yaml", CLEAN), ("plimsoll.yaml", &format!("checks:\n  {FAULT}: off\n"))]);
    here.stage("a.yaml", FAULTY);
    here.staged().code(0);
    // mended in the work tree alone: the commit still has the old one
    here.write("plimsoll.yaml", "checks: {}\n");
    here.staged().code(0);
    here.git(&["add", "plimsoll.yaml"]);
    assert_eq!(here.found(), fault_in("a.yaml"));
    here.stage("plimsoll.yaml", "chekcs: {}\n");
    here.staged().code(2).complains("plimsoll.yaml:1:1").complains("chekcs");
}

fn unborn() {
    let here = Repository::unborn();
    here.staged().code(0);
    here.stage("a.yaml", FAULTY);
    assert_eq!(here.found(), fault_in("a.yaml"));
}

fn crlf() {
    let here = Repository::new();
    here.git(&["config", "core.autocrlf", "true"]);
    let text = FAULTY.replace('\n', "\r\n");
    here.stage("a.yaml", &text);
    here.staged().code(1).says("a.yaml:5:1");
    // the index holds other bytes than the work tree; the place is the same
    here.git(&["config", "core.autocrlf", "false"]);
    here.stage("b.yaml", text);
    assert_eq!(here.found().len(), 2);
}

fn odd_names() {
    let here = Repository::new();
    let names = [
        "with blank.yaml",
        "quo\"te's.yaml",
        "new\nline.yaml",
        "tab\t.yaml",
        "back\\slash.yaml",
        "ünï/ä.yaml",
        "-f.yaml",
    ];
    for name in names {
        here.stage(name, FAULTY);
    }
    let mut wanted: Vec<String> = names.iter().flat_map(|name| fault_in(name)).collect();
    wanted.sort();
    let mut found = here.found();
    found.sort();
    assert_eq!(found, wanted);
    // from git's objects too
    for name in names {
        here.write(name, CLEAN);
    }
    assert_eq!(here.found().len(), names.len());
}

fn no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let here = Repository::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.yaml");
    if fs::write(here.path().join(name), FAULTY).is_err() {
        return;
    }
    here.git(&["add", "-A"]);
    let ended = here.staged();
    assert!(ended.code == Some(1) && ended.out.contains("datta"), "{}{}", ended.out, ended.err);
}

fn no_git() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    plimsoll(here.path(), &["check", "--staged"]).env("PATH", "/nowhere").end().code(2).complains("install git");
    plimsoll(here.path(), &["check"]).env("PATH", "/nowhere").end().code(0);
}

fn no_repository() {
    let folder = Folder::bare().with("a.yaml", FAULTY);
    plimsoll(folder.path(), &["check", "--staged"])
        .end()
        .code(2)
        .complains("not a git repository")
        .complains("without --staged");
}

fn bare() {
    let folder = Folder::bare();
    git(folder.path(), &["init", "-q", "--bare"]);
    plimsoll(folder.path(), &["check", "--staged"]).end().code(2).complains("work tree");
}

/// A repository in the middle of a merge that both sides changed.
fn diverged() -> Repository {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    here.git(&["checkout", "-q", "-b", "side"]);
    here.write("a.yaml", CLEAN.replace("blue", "red"));
    here.write("side.yaml", FAULTY);
    here.commit();
    here.git(&["checkout", "-q", "main"]);
    here.write("a.yaml", CLEAN.replace("blue", "green"));
    here.commit();
    here
}

fn merge_conflict() {
    let here = diverged();
    assert_ne!(try_git(here.path(), &["merge", "side"]).0, Some(0));
    here.staged().code(2).complains("a.yaml").complains("conflict").complains("git add");
}

fn merge_resolved() {
    let here = diverged();
    assert_ne!(try_git(here.path(), &["merge", "side"]).0, Some(0));
    here.stage("a.yaml", CLEAN);
    // what the merge brings in is checked
    assert_eq!(here.found(), fault_in("side.yaml"));
}

fn rebase() {
    let here = diverged();
    here.git(&["checkout", "-q", "side"]);
    assert_ne!(try_git(here.path(), &["rebase", "main"]).0, Some(0));
    here.staged().code(2).complains("a.yaml").complains("conflict");
    here.stage("a.yaml", CLEAN);
    assert_eq!(here.found(), fault_in("side.yaml"));
}

fn clone(here: &Repository, arguments: &[&str]) -> Folder {
    let folder = Folder::bare();
    let address = format!("file://{}", here.path().display());
    git(folder.path(), &[&["clone", "-q"], arguments, &[&address, "clone"]].concat());
    folder
}

fn shallow() {
    let here = scaled();
    here.stage("a.yaml", CLEAN.replace("blue", "red"));
    here.commit();
    let outer = clone(&here, &["--depth", "1"]);
    let clone = outer.path().join("clone");
    git(&clone, &["rm", "-q", "apps/web.yaml"]);
    let report = plimsoll(&clone, &["check", "--staged", "-f", "json"]).end().json();
    assert_eq!(report.found(), ["apps/scale.yaml autoscaling/hpa-target-missing"]);
}

fn partial_clone() {
    let here = Repository::with(&[("a.yaml", CLEAN), ("old/b.yaml", FAULTY)]);
    here.git(&["config", "uploadpack.allowFilter", "true"]);
    let outer = clone(&here, &["--filter=blob:none", "--no-checkout"]);
    let clone = outer.path().join("clone");
    // the index knows files of which git has no bytes, and no server may be asked
    git(&clone, &["read-tree", "HEAD"]);
    fs::write(clone.join("c.yaml"), FAULTY).unwrap();
    git(&clone, &["add", "c.yaml"]);
    let ended = plimsoll(&clone, &["check", "--staged"]).end();
    assert!(ended.out.contains("c.yaml:5:1"), "{}\n{}", ended.out, ended.err);
}

fn with_submodule() -> (Repository, Repository) {
    let inner = Repository::with(&[("a.yaml", FAULTY)]);
    let here = Repository::with(&[("b.yaml", CLEAN)]);
    here.git(&["submodule", "--quiet", "add", inner.path().to_str().unwrap(), "sub"]);
    (here, inner)
}

fn submodule() {
    let (here, _inner) = with_submodule();
    here.stage("b.yaml", FAULTY);
    // the submodule is a repository of its own
    assert_eq!(here.found(), fault_in("b.yaml"));
    here.run(&["check", "--staged", "--show-skipped"]).code(1).says("not by everything: none");
    here.git(&["checkout", "-q", "HEAD", "b.yaml"]);
    // without --staged the files count that stand on the disk
    here.run(&["check"]).code(1).says("sub/a.yaml:5:1");
}

fn inside_submodule() {
    let (here, _inner) = with_submodule();
    here.git(&["commit", "-q", "-m", "with a submodule"]);
    let sub = here.path().join("sub");
    fs::write(sub.join("c.yaml"), FAULTY).unwrap();
    git(&sub, &["add", "c.yaml"]);
    assert_eq!(plimsoll(&sub, &["check", "--staged", "-f", "json"]).end().json().found(), fault_in("c.yaml"));
}

fn worktree() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    let outer = Folder::bare();
    let tree = outer.path().join("tree");
    here.git(&["worktree", "add", "-q", tree.to_str().unwrap(), "-b", "other"]);
    fs::write(tree.join("a.yaml"), FAULTY).unwrap();
    git(&tree, &["add", "a.yaml"]);
    plimsoll(&tree, &["check", "--staged"]).end().code(1).says("a.yaml:5:1");
    here.staged().code(0);
}

fn sparse() {
    let here = scaled();
    here.stage("c/c.yaml", CLEAN);
    here.commit();
    here.git(&["sparse-checkout", "set", "c"]);
    assert!(!here.path().join("apps/scale.yaml").exists());
    here.stage("c/c.yaml", FAULTY);
    assert_eq!(here.found(), fault_in("c/c.yaml"));
    // what is not checked out counts too
    here.git(&["rm", "-q", "--cached", "--sparse", "apps/web.yaml"]);
    assert_eq!(here.found().len(), 2);
}

fn subfolder() {
    let here = Repository::with(&[("apps/a.yaml", CLEAN), ("b.yaml", CLEAN)]);
    here.stage("apps/a.yaml", FAULTY);
    here.stage("b.yaml", FAULTY);
    // where one stands is what one asks for, as without --staged
    plimsoll(&here.path().join("apps"), &["check", "--staged"]).end().code(1).says("[a.yaml:5:1]").never_says("b.yaml");
    here.run(&["check", "--staged", "b.yaml"]).code(1).says("b.yaml:5:1").never_says("apps/a.yaml");
}

fn inner_root() {
    let here =
        Repository::with(&[("gitops/plimsoll.yaml", "root: true\n"), ("gitops/a.yaml", CLEAN), ("b.yaml", CLEAN)]);
    here.stage("gitops/a.yaml", FAULTY);
    here.stage("b.yaml", FAULTY);
    let inner = here.path().join("gitops");
    // as git calls a hook: from the top, with the index by a relative path
    for index in [None, Some(".git/index")] {
        let run = plimsoll(here.path(), &["check", "--staged", "gitops"]);
        let run = match index {
            Some(index) => run.env("GIT_INDEX_FILE", index),
            None => run,
        };
        run.end().code(1).says("gitops/a.yaml:5:1").never_says("[b.yaml");
    }
    plimsoll(&inner, &["check", "--staged"]).end().code(1).says("[a.yaml:5:1]");
}

fn links() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    for (link, target) in [("same.yaml", "a.yaml"), ("nowhere.yaml", "gone.yaml"), ("out.yaml", "../../etc/hosts")] {
        std::os::unix::fs::symlink(target, here.path().join(link)).unwrap();
    }
    here.git(&["add", "-A"]);
    here.staged().code(0);
    here.stage("a.yaml", FAULTY);
    assert_eq!(here.found(), fault_in("a.yaml"));
}

fn with_stdin() {
    let here = Repository::new();
    here.run(&["check", "--staged", "-"]).code(2).complains("`-` and --staged");
}

fn memory() {
    let here = scaled();
    let kept = here.path().join(".git/plimsoll/words");
    here.git(&["rm", "-q", "apps/web.yaml"]);
    let wanted = ["apps/scale.yaml autoscaling/hpa-target-missing"];
    assert_eq!(here.found(), wanted);
    assert!(kept.is_file());
    assert_eq!(here.found(), wanted);
    fs::write(&kept, b"plimsoll words 1 and then nonsense").unwrap();
    assert_eq!(here.found(), wanted);
    here.git(&["status", "--short"]);
    assert!(!here.git(&["status", "--short", "--ignored"]).contains("plimsoll"));
}

fn no_memory() {
    let here = scaled();
    // a file where the folder should be
    here.write(".git/plimsoll", "");
    here.git(&["rm", "-q", "apps/web.yaml"]);
    here.staged().code(1).says("hpa-target-missing");
}

/// Findings by file: check, fingerprint and message.
fn told(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let all = report["findings"].as_array().unwrap().iter();
    all.map(|one| {
        let path = text(&one["place"]["path"]);
        (path, format!("{} {} {}", text(&one["check"]), text(&one["fingerprint"]), text(&one["message"])))
    })
    .collect()
}

/// Builds that share a base, and what Flux and Argo CD are told to deploy.
const BUILDS: &[(&str, &str)] = &[
    ("builds/base/kustomization.yaml", "resources:\n- web.yaml\n- scale.yaml\n"),
    ("builds/dev/kustomization.yaml", "namePrefix: dev-\nresources:\n- ../base\ncomponents:\n- ../debug\n"),
    ("builds/prod/kustomization.yaml", "resources:\n- ../base\npatches:\n- path: web.yaml\n"),
    (
        "builds/prod/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        resources:\n          requests:\n            cpu: 100m\n            memory: 64Mi\n          limits:\n            memory: 64Mi\n",
    ),
    (
        "builds/debug/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator:\n- name: debug\n  files:\n  - debug.properties.yaml\n",
    ),
    (
        "owners/cart.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: cart\nspec:\n  interval: 10m\n  prune: true\n  path: ./copies\n  sourceRef:\n    kind: GitRepository\n    name: web\n",
    ),
    ("builds/debug/debug.properties.yaml", "level: debug\n"),
    (
        "owners/source.yaml",
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: web\nspec:\n  interval: 1m\n  url: https://example.com/web.git\n  ignore: |\n    scale.yaml\n    !/copies\n",
    ),
    ("builds/tls/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: []\n"),
    (
        "owners/web.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: web\nspec:\n  interval: 10m\n  prune: true\n  path: ./builds/base\n  dependsOn:\n  - name: cart\n  components:\n  - ../tls\n  sourceRef:\n    kind: GitRepository\n    name: web\n",
    ),
];

fn as_whole_runs() {
    let here = Repository::new();
    for file in project::files_below(&project::root().join("fixtures/repos/shop")) {
        let inside = project::below(&project::root().join("fixtures/repos/shop"), &file);
        here.write(&inside, fs::read(&file).unwrap());
    }
    here.write("scale/web.yaml", SCALER);
    here.write("apps/web.yaml", DEPLOYMENT);
    for (path, text) in BUILDS {
        here.write(path, text);
    }
    here.write("builds/base/web.yaml", DEPLOYMENT);
    here.write("builds/base/scale.yaml", SCALER);
    let names = ["cart", "storefront", "payments", "search", "orders-db", "web", "nightly-report"];
    tells_the_same(&here, 80, &names);
}

/// Owners that others patch, variables from objects that builds make, and a folder without a kustomization.
const ENTANGLED: &[(&str, &str)] = &[
    (
        "clusters/main/apps.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 10m
  prune: true
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
  patches:
  - target: {kind: Kustomization, labelSelector: \"plain!=yes\"}
    patch: |
      apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {name: any}
      spec:
        targetNamespace: shop
        postBuild:
          substituteFrom:
          - {kind: ConfigMap, name: settings}
          - {kind: ConfigMap, name: sizes}
",
    ),
    (
        "clusters/main/settings.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: settings, namespace: flux-system}
spec:
  interval: 10m
  prune: true
  path: ./settings
  sourceRef: {kind: GitRepository, name: flux-system}
",
    ),
    (
        "settings/kustomization.yaml",
        "namespace: flux-system
resources: [settings.yaml]
configMapGenerator:
- {name: sizes, literals: [\"REPLICAS=3\", MEMORY=64Mi], options: {disableNameSuffixHash: true}}
",
    ),
    (
        "settings/settings.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  NAME: web
  PORT: \"80\"
",
    ),
    (
        "apps/kustomization.yaml",
        "namespace: flux-system\nresources:\n- web/ks.yaml\n- cart/ks.yaml\npatches:\n- path: patch.yaml\n",
    ),
    (
        "apps/patch.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: cart}
spec:
  commonMetadata: {labels: {team: cart}}
",
    ),
    (
        "apps/web/ks.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web}
spec:
  interval: 10m
  prune: true
  path: ./apps/web/app
  sourceRef: {kind: GitRepository, name: flux-system}
",
    ),
    (
        "apps/cart/ks.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: cart, labels: {plain: \"no\"}}
spec:
  interval: 10m
  prune: true
  path: ./apps/cart/app
  sourceRef: {kind: GitRepository, name: flux-system}
",
    ),
    ("apps/web/app/kustomization.yaml", "resources:\n- web.yaml\n- scale.yaml\n- config.yaml\n"),
    (
        "apps/web/app/config.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data:
  port: \"${PORT}\"
  other: \"${OTHER}\"
",
    ),
    (
        "apps/cart/app/cart.yaml",
        "apiVersion: v1
kind: Service
metadata: {name: cart}
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: ${PORT}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: cart}
spec:
  minReplicas: 1
  maxReplicas: ${REPLICAS}
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${NAME}
",
    ),
    (
        "apps/cart/app/more/claim.yaml",
        "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: cart}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: ${MEMORY}
",
    ),
];

fn entangled_as_whole_runs() {
    let here = Repository::new();
    for (path, text) in ENTANGLED {
        here.write(path, text);
    }
    let sized = DEPLOYMENT.replacen("spec:\n", "spec:\n  replicas: ${REPLICAS}\n", 1);
    here.write("apps/web/app/web.yaml", sized);
    here.write("apps/web/app/scale.yaml", SCALER.replace(", name: web}", ", name: \"${NAME}\"}"));
    for other in ["one", "two", "three"] {
        here.write(&format!("other/{other}/kustomization.yaml"), "resources: [web.yaml]\n");
        here.write(&format!("other/{other}/web.yaml"), DEPLOYMENT.replace("web", other));
    }
    let names = [
        "web", "cart", "settings", "sizes", "80", "81", "64Mi", "many", "3", "PORT", "NAME", "REPLICAS", "shop", "yes",
        "no",
    ];
    tells_the_same(&here, 120, &names);
}

fn only_what_is_reached() {
    let here = Repository::new();
    for (path, text) in ENTANGLED {
        here.write(path, text);
    }
    here.write("apps/web/app/web.yaml", DEPLOYMENT);
    here.write("apps/web/app/scale.yaml", SCALER);
    for number in 0..20 {
        here.write(&format!("other/{number}/kustomization.yaml"), "resources: [web.yaml]\n");
        here.write(&format!("other/{number}/web.yaml"), DEPLOYMENT.replace("web", &format!("web-{number}")));
    }
    here.commit();
    let related = || here.run(&["check", "--staged", "-f", "json"]).json().0["staged"]["related"].as_u64().unwrap();
    let change = |path: &str, from: &str, to: &str| {
        let text = fs::read_to_string(here.path().join(path)).unwrap();
        assert!(text.contains(from), "{path}");
        here.stage(path, text.replace(from, to));
        let related = related();
        here.git(&["commit", "-q", "--no-verify", "-m", "next"]);
        related
    };
    // of more than fifty files
    for (path, from, to, most) in [
        ("settings/settings.yaml", "\"80\"", "\"81\"", 14),
        ("clusters/main/apps.yaml", "targetNamespace: shop", "targetNamespace: shops", 14),
        ("apps/cart/app/cart.yaml", "port: 80", "port: 81", 14),
        ("other/3/web.yaml", "web-3:1", "web-3:2", 6),
    ] {
        let related = change(path, from, to);
        assert!((1..=most).contains(&related), "{path}: {related}");
    }
}

/// A build that is not rendered may make what an owner waits for, wherever it is.
fn whole_alone() {
    let owner = |labels: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: web, namespace: flux, labels: \
             {labels}}}\nspec: {{interval: 1m, prune: true, path: ./apps, dependsOn: [{{name: cart}}], sourceRef: {{kind: \
             GitRepository, name: web}}}}\n"
        )
    };
    const BUILD: &str = "more/kustomization.yaml";
    let here = Repository::with(&[
        ("owners/web.yaml", &owner("{a: b}")),
        ("apps/settings.yaml", CLEAN),
        (BUILD, "resources: [gone.yaml]\n"),
    ]);
    let missed = |here: &Repository| {
        here.stage("owners/web.yaml", owner("{a: c}"));
        let report = here.run(&["check", "--staged", "-f", "json"]).json();
        told(&report.0).iter().any(|(_, what)| what.starts_with("flux/depends-on-missing"))
    };
    assert!(!missed(&here), "told although a build is not known");
    here.stage(BUILD, "resources: [settings.yaml]\n");
    here.stage("more/settings.yaml", CLEAN);
    here.commit();
    here.stage("owners/web.yaml", owner("{a: d}"));
    here.commit();
    assert!(missed(&here));
}

/// Commits that are made at random tell what two whole runs tell.
fn tells_the_same(here: &Repository, rounds: usize, names: &[&str]) {
    here.commit();
    let whole = |here: &Repository| told(&here.run(&["check", "-f", "json", "--hints"]).json().0);
    let mut before = whole(here);
    let seed = std::env::var("PLIMSOLL_STAGED_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_126);
    let mut random = Random::of(seed);
    let mut elsewhere = 0;
    for round in 0..rounds {
        for _ in 0..=random.below(3) {
            edit(here, &mut random, names);
        }
        here.git(&["add", "-A"]);
        let staged = here.git(&["diff", "--cached", "--name-only", "--no-renames", "-z"]);
        let changed: BTreeSet<&str> = staged.split('\0').filter(|path| !path.is_empty()).collect();
        let after = whole(here);
        let mut known: BTreeMap<&(String, String), usize> = BTreeMap::new();
        for one in &before {
            *known.entry(one).or_default() += 1;
        }
        let mut wanted: Vec<&(String, String)> = Vec::new();
        for one in &after {
            if changed.contains(one.0.as_str()) {
                wanted.push(one);
            } else {
                match known.get_mut(one) {
                    Some(count) if *count > 0 => *count -= 1,
                    _ => {
                        elsewhere += 1;
                        wanted.push(one);
                    }
                }
            }
        }
        wanted.sort();
        let mut found = told(&here.run(&["check", "--staged", "-f", "json", "--hints"]).json().0);
        found.sort();
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "seed {seed}, round {round}, changed {changed:?}");
        here.git(&["commit", "-q", "--allow-empty", "--no-verify", "-m", "round"]);
        before = after;
    }
    assert!(elsewhere > 0, "no commit broke another file: the edits do not try it");
}

/// Changes, adds, moves or deletes a file.
fn edit(here: &Repository, random: &mut Random, names: &[&str]) {
    let files: Vec<String> = here
        .git(&["ls-files", "-co", "--exclude-standard", "-z"])
        .split('\0')
        .filter(|path| path.ends_with(".yaml") && here.path().join(path).is_file())
        .map(str::to_owned)
        .collect();
    let pick = files[random.below(files.len())].clone();
    let text = fs::read_to_string(here.path().join(&pick)).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    match random.below(8) {
        0 if files.len() > 8 => here.remove(&pick),
        1 => {
            let name = format!("copies/{}-{}", random.below(1000), pick.rsplit('/').next().unwrap());
            here.write(&name, text);
        }
        2 => {
            let name = format!("moved-{}/{}", random.below(4), pick.rsplit('/').next().unwrap());
            here.remove(&pick);
            here.write(&name, text);
        }
        3 | 4 if !lines.is_empty() => {
            let _ = lines.remove(random.below(lines.len()));
            here.write(&pick, lines.join("\n") + "\n");
        }
        _ => {
            let (from, to) = (names[random.below(names.len())], names[random.below(names.len())]);
            here.write(&pick, text.replace(from, to));
        }
    }
}
