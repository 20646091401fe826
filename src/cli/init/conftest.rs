//! `--from conftest`: its `conftest.toml` and its flags, from the command line or from where the repository runs it, as
//! configuration. Leaves out where the calls are found, and Rego itself.

use crate::overlay::{folder_of, resolve};
use crate::source::Source;

use super::commands::Usage;
use super::pattern;
use super::plan::{Line, Plan, PolicyFolder};

/// Settings that stand alone, and what becomes of them.
const SWITCHES: &[(&str, &str)] = &[
    ("no-color", "colours are off where no terminal is; `--color never`"),
    ("no-fail", "`plimsoll check --fail-on never`"),
    ("suppress-exceptions", "always so: what an exception spares is not listed"),
    ("quiet", "always so: what passes is counted and not listed"),
    ("trace", "left out: `opa eval --explain` shows how a rule comes to its answer"),
    ("strict", "left out: `opa check --strict` says it of the policies"),
    ("show-builtin-errors", "left out: a builtin that fails makes its expression undefined"),
    ("combine", "not taken over: each object is judged alone, so rules that expect all files at once find nothing"),
    ("junit-hide-message", "left out"),
    ("github-hide-passed", "always so: what passes is not listed"),
    ("tls", "not needed: nothing is fetched"),
    ("help", "`plimsoll --help`"),
];

/// Settings with a value, and their short form.
const VALUED: &[(&str, Option<char>)] = &[
    ("policy", Some('p')),
    ("namespace", Some('n')),
    ("data", Some('d')),
    ("update", Some('u')),
    ("output", Some('o')),
    ("config-file", Some('c')),
    ("ignore", None),
    ("parser", None),
    ("rego-version", None),
    ("capabilities", None),
    ("proto-file-dirs", None),
    ("stdin-filename", None),
];

/// What conftest is told in one place.
#[derive(Debug, Default, Clone)]
struct Settings {
    policy: Vec<String>,
    namespaces: Vec<String>,
    data: Vec<String>,
    all_namespaces: bool,
    fail_on_warn: bool,
    lines: Vec<Line>,
    /// The files that are judged.
    paths: Vec<String>,
}

/// Whether a call judges files.
pub(super) fn speaks(usage: &Usage) -> bool {
    let first = usage.arguments.iter().find(|word| !word.starts_with('-'));
    match first.map(String::as_str) {
        Some("test") => true,
        Some("verify" | "pull" | "push" | "fmt" | "parse" | "doc" | "plugin" | "completion" | "help") => false,
        // an image or a hook may add `test` of itself
        _ => usage.arguments.iter().any(|word| {
            let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
            let short = |flag: &char| name == flag.to_string();
            word.starts_with('-')
                && (name == "all-namespaces"
                    || name == "fail-on-warn"
                    || VALUED.iter().any(|(known, flag)| *known == name || flag.as_ref().is_some_and(short)))
        }),
    }
}

