//! The Kafka side: librdkafka's in-process broker, or one that the visitor has.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use super::DemoError;

/// The embedded broker keeps the last 5 MB of a partition. With some 300 bytes an event this many
/// are certain to be there still when the server comes back.
const EVENTS_KEPT_PER_PARTITION: u32 = 15_000;
/// How long the server may be away before events are gone, where partitions suffice.
const OUTAGE: Duration = Duration::from_secs(60);
const PARTITIONS_MIN: u32 = 4;
const PARTITIONS_MAX: u32 = 64;
const ADMIN_TIMEOUT: Duration = Duration::from_secs(10);

/// A broker with the demo's topic.
pub(super) struct Broker {
    addresses: String,
    partitions: i32,
    /// Lives as long as the demo.
    embedded: Option<MockCluster<'static, DefaultProducerContext>>,
}

impl Broker {
    /// Starts the embedded broker, or makes the topic on `brokers` where it is missing.
    pub(super) async fn start(brokers: Option<&str>, topic: &str, rate: u32) -> Result<Self, DemoError> {
        let partitions = (rate * OUTAGE.as_secs() as u32 / EVENTS_KEPT_PER_PARTITION)
            .clamp(PARTITIONS_MIN, PARTITIONS_MAX) as i32;
        let Some(addresses) = brokers else {
            let embedded = MockCluster::new(1)?;
            embedded.create_topic(topic, partitions, 1)?;
            let addresses = embedded.bootstrap_servers();
            return Ok(Self { addresses, partitions, embedded: Some(embedded) });
        };
        create_topic(addresses, topic, partitions).await?;
        Ok(Self { addresses: addresses.to_owned(), partitions, embedded: None })
    }

    /// Comma-separated `host:port`.
    pub(super) fn addresses(&self) -> &str {
        &self.addresses
    }

    /// Partitions of the topic.
    pub(super) fn partitions(&self) -> i32 {
        self.partitions
    }

    /// Whether it is the embedded one.
    pub(super) fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Rows after which the server flushes: a third of what the embedded broker can give again.
    pub(super) fn flush_rows(&self) -> Option<u32> {
        self.is_embedded().then(|| self.partitions as u32 * EVENTS_KEPT_PER_PARTITION / 3)
    }
}

async fn create_topic(brokers: &str, topic: &str, partitions: i32) -> Result<(), DemoError> {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        // The demo says itself that a broker is not there.
        .set("log_level", "0")
        .create()?;
    let options = AdminOptions::new().request_timeout(Some(ADMIN_TIMEOUT));
    let new_topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let results = admin.create_topics([&new_topic], &options).await.map_err(|error| {
        DemoError::Setup(format!("no Kafka broker answers at {brokers} ({error}). Is it running?"))
    })?;
    for result in results {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => {
                return Err(DemoError::Setup(format!("topic {topic} can't be created on {brokers}: {code}")));
            }
        }
    }
    Ok(())
}
