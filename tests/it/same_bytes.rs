//! The same input gives the same bytes: on any number of threads, and again in the same process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use plimsoll::config::Config;
use plimsoll::engine::{self, Progress};
use plimsoll::report;
use plimsoll::source::{self, Snapshot};

use crate::binary::{Folder, Plimsoll};
use crate::project;

pub fn trials() -> Vec<Trial> {
    let repositories = project::entries(&project::root().join("fixtures/repos"));
    let mut trials: Vec<Trial> = Vec::new();
    for folder in repositories.into_iter().filter(|path| path.is_dir()) {
        let name = project::name_of(&folder);
        trials.push(trial(format!("same-bytes::threads::repos/{name}"), move || on_any_threads(copy(&folder).path())));
    }
    trials.push(trial("same-bytes::threads::generated".into(), || on_any_threads(generated().path())));
    trials.push(trial("same-bytes::again-in-one-process".into(), again));
    trials.push(trial("same-bytes::in-memory-as-on-disk".into(), in_memory));
    trials
}

fn trial(name: String, judge: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        judge();
        Ok(())
    })
}

/// A repository with what lies in a folder, so that nothing beside it counts.
fn copy(folder: &Path) -> Folder {
    project::files_below(folder)
        .iter()
        .filter(|file| file.is_file())
        .fold(Folder::repository(), |copy, file| copy.with(&project::below(folder, file), std::fs::read(file).unwrap()))
}

/// Some hundred files of every sort that meets in one repository: whole and broken, found and referred to, plain and
/// of builds.
fn generated() -> Folder {
    let mut folder = Folder::repository();
    for number in 0..120 {
        let team = number % 7;
        let app = format!("app-{number}");
        folder = folder
            .with(&format!("teams/{team}/{app}/deployment.yaml"), deployment(&app, number))
            .with(&format!("teams/{team}/{app}/service.yaml"), service(&app, number));
        if number.is_multiple_of(3) {
            let list = "resources:\n- deployment.yaml\n- service.yaml\npatches:\n- path: patch.yaml\n";
            let patch =
                format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {app}\nspec:\n  replicas: 2\n");
            folder = folder
                .with(&format!("teams/{team}/{app}/kustomization.yaml"), list)
                .with(&format!("teams/{team}/{app}/patch.yaml"), patch);
        }
        if number.is_multiple_of(10) {
            folder = folder.with(&format!("teams/{team}/{app}/broken.yaml"), "a: 1\n---\nb: [\n---\nc: 1\nc: 2\n");
        }
    }
    folder
}

fn deployment(name: &str, number: usize) -> String {
    let replicas = if number.is_multiple_of(5) { "\"two\"" } else { "2" };
    let field = if number.is_multiple_of(4) { "imagePullPolice" } else { "imagePullPolicy" };
    let containers: String = (0..=number % 3)
        .map(|at| {
            format!(
                "        - name: c{at}\n          image: registry.example.com/{name}:{number}\n          {field}: Always\n          ports:\n            - containerPort: {}\n",
                8000 + at
            )
        })
        .collect();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: {replicas}\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      containers:\n{containers}"
    )
}

fn service(name: &str, number: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n  ports:\n    - port: 80\n      targetPort: {}\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\nspec:\n  minReplicas: {number}\n  maxReplicas: 10\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: {name}\n",
        8000 + number % 2
    )
}

fn on_any_threads(folder: &Path) {
    let of = |threads: &str| {
        let arguments = ["check", "--format", "json", "-k", "1.25,1.33,1.37", "--threads", threads];
        Plimsoll::new(folder, &arguments).end().out
    };
    let one = of("1");
    assert!(one.contains("\"version\": 1"), "{one}");
    for threads in ["2", "7"] {
        let other = of(threads);
        let line = one.lines().zip(other.lines()).position(|(a, b)| a != b);
        assert!(one == other, "another report on {threads} threads, from line {line:?} on");
    }
}

/// The JSON report of a snapshot, by the library.
fn report_of(snapshot: &Snapshot) -> String {
    let outcome = engine::check(snapshot, &Config::default(), project::registry(), &Progress::default());
    report::json(&outcome, snapshot, &project::metas())
}

fn on_disk(folder: &Folder) -> Snapshot {
    let all = [String::new()];
    source::walk(folder.path(), &all, &all, &|path| path.ends_with(".yaml")).snapshot()
}

fn again() {
    let folder = generated();
    let snapshot = on_disk(&folder);
    let first = report_of(&snapshot);
    assert!(first == report_of(&snapshot), "another report of the same snapshot");
    assert!(first == report_of(&on_disk(&folder)), "another report of a second snapshot");
    let (fresh, _) = engine::registry(&[]);
    let outcome = engine::check(&snapshot, &Config::default(), &fresh, &Progress::default());
    assert!(first == report::json(&outcome, &snapshot, &fresh.metas()), "another report by checks that are new");
}

fn in_memory() {
    let folder = generated();
    let files: BTreeMap<String, Vec<u8>> = project::files_below(folder.path())
        .into_iter()
        .map(|path: PathBuf| (project::below(folder.path(), &path), std::fs::read(&path).unwrap()))
        .collect();
    assert!(report_of(&on_disk(&folder)) == report_of(&Snapshot::in_memory(files)), "another report in memory");
}
