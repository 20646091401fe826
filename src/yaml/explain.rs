//! Syntax errors in words that a person understands: what was expected, where the construct began, what usually
//! causes it. Leaves out finding the error: that is the scanner's.

use std::borrow::Cow;

use crate::source::Span;

use super::builder::Builder;
use super::problem::{Problem, ProblemKind};
use super::scanner::Fault;
use super::text::is_word;

/// Explains a scanner's error at byte `at` of the source, in the document `text` that begins at byte `start`.
pub(super) fn syntax(builder: &Builder, text: &str, start: usize, at: usize, fault: Fault) -> Problem {
    let local = text.floor_char_boundary(at.saturating_sub(start));
    let template = is_template(text, local) || has_at_placeholder(text.get(local..).unwrap_or(""));
    let line_start = text.get(..local).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line_end = text.get(local..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |n| local + n);
    let line = text.get(line_start..line_end).unwrap_or("");
    let indent = line.len() - line.trim_start().len();
    let small = |n: usize| u32::try_from(start + n).unwrap_or(u32::MAX);
    let span = |from: usize, to: usize| builder.span(small(from), small(to.max(from)));
    // the token that begins at the error, so that something is underlined
    let token = |from: usize| {
        let rest = text.get(from..line_end).unwrap_or("");
        let length = rest.find([' ', '\t']).filter(|n| *n > 0).unwrap_or(rest.len());
        if length == 0 { last_written(text, from) } else { (from, from + length) }
    };
    let tab = tab_near(text, line_start);
    let open = unclosed_bracket(text, local);
    let is_of_structure = matches!(fault, Fault::Structure | Fault::Key);
    let lookalike = if is_of_structure { lookalike(text, line_start, line_end) } else { None };

    let (place, message, help, related) = match fault {
        _ if tab.is_some() && fault != Fault::UnclosedQuote => {
            let tab = tab.unwrap_or(line_start);
            (
                (tab, tab + 1),
                "a tab in the indentation".to_owned(),
                "YAML indents with spaces only: replace it, and let the editor do so (`expandtab`, `.editorconfig`)",
                None,
            )
        }
        _ if lookalike.is_some() => lookalike.unwrap_or(((0, 0), String::new(), "", None)),
        Fault::Tab => ((local, local + 1), "a tab where YAML wants spaces".to_owned(), "replace it with spaces", None),
        Fault::UnclosedQuote => {
            let opening = opening_quote(text, local);
            let place = (opening, opening + 1);
            (
                place,
                "a quote that is opened here is never closed".to_owned(),
                "close it on the same line; a quote within the text is doubled in '…' and escaped (\\\") in \"…\"",
                None,
            )
        }
        Fault::AfterQuote => (
            token(local),
            "text after a closing quote".to_owned(),
            "put the whole value in quotes, or none of it; a quote within '…' is doubled, within \"…\" it is escaped (\\\")",
            closed_quote(text, local).map(|at| ((at, at + 1), "the quote that opens here is closed before it")),
        ),
        Fault::Escape if text.as_bytes().get(local + 1) == Some(&b'/') => (
            (local, local + 2),
            "`\\/`, which only JSON and YAML 1.2 know".to_owned(),
            "write `/` alone: Kubernetes reads YAML 1.1, in which it needs no backslash",
            None,
        ),
        Fault::Escape => (
            backslash(text, local),
            "an escape that YAML does not know".to_owned(),
            "use '…', in which a backslash is only a backslash, or double it",
            None,
        ),
        // a key on a line of its own says that the bracket should have been closed above
        Fault::UnclosedBracket | Fault::Separator
            if fault == Fault::UnclosedBracket
                || ((local == line_start + indent || is_key(text, line_start, local))
                    && !line.trim_start().starts_with(['"', '\''])
                    && (line.contains(": ") || line.ends_with(':'))) =>
        {
            let opening = open.unwrap_or_else(|| opening_bracket(text, local));
            let comment = swallowed_bracket(text, opening);
            (
                (opening, opening + 1),
                "a bracket that is opened here is never closed".to_owned(),
                "close it, or quote the value if the bracket is part of the text",
                comment.map(|at| ((at, at + 1), "a comment begins here, up to the end of the line")),
            )
        }
        Fault::Separator => {
            let opening = open.unwrap_or_else(|| opening_bracket(text, local));
            (
                token(local),
                "`,` or a closing bracket expected here".to_owned(),
                "separate the items by commas and close the bracket; quote text that holds brackets, commas or `: `",
                Some(((opening, opening + 1), "in the list or mapping that begins here")),
            )
        }
        Fault::StrayBracket if open.is_some() => {
            let opening = open.unwrap_or(local);
            let closing = if text.as_bytes().get(opening) == Some(&b'[') { ']' } else { '}' };
            (
                (local, local + 1),
                format!("`{closing}` expected here"),
                "close brackets in the order in which they were opened, the inner one first",
                Some(((opening, opening + 1), "this is open still")),
            )
        }
        Fault::StrayBracket => (
            (local, local + 1),
            "a closing bracket without its opening one".to_owned(),
            "remove it, or open the bracket; quote the value if it is part of the text",
            None,
        ),
        Fault::Character if text.as_bytes().get(local) == Some(&b',') && open.is_some() => (
            (local, local + 1),
            "nothing between two commas".to_owned(),
            "remove one of the two, or write what is missing; quote the value if the comma is part of it",
            None,
        ),
        Fault::Character | Fault::Anchor => (
            (local, local + text.get(local..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)),
            format!(
                "a value cannot begin with `{}`",
                text.get(local..).and_then(|rest| rest.chars().next()).unwrap_or(' ')
            ),
            "put the value in quotes",
            None,
        ),
        Fault::Tag => (
            token(local),
            "a tag that cannot be read".to_owned(),
            "put the value in quotes if the `!` is part of it; a handle like `!e!` wants its `%TAG` line",
            None,
        ),
        Fault::Directive => (
            token(local),
            "a directive that Kubernetes' reader does not take".to_owned(),
            "only `%YAML 1.1` and `%TAG` may stand here, with a `---` below: remove the line",
            None,
        ),
        Fault::Key if line.chars().nth(1024).is_some() && (line.contains(": ") || line.ends_with(':')) => (
            (line_start + indent, line_start + indent + 1),
            "a key of more than 1,024 characters".to_owned(),
            "YAML reads no longer ones on a line: write a shorter key, or `? key` and `: value` on lines of their own",
            None,
        ),
        Fault::BlockHeader => block_header(text, local, line_end),
        _ if open.is_some() => {
            let opening = open.unwrap_or(local);
            (
                (opening, opening + 1),
                "a bracket that is opened here is never closed".to_owned(),
                "close it, or quote the value if the bracket is part of the text",
                None,
            )
        }
        _ => structural(text, line, line_start, local, indent, token(local)),
    };

    let kind = match () {
        () if template => ProblemKind::Template,
        () if is_dialect(text, local, fault) => ProblemKind::Dialect,
        () => ProblemKind::Syntax,
    };
    let (from, to) = if place.0 < text.len() { place } else { last_written(text, text.len()) };
    let whole = span(text.floor_char_boundary(from), text.ceil_char_boundary(to));
    let mut problem = Problem::new(kind, whole, message).help(help);
    if let Some(((from, to), words)) = related {
        problem = problem.related(span(from, to), words);
    }
    let next = text.get(to..).and_then(|rest| rest.chars().next());
    if let Some(text) = text.get(from..to).and_then(|written| meant(written, next)) {
        problem = problem.meant(whole, text.into_owned());
    }
    problem
}

