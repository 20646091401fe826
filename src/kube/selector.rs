//! Label selectors, as Services (`key: value`) and workloads (`matchLabels`, `matchExpressions`) write them.

use compact_str::CompactString;

use crate::yaml::{Node, NodeKind};

/// Labels as pairs, in order.
pub type Labels = Vec<(CompactString, CompactString)>;

/// The labels of a mapping; nothing when one of them cannot be known or is no text.
#[must_use]
pub fn labels_of(node: Node<'_>) -> Option<Labels> {
    let mut labels = Labels::new();
    for entry in node.entries() {
        if entry.value.is_unknowable() || entry.key.is_unknowable() {
            return None;
        }
        labels.push((entry.key.key_text().as_ref().into(), entry.value.as_str()?.into()));
    }
    labels.sort();
    Some(labels)
}

/// What a Service selects by: all of its pairs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector(pub Labels);

impl Selector {
    /// The selector of a Service; nothing when it has none (its endpoints are made elsewhere) or cannot be known.
    #[must_use]
    pub fn of_service(root: Node<'_>) -> Option<Self> {
        let selector = root.at(&["spec", "selector"])?;
        if selector.kind() != NodeKind::Mapping {
            return None;
        }
        let labels = labels_of(selector)?;
        (!labels.is_empty()).then_some(Self(labels))
    }

    /// Whether pods with these labels are selected.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|pair| labels.binary_search(pair).is_ok())
    }
}
