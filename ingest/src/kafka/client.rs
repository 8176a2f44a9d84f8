//! A client that asks a broker about topics and offsets, with a bound on how long it waits.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use storage::catalog::ConnectionDefinition;
use storage::ids::{Offset, Partition};

use super::context::Context;
use super::describe::{Described, describe};
use super::options;
use crate::error::{IngestError, Result};

/// A moment after which a question is given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout)
    }

    fn remaining(self) -> Duration {
        // Never zero: librdkafka takes zero for "do not wait", which looks like a dead broker.
        self.0.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
    }
}

/// Asks about topics and offsets; reads no messages.
pub(crate) struct QueryClient {
    consumer: BaseConsumer<Context>,
    brokers: String,
}

impl QueryClient {
    /// Makes a client. `name` is for the log.
    pub(crate) fn new(connection: &ConnectionDefinition, name: &str) -> Result<Self> {
        let brokers = connection.brokers.clone();
        match BaseConsumer::from_config_and_context(&options::query(connection), Context::new(name)) {
            Ok(consumer) => Ok(Self { consumer, brokers }),
            Err(error) => {
                Err(IngestError::Kafka { operation: "connecting", brokers, reason: error.to_string() })
            }
        }
    }

    /// The topic's id and partitions. The id is empty where the broker has none to give: brokers
    /// before Kafka 3.1, and librdkafka's own, which leave the question without an answer.
    pub(crate) fn describe(&self, topic: &str, deadline: Deadline) -> Result<Described> {
        self.take_events();
        match describe(self.consumer.client(), topic, deadline.remaining() / 2) {
            Ok(described) => Ok(described),
            Err(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::UnsupportedFeature) => {
                self.partitions(topic, deadline)
            }
            Err(
                RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::InvalidTopic,
            ) => Err(IngestError::NoSuchTopic {
                topic: topic.to_owned(),
                brokers: self.brokers.clone(),
                similar: None,
            }),
            Err(code) => Err(self.error("describing the topic", code)),
        }
    }

    /// One offset for each partition: the first ([`rdkafka::Offset::Beginning`]), the one after
    /// the last ([`rdkafka::Offset::End`]) or the first that is not older than a time in
    /// milliseconds since 1970 ([`rdkafka::Offset::Offset`]; None where all are older).
    pub(crate) fn offsets(
        &self,
        topic: &str,
        partitions: &[i32],
        at: rdkafka::Offset,
        deadline: Deadline,
    ) -> Result<BTreeMap<Partition, Option<Offset>>> {
        const OPERATION: &str = "asking for offsets";
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut question = TopicPartitionList::with_capacity(partitions.len());
        for &partition in partitions {
            // On the wire the "time" of the first offset is -2 and that of the end -1, which is
            // how librdkafka writes Beginning and End.
            question
                .add_partition_offset(topic, partition, at)
                .map_err(|error| self.kafka_error(OPERATION, &error))?;
        }
        let answer = self
            .consumer
            .offsets_for_times(question, deadline.remaining())
            .map_err(|error| self.kafka_error(OPERATION, &error))?;
        let mut offsets = BTreeMap::new();
        for element in answer.elements() {
            element.error().map_err(|error| self.kafka_error(OPERATION, &error))?;
            let offset = match element.offset() {
                rdkafka::Offset::Offset(offset) => Some(Offset(offset)),
                _ => None,
            };
            offsets.insert(Partition(element.partition()), offset);
        }
        Ok(offsets)
    }

    /// The topic's partitions, from the metadata that every broker gives.
    fn partitions(&self, topic: &str, deadline: Deadline) -> Result<Described> {
        let metadata = self
            .consumer
            .fetch_metadata(Some(topic), deadline.remaining())
            .map_err(|error| self.kafka_error("describing the topic", &error))?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        let mut partitions: Vec<i32> = found
            .map(|found| found.partitions().iter().map(|partition| partition.id()).collect())
            .unwrap_or_default();
        if partitions.is_empty() {
            let (topic, brokers) = (topic.to_owned(), self.brokers.clone());
            return Err(IngestError::NoSuchTopic { topic, brokers, similar: None });
        }
        partitions.sort_unstable();
        Ok(Described { topic_id: String::new(), partitions })
    }

    /// The names of all topics.
    pub(crate) fn topics(&self, deadline: Deadline) -> Result<Vec<String>> {
        let metadata = self
            .consumer
            .fetch_metadata(None, deadline.remaining())
            .map_err(|error| self.kafka_error("listing topics", &error))?;
        Ok(metadata.topics().iter().map(|topic| topic.name().to_owned()).collect())
    }

    /// Takes the log lines and errors that have gathered: they wait, without bound, for a poll.
    fn take_events(&self) {
        // Nothing tells an empty queue from a log line that was taken: so many looks, always.
        for _ in 0..64 {
            self.consumer.poll(Duration::ZERO);
        }
    }

    fn kafka_error(&self, operation: &'static str, error: &KafkaError) -> IngestError {
        self.error(operation, error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail))
    }

    fn error(&self, operation: &'static str, code: RDKafkaErrorCode) -> IngestError {
        // They tell why it timed out.
        self.take_events();
        let said = self.consumer.context().take_error();
        let brokers = self.brokers.clone();
        match code {
            RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::TimedOutQueue => {
                IngestError::BrokersUnreachable { brokers, reason: said.unwrap_or_else(|| code.to_string()) }
            }
            code => IngestError::Kafka { operation, brokers, reason: code.to_string() },
        }
    }
}

impl std::fmt::Debug for QueryClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryClient").field("brokers", &self.brokers).finish_non_exhaustive()
    }
}
