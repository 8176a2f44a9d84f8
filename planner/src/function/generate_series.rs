//! `generate_series`: values from one to another by steps, as an array that is unnested where it stands.
//! A series of written integers in FROM is a [table].
//! <https://www.postgresql.org/docs/15/functions-srf.html>

pub(super) mod table;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Builder, Int32Builder, Int64Builder, ListArray,
    TimestampMicrosecondBuilder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Decimal128Type, Int32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType,
    TimestampMicrosecondType,
};
use datafusion::logical_expr::Volatility;

use super::interval::span;
use super::native::{Call, Definition, INTERVAL, Resolved, TIMESTAMP, timestamptz};
use super::timestamp;
use super::zone::Zone;
use crate::error::SqlError;

/// Values of one array: what is more is rather a table.
const VALUES_MAX: usize = 1 << 24;

pub(super) const GENERATE_SERIES: Definition =
    Definition { name: "generate_series", volatility: Volatility::Immutable, is_zoned: true, resolve, call };

/// The arguments are of one type, but for the step between times. A text that is written is of that type.
fn resolve(types: &[DataType], zone: &Arc<str>) -> Option<Resolved> {
    let is_open = |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::Null);
    let (from, step) = match types {
        [from, to] => ([from, to], None),
        [from, to, step] => ([from, to], Some(step)),
        _ => return None,
    };
    let is_instant = |data_type: &&DataType| matches!(data_type, DataType::Date32 | DataType::Timestamp(..));
    let is_zoned =
        |data_type: &&DataType| matches!(data_type, DataType::Date32 | DataType::Timestamp(_, Some(_)));
    if from.into_iter().any(|data_type| is_instant(&data_type)) {
        step.filter(|step| is_open(step) || **step == INTERVAL)?;
        if !from.into_iter().all(|data_type| is_open(data_type) || is_instant(&data_type)) {
            return None;
        }
        let of = if from.iter().any(is_zoned) { timestamptz(zone) } else { TIMESTAMP };
        return Some((vec![of.clone(), of.clone(), INTERVAL], list_of(of)));
    }
    if types.iter().all(is_open) {
        return None;
    }
    let mut common = DataType::Int32;
    for data_type in types.iter().filter(|data_type| !is_open(data_type)) {
        common = match (common, data_type) {
            (DataType::Decimal128(_, scale), DataType::Decimal128(_, other)) => {
                DataType::Decimal128(38, scale.max(*other))
            }
            (_, DataType::Decimal128(_, scale)) => DataType::Decimal128(38, *scale),
            (common @ DataType::Decimal128(..), integer) if integer.is_integer() => common,
            (_, DataType::Int64) => DataType::Int64,
            (common, DataType::Int16 | DataType::Int32) => common,
            _ => return None,
        };
    }
    Some((vec![common.clone(); types.len()], list_of(common)))
}

fn list_of(data_type: DataType) -> DataType {
    DataType::new_list(data_type, true)
}

/// A null argument makes a series of nothing.
fn call(call: &Call<'_>) -> Result<ArrayRef, SqlError> {
    let DataType::List(element) = call.result else {
        return Err(SqlError::new("XX000", "a series is an array"));
    };
    let zone = Zone::of_session(call.zone)?;
    // A numeric without a precision comes with as many digits as it was written with.
    let arguments = match element.data_type() {
        DataType::Decimal128(..) => {
            let same = call.arguments.iter().map(|argument| cast(argument, element.data_type()));
            same.collect::<Result<Vec<_>, _>>()?
        }
        _ => call.arguments.clone(),
    };
    let mut values = Values::new(element.data_type());
    let mut ends = vec![0];
    for row in 0..call.rows {
        if !call.is_null(row) {
            for value in Series::of(&arguments, row, zone)? {
                values.append(value?)?;
            }
        }
        ends.push(values.len);
    }
    let offsets = OffsetBuffer::from_lengths(ends.windows(2).map(|pair| pair[1] - pair[0]));
    let values = values.finish();
    Ok(Arc::new(ListArray::new(Arc::clone(element), offsets, values, None::<NullBuffer>)))
}

