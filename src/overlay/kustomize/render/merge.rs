//! The strategic merge of a patch into an object (kyaml/yaml/merge2 and walk): what the schema calls a list with keys is
//! merged item by item, the patch's first; any other list is replaced. It follows Kustomize step by step, with what is
//! odd there: the object is walked where the patch says nothing too, so that its own lists with keys are put in order,
//! and ports of one number that differ in a protocol which one of them leaves out become one.

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{Content, Draft, Grounds, Step, Type};

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
                    message: format!("a patch puts {} where the object has {}", named(node), named(leading)),
                    place: node.origin.written,
                });
            }
        }
        match &leading.content {
            Content::Scalar(..) => Ok(match theirs {
                Theirs::Some(patch) => {
                    let alias = ours.map_or(0, |ours| ours.origin.alias());
                    Walked { node: Some(self.taken(&patch, alias)).filter(|node| !node.is_null()), own: false }
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

    /// A scalar of the patch as it comes into the object.
    fn taken(&self, patch: &Arc<Draft>, alias: u32) -> Arc<Draft> {
        let mut draft = Arc::clone(patch);
        let origin = &mut Arc::make_mut(&mut draft).origin;
        origin.set_alias(alias);
        origin.steps.push(self.step());
        draft
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
        let added: Vec<_> = match theirs {
            Theirs::Some(patch) => {
                patch.entries().iter().filter(|(key, _)| ours.get(&key.text).is_none()).cloned().collect()
            }
            _ => Vec::new(),
        };
        let mut at = 0;
        // what is not changed is not copied either
        while let Some((key, old)) = ours.entries().get(at) {
            let theirs = match theirs {
                Theirs::None => Theirs::None,
                Theirs::Same => Theirs::Same,
                Theirs::Some(patch) => patch.get(&key.text).map_or(Theirs::None, |node| Theirs::Some(Arc::clone(node))),
            };
            if matches!(old.content, Content::Scalar(..)) && matches!(theirs, Theirs::None) && !old.is_null() {
                at += 1;
                continue;
            }
            let old = Arc::clone(old);
            let new = self.walk(Some(Arc::clone(&old)), theirs, field(&key.text))?.node;
            match new {
                Some(new) if Arc::ptr_eq(&new, &old) => at += 1,
                Some(new) => {
                    if let Content::Mapping(entries) = &mut Arc::make_mut(&mut ours).content
                        && let Some((_, slot)) = entries.get_mut(at)
                    {
                        *slot = new;
                    }
                    at += 1;
                }
                None => {
                    if let Content::Mapping(entries) = &mut Arc::make_mut(&mut ours).content {
                        entries.remove(at);
                    }
                }
            }
        }
        for (key, value) in added {
            if let Some(new) = self.walk(None, Theirs::Some(value), field(&key.text))?.node
                && let Content::Mapping(entries) = &mut Arc::make_mut(&mut ours).content
            {
                entries.push((key, new));
            }
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
        mut ours: Vec<Arc<Draft>>,
        patch: Option<Vec<Arc<Draft>>>,
        keys: &[&str],
        schema: Option<Shape<'a>>,
    ) -> Result<Vec<Arc<Draft>>, Clash> {
        let bare = keys.is_empty();
        let keys: &[&str] = if bare { &[""] } else { keys };
        let mut list: Vec<Vec<String>> = Vec::new();
        for item in patch.iter().flatten().chain(&ours) {
            let values = if bare {
                vec![text_of(item).to_owned()]
            } else {
                keys.iter().map(|key| item.get(key).map_or("", |value| text_of(value)).to_owned()).collect()
            };
            if !list.contains(&values) {
                list.push(values);
            }
        }
        if keys.len() > 1 {
            unify(&mut list);
        }
        let mut added: Vec<Arc<Draft>> = Vec::new();
        let mut valid: Vec<&str> = keys.to_vec();
        for values in &list {
            let (used, want) = of_use(&list, values, keys);
            let (narrow, narrow_want) = of_use(std::slice::from_ref(&want), &want, &used);
            let mine = find(&ours, &narrow, &narrow_want);
            let theirs = match &patch {
                None => Theirs::Same,
                Some(patch) => find(patch, &narrow, &narrow_want)
                    .and_then(|at| patch.get(at))
                    .map_or(Theirs::None, |node| Theirs::Some(Arc::clone(node))),
            };
            let old = mine.and_then(|at| ours.get(at).cloned());
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
            valid = used;
            let gone =
                |node: &Arc<Draft>| node.is_null() || matches!(&node.content, Content::Mapping(m) if m.is_empty());
            let Some(mut new) = walked.node.filter(|node| !gone(node)) else {
                put(&mut ours, None, &valid, &want)?;
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
                        return Err(no_mapping(&new));
                    }
                    let made = Draft {
                        content: Content::Scalar(value.as_str().into(), Type::Plain),
                        origin: crate::yaml::Origin::made(self.what, self.entry),
                    };
                    Arc::make_mut(&mut new).set(key, self.entry, Arc::new(made));
                }
            }
            if let Some(slot) = mine.filter(|_| walked.own).and_then(|at| ours.get_mut(at)) {
                *slot = Arc::clone(&new);
            }
            put(&mut added, Some(&new), &valid, &want)?;
        }
        if list.is_empty() {
            return Ok(ours);
        }
        append(added, &ours, &valid)
    }
}

/// What a scalar holds, whatever it is; nothing of a collection.
fn text_of(node: &Draft) -> &str {
    match &node.content {
        Content::Scalar(text, _) => text,
        _ => "",
    }
}

fn named(draft: &Draft) -> &'static str {
    match draft.content {
        Content::Scalar(..) => "a scalar",
        Content::Mapping(_) => "a mapping",
        Content::Sequence(_) => "a list",
    }
}

fn no_mapping(node: &Draft) -> Clash {
    Clash { message: format!("{} in a list of mappings", named(node)), place: node.origin.written }
}

fn read(said: &Draft) -> Result<Directive, Clash> {
    match text_of(said) {
        "delete" => Ok(Directive::Delete),
        "replace" => Ok(Directive::Replace),
        "merge" => Ok(Directive::Merge),
        other => Err(Clash {
            message: format!("`$patch: {other}` is none of delete, replace and merge"),
            place: said.origin.written,
        }),
    }
}

fn directive(patch: &Draft) -> Result<Option<Directive>, Clash> {
    patch.get("$patch").map(|said| read(said)).transpose()
}

/// The directive of a list, and its items without it.
fn elided(items: &[Arc<Draft>]) -> Result<(Directive, Vec<Arc<Draft>>), Clash> {
    let plain = || Ok((Directive::Merge, items.to_vec()));
    let Some(item) = items.iter().find(|item| item.get("$patch").is_some()) else { return plain() };
    // one with more in it speaks of an item only
    let Some(said) = item.get("$patch").filter(|_| item.entries().len() == 1) else { return plain() };
    let (said, value) = (read(said)?, text_of(said).to_owned());
    let mut rest = items.to_vec();
    put(&mut rest, None, &["$patch"], &[value])?;
    Ok((said, rest))
}

/// Whether a list that is walked alone stays as it is: each item has all keys, and no two of them the same ones.
fn in_order(items: &[Arc<Draft>], keys: &[&str]) -> bool {
    let mut seen: rustc_hash::FxHashSet<Vec<&str>> = rustc_hash::FxHashSet::default();
    items.iter().all(|item| {
        let values: Vec<&str> = if keys.is_empty() {
            vec![text_of(item)]
        } else {
            keys.iter().map(|key| item.get(key).map_or("", |value| text_of(value))).collect()
        };
        !item.is_null() && values.iter().all(|value| !value.is_empty()) && seen.insert(values)
    })
}

/// Values that share one and differ only where one of them is empty become the same.
fn unify(list: &mut [Vec<String>]) {
    for i in 0..list.len() {
        for j in 0..list.len() {
            let (Some(a), Some(b)) = (list.get(i), list.get(j)) else { continue };
            let fits = a.iter().zip(b).all(|(x, y)| x == y || x.is_empty() || y.is_empty());
            if fits && a.iter().zip(b).any(|(x, y)| x == y) {
                let both: Vec<String> =
                    a.iter().zip(b).map(|(x, y)| if x.is_empty() { y.clone() } else { x.clone() }).collect();
                for at in [i, j] {
                    if let Some(slot) = list.get_mut(at) {
                        slot.clone_from(&both);
                    }
                }
            }
        }
    }
}

/// The keys that any of the values have, and what these values have for them.
fn of_use<'k>(list: &[Vec<String>], values: &[String], keys: &[&'k str]) -> (Vec<&'k str>, Vec<String>) {
    let used = |at: usize| list.iter().any(|one| one.get(at).is_some_and(|value| !value.is_empty()));
    let all: Vec<usize> = (0..keys.len()).filter(|at| used(*at)).collect();
    if all.is_empty() {
        return (keys.to_vec(), values.to_vec());
    }
    let of = all.iter().filter_map(|at| keys.get(*at).copied()).collect();
    (of, all.iter().filter_map(|at| values.get(*at).cloned()).collect())
}

