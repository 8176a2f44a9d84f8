//! `count`, `min` and `max` from the statistics that the log keeps of each segment.
//!
//! A segment whose every row passes the filters, and whose bounds are exact where they are asked
//! for, is answered for without being opened; the other segments and the hot rows are read:
//!
//! ```text
//! Aggregate(count, min)          Projection(count, min)
//!   Scan(all)            =>        Aggregate(sum, min)
//!                                    Union
//!                                      Aggregate(count, min) over Scan(the rest)
//!                                      one row of literals for the answered segments
//! ```

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::functions_aggregate::expr_fn::{max, min, sum};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, LogicalPlanBuilder, lit, when};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use storage::catalog::TableDefinition;
use storage::schema::Column as TableColumn;
use storage::segment::SegmentMeta;
use storage::segment::stats::Bound;

use super::coverage::always;
use crate::pruning::scalar;
use crate::table_provider::SnapshotTable;

/// The rule.
#[derive(Debug)]
pub(super) struct AnswerFromStatistics;

impl OptimizerRule for AnswerFromStatistics {
    fn name(&self) -> &str {
        "answer_from_statistics"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        match answer(aggregate)? {
            Some(answered) => Ok(Transformed::yes(answered)),
            None => Ok(Transformed::no(plan)),
        }
    }
}

fn answer(aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
    if !aggregate.group_expr.is_empty() || aggregate.aggr_expr.is_empty() {
        return Ok(None);
    }
    let mut filters = Vec::new();
    let Some(provider) = table_below(&aggregate.input, &mut filters) else { return Ok(None) };
    let Some(table) = provider.downcast_ref::<SnapshotTable>() else { return Ok(None) };
    let wanted: Option<Vec<Wanted<'_>>> =
        aggregate.aggr_expr.iter().map(|expr| Wanted::of(expr, &table.definition)).collect();
    let Some(wanted) = wanted else { return Ok(None) };

    let mut answers: Vec<ScalarValue> = wanted.iter().map(Wanted::of_no_rows).collect::<Result<_>>()?;
    let mut rest = Vec::new();
    for segment in table.segments.iter() {
        let values: Option<Vec<ScalarValue>> = always(&table.definition, segment, &filters)
            .then(|| wanted.iter().map(|wanted| wanted.of_segment(segment)).collect())
            .flatten();
        match values {
            Some(values) => {
                for ((wanted, answer), value) in wanted.iter().zip(&mut answers).zip(values) {
                    wanted.merge(answer, value)?;
                }
            }
            None => rest.push(Arc::clone(segment)),
        }
    }
    if rest.len() == table.segments.len() {
        return Ok(None);
    }

    let names = || (0..wanted.len()).map(|index| format!("answer{index}"));
    let rest = provider_as_source(Arc::new(table.with_segments(rest.into())));
    let input = with_source(&aggregate.input, &rest)?;
    let read = aggregate.aggr_expr.iter().zip(names());
    let read = LogicalPlanBuilder::from(input)
        .aggregate(Vec::<Expr>::new(), aggregate.aggr_expr.clone())?
        .project(
            aggregate
                .schema
                .columns()
                .into_iter()
                .zip(read)
                .map(|(column, (_, name))| Expr::Column(column).alias(name)),
        )?
        .build()?;
    let answered = LogicalPlanBuilder::empty(true)
        .project(
            answers.into_iter().zip(names()).map(|(value, name)| Expr::Literal(value, None).alias(name)),
        )?
        .build()?;
    let merged = wanted.iter().zip(names()).map(|(wanted, name)| {
        let column = Expr::Column(Column::from_name(name.clone()));
        match wanted {
            Wanted::Rows | Wanted::Values(_) => sum(column).alias(name),
            Wanted::Min(_) => min(column).alias(name),
            Wanted::Max(_) => max(column).alias(name),
        }
    });
    let shown = wanted.iter().zip(names()).zip(aggregate.schema.fields()).map(|((wanted, name), field)| {
        let column = Expr::Column(Column::from_name(name));
        let shown = match wanted {
            // Never null, as a count is not.
            Wanted::Rows | Wanted::Values(_) => {
                when(column.clone().is_null(), lit(0_i64)).otherwise(column)?
            }
            Wanted::Min(_) | Wanted::Max(_) => column,
        };
        Ok(shown.alias(field.name()))
    });
    let shown: Vec<Expr> = shown.collect::<Result<_>>()?;
    let plan = LogicalPlanBuilder::from(read)
        .union(answered)?
        .aggregate(Vec::<Expr>::new(), merged.collect::<Vec<_>>())?
        .project(shown)?
        .build()?;
    Ok(Some(plan))
}

