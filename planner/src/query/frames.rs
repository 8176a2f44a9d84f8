//! Which window functions run over which frames.
//!
//! The engine's own aggregates stay where their sliding sums are exact. What is of floats, cannot take rows
//! out again, or has rows excluded, is computed anew for each frame
//! ([`crate::function::window`]).

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionDefinition};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, WindowFrameBound, WindowFrameUnits};

use super::types::name_of;
use crate::error::SqlError;
use crate::function::native::INTERVAL;
use crate::function::window::{Exclusion, excluding, framed};
use crate::optimizer::map_expressions;
use crate::statement::EXCLUDE_MARK;

/// Chooses for each window of a plan. It comes when types are PostgreSQL's.
pub(super) fn settle(plan: LogicalPlan) -> Result<LogicalPlan> {
    map_expressions(plan, |expr, schema| match expr {
        Expr::WindowFunction(call) => {
            check_filter(call.params.filter.as_deref(), schema)?;
            choose(*call, schema).map(Transformed::yes)
        }
        Expr::AggregateFunction(call) => {
            check_filter(call.params.filter.as_deref(), schema)?;
            Ok(Transformed::no(Expr::AggregateFunction(call)))
        }
        expr => Ok(Transformed::no(expr)),
    })
}

fn choose(mut call: WindowFunction, schema: &DFSchema) -> Result<Expr> {
    check_range(&call, schema)?;
    let exclusion = exclusion(&mut call);
    call.fun = match call.fun {
        WindowFunctionDefinition::AggregateUDF(function) => {
            if exclusion == Exclusion::NoOthers && is_exact(function.name(), &call.params.args, schema) {
                WindowFunctionDefinition::AggregateUDF(function)
            } else {
                let filter = call.params.filter.take();
                let framed = framed(function, exclusion, filter.is_some());
                call.params.args.extend(filter.map(|filter| *filter));
                WindowFunctionDefinition::WindowUDF(Arc::new(framed))
            }
        }
        WindowFunctionDefinition::WindowUDF(function) => {
            let excluding = excluding(function.name(), exclusion).map(Arc::new);
            WindowFunctionDefinition::WindowUDF(excluding.unwrap_or(function))
        }
    };
    Ok(Expr::from(call))
}

fn check_filter(filter: Option<&Expr>, schema: &DFSchema) -> Result<()> {
    let Some((_, field)) = filter.and_then(|filter| filter.to_field(schema).ok()) else { return Ok(()) };
    if matches!(field.data_type(), DataType::Boolean | DataType::Null | DataType::Utf8) {
        return Ok(());
    }
    let message = format!("argument of FILTER must be type boolean, not type {}", name_of(&field));
    Err(SqlError::new("42804", message).into())
}

/// What the mark among the keys of a partition says, which goes.
fn exclusion(call: &mut WindowFunction) -> Exclusion {
    let mut exclusion = Exclusion::NoOthers;
    call.params.partition_by.retain(|key| {
        let Expr::IsNull(mark) = key else { return true };
        let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = mark.as_ref() else { return true };
        let Some(excluded) = text.strip_prefix(EXCLUDE_MARK) else { return true };
        exclusion = match excluded {
            "current row" => Exclusion::CurrentRow,
            "group" => Exclusion::Group,
            "ties" => Exclusion::Ties,
            "all" => Exclusion::All,
            _ => Exclusion::NoOthers,
        };
        false
    });
    exclusion
}

/// Whether what the engine takes out of a frame leaves what was there before.
fn is_exact(name: &str, arguments: &[Expr], schema: &DFSchema) -> bool {
    let is_one = |argument: &Expr, wanted: fn(&DataType) -> bool| {
        argument.get_type(schema).map_or(true, |data_type| wanted(&data_type))
    };
    let is_float = |argument: &Expr| is_one(argument, DataType::is_floating);
    let is_interval = |argument: &Expr| is_one(argument, |data_type| *data_type == INTERVAL);
    match name {
        "count" => true,
        "sum" => !arguments.iter().any(is_float),
        "min" | "max" => !arguments.iter().any(|argument| is_float(argument) || is_interval(argument)),
        _ => false,
    }
}

/// Errors with 0A000 where PostgreSQL knows no distance between values of the order.
fn check_range(call: &WindowFunction, schema: &DFSchema) -> Result<()> {
    let frame = &call.params.window_frame;
    let has_offset = [&frame.start_bound, &frame.end_bound].into_iter().any(|bound| match bound {
        WindowFrameBound::Preceding(size) | WindowFrameBound::Following(size) => !size.is_null(),
        WindowFrameBound::CurrentRow => false,
    });
    let [order] = call.params.order_by.as_slice() else { return Ok(()) };
    if frame.units != WindowFrameUnits::Range || !has_offset {
        return Ok(());
    }
    let Ok((_, field)) = order.expr.to_field(schema) else { return Ok(()) };
    let data_type = field.data_type();
    let has_distance = data_type.is_numeric()
        || data_type.is_null()
        || matches!(
            data_type,
            DataType::Date32 | DataType::Timestamp(..) | DataType::Time64(_) | DataType::Interval(_)
        );
    if has_distance {
        return Ok(());
    }
    let named = name_of(&field);
    let message = format!("RANGE with offset PRECEDING/FOLLOWING is not supported for column type {named}");
    Err(SqlError::new("0A000", message).into())
}
