//! What a check says of itself. Its documentation page is made of nothing else.

use std::borrow::Cow;

use crate::finding::{CheckId, Severity};

/// Whether a check speaks for the API server and the controllers, or for experience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The server or a controller will refuse it.
    Verdict,
    /// It is accepted, and will hurt.
    Advice,
}

impl Says {
    /// As declarations write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Advice => "advice",
        }
    }
}

/// The declaration of a check that is written in Rust: everything but its id, which is its path.
#[derive(Debug)]
pub struct Declaration {
    /// What is wrong; lower case, no full stop.
    pub title: &'static str,
    /// Unless the configuration says otherwise.
    pub severity: Severity,
    /// Whose word it is.
    pub says: Says,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// The documents whose rules it follows.
    pub references: &'static [&'static str],
}

/// What is known of a check, whatever it is written in.
#[derive(Debug, Clone)]
pub struct CheckMeta {
    /// `pack/check-id`.
    pub id: CheckId,
    /// What is wrong.
    pub title: Cow<'static, str>,
    /// Unless the configuration says otherwise.
    pub severity: Severity,
    /// Whose word it is.
    pub says: Says,
    /// The kinds that it speaks of; empty for all.
    pub kinds: Vec<String>,
    /// Why it matters.
    pub why: Cow<'static, str>,
    /// What to do.
    pub remedy: Cow<'static, str>,
    /// The documents whose rules it follows.
    pub references: Vec<Cow<'static, str>>,
    /// The file of a user's own policy; none for those that come with the binary.
    pub origin: Option<String>,
}

impl CheckMeta {
    /// The declaration of a check in Rust under its id.
    #[must_use]
    pub fn new(id: &str, declaration: &'static Declaration) -> Self {
        Self {
            id: CheckId(id.into()),
            title: declaration.title.into(),
            severity: declaration.severity,
            says: declaration.says,
            kinds: Vec::new(),
            why: declaration.why.into(),
            remedy: declaration.remedy.into(),
            references: declaration.references.iter().map(|one| Cow::Borrowed(*one)).collect(),
            origin: None,
        }
    }

    /// Its page in the documentation.
    #[must_use]
    pub fn page(&self) -> String {
        format!("docs/checks/{}.md", self.id)
    }
}
