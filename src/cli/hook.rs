//! `plimsoll hook`: the check before each commit, in a repository of plain git. A hook that is there is kept and runs
//! first. Leaves out the pre-commit framework, which has a file of its own (.pre-commit-hooks.yaml).

use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::source::git::{self, GitProblem, HookScope};

use super::{Refusal, job, print};

/// When git asks: before a commit, and before the commit of a merge, which asks no `pre-commit`.
const HOOKS: [&str; 2] = ["pre-commit", "pre-merge-commit"];

/// How a hook of ours is known, by whoever reads it too.
const MARK: &str = "# written by `plimsoll hook install`";

/// What a hook that was there is called from then on.
const BEFORE: &str = ".before-plimsoll";

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Check what is staged before each commit; a hook that is there is kept and runs first
    Install {
        /// Also where the folder of hooks is one for many repositories
        #[arg(long)]
        shared: bool,
    },
    /// Take the hook out, and put back what was there before
    Uninstall,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let current = job::current()?;
    let hooks = git::hooks(&current).map_err(refused)?;
    match arguments.action {
        Action::Install { shared } => {
            if hooks.scope == HookScope::Shared && !shared {
                return Err(Refusal::new(format!(
                    "{}: git's own settings name this folder for the hooks of many repositories (core.hooksPath)",
                    hooks.folder.display()
                ))
                .help("--shared installs it for all of them; for this one alone: git config --local core.hooksPath .git/hooks"));
            }
            install(&hooks)?;
        }
        Action::Uninstall => uninstall(&hooks.folder)?,
    }
    Ok(0)
}

fn install(hooks: &git::Hooks) -> Result<(), Refusal> {
    let folder = &hooks.folder;
    if folder.ends_with(".husky/_") {
        return Err(Refusal::new(format!("{}: husky writes this folder anew", folder.display()))
            .help("add a line to .husky/pre-commit: plimsoll check --staged"));
    }
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    // a hook that is committed runs on other machines, where the program is elsewhere
    let program = match hooks.scope {
        HookScope::Committed => None,
        HookScope::Own | HookScope::Shared => std::env::current_exe().ok(),
    };
    let text = script(program.as_deref());
    let mut kept = Vec::new();
    for name in HOOKS {
        let (file, before) = (folder.join(name), folder.join(format!("{name}{BEFORE}")));
        match there(&file)? {
            There::Nothing | There::Ours => {}
            There::Other => {
                if before.symlink_metadata().is_ok() {
                    return Err(Refusal::new(format!(
                        "{}: a hook of another program, and {} is there too",
                        file.display(),
                        before.display()
                    ))
                    .help("look at both, and take out the one that is not needed any more"));
                }
                fs::rename(&file, &before).map_err(|error| failed(&before, &error))?;
                kept.push(before);
            }
        }
        write(&file, &text)?;
    }
    let shown: Vec<String> = HOOKS.iter().map(|name| folder.join(name).display().to_string()).collect();
    let mut said = format!("{}: what is staged is checked before each commit\n", shown.join(", "));
    for before in kept {
        said.push_str(&format!("{}: what was there before, which runs first\n", before.display()));
    }
    if hooks.scope == HookScope::Committed {
        said.push_str(
            "this folder is part of the repository: commit the hooks, and everyone needs plimsoll in the PATH\n",
        );
    }
    said.push_str("to commit without it once: git commit --no-verify\n");
    print(&said);
    Ok(())
}

fn uninstall(folder: &Path) -> Result<(), Refusal> {
    let mut said = String::new();
    for name in HOOKS {
        let (file, before) = (folder.join(name), folder.join(format!("{name}{BEFORE}")));
        if !matches!(there(&file)?, There::Ours) {
            continue;
        }
        fs::remove_file(&file).map_err(|error| failed(&file, &error))?;
        said.push_str(&format!("{}: taken out\n", file.display()));
        if before.symlink_metadata().is_ok() {
            fs::rename(&before, &file).map_err(|error| failed(&file, &error))?;
            said.push_str(&format!("{}: what was there before is back\n", file.display()));
        }
    }
    if said.is_empty() {
        return Err(Refusal::new(format!("{}: there is no hook of plimsoll", folder.display()))
            .help("`plimsoll hook install` writes one"));
    }
    print(&said);
    Ok(())
}

enum There {
    Nothing,
    Ours,
    Other,
}

fn there(file: &Path) -> Result<There, Refusal> {
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(There::Nothing),
        Err(error) => return Err(failed(file, &error)),
        Ok(meta) if meta.is_dir() => {
            return Err(Refusal::new(format!("{}: a folder stands where git looks for a hook", file.display()))
                .help("move it away"));
        }
        // a link leads to what somebody keeps elsewhere
        Ok(meta) if meta.is_symlink() => return Ok(There::Other),
        Ok(_) => {}
    }
    let bytes = fs::read(file).map_err(|error| failed(file, &error))?;
    let ours = memchr::memmem::find(&bytes, MARK.as_bytes()).is_some();
    Ok(if ours { There::Ours } else { There::Other })
}

/// One text for every hook: it knows by its own name what was there before it. A program that is gone refuses the commit,
/// because a check that does not run must not look like one that found nothing.
fn script(program: Option<&Path>) -> String {
    let own = program.map_or_else(String::new, |program| {
        let program = quoted(&program.to_string_lossy());
        format!("if [ -x {program} ]; then\n  exec {program} check --staged\nfi\n")
    });
    format!(
        "#!/bin/sh\n{MARK}: checks what is staged, as it is staged.\n# `plimsoll hook uninstall` takes it out; \
         `git commit --no-verify` goes without it once.\nbefore=\"$0{BEFORE}\"\nif [ -x \"$before\" ]; then\n  \
         \"$before\" \"$@\" || exit $?\nfi\n{own}if command -v plimsoll >/dev/null 2>&1; then\n  \
         exec plimsoll check --staged\nfi\necho \"plimsoll is not in the PATH, so what is staged was not checked\" >&2\n\
         echo \"  help: install it, take this hook out ($0), or commit with --no-verify\" >&2\nexit 1\n"
    )
}

/// A word for the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn write(file: &Path, text: &str) -> Result<(), Refusal> {
    // all or nothing: half a hook would be run
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, text).and_then(|()| executable(&beside)).and_then(|()| fs::rename(&beside, file));
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(file, &error)
    })
}

#[cfg(unix)]
fn executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn failed(file: &Path, error: &std::io::Error) -> Refusal {
    Refusal::new(format!("{}: {error}", file.display())).help("the hook needs to be written there")
}

fn refused(problem: GitProblem) -> Refusal {
    match problem {
        GitProblem::NoGit => Refusal::new("a hook is git's, and there is no program of that name").help("install git"),
        GitProblem::Refused(why) => {
            Refusal::new(format!("git says: {why}")).help("run it in a git repository that has a work tree")
        }
        GitProblem::Unmerged(_) => Refusal::new("conflicts that are not resolved").help("resolve them first"),
    }
}
