//! `replacements`: a value of one object copied into fields of others (api/filters/replacement).

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Node, NodeKind, Origin, Scalar, Spelling, Step, Type};

use super::fields::MAX_PATH;
use super::object::Object;
use super::problem::{Problem, Reason};
use super::select::{Selector, regex};
use super::silent::{self, Idle, Silence};
use super::{Here, Renderer, embedded, list, optional, specs, strict, string};

/// Whether a field holds a value of another type, which Kustomize cannot write.
pub(super) fn mistyped(object: &Object) -> Option<Problem> {
    if !object.replaced {
        return None;
    }
    let (entry, text) = mistyped_in(&object.root)?;
    let message = format!("`{text}` is of another type than the field of {} that it is put into", object.id().told());
    Some(Problem::new(Reason::Refused, entry, message))
}

/// The value of another type, and the entry that put it there.
pub(super) fn mistyped_in(node: &Draft) -> Option<(Span, &str)> {
    match &node.content {
        Content::Mapping(entries) => entries.iter().find_map(|(_, value)| mistyped_in(value)),
        Content::Sequence(items) => items.iter().find_map(|item| mistyped_in(item)),
        Content::Scalar(text, _) => {
            // a whole number is read as one with a point
            let is_read =
                |step: &&Step| step.what == "!!float" && matches!(plain_as(text), Scalar::Int(_) | Scalar::UInt(_));
            kept(node).filter(|step| !is_read(step)).map(|step| (step.entry, &**text))
        }
    }
}

/// The type that a field keeps where it holds a value of another one: noted as a step of the value, by the tag.
pub(super) fn kept(node: &Draft) -> Option<&Step> {
    node.origin.steps.iter().find(|step| step.what.starts_with("!!"))
}

/// The tag of a text without quotes.
fn tag(text: &str) -> &'static str {
    match plain_as(text) {
        Scalar::Str(_) => "!!str",
        Scalar::Bool(_) => "!!bool",
        Scalar::Int(_) | Scalar::UInt(_) => "!!int",
        Scalar::Float(_) => "!!float",
        Scalar::Null => "!!null",
    }
}

/// How a delimiter picks a part of a value.
pub(super) struct Options<'t> {
    delimiter: Option<&'t str>,
    index: i64,
    pub create: bool,
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
    pub(super) fn replacements(&self, objects: &mut [Object], here: &Here<'_>, root: Node<'_>) -> Result<(), Problem> {
        for item in list(root, "replacements") {
            if let Some(path) = item.at(&["path"]) {
                if item.at(&["source"]).is_some() || list(item, "targets").next().is_some() {
                    let message = "`path` beside `source` and `targets`: Kustomize takes one or the other";
                    return Err(Problem::new(Reason::Refused, path.span(), message));
                }
                let (_, id) = self.file(here.folder, path)?;
                let Some(first) = self.first_tree(id, path.span())? else {
                    return Err(Problem::new(Reason::Refused, path.span(), "there is no replacement in this file"));
                };
                let tree = strict::replacements(first.read)?;
                match tree.root().kind() {
                    NodeKind::Sequence => {
                        for item in tree.root().items() {
                            one(objects, item, here.silence)?;
                        }
                    }
                    _ => one(objects, tree.root(), here.silence)?,
                }
            } else {
                one(objects, item, here.silence)?;
            }
        }
        objects.iter().try_for_each(Object::named)
    }
}

