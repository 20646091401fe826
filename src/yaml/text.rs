//! Characters and runs of characters: where a line breaks, where a plain scalar stops, what an escape stands for, how
//! lines fold. Knows nothing of structure. A position past the end reads as 0.

use memchr::memchr;
use wide::u8x16;

#[inline]
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The bytes of the line break at `at`; 0 when there is none. NEL, LS and PS break lines too.
#[inline]
pub(super) fn line_break(bytes: &[u8], at: usize) -> usize {
    match byte(bytes, at) {
        b'\n' => 1,
        b'\r' => 1 + usize::from(byte(bytes, at + 1) == b'\n'),
        0xC2 | 0xE2 => wide_break(bytes, at),
        _ => 0,
    }
}

#[cold]
fn wide_break(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..) {
        Some([0xC2, 0x85, ..]) => 2,
        Some([0xE2, 0x80, 0xA8 | 0xA9, ..]) => 3,
        _ => 0,
    }
}

/// Whether a blank, a line break or the end stands at `at`.
#[inline]
pub(super) fn is_blank_or_end(bytes: &[u8], at: usize) -> bool {
    match byte(bytes, at) {
        b' ' | b'\t' | b'\n' | b'\r' => true,
        0 => at >= bytes.len(),
        0xC2 | 0xE2 => wide_break(bytes, at) > 0,
        _ => false,
    }
}

/// Whether a text has no line break but the line feed.
pub(super) fn breaks_only_by_line_feed(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr(b'\r', bytes).is_none()
        && (text.is_ascii() || !memchr::memchr2_iter(0xC2, 0xE2, bytes).any(|at| wide_break(bytes, at) > 0))
}

/// Where the line ends, before its break.
#[inline]
pub(super) fn line_end(bytes: &[u8], from: usize, only_feeds: bool) -> usize {
    if only_feeds {
        return find(bytes, from, *b"\n");
    }
    let mut at = from;
    while at < bytes.len() && line_break(bytes, at) == 0 {
        at += 1;
    }
    at
}

/// Whether `---` or `...` stands at `at` with a blank or the end behind it.
pub(super) fn is_document_mark(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 3), Some(b"---" | b"...")) && is_blank_or_end(bytes, at + 3)
}

/// A character of an anchor's name.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

const PLAIN: u8 = 0;
const COLON: u8 = 1;
const BLANK: u8 = 2;
const FLOW: u8 = 3;
const BREAK: u8 = 4;
const WIDE: u8 = 5;

static CLASS: [u8; 256] = {
    let mut class = [PLAIN; 256];
    class[b':' as usize] = COLON;
    class[b' ' as usize] = BLANK;
    class[b'\t' as usize] = BLANK;
    class[b',' as usize] = FLOW;
    class[b'?' as usize] = FLOW;
    class[b'[' as usize] = FLOW;
    class[b']' as usize] = FLOW;
    class[b'{' as usize] = FLOW;
    class[b'}' as usize] = FLOW;
    class[b'\n' as usize] = BREAK;
    class[b'\r' as usize] = BREAK;
    class[0] = BREAK;
    class[0xC2] = WIDE;
    class[0xE2] = WIDE;
    class
};

#[inline]
fn class(byte: u8) -> u8 {
    CLASS.get(byte as usize).copied().unwrap_or(PLAIN)
}

/// Bytes compared at once. Sixteen, because every machine that this is built for can do that much.
const LANES: usize = 16;

/// The first of `marks` from `from` on; the end when there is none.
#[inline(always)]
fn find<const N: usize>(bytes: &[u8], from: usize, marks: [u8; N]) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<LANES>()) {
        let chunk = u8x16::new(*chunk);
        let found = marks.iter().fold(u8x16::ZERO, |found, mark| found | chunk.simd_eq(u8x16::splat(*mark)));
        let found = found.to_bitmask();
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += LANES;
    }
    near(bytes, at, marks)
}

/// [`find`] at the end of a text.
#[cold]
fn near<const N: usize>(bytes: &[u8], from: usize, marks: [u8; N]) -> usize {
    let rest = bytes.get(from..).unwrap_or(&[]);
    rest.iter().position(|byte| marks.contains(byte)).map_or(bytes.len(), |found| from + found)
}

/// Why a plain scalar stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Halt {
    /// At a colon with a blank behind it.
    Colon,
    /// At the end of the line, or of the text.
    Line,
    /// At a comment.
    Comment,
}

/// Where the plain text of a block that begins at `start` stops, and why; blanks before that are counted in. Only for a
/// text in which nothing but line feeds breaks lines.
#[inline(always)]
pub(super) fn halt(bytes: &[u8], start: usize) -> (usize, Halt) {
    let at = find(bytes, start, STOPS);
    match byte(bytes, at) {
        b'\n' => (at, Halt::Line),
        b':' if matches!(bytes.get(at + 1), Some(b' ' | b'\n')) => (at, Halt::Colon),
        _ => halt_behind(bytes, start, at),
    }
}

const STOPS: [u8; 3] = *b"\n:#";

