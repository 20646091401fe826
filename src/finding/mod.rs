//! What a check found: plain data that owns its words and names bytes. Leaves out lines and columns (`report`) and
//! what finds things (`check` and above).

mod pointer;
mod spelling;
mod subject;
mod units;

use std::fmt;
use std::sync::Arc;

pub use pointer::{Pointer, Segment};
pub use spelling::nearest;
pub use subject::ResourceKey;
pub use units::Units;

use crate::source::Span;

/// How much a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It is refused, or it breaks.
    Error,
    /// It works until the day it does not.
    Warning,
    /// Worth knowing.
    Hint,
}

impl Severity {
    /// As people write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }

    /// Reads what [`Severity::as_str`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Error, Self::Warning, Self::Hint].into_iter().find(|severity| severity.as_str() == text)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id of a check: `pack/check-id`, the path of its folder or file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(pub Arc<str>);

impl CheckId {
    /// The group of checks that it belongs to.
    #[must_use]
    pub fn pack(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(pack, _)| pack)
    }

    /// The name within its pack.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(_, name)| name)
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place with words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// Whether the primary place is what someone wrote, or the deepest parent of what someone left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The bytes at the place are what the finding speaks of.
    Stated,
    /// The place is the nearest thing that exists.
    Inferred,
}

/// One replacement of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What comes instead.
    pub text: String,
}

/// Edits that mend a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What they do.
    pub message: String,
    /// In order, not overlapping.
    pub edits: Vec<Edit>,
    /// Whether they can be applied without a look.
    pub safe: bool,
}

/// Text as one word of a line: blanks, control characters and backslashes are escaped, nothing is `-`.
#[must_use]
pub fn word(text: &str) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() || c.is_whitespace() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// The text that [`word`] was given.
#[must_use]
pub fn unword(word: &str) -> String {
    if word == "-" {
        return String::new();
    }
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let code = escape.strip_prefix("u{").and_then(|code| code.split_once('}'));
        let unicode =
            code.and_then(|(code, after)| Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, after)));
        rest = match (escape.chars().next(), unicode) {
            (_, Some((c, after))) => {
                out.push(c);
                after
            }
            (Some('s'), None) => {
                out.push(' ');
                escape.get(1..).unwrap_or("")
            }
            _ => {
                out.push('\\');
                escape.strip_prefix('\\').unwrap_or(escape)
            }
        };
    }
    out.push_str(rest);
    out
}

/// One problem, with everything that a report needs to tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which check found it.
    pub check: CheckId,
    /// How much it asks for, after the configuration.
    pub severity: Severity,
    /// What is wrong, in the user's own words.
    pub message: String,
    /// Where: bytes that a person wrote.
    pub primary: Span,
    /// Words at the primary place, when the message does not say it all.
    pub label: Option<String>,
    /// Other places that matter.
    pub related: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// Edits that do it.
    pub fix: Option<Fix>,
    /// The object that it speaks of.
    pub subject: Option<ResourceKey>,
    /// The place within the object.
    pub pointer: Pointer,
    /// The units that it reaches, sorted.
    pub units: Units,
    /// The Kubernetes minors that it holds for, ascending; empty when it does not depend on one.
    pub versions: Vec<u16>,
    /// Whether `primary` is the thing itself.
    pub stated: Stated,
    /// Whether it counts for the verdict of the run; where the configuration enforces nothing it is advice.
    pub enforced: bool,
}

impl Finding {
    /// What a baseline remembers: the check, the object, and the place within it by names. It has no line, no file and
    /// no index, so it survives edits that move things; what stands twice has it twice.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let subject = self.subject.as_ref().map_or_else(String::new, ToString::to_string);
        format!("{} {} {}", self.check, word(&subject), word(&self.pointer.by_names()))
    }

    /// The order of a report: by place, then by check. The text comes last so that equal places still have one order.
    #[must_use]
    pub fn order(&self) -> (Span, &CheckId, &str) {
        (self.primary, &self.check, &self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_one_word_and_comes_back() {
        for text in ["", "-x", "a b", "a\\sb", "tab\tline\nend", "\u{a0}\u{2028}", "C:\\u{41}\\", "ünï"] {
            let one = word(text);
            assert!(!one.is_empty() && !one.contains(char::is_whitespace), "{one}");
            assert_eq!(unword(&one), text, "{one}");
        }
    }
}
