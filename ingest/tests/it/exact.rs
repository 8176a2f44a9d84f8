//! Every message once: over partitions, transactions, malformed messages, restarts and changes.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::Int64Type;
use storage::catalog::{CatalogEntry, CatalogObject};
use storage::database::CatalogChange;
use storage::ids::{ColumnId, Offset, Partition};
use storage::status::SourceState;
use storage::transform::{RowError, RowTransform, Transformed};
use tidegate_sqllogictest::kafka::{self, Message};

use crate::rig::{Ledger, Rig, Row};

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_of_several_partitions() {
    const MESSAGES: i64 = 200_000;
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("many", 4).unwrap();
    let producer = broker.producer().unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&producer, &topic, 4, 0..MESSAGES / 2);
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    ledger.send(&producer, &topic, 4, MESSAGES / 2..MESSAGES);
    rig.until_caught_up(broker, source).await;
    ledger.check(rig.rows(source).await);

    rig.until_state(source, SourceState::Running).await;
    rig.until(source, "rate", |rig| rig.status(source).rows_per_second > 0.0).await;
    let status = rig.status(source);
    assert_eq!(status.error, None);
    assert_eq!(status.dead_letters, 0);
    assert!(status.freshness_micros.is_some_and(|freshness| freshness >= 0), "{status:?}");
    for partition in 0..4 {
        let partition = &status.partitions[&Partition(partition)];
        assert_eq!(partition.high_watermark, Some(Offset(MESSAGES / 4)));
        assert!(partition.last_event_time_micros.is_some_and(|time| time > 1_600_000_000_000_000));
    }
}

/// Units are visible in offset order though three threads decode them: at any moment the rows of
/// a partition are exactly those below its visible offset.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_visible_is_a_prefix_at_any_moment() {
    const MESSAGES: i64 = 100_000;
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("prefix", 3).unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&broker.producer().unwrap(), &topic, 3, 0..MESSAGES);
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    let mut looks = 0;
    loop {
        let snapshot = rig.database.snapshot();
        let offsets = snapshot.offsets(source);
        let visible: i64 = offsets.values().map(|offsets| offsets.visible.0).sum();
        let rows = snapshot.hot(source);
        assert_eq!(rows.rows as i64, visible, "a row for each offset below the visible ones");
        for batch in rows.batches.iter() {
            let offset = batch.column(3).as_primitive::<Int64Type>();
            let partition = batch.column(2).as_primitive::<arrow::datatypes::Int32Type>();
            for row in 0..batch.num_rows() {
                assert!(offset.value(row) < offsets[&Partition(partition.value(row))].visible.0);
            }
        }
        looks += 1;
        if visible == MESSAGES {
            break;
        }
        tokio::task::yield_now().await;
    }
    println!("{looks} looks");
    ledger.check(rig.rows(source).await);
}

