//! One column of a batch, downcast once, written value by value.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array,
    Decimal256Array, DurationMicrosecondArray, Float32Array, Float64Array, Int16Array, Int32Array,
    Int64Array, IntervalMonthDayNanoArray, LargeBinaryArray, LargeStringArray, ListArray, StringArray,
    StringBuilder, StringViewArray, Time64MicrosecondArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, DurationMicrosecondType, Field, Float32Type,
    Float64Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType, IntervalUnit,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType, UInt32Type,
};
use arrow::error::ArrowError;
use bytes::{BufMut, BytesMut};
use chrono_tz::Tz;
use planner::IntervalStyle;

use super::record::{self, Field as RecordField};
use super::{Format, Style, array, datetime, float, interval, numeric, with_length};
use crate::pg::types::{PgType, Scalar};

/// A column ready to be written.
#[derive(Debug)]
pub struct Column {
    values: Values,
    nulls: Option<NullBuffer>,
    pub(super) scalar: Scalar,
    format: Format,
}

/// The arrays that have a writer; every other type is cast to one of these, once a batch.
#[derive(Debug)]
enum Values {
    Null,
    Bool(BooleanArray),
    Int2(Int16Array),
    Int4(Int32Array),
    Int8(Int64Array),
    Oid(UInt32Array),
    Float4(Float32Array),
    Float8(Float64Array),
    Decimal128(Decimal128Array, i8),
    Decimal256(Decimal256Array, i8),
    Utf8(StringArray),
    LargeUtf8(LargeStringArray),
    Utf8View(StringViewArray),
    Binary(BinaryArray),
    LargeBinary(LargeBinaryArray),
    BinaryView(BinaryViewArray),
    Date(Date32Array),
    Time(Time64MicrosecondArray),
    Timestamp(TimestampMicrosecondArray),
    TimestampTz(TimestampMicrosecondArray, Tz),
    Interval(IntervalMonthDayNanoArray, IntervalStyle),
    Duration(DurationMicrosecondArray, IntervalStyle),
    List(ListArray, Box<Column>),
    Record(Vec<RecordField>),
}

impl Column {
    /// The values of an array, to be written as this type in this format.
    pub fn new(array: &ArrayRef, pg: PgType, format: Format, style: Style) -> Result<Self, ArrowError> {
        let array = &unpacked(array)?;
        Ok(Self {
            values: Values::new(array, pg, format, style)?,
            nulls: array.logical_nulls(),
            scalar: pg.scalar,
            format,
        })
    }

