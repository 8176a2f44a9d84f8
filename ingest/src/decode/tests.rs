use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use storage::catalog::{
    KafkaEndpoint, SourceDefinition, SourceFormat, SourceOptions, TableDefinition, TimestampFormat,
};
use storage::dead_letters;
use storage::ids::{ColumnId, ObjectId, Offset, Partition};
use storage::schema::{Column, ColumnOrigin, ColumnType, MessagePart, TableSchema};

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

/// What a JSON value becomes in a column: its text, or what the dead letter says.
fn decode(column_type: ColumnType, format: TimestampFormat, value: &str) -> String {
    let mut decoder = Decoder::new(&source(vec![field("x", column_type)], format));
    match decoder.append(&message(format!("{{\"x\": {value} }}").as_bytes())) {
        Ok(()) => row(&decoder.finish(), 0).remove(0),
        Err(error) => error.to_string(),
    }
}

fn check(column_type: ColumnType, samples: &[(&str, &str)]) {
    for (value, expected) in samples {
        let found = decode(column_type, TimestampFormat::Iso8601, value);
        let found = found.strip_prefix("column \"x\": ").unwrap_or(&found);
        assert_eq!(found, *expected, "of {value} as {column_type}");
    }
}

#[test]
fn booleans() {
    check(
        ColumnType::Boolean,
        &[
            ("true", "true"),
            ("false", "false"),
            ("null", "NULL"),
            ("1", "true"),
            ("0", "false"),
            ("\"true\"", "true"),
            ("\"F\"", "false"),
            ("\"yes\"", "true"),
            ("\"Off\"", "false"),
            ("\"\"", "expected boolean, found string \"\""),
            ("2", "expected boolean, found number 2"),
            ("[true]", "expected boolean, found array [true]"),
        ],
    );
}

#[test]
fn integers() {
    check(
        ColumnType::BigInt,
        &[
            ("0", "0"),
            ("-0", "0"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "number 9223372036854775808 is out of range for bigint"),
            ("18446744073709551616", "number 18446744073709551616 is out of range for bigint"),
            (
                "99999999999999999999999999999999999999999999",
                "number 9999999999999999999999999999999999999999… is out of range for bigint",
            ),
            ("1e3", "1000"),
            ("5.0", "5"),
            ("-5.00", "-5"),
            ("12300e-2", "123"),
            ("922337203685477580700e-2", "9223372036854775807"),
            ("0.000000000000000000000000", "0"),
            ("1.00000000000000000000000", "1"),
            ("1.00000000000000000000001", "expected bigint, found number 1.00000000000000000000001"),
            ("5.5", "expected bigint, found number 5.5"),
            ("1e-1", "expected bigint, found number 1e-1"),
            ("1e-999999999999", "expected bigint, found number 1e-999999999999"),
            ("1e999999999999", "number 1e999999999999 is out of range for bigint"),
            ("0e999999999999", "0"),
            ("\"42\"", "42"),
            ("\" +042 \"", "42"),
            ("\"-7\"", "-7"),
            ("\"\"", "expected bigint, found string \"\""),
            ("\"abc\"", "expected bigint, found string \"abc\""),
            ("\"0x10\"", "expected bigint, found string \"0x10\""),
            ("\"+-1\"", "expected bigint, found string \"+-1\""),
            ("true", "expected bigint, found boolean true"),
            ("{\"a\":1}", "expected bigint, found object {\"a\":1}"),
            ("null", "NULL"),
        ],
    );
    check(
        ColumnType::SmallInt,
        &[
            ("32767", "32767"),
            ("-32768", "-32768"),
            ("32768", "number 32768 is out of range for smallint"),
            ("\"-32769\"", "string \"-32769\" is out of range for smallint"),
        ],
    );
    check(
        ColumnType::Integer,
        &[("-2147483648", "-2147483648"), ("2147483648", "number 2147483648 is out of range for integer")],
    );
}

