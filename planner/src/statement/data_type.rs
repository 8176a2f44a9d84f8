//! The types that a column can have.

use sqlparser::tokenizer::Token;
use storage::schema::ColumnType;

use super::cursor::{Cursor, did_you_mean, unsupported};
use crate::error::{Result, SqlError};

/// Names of types without parameters; the manual's spelling first.
const PLAIN: &[(&str, ColumnType)] = &[
    ("boolean", ColumnType::Boolean),
    ("bool", ColumnType::Boolean),
    ("smallint", ColumnType::SmallInt),
    ("int2", ColumnType::SmallInt),
    ("integer", ColumnType::Integer),
    ("int", ColumnType::Integer),
    ("int4", ColumnType::Integer),
    ("bigint", ColumnType::BigInt),
    ("int8", ColumnType::BigInt),
    ("real", ColumnType::Real),
    ("float4", ColumnType::Real),
    ("double precision", ColumnType::Double),
    ("float8", ColumnType::Double),
    ("text", ColumnType::Text),
    ("bytea", ColumnType::Bytea),
    ("uuid", ColumnType::Uuid),
    ("date", ColumnType::Date),
    ("jsonb", ColumnType::Jsonb),
];

/// Types of PostgreSQL that no column can have yet, and what to use instead.
const LATER: &[(&str, &str)] = &[
    ("json", "Use jsonb."),
    ("bpchar", "Use character(n)."),
    ("timetz", "Use time or timestamptz."),
    ("interval", "Use bigint for a number of microseconds."),
    ("money", "Use numeric(p,s)."),
    ("inet", "Use text."),
    ("cidr", "Use text."),
    ("macaddr", "Use text."),
    ("bit", "Use bytea or text."),
    ("varbit", "Use bytea or text."),
    ("xml", "Use text."),
    ("serial", "Use INCLUDE OFFSET for a number that Kafka counts up."),
    ("bigserial", "Use INCLUDE OFFSET for a number that Kafka counts up."),
];

/// PostgreSQL's bound for `varchar(n)` and `character(n)`.
const VARCHAR_LENGTH_MAX: u32 = 10_485_760;
/// What a 128-bit decimal holds.
const NUMERIC_PRECISION_MAX: u32 = 38;

/// Reads a type.
pub(super) fn data_type(cursor: &mut Cursor<'_>) -> Result<ColumnType> {
    let position = cursor.position();
    let element = scalar(cursor)?;
    let is_array = if cursor.token(&Token::LBracket) {
        if let Token::Number(..) = cursor.peek() {
            // PostgreSQL reads a length and does not enforce it.
            cursor.advance();
        }
        cursor.expect(&Token::RBracket)?;
        true
    } else {
        cursor.keywords("ARRAY")
    };
    if !is_array {
        return Ok(element);
    }
    if element != ColumnType::Text || cursor.peek() == &Token::LBracket {
        return Err(unsupported("an array other than text[]", position).with_hint("Use text[] or jsonb."));
    }
    Ok(ColumnType::TextArray)
}

fn scalar(cursor: &mut Cursor<'_>) -> Result<ColumnType> {
    let position = cursor.position();
    if cursor.keywords("PG_CATALOG") {
        cursor.expect(&Token::Period)?;
    }
    if let Some((_, found)) = PLAIN.iter().find(|(name, _)| cursor.keywords(name)) {
        return Ok(*found);
    }
    if cursor.keywords("FLOAT") {
        return match modifiers(cursor)?.as_slice() {
            [] | [25..=53] => Ok(ColumnType::Double),
            [1..=24] => Ok(ColumnType::Real),
            _ => Err(SqlError::new("22023", "precision for type float must be 1 to 53").at(position)),
        };
    }
    if cursor.keywords("NUMERIC") || cursor.keywords("DECIMAL") || cursor.keywords("DEC") {
        return numeric(cursor, position);
    }
    if cursor.keywords("CHARACTER VARYING") || cursor.keywords("VARCHAR") {
        return Ok(match length(cursor, "varchar", position)? {
            None => ColumnType::Text,
            Some(length) => ColumnType::Varchar { length },
        });
    }
    if cursor.keywords("CHARACTER") || cursor.keywords("CHAR") {
        let length = length(cursor, "char", position)?.unwrap_or(1);
        return Ok(ColumnType::Character { length });
    }
    for (name, with_zone) in [("TIMESTAMPTZ", Some(true)), ("TIMESTAMP", None), ("TIME", None)] {
        if cursor.keywords(name) {
            return time(cursor, name, with_zone, position);
        }
    }
    unknown(cursor, position)
}

