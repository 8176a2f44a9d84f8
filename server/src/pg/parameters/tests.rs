use super::*;
use crate::pg::types::Scalar;

fn check(pg: &str, text: &str, expected: Result<&str, &str>) {
    let pg = PgType::parse(pg).unwrap();
    let zone: Tz = "Europe/Berlin".parse().unwrap();
    let target = match text_value(text, pg, zone) {
        Ok(value) => value.data_type(),
        Err(_) => pg.arrow(),
    };
    let found = decode(Some(text.as_bytes()), pg, Format::Text, &target, zone, 1);
    let found = found.map(|value| value.to_string());
    assert_eq!(
        found.as_deref().map_err(|error| error.sqlstate.as_ref()),
        expected,
        "{text} as {}",
        pg.name()
    );
}

#[test]
fn text_is_read_as_postgresql_reads_it() {
    check("integer", " 42 ", Ok("42"));
    check("integer", "2147483648", Err("22003"));
    check("integer", "4x", Err("22P02"));
    check("integer", "", Err("22P02"));
    check("boolean", "TR", Ok("true"));
    check("boolean", "o", Err("22P02"));
    check("boolean", "off", Ok("false"));
    check("numeric", "1.50", Ok("1.50"));
    check("numeric", "1.5e3", Ok("1500"));
    check("numeric", "-.5", Ok("-0.5"));
    check("numeric", ".", Err("22P02"));
    check("double precision", "NaN", Ok("NaN"));
    check("double precision", "1e", Err("22P02"));
    check("uuid", "{A0EEBC99-9C0B4EF8BB6D6BB9BD380A11}", Ok("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
    check("uuid", "a0ee", Err("22P02"));
    check("bytea", "\\x0aFF", Ok("0AFF"));
    check("bytea", "a\\\\b\\001", Ok("615C6201"));
    check("bytea", "\\x0", Err("22P02"));
    check("bytea", "\\9", Err("22P02"));
    check("text[]", r#"{a, "b \"c", NULL, "NULL"}"#, Ok(r#"[a, b "c, , NULL]"#));
    check("integer[]", "{1,x}", Err("22P02"));
    check("integer[]", "{1", Err("22P02"));
    check("integer[]", "{}", Ok("[]"));
    check("date", "2026-11-21", Ok("2026-11-21"));
    check("date", "soon", Err("22007"));
    check("interval", "1-2", Ok("IntervalMonthDayNano { months: 14, days: 0, nanoseconds: 0 }"));
    check("interval", "soon", Err("22007"));
}

#[test]
fn a_time_without_offset_is_in_the_sessions_zone() {
    let read = |text: &str| {
        let pg = PgType::new(Scalar::TimestampTz);
        decode(Some(text.as_bytes()), pg, Format::Text, &pg.arrow(), "Europe/Berlin".parse().unwrap(), 1)
    };
    let utc = |micros| Ok(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())));
    assert_eq!(read("1970-01-01 01:00:00"), utc(0));
    assert_eq!(read("1970-01-01 01:00:00+00"), utc(3_600_000_000));
    assert_eq!(read("1970-01-01T00:00:00.5Z"), utc(500_000));
}

#[test]
fn bytes_that_do_not_fit_their_type_are_refused() {
    let read = |scalar: Scalar, array: bool, bytes: &[u8]| {
        let pg = PgType { array, ..PgType::new(scalar) };
        decode(Some(bytes), pg, Format::Binary, &pg.arrow(), Tz::UTC, 1).map_err(|error| error.sqlstate)
    };
    assert_eq!(read(Scalar::Int4, false, &[0, 0, 1]), Err("22P03".into()));
    assert_eq!(read(Scalar::Numeric, false, &[0, 9, 0, 0, 0, 0, 0, 0]), Err("22P03".into()));
    assert_eq!(read(Scalar::Jsonb, false, b"\x02{}"), Err("22P03".into()));
    assert_eq!(read(Scalar::Text, false, &[0xff]), Err("22021".into()));
    assert_eq!(read(Scalar::Int4, true, &[0, 0, 0, 1]), Err("22P03".into()));
    let endless = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1];
    assert_eq!(read(Scalar::Int4, true, &endless), Err("22P03".into()));
}