fn one(objects: &mut [Object], item: Node<'_>, silence: &Silence) -> Result<(), Problem> {
    let entry = item.handle();
    // the object that the value is taken from as a whole, and its path there
    let mut live: Option<(usize, Vec<String>)> = None;
    // one that is empty is one too
    let said = item.at(&["sourceValue"]).map(|said| Ok((string(said, "`sourceValue`")?, said.span()))).transpose()?;
    let mut value = match (item.at(&["source"]), said) {
        (Some(source), None) => {
            let (value, of) = value_of(objects, source)?;
            if source.at(&["options", "delimiter"]).is_none() {
                let (path, _) = optional(source, "fieldPath")?.unwrap_or(("metadata.name", entry));
                live = Some((of, split(path)));
            }
            value
        }
        // its type is what it reads as where it is put
        (None, Some((text, at))) => {
            let content = Content::Scalar(text.into(), Type::Plain);
            Arc::new(Draft { content, origin: Origin::at(at) })
        }
        _ => return Err(Problem::new(Reason::Refused, entry, "a replacement needs one of `source` and `sourceValue`")),
    };
    if list(item, "targets").next().is_none() {
        return Err(Problem::new(Reason::Refused, entry, "a replacement needs `targets`"));
    }
    for target in list(item, "targets") {
        let Some(select) = target.at(&["select"]) else {
            return Err(Problem::new(Reason::Refused, target.handle(), "a target needs `select`"));
        };
        let selector = Selector::read(select)?;
        let rejects = list(target, "reject").map(Selector::read).collect::<Result<Vec<_>, _>>()?;
        if !objects.is_empty() {
            selector.judge()?;
            rejects.iter().try_for_each(Selector::judge)?;
        }
        let options = Options::read(target)?;
        let mut paths: Vec<(&str, Span)> =
            list(target, "fieldPaths").filter_map(|path| Some((path.as_str()?, path.span()))).collect();
        if paths.is_empty() {
            paths.push(("metadata.name", target.handle()));
        }
        let meant =
            |object: &Object| selector.selects_any(object) && !rejects.iter().any(|reject| reject.rejects(object));
        if !objects.iter().any(meant) {
            silent::note_target(silence, Idle::Replacement, select, objects);
        }
        let said = item.at(&["source"]).map_or_else(Vec::new, super::said);
        let said = Grounds::of(said.into_iter().chain(super::said(target)));
        for at in 0..objects.len() {
            if !objects.get(at).is_some_and(meant) {
                continue;
            }
            for (path, place) in &paths {
                // a field that is made in the value itself is a part of it
                if options.create
                    && live.as_ref().is_some_and(|(of, _)| *of == at)
                    && let Some(object) = objects.get_mut(at)
                {
                    let _ = reach(&mut object.root, &split(path), Some(kind_of(&value)), *place, &mut |_| Ok(()));
                }
                // the value is looked at anew each time, and may have been replaced itself
                if let Some(found) = live.as_ref().and_then(|(of, path)| lookup(&objects.get(*of)?.root, path).ok()?) {
                    value = Arc::clone(found);
                }
                if is_heavy(&value) {
                    return Err(Problem::new(Reason::Limit, *place, "a value of more than 4 MiB"));
                }
                let (Some(object), at) = (objects.get_mut(at), place) else { continue };
                let step = Step { what: "replacements", entry: *at, grounds: said.and(object.places()) };
                put(object, &split(path), &value, &options, &step)
                    .map_err(|no| Problem::new(no.0, *at, format!("in {}, `{path}`: {}", object.id().told(), no.1)))?;
            }
        }
    }
    Ok(())
}

/// Why a value cannot be put where a path leads.
struct No(Reason, String);

/// The largest value that is copied, in bytes: copies of copies would grow without end.
const MAX_VALUE: usize = 4 * 1024 * 1024;

/// How much a value holds: its text, and one for each node.
pub(super) fn weight(node: &Draft) -> usize {
    match &node.content {
        Content::Scalar(text, _) => 1 + text.len(),
        Content::Mapping(entries) => {
            entries.iter().map(|(key, value)| key.text.len() + weight(value)).sum::<usize>() + 1
        }
        Content::Sequence(items) => items.iter().map(|item| weight(item)).sum::<usize>() + 1,
    }
}

/// Whether a value is too large to be copied once more.
pub(super) fn is_heavy(node: &Draft) -> bool {
    weight(node) > MAX_VALUE
}

