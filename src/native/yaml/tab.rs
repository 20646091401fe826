//! A tab between values, which Kubernetes reads and others do not. One in the indentation is no YAML at all.

use crate::check::{CheckMeta, Declaration, Draft, Findings, Says, Target};
use crate::finding::{Edit, Fix, Severity};
use crate::source::Span;
use crate::yaml::{NodeKind, Style, Tree};

pub(crate) const DECLARATION: Declaration = Declaration {
    title: "tab between values",
    severity: Severity::Hint,
    says: Says::Advice,
    why: "kubectl, the controllers and Kustomize take a tab behind a value, before one and within brackets for a blank. PyYAML, and \
          with it yamllint, Ansible and many a script, and ruamel.yaml refuse the whole file at it; and one more tab in the wrong \
          column makes it unreadable for all.",
    remedy: "replace tabs by spaces, and let the editor do so",
    references: &["https://yaml.org/spec/1.1/#id871998", "https://pyyaml.org/wiki/PyYAMLDocumentation"],
};

pub(crate) fn run(target: &Target<'_>, meta: &CheckMeta, findings: &mut Findings<'_>) {
    let manifest = crate::native::manifest(target).filter(|(_, tree)| tree.may_have_tabs());
    let Some((document, tree)) = manifest else { return };
    let text = tree.source().slice(document.span);
    // JSON may hold tabs
    if text.trim_start().starts_with(['{', '[']) {
        return;
    }
    let tabs = tabs(text, document.span, tree);
    let Some(first) = tabs.first() else { return };
    let others = tabs.iter().filter(|tab| tab.line != first.line).map(|tab| tab.line).collect::<std::collections::BTreeSet<_>>();
    let message = match others.len() {
        0 => "a tab, which many readers of YAML refuse here".to_owned(),
        1 => "a tab, which many readers of YAML refuse here and in one more line".to_owned(),
        more => format!("a tab, which many readers of YAML refuse here and in {more} more lines"),
    };
    let mut draft = Draft::new(first.span, message);
    draft.help = Some("replace it by spaces".to_owned());
    let edits = tabs.iter().filter_map(Tab::edit).collect::<Vec<_>>();
    if edits.len() == tabs.len() {
        draft.fix = Some(Fix { message: "replace tabs by spaces".to_owned(), edits, safe: true });
    }
    findings.add(meta, draft);
}

/// Tabs in a row.
struct Tab {
    span: Span,
    /// Where its line begins.
    line: usize,
    /// Whether anything but blanks stands behind it on the line.
    last: bool,
    /// Whether it is part of a value.
    text: bool,
}

impl Tab {
    /// A blank instead; nothing where the line ends. What is part of a value, a person has to look at.
    fn edit(&self) -> Option<Edit> {
        let text = if self.last { String::new() } else { " ".to_owned() };
        (!self.text).then_some(Edit { span: self.span, text })
    }
}

/// The tabs of a document outside of quotes, blocks of text and comments.
fn tabs(text: &str, place: Span, tree: &Tree) -> Vec<Tab> {
    let size = u32::try_from(tree.len()).unwrap_or(u32::MAX);
    let scalars = (0..size).map(|index| tree.node(index));
    let scalars = scalars.filter(|node| node.kind() == NodeKind::Scalar && node.anchored().is_none());
    // in the order of the text
    let scalars: Vec<(usize, usize, Style)> = scalars
        .map(|node| {
            let span = node.span();
            ((span.start - place.start) as usize, (span.end - place.start) as usize, node.style())
        })
        .collect();
    let bytes = text.as_bytes();
    let blank = |from: usize, to: usize| text.get(from..to).is_some_and(|between| between.trim().is_empty());
    let mut out: Vec<Tab> = Vec::new();
    let (mut line, mut end) = (0, 0);
    for at in memchr::memchr_iter(b'\t', bytes) {
        if at < end {
            continue;
        }
        line = text.get(line..at).and_then(|between| between.rfind('\n')).map_or(line, |found| line + found + 1);
        end = at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b'\t').count();
        let behind = scalars.partition_point(|scalar| scalar.0 <= at);
        let before = behind.checked_sub(1).and_then(|index| scalars.get(index)).copied();
        let within = before.is_some_and(|(_, end, _)| at < end);
        let style = before.map(|(.., style)| style);
        // behind the `|` or `>`, on its line
        let header = before.filter(|(.., style)| within && *style == Style::Block).and_then(|(start, ..)| text.get(start..at));
        let header = header.is_some_and(|header| header.starts_with(['|', '>']) && !header.contains(['\n', '\r', '#']));
        if within && style != Some(Style::Plain) && !header {
            continue;
        }
        // blank lines at the end of a block of text, and at its beginning
        if !within && style == Some(Style::Block) && before.is_some_and(|(_, end, _)| blank(end, at)) {
            continue;
        }
        let next = scalars.get(behind).filter(|next| next.2 == Style::Block);
        if !within && next.is_some_and(|next| blank(line, next.0)) {
            continue;
        }
        let from = before.map_or(0, |(_, end, _)| end).max(line);
        if !within && text.get(from..at).is_some_and(|between| between.contains('#')) {
            continue;
        }
        let rest = bytes.get(end..).unwrap_or_default();
        let last = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
        let small = |n: usize| place.start + u32::try_from(n).unwrap_or(u32::MAX);
        out.push(Tab { span: Span::new(place.source, small(at), small(end)), line, last, text: within && !header });
    }
    out
}
