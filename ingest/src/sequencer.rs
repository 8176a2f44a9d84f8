//! Publishes a source's units in the order in which their messages were read, whatever order the
//! decoding threads finish in: what is visible of a partition is a prefix of it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex, RwLock};
use storage::hot::HotUnit;
use storage::status::SourceStatus;
use storage::{Database, StorageError};

use crate::kafka::consumer::Positions;
use crate::pipeline::Decoded;

/// The order of one source's units.
#[derive(Debug)]
pub(crate) struct Sequencer {
    database: Arc<Database>,
    status: Arc<RwLock<SourceStatus>>,
    state: Mutex<State>,
    changed: Condvar,
    /// Batches that may be between reading and publishing: bounds their memory.
    in_flight_max: u64,
}

#[derive(Debug, Default)]
struct State {
    /// The number that the next batch takes.
    next_number: u64,
    /// The number of the next unit to be published.
    next_published: u64,
    /// Units that wait for an earlier one.
    waiting: BTreeMap<u64, Decoded>,
    /// Whether a thread is publishing: it takes what others finish meanwhile.
    publishing: bool,
    /// Rows published.
    rows: u64,
    /// Where the source stands visibly.
    visible: Positions,
    /// Set once; nothing is published after it.
    ended: Option<Ended>,
}

/// Why nothing more is published.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    /// The source was dropped, or the database is shutting down.
    Closed,
    /// Something of ours went wrong.
    Fault(String),
}

/// What was published so far.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) rows: u64,
    pub(crate) visible: Positions,
    pub(crate) ended: Option<Ended>,
}

impl Sequencer {
    pub(crate) fn new(
        database: Arc<Database>,
        status: Arc<RwLock<SourceStatus>>,
        in_flight_max: u64,
        visible: Positions,
    ) -> Self {
        let state = Mutex::new(State { visible, ..State::default() });
        Self { database, status, state, changed: Condvar::new(), in_flight_max }
    }

    /// Takes a number for the next batch, waiting while too many are on their way. None once
    /// publishing has ended.
    pub(crate) fn admit(&self) -> Option<u64> {
        let mut state = self.state.lock();
        while state.ended.is_none() && state.next_number - state.next_published >= self.in_flight_max {
            self.changed.wait(&mut state);
        }
        if state.ended.is_some() {
            return None;
        }
        let number = state.next_number;
        state.next_number += 1;
        Some(number)
    }

    /// Publishes a batch as soon as all before it are, on this thread or on the one that is at it.
    pub(crate) fn complete(&self, number: u64, outcome: Result<Decoded, String>) {
        let mut state = self.state.lock();
        match outcome {
            Ok(decoded) => {
                let replaced = state.waiting.insert(number, decoded);
                assert!(replaced.is_none(), "each number is completed once");
            }
            Err(fault) => state.ended = state.ended.take().or(Some(Ended::Fault(fault))),
        }
        if state.publishing {
            return;
        }
        state.publishing = true;
        while state.ended.is_none() {
            let next = state.next_published;
            let Some(decoded) = state.waiting.remove(&next) else { break };
            drop(state);
            // A panic must not leave the others waiting for this thread.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.publish(decoded))).unwrap_or_else(|_| {
                Err(Ended::Fault("publishing panicked, which is a fault of tidegate".to_owned()))
            });
            state = self.state.lock();
            match outcome {
                Ok((rows, visible)) => {
                    state.rows += rows;
                    state.visible.extend(visible);
                    state.next_published += 1;
                }
                Err(ended) => state.ended = state.ended.take().or(Some(ended)),
            }
            self.changed.notify_all();
        }
        state.publishing = false;
        if state.ended.is_some() {
            state.waiting.clear();
        }
        self.changed.notify_all();
    }

    /// Ends publishing for a consumer that does not stop in time. Once this returns nothing more of
    /// its becomes visible, so that another can take over from where the source stands.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.ended = state.ended.take().or(Some(Ended::Closed));
        state.waiting.clear();
        self.changed.notify_all();
        while state.publishing {
            self.changed.wait(&mut state);
        }
    }

    /// Waits until everything admitted is published, or publishing has ended.
    pub(crate) fn drain(&self) {
        let mut state = self.state.lock();
        while state.publishing || (state.ended.is_none() && state.next_published < state.next_number) {
            self.changed.wait(&mut state);
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        let state = self.state.lock();
        Progress { rows: state.rows, visible: state.visible.clone(), ended: state.ended.clone() }
    }

    fn publish(&self, decoded: Decoded) -> Result<(u64, Positions), Ended> {
        let Decoded { unit, oldest_timestamp_micros, event_times } = decoded;
        let count =
            |batch: Option<&arrow::array::RecordBatch>| batch.map_or(0, |batch| batch.num_rows() as u64);
        let HotUnit { ranges, rows, dead_letters, .. } = &unit;
        let (rows, dead_letters) = (count(rows.as_ref()), count(dead_letters.as_ref()));
        let visible: Positions = ranges.iter().map(|range| (range.partition, range.next)).collect();
        self.database.publish(unit).map_err(|error| match error {
            StorageError::ShuttingDown | StorageError::NoSuchObject { .. } => Ended::Closed,
            error => Ended::Fault(error.to_string()),
        })?;

        let now = self.database.clock().now_micros();
        let mut status = self.status.write();
        status.dead_letters += dead_letters;
        if let Some(oldest) = oldest_timestamp_micros {
            status.freshness_micros = Some(now.saturating_sub(oldest).max(0));
        }
        for (&partition, &next) in &visible {
            let partition = status.partitions.entry(partition).or_default();
            // What we have read is there, also if the broker was last asked before it was.
            partition.high_watermark = partition.high_watermark.max(Some(next));
        }
        for (partition, time) in event_times {
            let partition = status.partitions.entry(partition).or_default();
            partition.last_event_time_micros = partition.last_event_time_micros.max(Some(time));
        }
        Ok((rows, visible))
    }
}
