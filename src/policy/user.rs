//! Policies of the user's own: those written like ours, and those of conftest's kind (`deny`, `warn`, `violation` in
//! the packages that are asked, returning strings or `{msg}`), which are placed on the object's name. Leaves out where
//! the files and their data are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use regorus::Value;

use crate::check::{Check, CheckError, CheckMeta, Draft, Findings, Says, Standing, Target};
use crate::finding::{CheckId, Severity};
use crate::source::{Source, SourceId};
use crate::yaml;

use super::program::{Interpreter, ProgramError, RunError};
use super::{draft, input, lacks, members, metadata, place, text};

/// A Rego file of the user's.
#[derive(Debug, Clone)]
pub struct UserFile {
    /// As it is told to the user.
    pub path: String,
    /// From the folder that was named.
    pub inside: String,
    /// Its text.
    pub text: String,
    /// The packages whose `deny`, `warn` and `violation` are asked, with `*` as conftest has it; `main` when there are
    /// none.
    pub namespaces: Vec<String>,
}

/// A file of data for the user's policies.
#[derive(Debug, Clone)]
pub struct UserData {
    /// As it is told to the user.
    pub path: String,
    /// The keys below which it stands in `data`: its folders, from the one that was named.
    pub under: Vec<String>,
    /// Its text: YAML or JSON.
    pub text: String,
}

/// The package that is asked when none is named.
const MAIN: &str = "main";

/// What an entry point returns.
enum Kind {
    /// `findings`, as our own policies return them.
    Ours { kinds: Vec<String> },
    /// `deny`, `warn` or `violation`.
    Conftest {
        /// The rule of its package that says what is excepted, when there is one, and the name it would say.
        exception: Option<(String, String)>,
    },
}

/// One rule that is asked.
struct Rule {
    path: String,
    kind: Kind,
    /// It did not come to an end once: it is not asked again.
    gave_up: AtomicBool,
}

/// The policies of `--policy`.
pub struct UserPolicies {
    metas: Vec<CheckMeta>,
    rules: Vec<Rule>,
    interpreter: Result<Interpreter, ProgramError>,
    needs: input::Needs,
}

impl UserPolicies {
    /// Compiles the files; tests among them are left out. A file that does not compile is an error of its own, and
    /// the others still run. So is a file of data that cannot be read.
    ///
    /// # Errors
    /// Each file that cannot be used, and why.
    #[must_use]
    pub fn load(files: &[UserFile], data: &[UserData]) -> (Self, Vec<CheckError>) {
        let mut errors = Vec::new();
        let mut good: Vec<&UserFile> = Vec::new();
        let mut entries: BTreeMap<String, (CheckMeta, Kind)> = BTreeMap::new();
        let mut needs = input::Needs::default();
        let mut packages = BTreeSet::new();
        for file in files.iter().filter(|file| !file.inside.ends_with("_test.rego")) {
            // a folder that is named twice is one
            if !good.iter().any(|known| known.path == file.path) {
                if let Err(error) = super::program::add_any_version(&mut regorus::Engine::new(), &file.path, &file.text)
                {
                    errors.push(error.to_check_error());
                    continue;
                }
                good.push(file);
            }
            let Some(package) = metadata::package(&file.text) else { continue };
            if defines(&file.text, "findings") && metadata::block(&file.text).is_some() {
                match metadata::read(&file.text) {
                    Ok(read) => {
                        needs.add(&read.needs);
                        let kind = Kind::Ours { kinds: read.kinds.clone() };
                        entries.insert(
                            format!("data.{package}.findings"),
                            (read.into_meta(&id_of(&file.inside), Some(file.path.clone())), kind),
                        );
                    }
                    Err(message) => errors.push(CheckError::new(
                        format!("{}: {message}", file.path),
                        Some("a policy declares itself in a METADATA block: see docs/policies.md".into()),
                    )),
                }
            }
            if is_asked(&package, &file.namespaces) {
                for rule in conftest_rules(&file.text) {
                    let meta = conftest_meta(&package, &rule, &file.path);
                    entries
                        .entry(format!("data.{package}.{rule}"))
                        .or_insert((meta, Kind::Conftest { exception: None }));
                }
            }
            packages.insert(package);
        }
        errors.extend(unanswered(files, &packages));
        let excepting: BTreeSet<String> = good
            .iter()
            .filter(|file| defines(&file.text, "exception"))
            .filter_map(|file| metadata::package(&file.text))
            .collect();
        for (path, (_, kind)) in &mut entries {
            let Kind::Conftest { exception } = kind else { continue };
            let Some((package, rule)) = path.trim_start_matches("data.").rsplit_once('.') else { continue };
            if excepting.contains(package) {
                *exception = Some((format!("data.{package}.exception"), without_kind(rule).to_owned()));
            }
        }
        let modules =
            super::LIBRARY.iter().copied().chain(good.iter().map(|file| (file.path.as_str(), file.text.as_str())));
        let names: Vec<&str> = entries.keys().map(String::as_str).collect();
        let interpreter = Interpreter::load(modules, documents(data, &mut errors), &names);
        if let Err(error) = &interpreter
            && !entries.is_empty()
        {
            errors.push(error.to_check_error());
        }
        let (paths, declared): (Vec<String>, Vec<(CheckMeta, Kind)>) = entries.into_iter().unzip();
        let (metas, kinds): (Vec<CheckMeta>, Vec<Kind>) = declared.into_iter().unzip();
        let rule = |(path, kind)| Rule { path, kind, gave_up: AtomicBool::new(false) };
        let rules = paths.into_iter().zip(kinds).map(rule).collect();
        (Self { metas, rules, interpreter, needs }, errors)
    }
}

