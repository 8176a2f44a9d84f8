//! A source whose rows tell where they come from, so that every row can be accounted for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::TimestampMicrosecondArray;
use arrow::array::{
    ArrayRef, AsArray, BinaryViewArray, Int32Array, Int64Array, RecordBatch, StringViewArray,
};
use arrow::datatypes::{Int32Type, Int64Type};
use async_trait::async_trait;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use storage::catalog::{
    CatalogObject, KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition,
    TimePartitioning, TimestampFormat,
};
use storage::clock::SystemClock;
use storage::config::StorageConfig;
use storage::database::CatalogChange;
use storage::dead_letters;
use storage::hot::{HotUnit, OffsetRange};
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::schema::{Column, ColumnOrigin, ColumnType, TableSchema};
use storage::snapshot::Snapshot;
use storage::{Database, Result};

pub(crate) const HOUR: i64 = 3_600_000_000;

pub(crate) async fn open(store: &Arc<dyn ObjectStore>) -> Arc<Database> {
    open_with(store, StorageConfig::default()).await
}

pub(crate) async fn open_with(store: &Arc<dyn ObjectStore>, config: StorageConfig) -> Arc<Database> {
    Database::open(Arc::clone(store), config, Arc::new(SystemClock), 42).await.unwrap()
}

/// Partition, offset, time: one hour for each 100 offsets.
fn table(id: ObjectId) -> TableDefinition {
    let types = [ColumnType::Integer, ColumnType::BigInt, ColumnType::TimestampTz];
    let columns = (1..).zip(types).map(|(id, column_type)| Column {
        id: ColumnId(id),
        name: format!("column {id}"),
        column_type,
        not_null: true,
        origin: ColumnOrigin::Field { path: None },
        comment: None,
    });
    TableDefinition {
        id,
        schema: TableSchema { version: 1, columns: columns.collect(), next_column_id: 4 },
        partition_by: Some(TimePartitioning {
            column: ColumnId(3),
            interval_micros: (HOUR as u64).try_into().unwrap(),
        }),
        order_by: vec![ColumnId(1), ColumnId(3)],
    }
}

pub(crate) fn source(database: &Database, options: SourceOptions) -> (ObjectId, SourceDefinition) {
    let id = database.new_object_id();
    let definition = SourceDefinition {
        table: table(id),
        dead_letters: dead_letters::definition(database.new_object_id()),
        endpoint: KafkaEndpoint::Brokers("localhost:9092".to_owned()),
        topic: "topic".to_owned(),
        topic_id: "id".to_owned(),
        start_offsets: [(Partition(0), Offset(10)), (Partition(1), Offset(0))].into(),
        format: SourceFormat::Json { timestamp_format: TimestampFormat::Iso8601 },
        filter: None,
        options,
        paused: false,
    };
    (id, definition)
}

pub(crate) async fn create_source(database: &Database, name: &str, options: SourceOptions) -> ObjectId {
    let (id, definition) = source(database, options);
    let object = CatalogObject::Source(definition);
    let change = CatalogChange::Create { name: name.into(), comment: None, id, object };
    database.change_catalog(change).await.unwrap();
    id
}

/// A unit with a row for each offset, but a dead letter for each that ends in 7.
pub(crate) fn unit(source: ObjectId, partition: i32, offsets: std::ops::Range<i64>) -> HotUnit {
    let (dead, alive): (Vec<i64>, Vec<i64>) = offsets.clone().partition(|offset| offset % 10 == 7);
    HotUnit {
        source,
        ranges: vec![range(partition, offsets)],
        rows: Some(rows(partition, &alive)).filter(|rows| rows.num_rows() > 0),
        dead_letters: Some(letters(partition, &dead)).filter(|rows| rows.num_rows() > 0),
    }
}

pub(crate) fn range(partition: i32, offsets: std::ops::Range<i64>) -> OffsetRange {
    OffsetRange { partition: Partition(partition), from: Offset(offsets.start), next: Offset(offsets.end) }
}

fn times(offsets: &[i64]) -> ArrayRef {
    let times = offsets.iter().map(|offset| offset * HOUR / 100);
    Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
}

fn rows(partition: i32, offsets: &[i64]) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(vec![partition; offsets.len()])),
        Arc::new(Int64Array::from(offsets.to_vec())),
        times(offsets),
    ];
    RecordBatch::try_new(table(ObjectId(0)).schema.stored(), columns).unwrap()
}

fn letters(partition: i32, offsets: &[i64]) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(vec![partition; offsets.len()])),
        Arc::new(Int64Array::from(offsets.to_vec())),
        times(offsets),
        Arc::new(BinaryViewArray::from(vec![None; offsets.len()])),
        Arc::new(BinaryViewArray::from(vec![Some(&b"{"[..]); offsets.len()])),
        Arc::new(StringViewArray::from(vec!["not an object"; offsets.len()])),
    ];
    RecordBatch::try_new(dead_letters::definition(ObjectId(0)).schema.stored(), columns).unwrap()
}

/// Everything that a snapshot shows of a source, per partition in ascending order: offsets of rows
/// and of dead letters.
pub(crate) async fn visible(
    database: &Database,
    snapshot: &Snapshot,
    source: ObjectId,
) -> Result<BTreeMap<i32, Vec<i64>>> {
    let catalog = snapshot.catalog();
    let Some(CatalogObject::Source(definition)) = catalog.entries.get(&source).map(|entry| &entry.object)
    else {
        return Ok(BTreeMap::new());
    };
    let mut found: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for (table, dead) in [(&definition.table, false), (&definition.dead_letters, true)] {
        let mut batches = snapshot.hot(table.id).batches.to_vec();
        for segment in snapshot.segments(table.id).iter() {
            let rows =
                database.segment_format().read(database.object_store(), segment, table.schema.stored());
            batches.extend(rows.await?.try_collect::<Vec<_>>().await?);
        }
        for batch in batches {
            let partitions = batch.column(0).as_primitive::<Int32Type>();
            let offsets = batch.column(1).as_primitive::<Int64Type>();
            for (partition, offset) in partitions.values().iter().zip(offsets.values()) {
                assert_eq!(offset % 10 == 7, dead, "offset {offset} is in the wrong table");
                found.entry(*partition).or_default().push(*offset);
            }
        }
    }
    found.values_mut().for_each(|offsets| offsets.sort_unstable());
    Ok(found)
}

/// Each partition shows every offset from its start to its visible offset, once.
pub(crate) async fn assert_exactly_once(database: &Database, snapshot: &Snapshot, source: ObjectId) {
    let found = visible(database, snapshot, source).await.unwrap();
    let expected: BTreeMap<i32, Vec<i64>> = snapshot
        .offsets(source)
        .into_iter()
        .map(|(partition, offsets)| (partition.0, (offsets.start.0..offsets.visible.0).collect::<Vec<_>>()))
        .filter(|(_, offsets)| !offsets.is_empty())
        .collect();
    assert_eq!(found, expected, "at position {}", snapshot.position());
}

/// A store in memory that refuses to write segments while it is told to.
#[derive(Debug, Default)]
pub(crate) struct FlakyStore {
    inner: InMemory,
    pub(crate) full: AtomicBool,
}

impl fmt::Display for FlakyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlakyStore")
    }
}

#[async_trait]
impl ObjectStore for FlakyStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        if self.full.load(Ordering::Relaxed) && location.as_ref().starts_with("segments/") {
            return Err(object_store::Error::Generic { store: "test", source: "no space left".into() });
        }
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
