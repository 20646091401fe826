//! The test runner: every `test_…` rule of a set of modules, as `opa test` runs them
//! (<https://www.openpolicyagent.org/docs/policy-testing>): by name, cases of `test_x[case]` one by one, `todo_test_…` left
//! out. Of a failure it says which line of the body does not hold and what the values there are. Leaves out where modules are
//! and how results are told.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{Expr, Literal, LiteralStmt, Module, Rule, RuleHead, Span};
use regorus::{Engine, Value};

use super::program::{self, ProgramError, plain_message};
use super::{LIBRARY, UserData, UserFile, metadata, recursion};

/// So many variables are told of with a failure.
const MOST_VALUES: usize = 8;

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is true.
    Pass,
    /// It is not.
    Fail,
    /// It could not be asked, and why.
    Error(String),
    /// It is a `todo_test_…`.
    Skipped,
}

/// The line of a test that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: u32,
    /// The expression.
    pub text: String,
    /// The case, of a test that has some.
    pub case: Option<String>,
    /// What stands in it, with its value as JSON.
    pub values: Vec<(String, String)>,
}

/// One test that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its file.
    pub path: String,
    /// Its line and column, from 1.
    pub place: (u32, u32),
    /// Its package, as `data.a_test`.
    pub package: String,
    /// Its name; `#01` and so on behind one that stands several times.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Its cases by name, and whether they hold.
    pub cases: Vec<(String, bool)>,
    /// What does not hold.
    pub faults: Vec<Fault>,
    /// What it is instead of true, where no line of it says so.
    pub value: Option<String>,
    /// What it printed.
    pub printed: Vec<String>,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Results {
    /// Every test, by file and line.
    pub tests: Vec<Ran>,
    /// How many tests there are, those that were not wanted among them.
    pub found: usize,
    /// Files that cannot be used, and why.
    pub errors: Vec<String>,
}

/// Runs the tests whose `data.package.name` is wanted.
#[must_use]
pub fn run(files: &[UserFile], data: &[UserData], wanted: &dyn Fn(&str) -> bool) -> Results {
    let mut results = Results::default();
    let mut failed = Vec::new();
    let data = super::user::documents(data, &mut failed);
    results.errors.extend(failed.into_iter().map(|error| error.message));
    let mut engine = Engine::new();
    let mut seen = BTreeSet::new();
    let mut tests = Vec::new();
    let mut packages = BTreeSet::new();
    // two files of one package share the names of its rules
    let mut times = BTreeMap::new();
    for file in files.iter().filter(|file| seen.insert(file.path.as_str())) {
        match Read::of(file, &mut times) {
            Ok(read) => {
                packages.extend(metadata::package(&read.text));
                if let Err(error) = program::add_any_version(&mut engine, &file.path, &read.text) {
                    results.errors.push(told(&error));
                    continue;
                }
                tests.extend(read.tests);
            }
            Err(error) => results.errors.push(told(&error)),
        }
    }
    for (path, text) in LIBRARY {
        // whoever tests the library itself brings it
        if metadata::package(text).is_none_or(|package| !packages.contains(&package))
            && let Err(error) = program::add_any_version(&mut engine, path, text)
        {
            results.errors.push(told(&error));
        }
    }
    if let Err(error) = engine.add_data(data) {
        results.errors.push(plain_message(&error.to_string()));
    }
    // a builtin that fails makes its expression undefined, as for `opa test`
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    if let Some(config) = program::timer() {
        engine.set_execution_timer_config(config);
    }
    results.found = tests.len();
    if let Some(error) = recursion::find(engine.get_modules()) {
        results.errors.push(told(&error));
        return results;
    }
    // prepares all rules once, so that the clones need not; what fails here would fail each test in the same words
    if let Err(error) = engine.eval_query("true".to_owned(), false) {
        results.errors.push(plain_message(&error.to_string()));
        return results;
    }
    for test in &tests {
        if wanted(&format!("{}.{}", test.package, test.name)) {
            results.tests.push(test.run(&engine));
        }
    }
    results
}

