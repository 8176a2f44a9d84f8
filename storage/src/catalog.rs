//! What exists in the database: schemas, sources, connections, tables and views, each a versioned entry of the
//! log.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{ColumnId, ObjectId, Offset, Partition};
use crate::schema::TableSchema;

/// The schema that is always there.
pub const PUBLIC: &str = "public";

/// Where an object is to be found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectName {
    /// The schema.
    pub schema: String,
    /// The name within it.
    pub name: String,
}

impl From<&str> for ObjectName {
    fn from(name: &str) -> Self {
        Self { schema: PUBLIC.to_owned(), name: name.to_owned() }
    }
}

/// A named object of the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogEntry {
    /// Never reused.
    pub id: ObjectId,
    /// The schema that it lives in. Schemas and connections live in none, and say [`PUBLIC`].
    #[serde(default = "public", skip_serializing_if = "is_public")]
    pub schema: String,
    /// Unique over all entries of its schema and the dead-letter tables of sources; a schema's over all schemas.
    pub name: String,
    /// Counts up with each change: the precondition of the next one.
    pub version: u64,
    /// `COMMENT ON`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What it is.
    pub object: CatalogObject,
}

fn public() -> String {
    PUBLIC.to_owned()
}

fn is_public(schema: &str) -> bool {
    schema == PUBLIC
}

/// What a catalog entry describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogObject {
    /// `CREATE SOURCE`.
    Source(SourceDefinition),
    /// `CREATE CONNECTION`.
    Connection(ConnectionDefinition),
    /// `CREATE TABLE`.
    Table(PlainTable),
    /// `CREATE VIEW`.
    View(ViewDefinition),
    /// `CREATE SCHEMA`.
    Schema,
}

impl CatalogObject {
    /// What people call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Source(_) => "source",
            Self::Connection(_) => "connection",
            Self::Table(_) => "table",
            Self::View(_) => "view",
            Self::Schema => "schema",
        }
    }

    /// The rows that belong to it: a source's and its dead letters', or a table's.
    pub fn tables(&self) -> impl Iterator<Item = &TableDefinition> {
        let (first, second) = match self {
            Self::Source(source) => (Some(&source.table), Some(&source.dead_letters)),
            Self::Table(table) => (Some(&table.table), None),
            Self::Connection(_) | Self::View(_) | Self::Schema => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The objects without which this one can't be.
    pub fn needs(&self) -> impl Iterator<Item = ObjectId> {
        let (connection, reads) = match self {
            Self::Source(source) => match source.endpoint {
                KafkaEndpoint::Connection(id) => (Some(id), &[][..]),
                KafkaEndpoint::Brokers(_) => (None, &[][..]),
            },
            Self::View(view) => (None, view.reads.as_slice()),
            Self::Connection(_) | Self::Table(_) | Self::Schema => (None, &[][..]),
        };
        connection.into_iter().chain(reads.iter().copied())
    }
}

/// What is stored of rows: shared by sources, their dead letters and plain tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDefinition {
    /// Names the table's segments. The source's own id for its rows; another for its dead letters.
    pub id: ObjectId,
    /// The columns.
    pub schema: TableSchema,
    /// The time chunks; without it the whole table is one chunk.
    pub partition_by: Option<TimePartitioning>,
    /// The cluster columns, by which the rows of a segment are sorted ascending, nulls last.
    pub order_by: Vec<ColumnId>,
}

/// `PARTITION BY time_bucket(interval, column)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimePartitioning {
    /// A timestamp column.
    pub column: ColumnId,
    /// The length of a chunk in microseconds. Fixed for the life of the table: it is part of
    /// every segment's identity.
    pub interval_micros: NonZeroU64,
}

/// A table that statements fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainTable {
    /// Its rows.
    pub table: TableDefinition,
    /// `CHECK`, enforced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// `PRIMARY KEY`, `UNIQUE` and `REFERENCES`: kept for tools, not enforced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
}

/// A condition that no row may break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The constraint's name.
    pub name: String,
    /// SQL over the columns; broken where it is false, not where it is null.
    pub expression: String,
}

/// What people say is unique, or is found elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The constraint's name.
    pub name: String,
    /// What it says.
    pub kind: KeyKind,
    /// Of these columns, in this order.
    pub columns: Vec<ColumnId>,
}

/// The kinds of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// `PRIMARY KEY`.
    Primary,
    /// `UNIQUE`.
    Unique,
    /// `REFERENCES table (columns)`, by name: the table may come and go.
    References {
        /// The other table.
        table: String,
        /// Its columns; empty for its primary key.
        columns: Vec<String>,
    },
}

/// A query with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDefinition {
    /// The query, as the user wrote it.
    pub query: String,
    /// Its columns when it was made.
    pub columns: Vec<ViewColumn>,
    /// The sources, tables and views that it reads.
    pub reads: Vec<ObjectId>,
    /// The schemas in which its names were looked up; none where that was [`PUBLIC`] alone. Of what they find,
    /// only `reads` is meant: a table that is made later hides none of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
}

/// A column of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// Its type, as PostgreSQL's `format_type` writes it.
    pub type_name: String,
}

