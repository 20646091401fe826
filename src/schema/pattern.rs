//! A CRD's patterns, which are written for Go's `regexp`, in the syntax of `regex`: nearly the same, but there a bracket within a
//! class opens another, two signs of one kind are an operator, and `\d`, `\w`, `\s` and `\b` know all of Unicode. Leaves out
//! saying whether a pattern is a good one: what the engine cannot read is not judged.

use std::iter::Peekable;
use std::str::Chars;

/// The pattern as `regex` reads it.
pub(super) fn from_go(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('Q') => literal(&mut rest, &mut out),
                Some('b') => out.push_str(r"(?-u:\b)"),
                Some(class @ ('d' | 'w' | 's')) => out.extend(["[", ascii(class), "]"]),
                Some(class @ ('D' | 'W' | 'S')) => out.extend(["[^", ascii(class), "]"]),
                escaped => escape(escaped, &mut out),
            },
            '[' => class(&mut rest, &mut out),
            '{' if !is_repetition(rest.clone()) => out.push_str(r"\{"),
            _ => out.push(c),
        }
    }
    out
}

/// What stands behind `[`, and its end.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    out.extend(rest.next_if_eq(&'^'));
    // the first one closes nothing
    if rest.next_if_eq(&']').is_some() {
        out.push_str(r"\]");
    }
    let mut last = ' ';
    while let Some(c) = rest.next() {
        match c {
            ']' => {
                out.push(']');
                return;
            }
            '[' if rest.peek() == Some(&':') && is_named(rest.clone()) => {
                out.push('[');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' => out.push_str(r"\["),
            '&' | '~' | '-' if last == c => out.extend(['\\', c]),
            '\\' => match rest.next() {
                Some(class @ ('d' | 'w' | 's')) => out.push_str(ascii(class)),
                Some(class @ ('D' | 'W' | 'S')) => out.extend(["[^", ascii(class), "]"]),
                escaped => escape(escaped, out),
            },
            _ => out.push(c),
        }
        last = if c == '\\' { ' ' } else { c };
    }
}

/// What stands between `\Q` and `\E` is text.
fn literal(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        if c == '\\' && rest.next_if_eq(&'E').is_some() {
            break;
        }
        text.push(c);
    }
    out.push_str(&regex::escape(&text));
}

/// `\<` is a sign to Go, and the beginning of a word to `regex`.
fn escape(escaped: Option<char>, out: &mut String) {
    if !matches!(escaped, Some('<' | '>')) {
        out.push('\\');
    }
    out.extend(escaped);
}

fn ascii(class: char) -> &'static str {
    match class {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        _ => r"\t\n\x0C\r ",
    }
}

/// Whether `:alpha:]` comes next, or another name of a class.
fn is_named(rest: Peekable<Chars<'_>>) -> bool {
    // none is longer than `:^xdigit:]`
    rest.take(10).collect::<String>().contains(":]")
}

/// Whether `2}`, `2,}` or `2,3}` comes next; Go takes any other brace for text.
fn is_repetition(mut rest: Peekable<Chars<'_>>) -> bool {
    let mut digits = 0;
    while rest.next_if(char::is_ascii_digit).is_some() {
        digits += 1;
    }
    if rest.next_if_eq(&',').is_some() {
        while rest.next_if(char::is_ascii_digit).is_some() {}
    }
    digits > 0 && rest.next() == Some('}')
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::from_go;

    /// Pattern, text, and whether Go's `regexp` finds it there.
    const GO: &[(&str, &str, bool)] = &[
        (r"^[[a-z]+$", "[a", true),
        (r"^[[a-z]+$", "a]", false),
        (r"^[a-z&&b]+$", "&a", true),
        (r"^[-_.[A-Za-z0-9]+@x$", "a[b@x", true),
        (r"^[]a]+$", "]a", true),
        (r"^[^]a]+$", "]", false),
        (r"^[[:alpha:]_]+$", "ab_", true),
        (r"^[[:alpha:]_]+$", "a:", false),
        (r"^\w+$", "é", false),
        (r"^[\w-]+$", "a-b", true),
        (r"^[\D]$", "é", true),
        (r"^\d$", "٣", false),
        (r"^a{,2}$", "a{,2}", true),
        (r"^a{2}$", "aa", true),
        (r"^{a}$", "{a}", true),
        (r"^\<a\>$", "<a>", true),
        (r"^\Qa.b\E$", "a.b", true),
        (r"^\Qa.b\E$", "axb", false),
        (r"^[+--]$", ",", true),
        (r"é\b", "é ", false),
    ];

    #[test]
    fn as_go_reads_them() {
        for (pattern, text, found) in GO {
            let regex = Regex::new(&from_go(pattern)).expect(pattern);
            assert_eq!(regex.is_match(text), *found, "{pattern} on {text}: {}", from_go(pattern));
        }
    }
}
