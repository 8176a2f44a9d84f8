//! A database in memory with one source of telemetry, and the engine over it.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use futures::TryStreamExt;
use object_store::memory::InMemory;
use planner::query::QueryConfig;
use planner::statement::{Statement, parse};
use planner::system_table::{SessionRow, SettingRow, SystemState};
use planner::{Engine, Prepared, Session, SqlError};
use storage::Database;
use storage::catalog::{
    CatalogObject, KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition,
    TimePartitioning, TimestampFormat,
};
use storage::clock::Clock;
use storage::config::StorageConfig;
use storage::database::CatalogChange;
use storage::hot::{HotUnit, OffsetRange};
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::schema::{Column, ColumnOrigin, ColumnType, TableSchema};

/// 2026-11-01 00:00 UTC.
pub(crate) const START: i64 = 1_793_491_200_000_000;
pub(crate) const MINUTE: i64 = 60_000_000;
const HOUR: NonZeroU64 = NonZeroU64::new(3_600_000_000).unwrap();

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now_micros(&self) -> i64 {
        START
    }
}

#[derive(Debug)]
struct NoServer;

impl SystemState for NoServer {
    fn sessions(&self) -> Vec<SessionRow> {
        Vec::new()
    }

    fn settings(&self) -> Vec<SettingRow> {
        Vec::new()
    }

    fn set(&self, _: i32, _: &str, value: &str, _: bool) -> Result<String, SqlError> {
        Ok(value.to_owned())
    }

    fn text(&self, values: &ArrayRef, _: &Field, _: &planner::OutputStyle) -> Result<ArrayRef, SqlError> {
        arrow::compute::cast(values, &DataType::Utf8View)
            .map_err(|error| SqlError::new("XX000", error.to_string()))
    }

    fn cancel(&self, _process_id: i32) -> bool {
        false
    }

    fn terminate(&self, _process_id: i32) -> bool {
        false
    }
}

/// A row of the source `events`.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) ts: Option<i64>,
    pub(crate) metric: Option<String>,
    pub(crate) value: Option<f64>,
    pub(crate) bytes: Option<i64>,
    pub(crate) tags: Option<String>,
}

impl Event {
    /// An event some minutes after [`START`], its other columns made from the number.
    pub(crate) fn at(minute: i64) -> Self {
        Self {
            ts: Some(START + minute * MINUTE),
            metric: Some(format!("metric{}", minute.rem_euclid(7))),
            value: Some(minute as f64 / 4.0),
            bytes: (minute % 5 != 0).then_some(minute),
            tags: Some(format!("{{\"host\": \"h{}\", \"ports\": [80, {minute}]}}", minute % 3)),
        }
    }
}

pub(crate) struct Harness {
    pub(crate) database: Arc<Database>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) session: Session,
    source: ObjectId,
    next: std::sync::atomic::AtomicI64,
}

impl Harness {
    /// The database with the empty source `events`, its chunks an hour long.
    pub(crate) async fn new() -> Self {
        let store = Arc::new(InMemory::new());
        let database = Database::open(store, StorageConfig::default(), Arc::new(Stopped), 7).await.unwrap();
        let source = database.new_object_id();
        let definition = definition(source, database.new_object_id());
        let create = CatalogChange::Create {
            name: "events".into(),
            comment: None,
            id: source,
            object: CatalogObject::Source(definition),
        };
        database.change_catalog(create).await.unwrap();
        let config = QueryConfig { memory_bytes_max: 256 << 20, parallelism: 2 };
        let engine = Engine::new(Arc::clone(&database), config, Arc::new(NoServer)).unwrap();
        Self { database, engine, session: Session::default(), source, next: Default::default() }
    }

    pub(crate) fn publish(&self, events: &[Event]) {
        let from = self.next.fetch_add(events.len() as i64, std::sync::atomic::Ordering::Relaxed);
        let range = OffsetRange {
            partition: Partition(0),
            from: Offset(from),
            next: Offset(from + events.len() as i64),
        };
        let rows = Some(rows(events));
        let unit = HotUnit { source: self.source, ranges: vec![range], rows, dead_letters: None };
        self.database.publish(unit).unwrap();
    }

    pub(crate) async fn flush(&self) {
        self.database.flush(self.source).await.unwrap();
    }

    pub(crate) async fn prepare(&self, sql: &str) -> Result<Arc<Prepared>, SqlError> {
        self.prepare_with(sql, &[]).await
    }

