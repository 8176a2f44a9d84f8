//! Queries give the same rows wherever the rows are: hot, in segments, or in both.

use std::sync::Arc;

use arrow::array::AsArray;
use datafusion::common::ScalarValue;
use storage::database::CatalogChange;
use storage::schema::PG_TYPE_KEY;

use crate::harness::{Event, Harness, MINUTE, START};

/// Deterministic queries over every kind of scan.
const QUERIES: &[&str] = &[
    "SELECT ts, metric, value, bytes, tags FROM events ORDER BY ts, metric",
    "SELECT count(*), count(bytes), min(ts), max(ts), min(metric), max(value) FROM events",
    "SELECT count(*) FROM events WHERE ts >= '2026-11-01 01:30:00+00' AND ts < '2026-11-01 03:30:00+00'",
    "SELECT count(*) FROM events WHERE ts BETWEEN '2026-11-01 01:00:00+00' AND '2026-11-01 01:59:00+00'",
    "SELECT metric, count(*), sum(bytes), avg(value) FROM events GROUP BY metric ORDER BY metric",
    "SELECT date_bin('1 minute', ts, TIMESTAMPTZ 'epoch') m, metric, count(*), avg(value) \
     FROM events GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT ts, value FROM events ORDER BY ts DESC LIMIT 10",
    "SELECT metric FROM events WHERE bytes IS NULL ORDER BY ts",
    "SELECT bytes % 7 + 1, sum(bytes * 2 - 1) + 1, count(*) - 1 FROM events GROUP BY 1 HAVING sum(bytes + 1) > 0 ORDER BY 1",
    "SELECT metric, bytes + 1 FROM events e WHERE bytes + 1 > (SELECT avg(bytes) + 1 FROM events WHERE metric = e.metric) ORDER BY 2",
    "SELECT date_trunc('hour', ts) h, date_trunc('week', ts) w, count(*) FROM events GROUP BY 1, 2 ORDER BY 1",
    "SELECT tags->>'host', count(*) FROM events WHERE metric <> 'metric3' GROUP BY 1 ORDER BY 1",
    "SELECT a.metric, b.value FROM events a JOIN events b ON a.ts = b.ts WHERE a.bytes > 170 ORDER BY 2",
    "SELECT metric FROM events WHERE metric ~ '^metric[12]$' AND value > 20 ORDER BY ts",
    "SELECT time_bucket('1 hour', ts) h, max(bytes) FROM events GROUP BY h HAVING max(bytes) > 60 ORDER BY h",
];

#[tokio::test]
async fn rows_are_the_same_hot_and_flushed() {
    let events: Vec<_> = (0..240).map(Event::at).collect();
    let (hot, flushed, both) = (Harness::new().await, Harness::new().await, Harness::new().await);
    for chunk in events.chunks(50) {
        hot.publish(chunk);
        flushed.publish(chunk);
        both.publish(chunk);
        if chunk[0].ts < Some(START + 100 * MINUTE) {
            both.flush().await;
        }
    }
    flushed.flush().await;
    for sql in QUERIES {
        let expected = hot.query(sql).await;
        assert!(!expected.is_empty(), "{sql} says nothing");
        assert_eq!(expected, flushed.query(sql).await, "flushed: {sql}");
        assert_eq!(expected, both.query(sql).await, "both: {sql}");
    }
}

#[tokio::test]
async fn segments_outside_of_the_filter_are_not_opened() {
    let harness = Harness::new().await;
    harness.publish(&(0..240).map(Event::at).collect::<Vec<_>>());
    harness.flush().await;
    harness.publish(&(240..250).map(Event::at).collect::<Vec<_>>());
    let check = async |filter: &str, by_time, by_statistics, opened| {
        let sql = format!("SELECT metric FROM events WHERE {filter}");
        assert_eq!(harness.scanned(&sql, "total").await, 4, "{filter}");
        assert_eq!(harness.scanned(&sql, "pruned by time").await, by_time, "{filter}");
        assert_eq!(harness.scanned(&sql, "pruned by statistics").await, by_statistics, "{filter}");
        assert_eq!(harness.scanned(&sql, "opened").await, opened, "{filter}");
        assert_eq!(harness.scanned(&sql, "hot rows").await, 10, "{filter}");
    };
    check("true", 0, 0, 4).await;
    check("ts < '2026-11-01 01:00:00+00'", 3, 0, 1).await;
    check("ts <= '2026-11-01 01:00:00+00'", 2, 0, 2).await;
    check("ts >= '2026-11-01 01:00:00+00' AND ts < '2026-11-01 02:00:00+00'", 3, 0, 1).await;
    check("ts BETWEEN '2026-11-01 00:10:00+00' AND '2026-11-01 00:20:00+00'", 3, 0, 1).await;
    check("ts > now() + interval '10 hours'", 4, 0, 0).await;
    check("bytes > 200", 0, 3, 1).await;
    check("ts < '2026-11-01 02:00:00+00' AND bytes > 70", 2, 1, 1).await;
    check("metric = 'nothing'", 0, 4, 0).await;
    check("bytes IN (1, 2)", 0, 3, 1).await;
    check("value IS NULL", 0, 4, 0).await;
    check("NOT (ts >= '2026-11-01 01:00:00+00')", 3, 0, 1).await;
    check("ts < '2026-11-01 01:00:00+00' OR bytes = 239", 0, 2, 2).await;
}

