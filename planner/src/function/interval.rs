//! `interval * number`, which the engine lacks. What months and days can't hold goes to the next unit,
//! at 30 days a month: <https://www.postgresql.org/docs/15/functions-datetime.html#OPERATORS-DATETIME-TABLE>

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, IntervalMonthDayNanoArray};
use arrow::datatypes::{DataType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::SqlError;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);
const DAY_NANOS: f64 = 86_400e9;
const MONTH_DAYS: f64 = 30.0;

/// The product of an interval and a float.
pub(crate) fn times() -> ScalarUDF {
    ScalarUDF::from(Times {
        signature: Signature::exact(vec![INTERVAL, DataType::Float64], Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Times {
    signature: Signature,
}

impl ScalarUDFImpl for Times {
    fn name(&self) -> &str {
        "interval_times"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(INTERVAL)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let (intervals, factors) = (args.args[0].to_array(rows)?, args.args[1].to_array(rows)?);
        let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
        let factors = factors.as_primitive::<Float64Type>();
        let mut products = Vec::with_capacity(rows);
        for (interval, factor) in intervals.iter().zip(factors) {
            products.push(match (interval, factor) {
                (Some(interval), Some(factor)) => Some(product(interval, factor).ok_or_else(out_of_range)?),
                _ => None,
            });
        }
        let products: ArrayRef = Arc::new(IntervalMonthDayNanoArray::from(products));
        debug_assert_eq!(products.len(), rows);
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&products, 0)?),
            false => ColumnarValue::Array(products),
        })
    }
}

/// None where a part leaves its range.
fn product(interval: IntervalMonthDayNano, factor: f64) -> Option<IntervalMonthDayNano> {
    let months = f64::from(interval.months) * factor;
    let days = f64::from(interval.days) * factor;
    // To the microsecond, as PostgreSQL rounds what is left over.
    let rounded = |value: f64| (value * 1e6).round() / 1e6;
    let over = rounded((months - months.trunc()) * MONTH_DAYS);
    let mut days_whole = days.trunc() + over.trunc();
    let mut nanos = rounded((days - days.trunc() + over - over.trunc()) * 86_400.0) * 1e9;
    if nanos.abs() >= DAY_NANOS {
        days_whole += (nanos / DAY_NANOS).trunc();
        nanos %= DAY_NANOS;
    }
    let nanos = ((interval.nanoseconds as f64 * factor + nanos) / 1e3).round() * 1e3;
    let fits = |value: f64, max: f64| value.is_finite() && value.abs() <= max;
    let fit =
        fits(months, f64::from(i32::MAX)) && fits(days_whole, f64::from(i32::MAX)) && fits(nanos, 9.2e18);
    fit.then(|| IntervalMonthDayNano::new(months.trunc() as i32, days_whole as i32, nanos as i64))
}

fn out_of_range() -> DataFusionError {
    DataFusionError::External(Box::new(SqlError::new("22008", "interval out of range")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 answers.
    #[test]
    fn parts_spill_into_smaller_ones() {
        let check = |months, days, nanos, factor, expected: (i32, i32, i64)| {
            let product = product(IntervalMonthDayNano::new(months, days, nanos), factor).unwrap();
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
        assert!(product(IntervalMonthDayNano::new(i32::MAX, 0, 0), 2.0).is_none());
    }
}
