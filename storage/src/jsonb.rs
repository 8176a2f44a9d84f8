//! JSON: a scanner that everything which reads JSON shares, and the text in which `jsonb` values
//! are stored.
//!
//! That text is PostgreSQL's own output form, so that equal values have equal text: object keys
//! are unique (the last wins) and ordered by length, then bytes; one space follows each `:` and
//! `,`; numbers are plain decimals (`1e3` is `1000`) that keep their trailing zeros.
//!
//! <https://www.postgresql.org/docs/15/datatype-json.html>

mod access;
mod canonical;
mod number;
mod scan;
mod string;

#[cfg(test)]
mod tests;

pub use access::{Step, as_text, get, get_field, get_index, get_path, type_of};
pub use canonical::{canonicalize, canonicalize_next};
pub use number::Number;
pub use scan::{DEPTH_MAX, RawString, Scanner};
pub use string::{quote_into, unescape_into};

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid JSON at byte {position}: {reason}")]
pub struct JsonError {
    /// Where, in bytes from the start.
    pub position: usize,
    /// Why.
    pub reason: &'static str,
}

/// The type of a JSON value, named as `jsonb_typeof` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonType {
    /// `object`
    Object,
    /// `array`
    Array,
    /// `string`
    String,
    /// `number`
    Number,
    /// `boolean`
    Boolean,
    /// `null`
    Null,
}

impl JsonType {
    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
        }
    }

    /// The type of the value that begins with this byte.
    pub fn of_first_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::String,
            b'-' | b'0'..=b'9' => Self::Number,
            b't' | b'f' => Self::Boolean,
            b'n' => Self::Null,
            _ => return None,
        })
    }
}