/// A pool keeps its statements for days: what a snapshot holds (hot rows, segments) must not stay with them.
#[tokio::test]
async fn a_prepared_statement_keeps_no_snapshot() {
    let harness = Harness::new().await;
    harness.publish(&(0..10).map(Event::at).collect::<Vec<_>>());
    let mut kept = Vec::new();
    for sql in [
        "SELECT count(*) FROM events",
        "SELECT metric FROM events e WHERE bytes > (SELECT min(bytes) FROM events WHERE metric < e.metric)",
        "SELECT count(*) FROM events, LATERAL (SELECT bytes + 1 AS more) x WHERE more > $1",
        "SELECT relname FROM pg_class",
    ] {
        kept.push(harness.prepare(sql).await.unwrap());
    }
    let catalog = Arc::downgrade(harness.database.snapshot().catalog());
    let mut entry = harness.database.snapshot().catalog().entry("public", "events").unwrap().as_ref().clone();
    entry.comment = Some("of another catalog".to_owned());
    harness.database.change_catalog(CatalogChange::Replace { entry }).await.unwrap();
    assert!(catalog.upgrade().is_none(), "the catalog that they were planned with is still held");
    let rows = harness.execute(&kept[0], Vec::new()).await.unwrap();
    assert_eq!(rows[0].column(0).as_primitive::<arrow::datatypes::Int64Type>().value(0), 10);
}

