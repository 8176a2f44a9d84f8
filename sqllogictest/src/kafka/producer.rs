//! A producer that tells when a message was not delivered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError as ClientError;
use rdkafka::message::{DeliveryResult, Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;

use super::{KafkaBroker, KafkaError, Result};

const TIMEOUT: Duration = Duration::from_secs(60);

/// A message to be produced.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// The value; None makes a tombstone.
    pub value: Option<&'a [u8]>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The partition; None lets the client choose by key.
    pub partition: Option<i32>,
    /// Milliseconds since 1970; None is now.
    pub timestamp: Option<i64>,
    /// Headers in order; a value may be missing.
    pub headers: &'a [(&'a str, Option<&'a [u8]>)],
}

impl<'a> Message<'a> {
    /// A message with this value and nothing else.
    pub fn value<V: AsRef<[u8]> + ?Sized>(value: &'a V) -> Self {
        Self { value: Some(value.as_ref()), ..Self::default() }
    }

    /// A message without a value.
    pub fn tombstone() -> Self {
        Self::default()
    }

    /// With a key.
    #[must_use]
    pub fn key<K: AsRef<[u8]> + ?Sized>(mut self, key: &'a K) -> Self {
        self.key = Some(key.as_ref());
        self
    }

    /// In this partition.
    #[must_use]
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// With a timestamp in milliseconds since 1970.
    #[must_use]
    pub fn timestamp(mut self, milliseconds: i64) -> Self {
        self.timestamp = Some(milliseconds);
        self
    }

    /// With headers.
    #[must_use]
    pub fn headers(mut self, headers: &'a [(&'a str, Option<&'a [u8]>)]) -> Self {
        self.headers = headers;
        self
    }
}

/// Sends messages in order, each once, and keeps count of them.
pub struct Producer {
    inner: ThreadedProducer<Deliveries>,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("delivered", &self.delivered()).finish_non_exhaustive()
    }
}

impl KafkaBroker {
    /// A producer. Messages are visible to consumers soon after they are sent.
    pub fn producer(&self) -> Result<Producer> {
        Producer::new(self, &[("linger.ms", "2")])
    }

    /// A producer with settings of librdkafka beside, or instead of, the usual ones.
    pub fn producer_with(&self, settings: &[(&str, &str)]) -> Result<Producer> {
        Producer::new(self, settings)
    }

    /// A producer whose messages belong to transactions: see [`Producer::begin`].
    pub fn transactional_producer(&self, transactional_id: &str) -> Result<Producer> {
        let producer = Producer::new(self, &[("transactional.id", transactional_id), ("linger.ms", "2")])?;
        producer.inner.init_transactions(TIMEOUT).map_err(KafkaError::refused("begin with transactions"))?;
        Ok(producer)
    }
}

impl Producer {
    fn new(broker: &KafkaBroker, settings: &[(&str, &str)]) -> Result<Self> {
        let mut config = broker.client_config();
        config
            // The ledger of a test counts what it sent: a retry must not make two of one.
            .set("enable.idempotence", "true")
            .set("queue.buffering.max.kbytes", "65536")
            .set("message.timeout.ms", "60000");
        for (name, value) in settings {
            config.set(*name, *value);
        }
        let inner = config
            .create_with_context(Deliveries::default())
            .map_err(KafkaError::refused("make a producer"))?;
        Ok(Self { inner })
    }

    /// Queues a message, waiting while the queue is full.
    pub fn send(&self, topic: &str, message: &Message<'_>) -> Result<()> {
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic);
        record.payload = message.value;
        record.key = message.key;
        record.partition = message.partition;
        record.timestamp = message.timestamp;
        if !message.headers.is_empty() {
            let headers = OwnedHeaders::new_with_capacity(message.headers.len());
            record.headers = Some(
                message
                    .headers
                    .iter()
                    .fold(headers, |all, (key, value)| all.insert(Header { key, value: *value })),
            );
        }
        loop {
            record = match self.inner.send(record) {
                Ok(()) => return Ok(()),
                Err((ClientError::MessageProduction(RDKafkaErrorCode::QueueFull), record)) => {
                    std::thread::sleep(Duration::from_millis(1));
                    record
                }
                Err((error, _)) => return Err(KafkaError::refused("send")(error)),
            };
        }
    }

    /// Waits until the broker has all messages; an error when it refused one.
    pub fn flush(&self) -> Result<()> {
        self.inner.flush(TIMEOUT).map_err(KafkaError::refused("flush"))?;
        match self.inner.context().failure.lock().take() {
            Some(reason) => Err(KafkaError::Refused { operation: "deliver", reason }),
            None => Ok(()),
        }
    }

    /// Messages that the broker has acknowledged.
    pub fn delivered(&self) -> u64 {
        self.inner.context().delivered.load(Ordering::Relaxed)
    }

    /// Begins a transaction.
    pub fn begin(&self) -> Result<()> {
        self.inner.begin_transaction().map_err(KafkaError::refused("begin transaction"))
    }

    /// Commits it.
    pub fn commit(&self) -> Result<()> {
        self.inner.commit_transaction(TIMEOUT).map_err(KafkaError::refused("commit transaction"))
    }

    /// Aborts it, after its messages have reached the broker: their offsets are used up.
    pub fn abort(&self) -> Result<()> {
        self.flush()?;
        self.inner.abort_transaction(TIMEOUT).map_err(KafkaError::refused("abort transaction"))
    }
}

#[derive(Default)]
struct Deliveries {
    delivered: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => {
                self.delivered.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, message)) => {
                let place = format!("{} partition {}", message.topic(), message.partition());
                self.failure.lock().get_or_insert_with(|| format!("{place}: {error}"));
            }
        }
    }
}
