//! Writing segments: from batches in memory to whole, synced files and what the log keeps of them.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::{Bytes, BytesMut};
use futures::future::join;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;

use super::arrange::{Arranged, arrange, sort_columns};
use super::stats::{BoundValue, StatsCollector};
use super::{SegmentFormat, SegmentFormatKind, SegmentMeta};
use crate::catalog::TableDefinition;
use crate::error::{Result, StorageError};
use crate::ids::SegmentId;

/// Rows gathered and handed to the encoder at a time: some zones, and a few megabytes of copies.
const GATHER_ROWS: usize = 8 * 8192;
/// Bytes of an encoded file that go to the store at a time: above the least that object stores
/// take as a part.
const PART_BYTES: usize = 8 << 20;
/// Parts that wait for the store at most, while the encoder goes on.
const PARTS_QUEUED_MAX: usize = 2;

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
        written.push(write_segment(store, job).await?);
    }
    Ok(written)
}

/// On a single-threaded runtime, work is done in place, so that a simulation keeps its order.
fn in_place() -> bool {
    Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread
}

/// Runs CPU work on a thread of its own, so that the runtime goes on publishing. A panic in it is an
/// error of this work alone: whoever called it, flushing or merging for all sources, goes on.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    if in_place() {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // Only a runtime that shuts down cancels blocking work.
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Err(StorageError::Panicked { message: panic_message(panic.as_ref()) }),
            Err(_) => Err(StorageError::ShuttingDown),
        },
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic").to_owned()
}

async fn write_segment(store: &Arc<dyn ObjectStore>, job: EncodeJob) -> Result<SegmentMeta> {
    let path = job.path();
    let failed = |source| StorageError::store("write", &path, source);
    if in_place() {
        let mut parts = Vec::new();
        let meta = job.encode(|part| {
            parts.push(part);
            Ok(())
        })?;
        store.put(&path, PutPayload::from_iter(parts)).await.map_err(failed)?;
        return Ok(meta);
    }
    let (sender, parts) = mpsc::channel(PARTS_QUEUED_MAX);
    let encode = compute(move || {
        job.encode(|part| sender.blocking_send(part).map_err(|_| io::ErrorKind::BrokenPipe.into()))
    });
    let (encoded, uploaded) = join(encode, upload(store, &path, parts)).await;
    // An upload that failed is why encoding did.
    let uploaded = uploaded.map_err(failed)?;
    match encoded {
        Ok(meta) => uploaded.complete(store, &path).await.map_err(failed).map(|()| meta),
        Err(error) => {
            uploaded.abort().await;
            Err(error)
        }
    }
}

/// A file of which all parts have been sent.
enum Uploaded {
    /// It is so small that it has one part.
    One(Bytes),
    Parts(Box<dyn MultipartUpload>),
}

async fn upload(
    store: &Arc<dyn ObjectStore>,
    path: &Path,
    mut parts: mpsc::Receiver<Bytes>,
) -> object_store::Result<Uploaded> {
    let first = parts.recv().await.unwrap_or_default();
    let Some(second) = parts.recv().await else { return Ok(Uploaded::One(first)) };
    let mut upload = store.put_multipart(path).await?;
    upload.put_part(first.into()).await?;
    upload.put_part(second.into()).await?;
    while let Some(part) = parts.recv().await {
        upload.put_part(part.into()).await?;
    }
    Ok(Uploaded::Parts(upload))
}

impl Uploaded {
    async fn complete(self, store: &Arc<dyn ObjectStore>, path: &Path) -> object_store::Result<()> {
        match self {
            Self::One(file) => store.put(path, file.into()).await?,
            Self::Parts(mut upload) => upload.complete().await?,
        };
        Ok(())
    }

    async fn abort(self) {
        if let Self::Parts(mut upload) = self
            && let Err(error) = upload.abort().await
        {
            tracing::debug!(%error, "parts of a failed segment stay until they are collected");
        }
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
    fn path(&self) -> Path {
        super::segment_path(self.table.id, self.rows.chunk, self.id, SegmentFormatKind::Vortex)
    }

    fn encode(self, send: impl FnMut(Bytes) -> io::Result<()> + Send) -> Result<SegmentMeta> {
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
        let mut sink = PartSink { send, part: BytesMut::new(), bytes: 0, crc32c: 0 };
        let schema = self.table.schema.stored();
        self.format.encode(self.table.id, self.id, schema, Box::new(gathered), &mut sink)?;
        let (bytes, crc32c) = sink.finish().map_err(|error| StorageError::Segment {
            table: self.table.id,
            segment: self.id,
            reason: error.to_string(),
        })?;
        let columns = std::mem::take(&mut *stats.lock()).finish();
        let time_range = self.table.partition_by.and_then(|partitioning| {
            let stats = columns.get(&partitioning.column)?;
            match (&stats.min.as_ref()?.value, &stats.max.as_ref()?.value) {
                (&BoundValue::Int(min), &BoundValue::Int(max)) => Some((min, max)),
                _ => None,
            }
        });
        Ok(SegmentMeta {
            id: self.id,
            table: self.table.id,
            chunk: self.rows.chunk,
            format: SegmentFormatKind::Vortex,
            schema_version: self.table.schema.version,
            rows: total as u64,
            bytes,
            crc32c,
            sorted_by: sort_columns(&self.table),
            time_range,
            columns,
        })
    }
}

/// Cuts an encoded file into parts, and sums it up.
struct PartSink<S> {
    send: S,
    part: BytesMut,
    bytes: u64,
    crc32c: u32,
}

impl<S: FnMut(Bytes) -> io::Result<()>> PartSink<S> {
    fn finish(mut self) -> io::Result<(u64, u32)> {
        (self.send)(self.part.split().freeze())?;
        Ok((self.bytes, self.crc32c))
    }
}

impl<S: FnMut(Bytes) -> io::Result<()>> Write for PartSink<S> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.crc32c = crc32c::crc32c_append(self.crc32c, buffer);
        self.bytes += buffer.len() as u64;
        self.part.extend_from_slice(buffer);
        if self.part.len() >= PART_BYTES {
            (self.send)(self.part.split().freeze())?;
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_is_an_error_of_the_work_alone() {
        let error = compute(|| -> Result<()> { panic!("no {}", 1) }).await.unwrap_err();
        assert_eq!(error.to_string(), "internal error: no 1");
    }
}
