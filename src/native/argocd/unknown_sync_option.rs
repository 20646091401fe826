//! A sync option that Argo CD does not know.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Pointer, Segment, Severity, nearest};
use crate::yaml::{Node, is_unknowable};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "sync option that Argo CD does not know",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "Argo CD compares sync options as texts and passes over what it does not know, so `ServerSideApply=True` or \
          `PruneLasts=true` changes nothing, and nothing says so: the sync runs without what was asked for.",
    remedy: "write the option as Argo CD spells it",
    references: &["https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/"],
};

/// Options and the values that they take.
const OPTIONS: &[(&str, &[&str])] = &[
    ("ApplyOutOfSyncOnly", &["true", "false"]),
    ("ClientSideApplyMigration", &["true", "false"]),
    ("CreateNamespace", &["true", "false"]),
    ("Delete", &["true", "false", "confirm"]),
    ("FailOnSharedResource", &["true", "false"]),
    ("Force", &["true", "false"]),
    ("Prune", &["true", "false", "confirm"]),
    ("PruneLast", &["true", "false"]),
    ("PrunePropagationPolicy", &["foreground", "background", "orphan"]),
    ("Replace", &["true", "false"]),
    ("RespectIgnoreDifferences", &["true", "false"]),
    ("ServerSideApply", &["true", "false"]),
    ("SkipDryRunOnMissingResource", &["true", "false"]),
    ("Validate", &["true", "false"]),
];

const ANNOTATION: &str = "argocd.argoproj.io/sync-options";

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Target::Resource { resource, .. } = target else { return };
    let root = resource.node();
    let key = |key: &str| Segment::Key(key.to_owned());
    if let Some(value) = root.at(&["metadata", "annotations"]).and_then(|all| all.get(ANNOTATION)) {
        let path = [key("metadata"), key("annotations"), key(ANNOTATION)];
        for option in value.as_str().unwrap_or("").split(',').map(str::trim).filter(|option| !option.is_empty()) {
            tell(option, value, root.named(&path), target, meta, findings);
        }
    }
    let above: &[&str] = match (resource.gvk.group.as_str(), resource.gvk.kind.as_str()) {
        ("argoproj.io", "Application") => &["spec", "syncPolicy", "syncOptions"],
        ("argoproj.io", "ApplicationSet") => &["spec", "template", "spec", "syncPolicy", "syncOptions"],
        _ => return,
    };
    for (at, item) in root.at(above).into_iter().flat_map(Node::items).enumerate() {
        let path: Vec<Segment> = above.iter().map(|one| key(one)).chain([Segment::Item(at, None)]).collect();
        if let Some(option) = item.as_str() {
            tell(option, item, root.named(&path), target, meta, findings);
        }
    }
}

fn tell(
    option: &str,
    node: Node<'_>,
    pointer: Pointer,
    target: &Target<'_>,
    meta: &CheckMeta,
    findings: &mut Findings<'_>,
) {
    let Target::Resource { resource, .. } = target else { return };
    if is_unknowable(option) {
        return;
    }
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let known = OPTIONS.iter().find(|(known, _)| *known == name);
    if known.is_some_and(|(_, values)| values.contains(&value)) {
        return;
    }
    let help = match known {
        Some((name, values)) => {
            let values: Vec<String> = values.iter().map(|value| format!("`{name}={value}`")).collect();
            format!("write {}, in small letters and without blanks", values.join(" or "))
        }
        None => match nearest(name, OPTIONS.iter().map(|(known, _)| *known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
                format!("Argo CD knows {}", names.join(", "))
            }
        },
    };
    let mut draft = Draft::new(node.span(), format!("Argo CD knows no sync option `{option}`, and passes over it"));
    draft.help = Some(help);
    draft.subject = Some(resource.key.clone());
    draft.pointer = pointer;
    findings.add(meta, draft);
}
