//! Checks from Rego: those that come with the binary and those of the user. Loads and evaluates them and turns what
//! they return into findings with places. Leaves out what the rules are: `policies/` has them.

mod input;
mod metadata;
mod place;
mod program;
mod user;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regorus::Value;

use crate::check::{Check, CheckError, CheckMeta, Draft, Findings, Standing, Target};
use crate::finding::{Label, Severity, Stated};

pub use input::value_of;
pub use program::{Interpreter, Modules, Program, ProgramError, TIME_LIMIT};
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
    /// All modules, parsed and prepared when the first object is met.
    modules: OnceLock<Result<Modules, ProgramError>>,
}

/// The policies of one kind.
struct Slot {
    members: Vec<usize>,
    needs: input::Needs,
    /// Its position among the kinds, which names its module.
    position: usize,
    program: OnceLock<Result<Program, ProgramError>>,
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
            let read = metadata::read(text).map_err(|message| CheckError::new(format!("{path}: {message}"), None))?;
            let index = policies.len();
            for kind in &read.kinds {
                let slot = by_kind.entry(kind.clone()).or_insert_with(|| Slot {
                    members: Vec::new(),
                    needs: input::Needs::default(),
                    position: 0,
                    program: OnceLock::new(),
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
        for (position, slot) in by_kind.values_mut().enumerate() {
            slot.position = position;
        }
        Ok(Self { metas, policies, by_kind, modules: OnceLock::new() })
    }

    fn slot(&self, group: &str, kind: &str) -> Option<&Slot> {
        self.by_kind.get(&format!("{kind}.{group}")).or_else(|| self.by_kind.get(kind).filter(|_| is_common(group)))
    }

    /// Parses all policies once, with one module a kind that asks all policies of it at once, so that what they share
    /// is computed once an object.
    fn modules(&self) -> Result<Modules, ProgramError> {
        let asks: Vec<(String, String)> = self.by_kind.values().map(|slot| self.ask(slot)).collect();
        let ours = self.policies.iter().map(|policy| (policy.path.as_str(), policy.text));
        let asks = asks.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        Modules::load(LIBRARY.iter().copied().chain(ours).chain(asks), "data.plimsoll.run.kind0.findings")
    }

    fn ask(&self, slot: &Slot) -> (String, String) {
        let mut text = format!("package plimsoll.run.kind{}\n\n", slot.position);
        text.push_str("# a set rule is never undefined, so neither is the list\nfindings := [\n");
        for policy in slot.members.iter().filter_map(|member| self.policies.get(*member)) {
            text.push_str(&format!("\tdata.{}.findings,\n", policy.package));
        }
        text.push_str("]\n");
        (format!("run/kind{}.rego", slot.position), text)
    }

    fn compile(&self, slot: &Slot) -> Result<Program, ProgramError> {
        let modules = self.modules.get_or_init(|| self.modules()).as_ref().map_err(Clone::clone)?;
        modules.program(&format!("data.plimsoll.run.kind{}.findings", slot.position))
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
        let results = program.run(around.input(target)).map_err(|error| error.to_check_error("a policy"))?;
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
