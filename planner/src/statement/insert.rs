//! `INSERT`.

use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::copy::names;
use super::cursor::{Cursor, unsupported};
use super::keywords::quote_identifier;
use super::parse::{parse_written, select, select_of};
use super::token::StatementTokens;
use super::{Insert, InsertInto, Query, Statement};
use crate::error::Result;

/// `INSERT`, after the word itself.
pub(super) fn insert(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Statement> {
    cursor.expect_keywords("INTO")?;
    let table = cursor.object_name()?;
    let alias = if cursor.keywords("AS") { Some(cursor.name()?) } else { None };
    // A bracket may also begin the query.
    let is_query = cursor.peek_nth(1) == &Token::LParen
        || cursor.peek_nth_word(1).is_some_and(|word| {
            ["SELECT", "VALUES", "WITH", "TABLE"].iter().any(|first| word.eq_ignore_ascii_case(first))
        });
    let columns = match !is_query && cursor.token(&Token::LParen) {
        true => Some(names(cursor)?),
        false => None,
    };
    let mut overriding = false;
    if cursor.keywords("OVERRIDING SYSTEM VALUE") {
        overriding = true;
    } else if cursor.keywords("OVERRIDING USER VALUE") {
        return Err(unsupported("OVERRIDING USER VALUE", cursor.position()));
    }
    let (query, columns) = if cursor.keywords("DEFAULT VALUES") {
        let ast = parse_written("SELECT 1")?;
        (Query { ast, explain: None, text: tokens.text.to_owned(), into: None }, Some(Vec::new()))
    } else {
        (select(cursor, tokens)?, columns)
    };
    let position = cursor.position();
    if cursor.keywords("ON CONFLICT") {
        return Err(unsupported("ON CONFLICT", position).with_hint(
            "Keys are not enforced: rows are only added. Insert new versions, and query the newest.",
        ));
    }
    let mut returning = None;
    if cursor.keywords("RETURNING") {
        let items = cursor.parse_with(|parser| parser.parse_comma_separated(Parser::parse_select_item))?;
        let from = table.sql();
        let alias = alias.map(|alias| format!(" AS {}", quote_identifier(&alias.value))).unwrap_or_default();
        let mut ast = parse_written(&format!("SELECT 1 FROM {from}{alias}"))?;
        select_of(&mut ast)?.projection = items;
        returning = Some(Query { ast, explain: None, text: tokens.text.to_owned(), into: None });
    }
    let into = Some(InsertInto { table, columns, overriding });
    Ok(Statement::Insert(Box::new(Insert { query: Query { into, ..query }, returning })))
}
