//! The METADATA block of a policy: OPA's annotations, with what we need under `custom`
//! (<https://www.openpolicyagent.org/docs/policy-language#metadata>).

use std::sync::Arc;

use serde::Deserialize;

use crate::check::{CheckMeta, Says};
use crate::finding::{CheckId, Severity};
use crate::source::{Source, SourceId};
use crate::yaml;

use super::condition::Condition;

/// What a policy says of itself.
pub(super) struct Metadata {
    pub package: String,
    pub kinds: Vec<String>,
    pub needs: Vec<String>,
    pub when: Vec<Condition>,
    pub reads: Vec<String>,
    title: String,
    description: String,
    severity: Severity,
    says: Says,
    remedy: String,
    references: Vec<String>,
}

#[derive(Deserialize)]
struct Block {
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    related_resources: Vec<Reference>,
    custom: Custom,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "ref")]
    at: String,
}

#[derive(Deserialize)]
struct Custom {
    severity: String,
    #[serde(default)]
    says: Option<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    when: Vec<String>,
    #[serde(default)]
    reads: Vec<String>,
    #[serde(default)]
    remedy: String,
}

impl Metadata {
    pub fn into_meta(self, id: &str, origin: Option<String>) -> CheckMeta {
        CheckMeta {
            id: CheckId(id.into()),
            title: self.title.into(),
            severity: self.severity,
            says: self.says,
            kinds: self.kinds,
            why: self.description.trim().to_owned().into(),
            remedy: self.remedy.into(),
            references: self.references.into_iter().map(Into::into).collect(),
            origin,
        }
    }
}

/// The package that a module declares.
pub(super) fn package(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| line.starts_with("package "))?;
    let name = line.trim_start_matches("package ").split('#').next()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The comment block that begins with `# METADATA`, without its comment signs.
pub(super) fn block(text: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != "# METADATA").skip(1);
    let mut out = String::new();
    for line in lines.by_ref() {
        let Some(rest) = line.strip_prefix('#') else { break };
        out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        out.push('\n');
    }
    (!out.is_empty()).then_some(out)
}

/// Reads the declaration of a policy.
pub(super) fn read(text: &str) -> Result<Metadata, String> {
    let package = package(text).ok_or("no package")?;
    let block = block(text).ok_or("no `# METADATA` block before its package")?;
    let source = Arc::new(Source::new(SourceId(0), "metadata", block.into_bytes()));
    let documents = yaml::documents(&source);
    let document = documents.first().ok_or("an empty METADATA block")?;
    if let Some(problem) = document.problems.first() {
        return Err(format!("METADATA is no YAML: {}", problem.message));
    }
    let tree = document.tree.as_ref().ok_or("an empty METADATA block")?;
    let block: Block = yaml::from_node(tree.root()).map_err(|error| format!("METADATA: {error}"))?;
    let severity = Severity::parse(&block.custom.severity)
        .ok_or_else(|| format!("METADATA: severity `{}` is none of error, warning, hint", block.custom.severity))?;
    let says = match block.custom.says.as_deref() {
        None | Some("advice") => Says::Advice,
        Some("verdict") => Says::Verdict,
        Some(other) => return Err(format!("METADATA: says `{other}` is none of verdict, advice")),
    };
    let condition = |text: &String| {
        Condition::parse(text).ok_or_else(|| format!("METADATA: `{text}` is no condition that `when` knows"))
    };
    let when = block.custom.when.iter().map(condition).collect::<Result<_, _>>()?;
    Ok(Metadata {
        when,
        reads: block.custom.reads,
        package,
        kinds: block.custom.kinds,
        needs: block.custom.needs,
        title: block.title,
        description: block.description,
        severity,
        says,
        remedy: block.custom.remedy,
        references: block.related_resources.into_iter().map(|one| one.at).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_and_a_bad_one_says_why() {
        let good = "# METADATA\n# title: t\n# description: |\n#   why\n# custom:\n#   severity: warning\n#   kinds: [Pod]\npackage a.b\n";
        let read = read(good).unwrap();
        assert_eq!((read.package.as_str(), read.kinds.len()), ("a.b", 1));
        let bad = super::read(&good.replace("warning", "loud")).err().unwrap();
        assert!(bad.contains("`loud`"), "{bad}");
        assert!(super::read("package a\n").err().unwrap().contains("METADATA"));
    }
}
