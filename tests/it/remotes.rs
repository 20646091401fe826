//! Folders that stand for what Kustomize would fetch: what is built from them, what is refused in them, what of them is
//! told. The program itself clones a repository of this machine beside.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use plimsoll::overlay::kustomize::{Reason, Remote, Remotes, Renderer, print};
use plimsoll::source::Snapshot;

use crate::binary::{Ended, Folder, Plimsoll};
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
        Trial::test("remotes by_the_configuration_that_is_named", configured),
        Trial::test("remotes of_a_folder_elsewhere", elsewhere),
        Trial::test("remotes that_are_not_on_this_machine", absent),
        Trial::test("remotes that_lead_out_of_their_folder", contained),
        Trial::test("remotes of_a_folder_elsewhere_in_a_commit", committed),
        Trial::test("remotes that_only_an_owner_names", of_owners),
        Trial::test(format!("remotes of_a_folder_elsewhere_as_the_program_has_a_path{missing}"), as_a_path)
            .with_ignored_flag(program.is_none()),
        Trial::test(format!("remotes with_notes_of_what_was_fetched{missing}"), noted)
            .with_ignored_flag(program.is_none()),
        Trial::test(format!("remotes with_notes_of_their_addresses{missing}"), addressed)
            .with_ignored_flag(program.is_none()),
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

/// A Component that Argo CD, or Flux, takes in beside what the kustomization says: in the repository, where git ignores it, and
/// elsewhere on the machine.
fn of_owners() -> Result<(), Failed> {
    let component = "https://github.com/org/repo//part?ref=v1";
    let argo = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\nspec:\n  project: default\n  \
         destination: {{server: https://kubernetes.default.svc, namespace: web}}\n  source:\n    repoURL: https://example.com/own\n    \
         path: app\n    kustomize: {{components: ['{component}']}}\n"
    );
    let flux = format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: web}}\nspec:\n  interval: 5m\n  prune: true\n  \
         path: ./app\n  sourceRef: {{kind: GitRepository, name: own}}\n  components: ['{component}']\n"
    );
    let part = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [extra.yaml]\n";
    let extra = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndatta: {a: b}\n";
    let elsewhere = Folder::bare().with("repo/part/kustomization.yaml", part).with("repo/part/extra.yaml", extra);
    for (owner, kind) in [(&argo, "Application"), (&flux, "Kustomization")] {
        let own = |path: &str| {
            Folder::repository()
                .with(
                    "plimsoll.yaml",
                    format!("remotes: [{{url: https://github.com/org/repo, ref: v1, path: '{path}'}}]\n"),
                )
                .with("owner.yaml", owner)
                .with("app/kustomization.yaml", "configMapGenerator: [{name: own, literals: [a=b]}]\n")
        };
        let inside = |folder: Folder| {
            folder.with("vendor/repo/part/kustomization.yaml", part).with("vendor/repo/part/extra.yaml", extra)
        };
        for (folder, place) in [
            (inside(own("vendor/repo")), "vendor/repo/part/extra.yaml"),
            (inside(own("vendor/repo")).with(".gitignore", "/vendor/\n"), "vendor/repo/part/extra.yaml"),
            // told at the entry that takes it in
            (own(&elsewhere.path().join("repo").display().to_string()), "owner.yaml"),
        ] {
            folder.run(&["render", "--owner", &format!("{kind}/web")]).code(0).says("name: extra");
            let checked = folder.run(&["check", "--format", "json", "--only", "schema", "--only", "kustomize"]);
            assert_eq!(checked.code(1).json().found(), [format!("{place} schema/unknown-field")], "{kind} {place}");
        }
    }
    Ok(())
}

/// The configuration that `check` would be told of.
fn configured() -> Result<(), Failed> {
    let folder = repository("https://github.com/org/repo//base?ref=v1")
        .with("plimsoll.yaml", "kubernetes: '1.33'\n")
        .with("ci/other.yaml", CONFIG.replace("vendor/repo", "../vendor/repo"));
    let why = ["why", "prod", "Deployment/web", "spec.template.spec.containers[web].image"];
    for command in [&["render", "prod"][..], &why, &["check", "--only", "schema"]] {
        let with = |more: &[&str]| folder.run(&[command, more].concat());
        let fetched = |ended: &Ended| (ended.out.clone() + &ended.err).contains("fetched from elsewhere");
        // what is not rendered is a hint to `check`, and its folder is checked for itself
        let is_whole = |ended: &Ended| !fetched(ended) && !ended.out.contains("not rendered");
        assert!(!is_whole(&with(&[])), "{command:?}");
        assert!(is_whole(&with(&["--config", "ci/other.yaml"])), "{command:?}");
        let folder = folder.path().join("ci/other.yaml").display().to_string();
        assert!(is_whole(&with(&["-c", &folder])), "{command:?}");
        assert!(!is_whole(&with(&["--no-config"])), "{command:?}");
        with(&["--config", "ci/none.yaml"]).code(2).complains("ci/none.yaml");
        with(&["--config", "ci/other.yaml", "--no-config"]).code(2).complains("--no-config");
    }
    Ok(())
}

