//! Events of the shape that the project measures with: 217 bytes of JSON in ten columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use storage::Database;
use storage::catalog::{
    CatalogObject, KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition,
    TimePartitioning, TimestampFormat,
};
use storage::database::CatalogChange;
use storage::dead_letters;
use storage::hot::{HotUnit, OffsetRange};
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::schema::{Column, ColumnOrigin, ColumnType, TableSchema};

const COLUMNS: [(&str, ColumnType); 10] = [
    ("ts", ColumnType::TimestampTz),
    ("metric", ColumnType::Text),
    ("cluster", ColumnType::Text),
    ("topic", ColumnType::Text),
    ("partition", ColumnType::Integer),
    ("region", ColumnType::Text),
    ("value", ColumnType::Double),
    ("bytes", ColumnType::BigInt),
    ("status", ColumnType::Text),
    ("user_id", ColumnType::BigInt),
];

const METRICS: [&str; 8] = [
    "request_latency_ms",
    "bytes_in_per_sec",
    "bytes_out_per_sec",
    "messages_in_per_sec",
    "consumer_lag",
    "under_replicated",
    "isr_shrinks",
    "produce_errors",
];
const REGIONS: [&str; 5] = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1"];
const STATUSES: [&str; 4] = ["ok", "ok", "warning", "error"];

/// Makes events, one every three microseconds or so, the same ones each time.
pub(crate) struct Telemetry {
    random: SmallRng,
    clusters: Vec<String>,
    topics: Vec<String>,
    micros: i64,
    offset: i64,
    schema: TableSchema,
}

impl Telemetry {
    pub(crate) fn new() -> Self {
        let columns = (1..).zip(COLUMNS).map(|(id, (name, column_type))| Column {
            id: ColumnId(id),
            name: name.to_owned(),
            column_type,
            not_null: id == 1,
            origin: ColumnOrigin::Field { path: None },
            comment: None,
        });
        Self {
            random: SmallRng::seed_from_u64(217),
            clusters: (0..20).map(|number| format!("cluster-{number:02}")).collect(),
            topics: (0..200).map(|number| format!("topic-of-some-team-{number:03}")).collect(),
            micros: 1_795_219_200_000_000,
            offset: 0,
            schema: TableSchema { version: 1, columns: columns.collect(), next_column_id: 11 },
        }
    }

    pub(crate) async fn create_source(&self, database: &Database) -> ObjectId {
        let id = database.new_object_id();
        let table = TableDefinition {
            id,
            schema: self.schema.clone(),
            partition_by: Some(TimePartitioning {
                column: ColumnId(1),
                interval_micros: 86_400_000_000.try_into().expect("not zero"),
            }),
            order_by: Vec::new(),
        };
        let definition = SourceDefinition {
            table,
            dead_letters: dead_letters::definition(database.new_object_id()),
            endpoint: KafkaEndpoint::Brokers("localhost:9092".to_owned()),
            topic: "telemetry".to_owned(),
            topic_id: "id".to_owned(),
            start_offsets: [(Partition(0), Offset(0))].into(),
            format: SourceFormat::Json { timestamp_format: TimestampFormat::Iso8601 },
            filter: None,
            options: SourceOptions::default(),
            paused: false,
        };
        let object = CatalogObject::Source(definition);
        let change = CatalogChange::Create { name: "telemetry".into(), comment: None, id, object };
        database.change_catalog(change).await.expect("a source");
        id
    }

    pub(crate) fn batch(&mut self, rows: usize) -> RecordBatch {
        let random = &mut self.random;
        let mut pick = |texts: &[&str]| -> ArrayRef {
            Arc::new(StringViewArray::from_iter_values(
                (0..rows).map(|_| texts[random.random_range(0..texts.len())]),
            ))
        };
        let clusters: Vec<&str> = self.clusters.iter().map(String::as_str).collect();
        let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
        let texts = [pick(&METRICS), pick(&clusters), pick(&topics), pick(&REGIONS), pick(&STATUSES)];
        let [metric, cluster, topic, region, status] = texts;
        let mut times = || {
            self.micros += random.random_range(0..6);
            self.micros
        };
        let ts: Vec<i64> = (0..rows).map(|_| times()).collect();
        // Three digits behind the point, as measuring programs print them.
        let value = (0..rows).map(|_| (random.random_range(0.0..1000.0_f64) * 1000.0).round() / 1000.0);
        let value: Float64Array = value.collect::<Vec<_>>().into();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(TimestampMicrosecondArray::from(ts).with_timezone("UTC")),
            metric,
            cluster,
            topic,
            Arc::new(Int32Array::from_iter_values((0..rows).map(|_| random.random_range(0..64)))),
            region,
            Arc::new(value),
            Arc::new(Int64Array::from_iter_values((0..rows).map(|_| random.random_range(0..1_000_000)))),
            status,
            Arc::new(Int64Array::from_iter_values((0..rows).map(|_| random.random_range(0..10_000_000)))),
        ];
        RecordBatch::try_new(self.schema.stored(), columns).expect("as the schema says")
    }

    pub(crate) fn unit(&mut self, source: ObjectId, rows: usize) -> HotUnit {
        let from = self.offset;
        self.offset += rows as i64;
        let range = OffsetRange { partition: Partition(0), from: Offset(from), next: Offset(self.offset) };
        HotUnit { source, ranges: vec![range], rows: Some(self.batch(rows)), dead_letters: None }
    }
    /// The next event is a day later.
    pub(crate) fn skip_day(&mut self) {
        self.micros += 86_400_000_000;
    }
}
