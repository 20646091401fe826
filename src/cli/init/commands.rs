//! The commands that a repository's pipelines, hooks, makefiles and scripts run, as far as their text tells. Leaves out
//! what they do: nothing is run, and a variable that is set elsewhere stays as it is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::overlay::name_of;
use crate::source::{Snapshot, Source};
use crate::yaml::{self, Node, NodeKind};

/// One command, with the place where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// `path:line`.
    pub place: String,
    /// Its words, quotes taken off.
    pub words: Vec<String>,
}

/// How a tool is called somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Usage {
    /// `path:line`, or the command line itself.
    pub place: String,
    /// What follows its name.
    pub arguments: Vec<String>,
}

/// Whether a file may hold commands, by its path: pipelines, hooks, makefiles, scripts.
pub(super) fn may_hold(path: &str) -> bool {
    is_pipeline(path) || is_makefile(path) || is_jenkinsfile(path) || path.ends_with(".sh") || path.ends_with(".bash")
}

fn is_pipeline(path: &str) -> bool {
    let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    let name = name_of(path).trim_start_matches('.');
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let folder = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    yaml && (folder(".github/")
        || folder(".gitlab/")
        || folder(".circleci/")
        || folder(".tekton/")
        || folder(".taskfiles/")
        || matches!(
            stem.to_ascii_lowercase().as_str(),
            "gitlab-ci"
                | "pre-commit-config"
                | "pre-commit-hooks"
                | "taskfile"
                | "taskfile.dist"
                | "azure-pipelines"
                | "bitbucket-pipelines"
                | "travis"
                | "drone"
                | "cloudbuild"
                | "lefthook"
        )
        || stem.ends_with(".gitlab-ci"))
}

fn is_makefile(path: &str) -> bool {
    let name = name_of(path);
    matches!(name, "Makefile" | "makefile" | "GNUmakefile" | "justfile" | "Justfile" | ".justfile")
        || name.ends_with(".mk")
}

fn is_jenkinsfile(path: &str) -> bool {
    name_of(path).starts_with("Jenkinsfile")
}

/// Folders whose scripts are others' and run elsewhere.
const VENDORED: [&str; 4] = ["vendor", "node_modules", "third_party", "testdata"];

/// Every call of a tool, in the order of the files.
pub(super) fn usages(snapshot: &Snapshot, tool: &str) -> Vec<Usage> {
    let mut found = Vec::new();
    let wanted = |path: &str| may_hold(path) && !path.split('/').any(|part| VENDORED.contains(&part));
    for (id, entry) in snapshot.entries().filter(|(_, entry)| wanted(&entry.path)) {
        let Ok(source) = snapshot.source(id) else { continue };
        if !source.text().contains(tool) {
            continue;
        }
        let told = |command: Command| {
            let at = command.words.iter().position(|word| is_tool(word, tool))?;
            let arguments: Vec<String> = command.words.get(at + 1..)?.to_vec();
            Some(Usage { place: command.place, arguments })
        };
        for usage in commands(&entry.path, source, tool).into_iter().filter_map(told) {
            if !found.contains(&usage) {
                found.push(usage);
            }
        }
    }
    found
}

/// A program, or an image of it: `kubeconform`, `./bin/kubeconform`, `ghcr.io/yannh/kubeconform:v0.7.0`.
fn is_tool(word: &str, tool: &str) -> bool {
    let name = word.split(['@', '?']).next().unwrap_or(word);
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split(':').next().unwrap_or(name);
    name == tool || name.strip_suffix(".exe") == Some(tool)
}

fn commands(path: &str, source: &Arc<Source>, tool: &str) -> Vec<Command> {
    let mut found = Found { path: path.to_owned(), commands: Vec::new(), variables: BTreeMap::new() };
    if is_pipeline(path) {
        for tree in yaml::documents(source).iter().filter_map(|document| document.tree.as_ref()) {
            found.pipeline(tree.root(), source, tool);
        }
    } else if is_jenkinsfile(path) {
        found.script(source.text(), 0);
        for (line, text) in literals(source.text()) {
            found.script(&text, line);
        }
    } else if is_makefile(path) {
        found.script(&recipes(source.text()), 0);
    } else {
        found.script(source.text(), 0);
    }
    found.expanded()
}