fn put(object: &mut Object, path: &[String], value: &Arc<Draft>, options: &Options<'_>, step: &Step) -> Result<(), No> {
    let at = step.entry;
    if path.len() > MAX_PATH {
        return Err(No(Reason::Limit, format!("a path of more than {MAX_PATH} parts")));
    }
    // text that is YAML or JSON itself is looked into first
    for depth in 1..path.len() {
        let Ok(Some(found)) = lookup(&object.root, path.get(..depth).unwrap_or_default()) else { continue };
        if !matches!(found.content, Content::Scalar(..)) {
            continue;
        }
        let Some(text) = found.as_text() else { continue };
        let (head, rest) = path.split_at(depth);
        match embedded::changed(text, rest, value, options, at) {
            embedded::Changed::To(new) => {
                let mut text = None;
                let _ = reach(&mut object.root, head, None, at, &mut |node| {
                    let draft = Arc::make_mut(node);
                    let kind = if let Content::Scalar(_, kind) = &draft.content { *kind } else { Type::Str };
                    draft.content = Content::Scalar(new.as_str().into(), kind);
                    draft.origin.takes(&value.origin, step.what, at, &step.grounds);
                    text = Some(());
                    Ok(())
                });
                return text.ok_or_else(|| No(Reason::NoTarget, "there is no such field".to_owned()));
            }
            embedded::Changed::Unrendered => {
                let message = "a field of text that is YAML in a style that is not rendered yet: anchors, tags, folded blocks, \
                               or comments beside lines that would be written in another way";
                return Err(No(Reason::NotYet, message.to_owned()));
            }
            embedded::Changed::NoText => {}
            embedded::Changed::Nothing => break,
        }
    }
    let make = options.create.then(|| kind_of(value));
    object.untyped |= make.is_some();
    object.replaced = true;
    let imaged = object.imaged;
    let is_bare_name = object.renamed && path.iter().eq(["metadata", "name"].iter());
    let mut write = |node: &mut Arc<Draft>| {
        let is_set =
            imaged && node.origin.is_plain() && node.origin.steps.last().is_some_and(|step| step.what == "images");
        let is_bare = is_bare_name && node.origin.spelling() == Spelling::Plain;
        write(node, value, options, step)?;
        let says_more =
            |text: &str| !matches!(crate::yaml::plain_as(text, crate::yaml::Reading::Kustomize), Scalar::Str(_));
        let is_bare = is_bare && node.as_text().is_some_and(says_more);
        if (is_set || is_bare)
            && let Content::Scalar(_, kind) = &mut Arc::make_mut(node).content
        {
            *kind = Type::Plain;
            Arc::make_mut(node).origin.steps.push(Step::new("created", at));
        }
        Ok(())
    };
    let count = reach(&mut object.root, path, make, at, &mut write).map_err(|message| No(Reason::Refused, message))?;
    if count == 0 {
        return Err(No(Reason::NoTarget, "there is no such field".to_owned()));
    }
    Ok(())
}

