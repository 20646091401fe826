//! The kinds of widely used projects: a program in Go (`xtask/go/crds`) computes their CRDs from the projects' types, and
//! they are packed as those of a repository are. Which projects, and what of them is left out, stands here; their
//! versions stand in each one's go.mod.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use plimsoll::facts::{Origin, Pack, Packer, pack_crd_schema, read_crd_descriptions, read_crd_schema};
use serde_json::Value;

use super::compare::differences;
use super::fetch::ask;

/// A project, by its folder in `xtask/go/crds` and as people name it.
struct Project {
    folder: &'static str,
    name: &'static str,
}

const PROJECTS: [Project; 13] = [
    Project { folder: "cert-manager", name: "cert-manager" },
    Project { folder: "cilium", name: "Cilium" },
    Project { folder: "cluster-api", name: "Cluster API" },
    Project { folder: "external-secrets", name: "External Secrets Operator" },
    // Flux is released as a whole, but its parts have numbers of their own: a part's name goes after this.
    Project { folder: "flux", name: "Flux" },
    // the beta versions of HelmRelease, which later releases do not define any more
    Project { folder: "flux-before", name: "Flux" },
    Project { folder: "gatekeeper", name: "Gatekeeper" },
    Project { folder: "gatekeeper-templates", name: "Gatekeeper" },
    Project { folder: "gateway-api", name: "Gateway API" },
    Project { folder: "keda", name: "KEDA" },
    Project { folder: "kyverno", name: "Kyverno" },
    Project { folder: "olm", name: "Operator Lifecycle Manager" },
    Project { folder: "prometheus-operator", name: "Prometheus Operator" },
];

/// Types with the metadata of an object that no project installs as a kind.
const NO_KINDS: [(&str, &str); 1] = [("keda.sh", "WithTriggers")];

/// Every project's definitions, and what the papers say of them.
pub struct Projects {
    modules: Vec<Module>,
    definitions: Vec<Definition>,
}

/// A Go module whose types were read.
pub struct Module {
    pub project: String,
    pub path: String,
    pub version: String,
    /// Its hash in go.sum.
    pub sum: String,
    /// Its own notice, which a derived work carries on.
    pub notice: String,
    /// How many kinds in one version each come from it.
    pub kinds: usize,
}

struct Definition {
    group: String,
    version: String,
    kind: String,
    plural: String,
    namespaced: bool,
    project: String,
    release: String,
    schema: Value,
}

impl Projects {
    /// Runs the Go program for each project.
    pub fn compute(root: &Path, work: &Path) -> Result<Projects, String> {
        let folder = root.join("xtask/go/crds");
        let program = work.join("crds");
        ask(Command::new("go").args(["build", "-mod=readonly", "-o"]).arg(&program).arg(".").current_dir(&folder))?;
        let mut projects = Projects { modules: Vec::new(), definitions: Vec::new() };
        for project in &PROJECTS {
            let printed = ask(Command::new(&program)
                .arg(project.folder)
                .env("GOFLAGS", "-mod=readonly")
                .env("GOWORK", "off")
                .current_dir(&folder))?;
            let printed: Value = serde_json::from_str(&printed)
                .map_err(|error| format!("what was computed for {} is no JSON: {error}", project.name))?;
            projects.take(project, &printed)?;
        }
        Ok(projects)
    }

