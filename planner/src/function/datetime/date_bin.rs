//! `date_bin(stride, time, origin)`: the begin of the stride that a time lies in. The engine's own counts
//! in nanoseconds, which reach over 584 years only.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::{common_time, is_open, taken, times};
use crate::error::SqlError;
use crate::function::calendar::DAY_MICROS;
use crate::function::columns::call_columns;
use crate::function::native::{Call, INTERVAL, TIMESTAMP, missing};
use crate::function::timestamp::out_of_range;

/// The function, for sessions in this zone.
pub(crate) fn function(zone: &str) -> ScalarUDF {
    ScalarUDF::from(DateBin { zone: zone.into(), signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateBin {
    zone: Arc<str>,
    signature: Signature,
}

impl ScalarUDFImpl for DateBin {
    fn name(&self) -> &str {
        "date_bin"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if let [stride, time, origin] = types
            && (stride == &INTERVAL || is_open(stride))
            && let Some(common) = common_time(&[time.clone(), origin.clone()], &self.zone)
        {
            return Ok(vec![INTERVAL, taken(time, &common), taken(origin, &common)]);
        }
        plan_err!("{}", missing(self.name(), types))
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match common_time(types.get(1..).unwrap_or_default(), &self.zone) {
            Some(common) => Ok(common),
            None => plan_err!("{}", missing(self.name(), types)),
        }
    }

    /// Bins come in the order of their times.
    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        Ok(match inputs {
            [stride, time, origin]
                if stride.sort_properties == SortProperties::Singleton
                    && origin.sort_properties == SortProperties::Singleton =>
            {
                time.sort_properties
            }
            _ => SortProperties::Unordered,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let result = args.return_type();
        call_columns(&args, |arguments, rows| -> Result<_, SqlError> {
            let call = Call { arguments, result, rows, zone: &self.zone };
            let is_local = result == &TIMESTAMP;
            let strides = call.arguments[0].as_primitive::<IntervalMonthDayNanoType>();
            let (times, origins) = (times(&call, 1, is_local)?, times(&call, 2, is_local)?);
            let mut last: Option<(IntervalMonthDayNano, i64)> = None;
            let mut bins = Vec::with_capacity(rows);
            for row in 0..rows {
                if call.is_null(row) {
                    bins.push(None);
                    continue;
                }
                let stride = strides.value(row);
                let micros = match last {
                    Some((known, micros)) if known == stride => micros,
                    _ => width(stride)?,
                };
                last = Some((stride, micros));
                bins.push(Some(
                    begin(times.value(row), origins.value(row), micros).ok_or_else(out_of_range)?,
                ));
            }
            let bins = TimestampMicrosecondArray::from(bins).with_data_type(result.clone());
            Ok(Arc::new(bins) as ArrayRef)
        })
    }
}

/// In microseconds.
fn width(stride: IntervalMonthDayNano) -> Result<i64, SqlError> {
    if stride.months != 0 {
        let message = "timestamps cannot be binned into intervals containing months or years";
        return Err(SqlError::new("0A000", message));
    }
    let days = i64::from(stride.days).checked_mul(DAY_MICROS);
    let width = days.and_then(|days| days.checked_add(stride.nanoseconds / 1000));
    match width.ok_or_else(|| SqlError::new("22008", "interval out of range"))? {
        ..=0 => Err(SqlError::new("22008", "stride must be greater than zero")),
        width => Ok(width),
    }
}

fn begin(time: i64, origin: i64, width: i64) -> Option<i64> {
    let since = time.checked_sub(origin)?;
    time.checked_sub(since.rem_euclid(width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_begin_before_their_times() {
        assert_eq!(begin(17, 0, 5), Some(15));
        assert_eq!(begin(15, 0, 5), Some(15));
        assert_eq!(begin(-1, 0, 5), Some(-5));
        assert_eq!(begin(17, 21, 5), Some(16));
        assert!(width(IntervalMonthDayNano::new(1, 0, 0)).is_err());
        assert!(width(IntervalMonthDayNano::new(0, 0, 0)).is_err());
    }
}
