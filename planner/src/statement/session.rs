//! Statements about the session: settings, transactions, prepared statements.

use sqlparser::tokenizer::Token;

use super::Statement;
use super::cursor::{Cursor, unsupported};
use super::keywords::quote_identifier;
use super::{fetch, transaction};
use crate::error::Result;

/// A statement about the session; None where its first word begins none.
pub(super) fn statement(cursor: &mut Cursor<'_>) -> Result<Option<Statement>> {
    let first = cursor.peek_word().unwrap_or_default().to_ascii_uppercase();
    if !matches!(
        first.as_str(),
        "SET"
            | "RESET"
            | "DISCARD"
            | "BEGIN"
            | "START"
            | "COMMIT"
            | "END"
            | "ROLLBACK"
            | "ABORT"
            | "SAVEPOINT"
            | "RELEASE"
            | "DEALLOCATE"
            | "CLOSE"
            | "LISTEN"
            | "UNLISTEN"
            | "NOTIFY"
            | "PREPARE"
            | "EXECUTE"
    ) {
        return Ok(None);
    }
    cursor.advance();
    let statement = match first.as_str() {
        "SET" => set(cursor)?,
        "RESET" => Statement::Reset { name: setting_name(cursor)? },
        "DISCARD" => discard(cursor)?,
        "BEGIN" => transaction::begin(cursor)?,
        "START" => transaction::start(cursor)?,
        "COMMIT" | "END" => transaction::commit(cursor)?,
        "ROLLBACK" | "ABORT" => transaction::rollback(cursor)?,
        "SAVEPOINT" => Statement::Savepoint { name: cursor.name()?.value },
        "RELEASE" => transaction::release(cursor)?,
        "DEALLOCATE" => deallocate(cursor)?,
        "CLOSE" => fetch::close(cursor)?,
        // Nothing notifies: to listen is to hear nothing.
        "LISTEN" => {
            cursor.name()?;
            Statement::Nothing { tag: "LISTEN" }
        }
        "UNLISTEN" => {
            if !cursor.token(&Token::Mul) {
                cursor.name()?;
            }
            Statement::Nothing { tag: "UNLISTEN" }
        }
        // Nobody listens.
        "NOTIFY" => {
            cursor.name()?;
            if cursor.token(&Token::Comma) {
                cursor.string()?;
            }
            Statement::Nothing { tag: "NOTIFY" }
        }
        "PREPARE" => prepare(cursor)?,
        "EXECUTE" => execute(cursor)?,
        other => return Err(unsupported(other, cursor.position())),
    };
    Ok(Some(statement))
}

/// `SHOW name`, after the word itself.
pub(super) fn show(cursor: &mut Cursor<'_>) -> Result<Statement> {
    if cursor.keywords("CREATE") {
        if !cursor.keywords("SOURCE") && !cursor.keywords("TABLE") {
            return Err(cursor.syntax_error_among(&["SOURCE"]));
        }
        return Ok(Statement::ShowCreateSource { name: cursor.object_name()? });
    }
    Ok(Statement::Show { name: setting_name(cursor)? })
}

/// A setting's name, or the words that stand for one.
fn setting_name(cursor: &mut Cursor<'_>) -> Result<String> {
    for (words, name) in [
        ("ALL", "all"),
        ("TIME ZONE", "timezone"),
        ("TRANSACTION ISOLATION LEVEL", "transaction_isolation"),
        ("SESSION AUTHORIZATION", "session_authorization"),
    ] {
        if cursor.keywords(words) {
            return Ok(name.to_owned());
        }
    }
    let mut name = cursor.name()?.value;
    while cursor.token(&Token::Period) {
        name = format!("{name}.{}", cursor.name()?.value);
    }
    // Settings are found without regard to case, also where they are quoted.
    Ok(name.to_ascii_lowercase())
}

fn set(cursor: &mut Cursor<'_>) -> Result<Statement> {
    if cursor.keywords("SESSION CHARACTERISTICS AS TRANSACTION") {
        return Ok(Statement::SetTransaction { modes: transaction::modes(cursor)?, session: true });
    }
    if cursor.keywords("TRANSACTION") {
        return Ok(Statement::SetTransaction { modes: transaction::modes(cursor)?, session: false });
    }
    let named = |name: &str, value, local| Statement::Set { name: name.to_owned(), value, local };
    if cursor.keywords("SESSION AUTHORIZATION") {
        return Ok(named("session_authorization", values(cursor, false)?, false));
    }
    let local = cursor.keywords("LOCAL");
    if !local && cursor.peek_nth_word(1).is_some() {
        cursor.keywords("SESSION");
    }
    if cursor.keywords("TIME ZONE") {
        let value = if cursor.keywords("LOCAL") { None } else { values(cursor, false)? };
        return Ok(named("timezone", value, local));
    }
    if cursor.keywords("NAMES") {
        let value = if cursor.is_end() { None } else { values(cursor, false)? };
        return Ok(named("client_encoding", value, local));
    }
    if cursor.keywords("SCHEMA") {
        return Ok(named("search_path", values(cursor, true)?, local));
    }
    if cursor.keywords("ROLE") {
        return Ok(named("role", values(cursor, false)?, local));
    }
    for words in ["CONSTRAINTS", "XML OPTION"] {
        let position = cursor.position();
        if cursor.keywords(words) {
            return Err(unsupported(format!("SET {words}"), position));
        }
    }
    let name = setting_name(cursor)?;
    if !cursor.keywords("TO") && !cursor.token(&Token::Eq) {
        return Err(cursor.syntax_error());
    }
    let value = values(cursor, name == "search_path")?;
    Ok(Statement::Set { name, value, local })
}