fn wrong() -> Result<(), Failed> {
    for (entry, says) in [
        ("{url: ../base, path: vendor}", "`../base` is no address that Kustomize fetches"),
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

/// A repository of these files, tagged.
fn upstream(files: &[(&str, &str)], tag: &str) -> Result<Folder, Failed> {
    let upstream = files.iter().fold(Folder::bare(), |folder, (path, text)| folder.with(path, text));
    for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-qm", "all"], &["tag", tag]] {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(who).args(arguments).current_dir(upstream.path()).output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
        }
    }
    Ok(upstream)
}

const EVERYTHING: &str = "[originAnnotations, transformerAnnotations, managedByLabel]";

/// What is fetched for notes: files, what is made, what changes all, each in a folder.
const NOTED: &[(&str, &str)] = &[
    ("kustomization.yaml", "resources: [deploy/over]\nlabels: [{pairs: {a: b}}]\n"),
    ("deploy/base/kustomization.yaml", "resources: [app.yaml]\nconfigMapGenerator: [{name: conf, literals: [a=b]}]\n"),
    (
        "deploy/base/app.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n",
    ),
    (
        "deploy/over/kustomization.yml",
        "namePrefix: up-\nresources: [../base]\ntransformers: [../../tools/all]\ngenerators:\n- more.yaml\n\
         - |-\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: inline}\n  literals: [x=y]\n",
    ),
    (
        "deploy/over/more.yaml",
        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: more}\nliterals: [c=d]\n",
    ),
    ("tools/all/kustomization.yaml", "resources: [suffix.yaml]\n"),
    (
        "tools/all/suffix.yaml",
        "apiVersion: builtin\nkind: PrefixSuffixTransformer\nmetadata: {name: s}\nsuffix: -s\nfieldSpecs: [{path: metadata/name}]\n",
    ),
    (
        "part/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [extra.yaml]\ncommonAnnotations: {a: b}\n",
    ),
    ("part/extra.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n"),
];

/// Kustomize notes the address, the path and the ref of what it fetches.
fn noted() -> Result<(), Failed> {
    let program = kustomize_made::program().ok_or("kustomize is not installed")?;
    // a ref that is no text to YAML unless it is in quotes
    for tag in ["v1", "1.10"] {
        let upstream = upstream(NOTED, tag)?;
        let url = format!("file://{}", upstream.path().display());
        for (root, entries) in [
            ("over", format!("resources: ['{url}//deploy/over?ref={tag}']\n")),
            ("whole", format!("resources: ['{url}?ref={tag}']\n")),
            ("part", format!("resources: [../own]\ncomponents: ['{url}//part?version={tag}']\n")),
            ("both", format!("resources: ['{url}//deploy/base?ref={tag}', ../own]\nnamespace: ns\n")),
            ("tools", format!("resources: [../own]\ntransformers: ['{url}//tools/all?ref={tag}']\n")),
            ("below", "resources: [../over]\nnameSuffix: -b\n".to_owned()),
        ] {
            for asked in [EVERYTHING, "[originAnnotations]", "[managedByLabel]"] {
                let mut own = Folder::repository()
                    .with("plimsoll.yaml", format!("remotes: [{{url: '{url}', ref: '{tag}', path: vendor}}]\n"))
                    .with("own/kustomization.yaml", "configMapGenerator: [{name: own, literals: [a=b]}]\n")
                    .with("over/kustomization.yaml", format!("resources: ['{url}//deploy/over?ref={tag}']\n"))
                    .with(&format!("{root}/kustomization.yaml"), format!("{entries}buildMetadata: {asked}\n"));
                for (path, text) in NOTED {
                    own = own.with(&format!("vendor/{path}"), text);
                }
                let theirs = Command::new(&program).args(["build", root]).current_dir(own.path()).output()?;
                assert!(theirs.status.success(), "{root}: {}", String::from_utf8_lossy(&theirs.stderr));
                let ours = own.run(&["render", root]);
                assert_eq!(ours.out, String::from_utf8_lossy(&theirs.stdout), "{root} {asked}: {}", ours.err);
            }
        }
    }
    Ok(())
}

