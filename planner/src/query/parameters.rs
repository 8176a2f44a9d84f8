//! The types of parameters that nobody declared, as PostgreSQL finds them.
//!
//! DataFusion finds those of comparisons and of arithmetic: the other side's. Added here:
//!
//! | written | type of `$1` |
//! |---|---|
//! | `ts + $1`, `date + $1`, `ts - $1` where the client said interval | interval |
//! | `x = ANY ($1)` | array of the type of x |
//! | `coalesce(x, $1)`, `greatest`, `least`, `nullif`; results of CASE | the type of the others |
//! | `CASE WHEN $1` | boolean |
//! | `LIMIT $1`, `OFFSET $1` | bigint |
//! | `flag = 'true'`, where the literal is as open as a parameter | boolean |
//!
//! <https://www.postgresql.org/docs/15/typeconv.html>

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    Between, BinaryExpr, Case, Cast, Expr, ExprSchemable, LogicalPlan, Operator, ScalarUDF, cast,
};
use sqlparser::ast::{self, BinaryOperator, CastKind, TimezoneInfo, Value, VisitMut, VisitorMut};
use storage::schema::PG_TYPE_KEY;

use super::dialect::with_seconds;
use super::types::name_of;
use super::{category, intervals, unknown};
use crate::error::SqlError;
use crate::function::character::is_filled;
use crate::function::choice;
use crate::optimizer::map_expressions;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// Casts the parameters of which the client said that they are integers, times or intervals: DataFusion
/// would take what stands beside them for their type, of `ts - $1` another time, of
/// `$1 + interval '1 h'` an interval.
pub(super) fn cast_given(statement: &mut ast::Statement, given: &[Option<DataType>]) {
    let mut caster = CastGiven { given };
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut caster);
}

struct CastGiven<'a> {
    given: &'a [Option<DataType>],
}

impl VisitorMut for CastGiven<'_> {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut ast::Expr) -> ControlFlow<Self::Break> {
        if let Some(index) = index_of(expr)
            && let Some(Some(given)) = self.given.get(index)
            && let Some(data_type) = written_type(given)
        {
            *expr = ast::Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(expr.clone()),
                data_type,
                array: false,
                format: None,
            };
        }
        ControlFlow::Continue(())
    }
}

/// How a type is written that has one name: an integer's, or that of a time.
fn written_type(data_type: &DataType) -> Option<ast::DataType> {
    Some(match data_type {
        DataType::Int16 => ast::DataType::SmallInt(None),
        DataType::Int32 => ast::DataType::Integer(None),
        DataType::Int64 => ast::DataType::BigInt(None),
        DataType::Date32 => ast::DataType::Date,
        DataType::Time64(_) => ast::DataType::Time(None, TimezoneInfo::None),
        DataType::Timestamp(_, None) => ast::DataType::Timestamp(None, TimezoneInfo::None),
        DataType::Timestamp(_, Some(_)) => ast::DataType::Timestamp(None, TimezoneInfo::Tz),
        DataType::Interval(_) => ast::DataType::Interval { fields: None, precision: None },
        _ => return None,
    })
}

/// The operators for which "the type of the other side" is wrong.
#[derive(Debug)]
pub(crate) struct Operators;

impl ExprPlanner for Operators {
    fn plan_binary_op(
        &self,
        mut expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        if let Some(product) = interval_product(&expr, schema) {
            return Ok(PlannerResult::Planned(product));
        }
        let RawBinaryExpr { op, left, right } = &mut expr;
        if *op == BinaryOperator::Plus && is_open(right) && is_time(left, schema) {
            set(right, &INTERVAL);
        } else if *op == BinaryOperator::Plus && is_open(left) && is_time(right, schema) {
            set(left, &INTERVAL);
        } else {
            return Ok(PlannerResult::Original(expr));
        }
        let RawBinaryExpr { left, right, .. } = expr;
        let sum = BinaryExpr { left: Box::new(left), op: Operator::Plus, right: Box::new(right) };
        Ok(PlannerResult::Planned(Expr::BinaryExpr(sum)))
    }
}

