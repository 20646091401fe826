//! The strategic merge of a patch into an object (kyaml/yaml/merge2 and walk): what the schema calls a list with keys is
//! merged item by item, the patch's first; any other list is replaced. It follows Kustomize step by step, with what is
//! odd there: the object is walked where the patch says nothing too, so that its own lists with keys are put in order,
//! and ports of one number that differ in a protocol which one of them leaves out become one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Key, Spelling, Step, Type};

use super::items::{Items, no_place, unify};
use super::problem::Reason;
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
    pub reason: Reason,
    pub message: String,
    pub place: Span,
}

type Merged = Result<Option<Arc<Draft>>, Clash>;
type Node = Option<Arc<Draft>>;

/// A patch and the entry that asked for it.
pub(super) struct Merge<'a> {
    pub what: &'static str,
    pub entry: Span,
    pub schema: Option<Shape<'a>>,
    /// What says that the patch is for this object, and for this item of it.
    pub grounds: Grounds,
}

/// How many items of a list are named as those that a new one is none of.
const MOST_NEIGHBOURS: usize = 16;

/// What the patch has at a place.
#[derive(Clone)]
enum Theirs {
    /// Nothing.
    None,
    /// This.
    Some(Arc<Draft>),
    /// What stands there is the patch's own already.
    Same,
}

/// The fields of a mapping; of one that has many, sorted.
pub(super) enum Fields<'d> {
    Few(&'d [(Key, Arc<Draft>)]),
    Many(BTreeMap<&'d str, &'d Arc<Draft>>),
}

impl<'d> Fields<'d> {
    pub fn of(entries: &'d [(Key, Arc<Draft>)]) -> Self {
        if entries.len() <= 24 {
            return Self::Few(entries);
        }
        let mut many = BTreeMap::new();
        for (key, value) in entries {
            many.entry(&*key.text).or_insert(value);
        }
        Self::Many(many)
    }

    /// The first of a name.
    pub fn get(&self, name: &str) -> Option<&'d Arc<Draft>> {
        match self {
            Self::Few(entries) => entries.iter().find(|(key, _)| &*key.text == name).map(|(_, value)| value),
            Self::Many(many) => many.get(name).copied(),
        }
    }
}

/// What came of a place, and whether it is the object's own node, changed where it stands.
struct Walked {
    node: Node,
    own: bool,
}

impl<'a> Merge<'a> {
    /// Both together; nothing when nothing is left.
    pub fn run(&self, base: &Arc<Draft>, patch: &Arc<Draft>) -> Merged {
        Ok(self.walk(Some(Arc::clone(base)), Theirs::Some(Arc::clone(patch)), self.schema)?.node)
    }

    fn walk(&self, ours: Node, theirs: Theirs, schema: Option<Shape<'a>>) -> Result<Walked, Clash> {
        let there = |node: &Node| node.as_ref().is_some_and(|node| !node.is_null());
        let patch = match &theirs {
            Theirs::Some(patch) => Some(patch),
            _ => None,
        };
        let leading = ours.as_ref().filter(|_| there(&ours)).or_else(|| patch.filter(|patch| !patch.is_null()));
        let Some(leading) = leading else {
            // a null that is written out stays where the patch says nothing
            let kept = ours.filter(|node| matches!(theirs, Theirs::None) && !text_of(node).is_empty());
            return Ok(Walked { own: true, node: kept });
        };
        for node in [ours.as_ref(), patch].into_iter().flatten() {
            if !node.is_null() && std::mem::discriminant(&node.content) != std::mem::discriminant(&leading.content) {
                return Err(Clash {
                    reason: Reason::Refused,
                    message: format!("a patch puts {} where the object has {}", named(node), named(leading)),
                    place: node.origin.written,
                });
            }
        }
        match &leading.content {
            Content::Scalar(..) => Ok(match theirs {
                Theirs::Some(patch) => {
                    let taken = self.taken(&patch, ours.as_ref().map(|ours| &ours.origin));
                    Walked { node: Some(taken).filter(|node| !node.is_null()), own: false }
                }
                _ => Walked { node: ours, own: true },
            }),
            Content::Mapping(_) => self.mapping(ours, theirs, schema),
            Content::Sequence(_) => match schema.and_then(Shape::keys) {
                Some(keys) => self.list(ours, theirs, &keys, schema.and_then(Shape::items)),
                None => Ok(match theirs {
                    Theirs::Some(patch) => {
                        let node = Some(patch).filter(|node| !node.is_null());
                        Walked { node: node.map(|node| self.noted(node)), own: false }
                    }
                    _ => Walked { node: ours, own: true },
                }),
            },
        }
    }

