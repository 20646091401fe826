//! Writes a draft as sigs.k8s.io/yaml does: keys sorted, lists at the column of their key, quotes only where go-yaml v2
//! puts them, lines folded after 80 columns. Comments are not written.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::draft::{Content, Draft};
use super::scalar::{Scalar, plain};

/// Where go-yaml folds.
const WIDTH: usize = 80;

/// One document. `mark` is called with the number of each line that a scalar begins on, and the scalar.
pub fn emit(draft: &Draft, mark: &mut dyn FnMut(usize, &Draft)) -> String {
    let mut writer = Writer { out: String::new(), line: 0, counted: 0, mark };
    match &draft.content {
        Content::Mapping(entries) if !entries.is_empty() => writer.mapping(draft, 0, true),
        Content::Sequence(items) if !items.is_empty() => writer.sequence(draft, 0, true),
        _ => writer.inline(draft, 0),
    }
    writer.out
}

struct Writer<'m> {
    out: String,
    line: usize,
    counted: usize,
    mark: &'m mut dyn FnMut(usize, &Draft),
}

impl Writer<'_> {
    fn told(&mut self, draft: &Draft) {
        let new = self.out.as_bytes().get(self.counted..).unwrap_or_default();
        self.line += new.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.out.len();
        (self.mark)(self.line, draft);
    }

    fn indent(&mut self, columns: usize) {
        for _ in 0..columns {
            self.out.push(' ');
        }
    }

    fn mapping(&mut self, draft: &Draft, column: usize, mut started: bool) {
        let mut entries: Vec<_> = draft.entries().iter().collect();
        entries.sort_by(|(a, _), (b, _)| natural_order(&a.text, &b.text));
        for (key, value) in entries {
            if !started {
                self.indent(column);
            }
            started = false;
            let long = key.text.len() > 128 || key.text.contains('\n');
            if long {
                self.out.push_str("? ");
            }
            let at = self.column();
            self.string(&key.text, column, at, !long);
            if long {
                self.out.push('\n');
                self.indent(column);
            }
            self.out.push(':');
            match &value.content {
                Content::Mapping(inner) if !inner.is_empty() => {
                    self.out.push('\n');
                    self.mapping(value, column + 2, false);
                }
                Content::Sequence(inner) if !inner.is_empty() => {
                    self.out.push('\n');
                    self.sequence(value, column, false);
                }
                _ => {
                    self.out.push(' ');
                    self.inline(value, column + 2);
                }
            }
        }
    }

    fn sequence(&mut self, draft: &Draft, column: usize, mut started: bool) {
        for item in draft.items() {
            if !started {
                self.indent(column);
            }
            started = false;
            self.out.push_str("- ");
            match &item.content {
                Content::Mapping(inner) if !inner.is_empty() => self.mapping(item, column + 2, true),
                Content::Sequence(inner) if !inner.is_empty() => self.sequence(item, column + 2, true),
                _ => self.inline(item, column + 2),
            }
        }
    }

    fn column(&self) -> usize {
        let line = self.out.rsplit_once('\n').map_or(self.out.as_str(), |(_, line)| line);
        line.chars().count()
    }

    fn inline(&mut self, draft: &Draft, indent: usize) {
        self.told(draft);
        match &draft.content {
            Content::Mapping(_) => self.out.push_str("{}"),
            Content::Sequence(_) => self.out.push_str("[]"),
            Content::Scalar(..) => match draft.scalar() {
                Some(Scalar::Str(_)) if let Some(other) = draft.read_again() => {
                    let at = self.column();
                    self.string(&other, indent, at, false);
                }
                Some(Scalar::Str(text)) => {
                    let at = self.column();
                    self.string(text, indent, at, false);
                }
                Some(Scalar::Bool(value)) => self.out.push_str(if value { "true" } else { "false" }),
                Some(Scalar::Int(value)) => {
                    let _ = write!(self.out, "{value}");
                }
                Some(Scalar::UInt(value)) => {
                    let _ = write!(self.out, "{value}");
                }
                Some(Scalar::Float(value)) => self.out.push_str(&float(value)),
                Some(Scalar::Null) | None => self.out.push_str("null"),
            },
        }
        self.out.push('\n');
    }

    fn string(&mut self, text: &str, indent: usize, column: usize, key: bool) {
        let about = About::of(text);
        let breaks = text.contains('\n');
        let literal = breaks && !key && about.block;
        if literal {
            self.literal(text, indent);
            return;
        }
        let readable = is_readable(text);
        if !breaks && readable && about.plain && !text.is_empty() {
            self.folded(text, indent, column, !key, false);
        } else if !breaks && readable && about.single {
            self.out.push('\'');
            self.folded(&text.replace('\'', "''"), indent, column + 1, !key, true);
            self.out.push('\'');
        } else {
            self.double(text, indent, column + 1, !key);
        }
    }

    /// Text as it is, broken at single spaces once the line is full.
    fn folded(&mut self, text: &str, indent: usize, mut column: usize, fold: bool, quoted: bool) {
        let mut spaces = false;
        let mut rest = text.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            let next_is_space = matches!(rest.peek(), Some((_, ' ')));
            let inner = !quoted || (at > 0 && at + 1 < text.len());
            if c == ' ' && fold && !spaces && column > WIDTH && !next_is_space && inner {
                self.out.push('\n');
                self.indent(indent);
                column = indent;
            } else {
                self.out.push(c);
                column += 1;
            }
            spaces = c == ' ';
        }
    }

    fn double(&mut self, text: &str, indent: usize, mut column: usize, fold: bool) {
        // go-yaml looks at the first bytes wherever it asks for a mark of the order of bytes (`is_bom`)
        let marked = text.starts_with('\u{FEFF}');
        self.out.push('"');
        let mut spaces = false;
        let mut rest = text.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            if c == ' ' && !marked {
                if fold && !spaces && column > WIDTH && at > 0 && at + 1 < text.len() {
                    self.out.push('\n');
                    self.indent(indent);
                    column = indent;
                    if matches!(rest.peek(), Some((_, ' '))) {
                        self.out.push('\\');
                        column += 1;
                    }
                } else {
                    self.out.push(' ');
                    column += 1;
                }
                spaces = true;
                continue;
            }
            spaces = false;
            let before = self.out.len();
            if printable(c) && c != '"' && c != '\\' && !is_break(c) && c != '\u{FEFF}' && !marked {
                self.out.push(c);
                column += 1;
                continue;
            }
            match c {
                '\0' => self.out.push_str("\\0"),
                '\u{7}' => self.out.push_str("\\a"),
                '\u{8}' => self.out.push_str("\\b"),
                '\t' => self.out.push_str("\\t"),
                '\n' => self.out.push_str("\\n"),
                '\u{b}' => self.out.push_str("\\v"),
                '\u{c}' => self.out.push_str("\\f"),
                '\r' => self.out.push_str("\\r"),
                '\u{1b}' => self.out.push_str("\\e"),
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{85}' => self.out.push_str("\\N"),
                '\u{a0}' => self.out.push_str("\\_"),
                '\u{2028}' => self.out.push_str("\\L"),
                '\u{2029}' => self.out.push_str("\\P"),
                c => {
                    let code = c as u32;
                    let _ = match code {
                        0..=0xFF => write!(self.out, "\\x{code:02X}"),
                        0x100..=0xFFFF => write!(self.out, "\\u{code:04X}"),
                        _ => write!(self.out, "\\U{code:08X}"),
                    };
                }
            }
            column += self.out.len() - before;
        }
        self.out.push('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        if !text.ends_with('\n') {
            self.out.push('-');
        } else if text == "\n" || text.ends_with("\n\n") {
            self.out.push('+');
        }
        let body = text.strip_suffix('\n').unwrap_or(text);
        for line in body.split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.indent(indent.max(2));
                self.out.push_str(line);
            }
        }
    }
}

