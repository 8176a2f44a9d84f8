//! `time_bucket`: the begin of the bucket that a time lies in, and what fills the gaps between buckets.
//!
//! The rules are TimescaleDB's: buckets of a fixed length count from Monday 2000-01-03 00:00, as the time
//! chunks of tables do, those of months from January 2000, in UTC unless a zone is given.

mod bucket;
mod fill;
mod gapfill;
mod interpolate;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, IntervalMonthDayNanoType, TimestampMicrosecondType};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, WindowUDF,
};

use self::bucket::{Bucket, Length};
use super::calendar::DAY_MICROS;
use super::columns::call_columns;
use super::native::{INTERVAL, TIMESTAMP, missing, timestamptz};
use super::timestamp::out_of_range;
use super::zone::{Zone, Zones};
use crate::error::SqlError;

pub(crate) use fill::function as fill;
pub(crate) use gapfill::{Call as GapfillCall, NAME as GAPFILL};

/// `time_bucket`.
pub(crate) fn function() -> ScalarUDF {
    ScalarUDF::from(TimeBucket { signature: Signature::user_defined(Volatility::Immutable) })
}

/// `time_bucket_gapfill`.
pub(super) fn gapfill() -> ScalarUDF {
    gapfill::function()
}

/// `locf` and `interpolate`.
pub(super) fn windows() -> [WindowUDF; 2] {
    interpolate::functions()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct TimeBucket {
    signature: Signature,
}

/// Where the arguments behind length and time stand.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    zone: Option<usize>,
    origin: Option<usize>,
    offset: Option<usize>,
}

fn is_open(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::Null)
}

/// The time's type; an open literal is an instant.
fn time(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Date32 => Some(DataType::Date32),
        DataType::Timestamp(_, None) => Some(TIMESTAMP),
        DataType::Timestamp(_, Some(zone)) => Some(timestamptz(zone)),
        open if is_open(open) => Some(timestamptz(&"UTC".into())),
        _ => None,
    }
}

/// The types that the arguments are cast to, and what the ones behind the time are.
fn resolve(types: &[DataType]) -> Option<(Vec<DataType>, Places)> {
    let (length, given, rest) = match types {
        [length, given, rest @ ..] => (length, time(given)?, rest),
        _ => return None,
    };
    if *length != INTERVAL && !is_open(length) {
        return None;
    }
    let is_instant = matches!(given, DataType::Timestamp(_, Some(_)));
    let mut taken = vec![INTERVAL, given.clone()];
    let mut places = Places::default();
    let is_text = |data_type: &DataType| is_open(data_type) || data_type.is_string();
    match rest {
        [] => {}
        [offset] if *offset == INTERVAL => {
            taken.push(INTERVAL);
            places.offset = Some(2);
        }
        [origin] if time(origin).is_some() && !is_open(origin) => {
            taken.push(given);
            places.origin = Some(2);
        }
        [zone, rest @ ..] if is_instant && is_text(zone) && rest.len() <= 2 => {
            taken.push(DataType::Utf8View);
            places.zone = Some(2);
            if let [origin, ..] = rest {
                time(origin)?;
                taken.push(given);
                places.origin = Some(3);
            }
            if let [_, offset] = rest {
                (*offset == INTERVAL || is_open(offset)).then_some(())?;
                taken.push(INTERVAL);
                places.offset = Some(4);
            }
        }
        _ => return None,
    }
    Some((taken, places))
}

impl ScalarUDFImpl for TimeBucket {
    fn name(&self) -> &str {
        "time_bucket"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match resolve(types) {
            Some((taken, _)) => Ok(taken),
            None => plan_err!("{}", missing(self.name(), types)),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types.get(1).and_then(time) {
            Some(time) => Ok(time),
            None => plan_err!("{}", missing(self.name(), types)),
        }
    }

    /// Buckets come in the order of their times, but for a zone whose clock is set back.
    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties> {
        Ok(match inputs {
            [length, time] if length.sort_properties == SortProperties::Singleton => time.sort_properties,
            _ => SortProperties::Unordered,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let Some((_, places)) = resolve(&types) else { return plan_err!("{}", missing(self.name(), &types)) };
        let result = args.return_type().clone();
        call_columns(&args, |arguments, rows| -> Result<ArrayRef, SqlError> {
            let begins = begins(&arguments, places, rows)?;
            if result == DataType::Date32 {
                let days = begins.iter().map(|begin| begin.map(|begin| begin.div_euclid(DAY_MICROS) as i32));
                return Ok(Arc::new(days.collect::<Date32Array>()) as ArrayRef);
            }
            Ok(Arc::new(begins.with_data_type(result.clone())) as ArrayRef)
        })
    }
}

/// Dates and times in microseconds since 1970.
fn micros(column: &ArrayRef) -> Result<TimestampMicrosecondArray, SqlError> {
    match column.data_type() {
        DataType::Date32 => column
            .as_primitive::<Date32Type>()
            .try_unary(|day| i64::from(day).checked_mul(DAY_MICROS).ok_or_else(out_of_range)),
        _ => Ok(column.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<&str>)),
    }
}

fn begins(
    arguments: &[ArrayRef],
    places: Places,
    rows: usize,
) -> Result<TimestampMicrosecondArray, SqlError> {
    let lengths = arguments[0].as_primitive::<IntervalMonthDayNanoType>();
    let times = micros(&arguments[1])?;
    let origins = places.origin.map(|place| micros(&arguments[place])).transpose()?;
    let offsets = places.offset.map(|place| arguments[place].as_primitive::<IntervalMonthDayNanoType>());
    let names = places.zone.map(|place| cast(&arguments[place], &DataType::Utf8View)).transpose()?;
    let mut zones = Zones::default();
    let mut last: Option<(_, Length)> = None;
    let mut begins = TimestampMicrosecondArray::builder(rows);
    for row in 0..rows {
        // An origin that is null is none.
        let is_null = [Some(0), Some(1), places.zone, places.offset].into_iter().flatten();
        if is_null.into_iter().any(|place| arguments[place].is_null(row)) {
            begins.append_null();
            continue;
        }
        let interval = lengths.value(row);
        let length = match last {
            Some((known, length)) if known == interval => length,
            _ => Length::of(interval)?,
        };
        last = Some((interval, length));
        let zone = match &names {
            Some(names) => zones.of(names.as_string_view().value(row))?,
            None => Zone::UTC,
        };
        let origin =
            origins.as_ref().filter(|origins| origins.is_valid(row)).map(|origins| origins.value(row));
        let offset = offsets.map(|offsets| offsets.value(row));
        let bucket = Bucket { length, zone, origin, offset };
        begins.append_value(bucket.begin(times.value(row)).ok_or_else(out_of_range)?);
    }
    Ok(begins.finish())
}
