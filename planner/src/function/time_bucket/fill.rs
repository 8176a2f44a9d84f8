//! Filling the gaps of one group's buckets.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, PrimitiveArray, StructArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, interleave};
use arrow::datatypes::{DataType, Field, FieldRef, IntervalMonthDayNanoType, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::bucket::{Bucket, Length};
use super::gapfill::{Call, none};
use super::micros;
use crate::error::SqlError;
use crate::function::columns::call_columns;
use crate::function::native::INTERVAL;
use crate::function::timestamp::out_of_range;
use crate::function::zone::Zone;

/// A bound on the memory that one group's rows take.
const BUCKETS_MAX: usize = 1_000_000;

/// `rows`, an array of records whose first field is the bucket's begin, in order and with a record for
/// each bucket of the range, the rest of which is null where there was none.
pub(crate) fn function(rows: Expr, call: Call) -> Expr {
    let fill = ScalarUDF::from(Fill { signature: Signature::any(5, Volatility::Immutable) });
    let [zone, start, finish] = [call.zone, call.start, call.finish].map(|given| given.unwrap_or_else(none));
    let length = datafusion::logical_expr::cast(call.length, INTERVAL);
    fill.call(vec![rows, length, zone, start, finish])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Fill {
    signature: Signature,
}

impl ScalarUDFImpl for Fill {
    fn name(&self) -> &str {
        "fill_buckets"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match &types[0] {
            DataType::List(item) => {
                let item = Field::new(item.name(), item.data_type().clone(), true);
                Ok(DataType::List(Arc::new(item)))
            }
            other => plan_err!("fill_buckets takes an array, not {other}"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let data_type = self.return_type(&[args.arg_fields[0].data_type().clone()])?;
        Ok(Arc::new(Field::new(self.name(), data_type, false)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let DataType::List(item) = args.return_type().clone() else {
            return exec_err!("fill_buckets gives an array");
        };
        call_columns(&args, |arguments, rows| fill(&arguments, rows, &item))
    }
}

fn fill(arguments: &[ArrayRef], rows: usize, item: &FieldRef) -> Result<ArrayRef, SqlError> {
    let groups = arguments[0].as_list::<i32>();
    let records = groups.values().as_struct();
    let lengths = arguments[1].as_primitive::<IntervalMonthDayNanoType>();
    let zones = cast(&arguments[2], &DataType::Utf8View)?;
    let known = micros(records.column(0))?;
    // What a new record has: a begin of its own, and nulls.
    let mut begins: Vec<Option<i64>> = Vec::new();
    // The record, or the one null behind them all.
    let mut places: Vec<(usize, usize)> = Vec::new();
    let (starts, finishes) = (micros(&arguments[3])?, micros(&arguments[4])?);
    let mut lengths_of = Vec::with_capacity(rows);
    for row in 0..rows {
        if arguments[1].is_null(row) || arguments[3].is_null(row) || arguments[4].is_null(row) {
            return Err(SqlError::new("22004", "the range of time_bucket_gapfill must not be null"));
        }
        let (start, finish) = (starts.value(row), finishes.value(row));
        let zone = match zones.is_valid(row) {
            true => Zone::of(zones.as_string_view().value(row))?,
            false => Zone::UTC,
        };
        let bucket = Bucket { length: Length::of(lengths.value(row))?, zone, origin: None, offset: None };
        let mut given: Vec<usize> = match groups.is_valid(row) {
            true => {
                (groups.value_offsets()[row] as usize..groups.value_offsets()[row + 1] as usize).collect()
            }
            false => Vec::new(),
        };
        // Those of no time come last.
        given.sort_by_key(|place| {
            (known.is_null(*place), known.is_valid(*place).then(|| known.value(*place)))
        });
        let mut given = given.into_iter().peekable();
        let mut next = Some(bucket.begin(start).ok_or_else(out_of_range)?);
        let before = places.len();
        loop {
            let gap = next.filter(|begin| *begin < finish);
            let record = given.peek().map(|place| known.is_valid(*place).then(|| known.value(*place)));
            let takes_record = match (record, gap) {
                (None, None) => break,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some(time), Some(gap)) => time.is_some_and(|time| time <= gap),
            };
            if takes_record && let Some(place) = given.next() {
                begins.push(record.flatten());
                places.push((0, place));
                if record.flatten() == gap {
                    next = gap.and_then(|begin| bucket.next(begin));
                }
            } else {
                begins.push(gap);
                places.push((1, 0));
                next = gap.and_then(|begin| bucket.next(begin));
            }
            if places.len() - before > BUCKETS_MAX {
                let message = format!("time_bucket_gapfill would give more than {BUCKETS_MAX} rows");
                return Err(
                    SqlError::new("54000", message).with_hint("Choose longer buckets or a shorter range.")
                );
            }
        }
        lengths_of.push(places.len() - before);
    }
    let DataType::Struct(fields) = item.data_type() else {
        return Err(SqlError::new("XX000", "fill_buckets takes records"));
    };
    let mut columns = Vec::with_capacity(fields.len());
    let first: PrimitiveArray<TimestampMicrosecondType> = begins.into_iter().collect();
    columns.push(match fields[0].data_type() {
        DataType::Date32 => cast(&first, &DataType::Date32)?,
        data_type => Arc::new(first.with_data_type(data_type.clone())),
    });
    for column in &records.columns()[1..] {
        let null = new_null_array(column.data_type(), 1);
        columns.push(interleave(&[column.as_ref(), null.as_ref()], &places)?);
    }
    let records = StructArray::try_new(fields.clone(), columns, None)?;
    let filled = ListArray::try_new(
        Arc::clone(item),
        OffsetBuffer::from_lengths(lengths_of),
        Arc::new(records),
        None,
    )?;
    Ok(Arc::new(filled))
}
