//! What librdkafka says: log lines go to `tracing`, and the latest error is kept, because an
//! operation that failed only says "timed out" while the log says "connection refused".
//!
//! One log line is more than a line. When a topic is deleted and made again, librdkafka takes up
//! the new id and goes on at the old offset of the new topic; all it does is to log that. The line
//! reaches us on the queue of the messages and ahead of them, so that the reader can stop before
//! the first message of the other topic.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// The context of a client. Called on the thread that polls it.
#[derive(Debug)]
pub(crate) struct Context {
    /// The source or operation that the client serves, for the log.
    name: String,
    last_error: Mutex<Option<String>>,
    topic_made_again: AtomicBool,
}

impl Context {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), last_error: Mutex::new(None), topic_made_again: AtomicBool::new(false) }
    }

    /// The latest error since the last call, in librdkafka's words.
    pub(crate) fn take_error(&self) -> Option<String> {
        self.last_error.lock().take()
    }

    /// Whether the topic that is read was made again since the client was made.
    pub(crate) fn topic_made_again(&self) -> bool {
        self.topic_made_again.load(Ordering::Relaxed)
    }
}

/// Whether a log line tells that a topic's id changed. Learning the first one reads the same, with
/// sixteen zero bytes in base64 as the old one.
fn tells_of_a_new_id(line: &str) -> bool {
    line.contains(" changed id from ") && !line.contains(" changed id from AAAAAAAAAAAAAAAAAAAAAA ")
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        let name = self.name.as_str();
        match level {
            // A broker that is away is no emergency of ours: the source is stalled and says so.
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => tracing::warn!(source = name, facility, "librdkafka: {line}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(source = name, facility, "librdkafka: {line}");
            }
            RDKafkaLogLevel::Debug => {
                if tells_of_a_new_id(line) {
                    self.topic_made_again.store(true, Ordering::Relaxed);
                }
                tracing::trace!(source = name, facility, "librdkafka: {line}");
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            // The end of a partition is an event, not an error, though it travels as one.
            Some(RDKafkaErrorCode::PartitionEOF) => {}
            // Only sums up what other errors said in detail.
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                self.last_error.lock().get_or_insert_with(|| reason.to_owned());
            }
            _ => {
                tracing::debug!(source = self.name, %error, "librdkafka: {reason}");
                *self.last_error.lock() = Some(reason.to_owned());
            }
        }
    }
}

impl ConsumerContext for Context {}
