//! What every test needs: a database, a supervisor, a source, and a look at what is visible.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use futures::TryStreamExt;
use ingest::Supervisor;
use ingest::probe::{describe_topic, resolve_start};
use ingest::supervisor::SourceTask;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use storage::Database;
use storage::catalog::{
    CatalogEntry, CatalogObject, ConnectionDefinition, KafkaEndpoint, KafkaSecurity, SourceDefinition,
    SourceFormat, SourceOptions, TableDefinition, TimePartitioning, TimestampFormat,
};
use storage::clock::SystemClock;
use storage::config::StorageConfig;
use storage::database::CatalogChange;
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::offsets::StartPosition;
use storage::schema::{Column, ColumnOrigin, ColumnType, MessagePart, TableSchema};
use storage::status::{SourceState, SourceStatus};
use storage::transform::RowTransform;
use tidegate_sqllogictest::kafka::{KafkaBroker, Message, Producer};

/// Long enough for a loaded machine; nothing is judged by it but that it never ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a source can read from.
pub(crate) trait Brokers {
    fn addresses(&self) -> String;
}

impl Brokers for KafkaBroker {
    fn addresses(&self) -> String {
        self.address()
    }
}

impl Brokers for MockCluster<'_, DefaultProducerContext> {
    fn addresses(&self) -> String {
        self.bootstrap_servers()
    }
}

pub(crate) struct Rig {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) database: Arc<Database>,
    pub(crate) supervisor: Supervisor,
    config: StorageConfig,
}

