//! Segments written and read back: every type, sorting, time chunks, statistics.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use arrow::array::builder::{ListBuilder, StringViewBuilder};
use arrow::array::{
    ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int16Array, Int32Array, Int64Array, RecordBatch, StringViewArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::concat_batches;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileScanConfigBuilder;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};

use super::stats::{Bound, BoundValue};
use super::vortex::VortexSegments;
use super::write::write_segments;
use super::{OBJECT_STORE_URL, SegmentFormat, SegmentMeta, TimeChunk};
use crate::catalog::{TableDefinition, TimePartitioning};
use crate::ids::{ColumnId, ObjectId, SegmentId};
use crate::schema::{Column, ColumnOrigin, ColumnType, TIMESTAMP_MICROS, TableSchema};

fn schema(types: &[ColumnType]) -> TableSchema {
    let columns = (1..).zip(types).map(|(id, &column_type)| Column {
        id: ColumnId(id),
        name: format!("column {id}"),
        column_type,
        not_null: false,
        origin: ColumnOrigin::Field { path: None },
        comment: None,
    });
    TableSchema { version: 3, columns: columns.collect(), next_column_id: types.len() as u32 + 1 }
}

fn table(types: &[ColumnType]) -> TableDefinition {
    TableDefinition { id: ObjectId(7), schema: schema(types), partition_by: None, order_by: Vec::new() }
}

fn batch(table: &TableDefinition, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(table.schema.stored(), columns).unwrap()
}

struct Written {
    store: Arc<dyn ObjectStore>,
    format: Arc<dyn SegmentFormat>,
    segments: Vec<SegmentMeta>,
}

async fn write(table: &TableDefinition, batches: Vec<RecordBatch>) -> Written {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let format: Arc<dyn SegmentFormat> = Arc::new(VortexSegments::default());
    let mut ids = 1..;
    let new_id = || SegmentId(ids.next().unwrap());
    let segments = write_segments(&store, &format, &Arc::new(table.clone()), batches, new_id).await.unwrap();
    for segment in &segments {
        let bytes = store.get(&segment.path()).await.unwrap().bytes().await.unwrap();
        assert_eq!(segment.bytes, bytes.len() as u64);
        assert_eq!(segment.crc32c, crc32c::crc32c(&bytes));
    }
    Written { store, format, segments }
}

impl Written {
    /// The rows of a segment as checks read them, compared with how queries do.
    async fn read(&self, segment: &SegmentMeta, table: &TableDefinition) -> RecordBatch {
        let stored = table.schema.stored();
        let rows: Vec<_> = self
            .format
            .read(&self.store, segment, Arc::clone(&stored))
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        let rows = concat_batches(&stored, &rows).unwrap();

        let url = ObjectStoreUrl::parse(OBJECT_STORE_URL).unwrap();
        let context = SessionContext::new();
        context.register_object_store(url.as_ref(), Arc::clone(&self.store));
        let scan = FileScanConfigBuilder::new(url, self.format.file_source(Arc::clone(&stored)))
            .with_file(PartitionedFile::new(segment.path(), segment.bytes))
            .build();
        let scanned = collect(DataSourceExec::from_data_source(scan), context.task_ctx()).await.unwrap();
        assert_eq!(concat_batches(&stored, &scanned).unwrap(), rows);
        rows
    }
}

const ALL_TYPES: [ColumnType; 20] = [
    ColumnType::Boolean,
    ColumnType::SmallInt,
    ColumnType::Integer,
    ColumnType::BigInt,
    ColumnType::Real,
    ColumnType::Double,
    ColumnType::Numeric { precision: 38, scale: 10 },
    ColumnType::Numeric { precision: 5, scale: 2 },
    ColumnType::Numeric { precision: 1, scale: 0 },
    ColumnType::Text,
    ColumnType::Varchar { length: 20 },
    ColumnType::Character { length: 20 },
    ColumnType::Bytea,
    ColumnType::Uuid,
    ColumnType::Date,
    ColumnType::Time,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Jsonb,
    ColumnType::TextArray,
];

