//! One version: what the Python packages and the pages for users say is what Cargo.toml says. It changes no file.

use std::fs;
use std::path::Path;

use super::DISTRIBUTION;

/// The version of Cargo.toml, which stands in every other place too.
pub fn check(project: &Path) -> Result<String, String> {
    let text = |name: &str| {
        let path = project.join(name);
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let version = value(&text("Cargo.toml")?, "[workspace.package]", "version").ok_or("Cargo.toml has no version")?;
    let (shim, wheel) = (text("pyproject.toml")?, text("python/pyproject.toml")?);
    let mut wrong = Vec::new();
    match value(&shim, "[project]", "version") {
        Some(found) if found == version => {}
        found => wrong.push(format!("pyproject.toml: the version is {}", found.as_deref().unwrap_or("missing"))),
    }
    if value(&wheel, "[project]", "name").as_deref() != Some(DISTRIBUTION) {
        wrong.push(format!("python/pyproject.toml: the name is not {DISTRIBUTION}"));
    }
    if !wheel.contains("dynamic = [\"version\"]") || value(&wheel, "[project]", "version").is_some() {
        wrong.push(
            "python/pyproject.toml: the version is to be `dynamic`, as maturin takes it from Cargo.toml".to_owned(),
        );
    }
    if mentions(&shim).is_empty() {
        wrong.push(format!("pyproject.toml: it does not depend on {DISTRIBUTION}=={version}"));
    }
    let mut pages =
        vec![("pyproject.toml".to_owned(), shim), ("python/README.md".to_owned(), text("python/README.md")?)];
    for folder in ["docs", "docs/ci"] {
        let entries = fs::read_dir(project.join(folder)).map_err(|error| format!("cannot read {folder}: {error}"))?;
        let mut files: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
        files.retain(|path| path.is_file());
        files.sort();
        for path in files {
            let page = fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            pages.push((path.strip_prefix(project).unwrap_or(&path).display().to_string(), page));
        }
    }
    for (name, page) in &pages {
        for (line, found) in mentions(page).into_iter().filter(|(_, found)| *found != version) {
            wrong.push(format!("{name}:{line}: the version is {found}"));
        }
    }
    if wrong.is_empty() {
        return Ok(version);
    }
    Err(format!("the version of Cargo.toml is {version}, but\n  {}", wrong.join("\n  ")))
}

/// A quoted value of a table in TOML that is written one key a line.
fn value(toml: &str, table: &str, key: &str) -> Option<String> {
    let lines = toml.lines().skip_while(|line| line.trim() != table).skip(1).take_while(|line| !line.starts_with('['));
    let mut values = lines.filter_map(|line| line.split_once('=')).filter(|(name, _)| name.trim() == key);
    let (_, quoted) = values.next()?;
    Some(quoted.trim().strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// Where a text names a version of ours, and which: as a requirement, a wheel's name or a revision for pre-commit.
fn mentions(text: &str) -> Vec<(usize, &str)> {
    let requirement = format!("{DISTRIBUTION}==");
    let file = format!("{}-", DISTRIBUTION.replace('-', "_"));
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for before in [requirement.as_str(), file.as_str(), "rev: v", "--tag v", "--branch v", "plimsoll:"] {
            for (at, _) in line.match_indices(before) {
                let rest = &line[at + before.len()..];
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                let version = rest[..end].trim_end_matches('.');
                if version.starts_with(|c: char| c.is_ascii_digit()) {
                    found.push((index + 1, version));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{check, mentions, value};

    #[test]
    fn one_version() {
        check(&crate::project()).expect("the version is the same everywhere");
    }

    #[test]
    fn versions_are_found_where_users_copy_them_from() {
        let page = "pip install plimsoll-gitops==1.2.3\nx plimsoll_gitops-1.2.4-py3-none-any.whl\n    rev: v1.2.5\n";
        assert_eq!(mentions(page), [(1, "1.2.3"), (2, "1.2.4"), (3, "1.2.5")]);
        assert_eq!(mentions("plimsoll_gitops-*.whl\nrev: main\nplimsoll: ok"), []);
    }

    #[test]
    fn values_belong_to_their_table() {
        let toml = "[a]\nversion = \"1\"\n[b]\nname = \"x\"\nversion = \"2\"\n";
        assert_eq!(value(toml, "[b]", "version").as_deref(), Some("2"));
        assert_eq!(value(toml, "[a]", "name"), None);
    }
}
