//! The columns of a batch under construction.

use arrow::array::{
    ArrayRef, BinaryViewBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, ListBuilder, RecordBatch, RecordBatchOptions,
    StringViewBuilder, Time64MicrosecondBuilder, TimestampMicrosecondBuilder, new_null_array,
};
use arrow::datatypes::SchemaRef;
use std::sync::Arc;
use storage::schema::{ColumnOrigin, ColumnType, TableSchema};

use crate::decode::format_uuid;
use crate::decode::row::{Row, Value};

/// Text of at most so many bytes stands in the view itself.
const INLINE_BYTES_MAX: usize = 12;
/// Equal texts of up to so many bytes are kept once in a batch: names and labels repeat, and hot
/// rows of telemetry then take a third less memory. Looking for longer ones costs more than it saves.
const SHARED_BYTES_MAX: u32 = 64;
/// Batches of fewer rows give back what their text blocks have too much: the first block alone
/// is 16 KiB.
const SMALL_ROWS: usize = 512;

/// Builds batches of a source in its stored schema.
#[derive(Debug)]
pub(crate) struct BatchBuilder {
    schema: SchemaRef,
    types: Vec<Option<ColumnType>>,
    columns: Vec<ColumnBuilder>,
    row_bytes: usize,
    rows: usize,
    bytes: usize,
}

impl BatchBuilder {
    /// A builder with an empty batch.
    pub(crate) fn new(schema: &TableSchema) -> Self {
        let types = schema.columns.iter().map(|column| match column.origin {
            ColumnOrigin::Generated { .. } => None,
            _ => Some(column.column_type),
        });
        let types: Vec<_> = types.collect();
        Self {
            schema: schema.stored(),
            columns: types.iter().map(|column_type| ColumnBuilder::new(*column_type, 0)).collect(),
            row_bytes: types.iter().flatten().map(|column_type| width(*column_type)).sum(),
            types,
            rows: 0,
            bytes: 0,
        }
    }

    /// Rows so far.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// Bytes so far, at most: equal texts are counted each time.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends a row that has no problem. `message` is what its texts refer to.
    pub(crate) fn append(&mut self, row: &Row, message: &str) {
        self.bytes += self.row_bytes;
        for (column, value) in self.columns.iter_mut().zip(row.values()) {
            self.bytes += column.append(*value, row, message);
        }
        self.rows += 1;
    }

    /// Takes the batch and begins the next.
    pub(crate) fn finish(&mut self) -> RecordBatch {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let arrays = self.columns.iter_mut().zip(self.schema.fields()).zip(&self.types).map(
            |((column, field), column_type)| {
                // A fresh builder each time: text blocks grow with the batch and must not stay large.
                let column = std::mem::replace(column, ColumnBuilder::new(*column_type, rows));
                match column {
                    ColumnBuilder::Generated => new_null_array(field.data_type(), rows),
                    built => built.finish(rows),
                }
            },
        );
        let arrays = arrays.collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .expect("each builder makes its column's type, and all have as many rows")
    }
}

/// Bytes of a value, text blocks and nulls aside.
fn width(column_type: ColumnType) -> usize {
    match column_type {
        ColumnType::Boolean => 1,
        ColumnType::SmallInt => 2,
        ColumnType::Integer | ColumnType::Real | ColumnType::Date => 4,
        ColumnType::BigInt
        | ColumnType::Double
        | ColumnType::Time
        | ColumnType::Timestamp
        | ColumnType::TimestampTz => 8,
        ColumnType::Numeric { .. }
        | ColumnType::Text
        | ColumnType::Varchar { .. }
        | ColumnType::Character { .. }
        | ColumnType::Bytea
        | ColumnType::Uuid
        | ColumnType::Jsonb => 16,
        ColumnType::TextArray => 4,
    }
}

