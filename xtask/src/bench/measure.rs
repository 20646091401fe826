//! Running a program and weighing it: time, CPU and memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// `/usr/bin/time` knows CPU time only to the hundredth of a second; the kernel knows it to the microsecond.
const WEIGH: &str = r"
import os, sys, time
null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
begun = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - begun
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
";

const TIME: &str = "/usr/bin/time";

/// One run, in seconds.
pub struct Sample {
    pub wall: f64,
    pub cpu: f64,
}

/// All runs of one side.
pub struct Series {
    pub name: &'static str,
    pub samples: Vec<Sample>,
    /// In KiB.
    pub peak: u64,
}

impl Series {
    pub fn median(&self, of: fn(&Sample) -> f64) -> f64 {
        self.sorted(of).get(self.samples.len() / 2).copied().unwrap_or(0.0)
    }

    fn sorted(&self, of: fn(&Sample) -> f64) -> Vec<f64> {
        let mut values: Vec<f64> = self.samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    fn told(&self, of: fn(&Sample) -> f64) -> String {
        let sorted = self.sorted(of);
        let (least, most) = (sorted.first().copied().unwrap_or(0.0), sorted.last().copied().unwrap_or(0.0));
        let each = [least, self.median(of), most].map(|seconds| format!("{:9.1}", seconds * 1e3));
        each.concat()
    }
}

pub struct Stopwatch {
    script: PathBuf,
    report: PathBuf,
}

impl Stopwatch {
    pub fn new(work: &Path) -> Result<Self, String> {
        fs::create_dir_all(work).map_err(|error| format!("cannot make {}: {error}", work.display()))?;
        let script = work.join("weigh.py");
        fs::write(&script, WEIGH).map_err(|error| format!("cannot write {}: {error}", script.display()))?;
        Ok(Self { script, report: work.join("peak.txt") })
    }

    /// A small parent is wanted: a child counts as its own peak what it had before it became another program.
    pub fn measures_memory_well(&self) -> bool {
        Path::new(TIME).exists()
    }

    pub fn time(&self, command: &Command) -> Result<Sample, String> {
        let numbers = self.weigh(command)?;
        match numbers.as_slice() {
            [wall, cpu, ..] => Ok(Sample { wall: *wall, cpu: *cpu }),
            _ => Err("the stopwatch said nothing".to_owned()),
        }
    }

    /// The most memory that the program held, in KiB.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of KiB")]
    pub fn peak(&self, command: &Command) -> Result<u64, String> {
        if !self.measures_memory_well() {
            return Ok(self.weigh(command)?.get(2).copied().unwrap_or(0.0) as u64);
        }
        let mut wrapped = Command::new(TIME);
        wrapped.args(["-f", "%M", "-o"]).arg(&self.report).arg(command.get_program()).args(command.get_args());
        finished(&mut wrapped, &[0, 1])?;
        let text = fs::read_to_string(&self.report).map_err(|error| format!("no report of {TIME}: {error}"))?;
        // it says so in a line of its own when the program's exit code was not 0
        text.lines().last().and_then(|line| line.trim().parse().ok()).ok_or(format!("{TIME} said {text:?}"))
    }

    fn weigh(&self, command: &Command) -> Result<Vec<f64>, String> {
        let mut python = Command::new("python3");
        python.arg(&self.script).arg(command.get_program()).args(command.get_args());
        let output = finished(&mut python, &[0])?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        match numbers.get(3) {
            // 1 says that something was found
            Some(code) if *code == 0.0 || *code == 1.0 => Ok(numbers),
            _ => Err(format!("{command:?} ended with {text:?}")),
        }
    }
}

/// Runs a program to its end; `codes` are those that are no failure.
pub fn finished(command: &mut Command, codes: &[i32]) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if output.status.code().is_some_and(|code| codes.contains(&code)) {
        return Ok(output);
    }
    Err(format!("{command:?} ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// The sides below one another, and how many times the first each of the others needs.
#[expect(clippy::cast_precision_loss, reason = "a number of KiB")]
pub fn print(all: &[Series]) {
    let each = |name: &str| format!("{:>9}{:>9}{:>9}", format!("{name} min"), "median", "max");
    println!("  {:<12}{}{}{:>10}", "ms, MiB", each("time"), each("CPU"), "peak");
    for series in all {
        let (wall, cpu) = (series.told(|sample| sample.wall), series.told(|sample| sample.cpu));
        println!("  {:<12}{wall}{cpu}{:>10.1}", series.name, series.peak as f64 / 1024.0);
    }
    let Some((first, others)) = all.split_first() else { return };
    for other in others {
        let ratio = |of: fn(&Sample) -> f64| other.median(of) / first.median(of);
        println!(
            "  {} / {}: {:.2} of the time, {:.2} of the CPU, {:.2} of the memory",
            other.name,
            first.name,
            ratio(|sample| sample.wall),
            ratio(|sample| sample.cpu),
            other.peak as f64 / first.peak as f64
        );
    }
}