/// A row as tests see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) id: i64,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(StorageConfig::default()).await
    }

    pub(crate) async fn with(config: StorageConfig) -> Self {
        Self::open(Arc::new(InMemory::new()), config).await
    }

    async fn open(store: Arc<dyn ObjectStore>, config: StorageConfig) -> Self {
        let database =
            Database::open(Arc::clone(&store), config.clone(), Arc::new(SystemClock), 7).await.unwrap();
        let supervisor = Supervisor::new(Arc::clone(&database), 3);
        Self { store, database, supervisor, config }
    }

    /// Loses everything that was not committed, and opens again what was.
    pub(crate) async fn crash(self) -> Self {
        self.supervisor.stop_all().await;
        drop(self.supervisor);
        Self::open(self.store, self.config).await
    }

    /// `CREATE SOURCE`, reading `topic` from its beginning.
    pub(crate) async fn create(&self, broker: &impl Brokers, topic: &str) -> ObjectId {
        self.create_with(broker, topic, None, |_| {}).await
    }

    pub(crate) async fn create_with(
        &self,
        broker: &impl Brokers,
        topic: &str,
        transform: Option<Arc<dyn RowTransform>>,
        edit: impl FnOnce(&mut SourceDefinition),
    ) -> ObjectId {
        let description = describe_topic(&connection(broker), topic).await.unwrap();
        let start =
            resolve_start(&connection(broker), topic, &description, &StartPosition::Earliest).await.unwrap();
        let id = self.database.new_object_id();
        let dead_letters = storage::dead_letters::definition(self.database.new_object_id());
        let mut definition = SourceDefinition {
            table: table(id),
            dead_letters,
            endpoint: KafkaEndpoint::Brokers(broker.addresses()),
            topic: topic.to_owned(),
            topic_id: description.topic_id,
            start_offsets: start,
            format: SourceFormat::Json { timestamp_format: TimestampFormat::default() },
            filter: None,
            options: SourceOptions {
                flush_interval: Duration::from_secs(3600),
                flush_rows: NonZeroU64::MAX,
                ..SourceOptions::default()
            },
            paused: false,
        };
        edit(&mut definition);
        let object = CatalogObject::Source(definition);
        let change = CatalogChange::Create { name: topic.into(), comment: None, id, object };
        self.database.change_catalog(change).await.unwrap();
        self.start_with(broker, id, transform, true).await;
        id
    }

    /// Starts a source that the catalog has.
    pub(crate) async fn start(&self, broker: &impl Brokers, id: ObjectId) {
        self.start_with(broker, id, None, false).await;
    }

    pub(crate) async fn start_with(
        &self,
        broker: &impl Brokers,
        id: ObjectId,
        transform: Option<Arc<dyn RowTransform>>,
        at_earliest: bool,
    ) {
        let task =
            SourceTask { entry: self.entry(id), connection: connection(broker), transform, at_earliest };
        self.supervisor.start(task).await.unwrap();
    }

    pub(crate) fn entry(&self, id: ObjectId) -> Arc<CatalogEntry> {
        Arc::clone(&self.database.snapshot().catalog().entries[&id])
    }

    /// `ALTER SOURCE … RESET OFFSETS TO`, as the server does it.
    pub(crate) async fn reset(&self, broker: &impl Brokers, id: ObjectId, to: &StartPosition) {
        self.supervisor.stop(id).await;
        self.database.flush(id).await.unwrap();
        let mut entry = CatalogEntry::clone(&self.entry(id));
        let CatalogObject::Source(source) = &mut entry.object else { panic!("not a source") };
        let description = describe_topic(&connection(broker), &source.topic).await.unwrap();
        let offsets = resolve_start(&connection(broker), &source.topic, &description, to).await.unwrap();
        source.topic_id = description.topic_id;
        source.start_offsets = offsets.clone();
        let offsets = offsets.into_iter().collect();
        self.database.change_catalog(CatalogChange::Reset { entry, offsets }).await.unwrap();
        self.start(broker, id).await;
    }

    pub(crate) fn status(&self, id: ObjectId) -> SourceStatus {
        self.database.statuses().read(id)
    }

    pub(crate) fn visible(&self, id: ObjectId, partition: i32) -> i64 {
        self.database.snapshot().offsets(id).get(&Partition(partition)).map_or(0, |offsets| offsets.visible.0)
    }

    pub(crate) async fn until(&self, id: ObjectId, what: &str, condition: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            let status = self.status(id);
            assert!(start.elapsed() < PATIENCE, "{what} did not come: {status:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn until_state(&self, id: ObjectId, state: SourceState) -> SourceStatus {
        self.until(id, &format!("state {state}"), |rig| rig.status(id).state == state).await;
        self.status(id)
    }

    /// Waits until every partition is read to the end that the broker has now.
    pub(crate) async fn until_caught_up(&self, broker: &impl Brokers, id: ObjectId) {
        let CatalogObject::Source(source) = &self.entry(id).object.clone() else { panic!("not a source") };
        let topic = describe_topic(&connection(broker), &source.topic).await.unwrap();
        self.until(id, "the end", |rig| {
            topic.partitions.iter().all(|(partition, bounds)| rig.visible(id, partition.0) >= bounds.high.0)
        })
        .await;
    }

    /// All rows of a source, stored and hot, as they come.
    pub(crate) async fn rows(&self, id: ObjectId) -> Vec<Row> {
        let mut rows = Vec::new();
        for batch in self.batches(id, |source| &source.table).await {
            let (ids, partitions) = (batch.column(0).as_primitive::<Int64Type>(), batch.column(2));
            let (partitions, offsets) =
                (partitions.as_primitive::<Int32Type>(), batch.column(3).as_primitive::<Int64Type>());
            rows.extend((0..batch.num_rows()).map(|row| Row {
                partition: partitions.value(row),
                offset: offsets.value(row),
                id: if ids.is_null(row) { -1 } else { ids.value(row) },
            }));
        }
        rows
    }

    /// Partition, offset, value and error of all dead letters.
    pub(crate) async fn dead_letters(&self, id: ObjectId) -> Vec<(i32, i64, String, String)> {
        let mut rows = Vec::new();
        for batch in self.batches(id, |source| &source.dead_letters).await {
            let partitions = batch.column(0).as_primitive::<Int32Type>();
            let offsets = batch.column(1).as_primitive::<Int64Type>();
            let (values, errors) = (batch.column(4).as_binary_view(), batch.column(5).as_string_view());
            rows.extend((0..batch.num_rows()).map(|row| {
                let value = if values.is_null(row) {
                    "<null>".into()
                } else {
                    String::from_utf8_lossy(values.value(row))
                };
                (partitions.value(row), offsets.value(row), value.into_owned(), errors.value(row).to_owned())
            }));
        }
        rows
    }

    async fn batches(
        &self,
        id: ObjectId,
        table: impl Fn(&SourceDefinition) -> &TableDefinition,
    ) -> Vec<RecordBatch> {
        let snapshot = self.database.snapshot();
        let CatalogObject::Source(source) = &snapshot.catalog().entries[&id].object else {
            panic!("no source")
        };
        let table = table(source);
        let mut batches = Vec::new();
        for segment in snapshot.segments(table.id).iter() {
            let format = self.database.segment_format();
            let stream =
                format.read(self.database.object_store(), segment, table.schema.stored()).await.unwrap();
            batches.extend(stream.try_collect::<Vec<_>>().await.unwrap());
        }
        batches.extend(snapshot.hot(table.id).batches.iter().cloned());
        batches
    }
}

