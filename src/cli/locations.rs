//! The user's own schema locations, found on disk or in what is about to be committed. Lists their files; they are read
//! when an object asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{self, SchemaPlace};
use crate::engine;
use crate::facts::{Crd, DefinedBy, Location, Locations, Template};
use crate::kube::objects_of;
use crate::source::{Disk, Entry, Snapshot};
use crate::yaml;

use super::job::Job;
use super::{Refusal, root};

/// Finds the locations of the configuration, and before them those of the command line.
pub(super) fn read(job: &mut Job, named: &[String], committing: bool) -> Result<(), Refusal> {
    let mut places = Vec::new();
    for text in named {
        config::judge_location(text).map_err(|why| refused(text, &why))?;
        let file = root::clean(&job.current.join(text));
        let inside = root::below(&job.place.root, &file).unwrap_or_else(|| file.to_string_lossy().into_owned());
        let path = if text == "default" { text.clone() } else { inside };
        places.push(SchemaPlace { scope: String::new(), written: text.clone(), path });
    }
    places.append(&mut job.config.schemas);
    if places.is_empty() {
        return Ok(());
    }
    let mut found = Found { entries: Vec::new(), memory: BTreeMap::new() };
    let mut list = Vec::new();
    for place in &places {
        list.push((place.scope.clone(), found.location(job, place, committing)?));
    }
    let Found { mut entries, mut memory } = found;
    if !memory.is_empty() {
        for path in entries.iter().filter(|path| !memory.contains_key(*path)).cloned().collect::<Vec<_>>() {
            let bytes =
                std::fs::read(job.place.root.join(&path)).map_err(|error| refused(&path, &error.to_string()))?;
            memory.insert(path, bytes);
        }
    }
    entries.sort();
    entries.dedup();
    let entry = |path: String| Entry { path, absence: None, wanted: false, read: true };
    let entries = entries.into_iter().map(entry).collect();
    let files = if memory.is_empty() {
        Snapshot::new(entries, Box::new(Disk::new(job.place.root.clone())))
    } else {
        Snapshot::new(entries, Box::new(memory))
    };
    let crds = definitions(&files, &list)?;
    job.config.schemas = places;
    job.config.locations = Arc::new(Locations { list, files: Some(files), crds });
    Ok(())
}

fn refused(written: &str, why: &str) -> Refusal {
    Refusal::new(format!("schema location {written}: {why}")).help(
        "name a folder of CRDs or JSON Schemas, or a template such as schemas/{{.ResourceKind}}{{.KindSuffix}}.json",
    )
}

struct Found {
    entries: Vec<String>,
    /// The files as they are about to be committed.
    memory: BTreeMap<String, Vec<u8>>,
}

impl Found {
    fn location(&mut self, job: &Job, place: &SchemaPlace, committing: bool) -> Result<Location, Refusal> {
        if place.path == "default" {
            return Ok(Location::Embedded);
        }
        let template = Template::read(&place.path).map_err(|why| refused(&place.written, &why))?;
        let is_template = place.path.contains("{{");
        let folder = if is_template { template.folder().to_owned() } else { place.path.clone() };
        let one = job.snapshot.find(&folder);
        let listed: Vec<_> = one.into_iter().chain(job.snapshot.below(&folder).map(|(id, _)| id)).collect();
        let from = self.entries.len();
        if committing && !listed.is_empty() {
            for id in listed {
                let (Some(entry), Ok(source)) = (job.snapshot.entry(id), job.snapshot.source(id)) else { continue };
                self.memory.insert(entry.path.clone(), source.text().as_bytes().to_vec());
                self.entries.push(entry.path.clone());
            }
            return Ok(form(is_template, one.is_some(), template, folder));
        }
        let start = job.place.root.join(&folder);
        let is_file = start.is_file();
        let walk = ignore::WalkBuilder::new(&start)
            .standard_filters(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| match error.io_error() {
                Some(io) if io.kind() == std::io::ErrorKind::NotFound => {
                    refused(&place.written, "there is no such file or folder")
                }
                Some(io) => refused(&place.written, &io.kind().to_string()),
                None => refused(&place.written, &error.to_string()),
            })?;
            let path = root::below(&job.place.root, entry.path())
                .unwrap_or_else(|| entry.path().to_string_lossy().into_owned());
            let wanted = is_file || engine::is_manifest(&path);
            // what a link leads to is opened as a file is
            if wanted && entry.path().is_file() {
                self.entries.push(path);
            }
        }
        if self.entries.len() == from {
            return Err(refused(&place.written, "no JSON or YAML file in it"));
        }
        Ok(form(is_template, is_file, template, folder))
    }
}

/// A file of YAML holds definitions; one of JSON is the schema of whatever is asked, as for kubeconform.
fn form(is_template: bool, is_file: bool, template: Template, path: String) -> Location {
    if is_template || (is_file && path.ends_with("json")) {
        Location::Template(template)
    } else {
        Location::Folder(path)
    }
}

/// The CustomResourceDefinitions of folders and of files that were named.
fn definitions(files: &Snapshot, list: &[(String, Location)]) -> Result<Vec<Arc<Crd>>, Refusal> {
    let mut crds = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (_, location) in list {
        let folder = match location {
            Location::Folder(folder) => folder.as_str(),
            _ => continue,
        };
        let one = files.find(folder).and_then(|id| Some((id, files.entry(id)?)));
        let all = one.into_iter().chain(files.below(folder));
        for (id, entry) in all.filter(|(_, entry)| !entry.path.contains("-standalone")) {
            if !seen.insert(id) {
                continue;
            }
            let unreadable = |why: &dyn std::fmt::Display| {
                Refusal::new(format!("{}: {why}", entry.path))
                    .help("mend the file, or take it out of the schema location")
            };
            let source = files.source(id).map_err(|absence| unreadable(absence))?;
            if !source.text().contains("CustomResourceDefinition") {
                continue;
            }
            for document in yaml::documents(source) {
                if let Some(problem) = document.problems.iter().find(|problem| problem.is_fatal()) {
                    return Err(unreadable(&problem.message));
                }
                let Some(tree) = &document.tree else { continue };
                for object in objects_of(tree, id, document.ordinal) {
                    if object.gvk.kind == "CustomResourceDefinition" {
                        crds.extend(Crd::read(&entry.path, tree, object.node(), DefinedBy::Given).map(Arc::new));
                    }
                }
            }
        }
    }
    Ok(crds)
}
