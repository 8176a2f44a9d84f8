//! Arithmetic fails where it leaves the range of its type, as in PostgreSQL.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator};
use datafusion::optimizer::AnalyzerRule;

use crate::function::checked;

/// The rule. It comes behind type coercion: both sides have one type.
#[derive(Debug)]
pub(super) struct CheckOverflow;

impl AnalyzerRule for CheckOverflow {
    fn name(&self) -> &str {
        "check_overflow"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        super::map_expressions(plan, check)
    }
}

fn check(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    if let Expr::Negative(inner) = expr {
        return negated(*inner, schema);
    }
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else { return Ok(Transformed::no(expr)) };
    let Some(function) = checked_type(&left, op, &right, schema).and_then(|of| checked::function(op, of))
    else {
        return Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })));
    };
    let call = ScalarFunction::new_udf(Arc::new(function), vec![*left, *right]);
    Ok(Transformed::yes(Expr::ScalarFunction(call)))
}

/// `-x` as `0 - x`: the smallest integer has no counterpart.
fn negated(inner: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let of = inner.get_type(schema).ok().filter(|of| checked::integer_name(of).is_some());
    let Some((of, function)) =
        of.and_then(|of| checked::function(Operator::Minus, of.clone()).map(|f| (of, f)))
    else {
        return Ok(Transformed::no(Expr::Negative(Box::new(inner))));
    };
    let zero = Expr::Literal(ScalarValue::new_zero(&of)?, None);
    Ok(Transformed::yes(function.call(vec![zero, inner])))
}

/// The type of both sides, where it is one that arithmetic leaves. Of what an outer query names the
/// type is not known here: None.
fn checked_type(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> Option<DataType> {
    use Operator::{Divide, Minus, Multiply, Plus};
    if !matches!(op, Plus | Minus | Multiply | Divide) {
        return None;
    }
    let type_of = |expr: &Expr| checked::known_type(expr).or_else(|| expr.get_type(schema).ok());
    type_of(left).filter(|of| type_of(right).as_ref() == Some(of))
}
