//! The name of a Kubernetes object, as findings and references use it.

use std::fmt;

use compact_str::CompactString;

/// Group and kind, namespace, name: what makes two objects the same to the API server, whatever their version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ResourceKey {
    /// API group; empty for core.
    pub group: CompactString,
    /// Kind.
    pub kind: CompactString,
    /// Namespace as written; empty when none is.
    pub namespace: CompactString,
    /// Name; for `generateName`, that prefix and a `*`.
    pub name: CompactString,
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        f.write_str("/")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}
