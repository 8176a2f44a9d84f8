//! Where the engine's operators and aggregates have other types than PostgreSQL's.
//!
//! | written | the engine | PostgreSQL |
//! |---|---|---|
//! | `sum(bigint)` | `bigint`, beyond its range unseen | `numeric` |
//! | `date + interval` | `date` | `timestamp` |
//! | `date - date` | `bigint` | `integer` |
//! | `date < timestamp` | by nanoseconds, which end in 2262 | by microseconds |
//! | `round(numeric, n)`, `trunc`, `ceil`, `floor` | with all digits | with `n` of them, or none |
//! | `numeric / numeric` | four digits more than the dividend | as many as its value asks for |
//! | `real` with an integer or a numeric | `real` | `double precision` |
//! | `approx_distinct` of floats | none | counts their texts |
//! | a text, a float `::numeric` | ten digits behind the point | as many as it has |

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{ScalarFunction, WindowFunctionDefinition};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, cast, lit};

use super::category::check_cast;
use super::{cast_names, parameters};
use crate::function::{numeric, quotient};
use crate::numeric::{QUOTIENT, READ, is_carried};
use crate::optimizer::{is_open, map_expressions};

/// A digit more than a `bigint` has: whatever is summed, 38 digits hold it.
const WIDE: DataType = DataType::Decimal128(20, 0);

/// Gives them PostgreSQL's. It comes before types are coerced: what is around them follows.
pub(super) fn widen(plan: LogicalPlan) -> Result<LogicalPlan> {
    map_expressions(plan, |expr, schema| {
        if is_integer_in_postgresql(&expr, schema) {
            return Ok(Transformed::yes(cast(expr, DataType::Int32)));
        }
        Ok(match expr {
            Expr::BinaryExpr(binary) => operator(binary, schema),
            Expr::ScalarFunction(mut call) => match cast_names::read(&mut call) {
                Some(cast) => Transformed::yes(cast),
                None => rounded(call, schema),
            },
            Expr::Cast(written) => {
                if let Ok((_, from)) = written.expr.to_field(schema) {
                    check_cast(&from, &written.field)?;
                }
                read(written, schema)
            }
            expr => sums(expr, schema),
        })
    })
}

fn sums(mut expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    if let Expr::AggregateFunction(call) = &mut expr
        && call.func.name() == "approx_distinct"
        && let [argument] = call.params.args.as_mut_slice()
        && argument.get_type(schema).is_ok_and(|data_type| data_type.is_floating())
    {
        // Zero has two signs, which are equal.
        let sum = std::mem::take(argument) + lit(0.0_f64);
        *argument = cast(sum, DataType::Utf8View);
        return Transformed::yes(expr);
    }
    let arguments = match &mut expr {
        Expr::AggregateFunction(call) if call.func.name() == "sum" => &mut call.params.args,
        Expr::WindowFunction(call) => match &call.fun {
            WindowFunctionDefinition::AggregateUDF(function) if function.name() == "sum" => {
                &mut call.params.args
            }
            _ => return Transformed::no(expr),
        },
        _ => return Transformed::no(expr),
    };
    let [argument] = arguments.as_mut_slice() else { return Transformed::no(expr) };
    if !matches!(argument.get_type(schema), Ok(DataType::Int64 | DataType::UInt64)) {
        return Transformed::no(expr);
    }
    *argument = cast(argument.clone(), WIDE);
    Transformed::yes(expr)
}

fn rounded(call: ScalarFunction, schema: &DFSchema) -> Transformed<Expr> {
    let digits = match (call.func.name(), call.args.as_slice()) {
        ("round" | "trunc" | "ceil" | "floor", [_]) => Some(0),
        ("round" | "trunc", [_, Expr::Literal(digits, _)]) => {
            let digits = digits.cast_to(&DataType::Int64).ok();
            digits.and_then(|digits| match digits {
                ScalarValue::Int64(digits) => i8::try_from(digits?).ok(),
                _ => None,
            })
        }
        _ => None,
    };
    let given = call.args.first().and_then(|argument| argument.get_type(schema).ok());
    match (digits, given) {
        (Some(digits), Some(DataType::Decimal128(precision, scale))) if digits.max(0) < scale => {
            let fewer = DataType::Decimal128(precision, digits.max(0));
            Transformed::yes(cast(Expr::ScalarFunction(call), fewer))
        }
        (Some(digits @ 0..), Some(DataType::Decimal256(precision, scale))) if digits < scale => {
            let fewer = DataType::Decimal256(precision, digits);
            Transformed::yes(cast(Expr::ScalarFunction(call), fewer))
        }
        _ => Transformed::no(Expr::ScalarFunction(call)),
    }
}

