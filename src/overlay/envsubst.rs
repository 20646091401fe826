//! Puts values in place of `${NAME}` in a text, as Flux does: the language of github.com/fluxcd/pkg/envsubst 1.9, a subset of
//! bash's, with its functions. What uses a variable whose value is not known stays as it is written. Leaves out where values
//! come from, and what the text is.

use std::ops::Range;

/// How deep functions may stand in each other: `${a:-${b:-c}}` is two deep.
const MAX_DEPTH: usize = 64;

/// The longest value that a pattern is held against: every beginning of it is tried.
const MAX_MATCHED: usize = 4096;

/// What is known of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'v> {
    /// Its value.
    Value(&'v str),
    /// Nothing defines it.
    Undefined,
    /// Something may define it.
    Unknown,
}

/// A text with its values.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Substituted {
    /// The text.
    pub text: String,
    /// The names of the variables whose values are in it, in order.
    pub used: Vec<String>,
    /// The names that nothing defines and that have no default: they stay as they are written.
    pub undefined: Vec<String>,
    /// Whether something stays as it is written because its value is not known.
    pub open: bool,
}

/// Why Flux cannot read a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// What stands between the braces is no function.
    Substitution,
    /// A brace is not closed.
    Brace,
    /// There is no name behind the brace.
    Name,
    /// More functions in each other than are read here.
    Depth,
}

impl Unreadable {
    /// In words, to stand behind "the substitution cannot be read: ".
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Substitution => "this is no function of Flux",
            Self::Brace => "a brace is not closed",
            Self::Name => "no name stands behind `${`",
            Self::Depth => "the functions stand too deep in each other",
        }
    }
}

/// Whether a text has anything that is put in or taken out.
#[must_use]
pub fn is_meant(text: &str) -> bool {
    text.match_indices('$').any(|(at, _)| text.get(at + 1..).is_some_and(|rest| rest.starts_with(['{', '$'])))
}

/// The text with values in place of variables.
///
/// # Errors
///
/// What Flux cannot read, in which it stops the whole build.
pub fn substitute<'v>(text: &str, known: &dyn Fn(&str) -> Known<'v>) -> Result<Substituted, Unreadable> {
    let parts = Scanner { text, at: 0, slashes: false }.parts()?;
    let mut out = Substituted::default();
    for part in &parts {
        match part {
            Part::Text(plain) => out.text.push_str(plain),
            Part::Function(function) => {
                let value = function.value(known, &mut out);
                out.open |= value.is_none();
                match value {
                    Some(value) => out.text.push_str(&value),
                    None => out.text.push_str(text.get(function.written.clone()).unwrap_or("")),
                }
            }
        }
    }
    Ok(out)
}

/// A part of a text.
enum Part {
    Text(String),
    Function(Function),
}

/// What stands between braces: `NAME`, `NAME:-default`, `NAME/old/new`.
struct Function {
    name: String,
    /// `:-`, `/`, `^^`; nothing of a plain variable.
    does: String,
    with: Vec<Part>,
    /// Where it stands, braces and all.
    written: Range<usize>,
}

impl Function {
    /// What it yields; nothing when that is not known.
    fn value<'v>(&self, known: &dyn Fn(&str) -> Known<'v>, out: &mut Substituted) -> Option<String> {
        let has_default = self.does.starts_with([':', '=']) && self.does != ":";
        let value = match known(&self.name) {
            Known::Value(value) => {
                out.used.push(self.name.clone());
                value
            }
            Known::Undefined if has_default => "",
            Known::Undefined => {
                out.undefined.push(self.name.clone());
                return None;
            }
            Known::Unknown => return None,
        };
        if has_default && !value.is_empty() {
            // it stops at an undefined variable in a default that nobody needs, too
            let mut aside = Substituted::default();
            for part in &self.with {
                if let Part::Function(function) = part {
                    function.value(known, &mut aside);
                }
            }
            out.undefined.append(&mut aside.undefined);
            return Some(value.to_owned());
        }
        let mut with = Vec::with_capacity(self.with.len());
        for part in &self.with {
            with.push(match part {
                Part::Text(text) => text.clone(),
                Part::Function(function) => function.value(known, out)?,
            });
        }
        let texts: Vec<&str> = with.iter().map(String::as_str).collect();
        apply(&self.does, value, &texts)
    }
}

