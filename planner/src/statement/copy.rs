//! `COPY`, with its options in both of PostgreSQL's spellings.

use sqlparser::tokenizer::Token;

use super::cursor::{Cursor, unsupported};
use super::keywords::quote_identifier;
use super::parse::{parse_written, select};
use super::token::StatementTokens;
use super::{
    Copy, CopyFormat, CopyFrom, CopyOptions, Header, Name, QualifiedName, Query, SomeColumns, Statement,
};
use crate::error::{Result, SqlError};

/// `COPY`, after the word itself.
pub(super) fn copy(cursor: &mut Cursor<'_>, tokens: &StatementTokens<'_>) -> Result<Statement> {
    let mut given = Given::default();
    if cursor.token(&Token::LParen) {
        let query = select(cursor, tokens)?;
        cursor.expect(&Token::RParen)?;
        return copy_to(cursor, query, given);
    }
    // The oldest spelling has it before the name.
    if cursor.peek_nth(1) != &Token::Period && !matches!(cursor.peek_nth_word(1), Some("TO" | "FROM")) {
        given.binary = cursor.keywords("BINARY");
    }
    let table = cursor.object_name()?;
    let columns = match cursor.token(&Token::LParen) {
        true => Some(names(cursor)?),
        false => None,
    };
    if cursor.keywords("FROM") {
        return copy_from(cursor, table, columns, given);
    }
    let columns: Vec<String> =
        columns.unwrap_or_default().iter().map(|name| quote_identifier(&name.value)).collect();
    let columns = if columns.is_empty() { "*".to_owned() } else { columns.join(", ") };
    let ast = parse_written(&format!("SELECT {columns} FROM {}", table.sql()))?;
    let query = Query { ast, explain: None, text: tokens.text.to_owned(), into: None };
    copy_to(cursor, query, given)
}

fn copy_to(cursor: &mut Cursor<'_>, query: Query, mut given: Given) -> Result<Statement> {
    cursor.expect_keywords("TO")?;
    let position = cursor.position();
    if !cursor.keywords("STDOUT") {
        if cursor.keywords("PROGRAM") || cursor.string().is_ok() {
            return Err(SqlError::new("42501", "COPY to a file of the server is not possible")
                .with_hint("Use COPY … TO STDOUT, or psql's \\copy, which writes where psql runs.")
                .at(position));
        }
        return Err(cursor.syntax_error_among(&["STDOUT"]));
    }
    all_options(cursor, &mut given)?;
    Ok(Statement::Copy(Box::new(Copy { query, options: given.checked()? })))
}

fn copy_from(
    cursor: &mut Cursor<'_>,
    table: QualifiedName,
    columns: Option<Vec<Name>>,
    mut given: Given,
) -> Result<Statement> {
    let position = cursor.position();
    if !cursor.keywords("STDIN") {
        if cursor.keywords("PROGRAM") || cursor.string().is_ok() {
            return Err(SqlError::new("42501", "COPY from a file of the server is not possible")
                .with_hint("Use COPY … FROM STDIN, or psql's \\copy, which reads where psql runs.")
                .at(position));
        }
        return Err(cursor.syntax_error_among(&["STDIN"]));
    }
    given.is_from = true;
    all_options(cursor, &mut given)?;
    let position = cursor.position();
    if cursor.keywords("WHERE") {
        return Err(unsupported("COPY … WHERE", position));
    }
    Ok(Statement::CopyFrom(Box::new(CopyFrom { table, columns, options: given.checked()? })))
}

fn all_options(cursor: &mut Cursor<'_>, given: &mut Given) -> Result<()> {
    cursor.keywords("WITH");
    if cursor.token(&Token::LParen) { options(cursor, given) } else { old_options(cursor, given) }
}

/// The rest of a list in brackets.
pub(super) fn names(cursor: &mut Cursor<'_>) -> Result<Vec<Name>> {
    let mut names = vec![cursor.name()?];
    while cursor.token(&Token::Comma) {
        names.push(cursor.name()?);
    }
    cursor.expect(&Token::RParen)?;
    Ok(names)
}

/// What was written, before it is known which format it is for.
#[derive(Default)]
struct Given {
    is_from: bool,
    binary: bool,
    csv: bool,
    delimiter: Option<Written<u8>>,
    null: Option<Written<String>>,
    quote: Option<Written<u8>>,
    escape: Option<Written<u8>>,
    force_quote: Option<Written<SomeColumns>>,
    force_null: SomeColumns,
    force_not_null: SomeColumns,
    header: Header,
}

/// A value with its place.
struct Written<T> {
    value: T,
    position: usize,
}