#[test]
fn numerics() {
    check(
        ColumnType::Numeric { precision: 6, scale: 2 },
        &[
            ("1.005", "1.01"),
            ("-1.005", "-1.01"),
            ("1.004999999999999999999999999", "1.00"),
            ("1.005000000000000000000000000", "1.01"),
            ("9999.994", "9999.99"),
            ("9999.995", "number 9999.995 is out of range for numeric(6,2)"),
            ("1e4", "number 1e4 is out of range for numeric(6,2)"),
            ("0.1e1", "1.00"),
            ("0.004", "0.00"),
            ("5e-3", "0.01"),
            ("4e-99", "0.00"),
            ("\"12.5\"", "12.50"),
            ("\"NaN\"", "expected numeric(6,2), found string \"NaN\""),
            ("true", "expected numeric(6,2), found boolean true"),
        ],
    );
    check(
        ColumnType::Numeric { precision: 38, scale: 0 },
        &[
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
            (
                "99999999999999999999999999999999999999.5",
                "number 99999999999999999999999999999999999999.5 is out of range for numeric(38,0)",
            ),
            ("1e37", "10000000000000000000000000000000000000"),
            ("12345678901234567890123456789012345678e-37", "1"),
        ],
    );
    check(
        ColumnType::Numeric { precision: 38, scale: 38 },
        &[("1e-38", "0.00000000000000000000000000000000000001")],
    );
}

#[test]
fn floats() {
    let double = |text: &str| {
        let mut decoder =
            Decoder::new(&source(vec![field("x", ColumnType::Double)], TimestampFormat::Iso8601));
        decoder
            .append(&message(format!("{{\"x\":{text}}}").as_bytes()))
            .map(|()| decoder.finish().column(0).as_primitive::<Float64Type>().value(0))
    };
    assert_eq!(double("-0.0").unwrap().to_bits(), (-0.0_f64).to_bits());
    assert_eq!(double("-0").unwrap().to_bits(), (-0.0_f64).to_bits());
    assert_eq!(double("0.1").unwrap(), 0.1);
    assert_eq!(double("5e-324").unwrap(), 5e-324);
    assert_eq!(double("2.2250738585072011e-308").unwrap().to_bits(), 0x000f_ffff_ffff_ffff);
    assert_eq!(double("1.7976931348623157e308").unwrap(), f64::MAX);
    assert_eq!(double("9007199254740993").unwrap(), 9007199254740992.0);
    assert_eq!(double("123456789012345678901234567890").unwrap(), 123456789012345678901234567890.0);
    assert_eq!(double("\"Infinity\"").unwrap(), f64::INFINITY);
    assert_eq!(double("\"-inf\"").unwrap(), f64::NEG_INFINITY);
    assert!(double("\"NaN\"").unwrap().is_nan());
    check(
        ColumnType::Double,
        &[
            ("1e309", "number 1e309 is out of range for double precision"),
            ("1e-400", "number 1e-400 is out of range for double precision"),
            ("0e-400", "0.0"),
            ("\"1,5\"", "expected double precision, found string \"1,5\""),
            ("\"NaN1\"", "expected double precision, found string \"NaN1\""),
        ],
    );
    check(
        ColumnType::Real,
        &[
            // Rounded once: by way of double precision it would be 16777216.
            ("16777217.0000000001", "16777218.0"),
            ("1e39", "number 1e39 is out of range for real"),
            ("1e-46", "number 1e-46 is out of range for real"),
            ("\"0.5\"", "0.5"),
        ],
    );
}

#[test]
fn texts() {
    check(
        ColumnType::Text,
        &[
            ("\"a\"", "a"),
            ("\"\"", ""),
            ("\"caf\\u00e9 \\ud83d\\ude00 \\\"\\n\"", "café 😀 \"\n"),
            ("1.50e3", "1.50e3"),
            ("true", "true"),
            ("null", "NULL"),
            ("[1,{\"b\":2,\"a\":1}]", "[1, {\"a\": 1, \"b\": 2}]"),
            ("\"a\\u0000b\"", "invalid JSON at byte 8: \\u0000 can't be stored as text"),
        ],
    );
    check(
        ColumnType::Varchar { length: 3 },
        &[
            ("\"äöü\"", "äöü"),
            ("\"abc  \"", "abc"),
            ("\"\\u00e4bc  \"", "äbc"),
            ("\"abcd\"", "string \"abcd\" is too long for character varying(3)"),
            ("1234", "number 1234 is too long for character varying(3)"),
            ("true", "boolean true is too long for character varying(3)"),
            ("[]", "[]"),
        ],
    );
}

