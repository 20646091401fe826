//! Applications that ApplicationSets make: their names, folders, namespaces and prefixes, as Argo CD 3.2 makes them of the same
//! sets and folders (`GenerateApplications` of its controller), and what is not followed.

use libtest_mimic::{Failed, Trial};

use plimsoll::overlay::{Owner, keep_own, unexpanded};
use plimsoll::source::Snapshot;

use crate::binary::Folder;

/// Generators, the template's texts, and what Argo CD makes of them, a line each; or words of why we make none.
type Case = (&'static str, &'static str, Result<&'static str, &'static str>);

const HEAD: &str =
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\nspec:\n";

/// Folders that are there for all.
const FOLDERS: [&str; 8] =
    ["apps", "apps/a", "apps/a/deep", "apps/B_x", "apps/.hidden", "envs", "envs/dev", "envs/prod-1"];

const LIST: &str = "list: {elements: [{env: dev, values: {size: s}}, {env: prod, values: {size: l}}]}";
const DIRS: &str = "git: {repoURL: https://example.com/a.git, revision: HEAD, directories: [{path: 'apps/*'}]}";

/// The template of a set: name, path, namespace, prefix.
fn template(texts: &str) -> String {
    let mut texts = texts.split(" | ");
    let mut next = || texts.next().unwrap_or_default();
    format!(
        "  template:\n    metadata: {{name: '{}'}}\n    spec:\n      project: default\n      source: {{repoURL: \
         https://example.com/a.git, path: '{}', kustomize: {{namePrefix: '{}'}}}}\n      destination: {{server: \
         https://kubernetes.default.svc, namespace: '{}'}}\n",
        next(),
        next(),
        next(),
        next()
    )
}

fn cases() -> Vec<Case> {
    vec![
        (
            "goTemplate: false\n  generators: [{LIST}]",
            "web-{{env}} | apps/a | {{ env }}-{{values.size}}- | n-{{env}}",
            Ok("web-dev apps/a n-dev dev-s-\nweb-prod apps/a n-prod prod-l-"),
        ),
        (
            "generators: [{DIRS}]",
            "{{path.basenameNormalized}} | {{path}} | {{path[1]}}- | {{path.basename}}",
            Ok("a apps/a a a-\nb-x apps/B_x B_x B_x-"),
        ),
        (
            "goTemplate: true\n  generators: [{LIST}]",
            "web-{{.env}} | apps/a | {{ .values.size }}- | n-{{.env}}",
            Ok("web-dev apps/a n-dev s-\nweb-prod apps/a n-prod l-"),
        ),
        (
            "goTemplate: true\n  goTemplateOptions: ['missingkey=error']\n  generators: [{DIRS}]",
            "{{.path.basenameNormalized}} | {{.path.path}} | {{index .path.segments 1}}- | n",
            Ok("a apps/a n a-\nb-x apps/B_x n B_x-"),
        ),
        (
            "generators:\n  - git:\n      repoURL: https://example.com/a.git\n      revision: HEAD\n      directories: [{path: '*/*'}, {path: apps/B*, exclude: true}, {path: 'apps/a/d?ep'}]",
            "{{path.basename}} | {{path}} | p | n",
            Ok("a apps/a n p\ndeep apps/a/deep n p\ndev envs/dev n p\nprod-1 envs/prod-1 n p"),
        ),
        (
            "generators:\n  - matrix:\n      generators: [{DIRS}, {LIST}]",
            "{{path.basenameNormalized}}-{{env}} | {{path}} | p | n",
            Ok("a-dev apps/a n p\na-prod apps/a n p\nb-x-dev apps/B_x n p\nb-x-prod apps/B_x n p"),
        ),
        (
            "goTemplate: true\n  generators:\n  - matrix:\n      generators:\n      - list: {elements: [{top: envs}, {top: apps}]}\n      - git: {repoURL: 'https://example.com/a.git', revision: HEAD, directories: [{path: '{{.top}}/*'}]}",
            "{{.top}}-{{.path.basenameNormalized}} | {{.path.path}} | p | n",
            Ok("apps-a apps/a n p\napps-b-x apps/B_x n p\nenvs-dev envs/dev n p\nenvs-prod-1 envs/prod-1 n p"),
        ),
        (
            "generators: [{LIST}, {DIRS}]",
            "{{env}}{{path.basenameNormalized}} | apps/a | p | n",
            Ok(
                "dev{{path.basenameNormalized}} apps/a n p\nprod{{path.basenameNormalized}} apps/a n p\n{{env}}a apps/a n p\n{{env}}b-x apps/a n p",
            ),
        ),
        ("generators: [{list: {elements: []}}]", "x | apps/a | p | n", Ok("")),
        ("generators: [{clusters: {}}]", "{{name}} | apps/a | p | n", Err("the generator `clusters` finds")),
        ("generators: [{list: {elementsYaml: '{{ .x }}'}}]", "x | apps/a | p | n", Err("`elementsYaml`")),
        ("goTemplate: true\n  generators: [{LIST}]", "{{upper .env}} | apps/a | p | n", Err("{{upper .env}}")),
        ("goTemplate: true\n  generators: [{LIST}]", "{{.none}} | apps/a | p | n", Err("{{.none}}")),
        ("generators: [{LIST}]", "same | apps/a | p | n", Err("two of its Applications are called `same`")),
        ("generators: [{list: {elements: [{a: 1}]}}]", "x | apps/a | p | n", Err("no text")),
        (
            "generators: [{git: {repoURL: x, revision: HEAD, files: [{path: a.json}]}}]",
            "x | apps/a | p | n",
            Err("`files`"),
        ),
        ("templatePatch: 'spec: {}'\n  generators: [{LIST}]", "{{env}} | apps/a | p | n", Err("`templatePatch`")),
        (
            "generators: [{list: {elements: [{a: b}]}, selector: {matchLabels: {a: b}}}]",
            "x | apps/a | p | n",
            Err("a selector"),
        ),
    ]
}

