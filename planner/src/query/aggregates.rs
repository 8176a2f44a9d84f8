//! Aggregates whose result has another type in PostgreSQL than in the engine.
//!
//! | written | the engine | PostgreSQL |
//! |---|---|---|
//! | `avg` of integers, of numerics | a float, a numeric with few digits | `numeric` |
//! | `avg` of intervals | none | `interval` |
//! | `sum(real)` | `double precision` | `real` |
//!
//! A projection above the aggregation makes the one of the other. An average is its sum through its count:
//! the aggregation computes both, each once however often they are asked for, in any frame and with any
//! filter.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchema, Result};
use datafusion::functions_aggregate::{count::count_udaf, sum::sum_udaf};
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunctionDefinition};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Aggregate, Expr, ExprSchemable, LogicalPlan, Projection, Window, cast, lit};

use super::intervals;
use super::widen::divided;
use crate::function::interval::DIVIDED;
use crate::function::native::INTERVAL;

/// Gives them PostgreSQL's types.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.transform_up_with_subqueries(|node| match node.recompute_schema()? {
        LogicalPlan::Aggregate(aggregate) => {
            let schema = Arc::clone(aggregate.input.schema());
            let Some(apart) = Apart::of(&aggregate.aggr_expr, &schema) else {
                return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
            };
            let groups = aggregate.schema.fields().len() - aggregate.aggr_expr.len();
            let columns = apart.columns(&aggregate.schema, groups);
            let below = Aggregate::try_new(aggregate.input, aggregate.group_expr, apart.below)?;
            project(LogicalPlan::Aggregate(below), columns)
        }
        LogicalPlan::Window(window) => {
            let schema = merge_schema(&[&window.input]);
            let Some(apart) = Apart::of(&window.window_expr, &schema) else {
                return Ok(Transformed::no(LogicalPlan::Window(window)));
            };
            let columns = apart.columns(&window.schema, window.input.schema().fields().len());
            let below = Window::try_new(apart.below, window.input)?;
            project(LogicalPlan::Window(below), columns)
        }
        node => Ok(Transformed::no(node)),
    })
    .map(|plan| plan.data)
}

/// What is computed below, without repetition, and how it gives what was asked for.
struct Apart {
    below: Vec<Expr>,
    above: Vec<Above>,
}

/// Places in [`Apart::below`].
enum Above {
    Itself(usize),
    Real(usize),
    Quotient {
        sum: usize,
        count: usize,
    },
    /// Of intervals.
    Length {
        sum: usize,
        count: usize,
    },
}

impl Apart {
    /// None where all have PostgreSQL's type.
    fn of(exprs: &[Expr], schema: &DFSchema) -> Option<Self> {
        let parts: Vec<_> = exprs.iter().map(|expr| parts(expr, schema)).collect();
        let reals: Vec<_> = exprs.iter().map(|expr| is_real(expr, schema)).collect();
        if parts.iter().all(Option::is_none) && !reals.contains(&true) {
            return None;
        }
        let mut below: Vec<Expr> = Vec::new();
        let mut place = |expr: Expr| {
            below.iter().position(|other| *other == expr).unwrap_or_else(|| {
                below.push(expr);
                below.len() - 1
            })
        };
        let above = exprs.iter().zip(parts).zip(reals).map(|((expr, parts), is_real)| match parts {
            Some((sum, count)) => {
                let is_length = sum.get_type(schema).is_ok_and(|sum| sum == INTERVAL);
                let (sum, count) = (place(sum), place(count));
                if is_length { Above::Length { sum, count } } else { Above::Quotient { sum, count } }
            }
            None if is_real => Above::Real(place(expr.clone())),
            None => Above::Itself(place(expr.clone())),
        });
        let above = above.collect();
        Some(Self { below, above })
    }

    /// The columns of the plan as it was: so many of its input or its groups, then what was asked for.
    /// The engine's own column of grouping sets stays below.
    fn columns(&self, schema: &DFSchema, kept: usize) -> Vec<Expr> {
        let of_below = |place: usize| {
            let (relation, name) = self.below[place].qualified_name();
            Expr::Column(Column::new(relation, name))
        };
        let asked = self.above.iter().zip(schema.iter().skip(kept)).map(|(above, (_, field))| match above {
            Above::Itself(place) => of_below(*place),
            Above::Real(place) => cast(of_below(*place), DataType::Float32).alias(field.name()),
            Above::Quotient { sum, count } => divided(of_below(*sum), of_below(*count)).alias(field.name()),
            Above::Length { sum, count } => {
                let count = cast(of_below(*count), DataType::Float64);
                // Without a value there is no sum either.
                let count = datafusion::functions::core::expr_fn::nullif(count, lit(0.0_f64));
                intervals::called(DIVIDED, vec![of_below(*sum), count]).alias(field.name())
            }
        });
        let own = |column: &Column| column.name == Aggregate::INTERNAL_GROUPING_ID;
        let kept = schema.columns().into_iter().take(kept).filter(|column| !own(column));
        kept.map(Expr::Column).chain(asked).collect()
    }
}

/// Name and argument of an aggregate of one, in a window or not.
fn aggregate(expr: &Expr) -> Option<(&str, &Expr)> {
    let (name, arguments) = match expr {
        Expr::AggregateFunction(call) => (call.func.name(), &call.params.args),
        Expr::WindowFunction(call) => (call.fun.name(), &call.params.args),
        Expr::Alias(named) => return aggregate(&named.expr),
        _ => return None,
    };
    Some((name, arguments.first()?))
}

fn is_real(expr: &Expr, schema: &DFSchema) -> bool {
    aggregate(expr).is_some_and(|(name, argument)| {
        name == "sum" && argument.get_type(schema).is_ok_and(|data_type| data_type == DataType::Float32)
    })
}

/// The sum and the count of an average of exact numbers.
fn parts(expr: &Expr, schema: &DFSchema) -> Option<(Expr, Expr)> {
    let (name, argument) = aggregate(expr)?;
    let data_type = argument.get_type(schema).ok()?;
    let is_apart = data_type.is_integer() || data_type.is_decimal() || data_type == INTERVAL;
    if name != "avg" || !is_apart {
        return None;
    }
    match expr {
        Expr::Alias(named) => parts(&named.expr, schema),
        Expr::AggregateFunction(call) => {
            let with =
                |func| Expr::AggregateFunction(AggregateFunction { func, params: call.params.clone() });
            Some((with(sum_udaf()), with(count_udaf())))
        }
        Expr::WindowFunction(call) => {
            let with = |function| {
                let mut call = call.clone();
                call.fun = WindowFunctionDefinition::AggregateUDF(function);
                Expr::WindowFunction(call)
            };
            Some((with(sum_udaf()), with(count_udaf())))
        }
        _ => None,
    }
}

fn project(below: LogicalPlan, columns: Vec<Expr>) -> Result<Transformed<LogicalPlan>> {
    Ok(Transformed::yes(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(below))?)))
}
