//! Where the API server is more lenient than the published schemas, most often on fields that they call required: Go
//! reads them as zero, and nothing refuses zero. Found by asking a real API server (1.35).

use crate::yaml::Node;

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
    // nothing to limit, nothing to claim
    ("LimitRange", "spec", "limits"),
    ("ResourceClaimTemplate", "", "spec"),
];

/// Whether a problem is one that the server lets pass. Status is written by controllers and its fields are never
/// asked of people.
pub(super) fn is_let_pass(root: Node<'_>, kind: &str, problem: &Problem) -> bool {
    // a binding has no status in the published schema, and the server lets one stand
    if let ProblemKind::UnknownField { key, parent, .. } = &problem.kind {
        return kind == "ValidatingAdmissionPolicyBinding" && parent.is_empty() && key == "status";
    }
    let ProblemKind::MissingField { field, parent } = &problem.kind else { return false };
    let in_status = parent == "status" || parent.starts_with("status.") || parent.starts_with("status[");
    // an empty one is dropped before anyone looks at it
    let dropped = parent == "spec.dataSource"
        && root.at(&["spec", "dataSource"]).is_some_and(|source| source.entries().next().is_none());
    in_status || dropped || DEFAULTED.iter().any(|(of, at, name)| kind == *of && parent == at && field == name)
}
