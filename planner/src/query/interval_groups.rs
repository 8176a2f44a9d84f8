//! Intervals of one length are equal: `1 day` and `24 hours` are one group, one row of DISTINCT and UNION, one
//! partition of a window, one key of a join. Groups are made by the length; the first value is shown.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_aggregate::expr_fn::first_value;
use datafusion::logical_expr::{Aggregate, Distinct, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};

use super::intervals::called;
use crate::function::interval::SPAN;
use crate::function::native::INTERVAL;

/// Groups by lengths. It comes last: nothing changes types any more.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node.recompute_schema()? {
        LogicalPlan::Aggregate(aggregate) => grouped(aggregate),
        LogicalPlan::Distinct(Distinct::All(input)) if has_interval(&input) => {
            let keys: Vec<_> = input.schema().columns().into_iter().map(Expr::Column).collect();
            grouped(Aggregate::try_new(input, keys, Vec::new())?)
        }
        LogicalPlan::Distinct(Distinct::On(mut on)) => {
            let mut changed = false;
            for key in &mut on.on_expr {
                changed |= by_length(key, &on.input);
            }
            for sort in on.sort_expr.iter_mut().flatten() {
                changed |= by_length(&mut sort.expr, &on.input);
            }
            Ok(Transformed::new_transformed(LogicalPlan::Distinct(Distinct::On(on)), changed))
        }
        LogicalPlan::Join(mut join) => {
            let mut changed = false;
            for (left, right) in &mut join.on {
                if is_interval(left, &join.left) && is_interval(right, &join.right) {
                    changed |= by_length(left, &join.left) | by_length(right, &join.right);
                }
            }
            Ok(Transformed::new_transformed(LogicalPlan::Join(join), changed))
        }
        node => Ok(Transformed::no(node)),
    })
    .map(|plan| plan.data)
}

fn is_interval(expr: &Expr, input: &LogicalPlan) -> bool {
    expr.get_type(input.schema()).is_ok_and(|data_type| data_type == INTERVAL)
}

fn has_interval(input: &LogicalPlan) -> bool {
    input.schema().fields().iter().any(|field| *field.data_type() == INTERVAL)
}

fn by_length(expr: &mut Expr, input: &LogicalPlan) -> bool {
    let changed = is_interval(expr, input);
    if changed {
        *expr = called(SPAN, vec![std::mem::take(expr)]);
    }
    changed
}

fn grouped(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let places = |(place, key): (usize, &Expr)| is_interval(key, &aggregate.input).then_some(place);
    let places: Vec<usize> = aggregate.group_expr.iter().enumerate().filter_map(places).collect();
    if places.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let names: Vec<Column> = aggregate.schema.columns();
    let (mut keys, mut computed) = (aggregate.group_expr, aggregate.aggr_expr);
    let shown = |place: usize| format!("\u{1}interval{place}");
    for place in &places {
        let key = std::mem::take(&mut keys[*place]);
        computed.push(first_value(key.clone(), Vec::new()).alias(shown(*place)));
        keys[*place] = called(SPAN, vec![key]);
    }
    let below = LogicalPlan::Aggregate(Aggregate::try_new(aggregate.input, keys, computed)?);
    let columns = below.schema().columns();
    let asked = names.into_iter().enumerate().map(|(index, name)| {
        let column = match places.contains(&index) {
            true => Column::new_unqualified(shown(index)),
            false => columns[index].clone(),
        };
        Expr::Column(column).alias_qualified(name.relation, name.name)
    });
    let asked: Vec<_> = asked.collect();
    LogicalPlanBuilder::from(below).project(asked)?.build().map(Transformed::yes)
}
