//! What PostgreSQL's dialect means where DataFusion has another idea of it.
//!
//! Done on the syntax tree, before planning: only there a literal is still a literal.

use std::ops::ControlFlow;

use sqlparser::ast::{self, CastKind, Expr, Ident, ObjectName, Value, VisitMut, VisitorMut};

/// Rewrites a statement into what DataFusion plans.
pub(super) fn rewrite(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::TypedString(typed) => {
                let value = Expr::Value(typed.value.clone());
                *expr = cast(value, typed.data_type.clone());
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr: inner, data_type, .. } => {
                let null = Expr::Value(Value::Null.into());
                let inner = std::mem::replace(inner.as_mut(), null);
                *expr = cast(inner, data_type.clone());
            }
            // `pg_catalog.lower(x)`: functions are in no other schema.
            Expr::Function(function) if function.name.0.len() == 2 => {
                let schema = function.name.0[0].as_ident().map(|ident| ident.value.as_str());
                if schema.is_some_and(|schema| schema.eq_ignore_ascii_case(crate::system_table::PG_CATALOG)) {
                    function.name.0.remove(0);
                }
            }
            // There is one collation, by bytes.
            Expr::Collate { expr: inner, collation } if is_plain_collation(collation) => {
                let null = Expr::Value(Value::Null.into());
                *expr = std::mem::replace(inner.as_mut(), null);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn is_plain_collation(collation: &ObjectName) -> bool {
    let name = collation.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.as_str());
    matches!(name, Some("default" | "C" | "POSIX" | "ucs_basic"))
}

/// A cast, by a function where Arrow's type alone would lose what PostgreSQL's means.
fn cast(mut inner: Expr, data_type: ast::DataType) -> Expr {
    use ast::DataType as Sql;
    match &data_type {
        Sql::Uuid => call("uuid", vec![inner]),
        Sql::JSON | Sql::JSONB => call("jsonb", vec![inner]),
        Sql::Bytea => call("bytea", vec![inner]),
        Sql::Varchar(Some(ast::CharacterLength::IntegerLength { length, .. }))
        | Sql::CharacterVarying(Some(ast::CharacterLength::IntegerLength { length, .. }))
        | Sql::CharVarying(Some(ast::CharacterLength::IntegerLength { length, .. })) => {
            let length = Expr::Value(Value::Number(length.to_string(), false).into());
            call("left", vec![cast(inner, Sql::Text), length])
        }
        _ => {
            if let Sql::Timestamp(..) | Sql::Date = &data_type
                && let Some(text) = literal(&inner)
            {
                match text.trim().to_ascii_lowercase().as_str() {
                    "epoch" => inner = text_literal("1970-01-01T00:00:00Z"),
                    "now" => inner = call("now", Vec::new()),
                    "today" => inner = call("current_date", Vec::new()),
                    _ => {}
                }
            }
            Expr::Cast { kind: CastKind::Cast, expr: Box::new(inner), data_type, array: false, format: None }
        }
    }
}

fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            _ => None,
        },
        Expr::Nested(inner) => literal(inner),
        _ => None,
    }
}

fn text_literal(text: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(text.to_owned()).into())
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(arg)));
    Expr::Function(ast::Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(ast::FunctionArgumentList {
            duplicate_treatment: None,
            args: args.collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn literals_and_casts_are_rewritten() {
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        for (sql, expected) in [
            ("TIMESTAMPTZ 'epoch'", "CAST('1970-01-01T00:00:00Z' AS TIMESTAMPTZ)"),
            ("'Epoch'::timestamp", "CAST('1970-01-01T00:00:00Z' AS TIMESTAMP)"),
            ("'epoch'", "'epoch'"),
            ("'epoch'::text", "CAST('epoch' AS TEXT)"),
            ("a::uuid", "uuid(a)"),
            ("a::varchar(3)", "left(CAST(a AS TEXT), 3)"),
            ("pg_catalog.lower(a COLLATE \"C\")", "lower(a)"),
        ] {
            let sql = format!("SELECT {sql}");
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, &sql).expect("valid SQL");
            super::rewrite(&mut statements[0]);
            assert_eq!(statements[0].to_string(), format!("SELECT {expected}"));
        }
    }
}
