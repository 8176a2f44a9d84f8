//! Questions before a source exists.

use ingest::IngestError;
use ingest::probe::{describe_topic, resolve_start};
use storage::catalog::{ConnectionDefinition, KafkaSecurity};
use storage::ids::Partition;
use storage::offsets::StartPosition;
use tidegate_sqllogictest::kafka::{self, Message};

use crate::rig::{connection, offset_map};

#[tokio::test]
async fn describes_a_topic_and_resolves_where_to_start() {
    let Some(broker) = kafka::shared() else { return };
    let topic = "probe".to_owned();
    // The messages are years old: the usual retention would remove them.
    broker.create_topic(&topic, 2, &[("retention.ms", "-1")]).unwrap();
    let producer = broker.producer().unwrap();
    for number in 0..10 {
        let value = number.to_string();
        let message = Message::value(&value).partition(0).timestamp(1_700_000_000_000 + number * 1000);
        producer.send(&topic, &message).unwrap();
    }
    producer.flush().unwrap();
    broker.delete_records(&topic, 0, 3).unwrap();

    let connection = connection(broker);
    let description = describe_topic(&connection, &topic).await.unwrap();
    assert_eq!(description.topic_id.len(), 22, "{description:?}");
    let bounds = description.partitions[&Partition(0)];
    assert_eq!((bounds.low.0, bounds.high.0), (3, 10));

    let start = async |start| resolve_start(&connection, &topic, &description, &start).await;
    assert_eq!(start(StartPosition::Earliest).await.unwrap(), offset_map(&[3, 0]));
    assert_eq!(start(StartPosition::Latest).await.unwrap(), offset_map(&[10, 0]));
    assert_eq!(start(StartPosition::Offsets(vec![7, 0])).await.unwrap(), offset_map(&[7, 0]));
    // Between the sixth and the seventh message: a microsecond after one is the next one.
    let after_sixth = StartPosition::Timestamp(1_700_000_005_000_001);
    assert_eq!(start(after_sixth).await.unwrap(), offset_map(&[6, 0]));
    let at_sixth = StartPosition::Timestamp(1_700_000_005_000_000);
    assert_eq!(start(at_sixth).await.unwrap(), offset_map(&[5, 0]));
    let after_all = StartPosition::Timestamp(1_800_000_000_000_000);
    assert_eq!(start(after_all).await.unwrap(), offset_map(&[10, 0]));

    let error = start(StartPosition::Offsets(vec![2, 0])).await.unwrap_err();
    assert!(matches!(error, IngestError::BadStart { .. }), "{error}");
}

#[tokio::test]
async fn a_misspelt_topic_is_named_with_the_one_that_was_meant() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("clickstream", 1).unwrap();
    let misspelt = topic.replace("click", "clik");
    let error = describe_topic(&connection(broker), &misspelt).await.unwrap_err();
    assert_eq!(error.to_string(), format!("topic \"{misspelt}\" does not exist on {}", broker.address()));
    let IngestError::NoSuchTopic { similar, .. } = error else { panic!("{error}") };
    assert_eq!(similar, Some(topic));
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_named() {
    let connection =
        ConnectionDefinition { brokers: "127.0.0.1:1".to_owned(), security: KafkaSecurity::Plaintext };
    let error = describe_topic(&connection, "t").await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("no Kafka broker answered at 127.0.0.1:1: "), "{text}");
    assert!(text.contains("Connection refused"), "{text}");
}