    fn take(&mut self, project: &Project, printed: &Value) -> Result<(), String> {
        let mut releases: BTreeMap<String, (String, String)> = BTreeMap::new();
        let mut modules = Vec::new();
        for module in list(printed, "modules") {
            let (path, version) = (text(module, "path")?, text(module, "version")?);
            let licence = text(module, "licence")?;
            if !(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004")) {
                return Err(format!("{path} {version} is not under the Apache License 2.0: look at its licence"));
            }
            let name = match path.strip_prefix("github.com/fluxcd/").and_then(|part| part.strip_suffix("/api")) {
                Some(part) => format!("{} {part}", project.name),
                None => project.name.to_owned(),
            };
            let release = release(version);
            releases.insert(path.to_owned(), (name.clone(), release));
            modules.push(Module {
                project: name,
                path: path.to_owned(),
                version: version.to_owned(),
                sum: text(module, "sum")?.to_owned(),
                notice: text(module, "notice")?.to_owned(),
                kinds: 0,
            });
        }
        for definition in list(printed, "definitions") {
            let (group, kind, path) =
                (text(definition, "group")?, text(definition, "kind")?, text(definition, "module")?);
            if NO_KINDS.contains(&(group, kind)) {
                continue;
            }
            let (name, release) = releases.get(path).ok_or_else(|| format!("{kind} of {group} is of no module"))?;
            for version in list(definition, "versions").iter().filter(|version| version["served"] == true) {
                let known = (group, kind, text(version, "name")?);
                // of two releases the one that is taken first counts
                if self.definitions.iter().any(|one| (&*one.group, &*one.kind, &*one.version) == known) {
                    continue;
                }
                if let Some(module) = modules.iter_mut().find(|module| module.path == path) {
                    module.kinds += 1;
                }
                self.definitions.push(Definition {
                    group: group.to_owned(),
                    version: text(version, "name")?.to_owned(),
                    kind: kind.to_owned(),
                    plural: text(definition, "plural")?.to_owned(),
                    namespaced: text(definition, "scope")? == "Namespaced",
                    project: name.clone(),
                    release: release.clone(),
                    schema: version["schema"].clone(),
                });
            }
        }
        self.modules.extend(modules);
        Ok(())
    }

    /// The bundle, held against each definition by itself before it is given out.
    pub fn pack(&self) -> Result<Vec<u8>, String> {
        let mut packer = Packer::new();
        for one in &self.definitions {
            let origin = Origin {
                project: &one.project,
                version: &one.release,
                plural: &one.plural,
                namespaced: one.namespaced,
            };
            let node = read_crd_schema(&mut packer, &one.schema);
            packer.add_custom_kind(&one.group, &one.version, &one.kind, origin, node);
        }
        let bytes = packer.finish();
        let pack = Pack::open(bytes.clone()).map_err(|error| error.to_string())?;
        for one in &self.definitions {
            let name = format!("{}/{} {}", one.group, one.version, one.kind);
            let entry = pack.entry(&one.group, &one.version, &one.kind);
            let (Some(schema), Some(origin)) =
                (entry.and_then(|entry| entry.custom_schema()), entry.and_then(|entry| entry.origin()))
            else {
                return Err(format!("{name} is not in the bundle"));
            };
            if origin.project != one.project || origin.plural != one.plural || origin.namespaced != one.namespaced {
                return Err(format!("{name} has the origin {origin:?} in the bundle"));
            }
            let alone = pack_crd_schema(&one.schema);
            let Some(root) = alone.root() else { return Err(format!("{name} has no schema")) };
            if let Some(difference) = differences(schema, root).first() {
                return Err(format!("{name} is not in the bundle as it was computed: {difference}"));
            }
        }
        Ok(bytes)
    }

    /// Puts what the kinds say to people into a packer, under minor 0.
    pub fn describe(&self, packer: &mut Packer) {
        for one in &self.definitions {
            let node = read_crd_descriptions(packer, &one.schema);
            packer.add_kind(&one.group, &one.version, &one.kind, 0, node);
        }
    }

    /// How many kinds there are, each version by itself.
    pub fn count(&self) -> usize {
        self.definitions.len()
    }

    pub fn modules(&self) -> &[Module] {
        &self.modules
    }
}

/// `1.21` of `v1.21.2`; the month of a module that has no releases (`v0.0.0-20260616163050-e1eaa1bf6d62`).
fn release(version: &str) -> String {
    match version.strip_prefix("v0.0.0-").and_then(|rest| Some((rest.get(..4)?, rest.get(4..6)?))) {
        Some((year, month)) => format!("{year}-{month}"),
        None => version.trim_start_matches('v').rsplit_once('.').map_or(version, |(release, _)| release).to_owned(),
    }
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'v>(value: &'v Value, field: &str) -> Result<&'v str, String> {
    value.get(field).and_then(Value::as_str).ok_or_else(|| format!("no `{field}` in what was computed"))
}
