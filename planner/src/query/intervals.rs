//! Operators and aggregates of intervals, and of times that give some.
//!
//! | written | the engine | PostgreSQL |
//! |---|---|---|
//! | `timestamp - timestamp`, `time - time` | a duration | an interval of days and hours |
//! | `interval < interval`, `ORDER BY interval` | months before days before hours | by their length: a month has 30 days |
//! | `interval * number`, `interval / number` | none | spills into smaller units |
//! | `min(interval)`, `max`, `least`, `greatest` | by months, days, hours | by their length |
//! | `avg(interval)` | none | the sum through the count |

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions_aggregate::first_last::last_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction, Sort};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Between, BinaryExpr, Case, Expr, ExprSchemable, LogicalPlan, Operator, cast};

use crate::error::SqlError;
use crate::function::interval::{DIFFERENCE, DIVIDED, SPAN, TIMES};
use crate::function::native::{Definition, INTERVAL, TIME, TIMESTAMP};
use crate::optimizer::map_expressions;

/// Gives them PostgreSQL's meaning. It comes before types are coerced: what is around them follows.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    map_expressions(plan, |expr, schema| {
        Ok(match expr {
            Expr::BinaryExpr(binary) => operator(binary, schema),
            Expr::Between(mut between) => {
                let Between { expr, low, high, .. } = &mut between;
                let changed = compare_by_span([&mut **expr, low, high], schema);
                Transformed::new_transformed(Expr::Between(between), changed)
            }
            Expr::InList(mut list) => {
                let values = std::iter::once(list.expr.as_mut()).chain(&mut list.list);
                let changed = compare_by_span(values, schema);
                Transformed::new_transformed(Expr::InList(list), changed)
            }
            Expr::Case(mut case) => {
                let whens = case.when_then_expr.iter_mut().map(|(when, _)| when.as_mut());
                let changed = match &mut case.expr {
                    Some(compared) => compare_by_span(whens.chain([compared.as_mut()]), schema),
                    None => false,
                };
                Transformed::new_transformed(Expr::Case(case), changed)
            }
            Expr::ScalarFunction(call) => chosen(call, schema),
            Expr::AggregateFunction(call) => extreme(call, schema),
            Expr::WindowFunction(call) => {
                if matches!(call.fun.name(), "min" | "max")
                    && call.params.args.iter().any(|argument| is_interval(argument, schema))
                {
                    let message = format!("{} of intervals in a window is not supported", call.fun.name());
                    return Err(SqlError::new("0A000", message).into());
                }
                Transformed::no(Expr::WindowFunction(call))
            }
            expr => Transformed::no(expr),
        })
    })
}

/// Orders intervals by their length. It comes last: what is put into windows beside those that are ordered
/// so would be ordered otherwise.
pub(super) fn order(plan: LogicalPlan) -> Result<LogicalPlan> {
    let plan = map_expressions(plan, |expr, schema| {
        Ok(match expr {
            Expr::AggregateFunction(mut call) => {
                let changed = by_span(&mut call.params.order_by, schema);
                Transformed::new_transformed(Expr::AggregateFunction(call), changed)
            }
            Expr::WindowFunction(mut call) => {
                let changed = by_span(&mut call.params.order_by, schema);
                Transformed::new_transformed(Expr::WindowFunction(call), changed)
            }
            expr => Transformed::no(expr),
        })
    })?;
    plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Sort(mut sort) => {
            let schema = merge_schema(&[&sort.input]);
            let changed = by_span(&mut sort.expr, &schema);
            Ok(Transformed::new_transformed(LogicalPlan::Sort(sort), changed))
        }
        node => Ok(Transformed::no(node)),
    })
    .map(|plan| plan.data)
}

pub(super) fn called(function: Definition, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function.function("UTC")), arguments))
}

/// The product of an interval and a number in either order, or the quotient; None of what is neither.
pub(super) fn scaled(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> Option<Expr> {
    let is_number = |given: &DataType| given.is_numeric() || given.is_null();
    let (left_type, right_type) = (left.get_type(schema).ok()?, right.get_type(schema).ok()?);
    let scaled = |function, interval: &Expr, number: &Expr| {
        Some(called(function, vec![interval.clone(), cast(number.clone(), DataType::Float64)]))
    };
    match op {
        Operator::Multiply if left_type == INTERVAL && is_number(&right_type) => scaled(TIMES, left, right),
        Operator::Multiply if right_type == INTERVAL && is_number(&left_type) => scaled(TIMES, right, left),
        Operator::Divide if left_type == INTERVAL && is_number(&right_type) => scaled(DIVIDED, left, right),
        _ => None,
    }
}

fn operator(binary: BinaryExpr, schema: &DFSchema) -> Transformed<Expr> {
    let (Ok(left), Ok(right)) = (binary.left.get_type(schema), binary.right.get_type(schema)) else {
        return Transformed::no(Expr::BinaryExpr(binary));
    };
    let BinaryExpr { left: one, op, right: other } = binary;
    if op == Operator::Minus
        && let Some(common) = subtracted(&left, &right)
    {
        let taken =
            |side: Expr, given: &DataType| if *given == common { side } else { cast(side, common.clone()) };
        return Transformed::yes(called(DIFFERENCE, vec![taken(*one, &left), taken(*other, &right)]));
    }
    let is_comparison =
        op.supports_propagation() || matches!(op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom);
    if left == INTERVAL && right == INTERVAL && is_comparison {
        let compared = BinaryExpr { left: Box::new(span(*one)), op, right: Box::new(span(*other)) };
        return Transformed::yes(Expr::BinaryExpr(compared));
    }
    if (&left, op, &right) == (&INTERVAL, Operator::Plus, &TIME) {
        let sum = BinaryExpr { left: other, op, right: one };
        return Transformed::yes(Expr::BinaryExpr(sum));
    }
    if let Some(scaled) = scaled(&one, op, &other, schema) {
        return Transformed::yes(scaled);
    }
    Transformed::no(Expr::BinaryExpr(BinaryExpr { left: one, op, right: other }))
}

fn is_interval(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|data_type| data_type == INTERVAL)
}