fn values(column_type: ColumnType) -> ArrayRef {
    let decimals = |values: Vec<Option<i128>>, precision, scale| -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(precision, scale).unwrap())
    };
    let texts = |values: [Option<&str>; 4]| -> ArrayRef { Arc::new(StringViewArray::from(values.to_vec())) };
    match column_type {
        ColumnType::Boolean => Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)])),
        ColumnType::SmallInt => {
            Arc::new(Int16Array::from(vec![Some(i16::MIN), None, Some(0), Some(i16::MAX)]))
        }
        ColumnType::Integer => {
            Arc::new(Int32Array::from(vec![Some(i32::MIN), None, Some(0), Some(i32::MAX)]))
        }
        ColumnType::BigInt => Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(0), Some(i64::MAX)])),
        ColumnType::Real => {
            Arc::new(Float32Array::from(vec![Some(f32::NEG_INFINITY), None, Some(-0.0), Some(f32::NAN)]))
        }
        ColumnType::Double => {
            Arc::new(Float64Array::from(vec![Some(f64::MIN_POSITIVE), None, Some(-0.0), Some(0.1)]))
        }
        ColumnType::Numeric { precision: 38, scale } => {
            let largest = 10_i128.pow(38) - 1;
            decimals(vec![Some(largest), None, Some(-largest), Some(1)], 38, scale)
        }
        ColumnType::Numeric { precision, scale } => {
            decimals(vec![Some(9), None, Some(-9), Some(0)], precision, scale)
        }
        ColumnType::Text => texts([Some(""), None, Some("a much longer text than twelve bytes"), Some("é")]),
        ColumnType::Varchar { .. } | ColumnType::Character { .. } => {
            texts([Some("x"), None, Some("y"), Some("x")])
        }
        ColumnType::Bytea => {
            Arc::new(BinaryViewArray::from(vec![Some(&b""[..]), None, Some(&[0, 255]), Some(&[7; 100])]))
        }
        ColumnType::Uuid => texts([
            Some("00000000-0000-0000-0000-000000000000"),
            None,
            Some("ffffffff-ffff-ffff-ffff-ffffffffffff"),
            Some("01234567-89ab-cdef-0123-456789abcdef"),
        ]),
        ColumnType::Date => Arc::new(Date32Array::from(vec![Some(-719_162), None, Some(0), Some(2_932_896)])),
        ColumnType::Time => {
            Arc::new(Time64MicrosecondArray::from(vec![Some(0), None, Some(1), Some(86_399_999_999)]))
        }
        ColumnType::Timestamp => Arc::new(TimestampMicrosecondArray::from(vec![
            Some(TIMESTAMP_MICROS.start),
            None,
            Some(0),
            Some(TIMESTAMP_MICROS.end - 1),
        ])),
        ColumnType::TimestampTz => Arc::new(
            TimestampMicrosecondArray::from(vec![Some(-1), None, Some(0), Some(1_795_219_200_000_000)])
                .with_timezone("UTC"),
        ),
        ColumnType::Jsonb => texts([Some("{}"), None, Some(r#"{"a": [1, null]}"#), Some("null")]),
        ColumnType::TextArray => {
            let mut lists = ListBuilder::new(StringViewBuilder::new());
            lists.append_value([Some("a"), None, Some("")]);
            lists.append_null();
            lists.append_value([None::<&str>; 0]);
            lists.append_value([Some("a much longer text than twelve bytes")]);
            Arc::new(lists.finish())
        }
    }
}

#[tokio::test]
async fn every_type_comes_back_as_it_was() {
    let table = table(&ALL_TYPES);
    let rows = batch(&table, ALL_TYPES.map(values).to_vec());
    let written = write(&table, vec![rows.clone()]).await;
    let [segment] = written.segments.as_slice() else { panic!("one segment") };
    assert_eq!((segment.rows, segment.chunk, segment.schema_version), (4, TimeChunk::Whole, 3));
    assert!(segment.columns.values().all(|stats| stats.null_count == 1));
    assert_eq!(written.read(segment, &table).await, rows);
}

#[tokio::test]
async fn every_type_may_be_all_null() {
    let table = table(&ALL_TYPES);
    let rows = batch(&table, ALL_TYPES.map(|column_type| new_null_array(&column_type.arrow(), 3)).to_vec());
    let written = write(&table, vec![rows.clone()]).await;
    let [segment] = written.segments.as_slice() else { panic!("one segment") };
    assert!(
        segment.columns.values().all(|stats| (stats.null_count, &stats.min, &stats.max) == (3, &None, &None))
    );
    assert_eq!(written.read(segment, &table).await, rows);
}

#[tokio::test]
async fn every_type_survives_many_rows_from_many_batches() {
    let table = table(&ALL_TYPES);
    let four = batch(&table, ALL_TYPES.map(values).to_vec());
    let large = concat_batches(four.schema_ref(), vec![&four; 5000]).unwrap();
    let written = write(&table, vec![large.clone(), large.slice(1, 9), large.clone()]).await;
    let [segment] = written.segments.as_slice() else { panic!("one segment") };
    let expected = concat_batches(four.schema_ref(), [&large, &large.slice(1, 9), &large]).unwrap();
    assert_eq!(written.read(segment, &table).await, expected);
}

#[tokio::test]
async fn a_column_added_later_is_null_and_a_dropped_one_is_gone() {
    let old = table(&[ColumnType::BigInt, ColumnType::Text]);
    let rows = batch(&old, vec![values(ColumnType::BigInt), values(ColumnType::Text)]);
    let written = write(&old, vec![rows.clone()]).await;
    let mut new = table(&[ColumnType::BigInt, ColumnType::Text, ColumnType::TextArray]);
    new.schema.columns.remove(0);
    let expected =
        batch(&new, vec![values(ColumnType::Text), new_null_array(&ColumnType::TextArray.arrow(), 4)]);
    assert_eq!(written.read(&written.segments[0], &new).await, expected);
}

#[tokio::test]
async fn rows_are_sorted_by_the_cluster_columns_nulls_last_and_else_as_they_arrived() {
    let mut table = table(&[ColumnType::Text, ColumnType::BigInt, ColumnType::BigInt]);
    table.order_by = vec![ColumnId(1), ColumnId(2)];
    let rows = |texts: Vec<Option<&str>>, numbers: Vec<Option<i64>>, order: Vec<i64>| {
        batch(
            &table,
            vec![
                Arc::new(StringViewArray::from(texts)),
                Arc::new(Int64Array::from(numbers)),
                Arc::new(Int64Array::from(order)),
            ],
        )
    };
    let batches = vec![
        rows(vec![Some("b"), None, Some("a")], vec![Some(1), Some(1), None], vec![1, 2, 3]),
        rows(vec![Some("a"), Some("b"), None], vec![Some(5), Some(1), Some(0)], vec![4, 5, 6]),
    ];
    let written = write(&table, batches).await;
    assert_eq!(written.segments[0].sorted_by, [ColumnId(1), ColumnId(2)]);
    let expected = rows(
        vec![Some("a"), Some("a"), Some("b"), Some("b"), None, None],
        vec![Some(5), None, Some(1), Some(1), Some(0), Some(1)],
        vec![4, 3, 1, 5, 6, 2],
    );
    assert_eq!(written.read(&written.segments[0], &table).await, expected);
}

const HOUR: i64 = 3_600_000_000;

fn by_hour(times: impl IntoIterator<Item = Option<i64>>) -> (TableDefinition, RecordBatch) {
    let mut table = table(&[ColumnType::TimestampTz]);
    let interval_micros = NonZeroU64::new(HOUR as u64).unwrap();
    table.partition_by = Some(TimePartitioning { column: ColumnId(1), interval_micros });
    let times: Vec<_> = times.into_iter().collect();
    let rows = batch(&table, vec![Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))]);
    (table, rows)
}