/// The value of a source, and the number of the object that it is taken from.
fn value_of(objects: &[Object], source: Node<'_>) -> Result<(Arc<Draft>, usize), Problem> {
    let wanted = specs::gvk(source);
    let name = optional(source, "name")?.map_or("", |(name, _)| name);
    let space = optional(source, "namespace")?.map_or("", |(space, _)| space);
    let is = |(_, object): &(usize, &Object)| {
        let mut ids = object.ids_before();
        ids.push(object.id());
        ids.iter().any(|id| {
            id.gvk.is_selected(&wanted)
                && (name.is_empty() || id.name == name)
                && (space.is_empty() || id.space() == space)
        })
    };
    let mut found = objects.iter().enumerate().filter(is);
    let (Some((of, object)), None) = (found.next(), found.next()) else {
        let count = objects.iter().enumerate().filter(is).count();
        let message = format!("`source` must mean one object of the build, and means {count}");
        return Err(Problem::new(Reason::NoTarget, source.handle(), message));
    };
    let (path, at) = optional(source, "fieldPath")?.unwrap_or(("metadata.name", source.handle()));
    let value = lookup(&object.root, &split(path)).map_err(|message| Problem::new(Reason::Refused, at, message))?;
    let empty = |draft: &Draft| match &draft.content {
        Content::Mapping(entries) => entries.is_empty(),
        Content::Sequence(items) => items.is_empty(),
        Content::Scalar(..) => draft.is_null(),
    };
    let Some(value) = value.cloned().filter(|value| !empty(value)) else {
        return Err(Problem::new(Reason::NoTarget, at, format!("{} has no field `{path}`", object.id().told())));
    };
    let options = Options::read(source)?;
    let Some(delimiter) = options.delimiter else { return Ok((value, of)) };
    let Content::Scalar(text, _) = &value.content else {
        return Err(Problem::new(Reason::Refused, at, "a `delimiter` splits text only"));
    };
    let part = usize::try_from(options.index).ok().and_then(|index| text.split(delimiter).nth(index));
    let Some(part) = part else {
        return Err(Problem::new(Reason::Refused, at, format!("`{text}` has no part {}", options.index)));
    };
    let mut draft = (*value).clone();
    let kind = if let Content::Scalar(_, kind) = &draft.content { *kind } else { Type::Str };
    draft.content = Content::Scalar(part.into(), kind);
    draft.origin.exact = false;
    Ok((Arc::new(draft), of))
}

pub(super) fn write(
    node: &mut Arc<Draft>,
    value: &Arc<Draft>,
    options: &Options<'_>,
    step: &Step,
) -> Result<(), String> {
    let mut new = Arc::clone(value);
    new.note(step);
    let mut new = Arc::unwrap_or_clone(new);
    // a collection has no text of its own, and is put there all the same
    if !matches!(new.content, Content::Scalar(..)) {
        new.origin.steps.push(step.clone());
    }
    let mark = |what: &'static str| Step::new(what, step.entry);
    new.origin.set_alias(if matches!(node.content, Content::Scalar(..)) { node.origin.alias() } else { 0 });
    if let Some(delimiter) = options.delimiter {
        let Content::Scalar(old, _) = &node.content else {
            return Err("a `delimiter` splits text only".to_owned());
        };
        let text: &str = if let Content::Scalar(text, _) = &value.content { text } else { "" };
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
        new.origin.parts.extend(node.origin.parts.iter().copied());
        new.origin.exact = false;
    }
    // a scalar keeps the type that it was written with, and takes the text only
    if let Content::Scalar(old, kind) = &node.content {
        new.origin.set_spelling(node.origin.spelling());
        new.origin.steps.retain(|step| !step.what.starts_with("!!"));
        let text: Arc<str> = match &new.content {
            Content::Scalar(text, _) => Arc::clone(text),
            _ => "".into(),
        };
        let kind = match kind {
            Type::Str => Type::Str,
            // what a replacement made has no type, whatever is put there
            Type::Plain if node.origin.steps.iter().any(|step| step.what == "created") => {
                new.origin.steps.push(mark("created"));
                Type::Plain
            }
            Type::Plain | Type::Null => {
                // it fails when the object is written, unless something else is put there before
                let own = if *kind == Type::Null { "!!null" } else { kept(node).map_or(tag(old), |step| step.what) };
                if own != tag(&text) {
                    new.origin.steps.push(mark(own));
                }
                match own {
                    "!!null" if text.is_empty() => Type::Bare,
                    "!!null" if own == tag(&text) => Type::Null,
                    _ => Type::Plain,
                }
            }
            Type::Empty | Type::Bare if text.is_empty() => Type::Bare,
            Type::Empty | Type::Bare => {
                new.origin.steps.push(mark("created"));
                Type::Plain
            }
        };
        new.content = Content::Scalar(text, kind);
    }
    *node = Arc::new(new);
    Ok(())
}

