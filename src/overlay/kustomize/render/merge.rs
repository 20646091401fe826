//! The strategic merge of a patch into an object (kyaml/yaml/merge2): what the schema calls a list with keys is merged
//! item by item, the patch's first; any other list is replaced.

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Step};

use super::shape::Shape;

/// What a patch says about a whole mapping or list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// What cannot be merged.
pub(super) struct Clash {
    pub message: String,
    pub place: Span,
}

type Merged = Result<Option<Arc<Draft>>, Clash>;

/// A patch and the entry that asked for it.
pub(super) struct Merge<'a> {
    pub what: &'static str,
    pub entry: Span,
    pub patch_schema: Option<Shape<'a>>,
}

impl<'a> Merge<'a> {
    /// Both together; nothing when nothing is left.
    pub fn run(&self, base: &Arc<Draft>, patch: &Arc<Draft>) -> Merged {
        self.both(Some(base), Some(patch), self.patch_schema)
    }

    fn both(&self, base: Option<&Arc<Draft>>, patch: Option<&Arc<Draft>>, schema: Option<Shape<'a>>) -> Merged {
        match (base, patch) {
            (None, None) => Ok(None),
            (Some(base), None) => self.alone(base, schema),
            (None, Some(patch)) => self.added(patch, schema),
            (Some(base), Some(patch)) => {
                if patch.is_null() {
                    return Ok(None);
                }
                if base.is_null() {
                    return self.added(patch, schema);
                }
                match (&base.content, &patch.content) {
                    (Content::Mapping(_), Content::Mapping(_)) => self.mappings(base, patch, schema),
                    (Content::Sequence(_), Content::Sequence(_)) => match keys(schema) {
                        Some(keys) => self.lists(base, patch, &keys, items(schema)),
                        None => Ok(Some(self.taken(patch))),
                    },
                    (Content::Scalar(..), Content::Scalar(..)) => Ok(Some(self.taken(patch))),
                    _ => Err(Clash {
                        message: format!("a patch puts {} where the object has {}", named(patch), named(base)),
                        place: patch.origin.written,
                    }),
                }
            }
        }
    }

    /// A part of the patch as it comes into the object.
    fn taken(&self, patch: &Arc<Draft>) -> Arc<Draft> {
        let mut draft = Arc::clone(patch);
        if matches!(draft.content, Content::Scalar(..)) {
            Arc::make_mut(&mut draft).origin.steps.push(Step { what: self.what, entry: self.entry });
        }
        draft
    }

    /// What the patch says nothing about. Walking it drops keys that have no value at all.
    fn alone(&self, base: &Arc<Draft>, schema: Option<Shape<'a>>) -> Merged {
        let empty = |draft: &Draft| matches!(&draft.content, Content::Scalar(_, crate::yaml::Type::Empty));
        if empty(base) {
            return Ok(None);
        }
        if !holds_empty(base) {
            return Ok(Some(Arc::clone(base)));
        }
        let mut draft = Arc::clone(base);
        match &mut Arc::make_mut(&mut draft).content {
            Content::Mapping(entries) => {
                let old = std::mem::take(entries);
                for (key, value) in old {
                    if let Some(value) = self.alone(&value, field(schema, &key.text))? {
                        entries.push((key, value));
                    }
                }
            }
            Content::Sequence(list) if keys(schema).is_some() => {
                for item in list {
                    if let Some(kept) = self.alone(item, items(schema))? {
                        *item = kept;
                    }
                }
            }
            _ => {}
        }
        Ok(Some(draft))
    }

    /// What only the patch has: without its nulls and directives.
    fn added(&self, patch: &Arc<Draft>, schema: Option<Shape<'a>>) -> Merged {
        match &patch.content {
            Content::Scalar(..) if patch.is_null() => Ok(None),
            Content::Scalar(..) => Ok(Some(self.taken(patch))),
            Content::Mapping(entries) => {
                if directive(patch)? == Directive::Delete {
                    return Ok(None);
                }
                let mut draft = Draft { content: Content::Mapping(Vec::new()), origin: patch.origin.clone() };
                if let Content::Mapping(into) = &mut draft.content {
                    for (key, value) in entries.iter().filter(|(key, _)| &*key.text != "$patch") {
                        if let Some(value) = self.added(value, field(schema, &key.text))? {
                            into.push((key.clone(), value));
                        }
                    }
                }
                Ok(Some(Arc::new(draft)))
            }
            Content::Sequence(list) => {
                let Some(_) = keys(schema) else { return Ok(Some(self.taken(patch))) };
                let (said, _) = list_directive(list)?;
                if said == Directive::Delete {
                    return Ok(None);
                }
                let mut kept = Vec::new();
                for item in list.iter().filter(|item| !is_directive(item)) {
                    kept.extend(self.added(item, items(schema))?);
                }
                Ok(Some(Arc::new(Draft { content: Content::Sequence(kept), origin: patch.origin.clone() })))
            }
        }
    }

