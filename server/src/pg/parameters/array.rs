//! Array parameters of one dimension.

use bytes::Buf;
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use planner::SqlError;

use super::{binary, text};
use crate::pg::types::PgType;

/// `{a,"b c",NULL}`.
pub(super) fn from_text(value: &str, pg: PgType, zone: Tz) -> Result<ScalarValue, SqlError> {
    let malformed = || SqlError::new("22P02", format!("malformed array literal: \"{value}\""));
    let element = PgType { array: false, ..pg };
    let inner =
        value.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).ok_or_else(malformed)?;
    let mut elements = Vec::new();
    let mut characters = inner.chars().peekable();
    if inner.trim().is_empty() {
        return list(&[], element);
    }
    loop {
        while characters.next_if(|character| character.is_whitespace()).is_some() {}
        let mut item = String::new();
        let quoted = characters.next_if_eq(&'"').is_some();
        if quoted {
            loop {
                match characters.next().ok_or_else(malformed)? {
                    '"' => break,
                    '\\' => item.push(characters.next().ok_or_else(malformed)?),
                    other => item.push(other),
                }
            }
            while characters.next_if(|character| character.is_whitespace()).is_some() {}
        } else {
            while let Some(character) = characters.next_if(|character| *character != ',') {
                match character {
                    '\\' => item.push(characters.next().ok_or_else(malformed)?),
                    '{' | '}' | '"' => return Err(malformed()),
                    other => item.push(other),
                }
            }
            item.truncate(item.trim_end().len());
            if item.is_empty() {
                return Err(malformed());
            }
        }
        elements.push(if !quoted && item.eq_ignore_ascii_case("null") {
            ScalarValue::try_from(&element.arrow()).map_err(SqlError::from)?
        } else {
            text::scalar(&item, element.scalar, zone)?
        });
        match characters.next() {
            Some(',') => {}
            None => break,
            Some(_) => return Err(malformed()),
        }
    }
    list(&elements, element)
}

/// Dimensions, whether nulls are in it, the element type, length and lower bound, elements.
pub(super) fn from_binary(mut bytes: &[u8], _zone: Tz) -> Option<Result<ScalarValue, SqlError>> {
    if bytes.len() < 12 {
        return None;
    }
    let (dimensions, _nulls, oid) = (bytes.get_i32(), bytes.get_i32(), bytes.get_u32());
    let element = PgType::from_oid(oid)?;
    if dimensions == 0 {
        return Some(list(&[], element));
    }
    if dimensions != 1 {
        return Some(Err(SqlError::new("0A000", "array parameters of several dimensions are not supported")));
    }
    if bytes.len() < 8 {
        return None;
    }
    let (count, _lower) = (bytes.get_u32() as usize, bytes.get_i32());
    let mut elements = Vec::new();
    for _ in 0..count {
        if bytes.len() < 4 {
            return None;
        }
        match bytes.get_i32() {
            -1 => elements.push(ScalarValue::try_from(&element.arrow()).ok()?),
            length => {
                let (value, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
                bytes = rest;
                match binary::scalar(value, element.scalar)? {
                    Ok(value) => elements.push(value),
                    Err(error) => return Some(Err(error)),
                }
            }
        }
    }
    Some(list(&elements, element))
}

fn list(elements: &[ScalarValue], element: PgType) -> Result<ScalarValue, SqlError> {
    // Decimals of one array have to agree on a scale.
    let element_type = element.arrow();
    let cast: Result<Vec<_>, _> = elements.iter().map(|value| value.cast_to(&element_type)).collect();
    let cast = cast.map_err(SqlError::from)?;
    Ok(ScalarValue::List(ScalarValue::new_list_nullable(&cast, &element_type)))
}
