//! Checks from Rego: those that come with the binary and those of the user. Loads and evaluates them and turns what
//! they return into findings with places. Leaves out what the rules are: `policies/` has them.

mod condition;
mod doubt;
mod input;
mod metadata;
mod place;
mod program;
mod recursion;
mod runner;
mod shape;
#[cfg(test)]
mod tests;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regorus::Value;

use crate::check::{Check, CheckError, CheckMeta, Draft, Findings, Standing, Target};
use crate::finding::{Label, Severity, Stated};

use condition::{Condition, SITUATIONS};
use shape::Shape;

pub use input::value_of;
pub use program::{Interpreter, Modules, Program, ProgramError, TIME_LIMIT};
pub use runner::{Fault, Ran, Results, Verdict, run as run_tests};
pub use user::{Seen, UserData, UserFile, UserPolicies, look};

include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// One policy of ours: its declaration and its text.
struct Policy {
    meta: usize,
    needs: Vec<String>,
    when: Vec<Condition>,
    reads: Vec<String>,
    package: String,
    path: String,
    text: &'static str,
}

/// All policies that come with the binary. Nothing is compiled before an object of a kind is met; then all policies of
/// that kind that can find something become one program.
pub struct Policies {
    metas: Vec<CheckMeta>,
    policies: Vec<Policy>,
    by_kind: BTreeMap<String, Slot>,
    /// The kinds of which some policy names the group.
    kinds_with_group: BTreeSet<String>,
}

/// The policies of one kind.
struct Slot {
    members: Vec<usize>,
    needs: input::Needs,
    /// One for each choice of them that a situation makes.
    variants: Vec<Variant>,
    /// The variant of each situation.
    by_situation: Vec<usize>,
    /// The doubts that their conditions ask about.
    doubts: u8,
}

/// Some of the policies of a kind, asked at once.
struct Variant {
    members: Vec<usize>,
    prepared: OnceLock<Prepared>,
}

/// What is made of policies when the first object is met that they are asked of.
struct Prepared {
    shape: Shape,
    program: Result<Program, ProgramError>,
}

/// An object with what is known around it and the policies that may find something in it.
pub struct Case<'p> {
    policies: &'p Policies,
    variant: &'p Variant,
    around: input::Around,
}

impl Policies {
    /// The embedded policies.
    ///
    /// # Errors
    /// When a metadata block cannot be read: that is a fault of this program, and a test finds it.
    pub fn embedded() -> Result<Self, CheckError> {
        Self::some_of_them(|_| true)
    }

    /// Those of the embedded policies whose id is wanted.
    ///
    /// # Errors
    /// As for all of them.
    pub fn some_of_them(wanted: impl Fn(&str) -> bool) -> Result<Self, CheckError> {
        let mut metas = Vec::new();
        let mut policies = Vec::new();
        let mut by_kind: BTreeMap<String, Slot> = BTreeMap::new();
        for (id, path, text) in POLICIES.iter().filter(|(id, _, _)| wanted(id)) {
            let read = metadata::read(text).map_err(|message| CheckError::new(format!("{path}: {message}"), None))?;
            let index = policies.len();
            for kind in &read.kinds {
                let slot = by_kind.entry(kind.clone()).or_insert_with(|| Slot {
                    members: Vec::new(),
                    needs: input::Needs::default(),
                    variants: Vec::new(),
                    by_situation: Vec::new(),
                    doubts: 0,
                });
                slot.members.push(index);
                slot.needs.add(&read.needs);
            }
            policies.push(Policy {
                meta: metas.len(),
                needs: read.needs.clone(),
                when: read.when.clone(),
                reads: read.reads.clone(),
                package: read.package.clone(),
                path: (*path).to_owned(),
                text,
            });
            metas.push(read.into_meta(id, None));
        }
        for slot in by_kind.values_mut() {
            slot.choose(&policies);
        }
        let kinds_with_group = by_kind.keys().filter_map(|kind| Some(kind.split_once('.')?.0.to_owned())).collect();
        Ok(Self { metas, policies, by_kind, kinds_with_group })
    }

