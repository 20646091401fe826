//! The items of a list that is merged by keys, found and set as kyaml does (`ElementMatcher` and `ElementSetter` in
//! kyaml/yaml/fns.go), with what is odd there: whoever sets one drops those that are nothing, and one without any key drops
//! all before it. A list of few items is looked through; of a longer one it is kept, sorted, which items have what under a
//! key, so that the time is not square to the length.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::yaml::{Content, Draft};

use super::merge::{Clash, text_of};
use super::problem::Reason;

/// Up to so many items are looked through.
const FEW: usize = 24;

/// So many items are looked at in one list, and no more: what takes longer is made to.
const MOST: usize = 1 << 26;

/// Which entries of a list hold a text, under each of some keys.
#[derive(Default)]
struct Held(Vec<BTreeMap<Arc<str>, Vec<usize>>>);

impl Held {
    fn add(&mut self, key: usize, text: &Arc<str>, at: usize) {
        if self.0.len() <= key {
            self.0.resize_with(key + 1, BTreeMap::new);
        }
        if let Some(texts) = self.0.get_mut(key) {
            texts.entry(Arc::clone(text)).or_default().push(at);
        }
    }

    fn get(&self, key: usize, text: &str) -> &[usize] {
        self.0.get(key).and_then(|texts| texts.get(text)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The items of a list; `keys` holds one empty text where they are scalars.
pub(super) struct Items<'k> {
    keys: &'k [&'k str],
    /// Nothing where one was taken away.
    slots: Vec<Option<Arc<Draft>>>,
    /// Those that are nothing, which whoever sets one drops.
    hollow: Vec<usize>,
    /// Those that are no mappings where mappings belong, and the other way round.
    strange: Vec<usize>,
    /// What they hold, once there are many.
    held: Option<Held>,
    looked_at: usize,
}

impl<'k> Items<'k> {
    pub fn new(items: Vec<Arc<Draft>>, keys: &'k [&'k str]) -> Self {
        let slots = Vec::with_capacity(items.len());
        let mut new = Self { keys, slots, hollow: Vec::new(), strange: Vec::new(), held: None, looked_at: 0 };
        items.into_iter().for_each(|item| new.push(item));
        new
    }

    pub fn get(&self, at: usize) -> Option<&Arc<Draft>> {
        self.slots.get(at)?.as_ref()
    }

    /// The items that are left.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Draft>> {
        self.slots.iter().flatten()
    }

    pub fn into_vec(self) -> Vec<Arc<Draft>> {
        self.slots.into_iter().flatten().collect()
    }

    fn is_bare(&self) -> bool {
        self.keys.first().is_none_or(|key| key.is_empty())
    }

    pub fn push(&mut self, item: Arc<Draft>) {
        self.slots.push(None);
        self.set(self.slots.len() - 1, Some(item));
    }

    /// Puts an item in the place of another one, or takes that away.
    pub fn set(&mut self, at: usize, item: Option<Arc<Draft>>) {
        if let Some(item) = &item {
            let is_mapping = matches!(item.content, Content::Mapping(_));
            if is_nothing(item) {
                self.hollow.push(at);
            } else if if self.is_bare() { !matches!(item.content, Content::Scalar(..)) } else { !is_mapping } {
                self.strange.push(at);
            }
            if let Some(held) = &mut self.held {
                hold(held, self.keys, item, at);
            }
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = item;
        }
    }

    /// The first item that has these values.
    pub fn find(&mut self, keys: &[&str], values: &[Arc<str>]) -> Result<Option<usize>, Clash> {
        if !self.is_bare() && keys.len() != values.len() {
            return Ok(None);
        }
        let among = self.among(keys, values, true)?;
        let bare = self.is_bare();
        let is = |item: &Arc<Draft>| {
            if bare {
                return text_of(item) == values.first().map_or("", |value| &**value);
            }
            let has = |(key, want): (&&str, &Arc<str>)| item.get(key).is_some_and(|value| *text_of(value) == **want);
            matches!(item.content, Content::Mapping(_)) && keys.iter().zip(values).all(has)
        };
        Ok(among.into_iter().filter(|at| self.get(*at).is_some_and(is)).min())
    }

    /// Puts an item in place of those that have these values, of which an empty one fits all that have the key; at the end
    /// where there are none. None takes them away.
    pub fn put(&mut self, new: Option<&Arc<Draft>>, keys: &[&str], values: &[Arc<str>]) -> Result<(), Clash> {
        for at in std::mem::take(&mut self.hollow) {
            if self.get(at).is_some_and(|item| is_nothing(item)) {
                self.set(at, None);
            }
        }
        let bare = self.is_bare();
        let by_key = !bare && values.first().is_some_and(|one| !one.is_empty());
        if values.is_empty() {
            self.slots.iter_mut().for_each(|slot| *slot = None);
        } else if !by_key {
            let mut strange = self.strange.iter().filter_map(|at| Some((*at, self.get(*at)?)));
            let first = strange.find(|(_, item)| matches!(item.content, Content::Scalar(..)) != bare);
            if let Some((_, item)) = first {
                return Err(no_place(item, bare));
            }
        }
        let mut found = false;
        for at in self.among(keys, values, false)? {
            let Some(item) = self.get(at) else { continue };
            let has = |(key, want): (&&str, &Arc<str>)| {
                if bare {
                    return text_of(item) == &**want;
                }
                item.get(key).is_some_and(|value| want.is_empty() || text_of(value) == &**want)
            };
            let may = bare || matches!(item.content, Content::Mapping(_));
            if may && keys.iter().zip(values).all(has) {
                found = true;
                self.set(at, new.cloned());
            }
        }
        if let Some(new) = new.filter(|new| !found && !new.is_null()) {
            self.push(Arc::clone(new));
        }
        Ok(())
    }

    /// The items among which those with these values are; `exactly`: an empty value is one as well.
    fn among(&mut self, keys: &[&str], values: &[Arc<str>], exactly: bool) -> Result<Vec<usize>, Clash> {
        let few = self.slots.len() <= FEW;
        if !few && self.held.is_none() {
            let mut held = Held::default();
            for (at, item) in self.slots.iter().enumerate() {
                item.iter().for_each(|item| hold(&mut held, self.keys, item, at));
            }
            self.held = Some(held);
        }
        let shortest = self.held.as_ref().filter(|_| !few).and_then(|held| {
            let known = keys.iter().zip(values).filter(|(_, want)| exactly || !want.is_empty() || self.is_bare());
            let of = known.filter_map(|(key, want)| {
                let key = self.keys.iter().position(|one| one == key)?;
                Some(held.get(key, want))
            });
            of.min_by_key(|found| found.len())
        });
        let among = shortest.map_or_else(|| (0..self.slots.len()).collect(), <[usize]>::to_vec);
        self.looked_at += among.len();
        if self.looked_at > MOST
            && let Some(item) = self.slots.iter().flatten().next()
        {
            let message = "a list whose keys are so much the same that merging it takes too long".to_owned();
            return Err(Clash { reason: Reason::Limit, message, place: item.origin.written });
        }
        Ok(among)
    }
}