/// The values of a setting as one text; None is DEFAULT. In a list of names each is quoted where
/// it must be, so that it can be read again.
fn values(cursor: &mut Cursor<'_>, of_names: bool) -> Result<Option<String>> {
    if cursor.keywords("DEFAULT") {
        return Ok(None);
    }
    let mut values = Vec::new();
    loop {
        let value = value(cursor)?;
        values.push(if of_names { quote_identifier(&value) } else { value });
        if !cursor.token(&Token::Comma) {
            return Ok(Some(values.join(", ")));
        }
    }
}

fn value(cursor: &mut Cursor<'_>) -> Result<String> {
    cursor.keywords("INTERVAL");
    let sign = if cursor.token(&Token::Minus) {
        "-"
    } else {
        cursor.token(&Token::Plus);
        ""
    };
    match cursor.peek() {
        Token::Number(number, _) => {
            cursor.advance();
            Ok(format!("{sign}{number}"))
        }
        Token::Word(word) if sign.is_empty() => {
            // `on` and `true` are reserved, but values.
            cursor.advance();
            Ok(if word.quote_style.is_some() { word.value.clone() } else { word.value.to_ascii_lowercase() })
        }
        _ if sign.is_empty() => cursor.string(),
        _ => Err(cursor.syntax_error()),
    }
}

fn discard(cursor: &mut Cursor<'_>) -> Result<Statement> {
    const WHAT: [&str; 5] = ["ALL", "PLANS", "SEQUENCES", "TEMP", "TEMPORARY"];
    match WHAT.into_iter().find(|what| cursor.keywords(what)) {
        Some(what) => {
            let what = if what == "TEMPORARY" { "TEMP" } else { what };
            Ok(Statement::Discard { what: what.to_owned() })
        }
        None => Err(cursor.syntax_error_among(&WHAT)),
    }
}

fn deallocate(cursor: &mut Cursor<'_>) -> Result<Statement> {
    cursor.keywords("PREPARE");
    if cursor.keywords("ALL") {
        return Ok(Statement::Deallocate { name: None });
    }
    Ok(Statement::Deallocate { name: Some(cursor.name()?.value) })
}

/// `name [(types)] AS statement`, after PREPARE.
fn prepare(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let position = cursor.position();
    if cursor.keywords("TRANSACTION") {
        return Err(unsupported("PREPARE TRANSACTION", position));
    }
    let name = cursor.name()?.value;
    let mut types = Vec::new();
    if cursor.token(&Token::LParen) {
        loop {
            let from = cursor.index();
            cursor.parse_with(|parser| parser.parse_data_type())?;
            types.push(cursor.text_between(from, cursor.index()).to_owned());
            if !cursor.token(&Token::Comma) {
                break;
            }
        }
        cursor.expect(&Token::RParen)?;
    }
    cursor.expect_keywords("AS")?;
    let position = cursor.position();
    let mut statements = super::parse(cursor.rest()).map_err(|mut error| {
        error.position = error.position.map(|inner| inner + position - 1);
        error
    })?;
    let can_be = |statement: &Statement| {
        matches!(statement, Statement::Query(_) | Statement::Insert(_) | Statement::Delete(_))
    };
    match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) if can_be(&statement.statement) => {
            let statement = super::ParsedStatement { start: position - 1, ..statement };
            Ok(Statement::Prepare(Box::new(super::Prepare { name, types, statement: statement.into() })))
        }
        _ => Err(unsupported("PREPARE of this statement", position)),
    }
}

/// `name [(values)]`, after EXECUTE.
fn execute(cursor: &mut Cursor<'_>) -> Result<Statement> {
    let name = cursor.name()?.value;
    let mut values = Vec::new();
    if cursor.token(&Token::LParen) && !cursor.token(&Token::RParen) {
        loop {
            values.push(cursor.expression()?.text);
            if !cursor.token(&Token::Comma) {
                break;
            }
        }
        cursor.expect(&Token::RParen)?;
    }
    Ok(Statement::Execute { name, values })
}