/// Explains the star at `star.0` of the document `text`, which begins at byte `base` of the source: it names no anchor above it.
/// `similar` is an anchor above that may be meant.
pub(super) fn undefined_alias(
    builder: &Builder,
    text: &str,
    base: u32,
    star: (usize, usize),
    similar: Option<(&str, Span)>,
) -> Problem {
    let small = |n: usize| base.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
    let span = builder.span(small(star.0), small(star.1));
    let written = text.get(star.0..star.1).unwrap_or("*");
    let name = written.get(1..).unwrap_or("");
    if name.is_empty() || !name.bytes().all(is_word) {
        let message = format!("`{}` begins with a star, and a star makes an alias", short(written));
        let problem = Problem::new(ProblemKind::UndefinedAlias, span, message)
            .help("put the value in quotes, if the star is part of it");
        return match plain_value(text, star.0) {
            Some(value) => {
                let span = builder.span(small(star.0), small(star.0 + value.len()));
                problem.meant(span, format!("\"{value}\""))
            }
            None => problem,
        };
    }
    let message = format!("alias `*{name}` without its anchor `&{name}`");
    let problem = Problem::new(ProblemKind::UndefinedAlias, span, message);
    if let Some(below) = anchor_below(text, star.1, name) {
        let place = builder.span(small(below), small(below + name.len() + 1));
        return problem.related(place, "its anchor stands here, below it").help(
            "an alias repeats what stands above it: write the value at the first of the two, and the alias below",
        );
    }
    match similar {
        Some((similar, place)) => {
            problem.related(place, "an anchor of a similar name").help(format!("did you mean `*{similar}`?"))
        }
        None => {
            problem.help("define it in this document, above; or put the value in quotes, if the star is part of it")
        }
    }
}

/// The value that begins at a byte and is the rest of its line, if it can only be that: behind a colon or dash, with nothing
/// in it that means something, and not gone on with below.
fn plain_value(text: &str, at: usize) -> Option<&str> {
    let line_start = text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..)?.lines().next()?;
    let (before, value) = line.split_at_checked(at - line_start)?;
    let before = before.trim_end_matches([' ', '\t']);
    let value = value.split(" #").next()?.trim_end();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let next = text.get(line_start + line.len()..)?.lines().map(|line| line.trim_end()).find(|line| !line.is_empty());
    let is_alone = (before.ends_with(':') || before.ends_with('-'))
        && !before.contains(['{', '[', '"', '\''])
        && !value.is_empty()
        && !value.contains(['"', '\\', '{', '}', '[', ']', '\t'])
        && !value.contains(": ")
        && !value.ends_with(':')
        && next.is_none_or(|next| indent(next) <= indent(line));
    is_alone.then_some(value)
}

