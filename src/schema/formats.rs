//! The formats of strings that decoding itself checks: base64 and times. Others are left to the server.

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
    fn times_as_go_reads_them() {
        assert!(is_date_time("2024-02-29T10:00:00Z") && is_date_time("2024-01-01T00:00:00.5+01:00"));
        assert!(
            !is_date_time("2023-02-29T10:00:00Z")
                && !is_date_time("2024-01-01")
                && !is_date_time("2024-01-01T24:00:00Z")
        );
    }
}