    /// A scalar of the patch as it comes into the object, in the quotes of the one that was there.
    fn taken(&self, patch: &Arc<Draft>, old: Option<&crate::yaml::Origin>) -> Arc<Draft> {
        let mut taken = Arc::clone(patch);
        let draft = Arc::make_mut(&mut taken);
        draft.origin.set_alias(old.map_or(0, crate::yaml::Origin::alias));
        draft.origin.steps.push(self.step());
        if let Some(old) = old {
            draft.origin.set_spelling(old.spelling());
            if let Content::Scalar(_, kind @ Type::Plain) = &mut draft.content
                && old.spelling() != Spelling::Plain
            {
                *kind = Type::Str;
            }
        }
        taken
    }

    fn step(&self) -> Step {
        Step { what: self.what, entry: self.entry, grounds: self.grounds.clone() }
    }

    /// What only the patch has.
    fn noted(&self, mut node: Arc<Draft>) -> Arc<Draft> {
        node.note(&self.step());
        node
    }

    /// The same for an item, which is found by its keys.
    fn of_item(&self, grounds: Grounds) -> Self {
        Merge { grounds, ..*self }
    }

    fn mapping(&self, ours: Node, theirs: Theirs, schema: Option<Shape<'a>>) -> Result<Walked, Clash> {
        let nothing = || Ok(Walked { node: None, own: true });
        let Some(ours) = ours.filter(|node| !node.is_null()) else {
            let Theirs::Some(mut patch) = theirs else { return nothing() };
            // a directive that there is not stays what it is, a key
            match directive(&patch) {
                Ok(Some(Directive::Delete)) => return nothing(),
                Ok(Some(_)) => {
                    Arc::make_mut(&mut patch).remove("$patch");
                }
                _ => {}
            }
            let node = self.fields(patch, &Theirs::Same, schema)?;
            return Ok(Walked { node: Some(self.noted(node)), own: false });
        };
        match theirs {
            Theirs::None => Ok(Walked { node: Some(self.fields(ours, &Theirs::None, schema)?), own: true }),
            Theirs::Same => {
                let mut ours = ours;
                match directive(&ours)? {
                    Some(Directive::Delete) => return nothing(),
                    Some(_) => {
                        Arc::make_mut(&mut ours).remove("$patch");
                    }
                    None => {}
                }
                Ok(Walked { node: Some(self.fields(ours, &Theirs::Same, schema)?), own: true })
            }
            Theirs::Some(patch) if patch.is_null() => nothing(),
            Theirs::Some(mut patch) => {
                let said = directive(&patch)?;
                if said.is_some() {
                    Arc::make_mut(&mut patch).remove("$patch");
                }
                match said {
                    Some(Directive::Delete) => nothing(),
                    Some(Directive::Replace) => {
                        let node = self.fields(patch, &Theirs::Same, schema)?;
                        Ok(Walked { node: Some(self.noted(node)), own: false })
                    }
                    _ => Ok(Walked { node: Some(self.fields(ours, &Theirs::Some(patch), schema)?), own: true }),
                }
            }
        }
    }

