//! `ALTER SOURCE`, `DROP` and `COMMENT ON`.

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, unsupported};
use super::options::source_options;
use super::{AlterSource, CommentTarget, DropKind, Statement, start};
use crate::error::Result;

pub(super) fn alter(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.advance();
    let position = cursor.position();
    if !cursor.keywords("SOURCE") {
        return Err(match cursor.peek_word().map(str::to_ascii_uppercase) {
            Some(word) if OBJECTS.contains(&word.as_str()) => {
                unsupported(format!("ALTER {word}"), position).with_hint("Use ALTER SOURCE for a source.")
            }
            _ => cursor.syntax_error_among(&["SOURCE"]),
        });
    }
    let if_exists = cursor.keywords("IF EXISTS");
    let name = cursor.object_name()?;
    let position = cursor.position();
    let action = if cursor.keywords("PAUSE") {
        AlterSource::Pause
    } else if cursor.keywords("RESUME") {
        AlterSource::Resume
    } else if cursor.keywords("RESET OFFSETS TO") {
        if cursor.keywords("TIMESTAMP") {
            AlterSource::ResetOffsets(start::timestamp(cursor)?)
        } else {
            AlterSource::ResetOffsets(start::offsets(cursor)?)
        }
    } else if cursor.keywords("SET") {
        AlterSource::Set(source_options(cursor)?)
    } else if cursor.keywords("RENAME TO") {
        AlterSource::Rename(cursor.name()?)
    } else {
        for later in ["ADD", "DROP", "RENAME", "ALTER", "RETRY DEAD LETTERS", "OWNER"] {
            if cursor.keywords(later) {
                return Err(unsupported(format!("ALTER SOURCE … {later}"), position));
            }
        }
        return Err(cursor.syntax_error_among(&["PAUSE", "RESUME", "RESET OFFSETS TO", "SET", "RENAME TO"]));
    };
    Ok(Statement::AlterSource { name, if_exists, action })
}

pub(super) fn drop(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.advance();
    let position = cursor.position();
    let kind = if cursor.keywords("SOURCE") {
        DropKind::Source
    } else if cursor.keywords("CONNECTION") {
        DropKind::Connection
    } else {
        return Err(match cursor.peek_word().map(str::to_ascii_uppercase) {
            Some(word) if OBJECTS.contains(&word.as_str()) => {
                unsupported(format!("DROP {word}"), position).with_hint("Use DROP SOURCE for a source.")
            }
            _ => cursor.syntax_error_among(&["SOURCE", "CONNECTION"]),
        });
    };
    let if_exists = cursor.keywords("IF EXISTS");
    let mut names = vec![cursor.object_name()?];
    while cursor.token(&Token::Comma) {
        names.push(cursor.object_name()?);
    }
    let cascade = cursor.keywords("CASCADE");
    if !cascade {
        cursor.keywords("RESTRICT");
    }
    Ok(Statement::Drop { kind, names, if_exists, cascade })
}

pub(super) fn comment(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.advance();
    cursor.expect_keywords("ON")?;
    let position = cursor.position();
    let target = if cursor.keywords("SOURCE") || cursor.keywords("TABLE") {
        CommentTarget::Source(cursor.object_name()?)
    } else if cursor.keywords("CONNECTION") {
        CommentTarget::Connection(cursor.object_name()?)
    } else if cursor.keywords("COLUMN") {
        // `table.column`, or `public.table.column`.
        if matches!((cursor.peek_nth(1), cursor.peek_nth(3)), (Token::Period, Token::Period)) {
            let table = cursor.object_name()?;
            cursor.expect(&Token::Period)?;
            CommentTarget::Column(table, cursor.name()?)
        } else {
            let table = cursor.name()?;
            cursor.expect(&Token::Period)?;
            CommentTarget::Column(table, cursor.name()?)
        }
    } else {
        return Err(match cursor.peek_word().map(str::to_ascii_uppercase) {
            Some(word) if OBJECTS.contains(&word.as_str()) => {
                unsupported(format!("COMMENT ON {word}"), position)
            }
            _ => cursor.syntax_error_among(&["SOURCE", "TABLE", "COLUMN", "CONNECTION"]),
        });
    };
    cursor.expect_keywords("IS")?;
    let text = if cursor.keywords("NULL") { None } else { Some(cursor.string()?) };
    Ok(Statement::Comment { target, text })
}

/// Kinds of objects that PostgreSQL has, or that we will have.
const OBJECTS: &[&str] = &[
    "TABLE",
    "VIEW",
    "MATERIALIZED",
    "SINK",
    "SECRET",
    "INDEX",
    "ROLE",
    "USER",
    "GROUP",
    "DATABASE",
    "SCHEMA",
    "FUNCTION",
    "PROCEDURE",
    "EXTENSION",
    "SEQUENCE",
    "TYPE",
    "DOMAIN",
    "TRIGGER",
    "POLICY",
    "SYSTEM",
    "DEFAULT",
    "OWNED",
];
