//! `ROLLUP`, `CUBE` and `GROUPING SETS`, in each other, of expressions, tuples and numbers of items, as one
//! `GROUPING SETS`, which is all that the engine plans of expressions.
//!
//! <https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-GROUPING-SETS>

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Select, SelectItem, Value,
    VisitMut, VisitorMut,
};

use crate::error::{Result, SqlError, finished};

/// PostgreSQL's bound.
const SETS_MAX: usize = 4096;

type Sets = Vec<Vec<Expr>>;

/// Rewrites every GROUP BY of a statement that has sets.
pub(super) fn rewrite(statement: &mut ast::Statement) -> Result<()> {
    finished(VisitMut::visit(statement, &mut Rewriter))
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = SqlError;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlError> {
        let GroupByExpr::Expressions(keys, _) = &mut select.group_by else {
            return ControlFlow::Continue(());
        };
        if !keys.iter().any(is_set) {
            return ControlFlow::Continue(());
        }
        let mut product: Sets = vec![Vec::new()];
        for key in keys.iter() {
            let sets = match sets(key) {
                Ok(sets) => sets,
                Err(error) => return ControlFlow::Break(error),
            };
            if product.len().saturating_mul(sets.len()) > SETS_MAX {
                return ControlFlow::Break(too_many());
            }
            product = product
                .iter()
                .flat_map(|left| sets.iter().map(|right| [&left[..], right].concat()))
                .collect();
        }
        for key in product.iter_mut().flatten() {
            if let Some(item) = numbered(key, &select.projection) {
                *key = item;
            }
        }
        *keys = vec![Expr::GroupingSets(product)];
        ControlFlow::Continue(())
    }
}

fn is_set(key: &Expr) -> bool {
    matches!(key, Expr::GroupingSets(_) | Expr::Rollup(_) | Expr::Cube(_))
        || matches!(key, Expr::Tuple(parts) if parts.is_empty())
}

/// The sets that one element of GROUP BY stands for.
fn sets(key: &Expr) -> Result<Sets> {
    Ok(match key {
        Expr::Rollup(parts) => rollup(parts),
        Expr::Cube(parts) => cube(parts)?,
        Expr::GroupingSets(parts) => {
            let mut all = Sets::new();
            for part in parts {
                // `GROUPING SETS (ROLLUP (a), b)`: sets within sets.
                match part.as_slice() {
                    [inner] => all.extend(sets(inner)?),
                    _ => all.push(part.clone()),
                }
                if all.len() > SETS_MAX {
                    return Err(too_many());
                }
            }
            all
        }
        Expr::Tuple(parts) => vec![parts.clone()],
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            match (name.as_str(), &function.args) {
                ("rollup", FunctionArguments::List(list)) => rollup(&arguments(list)),
                ("cube", FunctionArguments::List(list)) => cube(&arguments(list))?,
                _ => vec![vec![key.clone()]],
            }
        }
        key => vec![vec![key.clone()]],
    })
}

fn rollup(parts: &[Vec<Expr>]) -> Sets {
    (0..=parts.len()).rev().map(|count| parts[..count].concat()).collect()
}

fn cube(parts: &[Vec<Expr>]) -> Result<Sets> {
    // PostgreSQL's own bound on it.
    if parts.len() > 12 {
        return Err(SqlError::new("54001", "CUBE is limited to 12 elements"));
    }
    let chosen = |mask: usize| {
        let parts = parts.iter().enumerate().filter(move |(index, _)| mask >> index & 1 == 1);
        parts.flat_map(|(_, part)| part.iter().cloned()).collect()
    };
    Ok((0..1_usize << parts.len()).rev().map(chosen).collect())
}

/// What the parser takes for the arguments of a function.
fn arguments(list: &ast::FunctionArgumentList) -> Sets {
    let arguments = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Tuple(parts))) => Some(parts.clone()),
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Nested(part))) => Some(vec![Expr::clone(part)]),
        FunctionArg::Unnamed(FunctionArgExpr::Expr(part)) => Some(vec![part.clone()]),
        _ => None,
    });
    arguments.collect()
}

/// The item of the select list that a number stands for.
fn numbered(key: &Expr, items: &[SelectItem]) -> Option<Expr> {
    let Expr::Value(value) = key else { return None };
    let Value::Number(number, _) = &value.value else { return None };
    match items.get(number.parse::<usize>().ok()?.checked_sub(1)?)? {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr.clone()),
        _ => None,
    }
}

fn too_many() -> SqlError {
    SqlError::new("54001", format!("too many grouping sets present (maximum {SETS_MAX})"))
}
