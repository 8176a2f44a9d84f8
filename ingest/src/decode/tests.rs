use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use storage::catalog::{
    KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition, TimestampFormat,
};
use storage::dead_letters;
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::schema::{Column, ColumnOrigin, ColumnType, TableSchema};

use super::{Decoder, Message};

/// A column of a test's source, filled by name.
fn field(name: &str, column_type: ColumnType) -> Column {
    column(name, column_type, ColumnOrigin::Field { path: None })
}

fn column(name: &str, column_type: ColumnType, origin: ColumnOrigin) -> Column {
    Column { id: ColumnId(0), name: name.to_owned(), column_type, not_null: false, origin, comment: None }
}

fn source(columns: Vec<Column>, timestamp_format: TimestampFormat) -> SourceDefinition {
    let columns: Vec<_> =
        (1..).zip(columns).map(|(id, column)| Column { id: ColumnId(id), ..column }).collect();
    let next_column_id = columns.len() as u32 + 1;
    SourceDefinition {
        table: TableDefinition {
            id: ObjectId(1),
            schema: TableSchema { version: 1, columns, next_column_id },
            partition_by: None,
            order_by: Vec::new(),
        },
        dead_letters: dead_letters::definition(ObjectId(2)),
        endpoint: KafkaEndpoint::Brokers(String::new()),
        topic: String::new(),
        topic_id: String::new(),
        start_offsets: BTreeMap::new(),
        format: SourceFormat::Json { timestamp_format },
        filter: None,
        options: SourceOptions::default(),
        paused: false,
    }
}

fn message(value: &[u8]) -> Message<'_> {
    Message {
        value: Some(value),
        key: None,
        partition: Partition(3),
        offset: Offset(42),
        timestamp_micros: Some(1_000_000),
        headers: &[],
    }
}

/// A row as text, `NULL` for null.
fn row(batch: &RecordBatch, row: usize) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL");
    let cell = |array| ArrayFormatter::try_new(array, &options).unwrap().value(row).to_string();
    batch.columns().iter().map(|array| cell(array.as_ref())).collect()
}

#[test]
fn a_bad_message_leaves_nothing_behind() {
    let columns = vec![field("a", ColumnType::BigInt), field("b", ColumnType::Text)];
    let mut decoder = Decoder::new(&source(columns, TimestampFormat::Iso8601));
    decoder.append(&message(br#"{"a":1,"b":"one"}"#)).unwrap();
    let error = decoder.append(&message(br#"{"a":"abc","b":"two"}"#)).unwrap_err();
    assert_eq!(error.to_string(), r#"column "a": expected bigint, found string "abc""#);
    decoder.append(&message(br#"{"b":"two","a":}"#)).unwrap_err();
    decoder.append(&message(br#"{"b":"three"}"#)).unwrap();
    let batch = decoder.finish();
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(row(&batch, 0), ["1", "one"]);
    assert_eq!(row(&batch, 1), ["NULL", "three"]);
    assert!(decoder.is_empty());
}