/// The item that has these values.
fn find(items: &[Arc<Draft>], keys: &[&str], values: &[String]) -> Option<usize> {
    if keys.first().is_none_or(|key| key.is_empty()) {
        let want = values.first().map_or("", String::as_str);
        return items.iter().position(|item| text_of(item) == want);
    }
    if keys.len() != values.len() {
        return None;
    }
    items.iter().position(|item| {
        matches!(item.content, Content::Mapping(_))
            && keys.iter().zip(values).all(|(key, want)| item.get(key).is_some_and(|value| text_of(value) == want))
    })
}

/// Puts an item in place of those that have these values, or at the end; none takes them away (kyaml's
/// `ElementSetter`).
fn put(items: &mut Vec<Arc<Draft>>, new: Option<&Arc<Draft>>, keys: &[&str], values: &[String]) -> Result<(), Clash> {
    let by_key = keys.first().is_some_and(|key| !key.is_empty()) && values.first().is_some_and(|one| !one.is_empty());
    let mut kept = Vec::with_capacity(items.len() + 1);
    let mut matched = false;
    for item in items.drain(..) {
        if item.is_null() || matches!(&item.content, Content::Mapping(entries) if entries.is_empty()) {
            continue;
        }
        if by_key && !matches!(item.content, Content::Mapping(_)) {
            kept.push(item);
            continue;
        }
        let mut found = !keys.is_empty();
        let mut last = false;
        for (at, key) in keys.iter().enumerate() {
            if let Some(want) = values.get(at) {
                last = if key.is_empty() {
                    if !matches!(item.content, Content::Scalar(..)) {
                        return Err(Clash {
                            message: format!("{} in a list of scalars", named(&item)),
                            place: item.origin.written,
                        });
                    }
                    text_of(&item) == want
                } else if matches!(item.content, Content::Mapping(_)) {
                    item.get(key).is_some_and(|value| want.is_empty() || text_of(value) == want)
                } else {
                    return Err(no_mapping(&item));
                };
            }
            found &= last;
        }
        if !found {
            if !values.is_empty() {
                kept.push(item);
            }
            continue;
        }
        matched = true;
        kept.extend(new.cloned());
    }
    if !matched {
        kept.extend(new.cloned());
    }
    *items = kept;
    Ok(())
}

/// The object's items behind those that were merged.
fn append(mut added: Vec<Arc<Draft>>, ours: &[Arc<Draft>], keys: &[&str]) -> Result<Vec<Arc<Draft>>, Clash> {
    for item in ours {
        if keys.first().is_none_or(|key| key.is_empty()) {
            put(&mut added, Some(item), &[""], &[text_of(item).to_owned()])?;
            continue;
        }
        let mut values = Vec::new();
        for key in keys {
            if !item.is_null() && !matches!(item.content, Content::Mapping(_)) {
                return Err(no_mapping(item));
            }
            match item.get(key) {
                Some(value) => values.push(text_of(value).to_owned()),
                None => added.push(Arc::clone(item)),
            }
        }
        if keys.len() > 1 {
            put(&mut added, None, keys, &values)?;
        }
        put(&mut added, Some(item), keys, &values)?;
    }
    Ok(added)
}
