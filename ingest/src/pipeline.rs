//! From messages to a unit of hot rows: decode, generated columns, filter, NOT NULL.
//!
//! Whatever fails on the way becomes a dead letter of the same unit, so that a message is always
//! exactly one of: a row, a dead letter, filtered. The unit covers the offsets of all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parking_lot::Mutex;
use storage::catalog::SourceDefinition;
use storage::hot::HotUnit;
use storage::ids::{ColumnId, ObjectId, Partition};
use storage::transform::RowTransform;

use crate::dead_letter::{self, Failure};
use crate::decode::Decoder;
use crate::kafka::messages::Messages;

/// What a batch of messages became.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) unit: HotUnit,
    /// The oldest timestamp of its messages.
    pub(crate) oldest_timestamp_micros: Option<i64>,
    /// The largest event time of each partition.
    pub(crate) event_times: BTreeMap<Partition, i64>,
}

/// The steps of one source. Shared by all decoding threads.
#[derive(Debug)]
pub(crate) struct Pipeline {
    source: ObjectId,
    definition: SourceDefinition,
    transform: Option<Arc<dyn RowTransform>>,
    dead_letter_schema: SchemaRef,
    /// Columns that refuse null: their index and their name.
    not_null: Vec<(usize, String)>,
    /// The index of the column that the table is partitioned by.
    event_time: Option<usize>,
    reads_headers: bool,
    /// Decoders not in use: a thread takes one for a batch, so there are as many as threads.
    decoders: Mutex<Vec<Decoder>>,
}

impl Pipeline {
    pub(crate) fn new(
        source: ObjectId,
        definition: SourceDefinition,
        transform: Option<Arc<dyn RowTransform>>,
    ) -> Self {
        let columns = &definition.table.schema.columns;
        let not_null = columns.iter().enumerate().filter(|(_, column)| column.not_null);
        let event_time = definition.table.partition_by.and_then(|by| index_of(&definition, by.column));
        let decoder = Decoder::new(&definition);
        Self {
            source,
            transform,
            dead_letter_schema: definition.dead_letters.schema.stored(),
            not_null: not_null.map(|(index, column)| (index, column.name.clone())).collect(),
            event_time,
            reads_headers: decoder.reads_headers(),
            decoders: Mutex::new(vec![decoder]),
            definition,
        }
    }

    /// Whether messages must come with their headers.
    pub(crate) fn reads_headers(&self) -> bool {
        self.reads_headers
    }

    /// Runs all steps over a batch. An error is ours, never the data's.
    pub(crate) fn run(&self, messages: &Messages, now_micros: i64) -> Result<Decoded, ArrowError> {
        let mut failures = Vec::new();
        let (rows, row_messages) = self.decode(messages, &mut failures);
        let (rows, row_messages) = self.transform(rows, row_messages, &mut failures)?;
        let dead_letters = if failures.is_empty() {
            None
        } else {
            failures.sort_unstable_by_key(|failure| failure.message);
            let schema = Arc::clone(&self.dead_letter_schema);
            Some(dead_letter::batch(schema, messages, &failures, now_micros)?)
        };
        assert!(rows.num_rows() + failures.len() <= messages.len(), "a message is a row or a dead letter");
        Ok(Decoded {
            event_times: self.event_times(&rows, &row_messages, messages),
            oldest_timestamp_micros: messages.oldest_timestamp_micros(),
            unit: HotUnit {
                source: self.source,
                ranges: messages.ranges().to_vec(),
                rows: (rows.num_rows() > 0).then_some(rows),
                dead_letters,
            },
        })
    }

