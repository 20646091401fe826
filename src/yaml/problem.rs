//! What the parser could not read, or read in a way that a person should know of. Typed, so that a check can map each
//! kind to its id; this module has no ids.

use crate::finding::{Edit, Fix};
use crate::source::Span;

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// It is not YAML (or JSON); the document has no tree.
    Syntax,
    /// YAML 1.2 takes it, and Kubernetes' reader of YAML 1.1 does not; the document has no tree.
    Dialect,
    /// It is a text template: `{{`, `{%` or another mark of one where YAML wants something else.
    Template,
    /// A key stands twice in one mapping; the last one wins where it is let pass.
    DuplicateKey,
    /// An alias without its anchor.
    UndefinedAlias,
    /// A key that is a list or a mapping: JSON has no such thing.
    NonScalarKey,
    /// A limit that keeps hostile input from taking all memory or time.
    Limit,
    /// Bytes that are no text.
    NotText,
    /// What stands after the first value of a document: Kubernetes' readers drop it.
    Unread,
}

/// A problem of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub kind: ProblemKind,
    /// Where it shows.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// Where the construct began, or the other of two.
    pub related: Option<(Span, String)>,
    /// What usually causes it and what to do.
    pub help: Option<String>,
    /// What mends it, where one thing alone can be meant.
    pub fix: Option<Box<Fix>>,
}

impl Problem {
    /// A problem without a second place.
    #[must_use]
    pub fn new(kind: ProblemKind, span: Span, message: impl Into<String>) -> Self {
        Self { kind, span, message: message.into(), related: None, help: None, fix: None }
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the text that is meant in place of what stands at `span`. A person has to look at it.
    #[must_use]
    pub fn meant(mut self, span: Span, text: String) -> Self {
        let message = if text.trim().is_empty() { "write what is meant".to_owned() } else { format!("write `{text}`") };
        self.fix = Some(Box::new(Fix { message, edits: vec![Edit { span, text }], safe: false }));
        self
    }

    /// With a second place.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related = Some((span, message.into()));
        self
    }

    /// Whether the document has no tree because of it.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        !matches!(self.kind, ProblemKind::DuplicateKey | ProblemKind::Unread)
    }
}
