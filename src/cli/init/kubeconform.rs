//! `--from kubeconform`: its flags, from the command line or from where the repository runs it, as configuration. Every
//! flag of kubeconform 0.8 is carried over or answered. Leaves out where the calls are found.

use crate::config;
use crate::facts::MINORS;

use super::commands::Usage;
use super::pattern;
use super::plan::{Line, Plan};

/// Flags that stand alone, and what becomes of them.
const SWITCHES: &[(&str, &str)] = &[
    ("strict", "always so: unknown fields and keys that stand twice are errors"),
    ("ignore-missing-schemas", "always so: a kind without a schema is listed at the end and is no error"),
    ("summary", "always so: the report ends with an account"),
    ("verbose", "`plimsoll check --show-skipped` lists what was not judged, `--format json` every document"),
    ("exit-on-error", "left out: all findings are told, which takes no longer"),
    ("insecure-skip-tls-verify", "not needed: nothing is fetched"),
    ("debug", "left out: `plimsoll explain CHECK` says why a finding is there"),
    ("v", "`plimsoll --version`"),
    ("h", "`plimsoll --help`"),
];

/// Flags with a value.
const VALUED: &[&str] =
    &["cache", "ignore-filename-pattern", "kubernetes-version", "n", "output", "reject", "schema-location", "skip"];

/// Whether a call has a flag of kubeconform's: what has none sets nothing.
pub(super) fn speaks(usage: &Usage) -> bool {
    usage.arguments.iter().any(|word| {
        let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
        word.starts_with('-') && (VALUED.contains(&name) || SWITCHES.iter().any(|(known, _)| *known == name))
    })
}

/// Takes a call over. Returns the paths that kubeconform is given.
pub(super) fn take_over(usage: &Usage, plan: &mut Plan) -> Vec<String> {
    let mut settings = Vec::new();
    let mut words = usage.arguments.iter();
    let mut paths = Vec::new();
    while let Some(word) = words.next() {
        // Go stops reading flags at the first word that is none
        let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|flag| !flag.is_empty())
        else {
            paths.push(word.clone());
            paths.extend(words.by_ref().cloned());
            break;
        };
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        if let Some((_, answer)) = SWITCHES.iter().find(|(known, _)| *known == name) {
            if inline.as_deref().is_some_and(|value| matches!(value, "false" | "0" | "f" | "F" | "FALSE" | "False")) {
                let answer = match name {
                    "strict" => "strict it is: `checks: {schema/unknown-field: off}` would let unknown fields pass",
                    "ignore-missing-schemas" => {
                        "a kind without a schema is listed and is no error; `--fail-coverage-below 100` fails the run for it"
                    }
                    _ => "nothing to do",
                };
                settings.push(Line::new(word, answer));
            } else {
                settings.push(Line::new(word, *answer));
            }
            continue;
        }
        if !VALUED.contains(&name) {
            settings.push(Line::new(word, "kubeconform 0.8 has no such flag: left out"));
            continue;
        }
        let Some(value) = inline.or_else(|| words.next().cloned()) else {
            settings.push(Line::new(word, "its value is missing: left out"));
            continue;
        };
        let answer = valued(name, &value, &usage.place, plan);
        settings.push(Line::new(format!("-{name} {value}"), answer));
    }
    let from = match usage.place.as_str() {
        "" => "the flags of kubeconform".to_owned(),
        place => format!("kubeconform in {place}"),
    };
    plan.took_over(from, settings);
    // what a loop or another program fills in is no path
    paths.retain(|path| !path.contains(['$', '{', '*']) && path != "\\;" && !path.is_empty());
    paths
}

