//! Joins findings that say the same: of one value in many units there is one finding, and it names them all. Of what
//! a thousand units are told alike one copy is held, however many there are.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::mem;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::finding::{Finding, Label, Pointer, Units};

/// Up to so many names are looked through one by one.
const FEW: usize = 8;

/// The findings of a run, as they come.
pub(super) struct Merging {
    all: Vec<Group>,
    /// Those of units, by what they say: another unit that is told the same is named in them.
    told: FxHashMap<u64, Vec<u32>>,
    names: Names,
    count: u32,
}

/// The names of units, by number.
#[derive(Default)]
struct Names {
    all: Vec<Arc<str>>,
    numbers: FxHashMap<Arc<str>, u32>,
}

impl Names {
    fn number(&mut self, name: &Arc<str>) -> u32 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let number = small(self.all.len());
        self.all.push(Arc::clone(name));
        self.numbers.insert(Arc::clone(name), number);
        number
    }

    /// What the numbers become in the order of the names.
    fn sort(&mut self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..small(self.all.len())).collect();
        order.sort_unstable_by_key(|number| self.all.get(*number as usize));
        let mut ranks = vec![0; order.len()];
        for (rank, number) in (0..).zip(&order) {
            if let Some(slot) = ranks.get_mut(*number as usize) {
                *slot = rank;
            }
        }
        self.all.sort_unstable();
        self.numbers = FxHashMap::default();
        ranks
    }
}

/// A finding, and every time that it was made.
struct Group {
    finding: Finding,
    /// The units that it named itself.
    own: Vec<u32>,
    times: Vec<Time>,
    /// How many of them are still to come.
    left: usize,
}

/// One time.
struct Time {
    /// In which unit; [`OWN`] for those that the finding named.
    unit: u32,
    /// The how manieth of all findings it was.
    number: u32,
}

/// The number of no unit.
const OWN: u32 = u32::MAX;

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Group {
    fn units<'g>(&'g self, time: &'g Time) -> &'g [u32] {
        if time.unit == OWN { &self.own } else { std::slice::from_ref(&time.unit) }
    }
}

impl Merging {
    /// Begins with findings of files.
    pub fn of(found: Vec<Finding>) -> Self {
        let count = small(found.len());
        let mut out =
            Self { all: Vec::with_capacity(found.len()), told: FxHashMap::default(), names: Names::default(), count };
        for (mut finding, number) in found.into_iter().zip(0..) {
            let own = mem::take(&mut finding.units).iter().map(|unit| out.names.number(unit)).collect();
            out.all.push(Group { finding, own, times: vec![Time { unit: OWN, number }], left: 1 });
        }
        out
    }

    /// Takes in what was found in units: each finding names those in which it was.
    pub fn take(&mut self, found: Vec<Finding>) {
        for mut finding in found {
            let mut hasher = FxHasher::default();
            (finding.primary, &finding.check.0, &finding.message, &finding.related).hash(&mut hasher);
            let known = self.told.entry(hasher.finish()).or_default();
            let units = mem::take(&mut finding.units);
            let mut times: Vec<Time> = units
                .iter()
                .zip(self.count..)
                .map(|(unit, number)| Time { unit: self.names.number(unit), number })
                .collect();
            if times.is_empty() {
                times.push(Time { unit: OWN, number: self.count });
            }
            self.count = self.count.saturating_add(small(times.len()));
            let is = |at: &&u32| self.all.get(**at as usize).is_some_and(|one| is_told(&one.finding, &finding));
            match known.iter().find(is).copied().and_then(|at| self.all.get_mut(at as usize)) {
                Some(group) => group.times.extend(times),
                None => {
                    known.push(small(self.all.len()));
                    self.all.push(Group { finding, own: Vec::new(), times, left: 0 });
                }
            }
        }
    }