/// The values of one call, in the units of its type.
struct Series {
    next: Option<i128>,
    stop: i128,
    step: Step,
}

enum Step {
    Number(i128),
    Time { length: IntervalMonthDayNano, is_back: bool, zone: Zone },
}

impl Series {
    fn of(arguments: &[ArrayRef], row: usize, zone: Zone) -> Result<Self, SqlError> {
        let at = |index: usize| value_at(&arguments[index], row);
        let step = match arguments.get(2) {
            Some(step) if step.data_type() == &INTERVAL => {
                let length = step.as_primitive::<IntervalMonthDayNanoType>().value(row);
                let is_zoned = matches!(arguments[0].data_type(), DataType::Timestamp(_, Some(_)));
                let span = span(length);
                if span == 0 {
                    return Err(step_is_zero());
                }
                Step::Time { length, is_back: span < 0, zone: if is_zoned { zone } else { Zone::UTC } }
            }
            Some(_) if at(2) == 0 => return Err(step_is_zero()),
            Some(_) => Step::Number(at(2)),
            None => Step::Number(match arguments[0].data_type() {
                DataType::Decimal128(_, scale) => 10_i128.pow(scale.unsigned_abs().into()),
                _ => 1,
            }),
        };
        Ok(Self { next: Some(at(0)), stop: at(1), step })
    }
}

impl Iterator for Series {
    type Item = Result<i128, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.next.take()?;
        let is_back = match self.step {
            Step::Number(step) => step < 0,
            Step::Time { is_back, .. } => is_back,
        };
        if if is_back { value < self.stop } else { value > self.stop } {
            return None;
        }
        self.next = match self.step {
            Step::Number(step) => value.checked_add(step),
            Step::Time { length, zone, .. } => match timestamp::plus(value as i64, length, zone) {
                Some(next) => Some(next.into()),
                None => return Some(Err(timestamp::out_of_range())),
            },
        };
        Some(Ok(value))
    }
}

fn value_at(array: &ArrayRef, row: usize) -> i128 {
    match array.data_type() {
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value(row),
        _ => array.as_primitive::<TimestampMicrosecondType>().value(row).into(),
    }
}

/// The values of all arrays of a column. None is beyond where a series ends, so each is in its type's range.
struct Values {
    builder: Builder,
    len: usize,
}

enum Builder {
    Int4(Int32Builder),
    Int8(Int64Builder),
    Numeric(Decimal128Builder),
    Times(TimestampMicrosecondBuilder),
}

impl Values {
    fn new(data_type: &DataType) -> Self {
        let builder = match data_type {
            DataType::Int32 => Builder::Int4(Int32Builder::new()),
            DataType::Int64 => Builder::Int8(Int64Builder::new()),
            DataType::Decimal128(..) => {
                Builder::Numeric(Decimal128Builder::new().with_data_type(data_type.clone()))
            }
            _ => Builder::Times(TimestampMicrosecondBuilder::new().with_data_type(data_type.clone())),
        };
        Self { builder, len: 0 }
    }

    fn append(&mut self, value: i128) -> Result<(), SqlError> {
        if self.len == VALUES_MAX {
            let message = format!("a series has more than {VALUES_MAX} values");
            return Err(SqlError::new("54000", message)
                .with_hint("One of integers that are written out in FROM may have any number."));
        }
        self.len += 1;
        match &mut self.builder {
            Builder::Int4(builder) => builder.append_value(value as i32),
            Builder::Int8(builder) => builder.append_value(value as i64),
            Builder::Numeric(builder) => builder.append_value(value),
            Builder::Times(builder) => builder.append_value(value as i64),
        }
        Ok(())
    }

    fn finish(self) -> ArrayRef {
        match self.builder {
            Builder::Int4(mut builder) => Arc::new(builder.finish()),
            Builder::Int8(mut builder) => Arc::new(builder.finish()),
            Builder::Numeric(mut builder) => Arc::new(builder.finish()),
            Builder::Times(mut builder) => Arc::new(builder.finish()),
        }
    }
}

fn step_is_zero() -> SqlError {
    SqlError::new("22023", "step size cannot equal zero")
}
