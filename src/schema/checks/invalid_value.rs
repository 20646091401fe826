//! A value of the right type that the schema refuses.

use crate::check::{Declaration, Draft, Says};
use crate::finding::Severity;
use crate::schema::{Problem, ProblemKind};

pub(super) const DECLARATION: Declaration = Declaration {
    title: "value that the field does not take",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "The value has the right type, and the API server refuses it all the same: it is no quantity, no base64, no time, \
          none of the values that the field knows, beyond the range of an integer, or outside what a custom resource's \
          definition allows.",
    remedy: "write one of the values that the field takes",
    references: &["https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"],
};

pub(super) fn tell(problem: &Problem) -> Option<Draft> {
    let ProblemKind::InvalidValue { field, written, why, help } = &problem.kind else { return None };
    let field = if field.is_empty() { "the object".to_owned() } else { format!("`{field}`") };
    let value = if written.is_empty() { String::new() } else { format!(", `{written}`,") };
    let mut draft = Draft::new(problem.place, format!("{field}{value} {why}"));
    draft.help.clone_from(help);
    Some(draft)
}
