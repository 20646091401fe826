//! `plimsoll policy new PACK/ID`: a policy with its test, so that both run at once. In a repository they go to the folder of
//! policies that the configuration names; in this program's own tree fixtures come too. Nothing is overwritten.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::Refusal;
use crate::cli::job::{Job, JobArguments};
use crate::report;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The id: a pack and a name, as `team/latest-image`; named for what is wrong
    #[arg(value_name = "PACK/ID")]
    id: String,
    /// The folder of policies; the first one of the configuration, or `policies`, when left out
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let (pack, name) = parts(&arguments.id)?;
    let job = Job::prepare(&JobArguments::without_policies(), report::Look { colour: false, width: 100 }, None)?;
    let named =
        job.config.policies.first().map(|set| job.place.root.join(&set.path)).filter(|folder| !folder.is_file());
    let folder = match &arguments.folder {
        Some(folder) => job.current.join(folder),
        None => named.clone().unwrap_or_else(|| job.place.root.join("policies")),
    };
    let root = &job.place.root;
    // this program's own tree: a policy of it is embedded, and has fixtures
    let ours = arguments.folder.is_none() && root.join("src/native").is_dir() && root.join("fixtures/checks").is_dir();
    let words = name.replace('-', "_");
    let package = if ours {
        format!("plimsoll.{}.{words}", pack.replace('-', "_"))
    } else {
        format!("{}.{words}", pack.replace('-', "_"))
    };
    let place = folder.join(pack).join(name);
    let mut files = vec![
        (place.join(format!("{words}.rego")), policy(&package, name)),
        (place.join(format!("{words}_test.rego")), test(&package)),
    ];
    if ours {
        let fixtures = root.join("fixtures/checks").join(pack).join(name);
        files.push((fixtures.join("fail.yaml"), fixture(Some(&arguments.id))));
        files.push((fixtures.join("pass.yaml"), fixture(None)));
    }
    if let Some((there, _)) = files.iter().find(|(file, _)| file.exists()) {
        return Err(Refusal::new(format!("{} is there already", shown(there, &job)))
            .help("nothing was written: choose another id, or edit what is there"));
    }
    let mut out = String::new();
    for (file, text) in &files {
        let write = || {
            std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
            std::fs::write(file, text)
        };
        write().map_err(|error| {
            Refusal::new(format!("{}: {error}", shown(file, &job))).help("make the folder writable")
        })?;
        let _ = writeln!(out, "wrote {}", shown(file, &job));
    }
    let folder = shown(&folder, &job);
    if ours {
        let _ = write!(
            out,
            "\nput the marker where the finding should point, write the rule, then\n  cargo test {name}\n  UPDATE=1 cargo test docs\n"
        );
    } else {
        let _ = write!(out, "\nwrite the rule, then\n  plimsoll policy test {folder}\n");
        if named.is_none() {
            let _ = write!(
                out,
                "  plimsoll check --policy {folder}\nand `policies: [{folder}]` in plimsoll.yaml makes it a part of every check\n"
            );
        } else {
            out.push_str("  plimsoll check\n");
        }
    }
    crate::cli::print(&out);
    Ok(0)
}

fn shown(path: &Path, job: &Job) -> String {
    let inside = path.strip_prefix(&job.current).unwrap_or(path);
    inside.to_string_lossy().replace('\\', "/")
}

fn parts(id: &str) -> Result<(&str, &str), Refusal> {
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !text.ends_with('-')
            && !text.contains("--")
    };
    match id.split_once('/') {
        Some((pack, name)) if is_name(pack) && is_name(name) => Ok((pack, name)),
        _ => Err(Refusal::new(format!("`{id}` is no id of a policy"))
            .help("write a pack and a name of small letters, digits and dashes: team/latest-image")),
    }
}

fn policy(package: &str, name: &str) -> String {
    let title = name.replace('-', " ");
    format!(
        "# METADATA
# title: {title}
# description: |
#   Say why it matters: what breaks, and when.
# custom:
#   severity: warning
#   kinds: [Deployment, StatefulSet, DaemonSet]
#   remedy: say what to do
package {package}

# `at` is a path into the object: the finding points there, or at the deepest part of it that exists
findings contains {{
\t\"at\": [\"object\", \"metadata\", \"labels\", \"app.kubernetes.io/name\"],
\t\"message\": sprintf(\"%s `%s` has no label `app.kubernetes.io/name`\", [input.object.kind, input.object.metadata.name]),
}} if {{
\tnot input.object.metadata.labels[\"app.kubernetes.io/name\"]
}}
"
    )
}

fn test(package: &str) -> String {
    format!(
        "package {package}_test

import data.{package}.findings

deployment(labels) := {{\"object\": {{
\t\"apiVersion\": \"apps/v1\",
\t\"kind\": \"Deployment\",
\t\"metadata\": {{\"name\": \"web\", \"labels\": labels}},
}}}}

test_missing if count(findings) == 1 with input as deployment({{}})

test_present if count(findings) == 0 with input as deployment({{\"app.kubernetes.io/name\": \"web\"}})
"
    )
}

/// A manifest that fails or passes.
fn fixture(id: Option<&str>) -> String {
    let (label, marker) = match id {
        Some(id) => (String::new(), format!(" # ~ warning[{id}]")),
        None => ("\n  labels:\n    app.kubernetes.io/name: web".to_owned(), String::new()),
    };
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:{marker}
  name: web{label}
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example.com/web:1
"
    )
}
