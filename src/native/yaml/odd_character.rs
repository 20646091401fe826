//! A character that cannot be seen, or looks like a quote, where it changes what a key or a value is.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::Severity;
use crate::native::walk;
use crate::source::Span;
use crate::yaml::{Node, NodeKind, Style, is_odd_blank};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "character that is not what it looks like",
    severity: Severity::Warning,
    says: Says::Verdict,
    why: "A blank that is none (U+00A0), one without width (U+200B) or a byte order mark (U+FEFF) is part of a word to YAML: the \
          key is another one than the key that is seen, and the value another value. Typographic quotes are text, and stay in the \
          value. They come in by a copy from a page or a document, and by files that were put together.",
    remedy: "replace it by the plain character, or remove it",
    references: &["https://yaml.org/spec/1.2.2/#66-comments", "https://yaml.org/spec/1.2.2/#73-flow-scalar-styles"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let manifest = crate::native::manifest(target).filter(|(_, tree)| tree.may_have_wide_characters());
    let Some((_, tree)) = manifest else { return };
    let source = tree.source();
    let mut see = |node: Node<'_>, is_key: bool| {
        if node.kind() != NodeKind::Scalar || node.anchored().is_some() {
            return;
        }
        let span = node.span();
        let written = source.slice(span);
        if written.is_ascii() || (node.style() != Style::Plain && !is_key) {
            return;
        }
        let place = |at: usize, c: char| {
            let start = span.start + u32::try_from(at).unwrap_or(u32::MAX);
            Span::new(span.source, start, start + u32::try_from(c.len_utf8()).unwrap_or(0))
        };
        let what = if is_key { "key" } else { "value" };
        let last = written.trim_end_matches(is_odd_blank).len();
        let found = written.char_indices().find(|(at, c)| is_odd_blank(*c) && (is_key || *at == 0 || *at >= last));
        if let Some((at, c)) = found {
            let message = format!("U+{:04X}, which cannot be told from a blank or from nothing, is part of this {what}", u32::from(c));
            let mut draft = Draft::new(place(at, c), message);
            draft.help = Some("remove it, or write a plain blank".to_owned());
            findings.add(meta, draft);
            return;
        }
        let (first, last) = (written.chars().next(), written.chars().next_back());
        if let (Style::Plain, Some(first), Some(last)) = (node.style(), first, last)
            && is_typographic_quote(first)
            && is_typographic_quote(last)
            && written.chars().count() > 1
        {
            let mut draft = Draft::new(place(0, first), format!("`{first}` is no quote to YAML, and is part of this {what}"));
            draft.help = Some("write \" or ' before and behind the text".to_owned());
            // a value may be meant so
            draft.severity = (!is_key).then_some(Severity::Hint);
            findings.add(meta, draft);
        }
    };
    walk::values(tree, &mut |key, value| {
        key.into_iter().for_each(|key| see(key, true));
        see(value, false);
    });
}

fn is_typographic_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201F}')
}