    /// With the types that a client gave its parameters.
    pub(crate) async fn prepare_with(
        &self,
        sql: &str,
        types: &[Option<DataType>],
    ) -> Result<Arc<Prepared>, SqlError> {
        let mut statements = parse(sql)?;
        assert_eq!(statements.len(), 1, "{sql}");
        let Statement::Query(query) = statements.remove(0).statement else { panic!("no query: {sql}") };
        let prepared = self.engine.prepare(&query, types, &self.session, &self.database.snapshot()).await;
        prepared.map(Arc::new)
    }

    pub(crate) async fn execute(
        &self,
        prepared: &Arc<Prepared>,
        parameters: Vec<ScalarValue>,
    ) -> Result<Vec<RecordBatch>, SqlError> {
        let snapshot = self.database.snapshot();
        let stream = self.engine.execute(prepared, parameters, &self.session, &snapshot).await?;
        stream.try_collect().await.map_err(|error| planner::error::from_datafusion(&error))
    }

    pub(crate) async fn try_query(&self, sql: &str) -> Result<Vec<String>, SqlError> {
        let prepared = self.prepare(sql).await?;
        Ok(lines(&self.execute(&prepared, Vec::new()).await?))
    }

    /// The rows of a query, each as its values with bars between.
    pub(crate) async fn query(&self, sql: &str) -> Vec<String> {
        self.try_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// What `EXPLAIN ANALYZE` says of the scan: the number before `key`, or behind it.
    pub(crate) async fn scanned(&self, sql: &str, key: &str) -> u64 {
        let lines = self.query(&format!("EXPLAIN ANALYZE {sql}")).await;
        if key == "hot rows" {
            let line = lines.iter().find_map(|line| line.trim().strip_prefix("Hot rows: "));
            return line.unwrap().parse().unwrap();
        }
        let line = lines.iter().find_map(|line| line.trim().strip_prefix("Segments: ")).unwrap();
        let item = line.split(", ").find_map(|item| item.strip_suffix(key));
        item.unwrap_or_else(|| panic!("{key} in {line}")).trim().parse().unwrap()
    }
}

pub(crate) fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("null");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let values: Vec<_> = columns.iter().map(|column| column.value(row).to_string()).collect();
            lines.push(values.join("|"));
        }
    }
    lines
}

fn definition(source: ObjectId, dead_letters: ObjectId) -> SourceDefinition {
    let columns = [
        ("ts", ColumnType::TimestampTz),
        ("metric", ColumnType::Text),
        ("value", ColumnType::Double),
        ("bytes", ColumnType::BigInt),
        ("tags", ColumnType::Jsonb),
    ];
    let columns: Vec<_> = (1..)
        .zip(columns)
        .map(|(id, (name, column_type))| Column {
            id: ColumnId(id),
            name: name.to_owned(),
            column_type,
            not_null: false,
            origin: ColumnOrigin::Field { path: None },
            comment: None,
        })
        .collect();
    SourceDefinition {
        table: TableDefinition {
            id: source,
            schema: TableSchema { version: 1, next_column_id: columns.len() as u32 + 1, columns },
            partition_by: Some(TimePartitioning { column: ColumnId(1), interval_micros: HOUR }),
            order_by: vec![ColumnId(1)],
        },
        dead_letters: storage::dead_letters::definition(dead_letters),
        endpoint: KafkaEndpoint::Brokers("localhost:9092".to_owned()),
        topic: "events".to_owned(),
        topic_id: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        start_offsets: BTreeMap::from([(Partition(0), Offset(0))]),
        format: SourceFormat::Json { timestamp_format: TimestampFormat::default() },
        filter: None,
        options: SourceOptions::default(),
        paused: false,
    }
}

fn rows(events: &[Event]) -> RecordBatch {
    let ts: TimestampMicrosecondArray = events.iter().map(|event| event.ts).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ts.with_timezone("UTC")),
        Arc::new(events.iter().map(|event| event.metric.as_deref()).collect::<StringViewArray>()),
        Arc::new(events.iter().map(|event| event.value).collect::<Float64Array>()),
        Arc::new(events.iter().map(|event| event.bytes).collect::<Int64Array>()),
        Arc::new(events.iter().map(|event| event.tags.as_deref()).collect::<StringViewArray>()),
    ];
    let stored = definition(ObjectId(0), ObjectId(0)).table.schema.stored();
    RecordBatch::try_new(stored, columns).unwrap()
}
