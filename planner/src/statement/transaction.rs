//! Transaction blocks and their savepoints.

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, unsupported};
use super::{Statement, TransactionModes};
use crate::error::Result;

/// `BEGIN`, after the word itself.
pub(super) fn begin(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let _ = cursor.keywords("WORK") || cursor.keywords("TRANSACTION");
    Ok(Statement::Begin { modes: modes(cursor)?, tag: "BEGIN" })
}

/// `START TRANSACTION`, after the first word.
pub(super) fn start(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.expect_keywords("TRANSACTION")?;
    Ok(Statement::Begin { modes: modes(cursor)?, tag: "START TRANSACTION" })
}

/// `COMMIT` and `END`, after the word itself.
pub(super) fn commit(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let _ = cursor.keywords("WORK") || cursor.keywords("TRANSACTION");
    Ok(Statement::Commit { chain: chain(cursor)? })
}

/// `ROLLBACK` and `ABORT`, after the word itself.
pub(super) fn rollback(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let _ = cursor.keywords("WORK") || cursor.keywords("TRANSACTION");
    if cursor.keywords("TO") {
        cursor.keywords("SAVEPOINT");
        return Ok(Statement::RollbackTo { savepoint: cursor.name()?.value });
    }
    Ok(Statement::Rollback { chain: chain(cursor)? })
}

/// `RELEASE`, after the word itself.
pub(super) fn release(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.keywords("SAVEPOINT");
    Ok(Statement::Release { savepoint: cursor.name()?.value })
}

fn chain(cursor: &mut Cursor<'_>) -> Result<bool> {
    let position = cursor.position();
    if cursor.keywords("PREPARED") {
        return Err(unsupported("a two-phase transaction", position));
    }
    Ok(cursor.keywords("AND CHAIN") || {
        cursor.keywords("AND NO CHAIN");
        false
    })
}

/// What `BEGIN` and `SET TRANSACTION` may say, to the end of the statement.
pub(super) fn modes(cursor: &mut Cursor<'_>) -> Result<TransactionModes> {
    let mut modes = TransactionModes::default();
    while !cursor.is_end() {
        if cursor.keywords("ISOLATION LEVEL") {
            let levels = ["SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED"];
            let names = ["serializable", "repeatable read", "read committed", "read uncommitted"];
            match levels.into_iter().zip(names).find(|(level, _)| cursor.keywords(level)) {
                Some((_, name)) => modes.isolation = Some(name),
                None => return Err(cursor.syntax_error()),
            }
        } else if cursor.keywords("READ ONLY") {
            modes.read_only = Some(true);
        } else if cursor.keywords("READ WRITE") {
            modes.read_only = Some(false);
        } else if !cursor.keywords("DEFERRABLE") && !cursor.keywords("NOT DEFERRABLE") {
            return Err(cursor.syntax_error());
        }
        if cursor.token(&Token::Comma) && cursor.is_end() {
            return Err(cursor.syntax_error());
        }
    }
    Ok(modes)
}
