//! The units that a finding reaches. What a thousand units are told alike is told by many findings, which share one list.

use std::ops::Deref;
use std::sync::Arc;

/// Names of units, sorted once the findings are joined.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Units(Option<Arc<Vec<Arc<str>>>>);

impl Units {
    /// One unit.
    #[must_use]
    pub fn of(name: Arc<str>) -> Self {
        Self(Some(Arc::new(vec![name])))
    }

    /// Adds a unit.
    pub fn push(&mut self, name: Arc<str>) {
        Arc::make_mut(self.0.get_or_insert_default()).push(name);
    }
}

impl Deref for Units {
    type Target = [Arc<str>];

    fn deref(&self) -> &Self::Target {
        self.0.as_ref().map_or(&[], |all| all)
    }
}

impl FromIterator<Arc<str>> for Units {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(names: I) -> Self {
        let all: Vec<Arc<str>> = names.into_iter().collect();
        Self((!all.is_empty()).then(|| Arc::new(all)))
    }
}
