//! Which segments a query can do without, told from the statistics in the log.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::DataType;
use datafusion::catalog::Session as PlanningSession;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, DFSchema, Result, ScalarValue, Statistics};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use storage::ids::ColumnId;
use storage::schema::TableSchema;
use storage::segment::SegmentMeta;
use storage::segment::stats::{Bound, BoundValue};

use crate::table_provider::SnapshotTable;

/// The segments that a query has to open, and how many it need not.
pub(crate) struct Pruned {
    pub(crate) segments: Vec<Arc<SegmentMeta>>,
    pub(crate) by_time: usize,
    pub(crate) by_statistics: usize,
}

/// Leaves out the segments in which no row can pass the filters: first by the time column alone,
/// then by all columns.
pub(crate) fn prune(table: &SnapshotTable, state: &dyn PlanningSession, filters: &[Expr]) -> Result<Pruned> {
    use datafusion::catalog::TableProvider;

    let mut segments = table.segments.to_vec();
    let Some(filter) = conjunction(filters.iter().cloned()) else {
        return Ok(Pruned { segments, by_time: 0, by_statistics: 0 });
    };
    let schema = table.schema();
    let df_schema = DFSchema::try_from(Arc::clone(&schema))?;
    let filter = state.create_physical_expr(filter, &df_schema)?;
    let predicate = PruningPredicateBuilder::new().with_file_schema(schema).try_build(filter)?;

    let mut leave = |only: Option<ColumnId>| -> Result<usize> {
        let statistics = LogStatistics { schema: &table.definition.schema, segments: &segments, only };
        let kept = predicate.prune(&statistics)?;
        let before = segments.len();
        let mut keep = kept.into_iter();
        segments.retain(|_| keep.next().unwrap_or(true));
        Ok(before - segments.len())
    };
    let by_time = match &table.definition.partition_by {
        Some(partitioning) => leave(Some(partitioning.column))?,
        None => 0,
    };
    let by_statistics = leave(None)?;
    Ok(Pruned { segments, by_time, by_statistics })
}

/// A segment's statistics for DataFusion, which skips files by them while a query runs.
pub(crate) fn file_statistics(segment: &SegmentMeta, schema: &TableSchema) -> Statistics {
    let columns = schema.columns.iter().map(|column| {
        let data_type = column.column_type.arrow();
        let Some(stats) = segment.columns.get(&column.id) else {
            return ColumnStatistics::new_unknown().with_null_count(Precision::Exact(segment.rows as usize));
        };
        let precision = |bound: &Option<Bound>| match bound {
            Some(bound) => match scalar(&bound.value, &data_type) {
                Some(value) if bound.exact => Precision::Exact(value),
                Some(value) => Precision::Inexact(value),
                None => Precision::Absent,
            },
            None => Precision::Absent,
        };
        ColumnStatistics::new_unknown()
            .with_null_count(Precision::Exact(stats.null_count as usize))
            .with_min_value(precision(&stats.min))
            .with_max_value(precision(&stats.max))
    });
    Statistics {
        num_rows: Precision::Exact(segment.rows as usize),
        total_byte_size: Precision::Inexact(segment.bytes as usize),
        column_statistics: columns.collect(),
    }
}

/// A bound as a value of the column's type; None where it does not fit, which prunes nothing.
pub(crate) fn scalar(value: &BoundValue, data_type: &DataType) -> Option<ScalarValue> {
    match (value, data_type) {
        (BoundValue::Bool(value), DataType::Boolean) => Some(ScalarValue::Boolean(Some(*value))),
        (BoundValue::Int(value), DataType::Int16) => i16::try_from(*value).ok().map(ScalarValue::from),
        (BoundValue::Int(value), DataType::Int32) => i32::try_from(*value).ok().map(ScalarValue::from),
        (BoundValue::Int(value), DataType::Int64) => Some(ScalarValue::from(*value)),
        (BoundValue::Int(value), DataType::Date32) => {
            i32::try_from(*value).ok().map(|days| ScalarValue::Date32(Some(days)))
        }
        (BoundValue::Int(value), DataType::Time64(_)) => Some(ScalarValue::Time64Microsecond(Some(*value))),
        (BoundValue::Int(value), DataType::Timestamp(_, zone)) => {
            Some(ScalarValue::TimestampMicrosecond(Some(*value), zone.clone()))
        }
        (BoundValue::Float(value), DataType::Float32) => Some(ScalarValue::from(*value as f32)),
        (BoundValue::Float(value), DataType::Float64) => Some(ScalarValue::from(*value)),
        (BoundValue::Decimal(digits), DataType::Decimal128(precision, scale)) => {
            digits.parse().ok().map(|value| ScalarValue::Decimal128(Some(value), *precision, *scale))
        }
        (BoundValue::Text(value), DataType::Utf8View) => Some(ScalarValue::Utf8View(Some(value.clone()))),
        _ => None,
    }
}

/// The log's statistics of some segments, one container each.
struct LogStatistics<'a> {
    schema: &'a TableSchema,
    segments: &'a [Arc<SegmentMeta>],
    /// Answer for this column alone.
    only: Option<ColumnId>,
}

impl LogStatistics<'_> {
    fn column(&self, column: &Column) -> Option<(ColumnId, DataType)> {
        let column = self.schema.column(&column.name)?;
        self.only.is_none_or(|only| only == column.id).then(|| (column.id, column.column_type.arrow()))
    }

    fn bounds(
        &self,
        column: &Column,
        bound: impl Fn(&SegmentMeta, ColumnId) -> Option<&Bound>,
    ) -> Option<ArrayRef> {
        let (id, data_type) = self.column(column)?;
        let unknown = ScalarValue::try_from(&data_type).ok()?;
        let values = self.segments.iter().map(|segment| {
            bound(segment, id)
                .and_then(|bound| scalar(&bound.value, &data_type))
                .unwrap_or_else(|| unknown.clone())
        });
        ScalarValue::iter_to_array(values).ok()
    }
}

impl PruningStatistics for LogStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |segment, id| segment.columns.get(&id)?.min.as_ref())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |segment, id| segment.columns.get(&id)?.max.as_ref())
    }

    fn num_containers(&self) -> usize {
        self.segments.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let (id, _) = self.column(column)?;
        let counts = self.segments.iter().map(|segment| {
            // A column that a segment does not have is null in each of its rows.
            segment.columns.get(&id).map_or(segment.rows, |stats| stats.null_count)
        });
        Some(Arc::new(UInt64Array::from_iter_values(counts)))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter_values(self.segments.iter().map(|segment| segment.rows))))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
