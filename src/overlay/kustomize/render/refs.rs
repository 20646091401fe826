//! Names that changed, and the fields that hold them: repaired once, over the whole build.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Origin, Reading, Scalar, Spelling, Type, plain_as};

use super::fields::{self, Make};
use super::object::{Gvk, Id, Object};
use super::problem::{Problem, Reason};
use super::specs::Config;

/// What is needed to know of an object that others may name.
struct Target {
    name: String,
    namespace: String,
    id: Id,
    before: Vec<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    entry: Span,
    /// Where its name comes from.
    origin: Option<Origin>,
    /// Where its namespace comes from.
    space_origin: Option<Origin>,
    /// Where its kind was written.
    kind_at: [Option<Span>; 2],
}

/// Repairs every reference.
pub(super) fn repair(objects: &mut [Object], config: &Config) -> Result<(), Problem> {
    let targets: Vec<Target> = objects
        .iter()
        .map(|object| Target {
            name: object.name().to_owned(),
            namespace: object.namespace().to_owned(),
            id: object.id(),
            before: object.ids_before(),
            prefixes: object.prefixes.clone(),
            suffixes: object.suffixes.clone(),
            entry: object.entry,
            origin: object.root.at(&["metadata", "name"]).map(|name| name.origin.clone()),
            space_origin: object.root.at(&["metadata", "namespace"]).map(|space| space.origin.clone()),
            kind_at: ["apiVersion", "kind"].map(|key| Some(object.root.get(key)?.origin.written)),
        })
        .collect();
    let mut by_name: FxHashMap<&str, Vec<&Target>> = FxHashMap::default();
    for target in &targets {
        let names: FxHashSet<&str> = target.before.iter().map(|id| id.name.as_str()).collect();
        for name in names {
            by_name.entry(name).or_default().push(target);
        }
    }
    if by_name.is_empty() {
        return objects.iter().try_for_each(|object| judge(object, config));
    }
    for (object, own) in objects.iter_mut().zip(&targets) {
        let original = object.original();
        let spaces = account_spaces(object, config)?;
        for reference in &config.names {
            for spec in reference.fields.iter().filter(|spec| original.gvk.is_selected(&spec.gvk)) {
                no_notes(object, &spec.path)?;
                let role = role_of(object, &spec.path);
                let field = &spec.grounds;
                let referrer =
                    Referrer { own, spaces: &spaces, target: &reference.target, role, by_name: &by_name, field };
                let mut spec = spec.clone();
                spec.gvk = Gvk::default();
                spec.create = false;
                let mut trouble = None;
                let way = fields::apply(object, &spec, Make::Nothing, own.entry, &mut |node| {
                    if let Err(problem) = referrer.fix(node) {
                        trouble = Some(problem);
                    }
                });
                if let Some(problem) = trouble {
                    return Err(problem);
                }
                way.map_err(|no| no_way(&spec.path, no.0.unwrap_or(own.entry)))?;
            }
        }
    }
    Ok(())
}

/// Refuses what Kustomize refuses of an object's references, which it follows where nothing is renamed, too.
fn judge(object: &Object, config: &Config) -> Result<(), Problem> {
    account_spaces(object, config)?;
    let gvk = object.gvk();
    for spec in config.names.iter().flat_map(|reference| &reference.fields) {
        if !gvk.is_selected(&spec.gvk) {
            continue;
        }
        if spec.path.len() > fields::MAX_PATH {
            return Err(no_way(&spec.path, object.entry));
        }
        no_notes(object, &spec.path)?;
        let mut nameless = None;
        let is_nameless = |node: &Draft| matches!(node.content, Content::Mapping(_)) && node.get("name").is_none();
        let way = fields::look(&object.root, &spec.path, &mut |node| {
            let mut all = std::iter::once(node).chain(node.items().iter().map(|item| &**item));
            nameless = nameless.or(all.find(|node| is_nameless(node)).map(|node| node.origin.written));
        });
        if let Some(place) = nameless {
            return Err(without_name(place));
        }
        way.map_err(|no| no_way(&spec.path, no.0.unwrap_or(object.entry)))?;
    }
    Ok(())
}