#[derive(Debug)]
enum ColumnBuilder {
    Boolean(BooleanBuilder),
    SmallInt(Int16Builder),
    Integer(Int32Builder),
    BigInt(Int64Builder),
    Real(Float32Builder),
    Double(Float64Builder),
    Numeric(Decimal128Builder),
    Text(StringViewBuilder),
    Bytea(BinaryViewBuilder),
    Date(Date32Builder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    TextArray(ListBuilder<StringViewBuilder>),
    /// Filled later: all null.
    Generated,
}

impl ColumnBuilder {
    /// A builder for values of a type, None for a generated column. `rows` is how many are expected.
    fn new(column_type: Option<ColumnType>, rows: usize) -> Self {
        // The last batch tells the size of the next, but a large one must not make a small one large.
        let rows = rows.min(1024);
        let Some(column_type) = column_type else { return Self::Generated };
        match column_type {
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            ColumnType::SmallInt => Self::SmallInt(Int16Builder::with_capacity(rows)),
            ColumnType::Integer => Self::Integer(Int32Builder::with_capacity(rows)),
            ColumnType::BigInt => Self::BigInt(Int64Builder::with_capacity(rows)),
            ColumnType::Real => Self::Real(Float32Builder::with_capacity(rows)),
            ColumnType::Double => Self::Double(Float64Builder::with_capacity(rows)),
            ColumnType::Numeric { .. } => {
                Self::Numeric(Decimal128Builder::with_capacity(rows).with_data_type(column_type.arrow()))
            }
            ColumnType::Text
            | ColumnType::Varchar { .. }
            | ColumnType::Character { .. }
            | ColumnType::Uuid
            | ColumnType::Jsonb => {
                let builder = StringViewBuilder::with_capacity(rows).with_deduplicate_strings();
                Self::Text(builder.with_max_deduplication_len(SHARED_BYTES_MAX))
            }
            ColumnType::Bytea => Self::Bytea(BinaryViewBuilder::with_capacity(rows)),
            ColumnType::Date => Self::Date(Date32Builder::with_capacity(rows)),
            ColumnType::Time => Self::Time(Time64MicrosecondBuilder::with_capacity(rows)),
            ColumnType::Timestamp | ColumnType::TimestampTz => Self::Timestamp(
                TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(column_type.arrow()),
            ),
            ColumnType::TextArray => {
                Self::TextArray(ListBuilder::with_capacity(StringViewBuilder::new(), rows))
            }
        }
    }

    /// Appends a value and returns what it takes beyond [`width`].
    #[inline]
    fn append(&mut self, value: Value, row: &Row, message: &str) -> usize {
        match (self, value) {
            (Self::Generated, _) => {}
            (Self::Boolean(builder), Value::Boolean(value)) => builder.append_value(value),
            (Self::SmallInt(builder), Value::Integer(value)) => builder.append_value(value as i16),
            (Self::Integer(builder), Value::Integer(value)) => builder.append_value(value as i32),
            (Self::BigInt(builder), Value::Integer(value)) => builder.append_value(value),
            (Self::Real(builder), Value::Real(value)) => builder.append_value(value),
            (Self::Double(builder), Value::Double(value)) => builder.append_value(value),
            (Self::Numeric(builder), Value::Decimal(index)) => builder.append_value(row.number(index)),
            (Self::Date(builder), Value::Integer(value)) => builder.append_value(value as i32),
            (Self::Time(builder), Value::Integer(value)) => builder.append_value(value),
            (Self::Timestamp(builder), Value::Integer(value)) => builder.append_value(value),
            (Self::Text(builder), Value::Text(text)) => {
                let text = row.text(text, message);
                builder.append_value(text);
                return beyond_view(text.len());
            }
            (Self::Text(builder), Value::Uuid(index)) => {
                let text = format_uuid(row.number(index) as u128);
                builder.append_value(std::str::from_utf8(&text).expect("hexadecimal digits and hyphens"));
                return text.len();
            }
            (Self::Bytea(builder), Value::Bytes(span)) => {
                let bytes = row.bytes(span);
                builder.append_value(bytes);
                return beyond_view(bytes.len());
            }
            (Self::TextArray(builder), Value::List(span)) => {
                let elements = row.elements(span);
                let mut bytes = 16 * elements.len();
                for element in elements {
                    let text = element.map(|element| row.text(element, message));
                    bytes += beyond_view(text.map_or(0, str::len));
                    builder.values().append_option(text);
                }
                builder.append(true);
                return bytes;
            }
            (builder, Value::Null) => builder.append_null(),
            (builder, value) => unreachable!("{value:?} in a {builder:?}"),
        }
        0
    }

    #[inline]
    fn append_null(&mut self) {
        match self {
            Self::Boolean(builder) => builder.append_null(),
            Self::SmallInt(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::BigInt(builder) => builder.append_null(),
            Self::Real(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
            Self::Numeric(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Bytea(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Time(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::TextArray(builder) => builder.append_null(),
            Self::Generated => {}
        }
    }

    fn finish(self, rows: usize) -> ArrayRef {
        match self {
            Self::Boolean(mut builder) => Arc::new(builder.finish()),
            Self::SmallInt(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::BigInt(mut builder) => Arc::new(builder.finish()),
            Self::Real(mut builder) => Arc::new(builder.finish()),
            Self::Double(mut builder) => Arc::new(builder.finish()),
            Self::Numeric(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) if rows < SMALL_ROWS => Arc::new(builder.finish().gc()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Bytea(mut builder) if rows < SMALL_ROWS => Arc::new(builder.finish().gc()),
            Self::Bytea(mut builder) => Arc::new(builder.finish()),
            Self::Date(mut builder) => Arc::new(builder.finish()),
            Self::Time(mut builder) => Arc::new(builder.finish()),
            Self::Timestamp(mut builder) => Arc::new(builder.finish()),
            Self::TextArray(mut builder) => Arc::new(builder.finish()),
            Self::Generated => unreachable!("generated columns have no builder to finish"),
        }
    }
}

fn beyond_view(length: usize) -> usize {
    if length > INLINE_BYTES_MAX { length } else { 0 }
}
