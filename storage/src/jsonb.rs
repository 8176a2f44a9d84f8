//! The text in which `jsonb` values are stored: PostgreSQL's own output form, so that equal values
//! have equal text. Object keys are unique (the last wins) and ordered by length, then bytes; one
//! space follows each `:` and `,`; numbers are plain decimals (`1e3` is `1000`) that keep their
//! trailing zeros.
//!
//! <https://www.postgresql.org/docs/15/datatype-json.html>

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

/// The canonical text of a JSON text.
pub fn canonicalize(text: &str) -> Result<String, JsonError> {
    let _ = text;
    todo!()
}

/// The type of a canonical value.
pub fn type_of(value: &str) -> JsonType {
    let _ = value;
    todo!()
}

/// `value -> key`: the field of an object, None where there is none or `value` is no object.
pub fn get_field<'a>(value: &'a str, key: &str) -> Option<&'a str> {
    let _ = (value, key);
    todo!()
}

/// `value -> index`: the element of an array; a negative index counts from the end.
pub fn get_index(value: &str, index: i32) -> Option<&str> {
    let _ = (value, index);
    todo!()
}

/// `value #> path`: an element of the path is a key in an object and a number in an array.
pub fn get_path<'a, 'p>(value: &'a str, path: impl IntoIterator<Item = &'p str>) -> Option<&'a str> {
    let _ = (value, path.into_iter());
    todo!()
}

/// What `->>` and `#>>` make of a value: a string without its quotes, None for JSON's null, and
/// any other value as it is.
pub fn as_text(value: &str) -> Option<std::borrow::Cow<'_, str>> {
    let _ = value;
    todo!()
}