fn no_way(path: &[String], entry: Span) -> Problem {
    let message = format!("`{}` runs through a value that is neither mapping nor list", path.join("/"));
    Problem::new(Reason::Refused, entry, message)
}

fn without_name(place: Span) -> Problem {
    Problem::new(Reason::Refused, place, "a reference without a `name`, which Kustomize refuses")
}

/// Refuses a name where nothing is written and Kustomize meets its own notes.
fn no_notes(object: &Object, path: &[String]) -> Result<(), Problem> {
    if path == ["metadata", "annotations"]
        && object.is_noted()
        && let Some(meta) = object.root.get("metadata")
        && meta.get("annotations").is_none_or(|notes| notes.is_null())
    {
        return Err(without_name(meta.origin.written));
    }
    Ok(())
}

/// Namespaces of the accounts that a RoleBinding names. Kustomize refuses one that is no text, whatever is renamed.
fn account_spaces(object: &Object, config: &Config) -> Result<Vec<String>, Problem> {
    let original = object.original().gvk;
    let refers = || config.names.iter().flat_map(|one| &one.fields).any(|spec| original.is_selected(&spec.gvk));
    if object.kind() != "RoleBinding" || !refers() {
        return Ok(Vec::new());
    }
    let subjects = object.root.get("subjects").map_or(&[][..], |list| list.items());
    let accounts =
        subjects.iter().filter(|one| one.get("kind").and_then(|kind| kind.as_text()) == Some("ServiceAccount"));
    let spaces = accounts.filter_map(|one| one.get("namespace"));
    let text = |space: &Arc<Draft>| match space.as_text() {
        Some(text) if matches!(space.scalar(), Some(Scalar::Str(_))) => Ok(text.to_owned()),
        _ => {
            let message =
                "an account without a namespace: Kustomize refuses a `namespace` that is there and is no text";
            Err(Problem::new(Reason::Refused, space.origin.written, message))
        }
    };
    spaces.map(text).collect()
}

fn role_of(object: &Object, path: &[String]) -> Option<Gvk> {
    if !matches!(path, [.., role, name] if role == "roleRef" && name == "name") {
        return None;
    }
    let role = object.root.get("roleRef")?;
    let text = |key: &str| role.get(key).map(|value| value.as_text().unwrap_or("").to_owned());
    Some(Gvk { group: text("apiGroup")?, version: String::new(), kind: text("kind")? })
}

struct Referrer<'a> {
    own: &'a Target,
    spaces: &'a [String],
    target: &'a Gvk,
    role: Option<Gvk>,
    by_name: &'a FxHashMap<&'a str, Vec<&'a Target>>,
    /// What says that the field holds a name.
    field: &'a Grounds,
}

impl<'a> Referrer<'a> {
    fn fix(&self, node: &mut Arc<Draft>) -> Result<(), Problem> {
        match &node.content {
            _ if node.is_null() => Ok(()),
            Content::Scalar(..) => self.scalar(node),
            Content::Mapping(_) => self.mapping(node),
            Content::Sequence(items) => {
                let mut fixed = items.clone();
                for item in &mut fixed {
                    match item.content {
                        Content::Scalar(..) => self.scalar(item)?,
                        Content::Mapping(_) => self.mapping(item)?,
                        Content::Sequence(_) => {}
                    }
                }
                if fixed != *items {
                    Arc::make_mut(node).content = Content::Sequence(fixed);
                }
                Ok(())
            }
        }
    }

    /// What says that a target is meant.
    fn grounds(&self, target: &Target) -> Grounds {
        self.field.and(target.kind_at.into_iter().flatten())
    }

    fn rename(&self, node: &mut Arc<Draft>, target: &Target) {
        let draft = Arc::make_mut(node);
        // it is put there as it is, and a number is one where the old name had no quotes
        let kind = match plain_as(&target.name, Reading::Kustomize) {
            Scalar::Str(_) => Type::Str,
            _ if draft.origin.spelling() == Spelling::Plain => Type::Plain,
            _ => Type::Str,
        };
        draft.content = Content::Scalar(target.name.as_str().into(), kind);
        let grounds = self.grounds(target);
        match &target.origin {
            Some(origin) => draft.origin.takes(origin, "nameReference", target.entry, &grounds),
            None => draft.origin.changed("nameReference", target.entry, &grounds),
        }
    }

