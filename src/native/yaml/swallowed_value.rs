//! A value that begins with `#`, and so is a comment.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Edit, Fix, Label, Severity};
use crate::native::walk;
use crate::source::Span;
use crate::yaml::{Style, Tree};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "value that is a comment",
    severity: Severity::Warning,
    says: Says::Advice,
    why: "A `#` behind a blank begins a comment. In `color: #ff0000` and `channel: #alerts` the key has no value, and nothing says so: \
          the field is null, which the API server takes for not set.",
    remedy: "put the value in quotes; write a blank behind the `#` of a comment",
    references: &["https://yaml.org/spec/1.2.2/#66-comments"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    walk::entries(target, Tree::may_have_empty_values, &mut |document, _, entry| {
        let span = entry.value.span();
        if span.start != span.end || entry.value.style() != Style::Plain || entry.value.anchored().is_some() {
            return;
        }
        let Some(tree) = &document.tree else { return };
        let behind = Span::new(span.source, entry.key.span().end, document.span.end);
        let line = tree.source().slice(behind).lines().next().unwrap_or("");
        let Some(value) = line.strip_prefix(':').map(|rest| rest.trim_start_matches([' ', '\t'])) else { return };
        if !value.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric())) {
            return;
        }
        // a sentence is a comment
        let written = value.trim_end();
        if written.contains([' ', '\t']) {
            return;
        }
        let start = behind.start + u32::try_from(line.len() - value.len()).unwrap_or(u32::MAX);
        let place = Span::new(span.source, start, start + u32::try_from(written.len()).unwrap_or(u32::MAX));
        let mut draft = Draft::new(place, format!("`{written}` is a comment, and the key before it has no value"));
        draft.help = Some(format!("put it in quotes: \"{written}\"; a comment has a blank behind its `#`"));
        draft.related.push(Label { span: entry.key.span(), message: "this key is null".to_owned() });
        if !written.contains(['"', '\\']) {
            let edit = Edit { span: place, text: format!("\"{written}\"") };
            draft.fix = Some(Fix { message: "put it in quotes".to_owned(), edits: vec![edit], safe: false });
        }
        findings.add(meta, draft);
    });
}
