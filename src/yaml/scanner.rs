//! The scanner: one pass over a document's bytes into the tape, by the rules of go-yaml v2 (libyaml's for YAML 1.1): what
//! it takes and what it refuses, where it folds, how far it looks for the colon of a key. Reads one document only. Leaves out
//! what values mean (`scalar.rs`) and how an error is told (`explain.rs`).

mod lines;

use std::collections::BTreeMap;

use crate::finding::nearest;

use super::builder::{Builder, MAX_SCALAR, Text};
use super::directive::{self, Tags};
use super::explain;
use super::problem::{Problem, ProblemKind};
use super::text::{self, Folded};
use super::tree::{Style, Tag};

/// Characters between the beginning of a key and its colon, when it is written without `?`.
const MAX_KEY: usize = 1024;

/// What the scanner ran into. Where it stands is kept beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A tab where only spaces may be.
    Tab,
    /// A quote without its closing one, or with a `---` in between.
    UnclosedQuote,
    /// Something stands behind a closing quote.
    AfterQuote,
    /// `\` and a character that makes no escape.
    Escape,
    /// The document ends within brackets.
    UnclosedBracket,
    /// Neither a comma nor the closing bracket.
    Separator,
    /// A closing bracket that closes nothing, or the wrong kind.
    StrayBracket,
    /// A character that begins no value.
    Character,
    /// A key without its colon, or one whose colon is too far away.
    Key,
    /// The line of a `|` or `>`.
    BlockHeader,
    /// Anything about the block structure.
    Structure,
    /// `%YAML`, `%TAG` and what is neither.
    Directive,
    /// `&` or `*` without a name.
    Anchor,
    /// A tag that cannot be read, or whose handle is unknown.
    Tag,
}

/// Why a document is not read.
pub(super) enum Stop {
    /// It is not YAML from this byte of the document on.
    Fault(Fault, usize),
    /// A problem that knows its words.
    Told(Box<Problem>),
}

type Step<T = ()> = Result<T, Stop>;

impl From<Box<Problem>> for Stop {
    fn from(problem: Box<Problem>) -> Self {
        Self::Told(problem)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Told(Box::new(problem))
    }
}

/// Reads the document `text`, whose first byte is byte `base` of the source, and in which only line feeds break lines if
/// `only_feeds`. Problems that are no reason to stop are the builder's.
pub(super) fn scan(builder: &mut Builder, stack: &mut Stack, text: &str, base: usize, only_feeds: bool) -> Step {
    stack.0.clear();
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        base: u32::try_from(base).unwrap_or(u32::MAX),
        builder,
        at: 0,
        line: 0,
        indent: -1,
        key_allowed: true,
        stack: &mut stack.0,
        anchors: BTreeMap::new(),
        tags: Tags::default(),
        folded: Folded::default(),
        only_feeds,
        left: false,
    };
    scanner.document()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    BlockMap,
    BlockSeq,
    /// The list under a key whose dashes stand in the key's column.
    Indentless,
    FlowSeq,
    FlowMap,
    /// `a: b` within `[…]`.
    FlowPair,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    First,
    /// A key or an item, or the end.
    Next,
    /// What a `?` opened was read: `:` or nothing.
    Value,
}

/// Room for what is open.
#[derive(Default)]
pub(super) struct Stack(Vec<Frame>);

struct Frame {
    kind: Kind,
    state: State,
    /// Of the collection around it.
    indent: i32,
    /// Where it begins, for errors and for keys.
    start: usize,
    /// Whether the node may turn out to be a key by a colon behind it.
    candidate: bool,
    /// Whether it stands where only a key may.
    key: bool,
}

/// Where a node stands, which decides what nothing means there.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    /// Behind the colon of a block mapping, or behind its `?`.
    Value,
    Item,
    IndentlessItem,
}

#[derive(Clone, Copy, Default)]
struct Props {
    tag: Option<Tag>,
    /// Whether its tag lets `<<` merge.
    merges: bool,
    anchor: Option<u32>,
    end: usize,
}

impl Props {
    fn is_some(&self) -> bool {
        self.tag.is_some() || self.anchor.is_some()
    }

    fn tag(&self) -> Tag {
        self.tag.unwrap_or(Tag::None)
    }

    fn anchor(&self) -> u32 {
        self.anchor.unwrap_or(0)
    }

    /// Whether both have a tag, or both an anchor.
    fn doubles(&self, outer: Props) -> bool {
        (self.anchor.is_some() && outer.anchor.is_some()) || (self.tag.is_some() && outer.tag.is_some())
    }

    fn with(self, outer: Props) -> Props {
        Props {
            tag: self.tag.or(outer.tag),
            merges: self.merges || (self.tag.is_none() && outer.merges),
            anchor: self.anchor.or(outer.anchor),
            ..self
        }
    }
}

/// A scalar that was read and not yet put on the tape: it may be the first key of a mapping.
enum Atom {
    Scalar { start: usize, end: usize, style: Style, made: bool },
    Alias { start: usize, end: usize, anchor: u32 },
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    base: u32,
    builder: &'a mut Builder,
    at: usize,
    /// Where the line begins. Columns are counted from here in bytes: whatever stands before a token that opens a block
    /// is ASCII.
    line: usize,
    /// The column of the innermost block collection, -1 at the root.
    indent: i32,
    /// Whether a key without `?` may begin here, and with it a dash.
    key_allowed: bool,
    stack: &'a mut Vec<Frame>,
    /// Sorted and not hashed: no choice of names makes it slow.
    anchors: BTreeMap<&'a str, u32>,
    tags: Tags<'a>,
    folded: Folded,
    /// No carriage return, NEL, LS or PS anywhere.
    only_feeds: bool,
    /// The lines are left to the general functions, once.
    left: bool,
}

impl<'a> Scanner<'a> {
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        // 0 stands for the end: a NUL was refused before
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn here(&self) -> u8 {
        self.byte(self.at)
    }

