//! Fields of text that is itself YAML or JSON, which replacements reach into: a ConfigMap's `config.json`. JSON is
//! written anew as Kustomize does. Of YAML only what has no quotes, blocks, brackets or comments is: the writer of the
//! rest keeps styles that a draft does not know.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::source::{Source, SourceId, Span};
use crate::yaml::{Content, Draft, Reading, Scalar, Step, Type, documents};

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
    let Some(mut root) = parsed(text) else { return Changed::NoText };
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
    let odd = ['#', '\'', '"', '|', '>', '{', '[', '&', '*', '!', '?', '\t', '%', '@', '`', '\\'];
    if text.contains(odd) || text.contains("---") || yaml(&root, 0, false, &mut out).is_none() {
        return Changed::Unrendered;
    }
    Changed::To(out.trim().to_owned())
}

/// Whether a path leads to anything within the text of a scalar.
pub(super) fn leads(node: &Draft, path: &[String]) -> bool {
    let Some(mut root) = node.as_text().and_then(parsed) else { return false };
    let nowhere = node.origin.written;
    reach(&mut root, path, None, nowhere, &mut |_| Ok(())).is_ok_and(|count| count > 0)
}

fn parsed(text: &str) -> Option<Arc<Draft>> {
    let source = Arc::new(Source::new(SourceId(0), "", text.as_bytes().to_vec()));
    let document = documents(&source).into_iter().next()?;
    if !document.problems.is_empty() {
        return None;
    }
    Some(Draft::of(document.tree?.root(), Reading::Kustomize, &|span| (span, false)))
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

/// YAML in blocks, in the order in which it stands; nothing if a scalar needs a style of its own.
fn yaml(draft: &Draft, column: usize, mut started: bool, out: &mut String) -> Option<()> {
    let mut begin = |out: &mut String| {
        if !started {
            out.extend(std::iter::repeat_n(' ', column));
        }
        started = false;
    };
    match &draft.content {
        Content::Mapping(entries) => {
            for (key, value) in entries {
                begin(out);
                out.push_str(&key.text);
                out.push(':');
                match &value.content {
                    Content::Scalar(..) => scalar(value, " ", out)?,
                    Content::Mapping(_) => {
                        out.push('\n');
                        yaml(value, column + 2, false, out)?;
                    }
                    Content::Sequence(_) => {
                        out.push('\n');
                        yaml(value, column, false, out)?;
                    }
                }
            }
        }
        Content::Sequence(items) => {
            for item in items {
                begin(out);
                out.push_str("- ");
                match &item.content {
                    Content::Scalar(..) => scalar(item, "", out)?,
                    _ => yaml(item, column + 2, true, out)?,
                }
            }
        }
        Content::Scalar(..) => scalar(draft, "", out)?,
    }
    Some(())
}

fn scalar(draft: &Draft, before: &str, out: &mut String) -> Option<()> {
    let Content::Scalar(text, kind) = &draft.content else { return None };
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "._/-:+ =@$()~;^".contains(c));
    let bare = text.contains(odd) || text.contains(": ") || text.starts_with(['-', '=', ' ', '@', '~']);
    if bare || text.ends_with([' ', ':']) {
        return None;
    }
    if !text.is_empty() || *kind == Type::Str {
        out.push_str(before);
    }
    // the type that it was written with is told where the text is of another one
    if let Some(kept) = kept(draft) {
        out.push_str(kept.what);
        out.push(' ');
    }
    let plain = draft.scalar().is_some() && !matches!(crate::yaml::plain_as(text, Reading::Kustomize), Scalar::Str(_));
    if *kind == Type::Str && plain {
        let _ = write!(out, "\"{text}\"");
    } else {
        out.push_str(text);
    }
    out.push('\n');
    Some(())
}
