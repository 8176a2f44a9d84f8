//! Aggregates by way of `array_agg`, which collects in the order that is asked for.
//!
//! | written | becomes |
//! |---|---|
//! | `json_agg(x ORDER BY y)` | `json_of_array(array_agg(x ORDER BY y))` |
//! | `json_object_agg(k, v)` | `json_of_arrays(array_agg(k), array_agg(v))` |
//! | `mode() WITHIN GROUP (ORDER BY x)` | `array_mode(array_agg(x ORDER BY x))` |
//! | `percentile_disc(f) WITHIN GROUP (ORDER BY x)` | `array_percentile_disc(array_agg(x ORDER BY x), f)` |
//! | `string_agg(DISTINCT x, s)` | `string_of_array(array_agg(DISTINCT x ORDER BY x), s)` |
//! | `array_agg(DISTINCT x)` | `array_agg(DISTINCT x ORDER BY x)`, as PostgreSQL gives it |

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, Ident, ObjectName, OrderByExpr, OrderByOptions,
};

use crate::pg_catalog::call;

/// Rewrites one call; None leaves it as it is now.
pub(super) fn rewrite(function: &mut Function) -> Option<Expr> {
    let name = function.name.0.last()?.as_ident()?.value.to_ascii_lowercase();
    let (outer, arguments) = match name.as_str() {
        "array_agg" => {
            order_distinct(function);
            return None;
        }
        "string_agg" => return distinct_texts(function),
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
        }
        order_distinct(&mut array);
        Expr::Function(array)
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
    order_distinct(&mut array);
    Some(call("string_of_array", vec![Expr::Function(array), delimiter]))
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
    let outer = match (name, &fraction) {
        ("mode", None) => "array_mode",
        ("percentile_disc", Some(fraction)) if is_array(fraction) => "array_percentiles_disc",
        ("percentile_disc", Some(_)) => "array_percentile_disc",
        ("percentile_cont", Some(fraction)) if is_array(fraction) => "array_percentiles_cont",
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

fn order_distinct(function: &mut Function) {
    let FunctionArguments::List(list) = &mut function.args else { return };
    let is_ordered = list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)));
    if list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
        && !is_ordered
        && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(value))) = list.args.first()
    {
        let order = OrderByExpr { expr: value.clone(), options: OrderByOptions::default(), with_fill: None };
        list.clauses.push(FunctionArgumentClause::OrderBy(vec![order]));
    }
}
