//! `plimsoll.yaml`, read strictly: an unknown key is an error with a place and a suggestion. Several are read as one:
//! the repository's, those that it extends, and those of its folders.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use crate::facts::MINORS;
use crate::finding::{Segment, Severity, nearest};
use crate::overlay::kustomize::{Home, Remote, Remotes};
use crate::overlay::resolve;
use crate::source::{Source, Span};
use crate::yaml::{self, DeError, Node};

use super::levels::{Scope, lies_in};
use super::{Config, Date, Enforce, Exception, Level, Lock, PolicySet, Region, SchemaPlace, Skip};

/// What is wrong with a configuration, and where.
#[derive(Debug, Clone)]
pub struct ConfigProblem {
    /// What.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do.
    pub help: Option<String>,
    /// Another place that it contradicts.
    pub related: Option<(Span, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    kubernetes: Option<Words>,
    packs: BTreeMap<String, Word>,
    checks: BTreeMap<String, Word>,
    locked: Vec<String>,
    ignore: Vec<String>,
    skip: Vec<String>,
    policies: Vec<Policy>,
    schemas: Vec<String>,
    paths: Vec<Paths>,
    baseline: Option<String>,
    exceptions: Vec<Entry>,
    enforce: Option<Enforced>,
    remotes: Vec<RemoteEntry>,
    extends: Option<Words>,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    checks: Words,
    #[serde(rename = "match", default)]
    matches: Vec<String>,
    #[serde(default)]
    objects: Vec<String>,
    reason: String,
    owner: String,
    until: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoteEntry {
    url: String,
    #[serde(rename = "ref", default)]
    git_ref: Option<String>,
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enforced {
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    teams: Vec<String>,
}

/// One word or a list of them.
#[derive(Debug, Default)]
struct Words(Vec<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Words;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string such as \"1.33\", or a list of them")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Words, E> {
                Ok(Words(vec![text.to_owned()]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element::<String>()? {
                    all.push(item);
                }
                Ok(Words(all))
            }
        }
        deserializer.deserialize_str(Visit)
    }
}

/// A folder of policies, alone or with what conftest would be told of it.
#[derive(Debug)]
struct Policy(PolicyFields);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFields {
    path: String,
    #[serde(default)]
    namespaces: Vec<String>,
    #[serde(default)]
    data: Vec<String>,
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Policy;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a folder, or a mapping with its `path`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Policy, E> {
                Ok(Policy(PolicyFields { path: text.to_owned(), namespaces: Vec::new(), data: Vec::new() }))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Policy, A::Error> {
                PolicyFields::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Policy)
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

/// One configuration file and what it speaks of.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Its text.
    pub source: Arc<Source>,
    /// The folder that it holds for, from the root.
    pub scope: String,
    /// The folder from which its globs count, from the root.
    pub base: String,
}

/// Where paths of a configuration lead that are not in the repository.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// The folder of the repository; without it there is nothing around.
    pub root: Option<&'a Path>,
    /// What `~` is.
    pub home: Option<&'a Path>,
}

impl Around<'_> {
    /// Where a path leads that is written in a configuration whose paths count from `base`. Nothing where that is not known.
    #[must_use]
    pub fn find(&self, base: &str, path: &str) -> Option<Home> {
        let at_home = path.strip_prefix("~/").or_else(|| path.strip_prefix('~').filter(|rest| rest.is_empty()));
        if at_home.is_none()
            && let Some(inside) = resolve(base, path)
        {
            return Some(Home::Inside(inside));
        }
        let root = self.root?;
        let written = match at_home {
            Some(rest) => self.home?.join(rest),
            None => root.join(base).join(path),
        };
        let mut clean = PathBuf::new();
        for part in written.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    clean.pop();
                }
                part => clean.push(part),
            }
        }
        Some(match clean.strip_prefix(root) {
            Ok(inside) => {
                let parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
                Home::Inside(parts.collect::<Vec<_>>().join("/"))
            }
            Err(_) => Home::Outside(clean),
        })
    }
}

/// What configurations are read against.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// What is around the repository.
    pub around: Around<'a>,
    /// The ids of the checks that come with the binary, to catch a misspelt one.
    pub checks: &'a [String],
    /// Whether there are policies of the user's beside, whose ids are not known yet.
    pub more: bool,
}

