//! Values of every type in text and binary, as PostgreSQL writes them.

use crate::harness::*;

/// Pairs of an expression and its text on PostgreSQL 15.
const TEXTS: &[(&str, &str)] = &[
    ("true", "t"),
    ("1::smallint", "1"),
    ("1.50::numeric(10,2)", "1.50"),
    ("1e20::float8", "1e+20"),
    ("'NaN'::float8", "NaN"),
    ("0.1::real", "0.1"),
    ("date '2026-11-21'", "2026-11-21"),
    ("time '12:30:00.25'", "12:30:00.25"),
    ("timestamp '2026-11-21 01:02:03.5'", "2026-11-21 01:02:03.5"),
    ("timestamptz '2026-07-01 00:00:00+00'", "2026-07-01 02:00:00+02"),
    ("interval '1 year 2 months 3 days 4 hours'", "1 year 2 mons 3 days 04:00:00"),
];

#[tokio::test]
async fn texts_are_postgresqls() {
    let server = Server::start().await;
    let mut raw = server.entered().await;
    raw.query("SET TIME ZONE 'Europe/Berlin'").await;
    for (expression, expected) in TEXTS {
        let messages = raw.query(&format!("SELECT {expression}")).await;
        let row = messages.iter().find(|message| message.kind == b'D');
        let found = row.unwrap_or_else(|| panic!("{expression}: {messages:?}")).row();
        assert_eq!(found, [Some((*expected).to_owned())], "{expression}");
    }
}

#[tokio::test]
async fn drivers_read_binary() {
    let server = Server::start().await;
    let client = server.client().await;
    let row = client
        .query_one(
            "SELECT true, 1::smallint, 2::int, 3::bigint, 0.5::real, 0.25::float8, 'x'::text, \
             timestamp '2026-11-21 01:02:03.5', timestamptz '2026-11-21 00:00:00+00', date '2026-11-21'",
            &[],
        )
        .await
        .unwrap();
    assert!(row.get::<_, bool>(0));
    assert_eq!(row.get::<_, i16>(1), 1);
    assert_eq!(row.get::<_, i32>(2), 2);
    assert_eq!(row.get::<_, i64>(3), 3);
    assert_eq!(row.get::<_, f32>(4), 0.5);
    assert_eq!(row.get::<_, f64>(5), 0.25);
    assert_eq!(row.get::<_, &str>(6), "x");
    let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    assert_eq!(row.get::<_, chrono::NaiveDateTime>(7), date.and_hms_milli_opt(1, 2, 3, 500).unwrap());
    assert_eq!(row.get::<_, chrono::DateTime<chrono::Utc>>(8), date.and_hms_opt(0, 0, 0).unwrap().and_utc());
    assert_eq!(row.get::<_, chrono::NaiveDate>(9), date);
}
