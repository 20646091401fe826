//! Byte offsets to lines and columns, in one place. Built once a file, and only for files that have a finding.

/// Line starts of one text, so that a place in a 2 MB file costs the same as in a small one.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A place as people count: line and columns from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Column in UTF-16 code units, from 1 (what editors and SARIF's default count).
    pub column_utf16: u32,
}

impl LineIndex {
    /// Indexes `text`. A line ends at LF, CRLF or a lone CR, as in YAML.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    /// The line that holds `offset`, from 0.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The byte range of a line (from 0) without its line end.
    #[must_use]
    pub fn range(&self, line: usize, text: &str) -> std::ops::Range<usize> {
        let start = self.starts.get(line).map_or(text.len(), |at| *at as usize);
        let end = self.starts.get(line + 1).map_or(text.len(), |at| *at as usize);
        let trimmed = text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']).len();
        start..start + trimmed
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Where `offset` stands in `text`.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line_of(offset);
        let start = self.starts.get(line).copied().unwrap_or(0) as usize;
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        // a byte order mark is no character to an editor
        let before = text.get(start..end).unwrap_or("").trim_start_matches('\u{FEFF}');
        let (column, column_utf16) = if before.is_ascii() {
            (before.len() + 1, before.len() + 1)
        } else {
            (before.chars().count() + 1, before.encode_utf16().count() + 1)
        };
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: small(line + 1), column: small(column), column_utf16: small(column_utf16) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let text = "a: \u{1F6A2}x\r\nb: 1\rc: 2\n";
        let index = LineIndex::new(text);
        let x = u32::try_from(text.find('x').unwrap()).unwrap();
        assert_eq!(index.position(text, x), Position { line: 1, column: 5, column_utf16: 6 });
        let c = u32::try_from(text.find('c').unwrap()).unwrap();
        assert_eq!(index.position(text, c).line, 3);
        assert_eq!(&text[index.range(0, text)], "a: \u{1F6A2}x");
    }

    #[test]
    fn a_place_past_the_end_is_the_last_line() {
        let index = LineIndex::new("a\nb");
        assert_eq!(index.position("a\nb", 99).line, 2);
    }
}
