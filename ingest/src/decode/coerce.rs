//! Which JSON value becomes what in which column: the code behind the manual's `coercions.md`.

use storage::catalog::TimestampFormat;
use storage::jsonb::{JsonError, JsonType, Number, Scanner, canonicalize_next, unescape_into};
use storage::schema::ColumnType;

use super::error::Problem;
use super::row::{Row, TextRef, Value, Wide};
use super::{number, text, time};

/// What canonical JSON may take beyond twice the message that it came from: an exponent makes
/// many digits of few.
const EXPANSION_BYTES_MAX: usize = 4 << 20;

impl Row {
    /// Reads the next value of the message, which stands inside `depth` objects, into a column.
    #[inline]
    pub(super) fn read(
        &mut self,
        column: usize,
        scanner: &mut Scanner<'_>,
        message: &str,
        depth: usize,
    ) -> Result<(), JsonError> {
        let column_type = self.columns[column].column_type;
        let format = self.timestamp_format;
        let kind = scanner.peek_type()?;
        let start = scanner.position();
        let value = match (kind, column_type) {
            (JsonType::Null, _) => scanner.literal("null").map(|()| Ok(Value::Null))?,
            (_, ColumnType::Jsonb) => Ok(Value::Text(self.canonical(scanner, message, depth)?)),
            (JsonType::String, _) => {
                let raw = scanner.string()?;
                if raw.escaped {
                    let at = self.text.len();
                    unescape_into(raw, start + 1, &mut self.text)?;
                    let reference = TextRef::Scratch((at..self.text.len()).into());
                    from_string(column_type, &self.text[at..], reference, format, &mut self.wide)
                } else {
                    let reference = TextRef::Message((start + 1..scanner.position() - 1).into());
                    from_string(column_type, raw.text, reference, format, &mut self.wide)
                }
            }
            (JsonType::Number, _) => {
                let number = scanner.number()?;
                let reference = TextRef::Message((start..scanner.position()).into());
                from_number(column_type, &number, reference, format, &mut self.wide)
            }
            (JsonType::Boolean, _) => {
                let value = scanner.boolean()?;
                let reference = TextRef::Message((start..scanner.position()).into());
                from_boolean(column_type, value, reference)
            }
            (JsonType::Array, ColumnType::TextArray) => Ok(self.list(scanner, message, depth)?),
            (_, ColumnType::Text | ColumnType::Varchar { .. } | ColumnType::Character { .. }) => {
                let reference = self.canonical(scanner, message, depth)?;
                text::fit(column_type, self.text(reference, message), reference)
            }
            (JsonType::Object | JsonType::Array, _) => {
                scanner.skip_value(depth)?;
                Err(Problem::Mismatch)
            }
        };
        self.set(column, value, &message[start..scanner.position()]);
        Ok(())
    }

    /// Reads the next value as canonical JSON.
    fn canonical(
        &mut self,
        scanner: &mut Scanner<'_>,
        message: &str,
        depth: usize,
    ) -> Result<TextRef, JsonError> {
        let start = self.text.len();
        canonicalize_next(scanner, depth, &mut self.text)?;
        if self.text.len() > 2 * message.len() + EXPANSION_BYTES_MAX {
            return Err(scanner.error("exponents make the message too long"));
        }
        Ok(TextRef::Scratch((start..self.text.len()).into()))
    }

    /// Reads the next value, an array, as `text[]`: each element as a text column would take it.
    fn list(&mut self, scanner: &mut Scanner<'_>, message: &str, depth: usize) -> Result<Value, JsonError> {
        let start = self.elements.len();
        scanner.enter(depth)?;
        let mut more = !scanner.take(b']');
        while more {
            let element = self.element(scanner, message, depth + 1)?;
            self.elements.push(element);
            more = scanner.more(b']')?;
        }
        Ok(Value::List((start..self.elements.len()).into()))
    }