/// In characters, where one is written.
fn length(cursor: &mut Cursor<'_>, name: &str, position: usize) -> Result<Option<u32>> {
    match modifiers(cursor)?.as_slice() {
        [] => Ok(None),
        [length @ 1..=VARCHAR_LENGTH_MAX] => Ok(Some(*length)),
        [0] => {
            let message = format!("length for type {name} must be at least 1");
            Err(SqlError::new("22023", message).at(position))
        }
        _ => {
            let message = format!("length for type {name} cannot exceed {VARCHAR_LENGTH_MAX}");
            Err(SqlError::new("22023", message).at(position))
        }
    }
}

fn numeric(cursor: &mut Cursor<'_>, position: usize) -> Result<ColumnType> {
    let (precision, scale) = match modifiers(cursor)?.as_slice() {
        [] => {
            return Err(unsupported("numeric without a precision", position)
                .with_hint("Give precision and scale, as in numeric(18,4)."));
        }
        [precision] => (*precision, 0),
        [precision, scale] => (*precision, *scale),
        _ => return Err(SqlError::new("22023", "invalid NUMERIC type modifier").at(position)),
    };
    if precision == 0 || precision > NUMERIC_PRECISION_MAX {
        let message = format!("NUMERIC precision {precision} must be between 1 and {NUMERIC_PRECISION_MAX}");
        return Err(SqlError::new("22023", message).at(position));
    }
    if scale > precision {
        let message = format!("NUMERIC scale {scale} must be between 0 and precision {precision}");
        return Err(SqlError::new("22023", message).at(position));
    }
    // Both fit after the checks above.
    Ok(ColumnType::Numeric { precision: precision as u8, scale: scale as i8 })
}

fn time(cursor: &mut Cursor<'_>, name: &str, with_zone: Option<bool>, position: usize) -> Result<ColumnType> {
    // Six digits of a second are what is stored.
    if !matches!(modifiers(cursor)?.as_slice(), [] | [6]) {
        let name = name.to_lowercase();
        return Err(unsupported(format!("{name} with a precision other than 6"), position)
            .with_hint(format!("Write {name}: it holds microseconds.")));
    }
    let with_zone = with_zone
        .unwrap_or_else(|| !cursor.keywords("WITHOUT TIME ZONE") && cursor.keywords("WITH TIME ZONE"));
    match (name, with_zone) {
        ("TIME", true) => {
            Err(unsupported("time with time zone", position).with_hint("Use time or timestamptz."))
        }
        ("TIME", false) => Ok(ColumnType::Time),
        (_, true) => Ok(ColumnType::TimestampTz),
        (_, false) => Ok(ColumnType::Timestamp),
    }
}

/// `(10, 2)`, or nothing.
fn modifiers(cursor: &mut Cursor<'_>) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    if !cursor.token(&Token::LParen) {
        return Ok(numbers);
    }
    loop {
        let Token::Number(number, _) = cursor.peek() else { return Err(cursor.syntax_error()) };
        numbers.push(number.parse().map_err(|_| cursor.syntax_error())?);
        cursor.advance();
        if !cursor.token(&Token::Comma) {
            cursor.expect(&Token::RParen)?;
            return Ok(numbers);
        }
    }
}

fn unknown(cursor: &Cursor<'_>, position: usize) -> Result<ColumnType> {
    let Some(written) = cursor.peek_word().map(str::to_ascii_lowercase) else {
        return Err(cursor.syntax_error());
    };
    if let Some((name, hint)) = LATER.iter().find(|(name, _)| *name == written) {
        return Err(unsupported(format!("a column of type {name}"), position).with_hint(*hint));
    }
    let others = ["varchar", "numeric", "decimal", "timestamp", "timestamptz", "time", "float"];
    let names = PLAIN.iter().map(|(name, _)| *name).chain(others);
    let error = SqlError::new("42704", format!("type \"{written}\" does not exist")).at(position);
    Err(match did_you_mean(&written, names) {
        Some(hint) => error.with_hint(hint),
        None => error,
    })
}