impl Given {
    fn checked(self) -> Result<CopyOptions> {
        let invalid = |position, message: String| Err(SqlError::new("22023", message).at(position));
        let format = match (self.binary, self.csv) {
            (true, _) => CopyFormat::Binary,
            (_, true) => CopyFormat::Csv,
            _ => CopyFormat::Text,
        };
        if format == CopyFormat::Binary {
            for (position, name) in [
                (self.delimiter.as_ref().map(|given| given.position), "DELIMITER"),
                (self.null.as_ref().map(|given| given.position), "NULL"),
            ] {
                if let Some(position) = position {
                    let message = format!("cannot specify {name} in BINARY mode");
                    return Err(SqlError::new("42601", message).at(position));
                }
            }
        }
        if format != CopyFormat::Csv {
            for (position, name) in [
                (self.quote.as_ref().map(|given| given.position), "quote"),
                (self.escape.as_ref().map(|given| given.position), "escape"),
                (self.force_quote.as_ref().map(|given| given.position), "force quote"),
            ] {
                if let Some(position) = position {
                    let message = format!("COPY {name} available only in CSV mode");
                    return Err(SqlError::new("0A000", message).at(position));
                }
            }
        }
        let csv = format == CopyFormat::Csv;
        let delimiter = self.delimiter.as_ref().map_or(if csv { b',' } else { b'\t' }, |given| given.value);
        let quote = self.quote.as_ref().map_or(b'"', |given| given.value);
        let null = self.null.as_ref().map(|given| given.value.clone());
        let null = null.unwrap_or_else(|| if csv { String::new() } else { "\\N".to_owned() });
        if let Some(given) = &self.delimiter {
            if matches!(given.value, b'\n' | b'\r') {
                return invalid(
                    given.position,
                    "COPY delimiter cannot be newline or carriage return".to_owned(),
                );
            }
            // In text they are parts of values or of escapes.
            if !csv && (given.value.is_ascii_alphanumeric() || matches!(given.value, b'\\' | b'.')) {
                let character = char::from(given.value);
                return invalid(given.position, format!("COPY delimiter cannot be \"{character}\""));
            }
            if csv && given.value == quote {
                return invalid(given.position, "COPY delimiter and quote must be different".to_owned());
            }
        }
        if let Some(given) = &self.null {
            if given.value.contains(['\n', '\r']) {
                let message = "COPY null representation cannot use newline or carriage return";
                return invalid(given.position, message.to_owned());
            }
            if given.value.as_bytes().contains(&delimiter) {
                let message = "COPY delimiter must not appear in the NULL specification";
                return invalid(given.position, message.to_owned());
            }
            if csv && given.value.as_bytes().contains(&quote) {
                let message = "CSV quote character must not appear in the NULL specification";
                return invalid(given.position, message.to_owned());
            }
        }
        Ok(CopyOptions {
            format,
            delimiter,
            null,
            quote,
            escape: self.escape.map_or(quote, |given| given.value),
            force_quote: self.force_quote.map(|given| given.value).unwrap_or_default(),
            force_null: self.force_null,
            force_not_null: self.force_not_null,
            header: self.header,
        })
    }
}

/// `(FORMAT csv, HEADER, …)`, after the bracket.
fn options(cursor: &mut Cursor<'_>, given: &mut Given) -> Result<()> {
    loop {
        let position = cursor.position();
        let Some(word) = cursor.peek_word() else { return Err(cursor.syntax_error()) };
        cursor.advance();
        match word.to_ascii_lowercase().as_str() {
            "format" => format(cursor, given)?,
            "delimiter" => given.delimiter = Some(byte(cursor, "delimiter")?),
            "null" => given.null = Some(text(cursor)?),
            "quote" => given.quote = Some(byte(cursor, "quote")?),
            "escape" => given.escape = Some(byte(cursor, "escape")?),
            "header" => given.header = header(cursor, given.is_from)?,
            "encoding" => encoding(cursor)?,
            "force_quote" => {
                let position = cursor.position();
                given.force_quote = Some(Written { value: columns(cursor)?, position });
            }
            // About a table's pages.
            "freeze" if given.is_from => {
                header(cursor, false)?;
            }
            "force_null" if given.is_from => given.force_null = columns(cursor)?,
            "force_not_null" if given.is_from => given.force_not_null = columns(cursor)?,
            name @ ("force_not_null" | "force_null" | "freeze") => {
                let message = format!("COPY {name} cannot be used with COPY TO");
                return Err(SqlError::new("0A000", message).at(position));
            }
            name => {
                return Err(SqlError::new("42601", format!("option \"{name}\" not recognized")).at(position));
            }
        }
        if !cursor.token(&Token::Comma) {
            return cursor.expect(&Token::RParen);
        }
    }
}