    fn slot(&self, group: &str, kind: &str) -> Option<&Slot> {
        let named =
            self.kinds_with_group.contains(kind).then(|| self.by_kind.get(&format!("{kind}.{group}"))).flatten();
        named.or_else(|| self.by_kind.get(kind).filter(|_| is_common(group)))
    }

    /// What has to be asked of an object, when anything has.
    #[must_use]
    pub fn case(&self, target: &Target<'_>) -> Option<Case<'_>> {
        let Target::Resource { resource, standing: Standing::Whole, .. } = target else { return None };
        let slot = self.slot(&resource.gvk.group, &resource.gvk.kind)?;
        self.case_of(slot, target)
    }

    fn case_of<'p>(&'p self, slot: &'p Slot, target: &Target<'_>) -> Option<Case<'p>> {
        let around = input::Around::of(target, slot.needs);
        let doubts = doubt::of(slot.doubts, target, &around.target);
        let variant = slot.variants.get(*slot.by_situation.get(around.situation(doubts))?)?;
        (!variant.members.is_empty()).then_some(Case { policies: self, variant, around })
    }

    /// What each policy asks of its surroundings, for the documentation.
    pub fn needs(&self) -> impl Iterator<Item = (&CheckMeta, &[String])> {
        self.policies.iter().filter_map(|policy| Some((self.metas.get(policy.meta)?, policy.needs.as_slice())))
    }

    /// The files of the embedded policies, library first: path and text.
    pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
        LIBRARY.iter().copied().chain(POLICIES.iter().map(|(_, path, text)| (*path, *text)))
    }
}

/// Groups whose kinds a policy names without a group.
fn is_common(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io") || group == "keda.sh"
}

impl Check for Policies {
    fn metas(&self) -> &[CheckMeta] {
        &self.metas
    }

    fn run(&self, target: &Target<'_>, findings: &mut Findings<'_>) -> Result<(), CheckError> {
        let Target::Resource { resource, standing: Standing::Whole, .. } = target else { return Ok(()) };
        let Some(slot) = self.slot(&resource.gvk.group, &resource.gvk.kind) else { return Ok(()) };
        let wants = |member: &usize| self.metas.get(*member).is_some_and(|meta| findings.wants(*member, meta));
        if !slot.members.iter().any(wants) {
            return Ok(());
        }
        let Some(case) = self.case_of(slot, target) else { return Ok(()) };
        let results = case.evaluate(case.input(target))?;
        case.report(&results, target, findings);
        Ok(())
    }
}

impl Slot {
    /// Finds out which policies each situation asks.
    fn choose(&mut self, policies: &[Policy]) {
        let conditions = self.members.iter().filter_map(|member| policies.get(*member)).flat_map(|one| &one.when);
        self.doubts = conditions.fold(0, |doubts, when| match when {
            Condition::Doubtful(doubt) => doubts | doubt,
            _ => doubts,
        });
        for situation in 0..SITUATIONS {
            let asked = |member: &&usize| {
                policies.get(**member).is_some_and(|policy| policy.when.iter().all(|when| when.holds(situation)))
            };
            let members: Vec<usize> = self.members.iter().filter(asked).copied().collect();
            let known = self.variants.iter().position(|variant| variant.members == members);
            self.by_situation.push(known.unwrap_or(self.variants.len()));
            if known.is_none() {
                self.variants.push(Variant { members, prepared: OnceLock::new() });
            }
        }
    }
}

