//! Joins findings that say the same: of one value in many units there is one finding, and it names them all. Of what
//! a thousand units are told alike one copy is held, however many there are.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::finding::{Finding, Label, Pointer};

/// Up to so many names are looked through one by one.
const FEW: usize = 8;

/// The findings of a run, as they come.
pub(super) struct Merging {
    all: Vec<Group>,
    /// Those of units, by what they say: another unit that is told the same is named in them.
    told: FxHashMap<u64, Vec<usize>>,
    count: u32,
}

/// A finding, and every time that it was made.
struct Group {
    finding: Finding,
    times: Vec<Time>,
    /// How many of them are still to come.
    left: usize,
}

/// One time: in which unit, or in those that the finding names; and the how manieth of all findings it was.
struct Time(Option<Arc<str>>, u32);

impl Group {
    fn units<'g>(&'g self, time: &'g Time) -> &'g [Arc<str>] {
        time.0.as_ref().map_or(&self.finding.units, std::slice::from_ref)
    }
}

impl Merging {
    /// Begins with findings of files.
    pub fn of(found: Vec<Finding>) -> Self {
        let group = |(finding, number)| Group { finding, times: vec![Time(None, number)], left: 1 };
        let all: Vec<Group> = found.into_iter().zip(0..).map(group).collect();
        Self { count: u32::try_from(all.len()).unwrap_or(u32::MAX), all, told: FxHashMap::default() }
    }

    /// Takes in what was found in units: each finding names those in which it was.
    pub fn take(&mut self, found: Vec<Finding>) {
        for mut finding in found {
            let mut hasher = FxHasher::default();
            (finding.primary, &finding.check.0, &finding.message, &finding.related).hash(&mut hasher);
            let known = self.told.entry(hasher.finish()).or_default();
            let units = std::mem::take(&mut finding.units).into_iter().zip(self.count..);
            let mut times: Vec<Time> = units.map(|(unit, number)| Time(Some(unit), number)).collect();
            if times.is_empty() {
                times.push(Time(None, self.count));
            }
            self.count = self.count.saturating_add(u32::try_from(times.len()).unwrap_or(u32::MAX));
            let is = |at: &&usize| self.all.get(**at).is_some_and(|one| is_told(&one.finding, &finding));
            match known.iter().find(is).copied().and_then(|at| self.all.get_mut(at)) {
                Some(group) => group.times.extend(times),
                None => {
                    known.push(self.all.len());
                    self.all.push(Group { finding, times, left: 0 });
                }
            }
        }
    }

    /// Sorts by place; what says the same of the same place is one finding with the units and versions of both. Units
    /// may name one object differently: what a check says there of the same value is the same too.
    pub fn finish(mut self) -> Vec<Finding> {
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(self.count as usize);
        for (at, group) in self.all.iter_mut().enumerate() {
            group.left = group.times.len();
            order.extend((0..group.left).map(|time| (at, time)));
        }
        let all = &self.all;
        let find = |(at, time): (usize, usize)| all.get(at).and_then(|group| Some((group, group.times.get(time)?)));
        order.sort_unstable_by(|a, b| match (find(*a), find(*b)) {
            (Some((one, now)), Some((other, then))) => {
                let words = if a.0 == b.0 { Ordering::Equal } else { one.finding.order().cmp(&other.finding.order()) };
                words.then_with(|| one.units(now).cmp(other.units(then))).then_with(|| now.1.cmp(&then.1))
            }
            _ => Ordering::Equal,
        });
        let mut out: Vec<Joined> = Vec::with_capacity(self.all.len());
        // where the findings of one place and check begin
        let mut from = 0;
        for (at, time) in order {
            let Some(group) = self.all.get_mut(at) else { continue };
            group.left = group.left.saturating_sub(1);
            let is_elsewhere = |one: &Joined| {
                (one.finding.primary, &one.finding.check) != (group.finding.primary, &group.finding.check)
            };
            if out.get(from).is_some_and(is_elsewhere) {
                from = out.len();
            }
            let Some(time) = group.times.get(time) else { continue };
            let units = group.units(time);
            let known = out.get_mut(from..).unwrap_or_default().iter_mut().find(|one| one.fits(&group.finding, units));
            match known {
                Some(known) => known.join(at, &group.finding, units),
                None => {
                    let units = units.to_vec();
                    let last = group.left == 0;
                    let finding = if last { take(&mut group.finding) } else { group.finding.clone() };
                    out.push(Joined::of(at, finding, units));
                }
            }
        }
        out.into_iter().map(Joined::finish).collect()
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
        units: Vec::new(),
        versions: Vec::new(),
        ..*finding
    };
    std::mem::replace(finding, empty)
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
    last: usize,
    /// Units and labels, when there are many.
    units: FxHashSet<Arc<str>>,
    labels: FxHashSet<Label>,
}

impl Joined {
    fn of(number: usize, mut finding: Finding, units: Vec<Arc<str>>) -> Self {
        finding.units = units;
        Self { finding, last: number, units: FxHashSet::default(), labels: FxHashSet::default() }
    }

    fn fits(&self, finding: &Finding, units: &[Arc<str>]) -> bool {
        let own = &self.finding;
        own.message == finding.message && own.severity == finding.severity
            || own.pointer == finding.pointer && !units.iter().any(|unit| self.names(unit))
    }

    fn names(&self, unit: &Arc<str>) -> bool {
        if self.units.is_empty() { self.finding.units.contains(unit) } else { self.units.contains(unit) }
    }

    fn join(&mut self, number: usize, other: &Finding, units: &[Arc<str>]) {
        for unit in units {
            if self.names(unit) {
                continue;
            }
            if self.units.is_empty() && self.finding.units.len() >= FEW {
                self.units.extend(self.finding.units.iter().cloned());
            }
            if !self.units.is_empty() {
                self.units.insert(Arc::clone(unit));
            }
            self.finding.units.push(Arc::clone(unit));
        }
        if std::mem::replace(&mut self.last, number) == number {
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

    fn finish(self) -> Finding {
        let mut finding = self.finding;
        finding.units.sort();
        finding.units.dedup();
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
            units: vec![format!("unit{unit:02}").into()],
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