#[tokio::test]
async fn columns_are_named_as_in_postgresql() {
    let harness = Harness::new().await;
    for (list, names) in [
        ("1, 2", "?column?,?column?"),
        ("count(*), count(bytes)", "count,count"),
        ("ts::date, bytes::text, '1'::int", "ts,bytes,int4"),
        ("CASE WHEN true THEN 1 END, coalesce(bytes, 1), bytes, bytes + 1", "case,coalesce,bytes,?column?"),
        ("tags->>'host', (SELECT max(value) FROM events), value AS v", "?column?,max,v"),
        ("metric AS a, value AS a", "a,a"),
    ] {
        let sql = format!("SELECT {list} FROM events GROUP BY ts, bytes, tags, value, metric");
        let prepared = harness.prepare(&sql).await.unwrap_or_else(|error| panic!("{list}: {error:?}"));
        let found: Vec<_> = prepared.schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(found.join(","), names, "{list}");
        assert_eq!(harness.execute(&prepared, Vec::new()).await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn types_that_share_a_representation_keep_their_names() {
    let harness = Harness::new().await;
    let prepared = harness
        .prepare("SELECT tags, x, '{\"b\":1,\"a\":2}'::jsonb FROM (SELECT tags, tags AS x FROM events) s")
        .await
        .unwrap();
    for field in prepared.schema.fields() {
        assert_eq!(field.metadata().get(PG_TYPE_KEY).map(String::as_str), Some("jsonb"), "{field}");
    }
}

#[tokio::test]
async fn parameters_are_typed_and_a_statement_runs_on_later_snapshots() {
    let harness = Harness::new().await;
    let prepared = harness.prepare("SELECT count(*), $2 FROM events WHERE bytes < $1").await.unwrap();
    assert_eq!(prepared.parameters.len(), 2);
    assert_eq!(prepared.parameters[0].data_type(), &arrow::datatypes::DataType::Int64);
    let parameters = || vec![ScalarValue::Int64(Some(3)), ScalarValue::Utf8View(Some("x".to_owned()))];
    let run = async || crate::harness::lines(&harness.execute(&prepared, parameters()).await.unwrap());
    assert_eq!(run().await, ["0|x"]);
    harness.publish(&(0..10).map(Event::at).collect::<Vec<_>>());
    assert_eq!(run().await, ["2|x"]);
    harness.flush().await;
    assert_eq!(run().await, ["2|x"]);
}

#[tokio::test]
async fn literals_mean_what_postgresql_means() {
    let harness = Harness::new().await;
    for (expression, expected) in [
        ("TIMESTAMPTZ 'epoch'", "1970-01-01T00:00:00Z"),
        ("'2026-11-01'::timestamptz", "2026-11-01T00:00:00Z"),
        ("'2026-11-01 01:00:00+01'::timestamptz", "2026-11-01T00:00:00Z"),
        ("now()", "2026-11-01T00:00:00Z"),
        ("now() - interval '1 hour'", "2026-10-31T23:00:00Z"),
        (
            "date_bin('15 minutes', TIMESTAMPTZ '2026-11-01 00:44:59+00', TIMESTAMPTZ 'epoch')",
            "2026-11-01T00:30:00Z",
        ),
        ("date_trunc('hour', TIMESTAMPTZ '2026-11-01 00:44:59+00')", "2026-11-01T00:00:00Z"),
        ("'{\"a\": {\"b\": [1, 2]}}'::jsonb #>> '{a,b,1}'", "2"),
        ("'{\"a\": {\"b\": [1, 2]}}'::jsonb -> 'a' -> 'b' ->> 0", "1"),
        ("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("current_database()", "tidegate"),
        ("current_schema()", "public"),
        ("1.5 + 1.5", "3.0"),
        ("round(1.555, 2)::text", "1.56"),
        ("round(2.345::numeric(10,3), 1)", "2.3"),
        ("'abcdef'::varchar(3)", "abc"),
    ] {
        assert_eq!(harness.query(&format!("SELECT {expression}")).await, [expected], "{expression}");
    }
}

/// The short way through `date_trunc` gives what the calendar's gives.
#[tokio::test]
async fn times_are_truncated_as_by_the_calendar() {
    let harness = Harness::new().await;
    for unit in ["microsecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"] {
        // Three centuries in odd steps: the calendar counts nanoseconds and has no more. `Africa/Abidjan` is UTC by another name.
        let sql = format!(
            "SELECT count(*) FROM (SELECT to_timestamp_micros(n::bigint * 86423123456) AS t \
             FROM generate_series(-15000, 100000, 29) AS s(n)) \
             WHERE (date_trunc('{unit}', arrow_cast(t, 'Timestamp(Microsecond, Some(\"UTC\"))')) IS DISTINCT FROM \
             arrow_cast(date_trunc('{unit}', arrow_cast(t, 'Timestamp(Microsecond, Some(\"Africa/Abidjan\"))')), \
             'Timestamp(Microsecond, Some(\"UTC\"))')) AND t >= '1920-01-01'"
        );
        assert_eq!(harness.query(&sql).await, ["0"], "{unit}");
    }
}

#[tokio::test]
async fn recursion_is_planned() {
    let harness = Harness::new().await;
    let sql = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 100) \
               SELECT count(*), sum(n) FROM t";
    assert_eq!(harness.query(sql).await, ["100|5050"]);
}

#[tokio::test]
async fn rows_that_depend_on_nothing_are_evaluated_in_place() {
    let harness = Harness::new().await;
    let bigint = |value| ScalarValue::Int64(Some(value));
    for (sql, parameters) in [
        ("SELECT 1", vec![]),
        ("SELECT NULL, 'a'::text, 1.5 + 2, DATE '2026-01-02', true AND NULL", vec![]),
        ("SELECT $1::bigint + 1, NOT $2::bigint > 3", vec![bigint(5), bigint(5)]),
        ("SELECT CASE WHEN $1::bigint > 3 THEN 'more' ELSE 'less' END", vec![bigint(5)]),
        ("SELECT $2::bigint - $1::bigint, $1 IN (1, 2), $1 BETWEEN 0 AND $2", vec![bigint(1), bigint(9)]),
        ("SELECT $1::bigint::integer", vec![ScalarValue::Int64(None)]),
    ] {
        let types: Vec<_> = parameters.iter().map(|value: &ScalarValue| Some(value.data_type())).collect();
        let prepared = harness.prepare_with(sql, &types).await.unwrap();
        let in_place = prepared.constant(&parameters).unwrap_or_else(|| panic!("{sql}")).unwrap();
        let planned = harness.execute(&prepared, parameters).await.unwrap();
        assert_eq!(planned, [in_place], "{sql}");
    }
    let bigints = [Some(arrow::datatypes::DataType::Int64)];
    let sum = harness.prepare_with("SELECT $1 + 1", &bigints).await.unwrap();
    let error = sum.constant(&[bigint(i64::MAX)]).unwrap().unwrap_err();
    assert_eq!((error.sqlstate.as_ref(), error.message.as_str()), ("22003", "bigint out of range"));
    let error = harness.execute(&sum, vec![bigint(i64::MAX)]).await.unwrap_err();
    assert_eq!((error.sqlstate.as_ref(), error.message.as_str()), ("22003", "bigint out of range"));
    for sql in [
        "SELECT 1 FROM events",
        "SELECT 1 WHERE false",
        "SELECT 1 LIMIT 0",
        "SELECT count(*)",
        "SELECT (SELECT 1)",
        "SELECT now()",
        "SELECT random()",
        "SELECT current_setting('TimeZone')",
        "SELECT repeat('x', 1000)",
        "SELECT 'a' LIKE '%a%'",
        "SELECT generate_series(1, 2)",
    ] {
        let Ok(prepared) = harness.prepare(sql).await else { continue };
        assert!(prepared.constant(&[]).is_none(), "{sql}");
    }
}
