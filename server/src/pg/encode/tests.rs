use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array, DictionaryArray,
    DurationMicrosecondArray, Float32Array, Float64Array, Int32Array, Int64Array, IntervalMonthDayNanoArray,
    ListArray, NullArray, StringArray, StringViewArray, Time64MicrosecondArray, TimestampMicrosecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::{Field, Int32Type, IntervalMonthDayNano, Schema, i256};
use bytes::Buf;
use datafusion::common::ScalarValue;
use proptest::prelude::*;
use storage::schema::PG_TYPE_KEY;

use super::*;
use crate::pg::parameters;

fn batch(pg: &str, array: ArrayRef) -> RecordBatch {
    let metadata = HashMap::from([(PG_TYPE_KEY.to_owned(), pg.to_owned())]);
    let metadata = if pg.is_empty() { HashMap::new() } else { metadata };
    let field = Field::new("c", array.data_type().clone(), true).with_metadata(metadata);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).unwrap()
}

/// The values of a column as they go over the wire.
fn encoded(pg: &str, array: &ArrayRef, format: Format, style: Style) -> Vec<Option<Vec<u8>>> {
    let batch = batch(pg, Arc::clone(array));
    let format = RowFormat::new(&batch.schema(), &[format], style);
    let mut encoder = BatchEncoder::new(&batch, &format).unwrap();
    let mut out = BytesMut::new();
    assert_eq!(encoder.write(&mut out, usize::MAX, usize::MAX).unwrap(), batch.num_rows());
    let mut values = Vec::new();
    while !out.is_empty() {
        assert_eq!(out.get_u8(), b'D');
        let mut row = out.split_to((&out[..4]).get_u32() as usize);
        row.advance(4);
        assert_eq!(row.get_u16(), 1);
        let length = row.get_i32();
        assert_eq!(row.len() as i32, length.max(0));
        values.push((length >= 0).then(|| row.to_vec()));
    }
    values
}

fn check_styled(style: Style, pg: &str, array: impl arrow::array::Array + 'static, expected: &[&str]) {
    let array: ArrayRef = Arc::new(array);
    let found: Vec<String> = encoded(pg, &array, Format::Text, style)
        .into_iter()
        .map(|value| value.map_or("∅".to_owned(), |value| String::from_utf8(value).unwrap()))
        .collect();
    assert_eq!(found, expected, "{pg} {}", array.data_type());
}

fn style(zone: &str) -> Style {
    Style { zone: zone.parse().unwrap(), intervals: IntervalStyle::Postgres }
}

fn check_in(zone: &str, pg: &str, array: impl arrow::array::Array + 'static, expected: &[&str]) {
    check_styled(style(zone), pg, array, expected);
}

fn check(pg: &str, array: impl arrow::array::Array + 'static, expected: &[&str]) {
    check_in("UTC", pg, array, expected);
}

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

#[test]
fn numbers_as_text() {
    check("", BooleanArray::from(vec![Some(true), None, Some(false)]), &["t", "∅", "f"]);
    check("bigint", Int64Array::from(vec![i64::MIN, 0]), &["-9223372036854775808", "0"]);
    check("", UInt64Array::from(vec![u64::MAX]), &["18446744073709551615"]);
    check("smallint", Int32Array::from(vec![-7]), &["-7"]);
    let decimals =
        |scale| Decimal128Array::from(vec![12_345, -5, 0]).with_precision_and_scale(10, scale).unwrap();
    check("", decimals(2), &["123.45", "-0.05", "0.00"]);
    check("", decimals(0), &["12345", "-5", "0"]);
    check("", decimals(-2), &["1234500", "-500", "0"]);
    check("", decimals(5), &["0.12345", "-0.00005", "0.00000"]);
    let wide = Decimal256Array::from(vec![i256::from_i128(i128::MAX), i256::from_i128(-15)]);
    let wide = wide.with_precision_and_scale(60, 1).unwrap();
    check("", wide, &["17014118346046923173168730371588410572.7", "-1.5"]);
}

