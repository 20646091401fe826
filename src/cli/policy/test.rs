//! `plimsoll policy test [PATH…]`: the tests of policies, as `opa test` finds and runs them. Leaves out how they are
//! evaluated (`policy`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::cli::job::{self, Job, JobArguments};
use crate::cli::{FINDINGS, NOT_DONE, Refusal, root};
use crate::policy::{Ran, Results, UserData, UserFile, Verdict, run_tests};
use crate::report;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Folders or files of Rego, with the YAML and JSON beside them as data; those of the configuration when left out
    paths: Vec<PathBuf>,
    /// Only tests whose name (`data.package.test_name`) a regular expression finds
    #[arg(long, short, value_name = "REGEX")]
    run: Option<String>,
    /// Tell of tests that pass, too
    #[arg(long, short)]
    verbose: bool,
    /// How to print it
    #[arg(long, short, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Failures with the line that does not hold
    #[value(alias = "pretty")]
    Human,
    /// A list, as `opa test --format json` has it
    Json,
}

/// What to do about a file that cannot be used.
const MEND: &str = "mend it: nothing in it takes part in the tests";

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let pattern = arguments.run.as_deref().map(regex::Regex::new).transpose().map_err(|error| {
        Refusal::new(format!("--run: {error}"))
            .help("it is a regular expression: `test_missing` finds all that hold it")
    })?;
    let (files, data) = if arguments.paths.is_empty() { of_configuration()? } else { of_paths(&arguments.paths)? };
    let results = run_tests(&files, &data, &|name| pattern.as_ref().is_none_or(|pattern| pattern.is_match(name)));
    if results.tests.is_empty() && results.errors.is_empty() {
        let what = match &arguments.run {
            Some(pattern) => format!("no test is called `{pattern}`"),
            None => format!("no test in {} files of Rego", files.len()),
        };
        return Err(
            Refusal::new(what).help("a test is a rule whose name begins with `test_`; `opa test` finds the same")
        );
    }
    match arguments.format {
        Format::Human => crate::cli::print(&human(&results, arguments.verbose)),
        Format::Json => {
            crate::cli::print(&json_of(&results));
            for error in &results.errors {
                let _ = std::io::Write::write_all(
                    &mut std::io::stderr(),
                    format!("error: {error}\n  help: {MEND}\n").as_bytes(),
                );
            }
        }
    }
    let any = |wanted: fn(&Verdict) -> bool| results.tests.iter().any(|test| wanted(&test.verdict));
    Ok(if !results.errors.is_empty() || any(|verdict| matches!(verdict, Verdict::Error(_))) {
        NOT_DONE
    } else if any(|verdict| *verdict == Verdict::Fail) {
        FINDINGS
    } else {
        0
    })
}

/// The policies that the configuration names, with their data; else those in `policies`.
fn of_configuration() -> Result<(Vec<UserFile>, Vec<UserData>), Refusal> {
    let job = Job::prepare(&JobArguments::without_policies(), report::Look { colour: false, width: 100 }, None)?;
    let mut files = Vec::new();
    for set in &job.config.policies {
        let folder = job.place.root.join(&set.path);
        job::policies(&folder, &root::shown(&job.place.root, &job.current, &set.path), &mut files)?;
    }
    if !job.config.policies.is_empty() {
        let data = crate::cli::data::read(&job.config.policies, &job.snapshot, &job.place.root)?;
        return Ok((files, data));
    }
    let folder = PathBuf::from("policies");
    if !job.current.join(&folder).is_dir() {
        return Err(Refusal::new("no policies: the configuration names none, and there is no folder `policies`")
            .help("name folders or files: plimsoll policy test path/to/policies"));
    }
    of_paths(&[folder])
}

/// What lies in folders and files: Rego, and YAML and JSON as data, as OPA loads them.
fn of_paths(paths: &[PathBuf]) -> Result<(Vec<UserFile>, Vec<UserData>), Refusal> {
    let (mut files, mut data) = (Vec::new(), Vec::new());
    for path in paths {
        let refuse = |why: &dyn std::fmt::Display| {
            Refusal::new(format!("{}: {why}", path.display())).help("name a folder of .rego files, or one file")
        };
        let mut found = Vec::new();
        let walk = ignore::WalkBuilder::new(path)
            .standard_filters(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| match error.io_error() {
                Some(io) if io.kind() == std::io::ErrorKind::NotFound => refuse(&"there is no such file or folder"),
                Some(io) => refuse(&io.kind()),
                None => refuse(&error),
            })?;
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                found.push(entry.into_path());
            }
        }
        found.sort();
        for file in found {
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or("");
            if !["rego", "yaml", "yml", "json"].contains(&ending) {
                continue;
            }
            let text = std::fs::read_to_string(&file).map_err(|error| {
                Refusal::new(format!("{}: {error}", file.display()))
                    .help("make it readable, or take it out of the folder")
            })?;
            let shown = file.to_string_lossy().replace('\\', "/");
            let shown = shown.strip_prefix("./").unwrap_or(&shown).to_owned();
            if ending == "rego" {
                files.push(UserFile { inside: shown.clone(), path: shown, text, namespaces: Vec::new() });
            } else {
                data.push(UserData { path: shown, under: keys(path, &file), text });
            }
        }
    }
    Ok((files, data))
}

