//! Writing segments: from batches in memory to whole, synced files and what the log keeps of them.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::{Bytes, BytesMut};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::arrange::{Arranged, arrange, sort_columns};
use super::stats::{BoundValue, StatsCollector};
use super::{SegmentFormat, SegmentFormatKind, SegmentMeta};
use crate::catalog::TableDefinition;
use crate::error::{Result, StorageError};
use crate::ids::SegmentId;

/// Rows gathered and handed to the encoder at a time: some zones, and a few megabytes of copies.
const GATHER_ROWS: usize = 8 * 8192;
/// Bytes in one piece of an encoded file: what has been encoded is never copied again.
const PIECE_BYTES: usize = 1 << 20;

/// Writes the rows of a table, in its stored schema, as one segment per time chunk. They are
/// whole and synced when this returns, and unknown to the log.
pub(crate) async fn write_segments(
    store: &Arc<dyn ObjectStore>,
    format: &Arc<dyn SegmentFormat>,
    table: &Arc<TableDefinition>,
    batches: Vec<RecordBatch>,
    mut new_id: impl FnMut() -> SegmentId,
) -> Result<Vec<SegmentMeta>> {
    let batches: Arc<[RecordBatch]> = batches.into_iter().filter(|batch| batch.num_rows() > 0).collect();
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let groups = {
        let (table, batches) = (Arc::clone(table), Arc::clone(&batches));
        compute(move || arrange(&table, &batches)).await?
    };
    let mut written = Vec::with_capacity(groups.len());
    for rows in groups {
        let job = EncodeJob {
            id: new_id(),
            format: Arc::clone(format),
            table: Arc::clone(table),
            batches: Arc::clone(&batches),
            rows: Arc::new(rows),
        };
        let (meta, pieces) = compute(move || job.encode()).await?;
        let path = meta.path();
        store
            .put(&path, PutPayload::from_iter(pieces))
            .await
            .map_err(|source| StorageError::store("write", &path, source))?;
        written.push(meta);
    }
    Ok(written)
}

/// Runs CPU work on a thread of its own, so that the runtime goes on publishing; on a
/// single-threaded runtime in place, so that a simulation keeps its order.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // Only a runtime that shuts down cancels blocking work.
        Err(_) => Err(StorageError::ShuttingDown),
    }
}

/// One segment to encode.
struct EncodeJob {
    id: SegmentId,
    format: Arc<dyn SegmentFormat>,
    table: Arc<TableDefinition>,
    batches: Arc<[RecordBatch]>,
    rows: Arc<Arranged>,
}

impl EncodeJob {
    fn encode(self) -> Result<(SegmentMeta, Vec<Bytes>)> {
        let stats = Arc::new(Mutex::new(StatsCollector::new(&self.table.schema)));
        let total = self.rows.rows();
        let gathered = {
            let (rows, batches, stats) =
                (Arc::clone(&self.rows), Arc::clone(&self.batches), Arc::clone(&stats));
            (0..total).step_by(GATHER_ROWS).map(move |start| {
                let batch = rows.gather(&batches, start, GATHER_ROWS)?;
                stats.lock().add(&batch);
                Ok(batch)
            })
        };
        let mut sink = PieceSink::default();
        let schema = self.table.schema.stored();
        self.format.encode(self.table.id, self.id, schema, Box::new(gathered), &mut sink)?;
        let columns = std::mem::take(&mut *stats.lock()).finish();

        let time_bounds = self.table.partition_by.and_then(|partitioning| {
            let stats = columns.get(&partitioning.column)?;
            match (&stats.min.as_ref()?.value, &stats.max.as_ref()?.value) {
                (&BoundValue::Int(min), &BoundValue::Int(max)) => Some((min, max)),
                _ => None,
            }
        });
        let (bytes, crc32c, pieces) = sink.finish();
        let meta = SegmentMeta {
            id: self.id,
            table: self.table.id,
            chunk: self.rows.chunk,
            format: SegmentFormatKind::Vortex,
            schema_version: self.table.schema.version,
            rows: total as u64,
            bytes,
            crc32c,
            sorted_by: sort_columns(&self.table),
            time_range: time_bounds,
            columns,
        };
        Ok((meta, pieces))
    }
}

/// Collects an encoded file in pieces, with its checksum.
#[derive(Default)]
struct PieceSink {
    piece: BytesMut,
    pieces: Vec<Bytes>,
    bytes: u64,
    crc32c: u32,
}

impl PieceSink {
    fn finish(mut self) -> (u64, u32, Vec<Bytes>) {
        self.cut();
        (self.bytes, self.crc32c, self.pieces)
    }

    fn cut(&mut self) {
        if !self.piece.is_empty() {
            self.pieces.push(self.piece.split().freeze());
        }
    }
}

impl Write for PieceSink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.crc32c = crc32c::crc32c_append(self.crc32c, buffer);
        self.bytes += buffer.len() as u64;
        self.piece.extend_from_slice(buffer);
        if self.piece.len() >= PIECE_BYTES {
            self.cut();
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