    fn mappings(&self, base: &Arc<Draft>, patch: &Arc<Draft>, schema: Option<Shape<'a>>) -> Merged {
        match directive(patch)? {
            Directive::Delete => return Ok(None),
            Directive::Replace => {
                let mut bare = Arc::clone(patch);
                Arc::make_mut(&mut bare).remove("$patch");
                return self.added(&bare, schema);
            }
            Directive::Merge => {}
        }
        let mut draft = Draft { content: Content::Mapping(Vec::new()), origin: base.origin.clone() };
        if let Content::Mapping(into) = &mut draft.content {
            for (key, value) in base.entries() {
                if let Some(value) = self.both(Some(value), patch.get(&key.text), field(schema, &key.text))? {
                    into.push((key.clone(), value));
                }
            }
            for (key, value) in patch.entries() {
                if &*key.text != "$patch"
                    && base.get(&key.text).is_none()
                    && let Some(value) = self.added(value, field(schema, &key.text))?
                {
                    into.push((key.clone(), value));
                }
            }
        }
        Ok(Some(Arc::new(draft)))
    }

    fn lists(&self, base: &Arc<Draft>, patch: &Arc<Draft>, keys: &[&'a str], schema: Option<Shape<'a>>) -> Merged {
        let (said, _) = list_directive(patch.items())?;
        match said {
            Directive::Delete => return Ok(None),
            Directive::Replace => {
                let kept = patch.items().iter().filter(|item| !is_directive(item)).cloned().collect();
                return Ok(Some(Arc::new(Draft { content: Content::Sequence(kept), origin: patch.origin.clone() })));
            }
            Directive::Merge => {}
        }
        let finish = |list| Ok(Some(Arc::new(Draft { content: Content::Sequence(list), origin: base.origin.clone() })));
        if keys.is_empty() {
            // a set of scalars
            let mut list: Vec<Arc<Draft>> = Vec::new();
            for item in patch.items().iter().chain(base.items()) {
                if !list.iter().any(|found| found.as_text() == item.as_text()) {
                    list.push(Arc::clone(item));
                }
            }
            return finish(list);
        }
        let all = || patch.items().iter().chain(base.items());
        let values = |item: &Draft| -> Vec<String> {
            keys.iter().map(|key| item.get(key).and_then(|value| value.as_text()).unwrap_or("").to_owned()).collect()
        };
        // keys that no item has tell nothing apart
        let used: Vec<usize> = (0..keys.len())
            .filter(|at| all().any(|item| values(item).get(*at).is_some_and(|one| !one.is_empty())))
            .collect();
        let of = |item: &Draft| -> Vec<String> {
            let values = values(item);
            used.iter().filter_map(|at| values.get(*at).cloned()).collect()
        };
        let same = |a: &[String], b: &[String]| {
            let agree = a.iter().zip(b).all(|(x, y)| x == y || (keys.len() > 1 && (x.is_empty() || y.is_empty())));
            agree && a.iter().zip(b).any(|(x, y)| x == y && !x.is_empty())
        };
        let mut list: Vec<Arc<Draft>> = Vec::new();
        let mut taken = vec![false; base.items().len()];
        for item in patch.items() {
            let key = of(item);
            let exact = base
                .items()
                .iter()
                .position(|one| !key.is_empty() && of(one) == key && !key.iter().all(String::is_empty));
            let found = exact.or_else(|| base.items().iter().position(|one| same(&of(one), &key)));
            let merged = match found.and_then(|at| base.items().get(at).map(|one| (at, one))) {
                Some((at, one)) => {
                    if let Some(slot) = taken.get_mut(at) {
                        *slot = true;
                    }
                    self.both(Some(one), Some(item), schema)?
                }
                None => self.added(item, schema)?,
            };
            if let Some(merged) =
                merged.filter(|merged| !matches!(&merged.content, Content::Mapping(entries) if entries.is_empty()))
            {
                list.push(merged);
            }
        }
        for (item, taken) in base.items().iter().zip(taken) {
            if !taken && let Some(kept) = self.alone(item, schema)? {
                list.push(kept);
            }
        }
        finish(list)
    }
}

fn named(draft: &Draft) -> &'static str {
    match draft.content {
        Content::Scalar(..) => "a scalar",
        Content::Mapping(_) => "a mapping",
        Content::Sequence(_) => "a list",
    }
}

fn holds_empty(draft: &Draft) -> bool {
    match &draft.content {
        Content::Scalar(_, kind) => *kind == crate::yaml::Type::Empty,
        Content::Mapping(entries) => entries.iter().any(|(_, value)| holds_empty(value)),
        Content::Sequence(items) => items.iter().any(|item| holds_empty(item)),
    }
}

fn directive(patch: &Draft) -> Result<Directive, Clash> {
    let Some(said) = patch.get("$patch") else { return Ok(Directive::Merge) };
    match said.as_text() {
        Some("delete") => Ok(Directive::Delete),
        Some("replace") => Ok(Directive::Replace),
        Some("merge") => Ok(Directive::Merge),
        other => Err(Clash {
            message: format!("`$patch: {}` is none of delete, replace and merge", other.unwrap_or("")),
            place: said.origin.written,
        }),
    }
}

fn is_directive(item: &Draft) -> bool {
    item.entries().len() == 1 && item.get("$patch").is_some()
}

fn list_directive(items: &[Arc<Draft>]) -> Result<(Directive, usize), Clash> {
    for (at, item) in items.iter().enumerate() {
        if is_directive(item) {
            return directive(item).map(|said| (said, at));
        }
    }
    Ok((Directive::Merge, 0))
}

fn field<'a>(schema: Option<Shape<'a>>, key: &str) -> Option<Shape<'a>> {
    schema?.field(key)
}

fn items(schema: Option<Shape<'_>>) -> Option<Shape<'_>> {
    schema?.items()
}

fn keys(schema: Option<Shape<'_>>) -> Option<Vec<&str>> {
    schema?.keys()
}