    #[inline]
    fn blank_after(&self) -> bool {
        text::is_blank_or_end(self.bytes, self.at + 1)
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "a source is less than 2 GiB")]
    fn column(&self) -> i32 {
        (self.at - self.line) as i32
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a source is less than 4 GiB")]
    fn place(&self, at: usize) -> u32 {
        self.base.saturating_add(at as u32)
    }

    fn fault<T>(&self, fault: Fault) -> Step<T> {
        Err(Stop::Fault(fault, self.at))
    }

    fn in_flow(&self) -> bool {
        self.stack.last().is_some_and(|frame| matches!(frame.kind, Kind::FlowSeq | Kind::FlowMap | Kind::FlowPair))
    }

    /// Goes to the next token, over blanks, comments and line ends.
    #[inline]
    fn next(&mut self, flow: bool) -> u8 {
        loop {
            let mut byte = self.here();
            while byte == b' ' || (byte == b'\t' && (flow || !self.key_allowed)) {
                self.at += 1;
                byte = self.here();
            }
            if byte == b'#' {
                self.at = text::line_end(self.bytes, self.at, self.only_feeds);
                byte = self.here();
            }
            if byte > b'\r' && byte < 0x80 {
                return byte;
            }
            let width = text::line_break(self.bytes, self.at);
            if width == 0 {
                return byte;
            }
            self.at += width;
            self.line = self.at;
            if !flow {
                self.key_allowed = true;
            }
        }
    }

    /// Whether every open block ends here: the text does, `---` or `...` stands here, or a directive.
    #[inline]
    fn ends(&self, byte: u8) -> bool {
        (byte == 0 && self.at >= self.bytes.len())
            || (self.at == self.line
                && (byte == b'%' || ((byte == b'-' || byte == b'.') && text::is_document_mark(self.bytes, self.at))))
    }

    fn document(&mut self) -> Step {
        if self.text.starts_with('\u{FEFF}') {
            self.at = '\u{FEFF}'.len_utf8();
            self.line = self.at;
            // go-yaml skips one more, and counts it as a column
            if self.text.get(self.at..).is_some_and(|rest| rest.starts_with('\u{FEFF}')) {
                self.at += '\u{FEFF}'.len_utf8();
                self.line = self.at - 1;
            }
        }
        let mut byte = self.next(false);
        let mut directives = false;
        while byte == b'%' && self.at == self.line {
            self.directive()?;
            directives = true;
            byte = self.next(false);
        }
        if self.at == self.line && byte == b'-' && text::is_document_mark(self.bytes, self.at) {
            self.at += 3;
            self.key_allowed = false;
            byte = self.next(false);
            if self.ends(byte) {
                return self.after_root();
            }
        } else if directives {
            return self.fault(Fault::Directive);
        } else if self.at >= self.bytes.len() {
            return Ok(());
        } else if self.ends(byte) {
            return self.fault(Fault::Structure);
        }
        if self.only_feeds && self.key_allowed {
            self.entry(byte, Some((Place::Root, self.at)))?;
            self.left = false;
        } else {
            self.node(Place::Root, self.at)?;
        }
        while let Some(frame) = self.stack.last() {
            match frame.kind {
                Kind::BlockMap | Kind::BlockSeq | Kind::Indentless if self.only_feeds => self.lines()?,
                Kind::BlockMap => self.block_map()?,
                Kind::BlockSeq => self.block_seq()?,
                Kind::Indentless => self.indentless()?,
                Kind::FlowSeq => self.flow_seq()?,
                Kind::FlowMap => self.flow_map()?,
                Kind::FlowPair => self.flow_pair()?,
            }
        }
        self.after_root()
    }

    fn directive(&mut self) -> Step {
        self.key_allowed = false;
        match self.tags.directive(self.bytes, self.text, self.at) {
            Some(end) => {
                // its line end is its own: a tab on the next line begins no indentation
                self.at = end + text::line_break(self.bytes, end);
                self.line = self.at;
                Ok(())
            }
            None => self.fault(Fault::Directive),
        }
    }

    /// go-yaml looks at one token more, to know that the document ended, and reads no further.
    fn after_root(&mut self) -> Step {
        let byte = self.next(false);
        if self.at >= self.bytes.len() {
            return Ok(());
        }
        let begins = self.at;
        // of a document that nobody reads: only its form counts
        self.tags = Tags::unread();
        if self.ends(byte) {
            if byte == b'%' {
                self.directive()?;
                // of the next document, which nobody reads
                if self.next(false) == b'-' && self.at == self.line && text::is_document_mark(self.bytes, self.at) {
                    self.at += 3;
                    self.next(false);
                }
                if self.at < self.bytes.len() {
                    self.unread(self.at);
                }
                return Ok(());
            }
            let explicit = byte == b'-';
            self.at += 3;
            let next = self.next(false);
            if self.at >= self.bytes.len() {
                return Ok(());
            }
            let _ = next;
            self.unread(if explicit { begins } else { self.at });
            return Ok(());
        }
        match byte {
            b',' | b'[' | b']' | b'{' | b'}' => {}
            b'-' | b'?' | b':' if self.blank_after() => {
                if !self.key_allowed {
                    return self.fault(Fault::Structure);
                }
            }
            b'&' | b'*' => {
                self.name()?;
            }
            b'!' => {
                self.tag()?;
            }
            b'|' | b'>' => {
                self.block_scalar(Props::default())?;
                self.builder.forget();
            }
            _ => {
                self.scalar(false)?;
            }
        }
        self.unread(begins);
        Ok(())
    }

    fn unread(&mut self, at: usize) {
        let end = text::line_end(self.bytes, at, false);
        let end = self.text.get(at..end).map_or(at + 1, |line| at + line.trim_end().len().max(1));
        let place = self.builder.span(self.place(at), self.place(end));
        let problem = match self.byte(at) {
            b']' | b'}' => Problem::new(ProblemKind::Unread, place, "a closing bracket behind the end of the document")
                .help("remove it: Kubernetes reads up to here, and nothing behind it"),
            _ => Problem::new(
                ProblemKind::Unread,
                place,
                "a second value in one document, which Kubernetes does not read",
            )
            .help("begin the next document with a line that holds `---` and nothing else"),
        };
        self.builder.problem(problem);
    }

    // ---- blocks

    /// Opens a block collection.
    fn open(&mut self, kind: Kind, start: usize, props: Props) -> Step {
        let mapping = matches!(kind, Kind::BlockMap | Kind::FlowMap | Kind::FlowPair);
        let style = match kind {
            Kind::FlowSeq | Kind::FlowMap | Kind::FlowPair => Style::Flow,
            _ => Style::Plain,
        };
        self.builder.open(self.place(start), mapping, style, props.anchor())?;
        let indent = self.indent;
        if matches!(kind, Kind::BlockMap | Kind::BlockSeq) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "less than 2 GiB")]
            let column = (start - self.line) as i32;
            self.indent = column;
        }
        self.stack.push(Frame { kind, state: State::First, indent, start, candidate: false, key: false });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        if let Some(frame) = self.stack.pop() {
            self.indent = frame.indent;
        }
        self.builder.close(self.place(end));
    }

    fn state(&mut self, state: State) {
        if let Some(frame) = self.stack.last_mut() {
            frame.state = state;
        }
    }

    /// An empty scalar at `at`.
    fn nothing(&mut self, at: usize, props: Props) -> Step {
        self.check_tag(props.tag(), "", at, at)?;
        let at = self.place(at);
        self.builder.scalar((at, at), Style::Plain, props.tag(), props.anchor(), Text::Written);
        Ok(())
    }

    /// An empty scalar as key.
    fn no_key(&mut self, at: usize, props: Props) -> Step {
        self.builder.odd_key();
        self.nothing(at, props)
    }

    fn block_map(&mut self) -> Step {
        let byte = self.next(false);
        let column = self.column();
        let over = self.ends(byte) || column < self.indent;
        if self.stack.last().is_some_and(|frame| frame.state == State::Value) {
            self.state(State::Next);
            if !over && column == self.indent && byte == b':' && self.blank_after() && self.key_allowed {
                self.at += 1;
                self.key_allowed = true;
                return self.node(Place::Value, self.at);
            }
            return self.nothing(self.at, Props::default());
        }
        if over {
            self.close(self.at);
            return Ok(());
        }
        if column > self.indent || !self.key_allowed {
            return self.unexpected(byte);
        }
        match byte {
            b'?' if self.blank_after() => {
                self.at += 1;
                self.builder.odd_key();
                self.state(State::Value);
                self.key_allowed = true;
                self.node(Place::Value, self.at)
            }
            b'-' | b':' if self.blank_after() => self.fault(Fault::Structure),
            _ => self.next_key(),
        }
    }

    /// A further key of a block mapping, with its colon, and its value.
    #[inline]
    fn next_key(&mut self) -> Step {
        let (start, line) = (self.at, self.line);
        self.key_allowed = false;
        let mut props = Props::default();
        if matches!(self.here(), b'&' | b'!') {
            props = self.props(false)?;
            self.next(false);
            if self.line != line {
                return Err(Stop::Fault(Fault::Structure, start));
            }
        }
        let byte = self.here();
        match byte {
            b'[' | b'{' => {
                self.builder.odd_key();
                self.flow_open(byte, props, true)?;
                if let Some(frame) = self.stack.last_mut() {
                    (frame.start, frame.key) = (start, true);
                }
                // a collection as key: told by the builder, its colon is looked for when it closes
                return Ok(());
            }
            b':' if props.is_some() && self.blank_after() => self.no_key(self.at, props)?,
            _ => {
                let atom = self.scalar(false)?;
                if !self.colon(false, start, line, true)? {
                    return self.no_colon(start, &atom);
                }
                self.emit_key(&atom, props)?;
            }
        }
        self.at += 1;
        self.node(Place::Value, self.at)
    }

    fn no_colon<T>(&mut self, start: usize, atom: &Atom) -> Step<T> {
        let quoted = matches!(atom, Atom::Scalar { style: Style::Single | Style::Double, .. });
        if quoted && self.at < self.bytes.len() && self.line <= start {
            return self.fault(Fault::AfterQuote);
        }
        Err(Stop::Fault(Fault::Key, start))
    }

    /// A token where a block mapping or list wants its next key or dash.
    fn unexpected<T>(&mut self, byte: u8) -> Step<T> {
        match byte {
            b'\t' => self.fault(Fault::Tab),
            b']' | b'}' => self.fault(Fault::StrayBracket),
            b'@' | b'`' => self.fault(Fault::Character),
            _ => {
                let behind = self.text.get(..self.at).unwrap_or("").trim_end_matches([' ', '\t']);
                if !self.key_allowed && behind.ends_with(['"', '\'']) {
                    return self.fault(Fault::AfterQuote);
                }
                self.fault(Fault::Structure)
            }
        }
    }

    fn block_seq(&mut self) -> Step {
        let byte = self.next(false);
        let column = self.column();
        if self.ends(byte) || column < self.indent {
            self.close(self.at);
            return Ok(());
        }
        if column == self.indent && byte == b'-' && self.blank_after() && self.key_allowed {
            self.at += 1;
            self.key_allowed = true;
            return self.node(Place::Item, self.at);
        }
        self.unexpected(byte)
    }

    fn indentless(&mut self) -> Step {
        let byte = self.next(false);
        let here = !self.ends(byte) && self.column() == self.indent && byte == b'-' && self.blank_after();
        if here && self.key_allowed {
            self.at += 1;
            self.key_allowed = true;
            return self.node(Place::IndentlessItem, self.at);
        }
        self.close(self.at);
        Ok(())
    }

    /// A node in a block; nothing where it may be nothing (`after` is where it would stand).
    fn node(&mut self, place: Place, after: usize) -> Step {
        let mut outer = Props::default();
        loop {
            let byte = self.next(false);
            let column = self.column();
            if self.ends(byte) || column < self.indent {
                return self.nothing(if outer.is_some() { outer.end } else { after }, outer);
            }
            if byte == b'|' || byte == b'>' {
                // in any column: it is no key
                return self.block_scalar(outer);
            }
            let marked = matches!(byte, b'-' | b'?' | b':') && self.blank_after();
            if column == self.indent && place != Place::Root {
                if byte == b'-' && marked {
                    if !self.key_allowed {
                        return self.fault(Fault::Structure);
                    }
                    if place == Place::Value {
                        return self.open(Kind::Indentless, self.at, outer);
                    }
                    return self.nothing(if outer.is_some() { outer.end } else { after }, outer);
                }
                if place == Place::Item && !outer.is_some() {
                    return self.unexpected(byte);
                }
                // the next key, which ends this value
                return self.nothing(if outer.is_some() { outer.end } else { after }, outer);
            }
            if marked {
                if !self.key_allowed {
                    return self.fault(Fault::Structure);
                }
                match byte {
                    b'-' => return self.open(Kind::BlockSeq, self.at, outer),
                    b'?' => return self.open(Kind::BlockMap, self.at, outer),
                    _ => return self.fault(Fault::Structure),
                }
            }
            let (start, line, candidate) = (self.at, self.line, self.key_allowed);
            let mut own = Props::default();
            if byte == b'&' || byte == b'!' {
                own = self.props(false)?;
                self.key_allowed = false;
                self.next(false);
                if self.line != line || self.at >= self.bytes.len() {
                    // of the node that follows on another line
                    if own.doubles(outer) {
                        return self.surplus(place, (start, line), candidate, outer);
                    }
                    outer = own.with(outer);
                    continue;
                }
                if matches!(self.here(), b'|' | b'>') {
                    if own.doubles(outer) {
                        return self.surplus(place, (start, line), candidate, outer);
                    }
                    return self.block_scalar(own.with(outer));
                }
            }
            let doubled = own.doubles(outer);
            let byte = self.here();
            if outer.is_some() && !own.is_some() && matches!(byte, b',' | b']' | b'}') {
                return self.surplus(place, (start, line), candidate, outer);
            }
            if byte == b'[' || byte == b'{' {
                if doubled {
                    return self.surplus(place, (start, line), candidate, outer);
                }
                self.flow_open(byte, own.with(outer), candidate)?;
                if let Some(frame) = self.stack.last_mut() {
                    frame.start = start;
                }
                return Ok(());
            }
            self.key_allowed = false;
            if own.is_some() && byte == b':' && self.blank_after() {
                if !candidate {
                    return self.fault(Fault::Structure);
                }
                self.open_at(start, line, outer)?;
                self.no_key(self.at, own)?;
                self.at += 1;
                self.state(State::Next);
                return self.node(Place::Value, self.at);
            }
            if own.is_some()
                && (matches!(byte, b'*' | b'&' | b'!' | b',' | b']' | b'}') || (byte == b'-' && self.blank_after()))
            {
                // what has properties already is nothing, and this is a node too many
                if doubled {
                    return self.surplus(place, (start, line), candidate, outer);
                }
                if place == Place::Root && byte != b'-' {
                    return self.nothing(own.end, own.with(outer));
                }
                return self.fault(Fault::Structure);
            }
            if byte == b'*' && outer.is_some() && place == Place::Root && !self.names_a_key()? {
                return self.surplus(place, (start, line), candidate, outer);
            }
            let atom = self.scalar(false)?;
            if doubled && place == Place::Root && self.line != line {
                return self.surplus(place, (start, line), candidate, outer);
            }
            if self.colon(false, start, line, candidate)? {
                self.open_at(start, line, outer)?;
                self.emit_key(&atom, own)?;
                self.at += 1;
                self.state(State::Next);
                return self.node(Place::Value, self.at);
            }
            if doubled || (outer.is_some() && matches!(atom, Atom::Alias { .. })) {
                return self.surplus(place, (start, line), candidate, outer);
            }
            return self.emit(&atom, own.with(outer));
        }
    }

    /// Whether the alias at hand has a colon behind it. Does not move.
    fn names_a_key(&mut self) -> Step<bool> {
        let start = self.at;
        self.name()?;
        while matches!(self.here(), b' ' | b'\t') {
            self.at += 1;
        }
        let found = self.here() == b':' && self.blank_after();
        self.at = start;
        Ok(found)
    }

    /// Properties on a line of their own, and then what cannot take them: they are those of nothing, and what begins at
    /// `start` is a node too many. At the root, go-yaml does not see that.
    fn surplus(&mut self, place: Place, (start, line): (usize, usize), candidate: bool, mut outer: Props) -> Step {
        if place != Place::Root {
            return self.fault(if matches!(self.here(), b']' | b'}') { Fault::StrayBracket } else { Fault::Structure });
        }
        (self.at, self.line, self.key_allowed) = (start, line, candidate);
        // what comes first there may still be one of them
        if self.here() == b'!' && outer.tag.is_none() {
            let found = self.tag()?;
            outer = Props { tag: Some(found.tag), merges: found.merges, end: self.at, ..outer };
        } else if self.here() == b'&' && outer.anchor.is_none() {
            self.name()?;
            outer.end = self.at;
        }
        self.nothing(outer.end, outer)
    }

    fn open_at(&mut self, start: usize, line: usize, props: Props) -> Step {
        debug_assert_eq!(line, self.line);
        self.open(Kind::BlockMap, start, props)
    }

    /// Whether a key that began at `start` is short enough for a colon here. Looks no further than that.
    fn is_near(&self, start: usize) -> bool {
        let near = |key: &str| key.chars().nth(MAX_KEY).is_none();
        self.at - start <= MAX_KEY || self.text.get(start..self.at).is_some_and(near)
    }

    /// Whether a colon that makes a key of what began at `start` comes next. `Err` when it stands there and may not.
    #[inline]
    fn colon(&mut self, flow: bool, start: usize, line: usize, candidate: bool) -> Step<bool> {
        if self.line == line {
            while matches!(self.here(), b' ' | b'\t') {
                self.at += 1;
            }
        }
        if self.here() != b':' || !(flow || self.blank_after()) {
            return Ok(false);
        }
        if !flow && self.line != line {
            // a colon on a line of its own answers a `?`, if anything
            return if self.key_allowed { Ok(false) } else { self.fault(Fault::Structure) };
        }
        let far = !self.is_near(start);
        if !candidate || self.line != line || far {
            if flow {
                return Ok(false);
            }
            return if far { Err(Stop::Fault(Fault::Key, start)) } else { self.fault(Fault::Structure) };
        }
        Ok(true)
    }

    // ---- scalars

    fn emit(&mut self, atom: &Atom, props: Props) -> Step {
        match *atom {
            Atom::Scalar { start, end, style, made } => {
                let range = (self.place(start), self.place(end));
                if props.tag.is_some() {
                    let quote = usize::from(style != Style::Plain);
                    let written = self.text.get(start + quote..end.saturating_sub(quote)).unwrap_or("");
                    let value = if made { self.folded.value().to_owned() } else { written.to_owned() };
                    self.check_tag(props.tag(), &value, start, end)?;
                }
                if end - start > MAX_SCALAR {
                    return self.too_large(start, end - start);
                }
                let text = if made { Text::Made(self.folded.value()) } else { Text::Written };
                self.builder.scalar(range, style, props.tag(), props.anchor(), text);
            }
            Atom::Alias { start, end, anchor } => {
                self.builder.alias((self.place(start), self.place(end)), anchor)?;
            }
        }
        Ok(())
    }

    /// A scalar as key.
    fn emit_key(&mut self, atom: &Atom, props: Props) -> Step {
        if let Atom::Scalar { start, end, style, made: false } = *atom
            && !props.is_some()
            && end - start <= MAX_SCALAR
        {
            let quote = usize::from(style != Style::Plain);
            let (from, to) = (start + quote, end - quote);
            if style != Style::Plain || super::scalar::is_name(self.text.get(from..to).unwrap_or("")) {
                let signature = text::signature(self.bytes, from, to);
                if style == Style::Plain {
                    self.builder.note(self.place(start), self.place(end));
                }
                self.builder.name((self.place(start), self.place(end)), style, signature);
                return Ok(());
            }
        }
        self.builder.odd_key();
        if let Atom::Scalar { start, end, style, made } = *atom
            && props.merges
        {
            let quote = usize::from(style != Style::Plain);
            let written = self.text.get(start + quote..end.saturating_sub(quote)).unwrap_or("");
            if (if made { self.folded.value() } else { written }) == "<<" {
                let range = (self.place(start), self.place(end));
                self.builder.scalar(range, Style::Plain, Tag::None, props.anchor(), Text::Made("<<"));
                return Ok(());
            }
        }
        self.emit(atom, props)
    }

    fn too_large(&self, start: usize, size: usize) -> Step {
        let first = self.text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let at = self.builder.span(self.place(start), self.place(start + first));
        Err(Problem::new(ProblemKind::Limit, at, format!("a value of {} MiB", size >> 20))
            .help("the API server refuses objects over 1.5 MiB: keep large data in a file of its own")
            .into())
    }

    /// go-yaml refuses what its tag does not describe.
    fn check_tag(&self, tag: Tag, value: &str, start: usize, end: usize) -> Step {
        if super::scalar::fits(tag, value) {
            return Ok(());
        }
        let span = self.builder.span(self.place(start), self.place(end));
        Err(Problem::new(ProblemKind::Syntax, span, "a value that is not what its tag says")
            .help("drop the tag (`!!int` and its kin), or write a value of that type")
            .into())
    }

    /// A plain or quoted scalar, or an alias.
    #[inline]
    fn scalar(&mut self, flow: bool) -> Step<Atom> {
        let start = self.at;
        match self.here() {
            b'"' => self.double(start),
            b'\'' => self.single(start),
            b'*' => {
                let name = self.name()?;
                let end = self.at;
                match self.anchors.get(name) {
                    Some(anchor) => Ok(Atom::Alias { start, end, anchor: *anchor }),
                    None => self.no_anchor(name, end),
                }
            }
            byte => {
                let begins = match byte {
                    b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | 0 => {
                        false
                    }
                    b'-' => !matches!(self.byte(self.at + 1), b' ' | b'\t'),
                    b'?' | b':' => !flow && !self.blank_after(),
                    _ => true,
                };
                if begins && !text::is_blank_or_end(self.bytes, self.at) {
                    return self.plain(start, flow);
                }
                match byte {
                    b'\t' => self.fault(Fault::Tab),
                    b']' | b'}' => self.fault(Fault::StrayBracket),
                    0 => self.fault(Fault::Structure),
                    _ => self.fault(Fault::Character),
                }
            }
        }
    }

    /// The star at hand names nothing.
    #[cold]
    fn no_anchor<T>(&self, name: &str, end: usize) -> Step<T> {
        let star = (end - name.len()).saturating_sub(1);
        let known = |name: &str| self.anchors.get(name).and_then(|number| self.builder.anchor(*number));
        let similar = nearest(name, self.anchors.keys().copied()).and_then(|name| Some((name, known(name)?)));
        Err(explain::undefined_alias(self.builder, self.text, self.base, (star, end), similar).into())
    }

    #[inline]
    fn plain(&mut self, start: usize, flow: bool) -> Step<Atom> {
        let end = text::plain_run(self.bytes, start, flow);
        self.at = end;
        // most end on their line
        let mut next = end;
        while matches!(self.byte(next), b' ' | b'\t') {
            next += 1;
        }
        let width = text::line_break(self.bytes, next);
        if width == 0 {
            // at a colon, a comment, a bracket or the end
            self.at = next;
            return Ok(Atom::Scalar { start, end, style: Style::Plain, made: false });
        }
        let mut end = end;
        let mut made = false;
        let indent = if flow { 0 } else { self.indent + 1 };
        let tab_indent = self.indent + 1;
        loop {
            // at a line break: over it, and to where the next line's text begins
            self.folded.pause();
            self.at = next;
            loop {
                let width = text::line_break(self.bytes, self.at);
                if width > 0 {
                    self.folded.line_break(self.bytes, self.at, width);
                    self.at += width;
                    self.line = self.at;
                    continue;
                }
                match self.here() {
                    b' ' => self.at += 1,
                    b'\t' => {
                        if self.column() < tab_indent {
                            return self.fault(Fault::Tab);
                        }
                        self.at += 1;
                    }
                    _ => break,
                }
            }
            let byte = self.here();
            let over = self.at >= self.bytes.len()
                || (!flow && self.column() < indent)
                || byte == b'#'
                || (self.at == self.line && matches!(byte, b'-' | b'.') && text::is_document_mark(self.bytes, self.at))
                || text::plain_run(self.bytes, self.at, flow) == self.at;
            if over {
                // a line end behind it: a key may follow
                self.key_allowed = true;
                return Ok(Atom::Scalar { start, end, style: Style::Plain, made });
            }
            if !made {
                self.folded.resume(self.text.get(start..end).unwrap_or(""));
                made = true;
            }
            self.folded.fold();
            let from = self.at;
            end = text::plain_run(self.bytes, from, flow);
            self.folded.push(self.text.get(from..end).unwrap_or(""));
            next = end;
            while matches!(self.byte(next), b' ' | b'\t') {
                next += 1;
            }
            self.at = next;
            if text::line_break(self.bytes, next) == 0 {
                return Ok(Atom::Scalar { start, end, style: Style::Plain, made });
            }
        }
    }

    fn single(&mut self, start: usize) -> Step<Atom> {
        let mut at = start + 1;
        if let Some(end) = text::quoted_run(self.bytes, at, b'\'')
            && self.byte(end) == b'\''
            && self.byte(end + 1) != b'\''
        {
            self.at = end + 1;
            return Ok(Atom::Scalar { start, end: end + 1, style: Style::Single, made: false });
        }
        self.folded.begin();
        loop {
            let from = at;
            at = self.quoted_words(at, b'\'');
            self.folded.push(self.text.get(from..at).unwrap_or(""));
            if self.byte(at) == b'\'' {
                if self.byte(at + 1) == b'\'' {
                    self.folded.push("'");
                    at += 2;
                    continue;
                }
                self.at = at + 1;
                return Ok(Atom::Scalar { start, end: at + 1, style: Style::Single, made: true });
            }
            at = self.quoted_blanks(start, at, false)?;
        }
    }

    fn double(&mut self, start: usize) -> Step<Atom> {
        let mut at = start + 1;
        if let Some(end) = text::quoted_run(self.bytes, at, b'"')
            && self.byte(end) == b'"'
        {
            self.at = end + 1;
            return Ok(Atom::Scalar { start, end: end + 1, style: Style::Double, made: false });
        }
        self.folded.begin();
        loop {
            let from = at;
            at = self.quoted_words(at, b'"');
            self.folded.push(self.text.get(from..at).unwrap_or(""));
            match self.byte(at) {
                b'"' => {
                    self.at = at + 1;
                    return Ok(Atom::Scalar { start, end: at + 1, style: Style::Double, made: true });
                }
                b'\\' => {
                    let width = text::line_break(self.bytes, at + 1);
                    if width > 0 {
                        self.line = at + 1 + width;
                        at = self.quoted_blanks(start, at + 1 + width, true)?;
                    } else {
                        let Some((character, length)) = text::escape(self.bytes, at) else {
                            return Err(Stop::Fault(Fault::Escape, at));
                        };
                        self.folded.push_char(character);
                        at += length;
                    }
                }
                _ => at = self.quoted_blanks(start, at, false)?,
            }
        }
    }

    /// Where a run of text within quotes ends that needs no work.
    fn quoted_words(&self, from: usize, quote: u8) -> usize {
        if self.only_feeds {
            text::quoted_words(self.bytes, from, quote)
        } else {
            text::word_run(self.bytes, from, quote)
        }
    }

    /// Blanks and line ends within quotes, folded; `escaped` behind a `\` at the end of a line.
    fn quoted_blanks(&mut self, start: usize, from: usize, escaped: bool) -> Step<usize> {
        let mut at = from;
        let mut broken = escaped;
        self.folded.pause();
        loop {
            let width = text::line_break(self.bytes, at);
            if width > 0 {
                if escaped {
                    self.folded.further_break(self.bytes, at, width);
                } else {
                    self.folded.line_break(self.bytes, at, width);
                }
                broken = true;
                at += width;
                self.line = at;
            } else if matches!(self.byte(at), b' ' | b'\t') {
                at += 1;
            } else {
                break;
            }
        }
        if at >= self.bytes.len() || (at == self.line && text::is_document_mark(self.bytes, at)) {
            return Err(Stop::Fault(Fault::UnclosedQuote, start));
        }
        if broken {
            if escaped {
                self.folded.join();
            } else {
                self.folded.fold();
            }
        } else {
            self.folded.push(self.text.get(from..at).unwrap_or(""));
        }
        Ok(at)
    }

    fn block_scalar(&mut self, props: Props) -> Step {
        let start = self.at;
        let literal = self.here() == b'|';
        let Some(header) = text::block_header(self.bytes, start) else {
            return Err(Stop::Fault(Fault::BlockHeader, start));
        };
        let mut at = header.end;
        let width = text::line_break(self.bytes, at);
        at += width;
        if width > 0 {
            self.line = at;
        }
        let mut indent = header.indent.map(|by| by + usize::try_from(self.indent).unwrap_or(0));
        self.folded.begin();
        let mut end = start + 1;
        // as the header counts when nothing follows
        end = end.max(header.written);
        let mut leading_blank = false;
        at = self.block_breaks(at, &mut indent, start)?;
        let indent = indent.unwrap_or(1);
        // where its text begins: there a place points, as a reader looks there; blanks alone are nothing to look at
        let (mut text, mut seen) = (None, false);
        while at - self.line == indent && at < self.bytes.len() {
            let blank = matches!(self.byte(at), b' ' | b'\t');
            if literal || leading_blank || blank {
                self.folded.join();
            } else {
                self.folded.fold();
            }
            leading_blank = blank;
            let line_end = text::line_end(self.bytes, at, self.only_feeds);
            let line = self.text.get(at..line_end).unwrap_or("");
            self.folded.push(line);
            let written = line.trim_end().len();
            if written > 0 {
                end = at + written;
                seen = true;
            }
            text.get_or_insert(at);
            self.folded.pause();
            let width = text::line_break(self.bytes, line_end);
            at = line_end + width;
            if width > 0 {
                self.folded.line_break(self.bytes, line_end, width);
                self.line = at;
            }
            at = self.block_breaks(at, &mut Some(indent), start)?;
        }
        if header.chomp != text::Chomp::Strip {
            self.folded.keep_first();
        }
        if header.chomp == text::Chomp::Keep {
            self.folded.keep_rest();
        }
        self.at = at;
        self.key_allowed = true;
        if end - start > MAX_SCALAR {
            return self.too_large(start, end - start);
        }
        let value = self.folded.value();
        if props.tag.is_some() && !super::scalar::fits(props.tag(), value) {
            let value = value.to_owned();
            self.check_tag(props.tag(), &value, start, end)?;
        }
        let range = (self.place(text.filter(|_| seen).unwrap_or(start)), self.place(end));
        self.builder.scalar(range, Style::Block, props.tag(), props.anchor(), Text::Made(self.folded.value()));
        Ok(())
    }

    /// Blank lines before or between the lines of a block scalar, and the indentation of the next one.
    fn block_breaks(&mut self, mut at: usize, indent: &mut Option<usize>, start: usize) -> Step<usize> {
        let mut deepest = 0;
        loop {
            while indent.is_none_or(|indent| at - self.line < indent) && self.byte(at) == b' ' {
                at += 1;
            }
            deepest = deepest.max(at - self.line);
            if indent.is_none_or(|indent| at - self.line < indent) && self.byte(at) == b'\t' {
                let _ = start;
                return Err(Stop::Fault(Fault::Tab, at));
            }
            let width = text::line_break(self.bytes, at);
            if width == 0 {
                break;
            }
            self.folded.further_break(self.bytes, at, width);
            at += width;
            self.line = at;
        }
        if indent.is_none() {
            let least = usize::try_from(self.indent + 1).unwrap_or(0);
            *indent = Some(deepest.max(least).max(1));
        }
        Ok(at)
    }

    // ---- properties

    /// `&name` or `*name`, at the sign.
    fn name(&mut self) -> Step<&'a str> {
        let start = self.at + 1;
        let mut end = start;
        while text::is_word(self.byte(end)) {
            end += 1;
        }
        let after = matches!(self.byte(end), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if end == start || !(after || text::is_blank_or_end(self.bytes, end)) {
            if self.here() == b'*' {
                let rest = self.text.get(start..text::line_end(self.bytes, start, false)).unwrap_or("");
                let name = rest.split([' ', '\t']).next().unwrap_or("");
                return self.no_anchor(name, start + name.len());
            }
            return self.fault(Fault::Anchor);
        }
        self.at = end;
        Ok(self.text.get(start..end).unwrap_or(""))
    }

    fn tag(&mut self) -> Step<directive::Found> {
        match self.tags.tag(self.bytes, self.text, self.at) {
            Some(found) => {
                self.at = found.end;
                Ok(found)
            }
            None => self.fault(Fault::Tag),
        }
    }

    /// An anchor, a tag, or both on one line in either order.
    fn props(&mut self, flow: bool) -> Step<Props> {
        let mut props = Props::default();
        loop {
            match self.here() {
                b'&' if props.anchor.is_none() => {
                    let start = self.at;
                    let name = self.name()?;
                    let number = self.builder.declare(self.place(start), self.place(self.at));
                    self.anchors.insert(name, number);
                    props.anchor = Some(number);
                }
                b'!' if props.tag.is_none() => {
                    let start = self.at;
                    let found = self.tag()?;
                    if found.foreign {
                        self.builder.foreign_tag(self.place(start), self.place(found.end));
                    }
                    (props.tag, props.merges) = (Some(found.tag), found.merges);
                }
                _ => return Ok(props),
            }
            props.end = self.at;
            let mut next = self.at;
            while matches!(self.byte(next), b' ' | b'\t') {
                next += 1;
            }
            if matches!(self.byte(next), b'&' | b'!') && !(flow && next == self.at) {
                self.at = next;
            }
            if self.at == props.end {
                return Ok(props);
            }
        }
    }

    // ---- flow

    fn flow_open(&mut self, byte: u8, props: Props, candidate: bool) -> Step {
        let kind = if byte == b'[' { Kind::FlowSeq } else { Kind::FlowMap };
        self.open(kind, self.at, props)?;
        if let Some(frame) = self.stack.last_mut() {
            frame.candidate = candidate;
        }
        self.at += 1;
        Ok(())
    }

    /// Goes to the next token within brackets. The text may not end here.
    fn flow_next(&mut self) -> Step<u8> {
        let byte = self.next(true);
        if self.ends(byte) {
            return self.fault(Fault::UnclosedBracket);
        }
        Ok(byte)
    }

    /// The closing bracket, and what a colon behind it means.
    fn flow_close(&mut self) -> Step {
        let Some((start, candidate, key)) = self.stack.last().map(|frame| (frame.start, frame.candidate, frame.key))
        else {
            return Ok(());
        };
        self.at += 1;
        let end = self.at;
        self.close(end);
        self.key_allowed = false;
        let flow = self.in_flow();
        let line = self.line;
        let (parent, state) = self.stack.last().map_or((None, State::First), |frame| (Some(frame.kind), frame.state));
        let single_line = start >= line;
        let colon = {
            while matches!(self.here(), b' ' | b'\t') {
                self.at += 1;
            }
            self.here() == b':' && (flow || self.blank_after())
        };
        let is_key = colon && candidate && single_line && self.is_near(start);
        match parent {
            Some(Kind::FlowMap) if state == State::Value => Ok(()),
            Some(Kind::FlowMap) if candidate => {
                if is_key {
                    self.at += 1;
                    self.flow_value()
                } else {
                    self.nothing(self.at, Props::default())
                }
            }
            Some(Kind::BlockMap) if key => {
                if !is_key {
                    return Err(Stop::Fault(Fault::Key, start));
                }
                self.at += 1;
                self.node(Place::Value, self.at)
            }
            _ if is_key => {
                let span = self.builder.opening(self.place(start), self.place(self.at));
                let template = self.text.get(start..).is_some_and(|rest| rest.starts_with("{{"));
                let kind = if template { ProblemKind::Template } else { ProblemKind::NonScalarKey };
                Err(Problem::new(kind, span, "a key that is a list or a mapping")
                    .help("keys are text: put it in quotes if it is meant as one")
                    .into())
            }
            _ if colon && !flow => self.fault(Fault::Structure),
            _ => Ok(()),
        }
    }

    fn flow_seq(&mut self) -> Step {
        let first = self.stack.last().is_some_and(|frame| frame.state == State::First);
        let mut byte = self.flow_next()?;
        if byte != b']' && !first {
            if byte != b',' {
                return self.no_separator(byte);
            }
            self.at += 1;
            byte = self.flow_next()?;
        }
        self.state(State::Next);
        match byte {
            b']' => self.flow_close(),
            b'?' => {
                self.open(Kind::FlowPair, self.at, Props::default())?;
                self.builder.odd_key();
                self.at += 1;
                byte = self.flow_next()?;
                if matches!(byte, b':' | b',' | b']') {
                    return self.fault(Fault::Structure);
                }
                self.state(State::Value);
                self.flow_node(byte, false).map(|_| ())
            }
            _ => self.flow_node(byte, true).map(|_| ()),
        }
    }

    fn no_separator<T>(&mut self, byte: u8) -> Step<T> {
        match byte {
            b']' | b'}' => self.fault(Fault::StrayBracket),
            _ => self.fault(Fault::Separator),
        }
    }

    fn flow_map(&mut self) -> Step {
        let (first, waits) = self
            .stack
            .last()
            .map_or((false, false), |frame| (frame.state == State::First, frame.state == State::Value));
        let mut byte = self.flow_next()?;
        if waits {
            self.state(State::Next);
            if byte == b':' {
                self.at += 1;
                return self.flow_value();
            }
            return self.nothing(self.at, Props::default());
        }
        if byte != b'}' && !first {
            if byte != b',' {
                return self.no_separator(byte);
            }
            self.at += 1;
            byte = self.flow_next()?;
        }
        self.state(State::Next);
        match byte {
            b'}' => self.flow_close(),
            b'?' => {
                self.at += 1;
                self.builder.odd_key();
                byte = self.flow_next()?;
                self.state(State::Value);
                if matches!(byte, b':' | b',' | b'}') {
                    return self.nothing(self.at, Props::default());
                }
                self.flow_node(byte, false).map(|_| ())
            }
            _ => {
                if self.flow_node(byte, true)? {
                    self.at += 1;
                    return self.flow_value();
                }
                Ok(())
            }
        }
    }

    fn flow_pair(&mut self) -> Step {
        let byte = self.flow_next()?;
        if self.stack.last().is_some_and(|frame| frame.state == State::Value) {
            self.state(State::Next);
            if byte == b':' {
                self.at += 1;
                return self.flow_value();
            }
            return self.nothing(self.at, Props::default());
        }
        let end = self.builder.last_end().saturating_sub(self.base) as usize;
        self.close(end);
        Ok(())
    }

    /// What stands behind a colon within brackets.
    fn flow_value(&mut self) -> Step {
        let after = self.at;
        let byte = self.flow_next()?;
        let nothing = match self.stack.last().map(|frame| frame.kind) {
            Some(Kind::FlowPair) => matches!(byte, b',' | b']'),
            _ => matches!(byte, b',' | b'}'),
        };
        if nothing {
            return self.nothing(after, Props::default());
        }
        self.flow_node(byte, false).map(|_| ())
    }

    /// A node within brackets. Where it may be a key (`candidate`) a colon behind it makes it one: of a new pair in a
    /// list; of the mapping, for which the answer is true.
    fn flow_node(&mut self, byte: u8, candidate: bool) -> Step<bool> {
        let (start, line) = (self.at, self.line);
        let in_map = self.stack.last().is_some_and(|frame| frame.kind == Kind::FlowMap) && candidate;
        let mut props = Props::default();
        let mut byte = byte;
        if matches!(byte, b'&' | b'!') {
            loop {
                let more = self.props(true)?;
                if more.doubles(props) {
                    return self.fault(Fault::Structure);
                }
                props = Props { end: more.end, ..more.with(props) };
                byte = self.flow_next()?;
                if !matches!(byte, b'&' | b'!') {
                    break;
                }
            }
        }
        if byte == b'[' || byte == b'{' {
            if in_map {
                self.builder.odd_key();
            }
            self.flow_open(byte, props, candidate)?;
            if let Some(frame) = self.stack.last_mut() {
                frame.start = start;
            }
            return Ok(false);
        }
        let atom = if props.is_some() && matches!(byte, b',' | b']' | b'}' | b':' | b'?') {
            None
        } else {
            if byte == b'*' && props.is_some() {
                return self.fault(Fault::Structure);
            }
            if byte == b'-' && self.blank_after() {
                return self.fault(Fault::Structure);
            }
            Some(self.scalar(true)?)
        };
        if candidate && self.colon_in_flow(start, line) {
            if !in_map {
                self.open(Kind::FlowPair, start, Props::default())?;
                self.state(State::Next);
            }
            match &atom {
                Some(atom) => self.emit_key(atom, props)?,
                None => self.no_key(props.end, props)?,
            }
            if in_map {
                return Ok(true);
            }
            self.at += 1;
            self.flow_value()?;
            return Ok(false);
        }
        match &atom {
            Some(atom) if in_map => self.emit_key(atom, props)?,
            Some(atom) => self.emit(atom, props)?,
            None if in_map => self.no_key(props.end, props)?,
            None => self.nothing(props.end, props)?,
        }
        if in_map {
            self.nothing(self.at, Props::default())?;
        }
        Ok(false)
    }

    fn colon_in_flow(&mut self, start: usize, line: usize) -> bool {
        // a comment or a line end may stand before it, and then it is no key's
        let (at, here) = (self.at, self.line);
        let byte = self.next(true);
        let found = byte == b':' && self.line == line && self.is_near(start);
        if !found {
            (self.at, self.line) = (at, here);
        }
        found
    }
}
