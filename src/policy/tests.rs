//! Conditions and shapes only save time: with and without them the policies find the same.

use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

use crate::check::{Check, Findings, Standing, Target};
use crate::config::Config;
use crate::facts::Crds;
use crate::graph::Inventory;
use crate::kube::{Resource, objects_of};
use crate::source::{Source, SourceId};
use crate::yaml;

use super::{Condition, Policies};

/// The policies as they would be without `when` and `reads`.
fn thorough() -> Policies {
    let mut policies = Policies::embedded().unwrap();
    for policy in &mut policies.policies {
        policy.when.clear();
        policy.reads.clear();
    }
    for slot in policies.by_kind.values_mut() {
        slot.variants.clear();
        slot.by_situation.clear();
        slot.choose(&policies.policies);
    }
    policies
}

/// What policies find in some files, told as text.
fn found(policies: &Policies, files: &[(String, String)]) -> Vec<String> {
    let config = Config::default();
    let mut resources: Vec<Resource> = Vec::new();
    let mut paths = Vec::new();
    for (at, (path, text)) in files.iter().enumerate() {
        let source = Arc::new(Source::new(SourceId(u32::try_from(at).unwrap()), path.clone(), text.clone().into()));
        for document in yaml::documents(&source) {
            for object in document.tree.iter().flat_map(|tree| objects_of(tree, source.id(), document.ordinal)) {
                resources.push(object);
                paths.push(path.as_str());
            }
        }
    }
    let known = resources.iter().zip(&paths).map(|(resource, path)| (resource, *path, true));
    let inventory = Inventory::new(known, Vec::new(), std::iter::empty());
    let mut out = Vec::new();
    for (index, (resource, path)) in resources.iter().zip(&paths).enumerate() {
        let target = Target::Resource {
            resource,
            index: u32::try_from(index).unwrap(),
            path,
            standing: Standing::Whole,
            others: &|index| resources.get(index as usize).cloned(),
            inventory: &inventory,
            crds: &Crds::default(),
            minors: config.minors.of_path(path),
        };
        let result = policies.run(&target, &mut Findings::new(&config.levels, path, &mut out));
        assert!(result.is_ok(), "{path}: {result:?}");
    }
    out.iter().map(|finding| format!("{finding:?}")).collect()
}

fn files_below(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, into);
        } else if let Ok(text) = fs::read_to_string(&path)
            && path.extension().is_some_and(|ending| ending == "yaml")
        {
            into.push((path.display().to_string(), text));
        }
    }
}

const PLAIN: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              cpu: 1
              memory: 1Gi
          livenessProbe:
            httpGet:
              path: /live
              port: http
            initialDelaySeconds: 5
            periodSeconds: 10
            timeoutSeconds: 2
            failureThreshold: 3
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
            periodSeconds: 10
";

const AROUND: &str = "\
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - port: 80
      targetPort: http
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
  minReplicas: 2
  maxReplicas: 4
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
";

const VALUES: [&str; 40] = [
    "0", "1", "-1", "2", "3", "10", "11", "600", "999", "1000", "1.5", "0.0005", "100m", "0.1m", "0100m", "1000000m",
    "64Mi", "2Gi", "2G", "1Ki", "512", "512m", "\"1\"", "\"8080\"", "\"1000\"", "null", "true", "false", "{}", "[]",
    "[1]", "${X}", "\"\"", "text", "/live", "/ready", "http", "8080", "memory", "{a: 1}",
];

const LINES: [&str; 12] = [
    "initContainers: [{name: side, restartPolicy: Always}]",
    "resources: {limits: {memory: 1Gi}}",
    "volumeClaimTemplates: [{spec: {resources: {requests: {storage: 10m}}}}]",
    "template: {spec: {containers: [{name: other}]}}",
    "startupProbe: {exec: {command: [a], b: 1}, periodSeconds: -1}",
    "exec: {command: [a]}",
    "grpc: null",
    "successThreshold: 2",
    "terminationGracePeriodSeconds: 0",
    "ephemeral-storage: 10m",
    "host: example.com",
    "cpu: 100m",
];

/// The text with each line left out, with each value replaced, with each line added before each.
fn changed(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let with = |at: usize, replacement: &[&str]| {
        let mut out = lines.clone();
        out.splice(at..=at, replacement.iter().copied());
        out.join("\n") + "\n"
    };
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        out.push(with(at, &[]));
        if let Some((key, _)) = line.split_once(':') {
            out.extend(VALUES.iter().map(|value| with(at, &[&format!("{key}: {value}")])));
        }
        let indent = " ".repeat(line.len() - line.trim_start().len());
        out.extend(LINES.iter().map(|added| with(at, &[&format!("{indent}{added}"), line])));
    }
    out
}

#[test]
fn conditions_and_shapes_change_no_finding() {
    let (quick, thorough) = (Policies::embedded().unwrap(), thorough());
    let mut fixtures = Vec::new();
    files_below(&Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("fixtures/checks"), &mut fixtures);
    assert!(fixtures.len() > 50, "{} fixtures", fixtures.len());
    for (path, text) in fixtures {
        let files = [(path, text)];
        assert_eq!(found(&quick, &files), found(&thorough, &files), "{}", files[0].0);
    }
    let mut findings = 0;
    let texts = [PLAIN.to_owned(), format!("{PLAIN}{AROUND}"), PLAIN.replace("kind: Deployment", "kind: StatefulSet")];
    for text in texts.iter().flat_map(|text| changed(text)) {
        let files = [("web.yaml".to_owned(), text)];
        let found_quickly = found(&quick, &files);
        assert_eq!(found_quickly, found(&thorough, &files), "{}", files[0].1);
        findings += found_quickly.len();
    }
    assert!(findings > 1000, "{findings}");
}

#[test]
fn a_plain_object_is_asked_nothing() {
    let policies = Policies::embedded().unwrap();
    assert_eq!(found(&policies, &[("web.yaml".into(), PLAIN.into())]), Vec::<String>::new());
    assert!(policies.by_kind["Deployment"].variants.iter().all(|variant| variant.prepared.get().is_none()));
    let doubtful = |policy: &super::Policy| policy.when.iter().any(|when| matches!(when, Condition::Doubtful(_)));
    assert!(policies.policies.iter().any(doubtful));
}