/// Whether conftest would ask a package, told these namespaces.
fn is_asked(package: &str, namespaces: &[String]) -> bool {
    // in conftest's patterns `*` crosses the dots of a package, as it crosses all but `/` in ours
    let matches = |pattern: &String| {
        pattern == package || globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(package))
    };
    if namespaces.is_empty() { package == MAIN } else { namespaces.iter().any(matches) }
}

/// Namespaces that no package has: conftest would find nothing, and say nothing.
fn unanswered(files: &[UserFile], packages: &BTreeSet<String>) -> Vec<CheckError> {
    let named: BTreeSet<&String> = files.iter().flat_map(|file| &file.namespaces).collect();
    let mut errors = Vec::new();
    for name in named {
        if packages.iter().any(|package| is_asked(package, std::slice::from_ref(name))) {
            continue;
        }
        let there: Vec<String> = packages.iter().map(|package| format!("`{package}`")).collect();
        errors.push(CheckError::new(
            format!("no policy is of the namespace `{name}`"),
            Some(format!("the packages are {}", there.join(", "))),
        ));
    }
    errors
}

/// What policies find in `data`: all files as one, as OPA joins them. Only mappings are joined; a key that two files
/// give another value is an error, and the first of them counts.
pub(super) fn documents(files: &[UserData], errors: &mut Vec<CheckError>) -> Value {
    let mut data = Value::new_object();
    let mut seen = BTreeSet::new();
    for file in files {
        if !seen.insert((&file.path, &file.under)) {
            continue;
        }
        let told = |what: String, help: &str| CheckError::new(format!("{}: {what}", file.path), Some(help.into()));
        let source = Arc::new(Source::new(SourceId(0), file.path.as_str(), file.text.clone().into_bytes()));
        // OPA reads the first document of a file
        let Some(document) = yaml::documents(&source).into_iter().find(|document| !document.is_empty()) else {
            continue;
        };
        if let Some(problem) = document.problems.iter().find(|problem| problem.is_fatal()) {
            errors.push(told(
                format!("data that cannot be read: {}", problem.message),
                "mend it, or take it out of `data`",
            ));
            continue;
        }
        let Some(tree) = document.tree else { continue };
        let mut value = input::value_of(tree.root());
        for key in file.under.iter().rev() {
            let mut around = Value::new_object();
            if let Ok(object) = around.as_object_mut() {
                object.insert(Value::from(key.as_str()), value);
            }
            value = around;
        }
        if value.as_object().is_err() {
            errors.push(told("data that is no mapping".into(), "give it a name: put it below a key"));
            continue;
        }
        if let Some(key) = conflict(&data, &value) {
            let key = key.join(".");
            errors.push(told(format!("`data.{key}` is something else in another file"), "keep one of the two"));
            continue;
        }
        join(&mut data, value);
    }
    data
}

