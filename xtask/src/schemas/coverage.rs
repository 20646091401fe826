//! `cargo xtask schemas coverage FOLDER`: how many objects of the repositories in a folder have a schema, with the kinds
//! of projects that are carried and without them. It judges no object.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use plimsoll::facts::{Crds, projects};
use plimsoll::kube::{Class, classify, looks_templated, objects_of};
use plimsoll::schema::{Coverage, coverage};
use plimsoll::source::SourceId;

use super::manifests;

#[derive(Default)]
struct Tally {
    objects: usize,
    built_in_or_own: usize,
    carried: BTreeMap<String, usize>,
    without: BTreeMap<String, usize>,
}

/// Counts each folder in `folder` as a repository with CRDs of its own.
pub fn run(folder: &Path) -> Result<(), String> {
    let mut repositories: Vec<_> = fs::read_dir(folder)
        .map_err(|error| format!("cannot read {}: {error}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    repositories.sort();
    let mut tally = Tally::default();
    for repository in repositories {
        tally.repository(&repository);
    }
    let share = |part: usize| 100.0 * part as f64 / tally.objects.max(1) as f64;
    let carried: usize = tally.carried.values().sum();
    println!("{} objects", tally.objects);
    println!(
        "{} ({:.1} %) have a schema of Kubernetes or of their repository",
        tally.built_in_or_own,
        share(tally.built_in_or_own)
    );
    println!(
        "{} ({:.1} %) have one with the {carried} of projects that are carried:",
        tally.built_in_or_own + carried,
        share(tally.built_in_or_own + carried)
    );
    print(&tally.carried, usize::MAX);
    println!("the commonest kinds without one:");
    print(&tally.without, 10);
    Ok(())
}

fn print(counts: &BTreeMap<String, usize>, most: usize) {
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    for (name, count) in sorted.into_iter().take(most) {
        println!("{count:>6}  {name}");
    }
}

impl Tally {
    fn repository(&mut self, folder: &Path) {
        let manifests = manifests::of(folder);
        let mut crds = Crds::default();
        for manifest in &manifests {
            for tree in manifest.trees("CustomResourceDefinition") {
                if classify(tree.root(), "") == Class::Crd {
                    crds.add(&manifest.path, &tree, tree.root());
                }
            }
        }
        for manifest in manifests.iter().filter(|manifest| !looks_templated(&manifest.path)) {
            let name = manifest.path.rsplit('/').next().unwrap_or_default();
            for tree in manifest.trees("apiVersion") {
                if !classify(tree.root(), name).holds_objects() {
                    continue;
                }
                for object in objects_of(&tree, SourceId(0), 0).iter().filter(|object| !object.gvk.is_unknowable()) {
                    let gvk = &object.gvk;
                    self.objects += 1;
                    if coverage(object, &manifest.path, &crds) == Coverage::Unknown {
                        *self.without.entry(format!("{} {}", gvk.api_version(), gvk.kind)).or_default() += 1;
                        continue;
                    }
                    let entry = projects().entry(&gvk.group, &gvk.version, &gvk.kind);
                    match entry.and_then(|entry| entry.origin()) {
                        Some(origin) if crds.of(&gvk.group, &gvk.kind, &manifest.path).is_empty() => {
                            *self.carried.entry(origin.project.to_owned()).or_default() += 1;
                        }
                        _ => self.built_in_or_own += 1,
                    }
                }
            }
        }
    }
}
