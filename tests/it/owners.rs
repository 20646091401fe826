//! What Argo CD and Flux make of a build, as `plimsoll render --owner` prints it and `plimsoll why` tells it. The expected
//! output is that of the programs themselves: `kustomize edit` and `kustomize build` 5.8.2 run as Argo CD runs them
//! (`owners.argocd.txt`), and Flux' `SubstituteVariables` with envsubst 1.9, strict (`owners.flux.txt`).

use libtest_mimic::{Failed, Trial};

use crate::binary::Folder;

const ARGO_WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: \"example.com/web:1\"}
      - {name: side, image: busybox}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
";

/// A kustomization that has what owners set, too.
const ARGO_OWN: &str = r#"resources: [web.yaml]
namePrefix: own-
namespace: own
commonLabels: {tier: own}
labels:
- pairs: {side: own}
- pairs: {side: late}
  includeTemplates: true
commonAnnotations: {note: own}
images:
- {name: example.com/web, newName: example.com/other, newTag: "7"}
- {name: busybox, newTag: "1"}
- {name: busybox, newTag: "2"}
replicas: [{name: web, count: 4}]
patches:
- target: {kind: Deployment}
  patch: |-
    - {op: replace, path: /spec/replicas, value: 9}
"#;

const ARGO_COMPONENT: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
namePrefix: comp-
commonAnnotations: {comp: a}
images: [{name: busybox, newTag: c}]
";

/// The variables of `owners.flux.txt`.
const VARIABLES: &str = r##"{"N": "3", "B": "true", "F": "1.10", "E": "1e3", "OCT": "0755", "Z": "", "Q": "\"5\"",
"SQ": "'6'", "COLON": "a: b", "COLON2": "a:b", "HASH": "x #y", "NL": "one\ntwo", "YES": "yes", "DATE": "2024-01-01",
"STAR": "*x", "BR": "{a: 1}", "BS": "a\\b", "BAD": "\"open", "S": "shop", "CO": "x:"}"##;

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = [
        ("an-owner-by-its-names", names as fn()),
        ("an-owner-that-is-not-there", unknown),
        ("an-owner-that-the-configuration-ignores", passed_over),
        ("patches-of-the-api-of-before", of_before),
        ("what-an-artifact-leaves-out", left_out),
        ("all-folders-of-an-owner", folders),
        ("variables-that-nothing-defines", undefined),
        ("why-with-an-owner", why),
        ("why-with-several-owners", why_several),
    ]
    .map(|(name, judge)| {
        Trial::test(format!("owners::{name}"), move || {
            judge();
            Ok(())
        })
    })
    .into();
    for (name, given, output) in cases(include_str!("owners.argocd.txt"), "\n") {
        trials.push(Trial::test(format!("owners::argocd {name}"), move || argo(name, given, output)));
    }
    for (name, given, output) in cases(include_str!("owners.flux.txt"), "---\n") {
        trials.push(Trial::test(format!("owners::flux {name}"), move || flux(given, output)));
    }
    trials
}

/// The cases of a file: name, what is given, what is printed.
fn cases(text: &'static str, between: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    let all = text.split("=== ").skip(1).filter_map(|case| {
        let (name, case) = case.split_once('\n')?;
        let (given, output) = case.split_once(between)?;
        Some((name, given, output))
    });
    all.collect()
}

fn application(name: &str, more: &str) -> String {
    format!(
        "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: {name}, namespace: argocd}}, spec: \
         {{project: default, destination: {{namespace: web, server: 'https://kubernetes.default.svc'}}, source: \
         {{repoURL: 'https://example.com/r.git', path: app, kustomize: {more}}}}}}}\n"
    )
}

fn kustomization(name: &str, more: &str) -> String {
    format!(
        "{{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {{name: {name}, namespace: \
         flux-system}}, spec: {{interval: 10m, prune: true, path: ./app, sourceRef: {{kind: GitRepository, name: x}}\
         {more}}}}}\n"
    )
}

fn is_printed(folder: &Folder, wanted: &str) -> Result<(), Failed> {
    let ended = folder.run(&["render", "app", "--owner", "web"]);
    if wanted == "refused\n" {
        ended.code(2).complains("error: ");
        return Ok(());
    }
    let ended = ended.code(0);
    if ended.out == wanted { Ok(()) } else { Err(format!("printed\n{}wanted\n{wanted}", ended.out).into()) }
}

