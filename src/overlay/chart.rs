//! Helm charts, by their folders: where a chart is, and what a file is to it. Charts are not rendered.

use std::collections::BTreeSet;

use crate::kube::Class;

use super::{folder_of, name_of};

/// The folders of the charts among these paths: those with a Chart.yaml.
pub fn charts<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    paths
        .filter(|path| matches!(name_of(path), "Chart.yaml" | "Chart.yml"))
        .map(|path| folder_of(path).to_owned())
        .collect()
}

/// What a file is to the chart that holds it; nothing when no chart does, or when it is an ordinary manifest of one
/// (`crds/`, examples).
#[must_use]
pub fn role(charts: &BTreeSet<String>, path: &str) -> Option<Class> {
    let chart = nearest(charts, path)?;
    let inside = path.strip_prefix(chart)?.trim_start_matches('/');
    match inside {
        "Chart.yaml" | "Chart.yml" | "Chart.lock" | "requirements.yaml" | "requirements.lock"
        | "values.schema.json" => Some(Class::Chart),
        _ if inside.starts_with("templates/") => Some(Class::Template),
        _ if inside.starts_with("ci/") => Some(Class::Values),
        _ if !inside.contains('/') && name_of(inside).starts_with("values") => Some(Class::Values),
        _ => None,
    }
}

/// The innermost chart above a path.
#[must_use]
pub fn nearest<'c>(charts: &'c BTreeSet<String>, path: &str) -> Option<&'c String> {
    if charts.is_empty() {
        return None;
    }
    let mut folder = folder_of(path);
    loop {
        if let Some(found) = charts.get(folder) {
            return Some(found);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}
