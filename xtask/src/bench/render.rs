//! Rendering builds beside `kustomize`: all roots of one repository, and three hundred Deployments through two layers.
//! Each round times both, one after the other; the medians are told. And the memory of a check as the roots grow in number.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use plimsoll::overlay::kustomize::{Renderer, print};
use plimsoll::source::walk;
use serde_json::Value;

use super::measure::Stopwatch;
use crate::made;

/// Runs the comparison.
pub fn run(args: &[String]) -> Result<(), String> {
    let (mut rounds, mut repository) = (5, None);
    let mut rest = args.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--rounds" => rounds = rest.next().and_then(|text| text.parse().ok()).ok_or("a number is missing")?,
            "--repository" => repository = rest.next().cloned(),
            other => return Err(format!("{other}: no such option")),
        }
    }
    let program = made::program().ok_or("kustomize is not installed")?;
    let plimsoll = super::build()?;

    let work = crate::project().join("target/xtask/layers");
    let _ = fs::remove_dir_all(&work);
    layers(&work).map_err(|error| format!("cannot write {}: {error}", work.display()))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(timed(Command::new(&plimsoll).arg("render").arg("top").current_dir(&work))?);
        theirs.push(timed(Command::new(&program).arg("build").arg("top").current_dir(&work))?);
    }
    tell("300 Deployments through two layers, a process each", &mut ours, &mut theirs);
    weigh(&plimsoll)?;

    let golden = crate::project().join("target/golden/golden/index.jsonl");
    let Ok(index) = fs::read_to_string(&golden) else {
        println!("no roots of repositories: {} is not there", golden.display());
        return Ok(());
    };
    let mut roots: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in index.lines() {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let text = |key: &str| value[key].as_str().unwrap_or("").to_owned();
        if text("status") == "ok" {
            roots.entry(text("repo")).or_default().push(text("root"));
        }
    }
    let most = roots.iter().max_by_key(|(_, roots)| roots.len()).map(|(name, _)| name.clone());
    let name = repository.or(most).ok_or("no roots")?;
    let roots = roots.get(&name).ok_or_else(|| format!("{name}: no such repository"))?;
    let folder = crate::project().join("target/corpus").join(&name);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.min(3) {
        let begun = Instant::now();
        let snapshot = walk(&folder, &[String::new()], &[String::new()], &|_| true).snapshot();
        let renderer = Renderer::new(&snapshot, false);
        let next = AtomicUsize::new(0);
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let bytes = std::thread::scope(|scope| {
            let work = || -> Result<usize, String> {
                let mut bytes = 0;
                while let Some(root) = roots.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let root = if root == "." { "" } else { root };
                    let objects = renderer.render(root).map_err(|problem| format!("{root}: {problem}"))?;
                    bytes += print(&objects, &mut |_, _| {}).len();
                }
                Ok(bytes)
            };
            let all: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            all.into_iter()
                .map(|one| one.join().unwrap_or_else(|_| Err("a panic".to_owned())))
                .sum::<Result<usize, _>>()
        })?;
        ours.push(begun.elapsed().as_secs_f64());
        let mut sum = 0.0;
        for root in roots {
            sum += timed(Command::new(&program).arg("build").arg(folder.join(root)))?;
        }
        theirs.push(sum);
        println!("  {} roots, {} KiB", roots.len(), bytes >> 10);
    }
    tell(&format!("all roots of {name}: one process here, one for each root there"), &mut ours, &mut theirs);
    Ok(())
}

