//! `justify_days`, `justify_hours` and `justify_interval`: 30 days are a month, 24 hours a day.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::logical_expr::Volatility;

use super::arguments::is_open;
use crate::error::SqlError;
use crate::function::calendar::DAY_MICROS;
use crate::function::native::{Call, Definition, INTERVAL};

const DAY_NANOS: i64 = DAY_MICROS * 1000;
const MONTH_DAYS: i32 = 30;

pub(super) const JUSTIFY_DAYS: Definition = definition("justify_days", |call| {
    each(call, |value| {
        let (months, days) = carried(value.months, value.days.into(), MONTH_DAYS.into())?;
        let (months, days) = alike(months, days, MONTH_DAYS.into(), 0);
        Some(IntervalMonthDayNano::new(months, days as i32, value.nanoseconds))
    })
});

pub(super) const JUSTIFY_HOURS: Definition = definition("justify_hours", |call| {
    each(call, |value| {
        let (days, nanos) = carried(value.days, value.nanoseconds, DAY_NANOS)?;
        let (days, nanos) = alike(days, nanos, DAY_NANOS, 0);
        Some(IntervalMonthDayNano::new(value.months, days, nanos))
    })
});

pub(super) const JUSTIFY_INTERVAL: Definition = definition("justify_interval", |call| each(call, justified));

const fn definition(name: &'static str, call: fn(&Call<'_>) -> Result<ArrayRef, SqlError>) -> Definition {
    Definition {
        name,
        volatility: Volatility::Immutable,
        is_zoned: false,
        resolve: |types, _| match types {
            [given] if given == &INTERVAL || is_open(given) => Some((vec![INTERVAL], INTERVAL)),
            _ => None,
        },
        call,
    }
}

fn each(
    call: &Call<'_>,
    justify: impl Fn(IntervalMonthDayNano) -> Option<IntervalMonthDayNano>,
) -> Result<ArrayRef, SqlError> {
    let values = call.arguments[0].as_primitive::<IntervalMonthDayNanoType>();
    let justified: PrimitiveArray<IntervalMonthDayNanoType> =
        values.try_unary(|value| justify(value).ok_or_else(out_of_range))?;
    Ok(Arc::new(justified))
}

fn out_of_range() -> SqlError {
    SqlError::new("22008", "interval out of range")
}

fn justified(value: IntervalMonthDayNano) -> Option<IntervalMonthDayNano> {
    let (days, nanos) = carried(value.days, value.nanoseconds, DAY_NANOS)?;
    let (months, days) = carried(value.months, days.into(), MONTH_DAYS.into())?;
    let (months, days) = alike(months, days, MONTH_DAYS.into(), nanos);
    let (days, nanos) = alike(days as i32, nanos, DAY_NANOS, 0);
    Some(IntervalMonthDayNano::new(months, days, nanos))
}

/// What is whole of a smaller unit goes to the larger.
fn carried(large: i32, small: i64, ratio: i64) -> Option<(i32, i64)> {
    let large = i64::from(large).checked_add(small / ratio)?;
    Some((i32::try_from(large).ok()?, small % ratio))
}

/// Gives both one sign; `smaller` decides where the smaller unit is zero.
fn alike(large: i32, small: i64, ratio: i64, smaller: i64) -> (i32, i64) {
    let sign = if small != 0 { small.signum() } else { smaller.signum() };
    match large.signum() {
        1 if sign < 0 => (large - 1, small + ratio),
        -1 if sign > 0 => (large + 1, small - ratio),
        _ => (large, small),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn parts_have_one_sign() {
        let hour = DAY_NANOS / 24;
        for ((months, days, hours), expected) in [
            ((1, 0, -1), (0, 29, 23)),
            ((0, -35, 25), (-1, -3, -23)),
            ((12, 400, -27), (25, 8, 21)),
            ((-1, 30, 1), (0, 0, 1)),
        ] {
            let value = justified(IntervalMonthDayNano::new(months, days, hours * hour)).unwrap();
            assert_eq!((value.months, value.days, value.nanoseconds / hour), expected);
        }
    }
}
