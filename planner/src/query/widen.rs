//! Sums of `bigint` are `numeric`, as in PostgreSQL: the engine's would leave their range unseen.
//! <https://www.postgresql.org/docs/15/functions-aggregate.html>

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::expr::WindowFunctionDefinition;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, cast};

use crate::optimizer::map_expressions;

/// Nine digits and a sign more than a `bigint` has: whatever is summed, 38 digits hold it.
const WIDE: DataType = DataType::Decimal128(20, 0);

/// Widens what is summed. It comes before types are coerced: what is around a sum follows it.
pub(super) fn sums(plan: LogicalPlan) -> Result<LogicalPlan> {
    map_expressions(plan, |mut expr, schema| {
        let arguments = match &mut expr {
            Expr::AggregateFunction(call) if call.func.name() == "sum" => &mut call.params.args,
            Expr::WindowFunction(call) => match &call.fun {
                WindowFunctionDefinition::AggregateUDF(function) if function.name() == "sum" => {
                    &mut call.params.args
                }
                _ => return Ok(Transformed::no(expr)),
            },
            _ => return Ok(Transformed::no(expr)),
        };
        let [argument] = arguments.as_mut_slice() else { return Ok(Transformed::no(expr)) };
        if !matches!(argument.get_type(schema), Ok(DataType::Int64 | DataType::UInt64)) {
            return Ok(Transformed::no(expr));
        }
        *argument = cast(argument.clone(), WIDE);
        Ok(Transformed::yes(expr))
    })
}