    /// Whether a row has no value.
    pub fn is_null(&self, row: usize) -> bool {
        matches!(self.values, Values::Null) || self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Writes length and value, or the length -1 of null.
    pub fn write(&self, row: usize, out: &mut BytesMut) {
        if self.is_null(row) {
            out.put_i32(-1);
            return;
        }
        match self.format {
            Format::Text => with_length(out, |out| self.text(row, out)),
            Format::Binary => with_length(out, |out| self.binary_value(row, out)),
        }
    }

    /// Writes a value that is not null as text.
    pub fn text(&self, row: usize, out: &mut BytesMut) {
        match &self.values {
            Values::Null => {}
            Values::Bool(values) => out.put_u8(if values.value(row) { b't' } else { b'f' }),
            Values::Int2(values) => put_integer(out, values.value(row)),
            Values::Int4(values) => put_integer(out, values.value(row)),
            Values::Int8(values) => put_integer(out, values.value(row)),
            Values::Oid(values) => put_integer(out, values.value(row)),
            Values::Float4(values) => float::text32(values.value(row), out),
            Values::Float8(values) => float::text64(values.value(row), out),
            Values::Decimal128(values, scale) => numeric::text128(values.value(row), *scale, out),
            Values::Decimal256(values, scale) => numeric::text256(values.value(row), *scale, out),
            Values::Utf8(values) => out.put_slice(values.value(row).as_bytes()),
            Values::LargeUtf8(values) => out.put_slice(values.value(row).as_bytes()),
            Values::Utf8View(values) => out.put_slice(values.value(row).as_bytes()),
            Values::Binary(values) => self.bytes_text(values.value(row), out),
            Values::LargeBinary(values) => self.bytes_text(values.value(row), out),
            Values::BinaryView(values) => self.bytes_text(values.value(row), out),
            Values::Date(values) => datetime::date_text(values.value(row), out),
            Values::Time(values) => datetime::time_text(values.value(row), out),
            Values::Timestamp(values) => datetime::timestamp_text(values.value(row), None, out),
            Values::TimestampTz(values, zone) => {
                datetime::timestamp_text(values.value(row), Some(*zone), out)
            }
            Values::Interval(values, style) => interval::Parts::of_arrow(values.value(row)).text(*style, out),
            Values::Duration(values, style) => {
                interval::Parts::of_duration(values.value(row)).text(*style, out)
            }
            Values::List(values, elements) => array::text(values, elements, row, out),
            Values::Record(fields) => record::text(fields, row, out),
        }
    }

    /// Writes a value that is not null as PostgreSQL's `send` functions do.
    pub(super) fn binary_value(&self, row: usize, out: &mut BytesMut) {
        match &self.values {
            Values::Null => {}
            Values::Bool(values) => out.put_u8(u8::from(values.value(row))),
            Values::Int2(values) => out.put_i16(values.value(row)),
            Values::Int4(values) => out.put_i32(values.value(row)),
            Values::Int8(values) => out.put_i64(values.value(row)),
            Values::Oid(values) => out.put_u32(values.value(row)),
            Values::Float4(values) => out.put_f32(values.value(row)),
            Values::Float8(values) => out.put_f64(values.value(row)),
            Values::Decimal128(values, scale) => numeric::binary128(values.value(row), *scale, out),
            Values::Decimal256(values, scale) => numeric::binary256(values.value(row), *scale, out),
            Values::Utf8(values) => self.text_binary(values.value(row), out),
            Values::LargeUtf8(values) => self.text_binary(values.value(row), out),
            Values::Utf8View(values) => self.text_binary(values.value(row), out),
            Values::Binary(values) => out.put_slice(values.value(row)),
            Values::LargeBinary(values) => out.put_slice(values.value(row)),
            Values::BinaryView(values) => out.put_slice(values.value(row)),
            Values::Date(values) => out.put_i32(datetime::date_binary(values.value(row))),
            Values::Time(values) => out.put_i64(values.value(row)),
            Values::Timestamp(values) | Values::TimestampTz(values, _) => {
                out.put_i64(datetime::timestamp_binary(values.value(row)));
            }
            Values::Interval(values, _) => interval::Parts::of_arrow(values.value(row)).binary(out),
            Values::Duration(values, _) => interval::Parts::of_duration(values.value(row)).binary(out),
            Values::List(values, elements) => array::binary(values, elements, row, out),
            Values::Record(fields) => record::binary(fields, row, out),
        }
    }

    /// The types that share Arrow's strings differ in binary.
    fn text_binary(&self, value: &str, out: &mut BytesMut) {
        match self.scalar {
            // The version of the format, then the text.
            Scalar::Jsonb | Scalar::Jsonpath => {
                out.put_u8(1);
                out.put_slice(value.as_bytes());
            }
            Scalar::Uuid => {
                let digits = value.bytes().filter_map(|byte| (byte as char).to_digit(16));
                let mut bits = 0_u128;
                digits.take(32).for_each(|digit| bits = (bits << 4) | u128::from(digit));
                out.put_u128(bits);
            }
            _ => out.put_slice(value.as_bytes()),
        }
    }

    fn bytes_text(&self, value: &[u8], out: &mut BytesMut) {
        if self.scalar == Scalar::Uuid {
            for (index, byte) in value.iter().enumerate() {
                if matches!(index, 4 | 6 | 8 | 10) {
                    out.put_u8(b'-');
                }
                put_hex(out, *byte);
            }
            return;
        }
        out.put_slice(b"\\x");
        out.reserve(value.len() * 2);
        value.iter().for_each(|byte| put_hex(out, *byte));
    }
}

impl Values {
    fn new(array: &ArrayRef, pg: PgType, format: Format, style: Style) -> Result<Self, ArrowError> {
        let to = |target: &DataType| cast(array, target);
        if matches!(array.data_type(), DataType::Null) {
            return Ok(Self::Null);
        }
        if pg.array {
            return Self::list(array, pg, format, style);
        }
        Ok(match pg.scalar {
            Scalar::Bool => Self::Bool(to(&DataType::Boolean)?.as_boolean().clone()),
            Scalar::Int2 => Self::Int2(to(&DataType::Int16)?.as_primitive::<Int16Type>().clone()),
            Scalar::Int4 => Self::Int4(to(&DataType::Int32)?.as_primitive::<Int32Type>().clone()),
            Scalar::Int8 => Self::Int8(to(&DataType::Int64)?.as_primitive::<Int64Type>().clone()),
            Scalar::Oid => Self::Oid(to(&DataType::UInt32)?.as_primitive::<UInt32Type>().clone()),
            Scalar::Float4 => Self::Float4(to(&DataType::Float32)?.as_primitive::<Float32Type>().clone()),
            Scalar::Float8 => Self::Float8(to(&DataType::Float64)?.as_primitive::<Float64Type>().clone()),
            Scalar::Numeric => Self::decimal(array)?,
            Scalar::Bytea => Self::bytes(array)?,
            Scalar::Date => Self::Date(to(&DataType::Date32)?.as_primitive::<Date32Type>().clone()),
            Scalar::Time => {
                let times = to(&DataType::Time64(TimeUnit::Microsecond))?;
                Self::Time(times.as_primitive::<Time64MicrosecondType>().clone())
            }
            Scalar::Timestamp => Self::Timestamp(micros(array)?),
            Scalar::TimestampTz => Self::TimestampTz(micros(array)?, style.zone),
            Scalar::Interval => Self::interval(array, style.intervals)?,
            Scalar::Record => match array.as_struct_opt() {
                Some(rows) => Self::Record(record::fields(rows, format, style)?),
                None => Self::string(array)?,
            },
            Scalar::Uuid if matches!(array.data_type(), DataType::FixedSizeBinary(16)) => Self::bytes(array)?,
            Scalar::Bpchar => Self::filled(array, pg.modifier)?,
            Scalar::Name
            | Scalar::Char
            | Scalar::Text
            | Scalar::Varchar
            | Scalar::Uuid
            | Scalar::Json
            | Scalar::Jsonb
            | Scalar::Jsonpath => Self::string(array)?,
        })
    }

