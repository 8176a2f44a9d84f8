//! Operators of intervals that the engine lacks, or has otherwise.
//! <https://www.postgresql.org/docs/15/functions-datetime.html#OPERATORS-DATETIME-TABLE>

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Decimal128Array, IntervalMonthDayNanoArray,
};
use arrow::datatypes::{
    DataType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use datafusion::logical_expr::Volatility;

use super::calendar::DAY_MICROS;
use super::native::{Call, Definition, INTERVAL, TIME};
use crate::error::SqlError;

const MONTH_DAYS: f64 = 30.0;
/// What a [`SPAN`] needs: more than a `bigint` has.
const SPAN_TYPE: DataType = DataType::Decimal128(38, 0);

/// The product of an interval and a float. What months and days can't hold goes to the next unit, at 30
/// days a month.
pub(crate) const TIMES: Definition = Definition {
    name: "interval_times",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| (types.len() == 2).then(|| (vec![INTERVAL, DataType::Float64], INTERVAL)),
    call: |call| scaled(call, |value, factor| product(value, |part| part * factor)),
};

/// The quotient, likewise.
pub(crate) const DIVIDED: Definition = Definition {
    name: "interval_divided",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| (types.len() == 2).then(|| (vec![INTERVAL, DataType::Float64], INTERVAL)),
    call: |call| {
        scaled(call, |value, divisor| match divisor {
            0.0 => Err(SqlError::new("22012", "division by zero")),
            divisor => product(value, |part| part / divisor),
        })
    },
};

/// The length by which PostgreSQL compares intervals, in microseconds: a month has 30 days, a day 24 hours.
pub(crate) const SPAN: Definition = Definition {
    name: "interval_span",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| (types.len() == 1).then(|| (vec![INTERVAL], SPAN_TYPE)),
    call: |call| {
        let intervals = call.arguments[0].as_primitive::<IntervalMonthDayNanoType>();
        let spans: Decimal128Array = intervals.unary(span);
        Ok(Arc::new(spans.with_data_type(SPAN_TYPE)) as ArrayRef)
    },
};

/// `timestamp - timestamp` in days and hours, and `time - time`.
pub(crate) const DIFFERENCE: Definition = Definition {
    name: "time_difference",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| match types {
        [one, other] if one == other => Some((types.to_vec(), INTERVAL)),
        _ => None,
    },
    call: |call| match call.arguments[0].data_type() == &TIME {
        true => difference::<Time64MicrosecondType>(call),
        false => difference::<TimestampMicrosecondType>(call),
    },
};

/// How long it is in microseconds, at 30 days a month: what intervals are compared by.
pub(crate) fn span(value: IntervalMonthDayNano) -> i128 {
    let days = i128::from(value.months) * 30 + i128::from(value.days);
    days * i128::from(DAY_MICROS) + i128::from(value.nanoseconds / 1000)
}

fn difference<T: ArrowPrimitiveType<Native = i64>>(call: &Call<'_>) -> Result<ArrayRef, SqlError> {
    let (later, earlier) = (call.arguments[0].as_primitive::<T>(), call.arguments[1].as_primitive::<T>());
    let lengths: IntervalMonthDayNanoArray = later
        .iter()
        .zip(earlier)
        .map(|(later, earlier)| later.zip(earlier).map(|(later, earlier)| apart(later, earlier)).transpose())
        .collect::<Result<Vec<_>, _>>()?
        .into();
    Ok(Arc::new(lengths))
}

/// Hours beyond a day are days.
fn apart(later: i64, earlier: i64) -> Result<IntervalMonthDayNano, SqlError> {
    let micros = later.checked_sub(earlier).ok_or_else(out_of_range)?;
    let days = i32::try_from(micros / DAY_MICROS).map_err(|_| out_of_range())?;
    Ok(IntervalMonthDayNano::new(0, days, micros % DAY_MICROS * 1000))
}

fn scaled(
    call: &Call<'_>,
    scale: impl Fn(IntervalMonthDayNano, f64) -> Result<IntervalMonthDayNano, SqlError>,
) -> Result<ArrayRef, SqlError> {
    let intervals = call.arguments[0].as_primitive::<IntervalMonthDayNanoType>();
    let numbers = call.arguments[1].as_primitive::<Float64Type>();
    let scaled: IntervalMonthDayNanoArray = (0..call.rows)
        .map(|row| match call.is_null(row) {
            true => Ok(None),
            false => scale(intervals.value(row), numbers.value(row)).map(Some),
        })
        .collect::<Result<Vec<_>, _>>()?
        .into();
    Ok(Arc::new(scaled))
}

/// What lies so large a part of the way from one to another: as `interval_lerp`.
pub(crate) fn between(
    low: IntervalMonthDayNano,
    high: IntervalMonthDayNano,
    part: f64,
) -> Result<IntervalMonthDayNano, SqlError> {
    let summed = |left: IntervalMonthDayNano, right: IntervalMonthDayNano, sign: i32| {
        Some(IntervalMonthDayNano {
            months: left.months.checked_add(right.months.checked_mul(sign)?)?,
            days: left.days.checked_add(right.days.checked_mul(sign)?)?,
            nanoseconds: left.nanoseconds.checked_add(right.nanoseconds.checked_mul(sign.into())?)?,
        })
    };
    let way = summed(high, low, -1).ok_or_else(out_of_range)?;
    summed(low, product(way, |whole| whole * part)?, 1).ok_or_else(out_of_range)
}

/// The parts times a factor, or through it, as `scale` has it.
fn product(
    value: IntervalMonthDayNano,
    scale: impl Fn(f64) -> f64,
) -> Result<IntervalMonthDayNano, SqlError> {
    let months = scale(value.months.into());
    let days = scale(value.days.into());
    // To the microsecond, as PostgreSQL rounds what is left over.
    let rounded = |part: f64| (part * 1e6).round_ties_even() / 1e6;
    let over = rounded((months - months.trunc()) * MONTH_DAYS);
    let mut days_whole = days.trunc() + over.trunc();
    let mut seconds = rounded((days - days.trunc() + over - over.trunc()) * 86_400.0);
    if seconds.abs() >= 86_400.0 {
        days_whole += (seconds / 86_400.0).trunc();
        seconds %= 86_400.0;
    }
    let micros = (scale((value.nanoseconds / 1000) as f64) + seconds * 1e6).round_ties_even();
    let fits = |part: f64, max: f64| part.is_finite() && part.abs() <= max;
    let is_fitting =
        fits(months, i32::MAX.into()) && fits(days_whole, i32::MAX.into()) && fits(micros, 9.2e15);
    if !is_fitting {
        return Err(out_of_range());
    }
    Ok(IntervalMonthDayNano::new(months.trunc() as i32, days_whole as i32, micros as i64 * 1000))
}

fn out_of_range() -> SqlError {
    SqlError::new("22008", "interval out of range")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn parts_spill_into_smaller_ones() {
        let check = |months, days, nanos, factor: f64, expected: (i32, i32, i64)| {
            let value = IntervalMonthDayNano::new(months, days, nanos);
            let product = product(value, |part| part * factor).unwrap();
            assert_eq!(
                (product.months, product.days, product.nanoseconds),
                expected,
                "{months} {days} * {factor}"
            );
        };
        check(0, 1, 0, 2.0, (0, 2, 0));
        check(1, 0, 0, 0.5, (0, 15, 0));
        check(0, 1, 0, 0.5, (0, 0, 43_200_000_000_000));
        check(1, 1, 0, 1.5, (1, 16, 43_200_000_000_000));
        check(0, 0, 3_600_000_000_000, -1.5, (0, 0, -5_400_000_000_000));
        assert!(product(IntervalMonthDayNano::new(i32::MAX, 0, 0), |part| part * 2.0).is_err());
    }

    #[test]
    fn a_month_is_as_long_as_thirty_days() {
        let span = |months, days, hours: i64| {
            span(IntervalMonthDayNano::new(months, days, hours * 3_600_000_000_000))
        };
        assert_eq!(span(1, 0, 0), span(0, 30, 0));
        assert_eq!(span(0, 1, 0), span(0, 0, 24));
        assert!(span(0, 0, 25) > span(0, 1, 0));
    }
}
