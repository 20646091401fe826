//! Rendered builds beside what Kustomize 5.8.2 printed for the same files, and what it refuses. Leaves out the real
//! repositories: `cargo xtask goldens` compares those.

use libtest_mimic::{Failed, Trial};

use plimsoll::overlay::kustomize::{Reason, Renderer, print};
use plimsoll::source::Snapshot;

const BASE: &str =
    "resources: [app.yaml]\nconfigMapGenerator:\n- name: conf\n  literals: [mode=fast, when=2024-01-01]\n";
const APP: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - {name: web, image: web}\n      volumes:\n      - {name: conf, configMap: {name: conf}}\n";
const TOP: &str = "namespace: shop\nnamePrefix: eu-\nresources: [../base]\nimages:\n- {name: web, newTag: \"7\"}\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec:\n      template:\n        spec:\n          containers:\n          - name: side\n            image: side:1\n";

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("kustomize renders_two_layers", renders_two_layers),
        Trial::test("kustomize refuses_at_the_entry", refuses_at_the_entry),
    ]
}

fn renders_two_layers() -> Result<(), Failed> {
    let files = [("base/kustomization.yaml", BASE), ("base/app.yaml", APP), ("top/kustomization.yaml", TOP)];
    let snapshot = Snapshot::in_memory(files);
    let objects = Renderer::new(&snapshot, false).render("top").map_err(|problem| problem.to_string())?;
    let text = print(&objects, &mut |_, _| {});
    assert_eq!(text, include_str!("kustomize.expected.yaml"));
    let tree = objects.last().and_then(|object| object.tree(&snapshot)).ok_or("no tree")?;
    let container = tree.root().at(&["spec", "template", "spec", "containers"]).and_then(|list| list.items().next());
    let name = container.and_then(|one| one.get("name")).ok_or("no container")?;
    let source = snapshot.source(name.span().source).map_err(|why| why.to_string())?;
    assert_eq!((source.path(), source.slice(name.span())), ("top/kustomization.yaml", "side"));
    Ok(())
}

fn refuses_at_the_entry() -> Result<(), Failed> {
    let cases = [
        ("resources:\n- https://example.com/x?ref=v1\n", Reason::Remote, "https://example.com/x?ref=v1"),
        ("resources: [gone.yaml]\n", Reason::Missing, "gone.yaml"),
        ("resources: [../a]\n", Reason::Cycle, "../a"),
        ("resources: [../../x]\n", Reason::Outside, "../../x"),
        ("nonsense: 1\n", Reason::Refused, "nonsense"),
        ("namespace: n\n", Reason::Refused, "n"),
        ("replicas: [{name: web, count: 2}]\n", Reason::NoTarget, "web"),
    ];
    for (text, reason, place) in cases {
        let snapshot = Snapshot::in_memory([("a/kustomization.yaml", text)]);
        let Err(problem) = Renderer::new(&snapshot, false).render("a") else {
            return Err(format!("{text}: built").into());
        };
        let span = problem.place.ok_or("no place")?;
        let source = snapshot.source(span.source).map_err(|why| why.to_string())?;
        assert_eq!((problem.reason, source.slice(span)), (reason, place), "{text}");
    }
    Ok(())
}
