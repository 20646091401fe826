//! `cargo xtask wheel`: the Python wheel with the program inside, and `cargo xtask pre-commit`: the proof that the
//! pre-commit framework installs and runs it. It publishes nothing, and makes no source distribution.
//!
//! On Linux the program in the wheel is static, so one wheel serves every distribution. Elsewhere it is what maturin
//! makes by itself.

mod proof;
mod python;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use self::proof::run as prove;
use self::python::Venv;

/// What the package index knows the wheel by; the program is named otherwise.
const DISTRIBUTION: &str = "plimsoll-gitops";
const TOOLS: [&str; 2] = ["maturin==1.16.0", "wheel==0.48.0"];

/// Runs the command with the arguments after its name.
pub fn run(args: &[String]) -> Result<(), String> {
    match args {
        [] => build().map(drop),
        [flag] if flag == "--check" => {
            let version = versions::check(&crate::project())?;
            println!("the version is {version} wherever it stands");
            Ok(())
        }
        _ => Err("usage: cargo xtask wheel [--check]".to_owned()),
    }
}

/// A wheel that was made.
struct Wheel {
    /// The folder that pip finds it in.
    folder: PathBuf,
    version: String,
}

fn build() -> Result<Wheel, String> {
    let project = crate::project();
    let version = versions::check(&project)?;
    let folder = target().join("wheels");
    empty(&folder)?;
    let tools = Venv::with(&target().join("xtask/wheel-tools"), &TOOLS)?;

    let mut maturin = tools.command("maturin");
    maturin.current_dir(project.join("python")).args(["build", "--release", "--locked", "--out"]).arg(&folder);
    let everywhere = cfg!(all(target_os = "linux", target_env = "gnu"));
    if everywhere {
        // with a named target the flags do not reach build scripts and procedural macros, which cannot be static
        let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        maturin.args(["--target", &target, "--compatibility", "manylinux2014"]);
        maturin.env("RUSTFLAGS", format!("{flags} -C target-feature=+crt-static").trim_start());
    } else {
        maturin.args(["--compatibility", "pypi"]);
    }
    finish(&mut maturin)?;
    let mut wheel = only_wheel(&folder)?;
    if everywhere {
        // a static program needs no C library, so musl's systems are served by the same file; maturin will not say both
        let tag = format!("--platform-tag=+musllinux_1_1_{}", std::env::consts::ARCH);
        finish(tools.command("python").args(["-m", "wheel", "tags", "--remove", &tag]).arg(&wheel))?;
        wheel = only_wheel(&folder)?;
    }

    let unpacked = target().join("xtask/wheel-unpacked");
    empty(&unpacked)?;
    finish(tools.command("python").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked))?;
    let inside = format!("{}-{version}.data/scripts", DISTRIBUTION.replace('-', "_"));
    let program = unpacked.join(inside).join(format!("plimsoll{}", std::env::consts::EXE_SUFFIX));
    let bytes = read(&program)?;
    if everywhere && loader(&bytes) != Some(false) {
        return Err(format!("{} is not a static program", program.display()));
    }
    println!("{}", wheel.display());
    let linked = if everywhere { ", static" } else { "" };
    println!("  wheel {}, program {}{linked}", megabytes(read(&wheel)?.len()), megabytes(bytes.len()));
    Ok(Wheel { folder, version })
}

/// Where builds go: `CARGO_TARGET_DIR`, or `target` in the project.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => crate::project().join(folder),
        None => crate::project().join("target"),
    }
}

fn only_wheel(folder: &Path) -> Result<PathBuf, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let wheels: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .collect();
    match <[PathBuf; 1]>::try_from(wheels) {
        Ok([wheel]) => Ok(wheel),
        Err(wheels) => Err(format!("{} wheels in {}, one was to be made", wheels.len(), folder.display())),
    }
}

/// Whether a 64-bit little-endian ELF program asks for a loader, which a static one does not. Nothing for other files.
fn loader(program: &[u8]) -> Option<bool> {
    const INTERPRETER: [u8; 4] = 3_u32.to_le_bytes();
    if program.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let number = |at: usize, width: usize| {
        let bytes = program.get(at..at + width)?;
        Some(bytes.iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte)))
    };
    let (start, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    let types = (0..count).map(|index| program.get(start + index * size..)?.get(..4));
    Some(types.collect::<Option<Vec<_>>>()?.contains(&INTERPRETER.as_slice()))
}

/// An empty folder in the place of whatever is there.
fn empty(folder: &Path) -> Result<(), String> {
    let outcome = match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    };
    outcome.map_err(|error| format!("cannot make {}: {error}", folder.display()))
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::write(file, text)).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

fn megabytes(bytes: usize) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

/// Runs a command to its end; what it prints is shown when it fails.
fn finish(command: &mut Command) -> Result<String, String> {
    let name = format!("{command:?}");
    let output = command.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(said) } else { Err(format!("{said}\nfailed: {name}")) }
}

#[cfg(test)]
mod tests {
    use super::loader;

    /// An ELF program whose headers have these types.
    fn program(types: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64, 0);
        (bytes[32], bytes[54], bytes[56]) = (64, 56, types.len() as u8);
        for kind in types {
            bytes.push(*kind);
            bytes.resize(bytes.len() + 55, 0);
        }
        bytes
    }

    #[test]
    fn a_program_with_a_loader_is_not_static() {
        assert_eq!(loader(&program(&[6, 3, 1])), Some(true));
        assert_eq!(loader(&program(&[6, 1])), Some(false));
        assert_eq!(loader(b"#!/bin/sh\nexec plimsoll\n"), None);
        assert_eq!(loader(&program(&[6, 1])[..100]), None);
    }
}
