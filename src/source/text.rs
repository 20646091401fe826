//! One file's bytes and the text in them: UTF-8, or UTF-16 behind a byte order mark. Leaves out YAML.

use std::sync::{Arc, OnceLock};

use super::{LineIndex, SourceId, Span};

/// Files larger than this are reported and not read: no manifest is (etcd refuses objects over 1.5 MB), and a
/// hostile one would take the memory of everybody else.
pub const MAX_SOURCE_BYTES: u64 = 64 * 1024 * 1024;

/// How the bytes of a file were read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, little endian, after its byte order mark.
    Utf16Le,
    /// UTF-16, big endian, after its byte order mark.
    Utf16Be,
}

/// What keeps a file from being text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceProblem {
    /// Bytes that no UTF-8 text has; U+FFFD stands for them.
    NotUtf8 {
        /// Where they were, the first hundred.
        at: Vec<Span>,
    },
    /// UTF-16 with an unpaired surrogate or half a unit.
    NotUtf16,
}

/// One file: its path from the root of the snapshot and its text.
#[derive(Debug)]
pub struct Source {
    id: SourceId,
    path: Arc<str>,
    text: String,
    encoding: Encoding,
    problem: Option<SourceProblem>,
    lines: OnceLock<LineIndex>,
}

impl Source {
    /// Decodes `bytes`. Never fails: what is not text is a [`SourceProblem`] beside the text before it.
    #[must_use]
    pub fn new(id: SourceId, path: impl Into<Arc<str>>, bytes: Vec<u8>) -> Self {
        let (text, encoding, problem) = decode(id, bytes);
        Self { id, path: path.into(), text, encoding, problem, lines: OnceLock::new() }
    }

    /// Its place in the snapshot.
    #[must_use]
    pub fn id(&self) -> SourceId {
        self.id
    }

    /// The path from the root of the snapshot, with `/` between its parts.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same, for who keeps it.
    #[must_use]
    pub fn shared_path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// The decoded text; spans count its bytes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How the bytes were read.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// What kept the whole file from being text.
    #[must_use]
    pub fn problem(&self) -> Option<&SourceProblem> {
        self.problem.as_ref()
    }

    /// Lines of the text, indexed when first asked for.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// The bytes of `span`, or nothing when it is not a span of this text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

fn decode(id: SourceId, bytes: Vec<u8>) -> (String, Encoding, Option<SourceProblem>) {
    let utf16 = |encoding: Encoding, read: fn([u8; 2]) -> u16| {
        let units = bytes.get(2..).unwrap_or(&[]).chunks(2).map(|pair| match pair {
            [a, b] => read([*a, *b]),
            _ => 0xFFFD,
        });
        let mut broken = bytes.len() % 2 == 1;
        let text: String = char::decode_utf16(units)
            .map(|unit| {
                unit.unwrap_or_else(|_| {
                    broken = true;
                    char::REPLACEMENT_CHARACTER
                })
            })
            .collect();
        (text, encoding, broken.then_some(SourceProblem::NotUtf16))
    };
    if bytes.starts_with(&[0xFF, 0xFE]) {
        return utf16(Encoding::Utf16Le, u16::from_le_bytes);
    }
    if bytes.starts_with(&[0xFE, 0xFF]) {
        return utf16(Encoding::Utf16Be, u16::from_be_bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, Encoding::Utf8, None),
        Err(error) => {
            let (mut text, mut at) = (String::new(), Vec::new());
            for chunk in error.as_bytes().utf8_chunks() {
                text.push_str(chunk.valid());
                if !chunk.invalid().is_empty() {
                    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                    let start = small(text.len());
                    text.push(char::REPLACEMENT_CHARACTER);
                    if at.len() < MOST_BAD_BYTES {
                        at.push(Span::new(id, start, small(text.len())));
                    }
                }
            }
            (text, Encoding::Utf8, Some(SourceProblem::NotUtf8 { at }))
        }
    }
}

/// So many places of bytes that are no text are kept.
const MOST_BAD_BYTES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_behind_its_mark_is_text() {
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend("a: é\n".encode_utf16().flat_map(u16::to_le_bytes));
        let source = Source::new(SourceId(0), "a.yaml", bytes);
        assert_eq!((source.text(), source.encoding()), ("a: é\n", Encoding::Utf16Le));
    }

    #[test]
    fn a_broken_byte_takes_nothing_with_it() {
        let source = Source::new(SourceId(0), "a.yaml", b"a: 1\nb: \xC3(\nc: 3\n".to_vec());
        assert_eq!(source.text(), "a: 1\nb: \u{FFFD}(\nc: 3\n");
        let at = vec![Span::new(SourceId(0), 8, 11)];
        assert_eq!(source.problem(), Some(&SourceProblem::NotUtf8 { at }));
    }
}