/// A makefile as a shell would read it: without make's signs before a command.
fn recipes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut goes_on = false;
    for line in text.lines() {
        let begins = line.starts_with(['\t', ' ']) && !goes_on;
        out.push_str(if begins { line.trim_start().trim_start_matches(['@', '-', '+']) } else { line });
        out.push('\n');
        goes_on = line.ends_with('\\');
    }
    out.replace("$$", "$")
}

/// What was found in one file, before its variables are put in.
struct Found {
    path: String,
    commands: Vec<Command>,
    /// The words of each variable.
    variables: BTreeMap<String, Vec<String>>,
}

impl Found {
    fn script(&mut self, text: &str, line: usize) {
        for (at, words) in split(text) {
            let words = self.without_assignments(words);
            if !words.is_empty() {
                let place = format!("{}:{}", self.path, line + at + 1);
                self.commands.push(Command { place, words });
            }
        }
    }

    /// Takes `NAME=value`, `NAME=(a b)` and `NAME := a b` out of a command and keeps them.
    fn without_assignments(&mut self, mut words: Vec<Word>) -> Vec<String> {
        if let [name, sign, ..] = words.as_slice()
            && is_name(&name.text)
            && ["=", ":=", "::=", "?=", "+="].contains(&sign.text.as_str())
        {
            let more = sign.text == "+=";
            let value: Vec<String> = words.iter().skip(2).map(|word| word.text.clone()).collect();
            let slot = self.variables.entry(name.text.clone()).or_default();
            if !more {
                slot.clear();
            }
            slot.extend(value);
            return Vec::new();
        }
        while let Some(first) = words.first() {
            let is_prefix = ["export", "local", "readonly", "declare", "env"].contains(&first.text.as_str());
            if let Some((name, value)) =
                first.text.split_once('=').filter(|(name, _)| is_name(name.trim_end_matches('+')))
            {
                let value = first.list.clone().unwrap_or_else(|| vec![value.to_owned()]);
                let slot = self.variables.entry(name.trim_end_matches('+').to_owned()).or_default();
                if !name.ends_with('+') {
                    slot.clear();
                }
                slot.extend(value);
            } else if !is_prefix {
                break;
            }
            words.remove(0);
        }
        words.into_iter().map(|word| word.text).collect()
    }

    /// Scripts in the scalars of a pipeline, hooks of pre-commit, actions with `args`, and variables.
    fn pipeline(&mut self, node: Node<'_>, source: &Source, tool: &str) {
        let line = |node: Node<'_>| source.lines().line_of(node.handle().start);
        match node.kind() {
            NodeKind::Scalar => {
                let Some(text) = node.text().filter(|text| text.contains(tool)) else { return };
                let opening = source.lines().line_of(node.span().start);
                self.script(text, opening);
            }
            NodeKind::Sequence => node.items().for_each(|item| self.pipeline(item, source, tool)),
            NodeKind::Mapping => {
                for entry in node.entries() {
                    self.variable(&entry.key.key_text(), entry.value);
                }
                let name = ["uses", "entry", "id", "image"]
                    .iter()
                    .find_map(|key| node.get(key)?.text().map(|text| (key, text)));
                let arguments = match name {
                    Some((&"uses", _)) => node.at(&["with", "args"]),
                    _ => node.get("args"),
                };
                if let Some((_, name)) = name.filter(|(_, name)| name.contains(tool)) {
                    let mut words: Vec<String> =
                        split(name).into_iter().flat_map(|(_, words)| words).map(|word| word.text).collect();
                    // a hook may bear any name with the tool's in it
                    if !words.iter().any(|word| is_tool(word, tool)) {
                        words.push(tool.to_owned());
                    }
                    match arguments {
                        Some(list) if list.kind() == NodeKind::Sequence => {
                            words.extend(list.items().filter_map(Node::text).map(str::to_owned));
                        }
                        Some(text) => {
                            let text = text.text().unwrap_or_default();
                            words.extend(split(text).into_iter().flat_map(|(_, words)| words).map(|word| word.text));
                        }
                        None => {}
                    }
                    let at = arguments.map_or_else(|| line(node), line);
                    self.commands.push(Command { place: format!("{}:{}", self.path, at + 1), words });
                }
                for entry in node
                    .entries()
                    .filter(|entry| !matches!(&*entry.key.key_text(), "args" | "entry" | "id" | "uses" | "name"))
                {
                    self.pipeline(entry.value, source, tool);
                }
                if name.is_some_and(|(key, _)| *key == "uses") {
                    return;
                }
                // a pipeline's `args` that belong to no tool are scripts of their own
                if let (None, Some(args)) = (name, node.get("args")) {
                    self.pipeline(args, source, tool);
                }
            }
        }
    }

