//! Text to statements.

use super::ParsedStatement;
use crate::error::Result;

/// Splits and parses what a client sent. The statements before a faulty one are not returned:
/// as in PostgreSQL, a syntax error anywhere refuses the whole text.
pub fn parse(sql: &str) -> Result<Vec<ParsedStatement>> {
    let _ = sql;
    todo!()
}
