//! Functions that give rows: the engine unnests arrays, so each is a function that gives an array, or
//! one for each of its columns.
//!
//! | written | becomes |
//! |---|---|
//! | `SELECT string_to_table(x, ',')` | `SELECT unnest(string_to_array(x, ','))` |
//! | `FROM jsonb_each(x) AS e` | `FROM unnest(jsonb_each_keys(x), jsonb_each_values(x)) AS e(key, value)` |
//! | `FROM unnest(x) WITH ORDINALITY AS u` | `FROM unnest(x, generate_subscripts_of(x)) AS u(u, ordinality)` |
//! | `FROM unnest(x) AS u` | `FROM unnest(x) AS u(u)` |
//! | `FROM generate_series(1, 10) AS g` | the same with `g(g)`: its rows need no array |
//!
//! <https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS>

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, SelectItem,
    TableAlias, TableAliasColumnDef, TableFactor, UnaryOperator, Value,
};

use super::names;
use super::spelling::{select_from, take};
use crate::pg_catalog::call;

/// What gives a function's rows.
struct RowFunction {
    name: &'static str,
    /// The functions that give its columns as arrays.
    arrays: &'static [&'static str],
    /// The names of its columns; that of the function, or its alias, where there are none.
    columns: &'static [&'static str],
    /// What the values of its last column are cast to: unnested, they are texts.
    json: Option<&'static str>,
}

const fn one(
    name: &'static str,
    array: &'static [&'static str],
    columns: &'static [&'static str],
) -> RowFunction {
    RowFunction { name, arrays: array, columns, json: None }
}

const fn json(function: RowFunction, json: &'static str) -> RowFunction {
    RowFunction { json: Some(json), ..function }
}

const FUNCTIONS: &[RowFunction] = &[
    one("generate_series", &["generate_series"], &[]),
    one("generate_subscripts", &["generate_subscripts_array"], &[]),
    json(one("json_array_elements", &["json_array_elements_array"], &["value"]), "json"),
    one("json_array_elements_text", &["json_array_elements_text_array"], &["value"]),
    json(one("json_each", &["json_each_keys", "json_each_values"], &["key", "value"]), "json"),
    one("json_each_text", &["json_each_keys", "json_each_texts"], &["key", "value"]),
    one("json_object_keys", &["json_each_keys"], &[]),
    json(one("jsonb_array_elements", &["jsonb_array_elements_array"], &["value"]), "jsonb"),
    one("jsonb_array_elements_text", &["jsonb_array_elements_text_array"], &["value"]),
    json(one("jsonb_each", &["jsonb_each_keys", "jsonb_each_values"], &["key", "value"]), "jsonb"),
    one("jsonb_each_text", &["jsonb_each_keys", "jsonb_each_texts"], &["key", "value"]),
    one("jsonb_object_keys", &["jsonb_each_keys"], &[]),
    json(one("jsonb_path_query", &["jsonb_path_query_items"], &[]), "jsonb"),
    json(one("jsonb_path_query_tz", &["jsonb_path_query_items"], &[]), "jsonb"),
    one("regexp_matches", &["regexp_matches_array"], &[]),
    one("regexp_split_to_table", &["regexp_split_to_array"], &[]),
    one("string_to_table", &["string_to_array"], &[]),
    one("unnest", &["unnest_array"], &[]),
];

fn find(name: &ObjectName) -> Option<&'static RowFunction> {
    let name = name.0.last()?.as_ident()?.value.to_ascii_lowercase();
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// The function of rows that is called when one of these gives an array of JSON.
pub(crate) fn name_of_array(array: &str) -> Option<&'static str> {
    let function = FUNCTIONS.iter().find(|function| function.json.is_some() && function.arrays == [array]);
    function.map(|function| function.name)
}

/// The name of the value of a function in FROM whose alias stands for it too.
pub(super) fn value_name(name: &ObjectName) -> Option<&'static str> {
    match find(name)?.columns {
        [value] => Some(value),
        _ => None,
    }
}

/// Whether a call gives several rows.
pub(super) fn gives_rows(function: &Function) -> bool {
    find(&function.name).is_some()
}

/// Rewrites a call in a select list. One of several columns gives rows as values, which there are none of
/// here: it stays as it is, and is not found.
pub(super) fn rewrite(function: &mut Function) {
    let Some(found) = find(&function.name) else { return };
    if let ([array], FunctionArguments::List(_)) = (found.arrays, &function.args) {
        let mut inner = function.clone();
        inner.name = ObjectName::from(vec![Ident::new(*array)]);
        let unnested = call("unnest", vec![Expr::Function(inner)]);
        let typed = match found.json {
            Some(json) => call(json, vec![unnested]),
            None => unnested,
        };
        if let Expr::Function(outer) = typed {
            *function = outer;
        }
    }
}

