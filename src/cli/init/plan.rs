//! The configuration that is proposed, and its text: every line with the reason why it is there. Leaves out how the reasons
//! are found.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::facts::MINORS;

/// Something proposed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub text: String,
    pub why: String,
}

impl Line {
    pub fn new(text: impl Into<String>, why: impl Into<String>) -> Self {
        Self { text: text.into(), why: why.into() }
    }
}

/// Levels for some paths.
#[derive(Debug, Clone)]
pub(super) struct Eased {
    pub globs: Vec<String>,
    /// Packs and the level that they get.
    pub packs: Vec<(String, &'static str)>,
    pub why: String,
}

/// A folder of policies.
#[derive(Debug, Clone, Default)]
pub(super) struct PolicyFolder {
    pub path: String,
    pub namespaces: Vec<String>,
    pub data: Vec<String>,
    pub why: String,
    /// Why it cannot be used; it is then written as a comment.
    pub fault: Option<String>,
}

/// Everything that is proposed.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// What became of another tool's settings.
    pub takeovers: Vec<Takeover>,
    pub minors: BTreeSet<u16>,
    /// Where the minors are said; or what was said of versions and cannot be used.
    pub minors_why: Vec<String>,
    pub skip: Vec<Line>,
    pub ignore: Vec<Line>,
    /// Where schemas are, in their order.
    pub schemas: Vec<Line>,
    /// Those that are not in the repository; they are written as a comment.
    pub schemas_gone: Vec<Line>,
    pub paths: Vec<Eased>,
    /// Levels that someone may want, as comments.
    pub examples: Vec<Eased>,
    /// Paths that someone may want to leave out, as a comment.
    pub aside: Vec<Line>,
    pub policies: Vec<PolicyFolder>,
}

/// What became of another tool's settings.
#[derive(Debug, Clone)]
pub(super) struct Takeover {
    /// Where they stand.
    pub from: String,
    /// Each with what became of it.
    pub settings: Vec<Line>,
}

impl Plan {
    /// Adds what is not there yet.
    pub fn ignore(&mut self, glob: &str, why: &str) {
        if !self.ignore.iter().any(|line| line.text == glob) {
            self.ignore.push(Line::new(glob, why));
        }
    }

    /// Adds what is not there yet.
    pub fn skip(&mut self, kind: &str, why: &str) {
        if !self.skip.iter().any(|line| line.text == kind) {
            self.skip.push(Line::new(kind, why));
        }
    }

    /// Adds what is not there yet.
    pub fn schemas(&mut self, location: &str, why: &str) {
        if !self.schemas.iter().any(|line| line.text == location) {
            self.schemas.push(Line::new(location, why));
        }
    }

    /// Adds what became of settings; what was told of another call is not told again.
    pub fn took_over(&mut self, from: String, mut settings: Vec<Line>) {
        settings.retain(|line| !self.takeovers.iter().any(|known| known.settings.contains(line)));
        if !settings.is_empty() {
            self.takeovers.push(Takeover { from, settings });
        }
    }

    /// The file.
    pub fn text(&self) -> String {
        let mut out = String::from("# What Plimsoll checks here; `plimsoll checks` lists every check.\n");
        for takeover in &self.takeovers {
            let _ = writeln!(out, "\n# taken over from {}:", plain(&takeover.from));
            for line in &takeover.settings {
                let _ = writeln!(out, "#   {}: {}", plain(&line.text), plain(&line.why));
            }
        }
        out.push('\n');
        for why in &self.minors_why {
            let _ = writeln!(out, "# {}", plain(why));
        }
        if self.minors.is_empty() {
            if self.minors_why.is_empty() {
                out.push_str("# Nothing that could be read says which Kubernetes this is for.\n");
            }
            out.push_str("# Name the versions that you run. Without this key the newest counts:\n");
            let _ = writeln!(out, "# kubernetes: [\"1.{}\"]", MINORS.end());
        } else {
            let minors: Vec<String> = self.minors.iter().map(|minor| format!("\"1.{minor}\"")).collect();
            let _ = writeln!(out, "kubernetes: [{}]", minors.join(", "));
        }
        list(&mut out, "skip", &self.skip);
        list(&mut out, "ignore", &self.ignore);
        // `default` alone says what is so without it
        if self.schemas.iter().any(|line| line.text != "default") {
            list(&mut out, "schemas", &self.schemas);
        }
        if !self.schemas_gone.is_empty() {
            out.push_str(
                "\n# Schemas that are not in the repository. Where they are put there before a run:\n# schemas:\n",
            );
            for line in &self.schemas_gone {
                let _ = writeln!(out, "#   - {} # {}", plain(&quoted(&line.text)), plain(&line.why));
            }
        }
        if !self.aside.is_empty() {
            out.push_str("\n# Most of what is found is in folders for tests and examples. To leave them out:\n");
            if self.ignore.is_empty() {
                out.push_str("# ignore:\n");
            }
            for line in &self.aside {
                let _ = writeln!(out, "#   - {} # {}", quoted(&line.text), plain(&line.why));
            }
        }
        if !self.paths.is_empty() {
            out.push_str("\npaths:\n");
            for eased in &self.paths {
                out.push_str(&eased.text());
            }
        }
        for (at, eased) in self.examples.iter().enumerate() {
            let _ = writeln!(out, "\n# {}", plain(&eased.why));
            if self.paths.is_empty() && at == 0 {
                out.push_str("# paths:\n");
            }
            for line in eased.text().lines().skip(1) {
                let _ = writeln!(out, "# {line}");
            }
        }
        self.write_policies(&mut out);
        out
    }