/// Pinot #14716: what transactions leave between messages, and at the end, is neither an event nor
/// a loss, and does not count as lag.
#[tokio::test(flavor = "multi_thread")]
async fn aborted_transactions_are_invisible_and_no_gap() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("transactions", 1).unwrap();
    let producer = broker.transactional_producer(&topic).unwrap();
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    let send = |ids: std::ops::Range<i64>| {
        for id in ids {
            producer.send(&topic, &Message::value(&format!(r#"{{"id": {id}}}"#))).unwrap();
        }
    };
    for round in 0..5 {
        producer.begin().unwrap();
        send(round * 10..round * 10 + 5);
        producer.commit().unwrap();
        producer.begin().unwrap();
        send(1_000..1_010);
        producer.abort().unwrap();
    }
    // The end of the topic is an abort's marker.
    let end = broker.watermarks(&topic, 0).unwrap().1;
    assert_eq!(end, 5 * (5 + 1 + 10 + 1));
    rig.until_caught_up(broker, source).await;
    let ids: Vec<i64> = rig.rows(source).await.iter().map(|row| row.id).collect();
    let expected: Vec<i64> = (0..5).flat_map(|round| round * 10..round * 10 + 5).collect();
    assert_eq!(ids, expected);
    let status = rig.until_state(source, SourceState::Running).await;
    assert_eq!(status.partitions[&Partition(0)].high_watermark, Some(Offset(end)));

    // An open transaction is not visible until it is committed, and then it is.
    producer.begin().unwrap();
    send(50..60);
    producer.flush().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(rig.visible(source, 0), end);
    producer.commit().unwrap();
    rig.until_caught_up(broker, source).await;
    assert_eq!(rig.rows(source).await.len(), 35);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_message_is_a_dead_letter_and_spoils_nothing() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("malformed", 1).unwrap();
    let producer = broker.producer().unwrap();
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    let values = [r#"{"id": 1}"#, r#"{"id": "#, r#"{"id": 2}"#, r#"{"name": "no id"}"#, "", r#"{"id": 3}"#];
    for value in values {
        producer.send(&topic, &Message::value(value).key("k").partition(0)).unwrap();
    }
    producer.send(&topic, &Message::tombstone().partition(0)).unwrap();
    producer.send(&topic, &Message::value(r#"{"id": 4}"#).partition(0)).unwrap();
    producer.flush().unwrap();
    rig.until_caught_up(broker, source).await;
    let row = |offset, id| Row { partition: 0, offset, id };
    assert_eq!(rig.rows(source).await, [row(0, 1), row(2, 2), row(5, 3), row(7, 4)]);
    let letters = rig.dead_letters(source).await;
    let places: Vec<_> = letters.iter().map(|letter| (letter.1, letter.2.as_str())).collect();
    assert_eq!(places, [(1, r#"{"id": "#), (3, r#"{"name": "no id"}"#), (4, ""), (6, "<null>")]);
    assert_eq!(letters[1].3, "null value in column \"id\" violates not-null constraint");
    assert!(letters.iter().all(|letter| !letter.3.is_empty()));
    assert_eq!(rig.status(source).dead_letters, 4);
}

/// Keeps even ids, fails on multiples of ten.
#[derive(Debug)]
struct EvenOnly;

impl RowTransform for EvenOnly {
    fn apply(&self, rows: &RecordBatch) -> Transformed {
        let ids = rows.column(0).as_primitive::<Int64Type>();
        let keep = ids.iter().map(|id| id.map(|id| id % 2 == 0)).collect::<BooleanArray>();
        let failed = (0..ids.len()).filter(|&row| ids.is_valid(row) && ids.value(row) % 10 == 0);
        let errors = failed.map(|row| RowError { row, message: "multiple of ten".to_owned() });
        let name =
            arrow::array::StringViewArray::from_iter(ids.iter().map(|id| id.map(|id| format!("<{id}>"))));
        Transformed {
            generated: vec![(ColumnId(2), Arc::new(name))],
            keep: Some(keep),
            errors: errors.collect(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_columns_then_filter_then_not_null() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("filtered", 1).unwrap();
    let producer = broker.producer().unwrap();
    let rig = Rig::new().await;
    let source = rig.create_with(broker, &topic, Some(Arc::new(EvenOnly)), |_| {}).await;
    Ledger::default().send(&producer, &topic, 1, 1..25);
    // Without an id the filter is null, so the row is not kept: it never meets NOT NULL.
    producer.send(&topic, &Message::value("{}").partition(0)).unwrap();
    Ledger::default().send(&producer, &topic, 1, 25..26);
    rig.until_caught_up(broker, source).await;
    let ids: Vec<i64> = rig.rows(source).await.iter().map(|row| row.id).collect();
    assert_eq!(ids, [2, 4, 6, 8, 12, 14, 16, 18, 22, 24]);
    let letters = rig.dead_letters(source).await;
    assert_eq!(letters.iter().map(|letter| letter.1).collect::<Vec<_>>(), [9, 19]);
    assert!(letters.iter().all(|letter| letter.3 == "multiple of ten"));
    let names = rig.database.snapshot().hot(source).batches[0].column(1).as_string_view().value(0).to_owned();
    assert_eq!(names, "<2>");
}

/// Druid #5161: offsets never run ahead of their rows. What was not committed is read again, what
/// was is not, and until all is back the source says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_repeats_and_loses_nothing() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("crash", 2).unwrap();
    let producer = broker.producer().unwrap();
    let mut ledger = Ledger::default();
    let mut rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    for round in 0..4 {
        ledger.send(&producer, &topic, 2, round * 10_000..round * 10_000 + 5_000);
        rig.until_caught_up(broker, source).await;
        if round % 2 == 0 {
            rig.database.flush(source).await.unwrap();
        }
        ledger.send(&producer, &topic, 2, round * 10_000 + 5_000..(round + 1) * 10_000);
        rig = rig.crash().await;
        rig.start(broker, source).await;
        rig.until_caught_up(broker, source).await;
        rig.until_state(source, SourceState::Running).await;
        ledger.check(rig.rows(source).await);
    }
}

/// ClickHouse #7259: a consumer that takes over while messages keep coming reads none twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_definition_takes_over_without_gap_or_repetition() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("takeover", 3).unwrap();
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    let producer = broker.producer().unwrap();
    let sender = {
        let topic = topic.clone();
        tokio::task::spawn_blocking(move || {
            let mut ledger = Ledger::default();
            for round in 0..60 {
                ledger.send(&producer, &topic, 3, round * 500..(round + 1) * 500);
            }
            ledger
        })
    };
    for _ in 0..5 {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        rig.start(broker, source).await;
    }
    let ledger = sender.await.unwrap();
    rig.until_caught_up(broker, source).await;
    ledger.check(rig.rows(source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_source_reads_nothing_until_it_is_resumed() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("paused", 1).unwrap();
    let producer = broker.producer().unwrap();
    let mut ledger = Ledger::default();
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    let pause = async |paused| {
        let mut entry = CatalogEntry::clone(&rig.entry(source));
        let CatalogObject::Source(definition) = &mut entry.object else { panic!("no source") };
        definition.paused = paused;
        rig.database.change_catalog(CatalogChange::Replace { entry }).await.unwrap();
        rig.start(broker, source).await;
    };
    ledger.send(&producer, &topic, 1, 0..100);
    rig.until_caught_up(broker, source).await;
    pause(true).await;
    assert_eq!(rig.status(source).state, SourceState::Paused);
    ledger.send(&producer, &topic, 1, 100..200);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(rig.visible(source, 0), 100);
    pause(false).await;
    rig.until_caught_up(broker, source).await;
    ledger.check(rig.rows(source).await);
    rig.until_state(source, SourceState::Running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_partitions_are_read_from_their_beginning() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("grows", 1).unwrap();
    let producer = broker.producer().unwrap();
    let mut ledger = Ledger::default();
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    ledger.send(&producer, &topic, 1, 0..100);
    rig.until_caught_up(broker, source).await;
    broker.add_partitions(&topic, 3).unwrap();
    // A producer of its own: the first one still believes in one partition.
    ledger.send(&broker.producer().unwrap(), &topic, 3, 100..1_000);
    rig.until_caught_up(broker, source).await;
    ledger.check(rig.rows(source).await);
    rig.database.flush(source).await.unwrap();
    let rig = rig.crash().await;
    rig.start(broker, source).await;
    ledger.send(&broker.producer().unwrap(), &topic, 3, 1_000..2_000);
    rig.until_caught_up(broker, source).await;
    ledger.check(rig.rows(source).await);
}
