//! Calls that SQL spells with keywords and signs, as plain calls.
//!
//! | written | becomes |
//! |---|---|
//! | `substring(x FROM a FOR b)`, `overlay(x PLACING y FROM a)`, `position(a IN x)` | the function of that name |
//! | `x SIMILAR TO p ESCAPE e` | `x ~ similar_to_escape(p, e)` |
//! | `x IS NFC NORMALIZED`, `normalize(x, NFC)` | the form as a text |
//! | `~ x`, `\|/ x`, `\|\|/ x`, `@ x`, `x ^ y`, `x ^@ y` | `bitnot`, `sqrt`, `cbrt`, `abs`, `power`, `starts_with` |
//! | `x LIKE ANY (ARRAY[a, b])`, `x LIKE ALL (ARRAY[a, b])` | `x LIKE a OR x LIKE b`, `x LIKE a AND x LIKE b` |
//! | `jsonb_extract_path(v, 'a', 'b')` | `jsonb_extract_path_array(jsonb(v), ARRAY['a', 'b'])` |
//! | `x = ANY (ARRAY[a, b])`, `x <> ALL (ARRAY[a, b])` | `x IN (a, b)`, `x NOT IN (a, b)` |
//! | `x > ANY (y)`, `x > ALL (y)` of an array | `compare_any(x, y, '>')`, `compare_all(x, y, '>')` |
//! | `first(x, t)`, `last(x, t)` | `first_value(x ORDER BY t) FILTER (WHERE t IS NOT NULL)`, `last_value` |
//! | `approx_count_distinct(x)` | `approx_distinct(x)::bigint` |
//! | `approx_percentile(x, f)` | `approx_percentile_cont(f, 400) WITHIN GROUP (ORDER BY x::float8)` |
//! | `x[1:2]` | `array_slice(x, 1, 2)` |
//! | `ARRAY(SELECT x FROM t ORDER BY y)` | `(SELECT array_or_empty(array_agg(x ORDER BY y)) FROM t)` |

use sqlparser::ast::{
    self, AccessExpr, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderByKind, Query, SelectItem, SetExpr, Subscript, TableFactor, UnaryOperator, Value,
};

use crate::pg_catalog::call;

/// How finely `approx_percentile` sees its values: 16 bytes of memory each. The engine's own 100 are off by
/// almost a hundredth of the rows in the middle.
const PERCENTILE_CENTROIDS: &str = "400";

