//! What a scalar means. The rules are those of go-yaml v2 beneath sigs.k8s.io/yaml, which kubectl and the controllers
//! share: YAML 1.1 words for booleans, octal by a leading zero, underscores in numbers, dates as strings.

use std::borrow::Cow;

use super::tree::Tag;

/// A scalar's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'t> {
    /// Nothing, `~`, `null`.
    Null,
    /// `true`, `yes`, `on`, `y` and their kin.
    Bool(bool),
    /// A whole number that fits 64 bits with a sign.
    Int(i64),
    /// One that needs the 64th bit.
    UInt(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(&'t str),
}

/// Who reads a plain scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// kubectl, the controllers and `kustomization.yaml`: go-yaml v2.
    Kubernetes,
    /// Kustomize, the manifests of a build: `y`, `yes` and `on` are text.
    Kustomize,
}

/// Types a plain scalar as a reader does.
#[must_use]
pub(crate) fn plain_as(text: &str, reading: Reading) -> Scalar<'_> {
    match plain(text) {
        Scalar::Bool(_) if reading == Reading::Kustomize && text.len() != 4 && text.len() != 5 => Scalar::Str(text),
        other => other,
    }
}

impl Scalar<'_> {
    /// What JSON calls it, for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::UInt(_) => "an integer",
            Self::Float(value) if value.fract() == 0.0 => "an integer",
            Self::Float(_) => "a number",
            Self::Str(_) => "a string",
        }
    }
}

/// Whether a scalar is filled in later by another tool: Flux and envsubst variables (`${V}`), SOPS values (`ENC[…]`),
/// text templates (`{{ … }}`), markers of Argo Workflows and its kin. Nothing about it can be judged.
#[must_use]
pub fn is_unknowable(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr2(b'$', b'{', bytes.get(at..).unwrap_or(&[])) {
        let here = at + found;
        let next = bytes.get(here + 1).copied();
        match (bytes.get(here), next) {
            (Some(b'$'), Some(b'{')) => return true,
            (Some(b'{'), Some(b'{')) => return true,
            _ => at = here + 1,
        }
    }
    text.starts_with("ENC[") && text.ends_with(']')
}

fn memchr2(a: u8, b: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == a || *byte == b)
}

/// Types a plain scalar.
#[must_use]
pub(super) fn plain(text: &str) -> Scalar<'_> {
    let Some(first) = text.bytes().next() else { return Scalar::Null };
    match first {
        // no word is longer than `false`
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' if text.len() <= 5 => {
            word(text).unwrap_or(Scalar::Str(text))
        }
        b'.' => word(text).unwrap_or_else(|| match text.parse::<f64>() {
            Ok(value) if is_yaml_float(text) && value.is_finite() => Scalar::Float(value),
            _ => Scalar::Str(text),
        }),
        b'0'..=b'9' | b'+' | b'-' => word(text).unwrap_or_else(|| number(text).unwrap_or(Scalar::Str(text))),
        _ => Scalar::Str(text),
    }
}

/// Whether a plain key is the name that its bytes are: text, and not `<<`.
pub(super) fn is_name(text: &str) -> bool {
    matches!(plain(text), Scalar::Str(_)) && text != "<<"
}

/// A float as the key that sigs.k8s.io/yaml makes of it: Go's `%g` in 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "what Go does")]
pub(super) fn float_name(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    let value = value as f32;
    if value.is_infinite() {
        return if value > 0.0 { ".inf".to_owned() } else { "-.inf".to_owned() };
    }
    let written = format!("{value:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{value}")
}

/// Whether go-yaml takes a value under a tag.
pub(super) fn fits(tag: Tag, text: &str) -> bool {
    match tag {
        Tag::None | Tag::Str | Tag::Other => true,
        Tag::Int => matches!(plain(text), Scalar::Int(_) | Scalar::UInt(_)),
        Tag::Float => matches!(plain(text), Scalar::Int(_) | Scalar::Float(_)),
        Tag::Bool => matches!(plain(text), Scalar::Bool(_)),
        Tag::Null => matches!(plain(text), Scalar::Null),
        Tag::Binary => is_base64(text),
    }
}

/// Padded, in groups of four, line ends anywhere.
fn is_base64(text: &str) -> bool {
    let mut count = 0usize;
    let mut padding = 0usize;
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        match byte {
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        count += 1;
    }
    count.is_multiple_of(4) && padding <= 2
}

