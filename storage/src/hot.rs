//! Hot rows: what is visible before it is on disk.

use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::ids::{ObjectId, Offset, Partition};

/// The unit of hot data: everything that became of some offset ranges of one source, made
/// visible at once. Immutable.
#[derive(Clone, Debug)]
pub struct HotUnit {
    /// The source.
    pub source: ObjectId,
    /// What it covers, at most one range a partition. Filtered messages, control records and
    /// aborted transactions advance a range without leaving rows.
    pub ranges: Vec<OffsetRange>,
    /// The rows, in the stored schema of the source's table; within a partition in offset order.
    pub rows: Option<RecordBatch>,
    /// The dead letters, in the stored schema of the dead-letter table.
    pub dead_letters: Option<RecordBatch>,
}

/// A range of offsets of one partition: from the first, up to but without `next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetRange {
    /// The partition.
    pub partition: Partition,
    /// The first offset covered: the position before the unit.
    pub from: Offset,
    /// The position after the unit, at which reading goes on. At least `from`.
    pub next: Offset,
}

/// The hot rows of one table in a snapshot, in arrival order.
#[derive(Clone, Debug, Default)]
pub struct HotRows {
    /// Batches in the stored schema.
    pub batches: Arc<[RecordBatch]>,
    /// Rows in all.
    pub rows: u64,
    /// Memory that they hold.
    pub bytes: u64,
}