    /// Values that a script may name: of `env` and `variables`, and each of a matrix.
    fn variable(&mut self, name: &str, value: Node<'_>) {
        let words: Vec<String> = match value.kind() {
            NodeKind::Scalar => value.text().map(str::to_owned).into_iter().collect(),
            NodeKind::Sequence => {
                let items: Vec<&str> = value.items().filter_map(Node::text).collect();
                // kubeconform takes lists with commas
                if items.is_empty() { Vec::new() } else { vec![items.join(",")] }
            }
            NodeKind::Mapping => Vec::new(),
        };
        if is_name(&name.replace('-', "_")) && !words.is_empty() {
            self.variables.entry(name.to_owned()).or_insert(words);
        }
    }

    fn expanded(self) -> Vec<Command> {
        let one = |command: &Command| {
            let mut left = MOST_WORDS;
            let words = command.words.iter().flat_map(|word| expand(word, &self.variables, &mut left)).collect();
            Command { place: command.place.clone(), words }
        };
        self.commands.iter().map(one).collect()
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// So many variables are put into one command: one that is made of itself would never end.
const MOST_WORDS: usize = 500;

/// No word of a command is longer.
const MOST_TEXT: usize = 100_000;

/// Puts in the variables that the file sets. A word that is one variable becomes all of its words.
fn expand(word: &str, variables: &BTreeMap<String, Vec<String>>, left: &mut usize) -> Vec<String> {
    let Some((before, inside, after)) = reference(word).filter(|_| *left > 0) else { return vec![word.to_owned()] };
    *left -= 1;
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default.to_owned())),
        None => (inside, None),
    };
    let name = name.trim().trim_end_matches("[@]").trim_end_matches("[*]");
    let name = name.rsplit(['.', ' ']).next().unwrap_or(name);
    let value = match (variables.get(name), default) {
        (Some(words), _) => words.clone(),
        (None, Some(default)) => vec![default],
        (None, None) => {
            // what follows may still be known
            let head = word.get(..word.len() - after.len()).unwrap_or(word);
            let mut rest = if after.is_empty() { vec![String::new()] } else { expand(after, variables, left) };
            if let Some(first) = rest.first_mut() {
                first.insert_str(0, head);
            }
            return rest;
        }
    };
    if !before.is_empty() || !after.is_empty() {
        let text = format!("{before}{}{after}", value.join(" "));
        return if text.len() > MOST_TEXT { vec![word.to_owned()] } else { expand(&text, variables, left) };
    }
    let mut words = Vec::new();
    for value in &value {
        // a value with a template in it is one word
        let pieces = if value.contains("{{") { vec![value.as_str()] } else { value.split_whitespace().collect() };
        for piece in pieces {
            words.extend(expand(piece, variables, left));
        }
    }
    words
}

/// The first `$NAME`, `${NAME}`, `$(NAME)` or `${{ a.NAME }}` of a word: what stands before, in and after it.
fn reference(word: &str) -> Option<(&str, &str, &str)> {
    let at = word.find('$')?;
    let before = word.get(..at)?;
    let rest = word.get(at + 1..)?;
    for (open, close) in [("{{", "}}"), ("{", "}"), ("(", ")")] {
        if let Some(inner) = rest.strip_prefix(open) {
            let end = inner.find(close)?;
            return Some((before, inner.get(..end)?, inner.get(end + close.len()..)?));
        }
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    if end == 0 { None } else { Some((before, rest.get(..end)?, rest.get(end..)?)) }
}

#[derive(Debug, Default, Clone)]
struct Word {
    text: String,
    /// The words of `NAME=(a b)`.
    list: Option<Vec<String>>,
}

/// The commands of a shell's text with their lines, from 0. Knows quotes, comments, continued lines and arrays; what
/// stands in `$(…)` and `${…}` stays as it is written.
fn split(text: &str) -> Vec<(usize, Vec<Word>)> {
    let mut splitter = Splitter { rest: text, line: 0, begun: 0, word: None, words: Vec::new(), out: Vec::new() };
    splitter.run();
    splitter.out
}

struct Splitter<'t> {
    rest: &'t str,
    line: usize,
    /// The line on which the command began.
    begun: usize,
    word: Option<Word>,
    words: Vec<Word>,
    out: Vec<(usize, Vec<Word>)>,
}

