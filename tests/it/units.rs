//! Kustomize roots as units: what is judged is what they deploy, and findings stand where somebody wrote it. Leaves out
//! what the renderer makes (`kustomize.rs`) and what is said of builds that fail (fixtures).

use libtest_mimic::Trial;

use crate::binary::{Ended, Folder};
use crate::git::Repository;

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: example.com/web:1
";

const LIMITS: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          resources:
            requests: {cpu: 100m, memory: 64Mi}
            limits: {memory: 64Mi}
";

const BASE: &str = "resources: [web.yaml]\n";
const PROD: &str = "resources: [../../base]\npatches:\n  - path: limits.yaml\n";
const DEV: &str = "namePrefix: dev-\nresources: [../../base]\n";
const RESOURCES: &str = "resources/missing-resources";

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 20] = [
        ("an-overlay-mends-its-base", mended),
        ("one-finding-through-two-overlays", told_once),
        ("a-baseline-outlives-new-overlays", baseline),
        ("the-way-of-a-value-is-told", way),
        ("levels-of-the-unit-and-of-the-file", levels),
        ("one-overlay-alone", alone),
        ("one-overlay-alone-whose-base-is-broken", alone_and_broken),
        ("generators-read-files-of-any-name", inputs),
        ("what-is-set-aside-is-listed", set_aside),
        ("folders-that-git-ignores-are-read-for-builds", ignored),
        ("owners-name-roots", owners),
        ("owners-name-components", components),
        ("owners-add-patches-and-namespaces", additions),
        ("variables-of-flux", variables),
        ("variables-of-flux-from-objects", variables_of_objects),
        ("a-folder-for-many-clusters", clusters),
        ("an-autoscaler-finds-the-renamed-target", renamed),
        ("what-there-is-no-room-for-is-made-again", no_room),
        ("a-commit-of-a-generator-input", staged_input),
        ("why-a-value-is-what-it-is", why),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("units::{name}"), move || {
            judge();
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

/// Nothing applies a file by the name of a copy, but for a kustomization that lists it.
fn set_aside() {
    let bad = WEB.replace("replicas: 2", "replicas: two");
    let folder = Folder::repository()
        .with("old/web.yaml.bak", &bad)
        .with("old/broken.yml.orig", "a: [\n")
        .with("kept/kustomization.yaml", "resources: [web.yaml.disabled]\n")
        .with("kept/web.yaml.disabled", &bad);
    let report = folder.run(&["check", "--format", "json", "."]).json();
    let paths = |list: &str, of: &dyn Fn(&serde_json::Value) -> bool| -> Vec<String> {
        let found = report.list(list).iter().filter(|one| of(one));
        found.map(|one| one["path"].as_str().or(one["place"]["path"].as_str()).unwrap().to_owned()).collect()
    };
    assert_eq!(paths("documents", &|one| one["class"] == "set-aside"), ["old/broken.yml.orig", "old/web.yaml.bak"]);
    let errors = paths("findings", &|one| one["severity"] == "error");
    assert_eq!(errors, ["kept/web.yaml.disabled"]);
    assert!(paths("findings", &|one| one["place"]["path"].as_str().unwrap().starts_with("old/")).is_empty());
}

/// A base and the overlays prod, which declares resources, and dev, which does not.
fn two() -> Folder {
    Folder::repository()
        .with("base/kustomization.yaml", BASE)
        .with("base/web.yaml", WEB)
        .with("overlays/prod/kustomization.yaml", PROD)
        .with("overlays/prod/limits.yaml", LIMITS)
        .with("overlays/dev/kustomization.yaml", DEV)
}

fn json(folder: &Folder, more: &[&str]) -> Ended {
    let mut arguments = vec!["check", "-f", "json", "--only", RESOURCES];
    arguments.extend(more);
    folder.run(&arguments)
}

fn mended() {
    let folder = two().with("overlays/dev/kustomization.yaml", PROD).with("overlays/dev/limits.yaml", LIMITS);
    let report = json(&folder, &[]).code(0).json();
    assert_eq!(report.list("findings").len(), 0);
    let verdicts: Vec<&str> = report.list("documents").iter().filter_map(|one| one["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["judged"; 6]);
    let units: Vec<(&str, bool)> =
        report.list("units").iter().filter_map(|one| Some((one["name"].as_str()?, one["judged"].as_bool()?))).collect();
    assert_eq!(units, [("overlays/dev", true), ("overlays/prod", true)]);
}

fn told_once() {
    let folder = two().with("overlays/eu/kustomization.yaml", "nameSuffix: -eu\nresources: [../../base]\n");
    let report = json(&folder, &[]).code(1).json();
    assert_eq!(report.found(), [format!("base/web.yaml {RESOURCES}")]);
    let finding = &report.list("findings")[0];
    assert_eq!(finding["units"], serde_json::json!(["overlays/dev", "overlays/eu"]));
    assert_eq!(finding["subject"]["name"], "web", "its name is the one that a person wrote");
    folder.run(&["check"]).code(1).says("in 2 units: overlays/dev, overlays/eu");
}

fn baseline() {
    let folder = two();
    folder.run(&["baseline", "create"]).code(0);
    json(&folder, &[]).code(0);
    let folder = folder.with("overlays/aa/kustomization.yaml", "namePrefix: aa-\nresources: [../../base]\n");
    json(&folder, &[]).code(0);
}

fn way() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: many\n";
    let folder = two()
        .with("overlays/dev/replicas.yaml", patch)
        .with("overlays/dev/kustomization.yaml", "resources: [../../base]\npatches:\n  - path: replicas.yaml\n");
    let ended = folder.run(&["check", "--only", "schema"]).code(1);
    ended
        .says("overlays/dev/replicas.yaml:6:13")
        .says("changed by `patches` here")
        .says("overlays/dev/kustomization.yaml:3:11");
}

fn levels() {
    let folder = || two().with("overlays/prod/kustomization.yaml", "resources: [../../base]\n");
    let all = json(&folder(), &[]).json();
    assert_eq!(all.list("findings")[0]["units"], serde_json::json!(["overlays/dev", "overlays/prod"]));
    let off = |paths: &str| format!("paths:\n  - match: [{paths}]\n    checks: {{{RESOURCES}: off}}\n");
    let unit = json(&folder().with("plimsoll.yaml", off("overlays/dev/**")), &[]).json();
    assert_eq!(unit.list("findings")[0]["units"], serde_json::json!(["overlays/prod"]));
    json(&folder().with("plimsoll.yaml", off("base/**")), &[]).code(0);
    let hint = format!("paths:\n  - match: [overlays/**]\n    checks: {{{RESOURCES}: hint}}\n");
    let unit = json(&folder().with("plimsoll.yaml", hint), &[]).code(0).json();
    assert_eq!(unit.list("findings")[0]["severity"], "hint");
}

fn alone() {
    let folder = two();
    json(&folder, &["overlays/prod"]).code(0);
    // what an overlay deploys is told of wherever it stands
    let report = json(&folder, &["overlays/dev"]).code(1).json();
    assert_eq!(report.found(), [format!("base/web.yaml {RESOURCES}")]);
    let report = json(&folder, &["base"]).code(1).json();
    assert_eq!(report.list("findings")[0]["units"], serde_json::json!(["overlays/dev"]));
}

fn alone_and_broken() {
    let gone = "resources: [gone.yaml]\n";
    let folder = two().with("base/kustomization.yaml", gone);
    let only = ["check", "-f", "json", "--only", "kustomize/missing-file"];
    let report = folder.run(&[&only[..], &["overlays/dev"]].concat()).code(1).json();
    assert_eq!(report.found(), ["base/kustomization.yaml kustomize/missing-file"]);
    let folder = folder.with(".gitignore", "base/\n");
    let report = folder.run(&only).code(1).json();
    assert_eq!(report.found(), ["base/kustomization.yaml kustomize/missing-file"]);
}

fn inputs() {
    let folder = Folder::repository()
        .with("kustomization.yaml", "configMapGenerator:\n  - name: pages\n    files: [index.html]\n    envs: [.env]\n")
        .with("index.html", "<p>hello</p>\n")
        .with(".env", "A=b\n");
    let report = folder.run(&["check", "-f", "json"]).code(0).json();
    assert_eq!(report.list("units")[0]["judged"], true);
    assert_eq!(report.documents(), ["kustomization.yaml"], "what a generator wraps is not looked at for itself");
}

fn ignored() {
    let folder = Folder::repository()
        .with(".gitignore", "made/\n")
        .with("kustomization.yaml", "resources: [made]\n")
        .with("made/kustomization.yaml", BASE)
        .with("made/web.yaml", WEB);
    let report = folder.run(&["check", "-f", "json", "--only", "kustomize,resources/missing-resources"]).code(1).json();
    assert_eq!(report.found(), [format!("made/web.yaml {RESOURCES}")]);
    assert_eq!(report.documents(), ["kustomization.yaml"]);
}

fn owners() {
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web, namespace: flux-system}\nspec:\n  interval: 10m\n  prune: true\n  path: ./base\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
    let argo = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec:\n  project: default\n  destination: {namespace: web, server: https://kubernetes.default.svc}\n  source: {repoURL: https://example.com/web.git, path: base}\n";
    for owner in [flux, argo] {
        let folder = two().with("clusters/web.yaml", owner);
        let report = json(&folder, &[]).code(1).json();
        assert_eq!(report.list("findings")[0]["units"], serde_json::json!(["base", "overlays/dev"]));
    }
}

fn components() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonLabels: {team: web}\n";
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web, namespace: flux-system}\nspec:\n  interval: 10m\n  prune: true\n  path: ./overlays/prod\n  components: [../../team]\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
    let only = ["check", "-f", "json", "--only", "kustomize/unused-component"];
    let folder = two().with("team/kustomization.yaml", component);
    assert_eq!(folder.run(&only).json().found(), ["team/kustomization.yaml kustomize/unused-component"]);
    assert_eq!(folder.with("clusters/web.yaml", flux).run(&only).json().list("findings").len(), 0);
}

fn renamed() {
    let scaler = |name: &str| {
        format!(
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: web\nspec:\n  minReplicas: 2\n  maxReplicas: 4\n  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}\n  metrics:\n    - type: Resource\n      resource: {{name: cpu, target: {{type: Utilization, averageUtilization: 80}}}}\n"
        )
    };
    let folder = |name: &str| {
        two()
            .with("overlays/dev/kustomization.yaml", "namePrefix: dev-\nresources: [../../base, scale.yaml]\n")
            .with("overlays/dev/scale.yaml", scaler(name))
    };
    let only = ["check", "-f", "json", "--only", "autoscaling/hpa-target-missing"];
    assert_eq!(folder("web").run(&only).json().list("findings").len(), 0);
    let report = folder("wbe").run(&only).json();
    assert_eq!(report.found(), ["overlays/dev/scale.yaml autoscaling/hpa-target-missing"]);
}

