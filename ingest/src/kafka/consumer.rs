//! Reads the messages of one topic from positions that we choose.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message as _};
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};
use storage::catalog::ConnectionDefinition;
use storage::ids::{Offset, Partition};

use super::context::Context;
use super::messages::{Messages, Parts};
use super::options;
use crate::error::{IngestError, Result};

/// The next offset to be read of each partition.
pub(crate) type Positions = BTreeMap<Partition, Offset>;

/// What one look at the queue gave.
#[derive(Debug)]
pub(crate) enum Read {
    /// A message was appended.
    Message,
    /// A partition is read to its end.
    End(Partition),
    /// Nothing came within the time.
    Idle,
    /// No broker is there; librdkafka goes on when one comes back.
    Away(String),
    /// Something was refused or could not be read, and librdkafka may have skipped it: nothing
    /// read after this can be trusted until partitions are assigned anew.
    Broken {
        /// What librdkafka says.
        reason: String,
        /// Whether the bytes themselves are at fault, so that reading them again may not help.
        damaged: bool,
    },
}

/// A librdkafka consumer with partitions assigned by hand. Used by one thread.
pub(crate) struct TopicReader {
    consumer: BaseConsumer<Context>,
    topic: String,
    with_headers: bool,
}

impl TopicReader {
    /// A reader without partitions.
    pub(crate) fn new(
        connection: &ConnectionDefinition,
        topic: &str,
        source: &str,
        with_headers: bool,
    ) -> Result<Self> {
        let consumer =
            BaseConsumer::from_config_and_context(&options::consumer(connection), Context::new(source))
                .map_err(|error| IngestError::Kafka {
                    operation: "making a consumer",
                    brokers: connection.brokers.clone(),
                    reason: error.to_string(),
                })?;
        Ok(Self { consumer, topic: topic.to_owned(), with_headers })
    }

    /// Reads from `positions` on; whatever was read ahead before is thrown away.
    pub(crate) fn assign(&self, positions: &Positions) -> Result<(), String> {
        let list = self
            .list(positions.iter().map(|(&partition, offset)| (partition, KafkaOffset::Offset(offset.0))))?;
        // Without the first step librdkafka keeps the queues of partitions that stay assigned.
        self.consumer.unassign().and_then(|()| self.consumer.assign(&list)).map_err(|error| error.to_string())
    }

    /// Closes the reader on a thread of its own: with a broker away that takes a while.
    pub(crate) fn dispose(self) {
        if let Err(error) = thread::Builder::new().name("kafka-close".to_owned()).spawn(move || drop(self)) {
            tracing::warn!(%error, "closing a consumer on its own thread");
        }
    }

    /// Stops or resumes fetching. What was read ahead is given back to the broker.
    pub(crate) fn pause(&self, positions: &Positions, pause: bool) -> Result<(), String> {
        let list = self.list(positions.keys().map(|&partition| (partition, KafkaOffset::Invalid)))?;
        let done = if pause { self.consumer.pause(&list) } else { self.consumer.resume(&list) };
        done.map_err(|error| error.to_string())
    }

    /// Takes one message or event from the queue, waiting for at most `timeout`.
    pub(crate) fn read(&self, messages: &mut Messages, positions: &mut Positions, timeout: Duration) -> Read {
        let polled = self.consumer.poll(timeout);
        if self.consumer.context().topic_made_again() {
            let reason = "the topic was made again while it was read".to_owned();
            return Read::Broken { reason, damaged: false };
        }
        match polled {
            None => Read::Idle,
            Some(Ok(message)) => self.take(&message, messages, positions),
            Some(Err(KafkaError::PartitionEOF(partition))) => Read::End(Partition(partition)),
            Some(Err(error)) => self.classify(&error),
        }
    }

    /// Counts as read what no message told of: markers and messages of transactions at the end.
    pub(crate) fn advance_to_position(&self, messages: &mut Messages, positions: &mut Positions) {
        // The position is that of this thread: it covers what `read` returned and the control
        // records before the next message, nothing that still waits in the queue.
        let Ok(list) = self.consumer.position() else { return };
        for element in list.elements() {
            let KafkaOffset::Offset(offset) = element.offset() else { continue };
            let partition = Partition(element.partition());
            if let Some(position) = positions.get_mut(&partition)
                && offset > position.0
            {
                messages.advance(partition, *position, Offset(offset));
                *position = Offset(offset);
            }
        }
    }

    fn take(
        &self,
        message: &BorrowedMessage<'_>,
        messages: &mut Messages,
        positions: &mut Positions,
    ) -> Read {
        let partition = Partition(message.partition());
        let offset = Offset(message.offset());
        let Some(position) = positions.get_mut(&partition) else {
            return Read::Broken {
                reason: format!("a message of partition {partition} came, which is not assigned"),
                damaged: false,
            };
        };
        // Left over from before an assignment: it was read already.
        if offset < *position {
            return Read::Message;
        }
        let headers = if self.with_headers { headers(message) } else { Some(Vec::new()) };
        let parts = Parts {
            partition,
            offset,
            timestamp_micros: message.timestamp().to_millis().map(|millis| millis.saturating_mul(1000)),
            key: message.key(),
            value: message.payload(),
            headers_unreadable: headers.is_none(),
        };
        messages.push(&parts, headers.unwrap_or_default(), *position);
        *position = Offset(offset.0 + 1);
        Read::Message
    }

    fn classify(&self, error: &KafkaError) -> Read {
        let said = self.consumer.context().take_error();
        let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail);
        let reason = said.unwrap_or_else(|| code.to_string());
        match code {
            RDKafkaErrorCode::AllBrokersDown => Read::Away(reason),
            // librdkafka connects and asks again by itself, from where it was.
            RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::TimedOutQueue => {
                tracing::debug!(topic = self.topic, reason, "broker connection");
                Read::Idle
            }
            code => {
                let damaged = matches!(
                    code,
                    RDKafkaErrorCode::BadMessage
                        | RDKafkaErrorCode::BadCompression
                        | RDKafkaErrorCode::NotImplemented
                        | RDKafkaErrorCode::InvalidMessage
                        | RDKafkaErrorCode::InvalidMessageSize
                );
                Read::Broken { reason, damaged }
            }
        }
    }

    fn list(
        &self,
        partitions: impl Iterator<Item = (Partition, KafkaOffset)>,
    ) -> Result<TopicPartitionList, String> {
        let mut list = TopicPartitionList::new();
        for (partition, offset) in partitions {
            list.add_partition_offset(&self.topic, partition.0, offset).map_err(|error| error.to_string())?;
        }
        Ok(list)
    }
}

/// A name and, where there is one, its value.
type Header<'a> = (&'a str, Option<&'a [u8]>);

/// A message's headers. None where a name is not UTF-8: `rdkafka` panics on such a name, which any
/// producer can send.
fn headers<'a>(message: &'a BorrowedMessage<'_>) -> Option<Vec<Header<'a>>> {
    let Some(headers) = message.headers() else { return Some(Vec::new()) };
    let collect = || headers.iter().map(|header| (header.key, header.value)).collect();
    catch_unwind(AssertUnwindSafe(collect)).ok()
}
