//! Equality and order of `jsonb`: a key, a text that is equal and ordered as PostgreSQL's values are.
//!
//! Objects are greater than arrays, then scalars; where both are of one kind, the one with more members or
//! elements is greater; then they are compared part by part, of an object the key before its value. Numbers
//! are compared by value. A scalar by itself stands before an array of one element, so that an empty array is
//! the smallest value of all.
//!
//! <https://www.postgresql.org/docs/15/datatype-json.html#JSON-INDEXING>

use datafusion::common::Result;
use storage::jsonb::{JsonType, Number};

use super::parts::{elements, key_into, members, string_into, type_of};
use crate::function::overload::{Definition, Kind, fail, overload};

/// The key of a value.
pub(crate) static ORDER: Definition = Definition {
    name: "jsonb_order",
    overloads: &[overload(&[Kind::Jsonb], 0, Kind::Text, |rows| {
        let mut key = Vec::new();
        rows.to_texts(|row, text| {
            key.clear();
            append_top(rows.texts(0).value(row), &mut key)?;
            // Bytes as characters, which are in the same order: the engine has no windows over bytes.
            text.extend(key.iter().copied().map(char::from));
            Ok(true)
        })
    })],
};

fn append_top(value: &str, key: &mut Vec<u8>) -> Result<()> {
    match type_of(value)? {
        JsonType::Object => {
            key.push(1);
            append(value, key)
        }
        JsonType::Array => {
            key.push(0);
            append_array(value, key, Some(1))
        }
        _ => {
            key.push(0);
            key.extend_from_slice(&1_u32.to_be_bytes());
            key.push(0);
            append(value, key)
        }
    }
}

/// Kinds by their order within arrays and objects.
const NULL: u8 = 1;
const STRING: u8 = 2;
const NUMBER: u8 = 3;
const BOOLEAN: u8 = 4;
const ARRAY: u8 = 5;
const OBJECT: u8 = 6;

fn append(value: &str, key: &mut Vec<u8>) -> Result<()> {
    match type_of(value)? {
        JsonType::Null => key.push(NULL),
        JsonType::Boolean => key.extend([BOOLEAN, u8::from(value.trim_start().starts_with('t'))]),
        JsonType::Number => {
            key.push(NUMBER);
            append_number(value, key)?;
        }
        JsonType::String => {
            key.push(STRING);
            let mut text = String::new();
            string_into(value, &mut text)?;
            append_text(&text, key);
        }
        JsonType::Array => {
            key.push(ARRAY);
            append_array(value, key, None)?;
        }
        JsonType::Object => {
            key.push(OBJECT);
            let members = members(value)?.unwrap_or_default();
            key.extend_from_slice(&(members.len() as u32).to_be_bytes());
            for (name, value) in members {
                let mut text = String::new();
                key_into(name, &mut text)?;
                append_text(&text, key);
                append(value, key)?;
            }
        }
    }
    Ok(())
}

/// An array: its length, at the top a mark that it is no scalar, and its elements.
fn append_array(value: &str, key: &mut Vec<u8>, mark: Option<u8>) -> Result<()> {
    let elements = elements(value)?.unwrap_or_default();
    key.extend_from_slice(&(elements.len() as u32).to_be_bytes());
    key.extend(mark);
    elements.into_iter().try_for_each(|element| append(element, key))
}

/// `jsonb` has no character 0: it ends a text, so that a shorter one comes first.
fn append_text(text: &str, key: &mut Vec<u8>) {
    key.extend_from_slice(text.as_bytes());
    key.push(0);
}

/// Sign, place of the first digit, and digits without zeros that say nothing; of a negative number
/// everything turned round.
fn append_number(text: &str, key: &mut Vec<u8>) -> Result<()> {
    let Some(number) = Number::parse(text) else {
        return fail("22P02", "invalid input syntax for type json");
    };
    let written: Vec<u8> = number.digits().collect();
    let leading = written.iter().take_while(|digit| **digit == b'0').count();
    let Some(last) = written.iter().rposition(|digit| *digit != b'0') else {
        key.push(1);
        return Ok(());
    };
    let place = i64::from(number.exponent) + (written.len() - leading) as i64;
    let place = (place as i32).cast_unsigned() ^ (1 << 31);
    let begin = key.len();
    key.push(2);
    key.extend_from_slice(&place.to_be_bytes());
    key.extend_from_slice(&written[leading..=last]);
    key.push(0);
    if number.negative {
        key[begin] = 0;
        key[begin + 1..].iter_mut().for_each(|byte| *byte = !*byte);
    }
    Ok(())
}
