//! Answers from statistics equal those from rows.

use proptest::prelude::*;

use crate::harness::{Event, Harness, MINUTE, START};

#[tokio::test]
async fn segments_wholly_inside_are_not_opened() {
    let harness = Harness::new().await;
    harness.publish(&(0..240).map(Event::at).collect::<Vec<_>>());
    harness.flush().await;
    let check = async |aggregates: &str, filter: &str, answered, opened| {
        let sql = format!("SELECT {aggregates} FROM events WHERE {filter}");
        assert_eq!(harness.scanned(&sql, "answered from statistics").await, answered, "{sql}");
        assert_eq!(harness.scanned(&sql, "opened").await, opened, "{sql}");
    };
    check("count(*)", "true", 4, 0).await;
    check("count(*), min(ts), max(value), count(bytes)", "ts >= '2026-11-01 01:00:00+00'", 3, 0).await;
    check("count(*)", "ts >= '2026-11-01 01:30:00+00'", 2, 1).await;
    check("count(*)", "ts > '2026-11-01 00:30:00+00' AND ts <= '2026-11-01 02:15:00+00'", 1, 2).await;
    // Neither of these is told by statistics.
    check("count(DISTINCT metric)", "true", 0, 4).await;
    check("min(tags::text)", "true", 0, 4).await;
    check("count(*) FILTER (WHERE bytes > 3)", "true", 0, 4).await;
    check("sum(bytes)", "true", 0, 4).await;
    check("count(*)", "date_trunc('hour', ts) = '2026-11-01 01:00:00+00'", 0, 4).await;
    check("count(*)", "bytes >= 0", 0, 4).await;
}

/// Some minutes may be null, and values far from each other.
fn event() -> impl Strategy<Value = Event> {
    (prop::option::weighted(0.9, 0..300_i64), prop::option::of(-3..3_i64), any::<bool>()).prop_map(
        |(minute, bytes, long)| {
            let mut event = Event::at(minute.unwrap_or_default());
            event.ts = minute.map(|minute| START + minute * MINUTE);
            event.bytes = bytes;
            event.value = bytes.map(|bytes| if bytes == 0 { -0.0 } else { bytes as f64 });
            if long {
                event.metric = event.metric.map(|metric| metric.repeat(20));
            }
            event
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn answers_equal_those_from_rows(
        flushed in prop::collection::vec(prop::collection::vec(event(), 1..40), 0..4),
        hot in prop::collection::vec(event(), 0..10),
        ranges in prop::collection::vec((0..320_i64, 0..320_i64, 0..5_usize), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let harness = Harness::new().await;
            for events in &flushed {
                harness.publish(events);
                harness.flush().await;
            }
            if !hot.is_empty() {
                harness.publish(&hot);
            }
            for (low, high, form) in &ranges {
                let at = |minute: &i64| format!("to_timestamp({}::bigint)", (START + minute * MINUTE) / 1_000_000);
                let (low, high) = (at(low), at(high));
                let filter = match form {
                    0 => format!("ts >= {low} AND ts < {high}"),
                    1 => format!("ts BETWEEN {low} AND {high}"),
                    2 => format!("ts > {low} OR ts IS NULL"),
                    3 => format!("NOT ts < {low}"),
                    _ => "true".to_owned(),
                };
                let list = "count(*), count(bytes), min(ts), max(ts), min(bytes), max(value), min(metric), max(metric)";
                // What adds a distinct count is read from rows.
                let answered = harness.query(&format!("SELECT {list} FROM events WHERE {filter}")).await;
                let read = harness
                    .query(&format!("SELECT {list}, count(DISTINCT metric) FROM events WHERE {filter}"))
                    .await;
                let read: Vec<_> = read.iter().filter_map(|row| row.rsplit_once('|')).map(|(row, _)| row).collect();
                assert_eq!(answered, read, "{filter}");
            }
        });
    }
}
