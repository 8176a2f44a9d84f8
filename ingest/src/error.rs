//! What can go wrong between Kafka and storage.

/// The result of an ingest operation.
pub type Result<T, E = IngestError> = std::result::Result<T, E>;

/// An error of the ingest crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No broker answered.
    #[error("no Kafka broker answered at {brokers}: {reason}")]
    BrokersUnreachable {
        /// What was tried.
        brokers: String,
        /// What librdkafka says.
        reason: String,
    },
    /// The topic is not there.
    #[error("topic \"{topic}\" does not exist on {brokers}")]
    NoSuchTopic {
        /// The topic.
        topic: String,
        /// Where it was looked for.
        brokers: String,
        /// A topic that is there and has a similar name.
        similar: Option<String>,
    },
    /// The broker refused a request.
    #[error("{operation} failed on {brokers}: {reason}")]
    Kafka {
        /// What was tried.
        operation: &'static str,
        /// Where.
        brokers: String,
        /// What librdkafka says.
        reason: String,
    },
    /// The offsets that were asked for do not fit the topic.
    #[error("{reason}")]
    BadStart {
        /// Why.
        reason: String,
    },
    /// The system refused a thread.
    #[error("no thread could be started: {source}")]
    Thread {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Storage refused.
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
}