fn timed(command: &mut Command) -> Result<f64, String> {
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.map_err(|error| format!("{command:?}: {error}"))?;
    if !status.success() {
        return Err(format!("{command:?} fails"));
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn tell(what: &str, ours: &mut [f64], theirs: &mut [f64]) {
    let median = |values: &mut [f64]| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{what}\n  plimsoll {:8.1} ms, kustomize {:8.1} ms: {:.1} times less",
        ours * 1e3,
        theirs * 1e3,
        theirs / ours
    );
}

/// What a check of so many roots holds at most, each of which changes the same twenty Deployments in all ways that are common.
fn weigh(plimsoll: &Path) -> Result<(), String> {
    let work = crate::project().join("target/xtask");
    let stopwatch = Stopwatch::new(&work)?;
    println!("a check of many roots over 20 Deployments");
    for count in [100, 1000, 3000] {
        let folder = work.join("roots");
        let _ = fs::remove_dir_all(&folder);
        roots(&folder, count).map_err(|error| format!("cannot write {}: {error}", folder.display()))?;
        let mut command = Command::new(plimsoll);
        command.args(["check", "--no-config", "--format", "json"]).arg(&folder);
        let (time, peak) = (stopwatch.time(&command)?, stopwatch.peak(&command)?);
        println!("  {count:5} roots: {:4} MiB, {:6.2} s of CPU", peak >> 10, time.cpu);
    }
    Ok(())
}

fn roots(work: &Path, count: usize) -> std::io::Result<()> {
    fs::create_dir_all(work.join("base"))?;
    let mut base = String::from("resources:\n");
    for number in 0..20 {
        base.push_str(&format!("- d{number}.yaml\n"));
        fs::write(work.join(format!("base/d{number}.yaml")), deployment(number))?;
    }
    fs::write(work.join("base/kustomization.yaml"), base)?;
    for number in 0..count {
        let folder = work.join(format!("apps/r{number}"));
        fs::create_dir_all(&folder)?;
        let text = format!(
            "resources: [../../base]\nnamespace: team-{number}\nnamePrefix: r{number}-\nlabels:\n- {{pairs: {{team: t{number}}}, includeSelectors: true}}\nimages:\n- {{name: nginx, newTag: \"1.26.{number}\"}}\n"
        );
        fs::write(folder.join("kustomization.yaml"), text)?;
    }
    // the root of a repository, so that `..` is within it
    fs::create_dir_all(work.join(".git"))
}

fn deployment(number: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web{number}\n  labels: {{app: web{number}}}\nspec:\n  selector: {{matchLabels: {{app: web{number}}}}}\n  template:\n    metadata: {{labels: {{app: web{number}}}}}\n    spec:\n      containers:\n      - name: web\n        image: nginx:1.25\n        env:\n        - name: MODE\n          valueFrom: {{configMapKeyRef: {{name: conf, key: mode}}}}\n        ports: [{{containerPort: 80, name: http}}]\n        resources: {{requests: {{cpu: 10m, memory: 16Mi}}}}\n"
    )
}

/// Three hundred Deployments in a base, and two layers above it.
fn layers(work: &Path) -> std::io::Result<()> {
    let mut base = String::from("resources:\n");
    for folder in ["base", "middle", "top"] {
        fs::create_dir_all(work.join(folder))?;
    }
    for number in 0..300 {
        base.push_str(&format!("- d{number}.yaml\n"));
        fs::write(work.join(format!("base/d{number}.yaml")), deployment(number))?;
    }
    base.push_str("configMapGenerator:\n- {name: conf, literals: [mode=fast]}\n");
    fs::write(work.join("base/kustomization.yaml"), base)?;
    let middle = "resources: [../base]\nnamespace: shop\nlabels:\n- {pairs: {team: a}, includeSelectors: true}\nimages:\n- {name: nginx, newTag: \"1.26\"}\n";
    fs::write(work.join("middle/kustomization.yaml"), middle)?;
    let top = "resources: [../middle]\nnamePrefix: eu-\npatches:\n- target: {kind: Deployment}\n  patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: any}\n    spec: {template: {spec: {containers: [{name: web, imagePullPolicy: Always}]}}}\n";
    fs::write(work.join("top/kustomization.yaml"), top)?;
    // the root of a repository, so that `..` is within it
    fs::create_dir_all(work.join(".git"))
}
