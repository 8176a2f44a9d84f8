//! Values of one key are equal: `1 day` and `24 hours`, `1` and `1.0` of `jsonb` are one group, one row of DISTINCT
//! and UNION, one key of a join. Groups are made by the key; the first value is shown.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_aggregate::expr_fn::first_value;
use datafusion::logical_expr::{Aggregate, Distinct, Expr, LogicalPlan, LogicalPlanBuilder};

use super::keys::{Key, key_of};
use crate::error::SqlError;

/// Groups by keys. It comes when nothing changes types any more.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node.recompute_schema()? {
        LogicalPlan::Aggregate(aggregate) => grouped(aggregate),
        LogicalPlan::Distinct(Distinct::All(input)) if has_key(&input) => {
            let keys: Vec<_> = input.schema().columns().into_iter().map(Expr::Column).collect();
            grouped(Aggregate::try_new(input, keys, Vec::new())?)
        }
        LogicalPlan::Distinct(Distinct::On(mut on)) => {
            let mut changed = false;
            for key in &mut on.on_expr {
                changed |= by_key(key, &on.input)?;
            }
            for sort in on.sort_expr.iter_mut().flatten() {
                changed |= by_key(&mut sort.expr, &on.input)?;
            }
            Ok(Transformed::new_transformed(LogicalPlan::Distinct(Distinct::On(on)), changed))
        }
        LogicalPlan::Join(mut join) => {
            let mut changed = false;
            for (left, right) in &mut join.on {
                if key_of(left, join.left.schema()).is_some() && key_of(right, join.right.schema()).is_some()
                {
                    changed |= by_key(left, &join.left)? | by_key(right, &join.right)?;
                }
            }
            Ok(Transformed::new_transformed(LogicalPlan::Join(join), changed))
        }
        node => Ok(Transformed::no(node)),
    })
    .map(|plan| plan.data)
}

fn has_key(input: &LogicalPlan) -> bool {
    let columns = input.schema().columns().into_iter().map(Expr::Column);
    columns.into_iter().any(|column| key_of(&column, input.schema()).is_some())
}

/// Errors: 42883 for `json`, whose values are not equal to anything.
fn by_key(expr: &mut Expr, input: &LogicalPlan) -> Result<bool> {
    let Some(key) = key_of(expr, input.schema()) else { return Ok(false) };
    if key == Key::Json {
        let message = "could not identify an equality operator for type json";
        return Err(SqlError::new("42883", message).into());
    }
    *expr = key.of(std::mem::take(expr));
    Ok(true)
}

fn grouped(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    if let [Expr::GroupingSet(sets)] = aggregate.group_expr.as_slice()
        && sets.distinct_expr().into_iter().any(|key| key_of(key, aggregate.input.schema()).is_some())
    {
        let message = "grouping sets of interval and jsonb are not supported";
        return Err(SqlError::new("0A000", message).with_hint("Cast the key to text.").into());
    }
    let places = |(place, key): (usize, &Expr)| key_of(key, aggregate.input.schema()).map(|_| place);
    let places: Vec<usize> = aggregate.group_expr.iter().enumerate().filter_map(places).collect();
    if places.is_empty() {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let names: Vec<Column> = aggregate.schema.columns();
    let (mut keys, mut computed) = (aggregate.group_expr, aggregate.aggr_expr);
    let shown = |place: usize| format!("\u{1}key{place}");
    for place in &places {
        computed.push(first_value(keys[*place].clone(), Vec::new()).alias(shown(*place)));
        by_key(&mut keys[*place], &aggregate.input)?;
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
