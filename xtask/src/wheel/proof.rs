//! The proof with the real pre-commit framework: nothing is installed, then a commit with a fault is refused. It leaves
//! out other package managers, and judges no message beyond the finding's place and check.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::python::Venv;
use super::{Wheel, build, empty, finish, read, target, write};

const FRAMEWORK: &str = "pre-commit==4.7.0";

const SOUND: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: colours\ndata:\n  sky: blue\n";
const FAULTY: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: colours\ndat:\n  sky: blue\n";
/// Where the fault is, and what it is.
const FINDING: [&str; 2] = ["apps/colours.yaml:5", "schema/unknown-field"];

/// Runs the command with the arguments after its name.
pub fn run(args: &[String]) -> Result<(), String> {
    if !args.is_empty() {
        return Err(
            "usage: cargo xtask pre-commit\n\nneeds python3 with venv, git, a C linker and a package index of \
                    Python (for maturin, pre-commit, setuptools and what they need)"
                .to_owned(),
        );
    }
    let wheel = build()?;
    let bench = Bench::new(&wheel)?;
    alone(&bench)?;
    with_framework(&bench)
}

/// A folder in which nothing is installed and nothing can be compiled.
struct Bench {
    folder: PathBuf,
    wheels: PathBuf,
    version: String,
}

impl Bench {
    fn new(wheel: &Wheel) -> Result<Bench, String> {
        let folder = target().join("xtask/pre-commit");
        empty(&folder)?;
        // stand in front of the real ones, and leave a note when they are to compile; pip asks rustc for its version
        let note = folder.join("compiled");
        for compiler in ["cargo", "rustc", "maturin", "cc", "gcc"] {
            let file = folder.join("no-compilers").join(compiler);
            let note = format!("echo \"{compiler} $*\" >> '{}'", note.display());
            write(&file, &format!("#!/bin/sh\n[ \"$*\" = --version ] || {note}\nexit 1\n"))?;
            finish(Command::new("chmod").arg("+x").arg(&file))?;
        }
        Ok(Bench { folder, wheels: wheel.folder.clone(), version: wheel.version.clone() })
    }

    /// A command that finds the wheel, and none of what this machine has installed, cached or configured.
    fn command(&self, program: &str, first: Option<&Path>) -> Command {
        let mut folders = vec![self.folder.join("no-compilers")];
        folders.extend(first.map(Path::to_owned));
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let found = first.map(|folder| folder.join(program)).filter(|path| path.exists());
        let mut command = Command::new(found.unwrap_or_else(|| program.into()));
        command.env("PATH", std::env::join_paths(folders).unwrap_or_default());
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "CARGO", "SKIP", "PRE_COMMIT"] {
            command.env_remove(name);
        }
        command.env("GIT_CONFIG_GLOBAL", self.folder.join("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "proof").env(format!("GIT_{who}_EMAIL"), "proof@example.com");
        }
        command
            .env("PIP_FIND_LINKS", &self.wheels)
            .env("PIP_CACHE_DIR", self.folder.join("pip-cache"))
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("VIRTUALENV_OVERRIDE_APP_DATA", self.folder.join("virtualenv"))
            .env("PRE_COMMIT_HOME", self.folder.join("framework-home"));
        command
    }

    fn git(&self, folder: &Path, args: &[&str]) -> Result<String, String> {
        finish(self.command("git", None).current_dir(folder).args(args))
    }
}

/// The wheel without the framework: a new environment, no package index, one finding.
fn alone(bench: &Bench) -> Result<(), String> {
    let start = Instant::now();
    let folder = bench.folder.join("alone");
    let programs = Venv::new(&folder)?.programs();
    let made = start.elapsed();
    let requirement = format!("{}=={}", super::DISTRIBUTION, bench.version);
    let mut pip = bench.command("python", Some(&programs));
    finish(pip.args(["-m", "pip", "install", "--quiet", "--no-index", "--only-binary", ":all:", &requirement]))?;
    let installed = start.elapsed();
    let repository = bench.folder.join("manifests");
    write(&repository.join("apps/colours.yaml"), FAULTY)?;
    let said = said(bench.command("plimsoll", Some(&programs)).current_dir(&repository).arg("check"))?;
    said.refuses("the wheel's program")?;
    let version = finish(bench.command("plimsoll", Some(&programs)).arg("--version"))?;
    if version.trim() != format!("plimsoll {}", bench.version) {
        return Err(format!("the wheel is of version {}, its program says: {version}", bench.version));
    }
    println!("\nthe wheel alone, from nothing installed to the first finding: {}", seconds(start));
    println!(
        "  a virtual environment {:.1} s, the wheel in it {:.1} s",
        made.as_secs_f64(),
        (installed - made).as_secs_f64()
    );
    Ok(())
}

