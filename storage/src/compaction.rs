//! Merging the small segments that small inserts leave: files are opened one by one, and each costs a
//! query about as much as some ten thousand rows.
//!
//! The simplest there is: when a time chunk of a table has [`SEGMENTS_MIN`] small ones, their rows become
//! one. In one commit the old ones go and the new one comes; whoever reads the old ones keeps them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;

use crate::catalog::{CatalogObject, TableDefinition};
use crate::database::Database;
use crate::error::{Result, StorageError};
use crate::flush::ROW_BYTES;
use crate::ids::ObjectId;
use crate::log::Action;
use crate::segment::{SegmentMeta, TimeChunk};

/// Small segments of a chunk from which on they are merged.
const SEGMENTS_MIN: usize = 16;
/// Segments merged at once at most.
const SEGMENTS_MAX: usize = 256;
/// Rows from which on a segment is not small.
const SMALL_ROWS: u64 = 128 * 1024;
/// Bytes of a file from which on a segment is not small.
const SMALL_BYTES: u64 = 8 << 20;
/// Bytes of files merged at once at most: what is read of them is in memory.
const MERGED_BYTES_MAX: u64 = 64 << 20;

impl Database {
    /// Merges small segments of a plain table, one chunk's; background work does so by itself. Returns
    /// whether there were enough. What is truncated or dropped meanwhile stays so.
    pub async fn compact(&self, table: ObjectId) -> Result<bool> {
        let snapshot = self.snapshot();
        let Some(definition) = snapshot.catalog().table_by_id(table) else { return Ok(false) };
        let Some(small) = candidates(&snapshot.segments(table)) else { return Ok(false) };
        let rows: u64 = small.iter().map(|segment| segment.rows).sum();
        let _meanwhile = self.hot_memory.reserve(rows * ROW_BYTES);
        let batches = self.read_all(definition, &small).await?;
        let mut in_flight = self.new_segments();
        let mut actions: Vec<Action> =
            small.iter().map(|segment| Action::RemoveSegment { table, segment: segment.id }).collect();
        self.add_segments(definition, batches, &mut in_flight, &mut actions).await?;
        let committed = self.commit_segments(actions, in_flight).await;
        match committed {
            Ok(_) => Ok(true),
            Err(StorageError::SegmentMissing { .. } | StorageError::NoSuchObject { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Merges what is worth it in every plain table.
    pub(crate) async fn compact_all(&self) {
        let tables: Vec<ObjectId> = {
            let snapshot = self.snapshot();
            let entries = snapshot.catalog().entries.values();
            let plain = entries.filter(|entry| matches!(entry.object, CatalogObject::Table(_)));
            plain.map(|entry| entry.id).collect()
        };
        for table in tables {
            loop {
                match self.compact(table).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        // The small ones stay: queries are slower, and nothing is lost.
                        tracing::warn!(%table, %error, "merging small segments failed");
                        break;
                    }
                }
            }
        }
    }

    async fn read_all(
        &self,
        table: &TableDefinition,
        segments: &[Arc<SegmentMeta>],
    ) -> Result<Vec<arrow::array::RecordBatch>> {
        let mut batches = Vec::new();
        for segment in segments {
            let stored = table.schema.stored();
            let read = self.segments.read(&self.store, segment, stored).await?;
            batches.extend(read.try_collect::<Vec<_>>().await?);
        }
        Ok(batches)
    }
}

/// Enough small segments of one chunk, in the order of their commits.
fn candidates(segments: &[Arc<SegmentMeta>]) -> Option<Vec<Arc<SegmentMeta>>> {
    let mut chunks: BTreeMap<TimeChunk, Vec<Arc<SegmentMeta>>> = BTreeMap::new();
    let is_small = |segment: &SegmentMeta| {
        // Rows of the overflow belong to many chunks.
        segment.rows < SMALL_ROWS && segment.bytes < SMALL_BYTES && segment.chunk != TimeChunk::Overflow
    };
    for segment in segments.iter().filter(|segment| is_small(segment)) {
        chunks.entry(segment.chunk).or_default().push(Arc::clone(segment));
    }
    let enough = chunks.into_values().find(|small| small.len() >= SEGMENTS_MIN)?;
    let mut bytes = 0;
    let merged = enough.into_iter().take(SEGMENTS_MAX).take_while(|segment| {
        bytes += segment.bytes;
        bytes <= MERGED_BYTES_MAX
    });
    Some(merged.collect::<Vec<_>>()).filter(|merged| merged.len() >= 2)
}