/// What must be known of a configuration before the others are found. What is wrong with it is told by [`read`].
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Whether its folder is a repository of its own.
    pub root: bool,
    /// Configurations that it builds upon, from its folder.
    pub extends: Vec<String>,
    /// The baseline that it names, from its folder.
    pub baseline: Option<String>,
    /// The addresses for which something stands, each with its ref and with that, from its folder.
    pub remotes: Vec<(String, Option<String>, String)>,
}

/// Reads the head of a configuration.
#[must_use]
pub fn head(source: &Arc<Source>) -> Head {
    let documents = yaml::documents(source);
    let Some(tree) = documents.iter().find_map(|document| document.tree.as_ref()) else { return Head::default() };
    let root = tree.root();
    let words = |node: Node<'_>| match node.text() {
        Some(text) => vec![text.to_owned()],
        None => node.items().filter_map(Node::text).map(str::to_owned).collect(),
    };
    Head {
        root: root.get("root").is_some_and(|node| node.scalar() == Some(yaml::Scalar::Bool(true))),
        extends: root.get("extends").map(words).unwrap_or_default(),
        baseline: root.get("baseline").and_then(Node::text).map(str::to_owned),
        remotes: root
            .get("remotes")
            .into_iter()
            .flat_map(Node::items)
            .filter_map(|one| {
                let text = |key: &str| one.get(key).and_then(Node::text).map(str::to_owned);
                Some((text("url")?, text("ref"), text("path")?))
            })
            .collect(),
    }
}

/// Reads configurations as one: parents first. A later one goes before an earlier one in its own scope, except where a
/// parent has locked a check.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn read(layers: &[Layer], known: &Known<'_>) -> Result<Config, ConfigProblem> {
    let mut files = Vec::new();
    for layer in layers {
        files.push(file(layer)?);
    }
    let more = known.more || files.iter().flatten().any(|(_, file)| !file.policies.is_empty());
    let mut config = Config::default();
    let mut ignore = GlobSetBuilder::new();
    let mut baseline: Option<Span> = None;
    let mut remotes: Vec<(Remote, Span)> = Vec::new();
    for (at, (layer, read)) in layers.iter().zip(&files).enumerate() {
        let Some((tree, file)) = read else { continue };
        let inner =
            layers.iter().take(at).zip(&files).any(|(above, read)| {
                read.is_some() && above.scope != layer.scope && lies_in(&layer.scope, &above.scope)
            });
        let reader = Reader {
            layer,
            root: tree.root(),
            known: Known { more, ..*known },
            locks: config.locked.iter().filter(|lock| lies_in(&layer.scope, &lock.scope)).cloned().collect(),
            inner,
        };
        reader.levels(file, &mut config)?;
        reader.rest(file, &mut config, &mut ignore)?;
        reader.remotes(file, &mut remotes)?;
        if let Some(path) = &file.baseline {
            let at = reader.place(&["baseline"]);
            if let Some(first) = baseline.replace(at) {
                return Err(ConfigProblem {
                    message: "a second baseline".into(),
                    span: at,
                    help: Some("name one baseline for the repository".into()),
                    related: Some((first, "the first is named here".into())),
                });
            }
            let Some(inside) = resolve(&layer.base, path).filter(|path| !path.is_empty()) else {
                let help = "it is committed with what it speaks of; --baseline names one elsewhere";
                return Err(reader.problem("a baseline outside of the repository", at, Some(help)));
            };
            config.baseline_path = Some(inside);
        }
    }
    config.files = layers.iter().map(|layer| layer.source.path().to_owned()).collect();
    config.ignore = ignore.build().unwrap_or_default();
    config.remotes = Remotes::of(remotes.into_iter().map(|(remote, _)| remote).collect());
    Ok(config)
}

/// The tree of a configuration and what it says; nothing when it is empty.
type Read = Option<(Arc<yaml::Tree>, File)>;

