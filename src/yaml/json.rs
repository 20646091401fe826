//! JSON to the same tree. A reader of its own, because YAML readers refuse what JSON allows (tabs between values) and
//! allow what it does not. Gives up without a word where the text is not JSON: it may be YAML in braces.

use std::sync::Arc;

use crate::source::Source;

use super::builder::{Builder, Text};
use super::problem::Problem;
use super::text::signature;
use super::tree::{Style, Tag, Traits, Tree};

/// Reads `start..end` as one JSON value and blanks; nothing when it is anything else.
pub(super) fn tree(
    builder: &mut Builder,
    source: &Source,
    start: usize,
    end: usize,
) -> Option<(Arc<Tree>, Vec<Problem>)> {
    let text = source.text().get(start..end)?;
    builder.begin(text.len(), Traits { wide: true, tab: true, ..Traits::default() });
    let mut reader = Reader { text, at: 0, base: start, builder };
    if text.starts_with('\u{FEFF}') {
        reader.at = '\u{FEFF}'.len_utf8();
    }
    reader.value_loop()?;
    reader.blanks();
    if reader.at != text.len() {
        return None;
    }
    let (tree, problems) = reader.builder.finish();
    Some((tree?, problems))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    base: usize,
    builder: &'a mut Builder,
}

#[derive(Clone, Copy, PartialEq)]
enum Want {
    Value,
    KeyOrEnd,
    Key,
    ItemOrEnd,
    AfterValue,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn place(&self, from: usize) -> (u32, u32) {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (small(self.base + from), small(self.base + self.at))
    }

    /// No recursion: the stack says which bracket is open.
    fn value_loop(&mut self) -> Option<()> {
        let mut open: Vec<bool> = Vec::new();
        let mut want = Want::Value;
        loop {
            self.blanks();
            match want {
                Want::Value | Want::ItemOrEnd => {
                    if want == Want::ItemOrEnd && self.peek()? == b']' {
                        self.close()?;
                        open.pop();
                        want = Want::AfterValue;
                        continue;
                    }
                    let byte = self.peek()?;
                    if byte == b'{' || byte == b'[' {
                        let (start, _) = self.place(self.at);
                        self.at += 1;
                        let mapping = byte == b'{';
                        self.builder.open(start, mapping, Style::Flow, 0).ok()?;
                        open.push(mapping);
                        want = if mapping { Want::KeyOrEnd } else { Want::ItemOrEnd };
                        continue;
                    }
                    self.scalar()?;
                    want = Want::AfterValue;
                }
                Want::KeyOrEnd | Want::Key => {
                    if want == Want::KeyOrEnd && self.peek()? == b'}' {
                        self.close()?;
                        open.pop();
                        want = Want::AfterValue;
                        continue;
                    }
                    self.string(true)?;
                    self.blanks();
                    self.eat(b':')?;
                    want = Want::Value;
                }
                Want::AfterValue => {
                    let Some(mapping) = open.last().copied() else { return Some(()) };
                    match self.peek()? {
                        b',' => {
                            self.at += 1;
                            want = if mapping { Want::Key } else { Want::Value };
                        }
                        b'}' if mapping => {
                            self.close()?;
                            open.pop();
                        }
                        b']' if !mapping => {
                            self.close()?;
                            open.pop();
                        }
                        _ => return None,
                    }
                }
            }
        }
    }

    fn close(&mut self) -> Option<()> {
        self.at += 1;
        let (_, end) = self.place(self.at);
        self.builder.close(end);
        Some(())
    }

    fn scalar(&mut self) -> Option<()> {
        if self.peek()? == b'"' {
            return self.string(false);
        }
        let from = self.at;
        while matches!(self.peek(), Some(b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E')) {
            self.at += 1;
        }
        let word = self.text.get(from..self.at)?;
        let number = serde_json::from_str::<serde_json::Number>(word).is_ok();
        if !number && !matches!(word, "true" | "false" | "null") {
            return None;
        }
        let place = self.place(from);
        self.builder.scalar(place, Style::Plain, Tag::None, 0, Text::Written);
        Some(())
    }

    fn string(&mut self, key: bool) -> Option<()> {
        let from = self.at;
        self.eat(b'"')?;
        let mut escaped = false;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                0..=0x1F => return None,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let place = self.place(from);
        if key && !escaped {
            let signature = signature(self.text.as_bytes(), from + 1, self.at - 1);
            self.builder.name(place, Style::Double, signature);
            return Some(());
        }
        if key {
            self.builder.odd_key();
        }
        if escaped {
            let value: String = serde_json::from_str(self.text.get(from..self.at)?).ok()?;
            self.builder.scalar(place, Style::Double, Tag::None, 0, Text::Made(&value));
        } else {
            self.builder.scalar(place, Style::Double, Tag::None, 0, Text::Written);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn read(text: &str) -> Option<Arc<Tree>> {
        let source = Arc::new(Source::new(SourceId(0), "x.json", text.into()));
        tree(&mut Builder::new(&source), &source, 0, text.len()).map(|(tree, _)| tree)
    }

    #[test]
    fn reads_json_with_tabs_and_escapes() {
        let tree = read("{\n\t\"a\": [1, true, \"x\\u0041\"],\n\t\"b\": {}\n}\n").unwrap();
        let a = tree.root().get("a").unwrap();
        assert_eq!(a.items().nth(2).unwrap().text(), Some("xA"));
        assert_eq!(tree.source().slice(a.span()), "[1, true, \"x\\u0041\"]");
        assert_eq!(tree.source().slice(tree.root().get("b").unwrap().span()), "{}");
    }

    #[test]
    fn leaves_what_is_not_json_to_others() {
        for text in ["{a: 1}", "{\"a\": 1,}", "{\"a\": 01}", "{} x", "{\"a\"", "[1 2]", "{\"a\": {{ x }}}", "nul"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