/// The keys to what two mappings say differently. Mappings alone can be joined: OPA refuses two scalars or lists even
/// when they are equal.
fn conflict(one: &Value, other: &Value) -> Option<Vec<String>> {
    let (Ok(mine), Ok(theirs)) = (one.as_object(), other.as_object()) else { return Some(Vec::new()) };
    theirs.iter().find_map(|(key, value)| {
        let mut rest = conflict(mine.get(key)?, value)?;
        rest.insert(0, key.as_string().map_or_else(|_| key.to_string(), |text| text.to_string()));
        Some(rest)
    })
}

fn join(into: &mut Value, from: Value) {
    let (Ok(into), Ok(from)) = (into.as_object_mut(), from.as_object()) else { return };
    for (key, value) in from {
        match into.get_mut(key) {
            Some(there) => join(there, value.clone()),
            None => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

/// `pack/check-id` from the folder that holds a policy, else `policy/` and the file's name.
fn id_of(inside: &str) -> String {
    let parts: Vec<&str> = inside.split('/').collect();
    match parts.as_slice() {
        [.., pack, id, _] => format!("{pack}/{id}"),
        [.., file] => format!("policy/{}", file.trim_end_matches(".rego").replace('_', "-")),
        [] => "policy/unnamed".into(),
    }
}

/// Whether a module defines a rule, by its text: at the start of a line.
fn defines(text: &str, rule: &str) -> bool {
    text.lines()
        .any(|line| line.strip_prefix(rule).is_some_and(|rest| rest.starts_with([' ', '[', ':', '=', '{', '.'])))
}

/// The rules that conftest asks: `deny`, `warn`, `violation`, and those with a suffix.
fn conftest_rules(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let line = line.strip_prefix("default ").unwrap_or(line);
            let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            let (name, rest) = line.split_at(end);
            (is_conftest(name) && rest.trim_start().starts_with(['c', '[', '{', ':', '=', 'i']))
                .then(|| name.to_owned())
        })
        .collect()
}

const KINDS: [&str; 3] = ["deny", "violation", "warn"];

/// Conftest's own pattern: `^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`.
fn is_conftest(name: &str) -> bool {
    let mut parts = name.split('_');
    parts.next().is_some_and(|kind| KINDS.contains(&kind)) && parts.all(|part| !part.is_empty())
}

/// The name by which an exception speaks of a rule: its suffix, or nothing.
fn without_kind(rule: &str) -> &str {
    rule.split_once('_').map_or("", |(_, suffix)| suffix)
}

fn conftest_meta(package: &str, rule: &str, path: &str) -> CheckMeta {
    // a package's dots stay: no rule has one, so ids of two packages never meet
    let name = if package == MAIN { rule.to_owned() } else { format!("{package}.{rule}") };
    CheckMeta {
        id: CheckId(format!("policy/{}", name.replace('_', "-")).into()),
        title: format!("policy `{name}` of the user").into(),
        severity: if rule.starts_with("warn") { Severity::Warning } else { Severity::Error },
        says: Says::Advice,
        kinds: Vec::new(),
        why: "This rule is your own: it stands in a folder that was named with `--policy`.".into(),
        remedy: "see the rule".into(),
        references: Vec::new(),
        origin: Some(path.to_owned()),
    }
}

impl Check for UserPolicies {
    fn metas(&self) -> &[CheckMeta] {
        &self.metas
    }

    fn run(&self, target: &Target<'_>, findings: &mut Findings<'_>) -> Result<(), CheckError> {
        let Target::Resource { resource, standing: Standing::Whole, .. } = target else { return Ok(()) };
        // that it does not compile was told when it was loaded
        let Ok(interpreter) = &self.interpreter else { return Ok(()) };
        let ours = self.rules.iter().any(|rule| matches!(rule.kind, Kind::Ours { .. }));
        let around = input::Around::of(target, if ours { self.needs } else { input::Needs::default() });
        let full = ours.then(|| around.input(target, &super::Shape::whole()));
        let plain = full.as_ref().map_or_else(|| super::value_of(resource.node()), |input| input["object"].clone());
        // a rule that fails keeps no other from being asked
        let mut first = None;
        let mut keep = |result: Result<Value, CheckError>| match result {
            Ok(value) => value,
            Err(error) => {
                first.get_or_insert(error);
                Value::Undefined
            }
        };
        let mut excepted: BTreeMap<&str, Value> = BTreeMap::new();
        for (index, (meta, rule)) in self.metas.iter().zip(&self.rules).enumerate() {
            if rule.gave_up.load(Ordering::Relaxed) || !findings.wants(index, meta) {
                continue;
            }
            let ask_rule = |path: &str, input: Value| {
                interpreter.run(path, input).map_err(|error| {
                    let mut told = error.to_check_error(&format!("rule `{path}`"));
                    if matches!(error, RunError::TimedOut) {
                        rule.gave_up.store(true, Ordering::Relaxed);
                        told.gave_up.push(meta.id.clone());
                    }
                    told
                })
            };
            let ask = |input: Value| ask_rule(&rule.path, input);
            match &rule.kind {
                Kind::Ours { kinds } => {
                    let gvk = &resource.gvk;
                    let wanted = kinds.is_empty()
                        || kinds.iter().any(|kind| *kind == gvk.kind || *kind == format!("{}.{}", gvk.kind, gvk.group));
                    if !wanted {
                        continue;
                    }
                    let found = keep(ask(full.clone().unwrap_or(Value::Undefined)));
                    for item in members(&found) {
                        if let Some(what) = lacks(item, target, &around) {
                            let message = format!("rule `{}` returned a finding without {what}", rule.path);
                            keep(Err(CheckError::new(
                                message,
                                Some("docs/policies.md says what a finding holds".into()),
                            )));
                        }
                        if let Some(draft) = draft(item, target, &around) {
                            findings.add(meta, draft);
                        }
                    }
                }
                Kind::Conftest { exception } => {
                    if let Some((path, name)) = exception {
                        let said = excepted.entry(path).or_insert_with(|| keep(ask_rule(path, plain.clone())));
                        if members(said).into_iter().flat_map(members).any(|one| *one == Value::from(name.as_str())) {
                            continue;
                        }
                    }
                    let found = keep(ask(plain.clone()));
                    if members(&found)
                        .into_iter()
                        .any(|item| matches!(item, Value::Object(_)) && message(item).is_none())
                    {
                        keep(Err(CheckError::new(
                            format!("rule `{}` returned an object without `msg`", rule.path),
                            Some("give it a `msg`, a text".into()),
                        )));
                    }
                    let at = place::locate(resource, &[]);
                    for message in messages(&found) {
                        let mut draft = Draft::new(at.span, message);
                        draft.subject = Some(resource.key.clone());
                        findings.add(meta, draft);
                    }
                }
            }
        }
        first.map_or(Ok(()), Err)
    }
}

/// What conftest's rules return: strings, or objects with `msg`; or `true` for a rule without a message.
fn messages(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.to_string()],
        Value::Bool(true) => vec!["the policy refuses this object".into()],
        _ => members(value).into_iter().filter_map(message).collect(),
    }
}

fn message(item: &Value) -> Option<String> {
    match item {
        Value::String(text) => Some(text.to_string()),
        Value::Object(_) => text(item, "msg").or_else(|| text(item, "message")),
        _ => None,
    }
}

/// What a module is, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its package.
    pub package: String,
    /// Whether it has rules that conftest would ask.
    pub conftest: bool,
    /// Whether it is a policy of our kind.
    pub ours: bool,
}

/// Looks at a module; nothing when no run would ask it for anything.
#[must_use]
pub fn look(text: &str) -> Option<Seen> {
    let package = metadata::package(text)?;
    let ours = defines(text, "findings") && metadata::block(text).is_some();
    let conftest = !ours && !conftest_rules(text).is_empty();
    (ours || conftest).then_some(Seen { package, conftest, ours })
}
