//! Text literals, whose type follows from what stands beside them.
//!
//! PostgreSQL calls a literal's type unknown until it has seen the rest of the expression:
//!
//! | written | the literal is |
//! |---|---|
//! | `1 + '2'`, `ts - '2026-01-01'` | of the other side's type |
//! | `ts + '1 day'` | an interval |
//! | `interval '1 day' * '2'` | `double precision` |
//! | `CASE … THEN 1 ELSE '2' END`, `coalesce`, `greatest`, `least`, `nullif` | of the type of the others |
//! | `SELECT 1 UNION SELECT '2'` | of the column's type in the other query |
//!
//! What is text by declaration is not: beside a number it is an error, where the engine would compare
//! both as texts. <https://www.postgresql.org/docs/15/typeconv.html>

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Projection, Union, cast};
use sqlparser::ast::BinaryOperator;

use super::types::name_of;
use crate::error::SqlError;
use crate::function::numeric;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// The operators.
#[derive(Debug)]
pub(crate) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(
        &self,
        mut expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        use BinaryOperator::{Divide, Eq, Gt, GtEq, Lt, LtEq, Minus, Modulo, Multiply, NotEq, Plus};
        let is_arithmetic = matches!(expr.op, Plus | Minus | Multiply | Divide | Modulo);
        if !is_arithmetic && !matches!(expr.op, Eq | NotEq | Lt | LtEq | Gt | GtEq) {
            return Ok(PlannerResult::Original(expr));
        }
        let RawBinaryExpr { op, left, right } = &mut expr;
        let symbol = op.to_string();
        let taken = |other: &DataType| match op {
            Plus if other.is_temporal() => Some(INTERVAL),
            Multiply | Divide if *other == INTERVAL => Some(DataType::Float64),
            _ if is_arithmetic && (other.is_numeric() || other.is_temporal() || *other == INTERVAL) => {
                Some(other.clone())
            }
            // The engine reads literals that are compared with what is simple.
            _ if !is_arithmetic && (*other == INTERVAL || other.is_list()) => Some(other.clone()),
            _ => None,
        };
        let types = (left.to_field(schema).ok(), right.to_field(schema).ok());
        // An integer, an interval, a time: PostgreSQL does not choose.
        let is_date = |field: &Field| *field.data_type() == DataType::Date32;
        let (Some((_, left_field)), Some((_, right_field))) = types else {
            return Ok(PlannerResult::Original(expr));
        };
        match (is_literal(left), is_literal(right)) {
            (false, true) if *op == Plus && is_date(&left_field) => {
                return Err(failed(
                    SqlError::new("42725", "operator is not unique: date + unknown").with_hint(
                        "Could not choose a best candidate operator. You might need to add explicit type casts.",
                    ),
                ));
            }
            (false, true) => {
                if let Some(to) = taken(left_field.data_type()) {
                    read(right, to);
                }
            }
            (true, false) => {
                if let Some(to) = taken(right_field.data_type()) {
                    read(left, to);
                }
            }
            (false, false) if !is_arithmetic => refuse(&left_field, &symbol, &right_field)?,
            _ => {}
        }
        Ok(PlannerResult::Original(expr))
    }
}

fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(value, _) => matches!(value, ScalarValue::Utf8(Some(_))),
        Expr::Alias(alias) => is_literal(&alias.expr),
        _ => false,
    }
}

/// Makes a literal one of a type; of a numeric with all digits that it has.
fn read(literal: &mut Expr, to: DataType) {
    let text = std::mem::take(literal);
    *literal = if to.is_decimal() { numeric::function().call(vec![text]) } else { cast(text, to) };
}

/// A text compared with what is none.
fn refuse(left: &Field, symbol: &str, right: &Field) -> Result<()> {
    let is_other = |field: &Field| field.data_type().is_numeric() || field.data_type().is_temporal();
    let is_text = |field: &Field| field.data_type().is_string();
    if !(is_text(left) && is_other(right) || is_other(left) && is_text(right)) {
        return Ok(());
    }
    let message = format!("operator does not exist: {} {symbol} {}", name_of(left), name_of(right));
    let hint =
        "No operator matches the given name and argument types. You might need to add explicit type casts.";
    Err(failed(SqlError::new("42883", message).with_hint(hint)))
}

/// Gives the literals among several results the type of the first of the others that is no text;
/// whether there were some.
pub(super) fn agree(results: Vec<&mut Expr>, schema: &DFSchema) -> bool {
    let others =
        results.iter().filter(|expr| !is_literal(expr)).filter_map(|expr| expr.get_type(schema).ok());
    let Some(to) = others.into_iter().find(|data_type| !data_type.is_null()) else { return false };
    if to.is_string() {
        return false;
    }
    let mut changed = false;
    for literal in results.into_iter().filter(|expr| is_literal(expr)) {
        read(literal, to.clone());
        changed = true;
    }
    changed
}

/// Gives the literals that a query of a UNION returns the types that its other queries return there.
///
/// Errors: 42804 where a column is text in one and no text in another.
pub(super) fn unite(union: Union) -> Result<Union> {
    let mut inputs = union.inputs;
    for column in 0..union.schema.fields().len() {
        let types = inputs.iter().filter(|input| !gives_literal(input, column));
        let types: Vec<_> = types
            .map(|input| input.schema().field(column))
            .filter(|field| !field.data_type().is_null())
            .collect();
        let Some(first) = types.first() else { continue };
        if let Some(other) =
            types.iter().find(|field| field.data_type().is_string() != first.data_type().is_string())
        {
            let message = format!("UNION types {} and {} cannot be matched", name_of(first), name_of(other));
            return Err(failed(SqlError::new("42804", message)));
        }
        if first.data_type().is_string() {
            continue;
        }
        let to = first.data_type().clone();
        for input in &mut inputs {
            if gives_literal(input, column)
                && let LogicalPlan::Projection(projection) = input.as_ref()
            {
                let mut exprs = projection.expr.clone();
                let name = exprs[column].schema_name().to_string();
                let mut literal = std::mem::take(&mut exprs[column]).unalias();
                read(&mut literal, to.clone());
                exprs[column] = literal.alias(name);
                let projection = Projection::try_new(exprs, Arc::clone(&projection.input))?;
                *input = Arc::new(LogicalPlan::Projection(projection));
            }
        }
    }
    Union::try_new_with_loose_types(inputs)
}

fn gives_literal(input: &LogicalPlan, column: usize) -> bool {
    matches!(input, LogicalPlan::Projection(projection) if projection.expr.get(column).is_some_and(is_literal))
}

fn failed(error: SqlError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