/// What a function makes of a value; nothing where it would cut a character in two or takes too long.
fn apply(does: &str, value: &str, with: &[&str]) -> Option<String> {
    let one = |change: fn(char) -> char| {
        let mut rest = value.chars();
        rest.next().map_or_else(String::new, |first| format!("{}{}", change(first), rest.as_str()))
    };
    Some(match (does, with) {
        (",", _) => one(lower),
        (",,", _) => value.chars().map(lower).collect(),
        ("^", _) => one(upper),
        ("^^", _) => value.chars().map(upper).collect(),
        ("#", []) => value.len().to_string(),
        ("#", [pattern, ..]) => trim(value, pattern, false)?,
        ("##", [pattern, ..]) => trim(value, pattern, true)?,
        ("%", [pattern, ..]) => reversed(&trim(&reversed(value), &reversed(pattern), false)?),
        ("%%", [pattern, ..]) => reversed(&trim(&reversed(value), &reversed(pattern), true)?),
        (":", [from, length @ ..]) => cut(value, from, length.first().copied())?,
        ("/#", [old, new]) if value.starts_with(old) => value.replacen(old, new, 1),
        ("/%", [old, new]) if value.ends_with(old) => {
            format!("{}{new}", value.strip_suffix(old).unwrap_or(value))
        }
        ("/#" | "/%", _) => value.to_owned(),
        ("/", [old, new @ ..]) => value.replacen(old, new.first().copied().unwrap_or(""), 1),
        ("//", [old, new @ ..]) => value.replace(old, new.first().copied().unwrap_or("")),
        (_, with) if value.is_empty() => with.concat(),
        _ => value.to_owned(),
    })
}

/// Go changes one character into one.
fn lower(c: char) -> char {
    let mut all = c.to_lowercase();
    all.next().filter(|_| all.next().is_none()).unwrap_or(c)
}

fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    all.next().filter(|_| all.next().is_none()).unwrap_or(c)
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

/// `${NAME:from:length}`, in bytes; what is no number leaves the value as it is.
fn cut(value: &str, from: &str, length: Option<&str>) -> Option<String> {
    let size = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let Ok(from) = from.parse::<i64>() else { return Some(value.to_owned()) };
    let from = if from < 0 { size.saturating_add(from).max(0) } else { from };
    let end = match length.map(str::parse::<i64>) {
        None => size,
        Some(Err(_)) => return Some(value.to_owned()),
        Some(Ok(length)) if length < 0 => size.saturating_add(length),
        Some(Ok(length)) => from.saturating_add(length).min(size),
    };
    if from >= size || end < from {
        return Some(String::new());
    }
    value.get(usize::try_from(from).ok()?..usize::try_from(end).ok()?).map(str::to_owned)
}

/// Takes the shortest or the longest beginning away that a pattern matches; an empty one is none.
fn trim(value: &str, pattern: &str, longest: bool) -> Option<String> {
    // Go cuts characters of several bytes in two
    if !value.is_ascii() || value.len() > MAX_MATCHED || pattern.len() > MAX_MATCHED {
        return None;
    }
    let mut found = None;
    for end in (1..=value.len()).rev() {
        let head = value.get(..end).unwrap_or("");
        match matches(pattern.as_bytes(), head.as_bytes()) {
            Err(BadPattern) => return Some(value.to_owned()),
            Ok(true) => {
                found = Some(end);
                if longest {
                    break;
                }
            }
            Ok(false) => {}
        }
    }
    value.get(found.unwrap_or(0)..).map(str::to_owned)
}

/// A pattern that cannot be read.
struct BadPattern;