/// Takes over what conftest is told in its file and in a call: the call goes first. Returns the paths that it judges.
pub(super) fn take_over(
    file: Option<&Source>,
    usage: Option<&Usage>,
    packages: Packages<'_>,
    plan: &mut Plan,
) -> Vec<String> {
    let mut told = Settings::default();
    if let Some(usage) = usage {
        told.flags(usage, plan);
    }
    let from_call = told.clone();
    let mut of_file = Settings::default();
    if let Some(source) = file {
        of_file.file(source, plan);
    }
    let pick = |call: Vec<String>, file: Vec<String>| if call.is_empty() { file } else { call };
    let policy = pick(from_call.policy.clone(), of_file.policy);
    let data = pick(from_call.data, of_file.data);
    let named = pick(from_call.namespaces, of_file.namespaces);
    let all = from_call.all_namespaces || of_file.all_namespaces;
    let place = usage.map(|usage| usage.place.as_str()).filter(|place| !place.is_empty());
    let of_call = !from_call.policy.is_empty() || file.is_none();
    let whence = match (place.filter(|_| of_call), file) {
        (Some(place), _) => format!("as conftest in {place}"),
        (None, Some(source)) => format!("as {} says", source.path()),
        (None, None) => "conftest was told so".to_owned(),
    };
    let policy = if policy.is_empty() { vec!["policy".to_owned()] } else { policy };
    for path in policy {
        let path = path.trim_start_matches("./").trim_end_matches('/').to_owned();
        let path = if path.is_empty() { ".".to_owned() } else { path };
        if plan.policies.iter().any(|known| known.path == path) {
            continue;
        }
        let there = packages(&path);
        let (namespaces, fault) = match &there {
            None => (
                named.clone(),
                Some("there is no .rego file; commit the policies, or fetch them before a run".to_owned()),
            ),
            Some(there) if all => (there.clone(), None),
            // what is asked by itself need not be named
            Some(_) if named == ["main"] => (Vec::new(), None),
            Some(_) => (named.clone(), None),
        };
        let namespaces = if namespaces == ["main"] { Vec::new() } else { namespaces };
        plan.policies.push(PolicyFolder { path, namespaces, data: data.clone(), why: whence.clone(), fault });
    }
    if !from_call.fail_on_warn && !of_file.fail_on_warn {
        of_file.lines.push(Line::new(
            "no fail-on-warn",
            "a warning fails a run of Plimsoll; `plimsoll check --fail-on error` lets warnings pass",
        ));
    }
    for (from, lines) in [
        (file.map_or_else(|| "conftest".to_owned(), |source| source.path().to_owned()), of_file.lines),
        (
            place.map_or_else(|| "the flags of conftest".to_owned(), |place| format!("conftest in {place}")),
            from_call.lines,
        ),
    ] {
        plan.took_over(from, lines);
    }
    from_call.paths
}

/// The packages with rules in a folder of policies; nothing when it has no Rego.
pub(super) type Packages<'a> = &'a dyn Fn(&str) -> Option<Vec<String>>;

