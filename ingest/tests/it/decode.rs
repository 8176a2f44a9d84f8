//! The decoder beside a slow reference, and on bytes of any kind.

#[path = "../../../fuzz/src/json.rs"]
mod fuzz;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use chrono::{DateTime, Utc};
use ingest::decode::{Decoder, Message};
use proptest::prelude::*;
use serde_json::{Map, Value};
use storage::catalog::SourceDefinition;
use storage::ids::{Offset, Partition};
use storage::schema::ColumnType;

/// A source whose columns are named by their types.
fn source() -> SourceDefinition {
    let types = [
        ("bool", ColumnType::Boolean),
        ("int", ColumnType::BigInt),
        ("float", ColumnType::Double),
        ("text", ColumnType::Text),
        ("json", ColumnType::Jsonb),
        ("at", ColumnType::TimestampTz),
        ("list", ColumnType::TextArray),
    ];
    fuzz::source_of(types.map(|(name, column_type)| (name, column_type, None)))
}

/// A value of each kind that the columns take; most columns get one, some get null or nothing.
fn object() -> impl Strategy<Value = Vec<(String, Value)>> {
    let text = || "[ -~äß😀\\n\\t]{0,20}";
    let json = prop_oneof![
        any::<i32>().prop_map(Value::from),
        text().prop_map(Value::from),
        prop::collection::vec(any::<bool>(), 0..3).prop_map(Value::from),
        prop::collection::btree_map("[a-z_]{1,3}", any::<i64>(), 0..4)
            .prop_map(|members| members.into_iter().map(|(key, value)| (key, Value::from(value))).collect()),
    ];
    // What chrono writes with a nanosecond's precision is read back to the microsecond.
    let at = (-62_135_596_800_000_000_i64..253_402_300_799_999_999)
        .prop_map(|micros| DateTime::<Utc>::from_timestamp_micros(micros).unwrap().to_rfc3339());
    let member = prop_oneof![
        any::<bool>().prop_map(|value| ("bool", Value::from(value))),
        any::<i64>().prop_map(|value| ("int", value.into())),
        any::<i64>().prop_map(|value| ("int", value.to_string().into())),
        prop::num::f64::NORMAL.prop_map(|value| ("float", value.into())),
        prop::num::f64::SUBNORMAL.prop_map(|value| ("float", value.to_string().into())),
        text().prop_map(|value| ("text", value.into())),
        json.clone().prop_map(|value| ("json", value)),
        at.prop_map(|value| ("at", value.into())),
        prop::collection::vec(text(), 0..4).prop_map(|value| ("list", value.into())),
        prop::sample::select(&["bool", "int", "float", "text", "json", "at", "list"])
            .prop_map(|name| (name, Value::Null)),
    ];
    let unknown = ("x[a-z]{0,6}", json);
    prop::collection::vec(
        prop_oneof![4 => member.prop_map(|(name, value)| (name.to_owned(), value)), 1 => unknown],
        0..12,
    )
}

/// The members as JSON text in their order, repeated keys and all, with spaces after each token.
fn write(members: &[(String, Value)], space: &str) -> String {
    let members = members.iter().map(|(key, value)| {
        let (key, value) = (serde_json::to_string(key).unwrap(), value.to_string());
        format!("{space}{key}{space}:{space}{value}{space}")
    });
    format!("{space}{{{}}}{space}", members.collect::<Vec<_>>().join(","))
}

fn message(value: &[u8]) -> Message<'_> {
    Message {
        value: Some(value),
        key: None,
        partition: Partition(0),
        offset: Offset(0),
        timestamp_micros: None,
        headers: &[],
    }
}

/// Compares a row with what serde_json reads.
fn check_row(batch: &RecordBatch, row: usize, expected: &Map<String, Value>) {
    let value = |name: &str| expected.get(name).filter(|value| !value.is_null());
    let column = |index: usize| batch.column(index);
    let is_null = |index: usize, name: &str| {
        assert_eq!(column(index).is_null(row), value(name).is_none(), "{name} of {expected:?}");
        column(index).is_null(row)
    };
    if !is_null(0, "bool") {
        assert_eq!(column(0).as_boolean().value(row), value("bool").unwrap().as_bool().unwrap());
    }
    if !is_null(1, "int") {
        let expected = value("int").unwrap();
        let expected = expected.as_i64().unwrap_or_else(|| expected.as_str().unwrap().parse().unwrap());
        assert_eq!(column(1).as_primitive::<Int64Type>().value(row), expected);
    }
    if !is_null(2, "float") {
        let expected = value("float").unwrap();
        let expected = expected.as_f64().unwrap_or_else(|| expected.as_str().unwrap().parse().unwrap());
        assert_eq!(column(2).as_primitive::<Float64Type>().value(row).to_bits(), expected.to_bits());
    }
    if !is_null(3, "text") {
        assert_eq!(column(3).as_string_view().value(row), value("text").unwrap().as_str().unwrap());
    }
    if !is_null(4, "json") {
        let found: Value = serde_json::from_str(column(4).as_string_view().value(row)).unwrap();
        assert_eq!(&found, value("json").unwrap());
    }
    if !is_null(5, "at") {
        let expected = DateTime::parse_from_rfc3339(value("at").unwrap().as_str().unwrap()).unwrap();
        let found = column(5).as_primitive::<TimestampMicrosecondType>().value(row);
        assert_eq!(found, expected.timestamp_micros());
    }
    if !is_null(6, "list") {
        let found = column(6).as_list::<i32>().value(row);
        let found: Vec<_> = found.as_string_view().iter().flatten().map(str::to_owned).collect();
        assert_eq!(Value::from(found), *value("list").unwrap());
    }
}

proptest! {
    #[test]
    fn rows_are_what_serde_json_reads(
        objects in prop::collection::vec(object(), 1..8),
        space in prop::sample::select(&["", " ", "\r\n\t "]),
    ) {
        let mut decoder = Decoder::new(&source());
        let texts: Vec<_> = objects.iter().map(|members| write(members, space)).collect();
        for text in &texts {
            decoder.append(&message(text.as_bytes())).unwrap();
        }
        let batch = decoder.finish();
        prop_assert_eq!(batch.num_rows(), texts.len());
        for (row, text) in texts.iter().enumerate() {
            check_row(&batch, row, &serde_json::from_str(text).unwrap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_harm_their_neighbours(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        fuzz::check(&bytes);
    }

    #[test]
    fn no_json_harms_its_neighbours(
        text in "\\{(\"[a-qA-Q_]{1,2}\":(-?[0-9]{1,22}(\\.[0-9]{1,8})?(e-?[0-9]{1,3})?|\"[ -~]{0,8}\"|null|true|\\[\\]|\\{\"k\":[0-9]\\}),){0,4}\"x\":0\\}",
    ) {
        fuzz::check(text.as_bytes());
    }

    #[test]
    fn no_damage_harms_its_neighbours(
        members in object(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = write(&members, "").into_bytes();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        fuzz::check(&bytes);
    }
}
