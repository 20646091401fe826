//! `cargo xtask schemas`: makes `schemas/kubernetes.bin` and the papers beside it from a pinned public package. It
//! does not judge the data; it holds the bundle that it made against the source, field by field, before it writes it.
//!
//! With `--check` it writes nothing and fails where the committed files are not what it would make.

mod enums;
mod fetch;
mod papers;
mod swagger;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::facts::{MINORS, Pack, Packer};

/// The list of enumerations, which the bundle is made of too.
const ENUMS: &str = "enums.tsv";

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
        _ => return Err("usage: cargo xtask schemas [--check | enums]".to_owned()),
    };
    let mut sources = fetch::sources(&root.join("target/xtask"))?;
    let list = root.join("schemas").join(ENUMS);
    let list = fs::read_to_string(&list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    let enumerated = enums::put(&mut sources.minors, &list)?;

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

    let mut files = vec![("kubernetes.bin", bytes)];
    files.extend(papers::papers(&sources));
    let folder = root.join("schemas");
    if check { compare(&folder, &files) } else { write(&folder, &files) }
}

fn write(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    for (name, content) in files {
        let path = folder.join(name);
        fs::write(&path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

fn compare(folder: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), String> {
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
