//! Dates and times: ISO-8601 text, and numbers that count since 1970.
//!
//! Years are four digits, and [`TIMESTAMP_MICROS`] is what can be stored. Counts beyond it are errors too; as a rule they
//! are microseconds where the source says seconds.

use storage::catalog::TimestampFormat;
use storage::jsonb::Number;
use storage::schema::TIMESTAMP_MICROS;

use super::error::Problem;
use super::number;

const DAY_MICROS: i64 = 86_400_000_000;
const MINUTE_MICROS: i64 = 60_000_000;

/// Days since 1970. A time may follow the date and is left out, as in PostgreSQL.
pub(super) fn date(text: &str) -> Result<i64, Problem> {
    let mut cursor = Cursor::new(text);
    let days = cursor.date()?;
    if cursor.time_follows() {
        cursor.time()?;
        cursor.zone()?;
    }
    cursor.end().map(|()| days)
}

/// Microseconds since midnight. A zone may follow and is left out, as in PostgreSQL.
pub(super) fn time(text: &str) -> Result<i64, Problem> {
    let mut cursor = Cursor::new(text);
    let micros = cursor.time()?;
    cursor.zone()?;
    cursor.end()?;
    // PostgreSQL has 24:00:00; Arrow's times end before it.
    if micros < DAY_MICROS { Ok(micros) } else { Err(Problem::OutOfRange) }
}

/// Microseconds since 1970. Where the type is zoned, text without a zone is UTC; where it is not,
/// a zone is left out, as in PostgreSQL.
#[inline]
pub(super) fn timestamp(text: &str, zoned: bool) -> Result<i64, Problem> {
    let mut cursor = Cursor::new(text);
    let mut micros = cursor.date()? * DAY_MICROS;
    if cursor.time_follows() {
        micros += cursor.time()?;
        let offset = cursor.zone()?;
        if zoned {
            micros -= offset;
        }
    }
    cursor.end()?;
    in_range(micros)
}

/// Microseconds since 1970 of a number that counts as `format` says.
pub(super) fn from_epoch(number: &Number<'_>, format: TimestampFormat) -> Result<i64, Problem> {
    let scale = match format {
        TimestampFormat::Iso8601 => return Err(Problem::Mismatch),
        TimestampFormat::EpochSeconds => 6,
        TimestampFormat::EpochMilliseconds => 3,
        TimestampFormat::EpochMicroseconds => 0,
    };
    let (value, _) = number::scaled(number, scale)?;
    let value = i64::try_from(value).map_err(|_| Problem::OutOfRange)?;
    in_range(if number.negative { -value } else { value })
}

/// Whether a column can hold the timestamp.
#[inline]
pub(crate) fn is_representable(micros: i64) -> bool {
    TIMESTAMP_MICROS.contains(&micros)
}

/// A timestamp, if a column can hold it.
#[inline]
pub(super) fn in_range(micros: i64) -> Result<i64, Problem> {
    if is_representable(micros) { Ok(micros) } else { Err(Problem::OutOfRange) }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline]
    fn new(text: &'a str) -> Self {
        Self { rest: text.trim_ascii().as_bytes() }
    }

    /// `YYYY-MM-DD` in days since 1970.
    #[inline]
    fn date(&mut self) -> Result<i64, Problem> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = self.rest else {
            return Err(Problem::Mismatch);
        };
        self.rest = rest;
        let year = pair(*y1, *y2)? * 100 + pair(*y3, *y4)?;
        let month = pair(*m1, *m2)?;
        let day = pair(*d1, *d2)?;
        if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return Err(Problem::OutOfRange);
        }
        Ok(days_since_1970(year, month, day))
    }

    /// Whether `T` or a space follows, and with it a time.
    #[inline]
    fn time_follows(&mut self) -> bool {
        match self.rest {
            [b'T' | b't' | b' ', rest @ ..] => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// `HH:MM[:SS[.fraction]]` in microseconds since midnight; up to `24:00:00`, and with a leap
    /// second, which is the second after.
    #[inline]
    fn time(&mut self) -> Result<i64, Problem> {
        let [h1, h2, b':', m1, m2, rest @ ..] = self.rest else { return Err(Problem::Mismatch) };
        self.rest = rest;
        let (hour, minute) = (pair(*h1, *h2)?, pair(*m1, *m2)?);
        let (mut second, mut fraction) = (0, 0);
        if let [b':', s1, s2, rest @ ..] = self.rest {
            self.rest = rest;
            second = pair(*s1, *s2)?;
            if let [b'.' | b',', ..] = self.rest {
                fraction = self.fraction()?;
            }
        }
        let micros = (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction;
        if hour > 24 || minute > 59 || second > 60 || micros > DAY_MICROS {
            return Err(Problem::OutOfRange);
        }
        Ok(micros)
    }

    /// `.digits` in microseconds.
    #[inline]
    fn fraction(&mut self) -> Result<i64, Problem> {
        let digits = &self.rest[1..];
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(Problem::Mismatch);
        }
        let (digits, rest) = digits.split_at(count);
        self.rest = rest;
        let micros = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        if count <= 6 {
            return Ok((count..6).fold(micros(digits), |value, _| value * 10));
        }
        // PostgreSQL reads the fraction as a double and rounds to even; so does this.
        let text = std::str::from_utf8(digits).map_err(|_| Problem::Mismatch)?;
        let fraction: f64 = format!("0.{text}").parse().map_err(|_| Problem::Mismatch)?;
        Ok((fraction * 1e6).round_ties_even() as i64)
    }

    /// Nothing, `Z`, `±HH`, `±HHMM` or `±HH:MM`: microseconds east of UTC.
    #[inline]
    fn zone(&mut self) -> Result<i64, Problem> {
        if let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let (sign, rest) = match self.rest {
            [b'Z' | b'z', rest @ ..] => {
                self.rest = rest;
                return Ok(0);
            }
            [b'+', rest @ ..] => (1, rest),
            [b'-', rest @ ..] => (-1, rest),
            _ => return Ok(0),
        };
        let [h1, h2, rest @ ..] = rest else { return Err(Problem::Mismatch) };
        let (minute, rest) = match rest {
            [b':', m1, m2, rest @ ..] | [m1, m2, rest @ ..] => (pair(*m1, *m2)?, rest),
            _ => (0, rest),
        };
        self.rest = rest;
        let hour = pair(*h1, *h2)?;
        // PostgreSQL's bound, too.
        if hour > 15 || minute > 59 {
            return Err(Problem::OutOfRange);
        }
        Ok(sign * (hour * 60 + minute) * MINUTE_MICROS)
    }

    #[inline]
    fn end(&self) -> Result<(), Problem> {
        if self.rest.is_empty() { Ok(()) } else { Err(Problem::Mismatch) }
    }
}

/// The value of two digits.
#[inline]
fn pair(tens: u8, ones: u8) -> Result<i64, Problem> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens > 9 || ones > 9 {
        return Err(Problem::Mismatch);
    }
    Ok(i64::from(tens) * 10 + i64::from(ones))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar. The year is taken to begin in March,
/// so that the leap day is its last; 153 days are any five months from March on.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_year = year * 365 + year / 4 - year / 100 + year / 400;
    let before_month = (month * 153 + 2) / 5;
    // 719,468 days lie between March of year 0 and 1970.
    before_year + before_month + day - 1 - 719_468
}
