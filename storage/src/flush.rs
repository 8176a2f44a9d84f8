//! Flushing: frozen hot rows become segments, and segments and offsets become true in one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{CatalogObject, SourceDefinition, TableDefinition};
use crate::database::Database;
use crate::error::{Result, StorageError};
use crate::hot::{HotBlock, OffsetRange};
use crate::ids::{LogPosition, ObjectId, Partition};
use crate::in_flight::InFlight;
use crate::log::Action;
use crate::segment::write::write_segments;

/// What writing a row takes meanwhile, as measured: its place and sort key are 24 bytes, the places
/// twice for a moment; the rest are zones that the encoder holds, and what the allocator keeps.
pub(crate) const ROW_BYTES: u64 = 72;

/// What one flush writes: every unit of a source that was visible at one moment.
struct Frozen {
    definition: SourceDefinition,
    blocks: Vec<Arc<HotBlock>>,
}

impl Database {
    /// Writes a source's hot rows (and dead letters) as segments, commits them with their
    /// offsets, and swaps them in one step. Returns the position of the commit, or None where
    /// there was nothing to flush. Units may be published meanwhile; they stay hot. After an error
    /// everything is still hot, and the next flush tries again.
    pub async fn flush(&self, source: ObjectId) -> Result<Option<LogPosition>> {
        let gate = self.flush_gate(source);
        let _one_at_a_time = gate.lock().await;
        self.flush_exclusively(source).await
    }

    /// As [`flush`](Self::flush), for a caller that holds the source's gate.
    pub(crate) async fn flush_exclusively(&self, source: ObjectId) -> Result<Option<LogPosition>> {
        // A commit whose outcome was in doubt may have taken place.
        self.adopt(self.log.manifest())?;
        let Some(frozen) = self.freeze(source)? else { return Ok(None) };
        let rows: u64 = frozen.blocks.iter().map(|block| block.row_count()).sum();
        let _meanwhile = self.hot_memory.reserve(rows * ROW_BYTES);
        let mut in_flight = self.new_segments();
        let mut actions = Vec::new();
        let rows = frozen.blocks.iter().filter_map(|block| block.rows.clone()).collect();
        self.add_segments(&frozen.definition.table, rows, &mut in_flight, &mut actions).await?;
        let dead_letters = frozen.blocks.iter().filter_map(|block| block.dead_letters.clone()).collect();
        self.add_segments(&frozen.definition.dead_letters, dead_letters, &mut in_flight, &mut actions)
            .await?;
        actions.extend(advances(source, &frozen.blocks));
        // Also where this future is dropped meanwhile: the log goes on without it.
        in_flight.keep();
        let committed = self.log.commit(actions).await;
        if !matches!(committed, Err(StorageError::InDoubt { .. })) {
            in_flight.decided();
        }
        let manifest = committed?;
        let position = manifest.position;
        self.adopt(manifest)?;
        Ok(Some(position))
    }

    /// Takes what is hot now; what is published from here on belongs to the next flush.
    fn freeze(&self, source: ObjectId) -> Result<Option<Frozen>> {
        let mut state = self.state.lock();
        let snapshot = self.current();
        let Some(entry) = snapshot.manifest.catalog.entries.get(&source) else {
            return Err(StorageError::NoSuchObject { id: source });
        };
        let CatalogObject::Source(definition) = &entry.object else {
            return Err(StorageError::NoSuchObject { id: source });
        };
        let Some(hot) = snapshot.hot.get(&source) else { return Ok(None) };
        *state.generations.entry(source).or_default() += 1;
        Ok(Some(Frozen { definition: definition.clone(), blocks: hot.blocks.to_vec() }))
    }

    /// Writes rows as segments, and notes what makes them part of their table.
    pub(crate) async fn add_segments(
        &self,
        table: &TableDefinition,
        batches: Vec<arrow::array::RecordBatch>,
        in_flight: &mut InFlight,
        actions: &mut Vec<Action>,
    ) -> Result<()> {
        let table = Arc::new(table.clone());
        let segments =
            write_segments(&self.store, &self.segments, &table, batches, || in_flight.new_id()).await?;
        actions.extend(segments.into_iter().map(|segment| Action::AddSegment(Arc::new(segment))));
        Ok(())
    }
}

/// One advance a partition, over all its blocks.
fn advances(source: ObjectId, blocks: &[Arc<HotBlock>]) -> impl Iterator<Item = Action> {
    let mut ranges: BTreeMap<Partition, OffsetRange> = BTreeMap::new();
    for range in blocks.iter().flat_map(|block| &block.ranges) {
        ranges.entry(range.partition).and_modify(|all| all.next = range.next).or_insert(*range);
    }
    ranges.into_values().map(move |range| Action::AdvanceOffsets {
        source,
        partition: range.partition,
        from: range.from,
        to: range.next,
    })
}