/// The folders of a file, from the one that was named.
fn keys(base: &Path, file: &Path) -> Vec<String> {
    let folder = file.parent().and_then(|folder| folder.strip_prefix(base).ok());
    let parts = folder.into_iter().flat_map(Path::components);
    parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
}

fn human(results: &Results, verbose: bool) -> String {
    let mut out = String::new();
    let (mut pass, mut fail, mut error, mut skipped) = (0, 0, 0, 0);
    for test in &results.tests {
        // each case counts for itself
        let cases = test.cases.iter().map(|(_, holds)| *holds);
        let word = match &test.verdict {
            Verdict::Pass | Verdict::Fail if !test.cases.is_empty() => {
                let (held, fallen): (Vec<bool>, Vec<bool>) = cases.partition(|holds| *holds);
                (pass, fail) = (pass + held.len(), fail + fallen.len());
                if test.verdict == Verdict::Pass { "PASS" } else { "FAIL" }
            }
            Verdict::Pass => {
                pass += 1;
                "PASS"
            }
            Verdict::Fail => {
                fail += 1;
                "FAIL"
            }
            Verdict::Error(_) => {
                error += 1;
                "ERROR"
            }
            Verdict::Skipped => {
                skipped += 1;
                "SKIPPED"
            }
        };
        if test.verdict == Verdict::Pass && !verbose {
            continue;
        }
        let _ = writeln!(out, "{}:{}: {word} {}.{}", test.path, test.place.0, test.package, test.name);
        details(&mut out, test, verbose);
    }
    for told in &results.errors {
        let _ = writeln!(out, "error: {told}\n  help: {MEND}");
    }
    let counts = [(pass, "pass"), (fail, "fail"), (error, "cannot be asked"), (skipped, "left out")];
    let parts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let unread = match results.errors.len() {
        0 => String::new(),
        count => format!("; {count} of the files could not be used"),
    };
    let others = match results.found.saturating_sub(results.tests.len()) {
        0 => String::new(),
        1 => "; 1 other was not run".to_owned(),
        count => format!("; {count} others were not run"),
    };
    let all = pass + fail + error + skipped;
    let _ = writeln!(
        out,
        "{all} tests: {}{others}{unread}",
        if parts.is_empty() { "none ran".to_owned() } else { parts.join(", ") }
    );
    out
}

fn details(out: &mut String, test: &Ran, verbose: bool) {
    if let Verdict::Error(message) = &test.verdict {
        let _ = writeln!(out, "  {message}");
    }
    if let Some(value) = &test.value {
        let _ = writeln!(out, "  it is {value}, and not true");
    }
    for (case, holds) in test.cases.iter().filter(|(_, holds)| verbose || !holds) {
        let _ = writeln!(out, "  {}: {case}", if *holds { "PASS" } else { "FAIL" });
    }
    for fault in &test.faults {
        let case = fault.case.as_ref().map_or_else(String::new, |case| format!("{case}: "));
        let text = fault.text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "  line {}: {case}this does not hold: {text}", fault.line);
        for (what, value) in &fault.values {
            let what = what.lines().map(str::trim).collect::<Vec<_>>().join(" ");
            let _ = writeln!(out, "    {what} is {value}");
        }
    }
    if test.verdict != Verdict::Pass || verbose {
        for line in &test.printed {
            let _ = writeln!(out, "  printed: {}", line.trim_end());
        }
    }
}

fn json_of(results: &Results) -> String {
    let tests: Vec<Value> = results.tests.iter().map(one).collect();
    let mut text = serde_json::to_string_pretty(&tests).unwrap_or_default();
    text.push('\n');
    text
}

fn one(test: &Ran) -> Value {
    let mut out = Map::new();
    out.insert("location".into(), json!({"file": test.path, "row": test.place.0, "col": test.place.1}));
    out.insert("package".into(), json!(test.package));
    out.insert("name".into(), json!(test.name));
    match &test.verdict {
        Verdict::Pass => {}
        Verdict::Fail => drop(out.insert("fail".into(), json!(true))),
        Verdict::Skipped => drop(out.insert("skip".into(), json!(true))),
        Verdict::Error(message) => drop(out.insert("error".into(), json!(message))),
    }
    if !test.cases.is_empty() {
        let cases = test.cases.iter().map(|(name, holds)| {
            let case = if *holds { json!({"name": name}) } else { json!({"name": name, "fail": true}) };
            (name.clone(), case)
        });
        out.insert("sub_results".into(), Value::Object(cases.collect()));
    }
    let faults: Vec<Value> = test
        .faults
        .iter()
        .map(|fault| {
            let values: Map<String, Value> =
                fault.values.iter().map(|(what, value)| (what.clone(), json!(value))).collect();
            json!({"line": fault.line, "expression": fault.text, "case": fault.case, "values": values})
        })
        .collect();
    if !faults.is_empty() {
        out.insert("faults".into(), Value::Array(faults));
    }
    Value::Object(out)
}
