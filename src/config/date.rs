//! A day, without a time or a zone: expiries are judged by days. Leaves out clocks: the command line says which day it is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A day of the Gregorian calendar, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Days since 1970-01-01.
    days: i64,
}

impl Date {
    /// The day of a moment in seconds since 1970-01-01, in UTC.
    #[must_use]
    pub fn of_unix(seconds: i64) -> Self {
        Self { days: seconds.div_euclid(86_400) }
    }

    /// A day of the calendar; none when the month has no such day.
    #[must_use]
    pub fn new(year: i64, month: u32, day: u32) -> Option<Self> {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let length = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=length).contains(&day) || !(0..=9999).contains(&year) {
            return None;
        }
        // days from civil, with years that begin in March (Howard Hinnant, chrono-compatible low-level date algorithms)
        let years = if month <= 2 { year - 1 } else { year };
        let era = years.div_euclid(400);
        let of_era = years - era * 400;
        let from_march = (i64::from(month) + 9) % 12;
        let of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
        let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Some(Self { days: era * 146_097 + days - 719_468 })
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self { days: self.days + days }
    }

    /// Days from `other` to this one.
    #[must_use]
    pub fn since(self, other: Self) -> i64 {
        self.days - other.days
    }

    fn civil(self) -> (i64, i64, i64) {
        let days = self.days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days - era * 146_097;
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        (year + era * 400 + i64::from(month <= 2), month, day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('-');
        let mut number = |length: usize| {
            let part = parts.next()?;
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<u32>().ok())?
        };
        let read = (number(4), number(2), number(2));
        match (read, parts.next()) {
            ((Some(year), Some(month), Some(day)), None) => Self::new(i64::from(year), month, day),
            _ => None,
        }
        .ok_or_else(|| format!("`{text}` is no day: write it as 2027-01-31"))
    }
}

/// The day by which expiries are judged, asked for only when something expires: to know the day of a commit takes longer
/// than to check a file.
#[derive(Clone)]
pub struct Today(Arc<dyn Fn() -> Date + Send + Sync>);

impl Today {
    /// A day that is found when it is needed.
    #[must_use]
    pub fn when(find: impl Fn() -> Date + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    /// This day.
    #[must_use]
    pub fn at(date: Date) -> Self {
        Self::when(move || date)
    }

    /// The day.
    #[must_use]
    pub fn get(&self) -> Date {
        (self.0)()
    }
}

/// The first day of all: nothing has expired.
impl Default for Today {
    fn default() -> Self {
        Self::at(Date::of_unix(0))
    }
}

impl fmt::Debug for Today {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Today")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1970() {
        let of = |text: &str| text.parse::<Date>().map(|date| date.days);
        assert_eq!(of("1970-01-01"), Ok(0));
        assert_eq!(of("2000-02-29"), Ok(11_016));
        assert_eq!(of("2027-01-31"), Ok(20_849));
        for wrong in ["2027-02-29", "2027-13-01", "2027-1-31", "27-01-31", "2027-01-31x", "2027-01-00", "", "never"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_reads_as_it_is_written() {
        for days in -146_097..146_097 {
            let date = Date { days };
            if days >= -719_468 {
                assert_eq!(date.to_string().parse(), Ok(date), "{days}");
            }
        }
        assert_eq!(Date::of_unix(-1).to_string(), "1969-12-31");
    }
}
