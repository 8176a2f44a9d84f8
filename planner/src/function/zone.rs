//! Time zones as PostgreSQL names them: abbreviations, IANA's names in letters of any case, and offsets.
//! <https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-TIMEZONES>

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{OffsetName, Tz};

use super::calendar::{DAY_MICROS, SECOND_MICROS};
use super::zone_abbreviations::ABBREVIATIONS;
use crate::error::SqlError;

/// POSIX allows a week; PostgreSQL's own bound.
const OFFSET_HOURS_MAX: i32 = 167;

/// A zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Zone {
    Named(Tz),
    /// Seconds east of UTC.
    Fixed(i32),
}

impl Zone {
    pub(crate) const UTC: Self = Self::Named(Tz::UTC);

    /// The zone of a session's setting, or of a column, which is one of IANA's names as a rule.
    pub(crate) fn of_session(name: &str) -> Result<Self, SqlError> {
        match name.parse() {
            Ok(zone) => Ok(Self::Named(zone)),
            Err(_) => of_iso(name),
        }
    }

    /// The zone of a name. A sign before hours counts west as positive, as POSIX has it.
    ///
    /// # Errors
    /// 22023 where there is none.
    pub(crate) fn of(name: &str) -> Result<Self, SqlError> {
        abbreviation(name)
            .or_else(|| named(name))
            .or_else(|| posix(name))
            .ok_or_else(|| SqlError::new("22023", format!("time zone \"{name}\" not recognized")))
    }