/// What is meant where a character stands that only looks like one of YAML's, lacks the blank behind it, or is escaped in
/// JSON only.
fn meant(written: &str, next: Option<char>) -> Option<Cow<'static, str>> {
    let mut characters = written.chars();
    let first = characters.next()?;
    if written.chars().all(|c| c == ' ' || is_odd_blank(c)) {
        let wide = written.chars().filter(|c| !matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}')).count();
        return is_odd_blank(first).then(|| " ".repeat(wide).into());
    }
    let is_tight = next.is_some_and(|next| !next.is_whitespace());
    let meant = match (first, characters.as_str()) {
        (':', "") if is_tight => Some(": "),
        ('-', "") if is_tight => Some("- "),
        ('\u{2010}'..='\u{2015}' | '\u{2212}', "") => Some("-"),
        ('\u{FF1A}', "") => Some(if is_tight { ": " } else { ":" }),
        ('\\', "/") => Some("/"),
        ('-', rest) if rest.len() > 2 && rest.bytes().all(|byte| byte == b'-') => Some("---"),
        _ => None,
    };
    meant.map(Cow::Borrowed)
}

/// Where `&name` stands behind a byte of the text, outside comments.
fn anchor_below(text: &str, from: usize, name: &str) -> Option<usize> {
    let anchor = format!("&{name}");
    let rest = text.get(from..)?;
    let is_anchor = |at: usize| {
        let before = rest.get(..at).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or("");
        let ends = !rest.as_bytes().get(at + anchor.len()).is_some_and(|byte| is_word(*byte));
        ends && before.ends_with([' ', '\n', '[', '{', ','])
            && !line.trim_start().starts_with('#')
            && !line.contains(" #")
    };
    rest.match_indices(&anchor).map(|(at, _)| at).find(|at| is_anchor(*at)).map(|at| from + at)
}

/// Whether YAML 1.2 takes what is at fault: `\/`, its own number, directives that are kept for later.
fn is_dialect(text: &str, at: usize, fault: Fault) -> bool {
    let rest = text.get(at..).unwrap_or("");
    match fault {
        Fault::Escape => rest.starts_with("\\/"),
        Fault::Directive => {
            let line = rest.lines().next().unwrap_or("");
            let name = line.strip_prefix('%').and_then(|line| line.split_whitespace().next());
            name.is_some_and(|name| name != "TAG") && (!line.starts_with("%YAML") || line.contains(" 1."))
        }
        _ => false,
    }
}

/// How marks of text templates begin and end: Go's, Jinja's (and Liquid's, Twig's, Django's), Terraform's (and Puppet's), ERB's (and EJS').
const MARKS: [(&str, &str); 5] = [("{{", ""), ("{%", "%}"), ("{#", "#}"), ("%{", "}"), ("<%", "%>")];

/// Whether an error is a template's: one of its marks begins a line or a value on the error's line or shortly before it, or
/// a line without indentation. `'{{ x }}'`, `# {{ x }}` and `a: b {{ x }}` are YAML, and a block of text may hold anything.
/// `%` alone and `{%` without an end are faults like others.
fn is_template(text: &str, at: usize) -> bool {
    let error = text.get(..at).unwrap_or(text).matches('\n').count();
    text.lines().enumerate().any(|(number, line)| {
        let content = line.trim_start();
        if content.starts_with('#') {
            return false;
        }
        let is_near = number <= error + 1 && number + 4 > error;
        // nearly all lines have none
        (is_near || content.len() == line.len()) && MARKS.iter().any(|mark| marks(content, line, *mark, is_near))
    })
}

/// Whether a line has a mark where only a template has one.
fn marks(content: &str, line: &str, (begin, end): (&str, &str), is_near: bool) -> bool {
    let Some(found) = content.find(begin) else { return false };
    if !content.get(found + begin.len()..).is_some_and(|rest| rest.contains(end)) {
        return false;
    }
    if line.starts_with(begin) {
        return true;
    }
    let before = content.get(..found).unwrap_or("");
    let quoted = |quote: char| before.matches(quote).count() % 2 == 1;
    if !is_near || quoted('"') || quoted('\'') || before.contains(" #") {
        return false;
    }
    let before = before.trim_end();
    before.is_empty()
        // `%{…}` as a value is a pattern of a log line more often than a template
        || (before.ends_with([':', '-', ',', '[', '{']) && begin != "%{")
        || (begin == "{{" && (content.contains("{{-") || content.contains("-}}")))
}

/// `@NAME@`, as configure scripts and their kin fill in, where the error stands.
fn has_at_placeholder(rest: &str) -> bool {
    let Some(inner) = rest.strip_prefix('@') else { return false };
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(0);
    end > 0 && inner.get(end..).is_some_and(|after| after.starts_with('@'))
}

/// A character that looks like one of YAML's and is none, on the error's line or the last one above that holds something.
fn lookalike(text: &str, line_start: usize, line_end: usize) -> Option<Explained> {
    let above_end = text.get(..line_start)?.trim_end_matches([' ', '\n', '\r']).len();
    let above_start = text.get(..above_end)?.rfind('\n').map_or(0, |at| at + 1);
    let lines = [(line_start, line_end), (above_start, above_end)];
    lines.into_iter().find_map(|(start, end)| lookalike_in(text.get(start..end)?, start))
}

