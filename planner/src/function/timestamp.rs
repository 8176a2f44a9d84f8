//! Timestamps, which are counted in microseconds since 1970, in the fields of the calendar.

use arrow::datatypes::IntervalMonthDayNano;

use super::calendar::{self, DAY_MICROS, POSTGRES_EPOCH, SECOND_MICROS, UNIX_EPOCH};
use super::zone::Zone;
use crate::error::SqlError;

/// 2000-01-01, from which PostgreSQL counts.
pub(crate) const POSTGRES_EPOCH_SECONDS: i64 = 946_684_800;

/// A time as a clock and a calendar show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) julian_day: i64,
    /// Year 0 is 1 BC.
    pub(crate) year: i32,
    pub(crate) month: i32,
    pub(crate) day: i32,
    /// Since midnight.
    pub(crate) micros: i64,
}

impl Moment {
    /// Of microseconds since 1970 there.
    pub(crate) fn of(micros: i64) -> Self {
        let julian_day = micros.div_euclid(DAY_MICROS) + UNIX_EPOCH;
        let (year, month, day) = calendar::date_of(julian_day);
        Self { julian_day, year, month, day, micros: micros.rem_euclid(DAY_MICROS) }
    }
}

/// Microseconds since 1970; None of what no timestamp can be.
pub(crate) fn micros_of(year: i32, month: i32, day: i32, micros: i64) -> Option<i64> {
    calendar::is_valid_julian(year, month).then_some(())?;
    let days = calendar::julian_day(year, month, day) - UNIX_EPOCH;
    days.checked_mul(DAY_MICROS)?.checked_add(micros)
}

/// A timestamp that PostgreSQL can have: not before 4713 BC. Its end lies beyond what 64 bits hold here.
pub(crate) fn in_range(micros: i64) -> Option<i64> {
    (micros >= -UNIX_EPOCH * DAY_MICROS).then_some(micros)
}

/// With so many digits of seconds: halves are rounded away from 2000, from which PostgreSQL counts.
pub(crate) fn rounded(micros: i64, digits: u8) -> Option<i64> {
    let unit = 10_i64.pow(6 - u32::from(digits.min(6)));
    let since = micros.checked_sub(POSTGRES_EPOCH_SECONDS * SECOND_MICROS)?;
    let half = if since < 0 { -unit / 2 } else { unit / 2 };
    let since = since.checked_add(half)? / unit * unit;
    since.checked_add((POSTGRES_EPOCH - UNIX_EPOCH) * DAY_MICROS)
}

pub(crate) fn out_of_range() -> SqlError {
    SqlError::new("22008", "timestamp out of range")
}

/// A time in a zone, some months, days and hours later: a month later is the same day, or the last of a
/// shorter month, at the same time of that zone's clock.
pub(crate) fn plus(instant: i64, length: IntervalMonthDayNano, zone: Zone) -> Option<i64> {
    let mut instant = instant;
    if length.months != 0 || length.days != 0 {
        let local = Moment::of(zone.local(instant)?);
        let months = i64::from(local.year) * 12 + i64::from(local.month - 1) + i64::from(length.months);
        let (year, month) = (i32::try_from(months.div_euclid(12)).ok()?, months.rem_euclid(12) as i32 + 1);
        let day = local.day.min(calendar::days_in_month(year, month));
        let days = calendar::julian_day(year, month, day) - UNIX_EPOCH + i64::from(length.days);
        instant = zone.instant(days.checked_mul(DAY_MICROS)?.checked_add(local.micros)?)?;
    }
    instant.checked_add(length.nanoseconds / 1000).and_then(in_range)
}
