//! `replacements`: a value of one object copied into fields of others (api/filters/replacement).

use std::sync::Arc;

use regex::Regex;

use crate::source::Span;
use crate::yaml::{Content, Draft, Node, NodeKind, Origin, Type};

use super::object::Object;
use super::problem::{Problem, Reason};
use super::select::Selector;
use super::{Renderer, list, optional, specs};

/// How a delimiter picks a part of a value.
struct Options<'t> {
    delimiter: Option<&'t str>,
    index: i64,
    create: bool,
}

impl<'t> Options<'t> {
    fn read(node: Node<'t>) -> Result<Self, Problem> {
        let Some(node) = node.at(&["options"]) else { return Ok(Self { delimiter: None, index: 0, create: false }) };
        Ok(Self {
            delimiter: optional(node, "delimiter")?.map(|(text, _)| text),
            index: node.at(&["index"]).and_then(Node::as_int).unwrap_or(0),
            create: node.at(&["create"]).and_then(Node::as_bool).unwrap_or(false),
        })
    }
}

impl Renderer<'_> {
    pub(super) fn replacements(&self, objects: &mut [Object], folder: &str, root: Node<'_>) -> Result<(), Problem> {
        for item in list(root, "replacements") {
            if let Some(path) = item.at(&["path"]) {
                let (_, id) = self.file(folder, path)?;
                for tree in self.trees(id, path.span())? {
                    match tree.root().kind() {
                        NodeKind::Sequence => {
                            for item in tree.root().items() {
                                one(objects, item)?;
                            }
                        }
                        _ => one(objects, tree.root())?,
                    }
                }
            } else {
                one(objects, item)?;
            }
        }
        Ok(())
    }
}

fn one(objects: &mut [Object], item: Node<'_>) -> Result<(), Problem> {
    let entry = item.handle();
    let value = match (item.at(&["source"]), optional(item, "sourceValue")?) {
        (Some(source), None) => value_of(objects, source)?,
        (None, Some((text, at))) => Draft::text(text, Origin::at(at)),
        _ => return Err(Problem::new(Reason::Refused, entry, "a replacement needs one of `source` and `sourceValue`")),
    };
    if item.at(&["targets"]).is_none() {
        return Err(Problem::new(Reason::Refused, entry, "a replacement needs `targets`"));
    }
    for target in list(item, "targets") {
        let Some(select) = target.at(&["select"]) else {
            return Err(Problem::new(Reason::Refused, target.handle(), "a target needs `select`"));
        };
        let selector = Selector::read(select)?;
        let rejects = list(target, "reject").map(Selector::read).collect::<Result<Vec<_>, _>>()?;
        let options = Options::read(target)?;
        let mut paths: Vec<(&str, Span)> =
            list(target, "fieldPaths").filter_map(|path| Some((path.as_str()?, path.span()))).collect();
        if paths.is_empty() {
            paths.push(("metadata.name", target.handle()));
        }
        for object in objects.iter_mut() {
            if !selector.selects_any(object) || rejects.iter().any(|reject| reject.selects_any(object)) {
                continue;
            }
            for (path, at) in &paths {
                let parts = split(path);
                let mut count = 0;
                let mut trouble = None;
                walk(&mut object.root, &parts, options.create.then_some(&value), *at, &mut |node| {
                    count += 1;
                    if let Err(message) = write(node, &value, &options, *at) {
                        trouble = Some(message);
                    }
                });
                if let Some(message) = trouble {
                    return Err(Problem::new(Reason::Refused, *at, message));
                }
                if count == 0 {
                    if is_embedded(&object.root, &parts) {
                        let message = "a field inside text that is itself YAML or JSON: not rendered yet";
                        return Err(Problem::new(Reason::NotYet, *at, message));
                    }
                    let message = format!("{} has no field `{path}`", object.id().told());
                    return Err(Problem::new(Reason::NoTarget, *at, message));
                }
            }
        }
    }
    Ok(())
}

