//! Integer literals of PostgreSQL's type: `integer` where they fit, where the engine takes `bigint`.
//!
//! A literal becomes a cast, which the optimizer folds again, so that everything around it is typed by
//! it. Where a number is no value but says how many or which — LIMIT, an ordinal, a frame's bound — it
//! stays as it is. <https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS-NUMERIC>

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, CastKind, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    LimitClause, OrderByKind, Value, VisitMut, VisitorMut, WindowFrame, WindowFrameBound, WindowType,
};

/// Types the integer literals of a statement. The last rewriting: others look for literals.
pub(super) fn type_integers(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Typer);
}

struct Typer;

impl VisitorMut for Typer {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Value(value) => {
                if let Value::Number(number, false) = &value.value
                    && number.parse::<i32>().is_ok()
                {
                    let number = Expr::Value(value.clone());
                    *expr = Expr::Cast {
                        kind: CastKind::Cast,
                        expr: Box::new(number),
                        data_type: DataType::Int4(None),
                        array: false,
                        format: None,
                    };
                }
            }
            // The smallest one is written as the negative of what does not fit.
            Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr: inner }
                if matches!(inner.as_ref(), Expr::Value(value)
                    if matches!(&value.value, Value::Number(number, _) if number == "2147483648")) =>
            {
                let data_type = DataType::Int4(None);
                let inner = Box::new(expr.clone());
                *expr =
                    Expr::Cast { kind: CastKind::Cast, expr: inner, data_type, array: false, format: None };
            }
            Expr::Interval(interval) => untype(&mut interval.value),
            Expr::Function(function) => {
                if let Some(WindowType::WindowSpec(spec)) = &mut function.over
                    && let Some(frame) = &mut spec.window_frame
                {
                    untype_frame(frame);
                }
                // Their result's scale follows from the literal.
                let name = function.name.0.last().map(|part| part.to_string().to_ascii_lowercase());
                if matches!(name.as_deref(), Some("round" | "trunc"))
                    && let FunctionArguments::List(list) = &mut function.args
                {
                    list.args.iter_mut().skip(1).for_each(untype_argument);
                }
            }
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                sets.iter_mut().flatten().for_each(untype);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<Self::Break> {
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(exprs) = &mut order.kind
        {
            exprs.iter_mut().for_each(|order| untype(&mut order.expr));
        }
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &mut query.limit_clause {
            limit.iter_mut().for_each(untype);
            offset.iter_mut().for_each(|offset| untype(&mut offset.value));
        }
        if let Some(fetch) = &mut query.fetch {
            fetch.quantity.iter_mut().for_each(untype);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut ast::Select) -> ControlFlow<Self::Break> {
        if let GroupByExpr::Expressions(exprs, _) = &mut select.group_by {
            exprs.iter_mut().for_each(untype);
        }
        if let Some(ast::Distinct::On(exprs)) = &mut select.distinct {
            exprs.iter_mut().for_each(untype);
        }
        for ast::NamedWindowDefinition(_, window) in &mut select.named_window {
            if let ast::NamedWindowExpr::WindowSpec(spec) = window
                && let Some(frame) = &mut spec.window_frame
            {
                untype_frame(frame);
            }
        }
        ControlFlow::Continue(())
    }
}

/// A literal as it was.
fn untype(expr: &mut Expr) {
    if let Expr::Cast { expr: inner, data_type: DataType::Int4(None), .. } = expr
        && matches!(inner.as_ref(), Expr::Value(value) if matches!(value.value, Value::Number(..)))
    {
        *expr = std::mem::replace(inner, Expr::Value(Value::Null.into()));
    }
}

fn untype_argument(argument: &mut FunctionArg) {
    let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) =
        argument;
    if let FunctionArgExpr::Expr(expr) = arg {
        untype(expr);
    }
}

fn untype_frame(frame: &mut WindowFrame) {
    for bound in std::iter::once(&mut frame.start_bound).chain(&mut frame.end_bound) {
        if let WindowFrameBound::Preceding(Some(expr)) | WindowFrameBound::Following(Some(expr)) = bound {
            untype(expr);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_typed_and_counts_are_not() {
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        for (sql, expected) in [
            ("SELECT 1, 3000000000, 1.5", "SELECT CAST(1 AS INT4), 3000000000, 1.5"),
            (
                "SELECT a FROM t GROUP BY 1 ORDER BY 1 LIMIT 1 OFFSET 2",
                "SELECT a FROM t GROUP BY 1 ORDER BY 1 LIMIT 1 OFFSET 2",
            ),
            ("SELECT a FROM t WHERE a > 2", "SELECT a FROM t WHERE a > CAST(2 AS INT4)"),
            (
                "SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING)",
                "SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING)",
            ),
            ("SELECT round(a, 2)", "SELECT round(a, 2)"),
        ] {
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, sql).expect("valid SQL");
            super::type_integers(&mut statements[0]);
            assert_eq!(statements[0].to_string(), expected);
        }
    }
}
