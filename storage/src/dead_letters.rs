//! The table beside every source that keeps the messages which did not become rows.

use std::num::NonZeroU64;

use crate::catalog::{TableDefinition, TimePartitioning};
use crate::ids::{ColumnId, ObjectId};
use crate::schema::{Column, ColumnOrigin, ColumnType, TableSchema};

/// `<source>_dead_letters`.
pub const SUFFIX: &str = "_dead_letters";

/// Its columns in order: name, type, whether null is refused.
pub const COLUMNS: [(&str, ColumnType, bool); 6] = [
    ("partition", ColumnType::Integer, true),
    ("offset", ColumnType::BigInt, true),
    ("timestamp", ColumnType::TimestampTz, true),
    ("key", ColumnType::Bytea, false),
    ("value", ColumnType::Bytea, false),
    ("error", ColumnType::Text, true),
];

const DAY_MICROS: NonZeroU64 = NonZeroU64::new(86_400_000_000).expect("not zero");

/// The definition of a dead-letter table with this id: one chunk a day of the message's timestamp.
pub fn definition(id: ObjectId) -> TableDefinition {
    let columns = (1..).zip(COLUMNS).map(|(number, (name, column_type, not_null))| Column {
        id: ColumnId(number),
        name: name.to_owned(),
        column_type,
        not_null,
        origin: ColumnOrigin::Field { path: None },
        comment: None,
    });
    TableDefinition {
        id,
        schema: TableSchema {
            version: 1,
            columns: columns.collect(),
            next_column_id: COLUMNS.len() as u32 + 1,
        },
        partition_by: Some(TimePartitioning { column: ColumnId(3), interval_micros: DAY_MICROS }),
        order_by: Vec::new(),
    }
}
