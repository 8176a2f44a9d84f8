//! `generate_series`, which returns rows, in FROM and in a select list. Others are in `rows.rs`.
//!
//! In FROM, PostgreSQL names the one column of such a function as its table is named: by the alias, or
//! by the function. In a select list each value becomes a row; the engine has it so for `unnest` only.
//! <https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS>

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, Function, Ident, ObjectName, Select, SelectItem, TableAlias, TableAliasColumnDef,
    TableFactor, Value, VisitMut, VisitorMut,
};

use crate::pg_catalog::call;

/// Names them in FROM, and unfolds them in select lists.
pub(super) fn rewrite(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = std::convert::Infallible;

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table { name, args: Some(_), alias, with_ordinality: false, .. }
                if is(name, "generate_series") =>
            {
                name_column(alias, "generate_series");
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                let ControlFlow::Continue(()) = VisitMut::visit(expr, &mut Unfolder { depth: 0 });
            }
        }
        ControlFlow::Continue(())
    }
}

fn is(name: &ObjectName, function: &str) -> bool {
    let last = name.0.last().and_then(|part| part.as_ident());
    last.is_some_and(|ident| ident.value.eq_ignore_ascii_case(function))
}

fn name_column(alias: &mut Option<TableAlias>, function: &str) {
    let alias = alias.get_or_insert_with(|| TableAlias {
        explicit: true,
        name: Ident::new(function),
        columns: Vec::new(),
        at: None,
    });
    if alias.columns.is_empty() {
        alias.columns.push(TableAliasColumnDef { name: alias.name.clone(), data_type: None });
    }
}

/// Puts `unnest` about the series of a select list, but for those of its subqueries.
struct Unfolder {
    depth: usize,
}

impl VisitorMut for Unfolder {
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
        if self.depth == 0
            && let Expr::Function(Function { name, .. }) = &*expr
            && is(name, "generate_series")
        {
            let series = std::mem::replace(expr, Expr::Value(Value::Null.into()));
            *expr = call("unnest", vec![series]);
        }
        ControlFlow::Continue(())
    }
}
