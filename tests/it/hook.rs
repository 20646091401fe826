//! `plimsoll hook`, with the real git: commits that are refused and commits that pass, and hooks that were there before.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use libtest_mimic::Trial;

use crate::git::{self, Repository, plimsoll, try_git};

const CLEAN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  colour: blue\n";
const FAULTY: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndatta:\n  colour: blue\n";

pub fn trials() -> Vec<Trial> {
    git::trials(
        "hook",
        &[
            ("a-commit-with-a-fault-is-refused", refuses),
            ("all-ways-to-commit", ways),
            ("a-merge-is-checked", merge),
            ("a-hook-that-is-there-runs-first", chained),
            ("a-hook-that-refuses-is-heard", chained_refuses),
            ("installing-twice-changes-nothing", twice),
            ("uninstall-puts-back-what-was-there", uninstall),
            ("uninstall-without-a-hook", uninstall_nothing),
            ("hooks-that-are-committed", committed),
            ("hooks-of-many-repositories", shared),
            ("husky", husky),
            ("a-program-that-is-gone", gone),
            ("from-a-subfolder-and-in-a-worktree", worktree),
            ("names-that-a-shell-would-read", odd_folder),
            ("outside-of-git-and-in-a-bare-repository", no_repository),
            ("a-folder-where-the-hook-should-be", folder_there),
        ],
    )
}

fn installed() -> Repository {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    here.run(&["hook", "install"]).code(0).says(".git/hooks/pre-commit").says("--no-verify");
    here
}

fn commit(here: &Repository, arguments: &[&str]) -> (Option<i32>, String) {
    try_git(here.path(), &[&["commit", "-q", "-m", "change"], arguments].concat())
}

fn script(here: &Repository, path: &str, text: &str) {
    here.write(path, text);
    fs::set_permissions(here.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
}

fn refuses() {
    let here = installed();
    here.stage("a.yaml", FAULTY);
    let (code, said) = commit(&here, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a.yaml:5:1") && said.contains("unknown field `datta`"), "{said}");
    assert_eq!(commit(&here, &["--no-verify"]).0, Some(0));
    here.stage("a.yaml", CLEAN);
    let (code, said) = commit(&here, &[]);
    assert_eq!(code, Some(0), "{said}");
}

fn ways() {
    let here = installed();
    here.write("a.yaml", FAULTY);
    here.stage("b.yaml", CLEAN);
    // what is staged is in order, what is not staged is no part of the commit
    assert_eq!(commit(&here, &[]).0, Some(0));
    let (code, said) = commit(&here, &["--all"]);
    assert!(code == Some(1) && said.contains("a.yaml:5:1"), "{said}");
    let (code, said) = commit(&here, &["a.yaml"]);
    assert!(code == Some(1) && said.contains("a.yaml:5:1"), "{said}");
    here.git(&["checkout", "-q", "a.yaml"]);
    here.write("b.yaml", CLEAN.replace("blue", "red"));
    assert_eq!(commit(&here, &["--all", "--amend"]).0, Some(0));
}

fn merge() {
    let here = installed();
    here.git(&["checkout", "-q", "-b", "side"]);
    here.stage("b.yaml", FAULTY);
    assert_eq!(commit(&here, &["--no-verify"]).0, Some(0));
    here.git(&["checkout", "-q", "main"]);
    here.stage("c.yaml", CLEAN);
    assert_eq!(commit(&here, &[]).0, Some(0));
    let (code, said) = try_git(here.path(), &["merge", "-q", "--no-edit", "side"]);
    assert!(code != Some(0) && said.contains("b.yaml:5:1"), "{said}");
}

fn chained() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    script(&here, ".git/hooks/pre-commit", "#!/bin/sh\necho ran >> \"$GIT_INDEX_FILE.log\"\n");
    here.run(&["hook", "install"]).code(0).says("pre-commit.before-plimsoll").says("runs first");
    here.stage("a.yaml", FAULTY);
    assert_eq!(commit(&here, &[]).0, Some(1));
    assert_eq!(fs::read_to_string(here.path().join(".git/index.log")).unwrap(), "ran\n");
}

fn chained_refuses() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    script(&here, ".git/hooks/pre-commit", "#!/bin/sh\necho no, says the other\nexit 3\n");
    here.run(&["hook", "install"]).code(0);
    here.stage("a.yaml", FAULTY);
    let (code, said) = commit(&here, &[]);
    assert!(code == Some(1) && said.contains("no, says the other") && !said.contains("datta"), "{said}");
}

fn twice() {
    let here = installed();
    let hook = here.path().join(".git/hooks/pre-commit");
    let before = fs::read(&hook).unwrap();
    here.run(&["hook", "install"]).code(0).never_says("runs first");
    assert_eq!(fs::read(&hook).unwrap(), before);
    assert!(!here.path().join(".git/hooks/pre-commit.before-plimsoll").exists());
}

fn uninstall() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    let own = "#!/bin/sh\nexit 0\n";
    script(&here, ".git/hooks/pre-commit", own);
    here.run(&["hook", "install"]).code(0);
    here.run(&["hook", "uninstall"]).code(0).says("what was there before is back");
    assert_eq!(fs::read_to_string(here.path().join(".git/hooks/pre-commit")).unwrap(), own);
    assert!(!here.path().join(".git/hooks/pre-merge-commit").exists());
    here.stage("a.yaml", FAULTY);
    assert_eq!(commit(&here, &[]).0, Some(0));
}

