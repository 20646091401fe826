//! The account of a run: what became of every document, and of which kinds there is no schema. Nothing is left out of it.

use std::collections::BTreeMap;

use compact_str::format_compact;

use crate::check::{Account, Document, KindWithoutSchema, Standing, Verdict};
use crate::config::Config;
use crate::facts::Crds;
use crate::kube::{Class, Resource};
use crate::overlay::{self, folder_of, unit_name};
use crate::schema;
use crate::source::Snapshot;

use super::{build, path_of};

type Accounts = (Vec<Account>, Vec<KindWithoutSchema>);

/// Says of every document whether it was judged, and why not.
pub(super) fn of(
    wanted: &[&Document],
    mut written: Vec<(&Resource, Standing)>,
    snapshot: &Snapshot,
    config: &Config,
    crds: &Crds,
    builds: &overlay::kustomize::Builds,
    rendering: &build::Rendering<'_>,
) -> Accounts {
    written.sort_by_key(|(resource, _)| (resource.source, resource.document));
    let mut objects_left = written.as_slice();
    let mut unknown: BTreeMap<(String, String, String), u32> = BTreeMap::new();
    let accounts = wanted
        .iter()
        .map(|document| {
            // both are in the order of the files
            let place = (document.source, document.ordinal);
            let before = objects_left.iter().take_while(|(one, _)| (one.source, one.document) < place).count();
            objects_left = objects_left.get(before..).unwrap_or_default();
            let count = objects_left.iter().take_while(|(one, _)| (one.source, one.document) == place).count();
            let objects = objects_left.get(..count).unwrap_or_default();
            let resource = objects.first().map(|(resource, _)| *resource);
            // a List is what its least known item is
            let standing = objects.iter().map(|(_, standing)| *standing).max_by_key(|one| *one as u8);
            let mut without = 0;
            for (resource, _) in objects.iter().filter(|(resource, _)| !resource.gvk.is_unknowable()) {
                if document.class != Class::Patch
                    && schema::coverage(resource, path_of(snapshot, resource), crds) == schema::Coverage::Unknown
                {
                    without += 1;
                    let gvk = &resource.gvk;
                    *unknown
                        .entry((gvk.group.to_string(), gvk.version.to_string(), gvk.kind.to_string()))
                        .or_default() += 1;
                }
            }
            let folder = builds.roles.get(&document.source).map(|(_, folder)| unit_name(folder));
            let skipped =
                !objects.is_empty() && objects.iter().all(|(resource, _)| config.skips(&resource.gvk, &document.path));
            let open = objects.iter().any(|(resource, _)| resource.gvk.is_unknowable());
            let covered = rendering.covered.contains(&document.source);
            let verdict = match (document.class, standing) {
                _ if skipped => Verdict::NotJudged("the configuration skips its kind".into()),
                _ if open => Verdict::Unknowable("another tool fills in its kind".into()),
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Whole)) if without == 0 => Verdict::Judged,
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Whole)) => {
                    Verdict::NotJudged("no schema for its kind: policies and YAML only".into())
                }
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Part)) => Verdict::Unknowable(format!(
                    "part of a build: {}, so only what no build can change is checked",
                    unrendered(document, builds, rendering)
                )),
                (Class::Object | Class::Crd | Class::Sops, Some(Standing::Patch)) | (Class::Patch, _) => match folder {
                    Some(_) if covered => Verdict::Judged,
                    Some(_) => {
                        Verdict::Unknowable(format!("a patch of a build: {}", unrendered(document, builds, rendering)))
                    }
                    None => Verdict::NotJudged("looks like a patch, and no kustomization lists it".into()),
                },
                // a List without items, or an object without its kind: the finding says so
                (Class::Object | Class::Crd | Class::Sops, None) => Verdict::Judged,
                (Class::Kustomization, _)
                    if builds
                        .kustomizations
                        .get(folder_of(&document.path))
                        .is_some_and(|one| one.source == document.source)
                        && document.ordinal == 0 =>
                {
                    if covered {
                        Verdict::Judged
                    } else {
                        Verdict::NotJudged("read for the files that it lists".into())
                    }
                }
                (Class::Kustomization, _) => Verdict::NotJudged(
                    "Kustomize does not read it: it wants one document, in a file named kustomization.yaml".into(),
                ),
                (Class::KustomizeConfig, _) => Verdict::NotJudged(match folder {
                    Some(build) => format!("Kustomize reads it, by {build}"),
                    None => "Kustomize reads it".into(),
                }),
                (Class::Chart, _) => Verdict::NotJudged("Helm reads it".into()),
                (Class::Values, _) => Verdict::NotJudged("Helm reads it".into()),
                (Class::Template, _) => Verdict::NotJudged("a template: what it makes is not known".into()),
                (Class::ClientConfig(reader), _) => Verdict::NotJudged(reader.into()),
                (Class::SetAside, _) => {
                    Verdict::NotJudged("its name does not end in .yaml, .yml or .json, so nothing applies it".into())
                }
                (Class::OtherTool, _) => Verdict::NotJudged("no apiVersion and kind".into()),
                (Class::Empty, _) => Verdict::NotJudged("nothing in it".into()),
                (Class::Broken, _) => Verdict::NotJudged("cannot be read".into()),
            };
            Account {
                path: document.path.clone(),
                ordinal: document.ordinal,
                class: document.class,
                kind: resource.map(|resource| format_compact!("{}", resource.gvk)),
                objects: u32::try_from(objects.len()).unwrap_or(u32::MAX),
                verdict,
            }
        })
        .collect();
    let without_schema = unknown
        .into_iter()
        .map(|((group, version, kind), count)| KindWithoutSchema {
            near: schema::nearest_kind(&group, &kind, crds),
            api_version: format!("{group}/{version}").trim_start_matches('/').to_owned(),
            kind,
            count,
        })
        .collect();
    (accounts, without_schema)
}

/// Which build does not show what becomes of a document, and why.
fn unrendered(document: &Document, builds: &overlay::kustomize::Builds, rendering: &build::Rendering<'_>) -> String {
    let folder = builds.roles.get(&document.source).map_or("", |(_, folder)| folder);
    let named = unit_name(folder);
    match rendering.causes.get(folder) {
        Some(cause) => format!("{named} is not rendered ({cause})"),
        None => format!("nothing that is deployed takes in {named}"),
    }
}
