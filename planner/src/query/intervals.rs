//! Operators of intervals, and of times that give some. How they are compared is in `keys.rs`.
//!
//! | written | the engine | PostgreSQL |
//! |---|---|---|
//! | `timestamp - timestamp`, `time - time` | a duration | an interval of days and hours |
//! | `interval * number`, `interval / number` | none | spills into smaller units |
//! | `avg(interval)` | none | the sum through the count |

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, cast};

use crate::function::interval::{DIFFERENCE, DIVIDED, TIMES};
use crate::function::native::{Definition, INTERVAL, TIME, TIMESTAMP};
use crate::optimizer::map_expressions;

/// Gives them PostgreSQL's meaning. It comes before types are coerced: what is around them follows.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    map_expressions(plan, |expr, schema| {
        Ok(match expr {
            Expr::BinaryExpr(binary) => operator(binary, schema),
            expr => Transformed::no(expr),
        })
    })
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
    if (&left, op, &right) == (&INTERVAL, Operator::Plus, &TIME) {
        let sum = BinaryExpr { left: other, op, right: one };
        return Transformed::yes(Expr::BinaryExpr(sum));
    }
    if let Some(scaled) = scaled(&one, op, &other, schema) {
        return Transformed::yes(scaled);
    }
    Transformed::no(Expr::BinaryExpr(BinaryExpr { left: one, op, right: other }))
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