fn hold(held: &mut Held, keys: &[&str], item: &Draft, at: usize) {
    for (number, key) in keys.iter().enumerate() {
        let value = if key.is_empty() { Some(item) } else { item.get(key).map(|value| &**value) };
        match value.map(|value| &value.content) {
            Some(Content::Scalar(text, _)) => held.add(number, text, at),
            Some(_) => held.add(number, &Arc::from(""), at),
            None => {}
        }
    }
}

fn is_nothing(item: &Draft) -> bool {
    item.is_null() || matches!(&item.content, Content::Mapping(entries) if entries.is_empty())
}

/// An item that cannot be looked at for what it has.
pub(super) fn no_place(item: &Draft, bare: bool) -> Clash {
    let among = if bare { "scalars" } else { "mappings" };
    let message = format!("{} in a list of {among}", super::merge::named(item));
    Clash { reason: Reason::Refused, message, place: item.origin.written }
}

/// Values under several keys that share one and differ only where one of them is empty become the same (kyaml's
/// `mergeValues`).
pub(super) fn unify(list: &mut [Vec<Arc<str>>]) {
    let count = list.len();
    let mut held = Held::default();
    let hold = |held: &mut Held, values: &[Arc<str>], at: usize| {
        values.iter().enumerate().for_each(|(key, text)| held.add(key, text, at));
    };
    if count > FEW {
        list.iter().enumerate().for_each(|(at, values)| hold(&mut held, values, at));
    }
    for i in 0..count {
        // what it was before the round counts all through it
        let Some(a) = list.get(i).cloned() else { continue };
        let full = a.iter().enumerate().filter(|(_, text)| !text.is_empty() && count > FEW);
        let near = full.map(|(key, text)| [held.get(key, text), held.get(key, "")]);
        let near = near.min_by_key(|[same, empty]| same.len() + empty.len());
        let mut among = near.map_or_else(|| (0..count).collect(), |near| near.concat());
        among.sort_unstable();
        among.dedup();
        for j in among {
            let Some(b) = list.get(j) else { continue };
            let fits = a.iter().zip(b).all(|(x, y)| x == y || x.is_empty() || y.is_empty());
            if !fits || !a.iter().zip(b).any(|(x, y)| x == y) {
                continue;
            }
            let both: Vec<Arc<str>> =
                a.iter().zip(b).map(|(x, y)| Arc::clone(if x.is_empty() { y } else { x })).collect();
            for at in [i, j] {
                if let Some(slot) = list.get_mut(at).filter(|slot| **slot != both) {
                    slot.clone_from(&both);
                    if count > FEW {
                        hold(&mut held, &both, at);
                    }
                }
            }
        }
    }
}