/// `interval * number`, which the engine does not have.
fn interval_product(expr: &RawBinaryExpr, schema: &DFSchema) -> Option<Expr> {
    let op = match expr.op {
        BinaryOperator::Multiply => Operator::Multiply,
        BinaryOperator::Divide => Operator::Divide,
        _ => return None,
    };
    intervals::scaled(&expr.left, op, &expr.right, schema)
}

fn is_time(expr: &Expr, schema: &DFSchema) -> bool {
    matches!(expr.get_type(schema), Ok(DataType::Timestamp(..) | DataType::Date32))
}

/// Finds what follows from functions, CASE and LIMIT.
pub(super) fn infer(plan: LogicalPlan) -> Result<LogicalPlan> {
    let plan = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Limit(mut limit) => {
            let count = |expr: &mut Option<Box<Expr>>| {
                if let Some(expr) = expr {
                    open_in(expr).into_iter().for_each(|open| set(open, &DataType::Int64));
                }
            };
            count(&mut limit.skip);
            count(&mut limit.fetch);
            Ok(Transformed::yes(LogicalPlan::Limit(limit)))
        }
        LogicalPlan::Union(union) => Ok(Transformed::yes(LogicalPlan::Union(unknown::unite(union)?))),
        node => Ok(Transformed::no(node)),
    })?;
    map_expressions(plan.data, infer_in)
}

/// The count of LIMIT, which the engine may have put into a cast.
fn open_in(expr: &mut Expr) -> Option<&mut Expr> {
    match expr {
        Expr::Cast(cast) => open_in(&mut cast.expr),
        expr => is_open(expr).then_some(expr),
    }
}

fn infer_in(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(match expr {
        Expr::ScalarFunction(mut call) if call.func.name() == "array_has" && call.args.len() == 2 => {
            let mut changed = false;
            if is_open(&call.args[0])
                && let Ok(element) = call.args[1].get_type(schema)
            {
                set(&mut call.args[0], &DataType::new_list(element, true));
                changed = true;
            }
            if let Ok(DataType::List(element)) = call.args[0].get_type(schema)
                && !unknown::is_literal(&call.args[1])
                && let Ok((_, value)) = call.args[1].to_field(schema)
            {
                category::check_compared(&value, "=", &element)?;
            }
            Transformed::new_transformed(Expr::ScalarFunction(call), changed)
        }
        Expr::ScalarFunction(mut call)
            if matches!(call.func.name(), "coalesce" | "nullif" | "greatest" | "least") =>
        {
            choice::settle(&mut call);
            let construct = call.func.name().to_ascii_uppercase();
            let changed = agree(call.args.iter_mut().collect(), schema)
                | unknown::agree(&construct, call.args.iter_mut().collect(), schema)?;
            let kept = unknown::kept(call.args.iter(), schema);
            kept_as(kept, Transformed::new_transformed(Expr::ScalarFunction(call), changed))
        }
        Expr::Case(mut case) => {
            let changed = infer_case(&mut case, schema)?;
            let results = case.when_then_expr.iter().map(|(_, then)| then.as_ref());
            let kept = unknown::kept(results.chain(case.else_expr.as_deref()), schema);
            kept_as(kept, Transformed::new_transformed(Expr::Case(case), changed))
        }
        Expr::BinaryExpr(mut compared) if compared.op.supports_propagation() => {
            let BinaryExpr { left, right, .. } = &mut compared;
            let changed = read_literal(right, left, schema) || read_literal(left, right, schema);
            Transformed::new_transformed(Expr::BinaryExpr(compared), changed)
        }
        Expr::Between(mut between) => {
            let Between { expr, low, high, .. } = &mut between;
            if let Ok((_, value)) = expr.to_field(schema) {
                unknown::read_filled(low, &value);
                unknown::read_filled(high, &value);
            }
            let changed = read_literal(low, expr, schema) | read_literal(high, expr, schema);
            for (symbol, bound) in [(">=", &*low), ("<=", &*high)] {
                if !unknown::is_literal(bound) && !unknown::is_literal(expr) {
                    category::check_exprs(expr, symbol, bound, schema)?;
                }
            }
            Transformed::new_transformed(Expr::Between(between), changed)
        }
        Expr::InSubquery(within) => {
            if !unknown::is_literal(&within.expr)
                && let Ok((_, value)) = within.expr.to_field(schema)
                && let Some(found) = within.subquery.subquery.schema().fields().first()
            {
                category::check_compared(&value, "=", found)?;
            }
            Transformed::no(Expr::InSubquery(within))
        }
        Expr::InList(mut list) => {
            if let Ok((_, value)) = list.expr.to_field(schema) {
                list.list.iter_mut().for_each(|other| unknown::read_filled(other, &value));
            }
            for other in list.list.iter().filter(|other| !unknown::is_literal(other)) {
                if !unknown::is_literal(&list.expr) {
                    category::check_exprs(&list.expr, "=", other, schema)?;
                }
            }
            Transformed::yes(Expr::InList(list))
        }
        expr => Transformed::no(expr),
    })
}

