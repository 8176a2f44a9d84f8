//! The physical scan of a table: the segments left after pruning, and the hot rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::catalog::Session as PlanningSession;
use datafusion::catalog::memory::{DataSourceExec, MemorySourceConfig};
use datafusion::common::Result;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;
use parking_lot::Mutex;
use storage::segment::{OBJECT_STORE_URL, SegmentMeta};

use crate::pruning::{self, Pruned};
use crate::table_provider::SnapshotTable;

/// Rows from which on several threads read a table's segments.
const ROWS_SPLIT_MIN: u64 = 32 * 1024;

/// What a scan found, for `EXPLAIN ANALYZE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScanReport {
    pub(crate) table: String,
    pub(crate) segments: usize,
    pub(crate) pruned_by_time: usize,
    pub(crate) pruned_by_statistics: usize,
    /// Segments that were counted without being read.
    pub(crate) answered_from_statistics: usize,
    pub(crate) opened: usize,
    pub(crate) hot_rows: u64,
    /// Rows that may be read, of segments and hot ones.
    pub(crate) rows: u64,
}

/// The reports of a statement's scans.
#[derive(Debug, Default)]
pub(crate) struct ScanReports(Mutex<Vec<ScanReport>>);

impl ScanReports {
    pub(crate) fn add(&self, report: ScanReport) {
        self.0.lock().push(report);
    }

    pub(crate) fn all(&self) -> Vec<ScanReport> {
        self.0.lock().clone()
    }
}

/// Plans the scan of a table of a snapshot.
pub(crate) fn plan(
    table: &SnapshotTable,
    state: &dyn PlanningSession,
    projection: Option<&Vec<usize>>,
    filters: &[Expr],
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let Pruned { segments, by_time, by_statistics } = pruning::prune(table, state, filters)?;
    let hot = table.context.snapshot.hot(table.definition.id);
    table.context.reports.add(ScanReport {
        table: table.name.clone(),
        segments: segments.len() + by_time + by_statistics + table.answered,
        pruned_by_time: by_time,
        pruned_by_statistics: by_statistics,
        answered_from_statistics: table.answered,
        opened: segments.len(),
        hot_rows: hot.rows,
        rows: hot.rows + segments.iter().map(|segment| segment.rows).sum::<u64>(),
    });
    let mut inputs = Vec::with_capacity(2);
    if !segments.is_empty() {
        inputs.push(stored_rows(table, &segments, state, projection, limit)?);
    }
    if hot.rows > 0 || inputs.is_empty() {
        inputs.push(hot_rows(table, &hot.batches, state, projection, limit)?);
    }
    match <[_; 1]>::try_from(inputs) {
        Ok([only]) => Ok(only),
        Err(inputs) => UnionExec::try_new(inputs),
    }
}

/// Rows of some segments of a table.
pub(crate) fn stored_rows(
    table: &SnapshotTable,
    segments: &[Arc<SegmentMeta>],
    state: &dyn PlanningSession,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let stored = table.definition.schema.stored();
    let source = table.context.database.segment_format().file_source(Arc::clone(&stored));
    // A few rows are read by one thread: that is quicker, and they come as they were written.
    let rows: u64 = segments.iter().map(|segment| segment.rows).sum();
    let partitions =
        if rows < ROWS_SPLIT_MIN { 1 } else { state.config_options().execution.target_partitions };
    let groups = balance(segments, partitions)
        .into_iter()
        .map(|group| {
            let files = group.into_iter().map(|segment| {
                PartitionedFile::new(segment.path().to_string(), segment.bytes)
                    .with_statistics(Arc::new(pruning::file_statistics(segment, &table.definition.schema)))
            });
            FileGroup::new(files.collect())
        })
        .collect();
    let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(OBJECT_STORE_URL)?, source)
        .with_file_groups(groups)
        .with_projection_indices(projection.cloned())?
        .with_limit(limit)
        .build();
    under_user_names(table, DataSourceExec::from_data_source(config), projection)
}

fn hot_rows(
    table: &SnapshotTable,
    batches: &[RecordBatch],
    state: &dyn PlanningSession,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let partitions = state.config_options().execution.target_partitions.min(batches.len()).max(1);
    let mut dealt = vec![Vec::new(); partitions];
    for (index, batch) in batches.iter().enumerate() {
        dealt[index % partitions].push(batch.clone());
    }
    let source = MemorySourceConfig::try_new(&dealt, table.definition.schema.stored(), projection.cloned())?
        .with_limit(limit)
        .with_show_sizes(false);
    under_user_names(table, DataSourceExec::from_data_source(source), projection)
}

/// Segments dealt out so that each partition of the plan reads about as many bytes.
fn balance(segments: &[Arc<SegmentMeta>], partitions: usize) -> Vec<Vec<&SegmentMeta>> {
    let mut groups: Vec<(u64, Vec<&SegmentMeta>)> =
        vec![(0, Vec::new()); partitions.clamp(1, segments.len().max(1))];
    // The newest first: what a query for the latest rows reads first lets it skip the others.
    let mut segments: Vec<_> = segments.iter().collect();
    segments.sort_by_key(|segment| std::cmp::Reverse(segment.time_range.map(|(_, newest)| newest)));
    for segment in segments {
        if let Some(smallest) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            smallest.0 += segment.bytes;
            smallest.1.push(segment);
        }
    }
    groups.into_iter().map(|(_, group)| group).filter(|group| !group.is_empty()).collect()
}

/// Columns are stored under their ids; a query knows them by name.
fn under_user_names(
    table: &SnapshotTable,
    input: Arc<dyn ExecutionPlan>,
    projection: Option<&Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let columns = &table.definition.schema.columns;
    let selected: Vec<_> = match projection {
        Some(indices) => indices.iter().map(|index| &columns[*index]).collect(),
        None => columns.iter().collect(),
    };
    let renamed = selected.into_iter().enumerate().map(|(index, column)| ProjectionExpr {
        expr: Arc::new(Column::new(&column.id.stored_name(), index)),
        alias: column.name.clone(),
    });
    Ok(Arc::new(ProjectionExec::try_new(renamed.collect::<Vec<_>>(), input)?))
}