impl Settings {
    fn flags(&mut self, usage: &Usage, plan: &mut Plan) {
        let mut words = usage.arguments.iter();
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
                if word != "test" {
                    self.paths.push(word.clone());
                }
                continue;
            };
            let (name, inline) = match flag.strip_prefix('-') {
                Some("") => continue,
                Some(long) => match long.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (long.to_owned(), None),
                },
                None => {
                    let mut letters = flag.chars();
                    let letter = letters.next();
                    let rest = letters.as_str().trim_start_matches('=').to_owned();
                    let long = VALUED.iter().find(|(_, short)| *short == letter);
                    let name = long.map_or_else(|| if letter == Some('h') { "help" } else { flag }, |(name, _)| *name);
                    (name.to_owned(), (!rest.is_empty() && long.is_some()).then_some(rest))
                }
            };
            if VALUED.iter().any(|(known, _)| *known == name) {
                match inline.or_else(|| words.next().cloned()) {
                    Some(value) => self.set(&name, &[value], &usage.place, plan),
                    None => self.lines.push(Line::new(word, "its value is missing: left out")),
                }
            } else {
                let on =
                    inline.is_none_or(|value| matches!(value.as_str(), "true" | "1" | "t" | "T" | "TRUE" | "True"));
                self.switch(&name, on);
            }
        }
        self.paths.retain(|path| !path.contains(['$', '{', '*']) && path != "\\;");
    }

    fn file(&mut self, source: &Source, plan: &mut Plan) {
        let (entries, unread) = toml(source.text());
        for (key, value) in entries {
            // viper, which reads it for conftest, takes any case
            let key = key.to_ascii_lowercase();
            match value {
                Value::Bool(on) => self.switch(&key, on),
                Value::Words(words) => self.set(&key, &words, source.path(), plan),
            }
        }
        for line in unread {
            self.lines.push(Line::new(format!("line {line}"), "it could not be read: left out"));
        }
        // conftest runs where its file is
        let folder = folder_of(source.path());
        for path in self.policy.iter_mut().chain(&mut self.data).filter(|_| !folder.is_empty()) {
            *path = resolve(folder, path).unwrap_or_else(|| path.clone());
        }
    }

    fn switch(&mut self, name: &str, on: bool) {
        match name {
            "all-namespaces" => {
                self.all_namespaces = on;
                let answer = if on {
                    "the packages that are there, under `namespaces`; \"*\" asks all that come"
                } else {
                    "it is off: nothing to do"
                };
                self.lines.push(Line::new(name, answer));
            }
            "fail-on-warn" => {
                self.fail_on_warn = on;
                if on {
                    self.lines.push(Line::new(name, "always so"));
                }
            }
            _ => {
                let known = SWITCHES.iter().find(|(known, _)| *known == name);
                let answer = match known {
                    Some(_) if !on => "it is off: nothing to do",
                    Some((_, answer)) => *answer,
                    None => "conftest 0.71 has no such setting: left out",
                };
                self.lines.push(Line::new(name, answer));
            }
        }
    }

    fn set(&mut self, name: &str, values: &[String], place: &str, plan: &mut Plan) {
        let words: Vec<String> = values
            .iter()
            .flat_map(|value| value.split(','))
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        let value = values.join(",");
        let answer = match name {
            "policy" => {
                self.policy.extend(words.iter().filter(|word| !is_remote(word)).cloned());
                if words.iter().any(|word| is_remote(word)) {
                    "under `policies`, but for what is fetched: commit it".to_owned()
                } else {
                    "under `policies`".to_owned()
                }
            }
            "namespace" => {
                self.namespaces.extend(words);
                "the `namespaces` of the policies".to_owned()
            }
            "data" => {
                let (fetched, there): (Vec<String>, Vec<String>) =
                    words.into_iter().partition(|word| word.contains(':') || is_remote(word));
                self.data.extend(there.iter().map(|word| word.trim_start_matches("./").to_owned()));
                if fetched.is_empty() {
                    "the `data` of the policies".to_owned()
                } else {
                    format!("the `data` of the policies, but for `{}`: name a file or folder", fetched.join(","))
                }
            }
            "ignore" => {
                let globs = pattern::globs(&value);
                let whence = if place.is_empty() {
                    "conftest was told so".to_owned()
                } else {
                    format!("as conftest in {place}")
                };
                globs.iter().flatten().for_each(|glob| plan.ignore(glob, &whence));
                match globs {
                    Some(_) => "under `ignore`, as globs".to_owned(),
                    None => "no glob says the same: name the paths under `ignore`".to_owned(),
                }
            }
            "output" => match value.as_str() {
                "json" => "`plimsoll check --format json`; the form is another: docs/json.md of Plimsoll",
                "junit" => "`plimsoll check --format junit`",
                "github" => "`plimsoll check --format github`",
                "sarif" => "`plimsoll check --format sarif`",
                "tap" | "azuredevops" => "there is no such form: `--format json` or `--format junit` is for machines",
                _ => "what people read is the default",
            }
            .to_owned(),
            "rego-version" => "both versions of the language are read, file by file".to_owned(),
            "update" => "nothing is fetched: commit the policies, or run `conftest pull` before".to_owned(),
            "parser" => match value.as_str() {
                "yaml" | "json" => "files are read as YAML and JSON".to_owned(),
                _ => format!("only YAML and JSON are judged: keep conftest for {value}"),
            },
            "config-file" => "name that file's settings here".to_owned(),
            "capabilities" => "left out: no policy can reach the network or the system".to_owned(),
            "proto-file-dirs" => "only YAML and JSON are judged".to_owned(),
            "stdin-filename" => "standard input is `-`".to_owned(),
            _ if SWITCHES.iter().any(|(known, _)| *known == name)
                || name == "all-namespaces"
                || name == "fail-on-warn" =>
            {
                return self.switch(name, value == "true");
            }
            _ => "conftest 0.71 has no such setting: left out".to_owned(),
        };
        self.lines.push(Line::new(format!("{name} {value}"), answer));
    }
}

fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("oci:") || path.starts_with("git::") || path.starts_with("github.com/")
}

#[derive(Debug, PartialEq, Eq)]
enum Value {
    Bool(bool),
    Words(Vec<String>),
}

/// The entries of a `conftest.toml`, and the lines that could not be read: strings, lists of strings, booleans and numbers,
/// which is all that conftest has.
fn toml(text: &str) -> (Vec<(String, Value)>, Vec<usize>) {
    let (mut entries, mut unread) = (Vec::new(), Vec::new());
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            unread.push(at + 1);
            continue;
        };
        let key = key.trim().trim_matches(['"', '\'']).to_owned();
        let mut value = value.trim().to_owned();
        // a list may go on below
        while value.starts_with('[') && !closes(&value) {
            let Some((_, more)) = lines.next() else { break };
            value.push('\n');
            value.push_str(more.trim());
        }
        match read_value(&value) {
            Some(value) => entries.push((key, value)),
            None => unread.push(at + 1),
        }
    }
    (entries, unread)
}

fn closes(list: &str) -> bool {
    scan(list).is_some_and(|(_, closed)| closed)
}

fn read_value(text: &str) -> Option<Value> {
    if text.starts_with('[') {
        let (words, closed) = scan(text)?;
        return closed.then_some(Value::Words(words));
    }
    if text.starts_with(['"', '\'']) {
        let (words, _) = scan(text)?;
        return match words.as_slice() {
            [_] => Some(Value::Words(words)),
            _ => None,
        };
    }
    let bare = text.split('#').next().unwrap_or("").trim();
    match bare {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "" => None,
        other => other.parse::<f64>().ok().map(|_| Value::Words(vec![other.to_owned()])),
    }
}

/// The strings of a value, and whether a `]` ended it. Nothing when it holds what is no string.
fn scan(text: &str) -> Option<(Vec<String>, bool)> {
    let mut words = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => {
                let mut word = String::new();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        '\\' if c == '"' => match chars.next()? {
                            'n' => word.push('\n'),
                            't' => word.push('\t'),
                            other => word.push(other),
                        },
                        other => word.push(other),
                    }
                }
                words.push(word);
            }
            '#' => while chars.next().is_some_and(|c| c != '\n') {},
            ']' => return Some((words, true)),
            '[' | ',' => {}
            c if c.is_whitespace() => {}
            _ => return None,
        }
    }
    Some((words, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_as_toml() {
        let text = "# a comment\npolicy = \"rules\" # here\nnamespace = ['main', \"k8s\"]\ndata = [\n  \"a.yaml\", # one\n  \"b\",\n]\nall-namespaces = true\nignore = '\\.git/'\n[section]\nx = { a = 1 }\n";
        let (entries, unread) = toml(text);
        let words = |list: &[&str]| Value::Words(list.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(
            entries,
            [
                ("policy".to_owned(), words(&["rules"])),
                ("namespace".to_owned(), words(&["main", "k8s"])),
                ("data".to_owned(), words(&["a.yaml", "b"])),
                ("all-namespaces".to_owned(), Value::Bool(true)),
                ("ignore".to_owned(), words(&["\\.git/"])),
            ]
        );
        assert_eq!(unread, [10, 11]);
        for odd in ["a = [", "a = \"", "= 1", "a = [[\"x\"]]", "\u{feff}a = 'x", "a"] {
            toml(odd);
        }
    }

    #[test]
    fn every_setting_is_answered() {
        for (name, _) in SWITCHES.iter().map(|(name, _)| (name, ())).chain(VALUED.iter().map(|(name, _)| (name, ()))) {
            let mut plan = Plan::default();
            let usage = Usage { place: String::new(), arguments: vec!["test".into(), format!("--{name}=x")] };
            take_over(None, Some(&usage), &|_| Some(vec!["main".into()]), &mut plan);
            let said = plan.takeovers.iter().flat_map(|takeover| &takeover.settings);
            assert!(said.into_iter().any(|line| line.text.starts_with(name)), "{name}");
        }
    }
}