fn staged_input() {
    let here = Repository::with(&[
        ("kustomization.yaml", "configMapGenerator:\n- name: pages\n  envs: [app.env]\n"),
        ("app.env", "A=b\n"),
    ]);
    here.remove("app.env");
    here.git(&["add", "-A"]);
    let found = here.run(&["check", "--staged", "-f", "json"]).json().found();
    assert_eq!(found, ["kustomization.yaml kustomize/missing-file"]);
}

fn why() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 5\n";
    let folder = two().with("overlays/dev/replicas.yaml", patch).with(
        "overlays/dev/kustomization.yaml",
        "namePrefix: dev-\nresources: [../../base]\npatches:\n  - path: replicas.yaml\nconfigMapGenerator:\n  - {name: conf, literals: [a=b]}\n",
    );
    let story = "overlays/dev: Deployment/dev-web `spec.replicas` is `5`

  base/web.yaml:6                 `2`  written
  overlays/dev/replicas.yaml:6    `5`  by `patches`, overlays/dev/kustomization.yaml:4
";
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for object in ["Deployment/web", "deployment/dev-web"] {
        let ended = folder.run(&["why", "overlays/dev", object, "spec.replicas"]).code(0);
        assert_eq!(squeezed(&ended.out), squeezed(story));
    }
    let all = folder.run(&["why", "overlays/dev", "Deployment/web", "metadata"]).code(0);
    all.says("`metadata.name` is `dev-web`").says("by `namePrefix`");
    folder.run(&["why", "overlays/dev", "ConfigMap/conf", "data.a"]).code(0).says("is `b`");
    folder
        .run(&["why", "overlays/dev", "Deployment/dev-wbe", "spec"])
        .code(2)
        .complains("did you mean Deployment/dev-web?");
    folder
        .run(&["why", "overlays/dev", "Deployment/web", "spec.replica"])
        .code(2)
        .complains("did you mean `replicas`?");
}