fn lookalike_in(line: &str, start: usize) -> Option<Explained> {
    let written = line.trim_start_matches(|c: char| c == ' ' || is_odd_blank(c));
    let indent = line.len() - written.len();
    let told = |at: usize, c: char, message: String, help| {
        Some(((start + at, start + at + c.len_utf8()), message, help, None))
    };
    // blanks count before a line's text and behind a colon or dash
    let behind =
        |at: usize| line.get(..at).is_some_and(|before| before.trim_end_matches(is_odd_blank).ends_with([':', '-']));
    if let Some((at, c)) = line.char_indices().find(|(at, c)| is_odd_blank(*c) && (*at < indent || behind(*at))) {
        let message = format!("U+{:04X}, which looks like a blank and is none", u32::from(c));
        // pages put them by turns with plain ones
        let rest = line.get(at..)?;
        let run = rest.find(|c: char| c != ' ' && !is_odd_blank(c)).and_then(|end| rest.get(..end)).unwrap_or(rest);
        let place = (start + at, start + at + run.trim_end_matches(' ').len());
        let help = "write a plain blank: such characters come in by a copy from a page or a document";
        return Some((place, message, help, None));
    }
    let first = written.chars().next()?;
    let second = written.get(first.len_utf8()..).and_then(|rest| rest.chars().next());
    if matches!(first, '\u{2010}'..='\u{2015}' | '\u{2212}') && second == Some(' ') {
        let message = format!("`{first}`, which looks like a dash and is none");
        return told(indent, first, message, "write `-`");
    }
    let (at, c) = line.char_indices().find(|(at, c)| match c {
        '\u{FF1A}' => !line.get(..*at).is_some_and(|before| before.contains(':')),
        '\u{2018}'..='\u{201F}' => *at == indent || line.get(..*at).is_some_and(|before| before.ends_with([' ', '['])),
        _ => false,
    })?;
    match c {
        '\u{FF1A}' => told(at, c, format!("`{c}`, which looks like a colon and is none"), "write `: `"),
        _ => told(at, c, format!("`{c}`, which is no quote to YAML"), "write \" or ' before and behind the text"),
    }
}

/// Looks like a blank or like nothing, and is part of a word to YAML.
pub(crate) fn is_odd_blank(c: char) -> bool {
    matches!(
        c,
        '\u{A0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200B}' | '\u{202F}' | '\u{205F}' | '\u{2060}' | '\u{3000}' | '\u{FEFF}'
    )
}

/// Where a comment begins that holds the bracket which would close the one at `opening`.
fn swallowed_bracket(text: &str, opening: usize) -> Option<usize> {
    let closing = if text.as_bytes().get(opening) == Some(&b'[') { ']' } else { '}' };
    let line = text.get(opening..)?.lines().next()?;
    let comment = line.find(" #")? + 1;
    line.get(comment..)?.contains(closing).then_some(opening + comment)
}

/// What stands behind a `|` or `>` that begins a block.
fn block_header(text: &str, at: usize, line_end: usize) -> Explained {
    let line = text.get(at..line_end).unwrap_or("");
    let signs = line.bytes().take_while(|byte| matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9')).count();
    let rest = line.get(signs..).unwrap_or("");
    let from = at + line.len() - rest.trim_start().len();
    let written = text.get(from..line_end).unwrap_or("").trim_end();
    if written.is_empty() {
        return (
            (at, at + signs),
            "a block of text whose first line says something else than how it is indented".to_owned(),
            "write `|` or `>`, then at most one digit from 1 to 9 and one of `+` and `-`",
            None,
        );
    }
    (
        (from, from + written.len()),
        "text on the line on which a block of text begins".to_owned(),
        "put it on the next line, deeper than the key; quote the value if the `|` or `>` is part of it",
        Some(((at, at + signs), "the block begins here")),
    )
}

type Explained = ((usize, usize), String, &'static str, Option<((usize, usize), &'static str)>);