/// A table that a Kafka topic fills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDefinition {
    /// Its rows.
    pub table: TableDefinition,
    /// `<source>_dead_letters`, see [`crate::dead_letters`].
    pub dead_letters: TableDefinition,
    /// Where the brokers are.
    pub endpoint: KafkaEndpoint,
    /// The topic's name.
    pub topic: String,
    /// The topic's id as the broker gives it, base64 as Kafka's tools print it: a topic deleted
    /// and made again keeps its name but not its id.
    pub topic_id: String,
    /// Where each partition known at creation begins. Partitions that appear later begin at 0.
    pub start_offsets: BTreeMap<Partition, Offset>,
    /// How a message's value becomes a row.
    pub format: SourceFormat,
    /// `WHERE`: SQL over the columns; rows for which it is not true are not stored.
    pub filter: Option<String>,
    /// `WITH (…)`.
    pub options: SourceOptions,
    /// `ALTER SOURCE … PAUSE`.
    pub paused: bool,
}

/// Where a source finds its brokers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KafkaEndpoint {
    /// `BROKERS '…'` in the source itself.
    Brokers(String),
    /// `KAFKA CONNECTION name`.
    Connection(ObjectId),
}

/// `CREATE CONNECTION … TO KAFKA (…)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionDefinition {
    /// Comma-separated `host:port` pairs.
    pub brokers: String,
    /// How to talk to them.
    pub security: KafkaSecurity,
}

/// `SECURITY PROTOCOL`. TLS and SASL will be variants that hold references to secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KafkaSecurity {
    /// `PLAINTEXT`.
    #[default]
    Plaintext,
}

/// `FORMAT …`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// `FORMAT JSON`: one object a message.
    Json {
        /// What a bare number in a timestamp column counts: `TIMESTAMP FORMAT` of the source.
        timestamp_format: TimestampFormat,
    },
}

/// What a bare number in a timestamp column counts since 1970. Text is ISO-8601 in each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestampFormat {
    /// Only text is taken; a number is a dead letter.
    #[default]
    Iso8601,
    /// Seconds, fractions allowed.
    EpochSeconds,
    /// Milliseconds, fractions allowed.
    EpochMilliseconds,
    /// Microseconds.
    EpochMicroseconds,
}

/// `WITH (…)` of a source, already validated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceOptions {
    /// Hot rows that start a flush.
    pub flush_rows: NonZeroU64,
    /// Bytes of hot rows in memory that start a flush.
    pub flush_bytes: NonZeroU64,
    /// Age of the oldest hot row that starts a flush.
    pub flush_interval: Duration,
}

impl Default for SourceOptions {
    /// Large segments, and no more than about a minute to read again after a crash.
    fn default() -> Self {
        Self {
            flush_rows: NonZeroU64::new(4_000_000).expect("not zero"),
            flush_bytes: NonZeroU64::new(512 << 20).expect("not zero"),
            flush_interval: Duration::from_secs(60),
        }
    }
}

/// All entries at one log position. Immutable: a change makes a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// By id.
    pub entries: BTreeMap<ObjectId, Arc<CatalogEntry>>,
    /// The id that the next object takes.
    pub next_object_id: u32,
}

impl Catalog {
    /// The schema with this name; none for [`PUBLIC`], which is nobody's work.
    pub fn schema(&self, name: &str) -> Option<&Arc<CatalogEntry>> {
        self.schemas().find(|entry| entry.name == name)
    }

    /// Whether something can live in this schema.
    pub fn has_schema(&self, name: &str) -> bool {
        name == PUBLIC || self.schema(name).is_some()
    }

    /// The schemas that were created.
    pub fn schemas(&self) -> impl Iterator<Item = &Arc<CatalogEntry>> {
        self.entries.values().filter(|entry| matches!(entry.object, CatalogObject::Schema))
    }

    /// What lives in a schema.
    pub fn within<'a, 'b>(
        &'a self,
        schema: &'b str,
    ) -> impl Iterator<Item = &'a Arc<CatalogEntry>> + use<'a, 'b> {
        let entries = self.entries.values();
        entries.filter(move |entry| entry.schema == schema && !matches!(entry.object, CatalogObject::Schema))
    }

    /// The entry with this name in a schema, compared exactly.
    pub fn entry(&self, schema: &str, name: &str) -> Option<&Arc<CatalogEntry>> {
        self.within(schema).find(|entry| entry.name == name)
    }

    /// The table that a query means by a name in a schema: a source, a source's dead letters, or a plain table.
    pub fn table(&self, schema: &str, name: &str) -> Option<(&Arc<CatalogEntry>, &TableDefinition)> {
        self.within(schema).find_map(|entry| match &entry.object {
            CatalogObject::Source(source) if entry.name == name => Some((entry, &source.table)),
            CatalogObject::Source(source)
                if name.strip_suffix(crate::dead_letters::SUFFIX) == Some(&entry.name) =>
            {
                Some((entry, &source.dead_letters))
            }
            CatalogObject::Table(table) if entry.name == name => Some((entry, &table.table)),
            _ => None,
        })
    }

    /// The rows with this id.
    pub fn table_by_id(&self, id: ObjectId) -> Option<&TableDefinition> {
        // Most are their entry's own; only dead letters have to be looked for.
        let entries = self.entries.get(&id).into_iter().chain(self.entries.values());
        entries.flat_map(|entry| entry.object.tables()).find(|table| table.id == id)
    }

    /// All sources with their entries.
    pub fn sources(&self) -> impl Iterator<Item = (&Arc<CatalogEntry>, &SourceDefinition)> {
        self.entries.values().filter_map(|entry| match &entry.object {
            CatalogObject::Source(source) => Some((entry, source)),
            _ => None,
        })
    }
}
