//! Array parameters of one dimension.

use bytes::Buf;
use chrono_tz::Tz;
use datafusion::common::ScalarValue;
use planner::SqlError;

use super::{binary, text};
use crate::pg::types::PgType;

/// `{a,"b c",NULL}`.
pub(super) fn from_text(value: &str, pg: PgType, zone: Tz) -> Result<ScalarValue, SqlError> {
    let element = PgType { array: false, ..pg };
    let elements = planner::array_elements(value)?.into_iter().map(|item| match item {
        Some(item) => text::scalar(&item, element.scalar, zone),
        None => ScalarValue::try_from(&element.arrow()).map_err(SqlError::from),
    });
    list(&elements.collect::<Result<Vec<_>, _>>()?, element)
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
