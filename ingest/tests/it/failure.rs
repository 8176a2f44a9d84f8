//! What the manual's table of failures promises.

use std::time::Duration;

use storage::catalog::{CatalogEntry, CatalogObject, ConnectionDefinition, KafkaSecurity};
use storage::ids::{Offset, Partition};
use storage::offsets::StartPosition;
use storage::status::SourceState;
use tidegate_sqllogictest::kafka;

use crate::rig::{Ledger, Rig};

/// Messages sent, read and flushed; then nothing runs that reads them.
async fn stopped_after(
    broker: &kafka::KafkaBroker,
    topic: &str,
    partitions: i32,
    messages: i64,
) -> (Rig, storage::ids::ObjectId, Ledger) {
    let mut ledger = Ledger::default();
    ledger.send(&broker.producer().unwrap(), topic, partitions, 0..messages);
    let rig = Rig::new().await;
    let source = rig.create(broker, topic).await;
    rig.until_caught_up(broker, source).await;
    rig.database.flush(source).await.unwrap();
    let rig = rig.crash().await;
    (rig, source, ledger)
}

/// Pinot #12608: offsets deleted by retention are a failure with a number, not a silent jump.
#[tokio::test(flavor = "multi_thread")]
async fn offsets_lost_to_retention_are_counted_and_wait_for_a_person() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("retention", 2).unwrap();
    let (rig, source, mut ledger) = stopped_after(broker, &topic, 2, 100).await;
    ledger.send(&broker.producer().unwrap(), &topic, 2, 100..200);
    broker.delete_records(&topic, 1, 73).unwrap();
    rig.start(broker, source).await;
    let error = rig.until_state(source, SourceState::Failed).await.error.unwrap();
    assert!(error.contains("23 in partition 1 (offsets 50 up to 73)"), "{error}");
    assert!(error.contains("RESET OFFSETS"), "{error}");
    assert_eq!((rig.visible(source, 0), rig.visible(source, 1)), (50, 50));

    rig.reset(broker, source, &StartPosition::Offsets(vec![50, 73])).await;
    rig.until_caught_up(broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    ledger.0.get_mut(&1).unwrap().drain(50..73);
    ledger.check(rig.rows(source).await);
}

/// Between the question for the first offset and the first read is time for retention.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_made_to_begin_at_the_earliest_follows_retention_until_it_reads() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("earliest", 2).unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&broker.producer().unwrap(), &topic, 2, 0..100);
    let rig = Rig::new().await;
    let source = rig
        .create_with(broker, &topic, None, |definition| {
            assert_eq!(definition.start_offsets[&Partition(1)], Offset(0));
            broker.delete_records(&topic, 1, 30).unwrap();
        })
        .await;
    rig.until_caught_up(broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    ledger.0.get_mut(&1).unwrap().drain(..30);
    ledger.check(rig.rows(source).await);

    // What it has read since is its own: a loss behind that is one.
    rig.database.flush(source).await.unwrap();
    let rig = rig.crash().await;
    ledger.send(&broker.producer().unwrap(), &topic, 2, 100..200);
    broker.delete_records(&topic, 1, 73).unwrap();
    rig.start(broker, source).await;
    let error = rig.until_state(source, SourceState::Failed).await.error.unwrap();
    assert!(error.contains("23 in partition 1 (offsets 50 up to 73)"), "{error}");
}