    /// Sorts by place; what says the same of the same place is one finding with the units and versions of both. Units
    /// may name one object differently: what a check says there of the same value is the same too.
    pub fn finish(mut self) -> Vec<Finding> {
        self.told = FxHashMap::default();
        let ranks = self.names.sort();
        let rank = |unit: &mut u32| *unit = ranks.get(*unit as usize).copied().unwrap_or(OWN);
        let mut order: Vec<(u32, u32)> = Vec::with_capacity(self.count as usize);
        for (at, group) in (0..).zip(&mut self.all) {
            group.left = group.times.len();
            group.own.iter_mut().for_each(rank);
            group.times.iter_mut().for_each(|time| rank(&mut time.unit));
            order.extend((0..small(group.left)).map(|time| (at, time)));
        }
        let all = &self.all;
        let find = |(at, time): (u32, u32)| {
            all.get(at as usize).and_then(|group| Some((group, group.times.get(time as usize)?)))
        };
        order.sort_unstable_by(|a, b| match (find(*a), find(*b)) {
            (Some((one, now)), Some((other, then))) => {
                let words = if a.0 == b.0 { Ordering::Equal } else { one.finding.order().cmp(&other.finding.order()) };
                words.then_with(|| one.units(now).cmp(other.units(then))).then_with(|| now.number.cmp(&then.number))
            }
            _ => Ordering::Equal,
        });
        let mut out = Vec::with_capacity(self.all.len());
        let mut lists = Lists { names: &self.names.all, known: FxHashMap::default() };
        // the findings of one place and check
        let mut here: Vec<Joined> = Vec::new();
        for (at, time) in order {
            let Some(group) = self.all.get_mut(at as usize) else { continue };
            group.left = group.left.saturating_sub(1);
            let is_elsewhere = |one: &Joined| {
                (one.finding.primary, &one.finding.check) != (group.finding.primary, &group.finding.check)
            };
            if here.first().is_some_and(is_elsewhere) {
                out.extend(here.drain(..).map(|one| one.finish(&mut lists)));
            }
            let Some(time) = group.times.get(time as usize) else { continue };
            let units = group.units(time);
            match here.iter_mut().find(|one| one.fits(&group.finding, units)) {
                Some(known) => known.join(at, &group.finding, units),
                None => {
                    let units = units.to_vec();
                    let last = group.left == 0;
                    let finding = if last { take(&mut group.finding) } else { group.finding.clone() };
                    here.push(Joined::of(at, finding, units));
                }
            }
        }
        out.extend(here.into_iter().map(|one| one.finish(&mut lists)));
        out
    }
}

/// Lists of units that findings share.
struct Lists<'n> {
    names: &'n [Arc<str>],
    known: FxHashMap<Vec<u32>, Units>,
}

impl Lists<'_> {
    fn of(&mut self, units: Vec<u32>) -> Units {
        if let Some(known) = self.known.get(&units) {
            return known.clone();
        }
        let names = units.iter().filter_map(|unit| self.names.get(*unit as usize)).cloned().collect();
        self.known.entry(units).or_insert(names).clone()
    }
}

/// The finding of a group that is not needed there any more.
fn take(finding: &mut Finding) -> Finding {
    let empty = Finding {
        check: finding.check.clone(),
        message: String::new(),
        label: None,
        related: Vec::new(),
        help: None,
        fix: None,
        subject: None,
        pointer: Pointer::default(),
        units: Units::default(),
        versions: Vec::new(),
        ..*finding
    };
    mem::replace(finding, empty)
}

/// Whether two say the same but for their units.
fn is_told(one: &Finding, other: &Finding) -> bool {
    let words = |finding: &Finding| (finding.primary, finding.severity, finding.stated, finding.enforced);
    words(one) == words(other)
        && one.check == other.check
        && one.message == other.message
        && one.pointer == other.pointer
        && one.subject == other.subject
        && one.related == other.related
        && one.versions == other.versions
        && (&one.label, &one.help, &one.fix) == (&other.label, &other.help, &other.fix)
}

/// A finding with what others add to it.
struct Joined {
    finding: Finding,
    /// The number of what was joined last.
    last: u32,
    units: Vec<u32>,
    /// Units and labels, when there are many.
    known: FxHashSet<u32>,
    labels: FxHashSet<Label>,
}

