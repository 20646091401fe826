//! Virtual environments of Python. Leaves out which Python: it is the `python3` of the path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{empty, finish, write};

/// A virtual environment.
pub struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// The environment in a folder with these packages, made when it is not there.
    pub fn with(folder: &Path, packages: &[&str]) -> Result<Venv, String> {
        let stamp = folder.join("packages");
        let wanted = packages.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
            return Ok(Venv { folder: folder.to_owned() });
        }
        let venv = Venv::new(folder)?;
        finish(venv.command("python").args(["-m", "pip", "install", "--quiet"]).args(packages)).map_err(|error| {
            format!("{error}\n{} could not be installed; that needs a package index of Python", packages.join(", "))
        })?;
        write(&stamp, &wanted)?;
        Ok(venv)
    }

    /// A new environment with nothing but pip, in the place of whatever is there.
    pub fn new(folder: &Path) -> Result<Venv, String> {
        empty(folder)?;
        finish(Command::new("python3").args(["-m", "venv"]).arg(folder)).map_err(|error| {
            format!("{error}\nno virtual environment: that needs python3 with its module venv (Debian: python3-venv)")
        })?;
        Ok(Venv { folder: folder.to_owned() })
    }

    /// A command of a program in the environment.
    pub fn command(&self, program: &str) -> Command {
        Command::new(self.programs().join(program))
    }

    /// The folder of its programs.
    pub fn programs(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }
}