/// What the producer knows it sent: for each partition the ids in order.
#[derive(Debug, Default)]
pub(crate) struct Ledger(pub(crate) BTreeMap<i32, Vec<i64>>);

impl Ledger {
    /// Sends messages with these ids, dealt out over the partitions.
    pub(crate) fn send(
        &mut self,
        producer: &Producer,
        topic: &str,
        partitions: i32,
        ids: std::ops::Range<i64>,
    ) {
        for id in ids {
            let partition = (id % i64::from(partitions)) as i32;
            let value = format!(r#"{{"id": {id}, "name": "name {id}"}}"#);
            producer.send(topic, &Message::value(&value).partition(partition)).unwrap();
            self.0.entry(partition).or_default().push(id);
        }
        producer.flush().unwrap();
    }

    /// Every id once, in order of offsets within its partition.
    pub(crate) fn check(&self, mut rows: Vec<Row>) {
        rows.sort_unstable();
        let mut seen: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
        for pair in rows.windows(2) {
            assert!(
                (pair[0].partition, pair[0].offset) != (pair[1].partition, pair[1].offset),
                "twice: {pair:?}"
            );
        }
        for row in rows {
            seen.entry(row.partition).or_default().push(row.id);
        }
        let lengths =
            |map: &BTreeMap<i32, Vec<i64>>| map.iter().map(|(p, ids)| (*p, ids.len())).collect::<Vec<_>>();
        assert_eq!(lengths(&seen), lengths(&self.0));
        assert!(seen == self.0, "the same number of rows, but not the same");
    }
}

pub(crate) fn connection(broker: &impl Brokers) -> ConnectionDefinition {
    ConnectionDefinition { brokers: broker.addresses(), security: KafkaSecurity::Plaintext }
}

pub(crate) fn offset_map(offsets: &[i64]) -> BTreeMap<Partition, Offset> {
    (0..).map(Partition).zip(offsets.iter().copied().map(Offset)).collect()
}

/// `(id bigint, name text) INCLUDE PARTITION AS p, OFFSET AS o, TIMESTAMP AS t`.
fn table(id: ObjectId) -> TableDefinition {
    let field = ColumnOrigin::Field { path: None };
    let include = ColumnOrigin::Include;
    let columns = [
        ("id", ColumnType::BigInt, true, field.clone()),
        ("name", ColumnType::Text, false, field),
        ("p", ColumnType::Integer, false, include(MessagePart::Partition)),
        ("o", ColumnType::BigInt, false, include(MessagePart::Offset)),
        ("t", ColumnType::TimestampTz, true, include(MessagePart::Timestamp)),
    ];
    let column = |(number, (name, column_type, not_null, origin)): (u32, (&str, _, _, _))| Column {
        id: ColumnId(number),
        name: name.to_owned(),
        column_type,
        not_null,
        origin,
        comment: None,
    };
    TableDefinition {
        id,
        schema: TableSchema {
            version: 1,
            columns: (1..).zip(columns).map(column).collect(),
            next_column_id: 6,
        },
        partition_by: Some(TimePartitioning {
            column: ColumnId(5),
            interval_micros: NonZeroU64::new(86_400_000_000).unwrap(),
        }),
        order_by: Vec::new(),
    }
}
