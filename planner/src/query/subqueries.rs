//! `IN (SELECT …)` and `EXISTS` where the engine plans none, or forgets null.
//!
//! The engine makes joins of them: right where a filter asks for them by themselves, in a chain of AND, and,
//! of `IN`, also of OR, since there null is as good as false. Anywhere else the mark of such a join says false
//! where PostgreSQL says null, and outside of a filter there is no join at all. There the subquery is counted:
//!
//! | written | computed |
//! |---|---|
//! | `EXISTS (q)` | `(SELECT count(*) FROM q) > 0` |
//! | `x IN (q)`, `x = ANY (q)` | true where a row of `q` is equal to `x`; else false where `q` has no rows; else null where `x` or one of its rows is null; else false |
//! | `x < ANY (q)` | the same, with `x < (SELECT max(…) FROM q)` |
//! | `x < ALL (q)` | `NOT x >= ANY (q)` |
//!
//! PostgreSQL 15, 9.23 (subquery expressions).

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, ExprSchema, Result, ScalarValue};
use datafusion::functions_aggregate::expr_fn::{count, max, min};
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison, SetQuantifier};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, Expr, Filter, LogicalPlan, LogicalPlanBuilder, Operator, Projection, Subquery,
    binary_expr, lit, not, scalar_subquery, when,
};

use super::decorrelate;
use super::keys::key_of;

/// Rewrites them in a plan whose types are not yet coerced.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Filter(filter) => {
            let schema = Arc::clone(filter.input.schema());
            condition(filter.predicate, &schema, true)?
                .map_data(|predicate| Filter::try_new(predicate, filter.input).map(LogicalPlan::Filter))
        }
        LogicalPlan::Aggregate(aggregate) => computed_below(aggregate),
        // Its condition is no value of a row.
        LogicalPlan::Join(_) => Ok(Transformed::no(node)),
        node => {
            let schema = merge_schema(&node.inputs());
            let names = NamePreserver::new(&node);
            node.map_expressions(|expr| {
                let name = names.save(&expr);
                Ok(values(expr, &schema, true)?.update_data(|expr| name.restore(expr)))
            })?
            .map_data(LogicalPlan::recompute_schema)
        }
    })
    .map(|plan| plan.data)
}

/// The engine plans subqueries in projections and filters: what an aggregation groups by or sums up is computed
/// in a projection below it.
fn computed_below(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let Aggregate { input, group_expr, aggr_expr, .. } = aggregate;
    let schema = Arc::clone(input.schema());
    let mut below: Vec<Expr> = Vec::new();
    let mut moved = |expr: Expr| {
        let name = NamePreserver::new_for_projection().save(&expr);
        let moved = expr.transform_down(|expr| {
            let is_subquery = matches!(
                expr,
                Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_) | Expr::ScalarSubquery(_)
            );
            if !is_subquery {
                return Ok(Transformed::no(expr));
            }
            let column = format!("__subquery_{}", below.len());
            below.push(values(expr, &schema, true)?.data.alias(&column));
            Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column))))
        })?;
        Ok(moved.update_data(|expr| name.restore(expr)).data)
    };
    let group_expr = group_expr.into_iter().map(&mut moved).collect::<Result<Vec<_>>>()?;
    let aggr_expr = aggr_expr.into_iter().map(&mut moved).collect::<Result<Vec<_>>>()?;
    if below.is_empty() {
        return Aggregate::try_new(input, group_expr, aggr_expr)
            .map(LogicalPlan::Aggregate)
            .map(Transformed::no);
    }
    let columns = schema.columns().into_iter().map(Expr::Column).chain(below).collect();
    let input = Arc::new(LogicalPlan::Projection(Projection::try_new(columns, input)?));
    Aggregate::try_new(input, group_expr, aggr_expr).map(LogicalPlan::Aggregate).map(Transformed::yes)
}

