//! `plimsoll.yaml`, read strictly: an unknown key is an error with a place and a suggestion.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::facts::MINORS;
use crate::finding::{Severity, nearest};
use crate::source::{Source, Span};
use crate::yaml::{self, DeError};

use super::{Config, Level, Levels};

/// What is wrong with a configuration, and where.
#[derive(Debug, Clone)]
pub struct ConfigProblem {
    /// What.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do.
    pub help: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    kubernetes: Option<Versions>,
    packs: BTreeMap<String, Word>,
    checks: BTreeMap<String, Word>,
    ignore: Vec<String>,
    policies: Vec<String>,
    paths: Vec<Paths>,
    root: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paths {
    #[serde(rename = "match")]
    matches: Vec<String>,
    #[serde(default)]
    packs: BTreeMap<String, Word>,
    #[serde(default)]
    checks: BTreeMap<String, Word>,
}

#[derive(Debug)]
struct Versions(Vec<String>);

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Versions;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a version such as \"1.33\", or a list of them")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Versions, E> {
                Ok(Versions(vec![text.to_owned()]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Versions, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element::<String>()? {
                    all.push(item);
                }
                Ok(Versions(all))
            }
        }
        deserializer.deserialize_str(Visit)
    }
}

/// A level as people write it; `off` is a boolean to YAML 1.1.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Off,
    Hint,
    Warning,
    Error,
}

impl From<Word> for Level {
    fn from(word: Word) -> Self {
        match word {
            Word::Off => Self::Off,
            Word::Hint => Self::Severity(Severity::Hint),
            Word::Warning => Self::Severity(Severity::Warning),
            Word::Error => Self::Severity(Severity::Error),
        }
    }
}

/// What a configuration is read against.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The ids of the checks that come with the binary, to catch a misspelt one.
    pub checks: &'a [String],
    /// The file's folder from the root; its globs count from there.
    pub base: &'a str,
    /// Whether there are policies of the user's beside, whose ids are not known yet.
    pub more: bool,
}

