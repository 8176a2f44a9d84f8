//! What a query sees: one log position and exactly the hot rows beyond it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::catalog::Catalog;
use crate::error::Result;
use crate::hot::{HotBlock, HotMemory, HotRows, HotSource, OffsetRange};
use crate::ids::{LogPosition, ObjectId, Offset, Partition};
use crate::manifest::{Manifest, invariants};
use crate::segment::SegmentMeta;

/// A snapshot: immutable, cheap to clone, and while it lives nothing that it names is deleted.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) inner: Arc<SnapshotInner>,
}

#[derive(Debug, Default)]
pub(crate) struct SnapshotInner {
    pub(crate) manifest: Arc<Manifest>,
    /// By source; only sources that have hot units.
    pub(crate) hot: BTreeMap<ObjectId, HotSource>,
    /// The snapshot that this one was made from: its manifest keeps the files that both name.
    pub(crate) below: Option<Arc<SnapshotInner>>,
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
        self.inner.manifest.position
    }

    /// The catalog at that position.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.inner.manifest.catalog
    }

    /// The segments of a table (a source's, or its dead letters'), in the order of their commits.
    pub fn segments(&self, table: ObjectId) -> Arc<[Arc<SegmentMeta>]> {
        self.inner.manifest.segments(table)
    }

    /// The same snapshot, but for one table, which has these rows of its stored schema and no other.
    pub fn showing(&self, table: ObjectId, rows: Vec<RecordBatch>) -> Self {
        let mut manifest = Manifest::clone(&self.inner.manifest);
        Arc::make_mut(&mut manifest.segments).remove(&table);
        let memory = Arc::new(HotMemory::new(u64::MAX));
        let block = |rows| HotBlock::new(0, Box::default(), Some(rows), None, 0, Arc::clone(&memory));
        let blocks = rows.into_iter().map(|rows| Arc::new(block(rows))).collect();
        let mut hot = self.inner.hot.clone();
        hot.insert(table, HotSource { blocks, visible: Arc::default() });
        let below = Some(Arc::clone(&self.inner));
        Self { inner: Arc::new(SnapshotInner { manifest: Arc::new(manifest), hot, below }) }
    }

    /// The hot rows of a table.
    pub fn hot(&self, table: ObjectId) -> HotRows {
        if let Some(source) = self.inner.hot.get(&table) {
            return source.rows(|block| block.rows.as_ref());
        }
        let of_dead_letters = self.catalog().sources().find(|(_, source)| source.dead_letters.id == table);
        of_dead_letters
            .and_then(|(entry, _)| self.inner.hot.get(&entry.id))
            .map(|source| source.rows(|block| block.dead_letters.as_ref()))
            .unwrap_or_default()
    }

    /// The partitions of a source.
    pub fn offsets(&self, source: ObjectId) -> BTreeMap<Partition, PartitionOffsets> {
        let committed = self.inner.manifest.offsets.get(&source);
        let mut offsets: BTreeMap<_, _> = committed
            .iter()
            .flat_map(|partitions| partitions.iter())
            .map(|(&partition, stored)| {
                let (start, committed) = (stored.start, stored.committed);
                (partition, PartitionOffsets { start, committed, visible: committed })
            })
            .collect();
        for (&partition, &visible) in self.inner.hot.get(&source).iter().flat_map(|hot| hot.visible.iter()) {
            let new = PartitionOffsets { start: Offset(0), committed: Offset(0), visible };
            offsets.entry(partition).or_insert(new).visible = visible;
        }
        offsets
    }
}

impl SnapshotInner {
    /// Where the next unit of a partition has to begin.
    pub(crate) fn visible(&self, source: ObjectId, partition: Partition) -> Offset {
        let hot = self.hot.get(&source).and_then(|hot| hot.visible.get(&partition));
        hot.copied().unwrap_or_else(|| committed(&self.manifest, source, partition))
    }

    /// The next snapshot: the same log position, another list of blocks for one source.
    pub(crate) fn with_hot(&self, source: ObjectId, hot: HotSource) -> Self {
        let mut all = self.hot.clone();
        all.insert(source, hot);
        Self { manifest: Arc::clone(&self.manifest), hot: all, below: None }
    }

    /// The next snapshot after a commit: hot blocks below its offsets go in the same step in which
    /// their segments come, those of dropped sources with their source.
    pub(crate) fn with_manifest(&self, manifest: Arc<Manifest>) -> Result<Self> {
        let mut hot = BTreeMap::new();
        for (&id, source) in &self.hot {
            if invariants::source_exists(&manifest.catalog, id).is_err() {
                continue;
            }
            let is_committed = |block: &HotBlock| {
                block.ranges.iter().all(|range| range.next <= committed(&manifest, id, range.partition))
            };
            let blocks: Arc<[_]> =
                source.blocks.iter().filter(|block| !is_committed(block)).cloned().collect();
            if !blocks.is_empty() {
                let visible = Arc::new(visible_offsets(&manifest, id, &blocks)?);
                hot.insert(id, HotSource { blocks, visible });
            }
        }
        Ok(Self { manifest, hot, below: None })
    }
}

fn committed(manifest: &Manifest, source: ObjectId, partition: Partition) -> Offset {
    manifest.offsets(source, partition).unwrap_or_default().committed
}

/// SNAPSHOT: where the hot blocks of a source end, checked to begin where the log ends.
fn visible_offsets(
    manifest: &Manifest,
    source: ObjectId,
    blocks: &[Arc<HotBlock>],
) -> Result<BTreeMap<Partition, Offset>> {
    let mut ranges: BTreeMap<Partition, Vec<&OffsetRange>> = BTreeMap::new();
    for range in blocks.iter().flat_map(|block| &block.ranges) {
        ranges.entry(range.partition).or_default().push(range);
    }
    ranges
        .into_iter()
        .map(|(partition, ranges)| {
            let committed = committed(manifest, source, partition);
            Ok((partition, invariants::hot_continues_committed(source, committed, ranges)?))
        })
        .collect()
}
