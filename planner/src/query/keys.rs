//! Types that are not equal and ordered as what they are carried as: their values are compared by a key.
//!
//! | type | carried as | key |
//! |---|---|---|
//! | `interval` | months, days, nanoseconds | its length: a month has 30 days |
//! | `jsonb` | canonical text | a text in PostgreSQL's order of values |
//!
//! `json` has no key: it cannot be compared.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction, Sort, WindowFunctionDefinition};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    AggregateUDF, Between, BinaryExpr, Case, Expr, ExprSchemable, LogicalPlan, Operator,
};
use storage::schema::PG_TYPE_KEY;

use super::intervals::{self, called};
use crate::error::SqlError;
use crate::function::interval::SPAN;
use crate::function::interval_extreme;
use crate::function::json::ORDER;
use crate::function::native::INTERVAL;
use crate::optimizer::map_expressions;

/// Compares by keys. It comes before types are coerced.
pub(super) fn compare(plan: LogicalPlan) -> Result<LogicalPlan> {
    map_expressions(plan, |expr, schema| {
        Ok(match expr {
            Expr::BinaryExpr(mut binary) if is_comparison(binary.op) => {
                let BinaryExpr { left, op, right } = &mut binary;
                let changed = by_key(&op.to_string(), [&mut **left, right], schema)?;
                Transformed::new_transformed(Expr::BinaryExpr(binary), changed)
            }
            Expr::Between(mut between) => {
                let Between { expr, low, high, .. } = &mut between;
                let changed = by_key(">=", [&mut **expr, low, high], schema)?;
                Transformed::new_transformed(Expr::Between(between), changed)
            }
            Expr::InList(mut list) => {
                let values = std::iter::once(list.expr.as_mut()).chain(&mut list.list);
                let changed = by_key("=", values, schema)?;
                Transformed::new_transformed(Expr::InList(list), changed)
            }
            Expr::Case(mut case) => {
                let whens = case.when_then_expr.iter_mut().map(|(when, _)| when.as_mut());
                let changed = match &mut case.expr {
                    Some(compared) => by_key("=", whens.chain([compared.as_mut()]), schema)?,
                    None => false,
                };
                Transformed::new_transformed(Expr::Case(case), changed)
            }
            Expr::ScalarFunction(call) => chosen(call, schema),
            Expr::AggregateFunction(call) => aggregated(call, schema)?,
            Expr::WindowFunction(mut call) => {
                let extreme = extreme(call.fun.name(), &call.params.args, schema)?;
                let changed = extreme.is_some();
                if let Some(function) = extreme {
                    call.fun = WindowFunctionDefinition::AggregateUDF(function);
                }
                Transformed::new_transformed(Expr::WindowFunction(call), changed)
            }
            expr => Transformed::no(expr),
        })
    })
}

/// Orders by keys. It comes when all is compared: what is put into windows beside those that are ordered so would be
/// ordered otherwise.
pub(super) fn order(plan: LogicalPlan) -> Result<LogicalPlan> {
    let plan = map_expressions(plan, |expr, schema| {
        Ok(match expr {
            Expr::AggregateFunction(mut call) => {
                let changed = sorted(&mut call.params.order_by, schema)?;
                Transformed::new_transformed(Expr::AggregateFunction(call), changed)
            }
            Expr::WindowFunction(mut call) => {
                let ranged = intervals::range(&mut call.params, schema)?;
                let mut changed = sorted(&mut call.params.order_by, schema)? || ranged;
                for partition in &mut call.params.partition_by {
                    if let Some(key) = key_of(partition, schema) {
                        *partition = key.of(std::mem::take(partition));
                        changed = true;
                    }
                }
                Transformed::new_transformed(Expr::WindowFunction(call), changed)
            }
            expr => Transformed::no(expr),
        })
    })?;
    plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Sort(mut sort) => {
            let schema = merge_schema(&[&sort.input]);
            let changed = sorted(&mut sort.expr, &schema)?;
            Ok(Transformed::new_transformed(LogicalPlan::Sort(sort), changed))
        }
        node => Ok(Transformed::no(node)),
    })
    .map(|plan| plan.data)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Interval,
    Json,
    Jsonb,
}

impl Key {
    pub(super) fn of(self, expr: Expr) -> Expr {
        match self {
            Self::Interval => called(SPAN, vec![expr]),
            Self::Json | Self::Jsonb => {
                Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ORDER.function()), vec![expr]))
            }
        }
    }
}

pub(super) fn key_of(expr: &Expr, schema: &DFSchema) -> Option<Key> {
    let (_, field) = expr.to_field(schema).ok()?;
    match field.metadata().get(PG_TYPE_KEY).map(String::as_str) {
        Some("json") if field.data_type().is_string() => Some(Key::Json),
        Some("jsonb") if field.data_type().is_string() => Some(Key::Jsonb),
        _ => (*field.data_type() == INTERVAL).then_some(Key::Interval),
    }
}

fn is_comparison(op: Operator) -> bool {
    op.supports_propagation() || matches!(op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom)
}

