//! What PostgreSQL's dialect means where the engine has no word for it. Done on the syntax tree:
//! only there a literal is still a literal.

use std::ops::ControlFlow;

use sqlparser::ast::{self, DataType, Expr, Value, VisitMut, VisitorMut};

/// The first moment of 1970, which PostgreSQL calls `epoch`.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// Rewrites a statement into what the engine plans.
pub(super) fn rewrite(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let (literal, data_type) = match expr {
            Expr::TypedString(typed) => (&mut typed.value.value, &typed.data_type),
            Expr::Cast { expr, data_type, .. } => match expr.as_mut() {
                Expr::Value(value) => (&mut value.value, &*data_type),
                _ => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        if let (Value::SingleQuotedString(text), DataType::Timestamp(..) | DataType::Date) =
            (literal, data_type)
            && text.trim().eq_ignore_ascii_case("epoch")
        {
            EPOCH.clone_into(text);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn epoch_is_a_literal_of_times() {
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        let sql = "SELECT TIMESTAMPTZ 'epoch', 'Epoch'::timestamp, 'epoch', 'epoch'::text";
        let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, sql).expect("valid SQL");
        super::rewrite(&mut statements[0]);
        assert_eq!(
            statements[0].to_string(),
            "SELECT TIMESTAMPTZ '1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'::TIMESTAMP, 'epoch', 'epoch'::TEXT"
        );
    }
}
