//! `locf` and `interpolate` beside `time_bucket_gapfill`, as the window functions that they are:
//!
//! ```sql
//! SELECT time_bucket_gapfill('1 h', ts) AS h, g, locf(avg(x)) FROM t … GROUP BY h, g
//! -- locf(avg(x)) OVER (PARTITION BY g ORDER BY time_bucket_gapfill('1 h', ts))
//! ```

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, OrderByExpr,
    OrderByOptions, Select, SelectItem, Value, VisitMut, VisitorMut, WindowSpec, WindowType,
};

use super::names::alias_name;
use crate::function::time_bucket::GAPFILL;

/// Gives them their windows.
pub(super) fn rewrite(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Selects);
}

struct Selects;

impl VisitorMut for Selects {
    type Break = std::convert::Infallible;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        let GroupByExpr::Expressions(keys, _) = &select.group_by else { return ControlFlow::Continue(()) };
        let keys = keys.iter().map(|key| meant(key, &select.projection).clone());
        let (buckets, keys): (Vec<_>, Vec<_>) = keys.partition(|key| is_call(key, GAPFILL));
        let [bucket] = buckets.as_slice() else { return ControlFlow::Continue(()) };
        let mut calls = Calls { bucket, keys: &keys, depth: 0 };
        VisitMut::visit(&mut select.projection, &mut calls)
    }
}

/// What a key of GROUP BY stands for: an item of the select list, by number or name, or itself.
fn meant<'a>(key: &'a Expr, items: &'a [SelectItem]) -> &'a Expr {
    let item = match key {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => {
                number.parse::<usize>().ok().and_then(|number| items.get(number.checked_sub(1)?))
            }
            _ => None,
        },
        Expr::Identifier(name) => items.iter().find(|item| {
            matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias_name(alias) == alias_name(name))
        }),
        _ => None,
    };
    match item {
        Some(SelectItem::ExprWithAlias { expr, .. } | SelectItem::UnnamedExpr(expr)) => expr,
        _ => key,
    }
}

fn is_call(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Function(function) if is_named(function, name))
}

fn is_named(function: &Function, name: &str) -> bool {
    let last = function.name.0.last().and_then(|part| part.as_ident());
    last.is_some_and(|last| alias_name(last) == name)
}

struct Calls<'a> {
    bucket: &'a Expr,
    keys: &'a [Expr],
    /// Subqueries have buckets of their own.
    depth: usize,
}

impl VisitorMut for Calls<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<Self::Break> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<Self::Break> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        let interpolates = is_named(function, "interpolate");
        if self.depth > 0 || function.over.is_some() || !interpolates && !is_named(function, "locf") {
            return ControlFlow::Continue(());
        }
        if interpolates && let FunctionArguments::List(list) = &mut function.args {
            list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(self.bucket.clone())));
        }
        let order =
            OrderByExpr { expr: self.bucket.clone(), options: OrderByOptions::default(), with_fill: None };
        function.over = Some(WindowType::WindowSpec(WindowSpec {
            window_name: None::<Ident>,
            partition_by: self.keys.to_vec(),
            order_by: vec![order],
            window_frame: None,
        }));
        ControlFlow::Continue(())
    }
}
