//! `cargo xtask schemas`: makes `schemas/kubernetes.bin` from a pinned public package, `schemas/crds.bin` from the Go types
//! of pinned modules, and the papers beside them. It does not judge the data; it holds the bundles that it made against
//! their sources, field by field, before it writes them. It wants Python, Go and a network; no build does.
//!
//! With `--check` it writes nothing and fails where the committed files are not what it would make.

mod compare;
mod coverage;
mod enums;
mod fetch;
mod manifests;
mod markers;
mod openapi;
mod papers;
mod projects;
mod swagger;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::facts::{MINORS, Pack, Packer};

/// The list of enumerations, which the bundle is made of too.
const ENUMS: &str = "enums.tsv";

/// The list of scopes and defaults, which the papers beside the bundle are made of.
const MARKERS: &str = "markers.tsv";

/// Runs the command with the arguments after its name.
#[allow(clippy::print_stderr, reason = "a tool for developers says what it made")]
pub fn run(args: &[String]) -> Result<(), String> {
    let root = root();
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        [word] if word == "enums" => {
            let list = enums::make(&root)?;
            return write(&root.join("schemas"), &[(ENUMS, list.into_bytes())]);
        }
        [word] if word == "markers" => {
            let list = markers::make(&root, &fetch::sources(&root.join("target/xtask"))?.minors)?;
            return write(&root.join("schemas"), &[(MARKERS, list.into_bytes())]);
        }
        [command, folder] if command == "openapi" => return openapi::run(&root, Path::new(folder)),
        [command, folder] if command == "compare" => return compare::run(Path::new(folder)),
        [command, folder] if command == "coverage" => return coverage::run(Path::new(folder)),
        _ => {
            return Err("usage: cargo xtask schemas [--check | enums | markers | openapi FOLDER | compare FOLDER | \
                           coverage FOLDER]"
                .to_owned());
        }
    };
    let mut sources = fetch::sources(&root.join("target/xtask"))?;
    let enumerated = enums::put(&mut sources.minors, &list(&root, ENUMS)?)?;
    let marked = markers::read(&list(&root, MARKERS)?)?;
    let defaults = markers::put_defaults(&mut sources.minors, &marked)?;
    let scopes = markers::scopes(&sources.minors, &marked)?;

    let mut packer = Packer::new();
    for source in &sources.minors {
        swagger::pack_minor(&mut packer, source);
    }
    let bytes = packer.finish();
    let pack = Pack::open(bytes.clone()).map_err(|error| error.to_string())?;
    let minors: Vec<u16> = sources.minors.iter().map(|source| source.minor).collect();
    if minors != MINORS.collect::<Vec<u16>>() {
        return Err(format!("the packages carry the minors {minors:?}, the library promises {MINORS:?}"));
    }
    let verified = verify::against_sources(&pack, &sources.minors)?;
    eprintln!(
        "{} bytes, {} nodes, {} kinds, {enumerated} enumerations; {verified} fields read back as the source has them",
        bytes.len(),
        pack.node_count(),
        pack.kinds().count(),
    );

    let projects = projects::Projects::compute(&root, &root.join("target/xtask"))?;
    let crds = projects.pack()?;
    eprintln!("{} bytes for {} kinds of other projects", crds.len(), projects.count());

    let mut packer = Packer::new();
    for source in &sources.minors {
        swagger::describe_minor(&mut packer, source);
    }
    let own = packer.finish().len();
    let mut packer = Packer::new();
    for source in &sources.minors {
        swagger::describe_minor(&mut packer, source);
    }
    projects.describe(&mut packer);
    let descriptions = packer.finish();
    eprintln!("{} bytes of descriptions, {own} of them Kubernetes' own; {defaults} defaults", descriptions.len());

    let mut files = vec![("kubernetes.bin", bytes), ("crds.bin", crds), ("descriptions.bin", descriptions)];
    files.push(("scopes.tsv", scopes.into_bytes()));
    files.extend(papers::papers(&sources, &projects));
    let folder = root.join("schemas");
    if check { hold(&folder, &files) } else { write(&folder, &files) }
}

/// A list that lies beside the bundle.
fn list(root: &Path, name: &str) -> Result<String, String> {
    let path = root.join("schemas").join(name);
    fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    for (name, content) in files {
        let path = folder.join(name);
        fs::write(&path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

fn hold(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), String> {
    let differs = |name: &str, made: &[u8]| fs::read(folder.join(name)).map_or(true, |committed| committed != made);
    let stale: Vec<&str> = files.iter().filter(|(name, made)| differs(name, made)).map(|(name, _)| *name).collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("not what the sources give: {}; run `cargo xtask schemas`", stale.join(", ")))
}

/// The repository: the folder above this crate's.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}
