//! Lengths of time, sizes and moments as people write them.

use std::num::NonZeroU64;

/// Units of fixed length, in microseconds.
const UNITS: &[(&[&str], u64)] = &[
    (&["us", "usec", "usecs", "microsecond", "microseconds"], 1),
    (&["ms", "msec", "msecs", "millisecond", "milliseconds"], 1_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000),
    (&["m", "min", "mins", "minute", "minutes"], 60_000_000),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600_000_000),
    (&["d", "day", "days"], 86_400_000_000),
    (&["w", "week", "weeks"], 604_800_000_000),
];

const CALENDAR_UNITS: &[&str] =
    &["mon", "mons", "month", "months", "y", "yr", "yrs", "year", "years", "decade", "century", "quarter"];

/// `1 hour`, `90 s`, `1 day 12 hours`, `00:15:00`: longer than nothing and of fixed length.
/// The error is a reason, to stand after a colon.
pub(super) fn parse_interval_micros(text: &str) -> Result<NonZeroU64, String> {
    let malformed = || format!("\"{text}\" is not a length of time");
    let mut rest = text.trim();
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let micros = if number.contains(':') {
            rest = after;
            parse_clock(number).ok_or_else(malformed)?
        } else {
            let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(letters);
            rest = after.trim_start_matches([' ', ',']);
            let unit = unit.to_ascii_lowercase();
            if CALENDAR_UNITS.contains(&unit.as_str()) {
                return Err(format!("\"{text}\" is a calendar unit, whose length varies"));
            }
            let factor =
                UNITS.iter().find(|(names, _)| names.contains(&unit.as_str())).map(|(_, factor)| factor);
            parse_product(number, *factor.ok_or_else(malformed)?).ok_or_else(malformed)?
        };
        total = total.checked_add(micros).ok_or_else(malformed)?;
    }
    // What is stored in the log and added to timestamps must fit their type.
    if i64::try_from(total).is_err() {
        return Err(malformed());
    }
    NonZeroU64::new(total).ok_or_else(malformed)
}

/// A decimal number times a factor, exact.
fn parse_product(number: &str, factor: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.len() > 12 || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let value = (u128::from(whole) * scale + fraction) * u128::from(factor);
    if !value.is_multiple_of(scale) { None } else { u64::try_from(value / scale).ok() }
}

/// `hh:mm` or `hh:mm:ss[.ffffff]`.
fn parse_clock(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let hours: u64 = parts.next()?.parse().ok()?;
    let minutes: u64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().map_or(Some(0), |seconds| parse_product(seconds, 1_000_000))?;
    if parts.next().is_some() || minutes > 59 || seconds >= 60_000_000 {
        return None;
    }
    hours.checked_mul(3_600_000_000)?.checked_add(minutes * 60_000_000 + seconds)
}

/// `1048576`, `512MB`, `64 kB`: multiples of 1024, as PostgreSQL's settings count.
pub(super) fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "kb" => 10,
        "mb" => 20,
        "gb" => 30,
        "tb" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// A moment in ISO-8601, in UTC where it names no zone, in microseconds since 1970.
pub(super) fn parse_timestamp_micros(text: &str) -> Option<i64> {
    let moment = arrow::compute::kernels::cast_utils::string_to_datetime(&chrono::Utc, text.trim()).ok()?;
    Some(moment.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        for (text, expected) in [
            ("1 hour", Some(3_600_000_000)),
            ("60 s", Some(60_000_000)),
            ("100ms", Some(100_000)),
            ("1.5 minutes", Some(90_000_000)),
            ("1 day 12 hours", Some(129_600_000_000)),
            ("1 day, 00:30", Some(88_200_000_000)),
            ("00:15:00", Some(900_000_000)),
            ("1 week", Some(604_800_000_000)),
            ("0 s", None),
            ("-1 s", None),
            ("1", None),
            ("1 mounth", None),
            ("0.0000001 s", None),
            ("99999999999 weeks", None),
            ("", None),
        ] {
            assert_eq!(parse_interval_micros(text).ok().map(NonZeroU64::get), expected, "{text}");
        }
        assert!(parse_interval_micros("1 month").unwrap_err().contains("calendar unit"));
    }

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("1024", Some(1024)),
            ("512MB", Some(512 << 20)),
            ("64 kB", Some(64 << 10)),
            ("2gb", Some(2 << 30)),
            ("1.5MB", None),
            ("MB", None),
            ("12 parsecs", None),
            ("99999999999TB", None),
        ] {
            assert_eq!(parse_bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn moments() {
        for (text, expected) in [
            ("2026-11-01", Some(1_793_491_200_000_000)),
            ("2026-11-01 00:00:00.5+02", Some(1_793_484_000_500_000)),
            ("2026-11-01T00:00:00Z", Some(1_793_491_200_000_000)),
            ("yesterday", None),
        ] {
            assert_eq!(parse_timestamp_micros(text), expected, "{text}");
        }
    }
}