#[test]
fn floats_are_shortest_and_laid_out_as_postgresql_does() {
    // Each pair was printed by PostgreSQL 15.
    let pairs = [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (123_456_789.125, "123456789.125"),
        (1e14, "100000000000000"),
        (1e15, "1e+15"),
        (1.5e15, "1.5e+15"),
        (123_456_789_012_345.0, "123456789012345"),
        (1_234_567_890_123_456.0, "1.234567890123456e+15"),
        (0.0001, "0.0001"),
        (0.000_012, "1.2e-05"),
        (1e20, "1e+20"),
        (1e-300, "1e-300"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ];
    let (values, texts): (Vec<f64>, Vec<&str>) = pairs.into_iter().unzip();
    check("", Float64Array::from(values), &texts);
    let pairs = [(1e5, "100000"), (1e6, "1e+06"), (0.1, "0.1"), (3.402_823_5e38, "3.4028235e+38")];
    let (values, texts): (Vec<f32>, Vec<&str>) = pairs.into_iter().unzip();
    check("", Float32Array::from(values), &texts);
}

#[test]
fn texts_and_bytes() {
    check("", StringArray::from(vec![Some("ä"), Some(""), None]), &["ä", "", "∅"]);
    check("jsonb", StringViewArray::from(vec![r#"{"a": 1}"#]), &[r#"{"a": 1}"#]);
    check("", BinaryViewArray::from(vec![&b"\x00\xffA"[..], b""]), &["\\x00ff41", "\\x"]);
    check("", NullArray::new(2), &["∅", "∅"]);
    let dictionary: DictionaryArray<Int32Type> = vec![Some("a"), None, Some("b")].into_iter().collect();
    check("", dictionary, &["a", "∅", "b"]);
}

#[test]
fn dates_and_times_as_text() {
    check(
        "",
        Date32Array::from(vec![0, -1, 11_016, -719_528, 2_932_897, i32::MAX]),
        &["1970-01-01", "1969-12-31", "2000-02-29", "0001-01-01 BC", "10000-01-01", "infinity"],
    );
    check(
        "",
        Time64MicrosecondArray::from(vec![0, 86_399_999_999, 45_000_000_100]),
        &["00:00:00", "23:59:59.999999", "12:30:00.0001"],
    );
    check(
        "",
        TimestampMicrosecondArray::from(vec![0, -1, 1_500_000, i64::MIN]),
        &["1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:01.5", "-infinity"],
    );
    check("", TimestampNanosecondArray::from(vec![1_500]), &["1970-01-01 00:00:00.000001"]);
    let zoned = || TimestampMicrosecondArray::from(vec![0, 1_751_328_000_000_000]).with_timezone("UTC");
    check_in("UTC", "", zoned(), &["1970-01-01 00:00:00+00", "2025-07-01 00:00:00+00"]);
    check_in("Europe/Berlin", "", zoned(), &["1970-01-01 01:00:00+01", "2025-07-01 02:00:00+02"]);
    check_in("Asia/Kolkata", "", zoned(), &["1970-01-01 05:30:00+05:30", "2025-07-01 05:30:00+05:30"]);
    check_in("Africa/Monrovia", "", zoned(), &["1969-12-31 23:15:30-00:44:30", "2025-07-01 00:00:00+00"]);
}

#[test]
fn intervals_as_text() {
    let interval = |months, days, micros: i64| IntervalMonthDayNano::new(months, days, micros * 1000);
    check(
        "",
        IntervalMonthDayNanoArray::from(vec![
            interval(0, 0, 0),
            interval(14, 3, 4 * HOUR + 500_000),
            interval(-1, 1, -HOUR),
            interval(0, -1, HOUR),
            interval(12, 0, 0),
            interval(0, 0, 100 * HOUR),
        ]),
        &[
            "00:00:00",
            "1 year 2 mons 3 days 04:00:00.5",
            "-1 mons +1 day -01:00:00",
            "-1 days +01:00:00",
            "1 year",
            "100:00:00",
        ],
    );
    check("", DurationMicrosecondArray::from(vec![DAY + HOUR, -DAY]), &["1 day 01:00:00", "-1 days"]);
}

#[test]
fn arrays_are_quoted_where_they_must_be() {
    let mut lists = arrow::array::ListBuilder::new(arrow::array::StringBuilder::new());
    lists.append_value([Some("a"), None, Some(""), Some("null"), Some("b c"), Some("x\"y\\z"), Some("{,}")]);
    lists.append_value([] as [Option<&str>; 0]);
    lists.append_null();
    check("text[]", lists.finish(), &[r#"{a,NULL,"","null","b c","x\"y\\z","{,}"}"#, "{}", "∅"]);
    let numbers =
        ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None, Some(-3)])]);
    check("", numbers, &["{1,NULL,-3}"]);
}

/// What PostgreSQL 15's `numeric_send` gives.
#[test]
fn numeric_in_binary() {
    let check = |unscaled: i128, scale: i8, expected: &str| {
        let array = Decimal128Array::from(vec![unscaled]).with_precision_and_scale(38, scale).unwrap();
        let array: ArrayRef = Arc::new(array);
        let bytes = encoded("", &array, Format::Binary, style("UTC")).remove(0).unwrap();
        let hex: String = bytes.chunks(2).map(|pair| format!("{:02x}{:02x} ", pair[0], pair[1])).collect();
        assert_eq!(hex.trim(), expected, "{unscaled}e-{scale}");
    };
    check(0, 0, "0000 0000 0000 0000");
    check(0, 2, "0000 0000 0000 0002");
    check(1, 0, "0001 0000 0000 0000 0001");
    check(-12_345_678, 3, "0003 0001 4000 0003 0001 0929 1a7c");
    check(100_000_000, 0, "0001 0002 0000 0000 0001");
    check(5, 5, "0001 fffe 0000 0005 1388");
    check(10_001, 4, "0002 0000 0000 0004 0001 0001");
}

#[test]
fn writing_stops_at_rows_and_bytes() {
    let batch = batch("", Arc::new(Int32Array::from_iter_values(0..100)));
    let format = RowFormat::new(&batch.schema(), &[], style("UTC"));
    let mut encoder = BatchEncoder::new(&batch, &format).unwrap();
    let mut out = BytesMut::new();
    assert_eq!(encoder.write(&mut out, 10, usize::MAX).unwrap(), 10);
    assert_eq!(encoder.remaining(), 90);
    let bytes = out.len();
    assert_eq!(encoder.write(&mut out, usize::MAX, bytes).unwrap(), 0);
    assert_eq!(encoder.write(&mut out, usize::MAX, bytes + 1).unwrap(), 1);
    assert_eq!(encoder.remaining(), 89);
}

/// A value of any type, by name, with the array that holds it.
fn values() -> impl Strategy<Value = (&'static str, ScalarValue)> {
    let text = "[ -~äß€]{0,12}";
    prop_oneof![
        any::<bool>().prop_map(|v| ("boolean", ScalarValue::Boolean(Some(v)))),
        any::<i16>().prop_map(|v| ("smallint", ScalarValue::Int16(Some(v)))),
        any::<i32>().prop_map(|v| ("integer", ScalarValue::Int32(Some(v)))),
        any::<i64>().prop_map(|v| ("bigint", ScalarValue::Int64(Some(v)))),
        any::<f32>().prop_map(|v| ("real", ScalarValue::Float32(Some(v)))),
        any::<f64>().prop_map(|v| ("double precision", ScalarValue::Float64(Some(v)))),
        (-(10_i128.pow(37))..10_i128.pow(37), 0_i8..30)
            .prop_map(|(v, scale)| ("numeric", ScalarValue::Decimal128(Some(v), 38, scale))),
        text.prop_map(|v| ("text", ScalarValue::Utf8View(Some(v)))),
        any::<Vec<u8>>().prop_map(|v| ("bytea", ScalarValue::BinaryView(Some(v)))),
        any::<u128>().prop_map(|v| {
            let d = format!("{v:032x}");
            let text = [&d[..8], &d[8..12], &d[12..16], &d[16..20], &d[20..]].join("-");
            ("uuid", ScalarValue::Utf8View(Some(text)))
        }),
        (-700_000..2_900_000).prop_map(|v| ("date", ScalarValue::Date32(Some(v)))),
        (0..DAY).prop_map(|v| ("time without time zone", ScalarValue::Time64Microsecond(Some(v)))),
        (-1_000_000 * DAY..1_000_000 * DAY).prop_map(|v| {
            ("timestamp without time zone", ScalarValue::TimestampMicrosecond(Some(v), None))
        }),
        (-1_000_000 * DAY..1_000_000 * DAY).prop_map(|v| {
            ("timestamp with time zone", ScalarValue::TimestampMicrosecond(Some(v), Some("UTC".into())))
        }),
        (any::<i32>(), any::<i32>(), -1000 * DAY..1000 * DAY).prop_map(|(months, days, micros)| {
            let interval = IntervalMonthDayNano::new(months, days, micros * 1000);
            ("interval", ScalarValue::IntervalMonthDayNano(Some(interval)))
        }),
        proptest::collection::vec(proptest::option::of(text), 0..5).prop_map(|v| {
            let v: Vec<ScalarValue> = v.into_iter().map(ScalarValue::Utf8View).collect();
            let list = ScalarValue::new_list_nullable(&v, &arrow::datatypes::DataType::Utf8View);
            ("text[]", ScalarValue::List(list))
        }),
    ]
}

proptest! {
    /// What we write, we read back as the same value; so does a client.
    #[test]
    fn values_survive_the_wire((name, value) in values(), binary: bool, zone in 0..3_usize) {
        let format = if binary { Format::Binary } else { Format::Text };
        // Text of an interval is not read by Arrow in PostgreSQL's style with mixed signs.
        prop_assume!(binary || name != "interval");
        // Text of years before Christ or beyond four digits is not read by Arrow.
        let early = |micros: i64| !(-719_162 * DAY..2_932_896 * DAY).contains(&micros);
        prop_assume!(binary || match &value {
            ScalarValue::Date32(Some(days)) => !early(i64::from(*days) * DAY),
            // Zones had offsets with seconds, which Arrow does not read.
            ScalarValue::TimestampMicrosecond(Some(micros), Some(_)) => {
                (-30 * 365 * DAY..2_932_800 * DAY).contains(micros)
            }
            ScalarValue::TimestampMicrosecond(Some(micros), None) => !early(*micros),
            _ => true,
        });
        let zone = ["UTC", "Europe/Berlin", "America/St_Johns"][zone];
        let array = value.to_array_of_size(1).unwrap();
        let bytes = encoded(name, &array, format, style(zone)).remove(0).unwrap();
        let pg = PgType::parse(name).unwrap();
        let zone = zone.parse().unwrap();
        let read = parameters::decode(Some(&bytes), pg, format, array.data_type(), zone, 1).unwrap();
        match (&read, &value) {
            (ScalarValue::Float64(Some(a)), ScalarValue::Float64(Some(b))) if b.is_nan() => prop_assert!(a.is_nan()),
            (ScalarValue::Float32(Some(a)), ScalarValue::Float32(Some(b))) if b.is_nan() => prop_assert!(a.is_nan()),
            _ => prop_assert_eq!(read, value),
        }
    }
}

#[test]
fn characters_are_filled_up() {
    check("character(3)", StringViewArray::from(vec![Some("a"), None, Some("äöü")]), &["a  ", "∅", "äöü"]);
    check("character(3)", StringArray::from(vec!["", "abcd"]), &["   ", "abcd"]);
    check("character", StringArray::from(vec!["a"]), &["a"]);
    let array: ArrayRef = Arc::new(StringViewArray::from(vec!["a"]));
    assert_eq!(encoded("character(2)", &array, Format::Binary, style("UTC")), [Some(b"a ".to_vec())]);
}

#[test]
fn intervals_in_each_style() {
    let interval = |months, days, micros: i64| IntervalMonthDayNano::new(months, days, micros * 1000);
    let intervals = || {
        IntervalMonthDayNanoArray::from(vec![
            interval(0, 0, 0),
            interval(14, -3, 4 * HOUR + 306_700_000),
            interval(-14, -3, -4 * HOUR - 306_789_000),
            interval(-10, 3, HOUR),
            interval(0, -1, HOUR),
            interval(0, 1, -1_000_000),
            interval(0, 0, -1),
            interval(1, 0, 0),
            interval(0, 1, 0),
            interval(0, 0, 100 * HOUR),
        ])
    };
    // As PostgreSQL 15 writes them.
    let check = |intervals_style, expected: &[&str]| {
        let style = Style { intervals: intervals_style, ..style("UTC") };
        check_styled(style, "", intervals(), expected);
    };
    check(
        IntervalStyle::PostgresVerbose,
        &[
            "@ 0",
            "@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs",
            "@ 1 year 2 mons 3 days 4 hours 5 mins 6.789 secs ago",
            "@ 10 mons -3 days -1 hours ago",
            "@ 1 day -1 hours ago",
            "@ 1 day -1 sec",
            "@ 0.000001 secs ago",
            "@ 1 mon",
            "@ 1 day",
            "@ 100 hours",
        ],
    );
    check(
        IntervalStyle::SqlStandard,
        &[
            "0",
            "+1-2 -3 +4:05:06.7",
            "-1-2 -3 -4:05:06.789",
            "-0-10 +3 +1:00:00",
            "+0-0 -1 +1:00:00",
            "+0-0 +1 -0:00:01",
            "-0:00:00.000001",
            "0-1",
            "1 0:00:00",
            "100:00:00",
        ],
    );
    check(
        IntervalStyle::Iso8601,
        &[
            "PT0S",
            "P1Y2M-3DT4H5M6.7S",
            "P-1Y-2M-3DT-4H-5M-6.789S",
            "P-10M3DT1H",
            "P-1DT1H",
            "P1DT-1S",
            "PT-0.000001S",
            "P1M",
            "P1D",
            "PT100H",
        ],
    );
}
