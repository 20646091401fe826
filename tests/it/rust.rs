//! Rust source as far as the tidy tests read it: without comments and test modules, as tokens, as paths to modules.

/// The text with comments and the insides of literals blanked; lines stay where they were.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<char> = Vec::with_capacity(chars.len());
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    let mut here = 0;
    while here < chars.len() {
        let end = match (at(here), at(here + 1)) {
            ('/', '/') => here + chars[here..].iter().take_while(|c| **c != '\n').count(),
            ('/', '*') => block_comment(&chars, here),
            ('"', _) => string(&chars, here),
            ('r', '"' | '#') if !is_word(at(here.wrapping_sub(1))) || at(here.wrapping_sub(1)) == 'b' => {
                raw_string(&chars, here)
            }
            ('\'', '\\') => here + 3 + chars[here + 3..].iter().take_while(|c| **c != '\'').count() + 1,
            ('\'', _) if at(here + 2) == '\'' => here + 3,
            _ => here,
        };
        if end == here {
            out.push(at(here));
            here += 1;
            continue;
        }
        let literal = at(here) != '/';
        for index in here..end.min(chars.len()) {
            let edge = literal && (index == here || index + 1 == end);
            out.push(if edge { at(index) } else { blank(at(index)) });
        }
        here = end;
    }
    out.into_iter().collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0, start);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// `r"…"` or `r#"…"#`; `start` itself when it is something else, such as `r#type`.
fn raw_string(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return start;
    }
    let mut at = open + 1;
    while at < chars.len() {
        if chars[at] == '"' && chars[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    at
}

/// Code (see [`code`]) with every item behind `#[cfg(test)]` blanked.
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    while let Some(start) = out.find(MARK) {
        let mut depth = 0;
        let mut is_use = false;
        let mut end = out.len();
        for (at, c) in out[start + MARK.len()..].char_indices() {
            let here = start + MARK.len() + at;
            is_use |= depth == 0 && out[here..].starts_with("use ");
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && (c == ';' || (c == '}' && !is_use)) {
                end = here + 1;
                break;
            }
        }
        let blanked: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blanked);
    }
    out
}

/// A use of a top-level module of the crate.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The top-level module.
    pub module: String,
    /// From 1.
    pub line: usize,
}

/// Every top-level module that code names by a path from the crate (`crate::x`, or by `name::x` from a binary beside
/// the library), or by `super::` far enough up. `inside` is the path of the module whose code it is.
pub fn uses(code: &str, inside: &[String], name: &str) -> Vec<Use> {
    let tokens = tokens(code);
    let word = |at: usize| tokens.get(at).map_or("", |(token, _)| token.as_str());
    let mut found = Vec::new();
    let mut opened: Vec<Option<String>> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let line = tokens[at].1;
        match word(at) {
            "mod" if word(at + 2) == "{" => {
                opened.push(Some(word(at + 1).to_owned()));
                at += 3;
            }
            "{" => {
                opened.push(None);
                at += 1;
            }
            "}" => {
                opened.pop();
                at += 1;
            }
            start
                if (matches!(start, "crate" | "super" | "self") || start == name)
                    && word(at + 1) == "::"
                    && !(at > 0 && word(at - 1) == "::") =>
            {
                let (paths, next) = paths(&tokens, at);
                let here: Vec<&str> =
                    inside.iter().map(String::as_str).chain(opened.iter().flatten().map(String::as_str)).collect();
                let tops = paths.iter().filter_map(|path| top(path, &here, name));
                found.extend(tops.map(|module| Use { module, line }));
                at = next;
            }
            _ => at += 1,
        }
    }
    found.dedup();
    found
}

/// The top-level module that a path leads to, unless it stays in the module that it stands in.
fn top(path: &[&str], here: &[&str], name: &str) -> Option<String> {
    let (mut base, mut rest) = match path {
        ["crate", rest @ ..] => (&[][..], rest),
        [first, rest @ ..] if *first == name => (&[][..], rest),
        ["self", rest @ ..] => (here, rest),
        _ => (here, path),
    };
    while let ["super", further @ ..] = rest {
        base = base.split_last().map_or(&[][..], |(_, above)| above);
        rest = further;
    }
    if base.is_empty() { rest.first().map(|module| (*module).to_owned()) } else { None }
}

type Token = (String, usize);

/// The paths of a use tree or an expression that begins at a token, and where they end.
fn paths(tokens: &[Token], mut at: usize) -> (Vec<Vec<&str>>, usize) {
    let word = |at: usize| tokens.get(at).map_or("", |(token, _)| token.as_str());
    let mut path = Vec::new();
    loop {
        if word(at) == "{" {
            let mut all = Vec::new();
            at += 1;
            while !matches!(word(at), "}" | "") {
                let (inner, next) = paths(tokens, at);
                all.extend(inner.into_iter().map(|tail| path.iter().copied().chain(tail).collect()));
                // `as name` and the comma
                at = next;
                while !matches!(word(at), "}" | "," | "") {
                    at += 1;
                }
                at += usize::from(word(at) == ",");
            }
            return (all, at + 1);
        }
        path.push(word(at));
        at += 1;
        if word(at) != "::" {
            return (vec![path], at);
        }
        at += 1;
    }
}

/// Words, `::` and single signs, with their lines.
fn tokens(code: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let len = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            out.push((rest[..len].to_owned(), index + 1));
            rest = rest[len..].trim_start();
        }
    }
    out
}
