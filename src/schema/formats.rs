//! The formats of strings: those that decoding itself checks (base64, times), and of those that the definitions of custom
//! resources may name the ones that are plain. Others are left to the server.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a string is to a format that a custom resource's definition names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Fits,
    /// What it is instead, after "is".
    Refused(&'static str),
    /// The server checks this format, and we do not.
    Unjudged,
}

/// As the API server's registry of formats has it (kube-openapi, `pkg/validation/strfmt`); those that it does not know say
/// nothing (apiextensions-apiserver, `pkg/apiserver/validation/formats.go`).
pub(super) fn fit(format: &str, text: &str) -> Fit {
    let fits = |fits: bool, why: &'static str| if fits { Fit::Fits } else { Fit::Refused(why) };
    match format.replace('-', "").as_str() {
        "byte" => fits(!text.is_empty() && !text.contains(['\n', '\r']) && is_base64(text), "no base64"),
        "datetime" => fits(is_loose_date_time(text), "no time of the form 2006-01-02T15:04:05Z"),
        "ipv4" => fits(text.contains('.') && text.parse::<IpAddr>().is_ok(), "no IPv4 address"),
        "ipv6" => fits(text.contains(':') && text.parse::<IpAddr>().is_ok(), "no IPv6 address"),
        "cidr" => fits(is_network(text), "no network of the form 10.0.0.0/8"),
        "bsonobjectid" | "uri" | "email" | "hostname" | "mac" | "uuid" | "uuid3" | "uuid4" | "uuid5" | "isbn"
        | "isbn10" | "isbn13" | "creditcard" | "ssn" | "hexcolor" | "rgbcolor" | "date" | "duration"
        | "k8sshortname" | "k8slongname" => Fit::Unjudged,
        _ => Fit::Fits,
    }
}

fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(_), _) => 32,
        (_, Ok(_)) => 128,
        _ => return false,
    };
    !bits.is_empty()
        && bits.bytes().all(|byte| byte.is_ascii_digit())
        && bits.parse::<u32>().is_ok_and(|bits| bits <= most)
}

/// A time to the server's patterns, which take small letters and any offset of two times two digits.
fn is_loose_date_time(text: &str) -> bool {
    let mut text = text.to_ascii_uppercase();
    if let Some(offset) = text.len().checked_sub(6).and_then(|at| text.get(at..))
        && let [b'+' | b'-', h1, h2, b':', m1, m2] = offset.as_bytes()
        && [h1, h2, m1, m2].into_iter().all(u8::is_ascii_digit)
    {
        text.truncate(text.len() - 6);
        text.push('Z');
    }
    is_date_time(&text)
}

/// Go's `encoding/base64` standard encoding: padding wanted, line ends let pass.
pub(super) fn is_base64(text: &str) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'\n' | b'\r' => {}
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => count += 1,
            _ => return false,
        }
    }
    padding <= 2 && (count + padding) % 4 == 0
}

/// RFC 3339 as Go's `time.Parse` takes it.
pub(super) fn is_date_time(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .and_then(|part| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten())
    };
    let is = |at: usize, byte: u8| text.as_bytes().get(at) == Some(&byte);
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else { return false };
    let (Some(hour), Some(minute), Some(second)) = (digits(11..13), digits(14..16), digits(17..19)) else {
        return false;
    };
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return false;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    if day == 0 || day > days || hour > 23 || minute > 59 || second > 59 {
        return false;
    }
    let mut rest = text.get(19..).unwrap_or("");
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        if end == 0 {
            return false;
        }
        rest = fraction.get(end..).unwrap_or("");
    }
    match rest.as_bytes() {
        [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let two = |a: &u8, b: &u8| {
                (a.is_ascii_digit() && b.is_ascii_digit()).then(|| u32::from(a - b'0') * 10 + u32::from(b - b'0'))
            };
            two(h1, h2).is_some_and(|hours| hours <= 23) && two(m1, m2).is_some_and(|minutes| minutes <= 59)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_go_reads_it() {
        assert!(is_base64("eA==") && is_base64("") && is_base64("YWJj\nZGVm"));
        assert!(!is_base64("eA=") && !is_base64("e A=") && !is_base64("abc!") && !is_base64("eA==eA=="));
    }

    #[test]
    fn formats_of_definitions() {
        let refused = |format: &str, text: &str| matches!(fit(format, text), Fit::Refused(_));
        assert!(refused("byte", "") && refused("byte", "eA=\n=") && !refused("byte", "eA=="));
        assert!(!refused("date-time", "2024-01-01t00:00:00z") && !refused("date-time", "2024-01-01T00:00:00+24:00"));
        assert!(refused("date-time", "2024-01-01"));
        assert!(refused("ipv4", "::1") && refused("ipv4", "10.0.0.01") && !refused("ipv4", "10.0.0.1"));
        assert!(
            !refused("ipv4", "::ffff:1.2.3.4") && !refused("ipv6", "::ffff:1.2.3.4") && refused("ipv6", "fe80::1%eth0")
        );
        assert!(!refused("cidr", "10.0.0.1/8") && !refused("cidr", "::/0") && refused("cidr", "10.0.0.0/33"));
        assert!(refused("cidr", "10.0.0.0") && refused("cidr", "10.0.0.0/+8"));
        assert_eq!([fit("uri", "x"), fit("int32", "x")], [Fit::Unjudged, Fit::Fits]);
    }

    #[test]
    fn times_as_go_reads_them() {
        assert!(is_date_time("2024-02-29T10:00:00Z") && is_date_time("2024-01-01T00:00:00.5+01:00"));
        assert!(
            !is_date_time("2023-02-29T10:00:00Z")
                && !is_date_time("2024-01-01")
                && !is_date_time("2024-01-01T24:00:00Z")
        );
    }
}