/// `CSV HEADER DELIMITER AS ';' …`, as before PostgreSQL 9.0; many tools still write it.
fn old_options(cursor: &mut Cursor<'_>, given: &mut Given) -> Result<()> {
    while !cursor.is_end() {
        if cursor.keywords("BINARY") {
            given.binary = true;
        } else if cursor.keywords("CSV") {
            given.csv = true;
        } else if cursor.keywords("HEADER") {
            given.header = Header::Yes;
        } else if cursor.keywords("DELIMITER") || cursor.keywords("DELIMITERS") {
            cursor.keywords("AS");
            given.delimiter = Some(byte(cursor, "delimiter")?);
        } else if cursor.keywords("NULL") {
            cursor.keywords("AS");
            given.null = Some(text(cursor)?);
        } else if cursor.keywords("QUOTE") {
            cursor.keywords("AS");
            given.quote = Some(byte(cursor, "quote")?);
        } else if cursor.keywords("ESCAPE") {
            cursor.keywords("AS");
            given.escape = Some(byte(cursor, "escape")?);
        } else if cursor.keywords("ENCODING") {
            encoding(cursor)?;
        } else if cursor.keywords("FORCE QUOTE") {
            let position = cursor.position();
            let value = if cursor.token(&Token::Mul) {
                SomeColumns::All
            } else {
                let mut columns = vec![cursor.name()?];
                while cursor.token(&Token::Comma) {
                    columns.push(cursor.name()?);
                }
                SomeColumns::Columns(columns)
            };
            given.force_quote = Some(Written { value, position });
        } else {
            return Err(cursor.syntax_error());
        }
    }
    Ok(())
}

fn format(cursor: &mut Cursor<'_>, given: &mut Given) -> Result<()> {
    let position = cursor.position();
    let name = match cursor.peek_word() {
        Some(word) => {
            cursor.advance();
            word.to_ascii_lowercase()
        }
        None => cursor.string()?.to_ascii_lowercase(),
    };
    match name.as_str() {
        "text" => {}
        "csv" => given.csv = true,
        "binary" => given.binary = true,
        _ => {
            return Err(SqlError::new("22023", format!("COPY format \"{name}\" not recognized"))
                .with_hint("There are text, csv and binary.")
                .at(position));
        }
    }
    Ok(())
}

/// `*`, or names in brackets.
fn columns(cursor: &mut Cursor<'_>) -> Result<SomeColumns> {
    if cursor.token(&Token::Mul) {
        return Ok(SomeColumns::All);
    }
    cursor.expect(&Token::LParen)?;
    Ok(SomeColumns::Columns(names(cursor)?))
}

/// A switch; of `HEADER`, for COPY FROM, also `MATCH`.
fn header(cursor: &mut Cursor<'_>, is_from: bool) -> Result<Header> {
    for (word, value) in
        [("TRUE", Header::Yes), ("ON", Header::Yes), ("FALSE", Header::No), ("OFF", Header::No)]
    {
        if cursor.keywords(word) {
            return Ok(value);
        }
    }
    let position = cursor.position();
    if cursor.keywords("MATCH") {
        if is_from {
            return Ok(Header::Match);
        }
        return Err(SqlError::new("0A000", "cannot use \"match\" with HEADER in COPY TO").at(position));
    }
    if let Token::Number(number, _) = cursor.peek()
        && (number == "0" || number == "1")
    {
        cursor.advance();
        return Ok(if number == "1" { Header::Yes } else { Header::No });
    }
    Ok(Header::Yes)
}

fn encoding(cursor: &mut Cursor<'_>) -> Result<()> {
    let Written { value, position } = text(cursor)?;
    if value.eq_ignore_ascii_case("utf8") || value.eq_ignore_ascii_case("utf-8") {
        return Ok(());
    }
    Err(SqlError::new("0A000", format!("encoding \"{value}\" is not supported"))
        .with_hint("Texts are UTF8.")
        .at(position))
}

fn text(cursor: &mut Cursor<'_>) -> Result<Written<String>> {
    let position = cursor.position();
    Ok(Written { value: cursor.string()?, position })
}

fn byte(cursor: &mut Cursor<'_>, what: &str) -> Result<Written<u8>> {
    let Written { value, position } = text(cursor)?;
    match value.as_bytes() {
        [byte] => Ok(Written { value: *byte, position }),
        _ => {
            let message = format!("COPY {what} must be a single one-byte character");
            Err(SqlError::new("0A000", message).at(position))
        }
    }
}