impl Splitter<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or("");
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn push(&mut self, c: char) {
        if self.words.is_empty() && self.word.is_none() {
            self.begun = self.line;
        }
        self.word.get_or_insert_with(Word::default).text.push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.out.push((self.begun, words));
        }
    }

    fn run(&mut self) {
        while let Some(c) = self.next() {
            match c {
                '\\' => match self.next() {
                    Some('\n') => self.end_word(),
                    Some('\r') if self.rest.starts_with('\n') => {
                        self.next();
                        self.end_word();
                    }
                    Some(c) => self.push(c),
                    None => {}
                },
                '\'' => self.quoted('\''),
                '"' => self.quoted('"'),
                '$' => {
                    self.push('$');
                    self.bracketed();
                }
                '#' if self.word.is_none() => {
                    while !self.rest.is_empty() && !self.rest.starts_with('\n') {
                        self.next();
                    }
                }
                '(' if self.word.as_ref().is_some_and(|word| word.text.ends_with('=')) => self.array(),
                '\n' | ';' | '|' | '&' | '(' | ')' | '`' => {
                    // the line of what ended is that before a line's end
                    self.end_command();
                }
                '{' | '}' if self.word.is_none() && self.rest.starts_with([' ', '\n', ';']) => self.end_command(),
                '<' | '>' => self.end_word(),
                c if c.is_whitespace() => self.end_word(),
                c => self.push(c),
            }
        }
        self.end_command();
    }

    /// The text up to the quote that ends it, or to the end of all.
    fn quoted(&mut self, quote: char) {
        if self.words.is_empty() && self.word.is_none() {
            self.begun = self.line;
        }
        self.word.get_or_insert_with(Word::default);
        while let Some(c) = self.next() {
            match c {
                c if c == quote => return,
                '\\' if quote == '"' => match self.next() {
                    Some('\n') | None => {}
                    Some(c) if matches!(c, '"' | '\\' | '$' | '`') => self.push(c),
                    Some(c) => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                '$' if quote == '"' => {
                    self.push('$');
                    self.bracketed();
                }
                c => self.push(c),
            }
        }
    }

    /// `{…}` or `(…)` behind a dollar sign, as it is written.
    fn bracketed(&mut self) {
        let mut depth = 0;
        while self.rest.starts_with(['{', '(']) || depth > 0 {
            let Some(c) = self.next() else { return };
            match c {
                '{' | '(' => depth += 1,
                '}' | ')' => depth -= 1,
                _ => {}
            }
            self.push(c);
            if depth == 0 {
                return;
            }
        }
    }

    /// `NAME=(a b)`: its words.
    fn array(&mut self) {
        let Some(mut name) = self.word.take() else { return };
        let (words, begun) = (std::mem::take(&mut self.words), self.begun);
        while let Some(c) = self.next() {
            match c {
                ')' => break,
                '\'' | '"' => self.quoted(c),
                '$' => {
                    self.push('$');
                    self.bracketed();
                }
                '#' if self.word.is_none() => {
                    while !self.rest.is_empty() && !self.rest.starts_with('\n') {
                        self.next();
                    }
                }
                '\\' => drop(self.next()),
                c if c.is_whitespace() => self.end_word(),
                c => self.push(c),
            }
        }
        self.end_word();
        name.list = Some(std::mem::replace(&mut self.words, words).into_iter().map(|word| word.text).collect());
        self.begun = begun;
        self.words.push(name);
    }
}

