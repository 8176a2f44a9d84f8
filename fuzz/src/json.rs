//! What must hold of the JSON decoder whatever bytes it is given.

use std::collections::BTreeMap;

use ingest::decode::{Decoder, Message};
use storage::catalog::{
    KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition, TimestampFormat,
};
use storage::dead_letters;
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::jsonb;
use storage::schema::{Column, ColumnOrigin, ColumnType, MessagePart, TableSchema};

/// A message before and one after the bytes.
const NEIGHBOUR: &[u8] = br#"{"a":true,"d":-4,"h":"a text of some length","q":["x",null],"g":{"k":5.5}}"#;

/// Decodes any bytes between two good messages: nothing panics, the good ones come out as they
/// do alone, and a row more comes out only where the bytes were accepted.
pub(crate) fn check(bytes: &[u8]) {
    let mut decoder = Decoder::new(&source());
    append(&mut decoder, NEIGHBOUR).expect("the neighbour is good");
    let alone = decoder.finish();

    append(&mut decoder, NEIGHBOUR).expect("the neighbour is good");
    let accepted = append(&mut decoder, bytes).is_ok();
    append(&mut decoder, NEIGHBOUR).expect("the neighbour is good");
    let rows = decoder.len();
    let batch = decoder.finish();
    assert_eq!(rows, 2 + usize::from(accepted));
    assert_eq!(batch.num_rows(), rows);
    assert_eq!(batch.slice(0, 1), alone, "the message before");
    assert_eq!(batch.slice(rows - 1, 1), alone, "the message after");

    // The same message gives the same row, whatever the decoder has seen since.
    assert_eq!(append(&mut decoder, bytes).is_ok(), accepted);
    if accepted {
        assert_eq!(decoder.finish(), batch.slice(1, 1));
    }

    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(canonical) = jsonb::canonicalize(text)
    {
        assert_eq!(jsonb::canonicalize(&canonical).as_ref(), Ok(&canonical));
        let _ =
            (jsonb::as_text(&canonical), jsonb::get_field(&canonical, "a"), jsonb::get_index(&canonical, -1));
    }
}

fn append(decoder: &mut Decoder, value: &[u8]) -> Result<(), ingest::decode::DecodeError> {
    decoder.append(&Message {
        value: Some(value),
        key: Some(b"key"),
        partition: Partition(1),
        offset: Offset(2),
        timestamp_micros: Some(3),
        headers: &[],
    })
}

/// A source with a column of each type, by name and by path.
fn source() -> SourceDefinition {
    let types = [
        ("a", ColumnType::Boolean),
        ("b", ColumnType::SmallInt),
        ("c", ColumnType::Integer),
        ("d", ColumnType::BigInt),
        ("e", ColumnType::Real),
        ("f", ColumnType::Double),
        ("g", ColumnType::Jsonb),
        ("h", ColumnType::Text),
        ("i", ColumnType::Varchar { length: 4 }),
        ("j", ColumnType::Bytea),
        ("k", ColumnType::Uuid),
        ("l", ColumnType::Date),
        ("m", ColumnType::Time),
        ("n", ColumnType::Timestamp),
        ("o", ColumnType::TimestampTz),
        ("p", ColumnType::Numeric { precision: 20, scale: 4 }),
        ("q", ColumnType::TextArray),
    ];
    let by_path = ["g.k", "g.k.z", "a.g"].map(|path| (path, ColumnType::Text, Some(path)));
    source_of(types.map(|(name, column_type)| (name, column_type, None)).into_iter().chain(by_path))
}

/// A source with columns of these names, types and, where there are any, paths; and the key.
pub(crate) fn source_of<'a>(
    columns: impl IntoIterator<Item = (&'a str, ColumnType, Option<&'a str>)>,
) -> SourceDefinition {
    let fields = columns.into_iter().map(|(name, column_type, path)| {
        let path = path.map(|path| path.split('.').map(str::to_owned).collect());
        (name, column_type, ColumnOrigin::Field { path })
    });
    let key = ("key", ColumnType::Text, ColumnOrigin::Include(MessagePart::Key));
    let columns = (1..).zip(fields.chain([key])).map(|(id, (name, column_type, origin))| Column {
        id: ColumnId(id),
        name: name.to_owned(),
        column_type,
        not_null: false,
        origin,
        comment: None,
    });
    let columns: Vec<_> = columns.collect();
    SourceDefinition {
        table: TableDefinition {
            id: ObjectId(1),
            schema: TableSchema { version: 1, next_column_id: columns.len() as u32 + 1, columns },
            partition_by: None,
            order_by: Vec::new(),
        },
        dead_letters: dead_letters::definition(ObjectId(2)),
        endpoint: KafkaEndpoint::Brokers(String::new()),
        topic: String::new(),
        topic_id: String::new(),
        start_offsets: BTreeMap::new(),
        format: SourceFormat::Json { timestamp_format: TimestampFormat::EpochMilliseconds },
        filter: None,
        options: SourceOptions::default(),
        paused: false,
    }
}
