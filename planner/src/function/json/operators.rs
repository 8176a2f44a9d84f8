//! Operators of `json` and `jsonb` as calls. Which operator a sign is depends on the type of either side:
//! `||` of texts and `-` of numbers are others.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, lit};
use sqlparser::ast::BinaryOperator;
use storage::schema::PG_TYPE_KEY;

use super::{change, contain, get, path};
use crate::function::overload::Definition;

/// Turns the operators into calls.
#[derive(Debug)]
pub(in crate::function) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = expr;
        if let Some(function) = get::operator(&op) {
            let (function, left) = match get::chained(&function, &left) {
                Some(chained) if is_jsonb(&left, schema) => chained,
                _ => (function, left),
            };
            let call = ScalarFunction::new_udf(Arc::new(function), vec![left, right]);
            return Ok(PlannerResult::Planned(Expr::ScalarFunction(call)));
        }
        let is_json = |side: &Expr| is_jsonb(side, schema);
        let (name, is_swapped) = match op {
            BinaryOperator::AtArrow if is_json(&left) || is_json(&right) => ("jsonb_contains", false),
            BinaryOperator::ArrowAt if is_json(&left) || is_json(&right) => ("jsonb_contains", true),
            BinaryOperator::AtQuestion => ("jsonb_path_exists_opr", false),
            BinaryOperator::AtAt => ("jsonb_path_match_opr", false),
            BinaryOperator::Question => ("jsonb_exists", false),
            BinaryOperator::QuestionPipe => ("jsonb_exists_any", false),
            BinaryOperator::QuestionAnd => ("jsonb_exists_all", false),
            BinaryOperator::HashMinus => ("jsonb_delete_path", false),
            BinaryOperator::Minus if is_json(&left) => ("jsonb_delete", false),
            // A text of a column makes the value one too.
            BinaryOperator::StringConcat if is_json(&left) && (is_json(&right) || is_literal(&right)) => {
                ("jsonb_concat", false)
            }
            BinaryOperator::StringConcat if is_json(&right) && is_literal(&left) => ("jsonb_concat", false),
            _ => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
        };
        let definitions = [change::DEFINITIONS, contain::DEFINITIONS, path::DEFINITIONS];
        let definition = definitions.into_iter().flatten().find(|definition| definition.name == name);
        let Some(definition) = definition else {
            return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
        };
        let arguments = if is_swapped { vec![right, left] } else { vec![left, right] };
        let call = ScalarFunction::new_udf(Arc::new(Definition::function(definition)), arguments);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }

    /// `value['key']` and `value[0]`.
    fn plan_field_access(
        &self,
        expr: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        if !is_jsonb(&expr.expr, schema) {
            return Ok(PlannerResult::Original(expr));
        }
        let key = match &expr.field_access {
            GetFieldAccess::NamedStructField { name } => lit(name.clone()),
            GetFieldAccess::ListIndex { key } => key.as_ref().clone(),
            GetFieldAccess::ListRange { .. } => return Ok(PlannerResult::Original(expr)),
        };
        let Some(function) = get::operator(&BinaryOperator::Arrow) else {
            return Ok(PlannerResult::Original(expr));
        };
        let call = ScalarFunction::new_udf(Arc::new(function), vec![expr.expr, key]);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

fn is_jsonb(expr: &Expr, schema: &DFSchema) -> bool {
    let field = expr.to_field(schema);
    field.is_ok_and(|(_, field)| field.metadata().get(PG_TYPE_KEY).is_some_and(|name| name == "jsonb"))
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(value, _) if matches!(value.data_type(), DataType::Utf8 | DataType::Null))
        || matches!(expr, Expr::Placeholder(_))
}
