//! Which words stand in a file: enough to say that it cannot speak of something, without reading it. Kept between runs by
//! the object id of its bytes, so that a commit hook need not read a whole repository; a cache that is gone or broken
//! costs time and changes no answer. Leaves out what the words mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Opens the file; another number is another format.
const MAGIC: &[u8; 16] = b"plimsoll words 2";

/// An object id of SHA-1 or SHA-256, the shorter one padded.
type ObjectId = [u8; 32];

/// Bytes of one row: an object id, where its words begin and how many there are.
const ROW: usize = 32 + 4 + 4;

/// The words of one text, as hashes: runs of letters, digits, bytes beyond ASCII and what names are joined with. No scalar
/// begins or ends within such a run, so a name stands in a text only as a run of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Sorted.
    hashes: Vec<u32>,
}

impl Words {
    /// The words of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut hashes: Vec<u32> = runs(text).map(hash).collect();
        // escapes spell words that the text does not show; where they are none, too many words do no harm
        if text.contains('\\') {
            hashes.extend(runs(&unescaped(text)).map(hash));
        }
        hashes.sort_unstable();
        hashes.dedup();
        Self { hashes }
    }

    /// Whether all words of a phrase may stand in the text. A phrase that stands there as a scalar is always found.
    #[must_use]
    pub fn may_hold(&self, phrase: &Phrase) -> bool {
        phrase.0.iter().all(|hash| self.hashes.binary_search(hash).is_ok())
    }
}

/// Something to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase(Vec<u32>);

impl Phrase {
    /// The words of a scalar.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(runs(text).map(hash).collect())
    }
}

fn runs(text: &str) -> impl Iterator<Item = &[u8]> {
    let parts =
        |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.' | b'/');
    text.as_bytes().split(parts).filter(|run| !run.is_empty())
}

/// A text with the escapes of double quotes resolved, all over it
/// (<https://yaml.org/spec/1.2.2/#57-escaped-characters>, and JSON's pairs of surrogates).
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        let digits = match chars.next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some('N') => {
                out.push('\u{85}');
                0
            }
            Some('_') => {
                out.push('\u{a0}');
                0
            }
            Some('L') => {
                out.push('\u{2028}');
                0
            }
            Some('P') => {
                out.push('\u{2029}');
                0
            }
            // the line goes on
            Some('\n' | '\r') => {
                rest = after.trim_start();
                continue;
            }
            Some('/') => {
                out.push('/');
                0
            }
            _ => {
                out.push(' ');
                0
            }
        };
        rest = chars.as_str();
        if digits > 0
            && let Some((code, behind)) = number_of(rest, digits)
        {
            rest = behind;
            let low = (0xd800..0xdc00)
                .contains(&code)
                .then(|| number_of(rest.strip_prefix("\\u")?, 4).filter(|(low, _)| (0xdc00..0xe000).contains(low)));
            let code = match low.flatten() {
                Some((low, behind)) => {
                    rest = behind;
                    0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00)
                }
                None => code,
            };
            out.push(char::from_u32(code).unwrap_or(' '));
        }
    }
    out.push_str(rest);
    out
}

/// So many hexadecimal digits, and what stands behind them.
fn number_of(text: &str, digits: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let hex = number.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| u32::from_str_radix(number, 16).ok()).flatten().map(|number| (number, rest))
}

/// FNV-1a: the same on every machine, because it is written to a file.
fn hash(run: &[u8]) -> u32 {
    run.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The words of objects that were read before.
pub struct Cache {
    file: PathBuf,
    bytes: Vec<u8>,
    rows: usize,
    new: Mutex<BTreeMap<ObjectId, Words>>,
}

impl Cache {
    /// Opens a cache; one that cannot be read is empty.
    #[must_use]
    pub fn open(file: &Path) -> Self {
        let mut cache = Self { file: file.to_path_buf(), bytes: Vec::new(), rows: 0, new: Mutex::default() };
        if let Ok(bytes) = std::fs::read(file)
            && let Some(rows) = sound(&bytes)
        {
            (cache.bytes, cache.rows) = (bytes, rows);
        }
        cache
    }

    /// The words of an object.
    #[must_use]
    pub fn get(&self, object: &str) -> Option<Words> {
        let id = object_id(object)?;
        if let Some(words) = self.new.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Some(words.clone());
        }
        let (mut from, mut to) = (0, self.rows);
        while from < to {
            let middle = from.midpoint(to);
            let (there, words) = self.row(middle)?;
            match there.cmp(&id[..]) {
                std::cmp::Ordering::Equal => return self.words(words),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }

    /// Remembers the words of an object.
    pub fn put(&self, object: &str, words: &Words) {
        if let Some(id) = object_id(object) {
            self.new.lock().unwrap_or_else(PoisonError::into_inner).insert(id, words.clone());
        }
    }

    fn row(&self, at: usize) -> Option<(&[u8], (u32, u32))> {
        let row = self.bytes.get(20 + at * ROW..20 + (at + 1) * ROW)?;
        Some((row.get(..32)?, (number(row, 32)?, number(row, 36)?)))
    }

    fn words(&self, (start, length): (u32, u32)) -> Option<Words> {
        let base = 20 + self.rows * ROW + start as usize * 4;
        let bytes = self.bytes.get(base..base + length as usize * 4)?;
        let hashes = bytes.chunks_exact(4).filter_map(|chunk| number(chunk, 0)).collect();
        Some(Words { hashes })
    }

    /// Writes what is new beside what was known. `current` are the objects of today: others are kept while they are no
    /// more than three times as many. A cache that cannot be written is done without.
    pub fn save(&self, current: &[&str]) {
        let mut all = std::mem::take(&mut *self.new.lock().unwrap_or_else(PoisonError::into_inner));
        if all.is_empty() {
            return;
        }
        let known = current.iter().filter_map(|object| object_id(object));
        let wanted: std::collections::BTreeSet<ObjectId> = known.collect();
        let crowded = self.rows > wanted.len() * 4;
        for at in 0..self.rows {
            let Some((id, words)) = self.row(at) else { break };
            let Ok(id) = ObjectId::try_from(id) else { break };
            if (!crowded || wanted.contains(&id))
                && let Some(words) = self.words(words)
            {
                all.entry(id).or_insert(words);
            }
        }
        let beside = self.file.with_extension(format!("{}.new", std::process::id()));
        let written = self.file.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = written.and_then(|()| std::fs::write(&beside, bytes_of(&all)));
        if written.and_then(|()| std::fs::rename(&beside, &self.file)).is_err() {
            let _ = std::fs::remove_file(&beside);
        }
    }
}

fn bytes_of(all: &BTreeMap<ObjectId, Words>) -> Vec<u8> {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut out = MAGIC.to_vec();
    out.extend(small(all.len()).to_le_bytes());
    let mut start = 0;
    for (id, words) in all {
        out.extend(id);
        out.extend(small(start).to_le_bytes());
        out.extend(small(words.hashes.len()).to_le_bytes());
        start += words.hashes.len();
    }
    for words in all.values() {
        out.extend(words.hashes.iter().flat_map(|hash| hash.to_le_bytes()));
    }
    let sum = checksum(&out);
    out.extend(sum.to_le_bytes());
    out
}

/// How many rows a cache has, when it is whole.
fn sound(bytes: &[u8]) -> Option<usize> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(8)?)?;
    let whole = body.starts_with(MAGIC) && checksum(body).to_le_bytes() == sum;
    whole.then(|| number(body, 16)).flatten().map(|rows| rows as usize)
}