fn told(error: &ProgramError) -> String {
    let place = error.path.as_ref().map_or_else(String::new, |path| format!("{path}: "));
    format!("{place}{}", error.message)
}

/// A test as it stands in a module.
struct Test {
    path: String,
    place: (u32, u32),
    package: String,
    /// As it is told.
    name: String,
    /// As it is asked: one that stands several times has another name each time.
    asked: String,
    imports: Vec<String>,
    /// Whether its name is all of its head.
    is_plain: bool,
    /// What is in its brackets, when a variable is: its cases.
    keys: Vec<String>,
    is_function: bool,
    statements: Vec<Statement>,
}

/// A line of a body.
struct Statement {
    line: u32,
    text: String,
    /// What is compared: the two sides, with what `with` puts in their place.
    sides: Vec<(String, String)>,
    with: String,
}

/// A module with its tests, where those that share a name got their own.
struct Read {
    text: String,
    tests: Vec<Test>,
}

impl Read {
    /// Reads a file; `times` counts the rules of a package that share a name.
    fn of(file: &UserFile, times: &mut BTreeMap<String, usize>) -> Result<Self, ProgramError> {
        let mut engine = Engine::new();
        program::add_any_version(&mut engine, &file.path, &file.text)?;
        let modules = engine.get_modules();
        let mut tests = Vec::new();
        let mut renamed: Vec<(usize, usize, String)> = Vec::new();
        if let Some(module) = modules.first() {
            for rule in &module.policy {
                let Some((test, span)) = Test::of(module, rule, &file.path) else { continue };
                let count = times.entry(format!("{}.{}", test.package, test.name)).or_default();
                let mut test = test;
                if *count > 0 {
                    test.asked = format!("{}_{count:02}_of_several", test.name);
                    test.name = format!("{}#{count:02}", test.name);
                    renamed.push((span.0, span.1, last_name(&test.asked).to_owned()));
                }
                *count += 1;
                tests.push(test);
            }
        }
        let mut text = file.text.clone();
        for (start, end, name) in renamed.into_iter().rev() {
            if text.is_char_boundary(start) && text.is_char_boundary(end) && start < end && end <= text.len() {
                text.replace_range(start..end, &name);
            }
        }
        Ok(Self { text, tests })
    }
}

