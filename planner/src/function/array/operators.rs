//! Operators of arrays as calls.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess};
use sqlparser::ast::BinaryOperator;

use super::{build, search};

/// Turns `@>`, `<@`, `&&`, `||` and subscripts of arrays into calls.
#[derive(Debug)]
pub(in crate::function) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = expr;
        let depth = |side: &Expr| depth(&side.get_type(schema).unwrap_or(DataType::Null));
        let (left_depth, right_depth) = (depth(&left), depth(&right));
        if left_depth.max(right_depth) < Some(1) {
            return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
        }
        // A null, or a literal without a type, is rather an array than a value of one.
        let (left_depth, right_depth) = (left_depth.or(right_depth), right_depth.or(left_depth));
        let (name, is_swapped) = match op {
            BinaryOperator::AtArrow => ("arraycontains", false),
            BinaryOperator::ArrowAt => ("arraycontains", true),
            BinaryOperator::PGOverlap => ("arrayoverlap", false),
            BinaryOperator::StringConcat if left_depth == right_depth => ("array_cat", false),
            BinaryOperator::StringConcat if left_depth > right_depth => ("array_append", false),
            BinaryOperator::StringConcat => ("array_prepend", false),
            _ => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
        };
        let arguments = if is_swapped { vec![right, left] } else { vec![left, right] };
        Ok(PlannerResult::Planned(called(name, arguments)))
    }

    fn plan_field_access(
        &self,
        expr: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        match (&expr.field_access, expr.expr.get_type(schema)) {
            (GetFieldAccess::ListIndex { key }, Ok(DataType::List(_))) => {
                let arguments = vec![expr.expr.clone(), key.as_ref().clone()];
                Ok(PlannerResult::Planned(called("array_subscript", arguments)))
            }
            _ => Ok(PlannerResult::Original(expr)),
        }
    }
}

/// How many lists are about a value; None of what may be either.
fn depth(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::Null | DataType::Utf8 => None,
        DataType::List(element) => Some(depth(element.data_type()).unwrap_or_default() + 1),
        _ => Some(0),
    }
}

fn called(name: &str, arguments: Vec<Expr>) -> Expr {
    let definition =
        build::FUNCTIONS.iter().chain(search::FUNCTIONS).find(|definition| definition.name == name);
    match definition {
        Some(definition) => {
            Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(definition.function()), arguments))
        }
        None => unreachable!("these functions are there"),
    }
}
