//! `plimsoll versions [KIND]`: when each version of a kind comes, is deprecated and goes, for people and as JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::ValueEnum;

use crate::facts::{Life, lives, ranges, served_minors};
use crate::finding::nearest;

use super::Refusal;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Only this kind, as `Ingress`; an apiVersion before it names one version. All that is not settled when left out
    #[arg(num_args = 0..=2, value_names = ["KIND"])]
    kind: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table
    Human,
    /// An object with a list `versions`
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let (api_version, kind) = match arguments.kind.as_slice() {
        [api_version, kind, ..] => (Some(api_version.as_str()), Some(kind.as_str())),
        [kind] => (None, Some(kind.as_str())),
        [] => (None, None),
    };
    let wanted = |life: &&Life| match kind {
        Some(kind) => {
            life.kind.eq_ignore_ascii_case(kind) && api_version.is_none_or(|wanted| life.api_version() == wanted)
        }
        None => life.deprecated.is_some() || life.removed.is_some() || life.is_off_by_default(),
    };
    let mut found: Vec<&Life> = lives().iter().filter(wanted).collect();
    if found.is_empty() {
        return Err(unknown(api_version, kind.unwrap_or_default()));
    }
    found.sort_by_key(|life| life.kind);
    super::print(&match arguments.format {
        Format::Human => table(&found),
        Format::Json => json(&found),
    });
    Ok(0)
}

fn unknown(api_version: Option<&str>, kind: &str) -> Refusal {
    let kinds: BTreeSet<&str> = lives().iter().map(|life| life.kind).collect();
    if let (Some(api_version), true) = (api_version, kinds.contains(kind)) {
        let all = lives().iter().filter(|life| life.kind == kind).map(Life::api_version).collect::<Vec<_>>();
        return Refusal::new(format!("Kubernetes never had `{kind}` in `{api_version}`"))
            .help(format!("it has it in {}", all.join(", ")));
    }
    let near = nearest(kind, kinds.into_iter()).map(|near| format!("did you mean `{near}`?"));
    Refusal::new(format!("Kubernetes has no kind `{kind}`"))
        .help(near.unwrap_or_else(|| "kinds of custom resources are not listed here".to_owned()))
}

fn table(found: &[&Life]) -> String {
    let minor = |minor: Option<u16>| minor.map_or_else(|| "-".to_owned(), |minor| format!("1.{minor}"));
    let head = ["KIND", "VERSION", "SERVED", "DEPRECATED", "REMOVED", "USE INSTEAD"].map(str::to_owned);
    let mut rows = vec![head];
    for life in found {
        let served = served_minors(life);
        rows.push([
            life.kind.to_owned(),
            life.api_version(),
            if served.is_empty() { "-".to_owned() } else { ranges(&served) },
            minor(life.deprecated),
            minor(life.removed),
            life.replacement.map_or_else(
                || if life.is_off_by_default() { "(off by default)".to_owned() } else { String::new() },
                |(to, kind)| if kind == life.kind { to.to_owned() } else { format!("{to} {kind}") },
            ),
        ]);
    }
    let mut out = String::new();
    let widths: Vec<usize> =
        (0..6).map(|at| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0)).collect();
    for row in &rows {
        let line: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(out, "{}", line.join("  ").trim_end());
    }
    if let [one] = found
        && let Some(migration) = one.migration
    {
        let _ = writeln!(out, "\n{migration}");
    }
    out
}

fn json(found: &[&Life]) -> String {
    let minor = |minor: Option<u16>| minor.map(|minor| format!("1.{minor}"));
    let versions: Vec<serde_json::Value> = found
        .iter()
        .map(|life| {
            serde_json::json!({
                "apiVersion": life.api_version(),
                "kind": life.kind,
                "since": minor(life.since),
                "served": served_minors(life).iter().map(|minor| format!("1.{minor}")).collect::<Vec<_>>(),
                "offByDefault": life.is_off_by_default(),
                "deprecated": minor(life.deprecated),
                "removed": minor(life.removed),
                "replacement": life.replacement.map(|(to, kind)| serde_json::json!({"apiVersion": to, "kind": kind})),
                "migration": life.migration,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::json!({ "versions": versions }))
}
