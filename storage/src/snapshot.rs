//! What a query sees: one log position and exactly the hot rows beyond it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::hot::HotRows;
use crate::ids::{LogPosition, ObjectId, Offset, Partition};
use crate::segment::SegmentMeta;

/// A snapshot: immutable, cheap to clone, and while it lives nothing that it names is deleted.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) inner: Arc<SnapshotInner>,
}

#[derive(Debug)]
pub(crate) struct SnapshotInner {
    pub(crate) position: LogPosition,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) segments: Arc<BTreeMap<ObjectId, Arc<[Arc<SegmentMeta>]>>>,
    pub(crate) hot: BTreeMap<ObjectId, HotRows>,
    pub(crate) offsets: BTreeMap<ObjectId, BTreeMap<Partition, PartitionOffsets>>,
}

/// Where a partition of a source stands in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionOffsets {
    /// Where the source began to read (or was last reset to).
    pub start: Offset,
    /// The next offset to be committed: below it everything is in segments.
    pub committed: Offset,
    /// The next offset to become visible; at least `committed`.
    pub visible: Offset,
}

impl Snapshot {
    /// The log position.
    pub fn position(&self) -> LogPosition {
        self.inner.position
    }

    /// The catalog at that position.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.inner.catalog
    }

    /// The segments of a table (a source's, or its dead letters'), in the order of their commits.
    pub fn segments(&self, table: ObjectId) -> Arc<[Arc<SegmentMeta>]> {
        self.inner.segments.get(&table).cloned().unwrap_or_default()
    }

    /// The hot rows of a table.
    pub fn hot(&self, table: ObjectId) -> HotRows {
        self.inner.hot.get(&table).cloned().unwrap_or_default()
    }

    /// The partitions of a source.
    pub fn offsets(&self, source: ObjectId) -> BTreeMap<Partition, PartitionOffsets> {
        self.inner.offsets.get(&source).cloned().unwrap_or_default()
    }
}