/// Rewrites one expression, of which the parts are rewritten.
pub(super) fn rewrite(expr: &mut Expr) {
    let rewritten = match expr {
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let mut arguments = vec![take(expr)];
            match (substring_from, substring_for) {
                (None, Some(count)) => arguments.extend([number("1"), take(count)]),
                (from, count) => arguments.extend(from.iter_mut().chain(count).map(|part| take(part))),
            }
            call("substring", arguments)
        }
        Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            let mut arguments = vec![take(expr), take(overlay_what), take(overlay_from)];
            arguments.extend(overlay_for.iter_mut().map(|part| take(part)));
            call("overlay", arguments)
        }
        Expr::Position { expr, r#in } => call("position", vec![take(r#in), take(expr)]),
        Expr::SimilarTo { negated, expr, pattern, escape_char } => {
            let mut arguments = vec![take(pattern)];
            arguments.extend(escape_char.take().map(Expr::Value));
            let op = if *negated { BinaryOperator::PGRegexNotMatch } else { BinaryOperator::PGRegexMatch };
            let pattern = call("similar_to_escape", arguments);
            Expr::BinaryOp { left: Box::new(take(expr)), op, right: Box::new(pattern) }
        }
        Expr::IsNormalized { expr, form, negated } => {
            let form = form.map(|form| text(&form.to_string()));
            let test = call("is_normalized", std::iter::once(take(expr)).chain(form).collect());
            if *negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(test) } } else { test }
        }
        Expr::UnaryOp { op, expr } => {
            let name = match op {
                UnaryOperator::BitwiseNot => "bitnot",
                UnaryOperator::PGSquareRoot => "sqrt",
                UnaryOperator::PGCubeRoot => "cbrt",
                UnaryOperator::PGAbs => "abs",
                _ => return,
            };
            call(name, vec![take(expr)])
        }
        Expr::BinaryOp { left, op, right } => {
            let name = match op {
                BinaryOperator::PGExp => "power",
                BinaryOperator::PGStartsWith => "starts_with",
                _ => return,
            };
            call(name, vec![take(left), take(right)])
        }
        Expr::AnyOp { left, compare_op, right, .. } => {
            let Some(operator) = comparison(compare_op, right) else { return };
            let list = if operator == "=" { values_of(right) } else { None };
            match list {
                Some(list) => Expr::InList { expr: Box::new(take(left)), list, negated: false },
                // A parameter's type follows from what the engine knows of this one.
                None if operator == "=" && !is_literal(right) => return,
                None => call("compare_any", vec![take(left), take(right), text(&operator)]),
            }
        }
        Expr::AllOp { left, compare_op, right } => {
            let Some(operator) = comparison(compare_op, right) else { return };
            let list = if operator == "<>" { values_of(right) } else { None };
            match list {
                Some(list) => Expr::InList { expr: Box::new(take(left)), list, negated: true },
                None => call("compare_all", vec![take(left), take(right), text(&operator)]),
            }
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            let [AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride: None })] =
                access_chain.as_mut_slice()
            else {
                return;
            };
            let lower = lower_bound.take().unwrap_or_else(|| number("1"));
            let upper = upper_bound.take().unwrap_or_else(|| number(&i32::MAX.to_string()));
            call("array_slice", vec![take(root), lower, upper])
        }
        Expr::Like { .. } | Expr::ILike { .. } => match alternatives(expr) {
            Some(alternatives) => alternatives,
            None => return,
        },
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            match (name.as_str(), &mut function.args) {
                ("array", FunctionArguments::Subquery(query)) => array_of(query),
                ("normalize", FunctionArguments::List(list)) => {
                    if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(form))) = list.args.get_mut(1)
                        && let Expr::Identifier(name) = form
                    {
                        *form = text(&name.value.clone());
                    }
                    return;
                }
                ("json_extract_path" | "json_extract_path_text", FunctionArguments::List(list)) => {
                    path_of("json", name.ends_with("text"), &mut list.args)
                }
                ("jsonb_extract_path" | "jsonb_extract_path_text", FunctionArguments::List(list)) => {
                    path_of("jsonb", name.ends_with("text"), &mut list.args)
                }
                ("first" | "last", _) => return chosen_by_time(function, &name),
                ("approx_count_distinct", _) => {
                    function.name = vec![ast::Ident::new("approx_distinct")].into();
                    cast(take(expr), ast::DataType::BigInt(None))
                }
                ("approx_percentile", _) => return percentile(function),
                _ => return,
            }
        }
        _ => return,
    };
    *expr = rewritten;
}

pub(super) fn cast(expr: Expr, data_type: ast::DataType) -> Expr {
    let kind = ast::CastKind::Cast;
    Expr::Cast { kind, expr: Box::new(expr), data_type, array: false, format: None }
}

fn by(expr: Expr) -> ast::OrderByExpr {
    ast::OrderByExpr { expr, options: ast::OrderByOptions::default(), with_fill: None }
}

/// The two arguments of a call without a window.
fn two(function: &mut ast::Function) -> Option<&mut ast::FunctionArgumentList> {
    match &mut function.args {
        FunctionArguments::List(list) if list.args.len() == 2 && function.over.is_none() => Some(list),
        _ => None,
    }
}

/// `first` and `last`: rows of no time are passed over.
fn chosen_by_time(function: &mut ast::Function, name: &str) {
    let Some(list) = two(function) else { return };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(time))) = list.args.pop() else { return };
    list.clauses.push(FunctionArgumentClause::OrderBy(vec![by(time.clone())]));
    function.name = vec![ast::Ident::new(format!("{name}_value"))].into();
    let has_time = Expr::IsNotNull(Box::new(Expr::Nested(Box::new(time))));
    function.filter = Some(Box::new(match function.filter.take() {
        None => has_time,
        Some(filter) => Expr::BinaryOp {
            left: Box::new(Expr::Nested(filter)),
            op: BinaryOperator::And,
            right: Box::new(has_time),
        },
    }));
}