/// A construct that chooses among values of one type, of that type.
fn kept_as(function: Option<ScalarUDF>, chosen: Transformed<Expr>) -> Transformed<Expr> {
    match function {
        Some(function) => Transformed::yes(function.call(vec![chosen.data])),
        None => chosen,
    }
}

/// Reads a text literal as what it is compared with, where the engine would not: booleans, which
/// drivers write so that put values into the statement's text, and times without seconds.
fn read_literal(literal: &mut Expr, other: &Expr, schema: &DFSchema) -> bool {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = &*literal else { return false };
    match other.get_type(schema) {
        Ok(DataType::Boolean) => {
            *literal = Expr::Cast(Cast::new(Box::new(std::mem::take(literal)), DataType::Boolean));
            true
        }
        Ok(DataType::Timestamp(..)) => match with_seconds(text) {
            Some(text) => {
                *literal = Expr::Literal(ScalarValue::Utf8(Some(text)), None);
                true
            }
            None => false,
        },
        _ => false,
    }
}

fn infer_case(case: &mut Case, schema: &DFSchema) -> Result<bool> {
    let mut changed = false;
    let mut results = Vec::new();
    for (when, then) in &mut case.when_then_expr {
        if case.expr.is_none() {
            changed |= condition(when, schema)?;
        }
        results.push(then.as_mut());
    }
    results.extend(case.else_expr.as_deref_mut());
    changed |= agree(results, schema);
    // The last result is the first that PostgreSQL looks at.
    let results = case.when_then_expr.iter_mut().map(|(_, then)| then.as_mut());
    let results = case.else_expr.as_deref_mut().into_iter().chain(results);
    Ok(unknown::agree("CASE", results.collect(), schema)? || changed)
}

/// Makes what is open in a condition a boolean.
fn condition(when: &mut Expr, schema: &DFSchema) -> Result<bool> {
    if is_open(when) {
        set(when, &DataType::Boolean);
        return Ok(true);
    }
    if unknown::is_literal(when) {
        *when = cast(std::mem::take(when), DataType::Boolean);
        return Ok(true);
    }
    match when.to_field(schema) {
        Ok((_, field)) if !matches!(field.data_type(), DataType::Boolean | DataType::Null) => {
            let message = format!("argument of CASE/WHEN must be type boolean, not type {}", name_of(&field));
            Err(SqlError::new("42804", message).into())
        }
        _ => Ok(false),
    }
}

/// Gives those that are open the type of the first that is not.
fn agree(mut exprs: Vec<&mut Expr>, schema: &DFSchema) -> bool {
    if !exprs.iter().any(|expr| is_open(expr)) {
        return false;
    }
    let types = exprs.iter().filter(|expr| !is_open(expr)).filter_map(|expr| expr.get_type(schema).ok());
    let Some(data_type) = types.into_iter().find(|data_type| !data_type.is_null()) else { return false };
    exprs.iter_mut().filter(|expr| is_open(expr)).for_each(|expr| set(expr, &data_type));
    true
}