/// What a string's characters allow, by the rules of libyaml's emitter.
struct About {
    plain: bool,
    single: bool,
    block: bool,
}

impl About {
    fn of(text: &str) -> Self {
        let mut block_indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut leading, mut trailing, mut trailing_space) = (false, false, false, false);
        let (mut break_space, mut space_break, mut breaks) = (false, false, false);
        let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
        let mut rest = text.chars().peekable();
        let mut first = true;
        while let Some(c) = rest.next() {
            let next = rest.peek().copied();
            let followed = next.is_none_or(|next| next == ' ' || next == '\t');
            if first {
                block_indicators |= match c {
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                        true
                    }
                    '?' | ':' | '-' => followed,
                    _ => false,
                };
            } else {
                block_indicators |= (c == ':' && followed) || (c == '#' && after_blank);
            }
            special |= !printable(c);
            if c == ' ' {
                leading |= first;
                trailing |= next.is_none();
                trailing_space |= next.is_none();
                break_space |= after_break;
                (after_space, after_break) = (true, false);
            } else if is_break(c) {
                breaks = true;
                leading |= first;
                trailing |= next.is_none();
                space_break |= after_space;
                (after_space, after_break) = (false, true);
            } else {
                (after_space, after_break) = (false, false);
            }
            after_blank = c == ' ' || c == '\t' || is_break(c);
            first = false;
        }
        let odd = space_break || special;
        Self {
            plain: !(leading || trailing || break_space || odd || breaks || block_indicators),
            single: !(break_space || odd),
            block: !(trailing_space || odd || text.is_empty()),
        }
    }
}

