//! `date_part`, and `extract` above it: numbers with fractions where PostgreSQL has them.
//! <https://www.postgresql.org/docs/15/functions-datetime.html#FUNCTIONS-DATETIME-EXTRACT>

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float64Type, IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

const MINUTE_MICROS: i64 = 60_000_000;

/// Wraps the engine's function.
pub(super) fn function(engine: Arc<ScalarUDF>) -> ScalarUDF {
    ScalarUDF::from(DatePart { engine })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DatePart {
    engine: Arc<ScalarUDF>,
}

impl ScalarUDFImpl for DatePart {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn aliases(&self) -> &[String] {
        self.engine.aliases()
    }

    fn signature(&self) -> &Signature {
        self.engine.signature()
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let field = match &args.args[0] {
            ColumnarValue::Scalar(field) => field.try_as_str().flatten().unwrap_or_default().to_lowercase(),
            ColumnarValue::Array(_) => String::new(),
        };
        let is_scalar = matches!(args.args[1], ColumnarValue::Scalar(_));
        let rows = if is_scalar { 1 } else { args.number_rows };
        // In microseconds of the minute.
        let factor = match field.as_str() {
            "second" | "seconds" | "sec" | "secs" => Some(1e6),
            "millisecond" | "milliseconds" | "msec" | "msecs" => Some(1e3),
            "microsecond" | "microseconds" | "usec" | "usecs" => Some(1.0),
            _ => None,
        };
        if let Some(factor) = factor
            && let Some(micros) = within_minute(&args.args[1].to_array(rows)?)
        {
            return answer(Arc::new(micros.unary::<_, Float64Type>(|micros| micros / factor)), is_scalar);
        }
        // Counted in years by PostgreSQL, and unknown to the engine.
        let of_years: Option<fn(f64) -> f64> = match field.as_str() {
            "decade" | "decades" => Some(|year| (year / 10.0).floor()),
            "century" | "centuries" => Some(|year| ((year + 99.0) / 100.0).floor()),
            "millennium" | "millennia" => Some(|year| ((year + 999.0) / 1000.0).floor()),
            _ => None,
        };
        if of_years.is_some() {
            args.args[0] = ColumnarValue::Scalar(ScalarValue::from("year"));
            args.arg_fields[0] = Arc::new(args.arg_fields[0].as_ref().clone().with_data_type(DataType::Utf8));
        }
        args.return_field =
            self.engine.return_field_from_args(datafusion::logical_expr::ReturnFieldArgs {
                arg_fields: &args.arg_fields,
                scalar_arguments: &[scalar(&args.args[0]), scalar(&args.args[1])],
            })?;
        let parts = self.engine.invoke_with_args(args)?.to_array(rows)?;
        let parts = cast(&parts, &DataType::Float64)?;
        match of_years {
            Some(of_years) => {
                let parts = parts.as_primitive::<Float64Type>().unary::<_, Float64Type>(of_years);
                answer(Arc::new(parts), is_scalar)
            }
            None => answer(parts, is_scalar),
        }
    }
}

fn scalar(value: &ColumnarValue) -> Option<&ScalarValue> {
    match value {
        ColumnarValue::Scalar(value) => Some(value),
        ColumnarValue::Array(_) => None,
    }
}

fn answer(values: ArrayRef, is_scalar: bool) -> Result<ColumnarValue> {
    Ok(match is_scalar {
        true => ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?),
        false => ColumnarValue::Array(values),
    })
}

/// Microseconds since the minute began; None of what has no time. Zones differ by whole minutes.
fn within_minute(times: &ArrayRef) -> Option<Float64Array> {
    Some(match times.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => times
            .as_primitive::<TimestampMicrosecondType>()
            .unary(|micros| micros.rem_euclid(MINUTE_MICROS) as f64),
        DataType::Time64(TimeUnit::Microsecond) => times
            .as_primitive::<Time64MicrosecondType>()
            .unary(|micros| micros.rem_euclid(MINUTE_MICROS) as f64),
        // Of a length before zero the part is below zero, too.
        DataType::Interval(IntervalUnit::MonthDayNano) => times
            .as_primitive::<IntervalMonthDayNanoType>()
            .unary(|interval| (interval.nanoseconds / 1000 % MINUTE_MICROS) as f64),
        _ => return None,
    })
}