fn argo(name: &str, options: &str, wanted: &str) -> Result<(), Failed> {
    let own = if name.starts_with("own ") { ARGO_OWN } else { "resources: [web.yaml]\n" };
    let folder = Folder::repository()
        .with("app/kustomization.yaml", own)
        .with("app/web.yaml", ARGO_WEB)
        .with("comp/kustomization.yaml", ARGO_COMPONENT)
        .with("owners/web.yaml", application("web", options));
    is_printed(&folder, wanted)
}

fn flux(object: &str, wanted: &str) -> Result<(), Failed> {
    let folder = Folder::repository()
        .with("app/kustomization.yaml", "resources: [o.yaml]\n")
        .with("app/o.yaml", object)
        .with("owners/web.yaml", kustomization("web", &format!(", postBuild: {{substitute: {VARIABLES}}}")));
    is_printed(&folder, wanted)
}

/// One folder, and an Application and a Flux Kustomization that deploy it, each with a prefix.
fn both() -> Folder {
    Folder::repository()
        .with("app/kustomization.yaml", "resources: [web.yaml]\n")
        .with("app/web.yaml", ARGO_WEB)
        .with("owners/argo.yaml", application("web", "{namePrefix: argo-}"))
        .with("owners/flux.yaml", kustomization("web", ", namePrefix: flux-"))
}

fn names() {
    let folder = both();
    // alone it stays what Kustomize builds
    folder.run(&["render", "app"]).code(0).says("  name: web\n").never_says("argo-").never_says("flux-");
    for (owner, says) in [
        ("Application/argocd/web", "argo-web"),
        ("application/web", "argo-web"),
        ("argocd/web", "argo-web"),
        ("owners/argo.yaml", "argo-web"),
        ("Kustomization/flux-system/web", "flux-web"),
    ] {
        folder.run(&["render", "app", "--owner", owner]).code(0).says(says);
    }
    let ended = folder.run(&["render", "app", "--owner", "web"]).code(2);
    ended.complains("`web` is the name of 2 owners").complains("Application/argocd/web (owners/argo.yaml)");
    folder.run(&["render", "app", "--owner", "argocd/web", "--provenance"]).code(0).says("# app/web.yaml:3");
}

