//! What the policies cost: CPU time a workload, split into building the input, evaluating, and making findings. Reads a
//! folder, or makes a fleet of its own.
//!
//! `cargo bench --bench policies [-- [FOLDER] [each]]`: with `each`, every policy is measured alone.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use plimsoll::check::{Check, Findings, Others, Standing, Target};
use plimsoll::config::Config;
use plimsoll::facts::Crds;
use plimsoll::finding::Finding;
use plimsoll::graph::Inventory;
use plimsoll::kube::{Resource, objects_of};
use plimsoll::policy::Policies;
use plimsoll::source::{Source, SourceId};
use plimsoll::yaml;

/// What counts as a workload in the figures.
const WORKLOADS: [&str; 3] = ["Deployment", "StatefulSet", "CronJob"];
const ROUNDS: usize = 5;

fn main() {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let folder = words.iter().find(|word| *word != "each").map(PathBuf::from);
    let files = match &folder {
        Some(folder) => files_below(folder),
        None => fleet(2500),
    };
    let fleet = Fleet::of(&files);
    println!("{} objects, {} workloads", fleet.resources.len(), fleet.workloads());
    if let Ok(policies) = Policies::embedded() {
        fleet.report("all", &policies);
    }
    if words.iter().any(|word| word == "each") {
        let ids: Vec<String> = Policies::embedded()
            .map(|policies| policies.metas().iter().map(|meta| meta.id.to_string()).collect())
            .unwrap_or_default();
        for id in ids {
            if let Ok(policies) = Policies::some_of_them(|other| other == id) {
                fleet.report(&id, &policies);
            }
        }
    }
}

/// The objects of some files, as the engine would hand them to a check.
struct Fleet {
    resources: Vec<Resource>,
    paths: Vec<String>,
    crds: Crds,
    config: Config,
}

impl Fleet {
    fn of(files: &[(String, Vec<u8>)]) -> Self {
        let mut resources = Vec::new();
        let mut paths = Vec::new();
        for (at, (path, bytes)) in files.iter().enumerate() {
            let source = Arc::new(Source::new(SourceId(u32::try_from(at).unwrap_or(0)), path.clone(), bytes.clone()));
            for document in yaml::documents(&source) {
                if let Some(tree) = &document.tree {
                    let objects = objects_of(tree, source.id(), document.ordinal);
                    paths.resize(paths.len() + objects.len(), path.clone());
                    resources.extend(objects);
                }
            }
        }
        Self { resources, paths, crds: Crds::default(), config: Config::default() }
    }

    fn workloads(&self) -> usize {
        self.resources.iter().filter(|resource| WORKLOADS.contains(&resource.gvk.kind.as_str())).count()
    }

    fn inventory(&self) -> Inventory<'_> {
        let known = self.resources.iter().zip(&self.paths).map(|(resource, path)| (resource, path.as_str(), true));
        Inventory::new(known, Vec::new(), std::iter::empty())
    }

    fn targets<'a>(&'a self, inventory: &'a Inventory<'a>, others: &'a Others<'a>) -> Vec<Target<'a>> {
        let target = |(index, (resource, path))| Target::Resource {
            resource,
            index: u32::try_from(index).unwrap_or(0),
            path,
            standing: Standing::Whole,
            others,
            inventory,
            crds: &self.crds,
            minors: self.config.minors.of_path(path),
        };
        let paths = self.paths.iter().map(String::as_str);
        self.resources.iter().zip(paths).enumerate().map(target).collect()
    }

    /// Prints the least CPU time of several rounds, in microseconds a workload.
    fn report(&self, name: &str, policies: &Policies) {
        let inventory = self.inventory();
        let others = |index: u32| self.resources.get(index as usize).cloned();
        let targets = self.targets(&inventory, &others);
        let mut found: Vec<Finding> = Vec::new();
        let begun = Instant::now();
        for target in &targets {
            let mut findings = Findings::new(&self.config.levels, "", &mut found);
            if policies.run(target, &mut findings).is_err() {
                println!("{name}: a policy failed");
                return;
            }
            if begun.elapsed().as_millis() > 100 {
                break;
            }
        }
        let mut least = [f64::MAX; 6];
        let mut asked = BTreeMap::<&str, usize>::new();
        for round in 0..ROUNDS {
            let (mut around, mut build, mut evaluate, mut report) = (0.0, 0.0, 0.0, 0.0);
            found.clear();
            // few at a time, as a run has them
            for targets in targets.chunks(32) {
                let mut lap = Lap(Instant::now());
                let cases: Vec<_> =
                    targets.iter().filter_map(|target| Some((target, policies.case(target)?))).collect();
                around += lap.end();
                let inputs: Vec<_> = cases.iter().map(|(target, case)| case.input(target)).collect();
                build += lap.end();
                let results: Vec<_> =
                    cases.iter().zip(inputs).filter_map(|((_, case), input)| case.evaluate(input).ok()).collect();
                evaluate += lap.end();
                for ((target, case), result) in cases.iter().zip(results) {
                    let mut findings = Findings::new(&self.config.levels, "", &mut found);
                    case.report(&result, target, &mut findings);
                }
                report += lap.end();
                if round == 0 {
                    for (target, _) in &cases {
                        if let Target::Resource { resource, .. } = target {
                            *asked.entry(&resource.gvk.kind).or_default() += 1;
                        }
                    }
                }
            }
            let mut clock = Clock::start();
            found.clear();
            let mut lap = Lap(Instant::now());
            for target in &targets {
                let mut findings = Findings::new(&self.config.levels, "", &mut found);
                let _ = black_box(policies.run(target, &mut findings));
            }
            let (whole, passed) = (clock.lap(), lap.end());
            for (best, now) in least.iter_mut().zip([around, build, evaluate, report, whole, passed]) {
                *best = best.min(now);
            }
        }
        let count = f64::from(u32::try_from(self.workloads()).unwrap_or(1));
        let [around, build, evaluate, report, whole, passed] = least.map(|spent| spent / count);
        println!(
            "{name:38} {whole:6.1} µs of CPU a workload ({passed:.1} by the clock): around {around:5.1}, input {build:5.1}, vm {evaluate:5.1}, findings {report:5.1} ({} found)",
            found.len()
        );
        if name == "all" {
            println!("  asked: {asked:?}");
        }
    }
}

