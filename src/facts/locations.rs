//! Where the user keeps schemas of his own: folders, files and templates in kubeconform's form. Says which file speaks of a
//! kind; leaves out what is in it, and never asks a network.

use std::fmt;
use std::sync::Arc;

use crate::kube::Gvk;
use crate::source::{Snapshot, Source};

use super::Crd;

/// The ways in which people name the schema of a kind, in the order in which a folder is searched.
const LAYOUTS: [&str; 4] = [
    "{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json",
    "{{.ResourceKind}}{{.KindSuffix}}.json",
    "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json",
    "{{.ResourceKind}}_{{.ResourceAPIVersion}}.json",
];

/// Patch releases that a folder named after one may have.
const PATCHES: u16 = 40;

/// A path with the parts that an object fills in, as kubeconform takes them (`-schema-location`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Version,
    Strict,
    Kind,
    ApiVersion,
    Group,
    Suffix,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What it says that is not understood.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, after) = after.split_once("}}").ok_or_else(|| format!("`{text}`: `{{{{` without `}}}}`"))?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(match inside.trim() {
                ".NormalizedKubernetesVersion" => Part::Version,
                ".StrictSuffix" => Part::Strict,
                ".ResourceKind" => Part::Kind,
                ".ResourceAPIVersion" => Part::ApiVersion,
                ".Group" => Part::Group,
                ".KindSuffix" => Part::Suffix,
                other => {
                    return Err(format!(
                        "`{{{{{other}}}}}` is not understood: known are .ResourceKind, .KindSuffix, .Group, \
                         .ResourceAPIVersion, .NormalizedKubernetesVersion and .StrictSuffix"
                    ));
                }
            });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// The folder below which all of its files are.
    #[must_use]
    pub fn folder(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text.rsplit_once('/').map_or("", |(folder, _)| folder),
            _ => "",
        }
    }

    fn has(&self, part: &Part) -> bool {
        self.0.contains(part)
    }

    fn path(&self, gvk: &Gvk, version: &str, strict: &str) -> String {
        let group = if gvk.group.is_empty() { &gvk.version } else { &gvk.group };
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Version => out.push_str(version),
                Part::Strict => out.push_str(strict),
                Part::Kind => out.push_str(&gvk.kind.to_lowercase()),
                Part::ApiVersion => out.push_str(&gvk.version),
                Part::Group => out.push_str(group),
                Part::Suffix => {
                    out.push('-');
                    out.push_str(&group.split('.').next().unwrap_or_default().to_lowercase());
                    if !gvk.group.is_empty() {
                        out.push('-');
                        out.push_str(&gvk.version.to_lowercase());
                    }
                }
            }
        }
        out
    }
}

/// One place where schemas are, paths from the root.
#[derive(Debug, Clone)]
pub enum Location {
    /// `default`: those that come with the binary.
    Embedded,
    /// A template, or one file for every kind.
    Template(Template),
    /// A folder, in any of the usual layouts.
    Folder(String),
}

/// All places in the order in which they are asked, with the folder for whose files each is.
#[derive(Default)]
pub struct Locations {
    /// The places.
    pub list: Vec<(String, Location)>,
    /// The files that are there, read when first asked for.
    pub files: Option<Snapshot>,
    /// The CustomResourceDefinitions in them.
    pub crds: Vec<Arc<Crd>>,
}

impl Locations {
    /// The file that speaks of a kind. For a kind of Kubernetes' own, `default` ends the search.
    #[must_use]
    pub fn find(&self, gvk: &Gvk, own: bool, minor: u16, path: &str) -> Option<String> {
        let files = self.files.as_ref()?;
        let inside =
            |scope: &str| scope.is_empty() || path.strip_prefix(scope).is_some_and(|rest| rest.starts_with('/'));
        for (_, location) in self.list.iter().filter(|(scope, _)| inside(scope)) {
            let found = match location {
                Location::Embedded if own => return None,
                Location::Embedded => None,
                Location::Template(template) => search(template, files, gvk, minor),
                Location::Folder(folder) => LAYOUTS.iter().find_map(|layout| {
                    let base = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                    search(&Template::read(&format!("{base}{layout}")).ok()?, files, gvk, minor)
                }),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The text of a file.
    ///
    /// # Errors
    /// Why there is none.
    pub fn read(&self, path: &str) -> Result<&Arc<Source>, String> {
        let missing = || format!("{path}: no file of the schema locations");
        let files = self.files.as_ref().ok_or_else(missing)?;
        let id = files.find(path).ok_or_else(missing)?;
        files.source(id).map_err(|absence| format!("{path}: {absence}"))
    }
}

impl fmt::Debug for Locations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

fn search(template: &Template, files: &Snapshot, gvk: &Gvk, minor: u16) -> Option<String> {
    let mut versions = vec![format!("v1.{minor}.0")];
    if template.has(&Part::Version) {
        versions.extend((1..PATCHES).map(|patch| format!("v1.{minor}.{patch}")));
        versions.extend((minor == *super::MINORS.end()).then(|| "master".to_owned()));
    }
    let strict: &[&str] = if template.has(&Part::Strict) { &["-strict", ""] } else { &[""] };
    let paths = versions.iter().flat_map(|version| strict.iter().map(|strict| template.path(gvk, version, strict)));
    paths.into_iter().find(|path| files.find(path).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What kubeconform 0.8 makes of them.
    #[test]
    fn templates_are_filled_in_as_kubeconform_does() {
        let of = |text: &str, group: &str, version: &str, kind: &str| {
            let gvk = Gvk { group: group.into(), version: version.into(), kind: kind.into() };
            Template::read(text).unwrap().path(&gvk, "v1.33.0", "-strict")
        };
        let kinds = "{{ .ResourceKind }}{{.KindSuffix}}.json";
        assert_eq!(of(kinds, "apps", "v1", "Deployment"), "deployment-apps-v1.json");
        assert_eq!(of(kinds, "", "v1", "Service"), "service-v1.json");
        assert_eq!(of(kinds, "cert-manager.io", "v1", "Certificate"), "certificate-cert-manager-v1.json");
        let groups = "s/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json";
        assert_eq!(of(groups, "example.com", "v1beta1", "Ship"), "s/example.com/ship_v1beta1.json");
        assert_eq!(of(groups, "", "v1", "Pod"), "s/v1/pod_v1.json");
        let whole = "{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}";
        assert_eq!(of(whole, "", "v1", "Pod"), "v1.33.0-standalone-strict");
        assert!(Template::read("{{ .Kind }}.json").is_err() && Template::read("{{ .Kind").is_err());
        assert_eq!(Template::read("a/b-{{.Group}}/c.json").unwrap().folder(), "a");
    }
}
