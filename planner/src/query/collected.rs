//! Aggregates by way of `array_agg`, which collects in the order that is asked for.
//!
//! | written | becomes |
//! |---|---|
//! | `json_agg(x ORDER BY y)` | `json_of_array(array_agg(json_element(x) ORDER BY y))` |
//! | `json_object_agg(k, v)` | `json_of_arrays(array_agg(k), array_agg(json_element(v)))` |
//! | `mode() WITHIN GROUP (ORDER BY x)` | `array_mode(array_agg(x ORDER BY x))` |
//! | `percentile_disc(f) WITHIN GROUP (ORDER BY x)` | `array_percentile_disc(array_agg(x ORDER BY x), f)` |
//! | `string_agg(x, y)`, of bytes and with what is no literal | `string_of_arrays(array_agg(x), array_agg(y))` where `x` is not null |
//! | `percentile_cont(f)` of what is no constant | `array_percentile_cont(array_agg(x ORDER BY x), f)` |
//! | `string_agg(DISTINCT x, s)` | `string_of_array(array_sort(array_agg(DISTINCT x)), s)` |
//! | `array_agg(DISTINCT x ORDER BY x)` | `array_sort(array_agg(DISTINCT x))`, in its order where none is asked for |

use sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, Ident, ObjectName, OrderByOptions, Value,
};

use super::dialect::text_literal;
use super::spelling::take;
use crate::pg_catalog::call;

/// Rewrites one call; None leaves it as it is now.
pub(super) fn rewrite(function: &mut Function) -> Option<Expr> {
    let name = function.name.0.last()?.as_ident()?.value.to_ascii_lowercase();
    let (outer, arguments) = match name.as_str() {
        "array_agg" => {
            let is_distinct = matches!(&function.args, FunctionArguments::List(list)
                if list.duplicate_treatment == Some(DuplicateTreatment::Distinct));
            return is_distinct.then(|| in_order(function.clone()));
        }
        "string_agg" => return distinct_texts(function).or_else(|| delimited(function)),
        "mode" | "percentile_disc" | "percentile_cont" => return ordered_set(function, &name),
        "json_agg" => ("json_of_array", 1),
        "jsonb_agg" => ("jsonb_of_array", 1),
        "json_object_agg" => ("json_of_arrays", 2),
        "jsonb_object_agg" => ("jsonb_of_arrays", 2),
        _ => return None,
    };
    let FunctionArguments::List(list) = &function.args else { return None };
    if list.args.len() != arguments {
        return None;
    }
    let arrays = (0..arguments).map(|index| {
        let mut array = function.clone();
        array.name = ObjectName::from(vec![Ident::new("array_agg")]);
        if let FunctionArguments::List(list) = &mut array.args {
            list.args = vec![list.args.swap_remove(index)];
            // The last one is a value. Of DISTINCT it has to be what it is ordered by.
            if index + 1 == arguments
                && list.duplicate_treatment != Some(DuplicateTreatment::Distinct)
                && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(value))] = list.args.as_mut_slice()
            {
                *value = call("json_element", vec![take(value)]);
            }
        }
        in_order(array)
    });
    Some(call(outer, arrays.collect()))
}

/// `string_agg(DISTINCT …)`, whose order the engine's own forgets beside another one's.
fn distinct_texts(function: &mut Function) -> Option<Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(delimiter))] = list.args.as_slice() else {
        return None;
    };
    if list.duplicate_treatment != Some(DuplicateTreatment::Distinct) {
        return None;
    }
    let delimiter = delimiter.clone();
    let mut array = function.clone();
    array.name = ObjectName::from(vec![Ident::new("array_agg")]);
    if let FunctionArguments::List(list) = &mut array.args {
        list.args.truncate(1);
    }
    Some(call("string_of_array", vec![in_order(array), delimiter]))
}

