//! Intervals as they are written: `1 day 02:03`, `1-2`, `P1Y2M`, `3 days ago`.
//! <https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-INPUT>

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, IntervalMonthDayNanoArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, IntervalMonthDayNano};
use datafusion::logical_expr::Volatility;

use super::arguments::is_open;
use super::unit::Unit;
use crate::error::SqlError;
use crate::function::calendar::{DAY_MICROS, HOUR_MICROS, MINUTE_MICROS, SECOND_MICROS};
use crate::function::native::{Definition, INTERVAL};

/// The cast of a text.
pub(crate) const INTERVAL_OF_TEXT: Definition = Definition {
    name: "interval",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| match types {
        [text] if is_open(text) => Some((types.to_vec(), INTERVAL)),
        _ => None,
    },
    call: |call| {
        let texts = cast(&call.arguments[0], &DataType::Utf8View)?;
        let intervals =
            texts.as_string_view().iter().map(|text| text.map(|text| read(text, None)).transpose());
        let intervals: IntervalMonthDayNanoArray = intervals.collect::<Result<Vec<_>, _>>()?.into();
        Ok(Arc::new(intervals) as ArrayRef)
    },
};

/// Reads an interval in any of the forms that PostgreSQL takes.
///
/// # Errors
/// 22007 where the text is none, 22015 where a field is out of range.
pub fn interval_of_text(text: &str) -> Result<IntervalMonthDayNano, SqlError> {
    read(text, None)
}

/// Reads an interval. `last` is the last field of `INTERVAL '…' DAY TO HOUR`, which a bare number counts
/// and to which the value is cut; None takes seconds.
///
/// # Errors
/// 22007 where the text is none, 22015 where a field is out of range.
pub(crate) fn read(text: &str, last: Option<&str>) -> Result<IntervalMonthDayNano, SqlError> {
    let last = last.and_then(|name| Unit::of(name, "interval").ok());
    let trimmed = text.trim();
    let mut sum = Sum::default();
    let read = match trimmed.strip_prefix(['P', 'p']) {
        Some(iso) => iso_8601(iso, &mut sum),
        None => words(trimmed, last, &mut sum),
    };
    read.and_then(|()| sum.cut(last)).map_err(|failure| match failure {
        Failure::Invalid => {
            SqlError::new("22007", format!("invalid input syntax for type interval: \"{text}\""))
        }
        Failure::Overflow => SqlError::new("22015", format!("interval field value out of range: \"{text}\"")),
    })
}

#[derive(Clone, Copy)]
enum Failure {
    Invalid,
    Overflow,
}

use Failure::{Invalid, Overflow};

/// Wide enough for what a text can add up.
#[derive(Default)]
struct Sum {
    months: i128,
    days: i128,
    micros: i128,
    /// Units that were given; none may be twice.
    given: Vec<Unit>,
}

impl Sum {
    /// Notes that a unit is given.
    fn give(&mut self, unit: Unit) -> Result<(), Failure> {
        if self.given.contains(&unit) {
            return Err(Invalid);
        }
        self.given.push(unit);
        Ok(())
    }

    /// Adds so many of a unit.
    fn add(&mut self, number: &Number, unit: Unit) -> Result<(), Failure> {
        let sum = match unit {
            Unit::Microsecond => self.micros(number, 1),
            Unit::Millisecond => self.micros(number, 1000),
            Unit::Second => self.micros(number, SECOND_MICROS),
            Unit::Minute => self.micros(number, MINUTE_MICROS),
            Unit::Hour => self.micros(number, HOUR_MICROS),
            Unit::Day => self.days(number, 1),
            Unit::Week => self.days(number, 7),
            Unit::Month => {
                let broken = Number { whole: 0, fraction: number.fraction };
                self.months.checked_add(number.whole).and_then(|months| {
                    self.months = months;
                    self.days(&broken, 30)
                })
            }
            Unit::Year => self.years(number, 1),
            Unit::Decade => self.years(number, 10),
            Unit::Century => self.years(number, 100),
            Unit::Millennium => self.years(number, 1000),
            _ => return Err(Invalid),
        };
        sum.ok_or(Overflow)
    }

    fn years(&mut self, number: &Number, years: i128) -> Option<()> {
        let months = (number.fraction * years as f64 * 12.0).round_ties_even() as i128;
        let whole = number.whole.checked_mul(years * 12)?;
        self.months = self.months.checked_add(whole)?.checked_add(months)?;
        Some(())
    }

    /// What is left of a day becomes hours.
    fn days(&mut self, number: &Number, days: i128) -> Option<()> {
        let broken = number.fraction * days as f64;
        let whole = number.whole.checked_mul(days)?;
        self.days = self.days.checked_add(whole)?.checked_add(broken.trunc() as i128)?;
        self.micros(&Number { whole: 0, fraction: broken.fract() }, DAY_MICROS)
    }