/// Gives an open parameter that is divided, or divides, the other side's type where that is numeric.
pub(super) fn agree_on_decimals(op: Operator, left: &mut Expr, right: &mut Expr, schema: &DFSchema) {
    let (open, known) = match (is_open(left), is_open(right)) {
        (true, false) => (left, right),
        (false, true) => (right, left),
        _ => return,
    };
    if op == Operator::Divide
        && let Ok(DataType::Decimal128(..) | DataType::Decimal256(..)) = known.get_type(schema)
    {
        set(open, &DataType::Decimal128(38, 10));
    }
}

/// Whether an expression is a parameter without a type.
fn is_open(expr: &Expr) -> bool {
    matches!(expr, Expr::Placeholder(Placeholder { field: None, .. }))
}

fn set(expr: &mut Expr, data_type: &DataType) {
    if let Expr::Placeholder(placeholder) = expr {
        placeholder.field = Some(Arc::new(Field::new("", data_type.clone(), true)));
    }
}

/// The type of each parameter: what the client said, the column that `INSERT` gives it to, what the plan
/// tells, or text, as PostgreSQL decides.
pub(super) fn types(
    plan: &LogicalPlan,
    given: &[Option<DataType>],
    inserted: &[Option<Field>],
) -> Result<Vec<FieldRef>> {
    let inferred = inferred(plan)?;
    let count = inferred.len().max(given.len());
    let at = |types: &[Option<DataType>], index: usize| types.get(index).cloned().flatten();
    let parameter = |index: usize| match (at(given, index), inserted.get(index)) {
        // It is read with as many digits as are written.
        (None, Some(Some(column))) if column.data_type().is_decimal() => {
            column.clone().with_data_type(DataType::Utf8View)
        }
        (None, Some(Some(column))) => column.clone(),
        (Some(given), _) => Field::new("", given, true),
        (None, _) => {
            let found = inferred.get(index).cloned().flatten();
            found.unwrap_or_else(|| Field::new("", DataType::Utf8View, true))
        }
    };
    Ok((0..count).map(|index| Arc::new(parameter(index))).collect())
}

/// The type that the first use of each parameter gives it, where it gives one. Of types that are carried as
/// texts PostgreSQL has operators for `character` and `uuid`, and takes others for text.
fn inferred(plan: &LogicalPlan) -> Result<Vec<Option<Field>>> {
    let mut inferred: Vec<Option<Field>> = Vec::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::Placeholder(Placeholder { id, field }) = expr
                    && let Some(index) = index(id)
                {
                    inferred.resize(inferred.len().max(index + 1), None);
                    let found = field.as_ref().map(|field| {
                        let plain = Field::new("", field.data_type().clone(), true);
                        match field.metadata().get(PG_TYPE_KEY) {
                            Some(name) if is_filled(field) || name == "uuid" => {
                                plain.with_metadata([(PG_TYPE_KEY.to_owned(), name.clone())].into())
                            }
                            _ => plain,
                        }
                    });
                    inferred[index] = inferred[index].take().or(found);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(inferred)
}

/// A value of each type, to plan with where there is no value yet.
pub(super) fn nulls(parameters: &[FieldRef]) -> Result<Vec<ScalarValue>> {
    parameters.iter().map(|parameter| ScalarValue::try_from(parameter.data_type())).collect()
}

/// Which parameter an expression is, counted from 0; None where it is none.
pub(super) fn index_of(expr: &ast::Expr) -> Option<usize> {
    match expr {
        ast::Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => index(name),
            _ => None,
        },
        _ => None,
    }
}

/// `$1` is 0.
fn index(name: &str) -> Option<usize> {
    // The protocol counts parameters in 16 bits.
    let number: u16 = name.strip_prefix('$')?.parse().ok()?;
    Some(usize::from(number.checked_sub(1)?))
}