#[tokio::test]
async fn each_time_chunk_has_a_segment() {
    let (table, rows) = by_hour([Some(HOUR), Some(-1), Some(2 * HOUR - 1), Some(0), Some(HOUR)]);
    let written = write(&table, vec![rows]).await;
    let found: Vec<_> =
        written.segments.iter().map(|segment| (segment.chunk, segment.rows, segment.time_range)).collect();
    let expected = [
        (TimeChunk::Start(-HOUR), 1, Some((-1, -1))),
        (TimeChunk::Start(0), 1, Some((0, 0))),
        (TimeChunk::Start(HOUR), 3, Some((HOUR, 2 * HOUR - 1))),
    ];
    assert_eq!(found, expected);
    assert_eq!(written.segments[2].sorted_by, [ColumnId(1)]);
    let (_, sorted) = by_hour([Some(HOUR), Some(HOUR), Some(2 * HOUR - 1)]);
    assert_eq!(written.read(&written.segments[2], &table).await, sorted);
}

#[tokio::test]
async fn wild_and_missing_times_share_one_overflow_segment() {
    // Chunk n has two rows for n < 64, one for the others.
    let times = (0..100).map(|hour| Some(hour * HOUR)).chain((0..64).map(|hour| Some(hour * HOUR)));
    let (table, rows) = by_hour(times.chain([None, Some(TIMESTAMP_MICROS.start)]));
    let written = write(&table, vec![rows]).await;
    assert_eq!(written.segments.len(), 65);
    let overflow = written.segments.last().unwrap();
    assert_eq!((overflow.chunk, overflow.rows), (TimeChunk::Overflow, 38));
    assert_eq!(overflow.time_range, Some((TIMESTAMP_MICROS.start, 99 * HOUR)));
    assert_eq!(overflow.columns[&ColumnId(1)].null_count, 1);
    let kept: BTreeMap<_, _> =
        written.segments[..64].iter().map(|segment| (segment.chunk, segment.rows)).collect();
    assert_eq!(kept, (0..64).map(|hour| (TimeChunk::Start(hour * HOUR), 2)).collect());
}