fn percentile(function: &mut ast::Function) {
    let Some(list) = two(function) else { return };
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = list.args.remove(0) else { return };
    list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(number(PERCENTILE_CENTROIDS))));
    function.within_group = vec![by(cast(value, ast::DataType::DoublePrecision))];
    function.name = vec![ast::Ident::new("approx_percentile_cont")].into();
}

/// What is left of an expression that stands elsewhere now.
pub(super) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, Expr::Value(Value::Null.into()))
}

fn number(digits: &str) -> Expr {
    Expr::Value(Value::Number(digits.to_owned(), false).into())
}

fn text(text: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(text.to_owned()).into())
}

/// `value #> path` of arguments.
fn path_of(type_name: &str, as_text: bool, arguments: &mut Vec<FunctionArg>) -> Expr {
    let mut parts = arguments.drain(..).filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(part)) => Some(part),
        _ => None,
    });
    let value = call(type_name, parts.next().into_iter().collect());
    let path = Expr::Array(ast::Array { elem: parts.collect(), named: true });
    let name = if as_text { "jsonb_extract_path_array_text" } else { "jsonb_extract_path_array" };
    call(name, vec![value, path])
}

/// The operator of a comparison with an array: with a subquery it is another matter.
fn comparison(operator: &BinaryOperator, right: &Expr) -> Option<String> {
    let is_comparison = matches!(
        operator,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    );
    (is_comparison && !matches!(plain(right), Expr::Subquery(_))).then(|| operator.to_string())
}

/// The values of an array that is written out, of one dimension; it is left without them.
fn values_of(array: &mut Expr) -> Option<Vec<Expr>> {
    let mut array = array;
    while let Expr::Nested(inner) = array {
        array = inner;
    }
    match array {
        Expr::Array(array)
            if !array.elem.is_empty()
                && !array.elem.iter().any(|element| matches!(element, Expr::Array(_))) =>
        {
            Some(std::mem::take(&mut array.elem))
        }
        _ => None,
    }
}

fn plain(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => plain(inner),
        expr => expr,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(plain(expr), Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)))
}

/// `x LIKE ANY (ARRAY[a, b])` and `x LIKE ALL (ARRAY[a, b])` as alternatives, or as what must all hold.
/// The parser takes `ALL (…)` for a call.
fn alternatives(like: &Expr) -> Option<Expr> {
    let (Expr::Like { any, pattern, .. } | Expr::ILike { any, pattern, .. }) = like else { return None };
    let (patterns, op) = match plain(pattern) {
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("all") => {
            let FunctionArguments::List(list) = &function.args else { return None };
            let [FunctionArg::Unnamed(FunctionArgExpr::Expr(patterns))] = list.args.as_slice() else {
                return None;
            };
            (plain(patterns), BinaryOperator::And)
        }
        patterns if *any => (patterns, BinaryOperator::Or),
        _ => return None,
    };
    let Expr::Array(array) = patterns else { return None };
    let alternatives = array.elem.iter().map(|one| {
        let mut alternative = like.clone();
        if let Expr::Like { any, pattern, .. } | Expr::ILike { any, pattern, .. } = &mut alternative {
            *any = false;
            **pattern = one.clone();
        }
        alternative
    });
    let joined = alternatives.reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: op.clone(),
        right: Box::new(right),
    })?;
    Some(Expr::Nested(Box::new(joined)))
}

