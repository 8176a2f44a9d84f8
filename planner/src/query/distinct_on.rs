//! `DISTINCT ON (1)`: a number stands for an item of the select list, as in GROUP BY and ORDER BY.

use std::ops::ControlFlow;

use sqlparser::ast::{self, Distinct, Expr, Select, SelectItem, Value, VisitMut, VisitorMut};

use crate::error::{Result, SqlError, finished};

/// Puts the items in the places of their numbers.
pub(super) fn rewrite(statement: &mut ast::Statement) -> Result<()> {
    finished(VisitMut::visit(statement, &mut Rewriter))
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = SqlError;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlError> {
        let Select { distinct: Some(Distinct::On(keys)), projection, .. } = select else {
            return ControlFlow::Continue(());
        };
        // What a star stands for is not known yet.
        let named = projection
            .iter()
            .all(|item| matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }));
        for key in keys {
            let Some(place) = number(key) else { continue };
            let item = place.parse::<usize>().ok().and_then(|place| projection.get(place.checked_sub(1)?));
            match item {
                Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) if named => {
                    *key = expr.clone();
                }
                _ => {
                    let message = format!("SELECT DISTINCT ON position {place} is not in select list");
                    return ControlFlow::Break(SqlError::new("42P10", message));
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn number(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number.to_string()),
            _ => None,
        },
        Expr::Nested(inner) => number(inner),
        _ => None,
    }
}
