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
//! | `c = 'a '` where c is a `character(n)` | a `character` |
//! | `SELECT 1 UNION SELECT '2'` | of the column's type in the other query |
//!
//! What is text by declaration is not. <https://www.postgresql.org/docs/15/typeconv.html>

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Projection, ScalarUDF, Union, cast};
use sqlparser::ast::BinaryOperator;
use storage::schema::PG_TYPE_KEY;

use super::category::{check_compared, check_matched};
use crate::error::SqlError;
use crate::function::character::is_filled;
use crate::function::{self, numeric};

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
            _ if !is_arithmetic && (*other == INTERVAL || other.is_list() || other.is_decimal()) => {
                Some(other.clone())
            }
            _ => None,
        };
        let types = (left.to_field(schema).ok(), right.to_field(schema).ok());
        // An integer, an interval, a time: PostgreSQL does not choose.
        let is_date = |field: &Field| *field.data_type() == DataType::Date32;
        let (Some((_, left_field)), Some((_, right_field))) = types else {
            return Ok(PlannerResult::Original(expr));
        };
        if !is_arithmetic {
            read_filled(left, &right_field);
            read_filled(right, &left_field);
        }
        match (is_literal(left), is_literal(right)) {
            (false, true) if *op == Plus && is_date(&left_field) => {
                let error = SqlError::new("42725", "operator is not unique: date + unknown");
                return Err(error
                    .with_hint("Could not choose a best candidate operator. You might need to add explicit type casts.")
                    .into());
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
            (false, false) if !is_arithmetic => check_compared(&left_field, &symbol, &right_field)?,
            _ => {}
        }
        Ok(PlannerResult::Original(expr))
    }
}

/// Whether an expression is a text without a type.
pub(super) fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(value, _) => matches!(value, ScalarValue::Utf8(Some(_))),
        Expr::Alias(alias) => is_literal(&alias.expr),
        _ => false,
    }
}

/// A literal beside a `character(n)` is one too: blanks at its end mean nothing.
pub(super) fn read_filled(literal: &mut Expr, other: &Field) {
    if let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = literal
        && text.ends_with(' ')
        && is_filled(other)
    {
        text.truncate(text.trim_end_matches(' ').len());
    }
}

/// Makes a literal one of a type; of a numeric with all digits that it has.
fn read(literal: &mut Expr, to: DataType) {
    let text = std::mem::take(literal);
    *literal = match to {
        DataType::Decimal128(precision, scale) => match digits(&text, scale) {
            Some(digits @ ..=38) => cast(text, DataType::Decimal128(digits.max(precision), scale)),
            _ => numeric::function().call(vec![text]),
        },
        DataType::Decimal256(..) => numeric::function().call(vec![text]),
        to => cast(text, to),
    };
}

/// The digits of a literal at a scale; None where it is no plain number, or would lose some.
fn digits(literal: &Expr, scale: i8) -> Option<u8> {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = literal else { return None };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let mut digits = whole.bytes().chain(fraction.bytes());
    let scale = usize::from(scale.unsigned_abs());
    let is_plain = !whole.is_empty() && digits.all(|byte| byte.is_ascii_digit()) && fraction.len() <= scale;
    is_plain.then(|| u8::try_from(whole.len() + scale).ok()).flatten()
}

/// Gives the literals among the results of a construct the type of the others; whether there were some.
///
/// Errors: 42804 where the others are of types that have none in common, of NULLIF 42883.
pub(super) fn agree(construct: &str, results: Vec<&mut Expr>, schema: &DFSchema) -> Result<bool> {
    let others = results.iter().filter(|expr| !is_literal(expr));
    let others: Vec<FieldRef> =
        others.filter_map(|expr| expr.to_field(schema).ok()).map(|(_, field)| field).collect();
    if construct == "NULLIF" {
        // It compares rather than chooses.
        if let [left, right] = others.as_slice() {
            check_compared(left, "=", right)?;
        }
    } else {
        check_matched(construct, others.iter().map(AsRef::as_ref))?;
    }
    let Some(to) = widest(others.iter().map(|field| field.data_type())) else { return Ok(false) };
    let mut changed = false;
    if let Some(name) = carried_as_text(&others)
        && let Some(function) = function::cast::read(&name)
    {
        for literal in results.into_iter().filter(|expr| is_literal(expr)) {
            *literal = function.call(vec![std::mem::take(literal)]);
            changed = true;
        }
    } else if !to.is_string() {
        for literal in results.into_iter().filter(|expr| is_literal(expr)) {
            read(literal, to.clone());
            changed = true;
        }
    }
    Ok(changed)
}

/// What keeps the type of values that a construct chooses among, where the engine forgets it.
pub(super) fn kept<'a>(results: impl Iterator<Item = &'a Expr>, schema: &DFSchema) -> Option<ScalarUDF> {
    let fields = results.filter_map(|expr| expr.to_field(schema).ok()).map(|(_, field)| field);
    carried_as_text(&fields.collect::<Vec<_>>()).and_then(|name| function::cast::kept(&name))
}

/// `uuid`, `json` or `jsonb`, where all values that are not null are of it.
fn carried_as_text(fields: &[FieldRef]) -> Option<String> {
    let mut names = fields
        .iter()
        .filter(|field| !field.data_type().is_null())
        .map(|field| field.metadata().get(PG_TYPE_KEY).map(String::as_str));
    let name = names.next()??;
    let is_one = matches!(name, "uuid" | "json" | "jsonb") && names.all(|other| other == Some(name));
    is_one.then(|| name.to_owned())
}

/// The type that all are read as: a float before a numeric before the first; None of NULL alone.
fn widest<'a>(types: impl Iterator<Item = &'a DataType>) -> Option<DataType> {
    let rank = |data_type: &DataType| match data_type {
        data_type if data_type.is_floating() => 0,
        data_type if data_type.is_decimal() => 1,
        _ => 2,
    };
    types.filter(|data_type| !data_type.is_null()).min_by_key(|data_type| rank(data_type)).cloned()
}

/// Gives the literals that a query of a UNION returns the types that its other queries return there.
///
/// Errors: 42804 where a column is text in one and no text in another.
pub(super) fn unite(union: Union) -> Result<Union> {
    let mut inputs = union.inputs;
    for column in 0..union.schema.fields().len() {
        let types = inputs.iter().filter(|input| !gives_literal(input, column));
        let types: Vec<_> = types.map(|input| input.schema().field(column).as_ref()).collect();
        check_matched("UNION", types.iter().copied())?;
        let Some(to) = widest(types.iter().map(|field| field.data_type())) else { continue };
        if to.is_string() {
            continue;
        }
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
