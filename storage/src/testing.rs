//! What tests of several modules need: a source, and rows for it.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::SchemaRef;

use crate::catalog::{
    CatalogObject, KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition,
    TimePartitioning, TimestampFormat,
};
use crate::dead_letters;
use crate::ids::{ColumnId, ObjectId, Offset, Partition};
use crate::schema::{Column, ColumnOrigin, ColumnType, TableSchema};

const HOUR_MICROS: i64 = 3_600_000_000;

/// 2026-11-21 00:00 UTC.
pub(crate) const FIRST_MICROS: i64 = 1_795_219_200_000_000;

/// Rows in a stored schema whose first three columns are partition, offset and time.
pub(crate) fn batch(rows: &[(i32, i64)], schema: SchemaRef) -> RecordBatch {
    let times = rows.iter().map(|(_, offset)| FIRST_MICROS + offset % 3 * HOUR_MICROS);
    let times = TimestampMicrosecondArray::from_iter_values(times)
        .with_data_type(schema.field(2).data_type().clone());
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.0))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.1))),
        Arc::new(times),
    ];
    let rest = schema.fields().iter().skip(3);
    columns.extend(rest.map(|field| new_null_array(field.data_type(), rows.len())));
    RecordBatch::try_new(schema, columns).expect("made for the schema")
}

/// A source of three partitions' rows: partition, offset, time; one time chunk an hour.
pub(crate) fn source(id: ObjectId, dead_letters: ObjectId) -> CatalogObject {
    let column = |id, name: &str, column_type| Column {
        id: ColumnId(id),
        name: name.to_owned(),
        column_type,
        not_null: true,
        origin: ColumnOrigin::Field { path: None },
        comment: None,
    };
    let columns = vec![
        column(1, "p", ColumnType::Integer),
        column(2, "o", ColumnType::BigInt),
        column(3, "ts", ColumnType::TimestampTz),
    ];
    let interval_micros = NonZeroU64::new(HOUR_MICROS as u64).expect("not zero");
    CatalogObject::Source(SourceDefinition {
        table: TableDefinition {
            id,
            schema: TableSchema { version: 1, columns, next_column_id: 4 },
            partition_by: Some(TimePartitioning { column: ColumnId(3), interval_micros }),
            order_by: Vec::new(),
        },
        dead_letters: dead_letters::definition(dead_letters),
        endpoint: KafkaEndpoint::Brokers("localhost:9092".to_owned()),
        topic: "t".to_owned(),
        topic_id: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        start_offsets: BTreeMap::from([(Partition(0), Offset(5)), (Partition(1), Offset(0))]),
        format: SourceFormat::Json { timestamp_format: TimestampFormat::Iso8601 },
        filter: None,
        options: SourceOptions::default(),
        paused: false,
    })
}
