//! Why a message did not become a row.

use storage::jsonb::JsonError;
use storage::schema::ColumnType;

/// Half a gibibyte: what is made of a message may be a few times as long, and is counted in 32 bits.
pub(super) const MESSAGE_BYTES_MAX: usize = 512 << 20;

/// Why a message did not become a row: its text is the `error` of the dead letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A tombstone.
    #[error("message has no value")]
    NoValue,
    /// Longer than anything that makes sense.
    #[error("message of {bytes} bytes is longer than {MESSAGE_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not text.
    #[error("{what} is not UTF-8 at byte {position}")]
    NotUtf8 {
        /// Which part of the message.
        what: &'static str,
        /// The first byte that is not.
        position: usize,
    },
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// JSON, but no object.
    #[error("expected a JSON object, found {found}")]
    NotAnObject {
        /// The value, shortened.
        found: String,
    },
    /// A value does not fit its column.
    #[error("column \"{column}\": {}", explain(.problem, .column_type, .found))]
    Column {
        /// The column's name.
        column: String,
        /// Its type.
        column_type: ColumnType,
        /// What is wrong.
        problem: Problem,
        /// The value, shortened.
        found: String,
    },
}

/// How a value fails to fit its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing of this type can be made of it.
    Mismatch,
    /// Right in kind but too large, or too small to tell from zero.
    OutOfRange,
    /// A text of too many characters.
    TooLong,
    /// The text has a zero character, which PostgreSQL's text can't hold.
    ZeroCharacter,
}

fn explain(problem: &Problem, column_type: &ColumnType, found: &str) -> String {
    match problem {
        Problem::Mismatch => format!("expected {column_type}, found {found}"),
        Problem::OutOfRange => format!("{found} is out of range for {column_type}"),
        Problem::TooLong => format!("{found} is too long for {column_type}"),
        Problem::ZeroCharacter => format!("{found} has a zero character"),
    }
}

/// The type and the beginning of a JSON value, for people.
pub(crate) fn describe(value: &str) -> String {
    use storage::jsonb::{JsonType, type_of};
    const CHARACTERS_MAX: usize = 40;
    let kind = type_of(value);
    if kind == JsonType::Null {
        return "null".to_owned();
    }
    match value.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{} {}…", kind.name(), &value[..end]),
        None => format!("{} {value}", kind.name()),
    }
}