/// Rewrites a call in FROM.
pub(super) fn rewrite_table(table: &mut TableFactor) {
    if let TableFactor::Table { name, args: Some(list), alias, with_ordinality: false, .. } = table
        && find(name).is_some_and(|function| function.name == "generate_series")
        && matches!(list.args.len(), 2 | 3)
        && list.args.iter().all(is_written_integer)
    {
        name_column(alias, "generate_series");
        return;
    }
    let (name, arguments, alias, with_ordinality) = match table {
        TableFactor::UNNEST { array_exprs, alias, with_ordinality, with_offset: false, .. } => {
            let name = ObjectName::from(vec![Ident::new("unnest")]);
            (name, std::mem::take(array_exprs), alias.take(), *with_ordinality)
        }
        TableFactor::Table { name, args: Some(list), alias, with_ordinality, .. } if find(name).is_some() => {
            (name.clone(), plain(&mut list.args), alias.take(), *with_ordinality)
        }
        TableFactor::Function { name, args, alias, with_ordinality, .. } if find(name).is_some() => {
            (name.clone(), plain(args), alias.take(), *with_ordinality)
        }
        _ => return,
    };
    let Some(function) = find(&name) else { return };
    let mut arrays: Vec<Expr> = match function.name {
        // Each argument is a column.
        "unnest" => arguments.into_iter().map(|array| call("unnest_array", vec![array])).collect(),
        _ => function.arrays.iter().map(|array| call(array, arguments.clone())).collect(),
    };
    let alias = alias.unwrap_or_else(|| named(function.name));
    let own = match (function.columns, arrays.len()) {
        ([], 1) => vec![alias.name.clone()],
        ([], count) => (0..count).map(|number| names::apart("unnest", number)).collect(),
        (columns, _) => columns.iter().map(|column| Ident::new(*column)).collect(),
    };
    let value = own.len().saturating_sub(1);
    let mut columns: Vec<Ident> = own;
    if with_ordinality {
        arrays.push(call("ordinality_array", arrays.clone()));
        columns.push(Ident::new("ordinality"));
    }
    // The first ones may have names of the query's own.
    let column = |name| TableAliasColumnDef { name, data_type: None };
    let mut columns: Vec<_> = columns.into_iter().map(column).collect();
    for (column, given) in columns.iter_mut().zip(&alias.columns) {
        *column = given.clone();
    }
    columns.extend(alias.columns.iter().skip(columns.len()).cloned());
    let names: Vec<Ident> = columns.iter().map(|column| column.name.clone()).collect();
    let alias = TableAlias { columns, ..alias };
    let unnested = TableFactor::UNNEST {
        alias: Some(alias.clone()),
        array_exprs: arrays,
        with_offset: false,
        with_offset_alias: None,
        with_ordinality: false,
    };
    *table = match function.json {
        // The last column but for the number of the row.
        Some(json) => {
            let items = names.into_iter().enumerate().map(|(index, name)| {
                let column = Expr::Identifier(name.clone());
                let expr = if index == value { call(json, vec![column]) } else { column };
                SelectItem::ExprWithAlias { expr, alias: name }
            });
            let subquery = Box::new(select_from(items.collect(), unnested));
            let alias = TableAlias { columns: Vec::new(), ..alias };
            TableFactor::Derived { lateral: true, subquery, alias: Some(alias), sample: None }
        }
        None => unnested,
    };
}

/// PostgreSQL names the one column of such a function as its table is named: by the alias, or by the function.
fn name_column(alias: &mut Option<TableAlias>, function: &str) {
    let alias = alias.get_or_insert_with(|| named(function));
    if alias.columns.is_empty() {
        alias.columns.push(TableAliasColumnDef { name: alias.name.clone(), data_type: None });
    }
}

fn named(function: &str) -> TableAlias {
    TableAlias { explicit: true, name: Ident::new(function), columns: Vec::new(), at: None }
}

/// `10`, `-1`.
fn is_written_integer(argument: &FunctionArg) -> bool {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else { return false };
    let digits = match expr {
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => expr.as_ref(),
        expr => expr,
    };
    matches!(digits, Expr::Value(value)
        if matches!(&value.value, Value::Number(digits, _) if digits.parse::<i64>().is_ok()))
}

fn plain(arguments: &mut Vec<FunctionArg>) -> Vec<Expr> {
    let arguments = arguments.drain(..).filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(mut expr)) => Some(take(&mut expr)),
        _ => None,
    });
    arguments.collect()
}