/// [`halt`], where the first thing that was met at `at` may be text.
fn halt_behind(bytes: &[u8], start: usize, mut at: usize) -> (usize, Halt) {
    loop {
        match byte(bytes, at) {
            b':' if matches!(bytes.get(at + 1), None | Some(b' ' | b'\n' | b'\t')) => return (at, Halt::Colon),
            b'#' if at > start && matches!(byte(bytes, at - 1), b' ' | b'\t') => return (at, Halt::Comment),
            b':' | b'#' => at = find(bytes, at + 1, STOPS),
            _ => return (at, Halt::Line),
        }
    }
}

/// Where the text before `end` stops that is no blank.
#[inline]
pub(super) fn trimmed(bytes: &[u8], mut end: usize) -> usize {
    while end > 0 && matches!(byte(bytes, end - 1), b' ' | b'\t') {
        end -= 1;
    }
    end
}

const DOUBLE: [u8; 3] = *b"\n\"\\";
const SINGLE: [u8; 2] = *b"\n'";

/// The end of a quoted scalar's text on its line, when nothing in it needs work. Only for a text in which nothing but
/// line feeds breaks lines.
#[inline]
pub(super) fn quoted(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let end = if quote == b'"' { find(bytes, start, DOUBLE) } else { find(bytes, start, SINGLE) };
    (byte(bytes, end) == quote && (quote == b'"' || byte(bytes, end + 1) != b'\'')).then_some(end)
}

/// Where the text within quotes that begins at `from` has to be looked at: at the quote, a backslash in double ones, the
/// blanks at the end of a line. Only for a text in which nothing but line feeds breaks lines.
pub(super) fn quoted_words(bytes: &[u8], from: usize, quote: u8) -> usize {
    let end = if quote == b'"' { find(bytes, from, DOUBLE) } else { find(bytes, from, SINGLE) };
    if matches!(byte(bytes, end), b'\n' | 0) { trimmed(bytes, end).max(from) } else { end }
}

/// Where the spaces that begin at `from` end.
#[inline]
pub(super) fn spaces(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<LANES>()) {
        let other = !u8x16::new(*chunk).simd_eq(u8x16::splat(b' ')).to_bitmask();
        let run = other.trailing_zeros() as usize;
        if run < LANES {
            return at + run;
        }
        at += LANES;
    }
    while byte(bytes, at) == b' ' {
        at += 1;
    }
    at
}