impl Test {
    /// A rule as a test, with the bytes of its name; nothing for other rules.
    fn of(module: &Module, rule: &Rule, path: &str) -> Option<(Self, (usize, usize))> {
        let (span, refr, is_function, bodies) = match rule {
            Rule::Spec { span, head, bodies } => {
                let (RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. }) = head;
                (span, refr, matches!(head, RuleHead::Func { .. }), bodies.as_slice())
            }
            // for OPA a default is a test as any other rule is
            Rule::Default { span, refr, args, .. } => (span, refr, !args.is_empty(), [].as_slice()),
        };
        let parts = parts(refr);
        let is_test = |part: &Part<'_>| {
            part.name.is_some_and(|name| name.text().starts_with("test_") || name.text().starts_with("todo_test_"))
        };
        let at = parts.iter().position(is_test)?;
        let named = parts.get(at)?.name?;
        let name = parts.iter().take(at + 1).map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
        let behind = parts.get(at + 1..).unwrap_or_default();
        // what is constant makes no cases: such a rule is an object, and that is not true
        let keys = if behind.iter().any(|part| part.is_open) {
            behind.iter().map(|part| part.key.clone()).collect()
        } else {
            Vec::new()
        };
        let source = named.source.contents();
        let statements = bodies
            .first()
            .filter(|body| !body.is_else)
            .map(|body| body.query.stmts.iter().filter_map(|statement| Statement::of(statement, source)).collect());
        let import = |import: &regorus::unstable::Import| {
            let alias = import.r#as.as_ref().map_or_else(String::new, |name| format!(" as {}", name.text()));
            format!("import {}{alias}", import.refr.span().text())
        };
        let test = Self {
            path: path.to_owned(),
            place: (span.line, span.col),
            package: format!("data.{}", module.package.refr.span().text()),
            asked: name.clone(),
            name,
            imports: module.imports.iter().map(import).collect(),
            is_plain: parts.len() == 1,
            keys,
            is_function,
            statements: statements.unwrap_or_default(),
        };
        Some((test, (named.start as usize, named.end as usize)))
    }

    fn run(&self, engine: &Engine) -> Ran {
        let mut ran = Ran {
            path: self.path.clone(),
            place: self.place,
            package: self.package.clone(),
            name: self.name.clone(),
            verdict: Verdict::Skipped,
            cases: Vec::new(),
            faults: Vec::new(),
            value: None,
            printed: Vec::new(),
        };
        if last_name(&self.name).starts_with("todo_") {
            return ran;
        }
        if self.is_function {
            ran.verdict =
                Verdict::Error("it takes arguments, and nothing calls it: a test is a rule without".to_owned());
            return ran;
        }
        let mut engine = engine.clone();
        let path = format!("{}.{}", self.package, self.asked);
        // a rule with more behind its name is no path that can be asked for by itself
        let result = if self.is_plain {
            engine.eval_rule(path).map_err(|error| error.to_string())
        } else {
            queried(&mut engine, path)
        };
        ran.printed = engine.take_prints().unwrap_or_default();
        ran.verdict = match result {
            Ok(Value::Bool(true)) => Verdict::Pass,
            Ok(value) if !self.keys.is_empty() => self.cases(&engine, &value, &mut ran),
            Ok(value) => {
                ran.faults.extend(self.fault(&engine, None));
                ran.value = (ran.faults.is_empty() && value != Value::Undefined).then(|| shortened(&value));
                Verdict::Fail
            }
            Err(error) => Verdict::Error(plain_message(&error)),
        };
        ran
    }

    /// Tells cases apart: those that the body came to, and those among them that hold.
    fn cases(&self, engine: &Engine, value: &Value, ran: &mut Ran) -> Verdict {
        let mut all: BTreeMap<Vec<Value>, bool> = BTreeMap::new();
        held(value, self.keys.len(), &mut Vec::new(), &mut all);
        let bound = self.bound(engine);
        if let Some((_, cases)) = &bound {
            for case in cases {
                all.entry(case.clone()).or_insert(false);
            }
        }
        for (case, holds) in &all {
            let name = case.iter().map(plain).collect::<Vec<_>>().join("/");
            if !holds && let Some((lines, _)) = &bound {
                let fault = self.fault(engine, Some((*lines, case)));
                ran.faults.extend(fault.map(|fault| Fault { case: Some(name.clone()), ..fault }));
            }
            ran.cases.push((name, *holds));
        }
        if all.values().all(|holds| *holds) { Verdict::Pass } else { Verdict::Fail }
    }

    /// After how many lines the case is known, and the cases there.
    fn bound(&self, engine: &Engine) -> Option<(usize, Vec<Vec<Value>>)> {
        let keys = self.keys.join(", ");
        // a probe that comes too early has variables without a value, which the engine complains of aloud
        let mentions = |key: &str| self.statements.iter().position(|one| names(&one.text).any(|name| name == key));
        let from =
            self.keys.iter().flat_map(|key| names(key)).map(mentions).try_fold(0, |last, at| Some(last.max(at?)))?;
        (from + 1..=self.statements.len()).find_map(|lines| {
            let body = self.body(lines);
            let found = self.ask(engine, &format!("plimsoll_probe contains [{keys}] if {{\n{body}\n}}"))?;
            let cases: Vec<Vec<Value>> = found
                .as_set()
                .ok()?
                .iter()
                .filter_map(|case| Some(case.as_array().ok()?.iter().cloned().collect()))
                .collect();
            (!cases.is_empty()).then_some((lines, cases))
        })
    }

    /// The first line that does not hold, with the values in it.
    fn fault(&self, engine: &Engine, case: Option<(usize, &[Value])>) -> Option<Fault> {
        let body = |lines: usize| {
            let mut body = self.body(lines.min(case.map_or(0, |(bound, _)| bound)));
            if let Some((bound, case)) = case {
                for (key, value) in self.keys.iter().zip(case) {
                    body.push_str(&format!("\n{key} == {value}"));
                }
                for statement in self.statements.iter().take(lines).skip(bound) {
                    body.push_str(&format!("\n{}", statement.whole()));
                }
            } else {
                body = self.body(lines);
            }
            body
        };
        let holds = |lines: usize| {
            self.ask(engine, &format!("plimsoll_probe if {{\n{}\ntrue\n}}", body(lines))) == Some(Value::Bool(true))
        };
        let from = case.map_or(1, |(bound, _)| bound + 1);
        let first = (from..=self.statements.len()).find(|lines| !holds(*lines))?;
        let statement = self.statements.get(first - 1)?;
        let before = body(first - 1);
        let value = |text: &str, with: &str| {
            let rule = format!("plimsoll_probe := plimsoll_value if {{\n{before}\nplimsoll_value := {text}{with}\n}}");
            self.ask(engine, &rule).filter(|value| *value != Value::Undefined)
        };
        let mut values = Vec::new();
        for (text, with) in &statement.sides {
            // what is written out needs no value
            if let Some(value) = value(text, with)
                && value.to_string() != *text
            {
                values.push((text.clone(), shortened(&value)));
            }
        }
        for name in names(&statement.text) {
            if values.len() < MOST_VALUES
                && !values.iter().any(|(known, _)| known == name)
                && self.is_variable(name)
                && !statement.binds(name)
                && let Some(value) = value(name, "")
            {
                values.push((name.to_owned(), shortened(&value)));
            }
        }
        Some(Fault { line: statement.line, text: statement.whole(), case: None, values })
    }

    /// Whether a name is none of a rule or an import: its value is not seen elsewhere.
    fn is_variable(&self, name: &str) -> bool {
        let imported = |import: &String| import.ends_with(&format!(".{name}")) || import.ends_with(&format!(" {name}"));
        let word = |word: &Statement| names(&word.text).any(|one| one == name) && word.binds(name);
        !self.imports.iter().any(imported) && self.statements.iter().any(word)
    }

    fn body(&self, lines: usize) -> String {
        self.statements.iter().take(lines).map(Statement::whole).collect::<Vec<_>>().join("\n")
    }

    /// The value of a rule beside the test; nothing when it cannot be compiled or evaluated.
    fn ask(&self, engine: &Engine, rule: &str) -> Option<Value> {
        let mut engine = engine.clone();
        let package = self.package.strip_prefix("data.").unwrap_or(&self.package);
        let text = format!("package {package}\n{}\n{rule}\n", self.imports.join("\n"));
        engine.add_policy("probe.rego".to_owned(), text).ok()?;
        engine.eval_rule(format!("{}.plimsoll_probe", self.package)).ok()
    }
}

