//! The folded log: what exists at one position.
//!
//! A manifest is immutable. Applying a record gives the next one, which shares everything that the
//! record leaves alone; a table that gains or loses segments copies its list of pointers (80 KB for
//! 10,000 segments), less than writing the record costs.

pub mod checkpoint;
pub mod invariants;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, CatalogEntry, CatalogObject};
use crate::error::{Result, StorageError};
use crate::ids::{LogPosition, ObjectId, Offset, Partition, SegmentId};
use crate::log::{Action, Record};
use crate::segment::SegmentMeta;

/// The segments of a table, in the order of their commits.
pub type SegmentList = Arc<[Arc<SegmentMeta>]>;

/// Everything that the log says at one position.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The last record folded; 0 where there is none.
    pub position: LogPosition,
    /// The newest epoch.
    pub epoch: u64,
    /// The catalog.
    pub catalog: Arc<Catalog>,
    /// The segments of each table that has any.
    pub segments: Arc<BTreeMap<ObjectId, SegmentList>>,
    /// The partitions of each source.
    pub offsets: Arc<BTreeMap<ObjectId, Arc<BTreeMap<Partition, CommittedOffsets>>>>,
}

/// Where a partition of a source stands in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedOffsets {
    /// Where the source began to read, or was last reset to.
    pub start: Offset,
    /// The next offset to be committed: from `start` to here everything is in segments.
    pub committed: Offset,
}

impl Manifest {
    /// The manifest after `record`, or why the record is refused: every action's precondition,
    /// FENCE and OFFSETS are checked here, when it is written and whenever it is read.
    pub fn apply(&self, record: &Record) -> Result<Self> {
        invariants::log_is_unbroken(self.position, record.position)?;
        let mut next = self.clone();
        match record.actions.first() {
            Some(Action::TakeLease { previous }) => {
                invariants::lease_follows(self.epoch, *previous, record.epoch)?;
                next.epoch = record.epoch;
            }
            _ => invariants::epoch_is_current(self.epoch, record.epoch)?,
        }
        for action in &record.actions {
            next.apply_action(action)?;
        }
        next.position = record.position;
        Ok(next)
    }

    /// The manifest with `actions` on top, still at its old position: what a request of a group
    /// would do.
    pub(crate) fn with_actions(&self, actions: &[Action]) -> Result<Self> {
        let mut next = self.clone();
        actions.iter().try_for_each(|action| next.apply_action(action))?;
        Ok(next)
    }

    /// The segments of a table, in the order of their commits.
    pub fn segments(&self, table: ObjectId) -> SegmentList {
        self.segments.get(&table).cloned().unwrap_or_default()
    }

    /// Whether a segment is part of a table.
    pub(crate) fn has_segment(&self, table: ObjectId, segment: SegmentId) -> bool {
        self.segments.get(&table).is_some_and(|list| list.iter().any(|known| known.id == segment))
    }

    /// Every segment of every table.
    pub fn all_segments(&self) -> impl Iterator<Item = &Arc<SegmentMeta>> {
        self.segments.values().flat_map(|list| list.iter())
    }

    /// Where a partition stands, None where the log does not know it.
    pub fn offsets(&self, source: ObjectId, partition: Partition) -> Option<CommittedOffsets> {
        self.offsets.get(&source)?.get(&partition).copied()
    }

    fn apply_action(&mut self, action: &Action) -> Result<()> {
        match action {
            // Checked with the record's epoch.
            Action::TakeLease { .. } => Ok(()),
            Action::AddSegment(segment) => self.add_segment(segment),
            Action::RemoveSegment { table, segment } => self.remove_segment(*table, *segment),
            Action::TruncateTable { table } => {
                invariants::table_exists(&self.catalog, *table)?;
                Arc::make_mut(&mut self.segments).remove(table);
                Ok(())
            }
            Action::AdvanceOffsets { source, partition, from, to } => {
                self.advance(*source, *partition, *from, *to)
            }
            Action::ResetOffsets { source, partition, from, to } => {
                self.reset(*source, *partition, *from, *to)
            }
            Action::PutCatalog { entry, expected_version } => self.put_entry(entry, *expected_version),
            Action::DropCatalog { id, version } => self.drop_entry(*id, *version),
        }
    }