    fn fields(&self, mut ours: Arc<Draft>, theirs: &Theirs, schema: Option<Shape<'a>>) -> Result<Arc<Draft>, Clash> {
        let field = |key: &str| schema.and_then(|schema| schema.field(key));
        let patch = match theirs {
            Theirs::Some(patch) => patch.entries(),
            _ => &[],
        };
        let there = Fields::of(ours.entries());
        let patched = Fields::of(patch);
        let is_first = |key: &str, value| patched.get(key).is_some_and(|first| Arc::ptr_eq(first, value));
        let is_new = |key: &str, value| there.get(key).is_none() && is_first(key, value);
        let added: Vec<_> = patch.iter().filter(|(key, value)| is_new(&key.text, value)).cloned().collect();
        let mut changed: Vec<(usize, Node)> = Vec::new();
        // what is not changed is not copied either
        for (at, (key, old)) in ours.entries().iter().enumerate() {
            let theirs = match theirs {
                Theirs::None => Theirs::None,
                Theirs::Same => Theirs::Same,
                Theirs::Some(_) => patched.get(&key.text).map_or(Theirs::None, |node| Theirs::Some(Arc::clone(node))),
            };
            if matches!(old.content, Content::Scalar(..)) && matches!(theirs, Theirs::None) && !old.is_null() {
                continue;
            }
            let new = self.walk(Some(Arc::clone(old)), theirs, field(&key.text))?.node;
            if !new.as_ref().is_some_and(|new| Arc::ptr_eq(new, old)) {
                changed.push((at, new));
            }
        }
        let mut more = Vec::new();
        for (key, value) in added {
            if let Some(new) = self.walk(None, Theirs::Some(value), field(&key.text))?.node {
                more.push((key, new));
            }
        }
        if (!changed.is_empty() || !more.is_empty())
            && let Content::Mapping(entries) = &mut Arc::make_mut(&mut ours).content
        {
            let mut changed = changed.into_iter().peekable();
            let mut at = 0;
            entries.retain_mut(|(_, slot)| {
                let new = changed.next_if(|(of, _)| *of == at);
                at += 1;
                match new {
                    Some((_, Some(new))) => *slot = new,
                    Some((_, None)) => return false,
                    None => {}
                }
                true
            });
            entries.extend(more);
        }
        Ok(ours)
    }

    fn list(&self, ours: Node, theirs: Theirs, keys: &[&str], schema: Option<Shape<'a>>) -> Result<Walked, Clash> {
        let nothing = || Ok(Walked { node: None, own: true });
        let (head, items, patch, own) = match (ours.filter(|node| !node.is_null()), theirs) {
            // directives in a list that is not there yet are items like others
            (None, Theirs::Some(patch)) => {
                let items = patch.items().to_vec();
                (patch, items, None, false)
            }
            (None, _) => return nothing(),
            (Some(_), Theirs::Some(patch)) if patch.is_null() => return nothing(),
            (Some(ours), Theirs::Some(patch)) => {
                let (said, rest) = elided(patch.items())?;
                match said {
                    Directive::Delete => return nothing(),
                    Directive::Replace => (patch, rest, None, false),
                    Directive::Merge => {
                        let items = ours.items().to_vec();
                        (ours, items, Some(rest), true)
                    }
                }
            }
            (Some(ours), Theirs::Same) => {
                let (said, rest) = elided(ours.items())?;
                if said == Directive::Delete {
                    return nothing();
                }
                (ours, rest, None, true)
            }
            (Some(ours), Theirs::None) => {
                if in_order(ours.items(), keys) {
                    return self.untouched(ours, schema);
                }
                let items = ours.items().to_vec();
                (ours, items, Some(Vec::new()), true)
            }
        };
        let items = self.items(items, patch, keys, schema)?;
        let mut head = head;
        if *head.items() != *items {
            Arc::make_mut(&mut head).content = Content::Sequence(items);
        }
        let head = if own { head } else { self.noted(head) };
        Ok(Walked { node: Some(head), own })
    }

    /// A list of which the patch says nothing and whose items stay in order.
    fn untouched(&self, mut ours: Arc<Draft>, schema: Option<Shape<'a>>) -> Result<Walked, Clash> {
        for at in 0..ours.items().len() {
            let Some(old) = ours.items().get(at).cloned() else { break };
            let new = self.walk(Some(Arc::clone(&old)), Theirs::None, schema)?.node;
            if let Some(new) = new.filter(|new| !Arc::ptr_eq(new, &old))
                && let Content::Sequence(items) = &mut Arc::make_mut(&mut ours).content
                && let Some(slot) = items.get_mut(at)
            {
                *slot = new;
            }
        }
        Ok(Walked { node: Some(ours), own: true })
    }