    fn micros(&mut self, number: &Number, unit: i64) -> Option<()> {
        let broken = (number.fraction * unit as f64).round_ties_even() as i128;
        let whole = number.whole.checked_mul(unit.into())?;
        self.micros = self.micros.checked_add(whole)?.checked_add(broken)?;
        Some(())
    }

    /// The value, without what is smaller than its last field.
    fn cut(&self, last: Option<Unit>) -> Result<IntervalMonthDayNano, Failure> {
        let cut = |unit: i64| self.micros - self.micros % i128::from(unit);
        let (months, days, micros) = match last {
            None | Some(Unit::Second) => (self.months, self.days, self.micros),
            Some(Unit::Minute) => (self.months, self.days, cut(MINUTE_MICROS)),
            Some(Unit::Hour) => (self.months, self.days, cut(HOUR_MICROS)),
            Some(Unit::Day) => (self.months, self.days, 0),
            Some(Unit::Month) => (self.months, 0, 0),
            Some(_) => (self.months - self.months % 12, 0, 0),
        };
        let nanos = micros.checked_mul(1000).and_then(|nanos| i64::try_from(nanos).ok());
        match (i32::try_from(months), i32::try_from(days), nanos) {
            (Ok(months), Ok(days), Some(nanos)) => Ok(IntervalMonthDayNano::new(months, days, nanos)),
            _ => Err(Overflow),
        }
    }
}

/// A number as it is written; its sign is that of both parts.
struct Number {
    whole: i128,
    fraction: f64,
}

/// The number with which a text begins, and what is behind it.
fn number(text: &str) -> Result<(Number, &str), Failure> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (whole, rest) = unsigned.split_at(digits(unsigned));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(behind) => behind.split_at(digits(behind)),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(Invalid);
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| Overflow)? };
    let fraction: f64 = format!("0.{fraction}0").parse().map_err(|_| Invalid)?;
    let number = match text.starts_with('-') {
        true => Number { whole: -whole, fraction: -fraction },
        false => Number { whole, fraction },
    };
    Ok((number, rest))
}

/// Where the first token of a text ends: a word, or a number, a time, years and months with a sign.
fn token_end(text: &str) -> usize {
    let end = |text: &str, takes: fn(char) -> bool| text.find(|c| !takes(c)).unwrap_or(text.len());
    let digits = |text: &str| end(text, |c| c.is_ascii_digit());
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return end(text, |c| c.is_ascii_alphabetic());
    }
    // A sign may stand apart from its number.
    let unsigned = text.strip_prefix(['+', '-']).map_or(text, str::trim_start);
    let begin = text.len() - unsigned.len();
    let first = digits(unsigned);
    let rest = &unsigned[first..];
    begin
        + first
        + match rest.as_bytes().first() {
            Some(b':') => end(rest, |c| c.is_ascii_digit() || c == ':' || c == '.'),
            Some(b'-' | b'.') => 1 + digits(&rest[1..]),
            _ => 0,
        }
}

/// Numbers with units behind them, a time, years and months: read from the right, where the units are.
fn words(text: &str, last: Option<Unit>, sum: &mut Sum) -> Result<(), Failure> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        // It is read over.
        if let Some(behind) = rest.strip_prefix('@') {
            rest = behind.trim_start();
            continue;
        }
        let end = token_end(rest);
        if end == 0 {
            return Err(Invalid);
        }
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    let mut unit = None;
    let is_ago = tokens.pop_if(|last| last.eq_ignore_ascii_case("ago")).is_some();
    for token in tokens.iter().rev() {
        if token.starts_with(|c: char| c.is_ascii_alphabetic()) {
            unit = Some(Unit::of(token, "interval").map_err(|_| Invalid)?);
        } else {
            let token: String = token.split_whitespace().collect();
            let counted = unit.unwrap_or(last.unwrap_or(Unit::Second));
            // What stands before hours counts days.
            unit = value(&token, counted, sum)?;
        }
    }
    if sum.given.is_empty() {
        return Err(Invalid);
    }
    if is_ago {
        (sum.months, sum.days, sum.micros) = (-sum.months, -sum.days, -sum.micros);
    }
    Ok(())
}

/// Adds a number, a time, or years and months. Returns the unit of a number before it.
fn value(token: &str, unit: Unit, sum: &mut Sum) -> Result<Option<Unit>, Failure> {
    if token.contains(':') {
        time(token, sum)?;
        return Ok(Some(Unit::Day));
    }
    if token.trim_start_matches(['+', '-']).contains('-') {
        year_and_month(token, sum)?;
        return Ok(None);
    }
    let (number, behind) = number(token)?;
    if !behind.is_empty() {
        return Err(Invalid);
    }
    sum.give(unit)?;
    if unit == Unit::Second && number.fraction != 0.0 {
        sum.give(Unit::Millisecond)?;
        sum.give(Unit::Microsecond)?;
    }
    sum.add(&number, unit)?;
    Ok(Some(if unit == Unit::Hour { Unit::Day } else { unit }))
}

