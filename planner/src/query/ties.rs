//! `FETCH FIRST n ROWS WITH TIES`: also those that the order puts beside the last one.
//! <https://www.postgresql.org/docs/15/sql-select.html#SQL-LIMIT>

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_window::expr_fn::{rank, row_number};
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, Limit, LogicalPlan, LogicalPlanBuilder, Projection, Volatility, cast, lit, when,
};

use crate::function::native::Definition;

pub(super) const NAME: &str = "with_ties";

/// Marks the number of such rows until the query is planned.
pub(crate) const WITH_TIES: Definition = Definition {
    name: NAME,
    volatility: Volatility::Immutable,
    is_zoned: false,
    resolve: |types, _| (types.len() == 1).then(|| (vec![DataType::Int64], DataType::Int64)),
    call: |call| Ok(Arc::clone(&call.arguments[0])),
};

/// Counts by rank where that is asked for.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| {
        let LogicalPlan::Limit(limit) = &node else { return Ok(Transformed::no(node)) };
        let Some(count) = limit.fetch.as_deref().and_then(marked) else { return Ok(Transformed::no(node)) };
        ranked(limit, &count, &limit.input).map(Transformed::yes)
    })
    .map(|plan| plan.data)
}

fn marked(fetch: &Expr) -> Option<Expr> {
    match fetch {
        Expr::Cast(cast) => marked(&cast.expr),
        Expr::ScalarFunction(call) if call.func.name() == NAME => call.args.first().cloned(),
        _ => None,
    }
}

fn ranked(limit: &Limit, count: &Expr, input: &LogicalPlan) -> Result<LogicalPlan> {
    // What it is ordered by stands below what is shown of it.
    if let LogicalPlan::Projection(Projection { expr, input, .. }) = input {
        return LogicalPlanBuilder::from(ranked(limit, count, input)?).project(expr.clone())?.build();
    }
    let LogicalPlan::Sort(sort) = input else { return Ok(input.clone()) };
    let columns: Vec<Expr> = sort.input.schema().columns().into_iter().map(Expr::Column).collect();
    let order = || sort.expr.clone();
    let rows = LogicalPlanBuilder::new_from_arc(Arc::clone(&sort.input)).window([
        rank().order_by(order()).build()?.alias("__rank"),
        row_number().order_by(order()).build()?.alias("__row"),
    ])?;
    let column = |name: &str| cast(Expr::Column(Column::new_unqualified(name)), DataType::Int64);
    let skip = match &limit.skip {
        Some(skip) => {
            let skip = cast(skip.as_ref().clone(), DataType::Int64);
            when(skip.clone().is_null(), lit(0_i64)).otherwise(skip)?
        }
        None => lit(0_i64),
    };
    let count = cast(count.clone(), DataType::Int64);
    let is_near = count.clone().is_null().or((column("__rank") - skip.clone()).lt_eq(count));
    rows.filter(column("__row").gt(skip).and(is_near))?.sort(order())?.project(columns)?.build()
}
