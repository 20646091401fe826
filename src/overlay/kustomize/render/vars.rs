//! `vars`: values of objects put in place of `$(NAME)` (api/internal/accumulator, api/filters/refvar). Resolved once,
//! over the whole build, after names are repaired.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Node, Scalar, Type};

use super::fields::{self, Make};
use super::object::{Gvk, Id, Object};
use super::problem::{Problem, Reason};
use super::replace::lookup;
use super::specs::FieldSpec;
use super::{list, optional};

/// A variable: its name, and the field that it stands for.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub name: String,
    pub at: Span,
    path: String,
    path_at: Span,
}

/// Reads the variables of a kustomization, and notes in the objects which of them they give.
pub(super) fn merge(known: &mut Vec<Variable>, objects: &mut [Object], root: Node<'_>) -> Result<(), Problem> {
    for item in list(root, "vars") {
        let Some((name, at)) = optional(item, "name")? else {
            return Err(Problem::new(Reason::Refused, item.handle(), "an entry of `vars` without a `name`"));
        };
        let id = item.at(&["objref"]).map_or_else(|| Ok(Id::nothing()), target)?;
        let is = |one: &Id| {
            if id.namespace.is_empty() && !id.gvk.is_cluster() {
                one.gvk == id.gvk && one.name == id.name
            } else {
                one.same(&id)
            }
        };
        let mut found: Vec<&mut Object> =
            objects.iter_mut().filter(|object| is(&object.id()) || object.ids_before().iter().any(is)).collect();
        if found.len() > 1 {
            let message = format!("`objref` of `{name}` may mean {} objects of the build", found.len());
            return Err(Problem::new(Reason::Refused, at, message));
        }
        if let Some(object) = found.first_mut() {
            object.vars.push(name.to_owned());
        }
        let path = item.at(&["fieldref"]).map(|one| optional(one, "fieldPath"));
        let (path, path_at) = match path.transpose()?.flatten() {
            Some((path, path_at)) => (path.to_owned(), path_at),
            None => ("metadata.name".to_owned(), at),
        };
        add(known, Variable { name: name.to_owned(), at, path, path_at })?;
    }
    Ok(())
}

/// Adds a variable whose name no other has.
pub(super) fn add(known: &mut Vec<Variable>, variable: Variable) -> Result<(), Problem> {
    if known.iter().any(|one| one.name == variable.name) {
        let message = format!("there is a variable `{}` already, and Kustomize refuses a second one", variable.name);
        return Err(Problem::new(Reason::Duplicate, variable.at, message));
    }
    known.push(variable);
    Ok(())
}

fn target(node: Node<'_>) -> Result<Id, Problem> {
    let text = |key: &str| optional(node, key).map(|found| found.map_or("", |(text, _)| text).to_owned());
    let mut gvk = Gvk { group: text("group")?, version: text("version")?, kind: text("kind")? };
    match text("apiVersion")?.split('/').collect::<Vec<_>>().as_slice() {
        [version] if !version.is_empty() => (*version).clone_into(&mut gvk.version),
        [group, version] => {
            (*group).clone_into(&mut gvk.group);
            (*version).clone_into(&mut gvk.version);
        }
        _ => {}
    }
    Ok(Id { gvk, namespace: text("namespace")?, name: text("name")? })
}

/// Puts the values in.
pub(super) fn resolve(objects: &mut [Object], known: &[Variable], specs: &[FieldSpec]) -> Result<(), Problem> {
    let mut values: FxHashMap<&str, (Arc<Draft>, Span)> = FxHashMap::default();
    for variable in known {
        let Some(object) = objects.iter().find(|object| object.vars.contains(&variable.name)) else {
            let message = format!("no object of the build is the `objref` of `{}`", variable.name);
            return Err(Problem::new(Reason::NoTarget, variable.at, message));
        };
        let path = indexed(super::replace::split(&variable.path));
        let Some(value) = lookup(&object.root, &path).ok().flatten() else {
            let message = format!("{} has no field `{}`", object.id().told(), variable.path);
            return Err(Problem::new(Reason::NoTarget, variable.path_at, message));
        };
        let mut value = Arc::clone(value);
        // Kustomize reads the digits once more, and to the base of ten
        if let (Some(Scalar::Int(_) | Scalar::UInt(_)), Content::Scalar(text, _)) = (value.scalar(), &value.content) {
            let Ok(number) = text.parse::<i64>() else {
                let message =
                    format!("`{text}`, which is no number to Kustomize in a variable: write it in plain digits");
                return Err(Problem::new(Reason::Refused, variable.path_at, message));
            };
            let new: Arc<str> = number.to_string().into();
            Arc::make_mut(&mut value).content = Content::Scalar(new, Type::Plain);
        }
        values.insert(&variable.name, (value, variable.at));
    }
    if values.is_empty() {
        return Ok(());
    }
    for object in objects {
        for spec in specs {
            let mut trouble = None;
            let entry = object.entry;
            let way = fields::apply(object, spec, Make::Nothing, entry, &mut |node| {
                if let Err(problem) = put(node, &values) {
                    trouble = Some(problem);
                }
            });
            if way.is_err() {
                let message =
                    format!("`{}` runs through a scalar, where variables are looked for", spec.path.join("/"));
                return Err(Problem::new(Reason::Refused, entry, message));
            }
            if let Some(problem) = trouble {
                return Err(problem);
            }
            // what is one node is met once more in its other place
            super::alias::settle(std::slice::from_mut(object));
        }
    }
    Ok(())
}

