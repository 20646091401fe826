//! Which words stand in a file: enough to say that it cannot speak of something, without reading it. Kept between runs by
//! the object id of its bytes, so that a commit hook need not read a whole repository; a cache that is gone or broken
//! costs time and changes no answer. Leaves out what the words mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Opens the file; another number is another format.
const MAGIC: &[u8; 16] = b"plimsoll words 1";

/// An object id of SHA-1 or SHA-256, the shorter one padded.
type ObjectId = [u8; 32];

/// Bytes of one row: an object id, where its words begin, how many there are and whether escapes hide some.
const ROW: usize = 32 + 4 + 4;

/// The words of one text, as hashes: runs of letters, digits and bytes beyond ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Sorted.
    hashes: Vec<u32>,
    /// Whether escapes may spell a word that the text does not show.
    pub hidden: bool,
}

impl Words {
    /// The words of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut hashes: Vec<u32> = runs(text).map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let bytes = text.as_bytes();
        let spells = |at: usize| matches!(bytes.get(at + 1), Some(b'x' | b'u' | b'U' | b'\n' | b'\r'));
        Self { hashes, hidden: memchr::memchr_iter(b'\\', bytes).any(spells) }
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
    text.as_bytes().split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric()).filter(|run| !run.is_empty())
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
        let bytes = self.bytes.get(base..base + (length >> 1) as usize * 4)?;
        let hashes = bytes.chunks_exact(4).filter_map(|chunk| number(chunk, 0)).collect();
        Some(Words { hashes, hidden: length & 1 == 1 })
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
        out.extend((small(words.hashes.len()) << 1 | u32::from(words.hidden)).to_le_bytes());
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
        for there in ["web-1", "app.kubernetes.io/name", "x", "", "über"] {
            assert!(words.may_hold(&Phrase::new(there)), "{there}");
        }
        for absent in ["web-2", "nam", "y"] {
            assert!(!words.may_hold(&Phrase::new(absent)), "{absent}");
        }
        assert!(Words::of("a: \"\\x41\"").hidden && !words.hidden);
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