/// `string_agg` with a delimiter for each value.
fn delimited(function: &Function) -> Option<Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let [
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)),
        FunctionArg::Unnamed(FunctionArgExpr::Expr(delimiter)),
    ] = list.args.as_slice()
    else {
        return None;
    };
    let is_plain = matches!(delimiter, Expr::Value(value)
        if matches!(value.value, Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_) | Value::Null | Value::Placeholder(_)));
    if is_plain || list.duplicate_treatment == Some(DuplicateTreatment::Distinct) {
        return None;
    }
    let has_value = Expr::IsNotNull(Box::new(Expr::Nested(Box::new(value.clone()))));
    let filter = match &function.filter {
        None => has_value,
        Some(filter) => Expr::BinaryOp {
            left: Box::new(Expr::Nested(filter.clone())),
            op: BinaryOperator::And,
            right: Box::new(has_value),
        },
    };
    let arrays = (0..2).map(|index| {
        let mut array = function.clone();
        array.name = ObjectName::from(vec![Ident::new("array_agg")]);
        array.filter = Some(Box::new(filter.clone()));
        if let FunctionArguments::List(list) = &mut array.args {
            list.args = vec![list.args.swap_remove(index)];
        }
        Expr::Function(array)
    });
    Some(call("string_of_arrays", arrays.collect()))
}

/// An ordered-set aggregate. That of one fraction between values is the engine's own.
fn ordered_set(function: &mut Function, name: &str) -> Option<Expr> {
    if function.over.is_some() {
        return None;
    }
    let [order] = function.within_group.as_slice() else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    let fraction = match list.args.as_slice() {
        [] => None,
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(fraction))] => Some(fraction.clone()),
        _ => return None,
    };
    let is_array = |fraction: &Expr| matches!(fraction, Expr::Array(_));
    let is_number = |fraction: &Expr| match fraction {
        Expr::Value(value) => !matches!(value.value, Value::Null),
        Expr::UnaryOp { expr, .. } => matches!(expr.as_ref(), Expr::Value(_)),
        _ => false,
    };
    let outer = match (name, &fraction) {
        ("mode", None) => "array_mode",
        ("percentile_disc", Some(fraction)) if is_array(fraction) => "array_percentiles_disc",
        ("percentile_disc", Some(_)) => "array_percentile_disc",
        ("percentile_cont", Some(fraction)) if is_array(fraction) => "array_percentiles_cont",
        ("percentile_cont", Some(fraction)) if !is_number(fraction) => "array_percentile_cont",
        _ => return None,
    };
    let mut collected = call("array_agg", vec![order.expr.clone()]);
    if let Expr::Function(array) = &mut collected {
        array.filter.clone_from(&function.filter);
        if let FunctionArguments::List(list) = &mut array.args {
            list.clauses.push(FunctionArgumentClause::OrderBy(vec![order.clone()]));
        }
    }
    Some(call(outer, std::iter::once(collected).chain(fraction).collect()))
}

/// Of different values in their order. The engine forgets the order of DISTINCT beside another one's.
fn in_order(mut function: Function) -> Expr {
    let FunctionArguments::List(list) = &mut function.args else { return Expr::Function(function) };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(value))) = list.args.first() else {
        return Expr::Function(function);
    };
    let options = match list.clauses.as_slice() {
        [] => OrderByOptions::default(),
        [FunctionArgumentClause::OrderBy(orders)] => match orders.as_slice() {
            [order] if order.expr == *value => order.options,
            _ => return Expr::Function(function),
        },
        _ => return Expr::Function(function),
    };
    if list.duplicate_treatment != Some(DuplicateTreatment::Distinct) {
        return Expr::Function(function);
    }
    list.clauses.clear();
    let is_descending = options.asc == Some(false);
    let direction = if is_descending { "DESC" } else { "ASC" };
    let nulls = if options.nulls_first.unwrap_or(is_descending) { "NULLS FIRST" } else { "NULLS LAST" };
    call("array_sort", vec![Expr::Function(function), text_literal(direction), text_literal(nulls)])
}
