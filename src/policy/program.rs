//! A set of Rego modules, compiled to one program for regorus' virtual machine. One machine a thread, lent from a pool.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::{Program as Compiled, RegoVM};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};

use crate::check::CheckError;

/// How long the policies of one object may take. They take microseconds; this is for those that never end.
pub const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Why modules do not compile.
#[derive(Debug, Clone)]
pub struct ProgramError {
    /// The module, when it is known.
    pub path: Option<String>,
    /// What the compiler says.
    pub message: String,
}

impl ProgramError {
    pub(super) fn to_check_error(&self) -> CheckError {
        let place = self.path.as_ref().map_or_else(String::new, |path| format!("{path}: "));
        CheckError {
            message: format!("{place}policy does not compile: {}", self.message),
            help: Some("`opa check` says more; the rest of the policies still ran".into()),
        }
    }
}

/// The user's modules in regorus' interpreter. It is slower than the virtual machine, and right where that one is not:
/// in regorus 0.14 a body goes on after `x := <undefined>` in the machine, which makes findings out of nothing. Our own
/// policies are written and tested for the machine; nobody's own are.
pub struct Interpreter {
    engine: Engine,
    lent: Mutex<Vec<Engine>>,
}

impl Interpreter {
    /// Loads modules (path and text).
    ///
    /// # Errors
    /// The first module that does not compile, or a rule among `entries` that cannot be asked.
    pub fn load<'m>(modules: impl Iterator<Item = (&'m str, &'m str)>, entries: &[&str]) -> Result<Self, ProgramError> {
        let mut engine = Engine::new();
        for (path, text) in modules {
            engine.add_policy(path.to_owned(), text.to_owned()).map_err(|error| ProgramError {
                path: Some(path.to_owned()),
                message: plain_message(&error.to_string()),
            })?;
        }
        engine.set_strict_builtin_errors(false);
        if let Some(config) = timer() {
            engine.set_execution_timer_config(config);
        }
        // prepares all rules once, so that the clones need not
        if let Some(first) = entries.first() {
            engine
                .compile_with_entrypoint(&(*first).into())
                .map_err(|error| ProgramError { path: None, message: plain_message(&error.to_string()) })?;
        }
        Ok(Self { engine, lent: Mutex::new(Vec::new()) })
    }

    /// Evaluates one rule on one input; an undefined one is [`Value::Undefined`].
    ///
    /// # Errors
    /// When the evaluation fails or takes longer than [`TIME_LIMIT`].
    pub fn run(&self, rule: &str, input: Value) -> Result<Value, CheckError> {
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut engine = lent.unwrap_or_else(|| self.engine.clone());
        engine.set_input(input);
        let result = engine.eval_rule(rule.to_owned()).map_err(|error| failed(&error.to_string()));
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
        result
    }
}

fn timer() -> Option<ExecutionTimerConfig> {
    NonZeroU32::new(1024).map(|check_interval| ExecutionTimerConfig { limit: TIME_LIMIT, check_interval })
}

fn failed(message: &str) -> CheckError {
    let said = plain_message(message);
    let timed_out = said.contains("time limit") || said.contains("timed out") || said.contains("limit exceeded");
    CheckError {
        message: if timed_out {
            format!("a policy took longer than {} seconds", TIME_LIMIT.as_secs())
        } else {
            format!("a policy failed: {said}")
        },
        help: timed_out.then(|| "look for a rule that pairs everything with everything".into()),
    }
}

/// Compiled modules with their entry points.
pub struct Program {
    compiled: Arc<Compiled>,
    data: Option<Value>,
    machines: Mutex<Vec<RegoVM>>,
}

impl Program {
    /// Compiles modules (path and text) with these rules as entry points.
    ///
    /// # Errors
    /// The first module that does not compile, or the rule that does not exist.
    pub fn compile<'m>(
        modules: impl Iterator<Item = (&'m str, &'m str)>,
        data: Option<Value>,
        entries: &[&str],
    ) -> Result<Self, ProgramError> {
        let mut engine = Engine::new();
        for (path, text) in modules {
            engine.add_policy(path.to_owned(), text.to_owned()).map_err(|error| ProgramError {
                path: Some(path.to_owned()),
                message: plain_message(&error.to_string()),
            })?;
        }
        if let Some(data) = data.clone() {
            engine
                .add_data(data)
                .map_err(|error| ProgramError { path: None, message: plain_message(&error.to_string()) })?;
        }
        let failed =
            |error: &dyn std::fmt::Display| ProgramError { path: None, message: plain_message(&error.to_string()) };
        let Some(first) = entries.first() else { return Err(failed(&"no rules")) };
        let policy = engine.compile_with_entrypoint(&(*first).into()).map_err(|error| failed(&error))?;
        let compiled = Compiler::compile_from_policy(&policy, entries).map_err(|error| failed(&error))?;
        Ok(Self { compiled, data, machines: Mutex::new(Vec::new()) })
    }

    /// Evaluates one entry point on one input.
    ///
    /// # Errors
    /// When the evaluation fails or takes longer than [`TIME_LIMIT`].
    pub fn run(&self, entry: usize, input: Value) -> Result<Value, CheckError> {
        let lent = self.machines.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut machine = lent.unwrap_or_else(|| {
            let mut machine = RegoVM::new();
            machine.load_program(Arc::clone(&self.compiled));
            if let Some(data) = self.data.clone() {
                // refused only when rules and data claim one path, which the engine has refused before
                let _ = machine.set_data(data);
            }
            machine.set_execution_timer_config(timer());
            machine
        });
        machine.set_input(input);
        let result = machine.execute_entry_point_by_index(entry).map_err(|error| failed(&error.to_string()));
        self.machines.lock().unwrap_or_else(PoisonError::into_inner).push(machine);
        result
    }
}

/// The last line of a message with an excerpt is what it says.
pub(super) fn plain_message(message: &str) -> String {
    let said = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut place = None;
    let mut last = "";
    for line in said {
        if let Some(at) = line.strip_prefix("--> ") {
            place = Some(at.to_owned());
        }
        last = line;
    }
    let last = last.trim_start_matches("error: ");
    place.map_or_else(|| last.to_owned(), |place| format!("{last} ({place})"))
}
