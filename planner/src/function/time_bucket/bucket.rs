//! Where buckets begin and end.

use arrow::datatypes::IntervalMonthDayNano;

use crate::error::SqlError;
use crate::function::calendar::DAY_MICROS;
use crate::function::timestamp::{Moment, micros_of, plus};
use crate::function::zone::Zone;

/// 2000-01-03 00:00, a Monday, in microseconds since 1970.
const MONDAY: i64 = 946_857_600_000_000;
/// Months from year 0 to January 2000.
const JANUARY: i64 = 2000 * 12;

/// How long a bucket is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Length {
    Months(i64),
    Micros(i64),
}

impl Length {
    /// # Errors
    /// 22023 for what is not positive; 0A000 for months together with something else.
    pub(super) fn of(interval: IntervalMonthDayNano) -> Result<Self, SqlError> {
        let days = i64::from(interval.days).checked_mul(DAY_MICROS);
        let micros = days
            .and_then(|days| days.checked_add(interval.nanoseconds / 1000))
            .ok_or_else(|| SqlError::new("22008", "interval out of range"))?;
        let length = match (i64::from(interval.months), micros) {
            (months, 0) if months != 0 => Self::Months(months),
            (0, micros) => Self::Micros(micros),
            _ => {
                let message = "a bucket cannot have months together with days or times";
                return Err(SqlError::new("0A000", message));
            }
        };
        match length {
            Self::Months(..=0) | Self::Micros(..=0) => {
                Err(SqlError::new("22023", "the length of a bucket must be greater than zero"))
            }
            length => Ok(length),
        }
    }
}

/// A way to cut time into buckets. Times are microseconds since 1970: instants, or, with [`Zone::UTC`],
/// what a clock shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) length: Length,
    /// In which clock they begin.
    pub(super) zone: Zone,
    /// Where one of them begins; of months only its month counts.
    pub(super) origin: Option<i64>,
    /// How far all of them are moved.
    pub(super) offset: Option<IntervalMonthDayNano>,
}

impl Bucket {
    /// The begin of the bucket that a time lies in; None beyond what timestamps hold.
    pub(super) fn begin(&self, time: i64) -> Option<i64> {
        let local = self.moved(self.zone.local(time)?, -1)?;
        let begin = match self.length {
            Length::Micros(width) => {
                let origin = self.local_origin()?.unwrap_or(MONDAY);
                local.checked_sub(local.checked_sub(origin)?.rem_euclid(width))?
            }
            Length::Months(months) => {
                let origin = self.local_origin()?.map_or(JANUARY, month_of);
                let month = month_of(local);
                first_of(month - (month - origin).rem_euclid(months))?
            }
        };
        self.zone.instant(self.moved(begin, 1)?)
    }

    /// The begin of the bucket after the one that begins at a time.
    pub(super) fn next(&self, begin: i64) -> Option<i64> {
        let local = self.zone.local(begin)?;
        let next = match self.length {
            Length::Micros(width) => local.checked_add(width)?,
            Length::Months(months) => {
                let unmoved = self.moved(local, -1)?;
                self.moved(first_of(month_of(unmoved) + months)?, 1)?
            }
        };
        // Where the clock is set back within short buckets, their begins come twice there and once here.
        let next = self.zone.instant(next)?;
        (next > begin).then_some(next).or_else(|| match self.length {
            Length::Micros(width) => begin.checked_add(width),
            Length::Months(_) => None,
        })
    }

    fn local_origin(&self) -> Option<Option<i64>> {
        match self.origin {
            Some(origin) => self.zone.local(origin).map(Some),
            None => Some(None),
        }
    }

    fn moved(&self, local: i64, times: i32) -> Option<i64> {
        let Some(offset) = self.offset else { return Some(local) };
        let offset = IntervalMonthDayNano {
            months: offset.months.checked_mul(times)?,
            days: offset.days.checked_mul(times)?,
            nanoseconds: offset.nanoseconds.checked_mul(times.into())?,
        };
        plus(local, offset, Zone::UTC)
    }
}

fn month_of(local: i64) -> i64 {
    let moment = Moment::of(local);
    i64::from(moment.year) * 12 + i64::from(moment.month) - 1
}

fn first_of(month: i64) -> Option<i64> {
    let year = i32::try_from(month.div_euclid(12)).ok()?;
    micros_of(year, month.rem_euclid(12) as i32 + 1, 1, 0)
}