    /// The items of both lists; `patch` is none where the list is the patch's own.
    fn items(
        &self,
        ours: Vec<Arc<Draft>>,
        patch: Option<Vec<Arc<Draft>>>,
        keys: &[&str],
        schema: Option<Shape<'a>>,
    ) -> Result<Vec<Arc<Draft>>, Clash> {
        let bare = keys.is_empty();
        let keys: &[&str] = if bare { &[""] } else { keys };
        let mut list: Vec<Vec<Arc<str>>> = Vec::new();
        let mut seen: BTreeSet<Vec<Arc<str>>> = BTreeSet::new();
        for item in patch.iter().flatten().chain(&ours) {
            let values: Vec<Arc<str>> =
                if bare { vec![shared_text(item)] } else { keys.iter().map(|key| value_of(item, key)).collect() };
            if seen.insert(values.clone()) {
                list.push(values);
            }
        }
        if list.is_empty() {
            return Ok(ours);
        }
        if keys.len() > 1 {
            unify(&mut list);
        }
        let used = used(&list, keys);
        let valid: Vec<&str> = used.iter().filter_map(|at| keys.get(*at).copied()).collect();
        let mut ours = Items::new(ours, keys);
        let mut patch = patch.map(|patch| Items::new(patch, keys));
        let mut added = Items::new(Vec::new(), keys);
        for values in &list {
            let want: Vec<Arc<str>> = used.iter().filter_map(|at| values.get(*at).cloned()).collect();
            let (narrow, narrow_want) = of_use(&want, &valid);
            let mine = ours.find(&narrow, &narrow_want)?;
            let old = mine.and_then(|at| ours.get(at).cloned());
            let theirs = match &mut patch {
                None => {
                    if let Some((at, without)) = mine.zip(old.as_deref().and_then(undirected)) {
                        ours.set(at, Some(without));
                    }
                    Theirs::Same
                }
                Some(patch) => {
                    let at = patch.find(&narrow, &narrow_want)?;
                    let found = at.and_then(|at| patch.get(at).cloned());
                    if let Some((at, without)) = at.zip(found.as_deref().and_then(undirected)) {
                        patch.set(at, Some(without));
                    }
                    found.map_or(Theirs::None, Theirs::Some)
                }
            };
            // a patch repeats a key to find its item, and does not write it
            let found_by: Vec<(&str, Arc<Draft>)> = match &old {
                Some(old) if !bare => narrow.iter().filter_map(|key| Some((*key, old.get(key)?.clone()))).collect(),
                _ => Vec::new(),
            };
            let keys_at = |item: &Draft| -> Vec<Span> {
                narrow.iter().filter_map(|key| Some(item.get(key)?.origin.written)).collect()
            };
            let walked = match &theirs {
                Theirs::Some(item) if !bare => {
                    // what is new in the list is new because none of these is it
                    let own = match &old {
                        Some(old) => keys_at(old),
                        None => ours.iter().take(MOST_NEIGHBOURS).flat_map(|item| keys_at(item)).collect(),
                    };
                    self.of_item(self.grounds.and(keys_at(item).into_iter().chain(own))).walk(old, theirs, schema)?
                }
                _ => self.walk(old, theirs, schema)?,
            };
            let gone =
                |node: &Arc<Draft>| node.is_null() || matches!(&node.content, Content::Mapping(m) if m.is_empty());
            let Some(mut new) = walked.node.filter(|node| !gone(node)) else {
                ours.put(None, &valid, &want)?;
                continue;
            };
            for (key, written) in found_by {
                if new.get(key).is_some_and(|now| now.content == written.content && now.origin != written.origin)
                    && let Some(slot) = Arc::make_mut(&mut new).get_mut(key)
                {
                    *slot = written;
                }
            }
            for (key, value) in valid.iter().zip(&want) {
                if !bare && new.get(key).is_none() && !value.is_empty() {
                    if !matches!(new.content, Content::Mapping(_)) {
                        return Err(no_place(&new, false));
                    }
                    let made = Draft {
                        content: Content::Scalar(Arc::clone(value), Type::Plain),
                        origin: crate::yaml::Origin::made(self.what, self.entry),
                    };
                    Arc::make_mut(&mut new).set(key, self.entry, Arc::new(made));
                }
            }
            if let Some(at) = mine.filter(|_| walked.own) {
                ours.set(at, Some(Arc::clone(&new)));
            }
            added.put(Some(&new), &valid, &want)?;
        }
        append(added, &ours, &valid)
    }
}

/// What a scalar holds, whatever it is; nothing of a collection.
pub(super) fn text_of(node: &Draft) -> &str {
    match &node.content {
        Content::Scalar(text, _) => text,
        _ => "",
    }
}

pub(super) fn named(draft: &Draft) -> &'static str {
    match draft.content {
        Content::Scalar(..) => "a scalar",
        Content::Mapping(_) => "a mapping",
        Content::Sequence(_) => "a list",
    }
}