    /// A `character(n)`, with the blanks that fill it up and that it is carried without.
    fn filled(array: &ArrayRef, modifier: i32) -> Result<Self, ArrowError> {
        let texts = cast(array, &DataType::Utf8View)?;
        // `atttypmod` counts a header of four bytes too.
        let Some(length) = usize::try_from(modifier - 4).ok().filter(|length| *length > 0) else {
            return Self::string(&texts);
        };
        let texts = texts.as_string_view();
        let mut filled = StringBuilder::with_capacity(texts.len(), texts.len() * length);
        for text in texts {
            let Some(text) = text else {
                filled.append_null();
                continue;
            };
            let blanks = length.saturating_sub(text.chars().count());
            // Written in place; a builder in memory does not fail.
            let _ = write!(filled, "{text}{:blanks$}", "");
            filled.append_value("");
        }
        Ok(Self::Utf8(filled.finish()))
    }

    fn string(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Utf8(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string::<i64>().clone()),
            DataType::Utf8View => Self::Utf8View(array.as_string_view().clone()),
            DataType::Map(..) | DataType::Union(..) => Self::Utf8(displayed(array)?),
            _ => Self::Utf8(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
        })
    }

    fn bytes(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Binary => Self::Binary(array.as_binary::<i32>().clone()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary::<i64>().clone()),
            DataType::BinaryView => Self::BinaryView(array.as_binary_view().clone()),
            _ => Self::Binary(cast(array, &DataType::Binary)?.as_binary::<i32>().clone()),
        })
    }

    fn decimal(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Decimal128(_, scale) => {
                Self::Decimal128(array.as_primitive::<Decimal128Type>().clone(), *scale)
            }
            DataType::Decimal256(_, scale) => {
                Self::Decimal256(array.as_primitive::<Decimal256Type>().clone(), *scale)
            }
            other => {
                let scale = match other {
                    DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) => *scale,
                    _ => 0,
                };
                let wide = cast(array, &DataType::Decimal128(38, scale))?;
                Self::Decimal128(wide.as_primitive::<Decimal128Type>().clone(), scale)
            }
        })
    }

    fn interval(array: &ArrayRef, style: IntervalStyle) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Duration(_) => {
                let micros = cast(array, &DataType::Duration(TimeUnit::Microsecond))?;
                Self::Duration(micros.as_primitive::<DurationMicrosecondType>().clone(), style)
            }
            _ => {
                let wide = cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
                Self::Interval(wide.as_primitive::<IntervalMonthDayNanoType>().clone(), style)
            }
        })
    }

    fn list(array: &ArrayRef, pg: PgType, format: Format, style: Style) -> Result<Self, ArrowError> {
        let element = match array.data_type() {
            DataType::List(element)
            | DataType::LargeList(element)
            | DataType::ListView(element)
            | DataType::LargeListView(element)
            | DataType::FixedSizeList(element, _) => element,
            // Text in the form of an array, as the catalog has it: `{a,b}`.
            _ => return Self::string(array),
        };
        let nested = PgType::of_field(element).array;
        let field = Arc::new(Field::new_list_field(element.data_type().clone(), true));
        let lists = cast(array, &DataType::List(field))?.as_list::<i32>().clone();
        let elements = Column::new(lists.values(), PgType { array: nested, ..pg }, format, style)?;
        Ok(Self::List(lists, Box::new(elements)))
    }
}

impl Column {
    /// The lists of a column of arrays of arrays.
    pub(super) fn lists(&self) -> Option<(&ListArray, &Column)> {
        match &self.values {
            Values::List(lists, elements) => Some((lists, elements)),
            _ => None,
        }
    }
}

/// Dictionary and run-end arrays as plain ones.
fn unpacked(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Dictionary(_, values) => cast(array, values),
        DataType::RunEndEncoded(_, values) => cast(array, values.data_type()),
        _ => Ok(Arc::clone(array)),
    }
}

fn micros(array: &ArrayRef) -> Result<TimestampMicrosecondArray, ArrowError> {
    // Only the unit changes: the zone of an Arrow timestamp does not change the instant.
    let zone = match array.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, zone))?;
    Ok(micros.as_primitive::<TimestampMicrosecondType>().clone())
}

/// Maps and unions have no form of their own on our wire: Arrow's display text.
fn displayed(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let options = arrow::util::display::FormatOptions::default();
    let formatter = arrow::util::display::ArrayFormatter::try_new(array, &options)?;
    Ok((0..array.len()).map(|row| array.is_valid(row).then(|| formatter.value(row).to_string())).collect())
}

fn put_integer(out: &mut BytesMut, value: impl itoa::Integer) {
    out.put_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn put_hex(out: &mut BytesMut, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.put_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}
