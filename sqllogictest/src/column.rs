//! The letters for column types in a `query` record.

use sqllogictest::ColumnType;
use tokio_postgres::types::Type;

/// A column's type: its letter. `?` stands for any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter(char);

/// Every letter with the types that it stands for. The README lists them too.
const LETTERS: &[(char, &[Type])] = &[
    ('B', &[Type::BOOL]),
    ('S', &[Type::INT2]),
    ('I', &[Type::INT4]),
    ('L', &[Type::INT8]),
    ('F', &[Type::FLOAT4]),
    ('D', &[Type::FLOAT8]),
    ('N', &[Type::NUMERIC]),
    ('T', &[Type::TEXT, Type::VARCHAR, Type::NAME, Type::BPCHAR, Type::UNKNOWN]),
    ('Y', &[Type::BYTEA]),
    ('U', &[Type::UUID]),
    ('d', &[Type::DATE]),
    ('t', &[Type::TIME]),
    ('P', &[Type::TIMESTAMP]),
    ('Z', &[Type::TIMESTAMPTZ]),
    ('V', &[Type::INTERVAL]),
    ('J', &[Type::JSON, Type::JSONB]),
    ('A', &[Type::TEXT_ARRAY, Type::VARCHAR_ARRAY]),
];

impl Letter {
    /// The letter of a PostgreSQL type; `?` for those that have none.
    pub fn of(column_type: &Type) -> Self {
        let found = LETTERS.iter().find(|(_, types)| types.contains(column_type));
        Self(found.map_or('?', |(letter, _)| *letter))
    }

    /// What a column gets whose statement could not be described: no record can expect it.
    pub fn undescribed() -> Self {
        Self('!')
    }
}

impl ColumnType for Letter {
    fn from_char(letter: char) -> Option<Self> {
        (letter == '?' || LETTERS.iter().any(|(known, _)| *known == letter)).then_some(Self(letter))
    }

    fn to_char(&self) -> char {
        self.0
    }
}

/// Whether the columns are as expected, `?` being content with any type.
#[expect(clippy::ptr_arg, reason = "the signature is sqllogictest's")]
pub fn validate(actual: &Vec<Letter>, expected: &Vec<Letter>) -> bool {
    actual.len() == expected.len()
        && actual
            .iter()
            .zip(expected)
            .all(|(actual, expected)| actual == expected || expected.0 == '?' && actual.0 != '!')
}