/// Addresses as git is told of them, and as they are written. git is made to clone a repository of this machine for them.
const ADDRESSES: &[(&str, &str)] = &[
    ("https://github.com/org/repo", "github.com/org/repo/deploy/base?ref=v1"),
    ("https://github.com/org/repo", "HTTP://GitHub.com/org/repo/deploy/../part/../deploy/base?version=v1&timeout=9s"),
    ("https://github.com/org/repo.git", "https://github.com/org/repo.git//deploy/over?ref=v1&submodules=false"),
    ("git@github.com:org/repo.git", "git@github.com:org/repo.git/deploy/over?ref=v1"),
    ("git@github.com:org/repo.git", "ssh://git@github.com/org/repo.git?ref=v1"),
    ("ssh://git@example.com:22/org/repo", "ssh://git@example.com:22/org/repo/deploy/base?ref=v%31"),
    ("https://me@dev.azure.com/o/p/_git/repo", "https://me@dev.azure.com/o/p/_git/repo/deploy/base?ref=v1"),
    ("me@example.com:a/b/c.git", "me@example.com:a/b/c.git//deploy/base?ref=v1"),
];

fn addressed() -> Result<(), Failed> {
    let program = kustomize_made::program().ok_or("kustomize is not installed")?;
    let upstream = upstream(NOTED, "v1")?;
    for (told, written) in ADDRESSES {
        let mut own = Folder::repository()
            .with(
                "plimsoll.yaml",
                format!("remotes: [{{url: '{written}', path: vendor}}]\n")
                    .replace("/deploy/base", "")
                    .replace("/deploy/over", "")
                    .replace("/deploy/../part/..", ""),
            )
            .with("top/kustomization.yaml", format!("resources: ['{written}']\nbuildMetadata: {EVERYTHING}\n"));
        for (path, text) in NOTED {
            own = own.with(&format!("vendor/{path}"), text);
        }
        let theirs = Command::new(&program)
            .args(["build", "top"])
            .current_dir(own.path())
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", upstream.path().display()))
            .env("GIT_CONFIG_VALUE_0", told)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_SSH_COMMAND", "false")
            .output()?;
        assert!(theirs.status.success(), "{written}: {}", String::from_utf8_lossy(&theirs.stderr));
        let ours = own.run(&["render", "top"]);
        assert_eq!(ours.out, String::from_utf8_lossy(&theirs.stdout), "{written}: {}", ours.err);
    }
    Ok(())
}

