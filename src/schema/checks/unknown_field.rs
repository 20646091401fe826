//! A field that the kind does not have.

use crate::check::{Declaration, Draft, Says};
use crate::finding::Severity;
use crate::schema::{Problem, ProblemKind};

pub(super) const DECLARATION: Declaration = Declaration {
    title: "field that the kind does not have",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "The API server refuses an unknown field when it validates strictly (kubectl's default, and what Flux and Argo CD ask for), \
          and drops it without a word when it does not: the setting that someone wrote is then simply not there. Nearly always it is a \
          misspelt name, or a right name one level too high or too low.",
    remedy: "correct the spelling, or move the field to where it belongs",
    references: &["https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation"],
};

pub(super) fn tell(problem: &Problem) -> Option<Draft> {
    let ProblemKind::UnknownField { key, parent, near, belongs } = &problem.kind else { return None };
    let place = if parent.is_empty() { "at the root of the object".to_owned() } else { format!("in `{parent}`") };
    let mut draft = Draft::new(problem.place, format!("unknown field `{key}` {place}"));
    draft.help = match (near, belongs) {
        (Some(near), _) => Some(format!("did you mean `{near}`?")),
        (None, Some(parent)) if parent == "the root" => Some(format!("`{key}` belongs at the root of the object")),
        (None, Some(parent)) => Some(format!("`{key}` belongs in `{parent}`")),
        (None, None) => None,
    };
    Some(draft)
}
