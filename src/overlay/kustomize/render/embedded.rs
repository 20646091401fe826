//! Fields of text that is itself YAML or JSON, which replacements reach into: a ConfigMap's `config.json`. It is written
//! anew as Kustomize does, YAML in the styles in which it stands. Left out: anchors, tags, folded blocks, several documents, text of
//! rare characters, and comments in a text that would be written in another way for more than its new value.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::source::{Source, SourceId, Span};
use crate::yaml::{
    Comment, Content, Document, Draft, Node, NodeKind, Reading, Scalar, Step, Style, Tree, Type, comments, documents,
    in_double_quotes, in_single_quotes, may_be_plain,
};

use super::hash::quote;
use super::replace::{Kind, Options, kept, mistyped_in as mistyped, reach, write};

/// What becomes of a text.
pub(super) enum Changed {
    /// This.
    To(String),
    /// It is no YAML.
    NoText,
    /// It is, and has no such field.
    Nothing,
    /// It is changed, but how the result is spelt is not known here.
    Unrendered,
}

/// Puts a value at a path within a text.
pub(super) fn changed(text: &str, path: &[String], value: &Arc<Draft>, options: &Options<'_>, at: Span) -> Changed {
    let Some(read) = Text::parse(text) else { return Changed::NoText };
    let mut root = read.draft();
    let make = options.create.then_some(match value.content {
        Content::Scalar(..) => Kind::Scalar,
        Content::Mapping(_) => Kind::Mapping,
        Content::Sequence(_) => Kind::Sequence,
    });
    let step = Step::new("replacements", at);
    let put = &mut |node: &mut Arc<Draft>| write(node, value, options, &step);
    if !matches!(reach(&mut root, path, make, at, put), Ok(count) if count > 0) {
        return Changed::Nothing;
    }
    let mut out = String::new();
    if text.trim_start().starts_with(['{', '[']) {
        if mistyped(&root).is_some() {
            return Changed::Nothing;
        }
        json(&root, (text.contains('\n') && text.contains("  ")).then_some(0), &mut out);
        return Changed::To(out);
    }
    rewritten(&read, &root).map_or(Changed::Unrendered, Changed::To)
}

/// Whether a path leads to anything within the text of a scalar.
pub(super) fn leads(node: &Draft, path: &[String]) -> bool {
    let Some(mut root) = node.as_text().and_then(Text::parse).map(|text| text.draft()) else { return false };
    let nowhere = node.origin.written;
    reach(&mut root, path, None, nowhere, &mut |_| Ok(())).is_ok_and(|count| count > 0)
}

/// Text that is YAML.
struct Text {
    source: Arc<Source>,
    document: Document,
    tree: Arc<Tree>,
}

impl Text {
    fn parse(text: &str) -> Option<Self> {
        let source = Arc::new(Source::new(SourceId(0), "", text.as_bytes().to_vec()));
        let document = documents(&source).into_iter().next().filter(|document| document.problems.is_empty())?;
        let tree = Arc::clone(document.tree.as_ref()?);
        Some(Self { source, document, tree })
    }

    fn draft(&self) -> Arc<Draft> {
        Draft::of(self.tree.root(), Reading::Kustomize, &|span| (span, false))
    }

    /// Whether nothing stands in it but scalars, collections and comments: no anchors, tags or marks.
    fn is_simple(&self, comments: &[Comment]) -> bool {
        let text = self.source.text();
        let scalars = (0..u32::try_from(self.tree.len()).unwrap_or(u32::MAX)).map(|at| self.tree.node(at));
        let scalars = scalars.filter(|node| node.kind() == NodeKind::Scalar).map(Node::span);
        let mut taken: Vec<Span> = scalars.chain(comments.iter().map(|comment| comment.span)).collect();
        taken.sort_unstable_by_key(|span| (span.start, span.end));
        let (mut at, mut simple) = (0, true);
        for span in taken {
            let between = text.get(at..span.start as usize).unwrap_or("");
            simple &= !between.contains(['&', '*', '!', '?', '%', '\t', '\r']) && !between.contains("--");
            at = at.max(span.end as usize);
        }
        let rest = text.get(at..).unwrap_or("");
        simple && rest.chars().all(|c| matches!(c, ' ' | '\n' | ']' | '}' | ','))
    }
}