fn file(layer: &Layer) -> Result<Read, ConfigProblem> {
    let source = &layer.source;
    let end = u32::try_from(source.text().len()).unwrap_or(u32::MAX);
    let whole = Span::new(source.id(), 0, end.min(1));
    let documents = yaml::documents(source);
    let problem =
        |message: String, span: Span, help: Option<String>| ConfigProblem { message, span, help, related: None };
    if let Some(found) = documents.iter().flat_map(|document| &document.problems).next() {
        return Err(problem(found.message.clone(), found.span, found.help.clone()));
    }
    let mut trees = documents.iter().filter_map(|document| document.tree.as_ref());
    let Some(tree) = trees.next() else { return Ok(None) };
    if let Some(second) = trees.next() {
        return Err(problem(
            "a second document".into(),
            second.root().handle(),
            Some("keep one: a configuration is one document".into()),
        ));
    }
    let file: File = yaml::from_node(tree.root()).map_err(|error| from_de(&error, whole))?;
    Ok(Some((Arc::clone(tree), file)))
}

/// One configuration being read.
struct Reader<'a> {
    layer: &'a Layer,
    root: Node<'a>,
    known: Known<'a>,
    /// What those above have locked here.
    locks: Vec<Lock>,
    /// Whether another one holds for a folder around its own.
    inner: bool,
}

