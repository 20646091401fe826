//! An anchor that no alias repeats.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Edit, Fix, Severity};
use crate::source::Span;

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "anchor that no alias repeats",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "An anchor (`&name`) marks a value so that an alias (`*name`) can repeat it, below it and in the same document. One that \
          nothing repeats changes nothing: what once repeated it is gone, stands in another document, which an anchor does not \
          reach, or was written out and is changed by itself from now on.",
    remedy: "remove the anchor, or repeat its value by an alias",
    references: &["https://yaml.org/spec/1.2.2/#692-node-anchors"],
};

/// So many are told one by one.
const MOST: usize = 200;

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let Some((document, tree)) = crate::native::manifest(target) else { return };
    let text = tree.source().slice(document.span);
    let mut unused = tree.anchors().iter().filter(|anchor| !anchor.used);
    for anchor in unused.by_ref().take(MOST) {
        let written = tree.source().slice(anchor.span);
        let mut draft = Draft::new(anchor.span, format!("no alias repeats the anchor `{written}`"));
        draft.help = written.strip_prefix('&').map(|name| format!("remove it, or repeat its value with `*{name}`"));
        let message = format!("remove `{written}`");
        draft.fix = Some(Fix { message, edits: vec![removal(text, document.span, anchor.span)], safe: true });
        findings.add(meta, draft);
    }
    if let Some(next) = unused.next() {
        let message = format!("{} more anchors in this document that no alias repeats, from here on", 1 + unused.count());
        findings.add(meta, Draft::new(next.span, message));
    }
}

/// Takes the anchor away, with the blanks that part it from its value; where none stands on its line, with those before it.
fn removal(text: &str, document: Span, anchor: Span) -> Edit {
    let (start, end) = ((anchor.start - document.start) as usize, (anchor.end - document.start) as usize);
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let behind = text.as_bytes().get(end..).unwrap_or_default();
    let blanks = behind.iter().take_while(|byte| is_blank(byte)).count();
    let ends = matches!(behind.get(blanks), None | Some(b'\n' | b'\r' | b'#'));
    let before = text.as_bytes().get(..start).unwrap_or_default().iter().rev();
    let before = if ends { before.take_while(|byte| is_blank(byte)).count() } else { 0 };
    let small = |n: usize| document.start + u32::try_from(n).unwrap_or(u32::MAX);
    let span = Span::new(anchor.source, small(start - before), small(if ends { end } else { end + blanks }));
    Edit { span, text: String::new() }
}
