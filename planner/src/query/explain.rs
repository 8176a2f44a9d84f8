//! `EXPLAIN`: the physical plan as lines, and with `ANALYZE` what happened.
//!
//! The first line ends as PostgreSQL's does, with `(cost=a..b rows=n width=w)`: tools read it. Rows are
//! what the statistics of segments say of the result, or 1000 where they say nothing; the cost counts
//! a hundredth for each row that a scan may read, and each segment like a page. It compares the queries
//! of this server, not the servers.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, displayable, execute_stream};
use futures::StreamExt;
use storage::schema::PG_TYPE_KEY;

use super::run;
use super::stop::Stopped;
use crate::catalog::StatementContext;
use crate::scan::ScanReport;
use crate::statement::Explain;

/// What each node says without `VERBOSE`.
const METRICS: [&str; 2] = ["output_rows", "elapsed_compute"];

/// Rows of a result of which nothing is known, as PostgreSQL guesses of a function's.
const ROWS_UNKNOWN: usize = 1000;
/// Bytes of a text of which nothing is known, as PostgreSQL guesses.
const TEXT_WIDTH: usize = 32;

/// One column under PostgreSQL's name.
pub(super) fn schema(explain: Explain) -> SchemaRef {
    let field = Field::new("QUERY PLAN", DataType::Utf8View, true);
    let name = if explain.json { "json" } else { "text" };
    Arc::new(Schema::new(vec![field.with_metadata([(PG_TYPE_KEY.to_owned(), name.to_owned())].into())]))
}

/// What is expected of a plan.
struct Estimate {
    cost: f64,
    rows: usize,
    width: usize,
}

impl Estimate {
    fn of(plan: &dyn ExecutionPlan, context: &StatementContext) -> Self {
        let statistics = StatisticsContext::new().compute(plan, &StatisticsArgs::new());
        let rows = statistics.ok().and_then(|statistics| statistics.num_rows.get_value().copied());
        let schema = plan.schema();
        let width = schema.fields().iter().map(|field| match field.data_type() {
            DataType::Decimal128(..) => 16,
            other => other.primitive_width().unwrap_or(TEXT_WIDTH),
        });
        let scanned: f64 =
            context.reports.all().iter().map(|report| report.rows as f64 * 0.01 + report.opened as f64).sum();
        let rows = rows.unwrap_or(ROWS_UNKNOWN);
        Self { cost: scanned + rows as f64 * 0.01, rows, width: width.sum() }
    }

    fn text(&self) -> String {
        format!("(cost=0.00..{:.2} rows={} width={})", self.cost, self.rows, self.width)
    }
}

/// The lines of an explained plan.
pub(super) async fn explain(
    plan: &LogicalPlan,
    state: &SessionState,
    context: &StatementContext,
    explain: Explain,
    stopped: &Stopped,
) -> Result<SendableRecordBatchStream> {
    let began = Instant::now();
    let physical = run::physical(plan, state, stopped).await?;
    let planned = began.elapsed();
    let estimate = Estimate::of(physical.as_ref(), context);
    let mut lines: Vec<String> = Vec::new();
    let mut timing = None;
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
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        let (planned, executed) = (milliseconds(planned), milliseconds(began.elapsed() - planned));
        lines.push(format!("Planning Time: {planned:.3} ms"));
        lines.push(format!("Execution Time: {executed:.3} ms"));
        timing = Some((rows, planned, executed));
    } else {
        let text = displayable(physical.as_ref()).indent(explain.verbose).to_string();
        lines.extend(text.lines().map(str::to_owned));
        lines.extend(context.reports.all().iter().flat_map(report_lines));
    }
    if let Some(first) = lines.first_mut() {
        *first = format!("{first}  {}", estimate.text());
    }
    if explain.json {
        lines = vec![json(physical.as_ref(), &estimate, &lines, timing)];
    }
    let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(lines));
    let batch = RecordBatch::try_new(schema(explain), vec![column])?;
    Ok(Box::pin(MemoryStream::try_new(vec![batch], schema(explain), None)?))
}

/// The document that PostgreSQL's tools read, with our lines in it.
fn json(
    plan: &dyn ExecutionPlan,
    estimate: &Estimate,
    lines: &[String],
    timing: Option<(usize, f64, f64)>,
) -> String {
    let mut node = serde_json::json!({
        "Node Type": plan.name(),
        "Parallel Aware": false,
        "Startup Cost": 0.0,
        "Total Cost": (estimate.cost * 100.0).round() / 100.0,
        "Plan Rows": estimate.rows,
        "Plan Width": estimate.width,
        "Details": lines,
    });
    let mut document = serde_json::Map::new();
    if let Some((rows, planned, executed)) = timing {
        node["Actual Rows"] = rows.into();
        node["Actual Loops"] = 1.into();
        node["Actual Total Time"] = executed.into();
        document.insert("Planning Time".to_owned(), planned.into());
        document.insert("Execution Time".to_owned(), executed.into());
    }
    document.insert("Plan".to_owned(), node);
    serde_json::to_string_pretty(&[document]).unwrap_or_default()
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
