//! A field that the kind must have.

use crate::check::{Declaration, Draft, Says};
use crate::finding::Severity;
use crate::schema::{Problem, ProblemKind};

pub(super) const DECLARATION: Declaration = Declaration {
    title: "field that must be there is missing",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "The API server refuses the object. Where a file is meant as a patch, it must be listed as one in its kustomization: \
          this check says nothing of files that belong to a build.",
    remedy: "add the field, or list the file as a patch",
    references: &["https://kubernetes.io/docs/reference/kubernetes-api/"],
};

pub(super) fn tell(problem: &Problem) -> Option<Draft> {
    let ProblemKind::MissingField { field, parent } = &problem.kind else { return None };
    let place = if parent.is_empty() { "the object".to_owned() } else { format!("`{parent}`") };
    let mut draft = Draft::new(problem.place, format!("{place} has no `{field}`, which it must have"));
    draft.help = Some(format!("add `{field}: …`"));
    Some(draft)
}