/// JSON as Go writes it: keys sorted; on lines of their own when an indent is given.
pub(super) fn json(draft: &Draft, indent: Option<usize>, out: &mut String) {
    let line = |more: usize, out: &mut String| {
        if let Some(depth) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth + more));
        }
    };
    let deeper = indent.map(|depth| depth + 1);
    match &draft.content {
        Content::Mapping(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(1, out);
                quote(&key.text, out);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                json(value, deeper, out);
            }
            if !entries.is_empty() {
                line(0, out);
            }
            out.push('}');
        }
        Content::Sequence(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(1, out);
                json(item, deeper, out);
            }
            if !items.is_empty() {
                line(0, out);
            }
            out.push(']');
        }
        Content::Scalar(..) => {
            let _ = match draft.scalar() {
                Some(Scalar::Str(text)) => {
                    quote(text, out);
                    Ok(())
                }
                Some(Scalar::Bool(value)) => write!(out, "{value}"),
                Some(Scalar::Int(value)) => write!(out, "{value}"),
                Some(Scalar::UInt(value)) => write!(out, "{value}"),
                Some(Scalar::Float(value)) => write!(out, "{}", crate::yaml::json_float(value)),
                Some(Scalar::Null) | None => write!(out, "null"),
            };
        }
    }
}

/// The text with what a draft of it says now, as Kustomize writes it; nothing where it would be spelt as is not known here.
fn rewritten(text: &Text, new: &Draft) -> Option<String> {
    let comments = comments(&text.source, &text.document);
    if !text.is_simple(&comments) {
        return None;
    }
    let write = |draft: &Draft| {
        let mut writer = Writer { source: &text.source, out: String::new(), changed: Vec::new() };
        writer.block(draft, Some(text.tree.root()), 0, false)?;
        Some(writer)
    };
    let written = write(new)?;
    if comments.is_empty() {
        return Some(written.out.trim().to_owned());
    }
    // comments stay where they are if nothing else is written in another way
    let whole = text.source.text();
    let (mut bare, mut at) = (String::new(), 0);
    for comment in &comments {
        let (start, end) = (comment.span.start as usize, comment.span.end as usize);
        let before = whole.get(at..start)?;
        let column = before.len() - before.rfind('\n').map_or(0, |line| line + 1);
        if comment.alone {
            bare.push_str(before.get(..before.len() - column)?);
            at = end + 1;
            let next = whole.get(at..)?.lines().next()?;
            if next.len() - next.trim_start_matches(' ').len() != column {
                return None;
            }
        } else {
            let value = before.strip_suffix(' ').filter(|value| !value.ends_with([' ', ':', '-']))?;
            bare.push_str(value);
            at = end;
        }
    }
    bare.push_str(whole.get(at..).unwrap_or(""));
    if write(&text.draft())?.out.trim() != bare.trim() {
        return None;
    }
    let (mut out, mut at) = (String::new(), 0);
    for (span, value) in written.changed {
        out.push_str(whole.get(at..span.start as usize)?);
        out.push_str(&value);
        at = span.end as usize;
    }
    out.push_str(whole.get(at..)?);
    Some(out.trim().to_owned())
}

/// Writes YAML in the styles in which it stands.
struct Writer<'s> {
    source: &'s Source,
    out: String,
    /// The scalars that are others now, in the order of the text.
    changed: Vec<(Span, String)>,
}

