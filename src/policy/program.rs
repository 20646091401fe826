//! A set of Rego modules, compiled to one program for regorus' virtual machine. One machine a thread, lent from a pool.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::{Program as Compiled, RegoVM};
use regorus::unstable::{Lexer, Source, Token, TokenKind};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{CompiledPolicy, Engine, Value};

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
    fn unplaced(error: &dyn std::fmt::Display) -> Self {
        Self { path: None, message: plain_message(&error.to_string()) }
    }

    pub(super) fn to_check_error(&self) -> CheckError {
        let place = self.path.as_ref().map_or_else(String::new, |path| format!("{path}: "));
        CheckError {
            gave_up: Vec::new(),
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
    /// Loads modules (path and text) and what they find in `data` beside each other.
    ///
    /// # Errors
    /// The first module that does not compile, or a rule among `entries` that cannot be asked.
    pub fn load<'m>(
        modules: impl Iterator<Item = (&'m str, &'m str)>,
        data: Value,
        entries: &[&str],
    ) -> Result<Self, ProgramError> {
        let mut engine = Engine::new();
        for (path, text) in modules {
            add_any_version(&mut engine, path, text)?;
        }
        if let Some(error) = super::recursion::find(engine.get_modules()) {
            return Err(error);
        }
        engine.add_data(data).map_err(|error| ProgramError::unplaced(&error))?;
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
    pub fn run(&self, rule: &str, input: Value) -> Result<Value, RunError> {
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut engine = lent.unwrap_or_else(|| self.engine.clone());
        engine.set_input(input);
        let result = engine.eval_rule(rule.to_owned()).map_err(|error| RunError::of(&error.to_string()));
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
        result
    }
}

/// Adds a module of the user's. One that is no Rego of version 1 may be of version 0, which conftest and OPA read before
/// 2025 and do still when they are told to; but not one that is written with the words of version 1: as version 0 it would
/// be something else.
///
/// # Errors
/// What is wrong with it as version 1.
pub(super) fn add_any_version(engine: &mut Engine, path: &str, text: &str) -> Result<(), ProgramError> {
    let mut add = |old: bool| {
        engine.set_rego_v0(old);
        engine.add_policy(path.to_owned(), text.to_owned()).map(drop).map_err(|error| error.to_string())
    };
    let result =
        add(false).or_else(|message| if is_version_1(text) { Err(message) } else { add(true).map_err(|_| message) });
    engine.set_rego_v0(false);
    result.map_err(|message| ProgramError { path: Some(path.to_owned()), message: plain_message(&message) })
}

/// Whether a module uses words that version 0 does not have, and does not import them. Its tokens are asked, because a text
/// or a comment may have any word in it.
fn is_version_1(text: &str) -> bool {
    let Ok(source) = Source::from_contents(String::new(), text.to_owned()) else { return false };
    let mut lexer = Lexer::new(&source);
    let mut words: Vec<String> = Vec::new();
    // where it can be read no further, what came before tells
    while let Ok(Token(kind, span)) = lexer.next_token() {
        match kind {
            TokenKind::Eof => break,
            TokenKind::Ident | TokenKind::Symbol => words.push(span.text().to_owned()),
            _ => words.push(String::new()),
        }
    }
    let has = |path: &[&str]| words.windows(path.len()).any(|window| window.iter().eq(path.iter()));
    let all = words.windows(4).any(
        |window| matches!(window, [a, b, c, after] if a == "future" && b == "." && c == "keywords" && after != "."),
    );
    let is_imported = |word: &str| all || has(&["future", ".", "keywords", ".", word]);
    // a function is called so in both versions, and a path may have any name in it
    let is_used = |word: &str| {
        words.windows(3).any(|window| {
            matches!(window, [before, is, after] if is == word && before != "." && (word == "if" || after != "("))
        })
    };
    has(&["import", "rego", ".", "v1"]) || ["if", "contains"].iter().any(|word| is_used(word) && !is_imported(word))
}

fn engine_of<'m>(modules: impl Iterator<Item = (&'m str, &'m str)>) -> Result<Engine, ProgramError> {
    let mut engine = Engine::new();
    for (path, text) in modules {
        engine.add_policy(path.to_owned(), text.to_owned()).map_err(|error| ProgramError {
            path: Some(path.to_owned()),
            message: plain_message(&error.to_string()),
        })?;
    }
    Ok(engine)
}