/// A part of a head, as `foo`, `.bar` or `[key]`.
struct Part<'r> {
    /// Where it is a name.
    name: Option<&'r Span>,
    text: String,
    /// As an expression.
    key: String,
    /// Whether it is no constant.
    is_open: bool,
}

/// The parts of a head, in their order.
fn parts(head: &Expr) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = head;
    loop {
        let (next, part) = match at {
            Expr::RefBrack { refr, index, .. } => {
                let text = index.span().text();
                let (key, is_open) = match &**index {
                    // its quotes are not of its span
                    Expr::String { value, .. } | Expr::RawString { value, .. } => (value.to_string(), false),
                    Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. } => (text.to_owned(), false),
                    _ => (text.to_owned(), true),
                };
                (Some(&**refr), Part { name: None, text: format!("[{key}]"), key, is_open })
            }
            Expr::RefDot { refr, field: (span, value), .. } => {
                let part =
                    Part { name: Some(span), text: span.text().to_owned(), key: value.to_string(), is_open: false };
                (Some(&**refr), part)
            }
            other => {
                let span = other.span();
                let text = span.text().to_owned();
                (None, Part { name: Some(span), key: text.clone(), text, is_open: false })
            }
        };
        parts.insert(0, part);
        match next {
            Some(next) => at = next,
            None => return parts,
        }
    }
}

