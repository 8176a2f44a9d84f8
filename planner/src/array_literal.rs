//! Arrays as PostgreSQL writes them in texts: of casts, of parameters, of copied lines.

use crate::error::{Result, SqlError};

/// <https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO>: `{a,"b c",NULL}`, of one dimension, by
/// element, None for null.
pub fn array_elements(text: &str) -> Result<Vec<Option<String>>> {
    let malformed = || SqlError::new("22P02", format!("malformed array literal: \"{text}\""));
    let inner =
        text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(malformed)?;
    let mut elements = Vec::new();
    if inner.trim().is_empty() {
        return Ok(elements);
    }
    let mut rest = inner.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        let mut value = String::new();
        let is_quoted = rest.next_if_eq(&'"').is_some();
        if is_quoted {
            loop {
                match rest.next().ok_or_else(malformed)? {
                    '"' => break,
                    '\\' => value.push(rest.next().ok_or_else(malformed)?),
                    c => value.push(c),
                }
            }
            while rest.next_if(|c| c.is_whitespace()).is_some() {}
        } else {
            while let Some(c) = rest.next_if(|c| *c != ',') {
                match c {
                    '{' | '}' => {
                        return Err(SqlError::new("0A000", "arrays of several dimensions are not supported")
                            .with_detail(format!("The text is \"{text}\".")));
                    }
                    '"' => return Err(malformed()),
                    '\\' => value.push(rest.next().ok_or_else(malformed)?),
                    c => value.push(c),
                }
            }
            value.truncate(value.trim_end().len());
            if value.is_empty() {
                return Err(malformed());
            }
        }
        elements.push((is_quoted || !value.eq_ignore_ascii_case("null")).then_some(value));
        match rest.next() {
            None => return Ok(elements),
            Some(',') => {}
            Some(_) => return Err(malformed()),
        }
    }
}