/// The kustomization that fluxcd/pkg/kustomize 1.38 makes of it was built by Kustomize.
fn of_before() {
    let owner = |version: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/{version}
kind: Kustomization
metadata: {{name: web, namespace: flux-system}}
spec:
  path: ./app
  sourceRef: {{kind: GitRepository, name: all}}
  buildMetadata: [managedByLabel]
  namePrefix: eu-
  patchesStrategicMerge:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {{name: web}}
    spec:
      replicas: 4
      template: {{spec: {{containers: [{{name: side, $patch: delete}}]}}}}
  patchesJson6902:
  - target: {{kind: Service, version: v1, name: web}}
    patch:
    - {{op: replace, path: /spec/type, value: ClusterIP}}
    - {{op: add, path: /metadata/labels, value: {{on: \"yes\"}}}}
"
        )
    };
    let own = "resources: [web.yaml]
buildMetadata: [originAnnotations]
patchesStrategicMerge:
- |-
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec: {replicas: 3, minReadySeconds: 5}
patchesJson6902:
- target: {kind: Service, version: v1, name: web}
  patch: |-
    - {op: add, path: /spec/type, value: NodePort}
";
    let of = |version: &str| {
        Folder::repository()
            .with("app/kustomization.yaml", own)
            .with("app/web.yaml", ARGO_WEB)
            .with("owners/web.yaml", owner(version))
    };
    let folder = of("v1beta2");
    let ended = folder.run(&["render", "--owner", "web"]).code(0);
    assert_eq!(ended.out, include_str!("owners.old.expected.yaml"));
    folder.run(&["why", "app", "Deployment/web", "spec.replicas"]).code(0).says("owners/web.yaml:14");
    // the API of today has no such fields
    of("v1").run(&["render", "--owner", "web"]).code(0).says("replicas: 3").says("type: NodePort");
    // notes of a kustomization that Flux makes are not known
    let none = Folder::repository()
        .with("app/web.yaml", ARGO_WEB)
        .with("owners/web.yaml", kustomization("web", ", buildMetadata: [originAnnotations]"));
    none.run(&["render", "--owner", "web"]).code(2).complains("owners/web.yaml").complains("[not-yet]");
}

/// What Flux makes a kustomization of is what its artifact holds.
fn left_out() {
    let service = |name: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n");
    let folder = || {
        Folder::repository()
            .with(".sourceignore", "*.draft.yaml\n")
            .with("app/.sourceignore", "/tests/\n")
            .with("app/a.yaml", service("a"))
            .with("app/b.draft.yaml", service("b"))
            .with("app/tests/c.yaml", service("c"))
            .with("app/deep/tests/d.yaml", service("d"))
            .with("app/built/kustomization.yaml", "resources: [e.yaml]\n")
            .with("app/built/e.yaml", service("e"))
            .with("owners/web.yaml", kustomization("web", ", namePrefix: eu-"))
    };
    let named = |folder: &Folder| {
        let ended = folder.run(&["render", "--owner", "web"]).code(0);
        ["a", "b", "c", "d", "e"].map(|name| ended.out.contains(&format!("name: eu-{name}\n")))
    };
    assert_eq!(named(&folder()), [true, false, false, true, true]);
    let source = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: x, namespace: flux-system}
spec:
  url: https://example.com/all
  ignore: |
    # a line of the source goes before those of files
    /app/built/
    !/app/tests
";
    assert_eq!(named(&folder().with("owners/source.yaml", source)), [true, false, true, true, false]);
}

/// What `check` does not look at deploys nothing.
fn passed_over() {
    let owner = |name: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\nspec:\n  path: ./app\n  targetNamespace: of-{name}\n  sourceRef: {{kind: GitRepository, name: all}}\n"
        )
    };
    let folder = Folder::repository()
        .with("plimsoll.yaml", "ignore: [old]\n")
        .with("app/kustomization.yaml", "resources: [s.yaml]\n")
        .with("app/s.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n")
        .with("old/flux.yaml", owner("old"))
        .with("new/flux.yaml", owner("new"));
    folder.run(&["render", "--owner", "new"]).code(0).says("namespace: of-new");
    folder.run(&["render", "--owner", "old"]).code(2).complains("`old` is no owner in this repository");
    // of one owner that counts it is told without being asked
    folder.run(&["why", "app", "Service/web", "metadata.namespace"]).code(0).says("of-new");
}

fn unknown() {
    let folder = both().with("other/kustomization.yaml", "resources: [../app]\n");
    for (owner, near) in [("wbe1", "Application/argocd/web"), ("Application/default/web", "Application/argocd/web")] {
        let ended = folder.run(&["render", "app", "--owner", owner]).code(2);
        ended.complains(&format!("`{owner}` is no owner in this repository")).complains(near);
    }
    folder.run(&["why", "app", "Service/web", "spec", "--owner", "nobody"]).code(2).complains("no owner");
    let ended = folder.run(&["render", "other", "--owner", "argocd/web"]).code(2);
    ended.complains("argocd/web does not deploy other").complains("it deploys app");
    let nobody = Folder::repository().with("app/kustomization.yaml", "resources: []\n");
    nobody.run(&["render", "--owner", "web"]).code(2).complains("no Application and no Flux Kustomization");
}

fn folders() {
    let folder = Folder::repository()
        .with("apps/a/a.yaml", ARGO_WEB)
        .with("apps/b/kustomization.yaml", "configMapGenerator:\n- {name: made, literals: [a=b]}\n");
    let owner = kustomization("all", ", namePrefix: all-").replace("./app,", "./apps,");
    let folder = folder.with("owners/all.yaml", &owner);
    let ended = folder.run(&["render", "--owner", "all"]).code(0);
    ended.says("name: all-web\n").says("name: all-made-");
    // without anything of its own the files are deployed as they are
    let folder = Folder::repository()
        .with("apps/a/a.yaml", ARGO_WEB)
        .with("owners/all.yaml", owner.replace(", namePrefix: all-", ""));
    let ended = folder.run(&["render", "--owner", "all"]).code(0);
    ended.says("name: web\n");
    // and so are those of an Application, in its own folder alone
    let argo = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: plain, namespace: argocd}