/// The values of a subquery of one column, in its order.
fn array_of(query: &mut Query) -> Expr {
    let mut query = std::mem::replace(query, empty_query());
    let order = match query.order_by.take().map(|order| order.kind) {
        Some(OrderByKind::Expressions(order)) => order,
        _ => Vec::new(),
    };
    let is_plain = query.limit_clause.is_none() && query.fetch.is_none();
    if let SetExpr::Select(select) = query.body.as_mut()
        && let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
            select.projection.as_mut_slice()
    {
        let names_value = |ordered: &Expr| matches!(ordered, Expr::Value(value) if matches!(&value.value, Value::Number(one, _) if one == "1"));
        let ordered = order.iter().cloned().map(|mut order| {
            if names_value(&order.expr) {
                order.expr = value.clone();
            }
            order
        });
        let ordered: Vec<_> = ordered.collect();
        let has_groups =
            !matches!(&select.group_by, ast::GroupByExpr::Expressions(exprs, _) if exprs.is_empty());
        let is_set = matches!(value, Expr::Function(function) if super::rows::gives_rows(function));
        if is_plain && select.distinct.is_none() && !has_groups && select.having.is_none() && !is_set {
            *value = collected(take(value), ordered);
            return Expr::Subquery(Box::new(query));
        }
        // The order has to get past what is around the subquery: as columns of its own.
        let value_name = ast::Ident::with_quote('"', "value");
        let mut outer_order = Vec::new();
        if select.distinct.is_none() {
            for (index, order) in ordered.into_iter().enumerate() {
                let alias = ast::Ident::with_quote('"', format!("order{index}"));
                outer_order.push(ast::OrderByExpr { expr: Expr::Identifier(alias.clone()), ..order.clone() });
                select.projection.push(SelectItem::ExprWithAlias { expr: order.expr, alias });
            }
        } else if order.iter().any(|order| names_value(&order.expr)) {
            let mut by_value = order[0].clone();
            by_value.expr = Expr::Identifier(value_name.clone());
            outer_order.push(by_value);
        }
        if let Some(SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }) =
            select.projection.first_mut()
        {
            select.projection[0] =
                SelectItem::ExprWithAlias { expr: value.clone(), alias: value_name.clone() };
        }
        if !is_plain {
            query.order_by = Some(ast::OrderBy { kind: OrderByKind::Expressions(order), interpolate: None });
        }
        return outer(query, collected(Expr::Identifier(value_name), outer_order), Vec::new());
    }
    let value = ast::Ident::with_quote('"', "value");
    outer(query, collected(Expr::Identifier(value.clone()), Vec::new()), vec![value])
}

/// `(SELECT value FROM (query) AS "array"(columns))`.
fn outer(query: Query, value: Expr, columns: Vec<ast::Ident>) -> Expr {
    let columns = columns.into_iter().map(|name| ast::TableAliasColumnDef { name, data_type: None });
    let alias = ast::TableAlias {
        explicit: true,
        name: ast::Ident::with_quote('"', "array"),
        columns: columns.collect(),
        at: None,
    };
    let relation =
        TableFactor::Derived { lateral: false, subquery: Box::new(query), alias: Some(alias), sample: None };
    Expr::Subquery(Box::new(select_from(vec![SelectItem::UnnamedExpr(value)], relation)))
}

/// `SELECT items`.
pub(super) fn select_of(items: Vec<SelectItem>) -> Query {
    let mut query = empty_query();
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = items;
    }
    query
}

/// `SELECT items FROM relation`.
pub(super) fn select_from(items: Vec<SelectItem>, relation: TableFactor) -> Query {
    let mut query = select_of(items);
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.from = vec![ast::TableWithJoins { relation, joins: Vec::new() }];
    }
    query
}

fn collected(value: Expr, order: Vec<ast::OrderByExpr>) -> Expr {
    let mut aggregate = call("array_agg", vec![value]);
    if let Expr::Function(function) = &mut aggregate
        && let FunctionArguments::List(list) = &mut function.args
        && !order.is_empty()
    {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    call("array_or_empty", vec![aggregate])
}

/// `SELECT`, to be filled.
fn empty_query() -> Query {
    let select = crate::statement::parse_query("SELECT 1");
    match select {
        Ok(ast::Statement::Query(query)) => *query,
        _ => unreachable!("this is a query"),
    }
}
