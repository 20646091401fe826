//! Lines of blocks as nearly all are written: a plain or quoted key, a dash, a plain or quoted value, deeper lines of a
//! plain one. Only where nothing but line feeds breaks lines. Whatever is less ordinary, errors first, is left to the
//! general functions at the token where it stands: nothing is decided here that they would decide otherwise.

use super::super::builder::{MAX_SCALAR, Text};
use super::super::scalar::is_name;
use super::super::text::{self, Chomp, Halt};
use super::super::tree::{Style, Tag};
use super::{Frame, Kind, MAX_KEY, Place, Props, Scanner, State, Step};

/// What a token that begins with a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// A plain scalar, and as a key a plain name.
    Plain,
    /// A plain scalar that may be a word of YAML: `yes`, `null`.
    Wordy,
    /// A plain scalar that may be a number or `<<`.
    Odd,
    /// A dash.
    Dash,
    /// A plain scalar that may be `.inf` or `.nan`.
    Sign,
    Quote,
    Feed,
    Other,
}

static BEGINS: [Begin; 256] = {
    let mut begins = [Begin::Other; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphabetic() {
            begins[byte] = Begin::Plain;
        }
        if (byte as u8).is_ascii_digit() {
            begins[byte] = Begin::Odd;
        }
        byte += 1;
    }
    let mut index = 0;
    let plain = b"_/$()^;\\";
    while index < plain.len() {
        begins[plain[index] as usize] = Begin::Plain;
        index += 1;
    }
    index = 0;
    let wordy = b"yYnNtTfFoO";
    while index < wordy.len() {
        begins[wordy[index] as usize] = Begin::Wordy;
        index += 1;
    }
    begins[b'~' as usize] = Begin::Odd;
    begins[b'<' as usize] = Begin::Odd;
    begins[b'=' as usize] = Begin::Odd;
    begins[b'.' as usize] = Begin::Sign;
    begins[b'+' as usize] = Begin::Sign;
    begins[b'-' as usize] = Begin::Dash;
    begins[b'"' as usize] = Begin::Quote;
    begins[b'\'' as usize] = Begin::Quote;
    begins[b'\n' as usize] = Begin::Feed;
    begins
};

#[inline]
fn begin(byte: u8) -> Begin {
    BEGINS.get(byte as usize).copied().unwrap_or(Begin::Other)
}

/// What a plain scalar was found to be.
struct Plain {
    start: usize,
    /// Without the blanks behind it.
    end: usize,
    stop: usize,
    halt: Halt,
}