impl Reader<'_> {
    fn place(&self, path: &[&str]) -> Span {
        let segments: Vec<Segment> = path.iter().map(|key| Segment::Key((*key).to_owned())).collect();
        self.root.find(&segments).place()
    }

    fn problem(&self, message: impl Into<String>, span: Span, help: Option<&str>) -> ConfigProblem {
        ConfigProblem { message: message.into(), span, help: help.map(str::to_owned), related: None }
    }

    /// A path in the configuration, from the root.
    fn rooted(&self, path: &str) -> String {
        if let Some(inside) = resolve(&self.layer.base, path) {
            inside
        } else if self.layer.base.is_empty() || path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.layer.base)
        }
    }

    /// That a check or pack exists, and that nothing above has locked it.
    fn check(&self, name: &str, pack: bool, at: Span) -> Result<(), ConfigProblem> {
        let checks = self.known.checks;
        let names: Vec<&str> = if pack {
            checks.iter().filter_map(|id| id.split_once('/').map(|(pack, _)| pack)).collect()
        } else {
            checks.iter().map(String::as_str).collect()
        };
        let ours = |id: &&String| id.starts_with(&format!("{}/", name.split('/').next().unwrap_or(name)));
        // a pack that is not ours may come with policies that are not read yet
        let may_come = self.known.more && !checks.iter().any(|id| ours(&id));
        if !names.contains(&name) && !may_come {
            let what = if pack { "pack" } else { "check" };
            let help = nearest(name, names.iter().copied()).map_or_else(
                || format!("`plimsoll checks` lists every {what}"),
                |near| format!("did you mean `{near}`? `plimsoll checks` lists every {what}"),
            );
            return Err(self.problem(format!("no {what} is called `{name}`"), at, Some(&help)));
        }
        let lock = self.locks.iter().find(|lock| lock.name == name || name.split('/').next() == Some(&lock.name));
        match lock {
            Some(lock) => Err(ConfigProblem {
                message: format!("`{name}` is locked by a configuration above"),
                span: at,
                help: Some("take it out here, or ask who keeps the other configuration".into()),
                related: Some((lock.span, format!("`{}` is locked here", lock.name))),
            }),
            None => Ok(()),
        }
    }

    fn chosen(
        &self,
        node: Node<'_>,
        packs: &BTreeMap<String, Word>,
        checks: &BTreeMap<String, Word>,
    ) -> Result<Vec<(String, Level)>, ConfigProblem> {
        let mut out = Vec::new();
        for (name, word) in packs {
            self.check(name, true, key_place(node, "packs", name))?;
            out.push((name.clone(), Level::from(*word)));
        }
        for (name, word) in checks {
            self.check(name, false, key_place(node, "checks", name))?;
            out.push((name.clone(), Level::from(*word)));
        }
        Ok(out)
    }

    fn levels(&self, file: &File, config: &mut Config) -> Result<(), ConfigProblem> {
        let scope = |paths, levels, forgets| Scope {
            folder: self.layer.scope.clone(),
            paths,
            levels,
            locked: self.locks.iter().map(|lock| lock.name.clone()).collect(),
            forgets,
        };
        if file.root {
            config.levels.push(scope(None, Vec::new(), true));
        }
        config.levels.push(scope(None, self.chosen(self.root, &file.packs, &file.checks)?, false));
        for (index, paths) in file.paths.iter().enumerate() {
            let at = self.root.get("paths").and_then(|paths| paths.items().nth(index)).unwrap_or(self.root);
            let globs = globs(&paths.matches, &self.layer.base)
                .map_err(|message| self.problem(message, at.get("match").unwrap_or(at).handle(), None))?;
            config.levels.push(scope(Some(globs), self.chosen(at, &paths.packs, &paths.checks)?, false));
        }
        for (index, name) in file.locked.iter().enumerate() {
            let at = item(self.root, "locked", index);
            self.check(name, !name.contains('/'), at)?;
            config.locked.push(Lock { name: name.clone(), scope: self.layer.scope.clone(), span: at });
        }
        Ok(())
    }

    fn rest(&self, file: &File, config: &mut Config, ignore: &mut GlobSetBuilder) -> Result<(), ConfigProblem> {
        if let Some(versions) = &file.kubernetes {
            let mut minors = Vec::new();
            for version in &versions.0 {
                minors
                    .push(minor(version).map_err(|message| self.problem(message, self.place(&["kubernetes"]), None))?);
            }
            minors.sort_unstable();
            minors.dedup();
            if !minors.is_empty() {
                config.minors.set(&self.layer.scope, minors);
            }
        }
        for glob in glob_list(&file.ignore, &self.layer.base)
            .map_err(|message| self.problem(message, self.place(&["ignore"]), None))?
        {
            ignore.add(glob);
        }
        for kind in &file.skip {
            config.skip.push(Skip { scope: self.layer.scope.clone(), kind: kind.clone() });
        }
        for policy in &file.policies {
            let PolicyFields { path, namespaces, data } = &policy.0;
            config.policies.push(PolicySet {
                scope: self.layer.scope.clone(),
                written: path.clone(),
                path: self.rooted(path),
                namespaces: namespaces.clone(),
                data: data.iter().map(|path| self.rooted(path)).collect(),
            });
        }
        for (index, text) in file.schemas.iter().enumerate() {
            super::judge_location(text)
                .map_err(|message| self.problem(message, item(self.root, "schemas", index), None))?;
            config.schemas.push(SchemaPlace {
                scope: self.layer.scope.clone(),
                written: text.clone(),
                path: if text == "default" { text.clone() } else { self.rooted(text) },
            });
        }
        for (index, entry) in file.exceptions.iter().enumerate() {
            let node = self.root.get("exceptions").and_then(|list| list.items().nth(index)).unwrap_or(self.root);
            config.exceptions.push(Arc::new(self.exception(entry, node)?));
        }
        if let Some(enforced) = &file.enforce {
            let at = self.place(&["enforce"]);
            if self.inner {
                return Err(self.problem(
                    "`enforce` in a folder of a repository that has a configuration above",
                    at,
                    Some("say it in that one: what is enforced is decided in one place"),
                ));
            }
            if enforced.paths.is_empty() && enforced.teams.is_empty() {
                return Err(self.problem(
                    "`enforce` names neither paths nor teams",
                    at,
                    Some("name some, or leave it out to enforce everything"),
                ));
            }
            let paths = globs(&enforced.paths, &self.layer.base).map_err(|message| self.problem(message, at, None))?;
            config.enforce.push((self.layer.scope.clone(), Enforce { paths, teams: enforced.teams.clone() }));
        }
        config.root |= file.root && self.layer.scope.is_empty();
        Ok(())
    }

    /// What stands for what Kustomize would fetch. What an inner one says goes before what one around it says of the same.
    fn remotes(&self, file: &File, remotes: &mut Vec<(Remote, Span)>) -> Result<(), ConfigProblem> {
        let first = remotes.len();
        for (index, entry) in file.remotes.iter().enumerate() {
            let node = self.root.get("remotes").and_then(|list| list.items().nth(index)).unwrap_or(self.root);
            let at = |field: &str| node.get(field).map_or_else(|| node.handle(), Node::span);
            let Some(home) = self.known.around.find(&self.layer.base, &entry.path) else {
                let message = format!("it is not known where `{}` is", entry.path);
                let help = "write a path from the folder of this file, or one from the root of the file system";
                return Err(self.problem(message, at("path"), Some(help)));
            };
            let Some(mut remote) = Remote::at(&entry.url, entry.git_ref.as_deref(), &entry.path, home) else {
                let help = "write it as kustomizations do: https://github.com/org/repo, or the address of a file";
                return Err(self.problem(
                    format!("`{}` is no address that Kustomize fetches", entry.url),
                    at("url"),
                    Some(help),
                ));
            };
            remote.place = Some(at("url"));
            let twin = remotes.iter().position(|(known, _)| known.is_same(&remote));
            match twin.and_then(|twin| Some((twin, remotes.get(twin)?.1))) {
                Some((twin, other)) if twin >= first => {
                    return Err(ConfigProblem {
                        message: format!("`{}` a second time, with the same ref", entry.url),
                        span: at("url"),
                        help: Some("keep one: one folder stands for it".into()),
                        related: Some((other, "the first is here".into())),
                    });
                }
                Some((twin, _)) => {
                    if let Some(known) = remotes.get_mut(twin) {
                        *known = (remote, at("url"));
                    }
                }
                None => remotes.push((remote, at("url"))),
            }
        }
        Ok(())
    }

    fn exception(&self, entry: &Entry, node: Node<'_>) -> Result<Exception, ConfigProblem> {
        let at = |field: &str| node.get(field).unwrap_or(node).handle();
        for name in &entry.checks.0 {
            self.check(name, !name.contains('/'), at("checks"))?;
        }
        let told = |text: &str, field: &str| {
            if text.trim().is_empty() {
                Err(self.problem(format!("an exception without {field}"), at(field), Some("say it: others will ask")))
            } else {
                Ok(text.trim().to_owned())
            }
        };
        let everything = ["**".to_owned()];
        let matches = if entry.matches.is_empty() { &everything[..] } else { &entry.matches };
        let paths = globs(matches, &self.layer.base).map_err(|message| self.problem(message, at("match"), None))?;
        let mut objects = GlobSetBuilder::new();
        for object in &entry.objects {
            let glob = GlobBuilder::new(object).literal_separator(true).build();
            let glob = glob.ok().filter(|_| matches!(object.split('/').count(), 2 | 3)).ok_or_else(|| {
                self.problem(
                    format!("`{object}` names no object"),
                    at("objects"),
                    Some("write it as Deployment/web or Deployment/shop/web; `*` stands for anything"),
                )
            })?;
            objects.add(glob);
        }
        let until = match entry.until.as_str() {
            "never" => None,
            text => Some(text.parse::<Date>().map_err(|message| {
                self.problem(message, at("until"), Some("`never` stands for an exception without an end"))
            })?),
        };
        Ok(Exception {
            allows: entry.checks.0.clone(),
            reason: told(&entry.reason, "reason")?,
            owner: Some(told(&entry.owner, "owner")?),
            until,
            span: node.handle(),
            region: Region::Files { paths, objects: objects.build().unwrap_or_default() },
        })
    }
}

