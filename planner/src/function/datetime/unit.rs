//! The fields and units of times, by the names that PostgreSQL takes.

use crate::error::SqlError;

/// A field of a time, or a unit to cut it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    Epoch,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    IsoYear,
    Julian,
    Timezone,
    TimezoneHour,
    TimezoneMinute,
}

/// Letters of a name that count.
const LETTERS_MAX: usize = 10;

impl Unit {
    /// The unit of a name in letters of any case.
    ///
    /// # Errors
    /// 22023 where there is none; `kind` is the type it was asked of.
    pub(super) fn of(name: &str, kind: &str) -> Result<Self, SqlError> {
        let lower = name.to_ascii_lowercase();
        let counted = &lower[..lower.floor_char_boundary(LETTERS_MAX.min(lower.len()))];
        Ok(match counted {
            "us" | "usec" | "usecond" | "useconds" | "usecs" | "microsecon" => Self::Microsecond,
            "ms" | "msec" | "msecond" | "mseconds" | "msecs" | "millisecon" => Self::Millisecond,
            "s" | "sec" | "second" | "seconds" | "secs" => Self::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Self::Minute,
            "h" | "hour" | "hours" | "hr" | "hrs" => Self::Hour,
            "d" | "day" | "days" => Self::Day,
            "w" | "week" | "weeks" => Self::Week,
            "mon" | "mons" | "month" | "months" => Self::Month,
            "qtr" | "quarter" => Self::Quarter,
            "y" | "year" | "years" | "yr" | "yrs" => Self::Year,
            "dec" | "decade" | "decades" | "decs" => Self::Decade,
            "c" | "cent" | "centuries" | "century" => Self::Century,
            "mil" | "mils" | "millennia" | "millennium" => Self::Millennium,
            "epoch" => Self::Epoch,
            "dow" => Self::DayOfWeek,
            "isodow" => Self::IsoDayOfWeek,
            "doy" => Self::DayOfYear,
            "isoyear" => Self::IsoYear,
            "j" | "jd" | "julian" => Self::Julian,
            "timezone" => Self::Timezone,
            "timezone_h" => Self::TimezoneHour,
            "timezone_m" => Self::TimezoneMinute,
            _ => {
                let message = format!("unit \"{name}\" not recognized for type {kind}");
                return Err(SqlError::new("22023", message));
            }
        })
    }
}

/// What is said of a unit that a type does not have.
pub(super) fn unsupported(name: &str, kind: &str) -> SqlError {
    SqlError::new("0A000", format!("unit \"{name}\" not supported for type {kind}"))
}

/// A year before Christ as it is counted.
pub(super) fn counted_year(year: i32) -> i64 {
    i64::from(if year > 0 { year } else { year - 1 })
}

/// The decade, century or millennium of a year, where 1 is the first and there is no 0; decades begin with
/// the year 0.
pub(super) fn period_of_year(year: i32, years: i32) -> i64 {
    let counted = counted_year(year) as i32;
    i64::from(match (years, year > 0) {
        (10, _) if year >= 0 => year / 10,
        (10, _) => -((8 - counted) / 10),
        (_, true) => (year + years - 1) / years,
        (_, false) => -((years - 1 - counted) / years),
    })
}