fn additions() {
    let spec = "  patches:
    - target: {kind: Deployment, name: web}
      patch: |-
        - op: add
          path: /spec/template/spec/containers/0/resources
          value: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}
";
    let flux = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: web, namespace: flux-system}}\nspec:\n  interval: 10m\n  prune: true\n  path: ./overlays/dev\n  targetNamespace: shop\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{spec}"
    );
    let indented = spec.replace("\n", "\n    ").trim_end().to_owned();
    let argo = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  project: default\n  destination: {{namespace: web, server: https://kubernetes.default.svc}}\n  source:\n    repoURL: https://example.com/web.git\n    path: overlays/dev\n    kustomize:\n    {indented}\n"
    );
    for owner in [flux, argo] {
        let folder = two();
        json(&folder, &[]).code(1);
        let folder = folder.with("clusters/web.yaml", &owner);
        json(&folder, &[]).code(0);
        // what an owner writes has its place there
        let folder = folder.with("clusters/web.yaml", owner.replace("cpu: 100m", "cpu: a lot"));
        let report = folder.run(&["check", "-f", "json", "--only", "schema"]).code(1).json();
        assert_eq!(report.found(), ["clusters/web.yaml schema/invalid-value"]);
        assert_eq!(report.list("findings")[0]["units"], serde_json::json!(["overlays/dev"]));
        // a build that several owners deploy, each with its own, is a unit for each
        let other = owner.replace("name: web, namespace", "name: other, namespace").replace("resources\n", "ports\n");
        let folder = folder.with("clusters/web.yaml", &owner).with("clusters/other.yaml", other);
        let report = json(&folder, &[]).code(1).json();
        let units = report.list("findings")[0]["units"].as_array().cloned().unwrap_or_default();
        assert_eq!(units.len(), 1);
        assert!(units[0].as_str().is_some_and(|unit| unit.starts_with("overlays/dev (") && unit.ends_with("/other)")));
    }
}