/// Reads a configuration.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn read(source: &Arc<Source>, scope: &Scope<'_>) -> Result<Config, ConfigProblem> {
    let checks = scope.checks;
    let end = u32::try_from(source.text().len()).unwrap_or(u32::MAX);
    let whole = Span::new(source.id(), 0, end.min(1));
    let documents = yaml::documents(source);
    let problem = |message: String, span: Span, help: Option<String>| ConfigProblem { message, span, help };
    if let Some(found) = documents.iter().flat_map(|document| &document.problems).next() {
        return Err(problem(found.message.clone(), found.span, found.help.clone()));
    }
    let mut trees = documents.iter().filter_map(|document| document.tree.as_ref());
    let Some(tree) = trees.next() else { return Ok(Config::default()) };
    if let Some(second) = trees.next() {
        return Err(problem(
            "a second document".into(),
            second.root().handle(),
            Some("keep one: a configuration is one document".into()),
        ));
    }
    let root = tree.root();
    let file: File = yaml::from_node(root).map_err(|error| from_de(&error, whole))?;

    let place = |path: &[&str]| {
        let segments: Vec<crate::finding::Segment> =
            path.iter().map(|key| crate::finding::Segment::Key((*key).to_owned())).collect();
        root.find(&segments).place()
    };
    let mut minors = Vec::new();
    for version in file.kubernetes.map(|versions| versions.0).unwrap_or_default() {
        let minor = minor(&version).map_err(|message| problem(message, place(&["kubernetes"]), None))?;
        minors.push(minor);
    }
    minors.sort_unstable();
    minors.dedup();

    let base = if file.root { "" } else { scope.base };
    let more = scope.more || !file.policies.is_empty();
    let mut levels = Levels::default();
    let known = |name: &str, pack: bool, at: Span| {
        let names: Vec<&str> = if pack {
            checks.iter().filter_map(|id| id.split_once('/').map(|(pack, _)| pack)).collect()
        } else {
            checks.iter().map(String::as_str).collect()
        };
        let ours = |id: &&String| id.starts_with(&format!("{}/", name.split('/').next().unwrap_or(name)));
        if names.contains(&name) || (more && !checks.iter().any(|id| ours(&id))) {
            return Ok(());
        }
        let what = if pack { "pack" } else { "check" };
        let help = nearest(name, names.iter().copied()).map_or_else(
            || format!("`plimsoll checks` lists every {what}"),
            |near| format!("did you mean `{near}`? `plimsoll checks` lists every {what}"),
        );
        Err(problem(format!("no {what} is called `{name}`"), at, Some(help)))
    };
    let mut all = Vec::new();
    for (name, word) in &file.packs {
        known(name, true, key_place(root, "packs", name))?;
        all.push((name.clone(), Level::from(*word)));
    }
    for (name, word) in &file.checks {
        known(name, false, key_place(root, "checks", name))?;
        all.push((name.clone(), Level::from(*word)));
    }
    levels.add(None, all);
    for (index, paths) in file.paths.iter().enumerate() {
        let at = root.get("paths").and_then(|paths| paths.items().nth(index)).unwrap_or(root);
        let globs = globs(&paths.matches, base)
            .map_err(|message| problem(message, at.get("match").unwrap_or(at).handle(), None))?;
        let mut some = Vec::new();
        for (name, word) in &paths.packs {
            known(name, true, key_place(at, "packs", name))?;
            some.push((name.clone(), Level::from(*word)));
        }
        for (name, word) in &paths.checks {
            known(name, false, key_place(at, "checks", name))?;
            some.push((name.clone(), Level::from(*word)));
        }
        levels.add(Some(globs), some);
    }
    let ignore = globs(&file.ignore, base).map_err(|message| problem(message, place(&["ignore"]), None))?;
    let defaults = Config::default();
    Ok(Config {
        minors: if minors.is_empty() { defaults.minors } else { minors },
        levels,
        ignore,
        policies: file.policies,
        root: file.root,
    })
}

fn key_place(node: yaml::Node<'_>, field: &str, name: &str) -> Span {
    node.get(field).and_then(|map| map.entry(name)).map_or_else(|| node.handle(), |entry| entry.key.span())
}

/// Reads `1.33`, `v1.33` or `1.33.4` as the minor 33.
///
/// # Errors
/// When it is no version, or none whose schemas are carried.
pub fn minor(text: &str) -> Result<u16, String> {
    let rest = text.trim().trim_start_matches('v');
    let mut parts = rest.split('.');
    let (major, minor) = (parts.next(), parts.next().and_then(|part| part.parse::<u16>().ok()));
    let (Some("1"), Some(minor)) = (major, minor) else {
        return Err(format!("`{text}` is no Kubernetes version: write it as \"1.33\""));
    };
    if !MINORS.contains(&minor) {
        return Err(format!(
            "Kubernetes 1.{minor} is not known: schemas of 1.{} to 1.{} are carried",
            MINORS.start(),
            MINORS.end()
        ));
    }
    Ok(minor)
}

/// A set of globs in which `dir/` and `dir` mean everything below, as in ignore files.
fn globs(patterns: &[String], base: &str) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let trimmed = pattern.trim_start_matches("./").trim_end_matches('/');
        let trimmed = if base.is_empty() { trimmed.to_owned() } else { format!("{}/{trimmed}", globset::escape(base)) };
        for text in [trimmed.clone(), format!("{trimmed}/**")] {
            let glob = GlobBuilder::new(&text)
                .literal_separator(true)
                .build()
                .map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))?;
            set.add(glob);
        }
    }
    set.build().map_err(|error| error.to_string())
}

fn from_de(error: &DeError, whole: Span) -> ConfigProblem {
    let help = error.unknown.as_ref().map(|(key, expected)| match nearest(key, expected.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!("known keys are {}", expected.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "))
        }
    });
    ConfigProblem { message: error.message.clone(), span: error.span.unwrap_or(whole), help }
}