/// `containers[0]` is two parts of a path.
fn indexed(path: Vec<String>) -> Vec<String> {
    let mut out = Vec::new();
    for part in path {
        let split = part.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
        match split {
            Some((name, index)) if !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit()) => {
                if !name.is_empty() {
                    out.push(name.to_owned());
                }
                out.push(index.to_owned());
            }
            _ => out.push(part),
        }
    }
    out
}

type Values<'a> = FxHashMap<&'a str, (Arc<Draft>, Span)>;

fn put(node: &mut Arc<Draft>, values: &Values<'_>) -> Result<(), Problem> {
    if node.is_null() {
        return Ok(());
    }
    let is_text = |draft: &Draft| matches!(draft.content, Content::Scalar(_, Type::Str)) || is_untyped(draft);
    match &node.content {
        Content::Scalar(..) => scalar(node, values),
        Content::Mapping(entries) => {
            for at in 0..entries.len() {
                let Content::Mapping(entries) = &node.content else { break };
                if entries.get(at).is_some_and(|(_, value)| is_changed(value))
                    && let Content::Mapping(entries) = &mut Arc::make_mut(node).content
                    && let Some((_, value)) = entries.get_mut(at)
                {
                    scalar(value, values);
                }
            }
        }
        Content::Sequence(items) => {
            if let Some(odd) = items.iter().find(|item| !is_text(item)) {
                let message = "variables are replaced in this list, and this item is no text, which Kustomize refuses";
                return Err(Problem::new(Reason::Refused, odd.origin.written, message));
            }
            if items.iter().any(|item| is_changed(item))
                && let Content::Sequence(items) = &mut Arc::make_mut(node).content
            {
                items.iter_mut().for_each(|item| scalar(item, values));
            }
        }
    }
    Ok(())
}

fn is_meant(text: &str) -> bool {
    text.contains('$')
}

/// What a replacement made has no type until variables are looked for in it, and is text from there on.
fn is_untyped(draft: &Draft) -> bool {
    matches!(draft.content, Content::Scalar(_, Type::Plain))
        && draft.origin.steps.iter().any(|one| one.what == "created")
}

fn is_changed(draft: &Draft) -> bool {
    match &draft.content {
        Content::Scalar(text, Type::Str) => is_meant(text),
        _ => is_untyped(draft),
    }
}

fn scalar(node: &mut Arc<Draft>, values: &Values<'_>) {
    if is_untyped(node)
        && let Content::Scalar(_, kind) = &mut Arc::make_mut(node).content
    {
        *kind = Type::Str;
    }
    let Content::Scalar(text, Type::Str) = &node.content else { return };
    if !is_meant(text) {
        return;
    }
    let text = Arc::clone(text);
    let whole = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')).filter(|name| !name.contains(')'));
    if let Some((value, entry)) = whole.and_then(|name| values.get(name))
        && let Content::Scalar(new, kind) = &value.content
    {
        // the type of the value is kept too
        let kind = if *kind == Type::Str { Type::Str } else { Type::Plain };
        let draft = Arc::make_mut(node);
        draft.content = Content::Scalar(Arc::clone(new), kind);
        draft.origin.takes(&value.origin, "vars", *entry, &Grounds::default());
        return;
    }
    let mut out = String::with_capacity(text.len());
    let mut used: Vec<&(Arc<Draft>, Span)> = Vec::new();
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if after.is_empty() {
            out.push('$');
            rest = "";
            break;
        }
        if let Some(next) = after.strip_prefix('$') {
            // a doubled sign stands for one
            out.push('$');
            rest = next;
            continue;
        }
        let named = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        if let Some((name, next)) = named {
            match values.get(name) {
                Some(found) if matches!(found.0.content, Content::Scalar(..)) => {
                    out.push_str(&told(&found.0));
                    used.push(found);
                }
                _ => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = next;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    if *out == *text {
        return;
    }
    let draft = Arc::make_mut(node);
    draft.content = Content::Scalar(out.into(), Type::Str);
    draft.origin.exact = false;
    for (value, entry) in used {
        draft.origin.takes(&value.origin, "vars", *entry, &Grounds::default());
    }
}

/// A value within a longer text, as Go prints it.
fn told(value: &Draft) -> String {
    match value.scalar() {
        Some(Scalar::Bool(value)) => value.to_string(),
        Some(Scalar::Float(value)) => crate::yaml::short_float(value),
        _ => value.as_text().unwrap_or("").to_owned(),
    }
}