/// Puts keys in the place of what is compared with each other. A text beside `jsonb` is read as it.
///
/// Errors: 42883 for `json`.
fn by_key<'a>(
    symbol: &str,
    sides: impl IntoIterator<Item = &'a mut Expr>,
    schema: &DFSchema,
) -> Result<bool> {
    let sides: Vec<_> = sides.into_iter().collect();
    let keys: Vec<_> = sides.iter().map(|side| key_of(side, schema)).collect();
    let key = if keys.contains(&Some(Key::Jsonb)) {
        let is_text = |side: &&mut Expr| {
            side.get_type(schema).is_ok_and(|data_type| data_type.is_string() || data_type.is_null())
        };
        sides.iter().all(is_text).then_some(Key::Jsonb)
    } else if keys.iter().all(|key| *key == Some(Key::Interval)) {
        Some(Key::Interval)
    } else if keys.contains(&Some(Key::Json)) {
        let symbol = if symbol == "!=" { "<>" } else { symbol };
        let names = keys.iter().map(|key| if key.is_some() { "json" } else { "unknown" });
        let message = format!(
            "operator does not exist: {}",
            names.take(2).collect::<Vec<_>>().join(&format!(" {symbol} "))
        );
        let hint = "No operator matches the given name and argument types. You might need to add explicit type casts.";
        return Err(SqlError::new("42883", message).with_hint(hint).into());
    } else {
        None
    };
    let Some(key) = key else { return Ok(false) };
    sides.into_iter().for_each(|side| *side = key.of(std::mem::take(side)));
    Ok(true)
}

/// `nullif`, and `greatest` and `least`, which pass over nulls.
fn chosen(mut call: ScalarFunction, schema: &DFSchema) -> Transformed<Expr> {
    let better = match call.func.name() {
        "greatest" => Operator::GtEq,
        "least" => Operator::LtEq,
        "nullif"
            if let [left, right] = call.args.as_slice()
                && let Some(key) = key_of(left, schema)
                && key_of(right, schema) == Some(key) =>
        {
            let is_equal = key.of(left.clone()).eq(key.of(right.clone()));
            let value = call.args.swap_remove(0);
            let null = Expr::Literal(ScalarValue::Null, None);
            let case = Case::new(None, vec![(Box::new(is_equal), Box::new(null))], Some(Box::new(value)));
            return Transformed::yes(Expr::Case(case));
        }
        _ => return Transformed::no(Expr::ScalarFunction(call)),
    };
    let is_null = |argument: &Expr| argument.get_type(schema).is_ok_and(|data_type| data_type.is_null());
    let key = call.args.iter().find_map(|argument| key_of(argument, schema));
    let is_other = |argument: &Expr| key_of(argument, schema) != key && !is_null(argument);
    let Some(key) = key.filter(|_| !call.args.iter().any(is_other)) else {
        return Transformed::no(Expr::ScalarFunction(call));
    };
    call.args.retain(|argument| !is_null(argument));
    let choice = call.args.drain(..).reduce(|best, next| {
        let is_better = Expr::BinaryExpr(BinaryExpr {
            left: Box::new(key.of(best.clone())),
            op: better,
            right: Box::new(key.of(next.clone())),
        });
        let takes_best = is_better.or(next.clone().is_null());
        Expr::Case(Case::new(None, vec![(Box::new(takes_best), Box::new(best))], Some(Box::new(next))))
    });
    match choice {
        Some(choice) => Transformed::yes(choice),
        None => Transformed::no(Expr::ScalarFunction(call)),
    }
}

/// `min` and `max` of intervals; None of what has no key.
///
/// Errors: 42883 for `json` and `jsonb`.
fn extreme(name: &str, arguments: &[Expr], schema: &DFSchema) -> Result<Option<Arc<AggregateUDF>>> {
    let ([argument], "min" | "max") = (arguments, name) else { return Ok(None) };
    let type_name = match key_of(argument, schema) {
        None => return Ok(None),
        Some(Key::Interval) => return Ok(Some(interval_extreme::function(name == "min"))),
        Some(Key::Json) => "json",
        Some(Key::Jsonb) => "jsonb",
    };
    let message = format!("function {name}({type_name}) does not exist");
    let hint =
        "No function matches the given name and argument types. You might need to add explicit type casts.";
    Err(SqlError::new("42883", message).with_hint(hint).into())
}

/// What is counted apart is told apart by keys.
fn aggregated(mut call: AggregateFunction, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let mut changed = false;
    if let Some(function) = extreme(call.func.name(), &call.params.args, schema)? {
        call.func = function;
        changed = true;
    } else if call.func.name() == "count" && call.params.distinct {
        for argument in &mut call.params.args {
            if let Some(key) = key_of(argument, schema) {
                *argument = key.of(std::mem::take(argument));
                changed = true;
            }
        }
    }
    Ok(Transformed::new_transformed(Expr::AggregateFunction(call), changed))
}

fn sorted(sorts: &mut [Sort], schema: &DFSchema) -> Result<bool> {
    let mut changed = false;
    for sort in sorts {
        match key_of(&sort.expr, schema) {
            Some(Key::Json) => {
                let message = "could not identify an ordering operator for type json";
                let hint = "Use an explicit ordering operator or modify the query.";
                return Err(SqlError::new("42883", message).with_hint(hint).into());
            }
            Some(key) => {
                sort.expr = key.of(std::mem::take(&mut sort.expr));
                changed = true;
            }
            None => {}
        }
    }
    Ok(changed)
}