#[tokio::test]
async fn bounds_of_every_type_are_kept() {
    let table = table(&ALL_TYPES);
    let written = write(&table, vec![batch(&table, ALL_TYPES.map(values).to_vec())]).await;
    let int = |min, max| Some((BoundValue::Int(min), BoundValue::Int(max)));
    let text = |min: &str, max: &str| Some((BoundValue::Text(min.into()), BoundValue::Text(max.into())));
    let expected = ALL_TYPES.map(|column_type| match column_type {
        ColumnType::Boolean => Some((BoundValue::Bool(false), BoundValue::Bool(true))),
        ColumnType::SmallInt => int(i16::MIN.into(), i16::MAX.into()),
        ColumnType::Integer => int(i32::MIN.into(), i32::MAX.into()),
        ColumnType::BigInt => int(i64::MIN, i64::MAX),
        ColumnType::Timestamp => int(TIMESTAMP_MICROS.start, TIMESTAMP_MICROS.end - 1),
        ColumnType::Double => Some((BoundValue::Float(-0.0), BoundValue::Float(0.1))),
        ColumnType::Numeric { precision: 38, .. } => {
            let nines = "9".repeat(38);
            Some((BoundValue::Decimal(format!("-{nines}")), BoundValue::Decimal(nines)))
        }
        ColumnType::Numeric { .. } => {
            Some((BoundValue::Decimal("-9".to_owned()), BoundValue::Decimal("9".to_owned())))
        }
        ColumnType::Text => text("", "é"),
        ColumnType::Varchar { .. } | ColumnType::Character { .. } => text("x", "y"),
        ColumnType::Uuid => {
            text("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
        }
        ColumnType::Date => int(-719_162, 2_932_896),
        ColumnType::Time => int(0, 86_399_999_999),
        ColumnType::TimestampTz => int(-1, 1_795_219_200_000_000),
        // Real has a NaN.
        ColumnType::Real | ColumnType::Bytea | ColumnType::Jsonb | ColumnType::TextArray => None,
    });
    for ((column, stats), expected) in
        table.schema.columns.iter().zip(written.segments[0].columns.values()).zip(expected)
    {
        let value = |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.value.clone());
        assert_eq!(value(&stats.min).zip(value(&stats.max)), expected, "{}", column.column_type);
    }
}
