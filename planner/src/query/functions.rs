//! Calls as the engine plans them: what is spelt with keywords, what gives rows. Done on the syntax tree, when everything else there is done.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, TableFactor, VisitMut, VisitorMut};

use super::{collected, hypothetical, row_alias, rows, spelling};

/// Rewrites a statement or an expression.
pub(crate) fn rewrite(node: &mut impl VisitMut) {
    let ControlFlow::Continue(()) = node.visit(&mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        row_alias::rewrite(query);
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Self::Break> {
        rows::rewrite_table(table);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Function(function) if rows::gives_rows(function) => rows::rewrite(function),
            Expr::Function(function) => {
                match hypothetical::rewrite(function).or_else(|| collected::rewrite(function)) {
                    Some(rewritten) => *expr = rewritten,
                    None => spelling::rewrite(expr),
                }
            }
            expr => spelling::rewrite(expr),
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn calls_are_written_plainly() {
        for (sql, expected) in [
            ("SELECT substring(a FROM 2 FOR 3)", "SELECT substring(a, 2, 3)"),
            ("SELECT substring(a FOR 3)", "SELECT substring(a, 1, 3)"),
            ("SELECT position('a' IN b)", "SELECT position(b, 'a')"),
            ("SELECT a SIMILAR TO 'b' ESCAPE '#'", "SELECT a ~ similar_to_escape('b', '#')"),
            ("SELECT ~a, @ b", "SELECT bitnot(a), abs(b)"),
            ("SELECT string_to_table(a, ',')", "SELECT unnest(string_to_array(a, ','))"),
            ("SELECT * FROM unnest(a) AS u", "SELECT * FROM UNNEST(unnest_array(a)) AS u (u)"),
            (
                "SELECT * FROM unnest(a) WITH ORDINALITY AS u (x)",
                "SELECT * FROM UNNEST(unnest_array(a), ordinality_array(unnest_array(a))) AS u (x, ordinality)",
            ),
            (
                "SELECT * FROM jsonb_each(a) AS e",
                "SELECT * FROM LATERAL (SELECT key AS key, jsonb(value) AS value FROM \
                 UNNEST(jsonb_each_keys(a), jsonb_each_values(a)) AS e (key, value)) AS e",
            ),
            (
                "SELECT ARRAY(SELECT a FROM t ORDER BY b DESC)",
                "SELECT (SELECT array_or_empty(array_agg(a ORDER BY b DESC)) FROM t)",
            ),
            (
                "SELECT json_agg(a ORDER BY b), array_agg(DISTINCT a) FROM t",
                "SELECT json_of_array(array_agg(json_element(a) ORDER BY b)), array_sort(array_agg(DISTINCT a), 'ASC', 'NULLS LAST') FROM t",
            ),
        ] {
            let dialect = sqlparser::dialect::PostgreSqlDialect {};
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, sql).expect("valid SQL");
            rewrite(&mut statements[0]);
            assert_eq!(statements[0].to_string(), expected);
        }
    }
}
