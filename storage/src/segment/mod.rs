//! Segments: immutable columnar files, one time chunk each, described whole in the log.

pub mod arrange;
mod sort;
pub mod stats;
#[cfg(test)]
mod tests;
pub mod vortex;
pub(crate) mod write;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::physical_plan::FileSource;
use futures::stream::BoxStream;
use object_store::ObjectStore;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::ids::{ColumnId, ObjectId, SegmentId};
use stats::ColumnStats;

/// The URL under which a query's runtime has to register [`crate::Database::object_store`], so
/// that scans find the segments.
pub const OBJECT_STORE_URL: &str = "tidegate://database";

/// What a file format does for segments.
#[async_trait]
pub trait SegmentFormat: Debug + Send + Sync {
    /// How DataFusion scans such files as rows of this stored schema: filters, projections and
    /// limits are pushed down, a column that a file lacks is null.
    fn file_source(&self, stored: SchemaRef) -> Arc<dyn FileSource>;

    /// Encodes batches of `schema` into `sink`, as they come. Blocks, and takes a core.
    fn encode(
        &self,
        table: ObjectId,
        segment: SegmentId,
        schema: SchemaRef,
        batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
        sink: &mut (dyn Write + Send),
    ) -> Result<()>;

    /// Opens a segment, compares its rows with the log's count, and reads it in order, outside of
    /// any query: for checks and for rewriting.
    async fn read(
        &self,
        store: &Arc<dyn ObjectStore>,
        meta: &SegmentMeta,
        stored: SchemaRef,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>>;
}

/// What the log keeps of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentMeta {
    /// Its id, which is its file's name.
    pub id: SegmentId,
    /// The table whose rows it holds.
    pub table: ObjectId,
    /// The time chunk that all its rows lie in.
    pub chunk: TimeChunk,
    /// The file format.
    pub format: SegmentFormatKind,
    /// The version of the table's schema that wrote it.
    pub schema_version: u32,
    /// Rows, at least one.
    pub rows: u64,
    /// Length of the file.
    pub bytes: u64,
    /// CRC-32C of the whole file.
    pub crc32c: u32,
    /// The columns by which rows are sorted ascending, nulls last.
    pub sorted_by: Vec<ColumnId>,
    /// Smallest and largest value of the time column, in microseconds since 1970.
    pub time_range: Option<(i64, i64)>,
    /// Per column. A column that is not here was added later: all null.
    pub columns: BTreeMap<ColumnId, ColumnStats>,
}

impl SegmentMeta {
    /// Where the file lies: `segments/<table>/<time chunk>/<segment id>.vortex`.
    pub fn path(&self) -> Path {
        segment_path(self.table, self.chunk, self.id, self.format)
    }
}

fn segment_path(table: ObjectId, chunk: TimeChunk, id: SegmentId, format: SegmentFormatKind) -> Path {
    Path::from(format!("segments/{table}/{}/{id}.{}", chunk.directory(), format.extension()))
}

/// The formats that segments are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentFormatKind {
    /// Vortex, ours by default.
    Vortex,
}

impl SegmentFormatKind {
    /// The file name's extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Vortex => "vortex",
        }
    }
}

/// A time chunk: part of a segment's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeChunk {
    /// The table is not partitioned by time.
    Whole,
    /// The chunk that begins at this microsecond since 1970.
    Start(i64),
    /// Rows of the many wild timestamps beyond a flush's 64 chunks, and rows without a time.
    Overflow,
}

impl TimeChunk {
    /// The chunk's directory: `all`, `20261121T000000.000000Z`, `overflow`.
    pub fn directory(self) -> String {
        match self {
            Self::Whole => "all".to_owned(),
            Self::Overflow => "overflow".to_owned(),
            Self::Start(micros) => match chrono::DateTime::from_timestamp_micros(micros) {
                Some(start) => start.format("%Y%m%dT%H%M%S%.6fZ").to_string(),
                None => format!("us{micros}"),
            },
        }
    }
}
