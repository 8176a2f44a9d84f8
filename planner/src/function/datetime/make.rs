//! `make_date` and its like: values from their fields.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Array, IntervalMonthDayNanoArray, Time64MicrosecondArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Float64Type, Int32Type, IntervalMonthDayNano};
use datafusion::logical_expr::Volatility;

use super::arguments::is_open;
use crate::error::SqlError;
use crate::function::calendar::{self, DAY_MICROS, HOUR_MICROS, MINUTE_MICROS};
use crate::function::native::{Call, Definition, INTERVAL, Resolved, TIME, TIMESTAMP, timestamptz};
use crate::function::timestamp;
use crate::function::zone::{self, Zone};

type Result<T> = std::result::Result<T, SqlError>;

pub(super) const MAKE_DATE: Definition = Definition {
    name: "make_date",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| fields(types, 3, 0, DataType::Date32),
    call: |call| {
        let dates = each(call, |row| {
            date(call.integer(0, row), call.integer(1, row), call.integer(2, row)).map(|days| days as i32)
        })?;
        Ok(Arc::new(Date32Array::from(dates)))
    },
};

pub(super) const MAKE_TIME: Definition = Definition {
    name: "make_time",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| fields(types, 2, 1, TIME),
    call: |call| {
        let times = each(call, |row| time(call.integer(0, row), call.integer(1, row), call.float(2, row)))?;
        Ok(Arc::new(Time64MicrosecondArray::from(times)))
    },
};

pub(super) const MAKE_TIMESTAMP: Definition = Definition {
    name: "make_timestamp",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| fields(types, 5, 1, TIMESTAMP),
    call: |call| timestamps(call, |_, local| Some(local)),
};

/// In the session's zone, or in one that is named last.
pub(super) const MAKE_TIMESTAMPTZ: Definition = Definition {
    name: "make_timestamptz",
    volatility: Volatility::Stable,
    is_zoned: true,
    resolve: |types, zone| match types {
        [fields_of @ .., name] if types.len() == 7 && is_open(name) => {
            let (mut taken, result) = fields(fields_of, 5, 1, timestamptz(zone))?;
            taken.push(DataType::Utf8View);
            Some((taken, result))
        }
        _ => fields(types, 5, 1, timestamptz(zone)),
    },
    call: |call| {
        if call.arguments.len() == 6 {
            let zone = Zone::of_session(call.zone)?;
            return timestamps(call, |_, local| zone.instant(local));
        }
        let names = call.text(6);
        // Names are checked before they are used: what is used is never refused.
        let zones: Vec<Option<Zone>> =
            names.iter().map(|name| name.map(zone::of_iso).transpose()).collect::<Result<_>>()?;
        timestamps(call, |row, local| zones[row]?.instant(local))
    },
};

/// `make_interval(years, months, weeks, days, hours, mins, secs)`; what is not given is 0, which
/// [`crate::query::dialect`] writes.
pub(super) const MAKE_INTERVAL: Definition = Definition {
    name: "make_interval",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| fields(types, 6, 1, INTERVAL),
    call: |call| {
        let intervals = each(call, |row| interval(call, row))?;
        Ok(Arc::new(IntervalMonthDayNanoArray::from(intervals)))
    },
};

/// So many integers and floats.
fn fields(types: &[DataType], integers: usize, floats: usize, result: DataType) -> Option<Resolved> {
    (types.len() == integers + floats).then_some(())?;
    let is_integer = |given: &DataType| {
        matches!(given, DataType::Int8 | DataType::Int16 | DataType::Int32) || is_open(given)
    };
    let (whole, broken) = types.split_at(integers);
    let fits =
        whole.iter().all(is_integer) && broken.iter().all(|given| given.is_numeric() || is_open(given));
    fits.then(|| {
        let taken = vec![DataType::Int32; integers].into_iter().chain(vec![DataType::Float64; floats]);
        (taken.collect(), result)
    })
}

impl Call<'_> {
    fn integer(&self, index: usize, row: usize) -> i32 {
        self.arguments[index].as_primitive::<Int32Type>().value(row)
    }

    fn float(&self, index: usize, row: usize) -> f64 {
        self.arguments[index].as_primitive::<Float64Type>().value(row)
    }
}

/// The value of each row in which nothing is null.
fn each<T>(call: &Call<'_>, value: impl Fn(usize) -> Result<T>) -> Result<Vec<Option<T>>> {
    (0..call.rows).map(|row| (!call.is_null(row)).then(|| value(row)).transpose()).collect()
}

fn timestamps(call: &Call<'_>, instant: impl Fn(usize, i64) -> Option<i64>) -> Result<ArrayRef> {
    let times = each(call, |row| {
        let field = |index| call.integer(index, row);
        let days = date(field(0), field(1), field(2))?;
        let micros = time(field(3), field(4), call.float(5, row))?;
        let local = days.checked_mul(DAY_MICROS).and_then(|days| days.checked_add(micros));
        let instant = local.and_then(|local| timestamp::in_range(instant(row, local)?));
        instant.ok_or_else(timestamp::out_of_range)
    })?;
    Ok(Arc::new(TimestampMicrosecondArray::from(times).with_data_type(call.result.clone())))
}

/// Days since 1970. A year below zero is one before Christ.
fn date(year: i32, month: i32, day: i32) -> Result<i64> {
    let wrong =
        |what: &str| SqlError::new("22008", format!("date {what}out of range: {year}-{month:02}-{day:02}"));
    let counted = if year < 0 { year + 1 } else { year };
    let is_date = year != 0
        && (1..=12).contains(&month)
        && (1..=calendar::days_in_month(counted, month)).contains(&day);
    if !is_date {
        return Err(wrong("field value "));
    }
    let julian_day = calendar::julian_day(counted, month, day);
    if !calendar::is_valid_julian(counted, month) || julian_day < 0 {
        return Err(wrong(""));
    }
    Ok(julian_day - calendar::UNIX_EPOCH)
}

/// Microseconds since midnight, up to its end.
fn time(hour: i32, minute: i32, seconds: f64) -> Result<i64> {
    let micros = (seconds * 1e6).round_ties_even();
    let is_time = (0..=24).contains(&hour) && (0..60).contains(&minute) && (0.0..=60e6).contains(&micros);
    let total = i64::from(hour) * HOUR_MICROS + i64::from(minute) * MINUTE_MICROS + micros as i64;
    if !is_time || total > DAY_MICROS {
        let padding = if (0.0..10.0).contains(&seconds) && seconds.fract() == 0.0 { "0" } else { "" };
        let message = format!("time field value out of range: {hour}:{minute:02}:{padding}{seconds}");
        return Err(SqlError::new("22008", message));
    }
    Ok(total)
}

/// Years and weeks wrap around, as in PostgreSQL.
fn interval(call: &Call<'_>, row: usize) -> Result<IntervalMonthDayNano> {
    let field = |index| call.integer(index, row);
    let out_of_range = || SqlError::new("22008", "interval out of range");
    let micros = (call.float(6, row) * 1e6).round_ties_even();
    if !micros.is_finite() || micros.abs() > 9.2e18 {
        return Err(out_of_range());
    }
    let months = field(0).wrapping_mul(12).wrapping_add(field(1));
    let days = field(2).wrapping_mul(7).wrapping_add(field(3));
    let minutes = i64::from(field(4)) * HOUR_MICROS + i64::from(field(5)) * MINUTE_MICROS;
    let nanos = minutes.checked_add(micros as i64).and_then(|micros| micros.checked_mul(1000));
    Ok(IntervalMonthDayNano::new(months, days, nanos.ok_or_else(out_of_range)?))
}
