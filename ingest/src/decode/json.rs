//! Reads one JSON object a message. Which key belongs to which column is mostly guessed right:
//! producers write their keys in the same order again and again, so the key that came after the
//! last one the time before is compared with the bytes at hand before anything is looked up.

mod keys;

use storage::jsonb::{JsonType, Scanner};
use storage::schema::TableSchema;

use super::error::{DecodeError, describe};
use super::row::Row;
use keys::Keys;

/// Reads messages of one source.
#[derive(Debug)]
pub(super) struct JsonReader {
    keys: Keys,
}

impl JsonReader {
    /// A reader that knows the fields of these columns.
    pub(super) fn new(schema: &TableSchema) -> Self {
        Self { keys: Keys::new(schema) }
    }

    /// Reads a message into an empty row. What does not fit its column is noted in the row; an
    /// error is a message that is no object.
    #[inline]
    pub(super) fn read(&mut self, message: &str, row: &mut Row) -> Result<(), DecodeError> {
        let mut scanner = Scanner::new(message);
        if scanner.peek_type()? != JsonType::Object {
            let found = describe(scanner.value()?);
            scanner.end()?;
            return Err(DecodeError::NotAnObject { found });
        }
        self.object(Keys::ROOT, &mut scanner, message, row, 0)?;
        Ok(scanner.end()?)
    }

    /// Reads an object that stands inside `depth` others. The recursion ends with the longest
    /// path of a column, and with the scanner's bound.
    fn object(
        &mut self,
        node: usize,
        scanner: &mut Scanner<'_>,
        message: &str,
        row: &mut Row,
        depth: usize,
    ) -> Result<(), DecodeError> {
        scanner.enter(depth)?;
        let depth = depth + 1;
        let mut more = !scanner.take(b'}');
        let mut entry = Keys::START;
        while more {
            entry = self.keys.next(node, entry, scanner)?;
            scanner.colon()?;
            let target = self.keys.target(node, entry);
            let child = target.child;
            match target.columns[..] {
                [] if child.is_none() => scanner.skip_value(depth)?,
                [(column, by)] if child.is_none() => {
                    if row.accept(column, by) {
                        row.read(column, scanner, message, depth)?;
                    } else {
                        scanner.skip_value(depth)?;
                    }
                }
                _ => self.shared(node, entry, scanner, message, row, depth)?,
            }
            more = scanner.more(b'}')?;
        }
        Ok(())
    }

    /// Reads a value that several columns want, whole or in parts: once for each.
    fn shared(
        &mut self,
        node: usize,
        entry: usize,
        scanner: &mut Scanner<'_>,
        message: &str,
        row: &mut Row,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let kind = scanner.peek_type()?;
        let start = scanner.clone();
        scanner.skip_value(depth)?;
        for &(column, by) in &self.keys.target(node, entry).columns {
            if row.accept(column, by) {
                row.read(column, &mut start.clone(), message, depth)?;
            }
        }
        if let Some(child) = self.keys.target(node, entry).child {
            // Of a key that comes twice the last counts, with all that is inside it.
            row.clear_columns(self.keys.columns_below(child));
            if kind == JsonType::Object {
                self.object(child, &mut start.clone(), message, row, depth)?;
            }
        }
        Ok(())
    }
}
