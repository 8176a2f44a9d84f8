//! Topics: made, enlarged, emptied, deleted.

use std::time::{Duration, Instant};

use futures::executor::block_on;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::{KafkaBroker, KafkaError, Result, fresh_name};

const TIMEOUT: Duration = Duration::from_secs(20);

type TopicAnswers = Vec<Result<String, (String, RDKafkaErrorCode)>>;

impl KafkaBroker {
    /// Creates a topic with settings such as `retention.ms`, and waits until it can be written to.
    pub fn create_topic(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> Result<()> {
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        for (name, value) in settings {
            topic = topic.set(name, value);
        }
        check("create topic", block_on(self.admin()?.create_topics(&[topic], &options())))?;
        self.wait_for_partitions(name, partitions)
    }

    /// Creates a topic whose name begins with `stem` and that no other test uses.
    pub fn fresh_topic(&self, stem: &str, partitions: i32) -> Result<String> {
        let name = fresh_name(stem);
        self.create_topic(&name, partitions, &[])?;
        Ok(name)
    }

    /// Deletes a topic and waits until the broker no longer lists it.
    pub fn delete_topic(&self, name: &str) -> Result<()> {
        check("delete topic", block_on(self.admin()?.delete_topics(&[name], &options())))?;
        self.wait_for_partitions(name, 0)
    }

    /// Gives a topic `total` partitions.
    pub fn add_partitions(&self, topic: &str, total: i32) -> Result<()> {
        let request = NewPartitions::new(topic, total as usize);
        check("add partitions", block_on(self.admin()?.create_partitions(&[request], &options())))?;
        self.wait_for_partitions(topic, total)
    }

    /// Deletes what stands before `offset`, as retention would.
    pub fn delete_records(&self, topic: &str, partition: i32, offset: i64) -> Result<()> {
        let operation = "delete records";
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Offset(offset))
            .map_err(KafkaError::refused(operation))?;
        let answer = block_on(self.admin()?.delete_records(&list, &options()))
            .map_err(KafkaError::refused(operation))?;
        for element in answer.elements() {
            element.error().map_err(KafkaError::refused(operation))?;
        }
        Ok(())
    }

    /// The offset of the first message of a partition, and the one after its last.
    pub fn watermarks(&self, topic: &str, partition: i32) -> Result<(i64, i64)> {
        self.consumer()?
            .fetch_watermarks(topic, partition, TIMEOUT)
            .map_err(KafkaError::refused("fetch watermarks"))
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        self.client_config().create().map_err(KafkaError::refused("make an admin client"))
    }

    fn consumer(&self) -> Result<BaseConsumer> {
        self.client_config().create().map_err(KafkaError::refused("make a consumer"))
    }

    pub(super) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.address())
            // Tests stop and start the broker; half a minute of growing pauses helps nobody.
            .set("reconnect.backoff.ms", "20")
            .set("reconnect.backoff.max.ms", "200")
            .set("log_level", "0");
        config
    }

    /// The answer to a request comes before its effect can be seen everywhere.
    fn wait_for_partitions(&self, topic: &str, expected: i32) -> Result<()> {
        let operation = "wait for a topic";
        let client = self.consumer()?;
        let start = Instant::now();
        loop {
            // All topics: asking for one by name would remember that it is missing.
            let metadata = client.fetch_metadata(None, TIMEOUT).map_err(KafkaError::refused(operation))?;
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            let ready = found.map_or(0, |found| {
                // A leader that is named may not yet have taken up its duty; then this fails.
                let leads = |id| client.fetch_watermarks(topic, id, TIMEOUT).is_ok();
                found.partitions().iter().filter(|partition| leads(partition.id())).count()
            });
            if ready == expected as usize {
                return Ok(());
            }
            if start.elapsed() > TIMEOUT {
                let reason = format!("\"{topic}\" has {ready} partitions with a leader, not {expected}");
                return Err(KafkaError::Refused { operation, reason });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(TIMEOUT)).operation_timeout(Some(TIMEOUT))
}

fn check(operation: &'static str, answer: rdkafka::error::KafkaResult<TopicAnswers>) -> Result<()> {
    for topic in answer.map_err(KafkaError::refused(operation))? {
        topic.map_err(|(name, code)| KafkaError::Refused { operation, reason: format!("{name}: {code}") })?;
    }
    Ok(())
}