fn read(said: &Draft) -> Result<Directive, Clash> {
    match text_of(said) {
        "delete" => Ok(Directive::Delete),
        "replace" => Ok(Directive::Replace),
        "merge" => Ok(Directive::Merge),
        other => Err(Clash {
            reason: Reason::Refused,
            message: format!("`$patch: {other}` is none of delete, replace and merge"),
            place: said.origin.written,
        }),
    }
}

fn directive(patch: &Draft) -> Result<Option<Directive>, Clash> {
    patch.get("$patch").map(|said| read(said)).transpose()
}

/// An item of a patch without its directive, which Kustomize takes out when it follows it: so it is when it is met again.
fn undirected(item: &Draft) -> Option<Arc<Draft>> {
    directive(item).ok()??;
    let mut without = item.clone();
    without.remove("$patch");
    Some(Arc::new(without))
}

/// The directive of a list, and its items without it.
fn elided(items: &[Arc<Draft>]) -> Result<(Directive, Vec<Arc<Draft>>), Clash> {
    let plain = || Ok((Directive::Merge, items.to_vec()));
    let Some(item) = items.iter().find(|item| item.get("$patch").is_some()) else { return plain() };
    // one with more in it speaks of an item only
    let Some(said) = item.get("$patch").filter(|_| item.entries().len() == 1) else { return plain() };
    let (said, value) = (read(said)?, text_of(said).to_owned());
    let keys = ["$patch"];
    let mut rest = Items::new(items.to_vec(), &keys);
    rest.put(None, &keys, &[value.into()])?;
    Ok((said, rest.into_vec()))
}

/// Whether a list that is walked alone stays as it is: each item has all keys, and no two of them the same ones.
fn in_order(items: &[Arc<Draft>], keys: &[&str]) -> bool {
    let mut seen: BTreeSet<Vec<&str>> = BTreeSet::new();
    items.iter().all(|item| {
        let of = |key: &&str| item.get(key).filter(|value| !value.is_null()).map_or("", |value| text_of(value));
        let values: Vec<&str> = if keys.is_empty() { vec![text_of(item)] } else { keys.iter().map(of).collect() };
        !item.is_null() && values.iter().all(|value| !value.is_empty()) && seen.insert(values)
    })
}

/// A scalar's text, to be kept.
fn shared_text(node: &Draft) -> Arc<str> {
    match &node.content {
        Content::Scalar(text, _) => Arc::clone(text),
        _ => Arc::from(""),
    }
}

/// What an item has under a key, nothing being an empty text.
fn value_of(item: &Draft, key: &str) -> Arc<str> {
    item.get(key).filter(|value| !value.is_null()).map_or_else(|| Arc::from(""), |value| shared_text(value))
}

/// The numbers of the keys that any of the values have, or of all where none has one.
fn used(list: &[Vec<Arc<str>>], keys: &[&str]) -> Vec<usize> {
    let has = |at: &usize| list.iter().any(|values| values.get(*at).is_some_and(|value| !value.is_empty()));
    let used: Vec<usize> = (0..keys.len()).filter(has).collect();
    if used.is_empty() { (0..keys.len()).collect() } else { used }
}

/// The keys for which there is a value, with the values; all where there is none.
fn of_use<'k>(values: &[Arc<str>], keys: &[&'k str]) -> (Vec<&'k str>, Vec<Arc<str>>) {
    if values.iter().all(|value| value.is_empty()) {
        return (keys.to_vec(), values.to_vec());
    }
    keys.iter().zip(values).filter(|(_, value)| !value.is_empty()).map(|(key, value)| (*key, Arc::clone(value))).unzip()
}

/// The object's items behind those that were merged.
fn append(mut added: Items<'_>, ours: &Items<'_>, keys: &[&str]) -> Result<Vec<Arc<Draft>>, Clash> {
    let bare = keys.first().is_none_or(|key| key.is_empty());
    for item in ours.iter() {
        if bare {
            added.put(Some(item), &[""], &[shared_text(item)])?;
            continue;
        }
        let mut values = Vec::new();
        for key in keys {
            if !item.is_null() && !matches!(item.content, Content::Mapping(_)) {
                return Err(no_place(item, false));
            }
            match item.get(key) {
                Some(value) => values.push(shared_text(value)),
                None => added.push(Arc::clone(item)),
            }
        }
        if keys.len() > 1 {
            added.put(None, keys, &values)?;
        }
        added.put(Some(item), keys, &values)?;
    }
    Ok(added.into_vec())
}