/// Whether a pattern matches all of a text: `*`, `?`, `[a-z]`, `\*`.
fn matches(mut pattern: &[u8], mut text: &[u8]) -> Result<bool, BadPattern> {
    'chunks: while !pattern.is_empty() {
        let (star, chunk, rest) = chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(true);
        }
        if let Some(left) = begins(chunk, text)?
            && (left.is_empty() || !pattern.is_empty())
        {
            text = left;
            continue;
        }
        if star {
            for from in 1..=text.len() {
                if let Some(left) = begins(chunk, text.get(from..).unwrap_or_default())? {
                    if pattern.is_empty() && !left.is_empty() {
                        continue;
                    }
                    text = left;
                    continue 'chunks;
                }
            }
        }
        return Ok(false);
    }
    Ok(text.is_empty())
}

/// Up to the next star: whether one stood before, what is up to it, what is behind.
fn chunk(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
    let pattern = pattern.get(stars..).unwrap_or_default();
    let (mut at, mut in_class) = (0, false);
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'\\' if at + 1 < pattern.len() => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => break,
            _ => {}
        }
        at += 1;
    }
    let (chunk, rest) = pattern.split_at(at.min(pattern.len()));
    (stars > 0, chunk, rest)
}

/// What is left of a text that begins with what a chunk matches.
fn begins<'t>(mut chunk: &[u8], mut text: &'t [u8]) -> Result<Option<&'t [u8]>, BadPattern> {
    while let Some((first, more)) = chunk.split_first() {
        if text.is_empty() {
            return Ok(None);
        }
        match first {
            b'[' => {
                let (c, left) = first_char(text);
                text = left;
                let (is_in, rest) = class(more, c)?;
                if !is_in {
                    return Ok(None);
                }
                chunk = rest;
            }
            b'?' => {
                text = first_char(text).1;
                chunk = more;
            }
            _ => {
                let (wanted, rest) = match first {
                    b'\\' => more.split_first().ok_or(BadPattern)?,
                    first => (first, more),
                };
                match text.split_first() {
                    Some((byte, left)) if byte == wanted => text = left,
                    _ => return Ok(None),
                }
                chunk = rest;
            }
        }
    }
    Ok(Some(text))
}

/// Whether a character is in a class, whose bracket is open, and what stands behind it.
fn class(mut chunk: &[u8], c: char) -> Result<(bool, &[u8]), BadPattern> {
    let wanted = match chunk.split_first() {
        Some((b'^', rest)) => {
            chunk = rest;
            false
        }
        _ => true,
    };
    let (mut found, mut ranges) = (false, 0);
    loop {
        match chunk.split_first() {
            Some((b']', rest)) if ranges > 0 => return Ok((found == wanted, rest)),
            _ => {}
        }
        let (low, rest) = in_class(chunk)?;
        let (high, rest) = match rest.split_first() {
            Some((b'-', rest)) => in_class(rest)?,
            _ => (low, rest),
        };
        chunk = rest;
        found |= low <= c && c <= high;
        ranges += 1;
    }
}

fn in_class(chunk: &[u8]) -> Result<(char, &[u8]), BadPattern> {
    let rest = match chunk.split_first() {
        None | Some((b'-' | b']', _)) => return Err(BadPattern),
        Some((b'\\', [])) => return Err(BadPattern),
        Some((b'\\', rest)) => rest,
        _ => chunk,
    };
    let (c, rest) = first_char(rest);
    if rest.is_empty() { Err(BadPattern) } else { Ok((c, rest)) }
}

/// The first character of bytes that are text; of others a stand-in for the first byte.
fn first_char(bytes: &[u8]) -> (char, &[u8]) {
    let valid = |length: &usize| bytes.get(..*length).and_then(|head| std::str::from_utf8(head).ok());
    let found = (1..=4).find_map(|length| valid(&length)?.chars().next().map(|c| (c, length)));
    let (c, length) = found.unwrap_or((char::REPLACEMENT_CHARACTER, 1));
    (c, bytes.get(length..).unwrap_or_default())
}

/// Which characters a token goes on with: by the character and the length of the token with it, in bytes.
type Accept = fn(char, usize) -> bool;

/// Reads a text as the library's scanner does, its oddities too.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Whether `\/` and `\\` are escapes where `$$` is one: behind the first brace.
    slashes: bool,
}

