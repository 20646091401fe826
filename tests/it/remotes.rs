//! Folders that stand for what Kustomize would fetch: what is built from them, what is refused in them, what of them is
//! told. The program itself clones a repository of this machine beside.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use plimsoll::overlay::kustomize::{Reason, Remote, Remotes, Renderer, print};
use plimsoll::source::Snapshot;

use crate::binary::Folder;
use crate::kustomize_made;

/// What is fetched, by the paths in its repository.
const UPSTREAM: &[(&str, &str)] = &[
    ("deploy/base/kustomization.yaml", "resources: [app.yaml]\nconfigMapGenerator: [{name: conf, files: [a.txt]}]\n"),
    ("deploy/base/a.txt", "hello\n"),
    (
        "deploy/base/app.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n",
    ),
    ("deploy/over/kustomization.yaml", "namePrefix: up-\nresources: [../base]\n"),
    (
        "part/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {a: b}\n",
    ),
    ("leaves/kustomization.yaml", "resources: [../../other]\n"),
    ("reaches/kustomization.yaml", "resources: [../deploy/base/app.yaml]\n"),
];

/// The name of an object, or why there is none and words of that.
type Made = Result<&'static str, (Reason, &'static str)>;

/// Entries, and what comes of them.
const ENTRIES: &[(&str, Made)] = &[
    ("https://github.com/org/repo//deploy/over?ref=v1", Ok("up-web")),
    ("git@github.com:org/repo.git/deploy/base?ref=v1&timeout=9s", Ok("web")),
    ("git::ssh://git@github.com/org/repo//deploy/base?submodules=0&ref=v1", Ok("web")),
    ("github.com/org/repo/deploy/base?version=v1", Ok("web")),
    ("https://example.com/released/deploy/base/app.yaml", Ok("web")),
    ("github.com/org/repo//deploy/over?ref=v2", Err((Reason::Remote, "asks for `v2`, and `vendor/repo` holds `v1`"))),
    ("github.com/org/repo//deploy/over", Err((Reason::Remote, "asks for no ref"))),
    ("github.com/org/repo//gone?ref=v1", Err((Reason::Remote, "no file or folder `vendor/repo/gone`"))),
    ("github.com/org/else//deploy?ref=v1", Err((Reason::Remote, "fetched from elsewhere"))),
    ("github.com/org/repo//leaves?ref=v1", Err((Reason::Refused, "`vendor/other` is not in `vendor/repo`"))),
    ("github.com/org/repo//reaches?ref=v1", Err((Reason::Refused, "is not below `vendor/repo/reaches`"))),
    ("https://gitlab.com/org/group//leaves", Err((Reason::Remote, "what is beside it there is not in the repository"))),
    // the same as a folder of the repository, where other rules hold
    ("../vendor/repo/leaves", Ok("other")),
];

pub fn trials() -> Vec<Trial> {
    let program = kustomize_made::program().filter(|_| Command::new("git").arg("--version").output().is_ok());
    let missing = if program.is_some() { "" } else { " (kustomize or git is not installed)" };
    vec![
        Trial::test("remotes entries", entries),
        Trial::test("remotes judged_through_their_users", judged),
        Trial::test("remotes that_git_ignores", ignored),
        Trial::test("remotes in_a_configuration_that_is_wrong", wrong),
        Trial::test(format!("remotes as_the_program_clones_them{missing}"), cloned)
            .with_ignored_flag(program.is_none()),
    ]
}

fn entries() -> Result<(), Failed> {
    let remote = |url: &str, git_ref, folder: &str| Remote::new(url, git_ref, folder).ok_or("no address");
    let remotes = Remotes::of(vec![
        remote("https://github.com/org/repo", Some("v1"), "vendor/repo")?,
        remote("https://example.com/released", None, "vendor/repo")?,
        remote("https://gitlab.com/org/group//leaves", None, "vendor/repo/leaves")?,
    ]);
    for (entry, want) in ENTRIES {
        let top = format!("resources: ['{entry}']\n");
        let mut files = vec![
            ("top/kustomization.yaml".to_owned(), top),
            ("vendor/other/kustomization.yaml".to_owned(), "resources: [a.yaml]\n".to_owned()),
            ("vendor/other/a.yaml".to_owned(), "apiVersion: v1\nkind: Service\nmetadata: {name: other}\n".to_owned()),
        ];
        files.extend(UPSTREAM.iter().map(|(path, text)| (format!("vendor/repo/{path}"), (*text).to_owned())));
        let snapshot = Snapshot::in_memory(files);
        // no option opens what is fetched
        let made = Renderer::new(&snapshot, true).with_remotes(&remotes).render("top");
        match (made, want) {
            (Ok(objects), Ok(name)) => {
                let text = print(&objects, &mut |_, _| {});
                assert!(text.contains(&format!("name: {name}\n")), "{entry}: {text}");
                let vendored = |object: &plimsoll::overlay::kustomize::Rendered| object.draft().origin.written.source;
                let path = objects.last().and_then(|object| snapshot.entry(vendored(object))).map(|one| &one.path);
                assert!(path.is_some_and(|path| path.starts_with("vendor/")), "{entry}: {path:?}");
            }
            (Err(problem), Err((reason, words))) => {
                assert_eq!(problem.reason, *reason, "{entry}: {problem}");
                assert!(problem.message.contains(words), "{entry}: {problem}");
            }
            (Ok(_), Err(_)) => return Err(format!("{entry}: built").into()),
            (Err(problem), Ok(_)) => return Err(format!("{entry}: {problem}").into()),
        }
    }
    Ok(())
}

