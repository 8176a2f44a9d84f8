//! Expressions that sqlparser does not read, or reads as something else.
//!
//! | written | read as |
//! |---|---|
//! | `current_schema` | `current_schema()` |
//! | `jsonpath '$.a'` | `CAST('$.a' AS jsonpath)` |
//! | `trim(LEADING FROM x)` | `ltrim(x)`, and so on |
//! | `x ISNULL` | `x IS NULL` |
//! | `x BETWEEN SYMMETRIC a AND b` | `(x BETWEEN a AND b OR x BETWEEN b AND a)` |

use sqlparser::ast::{BinaryOperator, Expr, TypedString, UnaryOperator};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use crate::pg_catalog::call;

/// What begins an expression; None of what sqlparser reads.
pub(super) fn parse_prefix(parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
    let [first, second] = parser.peek_tokens_ref();
    if is_named(&first.token, "current_schema") && second.token != Token::LParen {
        parser.advance_token();
        return Some(Ok(call("current_schema", Vec::new())));
    }
    if is_named(&first.token, "jsonpath") && matches!(second.token, Token::SingleQuotedString(_)) {
        return Some(typed_literal(parser));
    }
    if !is_word(&first.token, Keyword::TRIM) {
        return None;
    }
    let [_, open, side, from] = parser.peek_tokens_ref();
    if open.token != Token::LParen || !is_word(&from.token, Keyword::FROM) {
        return None;
    }
    let name = [(Keyword::LEADING, "ltrim"), (Keyword::TRAILING, "rtrim"), (Keyword::BOTH, "btrim")]
        .into_iter()
        .find(|(keyword, _)| is_word(&side.token, *keyword))
        .map(|(_, name)| name)?;
    for _ in 0..4 {
        parser.advance_token();
    }
    let trimmed = parser.parse_expr().and_then(|expr| {
        parser.expect_token(&Token::RParen)?;
        Ok(call(name, vec![expr]))
    });
    Some(trimmed)
}

/// A literal behind the name of a type that sqlparser takes for that of a column.
fn typed_literal(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    let data_type = parser.parse_data_type()?;
    let value = parser.parse_value()?;
    Ok(Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false }))
}

/// Whether `ISNULL` comes next.
pub(super) fn is_null_test(parser: &Parser<'_>) -> bool {
    is_named(&parser.peek_token_ref().token, "isnull")
}

/// What goes on behind an expression; None of what sqlparser reads. `precedence` is that of BETWEEN.
pub(super) fn parse_infix(
    parser: &mut Parser<'_>,
    left: &Expr,
    precedence: u8,
) -> Option<Result<Expr, ParserError>> {
    if is_null_test(parser) {
        parser.advance_token();
        return Some(Ok(Expr::IsNull(Box::new(left.clone()))));
    }
    let [first, second, third] = parser.peek_tokens_ref();
    let negated = is_word(&first.token, Keyword::NOT);
    let (between, symmetric) = if negated { (second, third) } else { (first, second) };
    if !is_word(&between.token, Keyword::BETWEEN) || !is_word(&symmetric.token, Keyword::SYMMETRIC) {
        return None;
    }
    for _ in 0..if negated { 3 } else { 2 } {
        parser.advance_token();
    }
    Some(between_symmetric(parser, left, precedence, negated))
}

fn between_symmetric(
    parser: &mut Parser<'_>,
    left: &Expr,
    precedence: u8,
    negated: bool,
) -> Result<Expr, ParserError> {
    let low = parser.parse_subexpr(precedence)?;
    parser.expect_keyword_is(Keyword::AND)?;
    let high = parser.parse_subexpr(precedence)?;
    let between = |low: &Expr, high: &Expr| {
        Box::new(Expr::Between {
            expr: Box::new(left.clone()),
            negated: false,
            low: Box::new(low.clone()),
            high: Box::new(high.clone()),
        })
    };
    let either =
        Expr::BinaryOp { left: between(&low, &high), op: BinaryOperator::Or, right: between(&high, &low) };
    let either = Expr::Nested(Box::new(either));
    Ok(if negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(either) } } else { either })
}

fn is_word(token: &Token, keyword: Keyword) -> bool {
    matches!(token, Token::Word(word) if word.keyword == keyword)
}

/// What sqlparser knows as no keyword.
fn is_named(token: &Token, name: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(name))
}
