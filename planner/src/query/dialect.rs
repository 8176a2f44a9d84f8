//! What PostgreSQL's dialect means where DataFusion has another idea of it.
//!
//! Done on the syntax tree, before planning: only there a literal is still a literal.

use std::ops::ControlFlow;

use sqlparser::ast::{self, CastKind, Expr, Value, VisitMut, VisitorMut};

use super::times;
use crate::pg_catalog::call;

/// Rewrites a statement, or an expression of a source, into what DataFusion plans.
pub(crate) fn rewrite(node: &mut impl VisitMut) {
    let ControlFlow::Continue(()) = node.visit(&mut Rewriter);
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = std::convert::Infallible;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        match expr {
            Expr::Value(value) => {
                if let Value::UnicodeStringLiteral(text) = &value.value {
                    *expr = text_literal(&text.clone());
                }
            }
            Expr::TypedString(typed) => {
                let value = Expr::Value(typed.value.clone());
                *expr = cast(value, typed.data_type.clone());
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr: inner, data_type, .. } => {
                let null = Expr::Value(Value::Null.into());
                let inner = std::mem::replace(inner.as_mut(), null);
                *expr = cast(inner, data_type.clone());
            }
            Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("mod") => {
                if let ast::FunctionArguments::List(list) = &mut function.args
                    && let [
                        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(left)),
                        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(right)),
                    ] = list.args.as_mut_slice()
                {
                    let nested = |expr: &mut Expr| {
                        Box::new(Expr::Nested(Box::new(std::mem::replace(
                            expr,
                            Expr::Value(Value::Null.into()),
                        ))))
                    };
                    let (left, right) = (nested(left), nested(right));
                    *expr = Expr::BinaryOp { left, op: ast::BinaryOperator::Modulo, right };
                }
            }
            Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
                if let Some(escape) = escape_char.take() {
                    let null = Expr::Value(Value::Null.into());
                    let plain = std::mem::replace(pattern.as_mut(), null);
                    **pattern = call("like_escape", vec![plain, Expr::Value(escape)]);
                }
            }
            _ => {}
        }
        times::rewrite(expr);
        ControlFlow::Continue(())
    }
}

