//! `~`, `~*`, `!~` and `!~*` as calls.

use std::sync::Arc;

use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use sqlparser::ast::BinaryOperator;

use super::DEFINITIONS;

/// Turns the operators into calls of the functions of PostgreSQL's own names for them.
#[derive(Debug)]
pub(in crate::function) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, _: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let name = match expr.op {
            BinaryOperator::PGRegexMatch => "textregexeq",
            BinaryOperator::PGRegexIMatch => "texticregexeq",
            BinaryOperator::PGRegexNotMatch => "textregexne",
            BinaryOperator::PGRegexNotIMatch => "texticregexne",
            _ => return Ok(PlannerResult::Original(expr)),
        };
        let Some(definition) = DEFINITIONS.iter().find(|definition| definition.name == name) else {
            return Ok(PlannerResult::Original(expr));
        };
        let call = ScalarFunction::new_udf(Arc::new(definition.function()), vec![expr.left, expr.right]);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}