/// Errors of the block structure: almost always a colon, a dash or the indentation of this line or the one before.
fn structural(
    text: &str,
    line: &str,
    line_start: usize,
    local: usize,
    indent: usize,
    token: (usize, usize),
) -> Explained {
    let content = line.trim();
    let here = (line_start + indent, line_start + indent + content.len());
    let at_error = text.get(local..line_start + line.len()).unwrap_or("");
    if let Some((opening, closing)) = closed_bracket(text, line_start, local).filter(|_| !at_error.trim().is_empty()) {
        let from = local + at_error.len() - at_error.trim_start().len();
        let written = at_error.split(" #").next().unwrap_or(at_error);
        return (
            (from, local + written.trim_end().len()),
            format!("text after a closing `{closing}`"),
            "quote the whole value if the brackets are part of its text; else take away what stands behind them",
            Some(((opening, opening + 1), "the bracket that opens here is closed before it")),
        );
    }
    if local > line_start + indent && (at_error.starts_with("- ") || at_error.starts_with("? ")) {
        return (
            (local, local + 1),
            match at_error.starts_with('-') {
                true => "a list that begins on the line of its key".to_owned(),
                false => "a `?` that begins a key on the line of another".to_owned(),
            },
            "begin it on a line of its own, below the key; quote the value if this is part of its text",
            None,
        );
    }
    if content.starts_with(": ") || content == ":" {
        return (
            (line_start + indent, line_start + indent + 1),
            "a colon without a key before it".to_owned(),
            "write the key, or join the line with the one above",
            None,
        );
    }
    if content.len() > 3 && content.bytes().all(|byte| byte == b'-') {
        return (
            here,
            "a line of dashes that separates no documents".to_owned(),
            "a separator has three dashes: `---`",
            None,
        );
    }
    if indent > 0 && (content == "---" || content.starts_with("--- ")) {
        return (
            here,
            "a `---` that is indented".to_owned(),
            "it separates documents only at the beginning of a line: remove the blanks before it",
            None,
        );
    }
    if let Some(colon) = inner_colon(content) {
        let at = line_start + indent + colon;
        return (
            (at, at + 1),
            "a second colon in one line".to_owned(),
            "quote the value: a colon before a blank begins a mapping, which stands on lines of its own",
            None,
        );
    }
    let before = text.get(..line_start).unwrap_or("").trim_end();
    if let Some(block) = block_above(before, indent).filter(|_| !content.starts_with('#')) {
        return (
            here,
            "less indented than the text above, and deeper than its key".to_owned(),
            "indent it as the first line of the text, if it belongs to it; else line it up with the key",
            Some((block, "the text that begins behind this")),
        );
    }
    let above_start = before.rfind('\n').map_or(0, |at| at + 1);
    let above = before.get(above_start..).unwrap_or("");
    let above_indent = above.len() - above.trim_start().len();
    let above_text = above.trim();
    let above_at = (above_start + above_indent, above_start + above.len());
    for (line, at) in [(line, line_start), (above, above_start)] {
        if let Some(marker) = ["<<<<<<<", "=======", ">>>>>>>"].into_iter().find(|marker| line.starts_with(*marker)) {
            return (
                (at, at + marker.len()),
                "a conflict that git left in the file".to_owned(),
                "keep one of the two sides and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
                None,
            );
        }
    }
    let no_colon = !content.is_empty()
        && !content.contains(": ")
        && !content.ends_with(':')
        && !content.starts_with('-')
        && !content.starts_with('#');
    if content.contains(':') && no_colon {
        let at = line_start + indent + content.find(':').unwrap_or(0);
        return ((at, at + 1), "a colon without a blank after it".to_owned(), "write `key: value`", None);
    }
    if no_colon && local >= line_start {
        return (
            here,
            format!("`key: value` expected, found `{}`", short(content)),
            "add the colon, or indent the line under the value that it continues",
            None,
        );
    }
    let bare = |text: &str| {
        !text.is_empty()
            && !text.contains(':')
            && !text.starts_with(['-', '#', '"', '\'', '[', '{', '|', '>', '&', '*', '!', '%'])
    };
    let tight = |text: &str| {
        let colon = text.find(':')?;
        (!text.contains(": ") && !text.ends_with(':') && !text.contains(['"', '\'', '/'])).then_some(colon)
    };
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c));
    if indent > above_indent && is_word(above_text) && (content.contains(": ") || content.ends_with(':')) {
        return (
            above_at,
            "a key without its colon".to_owned(),
            "write a colon behind it: what stands deeper below is its value",
            Some((here, "its value, as the indentation has it")),
        );
    }
    if let Some(colon) = tight(above_text).filter(|_| indent == above_indent && !above_text.starts_with(['-', '#'])) {
        let at = above_start + above_indent + colon;
        return ((at, at + 1), "a colon without a blank after it".to_owned(), "write `key: value`", None);
    }
    if indent == above_indent && bare(above_text) && !content.starts_with('-') {
        return (
            above_at,
            format!("`key: value` expected, found `{}`", short(above_text)),
            "add the colon, or indent the line under the value that it continues",
            None,
        );
    }
    let is_tight = |text: &str| {
        text.strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || "\"'{[".contains(c)))
    };
    for (text, at) in [(above_text, above_start + above_indent), (content, line_start + indent)] {
        if is_tight(text) {
            return ((at, at + 1), "a dash without a blank after it".to_owned(), "write `- item`", None);
        }
    }
    if above_text.starts_with("- ") && indent == above_indent + 1 {
        return (
            here,
            "the indentation fits no line above".to_owned(),
            "the keys of an item begin in one column, that of the first one behind the dash",
            Some((above_at, "the item begins here")),
        );
    }
    if let Some(dash) = dash_above(before, indent).filter(|_| content.starts_with("- ") && !above_text.ends_with(':')) {
        return (
            token,
            "a list item in another column than those above".to_owned(),
            "line the dash up with its siblings: the items of one list begin in one column",
            Some(((dash, dash + 1), "an item of the list above")),
        );
    }
    if !above_text.is_empty() && !above_text.ends_with(':') && indent > above_indent && above_text.contains(": ") {
        return (
            here,
            "indented deeper than the line above, which already has a value".to_owned(),
            "line it up with the key above, or move the value of that key to a line of its own",
            Some((above_at, "this key has its value already")),
        );
    }
    if content.starts_with('-') && !above_text.starts_with('-') {
        return (
            token,
            "a list item where a key is expected".to_owned(),
            "a list stands under a key of its own: check the indentation, and whether the lines above lack their dash",
            Some((above_at, "the line above")),
        );
    }
    (
        here,
        "the indentation fits no line above".to_owned(),
        "line it up with its siblings: the keys of one mapping, and the dashes of one list, begin in one column",
        (!above_text.is_empty()).then_some((above_at, "the line above")),
    )
}