/// The table that a plan scans and does nothing else with than filter its rows; its filters are
/// added to `filters`.
fn table_below(
    plan: &LogicalPlan,
    filters: &mut Vec<Expr>,
) -> Option<Arc<dyn datafusion::catalog::TableProvider>> {
    match plan {
        LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
            filters.extend(scan.filters.iter().cloned());
            source_as_provider(&scan.source).ok()
        }
        LogicalPlan::Filter(filter) => {
            filters.extend(split_conjunction_owned(filter.predicate.clone()));
            table_below(&filter.input, filters)
        }
        LogicalPlan::SubqueryAlias(alias) => table_below(&alias.input, filters),
        LogicalPlan::Projection(projection)
            if projection.expr.iter().all(|expr| matches!(expr, Expr::Column(_))) =>
        {
            table_below(&projection.input, filters)
        }
        _ => None,
    }
}

/// The same plan over another source.
fn with_source(
    plan: &LogicalPlan,
    source: &Arc<dyn datafusion::logical_expr::TableSource>,
) -> Result<LogicalPlan> {
    use datafusion::common::tree_node::TreeNode;
    let plan = plan.clone().transform_up(|node| {
        let LogicalPlan::TableScan(mut scan) = node else { return Ok(Transformed::no(node)) };
        scan.source = Arc::clone(source);
        Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
    })?;
    Ok(plan.data)
}

/// An aggregate that statistics can answer.
enum Wanted<'a> {
    /// `count(*)`.
    Rows,
    /// `count(column)`.
    Values(&'a TableColumn),
    /// `min(column)`.
    Min(&'a TableColumn),
    /// `max(column)`.
    Max(&'a TableColumn),
}

impl<'a> Wanted<'a> {
    fn of(expr: &Expr, table: &'a TableDefinition) -> Option<Self> {
        let expr = match expr {
            Expr::Alias(alias) => alias.expr.as_ref(),
            expr => expr,
        };
        let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else { return None };
        if params.distinct || params.filter.is_some() || !params.order_by.is_empty() {
            return None;
        }
        let column = |expr: &Expr| match expr {
            Expr::Column(column) => table.schema.column(&column.name),
            _ => None,
        };
        match (func.name(), params.args.as_slice()) {
            ("count", [Expr::Literal(value, _)]) if !value.is_null() => Some(Self::Rows),
            ("count", [argument]) => column(argument).map(Self::Values),
            ("min", [argument]) => column(argument).map(Self::Min),
            ("max", [argument]) => column(argument).map(Self::Max),
            _ => None,
        }
    }

    fn of_no_rows(&self) -> Result<ScalarValue> {
        match self {
            Self::Rows | Self::Values(_) => Ok(ScalarValue::Int64(Some(0))),
            Self::Min(column) | Self::Max(column) => ScalarValue::try_from(&column.column_type.arrow()),
        }
    }

    /// None where the statistics do not tell.
    fn of_segment(&self, segment: &SegmentMeta) -> Option<ScalarValue> {
        let count = |count: u64| i64::try_from(count).ok().map(|count| ScalarValue::Int64(Some(count)));
        // A column that the segment lacks was added later.
        let nulls = |column: &TableColumn| {
            segment.columns.get(&column.id).map_or(segment.rows, |stats| stats.null_count)
        };
        let bound = |column: &TableColumn, bound: Option<&Bound>| {
            let data_type = column.column_type.arrow();
            if nulls(column) == segment.rows {
                return ScalarValue::try_from(&data_type).ok();
            }
            scalar(&bound.filter(|bound| bound.exact)?.value, &data_type)
        };
        let stats = |column: &TableColumn| segment.columns.get(&column.id);
        match self {
            Self::Rows => count(segment.rows),
            Self::Values(column) => count(segment.rows.checked_sub(nulls(column))?),
            Self::Min(column) => bound(column, stats(column).and_then(|stats| stats.min.as_ref())),
            Self::Max(column) => bound(column, stats(column).and_then(|stats| stats.max.as_ref())),
        }
    }

    fn merge(&self, answer: &mut ScalarValue, value: ScalarValue) -> Result<()> {
        let replaces = |wanted: Ordering| {
            answer.is_null() || !value.is_null() && value.partial_cmp(answer) == Some(wanted)
        };
        match self {
            Self::Rows | Self::Values(_) => *answer = answer.add_checked(&value)?,
            Self::Min(_) if replaces(Ordering::Less) => *answer = value,
            Self::Max(_) if replaces(Ordering::Greater) => *answer = value,
            Self::Min(_) | Self::Max(_) => {}
        }
        Ok(())
    }
}
