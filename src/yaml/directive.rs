//! `%YAML` and `%TAG`, and the tags that they give a meaning.

use std::collections::BTreeMap;

use super::text::{is_blank_or_end, is_word, line_break, line_end};
use super::tree::Tag;

const CORE: &str = "tag:yaml.org,2002:";

/// The handles of one document.
#[derive(Default)]
pub(super) struct Tags<'a> {
    /// Sorted and not searched one by one: no number of them makes it slow.
    handles: BTreeMap<&'a str, String>,
    version: bool,
    /// What the directives say is of no matter, only how they are written.
    unread: bool,
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(byte(bytes, at), b' ' | b'\t') {
        at += 1;
    }
    at
}

fn words(bytes: &[u8], mut at: usize) -> usize {
    while is_word(byte(bytes, at)) {
        at += 1;
    }
    at
}

/// A tag that was read.
pub(super) struct Found {
    pub tag: Tag,
    /// Whether `<<` merges under it, in whatever style.
    pub merges: bool,
    /// Whether it is none of YAML's own.
    pub foreign: bool,
    pub end: usize,
}

impl<'a> Tags<'a> {
    /// Those of a document that is not read.
    pub fn unread() -> Self {
        Self { unread: true, ..Self::default() }
    }

    /// Reads the directive at `start` (its `%`) up to the end of its line; nothing when it is none that go-yaml takes.
    pub fn directive(&mut self, bytes: &[u8], text: &'a str, start: usize) -> Option<usize> {
        let name_end = words(bytes, start + 1);
        if !is_blank_or_end(bytes, name_end) {
            return None;
        }
        let mut at = blanks(bytes, name_end);
        match text.get(start + 1..name_end)? {
            "YAML" => {
                let number = |from: usize| {
                    let digits = bytes.get(from..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let value = text.get(from..from + digits)?.parse::<u8>().ok()?;
                    (digits <= 2).then_some((value, from + digits))
                };
                let (major, dot) = number(at)?;
                let (minor, end) = number((byte(bytes, dot) == b'.').then_some(dot + 1)?)?;
                // 1.1 only, and once
                if !self.unread && ((major, minor) != (1, 1) || self.version) {
                    return None;
                }
                self.version = true;
                at = end;
            }
            "TAG" => {
                let handle_end = handle(bytes, at)?;
                let name = text.get(at..handle_end)?;
                if name != "!" && !(name.len() > 1 && name.ends_with('!')) {
                    return None;
                }
                let from = blanks(bytes, handle_end);
                if from == handle_end || (!self.unread && self.handles.contains_key(name)) {
                    return None;
                }
                let (prefix, end) = uri(bytes, from)?;
                if prefix.is_empty() || !is_blank_or_end(bytes, end) {
                    return None;
                }
                self.handles.insert(name, prefix);
                at = end;
            }
            _ => return None,
        }
        at = blanks(bytes, at);
        if byte(bytes, at) == b'#' {
            at = line_end(bytes, at, false);
        }
        (at >= bytes.len() || line_break(bytes, at) > 0).then_some(at)
    }

    /// Reads the tag at `start` (its `!`); nothing when it is malformed or its handle unknown.
    pub fn tag(&self, bytes: &[u8], text: &str, start: usize) -> Option<Found> {
        let (full, end) = if byte(bytes, start + 1) == b'<' {
            let (full, end) = uri(bytes, start + 2)?;
            if full.is_empty() || byte(bytes, end) != b'>' {
                return None;
            }
            (full, end + 1)
        } else {
            let handle_end = handle(bytes, start)?;
            let name = text.get(start..handle_end)?;
            if name.len() > 1 && name.ends_with('!') {
                let (suffix, end) = uri(bytes, handle_end)?;
                if suffix.is_empty() {
                    return None;
                }
                (self.prefix(name)? + &suffix, end)
            } else {
                let (suffix, end) = uri(bytes, handle_end)?;
                let suffix = name.get(1..)?.to_owned() + &suffix;
                let full = if suffix.is_empty() { "!".to_owned() } else { self.prefix("!")? + &suffix };
                (full, end)
            }
        };
        // go-yaml drops a lone `!`, and then `! "<<"` merges as `<<` does
        let merges = full == "!" || full == "tag:yaml.org,2002:merge";
        let foreign = full != "!" && !full.starts_with(CORE);
        is_blank_or_end(bytes, end).then(|| Found { tag: meaning(&full), merges, foreign, end })
    }

    fn prefix(&self, handle: &str) -> Option<String> {
        let own = self.handles.get(handle).cloned();
        own.or(match handle {
            "!" => Some("!".to_owned()),
            "!!" => Some(CORE.to_owned()),
            _ if self.unread => Some(String::new()),
            _ => None,
        })
    }
}

fn meaning(full: &str) -> Tag {
    match full.strip_prefix(CORE) {
        Some("str") => Tag::Str,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("bool") => Tag::Bool,
        Some("null") => Tag::Null,
        Some("binary") => Tag::Binary,
        _ if full == "!" => Tag::Str,
        _ => Tag::Other,
    }
}

/// `!`, `!!` or `!name!`, or a `!` with the beginning of a suffix.
fn handle(bytes: &[u8], start: usize) -> Option<usize> {
    if byte(bytes, start) != b'!' {
        return None;
    }
    let end = words(bytes, start + 1);
    Some(end + usize::from(byte(bytes, end) == b'!'))
}

/// The characters of a URI, `%41` unescaped.
fn uri(bytes: &[u8], start: usize) -> Option<(String, usize)> {
    let mut out = Vec::new();
    let mut at = start;
    loop {
        match byte(bytes, at) {
            b'%' => {
                let digit = |at: usize| char::from(byte(bytes, at)).to_digit(16).and_then(|n| u8::try_from(n).ok());
                out.push(digit(at + 1)? << 4 | digit(at + 2)?);
                at += 3;
            }
            found if is_word(found) || b";/?:@&=+$,.!~*'()[]".contains(&found) => {
                out.push(found);
                at += 1;
            }
            _ => break,
        }
    }
    Some((String::from_utf8(out).ok()?, at))
}
