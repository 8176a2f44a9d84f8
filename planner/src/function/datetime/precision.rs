//! Times of fewer digits: what `timestamp(0)` and `localtimestamp(3)` ask for.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, Int32Type, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use datafusion::logical_expr::Volatility;

use crate::error::SqlError;
use crate::function::native::{Call, Definition};
use crate::function::timestamp::{out_of_range, rounded};

/// PostgreSQL counts no more digits of a second.
const DIGITS_MAX: u8 = 6;

/// `with_precision(time, digits)`, which [`crate::query::dialect`] writes.
pub(super) const WITH_PRECISION: Definition = Definition {
    name: "with_precision",
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| match types {
        [time @ (DataType::Timestamp(..) | DataType::Time64(_) | DataType::Interval(_)), _] => {
            Some((vec![time.clone(), DataType::Int32], time.clone()))
        }
        _ => None,
    },
    call: with_precision,
};

fn with_precision(call: &Call<'_>) -> Result<ArrayRef, SqlError> {
    let digits = call.arguments[1].as_primitive::<Int32Type>().iter().next().flatten().unwrap_or_default();
    let digits = u8::try_from(digits).unwrap_or(DIGITS_MAX).min(DIGITS_MAX);
    let unit = 10_i64.pow(u32::from(DIGITS_MAX - digits));
    // Halves away from zero.
    let nearest = |micros: i64| {
        let half = if micros < 0 { -unit / 2 } else { unit / 2 };
        micros.checked_add(half).map(|micros| micros / unit * unit)
    };
    let times = &call.arguments[0];
    Ok(match times.data_type() {
        DataType::Timestamp(..) => {
            let rounded: PrimitiveArray<TimestampMicrosecondType> = times
                .as_primitive::<TimestampMicrosecondType>()
                .try_unary(|time| rounded(time, digits).ok_or_else(out_of_range))?;
            Arc::new(rounded.with_data_type(call.result.clone()))
        }
        DataType::Time64(_) => {
            let rounded: PrimitiveArray<Time64MicrosecondType> = times
                .as_primitive::<Time64MicrosecondType>()
                .try_unary(|time| nearest(time).ok_or_else(out_of_range))?;
            Arc::new(rounded)
        }
        _ => {
            let rounded: PrimitiveArray<IntervalMonthDayNanoType> =
                times.as_primitive::<IntervalMonthDayNanoType>().try_unary(|value| {
                    let micros = nearest(value.nanoseconds / 1000).ok_or_else(out_of_range)?;
                    Ok::<_, SqlError>(IntervalMonthDayNano::new(value.months, value.days, micros * 1000))
                })?;
            Arc::new(rounded)
        }
    })
}
