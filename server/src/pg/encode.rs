//! Arrow batches become DataRow messages: the way of every value to a client.
//!
//! A result's columns are typed once ([`RowFormat`]), their arrays downcast once a batch
//! ([`BatchEncoder`]), and then each value is written straight into the connection's buffer:
//! nothing is allocated per value, and a caller stops after any row to flush.

mod array;
pub mod column;
mod datetime;
mod float;
mod interval;
mod numeric;
mod record;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringViewBuilder};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use bytes::{BufMut, BytesMut};
use chrono_tz::Tz;
use planner::IntervalStyle;

use crate::pg::types::PgType;
use column::Column;

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As people read it.
    Text,
    /// As PostgreSQL's `send` functions write it.
    Binary,
}

impl Format {
    /// The format with this code of the protocol.
    pub fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Text),
            1 => Some(Self::Binary),
            _ => None,
        }
    }

    /// Its code in the protocol.
    pub fn code(self) -> i16 {
        self as i16
    }
}

/// What a session's settings say about how values are written as text.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// `TimeZone`
    pub zone: Tz,
    /// `IntervalStyle`
    pub intervals: IntervalStyle,
}

/// Types and formats of a result's columns.
#[derive(Clone, Debug)]
pub struct RowFormat {
    columns: Vec<(PgType, Format)>,
    style: Style,
}

impl RowFormat {
    /// For a result with this schema. `formats` has been checked: none (all text), one for all,
    /// or one a column.
    pub fn new(schema: &SchemaRef, formats: &[Format], style: Style) -> Self {
        let format = |index: usize| match formats {
            [] => Format::Text,
            [all] => *all,
            each => each.get(index).copied().unwrap_or(Format::Text),
        };
        let columns = schema.fields().iter().enumerate();
        Self { columns: columns.map(|(i, field)| (PgType::of_field(field), format(i))).collect(), style }
    }
}

/// Writes the rows of one batch.
#[derive(Debug)]
pub struct BatchEncoder {
    columns: Vec<Column>,
    rows: usize,
    next: usize,
}

impl BatchEncoder {
    /// Takes a batch whose columns are those of `format`.
    pub fn new(batch: &RecordBatch, format: &RowFormat) -> Result<Self, ArrowError> {
        let columns = batch.columns().iter().zip(&format.columns);
        let columns = columns.map(|(array, (pg, form))| Column::new(array, *pg, *form, format.style));
        Ok(Self { columns: columns.collect::<Result<_, _>>()?, rows: batch.num_rows(), next: 0 })
    }

    /// Rows not yet written.
    pub fn remaining(&self) -> usize {
        self.rows - self.next
    }

    /// Writes rows until `rows_max` are written, the batch ends, or `out` holds `bytes` or more.
    /// Returns how many were written. Fails with the length of a row too large for a message.
    pub fn write(&mut self, out: &mut BytesMut, rows_max: usize, bytes: usize) -> Result<usize, RowTooLarge> {
        let mut written = 0;
        while written < rows_max && self.next < self.rows && out.len() < bytes {
            let start = out.len();
            out.put_u8(b'D');
            out.put_u32(0);
            out.put_u16(self.columns.len() as u16);
            for column in &self.columns {
                column.write(self.next, out);
            }
            let length = out.len() - start - 1;
            if length > MESSAGE_BYTES_MAX {
                out.truncate(start);
                return Err(RowTooLarge { length });
            }
            out[start + 1..start + 5].copy_from_slice(&(length as u32).to_be_bytes());
            self.next += 1;
            written += 1;
        }
        Ok(written)
    }
}

/// A column's values in their text form, as a column of text.
pub fn text(values: &ArrayRef, pg: PgType, style: Style) -> Result<ArrayRef, ArrowError> {
    let column = Column::new(values, pg, Format::Text, style)?;
    let mut texts = StringViewBuilder::with_capacity(values.len());
    let mut text = BytesMut::new();
    for row in 0..values.len() {
        if column.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        column.text(row, &mut text);
        let text = std::str::from_utf8(&text).map_err(|error| ArrowError::CastError(error.to_string()))?;
        texts.try_append_value(text)?;
    }
    Ok(Arc::new(texts.finish()))
}

/// PostgreSQL's own bound of a message; the length field is signed.
pub const MESSAGE_BYTES_MAX: usize = 0x3fff_ffff;

/// A row does not fit a message.
#[derive(Debug, thiserror::Error)]
#[error("a result row of {length} bytes is too large for a message")]
pub struct RowTooLarge {
    /// Its length.
    pub length: usize,
}

/// Writes a value behind its length, which is known only afterwards.
fn with_length(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    let start = out.len();
    out.put_u32(0);
    write(out);
    let length = out.len() - start - 4;
    // A value beyond 4 GiB cannot be: it would not have fit its Arrow array's row, and the row's
    // own length is checked before anything is sent.
    out[start..start + 4].copy_from_slice(&(length as u32).to_be_bytes());
}

#[cfg(test)]
mod tests;