/// A number that two names share when they are the same, and hardly otherwise.
#[inline]
pub(super) fn signature(bytes: &[u8], start: usize, end: usize) -> u32 {
    let eight = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).map(|it| u64::from_le_bytes(*it));
    let length = end - start;
    let word = if length >= 8 {
        let (first, last) = (eight(start).unwrap_or(0), eight(end - 8).unwrap_or(0));
        let middle = eight(start + length / 2 - 4).unwrap_or(0);
        first ^ last.rotate_left(21) ^ middle.rotate_left(42)
    } else {
        match eight(start) {
            Some(word) => word & !(u64::MAX << (length * 8)),
            None => bytes.get(start..end).unwrap_or(&[]).iter().rev().fold(0, |word, b| (word << 8) | u64::from(*b)),
        }
    };
    ((word ^ length as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

/// Where the plain text that begins at `start` ends on its line, without the blanks behind it; `start` when none does.
#[inline]
pub(super) fn plain_run(bytes: &[u8], start: usize, flow: bool) -> usize {
    let mut at = start;
    loop {
        let rest = bytes.get(at..).unwrap_or(&[]);
        match rest.iter().position(|byte| class(*byte) != PLAIN) {
            Some(run) => at += run,
            None => return bytes.len(),
        }
        match class(byte(bytes, at)) {
            COLON if is_blank_or_end(bytes, at + 1) => return at,
            FLOW if flow => return at,
            WIDE if wide_break(bytes, at) > 0 => return at,
            BREAK => return at,
            BLANK => {
                let end = at;
                while matches!(byte(bytes, at), b' ' | b'\t') {
                    at += 1;
                }
                let next = byte(bytes, at);
                let stops = match class(next) {
                    COLON => is_blank_or_end(bytes, at + 1),
                    FLOW => flow,
                    BREAK => true,
                    WIDE => wide_break(bytes, at) > 0,
                    _ => next == b'#',
                };
                if stops {
                    return end;
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// The closing quote of a quoted scalar that needs no work: no escape and no line break before it.
#[inline]
pub(super) fn quoted_run(bytes: &[u8], start: usize, quote: u8) -> Option<usize> {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let mut at = start;
    for byte in rest {
        match *byte {
            found if found == quote => return Some(at),
            b'\n' | b'\r' => return None,
            b'\\' if quote == b'"' => return None,
            0xC2 | 0xE2 if wide_break(bytes, at) > 0 => return None,
            _ => at += 1,
        }
    }
    None
}

/// Where a run without blanks, breaks, the quote and (in double quotes) backslashes ends.
pub(super) fn word_run(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start;
    while at < bytes.len() {
        let here = byte(bytes, at);
        if here == quote || (here == b'\\' && quote == b'"') || is_blank_or_end(bytes, at) {
            break;
        }
        at += 1;
    }
    at
}

/// The character that an escape at `at` (its backslash) stands for, and how long it is.
pub(super) fn escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let digits = match byte(bytes, at + 1) {
        b'0' => return Some(('\0', 2)),
        b'a' => return Some(('\x07', 2)),
        b'b' => return Some(('\x08', 2)),
        b't' | b'\t' => return Some(('\t', 2)),
        b'n' => return Some(('\n', 2)),
        b'v' => return Some(('\x0B', 2)),
        b'f' => return Some(('\x0C', 2)),
        b'r' => return Some(('\r', 2)),
        b'e' => return Some(('\x1B', 2)),
        b' ' => return Some((' ', 2)),
        b'"' => return Some(('"', 2)),
        b'\'' => return Some(('\'', 2)),
        b'\\' => return Some(('\\', 2)),
        b'N' => return Some(('\u{85}', 2)),
        b'_' => return Some(('\u{A0}', 2)),
        b'L' => return Some(('\u{2028}', 2)),
        b'P' => return Some(('\u{2029}', 2)),
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return None,
    };
    let mut value: u32 = 0;
    for index in 0..digits {
        let digit = char::from(byte(bytes, at + 2 + index)).to_digit(16)?;
        value = value.checked_mul(16)?.checked_add(digit)?;
    }
    Some((char::from_u32(value)?, 2 + digits))
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chomp {
    Strip,
    Clip,
    Keep,
}

/// The line that opens a block scalar.
pub(super) struct Header {
    /// The digit.
    pub indent: Option<usize>,
    pub chomp: Chomp,
    /// Where its line ends.
    pub end: usize,
    /// Where what is written on it ends.
    pub written: usize,
}

/// The header that begins at `start` with `|` or `>`.
pub(super) fn block_header(bytes: &[u8], start: usize) -> Option<Header> {
    let mut at = start + 1;
    let (mut indent, mut chomp) = (None, Chomp::Clip);
    let signs = |at: usize| match byte(bytes, at) {
        b'+' => Some(Chomp::Keep),
        b'-' => Some(Chomp::Strip),
        _ => None,
    };
    let first = signs(at);
    if let Some(sign) = first {
        chomp = sign;
        at += 1;
    }
    if byte(bytes, at).is_ascii_digit() {
        let digit = usize::from(byte(bytes, at) - b'0');
        if digit == 0 {
            return None;
        }
        indent = Some(digit);
        at += 1;
        if let Some(sign) = signs(at).filter(|_| first.is_none()) {
            chomp = sign;
            at += 1;
        }
    }
    let mut written = at;
    while matches!(byte(bytes, at), b' ' | b'\t') {
        at += 1;
    }
    if byte(bytes, at) == b'#' {
        at = line_end(bytes, at, false);
        written = at;
        while matches!(byte(bytes, written - 1), b' ' | b'\t') {
            written -= 1;
        }
    }
    (at >= bytes.len() || line_break(bytes, at) > 0).then_some(Header { indent, chomp, end: at, written })
}

/// A scalar's text while its lines are folded.
#[derive(Default)]
pub(super) struct Folded {
    value: String,
    first: Option<char>,
    rest: String,
}

impl Folded {
    /// What was put together.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// A new scalar.
    pub fn begin(&mut self) {
        self.value.clear();
        self.pause();
    }

    /// A new scalar, whose first line is `text` and whose line breaks behind it were read already.
    pub fn resume(&mut self, text: &str) {
        self.value.clear();
        self.value.push_str(text);
    }

    pub fn push(&mut self, text: &str) {
        self.value.push_str(text);
    }

    pub fn push_char(&mut self, character: char) {
        self.value.push(character);
    }

    /// Forgets line breaks that were seen.
    pub fn pause(&mut self) {
        self.first = None;
        self.rest.clear();
    }

    fn character(bytes: &[u8], at: usize, width: usize) -> char {
        match (width, byte(bytes, at + 2)) {
            (3, 0xA8) => '\u{2028}',
            (3, _) => '\u{2029}',
            _ => '\n',
        }
    }

    /// A line break at `at`: the first one, or one more.
    pub fn line_break(&mut self, bytes: &[u8], at: usize, width: usize) {
        if width == 0 {
            return;
        }
        let character = Self::character(bytes, at, width);
        match self.first {
            None => self.first = Some(character),
            Some(_) => self.rest.push(character),
        }
    }

    /// A line break of an empty line, which is kept.
    pub fn further_break(&mut self, bytes: &[u8], at: usize, width: usize) {
        self.rest.push(Self::character(bytes, at, width));
    }

    /// One break is a blank, more are one less.
    pub fn fold(&mut self) {
        if self.first == Some('\n') {
            if self.rest.is_empty() {
                self.value.push(' ');
            } else {
                self.value.push_str(&self.rest);
            }
            self.pause();
        } else {
            self.join();
        }
    }

    /// All breaks as they are.
    pub fn join(&mut self) {
        self.keep_first();
        self.keep_rest();
        self.pause();
    }

    pub fn keep_first(&mut self) {
        self.value.extend(self.first);
    }

    pub fn keep_rest(&mut self) {
        self.value.push_str(&self.rest);
    }
}
