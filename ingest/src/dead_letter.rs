//! Messages that did not become rows, as rows of `<source>_dead_letters`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewBuilder, Int32Builder, Int64Builder, RecordBatch, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use crate::decode::is_representable;
use crate::kafka::messages::Messages;

/// A message that failed: its index in the batch, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) message: usize,
    pub(crate) error: String,
}

/// One row per failure, in the order given. `schema` is the stored schema of
/// [`storage::dead_letters`]; `now_micros` stands for the timestamp of a message without one, or with
/// one that no column can hold: producers choose it, and may choose any.
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
        let timestamp = message.timestamp_micros.filter(|&micros| is_representable(micros));
        timestamps.append_value(timestamp.unwrap_or(now_micros));
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

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::TimestampMicrosecondType;
    use storage::ids::{ObjectId, Offset, Partition};

    use super::*;
    use crate::kafka::messages::Parts;

    #[test]
    fn a_timestamp_that_no_column_holds_is_that_of_arrival() {
        const NOW: i64 = 1_700_000_000_000_000;
        let mut messages = Messages::default();
        for (offset, timestamp_micros) in (0..).zip([Some(5), None, Some(i64::MAX), Some(i64::MIN)]) {
            let parts = Parts {
                partition: Partition(0),
                offset: Offset(offset),
                timestamp_micros,
                key: None,
                value: None,
                headers_unreadable: false,
            };
            messages.push(&parts, [], Offset(offset));
        }
        let failures: Vec<_> = (0..4).map(|message| Failure { message, error: "bad".to_owned() }).collect();
        let schema = storage::dead_letters::definition(ObjectId(7)).schema.stored();
        let letters = batch(schema, &messages, &failures, NOW).unwrap();
        let timestamps = letters.column(2).as_primitive::<TimestampMicrosecondType>();
        assert_eq!(timestamps.values(), &[5, NOW, NOW, NOW]);
    }
}