/// A cast, by a function where Arrow's type alone would lose what PostgreSQL's means.
fn cast(mut inner: Expr, data_type: ast::DataType) -> Expr {
    use ast::DataType as Sql;
    match &data_type {
        Sql::Uuid => call("uuid", vec![inner]),
        Sql::JSON => call("json", vec![inner]),
        Sql::JSONB => call("jsonb", vec![inner]),
        Sql::Bytea => call("bytea", vec![inner]),
        Sql::Custom(name, modifiers)
            if modifiers.is_empty() && name.to_string().eq_ignore_ascii_case("jsonpath") =>
        {
            call("jsonpath", vec![inner])
        }
        Sql::Varchar(Some(ast::CharacterLength::IntegerLength { length, .. }))
        | Sql::CharacterVarying(Some(ast::CharacterLength::IntegerLength { length, .. }))
        | Sql::CharVarying(Some(ast::CharacterLength::IntegerLength { length, .. })) => {
            call("varchar", vec![cast(inner, Sql::Text), text_literal(&length.to_string())])
        }
        Sql::Char(Some(ast::CharacterLength::IntegerLength { length, .. }))
        | Sql::Character(Some(ast::CharacterLength::IntegerLength { length, .. })) => {
            call("bpchar", vec![cast(inner, Sql::Text), text_literal(&length.to_string())])
        }
        Sql::Char(None) | Sql::Character(None) => {
            call("bpchar", vec![cast(inner, Sql::Text), text_literal("1")])
        }
        _ => {
            let is_float = matches!(
                data_type,
                Sql::Real | Sql::Float(_) | Sql::Float4 | Sql::Float8 | Sql::Double(_) | Sql::DoublePrecision
            );
            if let Expr::Value(value) = &inner
                && let Value::Number(number, _) = &value.value
                && is_float
            {
                // By way of a decimal some digits would be lost.
                inner = text_literal(&number.clone());
            }
            if let Sql::Interval { fields: None, .. } = &data_type
                && let Some(interval) = literal(&inner).and_then(times::interval_cast)
            {
                return interval;
            }
            if let Sql::Numeric(ast::ExactNumberInfo::None) | Sql::Decimal(ast::ExactNumberInfo::None) =
                &data_type
            {
                let digits = literal(&inner).map(|text| text.trim().trim_start_matches('-').to_owned());
                let is_plain = |text: &str| {
                    text.len() <= 38
                        && text.starts_with(|c: char| c.is_ascii_digit())
                        && text.chars().all(|c| c.is_ascii_digit() || c == '.')
                        && text.matches('.').count() <= 1
                };
                if let Some(digits) = digits.filter(|digits| is_plain(digits)) {
                    let scale = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
                    // `dec` for the engine: as many digits as are written, and no modifier.
                    let data_type = Sql::Dec(ast::ExactNumberInfo::PrecisionAndScale(38, scale as i64));
                    return Expr::Cast {
                        kind: CastKind::Cast,
                        expr: Box::new(inner),
                        data_type,
                        array: false,
                        format: None,
                    };
                }
            }
            if let Sql::Timestamp(..) | Sql::Date = &data_type
                && let Some(text) = literal(&inner)
            {
                match text.trim().to_ascii_lowercase().as_str() {
                    "epoch" => inner = text_literal("1970-01-01T00:00:00Z"),
                    "now" => inner = call("now", Vec::new()),
                    "today" => inner = call("current_date", Vec::new()),
                    text => {
                        if let Some(text) = with_seconds(text) {
                            inner = text_literal(&text);
                        }
                    }
                }
            }
            Expr::Cast { kind: CastKind::Cast, expr: Box::new(inner), data_type, array: false, format: None }
        }
    }
}

pub(super) fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            _ => None,
        },
        Expr::Nested(inner) => literal(inner),
        _ => None,
    }
}

/// `2026-05-01 12:30` with the seconds that the engine's reader wants; None where nothing is missing.
pub(super) fn with_seconds(text: &str) -> Option<String> {
    let (date, time) = text.split_at_checked(11)?;
    let (minutes, rest) = time.split_at_checked(5)?;
    let is_minutes = minutes.bytes().enumerate().all(|(index, byte)| match index {
        2 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let is_date = date.as_bytes()[4] == b'-' && matches!(date.as_bytes()[10], b' ' | b't' | b'T');
    (is_date && is_minutes && !rest.starts_with(':')).then(|| format!("{date}{minutes}:00{rest}"))
}

pub(super) fn text_literal(text: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(text.to_owned()).into())
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
            ("TIMESTAMP '2026-05-01 12:30'", "CAST('2026-05-01 12:30:00' AS TIMESTAMP)"),
            ("TIMESTAMPTZ '2026-05-01 12:30+02'", "CAST('2026-05-01 12:30:00+02' AS TIMESTAMPTZ)"),
            ("TIMESTAMP '2026-05-01 12:30:01'", "CAST('2026-05-01 12:30:01' AS TIMESTAMP)"),
            ("'epoch'::text", "CAST('epoch' AS TEXT)"),
            ("a::uuid", "uuid(a)"),
            ("a::varchar(3)", "varchar(CAST(a AS TEXT), '3')"),
            ("a::char", "bpchar(CAST(a AS TEXT), '1')"),
        ] {
            let sql = format!("SELECT {sql}");
            let mut statements = sqlparser::parser::Parser::parse_sql(&dialect, &sql).expect("valid SQL");
            super::rewrite(&mut statements[0]);
            assert_eq!(statements[0].to_string(), format!("SELECT {expected}"));
        }
    }
}
