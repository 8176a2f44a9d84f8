//! `DELETE`.
//!
//! It becomes up to three queries with one condition: which segments have rows to delete and how many,
//! the rows that such segments keep, and what `RETURNING` asks of the deleted ones.

use sqlparser::ast::{self, Expr, TableFactor};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, unsupported};
use super::keywords::quote_identifier;
use super::parse::{parse_written, select_of};
use super::token::StatementTokens;
use super::{Delete, QualifiedName, Query, Statement};
use crate::catalog::{BY_SEGMENT, PATH, REST, SEGMENT};
use crate::error::{Result, SqlError};

/// `DELETE`, after the word itself.
pub(super) fn delete(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Statement> {
    cursor.expect_keywords("FROM")?;
    cursor.keywords("ONLY");
    let table = cursor.object_name()?;
    cursor.token(&Token::Mul);
    let is_alias = |word: &str| {
        !["USING", "WHERE", "RETURNING"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
    };
    let alias = match cursor.keywords("AS") || cursor.peek_word().is_some_and(is_alias) {
        true => Some(cursor.name()?.value),
        // One that is written with its schema gets its alias with all others.
        false => Some(table.value.clone()).filter(|_| table.schema.is_none()),
    };
    let alias = alias.map(|alias| format!(" AS {}", quote_identifier(&alias))).unwrap_or_default();
    let using = match cursor.keywords("USING") {
        true => cursor.parse_with(|parser| parser.parse_comma_separated(Parser::parse_table_and_joins))?,
        false => Vec::new(),
    };
    let mut condition = Expr::Value(ast::Value::Boolean(true).into());
    if cursor.keywords("WHERE") {
        let position = cursor.position();
        if cursor.keywords("CURRENT OF") {
            return Err(unsupported("WHERE CURRENT OF", position));
        }
        condition = cursor.expression()?.ast;
    }
    let position = cursor.position();
    let mut returning = None;
    if cursor.keywords("RETURNING") {
        if !using.is_empty() {
            return Err(unsupported("RETURNING of DELETE … USING", position));
        }
        let items = cursor.parse_with(|parser| parser.parse_comma_separated(Parser::parse_select_item))?;
        let mut query = of(tokens, "SELECT 1", table.sql(), &alias, condition.clone())?;
        select_of(&mut query.ast)?.projection = items;
        returning = Some(query);
    }
    if !using.is_empty() {
        let mut exists = parse_written("SELECT 1")?;
        let within = select_of(&mut exists)?;
        within.from = using;
        within.selection = Some(condition);
        let ast::Statement::Query(subquery) = exists else { return Err(misread()) };
        condition = Expr::Exists { subquery, negated: false };
    }
    let segment = quote_identifier(SEGMENT);
    let counted = format!("SELECT {segment}, count(*)");
    let mut counts = of(tokens, &counted, rows(BY_SEGMENT, &table), &alias, condition.clone())?;
    let by = ast::Ident::with_quote('"', SEGMENT);
    select_of(&mut counts.ast)?.group_by =
        ast::GroupByExpr::Expressions(vec![Expr::Identifier(by)], Vec::new());
    let kept = Expr::IsNotTrue(Box::new(Expr::Nested(Box::new(condition))));
    let rest = of(tokens, "SELECT *", rows(REST, &table), &alias, kept)?;
    Ok(Statement::Delete(Box::new(Delete { table, counts, rest, returning })))
}

/// A query of the table under its alias, if it has one, with a condition as it was written.
fn of(
    tokens: &StatementTokens<'_>,
    list: &str,
    table: String,
    alias: &str,
    condition: Expr,
) -> Result<Query> {
    let mut ast = parse_written(&format!("{list} FROM {table}{alias}"))?;
    let select = select_of(&mut ast)?;
    // The columns of all other tables are those of subqueries.
    debug_assert!(matches!(select.from[0].relation, TableFactor::Table { .. }));
    select.selection = Some(condition);
    Ok(Query { ast, explain: None, text: tokens.text.to_owned(), into: None })
}

/// Some of a table's rows, as a relation.
fn rows(which: &str, table: &QualifiedName) -> String {
    let schema = format!("{which}{}", table.schema.as_deref().unwrap_or(PATH));
    format!("{}.{}", quote_identifier(&schema), quote_identifier(&table.value))
}

fn misread() -> SqlError {
    SqlError::new("XX000", "a query of DELETE was not read as one")
}