fn plain_as(text: &str) -> Scalar<'_> {
    crate::yaml::plain_as(text, crate::yaml::Reading::Kustomize)
}

/// `spec.containers.[name=web].image` as its parts (kyaml's `SmarterPathSplitter`): what is in brackets is one.
pub(super) fn split(path: &str) -> Vec<String> {
    let mut raw: Vec<&str> = path.split('.').collect();
    if raw.len() > 1 && raw.first() == Some(&"") {
        raw.remove(0);
    }
    let mut parts: Vec<String> = Vec::new();
    for part in raw {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('.');
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    let mut out = Vec::new();
    let mut rest = parts.into_iter();
    while let Some(part) = rest.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            out.push(part);
            continue;
        }
        let mut whole = part;
        for next in rest.by_ref() {
            whole.push('.');
            whole.push_str(&next);
            if next.ends_with(']') {
                break;
            }
        }
        out.push(if whole.contains('=') { whole } else { whole.trim_matches(['[', ']']).to_owned() });
    }
    out
}

/// What is made where a path leads to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    Mapping,
    Sequence,
}

fn kind_of(value: &Draft) -> Kind {
    match value.content {
        Content::Scalar(..) => Kind::Scalar,
        Content::Mapping(_) => Kind::Mapping,
        Content::Sequence(_) => Kind::Sequence,
    }
}

fn is_item(part: &str) -> bool {
    part.starts_with('[') && part.ends_with(']')
}

/// A number of an item.
fn number(part: &str) -> Option<usize> {
    let digits = part.strip_prefix('+').unwrap_or(part);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) { None } else { digits.parse().ok() }
}

/// Key and value of `[key=value]`.
fn pair(part: &str) -> Result<(&str, &str), String> {
    let inner = part.strip_suffix(']').unwrap_or(part);
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    inner.split_once('=').ok_or_else(|| format!("`{part}` is no `[key=value]`"))
}

/// The one node that a path leads to (kyaml's `Lookup`).
pub(super) fn lookup<'d>(root: &'d Arc<Draft>, path: &[String]) -> Result<Option<&'d Arc<Draft>>, String> {
    let mut node = root;
    for part in path.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        if node.is_null() {
            return Ok(None);
        }
        let wrong = || format!("`{part}` leads through {}", named(node));
        let next = if let Ok(index) = part.parse::<i64>() {
            let Ok(index) = usize::try_from(index) else { return Err(format!("`{part}` is below 0")) };
            let Content::Sequence(items) = &node.content else { return Err(wrong()) };
            items.get(index)
        } else if part == "-" {
            let Content::Sequence(items) = &node.content else { return Err(wrong()) };
            items.last()
        } else if part == "*" {
            return Err("`*` means several values, and one is needed".to_owned());
        } else if is_item(part) {
            let (key, want) = pair(part)?;
            let Content::Sequence(items) = &node.content else { return Err(wrong()) };
            items.iter().find(|item| {
                let value = if key.is_empty() { Some(&***item) } else { item.get(key).map(|value| &**value) };
                matches!(value.map(|value| &value.content), Some(Content::Scalar(text, _)) if **text == *want)
            })
        } else {
            let Content::Mapping(_) = &node.content else { return Err(wrong()) };
            node.get(part)
        };
        match next {
            Some(next) => node = next,
            None => return Ok(None),
        }
    }
    Ok(Some(node))
}

fn named(draft: &Draft) -> &'static str {
    match draft.content {
        Content::Scalar(..) => "a scalar",
        Content::Mapping(_) => "a mapping",
        Content::Sequence(_) => "a list",
    }
}

