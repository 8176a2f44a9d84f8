//! `EXPLAIN`: the physical plan as lines, and with `ANALYZE` what happened.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::{displayable, execute_stream};
use futures::StreamExt;

use crate::catalog::StatementContext;
use crate::scan::ScanReport;
use crate::statement::Explain;

/// What each node says without `VERBOSE`.
const METRICS: [&str; 2] = ["output_rows", "elapsed_compute"];

/// One column of text, under PostgreSQL's name.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("QUERY PLAN", DataType::Utf8View, true)]))
}

/// The lines of an explained plan.
pub(super) async fn explain(
    plan: &LogicalPlan,
    state: &SessionState,
    context: &StatementContext,
    explain: Explain,
) -> Result<SendableRecordBatchStream> {
    let began = Instant::now();
    let physical = state.create_physical_plan(plan).await?;
    let planned = began.elapsed();
    let mut lines = Vec::new();
    if explain.analyze {
        let mut stream = execute_stream(Arc::clone(&physical), state.task_ctx())?;
        let mut rows = 0;
        while let Some(batch) = stream.next().await {
            rows += batch?.num_rows();
        }
        let mut shown = DisplayableExecutionPlan::with_metrics(physical.as_ref());
        if !explain.verbose {
            shown = shown.set_metric_names(METRICS.map(str::to_owned).to_vec());
        }
        let text = shown.indent(explain.verbose).to_string();
        lines.extend(text.lines().map(str::to_owned));
        lines.push(format!("Rows: {rows}"));
        lines.extend(context.reports.all().iter().flat_map(report_lines));
        lines.push(format!("Planning Time: {:.3} ms", planned.as_secs_f64() * 1e3));
        lines.push(format!("Execution Time: {:.3} ms", (began.elapsed() - planned).as_secs_f64() * 1e3));
    } else {
        let text = displayable(physical.as_ref()).indent(explain.verbose).to_string();
        lines.extend(text.lines().map(str::to_owned));
        lines.extend(context.reports.all().iter().flat_map(report_lines));
    }
    let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(lines));
    let batch = RecordBatch::try_new(schema(), vec![column])?;
    Ok(Box::pin(MemoryStream::try_new(vec![batch], schema(), None)?))
}

fn report_lines(report: &ScanReport) -> [String; 3] {
    [
        format!("Scan of {}:", report.table),
        format!(
            "  Segments: {} total, {} pruned by time, {} pruned by statistics, {} answered from statistics, {} opened",
            report.segments,
            report.pruned_by_time,
            report.pruned_by_statistics,
            report.answered_from_statistics,
            report.opened,
        ),
        format!("  Hot rows: {}", report.hot_rows),
    ]
}
