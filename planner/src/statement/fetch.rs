//! Cursors: `DECLARE`, `FETCH`, `MOVE`, `CLOSE`.

use sqlparser::tokenizer::Token;

use super::cursor::Cursor;
use super::parse::select;
use super::token::StatementTokens;
use super::{Declare, Direction, Rows, Statement};
use crate::error::{Result, SqlError};

/// `DECLARE`, after the word itself.
pub(super) fn declare(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Statement> {
    let name = cursor.name()?.value;
    let (mut binary, mut scroll) = (false, None);
    loop {
        if cursor.keywords("BINARY") {
            binary = true;
        } else if cursor.keywords("NO SCROLL") {
            scroll = Some(false);
        } else if cursor.keywords("SCROLL") {
            scroll = Some(true);
        // A cursor reads one snapshot: it never sees what comes after it.
        } else if !cursor.keywords("INSENSITIVE") && !cursor.keywords("ASENSITIVE") {
            break;
        }
    }
    cursor.expect_keywords("CURSOR")?;
    let hold = cursor.keywords("WITH HOLD");
    if !hold {
        cursor.keywords("WITHOUT HOLD");
    }
    cursor.expect_keywords("FOR")?;
    let query = select(cursor, tokens)?;
    cursor.keywords("FOR READ ONLY");
    Ok(Statement::Declare(Box::new(Declare { name, query, binary, scroll: scroll == Some(true), hold })))
}

/// `FETCH` and `MOVE`, after the word itself.
pub(super) fn fetch(cursor: &mut Cursor<'_>, moves: bool) -> Result<Statement> {
    let direction = direction(cursor)?;
    let _ = cursor.keywords("FROM") || cursor.keywords("IN");
    Ok(Statement::Fetch { cursor: cursor.name()?.value, direction, moves })
}

/// `CLOSE`, after the word itself.
pub(super) fn close(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let name = if cursor.keywords("ALL") { None } else { Some(cursor.name()?.value) };
    Ok(Statement::Close { cursor: name })
}

fn direction(cursor: &mut Cursor<'_>) -> Result<Direction> {
    for (word, direction) in [
        ("NEXT", Direction::Forward(Rows::Count(1))),
        ("PRIOR", Direction::Backward(Rows::Count(1))),
        ("FIRST", Direction::Absolute(1)),
        ("LAST", Direction::Absolute(-1)),
        ("ALL", Direction::Forward(Rows::All)),
    ] {
        // A cursor may have one of these for its name.
        let is_name = cursor.peek_nth(1) == &Token::EOF;
        if !is_name && cursor.keywords(word) {
            return Ok(direction);
        }
    }
    if cursor.peek_nth(1) == &Token::EOF {
        return Ok(Direction::Forward(Rows::Count(1)));
    }
    if cursor.keywords("ABSOLUTE") {
        return Ok(Direction::Absolute(count(cursor)?.ok_or_else(|| cursor.syntax_error())?));
    }
    if cursor.keywords("RELATIVE") {
        return Ok(Direction::Relative(count(cursor)?.ok_or_else(|| cursor.syntax_error())?));
    }
    let backward = cursor.keywords("BACKWARD");
    if !backward {
        cursor.keywords("FORWARD");
    }
    let (rows, reverse) = match count(cursor)? {
        _ if cursor.keywords("ALL") => (Rows::All, false),
        None => (Rows::Count(1), false),
        Some(count) => (Rows::Count(count.unsigned_abs()), count < 0),
    };
    Ok(if backward != reverse { Direction::Backward(rows) } else { Direction::Forward(rows) })
}

/// A whole number with or without a sign.
fn count(cursor: &mut Cursor<'_>) -> Result<Option<i64>> {
    let position = cursor.position();
    let minus = cursor.token(&Token::Minus);
    let signed = minus || cursor.token(&Token::Plus);
    let Token::Number(number, _) = cursor.peek() else {
        return if signed { Err(cursor.syntax_error()) } else { Ok(None) };
    };
    cursor.advance();
    let number: i64 = number.parse().map_err(|_| {
        SqlError::new("42601", format!("\"{number}\" is not a whole number of rows")).at(position)
    })?;
    Ok(Some(if minus { -number } else { number }))
}