/// A Flux Kustomization `web` of `./apps/web`, with more at the end of its `spec`.
fn flux(more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: web, namespace: flux-system}}\nspec:\n  interval: 10m\n  prune: true\n  path: ./apps/web\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{more}"
    )
}

/// Places and messages of what the schemas say.
fn misfits(folder: &Folder) -> Vec<String> {
    let report = folder.run(&["check", "-f", "json", "--only", "schema"]).json();
    let text = |one: &serde_json::Value| {
        let (path, line) = (one["place"]["path"].as_str().unwrap_or(""), &one["place"]["line"]);
        format!("{path}:{line} {}", one["message"].as_str().unwrap_or(""))
    };
    report.list("findings").iter().map(text).collect()
}

/// A Deployment with a variable for its replicas, its image, and the value of a variable of its own.
fn with_variables() -> Folder {
    let web = WEB.replace("replicas: 2", "replicas: ${REPLICAS}").replace(
        "example.com/web:1\n",
        "example.com/web:${TAG:-1}\n          env:\n            - {name: A, value: \"${VALUE}\"}\n",
    );
    Folder::repository().with("apps/web/kustomization.yaml", "resources: [web.yaml]\n").with("apps/web/web.yaml", web)
}

fn variables() {
    let folder = with_variables();
    let given = |replicas: &str, value: &str| {
        flux(&format!("  postBuild:\n    substitute:\n      REPLICAS: {replicas}\n      VALUE: {value}\n"))
    };
    // nothing is known without an owner
    assert_eq!(misfits(&folder), [""; 0]);
    let folder = folder.with("clusters/web.yaml", given("\"3\"", "shop"));
    assert_eq!(misfits(&folder), [""; 0]);
    // a value that is wrong is wrong where it is written
    let folder = folder.with("clusters/web.yaml", given("many", "shop"));
    assert_eq!(
        misfits(&folder),
        ["clusters/web.yaml:11 `spec.replicas` takes an integer, and this is a string, `many`"]
    );
    folder.run(&["check", "--only", "schema"]).says("changed by `postBuild` here").says("apps/web/web.yaml:6:13");
    // quotes in the file count for nothing, and those that a variable brings do
    let folder = folder.with("clusters/web.yaml", given("\"3\"", "\"3\""));
    let told = "`spec.template.spec.containers[0].env[0].value` takes a string, and this is an integer, `3`";
    assert_eq!(misfits(&folder), [format!("apps/web/web.yaml:15 {told}")]);
    folder.run(&["check", "--only", "schema"]).says("let one bring them");
    let folder = folder.with("clusters/web.yaml", given("\"3\"", "'\"3\"'"));
    assert_eq!(misfits(&folder), [""; 0]);
    // a folder without a kustomization is built by Flux too
    std::fs::remove_file(folder.path().join("apps/web/kustomization.yaml")).unwrap();
    let folder = folder.with("clusters/web.yaml", given("many", "shop"));
    assert_eq!(
        misfits(&folder),
        ["clusters/web.yaml:11 `spec.replicas` takes an integer, and this is a string, `many`"]
    );
    let report = folder.run(&["check", "-f", "json"]).json();
    let units: Vec<&str> = report.list("units").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(units, ["apps/web", "clusters"]);
}

