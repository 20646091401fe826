//! What is neither product nor test: generators and measurements. Leaves out anything a user runs.

mod bench;
mod goldens;
mod lifecycle;
#[path = "../../tests/it/kustomize_made.rs"]
#[expect(clippy::unwrap_used, reason = "shared with the tests")]
mod made;
mod oracle;
#[path = "../../tests/it/random.rs"]
#[expect(clippy::unwrap_used, reason = "shared with the tests")]
mod random;
mod schemas;
mod trees;
mod wheel;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  schemas [--check | enums | markers]
                                     make the packed schemas and their papers from their pinned sources; with enums or
                                     markers, the lists of enumerations, scopes and defaults that they are made with
  schemas openapi FOLDER             compare the schemas of 1.35 with the OpenAPI documents of a server
  schemas lifecycle [--check]        make the table of when kinds come and go from Kubernetes' Go types
  schemas compare FOLDER             list where the carried CRDs differ from those in a folder
  schemas coverage FOLDER            count the objects of the repositories in a folder that have a schema
  oracle [FILE…] [--list CLASS]… [--causes]
                                     compare verdicts with those of a real API server
  goldens [DIR] [--show ROOT]        render every root of DIR/index.jsonl and compare with what Kustomize made of it
  goldens provenance [--places N] [--seed S]
                                     change scalars of those roots one at a time: who changes must name who was changed
  trees [--count N] [--seed S] [--show NUMBER]
                                     build small trees made at random here and with kustomize, and compare
  bench [--files N] [--rounds N] [--keep]
                                     measure beside the peers
  bench render [--rounds N] [--repository NAME]
                                     render builds beside kustomize
  wheel [--check]                    make the Python wheel; with --check, hold the versions against each other
  pre-commit                         prove with the pre-commit framework that the wheel installs and refuses a commit";

fn main() -> ExitCode {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let (command, args) = match all.split_first() {
        Some((command, args)) => (command.as_str(), args),
        None => ("", all.as_slice()),
    };
    let done = match command {
        "schemas" if args.first().is_some_and(|first| first == "lifecycle") => {
            lifecycle::run(args.get(1..).unwrap_or_default())
        }
        "schemas" => schemas::run(args),
        "oracle" => oracle::run(args),
        "goldens" => goldens::run(args),
        "trees" => trees::run(args),
        "bench" => bench::run(args),
        "wheel" => wheel::run(args),
        "pre-commit" => wheel::prove(args),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The project: the folder above this crate's.
fn project() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// The folder of data that is no part of the project: `PLIMSOLL_SHARED`, or `shared` beside the project.
fn shared() -> Result<PathBuf, String> {
    let folder = match std::env::var_os("PLIMSOLL_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => project().parent().map(|above| above.join("shared")).unwrap_or_default(),
    };
    if folder.is_dir() {
        return Ok(folder);
    }
    Err("no shared data: name its folder in PLIMSOLL_SHARED, or put it beside the project as `shared`".to_owned())
}
