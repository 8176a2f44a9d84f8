//! How each source is doing: ingest writes it, planner's system tables read it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::ids::{ObjectId, Offset, Partition};

/// A source's state. What each means to a person is a table in the manual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceState {
    /// The consumer is being made.
    #[default]
    Starting,
    /// Events become visible as they arrive.
    Running,
    /// Events that were visible before a restart are being read again.
    Recovering,
    /// `ALTER SOURCE … PAUSE`.
    Paused,
    /// Held up by something that passes: broker away, memory full, disk full.
    Stalled,
    /// Needs a person: topic gone or made again, offsets lost.
    Failed,
}

impl fmt::Display for SourceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Recovering => "recovering",
            Self::Paused => "paused",
            Self::Stalled => "stalled",
            Self::Failed => "failed",
        })
    }
}

/// A picture of one source at one moment.
#[derive(Clone, Debug, Default)]
pub struct SourceStatus {
    /// Its state.
    pub state: SourceState,
    /// Why it is stalled or failed.
    pub error: Option<String>,
    /// Since when, in microseconds since 1970.
    pub error_since_micros: Option<i64>,
    /// Why its rows can't be written, which is storage's to say: the rest is ingest's.
    pub(crate) flush_failure: Option<FlushFailure>,
    /// Rows a second that became visible, over the last seconds.
    pub rows_per_second: f64,
    /// Dead letters since the server started.
    pub dead_letters: u64,
    /// Microseconds from a message's timestamp to its visibility, of the latest batch.
    pub freshness_micros: Option<i64>,
    /// Per partition.
    pub partitions: BTreeMap<Partition, PartitionStatus>,
}

/// A flush that failed and is tried again.
#[derive(Clone, Debug)]
pub(crate) struct FlushFailure {
    pub(crate) error: String,
    pub(crate) since_micros: i64,
}

impl SourceStatus {
    /// A source that reads but cannot write is held up: the disk may be full.
    fn with_flush_failure(mut self) -> Self {
        use SourceState::{Recovering, Running, Starting};
        if let Some(failure) = &self.flush_failure
            && matches!(self.state, Starting | Running | Recovering)
        {
            self.state = SourceState::Stalled;
            self.error = Some(format!("flush failed: {}", failure.error));
            self.error_since_micros = Some(failure.since_micros);
        }
        self
    }
}

/// A picture of one partition. Committed and visible offsets are storage's to tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct PartitionStatus {
    /// The broker's end of the partition: the offset after its last message.
    pub high_watermark: Option<Offset>,
    /// The largest event time that was read, in microseconds since 1970.
    pub last_event_time_micros: Option<i64>,
}

/// The status of every source, shared by all.
#[derive(Debug, Default)]
pub struct StatusRegistry {
    sources: RwLock<BTreeMap<ObjectId, Arc<RwLock<SourceStatus>>>>,
}

impl StatusRegistry {
    /// The status cell of a source, made on first use.
    pub fn cell(&self, source: ObjectId) -> Arc<RwLock<SourceStatus>> {
        if let Some(cell) = self.sources.read().get(&source) {
            return Arc::clone(cell);
        }
        Arc::clone(self.sources.write().entry(source).or_default())
    }

    /// A copy of a source's status.
    pub fn read(&self, source: ObjectId) -> SourceStatus {
        self.cell(source).read().clone().with_flush_failure()
    }

    /// Forgets a dropped source.
    pub fn remove(&self, source: ObjectId) {
        self.sources.write().remove(&source);
    }
}