spec: {project: default, source: {repoURL: https://example.com/a.git, path: apps/a}}
";
    let folder = folder.with("owners/plain.yaml", argo).with("apps/a/deeper/b.yaml", ARGO_WEB.replace("web", "other"));
    let ended = folder.run(&["render", "--owner", "plain"]).code(0);
    assert!(!ended.says("name: web\n").out.contains("name: other"));
    // one that says so is passed over
    let marked = ARGO_WEB.replace("web", "marked") + "# +argocd:skip-file-rendering\n";
    let folder = folder.with("apps/a/marked.yaml", marked);
    folder.run(&["render", "--owner", "plain"]).code(0).never_says("name: marked");
    let folder =
        folder.with("owners/plain.yaml", argo.replace("path: apps/a", "path: apps/a, directory: {recurse: true}"));
    folder.run(&["render", "--owner", "plain"]).code(0).says("name: web\n").says("name: other\n").never_says("marked");
    let folder = folder.with("owners/plain.yaml", argo.replace("path: apps/a", "path: apps/a, plugin: {name: cdk8s}"));
    folder.run(&["render", "--owner", "plain"]).code(2).complains("as they are written");
}

fn undefined() {
    let object = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {v: \"${MISS}\"}}\n";
    let folder = |more: &str| {
        Folder::repository()
            .with("app/kustomization.yaml", "resources: [o.yaml]\n")
            .with("app/o.yaml", object)
            .with("owners/web.yaml", kustomization("web", more))
    };
    let given = folder(", postBuild: {substitute: {N: a}}");
    given.run(&["render", "app", "--owner", "web"]).code(2).complains("app/o.yaml:1: nothing defines the variable");
    // what a ConfigMap of the cluster may define stays
    let open = folder(", postBuild: {substituteFrom: [{kind: ConfigMap, name: elsewhere}]}");
    open.run(&["render", "app", "--owner", "web"]).code(0).says("v: ${MISS}");
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn why() {
    let folder = Folder::repository()
        .with(
            "app/kustomization.yaml",
            "resources: [web.yaml]\npatches:\n- target: {kind: \
            Deployment}\n  patch: |-\n    - {op: replace, path: /spec/replicas, value: 3}\n",
        )
        .with("app/web.yaml", ARGO_WEB.replace("busybox", "\"busybox:${TAG}\""))
        .with(
            "owners/web.yaml",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: \
            {name: web, namespace: flux-system}\nspec:\n  path: ./app\n  namePrefix: flux-\n  patches:\n  - target: \
            {kind: Deployment}\n    patch: |-\n      - op: replace\n        path: /spec/replicas\n        value: 5\n  \
            postBuild:\n    substitute:\n      TAG: \"9\"\n",
        );
    let story = "app as Kustomization flux-system/web deploys it (owners/web.yaml:5)

app: Deployment/flux-web `spec.replicas` is `5`

  app/kustomization.yaml:5  `3`  by `patches`, app/kustomization.yaml:4
  owners/web.yaml:12        `5`  by `patches`, owners/web.yaml:9
";
    for more in [&[][..], &["--owner", "web"]] {
        let mut arguments = vec!["why", "app", "Deployment/web", "spec.replicas"];
        arguments.extend(more);
        assert_eq!(squeezed(&folder.run(&arguments).code(0).out), squeezed(story));
    }
    let ended = folder.run(&["why", "app", "Deployment/web", "metadata.name"]).code(0);
    ended.says("is `flux-web`").says("by `namePrefix`").says("owners/web.yaml:6");
    let image = "spec.template.spec.containers[side].image";
    let ended = folder.run(&["why", "app", "Deployment/flux-web", image]).code(0);
    ended.says("is `busybox:9`").says("by `postBuild`").says("owners/web.yaml:15");
}

fn why_several() {
    let folder = both();
    let ended = folder.run(&["why", "app", "Deployment/web", "metadata.name"]).code(0);
    ended.says("app as it is built alone; --owner takes one of its owners").says("is `web`");
    let ended = folder.run(&["why", "app", "Deployment/web", "metadata.name", "--owner", "argocd/web"]).code(0);
    ended.says("app as Application argocd/web deploys it").says("is `argo-web`");
}
