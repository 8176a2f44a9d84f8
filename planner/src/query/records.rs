//! Rows as values.
//!
//! | written | becomes |
//! |---|---|
//! | `ROW(1, x)`, `(1, x)` | `record('f1', 1, 'f2', x)` |
//! | `SELECT t FROM t`, `row_to_json(t)` | `record('a', t.a, 'b', t.b)` where no column is called `t` |
//! | `(t).a` | `t.a` |
//!
//! <https://www.postgresql.org/docs/15/rowtypes.html#ROWTYPES-USAGE>

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, AccessExpr, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, OrderByKind, Query,
    Select, SelectItem, SetExpr, Value, Visit, VisitMut, Visitor, VisitorMut,
};

use super::names::{alias_name, shown};
use super::own;
use super::spelling::take;
use super::using::{self, Relations};
use crate::function::record::NAME;
use crate::pg_catalog::call;

/// Whether a relation's name may stand for its row.
pub(super) fn are_named(statement: &ast::Statement) -> bool {
    struct Finder {
        relations: Vec<String>,
    }
    impl Visitor for Finder {
        type Break = ();

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            self.relations.extend(factors(select).filter_map(using::name_of).map(|name| alias_name(&name)));
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(name) if self.relations.contains(&alias_name(name)) => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    statement.visit(&mut Finder { relations: Vec::new() }).is_break()
}

/// Writes out what they consist of.
pub(super) fn rewrite(statement: &mut ast::Statement, relations: &Relations) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Rewriter { relations });
}

fn factors(select: &Select) -> impl Iterator<Item = &ast::TableFactor> {
    select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)))
}

struct Rewriter<'a> {
    relations: &'a Relations,
}

impl VisitorMut for Rewriter<'_> {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let Query { body, order_by, .. } = query;
        let SetExpr::Select(select) = body.as_mut() else { return ControlFlow::Continue(()) };
        let rows = Rows::of(select, self.relations);
        if let Some(ast::OrderBy { kind: OrderByKind::Expressions(exprs), .. }) = order_by {
            exprs.iter_mut().for_each(|order| rows.write(&mut order.expr));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        // `GROUP BY (a, b)` is no row, but both.
        if let ast::GroupByExpr::Expressions(exprs, _) = &mut select.group_by {
            let grouped = std::mem::take(exprs).into_iter().flat_map(|expr| match expr {
                Expr::Tuple(columns) => columns,
                expr => vec![expr],
            });
            *exprs = grouped.collect();
        }
        Rows::of(select, self.relations).write_select(select);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let columns = match expr {
            Expr::Tuple(columns) => std::mem::take(columns),
            Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("row") => {
                let FunctionArguments::List(list) = &mut function.args else {
                    return ControlFlow::Continue(());
                };
                let columns = list.args.iter_mut().filter_map(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(column)) => Some(take(column)),
                    _ => None,
                });
                columns.collect()
            }
            _ => return ControlFlow::Continue(()),
        };
        let names = (1..=columns.len()).map(|number| format!("f{number}"));
        *expr = record(names.zip(columns));
        ControlFlow::Continue(())
    }
}

fn record(columns: impl Iterator<Item = (String, Expr)>) -> Expr {
    let name = |name: String| Expr::value(Value::SingleQuotedString(name));
    call(NAME, columns.flat_map(|(column, value)| [name(column), value]).collect())
}

/// The relations of one FROM that have a name, with their columns; and every column's name.
#[derive(Default)]
struct Rows {
    relations: Vec<(Ident, Vec<String>)>,
    columns: Vec<String>,
}

impl Rows {
    fn of(select: &Select, relations: &Relations) -> Self {
        let mut rows = Self::default();
        for factor in factors(select) {
            let columns = using::columns_of(factor, relations).unwrap_or_default();
            rows.columns.extend(columns.iter().cloned());
            if let Some(name) = using::name_of(factor) {
                rows.relations.push((name, columns));
            }
        }
        rows
    }

    fn write_select(&self, select: &mut Select) {
        for item in &mut select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let name = match &*expr {
                        Expr::Identifier(name) => Some(name.clone()),
                        _ => None,
                    };
                    let before = expr.clone();
                    self.write(expr);
                    if let Some(alias) = name.filter(|_| *expr != before) {
                        *item = SelectItem::ExprWithAlias { expr: take(expr), alias };
                    }
                }
                SelectItem::ExprWithAlias { expr, .. } => self.write(expr),
                _ => {}
            }
        }
        let mut group = Vec::new();
        if let ast::GroupByExpr::Expressions(exprs, _) = &mut select.group_by {
            group.extend(exprs);
        }
        let others = select.selection.iter_mut().chain(&mut select.having).chain(group);
        others.for_each(|expr| self.write(expr));
    }

    /// Names of an expression that stand for rows. Those within its subqueries are the subqueries' own.
    fn write(&self, expr: &mut Expr) {
        own::visit(expr, 0, |expr| {
            if let Some(column) = self.column(expr) {
                *expr = column;
            } else if let Expr::Identifier(name) = &*expr
                && let Some((name, columns)) = self.find(name)
            {
                let columns = columns.iter().map(|column| {
                    let value = vec![name.clone(), Ident::with_quote('"', column)];
                    (shown(column).to_owned(), Expr::CompoundIdentifier(value))
                });
                *expr = record(columns);
            }
        });
    }

    /// The relation whose row a name is: a column of that name comes first.
    fn find(&self, name: &Ident) -> Option<(&Ident, &[String])> {
        let name = alias_name(name);
        if self.columns.contains(&name) {
            return None;
        }
        let (relation, columns) = self.relations.iter().find(|(relation, _)| alias_name(relation) == name)?;
        (!columns.is_empty()).then_some((relation, columns))
    }

    /// `(t).a` as `t.a`.
    fn column(&self, expr: &Expr) -> Option<Expr> {
        let Expr::CompoundFieldAccess { root, access_chain } = expr else { return None };
        let (Expr::Nested(root), [AccessExpr::Dot(Expr::Identifier(column))]) =
            (root.as_ref(), access_chain.as_slice())
        else {
            return None;
        };
        let Expr::Identifier(name) = root.as_ref() else { return None };
        let (relation, _) = self.find(name)?;
        Some(Expr::CompoundIdentifier(vec![relation.clone(), column.clone()]))
    }
}
