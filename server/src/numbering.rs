//! The numbers of identity columns.
//!
//! A column goes on behind the largest number in its table, which the statistics of segments tell
//! without reading them. What was given out and not committed is given out again after a restart,
//! and only then: as with PostgreSQL's sequences there may be gaps, and no committed number twice.

use std::collections::HashMap;

use parking_lot::Mutex;
use storage::ids::{ColumnId, ObjectId};
use storage::segment::stats::BoundValue;
use storage::snapshot::Snapshot;

/// The next number of each column that was asked for one since the start.
#[derive(Debug, Default)]
pub struct Numbering {
    next: Mutex<HashMap<(ObjectId, ColumnId), i64>>,
}

impl Numbering {
    /// Takes so many numbers, of which the first is the answer. `snapshot` is the newest.
    pub fn take(&self, table: ObjectId, column: ColumnId, count: u64, snapshot: &Snapshot) -> i64 {
        let mut next = self.next.lock();
        let next = next.entry((table, column)).or_insert_with(|| behind_largest(table, column, snapshot));
        let first = *next;
        *next = next.saturating_add_unsigned(count);
        first
    }

    /// A number was given by a statement: the next ones are beyond it.
    pub fn given(&self, table: ObjectId, column: ColumnId, number: i64, snapshot: &Snapshot) {
        let mut next = self.next.lock();
        let next = next.entry((table, column)).or_insert_with(|| behind_largest(table, column, snapshot));
        *next = (*next).max(number.saturating_add(1));
    }
}

fn behind_largest(table: ObjectId, column: ColumnId, snapshot: &Snapshot) -> i64 {
    let segments = snapshot.segments(table);
    let largest =
        segments.iter().filter_map(|segment| match segment.columns.get(&column)?.max.as_ref()?.value {
            BoundValue::Int(largest) => Some(largest),
            _ => None,
        });
    largest.max().map_or(1, |largest| largest.saturating_add(1).max(1))
}