    fn add_segment(&mut self, segment: &Arc<SegmentMeta>) -> Result<()> {
        invariants::table_exists(&self.catalog, segment.table)?;
        let list = self.segments(segment.table);
        invariants::segment_is_new(&list, segment)?;
        let grown = list.iter().chain([segment]).cloned().collect();
        Arc::make_mut(&mut self.segments).insert(segment.table, grown);
        Ok(())
    }

    fn remove_segment(&mut self, table: ObjectId, segment: SegmentId) -> Result<()> {
        let list = self.segments(table);
        let kept: SegmentList = list.iter().filter(|kept| kept.id != segment).cloned().collect();
        if kept.len() == list.len() {
            return Err(StorageError::SegmentMissing { table, segment });
        }
        let segments = Arc::make_mut(&mut self.segments);
        if kept.is_empty() {
            segments.remove(&table);
        } else {
            segments.insert(table, kept);
        }
        Ok(())
    }

    fn advance(&mut self, source: ObjectId, partition: Partition, from: Offset, to: Offset) -> Result<()> {
        invariants::source_exists(&self.catalog, source)?;
        let stored = self.offsets(source, partition).unwrap_or_default();
        invariants::offsets_continue(source, partition, stored.committed, from, to)?;
        self.set_offsets(source, partition, CommittedOffsets { start: stored.start, committed: to });
        Ok(())
    }

    fn reset(
        &mut self,
        source: ObjectId,
        partition: Partition,
        from: Option<Offset>,
        to: Offset,
    ) -> Result<()> {
        invariants::source_exists(&self.catalog, source)?;
        let stored = self.offsets(source, partition).map(|offsets| offsets.committed);
        invariants::reset_starts_where_log_stands(source, partition, stored, from, to)?;
        self.set_offsets(source, partition, CommittedOffsets { start: to, committed: to });
        Ok(())
    }

    fn put_entry(&mut self, entry: &Arc<CatalogEntry>, expected: Option<u64>) -> Result<()> {
        invariants::entry_may_be_put(&self.catalog, entry, expected)?;
        let catalog = Arc::make_mut(&mut self.catalog);
        catalog.next_object_id = catalog.next_object_id.max(largest_id(entry) + 1);
        catalog.entries.insert(entry.id, Arc::clone(entry));
        if let (None, CatalogObject::Source(source)) = (expected, &entry.object) {
            for (partition, start) in &source.start_offsets {
                let offsets = CommittedOffsets { start: *start, committed: *start };
                self.set_offsets(entry.id, *partition, offsets);
            }
        }
        Ok(())
    }

    fn drop_entry(&mut self, id: ObjectId, version: u64) -> Result<()> {
        let entry = Arc::clone(invariants::entry_may_be_dropped(&self.catalog, id, version)?);
        Arc::make_mut(&mut self.catalog).entries.remove(&id);
        for table in entry.object.tables() {
            Arc::make_mut(&mut self.segments).remove(&table.id);
        }
        if self.offsets.contains_key(&id) {
            Arc::make_mut(&mut self.offsets).remove(&id);
        }
        Ok(())
    }

    fn set_offsets(&mut self, source: ObjectId, partition: Partition, offsets: CommittedOffsets) {
        let partitions = Arc::make_mut(&mut self.offsets).entry(source).or_default();
        Arc::make_mut(partitions).insert(partition, offsets);
    }
}

/// The largest object id that an entry takes.
fn largest_id(entry: &CatalogEntry) -> u32 {
    entry.object.tables().map(|table| table.id.0).chain([entry.id.0]).max().unwrap_or_default()
}
