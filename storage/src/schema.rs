//! Columns and their types, and the two Arrow schemas of a table: as people name its columns,
//! and as segments and hot rows do (by column id).

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::ids::ColumnId;

/// The key in an Arrow field's metadata under which the PostgreSQL type is written, as
/// [`ColumnType`] prints it. Needed where several types share one Arrow type (`jsonb`, `uuid`
/// and `text` are all `Utf8View`); the wire reads it to choose the type's OID.
pub const PG_TYPE_KEY: &str = "pg.type";

/// Days since 1970 that a `date` may hold: years 1 to 9999, what four digits write.
pub const DATE_DAYS: Range<i32> = -719_162..2_932_897;

/// Microseconds since 1970 that a `timestamp` or `timestamptz` may hold: from the beginning of year
/// 1 to 9999-12-30 22:00, short of a day that a zone could carry over into year 10000. Vortex
/// panics over moments beyond when it writes them, so whoever makes rows refuses them.
pub const TIMESTAMP_MICROS: Range<i64> = DATE_DAYS.start as i64 * 86_400_000_000..253_402_207_200_000_000;

/// The type of a stored column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// `boolean`
    Boolean,
    /// `smallint`
    SmallInt,
    /// `integer`
    Integer,
    /// `bigint`
    BigInt,
    /// `real`
    Real,
    /// `double precision`
    Double,
    /// `numeric(precision, scale)`, precision 1 to 38
    Numeric {
        /// Digits in all.
        precision: u8,
        /// Digits after the point, 0 to `precision`.
        scale: i8,
    },
    /// `text`
    Text,
    /// `varchar(length)`, in characters
    Varchar {
        /// Characters at most.
        length: u32,
    },
    /// `character(length)`, without the blanks that fill it up: they mean nothing
    Character {
        /// Characters that a value is shown with.
        length: u32,
    },
    /// `bytea`
    Bytea,
    /// `uuid`: canonical lower-case text, whose byte order is the order of the type
    Uuid,
    /// `date`
    Date,
    /// `time`: microseconds since midnight
    Time,
    /// `timestamp`: microseconds since 1970
    Timestamp,
    /// `timestamptz`: microseconds since 1970 in UTC
    TimestampTz,
    /// `jsonb`: canonical text, see [`crate::jsonb`]
    Jsonb,
    /// `text[]`
    TextArray,
}

impl ColumnType {
    /// The Arrow type that holds such a column in memory and in segments.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::SmallInt => DataType::Int16,
            Self::Integer => DataType::Int32,
            Self::BigInt => DataType::Int64,
            Self::Real => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Numeric { precision, scale } => DataType::Decimal128(precision, scale),
            Self::Text | Self::Varchar { .. } | Self::Character { .. } | Self::Uuid | Self::Jsonb => {
                DataType::Utf8View
            }
            Self::Bytea => DataType::BinaryView,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::TextArray => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true))),
        }
    }

    /// Whether the type is a timestamp, by which a table can be partitioned.
    pub fn is_timestamp(self) -> bool {
        matches!(self, Self::Timestamp | Self::TimestampTz)
    }
}

/// The type's name as PostgreSQL's `format_type` writes it; `\d` and `SHOW CREATE SOURCE` print it.
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double precision"),
            Self::Numeric { precision, scale } => write!(f, "numeric({precision},{scale})"),
            Self::Text => f.write_str("text"),
            Self::Varchar { length } => write!(f, "character varying({length})"),
            Self::Character { length } => write!(f, "character({length})"),
            Self::Bytea => f.write_str("bytea"),
            Self::Uuid => f.write_str("uuid"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time without time zone"),
            Self::Timestamp => f.write_str("timestamp without time zone"),
            Self::TimestampTz => f.write_str("timestamp with time zone"),
            Self::Jsonb => f.write_str("jsonb"),
            Self::TextArray => f.write_str("text[]"),
        }
    }
}

/// Where a column's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnOrigin {
    /// A field of the message: by the column's name, or by a path where `FROM 'a.b.c'` gives one.
    Field {
        /// The keys from the outermost object inwards.
        path: Option<Vec<String>>,
    },
    /// `GENERATED ALWAYS AS (expression) STORED`.
    Generated {
        /// SQL over the source's other columns, as the user wrote it.
        expression: String,
    },
    /// `INCLUDE …`: a part of the Kafka message beside its value.
    Include(MessagePart),
    /// Of a plain table: what a statement gives.
    Inserted {
        /// SQL for the value where it gives none; without it the value is null.
        default: Option<String>,
    },
    /// Of a plain table: the next number, where a statement gives none.
    Identity {
        /// Statements may not give one, unless they insist.
        always: bool,
    },
}

/// A part of a Kafka message that `INCLUDE` turns into a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessagePart {
    /// The key: `text` where it is UTF-8 (a key that is not makes the message a dead letter).
    Key,
    /// The partition: `integer`.
    Partition,
    /// The offset: `bigint`.
    Offset,
    /// The message's timestamp: `timestamptz`.
    Timestamp,
    /// The headers as a `jsonb` object; of a repeated name the last value wins.
    Headers,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its id, which names it in segments.
    pub id: ColumnId,
    /// Its name, as folded or quoted by the user.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether null is refused.
    pub not_null: bool,
    /// Where its value comes from.
    pub origin: ColumnOrigin,
    /// `COMMENT ON COLUMN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Column {
    /// The Arrow field under which queries see the column.
    pub fn field(&self) -> Field {
        self.named(self.name.clone())
    }

    /// The Arrow field under which segments and hot rows hold the column.
    pub fn stored_field(&self) -> Field {
        // Nullable whatever the constraint says: a column added later is null in older segments.
        self.named(self.id.stored_name()).with_nullable(true)
    }

    fn named(&self, name: String) -> Field {
        Field::new(name, self.column_type.arrow(), !self.not_null)
            .with_metadata(HashMap::from([(PG_TYPE_KEY.to_owned(), self.column_type.to_string())]))
    }
}

/// The columns of a table, in the order in which `SELECT *` gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Counts up with every change of columns.
    pub version: u32,
    /// The columns.
    pub columns: Vec<Column>,
    /// The id that the next new column takes.
    pub next_column_id: u32,
}

impl TableSchema {
    /// The schema that queries see: column names as people gave them.
    pub fn arrow(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>()))
    }

    /// The schema of segments and hot rows: columns named by id.
    pub fn stored(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::stored_field).collect::<Vec<_>>()))
    }

    /// The column with this name, compared exactly.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column with this id.
    pub fn column_by_id(&self, id: ColumnId) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }
}
