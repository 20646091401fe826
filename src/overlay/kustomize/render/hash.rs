//! The suffix of a generated name, and base64. SHA-256 is FIPS 180-4's.

use std::fmt::Write as _;

use crate::yaml::{Content, Scalar, json_float};

use super::embedded;
use super::object::Object;

const ROUNDS: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
];

/// The suffix of an object's name: Kustomize's, over its data.
pub(super) fn suffix(object: &Object) -> String {
    let kind = object.kind();
    let mut json = String::from("{");
    let field = |name: &str, json: &mut String| {
        if json.len() > 1 {
            json.push(',');
        }
        quote(name, json);
        json.push(':');
        match object.root.get(name) {
            Some(map) if matches!(map.content, Content::Mapping(_)) => {
                let mut entries: Vec<_> = map.entries().iter().collect();
                entries.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
                json.push('{');
                for (at, (key, value)) in entries.into_iter().enumerate() {
                    if at > 0 {
                        json.push(',');
                    }
                    quote(&key.text, json);
                    json.push(':');
                    match (value.read_again(), value.scalar()) {
                        (Some(text), _) => quote(&text, json),
                        // Go's JSON knows no numbers but those of 64 bits with a point
                        #[expect(clippy::cast_precision_loss, reason = "Kustomize loses it")]
                        (None, Some(Scalar::Int(number))) => json.push_str(&json_float(number as f64)),
                        #[expect(clippy::cast_precision_loss, reason = "Kustomize loses it")]
                        (None, Some(Scalar::UInt(number))) => json.push_str(&json_float(number as f64)),
                        _ => embedded::json(value, None, json),
                    }
                }
                json.push('}');
            }
            _ => json.push_str("\"\""),
        }
    };
    if object.root.get("binaryData").is_some() {
        field("binaryData", &mut json);
    }
    field("data", &mut json);
    let _ = write!(json, ",\"kind\":\"{kind}\",\"name\":\"\"");
    if kind == "Secret" {
        if object.root.get("stringData").is_some() {
            field("stringData", &mut json);
        }
        json.push_str(",\"type\":");
        quote(object.text(&["type"]), &mut json);
    }
    json.push('}');
    let hex = sha256(json.as_bytes());
    let swap = |c: char| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        c => c,
    };
    hex.chars().take(10).map(swap).collect()
}

/// Quotes as Go's JSON does, `<`, `>` and `&` escaped.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn sha256(bytes: &[u8]) -> String {
    let mut state: [u32; 8] =
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    let bits = (bytes.len() as u64).wrapping_mul(8);
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend(bits.to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut words: Vec<u32> = block
            .chunks_exact(4)
            .map(|word| word.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte)))
            .collect();
        for at in 16..64 {
            let word = |back: usize| words.get(at - back).copied().unwrap_or(0);
            let (a, b) = (word(15), word(2));
            let low = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let high = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words.push(word(16).wrapping_add(low).wrapping_add(word(7)).wrapping_add(high));
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (round, word) in ROUNDS.iter().zip(&words) {
            let high = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let first = h.wrapping_add(high).wrapping_add(choice).wrapping_add(*round).wrapping_add(*word);
            let low = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = low.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *old = old.wrapping_add(new);
        }
    }
    state.iter().fold(String::new(), |mut hex, word| {
        let _ = write!(hex, "{word:08x}");
        hex
    })
}

/// Base64 as Kustomize writes it into Secrets: in lines of 70 once it is that long.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut flat = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = LETTERS.get((group >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'=');
            flat.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    if flat.len() < LINE {
        return flat;
    }
    let mut lines = String::with_capacity(flat.len() + flat.len() / LINE + 1);
    let mut rest = flat.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = next;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's own examples, and RFC 4648's.
    #[test]
    fn digests_and_letters_are_the_standards() {
        assert!(sha256(b"abc").starts_with("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        let two = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(sha256(two), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        for (text, want) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), want);
        }
        assert_eq!(base64(&[0; 60]).lines().count(), 2);
    }
}