fn with_framework(bench: &Bench) -> Result<(), String> {
    let hooks = hooks(bench)?;
    let repository = bench.folder.join("repository");
    write(&repository.join("apps/colours.yaml"), FAULTY)?;
    let uses = format!("repos:\n- repo: file://{}\n  rev: v{}\n  hooks:\n", hooks.display(), bench.version);
    write(&repository.join(".pre-commit-config.yaml"), &format!("{uses}  - id: plimsoll\n  - id: plimsoll-all\n"))?;
    bench.git(&repository, &["init", "--quiet"])?;
    bench.git(&repository, &["add", "."])?;

    let start = Instant::now();
    let programs = Venv::new(&bench.folder.join("framework"))?.programs();
    let mut pip = bench.command("python", Some(&programs));
    finish(pip.args(["-m", "pip", "install", "--quiet", FRAMEWORK])).map_err(|error| {
        format!("{error}\n{FRAMEWORK} could not be installed; that needs a package index of Python")
    })?;
    let framework = |args: &[&str]| {
        let mut command = bench.command("pre-commit", Some(&programs));
        command.current_dir(&repository).args(args);
        command
    };
    finish(&mut framework(&["install"]))?;
    println!("\n{FRAMEWORK} is installed: {}", seconds(start));
    let commit_with = |flags: &[&str], what: &str| {
        let before = Instant::now();
        let mut git = bench.command("git", None);
        let said = said(git.current_dir(&repository).args(["commit", "--quiet", "-m", what]).args(flags))?;
        Ok::<Said, String>(Said { took: seconds(before), ..said })
    };
    let commit = |what: &str| commit_with(&[], what);
    let change = |text: &str| write(&repository.join("apps/colours.yaml"), text);
    let stage = || bench.git(&repository, &["add", "."]).map(drop);

    let first = commit("a fault")?;
    first.refuses("the first commit with a fault")?;
    println!("the first commit is refused with the finding, hook installed on the way: {}", first.took);
    println!("from nothing installed to the first finding: {}", seconds(start));
    print!("\n{}", indented(&first.text));

    println!("\nwith all installed");
    let again = commit("a fault")?;
    again.refuses("a commit with a fault")?;
    println!("  a commit with a fault is refused: {}", again.took);
    change(SOUND)?;
    commit("in the work tree alone")?.refuses("a fault that is mended in the work tree alone")?;
    println!("  so is one whose fault is mended in the work tree and not staged");
    stage()?;
    let sound = commit("no fault")?;
    sound.passes("a commit without a fault")?;
    println!("  a commit without passes: {}", sound.took);
    write(&repository.join("README.md"), "colours\n")?;
    stage()?;
    change(FAULTY)?;
    commit("a page")?.passes("a commit of a page, with a fault in the work tree that is not staged")?;
    println!("  so does one with a fault that is not staged");
    // git gives the hook an index of its own for these two
    commit_with(&["--all"], "all")?.refuses("`git commit --all` of a fault")?;
    commit_with(&["apps"], "a folder")?.refuses("`git commit apps` with a fault")?;
    println!("  `git commit --all` and `git commit FOLDER` of a fault are refused");
    change(SOUND)?;
    bench.git(&repository, &["rm", "--quiet", "apps/colours.yaml"])?;
    commit("a deletion")?.passes("a commit that deletes a file")?;
    println!("  a commit that only deletes is looked at");

    change(FAULTY)?;
    stage()?;
    bench.git(&repository, &["commit", "--quiet", "--no-verify", "-m", "a fault that no hook saw"])?;
    let all = said(&mut framework(&["run", "--all-files", "--hook-stage", "manual", "plimsoll-all"]))?;
    all.refuses("plimsoll-all")?;
    println!("  plimsoll-all finds a fault that was committed without hooks");
    if let Ok(compilers) = read(&bench.folder.join("compiled")) {
        return Err(format!("something was compiled: {}", String::from_utf8_lossy(&compilers)));
    }
    println!("  nothing was compiled");
    Ok(())
}

/// A clone of the project with the hooks and the package of the work tree, tagged with its version.
fn hooks(bench: &Bench) -> Result<PathBuf, String> {
    let (project, hooks) = (crate::project(), bench.folder.join("hooks"));
    let mut git = Command::new("git");
    finish(git.args(["clone", "--quiet"]).arg(&project).arg(&hooks))?;
    for name in [".pre-commit-hooks.yaml", "pyproject.toml"] {
        write(&hooks.join(name), &String::from_utf8_lossy(&read(&project.join(name))?))?;
    }
    bench.git(&hooks, &["add", "."])?;
    bench.git(&hooks, &["commit", "--quiet", "--allow-empty", "-m", "as in the work tree"])?;
    bench.git(&hooks, &["tag", "--force", &format!("v{}", bench.version)])?;
    Ok(hooks)
}

/// How a command ended and what it said.
struct Said {
    success: bool,
    text: String,
    took: String,
}

impl Said {
    fn refuses(&self, what: &str) -> Result<(), String> {
        if self.success {
            return Err(format!("{}\n{what} passes", self.text));
        }
        match FINDING.iter().find(|part| !self.text.contains(**part)) {
            Some(part) => Err(format!("{}\n{what} is refused without `{part}`", self.text)),
            None => Ok(()),
        }
    }

    fn passes(&self, what: &str) -> Result<(), String> {
        let ran = self.text.contains("Passed") && !self.text.contains("Skipped");
        if self.success && ran { Ok(()) } else { Err(format!("{}\n{what} does not pass", self.text)) }
    }
}

fn said(command: &mut Command) -> Result<Said, String> {
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Ok(Said { success: output.status.success(), text, took: String::new() })
}

fn seconds(since: Instant) -> String {
    format!("{:.1} s", since.elapsed().as_secs_f64())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
