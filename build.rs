//! Lists the folders that are checks, so that adding one registers nothing: `policies/<pack>/<id>/<id>.rego` and
//! `src/native/<pack>/<id>.rs`, `src/schema/checks/<id>.rs`. Leaves out what they say.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    for watched in ["policies", "src/native", "src/schema/checks"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    fs::write(out.join("policies.rs"), policies(&root)?)?;
    fs::write(out.join("native_checks.rs"), native(&root)?)?;
    fs::write(out.join("schema_checks.rs"), modules(&root.join("src/schema/checks"), "schema")?)?;
    Ok(())
}

/// The names in a folder, sorted, so that a build is the same everywhere.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn policies(root: &Path) -> io::Result<String> {
    let base = root.join("policies");
    let (mut libs, mut checks) = (String::new(), String::new());
    for pack in names(&base)?.into_iter().filter(|name| base.join(name).is_dir()) {
        if pack == "lib" {
            for file in names(&base.join(&pack))?
                .into_iter()
                .filter(|name| name.ends_with(".rego") && !name.ends_with("_test.rego"))
            {
                let path = base.join(&pack).join(&file);
                writeln!(libs, "    (\"policies/lib/{file}\", include_str!({path:?})),").map_err(io::Error::other)?;
            }
            continue;
        }
        for id in names(&base.join(&pack))? {
            let file = format!("{}.rego", id.replace('-', "_"));
            let path = base.join(&pack).join(&id).join(&file);
            if !path.is_file() {
                return Err(io::Error::other(format!(
                    "policies/{pack}/{id} has no {file}: a policy is named after its folder"
                )));
            }
            writeln!(checks, "    (\"{pack}/{id}\", \"policies/{pack}/{id}/{file}\", include_str!({path:?})),")
                .map_err(io::Error::other)?;
        }
    }
    Ok(format!(
        "/// Shared rules: path and text.\npub(super) static LIBRARY: &[(&str, &str)] = &[\n{libs}];\n\
         /// Checks: id, path and text.\npub(super) static POLICIES: &[(&str, &str, &str)] = &[\n{checks}];\n"
    ))
}

fn native(root: &Path) -> io::Result<String> {
    let base = root.join("src/native");
    let (mut mods, mut list) = (String::new(), String::new());
    for pack in names(&base)?.into_iter().filter(|name| base.join(name).is_dir()) {
        writeln!(mods, "mod {pack} {{").map_err(io::Error::other)?;
        for id in rust_files(&base.join(&pack))? {
            let path = base.join(&pack).join(format!("{id}.rs"));
            writeln!(mods, "    #[path = {path:?}]\n    pub(super) mod {id};").map_err(io::Error::other)?;
            let name = id.replace('_', "-");
            writeln!(list, "    (\"{pack}/{name}\", &{pack}::{id}::DECLARATION, {pack}::{id}::run),")
                .map_err(io::Error::other)?;
        }
        writeln!(mods, "}}").map_err(io::Error::other)?;
    }
    Ok(format!(
        "{mods}\n/// Every native check: id, declaration, code.\npub(super) static CHECKS: &[(&str, &Declaration, Run)] = &[\n{list}];\n"
    ))
}

fn modules(folder: &Path, pack: &str) -> io::Result<String> {
    let (mut mods, mut list) = (String::new(), String::new());
    for id in rust_files(folder)? {
        let path = folder.join(format!("{id}.rs"));
        writeln!(mods, "#[path = {path:?}]\nmod {id};").map_err(io::Error::other)?;
        let name = id.replace('_', "-");
        writeln!(list, "    (\"{pack}/{name}\", &{id}::DECLARATION, {id}::tell),").map_err(io::Error::other)?;
    }
    Ok(format!(
        "{mods}\n/// Every check of this pack: id, declaration, and what it says of a problem.\npub(super) static CHECKS: &[(&str, &Declaration, Tell)] = &[\n{list}];\n"
    ))
}

fn rust_files(folder: &Path) -> io::Result<Vec<String>> {
    Ok(names(folder)?.into_iter().filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect())
}