fn word(text: &str) -> Option<Scalar<'_>> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// Go's `ParseInt(text, 0, 64)`, `ParseUint`, then a YAML 1.1 float, all without underscores.
fn number(text: &str) -> Option<Scalar<'static>> {
    let plain: Cow<'_, str> = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, plain.get(1..)?),
        Some(b'+') => (false, plain.get(1..)?),
        _ => (false, &*plain),
    };
    let (radix, body) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !body.is_empty()
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && let Ok(value) = u64::from_str_radix(body, radix)
    {
        if negative {
            if let Ok(value) = i64::try_from(-i128::from(value)) {
                return Some(Scalar::Int(value));
            }
        } else if let Ok(value) = i64::try_from(value) {
            return Some(Scalar::Int(value));
        } else if !plain.starts_with('+') {
            return Some(Scalar::UInt(value));
        }
    }
    // go-yaml reads what stands behind `0b` as a number of its own, with a sign if it has one
    if let Some(rest) = plain.strip_prefix("0b")
        && rest.starts_with(['+', '-'])
        && let Ok(value) = i64::from_str_radix(rest, 2)
    {
        return Some(Scalar::Int(value));
    }
    if is_yaml_float(&plain) {
        let value: f64 = plain.parse().ok()?;
        return value.is_finite().then_some(Scalar::Float(value));
    }
    None
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, go-yaml's own expression.
fn is_yaml_float(text: &str) -> bool {
    let mut bytes = text.bytes().peekable();
    bytes.next_if(|byte| matches!(byte, b'+' | b'-'));
    let digits = |bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>| {
        let mut count = 0;
        while bytes.next_if(u8::is_ascii_digit).is_some() {
            count += 1;
        }
        count
    };
    let whole = digits(&mut bytes);
    if bytes.next_if_eq(&b'.').is_some() {
        if digits(&mut bytes) == 0 && whole == 0 {
            return false;
        }
    } else if whole == 0 {
        return false;
    }
    if bytes.next_if(|byte| matches!(byte, b'e' | b'E')).is_some() {
        bytes.next_if(|byte| matches!(byte, b'+' | b'-'));
        if digits(&mut bytes) == 0 {
            return false;
        }
    }
    bytes.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What sigs.k8s.io/yaml 1.6 answers, measured with the real library.
    #[test]
    fn scalars_mean_what_kubernetes_reads() {
        use Scalar::{Bool, Float, Int, Null, Str, UInt};
        let table: &[(&str, Scalar<'_>)] = &[
            ("0644", Int(420)),
            ("0o644", Int(420)),
            ("-0644", Int(-420)),
            ("0o17", Int(15)),
            ("0o8", Str("0o8")),
            ("08", Float(8.0)),
            ("yes", Bool(true)),
            ("no", Bool(false)),
            ("on", Bool(true)),
            ("off", Bool(false)),
            ("y", Bool(true)),
            ("N", Bool(false)),
            ("TRUE", Bool(true)),
            ("tRUE", Str("tRUE")),
            ("1_000", Int(1000)),
            ("1__0", Int(10)),
            ("0x_1F", Int(31)),
            ("0b11", Int(3)),
            ("0x1F", Int(31)),
            ("+1", Int(1)),
            ("1.", Float(1.0)),
            ("1E3", Float(1000.0)),
            ("10e", Str("10e")),
            ("0b2", Str("0b2")),
            ("0b-11", Int(-3)),
            ("-0b-11", Str("-0b-11")),
            ("12:30:45", Str("12:30:45")),
            ("2024-01-01", Str("2024-01-01")),
            ("=", Str("=")),
            ("1e400", Str("1e400")),
            ("~", Null),
            ("", Null),
            (".5", Float(0.5)),
            (".", Str(".")),
            ("-", Str("-")),
            ("18446744073709551615", UInt(u64::MAX)),
            ("9223372036854775807", Int(i64::MAX)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("100m", Str("100m")),
            ("1.10", Float(1.1)),
            ("0", Int(0)),
        ];
        for (text, want) in table {
            assert_eq!(plain(text), *want, "{text:?}");
        }
        assert_eq!(plain(".inf"), Float(f64::INFINITY));
    }

    #[test]
    fn what_another_tool_fills_in_is_unknowable() {
        for text in ["${N}", "a-${CLUSTER:-x}", "{{ .Values.x }}", "ENC[AES256_GCM,data:x]"] {
            assert!(is_unknowable(text), "{text}");
        }
        for text in ["$N", "a{b}", "$(POD_IP)", "ENC", "{}", ""] {
            assert!(!is_unknowable(text), "{text}");
        }
    }
}