/// What becomes of a flag with its value.
fn valued(name: &str, value: &str, place: &str, plan: &mut Plan) -> String {
    let whence =
        if place.is_empty() { "kubeconform was told so".to_owned() } else { format!("as kubeconform in {place}") };
    match name {
        "kubernetes-version" => versions(value, &whence, plan),
        "skip" => {
            let (mut open, mut taken) = (Vec::new(), 0);
            for kind in value.split(',').map(str::trim).filter(|kind| !kind.is_empty()) {
                if is_open(kind) {
                    open.push(kind);
                } else {
                    plan.skip(kind, &whence);
                    taken += 1;
                }
            }
            match (taken, open.as_slice()) {
                (_, []) => "under `skip`".to_owned(),
                (0, _) => "a variable that is set elsewhere: name the kinds under `skip`".to_owned(),
                _ => format!("under `skip`, but for `{}`, which is set elsewhere", open.join(",")),
            }
        }
        "reject" => "a policy of your own says it, with a message: docs/policies.md of Plimsoll".to_owned(),
        "ignore-filename-pattern" => match pattern::globs(value).filter(|_| !is_open(value)) {
            Some(globs) => {
                globs.iter().for_each(|glob| plan.ignore(glob, &whence));
                "under `ignore`, as globs".to_owned()
            }
            None => "no glob says the same: name the paths under `ignore`".to_owned(),
        },
        "schema-location" => location(value, &whence, plan),
        "output" => match value {
            "json" => "`plimsoll check --format json`; the form is another: docs/json.md of Plimsoll",
            "junit" => "`plimsoll check --format junit`",
            "tap" => "there is no TAP: `--format json` or `--format junit` is for machines",
            _ => "what people read is the default",
        }
        .to_owned(),
        "n" => format!("`--threads {value}`; without it, as many as there are cores"),
        "cache" => "not needed: nothing is fetched".to_owned(),
        _ => "left out".to_owned(),
    }
}

fn versions(value: &str, whence: &str, plan: &mut Plan) -> String {
    let mut unknown = Vec::new();
    for version in value.split(',').map(str::trim).filter(|version| !version.is_empty()) {
        if version == "master" {
            plan.minors.insert(*MINORS.end());
        } else {
            match config::minor(version) {
                Ok(minor) => drop(plan.minors.insert(minor)),
                Err(message) => unknown.push((version, message)),
            }
        }
    }
    if unknown.len() < value.split(',').count() && !plan.minors_why.iter().any(|why| why == whence) {
        plan.minors_why.push(whence.to_owned());
    }
    match unknown.first() {
        None if value == "master" => format!("the newest that is carried, 1.{}", MINORS.end()),
        None => "under `kubernetes`".to_owned(),
        Some((version, _)) if is_open(version) => {
            format!("`{version}` is set elsewhere: name the version under `kubernetes`")
        }
        Some((_, message)) => message.clone(),
    }
}

/// Whether a value is filled in by something that was not read.
fn is_open(value: &str) -> bool {
    value.contains('$') || value.contains("{{")
}

fn location(value: &str, whence: &str, plan: &mut Plan) -> String {
    if value == "default" {
        plan.schemas("default", whence);
        "Kubernetes' schemas are carried".to_owned()
    } else if value.starts_with("http://") || value.starts_with("https://") {
        "nothing is fetched: `kubectl get crds -o yaml | plimsoll schemas add -` keeps your cluster's kinds here"
            .to_owned()
    } else if value.replace("{{", "").contains('$') {
        "set elsewhere: name the folder or template under `schemas`".to_owned()
    } else if let Err(why) = config::judge_location(value) {
        format!("left out: {why}")
    } else {
        plan.schemas(value, whence);
        "under `schemas`".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(arguments: &[&str]) -> (Plan, Vec<String>) {
        let mut plan = Plan::default();
        let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
        let paths = take_over(&Usage { place: String::new(), arguments }, &mut plan);
        (plan, paths)
    }

    #[test]
    fn every_flag_is_answered() {
        for (name, _) in SWITCHES {
            for word in [format!("-{name}"), format!("--{name}"), format!("-{name}=false")] {
                let (plan, _) = told(&[&word]);
                assert_eq!(plan.takeovers[0].settings.len(), 1, "{word}");
            }
        }
        for name in VALUED {
            let (plan, paths) = told(&[&format!("-{name}"), "x", "apps"]);
            let settings = &plan.takeovers[0].settings;
            assert_eq!((settings.len(), paths.as_slice()), (1, &["apps".to_owned()][..]), "{name}");
            assert_ne!(settings[0].why, "left out", "{name}");
        }
    }

    #[test]
    fn flags_end_at_the_first_path() {
        let (plan, paths) = told(&["-strict", "apps", "-summary"]);
        assert_eq!((plan.takeovers[0].settings.len(), paths), (1, vec!["apps".to_owned(), "-summary".to_owned()]));
    }
}