/// The string literals of a Groovy script with their lines, from 0.
fn literals(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut line = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| rest.starts_with(quote));
        if rest.starts_with("//") && !rest.starts_with("///") {
            let end = rest.find('\n').unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or("");
            continue;
        }
        let Some(quote) = quote else {
            line += usize::from(c == '\n');
            rest = rest.get(c.len_utf8()..).unwrap_or("");
            continue;
        };
        let body = rest.get(quote.len()..).unwrap_or("");
        let end = body.find(quote).unwrap_or(body.len());
        let inside = body.get(..end).unwrap_or("");
        // a quote that is not closed on its line is an apostrophe
        if quote.len() == 1 && inside.contains('\n') {
            rest = body;
            continue;
        }
        out.push((line, inside.to_owned()));
        line += inside.matches('\n').count();
        rest = body.get(end + quote.len()..).unwrap_or("");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<Usage> {
        usages(&Snapshot::in_memory([(path, text)]), "kubeconform")
    }

    fn usage(place: &str, arguments: &[&str]) -> Usage {
        Usage { place: place.to_owned(), arguments: arguments.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[test]
    fn a_script_with_arrays() {
        let text = "#!/bin/bash\n# kubeconform -strict\nkubeconform_flags=(\"-skip=Secret\")\nkubeconform_config=(\"-strict\" \\\n  \"-schema-location\" \"default\")\n\nfind . -name '*.yaml' | while read -r file; do\n  kubeconform \"${kubeconform_flags[@]}\" \"${kubeconform_config[@]}\" \"${file}\"\ndone\n";
        assert_eq!(
            found("scripts/validate.sh", text),
            [usage("scripts/validate.sh:8", &["-skip=Secret", "-strict", "-schema-location", "default", "${file}"])]
        );
    }

    #[test]
    fn a_makefile() {
        let text = "KUBE ?= 1.29.0\nFLAGS := -strict -kubernetes-version $(KUBE)\n\nlint:\n\t@docker run --rm -v $$PWD:/w ghcr.io/yannh/kubeconform:v0.7.0 $(FLAGS) \\\n\t\t-summary /w\n";
        assert_eq!(
            found("Makefile", text),
            [usage("Makefile:5", &["-strict", "-kubernetes-version", "1.29.0", "-summary", "/w"])]
        );
    }

    #[test]
    fn a_workflow_with_a_matrix() {
        let text = "jobs:\n  lint:\n    strategy:\n      matrix:\n        k8s: [1.29.0, 1.30.0]\n    steps:\n    - run: |\n        echo hello\n        kubeconform -kubernetes-version ${{ matrix.k8s }} \\\n          -skip 'A,B' apps\n    - uses: docker://ghcr.io/yannh/kubeconform:latest\n      with:\n        args: -strict \"apps\"\n";
        assert_eq!(
            found(".github/workflows/a.yaml", text),
            [
                usage(".github/workflows/a.yaml:9", &["-kubernetes-version", "1.29.0,1.30.0", "-skip", "A,B", "apps"]),
                usage(".github/workflows/a.yaml:13", &["-strict", "apps"]),
            ]
        );
    }

    #[test]
    fn a_hook() {
        let text = "repos:\n- repo: https://example.com/hooks\n  hooks:\n  - id: kubeconform-manifests\n    args:\n    - -strict\n    - -skip=Secret\n- repo: local\n  hooks:\n  - id: x\n    entry: kubeconform -summary\n    args: [\"-n\", \"4\"]\n";
        assert_eq!(
            found(".pre-commit-config.yaml", text),
            [
                usage(".pre-commit-config.yaml:6", &["-strict", "-skip=Secret"]),
                usage(".pre-commit-config.yaml:12", &["-summary", "-n", "4"]),
            ]
        );
    }

    #[test]
    fn a_jenkinsfile() {
        let text = "pipeline {\n  environment { KUBE = '1.31.0' }\n  stages {\n    stage('lint') {\n      steps {\n        sh '''\n          set -e\n          kubeconform -strict -kubernetes-version $KUBE apps\n        '''\n      }\n    }\n  }\n}\n";
        let found = found("Jenkinsfile", text);
        assert!(
            found.contains(&usage("Jenkinsfile:8", &["-strict", "-kubernetes-version", "1.31.0", "apps"])),
            "{found:?}"
        );
    }

    #[test]
    fn what_only_names_the_tool_has_no_flags() {
        let text = "curl -L https://example.com/kubeconform-linux.tar.gz | tar xz\nmv kubeconform /usr/local/bin\ncommand -v kubeconform >/dev/null\necho 'kubeconform -strict'\n";
        assert!(found("a.sh", text).iter().all(|usage| !usage.arguments.iter().any(|word| word.starts_with('-'))));
    }

    #[test]
    fn no_text_is_too_odd() {
        for text in [
            "a='",
            "kubeconform \"${",
            "x=(",
            "kubeconform $(",
            "\\",
            "kubeconform ${A:-${A}}",
            "A=$A\nkubeconform $A",
            "A=($A $A $A $A $A $A $A $A)\nkubeconform $A",
            "A=x$A$A$A\nkubeconform $A",
        ] {
            found("a.sh", text);
            found("Jenkinsfile", text);
            found("Makefile", text);
        }
    }
}