/// A part of a filter's condition for which null is as good as false. `NOT IN` by itself is a join that
/// knows null, beside OR it is a mark.
fn condition(expr: Expr, schema: &DFSchema, alone: bool) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
            let alone = alone && op == Operator::And;
            let left = condition(*left, schema, alone)?;
            let right = condition(*right, schema, alone)?;
            let changed = left.transformed || right.transformed;
            let expr = BinaryExpr::new(Box::new(left.data), op, Box::new(right.data));
            Ok(Transformed::new_transformed(Expr::BinaryExpr(expr), changed))
        }
        Expr::InSubquery(InSubquery { expr: ref value, ref subquery, negated })
            // The join that knows null does not know it of a constant.
            // Nor of a subquery that refers to the outside.
            if (!negated
                || alone && !value.column_refs().is_empty() && !decorrelate::refers_outside(subquery)?)
                && decorrelate::is_joined_by_engine(subquery, schema, false)? =>
        {
            Ok(Transformed::no(expr))
        }
        expr => values(expr, schema, false),
    }
}

/// Every `IN` of an expression as a value; outside of a filter also what the engine makes joins of there.
fn values(expr: Expr, schema: &DFSchema, outside: bool) -> Result<Transformed<Expr>> {
    expr.transform_up(|expr| {
        let value = match &expr {
            Expr::InSubquery(InSubquery { expr: value, subquery, negated }) => {
                let found = compared(value, Operator::Eq, subquery, schema)?;
                found.map(|found| if *negated { not(found) } else { found })
            }
            Expr::Exists(Exists { subquery, negated })
                if outside || !decorrelate::is_joined_by_engine(subquery, schema, true)? =>
            {
                let rows = LogicalPlanBuilder::new_from_arc(Arc::clone(&subquery.subquery));
                let found = aggregated(rows, count(lit(1)))?.gt(lit(0_i64));
                Some(if *negated { not(found) } else { found })
            }
            Expr::SetComparison(SetComparison { expr: value, subquery, op, quantifier }) => {
                match quantifier {
                    SetQuantifier::Any => compared(value, *op, subquery, schema)?,
                    SetQuantifier::All => match op.negate() {
                        Some(op) => compared(value, op, subquery, schema)?.map(not),
                        None => None,
                    },
                }
            }
            _ => None,
        };
        Ok(value.map_or(Transformed::no(expr), Transformed::yes))
    })
}

/// `value op ANY (subquery)`. None for other operators than comparisons.
fn compared(value: &Expr, op: Operator, subquery: &Subquery, schema: &DFSchema) -> Result<Option<Expr>> {
    let rows = || LogicalPlanBuilder::new_from_arc(Arc::clone(&subquery.subquery));
    let column = Expr::Column(subquery.subquery.schema().columns().swap_remove(0));
    let holding = |op: Operator| {
        let of_outside = value.clone().transform_up(|part| match part {
            Expr::Column(column) => {
                let field = Arc::clone(schema.field_from_column(&column)?);
                Ok(Transformed::yes(Expr::OuterReferenceColumn(field, column)))
            }
            part => Ok(Transformed::no(part)),
        })?;
        // `column op' value`, which is `value op column`.
        let Some(op) = op.swap() else { return aggregated(rows(), count(lit(1))) };
        aggregated(rows().filter(binary_expr(column.clone(), op, of_outside.data))?, count(lit(1)))
    };
    let equal = || holding(Operator::Eq);
    let has_key = key_of(&column, subquery.subquery.schema()).is_some();
    let all = aggregated(rows(), count(lit(1)))?;
    let known = aggregated(rows(), count(column.clone()))?;
    let hit = match op {
        Operator::Eq => equal()?.gt(lit(0_i64)),
        Operator::NotEq => value.clone().is_not_null().and(known.clone().gt(equal()?)),
        Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq if has_key => {
            holding(op)?.gt(lit(0_i64))
        }
        Operator::Lt | Operator::LtEq => {
            binary_expr(value.clone(), op, aggregated(rows(), max(column.clone()))?)
        }
        Operator::Gt | Operator::GtEq => {
            binary_expr(value.clone(), op, aggregated(rows(), min(column.clone()))?)
        }
        _ => return Ok(None),
    };
    let open = value.clone().is_null().or(all.clone().gt(known));
    let null = lit(ScalarValue::Boolean(None));
    when(hit, lit(true)).when(all.eq(lit(0_i64)), lit(false)).when(open, null).otherwise(lit(false)).map(Some)
}

/// `(SELECT of FROM rows)`
fn aggregated(rows: LogicalPlanBuilder, of: Expr) -> Result<Expr> {
    let plan = rows.aggregate(Vec::<Expr>::new(), vec![of])?.build()?;
    Ok(scalar_subquery(Arc::new(plan)))
}