fn operator(mut binary: BinaryExpr, schema: &DFSchema) -> Transformed<Expr> {
    use DataType::{Date32, Float32, Interval, Timestamp};
    let BinaryExpr { left, op, right } = &mut binary;
    parameters::agree_on_decimals(*op, left, right, schema);
    let (Ok(left_type), Ok(right_type)) = (left.get_type(schema), right.get_type(schema)) else {
        return Transformed::no(Expr::BinaryExpr(binary));
    };
    let is_exact = |data_type: &DataType| data_type.is_integer() || data_type.is_decimal();
    let widen = |side: &mut Expr, to: DataType| *side = cast(std::mem::take(side), to);
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, None);
    match (&left_type, *op, &right_type) {
        (a, Operator::Divide, b) if a.is_decimal() && is_exact(b) || is_exact(a) && b.is_decimal() => {
            return Transformed::yes(divided(std::mem::take(left.as_mut()), std::mem::take(right.as_mut())));
        }
        // Two scales of which the sum is beyond what a decimal has.
        (a, Operator::Multiply, b) if is_carried(a) && is_exact(b) || is_exact(a) && is_carried(b) => {
            let result = if *a == QUOTIENT || *b == QUOTIENT { QUOTIENT } else { READ };
            let sides = vec![std::mem::take(left.as_mut()), std::mem::take(right.as_mut())];
            return Transformed::yes(quotient::product(result).call(sides));
        }
        (Date32, Operator::Plus | Operator::Minus, Interval(_)) => widen(left, timestamp),
        (Interval(_), Operator::Plus, Date32) => widen(right, timestamp),
        (Date32, op, other @ Timestamp(..)) if op.supports_propagation() => {
            widen(left, timestamp);
            widen(left, other.clone());
        }
        (other @ Timestamp(..), op, Date32) if op.supports_propagation() => {
            widen(right, timestamp);
            widen(right, other.clone());
        }
        (Float32, op, other) if op.is_numerical_operators() || op.supports_propagation() => {
            if !is_exact(other) {
                return Transformed::no(Expr::BinaryExpr(binary));
            }
            widen(left, DataType::Float64);
        }
        (other, op, Float32) if op.is_numerical_operators() || op.supports_propagation() => {
            if !is_exact(other) {
                return Transformed::no(Expr::BinaryExpr(binary));
            }
            widen(right, DataType::Float64);
        }
        _ => return Transformed::no(Expr::BinaryExpr(binary)),
    }
    Transformed::yes(Expr::BinaryExpr(binary))
}

/// The quotient of two exact numbers of which one is numeric.
pub(super) fn divided(dividend: Expr, divisor: Expr) -> Expr {
    quotient::quotient().call(vec![dividend, divisor])
}

/// A cast to `numeric` without a precision.
fn read(written: Cast, schema: &DFSchema) -> Transformed<Expr> {
    use DataType::{Float32, Float64, LargeUtf8, Utf8, Utf8View};
    let given = written.expr.get_type(schema);
    if is_open(&written) && matches!(given, Ok(Float32 | Float64 | Utf8 | LargeUtf8 | Utf8View)) {
        return Transformed::yes(numeric::function().call(vec![*written.expr]));
    }
    Transformed::no(Expr::Cast(written))
}

/// Whether an expression is `integer` in PostgreSQL where the engine counts in 64 bits.
fn is_integer_in_postgresql(expr: &Expr, schema: &DFSchema) -> bool {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Minus, right }) => {
            let is_date = |side: &Expr| side.get_type(schema).is_ok_and(|side| side == DataType::Date32);
            is_date(left) && is_date(right)
        }
        _ => false,
    }
}
