//! The tests of the policies: every `test_…` rule of `policies/**/*_test.rego`, one trial each, evaluated by the crate
//! that the library uses.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use regorus::{Engine, Value};

use crate::project;

pub fn trials() -> Vec<Trial> {
    let folder = project::root().join("policies");
    let library = rego_in(&folder.join("lib"));
    let mut trials = tests("lib", &library, &library);
    for check in
        project::entries(&folder).iter().filter(|pack| !pack.ends_with("lib")).flat_map(|p| project::entries(p))
    {
        let id = project::below(&folder, &check);
        let own = rego_in(&check);
        let modules: Vec<PathBuf> = library.iter().chain(&own).cloned().collect();
        let found = tests(&id, &own, &modules);
        if found.is_empty() {
            let why = format!("policies/{id} has no test: its rules named `test_…` stand in a file `…_test.rego`");
            trials.push(Trial::test(format!("policy::{id}::tests-exist"), move || Err(why.into())));
        }
        trials.extend(found);
    }
    trials
}

/// The trials of the test files among `own`, each evaluated with all of `modules`.
fn tests(id: &str, own: &[PathBuf], modules: &[PathBuf]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for file in own.iter().filter(|file| project::name_of(file).ends_with("_test.rego")) {
        let text = fs::read_to_string(file).unwrap();
        let package = text.lines().find_map(|line| line.strip_prefix("package ")).unwrap_or_default().trim().to_owned();
        let names: BTreeSet<&str> = text.lines().filter_map(test_name).collect();
        for name in names {
            let (rule, modules) = (format!("data.{package}.{name}"), modules.to_vec());
            let part = if id == "lib" { project::name_of(file).replace("_test.rego", "::") } else { String::new() };
            trials.push(Trial::test(format!("policy::{id}::{part}{name}"), move || run(&modules, rule)));
        }
    }
    trials
}

/// The name of the test that a line begins.
fn test_name(line: &str) -> Option<&str> {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(line.len());
    line.get(..end).filter(|name| name.starts_with("test_"))
}

fn run(modules: &[PathBuf], rule: String) -> Result<(), Failed> {
    let mut engine = Engine::new();
    // a builtin that fails makes its expression undefined, as for `opa test` and the library's virtual machine
    engine.set_strict_builtin_errors(false);
    for module in modules {
        let path = project::below(project::root(), module);
        engine.add_policy(path, fs::read_to_string(module)?).map_err(|error| error.to_string())?;
    }
    match engine.eval_rule(rule).map_err(|error| error.to_string())? {
        Value::Bool(true) => Ok(()),
        Value::Undefined => Err("not true: a line of its body is false or undefined".into()),
        other => Err(format!("not true: {other}").into()),
    }
}

/// The modules directly in a folder.
fn rego_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = project::entries(folder);
    files.retain(|file| file.extension().is_some_and(|ending| ending == "rego"));
    files
}