/// Time that passes.
struct Lap(Instant);

impl Lap {
    /// Microseconds since the last call.
    fn end(&mut self) -> f64 {
        let now = Instant::now();
        let spent = now.duration_since(self.0).as_secs_f64() * 1e6;
        self.0 = now;
        spent
    }
}

/// The CPU time of this thread where the kernel tells it (Linux), else the time that has passed.
struct Clock {
    begun: Instant,
    last: f64,
}

impl Clock {
    fn start() -> Self {
        let mut clock = Self { begun: Instant::now(), last: 0.0 };
        clock.lap();
        clock
    }

    /// Microseconds since the last call.
    fn lap(&mut self) -> f64 {
        let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
        let nanos = told.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
        let now = nanos.map_or_else(|| self.begun.elapsed().as_secs_f64() * 1e6, |nanos| nanos / 1e3);
        let spent = now - self.last;
        self.last = now;
        spent
    }
}

fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
                found.extend(fs::read(&path).map(|bytes| (path.display().to_string(), bytes)));
            }
        }
    }
    found.sort();
    found
}

/// Applications as a company has them: a workload, mostly with a Service and an autoscaler; one in five has a fault.
fn fleet(apps: usize) -> Vec<(String, Vec<u8>)> {
    let mut dice = Dice(42);
    let mut files = Vec::new();
    for app in 0..apps {
        let name = format!("app-{app:04}");
        let kind = if dice.one_in(7) { "StatefulSet" } else { "Deployment" };
        let mut text = String::new();
        let _ = write!(
            text,
            "apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: shop\n  labels:\n    app: {name}\n  annotations:\n    owner: team@example.com\nspec:\n  replicas: {}\n  revisionHistoryLimit: 5\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      serviceAccountName: {name}\n      securityContext:\n        runAsNonRoot: true\n        fsGroup: 10001\n      volumes:\n        - name: tmp\n          emptyDir: {{}}\n        - name: config\n          configMap:\n            name: {name}-config\n      containers:\n",
            dice.below(4) + 1
        );
        container(&mut text, "main", &mut dice, true);
        if dice.below(5) < 2 {
            container(&mut text, "metrics-proxy", &mut dice, false);
        }
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  selector:\n    app: {name}\n  ports:\n    - name: http\n      port: 80\n      targetPort: http\n"
        );
        if !dice.one_in(6) {
            let _ = write!(
                text,
                "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\n  namespace: shop\nspec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: {kind}\n    name: {name}\n  minReplicas: 2\n  maxReplicas: {}\n  metrics:\n    - type: Resource\n      resource:\n        name: cpu\n        target:\n          type: Utilization\n          averageUtilization: 70\n",
                dice.below(16) + 4
            );
        }
        files.push((format!("apps/{name}/app.yaml"), text.into_bytes()));
    }
    files
}

fn container(text: &mut String, name: &str, dice: &mut Dice, main: bool) {
    let fault = if main && dice.one_in(5) { dice.below(6) } else { 9 };
    let _ = write!(text, "        - name: {name}\n          image: registry.example.com/{name}:1.2.3\n");
    if main {
        text.push_str("          args:\n            - --config=/etc/app/config.yaml\n            - --log-level=info\n          env:\n            - name: POD_NAME\n              valueFrom:\n                fieldRef:\n                  fieldPath: metadata.name\n");
        for at in 0..dice.below(7) + 2 {
            let _ = write!(text, "            - name: CACHE_URL_{at}\n              value: \"cache-{at}\"\n");
        }
    }
    let port = if main { "http" } else { "metrics" };
    let _ = write!(text, "          ports:\n            - name: {port}\n              containerPort: 8080\n");
    if fault != 0 {
        let cpu = ["50m", "100m", "250m"][dice.below(3)];
        let memory = ["64Mi", "128Mi", "256Mi"][dice.below(3)];
        let (cpu_limit, memory_limit) = (["500m", "1"][dice.below(2)], ["512Mi", "1Gi"][dice.below(2)]);
        let _ = write!(
            text,
            "          resources:\n            requests:\n              cpu: {cpu}\n              memory: {memory}\n            limits:\n              cpu: {cpu_limit}\n              memory: {memory_limit}\n"
        );
    }
    if fault != 1 {
        for (probe, path) in [("liveness", "/healthz"), ("readiness", "/readyz")] {
            let _ = write!(
                text,
                "          {probe}Probe:\n            httpGet:\n              path: {path}\n              port: {port}\n            initialDelaySeconds: 5\n            periodSeconds: 10\n            timeoutSeconds: 2\n            failureThreshold: 3\n"
            );
        }
    }
    text.push_str("          securityContext:\n            readOnlyRootFilesystem: true\n            capabilities:\n              drop: [ALL]\n          volumeMounts:\n            - name: tmp\n              mountPath: /tmp\n");
}

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}
