//! `@>`, `?`, `?|` and `?&`.
//!
//! <https://www.postgresql.org/docs/15/datatype-json.html#JSON-CONTAINMENT>

use arrow::array::{ArrayRef, AsArray};
use datafusion::common::Result;
use storage::jsonb::{JsonType, Number};

use super::parts::{elements, is_key, is_string, members, type_of};
use crate::function::overload::{Definition, Kind, Rows, overload};

use Kind::{Bool, Jsonb, Text, TextArray};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "jsonb_contains",
        overloads: &[overload(&[Jsonb, Jsonb], 0, Bool, |rows| {
            rows.to_flags(|row| contains(rows.texts(0).value(row), rows.texts(1).value(row), true))
        })],
    },
    Definition {
        name: "jsonb_exists",
        overloads: &[overload(&[Jsonb, Text], 0, Bool, |rows| {
            rows.to_flags(|row| exists(rows.texts(0).value(row), rows.texts(1).value(row)))
        })],
    },
    Definition {
        name: "jsonb_exists_any",
        overloads: &[overload(&[Jsonb, TextArray], 0, Bool, |rows| exists_of(rows, true))],
    },
    Definition {
        name: "jsonb_exists_all",
        overloads: &[overload(&[Jsonb, TextArray], 0, Bool, |rows| exists_of(rows, false))],
    },
];

/// Whether a value holds all of another one. At the top, and only there, an array may hold a scalar that
/// is no array.
fn contains(whole: &str, part: &str, at_top: bool) -> Result<bool> {
    match (type_of(whole)?, type_of(part)?) {
        (JsonType::Object, JsonType::Object) => {
            let own = members(whole)?.unwrap_or_default();
            for (key, wanted) in members(part)?.unwrap_or_default() {
                // Both are canonical: equal keys are written alike.
                let found = own.iter().find(|(own, _)| own.text == key.text);
                match found {
                    Some((_, value)) if contains(value, wanted, false)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (JsonType::Array, JsonType::Array) => {
            let own = elements(whole)?.unwrap_or_default();
            for wanted in elements(part)?.unwrap_or_default() {
                if !any(&own, |element| contains(element, wanted, false))? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (JsonType::Array, JsonType::Object) => Ok(false),
        (JsonType::Array, _) if at_top => {
            any(&elements(whole)?.unwrap_or_default(), |element| contains(element, part, false))
        }
        (own, wanted) => Ok(own == wanted && is_equal(whole, part)),
    }
}

/// Whether two scalars of one type are the same: numbers by value.
fn is_equal(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    match (Number::parse(left), Number::parse(right)) {
        (Some(left), Some(right)) => significant(left.text) == significant(right.text),
        _ => false,
    }
}

/// A plain decimal without zeros that say nothing.
fn significant(number: &str) -> &str {
    let number =
        if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
    if number == "-0" { "0" } else { number }
}

fn any(elements: &[&str], mut holds: impl FnMut(&str) -> Result<bool>) -> Result<bool> {
    for element in elements {
        if holds(element)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a text is a key of an object, an element of an array, or the string itself.
fn exists(value: &str, text: &str) -> Result<bool> {
    if let Some(members) = members(value)? {
        for (key, _) in members {
            if is_key(key, text)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match elements(value)? {
        Some(elements) => any(&elements, |element| is_string(element, text)),
        None => is_string(value, text),
    }
}

fn exists_of(rows: &Rows, is_any: bool) -> Result<ArrayRef> {
    rows.to_flags(|row| {
        let texts = rows.lists(1).value(row);
        let texts = texts.as_string_view();
        // Nulls are passed over.
        for text in texts.iter().flatten() {
            if exists(rows.texts(0).value(row), text)? == is_any {
                return Ok(is_any);
            }
        }
        Ok(!is_any)
    })
}