    /// Seconds east of UTC at an instant.
    pub(crate) fn offset_at(self, instant: i64) -> i32 {
        match self {
            Self::Fixed(offset) => offset,
            Self::Named(Tz::UTC | Tz::Etc__UTC) => 0,
            Self::Named(zone) => {
                utc(instant).map_or(0, |utc| zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
            }
        }
    }

    /// What a clock there shows at an instant, both in microseconds since 1970.
    pub(crate) fn local(self, instant: i64) -> Option<i64> {
        instant.checked_add(i64::from(self.offset_at(instant)) * SECOND_MICROS)
    }

    /// The instant at which a clock there shows a time. Of two such instants the second, as in
    /// PostgreSQL; where a clock is set forward over it, as if it had not been.
    pub(crate) fn instant(self, local: i64) -> Option<i64> {
        let offset = match self {
            Self::Fixed(offset) => offset,
            Self::Named(Tz::UTC | Tz::Etc__UTC) => 0,
            Self::Named(zone) => match utc(local).map(|local| zone.offset_from_local_datetime(&local)) {
                Some(LocalResult::Single(offset) | LocalResult::Ambiguous(_, offset)) => {
                    offset.fix().local_minus_utc()
                }
                // No gap is longer than a day.
                Some(LocalResult::None) => self.offset_at(local.checked_sub(DAY_MICROS)?),
                None => 0,
            },
        };
        local.checked_sub(i64::from(offset) * SECOND_MICROS)
    }

    /// The abbreviation in use at an instant, as `CEST`; of an offset, or where there is none, the offset.
    pub(crate) fn abbreviation_at(self, instant: i64, text: &mut String) {
        text.clear();
        if let (Self::Named(zone), Some(utc)) = (self, utc(instant))
            && let Some(name) = zone.offset_from_utc_datetime(&utc).abbreviation()
        {
            text.push_str(name);
            return;
        }
        let offset = TimeDelta::seconds(self.offset_at(instant).into());
        let (hours, minutes) = (offset.num_hours(), offset.num_minutes().abs() % 60);
        let _ = match minutes {
            0 => std::fmt::Write::write_fmt(text, format_args!("{hours:+03}")),
            _ => std::fmt::Write::write_fmt(text, format_args!("{hours:+03}{minutes:02}")),
        };
    }
}

/// None beyond some 262,000 years, where all zones are as UTC.
fn utc(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
}

fn abbreviation(name: &str) -> Option<Zone> {
    // None is longer.
    if name.len() > 10 {
        return None;
    }
    let name = name.to_ascii_uppercase();
    let found = ABBREVIATIONS.binary_search_by_key(&name.as_str(), |(name, _)| name).ok()?;
    Some(Zone::Fixed(ABBREVIATIONS[found].1))
}

fn named(name: &str) -> Option<Zone> {
    let exact: Option<Tz> = name.parse().ok();
    let any_case =
        || chrono_tz::TZ_VARIANTS.iter().copied().find(|zone| zone.name().eq_ignore_ascii_case(name));
    exact.or_else(any_case).map(Zone::Named)
}

/// `UTC+2`, `<X>-3:30`, `+5`.
fn posix(name: &str) -> Option<Zone> {
    let begin = name.find(['+', '-'])?;
    let label = &name[..begin];
    let is_label = label.chars().all(|letter| letter.is_ascii_alphabetic())
        || label.starts_with('<') && label.ends_with('>');
    is_label.then_some(())?;
    Some(Zone::Fixed(-signed_offset(&name[begin..])?))
}

/// `+hh[:mm[:ss]]` in seconds, by the sign that is written.
fn signed_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let mut parts = digits.split(':').map(|part| {
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
        is_number.then(|| part.parse::<i32>().ok()).flatten()
    });
    let hours = parts.next()??;
    let minutes = parts.next().unwrap_or(Some(0))?;
    let seconds = parts.next().unwrap_or(Some(0))?;
    let is_valid = hours <= OFFSET_HOURS_MAX && minutes < 60 && seconds < 60 && parts.next().is_none();
    is_valid.then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

/// A zone where ISO 8601's sign is meant: `+5` is east.
///
/// # Errors
/// 22023 where there is none.
pub(crate) fn of_iso(name: &str) -> Result<Zone, SqlError> {
    match signed_offset(name) {
        Some(offset) => Ok(Zone::Fixed(offset)),
        None => Zone::of(name),
    }
}

/// Zones by name, where as a rule all rows have the same.
#[derive(Default)]
pub(crate) struct Zones {
    last: Option<(String, Zone)>,
}

impl Zones {
    pub(crate) fn of(&mut self, name: &str) -> Result<Zone, SqlError> {
        match &self.last {
            Some((last, zone)) if last == name => Ok(*zone),
            _ => {
                let zone = Zone::of(name)?;
                self.last = Some((name.to_owned(), zone));
                Ok(zone)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        time.and_utc().timestamp_micros()
    }

    /// As PostgreSQL 15 answers.
    #[test]
    fn clocks_that_are_set_forward_and_back() {
        let berlin = Zone::of("europe/berlin").unwrap();
        for (local, utc) in [
            ("2026-01-15 12:00", "2026-01-15 11:00"),
            ("2026-07-15 12:00", "2026-07-15 10:00"),
            ("2026-03-29 02:30", "2026-03-29 01:30"),
            ("2026-10-25 02:30", "2026-10-25 01:30"),
        ] {
            assert_eq!(berlin.instant(micros(local)), Some(micros(utc)), "{local}");
        }
        assert_eq!(berlin.local(micros("2026-03-29 01:00")), Some(micros("2026-03-29 03:00")));
        assert_eq!(berlin.local(micros("2026-10-25 00:30")), Some(micros("2026-10-25 02:30")));
    }

    #[test]
    fn names_abbreviations_and_offsets() {
        assert_eq!(Zone::of("pdt"), Ok(Zone::Fixed(-7 * 3600)));
        assert_eq!(Zone::of("UTC+2"), Ok(Zone::Fixed(-2 * 3600)));
        assert_eq!(Zone::of("-3:30"), Ok(Zone::Fixed(12_600)));
        assert_eq!(of_iso("-3:30"), Ok(Zone::Fixed(-12_600)));
        assert_eq!(Zone::of("Nowhere/Land").unwrap_err().sqlstate, "22023");
        assert!(ABBREVIATIONS.is_sorted_by_key(|(name, _)| *name));
    }
}