    fn write_policies(&self, out: &mut String) {
        let mut last = None;
        let usable = self.policies.iter().filter(|policy| policy.fault.is_none());
        for policy in usable {
            if last.is_none() {
                out.push_str("\npolicies:\n");
            }
            if last != Some(&policy.why) {
                let _ = writeln!(out, "  # {}", plain(&policy.why));
            }
            last = Some(&policy.why);
            out.push_str(&policy.text());
        }
        for policy in &self.policies {
            let Some(fault) = &policy.fault else { continue };
            let _ = writeln!(out, "\n# {}, and cannot be used: {}", plain(&policy.why), plain(fault));
            let head = if last.is_none() { "policies:\n" } else { "" };
            for line in format!("{head}{}", policy.text()).lines() {
                let _ = writeln!(out, "# {line}");
            }
        }
    }
}

impl Eased {
    fn text(&self) -> String {
        let globs: Vec<String> = self.globs.iter().map(|glob| quoted(glob)).collect();
        let mut out = format!("  # {}\n  - match: [{}]\n    packs:\n", plain(&self.why), globs.join(", "));
        for (pack, level) in &self.packs {
            let _ = writeln!(out, "      {pack}: {level}");
        }
        out
    }
}

impl PolicyFolder {
    fn text(&self) -> String {
        let path = quoted(&self.path);
        if self.namespaces.is_empty() && self.data.is_empty() {
            return format!("  - {path}\n");
        }
        let mut out = format!("  - path: {path}\n");
        for (key, values) in [("namespaces", &self.namespaces), ("data", &self.data)] {
            if !values.is_empty() {
                let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                let _ = writeln!(out, "    {key}: [{}]", values.join(", "));
            }
        }
        out
    }
}

/// A list in which lines of one reason stand together.
fn list(out: &mut String, key: &str, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{key}:");
    let mut last = None;
    for line in lines {
        if last != Some(&line.why) {
            let _ = writeln!(out, "  # {}", plain(&line.why));
        }
        last = Some(&line.why);
        let _ = writeln!(out, "  - {}", quoted(&line.text));
    }
}

/// Text for a comment: one line, whatever a file is called.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') { ' ' } else { c })
        .collect()
}

/// A string as YAML: plain where that can be nothing else.
fn quoted(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.' || c == '_');
    let word =
        ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    // `.5` and `.inf` are numbers
    let number = text.starts_with('.') && text.chars().nth(1).is_none_or(|c| c.is_ascii_digit() || "iInN".contains(c));
    let glob = text.trim_end_matches("/**");
    if begins && !word && !number && glob.chars().all(harmless) && !text.contains("...") {
        return text.to_owned();
    }
    let json = serde_json::to_string(text).unwrap_or_else(|_| format!("{text:?}"));
    // line ends to YAML 1.1, and no more than letters to JSON
    let breaks = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    json.chars().map(|c| if breaks(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{self, Layer};
    use crate::source::{Source, SourceId};

    /// Names that YAML reads as something else, or that break out of a comment.
    const ODD: [&str; 14] = [
        "no",
        "1.5",
        ".5",
        ".inf",
        "a: b",
        "# x",
        "- a",
        "*a",
        "{x}",
        "a\nkubernetes: \"1.30\"",
        "\u{2028}x: y",
        "\"q\"",
        "",
        "ünï/código",
    ];

    #[test]
    fn any_name_is_read_back_as_it_was() {
        for name in ODD {
            let mut plan = Plan::default();
            plan.skip(name, name);
            plan.schemas_gone.push(Line::new(name, name));
            plan.minors_why.push(name.to_owned());
            plan.takeovers.push(Takeover { from: name.to_owned(), settings: vec![Line::new(name, name)] });
            plan.policies.push(PolicyFolder {
                path: name.to_owned(),
                data: vec![name.to_owned()],
                ..Default::default()
            });
            let fault = Some(name.to_owned());
            plan.policies.push(PolicyFolder {
                path: name.to_owned(),
                why: name.to_owned(),
                fault,
                ..Default::default()
            });
            let text = plan.text();
            let source = Arc::new(Source::new(SourceId(0), "plimsoll.yaml", text.clone().into_bytes()));
            let layer = Layer { source, scope: String::new(), base: String::new() };
            let known = config::Known { around: config::Around::default(), checks: &[], more: false };
            let read = config::read(&[layer], &known)
                .unwrap_or_else(|problem| panic!("{name:?}: {}\n{text}", problem.message));
            assert_eq!(read.skip[0].kind, name, "{text}");
            assert_eq!((read.policies.len(), read.policies[0].written.as_str()), (1, name), "{text}");
            assert_eq!(read.minors.all(), [*MINORS.end()], "{text}");
        }
    }
}