/// Every node that a path leads to (kyaml's `PathMatcher`), made where it is missing if `make` says so.
pub(super) fn reach(
    node: &mut Arc<Draft>,
    path: &[String],
    make: Option<Kind>,
    at: Span,
    set: &mut dyn FnMut(&mut Arc<Draft>) -> Result<(), String>,
) -> Result<usize, String> {
    let Some((first, rest)) = path.split_first() else {
        set(node)?;
        return Ok(1);
    };
    let next = |rest: &[String], kind: Kind| match rest.first() {
        Some(part) if is_item(part) || number(part).is_some() => Kind::Sequence,
        Some(part) if !part.is_empty() => Kind::Mapping,
        _ => kind,
    };
    let made = |kind: Kind| {
        let content = match kind {
            Kind::Scalar => Content::Scalar("".into(), Type::Empty),
            Kind::Mapping => Content::Mapping(Vec::new()),
            Kind::Sequence => Content::Sequence(Vec::new()),
        };
        Arc::new(Draft { content, origin: Origin::made("replacements", at) })
    };
    let is_listed = number(first).is_some() || is_item(first) || first == "*";
    if node.is_null() {
        return if is_listed || make.is_none() { Ok(0) } else { Err(format!("`{first}` leads through null")) };
    }
    if is_listed != matches!(node.content, Content::Sequence(_)) || matches!(node.content, Content::Scalar(..)) {
        return Err(format!("`{first}` leads through {}", named(node)));
    }
    // nothing is copied to find out that there is nothing
    if make.is_none() && !is_listed && node.get(first).is_none() {
        return Ok(0);
    }
    let draft = Arc::make_mut(node);
    match &mut draft.content {
        Content::Scalar(..) => Ok(0),
        Content::Mapping(_) => {
            if draft.get(first).is_none() {
                let Some(kind) = make else { return Ok(0) };
                draft.set(first, at, made(next(rest, kind)));
            }
            let Some(found) = draft.get_mut(first) else { return Ok(0) };
            if !rest.is_empty() && matches!(found.content, Content::Scalar(..)) {
                // the text is looked into, and what is changed there is lost
                return match embedded::leads(found, rest) {
                    true => Ok(1),
                    false => Err(format!("`{first}` is a scalar, and holds no such field")),
                };
            }
            reach(found, rest, make, at, set)
        }
        Content::Sequence(items) => {
            if first == "*" {
                let mut count = 0;
                for item in items {
                    count += reach(item, rest, make, at, set)?;
                }
                return Ok(count);
            }
            if let Some(index) = number(first) {
                if index == items.len()
                    && let Some(kind) = make
                {
                    items.push(made(next(rest, kind)));
                }
                let count = items.len();
                let Some(item) = items.get_mut(index) else {
                    return Err(format!("item {index} of a list of {count}"));
                };
                return reach(item, rest, make, at, set);
            }
            let (key, want) = pair(first)?;
            let mut count = 0;
            for again in [false, true] {
                let pattern = regex(want);
                for item in items.iter_mut() {
                    let value = if key.is_empty() { Some(&**item) } else { item.get(key).map(|value| &**value) };
                    let Some(Content::Scalar(text, _)) = value.map(|value| &value.content) else { continue };
                    let pattern = pattern.as_ref().map_err(|_| format!("`{want}` is no regular expression"))?;
                    if pattern.is_match(text.trim()) {
                        count += if key.is_empty() {
                            set(item)?;
                            1
                        } else {
                            reach(item, rest, make, at, set)?
                        };
                    }
                }
                if again || count > 0 || make.is_none() {
                    break;
                }
                let text = || {
                    let content = Content::Scalar(want.into(), Type::Plain);
                    Arc::new(Draft { content, origin: Origin::made("replacements", at) })
                };
                items.push(if key.is_empty() {
                    text()
                } else {
                    let mut item = made(Kind::Mapping);
                    Arc::make_mut(&mut item).set(key, at, text());
                    item
                });
            }
            Ok(count)
        }
    }
}