/// Whether a path runs on into a scalar.
fn is_embedded(root: &Draft, parts: &[String]) -> bool {
    let mut node = root;
    for part in parts {
        match &node.content {
            Content::Scalar(_, Type::Str) => return true,
            Content::Mapping(_) => match node.get(part) {
                Some(next) => node = next,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

fn value_of(objects: &[Object], source: Node<'_>) -> Result<Arc<Draft>, Problem> {
    let wanted = specs::gvk(source);
    let name = optional(source, "name")?.map_or("", |(name, _)| name);
    let space = optional(source, "namespace")?.map_or("", |(space, _)| space);
    let is = |object: &&Object| {
        let mut ids = object.ids_before();
        ids.push(object.id());
        ids.iter().any(|id| {
            id.gvk.is_selected(&wanted)
                && (name.is_empty() || id.name == name)
                && (space.is_empty() || id.space() == space)
        })
    };
    let mut found = objects.iter().filter(is);
    let (Some(object), None) = (found.next(), found.next()) else {
        let count = objects.iter().filter(is).count();
        let message = format!("`source` must mean one object of the build, and means {count}");
        return Err(Problem::new(Reason::NoTarget, source.handle(), message));
    };
    let (path, at) = optional(source, "fieldPath")?.unwrap_or(("metadata.name", source.handle()));
    let mut value = None;
    let mut copy = Arc::clone(&object.root);
    walk(&mut copy, &split(path), None, at, &mut |node| value = value.take().or_else(|| Some(Arc::clone(node))));
    let empty = |draft: &Draft| draft.is_null() || draft.as_text() == Some("");
    let Some(value) = value.filter(|value| !empty(value)) else {
        return Err(Problem::new(Reason::NoTarget, at, format!("{} has no field `{path}`", object.id().told())));
    };
    let options = Options::read(source)?;
    let Some(delimiter) = options.delimiter else { return Ok(value) };
    let Some(text) = value.as_text() else {
        return Err(Problem::new(Reason::Refused, at, "a `delimiter` splits text only"));
    };
    let part = usize::try_from(options.index).ok().and_then(|index| text.split(delimiter).nth(index));
    let Some(part) = part else {
        return Err(Problem::new(Reason::Refused, at, format!("`{text}` has no part {}", options.index)));
    };
    let mut draft = (*value).clone();
    draft.content = Content::Scalar(part.into(), Type::Str);
    draft.origin.exact = false;
    Ok(Arc::new(draft))
}

fn write(node: &mut Arc<Draft>, value: &Arc<Draft>, options: &Options<'_>, at: Span) -> Result<(), String> {
    let mut new = (**value).clone();
    if let Some(delimiter) = options.delimiter {
        let (Some(old), Some(text)) = (node.as_text(), value.as_text()) else {
            return Err("a `delimiter` splits text only".to_owned());
        };
        let mut parts: Vec<&str> = old.split(delimiter).collect();
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, text),
            Ok(index) => match parts.get_mut(index) {
                Some(part) => *part = text,
                None => parts.push(text),
            },
        }
        new.content = Content::Scalar(parts.join(delimiter).into(), Type::Str);
        new.origin.parts.push(node.origin.written);
        new.origin.exact = false;
    }
    // a scalar keeps the type that it was written with
    if let (Content::Scalar(_, kind), Content::Scalar(text, _)) = (&node.content, &new.content) {
        let numeric = *kind == Type::Plain;
        new.content = Content::Scalar(Arc::clone(text), if numeric { Type::Plain } else { Type::Str });
    }
    new.origin.steps.push(crate::yaml::Step { what: "replacements", entry: at });
    *node = Arc::new(new);
    Ok(())
}

/// `spec.containers.[name=web].image` as its parts; what is in brackets or quotes is one.
fn split(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let (mut bracket, mut escaped) = (false, false);
    for c in path.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '.' if !bracket && !escaped => parts.push(std::mem::take(&mut part)),
            c => {
                bracket = match c {
                    '[' => true,
                    ']' => false,
                    _ => bracket,
                };
                if escaped && c != '.' {
                    part.push('\\');
                }
                part.push(c);
            }
        }
        escaped = false;
    }
    parts.push(part);
    // `[a.b/c]` is a key in brackets
    let bare = |part: String| match part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) if !inner.contains('=') => inner.trim_matches(['"', '\'']).to_owned(),
        _ => part,
    };
    parts.into_iter().map(bare).filter(|part| !part.is_empty()).collect()
}

fn walk(
    node: &mut Arc<Draft>,
    path: &[String],
    make: Option<&Arc<Draft>>,
    at: Span,
    set: &mut dyn FnMut(&mut Arc<Draft>),
) {
    let Some((first, rest)) = path.split_first() else {
        set(node);
        return;
    };
    if matches!(node.content, Content::Scalar(..)) && !(node.is_null() && make.is_some()) {
        return;
    }
    let draft = Arc::make_mut(node);
    if draft.is_null() {
        draft.content = Content::Mapping(Vec::new());
    }
    match &mut draft.content {
        Content::Mapping(_) => {
            if first == "*" && draft.get("*").is_none() {
                return;
            }
            if draft.get(first).is_none() && make.is_some() {
                let made = Origin::made("replacements", at);
                let listed = rest.first().is_some_and(|next| next.starts_with('['));
                let new = match rest {
                    [] => Draft::text("", made),
                    _ if listed => Arc::new(Draft { content: Content::Sequence(Vec::new()), origin: made }),
                    _ => Draft::mapping(made),
                };
                draft.set(first, at, new);
            }
            if let Some(next) = draft.get_mut(first) {
                walk(next, rest, make, at, set);
            }
        }
        Content::Sequence(items) => {
            if first == "*" {
                items.iter_mut().for_each(|item| walk(item, rest, make, at, set));
            } else if let Some((key, want)) = first
                .strip_prefix('[')
                .and_then(|inner| inner.strip_suffix(']'))
                .and_then(|inner| inner.split_once('='))
            {
                let Ok(pattern) = Regex::new(&format!("^(?:{want})$")) else { return };
                let is = |item: &Draft| {
                    let value = if key.is_empty() { Some(item) } else { item.get(key).map(|value| &**value) };
                    value.and_then(Draft::as_text).is_some_and(|text| pattern.is_match(text))
                };
                if !items.iter().any(|item| is(item)) && make.is_some() {
                    let made = || Origin::made("replacements", at);
                    let mut item = Draft { content: Content::Mapping(Vec::new()), origin: made() };
                    item.set(key, at, Draft::text(want, made()));
                    items.push(Arc::new(item));
                }
                items.iter_mut().filter(|item| is(item)).for_each(|item| walk(item, rest, make, at, set));
            } else if first == "-" {
                if make.is_some() {
                    items.push(Draft::mapping(Origin::made("replacements", at)));
                }
                if let Some(item) = items.last_mut() {
                    walk(item, rest, make, at, set);
                }
            } else if let Some(item) = first.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                walk(item, rest, make, at, set);
            }
        }
        Content::Scalar(..) => {}
    }
}