fn uninstall_nothing() {
    let here = Repository::new();
    here.run(&["hook", "uninstall"]).code(2).complains("no hook of plimsoll");
    script(&here, ".git/hooks/pre-commit", "#!/bin/sh\n");
    here.run(&["hook", "uninstall"]).code(2).complains("no hook of plimsoll");
}

fn committed() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    here.git(&["config", "core.hooksPath", "tools/hooks"]);
    here.run(&["hook", "install"]).code(0).says("tools/hooks/pre-commit").says("part of the repository");
    let text = fs::read_to_string(here.path().join("tools/hooks/pre-commit")).unwrap();
    let own = git::binary();
    assert!(!text.contains(own.parent().unwrap().to_str().unwrap()), "{text}");
    here.stage("a.yaml", FAULTY);
    let path = format!("{}:{}", own.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = std::process::Command::new(here.path().join("tools/hooks/pre-commit"))
        .current_dir(here.path())
        .env("PATH", path)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("a.yaml:5:1"));
}

fn shared() {
    let here = Repository::with(&[("a.yaml", CLEAN)]);
    let hooks = crate::binary::Folder::bare();
    let settings =
        crate::binary::Folder::bare().with("config", format!("[core]\n\thooksPath = {}\n", hooks.path().display()));
    let file = settings.path().join("config");
    let run =
        |arguments: &[&str]| plimsoll(here.path(), arguments).env("GIT_CONFIG_GLOBAL", file.to_str().unwrap()).end();
    run(&["hook", "install"]).code(2).complains("many repositories").complains("--shared");
    assert!(!hooks.path().join("pre-commit").exists());
    run(&["hook", "install", "--shared"]).code(0);
    assert!(hooks.path().join("pre-commit").exists());
}

fn husky() {
    let here = Repository::new();
    here.git(&["config", "core.hooksPath", ".husky/_"]);
    here.run(&["hook", "install"]).code(2).complains(".husky/pre-commit");
}

fn gone() {
    let here = installed();
    let hook = here.path().join(".git/hooks/pre-commit");
    let text = fs::read_to_string(&hook).unwrap();
    let moved = text.replace(git::binary().to_str().unwrap(), "/nowhere/plimsoll");
    assert_ne!(moved, text);
    fs::write(&hook, moved).unwrap();
    let run = |path: &str| {
        let output =
            std::process::Command::new("/bin/sh").arg(&hook).current_dir(here.path()).env("PATH", path).output();
        output.unwrap()
    };
    let output = run("/nowhere");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("was not checked") && said.contains("--no-verify"), "{said}");
    let folder = git::binary().parent().unwrap().to_str().unwrap().to_owned();
    assert_eq!(run(&format!("{folder}:{}", std::env::var("PATH").unwrap())).status.code(), Some(0));
}

fn worktree() {
    let here = Repository::with(&[("apps/a.yaml", CLEAN)]);
    plimsoll(&here.path().join("apps"), &["hook", "install"]).end().code(0);
    here.write("apps/a.yaml", FAULTY);
    let (code, said) = try_git(&here.path().join("apps"), &["commit", "-q", "-am", "x"]);
    assert!(code == Some(1) && said.contains("a.yaml:5:1"), "{said}");
    // another work tree has the same hooks
    let other = crate::binary::Folder::bare();
    let tree = other.path().join("tree");
    here.git(&["worktree", "add", "-q", tree.to_str().unwrap(), "-b", "other"]);
    fs::write(tree.join("apps/a.yaml"), FAULTY).unwrap();
    let (code, said) = try_git(&tree, &["commit", "-q", "-am", "x"]);
    assert!(code == Some(1) && said.contains("apps/a.yaml:5:1"), "{said}");
}

fn odd_folder() {
    let outer = crate::binary::Folder::bare();
    let folder = outer.path().join("it's a \"$HOME\" `x`");
    fs::create_dir(&folder).unwrap();
    git::git(&folder, &["init", "-q"]);
    script_in(&folder, ".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
    plimsoll(&folder, &["hook", "install"]).end().code(0);
    fs::write(folder.join("a.yaml"), FAULTY).unwrap();
    git::git(&folder, &["add", "."]);
    let (code, said) = try_git(&folder, &["commit", "-q", "-m", "x"]);
    assert!(code == Some(1) && said.contains("a.yaml:5:1"), "{said}");
}

fn script_in(folder: &std::path::Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn no_repository() {
    let bare = crate::binary::Folder::bare();
    plimsoll(bare.path(), &["hook", "install"]).end().code(2).complains("not a git repository");
    git::git(bare.path(), &["init", "-q", "--bare"]);
    plimsoll(bare.path(), &["hook", "install"]).end().code(2).complains("work tree");
}

fn folder_there() {
    let here = Repository::new();
    fs::create_dir_all(here.path().join(".git/hooks/pre-commit")).unwrap();
    here.run(&["hook", "install"]).code(2).complains("pre-commit").complains("move it away");
}
