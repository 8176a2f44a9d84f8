//! Messages of one source become rows of one Arrow batch; what can't become a row says why.
//!
//! A message is first read whole into the values of one row, and only a row without fault goes
//! into the builders: nothing half-done ever has to be taken back.

mod coerce;
mod error;
mod include;
mod json;
mod number;
pub(crate) mod row;
mod text;
mod time;

#[cfg(test)]
mod tests;

use arrow::array::RecordBatch;
use storage::catalog::{SourceDefinition, SourceFormat};
use storage::ids::{Offset, Partition};

use crate::batch::BatchBuilder;
use error::MESSAGE_BYTES_MAX;
pub use error::{DecodeError, Problem};
use json::JsonReader;
use row::Row;
pub(crate) use text::format_uuid;
pub(crate) use time::is_representable;

/// A Kafka message, borrowed from whoever consumed it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The value; None is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// Its partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: Offset,
    /// Its timestamp in microseconds since 1970, where it has one.
    pub timestamp_micros: Option<i64>,
    /// Its headers in order. Only looked at where [`Decoder::reads_headers`].
    pub headers: &'a [(&'a str, Option<&'a [u8]>)],
}

impl Message<'_> {
    fn bytes(&self) -> usize {
        let length = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
        let headers = self.headers.iter().map(|(name, value)| name.len() + length(*value));
        length(self.value) + length(self.key) + headers.sum::<usize>()
    }
}

/// Decodes messages of one source into one batch. Reused from batch to batch.
#[derive(Debug)]
pub struct Decoder {
    reader: JsonReader,
    row: Row,
    batch: BatchBuilder,
}

impl Decoder {
    /// A decoder with an empty batch.
    pub fn new(source: &SourceDefinition) -> Self {
        let SourceFormat::Json { timestamp_format } = &source.format;
        let schema = &source.table.schema;
        Self {
            reader: JsonReader::new(schema),
            row: Row::new(schema, *timestamp_format),
            batch: BatchBuilder::new(schema),
        }
    }

    /// Whether [`Message::headers`] is needed: elsewhere it may be left empty.
    pub fn reads_headers(&self) -> bool {
        self.row.reads_headers()
    }

    /// Appends one message as one row. On an error nothing of it remains in the batch.
    pub fn append(&mut self, message: &Message<'_>) -> Result<(), DecodeError> {
        let value = message.value.ok_or(DecodeError::NoValue)?;
        let bytes = message.bytes();
        if bytes > MESSAGE_BYTES_MAX {
            return Err(DecodeError::TooLong { bytes });
        }
        let text = std::str::from_utf8(value)
            .map_err(|error| DecodeError::NotUtf8 { what: "value", position: error.valid_up_to() })?;
        self.row.clear();
        self.reader.read(text, &mut self.row)?;
        self.row.include(message)?;
        self.row.check()?;
        self.batch.append(&self.row, text);
        Ok(())
    }

    /// Rows in the batch.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether the batch has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory that the batch's rows take at most, in bytes.
    pub fn bytes(&self) -> usize {
        self.batch.bytes()
    }

    /// Takes the batch, in the stored schema, and begins the next. Generated columns are all
    /// null and NOT NULL is not yet checked: both come after, in the pipeline.
    pub fn finish(&mut self) -> RecordBatch {
        self.batch.finish()
    }
}
