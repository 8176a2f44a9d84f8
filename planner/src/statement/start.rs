//! Where reading begins: `'earliest'`, `'latest'`, `(0, 10, 7)`, or a timestamp.

use sqlparser::tokenizer::Token;
use storage::offsets::StartPosition;

use super::amount::parse_timestamp_micros;
use super::cursor::{Cursor, did_you_mean};
use crate::error::{Result, SqlError};

/// The value of `START OFFSET` and `RESET OFFSETS TO`.
pub(super) fn offsets(cursor: &mut Cursor<'_>) -> Result<StartPosition> {
    let position = cursor.position();
    if cursor.token(&Token::LParen) {
        let mut offsets = Vec::new();
        loop {
            let position = cursor.position();
            let Token::Number(number, _) = cursor.peek() else { return Err(cursor.syntax_error()) };
            let offset = number.parse::<i64>();
            offsets.push(offset.map_err(|_| {
                SqlError::new("22023", format!("\"{number}\" is not an offset")).at(position)
            })?);
            cursor.advance();
            if !cursor.token(&Token::Comma) {
                cursor.expect(&Token::RParen)?;
                return Ok(StartPosition::Offsets(offsets));
            }
        }
    }
    // Bare words are taken too: there is nothing else that they could mean.
    let written = match cursor.peek_word() {
        Some(word) => {
            cursor.advance();
            word.to_owned()
        }
        None => cursor.string()?,
    };
    match written.to_ascii_lowercase().as_str() {
        "earliest" => Ok(StartPosition::Earliest),
        "latest" => Ok(StartPosition::Latest),
        _ => {
            let hint = did_you_mean(&written, ["'earliest'", "'latest'"]);
            let hint = hint.unwrap_or_else(|| {
                "Write 'earliest', 'latest', or one offset per partition, such as (0, 10, 7).".to_owned()
            });
            Err(SqlError::new("22023", format!("\"{written}\" is not a place to start from"))
                .with_hint(hint)
                .at(position))
        }
    }
}

/// The value of `START TIMESTAMP`.
pub(super) fn timestamp(cursor: &mut Cursor<'_>) -> Result<StartPosition> {
    let position = cursor.position();
    let text = cursor.string()?;
    let micros = parse_timestamp_micros(&text).ok_or_else(|| {
        SqlError::new("22007", format!("invalid timestamp \"{text}\""))
            .with_hint("Write it as '2026-11-01 12:00:00+00'; without a zone it is UTC.")
            .at(position)
    })?;
    Ok(StartPosition::Timestamp(micros))
}