/// The same while the source runs, but stands still.
#[tokio::test(flavor = "multi_thread")]
async fn offsets_lost_while_running_are_noticed() {
    let Some(broker) = kafka::start_or_skip() else { return };
    let topic = broker.fresh_topic("running_retention", 1).unwrap();
    let mut ledger = Ledger::default();
    let producer = broker.producer().unwrap();
    ledger.send(&producer, &topic, 1, 0..100);
    let rig = Rig::new().await;
    let source = rig.create(&broker, &topic).await;
    rig.until_caught_up(&broker, source).await;
    // Nothing is lost by deleting what was read.
    broker.delete_records(&topic, 0, 100).unwrap();
    ledger.send(&producer, &topic, 1, 100..200);
    rig.until_caught_up(&broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    ledger.check(rig.rows(source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_beyond_the_end_is_truncation() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("truncated", 1).unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&broker.producer().unwrap(), &topic, 1, 0..10);
    let rig = Rig::new().await;
    let beyond = |definition: &mut storage::catalog::SourceDefinition| {
        definition.start_offsets.insert(Partition(0), Offset(25));
    };
    let source = rig.create_with(broker, &topic, None, beyond).await;
    let error = rig.until_state(source, SourceState::Failed).await.error.unwrap();
    assert!(error.contains("partition 0 at 10, read up to 25"), "{error}");
    assert!(rig.rows(source).await.is_empty());
    rig.reset(broker, source, &StartPosition::Earliest).await;
    rig.until_caught_up(broker, source).await;
    ledger.check(rig.rows(source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_again_is_noticed_at_restart() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("again", 1).unwrap();
    let (rig, source, ledger) = stopped_after(broker, &topic, 1, 100).await;
    broker.delete_topic(&topic).unwrap();
    broker.create_topic(&topic, 1, &[]).unwrap();
    // More messages than before: the old offset exists in the new topic and means another message.
    let mut again = Ledger::default();
    again.send(&broker.producer().unwrap(), &topic, 1, 1_000..1_300);
    rig.start(broker, source).await;
    let error = rig.until_state(source, SourceState::Failed).await.error.unwrap();
    assert!(error.contains("was deleted and made again"), "{error}");
    ledger.check(rig.rows(source).await);

    rig.reset(broker, source, &StartPosition::Earliest).await;
    rig.until_caught_up(broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    let mut ids: Vec<i64> = rig.rows(source).await.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..100).chain(1_000..1_300).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_again_is_noticed_while_running() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("again_running", 1).unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&broker.producer().unwrap(), &topic, 1, 0..100);
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    rig.until_caught_up(broker, source).await;
    broker.delete_topic(&topic).unwrap();
    broker.create_topic(&topic, 1, &[]).unwrap();
    Ledger::default().send(&broker.producer().unwrap(), &topic, 1, 1_000..1_300);
    let error = rig.until_state(source, SourceState::Failed).await.error.unwrap();
    assert!(error.contains("was deleted and made again"), "{error}");
    ledger.check(rig.rows(source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_topic_fails_its_source() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("deleted", 2).unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&broker.producer().unwrap(), &topic, 2, 0..100);
    let rig = Rig::new().await;
    let source = rig.create(broker, &topic).await;
    rig.until_caught_up(broker, source).await;
    broker.delete_topic(&topic).unwrap();
    let error = rig.until_state(source, SourceState::Failed).await.error.unwrap();
    assert!(error.contains("does not exist any more"), "{error}");
    ledger.check(rig.rows(source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_and_comes_back_needs_nobody() {
    let Some(broker) = kafka::start_or_skip() else { return };
    let topic = broker.fresh_topic("restarts", 2).unwrap();
    let mut ledger = Ledger::default();
    let rig = Rig::new().await;
    let source = rig.create(&broker, &topic).await;
    ledger.send(&broker.producer().unwrap(), &topic, 2, 0..1_000);
    rig.until_caught_up(&broker, source).await;

    broker.kill();
    let status = rig.until_state(source, SourceState::Stalled).await;
    assert!(status.error.is_some() && status.error_since_micros.is_some(), "{status:?}");
    broker.restart().unwrap();
    ledger.send(&broker.producer().unwrap(), &topic, 2, 1_000..2_000);
    rig.until_caught_up(&broker, source).await;
    let status = rig.until_state(source, SourceState::Running).await;
    assert_eq!((status.error, status.error_since_micros), (None, None));

    broker.freeze();
    rig.until_state(source, SourceState::Stalled).await;
    broker.thaw();
    ledger.send(&broker.producer().unwrap(), &topic, 2, 2_000..3_000);
    rig.until_caught_up(&broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    ledger.check(rig.rows(source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_before_its_broker_waits_for_it() {
    let Some(broker) = kafka::start_or_skip() else { return };
    let topic = broker.fresh_topic("late_broker", 1).unwrap();
    let (rig, source, mut ledger) = stopped_after(&broker, &topic, 1, 100).await;
    ledger.send(&broker.producer().unwrap(), &topic, 1, 100..200);
    broker.stop();
    rig.start(&broker, source).await;
    let error = rig.until_state(source, SourceState::Stalled).await.error.unwrap();
    assert!(error.contains("no Kafka broker answered"), "{error}");
    broker.restart().unwrap();
    rig.until_caught_up(&broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    ledger.check(rig.rows(source).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_broker_is_gone_can_be_stopped() {
    let Some(broker) = kafka::start_or_skip() else { return };
    let topic = broker.fresh_topic("gone_broker", 1).unwrap();
    let mut ledger = Ledger::default();
    ledger.send(&broker.producer().unwrap(), &topic, 1, 0..1_000);
    let rig = Rig::new().await;
    let source = rig.create(&broker, &topic).await;
    rig.until_caught_up(&broker, source).await;
    broker.freeze();
    let stopped = tokio::time::timeout(Duration::from_secs(20), rig.supervisor.stop(source)).await;
    broker.thaw();
    stopped.expect("a stop does not wait for a broker");
    ledger.check(rig.rows(source).await);
}

/// A source whose endpoint moves goes on where it stood.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_wrong_can_be_changed() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("moved", 1).unwrap();
    let (rig, source, mut ledger) = stopped_after(broker, &topic, 1, 100).await;
    let entry = CatalogEntry::clone(&rig.entry(source));
    assert!(matches!(entry.object, CatalogObject::Source(_)));
    let task = ingest::supervisor::SourceTask {
        entry: entry.into(),
        connection: ConnectionDefinition {
            brokers: "127.0.0.1:1".to_owned(),
            security: KafkaSecurity::Plaintext,
        },
        transform: None,
        at_earliest: false,
    };
    rig.supervisor.start(task).await.unwrap();
    rig.until_state(source, SourceState::Stalled).await;
    ledger.send(&broker.producer().unwrap(), &topic, 1, 100..200);
    rig.start(broker, source).await;
    rig.until_caught_up(broker, source).await;
    ledger.check(rig.rows(source).await);
}
