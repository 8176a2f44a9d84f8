//! `GROUP BY time_bucket_gapfill(…)`: a row for every bucket of the range in every group.
//!
//! What is grouped by `time_bucket` is collected by the other keys, as an array of records for each group;
//! the array is filled up, and made rows again:
//!
//! ```text
//! Aggregate: [time_bucket_gapfill(l, t), g], [a]
//!   → Unnest ← fill_buckets(rows, l, start, finish) ← Aggregate: [g], [array_agg(struct(bucket, a))]
//!     ← Aggregate: [time_bucket(l, t), g], [a]
//! ```
//!
//! Without `start` and `finish` the range is that of the conditions on the time in WHERE.

use std::sync::Arc;

use arrow::datatypes::{DataType, IntervalMonthDayNano};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::functions::core::expr_fn::{get_field, greatest, least, named_struct};
use datafusion::functions_aggregate::expr_fn::array_agg;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    Aggregate, Between, BinaryExpr, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Operator, cast, lit,
};

use crate::error::SqlError;
use crate::function::time_bucket::{self, GAPFILL, GapfillCall};

const ROWS: &str = "rows";

/// Fills the gaps. It comes when the types of the aggregates are PostgreSQL's.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node.recompute_schema()? {
        LogicalPlan::Aggregate(aggregate) => {
            let place = aggregate.group_expr.iter().position(|key| arguments(key).is_some());
            match place {
                Some(place) => filled(aggregate, place).map(Transformed::yes),
                None => Ok(Transformed::no(LogicalPlan::Aggregate(aggregate))),
            }
        }
        node => Ok(Transformed::no(node)),
    })
    .map(|plan| plan.data)
}

/// Of a call of `time_bucket_gapfill`.
fn arguments(key: &Expr) -> Option<&[Expr]> {
    match key {
        Expr::Alias(named) => arguments(&named.expr),
        Expr::ScalarFunction(call) if call.func.name() == GAPFILL => Some(&call.args),
        _ => None,
    }
}

fn filled(aggregate: Aggregate, place: usize) -> Result<LogicalPlan> {
    let Some(mut call) = arguments(&aggregate.group_expr[place]).and_then(GapfillCall::of) else {
        return Ok(LogicalPlan::Aggregate(aggregate));
    };
    let time = call.time.get_type(aggregate.input.schema())?;
    let mut range = Range::default();
    range.read(&aggregate.input, &call.time, &time);
    let typed = |bound: Expr| cast(bound, time.clone());
    call.start = Some(match call.start.map(typed).or_else(|| range.start.into_iter().reduce(later)) {
        Some(start) => start,
        None => return Err(unknown("starts")),
    });
    call.finish = Some(match call.finish.map(typed).or_else(|| range.finish.into_iter().reduce(earlier)) {
        Some(finish) => finish,
        None => return Err(unknown("ends")),
    });

    let names: Vec<Column> = aggregate.schema.columns();
    let mut keys = aggregate.group_expr;
    let bucket = [call.length.clone(), call.time.clone()].into_iter().chain(call.zone.clone());
    keys[place] = time_bucket::function().call(bucket.collect());
    let count = keys.len();
    let below = Aggregate::try_new(aggregate.input, keys, aggregate.aggr_expr)?;
    let columns = below.schema.columns();
    // The bucket comes first in each record.
    let collected: Vec<usize> = std::iter::once(place).chain(count..columns.len()).collect();
    let record = collected
        .iter()
        .enumerate()
        .flat_map(|(number, column)| [lit(field(number)), Expr::Column(columns[*column].clone())]);
    let record = named_struct(record.collect());
    let others: Vec<Expr> =
        (0..count).filter(|key| *key != place).map(|key| Expr::Column(columns[key].clone())).collect();
    let rows = LogicalPlanBuilder::from(LogicalPlan::Aggregate(below))
        .aggregate(others.clone(), [array_agg(record).alias(ROWS)])?;
    let full = time_bucket::fill(Expr::Column(Column::new_unqualified(ROWS)), call).alias(ROWS);
    let rows =
        rows.project(others.into_iter().chain([full]))?.unnest_column(Column::new_unqualified(ROWS))?;
    let asked = names.into_iter().zip(columns).enumerate().map(|(index, (name, column))| {
        let value = match collected.iter().position(|collected| *collected == index) {
            Some(number) => get_field(Expr::Column(Column::new_unqualified(ROWS)), field(number)),
            None => Expr::Column(column),
        };
        value.alias_qualified(name.relation, name.name)
    });
    rows.project(asked)?.build()
}

fn field(number: usize) -> String {
    format!("c{number}")
}

fn unknown(what: &str) -> datafusion::common::DataFusionError {
    let message = format!("cannot tell where the range of {GAPFILL} {what}");
    let hint = "Give start and finish as its last arguments, or bounds of the time in WHERE.";
    SqlError::new("22023", message).with_hint(hint).into()
}

fn later(one: Expr, other: Expr) -> Expr {
    greatest(vec![one, other])
}

fn earlier(one: Expr, other: Expr) -> Expr {
    least(vec![one, other])
}

/// The bounds of a time that filters give: from one of them on, up to before the other.
#[derive(Default)]
struct Range {
    start: Vec<Expr>,
    finish: Vec<Expr>,
}

impl Range {
    fn read(&mut self, input: &Arc<LogicalPlan>, time: &Expr, data_type: &DataType) {
        let mut input = input;
        while let LogicalPlan::Filter(filter) = input.as_ref() {
            for condition in split_conjunction(&filter.predicate) {
                self.condition(condition, time, data_type);
            }
            input = &filter.input;
        }
    }

    fn condition(&mut self, condition: &Expr, time: &Expr, data_type: &DataType) {
        match condition {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                if is_same(left, time) {
                    self.bound(*op, right, data_type);
                } else if is_same(right, time)
                    && let Some(op) = op.swap()
                {
                    self.bound(op, left, data_type);
                }
            }
            Expr::Between(Between { expr, negated: false, low, high }) if is_same(expr, time) => {
                self.bound(Operator::GtEq, low, data_type);
                self.bound(Operator::LtEq, high, data_type);
            }
            _ => {}
        }
    }

    fn bound(&mut self, op: Operator, bound: &Expr, data_type: &DataType) {
        if !bound.column_refs().is_empty() || bound.contains_outer() {
            return;
        }
        let typed = cast(bound.clone(), data_type.clone());
        // The least time behind it.
        let next = match data_type {
            DataType::Date32 => IntervalMonthDayNano::new(0, 1, 0),
            _ => IntervalMonthDayNano::new(0, 0, 1000),
        };
        let after = |bound: Expr| bound + Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(next)), None);
        match op {
            Operator::GtEq => self.start.push(typed),
            Operator::Gt => self.start.push(after(typed)),
            Operator::Lt => self.finish.push(typed),
            Operator::LtEq => self.finish.push(after(typed)),
            Operator::Eq => {
                self.start.push(typed.clone());
                self.finish.push(after(typed));
            }
            _ => {}
        }
    }
}

fn is_same(one: &Expr, other: &Expr) -> bool {
    fn plain(expr: &Expr) -> &Expr {
        match expr {
            // The engine's own way to compare: not one to a date, which makes another value of it.
            Expr::Cast(cast) if matches!(cast.field.data_type(), DataType::Timestamp(..)) => {
                plain(&cast.expr)
            }
            Expr::Alias(named) => plain(&named.expr),
            expr => expr,
        }
    }
    plain(one) == plain(other)
}
