//! Expressions in grouping sets, computed below the aggregation: the engine finds only columns there once an
//! expression was rewritten.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::GroupingSet;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection};

/// Gives each a column. It comes first: their names are those that the rest of the plan knows.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Aggregate(aggregate) => computed_below(aggregate),
        node => Ok(Transformed::no(node)),
    })
    .map(|plan| plan.data)
}

fn computed_below(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let [Expr::GroupingSet(sets)] = aggregate.group_expr.as_slice() else {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    };
    let computed: Vec<Expr> =
        sets.distinct_expr().into_iter().filter(|key| !matches!(key, Expr::Column(_))).cloned().collect();
    if computed.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let named = |expr: Expr| {
        if !computed.contains(&expr) {
            return Ok(Transformed::no(expr));
        }
        let name = expr.schema_name().to_string();
        Ok(Transformed::yes(Expr::Column(Column::new_unqualified(name))))
    };
    let mapped = |exprs: &[Expr]| -> Result<Vec<Expr>> {
        exprs.iter().map(|expr| expr.clone().transform_down(named).map(|expr| expr.data)).collect()
    };
    let sets = match sets {
        GroupingSet::Rollup(keys) => GroupingSet::Rollup(mapped(keys)?),
        GroupingSet::Cube(keys) => GroupingSet::Cube(mapped(keys)?),
        GroupingSet::GroupingSets(sets) => {
            GroupingSet::GroupingSets(sets.iter().map(|keys| mapped(keys)).collect::<Result<_>>()?)
        }
    };
    let values = computed.iter().map(|expr| expr.clone().alias(expr.schema_name().to_string()));
    let columns = aggregate.input.schema().columns().into_iter().map(Expr::Column).chain(values).collect();
    // What is summed up stays as it is written: its names are known above. Only GROUPING speaks of keys.
    let asked = aggregate.aggr_expr.iter().map(|expr| match expr {
        Expr::AggregateFunction(call) if call.func.name() == "grouping" => {
            let name = expr.schema_name().to_string();
            Ok(mapped(std::slice::from_ref(expr))?.swap_remove(0).alias(name))
        }
        expr => Ok(expr.clone()),
    });
    let asked = asked.collect::<Result<_>>()?;
    let below = Projection::try_new(columns, aggregate.input)?;
    let below = Arc::new(LogicalPlan::Projection(below));
    let aggregate = Aggregate::try_new(below, vec![Expr::GroupingSet(sets)], asked)?;
    Ok(Transformed::yes(LogicalPlan::Aggregate(aggregate)))
}
