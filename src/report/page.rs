//! A check's page: its declaration as Markdown, with an example when there is one.

use std::fmt::Write as _;

use crate::check::{CheckMeta, Says};

/// Writes the page of a check.
#[must_use]
pub fn page(meta: &CheckMeta, example: Option<&str>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n\n{}\n", meta.id, meta.title);
    let says = match meta.says {
        Says::Verdict => "a verdict: the API server or a controller refuses it",
        Says::Advice => "advice: it is accepted, and may hurt",
    };
    let _ = writeln!(out, "- severity: {}\n- {says}", meta.severity);
    if !meta.kinds.is_empty() {
        let _ = writeln!(out, "- looks at: {}", meta.kinds.join(", "));
    }
    let _ = writeln!(out, "\n## Why\n\n{}\n", meta.why.trim());
    if !meta.remedy.is_empty() {
        let _ = writeln!(out, "## What to do\n\n{}\n", meta.remedy);
    }
    if let Some(example) = example {
        let _ = writeln!(out, "## Example\n\nThis is reported:\n\n```yaml\n{}\n```\n", example.trim_end());
    }
    let _ = writeln!(
        out,
        "## Settings\n\n```yaml\n# plimsoll.yaml\nchecks:\n  {}: off # or hint, warning, error\n```",
        meta.id
    );
    if !meta.references.is_empty() {
        out.push_str("\n## Follows\n\n");
        for reference in &meta.references {
            let _ = writeln!(out, "- <{reference}>");
        }
    }
    out
}
