//! What planner compiles and ingest runs: generated columns and the filter of a source.

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};

use crate::ids::ColumnId;

/// The compiled `GENERATED ALWAYS AS` columns and `WHERE` of a source. Stateless and immutable:
/// the same message gives the same row however often it is read.
pub trait RowTransform: Send + Sync + std::fmt::Debug {
    /// Evaluates one batch of decoded rows, in the source's stored schema with generated columns
    /// null. An error in one row is reported for that row and leaves the others alone.
    fn apply(&self, rows: &RecordBatch) -> Transformed;
}

/// What a transform made of a batch; every array has one value per row of the batch.
#[derive(Debug)]
pub struct Transformed {
    /// The generated columns, of the column's own type. The value in a failed row is undefined.
    pub generated: Vec<(ColumnId, ArrayRef)>,
    /// Which rows the filter keeps: true only, as in SQL. None where there is no filter.
    pub keep: Option<BooleanArray>,
    /// The rows that failed, ascending by row, one error each: they are dead letters.
    pub errors: Vec<RowError>,
}

/// Why a row failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Its index in the batch.
    pub row: usize,
    /// The reason, for the `error` column of the dead letters.
    pub message: String,
}
