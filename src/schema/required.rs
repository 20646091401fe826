//! Fields that the published schemas call required and the API server does not: Go reads them as zero, and nothing
//! refuses zero. Found by asking a real API server (1.35).

use super::{Problem, ProblemKind};

/// Kind, parent field (`*` for any) and field.
const DEFAULTED: &[(&str, &str, &str)] = &[
    // 0 is a value
    ("PriorityClass", "", "value"),
    // the headless Service may be absent
    ("StatefulSet", "spec", "serviceName"),
    // an empty selector selects all pods of the namespace
    ("NetworkPolicy", "spec", "podSelector"),
    // defaulted to rbac.authorization.k8s.io
    ("RoleBinding", "roleRef", "apiGroup"),
    ("ClusterRoleBinding", "roleRef", "apiGroup"),
];

/// Whether a missing field is one that the server lets pass. Status is written by controllers and its fields are never
/// asked of people.
pub(super) fn is_defaulted(kind: &str, problem: &Problem) -> bool {
    let ProblemKind::MissingField { field, parent } = &problem.kind else { return false };
    let in_status = parent == "status" || parent.starts_with("status.") || parent.starts_with("status[");
    in_status || DEFAULTED.iter().any(|(of, at, name)| kind == *of && parent == at && field == name)
}