impl Writer<'_> {
    /// A collection in lines of its own, or a scalar; nothing where it needs a style that is not known here.
    fn block(&mut self, draft: &Draft, node: Option<Node<'_>>, column: usize, mut started: bool) -> Option<()> {
        let node = node.filter(|node| is_like(draft, *node));
        if node.is_some_and(Node::is_flow) {
            self.flow(draft, node?)?;
            self.out.push('\n');
            return Some(());
        }
        let mut begin = |out: &mut String| {
            if !started {
                out.extend(std::iter::repeat_n(' ', column));
            }
            started = false;
        };
        match &draft.content {
            Content::Mapping(entries) if entries.is_empty() => return None,
            Content::Sequence(items) if items.is_empty() => return None,
            Content::Mapping(entries) => {
                for (key, value) in entries {
                    begin(&mut self.out);
                    let entry = node.and_then(|node| node.entry(&key.text));
                    self.key(&key.text, entry.as_ref().map(|entry| entry.key))?;
                    let below = entry.map(|entry| entry.value);
                    let is_flow = below.filter(|node| is_like(value, *node)).is_some_and(Node::is_flow);
                    match &value.content {
                        Content::Scalar(text, kind) => {
                            if !text.is_empty() || *kind == Type::Str || kept(value).is_some() {
                                self.out.push(' ');
                            }
                            self.scalar(value, below, Some(column + 2))?;
                            self.out.push('\n');
                        }
                        _ if is_flow => {
                            self.out.push(' ');
                            self.block(value, below, column, true)?;
                        }
                        Content::Mapping(_) => {
                            self.out.push('\n');
                            self.block(value, below, column + 2, false)?;
                        }
                        Content::Sequence(_) => {
                            self.out.push('\n');
                            self.block(value, below, column, false)?;
                        }
                    }
                }
            }
            Content::Sequence(items) => {
                let below: Vec<Node<'_>> = node.into_iter().flat_map(Node::items).collect();
                for (at, item) in items.iter().enumerate() {
                    begin(&mut self.out);
                    self.out.push_str("- ");
                    let below = below.get(at).copied();
                    match &item.content {
                        Content::Scalar(..) => {
                            self.scalar(item, below, Some(column + 2))?;
                            self.out.push('\n');
                        }
                        _ => self.block(item, below, column + 2, true)?,
                    }
                }
            }
            Content::Scalar(..) => {
                self.scalar(draft, node, Some(column + 2))?;
                self.out.push('\n');
            }
        }
        Some(())
    }

    /// In one line, in brackets.
    fn flow(&mut self, draft: &Draft, node: Node<'_>) -> Option<()> {
        match &draft.content {
            Content::Scalar(..) => self.scalar(draft, Some(node), None)?,
            Content::Mapping(entries) => {
                self.out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    self.out.push_str(if at > 0 { ", " } else { "" });
                    let entry = node.entry(&key.text)?;
                    self.key(&key.text, Some(entry.key))?;
                    self.out.push_str(if value.is_null() { return None } else { " " });
                    self.flow(value, Some(entry.value).filter(|node| is_like(value, *node))?)?;
                }
                self.out.push('}');
            }
            Content::Sequence(items) => {
                self.out.push('[');
                let below: Vec<Node<'_>> = node.items().collect();
                for (at, item) in items.iter().enumerate() {
                    self.out.push_str(if at > 0 { ", " } else { "" });
                    self.flow(item, below.get(at).copied().filter(|node| is_like(item, *node))?)?;
                }
                self.out.push(']');
            }
        }
        Some(())
    }

    fn key(&mut self, text: &str, node: Option<Node<'_>>) -> Option<()> {
        match node {
            _ if text.len() > MAX_KEY || text.contains('\n') => return None,
            Some(node) if node.style() == Style::Plain => self.out.push_str(self.source.slice(node.span())),
            Some(node) => self.out.push_str(&quoted(text, node.style())?),
            None => self.out.push_str(text),
        }
        self.out.push(':');
        Some(())
    }

    /// A scalar; as a block with its lines from a column on, where there may be one.
    fn scalar(&mut self, draft: &Draft, node: Option<Node<'_>>, block: Option<usize>) -> Option<()> {
        let Content::Scalar(text, kind) = &draft.content else { return None };
        let node = node.filter(|node| node.kind() == NodeKind::Scalar);
        let style = node.map_or(Style::Plain, Node::style);
        let kept = kept(draft);
        let is_same = kept.is_none() && node.is_some_and(|node| node.text() == Some(&**text));
        let spelt = match style {
            Style::Single | Style::Double => quoted(text, style)?,
            Style::Block => literal(text, block.filter(|_| !node.is_some_and(Node::is_folded))?)?,
            Style::Plain | Style::Flow if is_same => {
                let written = self.source.slice(node?.span());
                match written {
                    _ if written.contains('\n') => return None,
                    _ if block.is_none() && !may_be_flow(written) => quoted(text, Style::Single)?,
                    _ => written.to_owned(),
                }
            }
            Style::Plain | Style::Flow => plain(text, *kind, kept.map(|step| step.what), block.is_none())?,
        };
        self.out.push_str(&spelt);
        if let Some(node) = node.filter(|_| !is_same) {
            self.changed.push((node.span(), spelt));
        }
        Some(())
    }
}