fn span(expr: Expr) -> Expr {
    called(SPAN, vec![expr])
}

/// Puts lengths in the place of what is compared with each other, where all are intervals.
fn compare_by_span<'a>(sides: impl IntoIterator<Item = &'a mut Expr>, schema: &DFSchema) -> bool {
    let sides: Vec<_> = sides.into_iter().collect();
    let changed = sides.iter().all(|side| is_interval(side, schema));
    if changed {
        sides.into_iter().for_each(|side| *side = span(std::mem::take(side)));
    }
    changed
}

/// `nullif`, and `greatest` and `least`, which pass over nulls.
fn chosen(mut call: ScalarFunction, schema: &DFSchema) -> Transformed<Expr> {
    let better = match call.func.name() {
        "greatest" => Operator::GtEq,
        "least" => Operator::LtEq,
        "nullif"
            if call.args.len() == 2 && call.args.iter().all(|argument| is_interval(argument, schema)) =>
        {
            let value = call.args[0].clone();
            let is_equal = span(call.args.swap_remove(0)).eq(span(call.args.swap_remove(0)));
            let null = Expr::Literal(ScalarValue::IntervalMonthDayNano(None), None);
            let case = Case::new(None, vec![(Box::new(is_equal), Box::new(null))], Some(Box::new(value)));
            return Transformed::yes(Expr::Case(case));
        }
        _ => return Transformed::no(Expr::ScalarFunction(call)),
    };
    let is_null = |argument: &Expr| argument.get_type(schema).is_ok_and(|data_type| data_type.is_null());
    let is_other = |argument: &Expr| !is_interval(argument, schema) && !is_null(argument);
    if call.args.iter().any(is_other) || call.args.iter().all(is_null) {
        return Transformed::no(Expr::ScalarFunction(call));
    }
    call.args.retain(|argument| !is_null(argument));
    let choice = call.args.drain(..).reduce(|best, next| {
        let is_better = Expr::BinaryExpr(BinaryExpr {
            left: Box::new(span(best.clone())),
            op: better,
            right: Box::new(span(next.clone())),
        });
        let takes_best = is_better.or(next.clone().is_null());
        Expr::Case(Case::new(None, vec![(Box::new(takes_best), Box::new(best))], Some(Box::new(next))))
    });
    match choice {
        Some(choice) => Transformed::yes(choice),
        None => Transformed::no(Expr::ScalarFunction(call)),
    }
}

/// The type in which two times are subtracted; None of what gives no interval.
fn subtracted(left: &DataType, right: &DataType) -> Option<DataType> {
    use DataType::{Date32, Time64, Timestamp};
    match (left, right) {
        (Timestamp(_, Some(zone)), Timestamp(..) | Date32)
        | (Timestamp(_, None) | Date32, Timestamp(_, Some(zone))) => {
            Some(Timestamp(TimeUnit::Microsecond, Some(Arc::clone(zone))))
        }
        (Timestamp(..), Timestamp(..) | Date32) | (Date32, Timestamp(..)) => Some(TIMESTAMP),
        (Time64(_), Time64(_)) => Some(left.clone()),
        _ => None,
    }
}

/// `min` and `max` are the last by their order.
fn extreme(mut call: AggregateFunction, schema: &DFSchema) -> Transformed<Expr> {
    let is_min = match call.func.name() {
        "min" => true,
        "max" => false,
        name => {
            if name == "count" && call.params.distinct {
                let of_intervals =
                    call.params.args.iter_mut().filter(|argument| is_interval(argument, schema));
                of_intervals.for_each(|argument| *argument = span(std::mem::take(argument)));
                return Transformed::yes(Expr::AggregateFunction(call));
            }
            return Transformed::no(Expr::AggregateFunction(call));
        }
    };
    let [argument] = call.params.args.as_slice() else {
        return Transformed::no(Expr::AggregateFunction(call));
    };
    if !is_interval(argument, schema) {
        return Transformed::no(Expr::AggregateFunction(call));
    }
    // Of equal ones PostgreSQL takes the last.
    let by = Sort::new(span(argument.clone()), !is_min, true);
    call.func = last_value_udaf();
    call.params.distinct = false;
    call.params.order_by = vec![by];
    Transformed::yes(Expr::AggregateFunction(call))
}

fn by_span(sorts: &mut [Sort], schema: &DFSchema) -> bool {
    let mut changed = false;
    for sort in sorts {
        if is_interval(&sort.expr, schema) {
            sort.expr = span(std::mem::take(&mut sort.expr));
            changed = true;
        }
    }
    changed
}
