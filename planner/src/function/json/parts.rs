//! What an array or an object consists of, without a look into its parts.

use datafusion::common::Result;
use storage::jsonb::{JsonError, JsonType, RawString, Scanner, unescape_into};

use crate::error::SqlError;

/// A member of an object: its key as it is written between quotes, and its value.
pub(super) type Member<'a> = (RawString<'a>, &'a str);

/// What kind of value a text is.
pub(super) fn type_of(value: &str) -> Result<JsonType> {
    Scanner::new(value).peek_type().map_err(invalid)
}

/// The elements of an array; None where it is none.
pub(super) fn elements(value: &str) -> Result<Option<Vec<&str>>> {
    let mut scanner = Scanner::new(value);
    if !scanner.take(b'[') {
        return Ok(None);
    }
    let mut elements = Vec::new();
    let mut more = !scanner.take(b']');
    while more {
        scanner.peek();
        elements.push(scanner.value().map_err(invalid)?);
        more = scanner.more(b']').map_err(invalid)?;
    }
    scanner.end().map_err(invalid)?;
    Ok(Some(elements))
}

/// The members of an object; None where it is none.
pub(super) fn members(value: &str) -> Result<Option<Vec<Member<'_>>>> {
    let mut scanner = Scanner::new(value);
    if !scanner.take(b'{') {
        return Ok(None);
    }
    let mut members = Vec::new();
    let mut more = !scanner.take(b'}');
    while more {
        scanner.peek();
        let key = scanner.string().map_err(invalid)?;
        scanner.colon().map_err(invalid)?;
        scanner.peek();
        members.push((key, scanner.value().map_err(invalid)?));
        more = scanner.more(b'}').map_err(invalid)?;
    }
    scanner.end().map_err(invalid)?;
    Ok(Some(members))
}

/// A key as the text that it is.
pub(super) fn key_into(key: RawString<'_>, out: &mut String) -> Result<()> {
    if key.escaped {
        unescape_into(key, 0, out).map_err(invalid)
    } else {
        out.push_str(key.text);
        Ok(())
    }
}

/// Whether a key is this text.
pub(super) fn is_key(key: RawString<'_>, text: &str) -> Result<bool> {
    if !key.escaped {
        return Ok(key.text == text);
    }
    let mut own = String::new();
    key_into(key, &mut own)?;
    Ok(own == text)
}

/// Whether a value is the string that a text is.
pub(super) fn is_string(value: &str, text: &str) -> Result<bool> {
    let mut scanner = Scanner::new(value);
    Ok(scanner.peek() == Some(b'"') && is_key(scanner.string().map_err(invalid)?, text)?)
}

/// A value that is a string as the text that it is.
pub(super) fn string_into(value: &str, out: &mut String) -> Result<()> {
    let mut scanner = Scanner::new(value);
    scanner.peek();
    key_into(scanner.string().map_err(invalid)?, out)
}

pub(super) fn invalid(error: JsonError) -> datafusion::common::DataFusionError {
    SqlError::new("22P02", "invalid input syntax for type json").with_detail(error.to_string()).into()
}
