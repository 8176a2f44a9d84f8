//! Names that are written in a text.

use arrow::array::StringViewBuilder;
use datafusion::common::Result;

use crate::error::SqlError;
use crate::function::overload::{Definition, Kind, overload};
use crate::statement::quote_identifier;

use Kind::{Bool, Text, TextArray};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "quote_ident",
        overloads: &[overload(&[Text], 0, Text, |rows| {
            rows.to_texts(|row, out| {
                out.push_str(&quote_identifier(rows.texts(0).value(row)));
                Ok(true)
            })
        })],
    },
    Definition {
        name: "parse_ident",
        overloads: &[overload(&[Text, Bool], 1, TextArray, |rows| {
            rows.to_text_arrays(|row, out| {
                parse_ident(rows.texts(0).value(row), rows.flag_or(1, row, true), out).map(|()| true)
            })
        })],
    },
];

/// The names of `"A".b`, folded as in a statement. What follows them is an error where `is_strict`.
fn parse_ident(text: &str, is_strict: bool, out: &mut StringViewBuilder) -> Result<()> {
    let invalid = |detail: Option<&str>| {
        let error = SqlError::new("22023", format!("string is not a valid identifier: \"{text}\""));
        Err(match detail {
            Some(detail) => error.with_detail(detail),
            None => error,
        }
        .into())
    };
    let mut rest = text.trim_start();
    let mut after_dot = false;
    loop {
        let starts = |c: char| c.is_alphabetic() || c == '_';
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut name = String::new();
            let mut characters = quoted.char_indices();
            let end = loop {
                match characters.next() {
                    None => return invalid(Some("String has unclosed double quotes.")),
                    Some((at, '"')) if quoted[at + 1..].starts_with('"') => {
                        characters.next();
                        name.push('"');
                    }
                    Some((at, '"')) => break at,
                    Some((_, character)) => name.push(character),
                }
            };
            if name.is_empty() {
                return invalid(Some("Quoted identifier must not be empty."));
            }
            out.append_value(&name);
            rest = &quoted[end + 1..];
        } else if rest.starts_with(starts) {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
            let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
            out.append_value(name.to_ascii_lowercase());
            rest = behind;
        } else if rest.starts_with('.') {
            return invalid(Some("No valid identifier before \".\"."));
        } else if after_dot {
            return invalid(Some("No valid identifier after \".\"."));
        } else {
            return invalid(None);
        }
        rest = rest.trim_start();
        match rest.strip_prefix('.') {
            Some(behind) => {
                after_dot = true;
                rest = behind.trim_start();
            }
            None if is_strict && !rest.is_empty() => return invalid(None),
            None => return Ok(()),
        }
    }
}