/// Tells a file that was cut or damaged from a whole one.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, word: u64| (sum.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let chunks = bytes.chunks_exact(8);
    let rest = chunks.remainder().iter().fold(0, |rest, byte| rest << 8 | u64::from(*byte));
    let word = |chunk: &[u8]| chunk.try_into().map_or(0, u64::from_le_bytes);
    step(chunks.fold(bytes.len() as u64, |sum, chunk| step(sum, word(chunk))), rest)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn object_id(hex: &str) -> Option<ObjectId> {
    let mut id = [0; 32];
    if hex.len() > 64 || hex.len() % 2 == 1 {
        return None;
    }
    for (byte, at) in id.iter_mut().zip((0..hex.len()).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_there_as_a_scalar_is_found() {
        let words = Words::of("a: \"web-1\" # über\nb: {app.kubernetes.io/name: x}\n");
        for there in ["web-1", "app.kubernetes.io/name", "x", "", "über", "web-1 x"] {
            assert!(words.may_hold(&Phrase::new(there)), "{there}");
        }
        for absent in ["web-2", "web", "1", "name", "y"] {
            assert!(!words.may_hold(&Phrase::new(absent)), "{absent}");
        }
        let escaped = [
            (r#""web\x2d1""#, "web-1"),
            (r#""\u0077eb""#, "web"),
            (r#""we\U00000062""#, "web"),
            ("\"we\\\n    b\"", "web"),
            ("\"we\\\r\n    b\"", "web"),
            (r#""a\tb""#, "a\tb"),
            (r#""a\/b\"c\\d""#, "a/b\"c\\d"),
            (r#""\ud83d\ude00""#, "\u{1f600}"),
            (r#""\_x\N""#, "\u{a0}x\u{85}"),
        ];
        for (text, value) in escaped {
            assert!(Words::of(text).may_hold(&Phrase::new(value)), "{text}");
        }
        // a window's path in a plain scalar is no escape
        assert!(Words::of(r"a: c:\users\x").may_hold(&Phrase::new(r"c:\users\x")));
        for odd in ["\\", "\\x", "\\uzzzz", "\\ud800", "\\ud800\\u", "\\Uffffffff", "\\é", "\\xé"] {
            let _ = Words::of(odd);
        }
    }

    #[test]
    fn a_cache_gives_back_what_it_was_given() {
        let folder = std::env::temp_dir().join(format!("plimsoll-words-{}", std::process::id()));
        let file = folder.join("words");
        let (a, b, c) = ("ab".repeat(20), "cd".repeat(32), "01".repeat(20));
        let cache = Cache::open(&file);
        cache.put(&a, &Words::of("one two"));
        cache.save(&[&a]);
        let cache = Cache::open(&file);
        cache.put(&b, &Words::of("three \\u1234"));
        cache.save(&[&a, &b]);
        let cache = Cache::open(&file);
        assert_eq!(cache.get(&a), Some(Words::of("one two")));
        assert_eq!(cache.get(&b), Some(Words::of("three \\u1234")));
        assert_eq!(cache.get(&c), None);
        let mut bytes = std::fs::read(&file).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            std::fs::write(&file, &bytes).unwrap();
            assert_eq!(Cache::open(&file).get(&a), None, "byte {at}");
            bytes[at] ^= 1;
        }
        std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(Cache::open(&file).get(&a), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
