//! One diagnostic with its excerpt, drawn by miette from a source of ours: lines come from the line index, so a finding
//! costs the same in a large file as in a small one, and a line of a hundred kilobytes is cut around the place.

use std::fmt;
use std::sync::{Arc, OnceLock};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};

use crate::finding::Severity;
use crate::source::{Source, Span};

/// Lines longer than this are cut.
const LONG_LINE: usize = 240;

/// How reports look.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Colours and bold.
    pub colour: bool,
    /// Columns to wrap at.
    pub width: usize,
}

/// What is drawn.
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// The line above: a check's id.
    pub code: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Help below the excerpt.
    pub help: Option<String>,
    /// The primary place first: span and words.
    pub labels: Vec<(Span, Option<String>)>,
    /// The file of the primary place and its path as shown.
    pub source: Option<(Arc<Source>, String)>,
    /// Places in other files.
    pub related: Vec<Diagnostic>,
}

/// Draws a diagnostic.
#[must_use]
pub fn render(diagnostic: &Diagnostic, look: Look) -> String {
    let theme = if look.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_context_lines(1)
        .with_links(false)
        .without_syntax_highlighting();
    let shown = Shown::of(diagnostic);
    if handler.render_report(&mut out, &shown).is_err() {
        // only a writer can fail, and a string does not
        out.push_str(&diagnostic.message);
    }
    // the word before a place in another file says nothing that the place does not
    out.replace("\nAdvice: \n", "\n")
}

/// Excerpts of one file.
struct Excerpt {
    source: Arc<Source>,
    path: String,
    /// The text without control characters, made when an excerpt has one: a file must not steer the terminal.
    clean: OnceLock<Vec<u8>>,
}

/// Characters that move the cursor, colour or reverse the text. A CR before a LF is a line end.
fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// Text of a file that is printed outside an excerpt, with a `?` for each character that steers the terminal.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if steers(c) || c == '\r' { '?' } else { c }).collect()
}

/// The text with a `?` for each byte of what steers, so that places stay where they are.
fn clean(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let lone = c == '\r' && text.as_bytes().get(at + 1) != Some(&b'\n');
        if lone {
            out.push(b'\n');
        } else if steers(c) {
            out.extend(std::iter::repeat_n(b'?', c.len_utf8()));
        } else {
            out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    out
}

/// How much of a span is underlined: its first line, and no more than fits one.
fn drawn(source: &Source, span: Span) -> usize {
    let text = source.slice(span);
    let line = text.find(['\n', '\r']).unwrap_or(text.len());
    text.floor_char_boundary(line.min(LONG_LINE / 2))
}

/// Text for a terminal: without control characters but line ends.
fn tame(text: &str) -> String {
    text.chars().map(|c| if steers(c) || c == '\r' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.source.text();
        let lines = self.source.lines();
        let start = text.floor_char_boundary(span.offset());
        let end = text.floor_char_boundary(span.offset().saturating_add(span.len()));
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (first, last) = (lines.line_of(small(start)), lines.line_of(small(end.max(start + 1) - 1)));
        let own = lines.range(first, text);
        if before == 0 && after == 0 {
            // asked for the numbers in the header only
            let column = text.get(own.start..start.max(own.start)).map_or(0, |before| before.chars().count());
            let data = text.as_bytes().get(start..end.min(own.end).max(start)).unwrap_or_default();
            return Ok(self.contents(data, start, first, column, 1));
        }
        if own.len() > LONG_LINE {
            let from = text.floor_char_boundary(start.saturating_sub(60).max(own.start));
            let to = text.floor_char_boundary((end + 120).min(own.end));
            let data = text.as_bytes().get(from..to).unwrap_or_default();
            let column = text.get(own.start..from).map_or(0, |before| before.chars().count());
            return Ok(self.contents(data, from, first, column, 1));
        }
        let top = first.saturating_sub(before);
        let bottom = (last + after).min(lines.count().saturating_sub(1));
        let (mut from, mut to) = (lines.range(top, text), lines.range(bottom, text));
        // a neighbour may be the long one
        if from.len() > LONG_LINE {
            from = lines.range(first, text);
        }
        if to.len() > LONG_LINE {
            to = lines.range(last, text);
        }
        let top = lines.line_of(small(from.start));
        let bottom = lines.line_of(small(to.start));
        let data = text.as_bytes().get(from.start..to.end.max(from.start)).unwrap_or_default();
        Ok(self.contents(data, from.start, top, 0, bottom - top + 1))
    }
}

impl Excerpt {
    fn contents<'a>(
        &'a self,
        data: &'a [u8],
        from: usize,
        line: usize,
        column: usize,
        count: usize,
    ) -> Box<dyn SpanContents<'a> + 'a> {
        let text = self.source.text().get(from..from + data.len()).unwrap_or("");
        let data = if text.contains(steers) || text.contains('\r') {
            self.clean.get_or_init(|| clean(self.source.text())).get(from..from + data.len()).unwrap_or_default()
        } else {
            data
        };
        let span = SourceSpan::new(from.into(), data.len());
        Box::new(MietteSpanContents::new_named(self.path.clone(), data, span, line, column, count))
    }
}

struct Shown {
    severity: miette::Severity,
    code: Option<String>,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Option<Excerpt>,
    related: Vec<Shown>,
}

impl Shown {
    fn of(diagnostic: &Diagnostic) -> Self {
        let source = diagnostic.source.as_ref().map(|(source, _)| source);
        let label = |(at, (span, words)): (usize, &(Span, Option<String>))| {
            let length = source.map_or(span.len() as usize, |source| drawn(source, *span));
            let place = SourceSpan::new((span.start as usize).into(), length);
            if at == 0 {
                LabeledSpan::new_primary_with_span(words.as_deref().map(tame), place)
            } else {
                LabeledSpan::new_with_span(words.as_deref().map(tame), place)
            }
        };
        Self {
            severity: match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Hint => miette::Severity::Advice,
            },
            code: diagnostic.code.clone(),
            message: tame(&diagnostic.message),
            help: diagnostic.help.as_deref().map(tame),
            labels: diagnostic.labels.iter().enumerate().map(label).collect(),
            source: diagnostic.source.as_ref().map(|(source, path)| Excerpt {
                source: Arc::clone(source),
                path: tame(path).replace('\n', "\u{FFFD}"),
                clean: OnceLock::new(),
            }),
            related: diagnostic.related.iter().map(Self::of).collect(),
        }
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        (!self.related.is_empty()).then(|| {
            Box::new(self.related.iter().map(|one| one as &dyn miette::Diagnostic))
                as Box<dyn Iterator<Item = &dyn miette::Diagnostic>>
        })
    }
}
