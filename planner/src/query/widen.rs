//! Where the engine's operators and aggregates have other types than PostgreSQL's.
//!
//! | written | the engine | PostgreSQL |
//! |---|---|---|
//! | `sum(bigint)` | `bigint`, beyond its range unseen | `numeric` |
//! | `date + interval` | `date` | `timestamp` |
//! | `round(numeric, n)`, `trunc`, `ceil`, `floor` | with all digits | with `n` of them, or none |

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{ScalarFunction, WindowFunctionDefinition};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, cast};

use crate::optimizer::map_expressions;

/// A digit more than a `bigint` has: whatever is summed, 38 digits hold it.
const WIDE: DataType = DataType::Decimal128(20, 0);

/// Gives them PostgreSQL's. It comes before types are coerced: what is around them follows.
pub(super) fn widen(plan: LogicalPlan) -> Result<LogicalPlan> {
    map_expressions(plan, |expr, schema| {
        Ok(match expr {
            Expr::BinaryExpr(binary) => of_dates(binary, schema),
            Expr::ScalarFunction(call) => rounded(call, schema),
            expr => sums(expr, schema),
        })
    })
}

fn sums(mut expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
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
        (Some(digits @ 0..), Some(DataType::Decimal128(precision, scale))) if digits < scale => {
            let fewer = DataType::Decimal128(precision, digits);
            Transformed::yes(cast(Expr::ScalarFunction(call), fewer))
        }
        _ => Transformed::no(Expr::ScalarFunction(call)),
    }
}

fn of_dates(mut binary: BinaryExpr, schema: &DFSchema) -> Transformed<Expr> {
    let types = (binary.left.get_type(schema), binary.right.get_type(schema));
    let (Ok(left), Ok(right)) = types else { return Transformed::no(Expr::BinaryExpr(binary)) };
    let timestamp = |date: Expr| Box::new(cast(date, DataType::Timestamp(TimeUnit::Microsecond, None)));
    match (&left, binary.op, &right) {
        (DataType::Date32, Operator::Plus | Operator::Minus, DataType::Interval(_)) => {
            binary.left = timestamp(*binary.left);
        }
        (DataType::Interval(_), Operator::Plus, DataType::Date32) => binary.right = timestamp(*binary.right),
        _ => return Transformed::no(Expr::BinaryExpr(binary)),
    }
    Transformed::yes(Expr::BinaryExpr(binary))
}