/// `hh:mm:ss` and `hh:mm`, and `mm:ss` where there is a fraction. It replaces what is left of a day.
fn time(text: &str, sum: &mut Sum) -> Result<(), Failure> {
    let unsigned = text.trim_start_matches(['+', '-']);
    let parts: Vec<&str> = unsigned.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [minutes, seconds] if seconds.contains('.') => ("0", *minutes, *seconds),
        [hours, minutes] => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return Err(Invalid),
    };
    for unit in [Unit::Hour, Unit::Minute, Unit::Second, Unit::Millisecond, Unit::Microsecond] {
        sum.give(unit)?;
    }
    sum.micros = 0;
    for (part, unit, max) in
        [(hours, Unit::Hour, i128::MAX), (minutes, Unit::Minute, 59), (seconds, Unit::Second, 60)]
    {
        let (number, behind) = number(part)?;
        if !behind.is_empty() || unit != Unit::Second && part.contains('.') {
            return Err(Invalid);
        }
        if number.whole > max {
            return Err(Overflow);
        }
        sum.add(&number, unit)?;
    }
    if text.starts_with('-') {
        sum.micros = -sum.micros;
    }
    Ok(())
}

/// `1-2`.
fn year_and_month(text: &str, sum: &mut Sum) -> Result<(), Failure> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (years, months) = text.trim_start_matches(['+', '-']).split_once('-').ok_or(Invalid)?;
    let (years, months): (i128, i128) = (
        years.parse().map_err(|_| Invalid)?,
        if months.is_empty() { 0 } else { months.parse().map_err(|_| Invalid)? },
    );
    if months >= 12 {
        return Err(Overflow);
    }
    for (whole, unit) in [(years, Unit::Year), (months, Unit::Month)] {
        sum.give(unit)?;
        sum.add(&Number { whole: sign * whole, fraction: 0.0 }, unit)?;
    }
    Ok(())
}

/// What follows a `P`: letters behind numbers, days before a `T` and hours behind it.
fn iso_8601(text: &str, sum: &mut Sum) -> Result<(), Failure> {
    let mut rest = text;
    let mut is_time = false;
    let mut is_value = false;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix(['T', 't']).filter(|_| !is_time) {
            (rest, is_time) = (time, true);
            continue;
        }
        let (number, behind) = number(rest)?;
        let unit = match (behind.as_bytes().first().map(u8::to_ascii_uppercase), is_time) {
            (Some(b'Y'), false) => Unit::Year,
            (Some(b'M'), false) => Unit::Month,
            (Some(b'W'), false) => Unit::Week,
            (Some(b'D'), false) => Unit::Day,
            (Some(b'H'), true) => Unit::Hour,
            (Some(b'M'), true) => Unit::Minute,
            (Some(b'S'), true) => Unit::Second,
            _ => return Err(Invalid),
        };
        sum.add(&number, unit)?;
        is_value = true;
        rest = &behind[1..];
    }
    if is_value { Ok(()) } else { Err(Invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, last: Option<&str>) -> Result<(i32, i32, i64), String> {
        let value = read(text, last).map_err(|error| error.sqlstate.into_owned())?;
        Ok((value.months, value.days, value.nanoseconds / 1000))
    }

    /// As PostgreSQL 15 answers.
    #[test]
    fn forms() {
        const HOUR: i64 = HOUR_MICROS;
        for (text, expected) in [
            ("1 day", (0, 1, 0)),
            ("3 days 02:30", (0, 3, 5 * HOUR / 2)),
            ("3 4:00:00", (0, 3, 4 * HOUR)),
            ("-1-2", (-14, 0, 0)),
            ("1 mon -1 hour", (1, 0, -HOUR)),
            ("2h 30m", (0, 0, 5 * HOUR / 2)),
            ("@ 1 day 2 hours ago", (0, -1, -2 * HOUR)),
            ("1.5 months", (1, 15, 0)),
            ("1.5 years", (18, 0, 0)),
            ("P1Y2M3DT4H", (14, 3, 4 * HOUR)),
            ("-08:00", (0, 0, -8 * HOUR)),
            ("90", (0, 0, 90 * SECOND_MICROS)),
            ("1 year 2 mons -3 days +00:00:01.5", (14, -3, 1_500_000)),
        ] {
            assert_eq!(parts(text, None), Ok(expected), "{text}");
        }
        assert_eq!(parts("1", Some("day")), Ok((0, 1, 0)));
        assert_eq!(parts("1 day 02:03:04", Some("hour")), Ok((0, 1, 2 * HOUR)));
        for text in ["", "day", "1 nonsense", "1 day 2 days", "1:2:3:4"] {
            assert_eq!(parts(text, None), Err("22007".to_owned()), "{text}");
        }
        assert_eq!(parts("3000000000 years", None), Err("22015".to_owned()));
    }
}