impl Variant {
    /// Parses the policies with what they import and a module that asks them all at once, so that what they share is
    /// computed once an object.
    fn prepare(&self, policies: &[Policy]) -> Prepared {
        let ours = || self.members.iter().filter_map(|member| policies.get(*member));
        let mut text = String::from("package plimsoll.run\n\nasked := [\n");
        for policy in ours() {
            // a set rule is never undefined, so neither is the list
            text.push_str(&format!("\tdata.{}.findings,\n", policy.package));
        }
        text.push_str("]\n");
        let mut modules: Vec<(&str, &str)> =
            ours().map(|policy| (policy.path.as_str(), without_header(policy.text))).collect();
        let mut at = 0;
        while let Some((_, text)) = modules.get(at).copied() {
            for (path, library) in LIBRARY {
                let wanted = metadata::package(library).is_some_and(|package| text.contains(&package));
                if wanted && !modules.iter().any(|(known, _)| known == path) {
                    modules.push((path, without_header(library)));
                }
            }
            at += 1;
        }
        let rule = "data.plimsoll.run.asked";
        let modules = modules.into_iter().chain([("run.rego", text.as_str())]);
        let program = Modules::load(modules, rule).and_then(|modules| modules.program(rule));
        Prepared { shape: Shape::of(ours().map(|policy| &*policy.reads)), program }
    }
}

impl Case<'_> {
    fn prepared(&self) -> &Prepared {
        self.variant.prepared.get_or_init(|| self.variant.prepare(&self.policies.policies))
    }

    /// What the policies read.
    #[must_use]
    pub fn input(&self, target: &Target<'_>) -> Value {
        self.around.input(target, &self.prepared().shape)
    }

    /// What the policies say of an input: a list of sets.
    ///
    /// # Errors
    /// When the policies do not compile, or one of them fails.
    pub fn evaluate(&self, input: Value) -> Result<Value, CheckError> {
        let program = self.prepared().program.as_ref().map_err(ProgramError::to_check_error)?;
        program.run(input).map_err(|error| error.to_check_error("a policy"))
    }

    /// Makes findings of what the policies say.
    pub fn report(&self, results: &Value, target: &Target<'_>, findings: &mut Findings<'_>) {
        for (member, found) in self.variant.members.iter().zip(members(results)) {
            let policy = self.policies.policies.get(*member);
            let Some(meta) = policy.and_then(|policy| self.policies.metas.get(policy.meta)) else { continue };
            for item in members(found) {
                if let Some(draft) = draft(item, target, &self.around) {
                    findings.add(meta, draft);
                }
            }
        }
    }
}

/// A module without the comments above its package, which only cost time.
fn without_header(text: &str) -> &str {
    text.find("\npackage ").and_then(|at| text.get(at + 1..)).unwrap_or(text)
}

/// The members of a set or array.
fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Set(set) => set.iter().collect(),
        Value::Array(array) => array.iter().collect(),
        _ => Vec::new(),
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    match &value[key] {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    }
}

/// What a returned finding lacks to be one: its author must hear of it.
fn lacks(item: &Value, target: &Target<'_>, around: &input::Around) -> Option<&'static str> {
    if text(item, "message").is_none() {
        Some("`message`, a text")
    } else if place::find(&item["at"], target, around).is_none() {
        Some("`at`, a path into the input that leads to an object")
    } else {
        None
    }
}

/// Makes a finding of what a policy returned. Nothing when it speaks of a value that cannot be known.
fn draft(item: &Value, target: &Target<'_>, around: &input::Around) -> Option<Draft> {
    let Target::Resource { resource, .. } = target else { return None };
    let message = text(item, "message")?;
    let found = place::find(&item["at"], target, around)?;
    if found.unknowable {
        return None;
    }
    let mut draft = Draft::new(found.span, message);
    draft.help = text(item, "help");
    draft.severity = text(item, "severity").and_then(|word| Severity::parse(&word));
    draft.subject = Some(resource.key.clone());
    draft.pointer = found.pointer;
    draft.stated = if found.complete { Stated::Stated } else { Stated::Inferred };
    for label in members(&item["labels"]) {
        if let (Some(place), Some(message)) = (place::find(&label["at"], target, around), text(label, "message")) {
            draft.related.push(Label { span: place.span, message });
        }
    }
    Some(draft)
}
