//! `INCLUDE`: what stands beside a message's value.

use storage::jsonb::{Number, canonicalize_next, quote_into};
use storage::schema::{ColumnType, MessagePart};

use super::Message;
use super::coerce::{from_number, from_string};
use super::error::{DecodeError, Problem};
use super::row::{Row, TextRef, Value};
use super::time;

impl Row {
    /// Fills the included columns.
    pub(super) fn include(&mut self, message: &Message<'_>) -> Result<(), DecodeError> {
        for index in 0..self.includes.len() {
            let (column, part) = self.includes[index];
            match part {
                MessagePart::Key => self.include_key(column, message.key)?,
                MessagePart::Partition => self.include_integer(column, i64::from(message.partition.0)),
                MessagePart::Offset => self.include_integer(column, message.offset.0),
                MessagePart::Timestamp => self.include_timestamp(column, message.timestamp_micros),
                MessagePart::Headers => self.include_headers(column, message.headers)?,
            }
        }
        Ok(())
    }

    fn include_key(&mut self, column: usize, key: Option<&[u8]>) -> Result<(), DecodeError> {
        let Some(key) = key else { return Ok(()) };
        let column_type = self.columns[column].column_type;
        if column_type == ColumnType::Bytea {
            let value = self.wide.bytes(|bytes| {
                bytes.extend_from_slice(key);
                Ok(())
            });
            self.set(column, value, "");
            return Ok(());
        }
        let key = std::str::from_utf8(key)
            .map_err(|error| DecodeError::NotUtf8 { what: "key", position: error.valid_up_to() })?;
        let start = self.text.len();
        self.text.push_str(key);
        let reference = TextRef::Scratch((start..self.text.len()).into());
        let value = if key.contains('\0') {
            Err(Problem::ZeroCharacter)
        } else {
            from_string(column_type, key, reference, self.timestamp_format, &mut self.wide)
        };
        let mut found = String::new();
        if value.is_err() {
            quote_into(key, &mut found);
        }
        self.set(column, value, &found);
        Ok(())
    }

    fn include_integer(&mut self, column: usize, value: i64) {
        let start = self.text.len();
        // A few digits into a buffer that has room: no allocation.
        std::fmt::Write::write_fmt(&mut self.text, format_args!("{value}")).expect("a String takes all");
        let text = &self.text[start..];
        let reference = TextRef::Scratch((start..self.text.len()).into());
        let value = Number::parse(text).ok_or(Problem::Mismatch).and_then(|number| {
            from_number(
                self.columns[column].column_type,
                &number,
                reference,
                self.timestamp_format,
                &mut self.wide,
            )
        });
        let found = if value.is_err() { text.to_owned() } else { String::new() };
        self.set(column, value, &found);
    }

    fn include_timestamp(&mut self, column: usize, micros: Option<i64>) {
        let Some(micros) = micros else { return };
        let value = if self.columns[column].column_type.is_timestamp() {
            // Producers choose the timestamp, and may choose any.
            time::in_range(micros).map(Value::Integer)
        } else {
            Err(Problem::Mismatch)
        };
        let found = if value.is_err() { micros.to_string() } else { String::new() };
        self.set(column, value, &found);
    }

    /// An object of the headers. A value that is not text is written as PostgreSQL writes `bytea`.
    fn include_headers(
        &mut self,
        column: usize,
        headers: &[(&str, Option<&[u8]>)],
    ) -> Result<(), DecodeError> {
        let mut object = String::from("{");
        for (index, (name, value)) in headers.iter().enumerate() {
            if index > 0 {
                object.push(',');
            }
            quote_into(name, &mut object);
            object.push(':');
            match value.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
                None => object.push_str("null"),
                Some((_, Ok(text))) if !text.contains('\0') => quote_into(text, &mut object),
                Some((bytes, _)) => {
                    object.push_str("\"\\\\x");
                    for byte in bytes {
                        std::fmt::Write::write_fmt(&mut object, format_args!("{byte:02x}"))
                            .expect("a String takes all");
                    }
                    object.push('"');
                }
            }
        }
        object.push('}');
        let start = self.text.len();
        canonicalize_next(&mut storage::jsonb::Scanner::new(&object), 0, &mut self.text)?;
        let value = Value::Text(TextRef::Scratch((start..self.text.len()).into()));
        self.set(column, Ok(value), "");
        Ok(())
    }
}