impl Scanner<'_> {
    /// Reads on in the innermost block, as far as its lines are ordinary, and one construct more.
    pub(super) fn lines(&mut self) -> Step {
        loop {
            let mut byte = self.token();
            let column = self.column();
            if self.at >= self.bytes.len() {
                return self.close_all();
            }
            if !self.key_allowed || self.ends(byte) {
                return self.general();
            }
            let kind = loop {
                let Some(frame) = self.stack.last() else { return Ok(()) };
                let over = match frame.kind {
                    _ if frame.state == State::Value => return self.general(),
                    Kind::BlockMap | Kind::BlockSeq => column < self.indent,
                    Kind::Indentless => column != self.indent || byte != b'-' || !self.blank_after(),
                    _ => return Ok(()),
                };
                if !over {
                    break frame.kind;
                }
                self.close(self.at);
            };
            if column > self.indent {
                return self.general();
            }
            // where a node may stand that opens a mapping, if it turns out to be a key
            let mut node = None;
            if kind != Kind::BlockMap {
                if byte != b'-' || !self.blank_after() {
                    return self.general();
                }
                let place = if kind == Kind::BlockSeq { Place::Item } else { Place::IndentlessItem };
                self.at += 1;
                node = Some((place, self.at));
                self.at = text::spaces(self.bytes, self.at);
                byte = self.here();
            }
            self.entry(byte, node)?;
            if self.left {
                self.left = false;
                return Ok(());
            }
        }
    }

    /// Reads a key and its value, and on as long as that is a mapping which begins on the next line; or what stands
    /// there instead. `left` says that the general functions did, and what is open may be of another kind.
    #[inline]
    pub(super) fn entry(&mut self, mut byte: u8, mut node: Option<(Place, usize)>) -> Step {
        while self.key(byte, node)? {
            // behind its colon
            let after = self.at;
            self.at = text::spaces(self.bytes, after);
            byte = self.here();
            if byte != b'\n' {
                if self.value(byte) {
                    return Ok(());
                }
                self.left = true;
                return self.node(Place::Value, after);
            }
            byte = self.token();
            let column = self.column();
            let dash = byte == b'-' && self.blank_after();
            if self.ends(byte) || (column == self.indent && matches!(byte, b'|' | b'>')) {
                self.left = true;
                return self.node(Place::Value, after);
            }
            if column > self.indent && !dash {
                node = Some((Place::Value, after));
                continue;
            }
            if column > self.indent {
                return self.open(Kind::BlockSeq, self.at, Props::default());
            }
            if column == self.indent && dash {
                return self.open(Kind::Indentless, self.at, Props::default());
            }
            let after = self.place(after);
            self.builder.note(after, after);
            self.builder.plain(after, after);
            return Ok(());
        }
        Ok(())
    }

    /// Reads a key and its colon; one that stands where a `node` may opens its mapping. False when a node was read that
    /// is none, or the general functions read on: then the lines are left.
    #[inline]
    fn key(&mut self, byte: u8, node: Option<(Place, usize)>) -> Step<bool> {
        // at the root no line is deep enough to end a value
        let is_value = node.is_some_and(|(place, _)| place != Place::Root);
        match begin(byte) {
            Begin::Plain | Begin::Wordy | Begin::Odd => {
                let plain = self.plain_here();
                if plain.halt == Halt::Colon && plain.end - plain.start <= MAX_KEY {
                    if node.is_some() {
                        self.open_mapping(plain.start)?;
                    }
                    self.plain_name(&plain, byte);
                    return Ok(true);
                }
                self.note(&plain, byte);
                if is_value && self.plain_value(&plain) {
                    return Ok(false);
                }
            }
            Begin::Quote => {
                let start = self.at;
                if let Some(end) = text::quoted(self.bytes, start + 1, byte)
                    && self.byte(end + 1) == b':'
                    && text::is_blank_or_end(self.bytes, end + 2)
                    && end - start < MAX_KEY
                {
                    if node.is_some() {
                        self.open_mapping(start)?;
                    }
                    let style = if byte == b'"' { Style::Double } else { Style::Single };
                    let signature = text::signature(self.bytes, start + 1, end);
                    self.builder.name((self.place(start), self.place(end + 1)), style, signature);
                    self.at = end + 2;
                    self.key_allowed = false;
                    return Ok(true);
                }
                if is_value && self.value(byte) {
                    return Ok(false);
                }
            }
            _ if is_value && self.value(byte) => return Ok(false),
            _ => {}
        }
        self.left = true;
        match node {
            Some((place, after)) => self.node(place, after)?,
            None => self.general()?,
        }
        Ok(false)
    }

    /// At the end of the text.
    fn close_all(&mut self) -> Step {
        while let Some(frame) = self.stack.last() {
            if frame.state == State::Value || !matches!(frame.kind, Kind::BlockMap | Kind::BlockSeq | Kind::Indentless)
            {
                return self.general();
            }
            self.close(self.at);
        }
        Ok(())
    }

    /// The general functions, for what stands here.
    #[cold]
    fn general(&mut self) -> Step {
        match self.stack.last().map(|frame| frame.kind) {
            Some(Kind::BlockMap) => self.block_map(),
            Some(Kind::BlockSeq) => self.block_seq(),
            Some(Kind::Indentless) => self.indentless(),
            _ => Ok(()),
        }
    }

    /// Goes to the next token, over blanks, comments and line ends.
    #[inline(always)]
    fn token(&mut self) -> u8 {
        loop {
            let byte = self.here();
            if byte > b'#' {
                return byte;
            }
            match byte {
                b' ' => self.at = text::spaces(self.bytes, self.at),
                b'\n' => {
                    self.at += 1;
                    self.line = self.at;
                    self.key_allowed = true;
                }
                b'#' => self.at = text::line_end(self.bytes, self.at, true),
                b'\t' => return self.next(false),
                byte => return byte,
            }
        }
    }

    #[inline(always)]
    fn plain_here(&self) -> Plain {
        let start = self.at;
        let (stop, halt) = text::halt(self.bytes, start);
        Plain { start, end: text::trimmed(self.bytes, stop), stop, halt }
    }

    /// A mapping whose first key begins at `start`.
    #[inline]
    fn open_mapping(&mut self, start: usize) -> Step {
        self.builder.open(self.place(start), true, Style::Plain, 0)?;
        let indent = self.indent;
        self.indent = self.column();
        self.stack.push(Frame {
            kind: Kind::BlockMap,
            state: State::Next,
            indent,
            start,
            candidate: false,
            key: false,
        });
        Ok(())
    }

    #[inline]
    fn plain_name(&mut self, plain: &Plain, byte: u8) {
        let (start, end) = (plain.start, plain.end);
        let is_name = match begin(byte) {
            Begin::Plain => true,
            // no word of YAML is longer than `false`, and none of the two that stand everywhere is one
            Begin::Wordy if end - start > 5 => true,
            _ => {
                let text = self.text.get(start..end).unwrap_or("");
                text == "name" || text == "type" || is_name(text)
            }
        };
        if !is_name {
            self.builder.odd_key();
        }
        self.note(plain, byte);
        let signature = text::signature(self.bytes, start, end);
        self.builder.name((self.place(start), self.place(end)), Style::Plain, signature);
        self.at = plain.stop + 1;
        self.key_allowed = false;
    }

    /// What checks ask of a plain scalar; of most there is nothing to tell.
    #[inline(always)]
    fn note(&mut self, plain: &Plain, byte: u8) {
        if begin(byte) != Begin::Plain {
            self.builder.note(self.place(plain.start), self.place(plain.end));
        }
    }

    /// A value that begins on the line at hand. False and nothing done when it is not an ordinary one.
    #[inline(always)]
    fn value(&mut self, byte: u8) -> bool {
        match begin(byte) {
            Begin::Plain | Begin::Wordy | Begin::Odd => {
                let plain = self.plain_here();
                self.note(&plain, byte);
                self.plain_value(&plain)
            }
            // `-.inf` is no text
            Begin::Dash if !self.blank_after() && self.byte(self.at + 1) != b'.' => {
                let plain = self.plain_here();
                self.note(&plain, byte);
                self.plain_value(&plain)
            }
            Begin::Sign
                if !matches!(self.byte(self.at + 1), b'i' | b'I' | b'n' | b'N' | b'0'..=b'9')
                    && (byte == b'.' || self.byte(self.at + 1) != b'.') =>
            {
                let plain = self.plain_here();
                self.note(&plain, byte);
                self.plain_value(&plain)
            }
            Begin::Quote => {
                let start = self.at;
                let Some(end) = text::quoted(self.bytes, start + 1, byte) else { return false };
                if self.byte(end + 1) != b'\n' || end - start > MAX_SCALAR {
                    return false;
                }
                let style = if byte == b'"' { Style::Double } else { Style::Single };
                let range = (self.place(start), self.place(end + 1));
                self.builder.scalar(range, style, Tag::None, 0, Text::Written);
                self.at = end + 1;
                self.key_allowed = false;
                true
            }
            Begin::Other if byte == b'|' => self.literal(),
            Begin::Other if matches!(byte, b'{' | b'[') => self.empty_collection(byte),
            _ => false,
        }
    }

    /// `{}` and `[]`.
    fn empty_collection(&mut self, byte: u8) -> bool {
        let closing = if byte == b'{' { b'}' } else { b']' };
        if self.byte(self.at + 1) != closing || self.byte(self.at + 2) != b'\n' {
            return false;
        }
        let start = self.place(self.at);
        if self.builder.open(start, byte == b'{', Style::Flow, 0).is_err() {
            return false;
        }
        self.builder.close(start + 2);
        self.at += 2;
        self.key_allowed = false;
        true
    }

    /// A literal block whose text begins on its second line and says by its own indentation how deep it is.
    fn literal(&mut self) -> bool {
        let start = self.at;
        let (chomp, feed) = match self.byte(start + 1) {
            b'-' => (Chomp::Strip, start + 2),
            b'+' => (Chomp::Keep, start + 2),
            _ => (Chomp::Clip, start + 1),
        };
        if self.byte(feed) != b'\n' {
            return false;
        }
        let (bytes, text) = (self.bytes, self.text);
        let mut line = feed + 1;
        let mut at = text::spaces(bytes, line);
        let indent = at - line;
        let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
        if indent < least || at >= bytes.len() || matches!(self.byte(at), b'\n' | b'\t') {
            return false;
        }
        let (first, mut end) = (at, at);
        let made = self.builder.made().text();
        let before = made.len();
        let (mut breaks, mut content);
        loop {
            // at a line's text, which is copied with its line feed
            let stop = text::line_end(bytes, at, true);
            let written = text.get(at..stop).unwrap_or("");
            let length = match written.as_bytes().last() {
                Some(128..) => written.trim_end().len(),
                _ => text::trimmed(bytes, stop).max(at) - at,
            };
            if length > 0 {
                end = at + length;
            }
            made.push_str(text.get(at..stop + 1).unwrap_or(written));
            (content, breaks) = (made.len() - usize::from(stop < bytes.len()), 0);
            at = stop;
            // over its line feed, and blank lines
            let deep = loop {
                if at >= bytes.len() {
                    break false;
                }
                if breaks > 0 {
                    made.push('\n');
                }
                (line, breaks) = (at + 1, breaks + 1);
                at = text::spaces(bytes, line);
                let ends = at >= bytes.len() || bytes.get(at) == Some(&b'\n');
                if at - line > indent || (at - line == indent && !ends) {
                    break true;
                }
                if !ends {
                    break false;
                }
            };
            if !deep {
                break;
            }
            at = line + indent;
        }
        if (at < bytes.len() && bytes.get(at) == Some(&b'\t')) || end - start > MAX_SCALAR {
            made.truncate(before);
            return false;
        }
        match chomp {
            Chomp::Strip => made.truncate(content),
            Chomp::Clip => made.truncate(content + breaks.min(1)),
            Chomp::Keep => {}
        }
        let index = self.builder.made().finish();
        let range = (self.place(first), self.place(end));
        self.builder.scalar(range, Style::Block, Tag::None, 0, Text::Finished(index));
        (self.at, self.line, self.key_allowed) = (at, line, true);
        true
    }

    /// A plain value, with the deeper lines that belong to it.
    #[inline(always)]
    fn plain_value(&mut self, plain: &Plain) -> bool {
        if plain.halt == Halt::Colon || plain.end - plain.start > MAX_SCALAR {
            return false;
        }
        if plain.halt == Halt::Line && plain.stop < self.bytes.len() {
            let next = self.continuation(plain.stop);
            if next.deeper {
                return self.plain_lines(plain, &next);
            }
            (self.at, self.line, self.key_allowed) = (next.at, next.line, true);
        } else {
            (self.at, self.key_allowed) = (plain.stop, false);
        }
        self.builder.plain(self.place(plain.start), self.place(plain.end));
        true
    }

    /// What the line break at `feed` leads to.
    #[inline(always)]
    fn continuation(&self, feed: usize) -> Continuation {
        let (mut line, mut breaks) = (feed + 1, 1);
        let mut at = text::spaces(self.bytes, line);
        while self.byte(at) == b'\n' {
            line = at + 1;
            breaks += 1;
            at = text::spaces(self.bytes, line);
        }
        let byte = self.byte(at);
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "less than 2 GiB")]
        let column = (at - line) as i32;
        let deeper = column > self.indent && byte != b'#' && at < self.bytes.len();
        Continuation { line, at, breaks, deeper: deeper || byte == b'\t' }
    }

    /// A plain value of several lines, folded. False and nothing done when anything about it is not plain.
    fn plain_lines(&mut self, plain: &Plain, next: &Continuation) -> bool {
        let (mut end, mut next) = (plain.end, *next);
        let before = self.builder.made().text().len();
        let first = self.text.get(plain.start..end).unwrap_or("");
        self.builder.made().text().push_str(first);
        let (at, line, key_allowed) = loop {
            let (stop, halt) = text::halt(self.bytes, next.at);
            let from = next.at;
            if halt == Halt::Colon || self.byte(from) == b'\t' {
                self.builder.made().text().truncate(before);
                return false;
            }
            end = text::trimmed(self.bytes, stop);
            let more = self.text.get(from..end).unwrap_or("");
            let made = self.builder.made().text();
            if next.breaks == 1 {
                made.push(' ');
            } else {
                feeds(made, next.breaks - 1);
            }
            made.push_str(more);
            if halt == Halt::Comment || stop >= self.bytes.len() {
                break (stop, next.line, false);
            }
            next = self.continuation(stop);
            if !next.deeper {
                break (next.at, next.line, true);
            }
        };
        if end - plain.start > MAX_SCALAR {
            self.builder.made().text().truncate(before);
            return false;
        }
        (self.at, self.line, self.key_allowed) = (at, line, key_allowed);
        let range = (self.place(plain.start), self.place(end));
        let index = self.builder.made().finish();
        self.builder.scalar(range, Style::Plain, Tag::None, 0, Text::Finished(index));
        true
    }
}

#[inline]
fn feeds(made: &mut String, count: usize) {
    if count == 1 {
        made.push('\n');
    } else {
        made.extend(std::iter::repeat_n('\n', count));
    }
}

/// What stands behind the line of a plain value.
#[derive(Clone, Copy)]
struct Continuation {
    line: usize,
    at: usize,
    /// Line breaks before it.
    breaks: usize,
    /// It may belong to the value.
    deeper: bool,
}
