//! Quantities: `500m`, `1Gi`, `2e3`. The grammar is apimachinery's `resource.Quantity`.

use std::cmp::Ordering;

/// An exact amount: `digits × 10^decimal × 2^binary`.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    digits: i128,
    decimal: i32,
    binary: u32,
}

impl Quantity {
    /// Reads a quantity; nothing when the API server would refuse it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(number);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let (decimal, binary) = suffix_of(suffix)?;
        // what is finer than the API server's nano or larger than its cap still compares rightly for all real values
        let mut digits: i128 = 0;
        let mut dropped = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            match digits.checked_mul(10).and_then(|value| value.checked_add(i128::from(byte - b'0'))) {
                Some(value) if dropped == 0 && value < 1 << 90 => digits = value,
                _ => dropped += 1,
            }
        }
        let scale = i32::try_from(fraction.len()).ok()?;
        Some(Self { digits: if negative { -digits } else { digits }, decimal: decimal - scale + dropped, binary })
    }

    fn scaled(self, decimal: i32) -> Option<i128> {
        let factor = 10i128.checked_pow(u32::try_from(self.decimal - decimal).ok()?)?;
        self.digits.checked_mul(factor)?.checked_mul(1i128.checked_shl(self.binary)?)
    }

    /// Compares two amounts exactly; nothing when they are too far apart for 128 bits.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let decimal = self.decimal.min(other.decimal);
        Some(self.scaled(decimal)?.cmp(&other.scaled(decimal)?))
    }
}

/// The powers of ten and of two that a suffix stands for.
fn suffix_of(suffix: &str) -> Option<(i32, u32)> {
    Some(match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (exponent.parse().ok()?, 0)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_server_takes() {
        for text in [
            "1",
            "0.5",
            ".5",
            "5.",
            "+1",
            "-1",
            "100m",
            "1Gi",
            "1k",
            "2e3",
            "1E3",
            "1e-3",
            "100n",
            "9223372036854775808",
            "1E",
        ] {
            assert!(Quantity::parse(text).is_some(), "{text}");
        }
        for text in ["", "1K", "1e", "1 Gi", "1gi", "1MB", "Gi", "0x1", "1.2.3", "1Kib", "1m5", "--1", ".", "m"] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn compares_exactly() {
        let order = |a: &str, b: &str| Quantity::parse(a).unwrap().compare(Quantity::parse(b).unwrap());
        assert_eq!(order("1", "1000m"), Some(Ordering::Equal));
        assert_eq!(order("1Gi", "1G"), Some(Ordering::Greater));
        assert_eq!(order("1e3", "1k"), Some(Ordering::Equal));
        assert_eq!(order("0.1", "100m"), Some(Ordering::Equal));
        assert_eq!(order("8Ei", "1n"), Some(Ordering::Greater));
    }
}
