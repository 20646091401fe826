//! The pages of the checks are what their declarations and fixtures say. `UPDATE=1 cargo test docs` writes them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use plimsoll::check::CheckMeta;
use plimsoll::report;

use crate::{markers, project};

pub fn trials() -> Vec<Trial> {
    let folder = project::root().join("docs/checks");
    let mut trials = Vec::new();
    let mut pages = BTreeSet::new();
    for meta in project::metas() {
        let page = project::root().join(meta.page());
        pages.insert(page.clone());
        trials.push(Trial::test(format!("docs::{}", meta.id), move || {
            holds(&page, &report::page(meta, example(&meta.id.0).as_deref()))
        }));
    }
    let list = folder.join("README.md");
    pages.insert(list.clone());
    trials.push(Trial::test("docs::README", move || holds(&list, &table())));
    for page in project::files_below(&folder).into_iter().filter(|page| !pages.contains(page)) {
        let name = project::below(&folder, &page);
        trials.push(Trial::test(format!("docs::{name}"), move || stray(&page)));
    }
    trials
}

/// The first fixture that fails, without its markers.
fn example(id: &str) -> Option<String> {
    let folder = project::root().join("fixtures/checks").join(id);
    let is_example = |path: &PathBuf| {
        let name = project::name_of(path);
        name.starts_with("fail") && name.ends_with(".yaml") && !name.ends_with(".fixed.yaml") && path.is_file()
    };
    let plain = folder.join("fail.yaml");
    let file = if plain.is_file() { plain } else { project::entries(&folder).into_iter().find(is_example)? };
    fs::read_to_string(file).ok().map(|text| markers::without(&text))
}

/// Every check in one table a pack.
fn table() -> String {
    let metas = project::metas();
    let packs: BTreeSet<&str> = metas.iter().map(|meta| meta.id.pack()).collect();
    let mut out = String::from("# Checks\n");
    for pack in packs {
        let _ = writeln!(out, "\n## {pack}\n\n| check | severity | what it finds |\n|---|---|---|");
        for CheckMeta { id, severity, title, .. } in metas.iter().filter(|meta| meta.id.pack() == pack) {
            let _ = writeln!(out, "| [{id}]({id}.md) | {severity} | {} |", title.replace('|', "\\|"));
        }
    }
    out
}

fn updates() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty() && value != "0")
}

fn holds(page: &Path, text: &str) -> Result<(), Failed> {
    let name = project::below(project::root(), page);
    let found = fs::read_to_string(page).unwrap_or_default();
    if found == text {
        return Ok(());
    }
    if updates() {
        fs::create_dir_all(page.parent().unwrap_or(page))?;
        fs::write(page, text)?;
        return Ok(());
    }
    if !page.is_file() {
        return Err(format!("{name} is not there; `UPDATE=1 cargo test docs` writes it").into());
    }
    let line = found.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(the end)").to_owned();
    Err(format!(
        "{name}:{} is not what the check says; `UPDATE=1 cargo test docs` writes it\n  page:  {}\n  check: {}",
        line + 1,
        at(&found),
        at(text)
    )
    .into())
}

fn stray(page: &Path) -> Result<(), Failed> {
    if updates() {
        fs::remove_file(page)?;
        return Ok(());
    }
    let name = project::below(project::root(), page);
    Err(format!("{name} is a page without a check; `UPDATE=1 cargo test docs` removes it").into())
}
