//! Values as YAML text in the style of a document: for edits. Leaves out where they are put.

use serde_json::Value;

use super::scalar::{Reading, Scalar, plain_as};
use super::{Node, NodeKind, Style, Tree};

/// How a document is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Columns from a key to those below it.
    pub step: usize,
    /// Whether the dashes of a list stand further in than its key.
    pub indents_dashes: bool,
    /// The line end.
    pub eol: &'static str,
}

impl Layout {
    /// As the document has it; two columns and dashes below the key where it does not say.
    pub fn of(tree: &Tree) -> Self {
        let text = tree.source().text();
        let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut layout = Self { step: 2, indents_dashes: false, eol };
        let column = |node: Node<'_>| {
            let start = node.span().start as usize;
            let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            start - line
        };
        let (mut stepped, mut dashed) = (false, false);
        let size = u32::try_from(tree.len()).unwrap_or(u32::MAX);
        for node in (0..size).map(|index| tree.node(index)) {
            if stepped && dashed {
                break;
            }
            if node.kind() != NodeKind::Mapping || node.style() == Style::Flow || node.anchored().is_some() {
                continue;
            }
            for entry in node.written_entries().filter(|entry| entry.value.style() != Style::Flow) {
                if entry.value.anchored().is_some() || entry.value.span().is_empty() {
                    continue;
                }
                let (key, below) = (column(entry.key), column(entry.value));
                match entry.value.kind() {
                    NodeKind::Mapping if !stepped && below > key => {
                        (layout.step, stepped) = (below - key, true);
                    }
                    NodeKind::Sequence if !dashed => {
                        (layout.indents_dashes, dashed) = (below > key, true);
                    }
                    _ => {}
                }
            }
        }
        layout
    }
}

/// A value without lines of its own, in place of a node; quotes stay as they are where they can.
pub(super) fn scalar(value: &Value, old: Node<'_>) -> String {
    match value {
        Value::String(text) => {
            let one_line = !text.chars().any(char::is_control);
            match old.style() {
                Style::Double if old.kind() == NodeKind::Scalar => in_double_quotes(text),
                Style::Single if old.kind() == NodeKind::Scalar && one_line => in_single_quotes(text),
                _ => string(text, false),
            }
        }
        other => flow(other, false),
    }
}

/// A value within brackets.
pub(super) fn flow(value: &Value, json: bool) -> String {
    match value {
        Value::String(text) if json => in_double_quotes(text),
        Value::String(text) => string(text, true),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, json)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(name, value)| format!("{}: {}", key(name, json), flow(value, json))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
    }
}

/// A key within brackets, or of a block.
pub(super) fn key(name: &str, json: bool) -> String {
    if json { in_double_quotes(name) } else { string(name, true) }
}

/// A value as a block whose first line begins at `column`, where the writer stands.
pub(super) fn block(value: &Value, column: usize, layout: &Layout) -> String {
    let next = format!("{}{}", layout.eol, " ".repeat(column));
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            let entries: Vec<String> = entries.iter().map(|(name, value)| entry(name, value, column, layout)).collect();
            entries.join(&next)
        }
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> =
                items.iter().map(|item| format!("- {}", block(item, column + 2, layout))).collect();
            items.join(&next)
        }
        Value::String(text) => string(text, false),
        other => flow(other, false),
    }
}

/// A key with its value, of a mapping at `column`.
pub(super) fn entry(name: &str, value: &Value, column: usize, layout: &Layout) -> String {
    let name = key(name, false);
    let below = match value {
        Value::Object(entries) if !entries.is_empty() => column + layout.step,
        Value::Array(items) if !items.is_empty() && layout.indents_dashes => column + layout.step,
        Value::Array(items) if !items.is_empty() => column,
        Value::String(text) if is_text(text) => {
            return format!("{name}: {}", literal(text, column + layout.step, layout));
        }
        _ => return format!("{name}: {}", block(value, column, layout)),
    };
    format!("{name}:{}{}{}", layout.eol, " ".repeat(below), block(value, below, layout))
}

/// Whether a text is best written line by line.
fn is_text(text: &str) -> bool {
    let odd = |c: char| (c.is_control() && c != '\n') || is_odd(c);
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.contains(odd)
        && !text.split('\n').any(|line| line.ends_with(' ') || line.starts_with('\t'))
}

fn literal(text: &str, column: usize, layout: &Layout) -> String {
    let body = text.trim_end_matches('\n');
    let chomp = match text.len() - body.len() {
        0 => "-",
        1 => "",
        _ => "+",
    };
    let mut out = format!("|{chomp}");
    let body = if chomp == "+" { text.strip_suffix('\n').unwrap_or(text) } else { body };
    for line in body.split('\n') {
        out.push_str(layout.eol);
        if !line.is_empty() {
            out.push_str(&" ".repeat(column));
            out.push_str(line);
        }
    }
    out
}

/// A text, plain where both readers of Kubernetes' world take it for that text.
fn string(text: &str, flow: bool) -> String {
    if is_plain(text, flow) { text.to_owned() } else { in_double_quotes(text) }
}

fn is_plain(text: &str, flow: bool) -> bool {
    let is_text = |reading| matches!(plain_as(text, reading), Scalar::Str(_));
    let first = text.chars().next();
    !text.is_empty()
        && is_text(Reading::Kubernetes)
        && is_text(Reading::Kustomize)
        && text.trim() == text
        && first.is_some_and(|c| !"-?:,[]{}#&*!|>'\"%@`=<.~".contains(c) || (c == '.' && text.starts_with("./")))
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && !text.chars().any(|c| c.is_control() || c == '\u{A0}' || is_odd(c))
        && !(flow && text.contains([',', '[', ']', '{', '}', ':']))
        // readers of YAML 1.1 see a date or a time of day
        && !first.is_some_and(|c| c.is_ascii_digit() && text.contains([':', '-']))
}

/// Breaks a line in YAML 1.1, is a mark of its own, or may not be written.
fn is_odd(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// A text of one line in single quotes.
pub(crate) fn in_single_quotes(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text in double quotes, on one line.
pub(crate) fn in_double_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_odd(c) => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
