//! Optimizer rules that know what only this database knows.

mod casts;
mod coverage;
mod nullability;
mod overflow;
mod statistics;

use std::sync::Arc;

pub(crate) use casts::{Casts, is_open};

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::{AnalyzerRule, OptimizerRule};

/// Rules that run behind DataFusion's own: they match plans whose filters are pushed down.
pub(crate) fn rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    vec![Arc::new(statistics::AnswerFromStatistics), Arc::new(nullability::Nullability)]
}

/// Maps every expression of a plan, from its leaves up, with the schema that it is read against.
/// Names of results stay.
pub(crate) fn map_expressions(
    plan: LogicalPlan,
    mut map: impl FnMut(Expr, &DFSchema) -> Result<Transformed<Expr>>,
) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| {
        let schema = merge_schema(&node.inputs());
        let names = NamePreserver::new(&node);
        node.map_expressions(|expr| {
            let name = names.save(&expr);
            let mapped = expr.transform_up(|expr| map(expr, &schema))?;
            Ok(mapped.update_data(|expr| name.restore(expr)))
        })?
        .map_data(LogicalPlan::recompute_schema)
    })
    .map(|plan| plan.data)
}

/// What decides on the meaning of a plan, behind DataFusion's own.
pub(crate) fn meaning() -> Arc<dyn AnalyzerRule + Send + Sync> {
    Arc::new(overflow::CheckOverflow)
}
