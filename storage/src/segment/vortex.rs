//! Vortex segments: encoding them and scanning them.
//!
//! Every column type has a Vortex type of its own, so nothing is mapped on the way in or out;
//! a round trip of each is a test.

use std::fmt;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::datasource::physical_plan::FileSource;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::cache::cache_manager::FileMetadataCache;
use datafusion::execution::cache::default_cache::DefaultCache;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::ObjectStore;
use vortex::VortexSessionDefault;
use vortex::array::iter::ArrayIteratorAdapter;
use vortex::arrow::ArrowSessionExt;
use vortex::error::VortexError;
use vortex::expr::{root, select};
use vortex::file::{OpenOptionsSessionExt, WriteOptionsSessionExt};
use vortex::io::runtime::BlockingRuntime;
use vortex::io::runtime::single::SingleThreadRuntime;
use vortex::io::session::RuntimeSessionExt;
use vortex::session::VortexSession;
use vortex_datafusion::VortexSource;

use super::{SegmentFormat, SegmentMeta};
use crate::error::{Result, StorageError};
use crate::ids::{ObjectId, SegmentId};

/// Memory for footers, which a scan needs before it reads anything else of a file.
const FOOTER_CACHE_BYTES_MAX: usize = 64 << 20;

/// The Vortex format. One per database: it caches footers across queries.
pub struct VortexSegments {
    session: VortexSession,
    footers: Arc<FileMetadataCache>,
}

impl fmt::Debug for VortexSegments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VortexSegments").finish_non_exhaustive()
    }
}

impl Default for VortexSegments {
    fn default() -> Self {
        Self {
            session: VortexSession::default().with_tokio(),
            footers: Arc::new(DefaultCache::new(FOOTER_CACHE_BYTES_MAX).with_name("segment footers")),
        }
    }
}

#[async_trait]
impl SegmentFormat for VortexSegments {
    fn file_source(&self, stored: SchemaRef) -> Arc<dyn FileSource> {
        let source = VortexSource::new(TableSchema::from(stored), self.session.clone())
            .with_predicate_pushdown(true)
            .with_file_metadata_cache(Arc::clone(&self.footers));
        Arc::new(source)
    }

    fn encode(
        &self,
        table: ObjectId,
        segment: SegmentId,
        schema: SchemaRef,
        batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
        sink: &mut (dyn Write + Send),
    ) -> Result<()> {
        let failed = |error: VortexError| segment_error(table, segment, &error);
        // A session of its own: the encoder's tasks run on this thread and nowhere else.
        let runtime = SingleThreadRuntime::default();
        let session = VortexSession::default().with_handle(runtime.handle());
        let dtype = session.arrow().from_arrow_schema(&schema).map_err(failed)?;
        let arrow = session.clone();
        let arrays = batches.map(move |batch| {
            let batch = batch.map_err(|error| VortexError::from(std::io::Error::other(error)))?;
            arrow.arrow().from_arrow_record_batch(batch, &schema)
        });
        session
            .write_options()
            .blocking(&runtime)
            .write(sink, ArrayIteratorAdapter::new(dtype, arrays))
            .map_err(failed)?;
        Ok(())
    }

    async fn read(
        &self,
        store: &Arc<dyn ObjectStore>,
        meta: &SegmentMeta,
        stored: SchemaRef,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let (table, segment) = (meta.table, meta.id);
        let failed = move |error: VortexError| segment_error(table, segment, &error);
        let file = self
            .session
            .open_options()
            .with_file_size(meta.bytes)
            .open_object_store(store, meta.path())
            .await
            .map_err(failed)?;
        if file.row_count() != meta.rows {
            return Err(StorageError::Segment {
                table,
                segment,
                reason: format!("holds {} rows where the log has {}", file.row_count(), meta.rows),
            });
        }
        let present: Vec<_> = match file.dtype().as_struct_fields_opt() {
            Some(fields) => stored
                .fields()
                .iter()
                .filter(|field| fields.names().iter().any(|name| name.as_ref() == field.name().as_str()))
                .cloned()
                .collect(),
            None => Vec::new(),
        };
        let names: Vec<_> = present.iter().map(|field| field.name().as_str()).collect();
        let projection = select(names, root()).bind(file.dtype()).map_err(failed)?;
        let rows = file
            .scan()
            .map_err(failed)?
            .with_projection(projection)
            .with_ordered(true)
            .into_record_batch_stream(Arc::new(Schema::new(present)))
            .map_err(failed)?;
        let rows = rows
            .map_err(StorageError::from)
            .and_then(move |batch| futures::future::ready(with_missing_columns(&batch, &stored)));
        Ok(rows.boxed())
    }
}

/// The batch in the stored schema: columns that the segment lacks are null.
fn with_missing_columns(batch: &RecordBatch, stored: &SchemaRef) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let columns: Vec<ArrayRef> = stored
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) => Arc::clone(column),
            None => new_null_array(field.data_type(), rows),
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(stored), columns, &options)?)
}

fn segment_error(table: ObjectId, segment: SegmentId, error: &VortexError) -> StorageError {
    StorageError::Segment { table, segment, reason: error.to_string() }
}