    /// The rows that could be decoded, with the index of each one's message.
    fn decode(&self, messages: &Messages, failures: &mut Vec<Failure>) -> (RecordBatch, Vec<u32>) {
        let idle = self.decoders.lock().pop();
        let mut decoder = idle.unwrap_or_else(|| Decoder::new(&self.definition));
        let mut row_messages = Vec::with_capacity(messages.len());
        let mut headers = Vec::new();
        for index in 0..messages.len() {
            let mut message = messages.message(index);
            if self.reads_headers {
                if messages.headers_unreadable(index) {
                    let error = "the name of a header is not UTF-8".to_owned();
                    failures.push(Failure { message: index, error });
                    continue;
                }
                messages.headers_into(index, &mut headers);
                message.headers = &headers;
            }
            match decoder.append(&message) {
                Ok(()) => row_messages.push(index as u32),
                Err(error) => failures.push(Failure { message: index, error: error.to_string() }),
            }
        }
        let rows = decoder.finish();
        self.decoders.lock().push(decoder);
        assert_eq!(rows.num_rows(), row_messages.len(), "the decoder appends a row or nothing");
        (rows, row_messages)
    }

    /// Generated columns, filter and NOT NULL.
    fn transform(
        &self,
        mut rows: RecordBatch,
        row_messages: Vec<u32>,
        failures: &mut Vec<Failure>,
    ) -> Result<(RecordBatch, Vec<u32>), ArrowError> {
        let mut keep = vec![true; rows.num_rows()];
        if let Some(transform) = &self.transform
            && rows.num_rows() > 0
        {
            let transformed = transform.apply(&rows);
            rows = self.with_generated(rows, transformed.generated)?;
            if let Some(filter) = &transformed.keep {
                assert_eq!(filter.len(), keep.len(), "one verdict a row");
                for (row, keep) in keep.iter_mut().enumerate() {
                    *keep = filter.is_valid(row) && filter.value(row);
                }
            }
            for error in transformed.errors {
                keep[error.row] = false;
                failures.push(Failure { message: row_messages[error.row] as usize, error: error.message });
            }
        }
        for (index, name) in &self.not_null {
            let column = rows.column(*index);
            if column.null_count() == 0 {
                continue;
            }
            for (row, keep) in keep.iter_mut().enumerate() {
                // A row that the filter takes out, or that failed already, is judged no further.
                if *keep && column.is_null(row) {
                    *keep = false;
                    let error = format!("null value in column \"{name}\" violates not-null constraint");
                    failures.push(Failure { message: row_messages[row] as usize, error });
                }
            }
        }
        if keep.iter().all(|&keep| keep) {
            return Ok((rows, row_messages));
        }
        let kept = row_messages.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(&message, _)| message);
        let kept = kept.collect();
        Ok((filter_record_batch(&rows, &BooleanArray::from(keep))?, kept))
    }

    fn with_generated(
        &self,
        rows: RecordBatch,
        generated: Vec<(ColumnId, ArrayRef)>,
    ) -> Result<RecordBatch, ArrowError> {
        if generated.is_empty() {
            return Ok(rows);
        }
        let schema = rows.schema();
        let mut columns = rows.columns().to_vec();
        for (id, array) in generated {
            if let Some(index) = index_of(&self.definition, id) {
                columns[index] = array;
            }
        }
        RecordBatch::try_new(schema, columns)
    }

    fn event_times(
        &self,
        rows: &RecordBatch,
        row_messages: &[u32],
        messages: &Messages,
    ) -> BTreeMap<Partition, i64> {
        let mut latest = BTreeMap::new();
        let Some(index) = self.event_time else { return latest };
        let Some(times) = rows.column(index).as_any().downcast_ref::<TimestampMicrosecondArray>() else {
            return latest;
        };
        // Messages come in runs of one partition: look each run up once.
        let mut row = 0;
        while row < row_messages.len() {
            let partition = messages.partition(row_messages[row] as usize);
            let mut largest: Option<i64> = None;
            while row < row_messages.len() && messages.partition(row_messages[row] as usize) == partition {
                if times.is_valid(row) {
                    largest = largest.max(Some(times.value(row)));
                }
                row += 1;
            }
            if let Some(largest) = largest {
                let entry = latest.entry(partition).or_insert(largest);
                *entry = largest.max(*entry);
            }
        }
        latest
    }
}

fn index_of(definition: &SourceDefinition, id: ColumnId) -> Option<usize> {
    definition.table.schema.columns.iter().position(|column| column.id == id)
}