/// The longest key that is written in one line for certain.
const MAX_KEY: usize = 120;

/// Whether a draft and what stood there are a scalar, a mapping or a list both.
fn is_like(draft: &Draft, node: Node<'_>) -> bool {
    matches!(
        (&draft.content, node.kind()),
        (Content::Scalar(..), NodeKind::Scalar)
            | (Content::Mapping(_), NodeKind::Mapping)
            | (Content::Sequence(_), NodeKind::Sequence)
    )
}

/// A text in quotes of its own style, or in double ones where single ones cannot hold it; nothing where it has characters of which
/// it is not known how they are escaped.
fn quoted(text: &str, style: Style) -> Option<String> {
    if style == Style::Single && text.chars().all(|c| !c.is_control()) {
        return Some(in_single_quotes(text));
    }
    let is_known = |c: char| matches!(c, ' '..='~' | '\n' | '\t' | '\r') || c.is_alphanumeric();
    text.chars().all(is_known).then(|| in_double_quotes(text))
}

/// A text as a block that keeps its lines.
fn literal(text: &str, column: usize) -> Option<String> {
    let is_plain = |c: char| c == '\n' || matches!(c, ' '..='~') || c.is_alphanumeric();
    if text.trim().is_empty() || text.starts_with([' ', '\n']) || !text.chars().all(is_plain) || text.contains(" \n") {
        return None;
    }
    let mut out = String::from('|');
    match text {
        _ if text.ends_with(' ') => return None,
        _ if !text.ends_with('\n') => out.push('-'),
        _ if text.ends_with("\n\n") => out.push('+'),
        _ => {}
    }
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', column));
            out.push_str(line);
        }
    }
    Some(out)
}

/// A text without quotes, where it needs none; `tag` is that of the type that it was written with, if it is of another one.
fn plain(text: &str, kind: Type, tag: Option<&str>, flow: bool) -> Option<String> {
    if !text.chars().all(|c| matches!(c, ' '..='~') || c.is_alphanumeric()) {
        return None;
    }
    let says_other = || !matches!(crate::yaml::plain_as(text, Reading::Kustomize), Scalar::Str(_));
    let spelt = if kind == Type::Str && (says_other() || crate::yaml::timestamp(text).is_some()) {
        quoted(text, Style::Double)?
    } else if !may_be_plain(text) && !text.is_empty() || flow && !may_be_flow(text) {
        quoted(text, Style::Single)?
    } else {
        text.to_owned()
    };
    Some(
        [tag, Some(spelt.as_str()).filter(|spelt| !spelt.is_empty())]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// Whether a text may stand in brackets without quotes.
fn may_be_flow(text: &str) -> bool {
    !text.is_empty() && !text.contains([',', '?', '[', ']', '{', '}', ':'])
}
