//! Messages of one source become rows of one Arrow batch; what can't become a row says why.

use arrow::array::RecordBatch;
use storage::catalog::SourceDefinition;
use storage::ids::{Offset, Partition};

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

/// Why a message did not become a row: its text is the `error` of the dead letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(String);

/// Decodes messages of one source into one batch. Reused from batch to batch.
#[derive(Debug)]
pub struct Decoder {}

impl Decoder {
    /// A decoder with an empty batch.
    pub fn new(source: &SourceDefinition) -> Self {
        let _ = source;
        todo!()
    }

    /// Whether [`Message::headers`] is needed: elsewhere it may be left empty.
    pub fn reads_headers(&self) -> bool {
        todo!()
    }

    /// Appends one message as one row. On an error nothing of it remains in the batch.
    pub fn append(&mut self, message: &Message<'_>) -> Result<(), DecodeError> {
        let _ = message;
        todo!()
    }

    /// Rows in the batch.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether the batch has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory that the batch's rows take, in bytes.
    pub fn bytes(&self) -> usize {
        todo!()
    }

    /// Takes the batch, in the stored schema, and begins the next. Generated columns are all
    /// null and NOT NULL is not yet checked: both come after, in the pipeline.
    pub fn finish(&mut self) -> RecordBatch {
        todo!()
    }
}
