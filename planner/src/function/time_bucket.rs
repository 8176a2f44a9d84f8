//! `time_bucket(interval, timestamp)`: the begin of the bucket that a time lies in. Buckets begin at
//! 2000-01-03 00:00 UTC, a Monday, as the time chunks of tables do.

use std::sync::Arc;

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, IntervalMonthDayNanoType, IntervalUnit, TimeUnit, TimestampMicrosecondType,
};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// 2000-01-03 00:00 UTC, in microseconds since 1970.
const ORIGIN_MICROS: i64 = 946_857_600_000_000;
const DAY_MICROS: i64 = 86_400_000_000;

/// The function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(TimeBucket { signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TimeBucket {
    signature: Signature,
}

impl ScalarUDFImpl for TimeBucket {
    fn name(&self) -> &str {
        "time_bucket"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let [_, time] = arg_types else {
            return plan_err!("time_bucket takes an interval and a timestamp");
        };
        let zone = match time {
            DataType::Timestamp(_, zone) => zone.clone(),
            DataType::Date32 => None,
            _ => Some("UTC".into()),
        };
        Ok(vec![
            DataType::Interval(IntervalUnit::MonthDayNano),
            DataType::Timestamp(TimeUnit::Microsecond, zone),
        ])
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[1].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [interval, time] = args.args.as_slice() else {
            return exec_err!("time_bucket takes an interval and a timestamp");
        };
        let ColumnarValue::Scalar(ScalarValue::IntervalMonthDayNano(interval)) = interval else {
            return exec_err!("the interval of time_bucket must be a constant");
        };
        let times = time.to_array(args.number_rows)?;
        let Some(interval) = interval else {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from(times.data_type())?));
        };
        let (months, days, nanos) = IntervalMonthDayNanoType::to_parts(*interval);
        if months != 0 {
            return exec_err!("time_bucket takes no months: their length varies; use date_trunc");
        }
        let width = i64::from(days) * DAY_MICROS + nanos / 1_000;
        if width <= 0 {
            return exec_err!("the interval of time_bucket must be positive");
        }
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let begins: PrimitiveArray<TimestampMicrosecondType> = times
            .unary_opt(|time| {
                let since = time.checked_sub(ORIGIN_MICROS)?;
                since.checked_sub(since.rem_euclid(width))?.checked_add(ORIGIN_MICROS)
            })
            .with_data_type(times.data_type().clone());
        Ok(ColumnarValue::Array(Arc::new(begins)))
    }
}