/// Whether a colon stands at `at`, behind nothing but a name that begins the line, and a bracket is open above it.
fn is_key(text: &str, line_start: usize, at: usize) -> bool {
    let name = text.get(line_start..at).unwrap_or("");
    text.as_bytes().get(at) == Some(&b':')
        && !name.contains([',', '[', ']', '{', '}', '"', '\'', '#'])
        && opening_bracket(text, at) < line_start
}

/// The `key: |` whose text ends above a line of this indentation, which lies between the key's and the text's.
fn block_above(before: &str, indent: usize) -> Option<(usize, usize)> {
    let mut end = before.len();
    let mut deepest = usize::MAX;
    while end > 0 {
        let start = before.get(..end)?.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(start..end)?;
        let content = line.trim();
        let own = line.len() - line.trim_start().len();
        if !content.is_empty() && own < indent {
            let header = content.rsplit(' ').next().unwrap_or("");
            let opens = header.starts_with(['|', '>']) && header.trim_start_matches(['|', '>', '+', '-']).is_empty();
            return (opens && deepest != usize::MAX && deepest > indent)
                .then_some((start + own, start + own + content.len()));
        }
        if !content.is_empty() {
            deepest = deepest.min(own);
        }
        end = start.saturating_sub(1);
    }
    None
}