    fn scalar(&self, node: &mut Arc<Draft>) -> Result<(), Problem> {
        let Some(old) = node.as_text() else { return Ok(()) };
        let found = self.choose(old, None, false, node.origin.written)?;
        if let Some(target) = found.filter(|target| target.name != old) {
            self.rename(node, target);
        }
        Ok(())
    }

    fn mapping(&self, node: &mut Arc<Draft>) -> Result<(), Problem> {
        let place = node.origin.written;
        let Some(name) = node.get("name") else { return Err(without_name(place)) };
        let old = name.as_text().unwrap_or("");
        let space = node.get("namespace").map(|space| space.as_text().unwrap_or(""));
        let Some(target) = self.choose(old, space, true, place)? else { return Ok(()) };
        if target.name == old && target.namespace.is_empty() {
            return Ok(());
        }
        let renamed = target.name != old;
        let draft = Arc::make_mut(node);
        if renamed && let Some(name) = draft.get_mut("name") {
            self.rename(name, target);
        }
        let same = draft.get("namespace").and_then(|space| space.as_text()) == Some(&*target.namespace);
        if !target.namespace.is_empty() && !same {
            let mut origin = Origin::made("nameReference", target.entry);
            if let Some(space) = &target.space_origin {
                origin.takes(space, "nameReference", target.entry, &self.grounds(target));
            }
            draft.set("namespace", target.entry, Draft::text(&target.namespace, origin));
        }
        Ok(())
    }

    fn choose(&self, old: &str, space: Option<&str>, whole: bool, place: Span) -> Result<Option<&'a Target>, Problem> {
        let Some(named) = self.by_name.get(old) else { return Ok(None) };
        let own = &self.own.id;
        let cluster = own.gvk.is_cluster();
        let could = |target: &&&'a Target| {
            cluster
                || target.id.gvk.is_cluster()
                || target.id.space() == own.space()
                || self.spaces.contains(&target.namespace)
        };
        let mut found: Vec<&'a Target> = named.iter().filter(could).copied().collect();
        if let Some(space) = space {
            let first = |target: &Target| target.before.first().unwrap_or(&target.id).space().to_owned();
            let any = self.by_name.values().flatten().any(|target| first(target) == space && could(&target));
            found.retain(|target| if any { first(target) == space } else { target.id.space() == space });
        }
        let by = |target: &&Target, gvk: &Gvk| target.before.iter().any(|id| id.gvk.is_selected(gvk));
        found.retain(|target| by(target, self.target));
        if let Some(role) = &self.role {
            found.retain(|target| by(target, role));
        }
        found.retain(|target| {
            cluster
                || target.id.gvk.is_cluster()
                || target.id.gvk.kind == "ServiceAccount"
                || target.id.space() == own.space()
        });
        if found.len() > 1 {
            let ends = |a: &[String], b: &[String]| {
                let n = a.len().min(b.len());
                a.iter().rev().take(n).eq(b.iter().rev().take(n)) && (a.is_empty() == b.is_empty())
            };
            let alike =
                |a: &[String], b: &[String], lenient: bool| (lenient && (a.is_empty() || b.is_empty())) || ends(a, b);
            for lenient in [true, false] {
                if lenient || found.len() > 1 {
                    found.retain(|target| {
                        alike(&target.prefixes, &self.own.prefixes, lenient)
                            && alike(&target.suffixes, &self.own.suffixes, lenient)
                    });
                }
            }
        }
        let Some(first) = found.first().copied() else { return Ok(None) };
        let same = |other: &&Target| other.name == first.name && (!whole || other.namespace == first.namespace);
        if found.iter().all(same) {
            return Ok(Some(first));
        }
        let message = format!("`{old}` may mean {} objects of the build, and Kustomize refuses to choose", found.len());
        Err(Problem::new(Reason::Refused, place, message))
    }
}