/// The program clones a repository of this machine; we take a copy of it.
fn cloned() -> Result<(), Failed> {
    let program = kustomize_made::program().ok_or("kustomize is not installed")?;
    let upstream = upstream(UPSTREAM, "v1")?;
    let mut own = Folder::repository();
    for (path, text) in UPSTREAM {
        own = own.with(&format!("vendor/{path}"), text);
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

/// A folder beside the repository that holds what is fetched: its name is not known to the repository.
fn cache() -> Folder {
    Folder::bare().with("repo/base/kustomization.yaml", BASE).with("repo/base/app.yaml", APP)
}

fn with_cache(written: &str) -> Folder {
    Folder::repository()
        .with("plimsoll.yaml", format!("remotes: [{{url: https://github.com/org/repo, ref: v1, path: '{written}'}}]\n"))
        .with("prod/kustomization.yaml", "namePrefix: eu-\nresources: ['https://github.com/org/repo//base?ref=v1']\n")
}

const THERE: &str = "remote:/github.com/org/repo@v1/base/app.yaml";

fn elsewhere() -> Result<(), Failed> {
    let cache = cache();
    let name = cache.path().file_name().and_then(|name| name.to_str()).ok_or("a name")?;
    for written in [cache.path().join("repo").display().to_string(), format!("../{name}/repo")] {
        let folder = with_cache(&written);
        let only = ["--only", "schema", "--only", "kustomize", "--only", "yaml"];
        let report = folder.run(&[&["check", "--format", "json"][..], &only].concat()).code(1).json();
        // at the entry that takes it in, with the place in the file of the other repository
        assert_eq!(report.found(), ["prod/kustomization.yaml schema/unknown-field"], "{written}");
        let finding = &report.list("findings")[0];
        assert_eq!((&finding["place"]["line"], &finding["labels"][0]["place"]["path"]), (&2.into(), &THERE.into()));
        assert_eq!(finding["labels"][0]["place"]["line"], 12);
        assert_eq!(finding["fix"], serde_json::Value::Null);
        folder.run(&["check", "--only", "schema"]).code(1).says("prod/kustomization.yaml:2").says(THERE);
        for format in ["github", "gitlab", "junit", "checkstyle", "sarif", "markdown"] {
            folder.run(&["check", "--only", "schema", "--format", format]).code(1).says(&format!("{THERE}:12"));
        }
        folder.run(&["render", "prod", "--provenance"]).code(0).says(&format!("name: eu-web  # {THERE}:3"));
        folder
            .run(&["why", "prod", "Deployment/web", "spec.template.spec.containers[web].image"])
            .code(0)
            .says(&format!("{THERE}:11"));
    }
    let home = Folder::bare().with("c/repo/base/kustomization.yaml", BASE).with("c/repo/base/app.yaml", APP);
    let folder = with_cache("~/c/repo");
    let run = Plimsoll::new(folder.path(), &["check", "--only", "schema"]);
    run.env("HOME", &home.path().display().to_string()).end().code(1).says(THERE);
    // what the repository says of the other one's objects, it says at the entry
    let levels = "paths: [{match: [prod], checks: {schema/unknown-field: warning}}]\n";
    let folder = with_cache(&cache.path().join("repo").display().to_string());
    let config = std::fs::read_to_string(folder.path().join("plimsoll.yaml"))? + levels;
    let folder = folder.with("plimsoll.yaml", config);
    folder.run(&["check", "--only", "schema"]).says("warning").says("prod/kustomization.yaml:2");
    let excepted = "namePrefix: eu-\nresources:\n# plimsoll: allow schema/unknown-field because they were asked\n\
                    - https://github.com/org/repo//base?ref=v1\n";
    let folder = folder.with("prod/kustomization.yaml", excepted);
    folder.run(&["check", "--only", "schema"]).code(0);
    Ok(())
}

/// What is wrong with files of the other repository is told at the entry, as what is wrong with its objects.
fn broken_there() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    vec![
        ("base/app.yaml", "apiVersion: v1\nkind: b: c\n", "yaml/syntax", "base/app.yaml"),
        (
            "base/kustomization.yaml",
            "resources: [app.yaml, gone.yaml]\n",
            "kustomize/missing-file",
            "base/kustomization.yaml",
        ),
        (
            "base/kustomization.yaml",
            "resources: [app.yaml]\nbases: []\n",
            "kustomize/deprecated-field",
            "base/kustomization.yaml",
        ),
        (
            "base/app.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a, name: b}\n",
            "yaml/duplicate-key",
            "base/app.yaml",
        ),
    ]
}

fn absent() -> Result<(), Failed> {
    let folder = with_cache("../no-such-folder-of-ours/repo");
    let report = folder.run(&["check", "--format", "json"]).code(0).json();
    assert_eq!(report.found(), ["prod/kustomization.yaml kustomize/not-rendered"]);
    let message = report.list("findings")[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("`../no-such-folder-of-ours/repo` stands for this"), "{message}");
    let help = report.list("findings")[0]["help"].as_str().unwrap_or_default();
    assert!(help.contains("fetch it into that folder"), "{help}");
    folder.run(&["render", "prod"]).code(2).complains("not on this machine");
    let cache = cache();
    for (path, text, check, there) in broken_there() {
        let cache = cache_with(path, text);
        let folder = with_cache(&cache.path().join("repo").display().to_string());
        let report = folder.run(&["check", "--format", "json"]).json();
        let found = format!("prod/kustomization.yaml {check}");
        assert!(report.found().contains(&found), "{check}: {:?}", report.found());
        let there = format!("remote:/github.com/org/repo@v1/{there}");
        let is =
            |finding: &serde_json::Value| finding["check"] == check && finding["labels"][0]["place"]["path"] == there;
        assert!(report.list("findings").iter().any(is), "{check}: {}", report.list("findings")[0]);
        assert!(report.found().iter().all(|one| one.starts_with("prod/")), "{:?}", report.found());
    }
    drop(cache);
    Ok(())
}

fn cache_with(path: &str, text: &str) -> Folder {
    cache().with(&format!("repo/{path}"), text)
}

/// Nothing outside of the folder is read: not by a path, not by a link.
#[cfg(unix)]
fn contained() -> Result<(), Failed> {
    use std::os::unix::fs::symlink;

    let cache = cache()
        .with("secret.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: secret}\n")
        .with("repo/up/kustomization.yaml", "resources: [../../secret.yaml]\n")
        .with("repo/far/kustomization.yaml", "resources: [../../../../../../../etc]\n")
        .with("repo/out/kustomization.yaml", "resources: [secret.yaml]\n")
        .with("repo/in/kustomization.yaml", "resources: [third.yaml]\n")
        .with("repo/in/app.yaml", APP)
        .with("repo/deep/inner/sub/conf.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\n")
        .with("repo/linking/kustomization.yaml", "resources: [../linked]\n")
        .with("repo/deep/inner/kustomization.yaml", "resources: [../../way/base, x.yaml]\n")
        .with("repo/circle/kustomization.yaml", "resources: [../round]\n")
        .with("repo/through/kustomization.yaml", "resources: [way/secret.yaml]\n");
    let at = |path: &str| cache.path().join(path);
    symlink("../../secret.yaml", at("repo/out/secret.yaml"))?;
    symlink("app.yaml", at("repo/in/other.yaml"))?;
    symlink("../..", at("repo/through/way"))?;
    symlink(".", at("repo/way"))?;
    symlink("../inner/sub/conf.yaml", at("repo/deep/inner/x.yaml"))?;
    symlink("again", at("repo/linked"))?;
    symlink("./base/", at("repo/again"))?;
    symlink("other.yaml", at("repo/in/third.yaml"))?;
    symlink("round", at("repo/round"))?;
    for (entry, builds) in [
        ("base", true),
        ("in", true),
        ("linking", true),
        ("up", false),
        ("far", false),
        ("out", false),
        ("through", false),
        ("deep/inner", true),
        ("circle", false),
    ] {
        let folder = with_cache(&at("repo").display().to_string());
        let folder = folder
            .with("prod/kustomization.yaml", format!("resources: ['https://github.com/org/repo//{entry}?ref=v1']\n"));
        let ended = folder.run(&["render", "prod"]);
        assert_eq!(ended.code == Some(0), builds, "{entry}: {}{}", ended.out, ended.err);
        assert!(!ended.out.contains("secret"), "{entry}: {}", ended.out);
        folder.run(&["check"]);
    }
    // a path of the repository is none of the other one, whatever it is called
    let folder = with_cache(&at("repo").display().to_string())
        .with("prod/kustomization.yaml", "resources: ['../remote:/github.com/org/repo@v1/base']\n");
    folder.run(&["render", "prod"]).code(2);
    Ok(())
}

#[cfg(not(unix))]
fn contained() -> Result<(), Failed> {
    Ok(())
}

/// A commit is judged with the folder as it is on disk.
fn committed() -> Result<(), Failed> {
    let cache = cache();
    let folder = with_cache(&cache.path().join("repo").display().to_string());
    std::fs::remove_dir(folder.path().join(".git"))?;
    let git = |arguments: &[&str]| -> Result<(), Failed> {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        let done = Command::new("git").args(who).args(arguments).current_dir(folder.path()).output()?;
        if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned().into()) }
    };
    for arguments in [&["init", "-q"][..], &["add", "plimsoll.yaml"], &["commit", "-qm", "first"], &["add", "-A"]] {
        git(arguments)?;
    }
    let told = ["check", "--staged", "--only", "schema", "--format", "json"];
    assert_eq!(folder.run(&told).code(1).json().found(), ["prod/kustomization.yaml schema/unknown-field"]);
    git(&["commit", "-qm", "second"])?;
    assert!(folder.run(&told).code(0).json().found().is_empty());
    Ok(())
}