fn item(root: Node<'_>, field: &str, index: usize) -> Span {
    root.get(field).and_then(|list| list.items().nth(index)).unwrap_or(root).handle()
}

fn key_place(node: Node<'_>, field: &str, name: &str) -> Span {
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
    for glob in glob_list(patterns, base)? {
        set.add(glob);
    }
    set.build().map_err(|error| error.to_string())
}

fn glob_list(patterns: &[String], base: &str) -> Result<Vec<globset::Glob>, String> {
    let mut out = Vec::new();
    for pattern in patterns {
        let trimmed = pattern.trim_start_matches("./").trim_end_matches('/');
        let trimmed = if base.is_empty() { trimmed.to_owned() } else { format!("{}/{trimmed}", globset::escape(base)) };
        for text in [trimmed.clone(), format!("{trimmed}/**")] {
            let glob = GlobBuilder::new(&text)
                .literal_separator(true)
                .build()
                .map_err(|error| format!("`{pattern}` is no glob: {}", error.kind()))?;
            out.push(glob);
        }
    }
    Ok(out)
}

fn from_de(error: &DeError, whole: Span) -> ConfigProblem {
    let help = error.unknown.as_ref().map(|(key, expected)| match nearest(key, expected.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!("known keys are {}", expected.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "))
        }
    });
    ConfigProblem { message: error.message.clone(), span: error.span.unwrap_or(whole), help, related: None }
}