/// The last name of a path of names.
fn last_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

impl Statement {
    fn of(statement: &LiteralStmt, source: &str) -> Option<Self> {
        let span = &statement.span;
        let with_start = statement.with_mods.first().map(|one| one.span.start);
        let with_end = statement.with_mods.last().map(|one| one.r#as.span().end);
        let end = with_start.unwrap_or(span.end);
        let text = quoted(source, span.start, end)?.trim().to_owned();
        let with = match (with_start, with_end) {
            (Some(start), Some(end)) => format!(" {}", quoted(source, start, end)?),
            _ => String::new(),
        };
        let compared: Vec<&Expr> = match &statement.literal {
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => match &**expr {
                Expr::BoolExpr { lhs, rhs, .. } => vec![lhs, rhs],
                Expr::Membership { value, collection, .. } => vec![value, collection],
                // the left side has no value when the right one has none
                Expr::AssignExpr { rhs, .. } => vec![rhs],
                other => vec![other],
            },
            _ => Vec::new(),
        };
        let side = |one: &&Expr| Some((quoted(source, one.span().start, one.span().end)?.to_owned(), with.clone()));
        let sides = compared.iter().filter(|one| !is_written_out(one)).filter_map(side).collect();
        Some(Self { line: span.line, text, sides, with })
    }

    fn whole(&self) -> String {
        format!("{}{}", self.text, self.with)
    }

    /// Whether a name gets its value here: behind `some`, or before `:=`.
    fn binds(&self, name: &str) -> bool {
        let bound = match (self.text.strip_prefix("some "), self.text.split_once(":=")) {
            (Some(rest), _) => rest.split(" in ").next(),
            (None, Some((left, _))) => Some(left),
            (None, None) => None,
        };
        bound.is_some_and(|bound| names(bound).any(|one| one == name))
    }
}

/// A part of a module. The quotes of a text are not of its span, so where one begins or ends the part they are taken in.
fn quoted(source: &str, start: u32, end: u32) -> Option<&str> {
    let (start, end) = (start as usize, end as usize);
    let is_quote = |at: Option<usize>| at.and_then(|at| source.as_bytes().get(at)).is_some_and(|c| b"\"`".contains(c));
    let start = if is_quote(start.checked_sub(1)) { start - 1 } else { start };
    source.get(start..if is_quote(Some(end)) { end + 1 } else { end })
}

/// Whether an expression is a text, a number or such, whose value is what is written.
fn is_written_out(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. } | Expr::Bool { .. } | Expr::Null { .. }
    )
}

/// What a path into `data` leads to.
fn queried(engine: &mut Engine, path: String) -> Result<Value, String> {
    let found = engine.eval_query(path, false).map_err(|error| error.to_string())?.result;
    let value = found.first().and_then(|one| one.expressions.first()).map(|one| one.value.clone());
    Ok(value.unwrap_or(Value::Undefined))
}

/// The names in an expression; texts are left out.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split('"').step_by(2);
    let words = outside.flat_map(|part| part.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')));
    words
        .map(|word| word.split('.').next().unwrap_or(word))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// The cases in what a test with brackets gives.
fn held(value: &Value, depth: usize, above: &mut Vec<Value>, into: &mut BTreeMap<Vec<Value>, bool>) {
    if depth == 0 {
        into.insert(above.clone(), *value == Value::Bool(true));
        return;
    }
    let Ok(entries) = value.as_object() else { return };
    for (key, value) in entries {
        above.push(key.clone());
        held(value, depth - 1, above, into);
        above.pop();
    }
}

/// A text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_string().map_or_else(|_| value.to_string(), |text| text.to_string())
}

/// A value that fits a line.
fn shortened(value: &Value) -> String {
    const MOST: usize = 200;
    let text = value.to_string();
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST).chain(['…']).collect() }
}