fn set(generators: &str, texts: &str) -> String {
    let generators = generators.replace("{LIST}", &format!("{{{LIST}}}")).replace("{DIRS}", &format!("{{{DIRS}}}"));
    format!("{HEAD}  {generators}\n{}", template(texts))
}

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("appsets as_argo_cd_expands_them", expanded),
        Trial::test("appsets render_and_why_and_check", deployed),
    ]
}

fn expanded() -> Result<(), Failed> {
    for (generators, texts, want) in cases() {
        let mut files: Vec<(String, String)> =
            FOLDERS.iter().map(|folder| (format!("{folder}/x.yaml"), String::new())).collect();
        let text = set(generators, texts);
        files.push(("sets/all.yaml".to_owned(), text.clone()));
        let snapshot = Snapshot::in_memory(files);
        let source = snapshot.find("sets/all.yaml").and_then(|id| snapshot.source(id).ok()).ok_or("no set")?;
        let documents = plimsoll::yaml::documents(source);
        let tree = documents[0].tree.as_ref().ok_or("no tree")?;
        let mut owners: Vec<Owner> = Owner::of(tree, 0).into_iter().collect();
        assert_eq!(owners.len(), 1, "{text}");
        keep_own(&mut owners, &snapshot);
        let why: Vec<String> = unexpanded(&owners, &snapshot).into_iter().map(|one| one.why).collect();
        match want {
            Ok(lines) => {
                assert!(why.is_empty(), "{text}{why:?}");
                let mut told: Vec<String> = owners
                    .iter()
                    .map(|owner| {
                        let text = |path: &[&str]| owner.node().at(path).and_then(|node| node.as_str()).unwrap_or("");
                        let (path, prefix) =
                            (text(&["spec", "source", "path"]), text(&["spec", "source", "kustomize", "namePrefix"]));
                        format!("{} {path} {} {prefix}", owner.name, owner.default_namespace())
                    })
                    .collect();
                told.sort();
                assert_eq!(told.join("\n"), lines, "{text}");
                assert!(
                    owners.iter().all(|owner| owner.kind() == "Application" && owner.namespace == "argocd"),
                    "{text}"
                );
            }
            Err(words) => {
                assert!(why.len() == 1 && why[0].contains(words), "{text}{why:?}");
                assert!(owners.len() == 1 && owners[0].is_set(), "{text}");
            }
        }
    }
    Ok(())
}

fn deployed() -> Result<(), Failed> {
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {a: b}, ports: [{port: 80}]}\n";
    let folder = Folder::repository()
        .with("apps/a/kustomization.yaml", "resources: [web.yaml]\n")
        .with("apps/a/web.yaml", service)
        .with("apps/b/web.yaml", service)
        .with(
            "sets/all.yaml",
            set("generators: [{DIRS}]", "app-{{path.basename}} | {{path}} | {{path.basename}}- | n"),
        );
    folder.run(&["render", "--owner", "app-a"]).code(0).says("name: a-web\n");
    folder.run(&["render", "apps/a", "--owner", "Application/argocd/app-a"]).code(0).says("name: a-web\n");
    let why = folder.run(&["why", "apps/a", "Service/web", "metadata.name"]).code(0);
    why.says("a-web").says("app-a deploys it (sets/all.yaml:");
    folder.run(&["render", "--owner", "all"]).code(2).complains("is no owner");
    let report = folder.run(&["check", "--hints", "--only", "argocd", "-f", "json"]).code(0).json();
    assert!(report.found().is_empty(), "{:?}", report.found());
    // both of one folder, to one place
    let twice = set("generators: [{LIST}]", "app-{{env}} | apps/a | p- | n");
    let folder = folder.with("sets/all.yaml", twice);
    let report = folder.run(&["check", "--only", "argocd", "-f", "json"]).code(1).json();
    assert_eq!(report.found(), ["sets/all.yaml argocd/shared-resource"]);
    let folder = folder.with("sets/all.yaml", set("generators: [{clusters: {}}]", "{{name}} | apps/a | p- | n"));
    let report = folder.run(&["check", "--hints", "--only", "argocd", "-f", "json"]).code(0).json();
    assert_eq!(report.found(), ["sets/all.yaml argocd/not-expanded"]);
    Ok(())
}
