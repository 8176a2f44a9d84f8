//! What a text says in the fields of a template, and the date and time that they say together.

use super::datetime_template::Convention;
use crate::error::SqlError;
use crate::function::calendar;

/// How far east or west of UTC a zone may be, in hours.
const ZONE_HOURS_MAX: i32 = 15;

/// What was read, as a clock without a zone shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// In range each, a date's together where all three were given.
    pub(crate) year: i32,
    pub(crate) month: i32,
    pub(crate) day: i32,
    /// Since midnight.
    pub(crate) micros: i64,
    /// Seconds east of UTC, where the text says so.
    pub(crate) offset: Option<i32>,
    /// Digits behind the second's point that the template asks for.
    pub(crate) precision: Option<u8>,
}

/// Values as they were given; 0 is nothing, as in PostgreSQL.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) convention: Option<Convention>,
    pub(super) hour: i32,
    pub(super) is_afternoon: i32,
    pub(super) is_12_hour_clock: bool,
    pub(super) minute: i32,
    pub(super) second: i32,
    pub(super) second_of_day: i32,
    pub(super) millis: i32,
    pub(super) micros: i32,
    /// Sunday is 1.
    pub(super) weekday: i32,
    pub(super) day: i32,
    pub(super) day_of_year: i32,
    pub(super) month: i32,
    pub(super) year: i32,
    pub(super) year_digits: u8,
    pub(super) is_before_christ: i32,
    pub(super) week: i32,
    pub(super) week_of_month: i32,
    pub(super) century: i32,
    pub(super) julian_day: i32,
    pub(super) precision: Option<u8>,
    /// 1 is east; 0 where no zone was given.
    pub(super) zone_sign: i32,
    pub(super) zone_hours: i32,
    pub(super) zone_minutes: i32,
}

impl Fields {
    /// What they say together.
    ///
    /// # Errors
    /// 22007 where they can't be told, 22008 and 22009 where one is out of range; `text` is what was read.
    pub(super) fn settle(self, text: &str) -> Result<Read, SqlError> {
        let overflow = || SqlError::new("22008", format!("date/time field value out of range: \"{text}\""));
        let (time, date) = (self.time_of_day()?, self.date()?);
        let (micros, (year, month, day)) = time.zip(date).ok_or_else(overflow)?;
        let offset = match self.zone_sign {
            0 => None,
            sign => {
                let is_zone =
                    (0..=ZONE_HOURS_MAX).contains(&self.zone_hours) && (0..60).contains(&self.zone_minutes);
                if !is_zone {
                    let message = format!("time zone displacement out of range: \"{text}\"");
                    return Err(SqlError::new("22009", message));
                }
                Some(sign * (self.zone_hours * 3600 + self.zone_minutes * 60))
            }
        };
        Ok(Read { year, month, day, micros, offset, precision: self.precision })
    }

    /// None where a part is out of range.
    fn time_of_day(&self) -> Result<Option<i64>, SqlError> {
        let or = |given: i32, otherwise: i32| if given == 0 { otherwise } else { given };
        let mut hour = or(self.hour, self.second_of_day / 3600);
        let minute = or(self.minute, self.second_of_day % 3600 / 60);
        let second = or(self.second, self.second_of_day % 60);
        if self.is_12_hour_clock {
            if !(1..=12).contains(&hour) {
                let message = format!("hour \"{hour}\" is invalid for the 12-hour clock");
                return Err(SqlError::new("22007", message)
                    .with_hint("Use the 24-hour clock, or give an hour between 1 and 12."));
            }
            hour = hour % 12 + if self.is_afternoon != 0 { 12 } else { 0 };
        }
        let micros = i64::from(self.millis) * 1000 + i64::from(self.micros);
        let is_valid = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1_000_000).contains(&micros);
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Ok(is_valid.then_some(seconds * 1_000_000 + micros))
    }

    /// None where a part is out of range.
    fn date(&self) -> Result<Option<(i32, i32, i32)>, SqlError> {
        let given_year = self.given_year();
        let (mut year, mut month, mut day) = (given_year.unwrap_or(0), 1, 1);
        let (mut is_month, mut is_day) = (false, false);
        let mut is_year = given_year.is_some();
        if self.julian_day != 0 {
            (year, month, day) = calendar::date_of(self.julian_day.into());
            (is_year, is_month, is_day) = (true, true, true);
        }
        let is_iso = self.convention == Some(Convention::IsoWeek);
        let mut day_of_year = self.day_of_year;
        if self.week != 0 && is_iso {
            let monday = calendar::iso_week_begin(year, self.week);
            let days = match self.weekday {
                0 => 0,
                // A Sunday ends its week.
                weekday if weekday <= 1 => 6,
                weekday => weekday - 2,
            };
            (year, month, day) = calendar::date_of(monday + i64::from(days));
            (is_year, is_month, is_day) = (true, true, true);
        } else if self.week != 0 {
            day_of_year = self.week.saturating_sub(1).saturating_mul(7).saturating_add(1);
        }
        let mut day_given = self.day;
        if self.week_of_month != 0 {
            day_given = self.week_of_month.saturating_sub(1).saturating_mul(7).saturating_add(1);
        }
        if day_given != 0 {
            (day, is_day) = (day_given, true);
        }
        if self.month != 0 {
            (month, is_month) = (self.month, true);
        }
        if day_of_year != 0 && (month <= 1 || day <= 1) {
            if year == 0 && self.is_before_christ == 0 {
                let message = "cannot calculate day of year without year information";
                return Err(SqlError::new("22007", message));
            }
            if is_iso {
                let begin = calendar::iso_week_begin(year, 1);
                (year, month, day) = calendar::date_of(begin - 1 + i64::from(day_of_year));
                is_year = true;
            } else {
                let (month_of, day_of) = month_and_day(year, day_of_year);
                month = if month <= 1 { month_of } else { month };
                day = if day <= 1 { day_of } else { day };
            }
            (is_month, is_day) = (true, true);
        }
        let is_valid = (!is_month || (1..=12).contains(&month))
            && (!is_day || (1..=31).contains(&day))
            && (!(is_year && is_month && is_day) || day <= calendar::days_in_month(year, month));
        Ok(is_valid.then_some((year, month, day)))
    }

    /// Year 0 is 1 BC. None where neither a year nor a century was given.
    fn given_year(&self) -> Option<i32> {
        let is_before_christ = self.is_before_christ != 0;
        let century = if is_before_christ { self.century.saturating_neg() } else { self.century };
        let years = |centuries: i32| centuries.saturating_mul(100);
        if self.year != 0 {
            if self.century != 0 && self.year_digits <= 2 {
                // The last digits of a year of that century, which ends with a year of 00.
                return Some(match self.year % 100 {
                    0 => years(century).saturating_add(i32::from(century < 0)),
                    year if century >= 0 => years(century - 1).saturating_add(year),
                    year => years(century + 1).saturating_sub(year).saturating_add(1),
                });
            }
            let year = if is_before_christ { self.year.saturating_neg() } else { self.year };
            return Some(if year < 0 { year + 1 } else { year });
        }
        (self.century != 0).then(|| years(if century >= 0 { century - 1 } else { century }).saturating_add(1))
    }
}

/// A day beyond the year is in a thirteenth month.
fn month_and_day(year: i32, day_of_year: i32) -> (i32, i32) {
    let mut day = day_of_year;
    for month in 1..=12 {
        let days = calendar::days_in_month(year, month);
        if day <= days {
            return (month, day);
        }
        day -= days;
    }
    (13, day)
}
