//! Kustomizations that are broken, endless or too large: `plimsoll render` ends, with a problem at the entry that causes
//! it. Nothing panics, nothing hangs.

use std::os::unix::fs::symlink;

use libtest_mimic::Trial;

use crate::binary::Folder;

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n";

pub fn trials() -> Vec<Trial> {
    let all: [(&str, fn()); 17] = [
        ("cycle", cycle),
        ("cycle-of-components", cycle_of_components),
        ("ten-thousand-folders", ten_thousand_folders),
        ("broken-expression", broken_expression),
        ("file-of-50-mb", huge_input),
        ("path-out-of-the-repository", path_out),
        ("link-out-of-the-repository", link_out),
        ("duplicate", duplicate),
        ("empty", empty),
        ("alias-bomb", alias_bomb),
        ("copies-of-copies", copies),
        ("path-of-many-parts", long_path),
        ("loop-of-schemas", loop_of_schemas),
        ("long-line", long_line),
        ("long-lists", long_lists),
        ("ignored-by-git", ignored),
        ("link-to-a-folder", link_to_a_folder),
    ];
    let trial = |(name, judge): (&str, fn())| {
        Trial::test(format!("kustomize bad-{name}"), move || {
            judge();
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

/// What `render x` says of some files, which it must refuse.
fn refused(folder: &Folder, place: &str, word: &str) {
    folder.run(&["render", "x"]).code(2).complains(place).complains(&format!("[{word}]"));
}

fn with(files: &[(&str, &str)]) -> Folder {
    files.iter().fold(Folder::repository(), |folder, (path, text)| folder.with(path, text))
}

fn cycle() {
    let files = [("x/kustomization.yaml", "resources:\n- ../y\n"), ("y/kustomization.yaml", "resources:\n- ../x\n")];
    refused(&with(&files), "y/kustomization.yaml:2", "cycle");
}

fn cycle_of_components() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncomponents:\n- ../c\n";
    let files = [("x/kustomization.yaml", "components:\n- ../c\n"), ("c/kustomization.yaml", component)];
    refused(&with(&files), "c/kustomization.yaml:4", "cycle");
}

fn ten_thousand_folders() {
    // one within the other would be more than a path may be long
    let mut folder = Folder::repository().with("x/kustomization.yaml", "resources:\n- ../f0\n");
    for number in 0..10_000 {
        let text = format!("resources:\n- ../f{}\n", number + 1);
        folder = folder.with(&format!("f{number}/kustomization.yaml"), text);
    }
    refused(&folder, "kustomization.yaml:2", "limit");
}

fn broken_expression() {
    let text = "resources: [c.yaml]\npatches:\n- target:\n    name: \"[\"\n  patch: '[{\"op\": \"add\", \"path\": \"/a\", \"value\": 1}]'\n";
    refused(&with(&[("x/kustomization.yaml", text), ("x/c.yaml", MAP)]), "x/kustomization.yaml:4", "refused");
}

fn huge_input() {
    let folder = Folder::repository()
        .with("x/kustomization.yaml", "configMapGenerator:\n- name: c\n  files:\n  - big.txt\n")
        .with("x/big.txt", vec![b'x'; 50 << 20]);
    refused(&folder, "x/kustomization.yaml:4", "limit");
}

fn path_out() {
    refused(&with(&[("x/kustomization.yaml", "resources:\n- ../../../etc\n")]), "x/kustomization.yaml:2", "outside");
    refused(&with(&[("x/kustomization.yaml", "resources:\n- /etc/passwd\n")]), "x/kustomization.yaml:2", "outside");
}

fn link_out() {
    let outside = Folder::bare().with("secret.yaml", MAP);
    let folder = with(&[("x/kustomization.yaml", "resources:\n- link.yaml\n")]);
    symlink(outside.path().join("secret.yaml"), folder.path().join("x/link.yaml")).unwrap();
    folder.run(&["render", "x"]).code(2).complains("x/kustomization.yaml:2");
}

fn duplicate() {
    let files = [("x/kustomization.yaml", "resources:\n- c.yaml\n- d.yaml\n"), ("x/c.yaml", MAP), ("x/d.yaml", MAP)];
    refused(&with(&files), "x/kustomization.yaml:3", "duplicate");
}

fn empty() {
    for text in ["", "# nothing\n", "{}\n", "kind: Kustomization\n", "resources:\n"] {
        refused(&with(&[("x/kustomization.yaml", text)]), "x/kustomization.yaml:1", "refused");
    }
}

fn alias_bomb() {
    let mut text = String::from(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n",
    );
    for number in 1..12 {
        let row = vec![format!("*a{}", number - 1); 9].join(", ");
        text.push_str(&format!("  a{number}: &a{number} [{row}]\n"));
    }
    refused(&with(&[("x/kustomization.yaml", "resources: [c.yaml]\n"), ("x/c.yaml", &text)]), "x/c.yaml", "unreadable");
}

fn copies() {
    let mut text = String::from("resources: [c.yaml]\nreplacements:\n");
    for number in 0..60 {
        text.push_str(&format!(
            "- source: {{kind: ConfigMap, name: c, fieldPath: data}}\n  targets:\n  - select: {{kind: ConfigMap}}\n    fieldPaths: [data.k{number}]\n    options: {{create: true}}\n"
        ));
    }
    refused(&with(&[("x/kustomization.yaml", &text), ("x/c.yaml", MAP)]), "x/kustomization.yaml", "limit");
    let mut operations = String::new();
    for number in 0..60 {
        operations.push_str(&format!("    - {{op: copy, from: /data, path: /data/k{number}}}\n"));
    }
    let text = format!("resources: [c.yaml]\npatches:\n- target: {{kind: ConfigMap}}\n  patch: |-\n{operations}");
    refused(&with(&[("x/kustomization.yaml", &text), ("x/c.yaml", MAP)]), "x/kustomization.yaml", "refused");
}

fn long_lists() {
    let many = |item: &dyn Fn(usize) -> String| (0..40_000).map(item).collect::<Vec<_>>().join(", ");
    let lists = [
        ("env", many(&|at| format!("{{name: a{at}, value: x}}"))),
        ("env", many(&|at| format!("{{name: a{at}, $patch: delete}}"))),
        ("env", many(&|_| "{name: a}".to_owned())),
        ("ports", many(&|at| format!("{{containerPort: {at}}}"))),
        ("ports", many(&|at| format!("{{containerPort: {}, protocol: {}}}", at / 2, ["TCP", "UDP"][at % 2]))),
        ("ports", many(&|at| format!("{{containerPort: 1, protocol: p{at}}}"))),
    ];
    let object = |(field, items): &(&str, String)| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\nspec: {{template: {{spec: {{containers: [{{name: c, {field}: [{items}]}}]}}}}}}\n"
        )
    };
    // each time square to the length would be minutes
    for (own, patch) in [(0, 0), (0, 1), (1, 2), (3, 3), (3, 4), (5, 5)] {
        let text = "resources: [d.yaml]\npatches: [{path: p.yaml}]\n";
        let files =
            [("x/kustomization.yaml", text), ("x/d.yaml", &object(&lists[own])), ("x/p.yaml", &object(&lists[patch]))];
        with(&files).run(&["render", "x"]).code(0);
    }
}

fn long_path() {
    let path = vec!["a"; 100_000].join(".");
    let text = format!(
        "resources: [c.yaml]\nreplacements:\n- sourceValue: v\n  targets:\n  - select: {{kind: ConfigMap}}\n    fieldPaths: [{path}]\n    options: {{create: true}}\n"
    );
    refused(&with(&[("x/kustomization.yaml", &text), ("x/c.yaml", MAP)]), "x/kustomization.yaml:6", "limit");
    let config = format!("commonLabels: [{{path: {}, create: true}}]\n", path.replace('.', "/"));
    let text = "resources: [c.yaml]\nconfigurations: [k.yaml]\ncommonLabels: {a: b}\n";
    let files = [("x/kustomization.yaml", text), ("x/c.yaml", MAP), ("x/k.yaml", config.as_str())];
    refused(&with(&files), "x/kustomization.yaml:3", "refused");
}

/// Schemas that refer to each other without end are followed no further than the object goes.
fn loop_of_schemas() {
    let schemas = "{\"definitions\": {\"a\": {\"$ref\": \"#/definitions/b\"}, \"b\": {\"$ref\": \"#/definitions/a\", \"x-kubernetes-group-version-kind\": [{\"group\": \"\", \"version\": \"v1\", \"kind\": \"ConfigMap\"}]}}}\n";
    let crds = "{\"io.Loop\": {\"Schema\": {\"properties\": {\"apiVersion\": {}, \"kind\": {}, \"metadata\": {}, \"spec\": {\"$ref\": \"io.Loop\"}}}}}\n";
    let text = "resources: [c.yaml]\nopenapi: {path: s.json}\ncrds: [d.json]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: c}\n    data: {more: x}\n";
    let files = [("x/kustomization.yaml", text), ("x/c.yaml", MAP), ("x/s.json", schemas), ("x/d.json", crds)];
    with(&files).run(&["render", "x"]).code(0).says("more: x");
}

fn long_line() {
    let text = format!("A={}\nB=1\n", "x".repeat(70_000));
    let files = [("x/kustomization.yaml", "configMapGenerator: [{name: c, envs: [e.env]}]\n"), ("x/e.env", &text)];
    with(&files).run(&["render", "x"]).code(0).says("kind: ConfigMap");
}

/// What git ignores is taken in as well: it is there.
fn ignored() {
    let files = [
        (".gitignore", "hidden.yaml\n"),
        ("x/kustomization.yaml", "resources: [hidden.yaml]\n"),
        ("x/hidden.yaml", MAP),
    ];
    with(&files).run(&["render", "x"]).code(0).says("kind: ConfigMap");
}

fn link_to_a_folder() {
    let files = [
        ("x/kustomization.yaml", "resources: [link/base]\n"),
        ("other/base/kustomization.yaml", "resources: [../base/c.yaml]\n"),
        ("other/base/c.yaml", MAP),
    ];
    let folder = with(&files);
    symlink("../other", folder.path().join("x/link")).unwrap();
    folder.run(&["render", "x"]).code(0).says("kind: ConfigMap");
    symlink("loop", folder.path().join("x/loop")).unwrap();
    let folder = folder.with("x/kustomization.yaml", "resources:\n- loop/base\n");
    refused(&folder, "x/kustomization.yaml:2", "missing");
}