#[test]
fn uuids() {
    let canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    check(
        ColumnType::Uuid,
        &[
            ("\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"", canonical),
            ("\"A0EEBC999C0B4EF8BB6D6BB9BD380A11\"", canonical),
            ("\"{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}\"", canonical),
            (
                "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1\"",
                "expected uuid, found string \"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1\"",
            ),
            (
                "\"a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11\"",
                "expected uuid, found string \"a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11\"",
            ),
            ("7", "expected uuid, found number 7"),
        ],
    );
}

#[test]
fn byteas() {
    check(
        ColumnType::Bytea,
        &[
            ("\"\\\\xDEadbeef\"", "deadbeef"),
            ("\"\\\\x\"", ""),
            ("\"\\\\x0\"", "expected bytea, found string \"\\\\x0\""),
            ("\"\"", ""),
            ("\"3q2+7w==\"", "deadbeef"),
            ("\"3q2-7w\"", "deadbeef"),
            ("\"3q2+7w=\"", "expected bytea, found string \"3q2+7w=\""),
            ("\"AAAA\"", "000000"),
            ("\"AAA=\"", "0000"),
            ("\"A\"", "expected bytea, found string \"A\""),
            ("\"a b c\"", "expected bytea, found string \"a b c\""),
        ],
    );
}

#[test]
fn dates_and_times() {
    check(
        ColumnType::Date,
        &[
            ("\"2026-11-21\"", "2026-11-21"),
            ("\"0001-01-01\"", "0001-01-01"),
            ("\"9999-12-31\"", "9999-12-31"),
            ("\"2024-02-29\"", "2024-02-29"),
            ("\"2026-11-21T23:59:59+02\"", "2026-11-21"),
            ("\"2023-02-29\"", "string \"2023-02-29\" is out of range for date"),
            ("\"1900-02-29\"", "string \"1900-02-29\" is out of range for date"),
            ("\"0000-01-01\"", "string \"0000-01-01\" is out of range for date"),
            ("\"2026-13-01\"", "string \"2026-13-01\" is out of range for date"),
            ("\"2026-1-1\"", "expected date, found string \"2026-1-1\""),
            ("\"2026-11-21x\"", "expected date, found string \"2026-11-21x\""),
            ("20260101", "expected date, found number 20260101"),
        ],
    );
    check(
        ColumnType::Time,
        &[
            ("\"10:11\"", "10:11:00"),
            ("\"10:11:12.5\"", "10:11:12.500"),
            ("\"23:59:59.999999\"", "23:59:59.999999"),
            ("\"10:11:12Z\"", "10:11:12"),
            ("\"24:00:00\"", "string \"24:00:00\" is out of range for time without time zone"),
            ("\"10:60\"", "string \"10:60\" is out of range for time without time zone"),
            ("\"10\"", "expected time without time zone, found string \"10\""),
        ],
    );
}

#[test]
fn timestamps() {
    check(
        ColumnType::TimestampTz,
        &[
            ("\"2026-11-21T10:20:30Z\"", "2026-11-21T10:20:30Z"),
            ("\"2026-11-21 10:20:30\"", "2026-11-21T10:20:30Z"),
            ("\"2026-11-21t10:20:30.1z\"", "2026-11-21T10:20:30.100Z"),
            ("\"2026-11-21T10:20:30.123456789Z\"", "2026-11-21T10:20:30.123457Z"),
            // Half a microsecond goes to the even one.
            ("\"2026-11-21T10:20:30.0000005Z\"", "2026-11-21T10:20:30Z"),
            ("\"2026-11-21T10:20:30.0000015Z\"", "2026-11-21T10:20:30.000002Z"),
            ("\"2026-11-21T10:20:30.9999999Z\"", "2026-11-21T10:20:31Z"),
            ("\"2026-11-21T10:20:30+02\"", "2026-11-21T08:20:30Z"),
            ("\"2026-11-21T10:20:30+02:30\"", "2026-11-21T07:50:30Z"),
            ("\"2026-11-21T10:20:30 -0230\"", "2026-11-21T12:50:30Z"),
            ("\"2026-11-21\"", "2026-11-21T00:00:00Z"),
            ("\"2026-11-21T10:20Z\"", "2026-11-21T10:20:00Z"),
            ("\"2026-12-31T24:00:00Z\"", "2027-01-01T00:00:00Z"),
            ("\"2016-12-31T23:59:60Z\"", "2017-01-01T00:00:00Z"),
            ("\"1969-12-31T23:59:59.999999Z\"", "1969-12-31T23:59:59.999999Z"),
            ("\"0001-01-01T00:00:00Z\"", "0001-01-01T00:00:00Z"),
            (
                "\"0001-01-01T00:00:00+01\"",
                "string \"0001-01-01T00:00:00+01\" is out of range for timestamp with time zone",
            ),
            (
                "\"2026-11-21T24:00:01Z\"",
                "string \"2026-11-21T24:00:01Z\" is out of range for timestamp with time zone",
            ),
            (
                "\"2026-11-21T10:20:30+16\"",
                "string \"2026-11-21T10:20:30+16\" is out of range for timestamp with time zone",
            ),
            (
                "\"2026-11-21T10:20:30.Z\"",
                "expected timestamp with time zone, found string \"2026-11-21T10:20:30.Z\"",
            ),
            ("\"2026-11-21T\"", "expected timestamp with time zone, found string \"2026-11-21T\""),
            ("\"now\"", "expected timestamp with time zone, found string \"now\""),
            ("1700000000", "expected timestamp with time zone, found number 1700000000"),
            ("\"1700000000\"", "expected timestamp with time zone, found string \"1700000000\""),
        ],
    );
    check(
        ColumnType::Timestamp,
        &[
            ("\"2026-11-21T10:20:30+02\"", "2026-11-21T10:20:30"),
            ("\"2026-11-21T10:20:30Z\"", "2026-11-21T10:20:30"),
        ],
    );
}

#[test]
fn epochs() {
    let check = |format, value, expected: &str| {
        let found = decode(ColumnType::TimestampTz, format, value);
        assert_eq!(found.strip_prefix("column \"x\": ").unwrap_or(&found), expected, "of {value}");
    };
    use TimestampFormat::{EpochMicroseconds, EpochMilliseconds, EpochSeconds};
    check(EpochSeconds, "1700000000", "2023-11-14T22:13:20Z");
    check(EpochSeconds, "1700000000.123456", "2023-11-14T22:13:20.123456Z");
    check(EpochSeconds, "1.7e9", "2023-11-14T22:13:20Z");
    check(EpochSeconds, "-0.5", "1969-12-31T23:59:59.500Z");
    check(EpochSeconds, "\"1700000000\"", "2023-11-14T22:13:20Z");
    check(EpochSeconds, "\"2023-11-14T22:13:20Z\"", "2023-11-14T22:13:20Z");
    check(EpochMilliseconds, "1700000000123.4567", "2023-11-14T22:13:20.123457Z");
    check(EpochMicroseconds, "1700000000123456", "2023-11-14T22:13:20.123456Z");
    check(EpochMicroseconds, "-62135596800000000", "0001-01-01T00:00:00Z");
    check(EpochSeconds, "1700000000000", "number 1700000000000 is out of range for timestamp with time zone");
    check(EpochSeconds, "true", "expected timestamp with time zone, found boolean true");
}

#[test]
fn jsonbs_and_arrays() {
    check(
        ColumnType::Jsonb,
        &[
            ("{\"b\":[1e2,\"x\"],\"a\":null}", "{\"a\": null, \"b\": [100, \"x\"]}"),
            ("\"x\"", "\"x\""),
            ("1.50", "1.50"),
            ("false", "false"),
            ("null", "NULL"),
            ("\"\\u0000\"", "invalid JSON at byte 7: \\u0000 can't be stored as text"),
        ],
    );
    check(
        ColumnType::TextArray,
        &[
            ("[]", "[]"),
            ("[\"a\", null, 1e3, true, {\"k\":[1,2]}, \"\\n\"]", "[a, NULL, 1e3, true, {\"k\": [1, 2]}, \n]"),
            ("\"{a,b}\"", "expected text[], found string \"{a,b}\""),
            ("{}", "expected text[], found object {}"),
            ("null", "NULL"),
        ],
    );
}

#[test]
fn messages_that_are_no_rows() {
    let mut decoder = Decoder::new(&source(vec![field("a", ColumnType::Text)], TimestampFormat::Iso8601));
    let mut check = |value: &[u8], expected: &str| {
        assert_eq!(decoder.append(&message(value)).unwrap_err().to_string(), expected);
    };
    check(b"", "invalid JSON at byte 0: expected a value, found the end");
    check(b"[1]", "expected a JSON object, found array [1]");
    check(b"null", "expected a JSON object, found null");
    check(b"[1", "invalid JSON at byte 2: expected \",\" or \"]\"");
    check(b"{\"a\":1}x", "invalid JSON at byte 7: something follows the value");
    check(b"{\"a\":1}{}", "invalid JSON at byte 7: something follows the value");
    check(b"{\"b\":01}", "invalid JSON at byte 5: a number begins with a needless zero");
    check(b"{\"b\":NaN}", "invalid JSON at byte 5: expected a value");
    check(b"{\"b\":\"\x01\"}", "invalid JSON at byte 6: control character in a string");
    check(b"{\"b\":\"\\q\"}", "invalid JSON at byte 6: unknown escape in a string");
    check(b"{\"b\":\"\xff\"}", "value is not UTF-8 at byte 6");
    check(b"{\"b\":\"", "invalid JSON at byte 6: string has no end");
    check(b"{\"b\" 1}", "invalid JSON at byte 5: expected \":\"");
    check(b"{\"b\":1,}", "invalid JSON at byte 7: expected a string");
    let deep = [b"{\"b\":".as_slice(), &[b'['; 100_000]].concat();
    check(&deep, "invalid JSON at byte 132: objects and arrays nest too deep");
    let tombstone = Message { value: None, ..message(b"") };
    assert_eq!(decoder.append(&tombstone).unwrap_err().to_string(), "message has no value");
    assert!(decoder.is_empty());
}

/// The rows that messages become, in columns made by name or path, as text.
fn rows(columns: Vec<Column>, messages: &[&str]) -> Vec<Vec<String>> {
    let mut decoder = Decoder::new(&source(columns, TimestampFormat::Iso8601));
    for text in messages {
        decoder.append(&message(text.as_bytes())).unwrap();
    }
    let batch = decoder.finish();
    (0..messages.len()).map(|index| row(&batch, index)).collect()
}

fn path(name: &str, column_type: ColumnType, path: &str) -> Column {
    let path = Some(path.split('.').map(str::to_owned).collect());
    column(name, column_type, ColumnOrigin::Field { path })
}

#[test]
fn keys_find_their_columns() {
    let columns = || vec![field("user_id", ColumnType::BigInt), field("größe", ColumnType::Text)];
    let found = rows(
        columns(),
        &[
            r#"{"user_id":1,"größe":"a"}"#,
            r#"{"userId":2,"GRÖSSE":"no","GRÖßE":"b"}"#,
            r#"{"USER_ID":3,"other":[{"user_id":9}]}"#,
            // The exact name wins wherever it stands.
            r#"{"user_id":4,"userId":99}"#,
            r#"{"userId":99,"user_id":5}"#,
            r#"{"userId":99,"user_id":null}"#,
            // Of equal ones the last.
            r#"{"user_id":98,"user_id":6}"#,
            r#"{"userId":98,"UserId":7}"#,
            // A value that does not fit is no matter where another follows.
            r#"{"user_id":"x","user_id":8}"#,
            r#"{"user\u005fid":9}"#,
            r#"{}"#,
        ],
    );
    let expected = [
        ["1", "a"],
        ["2", "b"],
        ["3", "NULL"],
        ["4", "NULL"],
        ["5", "NULL"],
        ["NULL", "NULL"],
        ["6", "NULL"],
        ["7", "NULL"],
        ["8", "NULL"],
        ["9", "NULL"],
        ["NULL", "NULL"],
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_exact_name_does_not_fill_its_like() {
    let columns = vec![field("user_id", ColumnType::BigInt), field("userid", ColumnType::BigInt)];
    let found = rows(columns, &[r#"{"user_id":1}"#, r#"{"userid":2}"#, r#"{"userId":3}"#]);
    assert_eq!(found, [["1", "NULL"], ["NULL", "2"], ["3", "3"]]);
}

#[test]
fn paths_lead_into_objects() {
    let columns = vec![
        path("country", ColumnType::Text, "geo.country"),
        path("lat", ColumnType::Double, "geo.point.lat"),
        field("geo", ColumnType::Jsonb),
        path("id", ColumnType::BigInt, "meta.id"),
        path("again", ColumnType::Text, "geo.country"),
    ];
    let found = rows(
        columns,
        &[
            r#"{"geo":{"country":"de","point":{"lat":1.5}},"meta":{"id":7}}"#,
            r#"{"geo":{"country":"de","point":{"lat":1.5}},"geo":{"country":"fr"}}"#,
            r#"{"geo":{"country":"de"},"geo":null,"meta":[{"id":1}]}"#,
            r#"{"geo":"x","meta":{"ID":1}}"#,
            r#"{"country":"no","geo":{"point":{"lat":"bad"}},"geo":{"point":{"lat":2}}}"#,
        ],
    );
    let expected = [
        ["de", "1.5", r#"{"point": {"lat": 1.5}, "country": "de"}"#, "7", "de"],
        ["fr", "NULL", r#"{"country": "fr"}"#, "NULL", "fr"],
        ["NULL", "NULL", "NULL", "NULL", "NULL"],
        ["NULL", "NULL", "\"x\"", "NULL", "NULL"],
        ["NULL", "2.0", r#"{"point": {"lat": 2}}"#, "NULL", "NULL"],
    ];
    assert_eq!(found, expected);
}

#[test]
fn parts_of_the_message_are_included() {
    let include = |name, column_type, part| column(name, column_type, ColumnOrigin::Include(part));
    let columns = vec![
        include("k", ColumnType::Text, MessagePart::Key),
        include("p", ColumnType::Integer, MessagePart::Partition),
        include("o", ColumnType::BigInt, MessagePart::Offset),
        include("t", ColumnType::TimestampTz, MessagePart::Timestamp),
        include("h", ColumnType::Jsonb, MessagePart::Headers),
        column("g", ColumnType::Text, ColumnOrigin::Generated { expression: "k".to_owned() }),
    ];
    let mut decoder = Decoder::new(&source(columns, TimestampFormat::Iso8601));
    assert!(decoder.reads_headers());
    let headers: &[(&str, Option<&[u8]>)] = &[
        ("trace", Some(b"first")),
        ("b", None),
        ("raw", Some(b"\xff\x00")),
        ("trace", Some("lä\"st".as_bytes())),
    ];
    let whole = Message { key: Some(b"key"), headers, ..message(b"{\"k\":\"no\",\"p\":5}") };
    decoder.append(&whole).unwrap();
    decoder.append(&Message { timestamp_micros: None, ..message(b"{}") }).unwrap();
    let error = decoder.append(&Message { key: Some(b"a\xff"), ..whole }).unwrap_err();
    assert_eq!(error.to_string(), "key is not UTF-8 at byte 1");
    let error = decoder.append(&Message { key: Some(b"a\0"), ..whole }).unwrap_err();
    assert_eq!(error.to_string(), "column \"k\": string \"a\\u0000\" has a zero character");
    let error = decoder.append(&Message { timestamp_micros: Some(i64::MAX), ..whole }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column \"t\": number 9223372036854775807 is out of range for timestamp with time zone"
    );
    let batch = decoder.finish();
    let headers = r#"{"b": null, "raw": "\\xff00", "trace": "lä\"st"}"#;
    assert_eq!(row(&batch, 0), ["key", "3", "42", "1970-01-01T00:00:01Z", headers, "NULL"]);
    assert_eq!(row(&batch, 1), ["NULL", "3", "42", "NULL", "{}", "NULL"]);
    assert_eq!(batch.num_rows(), 2);
}

#[test]
fn a_message_beyond_all_bounds_is_refused() {
    let mut decoder = Decoder::new(&source(vec![field("a", ColumnType::Text)], TimestampFormat::Iso8601));
    let value = vec![b' '; super::MESSAGE_BYTES_MAX + 1];
    let error = decoder.append(&message(&value)).unwrap_err();
    assert_eq!(error.to_string(), "message of 536870913 bytes is longer than 536870912");
}

#[test]
fn keys_without_end_are_not_remembered() {
    let mut decoder = Decoder::new(&source(vec![field("a", ColumnType::BigInt)], TimestampFormat::Iso8601));
    for index in 0..5000 {
        let text = format!("{{\"k{index}\":0,\"a\":{index},\"A_{}\":1}}", "_".repeat(index % 400));
        decoder.append(&message(text.as_bytes())).unwrap();
    }
    let batch = decoder.finish();
    for index in [0, 1, 2000, 4999] {
        assert_eq!(row(&batch, index), [index.to_string()]);
    }
}

#[test]
fn small_batches_hold_little_memory() {
    let mut decoder = Decoder::new(&source(vec![field("a", ColumnType::Text)], TimestampFormat::Iso8601));
    for _ in 0..100_000 {
        decoder.append(&message(br#"{"a":"a text longer than a view"}"#)).unwrap();
    }
    assert!(decoder.finish().num_rows() == 100_000);
    decoder.append(&message(br#"{"a":"a text longer than a view"}"#)).unwrap();
    assert_eq!(decoder.bytes(), 16 + 25);
    let batch = decoder.finish();
    assert!(batch.get_array_memory_size() < 32 << 10, "{}", batch.get_array_memory_size());
}
