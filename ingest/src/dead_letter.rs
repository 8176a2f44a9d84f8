//! Messages that did not become rows, as rows of `<source>_dead_letters`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewBuilder, Int32Builder, Int64Builder, RecordBatch, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use crate::kafka::messages::Messages;

/// A message that failed: its index in the batch, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) message: usize,
    pub(crate) error: String,
}

/// One row per failure, in the order given. `schema` is the stored schema of
/// [`storage::dead_letters`]; `now_micros` stands for the timestamp of a message without one.
pub(crate) fn batch(
    schema: SchemaRef,
    messages: &Messages,
    failures: &[Failure],
    now_micros: i64,
) -> Result<RecordBatch, ArrowError> {
    let mut partitions = Int32Builder::with_capacity(failures.len());
    let mut offsets = Int64Builder::with_capacity(failures.len());
    let mut timestamps = TimestampMicrosecondBuilder::with_capacity(failures.len()).with_timezone("UTC");
    let mut keys = BinaryViewBuilder::with_capacity(failures.len());
    let mut values = BinaryViewBuilder::with_capacity(failures.len());
    let mut errors = StringViewBuilder::with_capacity(failures.len());
    for failure in failures {
        let message = messages.message(failure.message);
        partitions.append_value(message.partition.0);
        offsets.append_value(message.offset.0);
        timestamps.append_value(message.timestamp_micros.unwrap_or(now_micros));
        keys.append_option(message.key);
        values.append_option(message.value);
        errors.append_value(&failure.error);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(partitions.finish()),
        Arc::new(offsets.finish()),
        Arc::new(timestamps.finish()),
        Arc::new(keys.finish()),
        Arc::new(values.finish()),
        Arc::new(errors.finish()),
    ];
    RecordBatch::try_new(schema, columns)
}
