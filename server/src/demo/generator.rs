//! Produces events at a steady rate on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientConfig, ClientContext, Message};
use storage::clock::{Clock, SystemClock};

use super::DemoError;
use super::broker::Broker;
use super::events::Events;
use super::ledger::Ledger;

/// The events of a tick go to one partition, as one batch: the embedded broker answers a fetch with
/// one batch a partition, so with a message in each it would take long to catch up after a crash.
const TICK: Duration = Duration::from_millis(10);
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// A running generator.
pub(super) struct Generator {
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Generator {
    /// Starts producing `rate` events a second.
    pub(super) fn start(
        broker: &Broker,
        topic: &str,
        rate: u32,
        ledger: Arc<Ledger>,
        seed: u64,
    ) -> Result<Self, DemoError> {
        let producer: BaseProducer<LedgerContext> = ClientConfig::new()
            .set("bootstrap.servers", broker.addresses())
            // Retries neither repeat nor reorder: the ledger counts each message once.
            .set("enable.idempotence", "true")
            // Batches fill for at most this long; it is part of the freshness that the demo shows.
            .set("linger.ms", "2")
            // Offsets of every message are wanted, and the screen belongs to the demo.
            .set("log_level", "2")
            .create_with_context(LedgerContext { ledger })?;
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let (topic, partitions) = (topic.to_owned(), broker.partitions());
        let thread = std::thread::Builder::new()
            .name("generator".to_owned())
            .spawn(move || produce(&producer, &topic, partitions, rate, seed, &stop))?;
        Ok(Self { stopping, thread })
    }

    /// Stops producing and waits for the last acknowledgements.
    pub(super) fn stop(self) {
        self.stopping.store(true, Ordering::Relaxed);
        // A generator that panicked has already said so.
        let _ = self.thread.join();
    }
}

fn produce(
    producer: &BaseProducer<LedgerContext>,
    topic: &str,
    partitions: i32,
    rate: u32,
    seed: u64,
    stop: &AtomicBool,
) {
    let mut events = Events::new(seed);
    let mut buffer = String::new();
    let began = Instant::now();
    let mut produced = 0_u64;
    for partition in (0..partitions).cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as u64;
        while produced < due && !stop.load(Ordering::Relaxed) {
            let event = events.next(SystemClock.now_micros(), &mut buffer);
            send(producer, topic, partition, event.key, event.value);
            produced += 1;
        }
        producer.poll(TICK);
    }
    // Nothing more can be done about messages that are still under way.
    let _ = producer.flush(FLUSH_TIMEOUT);
}

/// Hands one event to librdkafka, waiting while its queue is full.
fn send(producer: &BaseProducer<LedgerContext>, topic: &str, partition: i32, key: u64, value: &str) {
    let key = key.to_string();
    let mut record = BaseRecord::to(topic).partition(partition).key(key.as_bytes()).payload(value.as_bytes());
    loop {
        match producer.send(record) {
            Ok(()) => return,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(TICK);
                record = back;
            }
            Err((error, _)) => {
                tracing::warn!(%error, "event not produced");
                return;
            }
        }
    }
}

/// Writes every acknowledgement into the ledger.
struct LedgerContext {
    ledger: Arc<Ledger>,
}

impl ClientContext for LedgerContext {}

impl ProducerContext for LedgerContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(message) => self.ledger.record(message.partition(), message.offset()),
            Err((error, _)) => tracing::warn!(%error, "event not delivered"),
        }
    }
}
