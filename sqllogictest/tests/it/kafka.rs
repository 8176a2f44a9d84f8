//! The broker harness itself: what other tests rest on.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Headers;
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use tidegate_sqllogictest::kafka::{self, KafkaBroker, Message};

/// Reads partition 0 of a topic up to `end` with read-committed isolation.
fn read(broker: &KafkaBroker, topic: &str, end: i64) -> Vec<(i64, Option<String>, String)> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker.address())
        .set("group.id", "test")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&list).unwrap();
    let mut messages = Vec::new();
    loop {
        match consumer.poll(Duration::from_secs(10)).expect("the broker answers in time") {
            Ok(message) => {
                let text =
                    |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
                let headers = message.headers().map_or(0, Headers::count);
                messages.push((
                    message.offset(),
                    text(message.key()),
                    format!("{}/{headers}", text(message.payload()).unwrap_or("tombstone".into())),
                ));
            }
            Err(rdkafka::error::KafkaError::PartitionEOF(_)) => {
                assert!(broker.watermarks(topic, 0).unwrap().1 >= end);
                return messages;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn topics_are_made_enlarged_emptied_and_deleted() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("life", 1).unwrap();
    let error = broker.create_topic(&topic, 1, &[]).unwrap_err();
    assert!(error.to_string().contains("exists"), "{error}");
    broker.add_partitions(&topic, 3).unwrap();
    let producer = broker.producer().unwrap();
    for value in 0..10 {
        producer.send(&topic, &Message::value(&value.to_string()).partition(0)).unwrap();
    }
    producer.flush().unwrap();
    assert_eq!(producer.delivered(), 10);
    assert_eq!(broker.watermarks(&topic, 0).unwrap(), (0, 10));
    assert_eq!(broker.watermarks(&topic, 2).unwrap(), (0, 0));
    broker.delete_records(&topic, 0, 4).unwrap();
    assert_eq!(broker.watermarks(&topic, 0).unwrap(), (4, 10));
    broker.delete_topic(&topic).unwrap();
    broker.create_topic(&topic, 2, &[]).unwrap();
    assert_eq!(broker.watermarks(&topic, 0).unwrap(), (0, 0));
}

#[test]
fn aborted_transactions_use_up_offsets() {
    let Some(broker) = kafka::shared() else { return };
    let topic = broker.fresh_topic("transactions", 1).unwrap();
    let producer = broker.transactional_producer("transactions").unwrap();
    let headers: [(&str, Option<&[u8]>); 2] = [("a", Some(b"1")), ("b", None)];
    producer.begin().unwrap();
    producer.send(&topic, &Message::value("kept").key("k").headers(&headers)).unwrap();
    producer.send(&topic, &Message::tombstone().key("k")).unwrap();
    producer.commit().unwrap();
    producer.begin().unwrap();
    producer.send(&topic, &Message::value("aborted")).unwrap();
    producer.abort().unwrap();
    producer.begin().unwrap();
    producer.send(&topic, &Message::value("last").timestamp(1_700_000_000_000)).unwrap();
    producer.commit().unwrap();
    // Two messages, a commit marker, the aborted message, its marker, one message, a marker.
    let key = || Some("k".to_owned());
    assert_eq!(
        read(broker, &topic, 7),
        [(0, key(), "kept/2".into()), (1, key(), "tombstone/0".into()), (5, None, "last/0".into())]
    );
}

#[test]
fn a_restarted_broker_keeps_its_messages() {
    let Some(broker) = kafka::start_or_skip() else { return };
    let topic = broker.fresh_topic("restart", 1).unwrap();
    let producer = broker.producer().unwrap();
    producer.send(&topic, &Message::value("before")).unwrap();
    producer.flush().unwrap();
    broker.restart().unwrap();
    producer.send(&topic, &Message::value("between")).unwrap();
    producer.flush().unwrap();
    broker.kill();
    broker.restart().unwrap();
    producer.send(&topic, &Message::value("after")).unwrap();
    producer.flush().unwrap();
    let values: Vec<_> = read(&broker, &topic, 3).into_iter().map(|(.., value)| value).collect();
    assert_eq!(values, ["before/0", "between/0", "after/0"]);
}
