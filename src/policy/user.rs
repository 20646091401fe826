//! Policies of the user's own: those written like ours, and those of conftest's kind (`deny`, `warn`, `violation` in
//! package `main`, returning strings or `{msg}`), which are placed on the object's name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use regorus::Value;

use crate::check::{Check, CheckError, CheckMeta, Draft, Findings, Says, Standing, Target};
use crate::finding::{CheckId, Severity};

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
}

/// What an entry point returns.
enum Kind {
    /// `findings`, as our own policies return them.
    Ours { kinds: Vec<String> },
    /// `deny`, `warn` or `violation`.
    Conftest,
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
    /// the others still run.
    ///
    /// # Errors
    /// Each file that cannot be used, and why.
    #[must_use]
    pub fn load(files: &[UserFile]) -> (Self, Vec<CheckError>) {
        let mut errors = Vec::new();
        let mut good: Vec<&UserFile> = Vec::new();
        let mut entries: BTreeMap<String, (CheckMeta, Kind)> = BTreeMap::new();
        let mut needs = input::Needs::default();
        for file in files.iter().filter(|file| !file.inside.ends_with("_test.rego")) {
            if let Err(error) = regorus::Engine::new().add_policy(file.path.clone(), file.text.clone()) {
                let error = ProgramError {
                    path: Some(file.path.clone()),
                    message: super::program::plain_message(&error.to_string()),
                };
                errors.push(error.to_check_error());
                continue;
            }
            good.push(file);
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
            if package == "main" {
                for rule in conftest_rules(&file.text) {
                    let meta = conftest_meta(&rule, &file.path);
                    entries.entry(format!("data.main.{rule}")).or_insert((meta, Kind::Conftest));
                }
            }
        }
        let modules =
            super::LIBRARY.iter().copied().chain(good.iter().map(|file| (file.path.as_str(), file.text.as_str())));
        let names: Vec<&str> = entries.keys().map(String::as_str).collect();
        let interpreter = Interpreter::load(modules, &names);
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
            let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            let (name, rest) = line.split_at(end);
            let known = ["deny", "warn", "violation"]
                .iter()
                .any(|kind| name == *kind || name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('_')));
            (known && rest.trim_start().starts_with(['c', '[', '{', ':', '=', 'i'])).then(|| name.to_owned())
        })
        .collect()
}

fn conftest_meta(rule: &str, path: &str) -> CheckMeta {
    CheckMeta {
        id: CheckId(format!("policy/{}", rule.replace('_', "-")).into()),
        title: format!("policy `{rule}` of the user").into(),
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
        for (meta, rule) in self.metas.iter().zip(&self.rules) {
            if rule.gave_up.load(Ordering::Relaxed) || !findings.wants(meta) {
                continue;
            }
            let ask = |input: Value| {
                interpreter.run(&rule.path, input).map_err(|error| {
                    let mut told = error.to_check_error(&format!("rule `{}`", rule.path));
                    if matches!(error, RunError::TimedOut) {
                        rule.gave_up.store(true, Ordering::Relaxed);
                        told.gave_up.push(meta.id.clone());
                    }
                    told
                })
            };
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
                Kind::Conftest => {
                    let found = keep(ask(plain.clone()));
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
    let one = |item: &Value| match item {
        Value::String(text) => Some(text.to_string()),
        Value::Object(_) => text(item, "msg").or_else(|| text(item, "message")),
        _ => None,
    };
    match value {
        Value::String(text) => vec![text.to_string()],
        Value::Bool(true) => vec!["the policy refuses this object".into()],
        _ => members(value).into_iter().filter_map(one).collect(),
    }
}
