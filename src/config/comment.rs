//! Exceptions written into manifests: `# plimsoll: allow <check> by <owner> until 2027-01-31 because …`. Leaves out
//! which findings they fit.

use crate::source::{Source, Span};
use crate::yaml::{self, Remark};

use super::{Date, Exception, Region};

/// How a comment to this program begins.
pub const OPENING: &str = "plimsoll:";

/// How an exception is written.
pub const FORM: &str = "# plimsoll: allow <check> by <owner> until 2027-01-31 because <reason>";

/// A comment that was meant for this program and cannot be followed.
#[derive(Debug, Clone)]
pub struct CommentProblem {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do.
    pub help: String,
}

/// The exceptions in a document.
#[must_use]
pub fn exceptions(source: &Source, document: &yaml::Document) -> Vec<Result<Exception, CommentProblem>> {
    yaml::remarks(source, document, OPENING).iter().map(|remark| read(source, remark)).collect()
}

fn read(source: &Source, remark: &Remark) -> Result<Exception, CommentProblem> {
    let problem = |message: String| CommentProblem {
        message,
        span: remark.span,
        help: format!("write it as `{FORM}`; owner and day may be left out"),
    };
    let text = source.text().get(remark.start as usize..remark.span.end as usize).unwrap_or("");
    let (before, reason) = match text.split_once(" because ") {
        Some((before, reason)) => (before, reason.trim()),
        None => (text.trim_end_matches(" because"), ""),
    };
    let mut words = before.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    match words.next() {
        Some("allow") => {}
        Some(word) => return Err(problem(format!("`{word}` is nothing that a comment can say: `allow` is"))),
        None => return Err(problem("a comment that says nothing".into())),
    }
    let (mut allows, mut owner, mut until) = (Vec::new(), None, None);
    while let Some(word) = words.next() {
        match word {
            "by" => {
                let name = words.next().ok_or_else(|| problem("no owner follows `by`".into()))?;
                owner = Some(name.to_owned());
            }
            "until" => {
                let day = words.next().ok_or_else(|| problem("no day follows `until`".into()))?;
                until = Some(day.parse::<Date>().map_err(problem)?);
            }
            name if owner.is_none() && until.is_none() => allows.push(name.to_owned()),
            other => return Err(problem(format!("`{other}` is not expected there"))),
        }
    }
    if allows.is_empty() {
        return Err(problem("no check follows `allow`".into()));
    }
    if reason.is_empty() {
        return Err(problem("an exception without a reason".into()));
    }
    let covers = remark.covers.ok_or_else(|| CommentProblem {
        help: "write it above what it allows, or behind it".into(),
        ..problem("nothing follows that this exception could speak of".into())
    })?;
    Ok(Exception { allows, reason: reason.to_owned(), owner, until, span: remark.span, region: Region::Bytes(covers) })
}