impl Scanner<'_> {
    fn parts(&mut self) -> Result<Vec<Part>, Unreadable> {
        let mut parts = Vec::new();
        while self.peek().is_some() {
            self.slashes = false;
            parts.push(self.part(|_, _| true, true, 0)?);
        }
        Ok(parts)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// A function, or text up to the next one.
    fn part(&mut self, accept: Accept, escapes: bool, depth: usize) -> Result<Part, Unreadable> {
        if !self.rest().starts_with("${") {
            return self.token(accept, escapes, true).map(Part::Text).ok_or(Unreadable::Substitution);
        }
        let start = self.at;
        self.at += 2;
        self.function(start, depth).map(Part::Function)
    }

    /// Characters that are accepted, at least one. `functions`: it ends where one begins.
    fn token(&mut self, accept: Accept, escapes: bool, functions: bool) -> Option<String> {
        let mut token = String::new();
        while let Some(c) = self.peek() {
            let rest = self.rest();
            if functions && rest.starts_with("${") {
                break;
            }
            let escaped = rest.get(1..).and_then(|rest| rest.chars().next()).filter(|next| match c {
                '$' => *next == '$',
                '\\' => self.slashes && matches!(next, '/' | '\\'),
                _ => false,
            });
            if let Some(next) = escaped.filter(|_| escapes) {
                token.push(next);
                self.at += 2;
            } else if accept(c, token.len() + c.len_utf8()) {
                token.push(c);
                self.at += c.len_utf8();
            } else {
                break;
            }
        }
        (!token.is_empty()).then_some(token)
    }

    /// What stands behind `${`, with its end.
    fn function(&mut self, start: usize, depth: usize) -> Result<Function, Unreadable> {
        const NAME: Accept = |c, _| c.is_alphabetic() || c.is_ascii_digit() || c == '_';
        const NOT_CLOSING: Accept = |c, _| c != '}';
        if depth > MAX_DEPTH {
            return Err(Unreadable::Depth);
        }
        self.slashes = true;
        let wrong = Unreadable::Substitution;
        let (mut name, mut does, mut with) = (String::new(), String::new(), Vec::new());
        if self.peek() == Some('#') {
            does = self.token(|c, at| c == '#' && at == 1, false, false).ok_or(wrong)?;
            name = self.token(NAME, false, false).ok_or(wrong)?;
            return self.close(Function { name, does, with, written: start..start }, wrong);
        }
        name.push_str(&self.token(NAME, false, false).ok_or(Unreadable::Name)?);
        let rest = self.rest();
        match self.peek() {
            Some('=') => {
                does = self.token(|c, at| c == '=' && at == 1, false, false).ok_or(wrong)?;
                self.default(&mut with, depth)?;
            }
            Some(':') if rest.get(1..).is_some_and(|rest| rest.starts_with(['=', '-', '?', '+'])) => {
                let sign: Accept = |c, at| if at == 1 { c == ':' } else { at == 2 && "=-?+".contains(c) };
                does = self.token(sign, false, false).ok_or(wrong)?;
                self.default(&mut with, depth)?;
            }
            Some(':') => {
                does = self.token(|c, at| c == ':' && at == 1, false, false).ok_or(wrong)?;
                with.push(self.part(|c, _| c != ':' && c != '}', false, depth + 1)?);
                if self.peek() == Some(':') {
                    self.token(|c, _| c == ':', false, false).ok_or(wrong)?;
                    with.push(self.part(NOT_CLOSING, false, depth + 1)?);
                }
            }
            Some(',' | '^') => {
                does = self.token(|c, at| matches!(c, ',' | '^') && at < 3, false, false).ok_or(wrong)?;
            }
            Some('/') => {
                let sign: Accept = |c, at| if at == 1 { c == '/' } else { at == 2 && "/#%".contains(c) };
                does = self.token(sign, false, false).ok_or(wrong)?;
                with.push(self.part(|c, _| c != '/', true, depth + 1)?);
                self.token(|c, _| c == '/', false, false).ok_or(wrong)?;
                if self.peek() != Some('}') {
                    with.push(self.part(NOT_CLOSING, true, depth + 1)?);
                }
            }
            Some(sign @ ('#' | '%')) => {
                let accept: Accept = if sign == '#' { |c, at| c == '#' && at < 3 } else { |c, at| c == '%' && at < 3 };
                does = self.token(accept, false, false).ok_or(wrong)?;
                with.push(self.part(NOT_CLOSING, false, depth + 1)?);
            }
            _ => {
                return self.close(Function { name, does, with, written: start..start }, Unreadable::Brace);
            }
        }
        self.close(Function { name, does, with, written: start..start }, wrong)
    }

    fn default(&mut self, with: &mut Vec<Part>, depth: usize) -> Result<(), Unreadable> {
        while self.peek() != Some('}') {
            with.push(self.part(|c, _| c != '}', false, depth + 1)?);
        }
        Ok(())
    }

    fn close(&mut self, mut function: Function, wrong: Unreadable) -> Result<Function, Unreadable> {
        if self.peek() != Some('}') {
            return Err(wrong);
        }
        self.at += 1;
        function.written.end = self.at;
        Ok(function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Known<'static> {
        match name {
            "A" => Known::Value("shop.example.com"),
            "N" => Known::Value("3"),
            "E" => Known::Value(""),
            "S" => Known::Unknown,
            _ => Known::Undefined,
        }
    }

    /// What github.com/fluxcd/pkg/envsubst 1.9 answers, measured.
    #[test]
    fn functions_are_those_of_flux() {
        for (text, want) in [
            ("a ${A} b", "a shop.example.com b"),
            ("${A}${N}", "shop.example.com3"),
            ("$A $(A) $", "$A $(A) $"),
            ("$${A}", "${A}"),
            ("$$${A} $$", "$shop.example.com $"),
            ("${X:=one}", "one"),
            ("${X:-one two}", "one two"),
            ("${X=a${N}b}", "a3b"),
            ("${E:-${N}}", "3"),
            ("${E:=}", ""),
            ("${N:+other}", "3"),
            ("${#A}", "16"),
            ("${A^}", "Shop.example.com"),
            ("${A^^}", "SHOP.EXAMPLE.COM"),
            ("${A:5}", "example.com"),
            ("${A:5:7}", "example"),
            ("${A:-3}", "shop.example.com"),
            ("${A: -3}", "shop.example.com"),
            ("${A:1:-4}", "hop.example"),
            ("${A#*.}", "example.com"),
            ("${A##*.}", "com"),
            ("${A%.*}", "shop.example"),
            ("${A%%.*}", "shop"),
            ("${A/./-}", "shop-example.com"),
            ("${A//./-}", "shop-example-com"),
            ("${A/#shop/store}", "store.example.com"),
            ("${A/%com/org}", "shop.example.org"),
            ("${A//example./}", "shop.com"),
        ] {
            let made = substitute(text, &known);
            assert_eq!(made.as_ref().map(|made| made.text.as_str()), Ok(want), "{text}");
        }
        for (text, wrong) in [
            ("${", Unreadable::Name),
            ("${}", Unreadable::Name),
            ("${ A}", Unreadable::Name),
            ("${A", Unreadable::Brace),
            ("${A-b}", Unreadable::Brace),
            ("${A.b}", Unreadable::Brace),
            ("${A/b}", Unreadable::Substitution),
            ("${A:}", Unreadable::Substitution),
            ("${X:-a", Unreadable::Substitution),
        ] {
            assert_eq!(substitute(text, &known), Err(wrong), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_stays_as_it_is_written() {
        let made = substitute("${A}/${S}/${S:-x}/${X:-${S}}/${N:-${S}}/${X}/${A/shop/${Y}}", &known).unwrap();
        assert_eq!(made.text, "shop.example.com/${S}/${S:-x}/${X:-${S}}/3/${X}/${A/shop/${Y}}");
        assert_eq!(made.undefined, ["X", "Y"]);
        assert!(made.open);
    }

    #[test]
    fn nothing_is_too_deep() {
        assert_eq!(substitute(&"${A:-".repeat(100_000), &known), Err(Unreadable::Depth));
    }
}
