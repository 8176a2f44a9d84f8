//! A segment format as small as can be: the partition and the offset of each row.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{Int32Type, Int64Type, SchemaRef};
use async_trait::async_trait;
use datafusion::datasource::physical_plan::FileSource;
use futures::stream::{BoxStream, StreamExt};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::error::{Result, StorageError};
use crate::ids::{ObjectId, SegmentId};
use crate::segment::{SegmentFormat, SegmentMeta};

/// A row, to the ledger: where it came from.
pub(super) type Row = (i32, i64);

#[derive(Debug)]
pub(super) struct SimFormat;

/// The rows of a batch, whose first two columns are partition and offset.
pub(super) fn rows_of(batch: &RecordBatch) -> impl Iterator<Item = Row> {
    let partitions = batch.column(0).as_primitive::<Int32Type>().values().iter();
    partitions.copied().zip(batch.column(1).as_primitive::<Int64Type>().values().iter().copied())
}

/// The rows of a segment.
pub(super) async fn read_rows(store: &Arc<dyn ObjectStore>, meta: &SegmentMeta) -> Result<Vec<Row>> {
    let path = meta.path();
    let read = async { store.get(&path).await?.bytes().await };
    let file = read.await.map_err(|source| StorageError::store("read", &path, source))?;
    if file.len() as u64 != meta.bytes || crc32c::crc32c(&file) != meta.crc32c {
        let reason = format!("{} bytes are not those that were written", file.len());
        return Err(StorageError::Segment { table: meta.table, segment: meta.id, reason });
    }
    let row = |bytes: &[u8]| {
        let partition = bytes[..4].try_into().map(i32::from_le_bytes).expect("4 bytes");
        (partition, bytes[4..].try_into().map(i64::from_le_bytes).expect("8 bytes"))
    };
    Ok(file.chunks_exact(12).map(row).collect())
}

#[async_trait]
impl SegmentFormat for SimFormat {
    fn file_source(&self, _: SchemaRef) -> Arc<dyn FileSource> {
        unreachable!("the simulation runs no queries")
    }

    fn encode(
        &self,
        _: ObjectId,
        _: SegmentId,
        _: SchemaRef,
        batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
        sink: &mut (dyn Write + Send),
    ) -> Result<()> {
        for batch in batches {
            for (partition, offset) in rows_of(&batch?) {
                sink.write_all(&partition.to_le_bytes()).expect("memory takes it");
                sink.write_all(&offset.to_le_bytes()).expect("memory takes it");
            }
        }
        Ok(())
    }

    async fn read(
        &self,
        store: &Arc<dyn ObjectStore>,
        meta: &SegmentMeta,
        stored: SchemaRef,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let rows = read_rows(store, meta).await?.len();
        let columns = stored.fields().iter().map(|field| new_null_array(field.data_type(), rows)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(stored, columns, &options)?;
        Ok(futures::stream::once(async { Ok(batch) }).boxed())
    }
}
