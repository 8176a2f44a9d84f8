//! `ALTER`, `DROP`, `TRUNCATE` and `COMMENT ON`.

use sqlparser::tokenizer::Token;

use super::create_table::lone_column;
use super::cursor::{Cursor, qualified, unsupported};
use super::options::source_options;
use super::{AlterSource, AlterTable, CommentTarget, DropKind, Statement, start};
use crate::error::Result;

pub(super) fn alter(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.advance();
    let position = cursor.position();
    if cursor.keywords("TABLE") {
        return alter_table(cursor);
    }
    if !cursor.keywords("SOURCE") {
        return Err(match cursor.peek_word().map(str::to_ascii_uppercase) {
            Some(word) if OBJECTS.contains(&word.as_str()) => unsupported(format!("ALTER {word}"), position),
            _ => cursor.syntax_error_among(&["SOURCE", "TABLE"]),
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
    } else if cursor.keywords("TABLE") {
        DropKind::Table
    } else if cursor.keywords("VIEW") {
        DropKind::View
    } else if cursor.keywords("SCHEMA") {
        DropKind::Schema
    } else {
        return Err(match cursor.peek_word().map(str::to_ascii_uppercase) {
            Some(word) if OBJECTS.contains(&word.as_str()) => unsupported(format!("DROP {word}"), position),
            _ => cursor.syntax_error_among(&["SOURCE", "CONNECTION", "TABLE", "VIEW", "SCHEMA"]),
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
    let target = if cursor.keywords("SOURCE") || cursor.keywords("TABLE") || cursor.keywords("VIEW") {
        CommentTarget::Relation(cursor.object_name()?)
    } else if cursor.keywords("CONNECTION") {
        CommentTarget::Connection(cursor.name()?)
    } else if cursor.keywords("SCHEMA") {
        CommentTarget::Schema(cursor.name()?)
    } else if cursor.keywords("COLUMN") {
        let mut table = vec![cursor.name()?];
        cursor.expect(&Token::Period)?;
        let mut column = cursor.name()?;
        while table.len() < 3 && cursor.token(&Token::Period) {
            table.push(std::mem::replace(&mut column, cursor.name()?));
        }
        CommentTarget::Column(qualified(table)?, column)
    } else {
        return Err(match cursor.peek_word().map(str::to_ascii_uppercase) {
            Some(word) if OBJECTS.contains(&word.as_str()) => {
                unsupported(format!("COMMENT ON {word}"), position)
            }
            _ => cursor.syntax_error_among(&["SOURCE", "TABLE", "COLUMN", "CONNECTION", "SCHEMA"]),
        });
    };
    cursor.expect_keywords("IS")?;
    let text = if cursor.keywords("NULL") { None } else { Some(cursor.string()?) };
    Ok(Statement::Comment { target, text })
}

/// `TRUNCATE`, after the word itself.
pub(super) fn truncate(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.keywords("TABLE");
    let mut names = Vec::new();
    loop {
        cursor.keywords("ONLY");
        names.push(cursor.object_name()?);
        if !cursor.token(&Token::Comma) {
            break;
        }
    }
    let position = cursor.position();
    if cursor.keywords("RESTART IDENTITY") {
        return Err(unsupported("RESTART IDENTITY", position));
    }
    cursor.keywords("CONTINUE IDENTITY");
    // No other table depends on the rows of one: CASCADE and RESTRICT are the same.
    if !cursor.keywords("CASCADE") {
        cursor.keywords("RESTRICT");
    }
    Ok(Statement::Truncate { names })
}

/// After `ALTER TABLE`.
fn alter_table(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let if_exists = cursor.keywords("IF EXISTS");
    cursor.keywords("ONLY");
    let name = cursor.object_name()?;
    let mut actions = Vec::new();
    loop {
        actions.push(table_action(cursor)?);
        if !cursor.token(&Token::Comma) {
            return Ok(Statement::AlterTable { name, if_exists, actions });
        }
    }
}

fn table_action(cursor: &mut Cursor<'_>) -> Result<AlterTable> {
    let position = cursor.position();
    if cursor.keywords("RENAME TO") {
        return Ok(AlterTable::Rename(cursor.name()?));
    }
    if cursor.keywords("SET SCHEMA") {
        return Ok(AlterTable::SetSchema(cursor.name()?));
    }
    for later in [
        "ADD CONSTRAINT",
        "ADD PRIMARY KEY",
        "ADD UNIQUE",
        "ADD CHECK",
        "ADD FOREIGN KEY",
        "OWNER",
        "SET",
        "DROP CONSTRAINT",
        "RENAME CONSTRAINT",
        "ENABLE",
        "DISABLE",
        "CLUSTER",
        "REPLICA",
    ] {
        if cursor.keywords(later) {
            return Err(unsupported(format!("ALTER TABLE … {later}"), position));
        }
    }
    if cursor.keywords("ADD") {
        cursor.keywords("COLUMN");
        let if_not_exists = cursor.keywords("IF NOT EXISTS");
        return Ok(AlterTable::AddColumn { column: lone_column(cursor)?, if_not_exists });
    }
    if cursor.keywords("DROP") {
        cursor.keywords("COLUMN");
        let if_exists = cursor.keywords("IF EXISTS");
        let name = cursor.name()?;
        if !cursor.keywords("CASCADE") {
            cursor.keywords("RESTRICT");
        }
        return Ok(AlterTable::DropColumn { name, if_exists });
    }
    if cursor.keywords("RENAME") {
        cursor.keywords("COLUMN");
        let from = cursor.name()?;
        cursor.expect_keywords("TO")?;
        return Ok(AlterTable::RenameColumn { from, to: cursor.name()? });
    }
    if cursor.keywords("ALTER") {
        cursor.keywords("COLUMN");
        let column = cursor.name()?;
        let position = cursor.position();
        if cursor.keywords("SET DEFAULT") {
            return Ok(AlterTable::SetDefault { column, default: Some(cursor.expression()?) });
        }
        if cursor.keywords("DROP DEFAULT") {
            return Ok(AlterTable::SetDefault { column, default: None });
        }
        for later in ["SET", "DROP", "TYPE", "ADD"] {
            if cursor.keywords(later) {
                return Err(unsupported(format!("ALTER COLUMN … {later}"), position));
            }
        }
        return Err(cursor.syntax_error_among(&["SET DEFAULT", "DROP DEFAULT"]));
    }
    Err(cursor.syntax_error_among(&["ADD", "DROP", "RENAME", "ALTER"]))
}

/// Kinds of objects that PostgreSQL has, or that we will have.
const OBJECTS: &[&str] = &[
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
