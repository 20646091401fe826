//! A value of another type than the field takes.

use crate::check::{Declaration, Draft, Says};
use crate::finding::Severity;
use crate::schema::{Problem, ProblemKind};

pub(super) const DECLARATION: Declaration = Declaration {
    title: "value of another type than the field takes",
    severity: Severity::Error,
    says: Says::Verdict,
    why: "The API server cannot read the object and refuses it as a whole. Often YAML is to blame: it reads `yes`, `on` and `no` as \
          booleans, `012` as an octal number and `1.10` as the number 1.1, where a string was meant.",
    remedy: "write a value of the type that the field takes; put text in quotes that YAML would read as something else",
    references: &["https://kubernetes.io/docs/reference/using-api/api-concepts/"],
};

pub(super) fn tell(problem: &Problem) -> Option<Draft> {
    let ProblemKind::WrongType { field, wanted, found, written, substituted } = &problem.kind else { return None };
    let seen = match written {
        Some(text) if !text.is_empty() && *found != "null" => format!("{found}, `{text}`"),
        _ => (*found).to_owned(),
    };
    let mut draft = Draft::new(problem.place, format!("`{field}` takes {wanted}, and this is {seen}"));
    draft.help = match (*wanted, *found, written) {
        ("a string", "a boolean" | "an integer" | "a number" | "null", _) if *substituted => {
            Some("quotes in the file are gone when Flux puts its variables in: let one bring them, as in `${quote}${NAME}${quote}`".to_owned())
        }
        ("a string", "a boolean" | "an integer" | "a number", Some(text)) => Some(format!("put it in quotes: \"{text}\"")),
        ("an integer" | "a number" | "a boolean", "a string", Some(text)) if text.parse::<f64>().is_ok() || text == "true" || text == "false" => {
            Some(format!("write it without quotes: {text}"))
        }
        ("a list", _, _) => Some("begin each item with `- `".to_owned()),
        ("a mapping", "a list", _) => Some("remove the dash: this field takes `key: value`".to_owned()),
        _ => None,
    };
    Some(draft)
}
