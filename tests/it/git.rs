//! Repositories of the real git, made for a test.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;

use crate::binary::{Ended, Folder, Plimsoll};

/// A repository with a first, empty commit.
pub struct Repository {
    pub folder: Folder,
}

impl Repository {
    pub fn new() -> Self {
        let here = Self::unborn();
        here.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        here
    }

    /// Without any commit.
    pub fn unborn() -> Self {
        let here = Self { folder: Folder::bare() };
        here.git(&["init", "-q", "-b", "main"]);
        here
    }

    /// With files, committed.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let here = Self::new();
        for (path, text) in files {
            here.write(path, text);
        }
        here.commit();
        here
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path().join(path)).unwrap();
    }

    /// Writes a file and stages it.
    pub fn stage(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.write(path, bytes);
        self.git(&["add", "--", path]);
    }

    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--no-verify", "-m", "more"]);
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        git(self.path(), arguments)
    }

    /// `plimsoll check --staged`.
    pub fn staged(&self) -> Ended {
        self.run(&["check", "--staged"])
    }

    /// What it finds, as `path check`.
    #[track_caller]
    pub fn found(&self) -> Vec<String> {
        self.run(&["check", "--staged", "-f", "json"]).json().found()
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        plimsoll(self.path(), arguments).end()
    }
}

/// A run in a folder, with no settings of the user's.
pub fn plimsoll(folder: &Path, arguments: &[&str]) -> Plimsoll {
    Plimsoll::new(folder, arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1")
}

/// git in a folder, with no settings of the user's.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let (code, said) = try_git(folder, arguments);
    assert_eq!(code, Some(0), "git {arguments:?}: {said}");
    said
}

/// git in a folder, which may fail: its exit code, and what it said.
pub fn try_git(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("git")
        .args(["-c", "protocol.file.allow=always", "-c", "core.safecrlf=false"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
        .envs([("GIT_COMMITTER_NAME", "c"), ("GIT_COMMITTER_EMAIL", "c@example.com")])
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The program under test.
pub fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_plimsoll"))
}

/// Trials of a suite; ignored, and counted so, where there is no git.
pub fn trials(suite: &str, all: &[(&str, fn())]) -> Vec<Trial> {
    let there = Command::new("git").arg("--version").output().is_ok();
    let why = if there { "" } else { " (no git)" };
    let trial = |(name, judge): &(&str, fn())| {
        let judge = *judge;
        Trial::test(format!("{suite}::{name}{why}"), move || {
            judge();
            Ok(())
        })
        .with_ignored_flag(!there)
    };
    all.iter().map(trial).collect()
}