fn variables_of_objects() {
    let from = "  postBuild:\n    substituteFrom:\n      - {kind: ConfigMap, name: settings}\n      - {kind: Secret, name: keys, optional: true}\n";
    let settings = |replicas: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: flux-system}}\ndata: {{REPLICAS: {replicas}}}\n"
        )
    };
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: flux-system}\n";
    let wrong = |path: &str| format!("{path} `spec.replicas` takes an integer, and this is a string, `many`");
    let folder = with_variables().with("clusters/a/web.yaml", flux(from));
    // what the Secret defines anew is not known
    let folder = folder.with("clusters/a/settings.yaml", settings("many"));
    assert_eq!(misfits(&folder), [""; 0]);
    let folder = folder.with("clusters/a/keys.yaml", format!("{secret}stringData: {{VALUE: a}}\n"));
    assert_eq!(misfits(&folder), [wrong("clusters/a/settings.yaml:4")]);
    let folder = folder.with("clusters/a/keys.yaml", format!("{secret}data: {{REPLICAS: bWFueQ==}}\n"));
    assert_eq!(misfits(&folder), [wrong("clusters/a/keys.yaml:4")]);
    let folder =
        folder.with("clusters/a/keys.yaml", format!("{secret}stringData: {{REPLICAS: 'ENC[AES256_GCM,data:x]'}}\n"));
    assert_eq!(misfits(&folder), [""; 0]);
    // clusters have objects of one name
    let folder = folder
        .with("clusters/a/keys.yaml", format!("{secret}stringData: {{VALUE: a}}\n"))
        .with("clusters/a/settings.yaml", settings("'1'"))
        .with("clusters/b/web.yaml", flux(from))
        .with("clusters/b/keys.yaml", format!("{secret}stringData: {{VALUE: b}}\n"))
        .with("clusters/b/settings.yaml", settings("many"));
    assert_eq!(misfits(&folder), [wrong("clusters/b/settings.yaml:4")]);
}

fn no_room() {
    let hpa = "apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
";
    let with = |bytes: usize| {
        let mut folder = Folder::repository()
            .with("web/kustomization.yaml", "namespace: shop\nresources: [web.yaml, ../pad]\n")
            .with("web/web.yaml", WEB)
            .with("wide/kustomization.yaml", "namespace: shop\nresources: [hpa.yaml, ../pad]\n")
            .with("wide/hpa.yaml", hpa)
            .with("pad/text", "x".repeat(bytes));
        let generator = "configMapGenerator: [{name: pad, files: [text], options: {disableNameSuffixHash: true}}]\n";
        folder = folder.with("pad/kustomization.yaml", generator);
        for number in 0..20 {
            folder = folder.with(&format!("many/{number}/kustomization.yaml"), "resources: [../../pad]\n");
        }
        let report = folder.run(&["check", "-f", "json"]).json();
        report.list("findings").to_vec()
    };
    let (kept, again) = (with(1), with(900 << 10));
    let told = |wanted: &str| kept.iter().filter(|one| one["check"] == wanted).count();
    // of an object of another unit
    assert_eq!(told("autoscaling/hpa-cpu-without-request"), 1, "{kept:?}");
    assert_eq!(told(RESOURCES), 1, "{kept:?}");
    assert_eq!(kept, again);
}

fn clusters() {
    let given = |name: &str, replicas: &str, value: &str| {
        let variables = format!("  postBuild: {{substitute: {{REPLICAS: {replicas}, VALUE: {value}, TAG: \"1\"}}}}\n");
        flux(&variables).replace("name: web,", &format!("name: {name},"))
    };
    let folder = with_variables()
        .with("apps/web/kustomization.yaml", "resources: [web.yaml, plain.yaml]\n")
        .with("apps/web/plain.yaml", WEB.replace("name: web", "name: plain").replace("replicas: 2", "replicas: two"))
        .with("clusters/a.yaml", given("a", "\"3\"", "one"))
        .with("clusters/b.yaml", given("b", "\"3\"", "other"))
        .with("clusters/c.yaml", given("c", "many", "other"));
    let report = folder.run(&["check", "-f", "json"]).json();
    let told = |check: &str, path: &str| {
        let found = report.list("findings").iter().filter(|one| one["check"] == check && one["place"]["path"] == path);
        let units = |one: &serde_json::Value| one["units"].as_array().map_or(0, Vec::len);
        found.map(units).collect::<Vec<_>>()
    };
    // what is the same in all is told once, whatever else differs
    assert_eq!(told("schema/wrong-type", "apps/web/plain.yaml"), [3]);
    assert_eq!(told("schema/wrong-type", "clusters/c.yaml"), [1]);
    assert_eq!(told(RESOURCES, "apps/web/plain.yaml"), [3]);
    assert_eq!(told(RESOURCES, "apps/web/web.yaml"), [3]);
}