    fn element(
        &mut self,
        scanner: &mut Scanner<'_>,
        message: &str,
        depth: usize,
    ) -> Result<Option<TextRef>, JsonError> {
        let kind = scanner.peek_type()?;
        let start = scanner.position();
        Ok(match kind {
            JsonType::Null => scanner.literal("null").map(|()| None)?,
            JsonType::String => {
                let raw = scanner.string()?;
                if raw.escaped {
                    let at = self.text.len();
                    unescape_into(raw, start + 1, &mut self.text)?;
                    Some(TextRef::Scratch((at..self.text.len()).into()))
                } else {
                    Some(TextRef::Message((start + 1..scanner.position() - 1).into()))
                }
            }
            JsonType::Number | JsonType::Boolean => {
                scanner.skip_value(depth)?;
                Some(TextRef::Message((start..scanner.position()).into()))
            }
            JsonType::Object | JsonType::Array => Some(self.canonical(scanner, message, depth)?),
        })
    }
}

/// What a string becomes. `reference` is where `string` stands; What is wide
/// goes to `wide`.
#[inline]
pub(super) fn from_string(
    column_type: ColumnType,
    string: &str,
    reference: TextRef,
    format: TimestampFormat,
    wide: &mut Wide,
) -> Result<Value, Problem> {
    let number = || Number::parse(string).ok_or(Problem::Mismatch);
    match column_type {
        ColumnType::Text => Ok(Value::Text(reference)),
        ColumnType::Varchar { .. } | ColumnType::Character { .. } => {
            text::fit(column_type, string, reference)
        }
        ColumnType::Boolean => text::boolean(string).map(Value::Boolean),
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt | ColumnType::Numeric { .. } => {
            from_number(column_type, &number()?, reference, format, wide)
        }
        ColumnType::Real => number::real_from_text(string).map(Value::Real),
        ColumnType::Double => number::double_from_text(string).map(Value::Double),
        ColumnType::Bytea => wide.bytes(|bytes| text::bytea(string, bytes)),
        ColumnType::Uuid => text::uuid(string).map(|value| wide.uuid(value)),
        ColumnType::Date => time::date(string).map(Value::Integer),
        ColumnType::Time => time::time(string).map(Value::Integer),
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            let zoned = column_type == ColumnType::TimestampTz;
            match time::timestamp(string, zoned) {
                Err(Problem::Mismatch) if format != TimestampFormat::Iso8601 => {
                    from_number(column_type, &number()?, reference, format, wide)
                }
                micros => micros.map(Value::Integer),
            }
        }
        ColumnType::Jsonb | ColumnType::TextArray => Err(Problem::Mismatch),
    }
}

/// What a number becomes. `reference` is where its text stands.
#[inline]
pub(super) fn from_number(
    column_type: ColumnType,
    number: &Number<'_>,
    reference: TextRef,
    format: TimestampFormat,
    wide: &mut Wide,
) -> Result<Value, Problem> {
    match column_type {
        ColumnType::SmallInt => number::integer::<i16>(number).map(Value::Integer),
        ColumnType::Integer => number::integer::<i32>(number).map(Value::Integer),
        ColumnType::BigInt => number::integer::<i64>(number).map(Value::Integer),
        ColumnType::Real => number::real(number).map(Value::Real),
        ColumnType::Double => number::double(number).map(Value::Double),
        ColumnType::Numeric { precision, scale } => {
            number::decimal(number, precision, scale).map(|value| wide.decimal(value))
        }
        ColumnType::Text => Ok(Value::Text(reference)),
        ColumnType::Varchar { .. } | ColumnType::Character { .. } => {
            text::fit(column_type, number.text, reference)
        }
        ColumnType::Boolean => match number::integer::<i64>(number) {
            Ok(0) => Ok(Value::Boolean(false)),
            Ok(1) => Ok(Value::Boolean(true)),
            _ => Err(Problem::Mismatch),
        },
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            time::from_epoch(number, format).map(Value::Integer)
        }
        ColumnType::Bytea
        | ColumnType::Uuid
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Jsonb
        | ColumnType::TextArray => Err(Problem::Mismatch),
    }
}

/// What `true` and `false` become. `reference` is where the word stands.
fn from_boolean(column_type: ColumnType, value: bool, reference: TextRef) -> Result<Value, Problem> {
    match column_type {
        ColumnType::Boolean => Ok(Value::Boolean(value)),
        ColumnType::Text => Ok(Value::Text(reference)),
        ColumnType::Varchar { .. } | ColumnType::Character { .. } => {
            text::fit(column_type, if value { "true" } else { "false" }, reference)
        }
        _ => Err(Problem::Mismatch),
    }
}
