//! librdkafka's in-process broker, which the demo reads from: it knows less than a real one.

use std::time::Duration;

use ingest::probe::describe_topic;
use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::types::RDKafkaApiKey;
use storage::status::SourceState;

use crate::rig::{Brokers, Rig, Row, connection};

/// Before version 10 of its answer about topics a broker gives no ids.
const METADATA_WITHOUT_IDS: i16 = 9;

async fn a_source_reads_all(broker: &impl Brokers, topic: &str) {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", broker.addresses()).create().unwrap();
    let send = |ids: std::ops::Range<i64>| {
        for id in ids {
            let value = format!(r#"{{"id": {id}}}"#);
            let record = BaseRecord::<(), str>::to(topic).partition(0).payload(&value);
            producer.send(record).map_err(|(error, _)| error).unwrap();
        }
        producer.flush(Duration::from_secs(30)).unwrap();
    };
    send(0..100);
    let rig = Rig::new().await;
    let source = rig.create(broker, topic).await;
    rig.until_caught_up(broker, source).await;
    send(100..200);
    rig.until_caught_up(broker, source).await;
    rig.until_state(source, SourceState::Running).await;
    let expected: Vec<_> = (0..200).map(|id| Row { partition: 0, offset: id, id }).collect();
    assert_eq!(rig.rows(source).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_broker_is_read() {
    let broker = MockCluster::new(1).unwrap();
    broker.create_topic("events", 2, 1).unwrap();
    let topic = describe_topic(&connection(&broker), "events").await.unwrap();
    assert_eq!((topic.topic_id.as_str(), topic.partitions.len()), ("", 2));
    a_source_reads_all(&broker, "events").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_without_topic_ids_is_read() {
    let broker = MockCluster::new(1).unwrap();
    broker.apiversion(RDKafkaApiKey::Metadata, Some(0), Some(METADATA_WITHOUT_IDS)).unwrap();
    broker.create_topic("events", 2, 1).unwrap();
    let topic = describe_topic(&connection(&broker), "events").await.unwrap();
    assert_eq!((topic.topic_id.as_str(), topic.partitions.len()), ("", 2));
    a_source_reads_all(&broker, "events").await;
}