impl Joined {
    fn of(number: u32, finding: Finding, units: Vec<u32>) -> Self {
        Self { finding, last: number, units, known: FxHashSet::default(), labels: FxHashSet::default() }
    }

    fn fits(&self, finding: &Finding, units: &[u32]) -> bool {
        let own = &self.finding;
        own.message == finding.message && own.severity == finding.severity
            || own.pointer == finding.pointer && !units.iter().any(|unit| self.names(*unit))
    }

    fn names(&self, unit: u32) -> bool {
        if self.known.is_empty() { self.units.contains(&unit) } else { self.known.contains(&unit) }
    }

    fn join(&mut self, number: u32, other: &Finding, units: &[u32]) {
        for unit in units {
            if self.names(*unit) {
                continue;
            }
            if self.known.is_empty() && self.units.len() >= FEW {
                self.known.extend(&self.units);
            }
            if !self.known.is_empty() {
                self.known.insert(*unit);
            }
            self.units.push(*unit);
        }
        if mem::replace(&mut self.last, number) == number {
            return;
        }
        self.finding.severity = self.finding.severity.min(other.severity);
        if other.versions.iter().any(|version| !self.finding.versions.contains(version)) {
            self.finding.versions.extend(&other.versions);
            self.finding.versions.sort_unstable();
            self.finding.versions.dedup();
        }
        for label in &other.related {
            let known = &mut self.finding.related;
            if self.labels.is_empty() && known.len() >= FEW {
                self.labels.extend(known.iter().cloned());
            }
            let is_new =
                if self.labels.is_empty() { !known.contains(label) } else { self.labels.insert(label.clone()) };
            if is_new {
                known.push(label.clone());
            }
        }
    }

    fn finish(self, lists: &mut Lists<'_>) -> Finding {
        let Self { mut finding, mut units, .. } = self;
        // in the order of the names
        units.sort_unstable();
        units.dedup();
        finding.units = lists.of(units);
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{CheckId, Segment, Severity, Stated};
    use crate::source::{SourceId, Span};

    /// A finding of a unit, made of a number.
    fn made(number: usize, unit: usize) -> Finding {
        let digit = |at: u32, base: usize| number / 8usize.pow(at) % base;
        let place = |at: usize| Span::new(SourceId(0), u32::try_from(at).unwrap(), 10);
        let label = Label { span: place(digit(1, 3)), message: "here".to_owned() };
        Finding {
            check: CheckId(["a/a", "a/b"][digit(2, 2)].into()),
            severity: [Severity::Error, Severity::Hint][digit(3, 2)],
            message: ["one", "two", "three"][digit(0, 3)].to_owned(),
            primary: place(digit(4, 2)),
            label: None,
            related: if digit(5, 2) == 0 { vec![label] } else { Vec::new() },
            help: None,
            fix: None,
            subject: None,
            pointer: Pointer(vec![Segment::Item(digit(6, 2), None)]),
            units: Units::of(format!("unit{unit:02}").into()),
            versions: if digit(7, 3) == 0 { vec![30 + u16::try_from(digit(7, 8)).unwrap()] } else { Vec::new() },
            stated: Stated::Stated,
            enforced: true,
        }
    }

    #[test]
    fn units_one_by_one_are_units_at_once() {
        let mut seed = 1usize;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        };
        for _ in 0..200 {
            let units: Vec<Vec<Finding>> =
                (0..1 + next() % 20).map(|unit| (0..next() % 12).map(|_| made(next(), unit)).collect()).collect();
            let at_once = Merging::of(units.iter().flatten().cloned().collect()).finish();
            let mut merging = Merging::of(Vec::new());
            units.into_iter().for_each(|found| merging.take(found));
            assert_eq!(merging.finish(), at_once);
        }
    }

    #[test]
    fn what_a_thousand_units_are_told_is_held_once() {
        let mut merging = Merging::of(Vec::new());
        for unit in 0..1000 {
            merging.take(vec![made(0, unit), made(1, unit)]);
        }
        assert_eq!(merging.all.len(), 2);
        let all = merging.finish();
        assert_eq!(all.iter().map(|one| one.units.len()).collect::<Vec<_>>(), [1000, 1000]);
    }
}