pub(super) fn timer() -> Option<ExecutionTimerConfig> {
    NonZeroU32::new(1024).map(|check_interval| ExecutionTimerConfig { limit: TIME_LIMIT, check_interval })
}

/// Why an evaluation has no result.
#[derive(Debug, Clone)]
pub enum RunError {
    /// It took longer than [`TIME_LIMIT`].
    TimedOut,
    /// The engine says why.
    Failed(String),
}

impl RunError {
    fn of(message: &str) -> Self {
        let said = plain_message(message);
        if said.contains("time limit") || said.contains("timed out") || said.contains("limit exceeded") {
            Self::TimedOut
        } else {
            Self::Failed(said)
        }
    }

    /// As a failure of a check.
    #[must_use]
    pub fn to_check_error(&self, rule: &str) -> CheckError {
        match self {
            Self::TimedOut => CheckError::new(
                format!("{rule} took longer than {} seconds on one object, and was given up", TIME_LIMIT.as_secs()),
                Some("look for a rule that pairs everything with everything; none of its findings is told".into()),
            ),
            Self::Failed(said) => CheckError::new(format!("{rule} failed: {said}"), None),
        }
    }
}

/// Modules that are parsed and prepared, from which programs are compiled.
pub struct Modules {
    policy: CompiledPolicy,
}

impl Modules {
    /// Loads modules (path and text); `entry` is any one of the rules that will be asked.
    ///
    /// # Errors
    /// The first module that does not compile, or a rule that does not exist.
    pub fn load<'m>(modules: impl Iterator<Item = (&'m str, &'m str)>, entry: &str) -> Result<Self, ProgramError> {
        let mut engine = engine_of(modules)?;
        let policy = engine.compile_with_entrypoint(&entry.into()).map_err(|error| ProgramError::unplaced(&error))?;
        Ok(Self { policy })
    }

    /// Compiles one rule with all that it reaches.
    ///
    /// # Errors
    /// When the rule does not exist, or says what the machine cannot do.
    pub fn program(&self, entry: &str) -> Result<Program, ProgramError> {
        let mut compiled =
            Compiler::compile_from_policy(&self.policy, &[entry]).map_err(|error| ProgramError::unplaced(&error))?;
        if let Some(program) = Arc::get_mut(&mut compiled) {
            slim(program);
        }
        Ok(Program { compiled, machines: Mutex::new(Vec::new()) })
    }
}

/// The machine clones a rule's declaration at each call. Takes out of it what only listings read, and what says the
/// same when it is absent, so that a clone allocates nothing.
fn slim(program: &mut Compiled) {
    for rule in &mut program.rule_infos {
        rule.name = String::new();
        if rule.destructuring_blocks.iter().all(Option::is_none) {
            rule.destructuring_blocks = Vec::new();
        }
        if rule.else_bodies.iter().flatten().all(|is_else| !is_else) {
            rule.else_bodies = Vec::new();
        }
        if let Some(function) = &mut rule.function_info {
            function.param_names = Vec::new();
        }
    }
}

/// One compiled rule.
pub struct Program {
    compiled: Arc<Compiled>,
    machines: Mutex<Vec<RegoVM>>,
}

impl Program {
    /// Evaluates it on one input.
    ///
    /// # Errors
    /// When the evaluation fails or takes longer than [`TIME_LIMIT`].
    pub fn run(&self, input: Value) -> Result<Value, RunError> {
        let lent = self.machines.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut machine = lent.unwrap_or_else(|| {
            let mut machine = RegoVM::new();
            machine.load_program(Arc::clone(&self.compiled));
            machine.set_execution_timer_config(timer());
            // the machine stops after 25,000 instructions unless told otherwise; the timer is the limit
            machine.set_max_instructions(usize::MAX);
            machine
        });
        machine.set_input(input);
        let result = machine.execute_entry_point_by_index(0).map_err(|error| RunError::of(&error.to_string()));
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