const BASE: &str = "resources: [app.yaml]\n";
const APP: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.com/web:latest
        replicas: 1
";
const CONFIG: &str = "remotes: [{url: https://github.com/org/repo, ref: v1, path: vendor/repo}]\n";

fn repository(entry: &str) -> Folder {
    Folder::repository()
        .with("plimsoll.yaml", CONFIG)
        .with("vendor/repo/base/kustomization.yaml", BASE)
        .with("vendor/repo/base/app.yaml", APP)
        .with("prod/kustomization.yaml", format!("namePrefix: eu-\nresources: ['{entry}']\n"))
}

fn judged() -> Result<(), Failed> {
    let folder = repository("https://github.com/org/repo//base?ref=v1");
    let report = folder.run(&["check", "--format", "json", "--only", "schema", "--only", "kustomize"]).code(1).json();
    // once, at the file in the folder, as the object of the overlay
    assert_eq!(report.found(), ["vendor/repo/base/app.yaml schema/unknown-field"]);
    folder.run(&["check", "--only", "schema"]).code(1).says("in prod").says("1 Kustomize root judged");
    let rendered = "name: eu-web  # vendor/repo/base/app.yaml:3";
    folder.run(&["render", "prod", "--provenance"]).code(0).says(rendered);
    folder
        .run(&["why", "prod", "Deployment/web", "spec.template.spec.containers[web].image"])
        .code(0)
        .says("vendor/repo/base/app.yaml:11");
    let folder = repository("https://github.com/org/repo//base?ref=v2");
    let report = folder.run(&["check", "--format", "json", "--only", "kustomize"]).code(0).json();
    assert_eq!(report.found(), ["prod/kustomization.yaml kustomize/not-rendered"]);
    Ok(())
}

fn ignored() -> Result<(), Failed> {
    let folder = repository("git@github.com:org/repo.git//base?ref=v1").with(".gitignore", "/vendor/\n");
    folder.run(&["check", "--only", "schema"]).code(1).says("vendor/repo/base/app.yaml:12").says("in prod");
    folder.run(&["render", "prod"]).code(0).says("name: eu-web");
    Ok(())
}

fn wrong() -> Result<(), Failed> {
    for (entry, says) in [
        ("{url: ../base, path: vendor}", "`../base` is no address that Kustomize fetches"),
        ("{url: 'https://github.com/a/b', path: ../vendor}", "a remote outside of the repository"),
        ("{url: 'https://github.com/a/b', folder: vendor}", "unknown"),
    ] {
        let text = format!("remotes:\n- {entry}\n");
        Folder::repository().with("plimsoll.yaml", text).run(&["check"]).code(2).complains(says);
    }
    let twice = "remotes:\n- {url: 'https://github.com/a/b', path: x}\n- {url: 'git@github.com:a/b.git', path: z}\n";
    let folder = Folder::repository().with("plimsoll.yaml", twice);
    folder.run(&["check"]).code(2).complains("a second time").complains("plimsoll.yaml:3:9");
    Ok(())
}

/// The program clones a repository of this machine; we take a copy of it.
fn cloned() -> Result<(), Failed> {
    let program = kustomize_made::program().ok_or("kustomize is not installed")?;
    let mut upstream = Folder::bare();
    let mut own = Folder::repository();
    for (path, text) in UPSTREAM {
        upstream = upstream.with(path, text);
        own = own.with(&format!("vendor/{path}"), text);
    }
    let git = |arguments: &[&str]| -> Result<(), Failed> {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(who).args(arguments).current_dir(upstream.path()).output()?;
        if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned().into()) }
    };
    for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "all"], &["tag", "v1"]] {
        git(arguments)?;
    }
    let url = format!("file://{}", upstream.path().display());
    let own = own
        .with("plimsoll.yaml", format!("remotes: [{{url: '{url}', ref: v1, path: vendor}}]\n"))
        .with(
            "prod/kustomization.yaml",
            format!("nameSuffix: -x\nresources: ['{url}//deploy/over?ref=v1']\ncomponents: ['{url}//part?ref=v1']\n"),
        )
        .with("leaves/kustomization.yaml", format!("resources: ['{url}//leaves?ref=v1']\n"))
        .with("reaches/kustomization.yaml", format!("resources: ['{url}//reaches?ref=v1']\n"));
    for (root, builds) in [("prod", true), ("leaves", false), ("reaches", false)] {
        let theirs = Command::new(&program)
            .args(["build", "--load-restrictor", "LoadRestrictionsNone", root])
            .current_dir(own.path())
            .output()?;
        assert_eq!(theirs.status.success(), builds, "{root}: {}", String::from_utf8_lossy(&theirs.stderr));
        let ours = own.run(&["render", "--no-load-restrictor", root]);
        assert_eq!(ours.code == Some(0), builds, "{root}: {}", ours.err);
        if builds {
            assert_eq!(ours.out, String::from_utf8_lossy(&theirs.stdout));
        }
    }
    Ok(())
}
