//! Checks from Rego: those that come with the binary and those of the user. Loads and evaluates them and turns what
//! they return into findings with places. Leaves out what the rules are: `policies/` has them.

mod input;
mod metadata;
mod place;
mod program;
mod user;

use std::collections::BTreeMap;

use regorus::Value;

use crate::check::{Check, CheckError, CheckMeta, Draft, Findings, Standing, Target};
use crate::finding::{Label, Severity, Stated};

pub use input::value_of;
pub use program::{Interpreter, Program, ProgramError, TIME_LIMIT};
pub use user::{UserFile, UserPolicies};

include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// One policy of ours: its declaration and its text.
struct Policy {
    meta: usize,
    needs: Vec<String>,
    package: String,
    path: String,
    text: &'static str,
}

/// All policies that come with the binary. Nothing is compiled before an object of a kind is met; then all policies of
/// that kind become one program.
pub struct Policies {
    metas: Vec<CheckMeta>,
    policies: Vec<Policy>,
    by_kind: BTreeMap<String, Slot>,
}

/// The policies of one kind.
struct Slot {
    members: Vec<usize>,
    needs: input::Needs,
    program: std::sync::OnceLock<Result<Program, ProgramError>>,
}

impl Policies {
    /// The embedded policies.
    ///
    /// # Errors
    /// When a metadata block cannot be read: that is a fault of this program, and a test finds it.
    pub fn embedded() -> Result<Self, CheckError> {
        let mut metas = Vec::new();
        let mut policies = Vec::new();
        let mut by_kind: BTreeMap<String, Slot> = BTreeMap::new();
        for (id, path, text) in POLICIES {
            let read = metadata::read(text)
                .map_err(|message| CheckError { message: format!("{path}: {message}"), help: None })?;
            let index = policies.len();
            for kind in &read.kinds {
                let slot = by_kind.entry(kind.clone()).or_insert_with(|| Slot {
                    members: Vec::new(),
                    needs: input::Needs::default(),
                    program: std::sync::OnceLock::new(),
                });
                slot.members.push(index);
                slot.needs.add(&read.needs);
            }
            policies.push(Policy {
                meta: metas.len(),
                needs: read.needs.clone(),
                package: read.package.clone(),
                path: (*path).to_owned(),
                text,
            });
            metas.push(read.into_meta(id, None));
        }
        Ok(Self { metas, policies, by_kind })
    }

    fn slot(&self, group: &str, kind: &str) -> Option<&Slot> {
        self.by_kind.get(&format!("{kind}.{group}")).or_else(|| self.by_kind.get(kind).filter(|_| is_common(group)))
    }

    /// One module that asks all policies of a kind at once, so that what they share is computed once an object.
    fn compile(&self, slot: &Slot) -> Result<Program, ProgramError> {
        let mut all = String::from(
            "package plimsoll.run\n\n# a set rule is never undefined, so neither is the list\nfindings := [\n",
        );
        for policy in slot.members.iter().filter_map(|member| self.policies.get(*member)) {
            all.push_str(&format!("\tdata.{}.findings,\n", policy.package));
        }
        all.push_str("]\n");
        let ours = slot
            .members
            .iter()
            .filter_map(|member| self.policies.get(*member))
            .map(|policy| (policy.path.as_str(), policy.text));
        let modules = LIBRARY.iter().copied().chain(ours).chain([("run.rego", all.as_str())]);
        Program::compile(modules, None, &["data.plimsoll.run.findings"])
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
        if !slot.members.iter().filter_map(|member| self.metas.get(*member)).any(|meta| findings.wants(meta)) {
            return Ok(());
        }
        let program = slot.program.get_or_init(|| self.compile(slot)).as_ref().map_err(ProgramError::to_check_error)?;
        let around = input::Around::of(target, slot.needs);
        let results = program.run(0, around.input(target))?;
        for (member, found) in slot.members.iter().zip(members(&results)) {
            let Some(meta) = self.policies.get(*member).and_then(|policy| self.metas.get(policy.meta)) else {
                continue;
            };
            for item in members(found) {
                if let Some(draft) = draft(item, target, &around) {
                    findings.add(meta, draft);
                }
            }
        }
        Ok(())
    }
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
