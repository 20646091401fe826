//! Rendered builds beside what Kustomize 5.8.2 printed for the same files, and what it refuses. Leaves out the real
//! repositories: `cargo xtask goldens` compares those.

use libtest_mimic::{Failed, Trial};

use plimsoll::overlay::kustomize::{Reason, Renderer, print};
use plimsoll::source::Snapshot;
use plimsoll::yaml::{Content, Draft, Node, NodeKind};

use crate::kustomize_cases::{CASES, Case, REFUSED};
use crate::kustomize_made;

const BASE: &str =
    "resources: [app.yaml]\nconfigMapGenerator:\n- name: conf\n  literals: [mode=fast, when=2024-01-01]\n";
const APP: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - {name: web, image: web}\n      volumes:\n      - {name: conf, configMap: {name: conf}}\n";
const TOP: &str = "namespace: shop\nnamePrefix: eu-\nresources: [../base]\nimages:\n- {name: web, newTag: \"7\"}\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec:\n      template:\n        spec:\n          containers:\n          - name: side\n            image: side:1\n";

/// How many trees made at random are built here and by the program; `cargo xtask trees` builds more.
const TREES: usize = 150;

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("kustomize renders_two_layers", renders_two_layers),
        Trial::test("kustomize refuses_at_the_entry", refuses_at_the_entry),
        Trial::test("kustomize refuses_what_the_program_refuses", refuses_what_the_program_refuses),
    ];
    for case in CASES {
        trials.push(Trial::test(format!("kustomize {}", case.name), || renders(case)));
    }
    let program = kustomize_made::program();
    let missing = if program.is_some() { "" } else { " (kustomize is not installed)" };
    let trees = Trial::test(format!("kustomize trees_made_at_random{missing}"), trees_made_at_random);
    trials.push(trees.with_ignored_flag(program.is_none()));
    trials
}

fn renders(case: &Case) -> Result<(), Failed> {
    let snapshot = Snapshot::in_memory(case.files.iter().copied());
    let objects = Renderer::new(&snapshot, false).render(case.root).map_err(|problem| problem.to_string())?;
    assert_eq!(print(&objects, &mut |_, _| {}), case.want);
    for object in &objects {
        let tree = object.tree(&snapshot).ok_or("no tree")?;
        keeps_origins(object.draft(), tree.root());
    }
    Ok(())
}

/// A frozen tree has the texts of its draft, and the origin of each node.
fn keeps_origins(draft: &Draft, node: Node<'_>) {
    assert_eq!(node.tree().origin(node.index()).as_deref(), Some(&draft.origin));
    assert_eq!(node.span(), draft.origin.written);
    match &draft.content {
        Content::Scalar(text, _) => assert_eq!(node.text(), Some(draft.read_again().as_deref().unwrap_or(text))),
        Content::Mapping(entries) => {
            assert_eq!((node.kind(), node.entries().count()), (NodeKind::Mapping, entries.len()));
            for ((key, value), entry) in entries.iter().zip(node.entries()) {
                assert_eq!((entry.key.text(), entry.key.span()), (Some(&*key.text), key.at));
                keeps_origins(value, entry.value);
            }
        }
        Content::Sequence(items) => {
            assert_eq!((node.kind(), node.items().count()), (NodeKind::Sequence, items.len()));
            items.iter().zip(node.items()).for_each(|(item, node)| keeps_origins(item, node));
        }
    }
}

fn refuses_what_the_program_refuses() -> Result<(), Failed> {
    for case in REFUSED {
        let snapshot = Snapshot::in_memory(case.files.iter().copied());
        let Err(problem) = Renderer::new(&snapshot, false).render(case.root) else {
            return Err(format!("{}: built", case.name).into());
        };
        let span = problem.place.ok_or("no place")?;
        let source = snapshot.source(span.source).map_err(|why| why.to_string())?;
        assert_eq!(problem.reason, case.reason, "{}", case.name);
        if let Some(place) = case.place {
            assert_eq!(source.slice(span), place, "{}", case.name);
        }
    }
    Ok(())
}

fn trees_made_at_random() -> Result<(), Failed> {
    let program = kustomize_made::program().ok_or("kustomize is not installed")?;
    let folder = std::env::temp_dir().join(format!("plimsoll-it-trees-{}", std::process::id()));
    let mut told = Vec::new();
    for number in 0..TREES {
        // spread over all pairs of features
        let tree = kustomize_made::tree(number * 37, 7);
        if let Some(difference) = kustomize_made::compare(&tree, &program, &folder) {
            told.push(format!("{} {:?}: {}", number * 37, tree.features, difference.told));
        }
    }
    if told.is_empty() { Ok(()) } else { Err(told.join("\n").into()) }
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
