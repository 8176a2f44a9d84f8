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
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{ScalarFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, WindowFrameBound, WindowFrameUnits, cast,
};

use crate::error::SqlError;
use crate::function::datetime::interval_input;
use crate::function::interval::{self, DIFFERENCE, DIVIDED, TIMES};
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

/// Makes the offsets of a frame over intervals or times of a day microseconds, as what it is ordered by; integers
/// get a type that no offset leaves.
///
/// Errors: 22007 for an offset that is no interval; 22013 for one below zero.
pub(super) fn range(window: &mut WindowFunctionParams, schema: &DFSchema) -> Result<bool> {
    let [order] = window.order_by.as_mut_slice() else { return Ok(false) };
    let ordered = order.expr.get_type(schema);
    let is_time = matches!(ordered, Ok(DataType::Time64(_)));
    let wider = match ordered {
        Ok(DataType::Int16 | DataType::Int32) => Some(DataType::Int64),
        Ok(DataType::Int64) => Some(DataType::Decimal128(38, 0)),
        _ => None,
    };
    let is_offset = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(size) | WindowFrameBound::Following(size) => !size.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    let frame = &window.window_frame;
    if frame.units == WindowFrameUnits::Range
        && (is_offset(&frame.start_bound) || is_offset(&frame.end_bound))
        && let Some(wider) = wider
    {
        order.expr = cast(std::mem::take(&mut order.expr), wider);
        return Ok(true);
    }
    if window.window_frame.units != WindowFrameUnits::Range || !is_time && !matches!(ordered, Ok(INTERVAL)) {
        return Ok(false);
    }
    let frame = &mut window.window_frame;
    let mut has_offset = false;
    for bound in [&mut frame.start_bound, &mut frame.end_bound] {
        let (WindowFrameBound::Preceding(size) | WindowFrameBound::Following(size)) = bound else { continue };
        let ScalarValue::Utf8(Some(text)) = size else { continue };
        let offset = interval_input::read(text, None)?;
        // A day has no days.
        let micros = if is_time { i128::from(offset.nanoseconds / 1000) } else { interval::span(offset) };
        if micros < 0 {
            let message = "invalid preceding or following size in window function";
            return Err(SqlError::new("22013", message).into());
        }
        *size = ScalarValue::Utf8(Some(micros.to_string()));
        has_offset = true;
    }
    if is_time && has_offset {
        order.expr = cast(cast(std::mem::take(&mut order.expr), TIME), DataType::Int64);
    }
    Ok(has_offset)
}