/// Whether a text reads as text where it stands without quotes.
fn is_readable(text: &str) -> bool {
    matches!(plain(text), Scalar::Str(_)) && !base_60(text) && !is_time(text)
}

/// Whether a text is written without quotes, on one line.
pub(crate) fn is_written_plainly(text: &str) -> bool {
    !text.is_empty() && !text.contains('\n') && is_readable(text) && About::of(text).plain
}

/// Whether the characters of a text, which is not empty, let it stand without quotes, whatever it reads as.
pub(crate) fn may_be_plain(text: &str) -> bool {
    About::of(text).plain
}

/// Whether a text may be written as a block, `|` or `>`.
pub(super) fn may_be_block(text: &str) -> bool {
    About::of(text).block
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// YAML 1.1's numbers to base 60, `12:30`: go-yaml quotes them and reads none.
fn base_60(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (body, fraction) = body.split_once('.').unwrap_or((body, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return false;
    }
    let mut parts = body.split(':');
    let head = parts.next().unwrap_or("");
    let digits = head.starts_with(|c: char| c.is_ascii_digit())
        && head.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut count = 0;
    let rest = parts.all(|part| {
        count += 1;
        matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    digits && rest && count > 0
}

/// What go-yaml takes for a date or a time when it stands without quotes.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let (day, time) = rest.split_at(rest.find(['T', 't', ' ']).unwrap_or(rest.len()));
    let clock = time.get(1..).unwrap_or("");
    let timed = clock.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'Z' | b'+' | b'-'));
    let whole = time.is_empty() || (timed && clock.matches(':').count() >= 2);
    year.len() == 4 && digits(year, 4) && digits(month, 2) && digits(day, 2) && whole
}

/// A float as Go's JSON writes it and go-yaml reads and writes it again.
pub(crate) fn float(value: f64) -> String {
    let json = json_float(value);
    // what it reads as a whole number stays one
    if let Ok(whole) = json.parse::<i64>() {
        return whole.to_string();
    }
    if json.parse::<u64>().is_ok() { json } else { short_float(value) }
}

/// A float as Go's JSON writes it: with an exponent where it is very small or large.
pub(crate) fn json_float(value: f64) -> String {
    let told = format!("{value:e}");
    let Some((digits, exponent)) = told.split_once('e') else { return told };
    match exponent.parse::<i32>() {
        Ok(exponent) if value != 0.0 && !(-6..21).contains(&exponent) => format!("{digits}e{exponent:+}"),
        _ => value.to_string(),
    }
}

/// A float in as few digits as tell it, with an exponent from the seventh place on (Go's strconv, `%g`).
pub(crate) fn short_float(value: f64) -> String {
    let told = format!("{value:e}");
    let Some((digits, exponent)) = told.split_once('e') else { return told };
    match exponent.parse::<i32>() {
        Ok(exponent) if (-4..6).contains(&exponent) => value.to_string(),
        Ok(exponent) => format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
        Err(_) => told,
    }
}

/// The order of keys that go-yaml writes: digits by their number, letters after everything else.
#[must_use]
pub fn natural_order(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let number = |chars: &[char], from: usize, start: i64| {
        let mut value = start;
        let mut end = from;
        while let Some(digit) = chars.get(end).and_then(|c| c.to_digit(10)) {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
            end += 1;
        }
        (value, end)
    };
    for (at, (x, y)) in left.iter().zip(&right).enumerate() {
        if x == y {
            continue;
        }
        match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => return x.cmp(y),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let mut start = 0;
        if *x == '0' || *y == '0' {
            let before = left.get(..at).unwrap_or_default().iter().rev();
            start = i64::from(before.take_while(|c| c.is_ascii_digit()).any(|c| *c != '0'));
        }
        let ((m, i), (n, j)) = (number(&left, at, start), number(&right, at, start));
        return m.cmp(&n).then(i.cmp(&j)).then(x.cmp(y));
    }
    left.len().cmp(&right.len())
}