/// The dash of the nearest item above that stands in another column, near to this one.
fn dash_above(before: &str, indent: usize) -> Option<usize> {
    let mut end = before.len();
    for _ in 0..50 {
        let start = before.get(..end)?.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(start..end)?;
        let own = line.len() - line.trim_start().len();
        if line.trim_start().starts_with("- ") {
            return (own != indent && own.abs_diff(indent) <= 3).then_some(start + own);
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// The quote that opens what is closed right before `at`.
fn closed_quote(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?.trim_end();
    let quote = before.chars().next_back().filter(|last| matches!(last, '"' | '\''))?;
    before.get(..before.len() - 1)?.rfind(quote)
}

/// The bracket that is closed right before `at` on its line, and what closes it.
fn closed_bracket(text: &str, line_start: usize, at: usize) -> Option<(usize, char)> {
    let before = text.get(..at)?.trim_end_matches([' ', '\t']);
    let closing = before.chars().next_back().filter(|last| matches!(last, '}' | ']'))?;
    let opening = if closing == '}' { '{' } else { '[' };
    let mut depth = 0usize;
    for (at, c) in before.char_indices().rev() {
        if c == closing {
            depth += 1;
        } else if c == opening {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                // within a word it opens nothing
                let opens =
                    before.get(..at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t', '\n']));
                return (opens && before.len() > line_start).then_some((at, closing));
            }
        }
    }
    None
}

/// A `: ` within the value of `key: value`, outside quotes.
fn inner_colon(content: &str) -> Option<usize> {
    let written = content.len();
    let content = content.trim_start_matches("- ");
    let skipped = written - content.len();
    let first = content.find(": ")?;
    let value = content.get(first + 2..)?;
    if value.trim_start().starts_with(['"', '\'', '#', '{', '[', '|', '>']) {
        return None;
    }
    let last = (value.ends_with(':') && !value.contains(" #")).then(|| value.len() - 1);
    value.find(": ").or(last).map(|second| skipped + first + 2 + second)
}

/// A tab in the indentation of the line or of the one after: the scanner notices it from there.
fn tab_near(text: &str, line_start: usize) -> Option<usize> {
    let mut at = line_start;
    for line in text.get(line_start..)?.split_inclusive('\n').take(2) {
        let content = line.trim_start();
        let leading = line.get(..line.len() - content.len()).unwrap_or("");
        if let Some(tab) = leading.find('\t').filter(|_| !content.is_empty()) {
            return Some(at + tab);
        }
        at += line.len();
    }
    None
}

/// A flow collection that is open where the error stands.
fn unclosed_bracket(text: &str, at: usize) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut offset = 0;
    for line in text.get(..at)?.split_inclusive('\n') {
        let mut quote = None;
        let mut last = b' ';
        // a bracket or a quote opens something only where a value may begin
        let mut begins = true;
        for (index, byte) in line.bytes().enumerate() {
            match (quote, byte) {
                (Some(q), byte) if byte == q => quote = None,
                (Some(_), _) => {}
                (None, b'#') if last == b' ' => break,
                (None, b'"' | b'\'') if begins => quote = Some(byte),
                (None, b'[' | b'{') if begins => open.push(offset + index),
                (None, b']' | b'}') => {
                    open.pop();
                }
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                begins = matches!(byte, b':' | b'-' | b'[' | b'{' | b',');
            }
            last = byte;
        }
        offset += line.len();
    }
    open.pop()
}

fn short(text: &str) -> String {
    let mut out: String = text.chars().take(40).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

/// The last written character before `at`, for errors at the end of a document.
fn last_written(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or("").trim_end();
    let last = before.chars().next_back().map_or(0, char::len_utf8);
    (before.len() - last, before.len())
}

fn backslash(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..(at + 1).min(text.len())).unwrap_or_else(|| text.get(..at).unwrap_or(""));
    let found = before.rfind('\\').unwrap_or(at);
    (found, (found + 2).min(text.len()))
}

/// The quote that opens the scalar that was not closed at `at`: the scanner may name its start or its end.
fn opening_quote(text: &str, at: usize) -> usize {
    if matches!(text.as_bytes().get(at), Some(b'"' | b'\'')) {
        return at;
    }
    let mut best = at.saturating_sub(1);
    let (mut offset, mut open): (usize, Option<(u8, usize)>) = (0, None);
    for line in text.get(..at).unwrap_or("").split_inclusive('\n') {
        let mut begins = true;
        for (index, byte) in line.bytes().enumerate() {
            match open {
                Some((quote, _)) if byte == quote => open = None,
                None if begins && (byte == b'"' || byte == b'\'') => open = Some((byte, offset + index)),
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                begins = matches!(byte, b':' | b'-' | b'[' | b'{' | b',');
            }
        }
        offset += line.len();
    }
    if let Some((_, found)) = open {
        best = found;
    }
    best
}

/// The innermost bracket that is open at `at`, quotes left out.
fn opening_bracket(text: &str, at: usize) -> usize {
    let mut open = Vec::new();
    let mut quote = None;
    for (index, byte) in text.bytes().enumerate().take(at) {
        match (quote, byte) {
            (Some(q), byte) if byte == q => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[' | b'{') => open.push(index),
            (None, b']' | b'}') => {
                open.pop();
            }
            (None, b'\n') if open.is_empty() => quote = None,
            _ => {}
        }
    }
    open.pop().unwrap_or_else(|| at.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::source::{Source, SourceId};
    use crate::yaml::documents;

    /// The mistakes that people make: what is said, what is underlined, and what else is pointed at.
    #[test]
    fn mistakes_are_told_with_what_they_belong_to() {
        let table: &[(&str, &str, &str, Option<&str>)] = &[
            ("a:\n\tb: c\n", "a tab in the indentation", "\t", None),
            ("a:\n  b:c\n  d: e\n", "a colon without a blank", ":", None),
            ("a: \"b\nc: d\n", "a quote that is opened here", "\"", None),
            ("a: 'it's'\n", "text after a closing quote", "s'", Some("'")),
            ("a: [1, 2\nb: c\n", "a bracket that is opened here", "[", None),
            ("a: [b c: d e: f]\n", "`,` or a closing bracket", ":", Some("[")),
            ("{a: [1, 2}\n", "`]` expected here", "}", Some("[")),
            ("a: ]\n", "a closing bracket without", "]", None),
            ("a: b: c\n", "a second colon", ":", None),
            ("a: b:\n  c: d\n", "a second colon", ":", None),
            ("a: b\n c: d\n", "indented deeper", "c: d", Some("a: b")),
            ("a:\n    b: c\n  d: e\n", "the indentation fits no line", "d: e", Some("b: c")),
            ("a: |\n    b\n  c\n", "less indented than the text", "c", Some("a: |")),
            ("a:\n  - b: c\n   d: e\n", "the indentation fits no line", "d: e", Some("- b: c")),
            ("a:\n    - b: 1\n      c: 2\n   - d: 3\n", "a list item in another column", "-", Some("-")),
            ("a:\n  -b\n  -c: d\n  e: f\n", "a dash without a blank", "-", None),
            ("<<<<<<< HEAD\na: b\n=======\n", "a conflict that git left", "<<<<<<<", None),
            ("a: \"\\d\"\n", "an escape that YAML", "\\d", None),
            ("a: \"\\/\"\n", "`\\/`, which only JSON", "\\/", None),
            ("a: @b\n", "a value cannot begin with `@`", "@", None),
            ("a: |b\n  c\n", "text on the line on which", "b", Some("|")),
            ("a: |0\n  c\n", "a block of text whose first line", "|0", None),
            ("a: > 5\n", "text on the line on which", "5", Some(">")),
            ("a:\n\u{a0}b: c\n  d: e\n", "U+00A0, which looks like", "\u{a0}", None),
            ("a: b\nc:\u{a0}d\ne: f\n", "U+00A0, which looks like", "\u{a0}", None),
            ("a: \u{201c}b: c\u{201d}\n", "`\u{201c}`, which is no quote", "\u{201c}", None),
            ("a:\n  \u{2013} b: c\n    d: e\n", "`\u{2013}`, which looks like a dash", "\u{2013}", None),
            ("a\u{ff1a} b\nc: d\n", "`\u{ff1a}`, which looks like a colon", "\u{ff1a}", None),
            ("a: - b\nc: d\n", "a list that begins on the line", "-", None),
            ("a: ? b\n", "a `?` that begins a key", "?", None),
            ("a:\n  : b\n", "a colon without a key", ":", None),
            ("a: b\n----\nc: d\n", "a line of dashes", "----", None),
            ("a:\n  b: c\n ---\nd: e\n", "a `---` that is indented", "---", None),
            ("a: b\nc\n  d: e\n", "a key without its colon", "c", Some("d: e")),
            ("a: [b, #c]\nd: e\n", "a bracket that is opened here", "[", Some("#")),
            ("a: {b: c,, d: e}\n", "nothing between two commas", ",", None),
            ("a: *.b.c\n", "`*.b.c` begins with a star", "*.b.c", None),
            ("a: *\n", "`*` begins with a star", "*", None),
            ("a: *b\n", "alias `*b` without its anchor", "*b", None),
            ("a: &name 1\nb: *nmae\n", "alias `*nmae` without", "*nmae", Some("&name")),
            ("a: *b # &b\nc: &b 1\n", "alias `*b` without", "*b", Some("&b")),
            ("a: &b {c: *b}\n", "alias to an anchor that contains it", "*b", Some("&b")),
            ("a: *b\n---\nc: &b 1\n", "alias `*b` without", "*b", Some("&b")),
        ];
        for (text, message, place, related) in table {
            let source = Arc::new(Source::new(SourceId(0), "x.yaml", (*text).into()));
            let documents = documents(&source);
            let problem = &documents[0].problems[0];
            assert!(problem.message.starts_with(message), "{text:?}: {}", problem.message);
            assert_eq!(source.slice(problem.span), *place, "{text:?}");
            assert_eq!(problem.related.as_ref().map(|(span, _)| source.slice(*span)), *related, "{text:?}");
            assert!(problem.help.is_some(), "{text:?}");
        }
    }

    /// What a person wrote is named, and what it is read as where that is another word.
    #[test]
    fn a_key_that_stands_twice_is_named_as_it_was_written() {
        let table = [
            ("a: 1\n\"a\": 2\n", "key `a` stands twice in one mapping"),
            ("on: 1\ny: 2\n", "key `y`, read as `true`, stands twice in one mapping"),
            ("\"true\": 1\n&k on: 2\n", "key `on`, read as `true`, stands twice in one mapping"),
            ("420: 1\n0644: 2\n", "key `0644`, read as `420`, stands twice in one mapping"),
            ("1e3: 1\n1000.0: 2\n", "key `1000.0` stands twice in one mapping"),
        ];
        for (text, want) in table {
            let source = Arc::new(Source::new(SourceId(0), "x.yaml", text.into()));
            assert_eq!(documents(&source)[0].problems[0].message, want, "{text:?}");
        }
    }

    /// What only one thing can be meant by: with it, the document is read.
    #[test]
    fn mistakes_are_mended_where_one_thing_can_be_meant() {
        let table: &[(&str, Option<&str>)] = &[
            ("a: *.b.c # d\n", Some("a: \"*.b.c\" # d\n")),
            ("a:\n  - *.b.c\n  - d\n", Some("a:\n  - \"*.b.c\"\n  - d\n")),
            ("a: *.b\n  c\n", None),
            ("a: [*.b]\n", None),
            ("a: *b\n", None),
            ("a:\n\u{a0} b: c\n  d: e\n", Some("a:\n  b: c\n  d: e\n")),
            ("a:\n\u{a0}\u{a0}b: c\n  d: e\n", Some("a:\n  b: c\n  d: e\n")),
            ("a:\n\u{a0} \u{a0} b: c\n    d: e\n", Some("a:\n    b: c\n    d: e\n")),
            ("a:\n\u{200b}\u{a0} b: c\n  d: e\n", Some("a:\n  b: c\n  d: e\n")),
            ("a: b\nc:\u{a0}\u{a0}d\ne: f\n", Some("a: b\nc:  d\ne: f\n")),
            ("a: b\nc:\u{a0}d\ne: f\n", Some("a: b\nc: d\ne: f\n")),
            ("a:\n  \u{2013} b: c\n    d: e\n", Some("a:\n  - b: c\n    d: e\n")),
            ("a\u{ff1a}b\nc: d\n", Some("a: b\nc: d\n")),
            ("a: \"\\/\"\n", Some("a: \"/\"\n")),
            ("a: b\n----\nc: d\n", Some("a: b\n---\nc: d\n")),
            ("a:\n\tb: c\n", None),
            ("a:\n  b:c\n  d: e\n", Some("a:\n  b: c\n  d: e\n")),
            ("a: b\nc:d\ne: f\n", Some("a: b\nc: d\ne: f\n")),
            ("a:\n  - b\n  -c\n  - d: e\n", Some("a:\n  - b\n  - c\n  - d: e\n")),
            ("a:\n  -b: c\n  - d: e\n", Some("a:\n  - b: c\n  - d: e\n")),
            ("a: b: c\n", None),
        ];
        for (text, mended) in table {
            let source = Arc::new(Source::new(SourceId(0), "x.yaml", (*text).into()));
            let fix = documents(&source)[0].problems[0].fix.clone();
            let after = fix.map(|fix| crate::yaml::apply(text, &fix.edits[0]));
            assert_eq!(after.as_deref(), *mended, "{text:?}");
            let Some(after) = after else { continue };
            let source = Arc::new(Source::new(SourceId(0), "x.yaml", after.into_bytes()));
            assert!(documents(&source).iter().all(|document| document.problems.is_empty()), "{text:?}");
        }
    }
}