/// The program is given the path of the folder where we are given an address.
fn as_a_path() -> Result<(), Failed> {
    let program = kustomize_made::program().ok_or("kustomize is not installed")?;
    let mut cache = Folder::bare();
    for (path, text) in UPSTREAM {
        cache = cache.with(&format!("repo/{path}"), text);
    }
    let name = cache.path().file_name().and_then(|name| name.to_str()).ok_or("a name")?;
    let top = |base: &str| {
        format!(
            "nameSuffix: -x\nresources: ['{base}deploy/over']\ncomponents: ['{base}part']\nimages: [{{name: a, newTag: b}}]\n"
        )
    };
    let theirs = Folder::repository().with("prod/kustomization.yaml", top(&format!("../../{name}/repo/")));
    let theirs = Command::new(&program).args(["build", "prod"]).current_dir(theirs.path()).output()?;
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
    let ours = Folder::repository()
        .with("plimsoll.yaml", format!("remotes: [{{url: https://example.com/org/repo.git, path: ../{name}/repo}}]\n"))
        .with("prod/kustomization.yaml", top("https://example.com/org/repo.git/"));
    let ours = ours.run(&["render", "prod"]);
    assert_eq!((ours.code, ours.out.as_str()), (Some(0), &*String::from_utf8_lossy(&theirs.stdout)), "{}", ours.err);
    Ok(())
}
