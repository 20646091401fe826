//! A kind or version that the API server does not serve.

use crate::check::{Declaration, Draft, Says};
use crate::finding::{Label, Severity};
use crate::schema::{Problem, ProblemKind};

pub(super) const DECLARATION: Declaration = Declaration {
    title: "kind or version that the API server does not serve",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "Nothing of the object reaches the cluster: the API server answers that it has no such kind, and a GitOps controller stops the \
          whole application there. Old versions are removed a few releases after their successor came.",
    remedy: "use a version that the cluster serves",
    references: &["https://kubernetes.io/docs/reference/using-api/deprecation-guide/"],
};

pub(super) fn tell(problem: &Problem) -> Option<Draft> {
    let ProblemKind::UnknownKind { written, why, help } = &problem.kind else { return None };
    let mut draft = Draft::new(problem.place, format!("`{written}` is not served: {why}"));
    draft.help = Some(help.clone());
    draft.related = problem.related.iter().map(|(span, message)| Label { span: *span, message: message.clone() }).collect();
    Some(draft)
}
