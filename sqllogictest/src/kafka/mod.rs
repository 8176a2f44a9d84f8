//! A real Kafka broker for tests: one KRaft node on loopback, in a scratch directory, that ends
//! with the test process.
//!
//! Nothing has to be installed but a JRE and Maven: the broker's jars are fetched once into a
//! cache ([`jars`]). All calls block for at most a bounded time; they may be made from inside an
//! async runtime as well.
//!
//! ```no_run
//! use tidegate_sqllogictest::kafka::{self, Message};
//!
//! # fn main() -> kafka::Result<()> {
//! let Some(broker) = kafka::shared() else { return Ok(()) };
//! let topic = broker.fresh_topic("orders", 3)?;
//! let producer = broker.producer()?;
//! producer.send(&topic, &Message::value(r#"{"id": 1}"#).partition(0))?;
//! producer.flush()?;
//! # Ok(())
//! # }
//! ```

mod admin;
mod broker;
pub mod jars;
mod producer;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub use broker::KafkaBroker;
pub use producer::{Message, Producer};
pub use rdkafka;

/// The result of something asked of Kafka.
pub type Result<T, E = KafkaError> = std::result::Result<T, E>;

/// What can go wrong with a broker of a test.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// No broker can be had on this machine.
    #[error("no Kafka broker can be started here: {0}")]
    Unavailable(String),
    /// It was started and did not answer.
    #[error("the Kafka broker did not start: {reason}\n{log}")]
    Start {
        /// What was waited for.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// A file or a process could not be made.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// librdkafka or the broker refused.
    #[error("{operation}: {reason}")]
    Refused {
        /// What was asked.
        operation: &'static str,
        /// The answer.
        reason: String,
    },
}

impl KafkaError {
    fn refused(operation: &'static str) -> impl FnOnce(rdkafka::error::KafkaError) -> Self {
        move |error| Self::Refused { operation, reason: error.to_string() }
    }
}

/// The broker that all tests of this process share, started on first use.
///
/// None, with the reason on standard error, where no broker can be had; the test is then skipped.
/// Where the variable `CI` is set nothing may be skipped, so that is a panic.
pub fn shared() -> Option<&'static KafkaBroker> {
    static SHARED: OnceLock<Option<KafkaBroker>> = OnceLock::new();
    SHARED.get_or_init(start_or_skip).as_ref()
}

/// A broker of one's own, for tests that stop it; None as in [`shared`].
pub fn start_or_skip() -> Option<KafkaBroker> {
    match KafkaBroker::start() {
        Ok(broker) => Some(broker),
        Err(KafkaError::Unavailable(reason)) if !required() => {
            eprintln!("skipped: no Kafka broker can be started here: {reason}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Whether a test may not be skipped for want of a part: the variable `CI` is set.
pub fn required() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// A name that no other test of this process uses.
fn fresh_name(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{stem}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
