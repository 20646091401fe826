//! `cargo xtask bench`: time, CPU and memory beside the peers, in turn in one run, on the same files; and where the
//! verdicts differ. Machines are noisy: only the ratios say something, and nothing here asserts a time.

mod compare;
mod measure;
mod render;
mod workload;

use std::path::{Path, PathBuf};
use std::process::Command;

use self::compare::Summary;
use self::measure::{Sample, Series, Stopwatch};
use self::workload::Workload;

const USAGE: &str = "usage: cargo xtask bench [--files N] [--rounds N] [--keep]";

struct Options {
    files: usize,
    rounds: usize,
    keep: bool,
}

/// Runs the command with the arguments after its name.
pub fn run(args: &[String]) -> Result<(), String> {
    if let Some(("render", rest)) = args.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return render::run(rest);
    }
    let options = options(args)?;
    let work = crate::project().join("target/xtask");
    let plimsoll = build()?;
    let stopwatch = Stopwatch::new(&work)?;
    if !stopwatch.measures_memory_well() {
        println!("/usr/bin/time is missing: peak memory is never less than that of the Python that measures");
    }
    let kubeconform = tool("kubeconform");
    let conftest = tool("conftest");
    for (name, found) in [("kubeconform", &kubeconform), ("conftest", &conftest)] {
        if found.is_none() {
            println!("{name} is not installed: shared/bench/README.md says how; its half is left out");
        }
    }

    let fleet = workload::fleet(&work, options.files)?;
    let repository = workload::repository(&work)?;
    let one = workload::one(&work, &fleet)?;
    let schemas = match kubeconform {
        Some(_) => Some(workload::schemas(&work)?),
        None => None,
    };
    let ours = |folder: &Path, only: bool| {
        let mut command = Command::new(&plimsoll);
        command.args(["check", "--no-config", "-k", "1.35", "--format", "json"]);
        if only {
            command.args(["--only", "schema,yaml"]);
        }
        command.arg(folder);
        command
    };
    let theirs = |folder: &Path| {
        let (program, schemas) = (kubeconform.as_ref()?, schemas.as_ref()?);
        let mut command = Command::new(program);
        command.args(["-n", "2", "-strict", "-ignore-missing-schemas", "-output", "json", "-schema-location"]);
        command.arg(schemas.join("{{.ResourceKind}}{{.KindSuffix}}.json")).arg(folder);
        Some(command)
    };

    println!("\nschemas and YAML alone; min, median and max of {} rounds, one after the other in turn", options.rounds);
    let workloads = [one, repository, fleet];
    for workload in &workloads {
        let mut sides = vec![("plimsoll", ours(&workload.folder, true))];
        sides.extend(theirs(&workload.folder).map(|command| ("kubeconform", command)));
        println!();
        beside(&stopwatch, workload, sides, options.rounds)?;
    }

    let [_, _, fleet] = &workloads;
    println!("\na commit hook: one file of the fleet is staged; kubeconform reads them all");
    let staged = workload::staged(fleet)?;
    let hook = |only: bool| {
        let mut command = ours(&fleet.folder, only);
        command.arg("--staged");
        command
    };
    let mut sides = vec![("staged, all", hook(false)), ("schema,yaml", hook(true))];
    sides.extend(theirs(&fleet.folder).map(|command| ("kubeconform", command)));
    println!();
    beside(&stopwatch, &staged, sides, options.rounds)?;

    println!("\nall checks, policies among them");
    let mut sides = vec![("all checks", ours(&fleet.folder, false)), ("schema,yaml", ours(&fleet.folder, true))];
    if let Some(program) = &conftest {
        let mut command = Command::new(program);
        command.args(["test", "--no-color", "-p"]).arg(crate::shared()?.join("bench/policy")).arg(&fleet.folder);
        sides.push(("conftest", command));
    }
    println!();
    let series = beside(&stopwatch, fleet, sides, options.rounds)?;
    let ours_said = compare::plimsoll(ours(&fleet.folder, true))?;
    if let [all, without, ..] = series.as_slice() {
        policies(all, without, &ours_said);
    }

    println!("\nverdicts on the {} files", options.files);
    println!("  plimsoll: {}", ours_said.told());
    if let Some(command) = theirs(&fleet.folder) {
        let theirs_said = compare::kubeconform(command, &fleet.folder)?;
        println!("  kubeconform: {}", theirs_said.told());
        compare::differences(&ours_said, &theirs_said);
    }
    if !options.keep {
        for workload in &workloads {
            workload.remove()?;
        }
    }
    Ok(())
}

fn options(args: &[String]) -> Result<Options, String> {
    let mut options = Options { files: 10_000, rounds: 5, keep: false };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let mut number = || rest.next().and_then(|text| text.parse::<usize>().ok()).filter(|n| *n > 0).ok_or(USAGE);
        match arg.as_str() {
            "--files" => options.files = number()?,
            "--rounds" => options.rounds = number()?,
            "--keep" => options.keep = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(options)
}

/// The release binary of the code as it is, beside this one.
fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", "plimsoll"])
        .current_dir(crate::project())
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !status.success() {
        return Err("the release binary does not build".to_owned());
    }
    let own = std::env::current_exe().map_err(|error| format!("cannot tell where this program lies: {error}"))?;
    let binary = own.with_file_name("plimsoll");
    if binary.is_file() {
        Ok(binary)
    } else {
        Err("no release binary beside this program: run it by `cargo xtask`".into())
    }
}

/// A program by its name, in the folders of `PATH`.
fn tool(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Runs all sides once to warm up, then each in turn, round by round, and prints what came of it.
fn beside(
    stopwatch: &Stopwatch,
    workload: &Workload,
    sides: Vec<(&'static str, Command)>,
    rounds: usize,
) -> Result<Vec<Series>, String> {
    let mut all = Vec::new();
    for (name, command) in &sides {
        all.push(Series { name, samples: Vec::new(), peak: stopwatch.peak(command)? });
    }
    for _ in 0..rounds * workload.repeats {
        for (series, (_, command)) in all.iter_mut().zip(&sides) {
            let sample: Sample = stopwatch.time(command)?;
            series.samples.push(sample);
        }
    }
    println!("{}", workload.title);
    measure::print(&all);
    Ok(all)
}

#[expect(clippy::cast_precision_loss, reason = "a count of documents")]
fn policies(all: &Series, without: &Series, said: &Summary) {
    let workloads = said.workloads();
    let each = |of: fn(&Sample) -> f64| (all.median(of) - without.median(of)) * 1e6 / workloads.max(1) as f64;
    println!(
        "policies: {:.1} µs of CPU and {:.1} µs of time for each of {workloads} workloads",
        each(|sample| sample.cpu),
        each(|sample| sample.wall)
    );
}
