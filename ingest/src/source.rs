//! One source's consumer: a thread that reads, and hands batches to the decoding threads.
//!
//! It goes round between two activities. *Verifying*: ask the broker whether reading can begin
//! where the source stands; say so where it can't. *Reading*: poll, cut batches, pause while memory
//! is full. Whatever is doubtful while reading (an error, a partition more or fewer) throws away
//! what was read ahead and goes back to verifying, from the position after the last message that
//! went into a batch: nothing that librdkafka may have skipped is skipped by us.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use storage::Database;
use storage::catalog::{ConnectionDefinition, SourceDefinition};
use storage::ids::{ObjectId, Offset};
use storage::status::{SourceState, SourceStatus};
use storage::transform::RowTransform;
use tokio::sync::oneshot;

use crate::decode_pool::{DecodePool, Job};
use crate::error::IngestError;
use crate::finding::{Finding, examine};
use crate::health::Health;
use crate::kafka::consumer::{Positions, Read, TopicReader};
use crate::kafka::messages::Messages;
use crate::pipeline::Pipeline;
use crate::probe::TopicDescription;
use crate::sequencer::{Ended, Sequencer};
use crate::watch::{Report, Watch, WatchEnded};

/// A batch is cut at this many messages: large enough that publishing costs nothing, small enough
/// that it stays in the processor's cache from copying to decoding.
const BATCH_MESSAGES_MAX: usize = 8_192;

/// A batch is cut at this many bytes of keys, values and headers.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// A batch is cut when its first message has waited this long, however fast others follow.
const BATCH_AGE_MAX: Duration = Duration::from_millis(20);

/// A batch is cut when the queue is empty and its first message has waited this long: messages
/// come in bursts, and a unit for each burst would cost more than the wait is worth.
const BATCH_LINGER: Duration = Duration::from_millis(4);

/// How long to wait for a message: bounds how long a stop takes.
const POLL_MAX: Duration = Duration::from_millis(50);

/// How often memory, reports and the status are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How many looks in a row must find the same before a finding that may pass is taken for true.
const LOOKS_MIN: u32 = 5;

/// How often bytes that can't be read are read again at the same position.
const DAMAGED_ATTEMPTS_MAX: u32 = 5;

/// How long to wait before reading again after an error.
const RETRY_WAIT: Duration = Duration::from_millis(500);

/// How long a consumer may take to stop before what it still decodes is left to be read again.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// What a source is made from.
#[derive(Debug)]
pub(crate) struct SourceParts {
    pub(crate) id: ObjectId,
    pub(crate) name: String,
    pub(crate) definition: SourceDefinition,
    pub(crate) connection: ConnectionDefinition,
    pub(crate) transform: Option<Arc<dyn RowTransform>>,
    /// See [`crate::supervisor::SourceTask`].
    pub(crate) at_earliest: bool,
    /// Whether rows beyond the committed offsets may have been visible before a restart.
    pub(crate) after_restart: bool,
}

/// A running consumer.
#[derive(Debug)]
pub(crate) struct Source {
    name: String,
    stop: Arc<AtomicBool>,
    sequencer: Arc<Sequencer>,
    ended: oneshot::Receiver<()>,
}

impl Source {
    /// Starts the thread.
    pub(crate) fn start(
        database: Arc<Database>,
        pool: DecodePool,
        parts: SourceParts,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, ended) = oneshot::channel();
        let name = parts.name.clone();
        let worker = Worker::new(database, pool, parts, Arc::clone(&stop))?;
        let sequencer = Arc::clone(&worker.sequencer);
        thread::Builder::new().name("kafka-source".to_owned()).spawn(move || {
            worker.run();
            // Nobody may be waiting.
            let _ = sender.send(());
        })?;
        Ok(Self { name, stop, sequencer, ended })
    }

    /// Stops reading and waits until everything read is published. Where that takes too long, the
    /// rest is not published any more: whoever comes next reads it again.
    pub(crate) async fn stop(self) {
        self.stop.store(true, Ordering::Release);
        if tokio::time::timeout(STOP_TIMEOUT, self.ended).await.is_err() {
            tracing::error!(source = self.name, "consumer did not stop in time");
            let sequencer = self.sequencer;
            // Waits for a unit that is being published right now.
            if tokio::task::spawn_blocking(move || sequencer.close()).await.is_err() {
                tracing::error!(source = self.name, "ending a consumer panicked");
            }
        }
    }
}

struct Worker {
    name: String,
    definition: SourceDefinition,
    connection: ConnectionDefinition,
    database: Arc<Database>,
    pool: DecodePool,
    pipeline: Arc<Pipeline>,
    sequencer: Arc<Sequencer>,
    status: Arc<RwLock<SourceStatus>>,
    health: Health,
    stop: Arc<AtomicBool>,
    watch: Watch,
    /// The position after the last message that went into a batch.
    positions: Positions,
    /// The same, for the watching thread; as of the last batch.
    shared_positions: Arc<Mutex<Positions>>,
    /// The batch being filled.
    messages: Messages,
    /// When its first message came.
    batch_started: Option<Instant>,
    at_earliest: bool,
    after_restart: bool,
    /// What was to be read when the server started, and is not yet visible again.
    recovering: Positions,
    /// Why the broker does not answer.
    away: Option<String>,
    paused: bool,
    /// Messages read, and as of the last report.
    messages_read: u64,
    messages_at_report: u64,
    /// Damaged reads in a row at the same positions.
    damaged: (u32, Positions),
    next_tick: Instant,
    rates: VecDeque<(Instant, u64)>,
}

/// Why reading ended.
enum End {
    Stopped,
    Doubt(Option<String>),
}

/// Why the consumer ends by itself.
enum Fault {
    Closed,
    Failed(String),
}

impl From<WatchEnded> for Fault {
    fn from(_: WatchEnded) -> Self {
        Self::Failed("the watch over the topic panicked, which is a fault of tidegate".to_owned())
    }
}

impl Worker {
    fn new(
        database: Arc<Database>,
        pool: DecodePool,
        parts: SourceParts,
        stop: Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        let SourceParts { id, name, definition, connection, transform, at_earliest, after_restart } = parts;
        let mut positions: Positions = definition.start_offsets.clone();
        let stored = database.snapshot().offsets(id);
        positions.extend(stored.into_iter().map(|(partition, offsets)| (partition, offsets.visible)));
        let shared_positions = Arc::new(Mutex::new(positions.clone()));
        let watch =
            Watch::start(connection.clone(), &name, definition.topic.clone(), Arc::clone(&shared_positions))?;
        let status = database.statuses().cell(id);
        // Two a thread keep all busy; one more is being filled meanwhile.
        let in_flight_max = 2 * pool.threads() as u64;
        let sequencer =
            Sequencer::new(Arc::clone(&database), Arc::clone(&status), in_flight_max, positions.clone());
        Ok(Self {
            health: Health::new(&name, Arc::clone(&status), Arc::clone(database.clock())),
            pipeline: Arc::new(Pipeline::new(id, definition.clone(), transform)),
            sequencer: Arc::new(sequencer),
            name,
            definition,
            connection,
            database,
            pool,
            status,
            stop,
            watch,
            positions,
            shared_positions,
            messages: Messages::default(),
            batch_started: None,
            at_earliest,
            after_restart,
            recovering: Positions::new(),
            away: None,
            paused: false,
            messages_read: 0,
            messages_at_report: 0,
            damaged: (0, Positions::new()),
            next_tick: Instant::now(),
            rates: VecDeque::new(),
        })
    }

    fn run(mut self) {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.health.set(SourceState::Starting, None);
            self.consume()
        }));
        self.sequencer.drain();
        match outcome {
            Ok(Ok(()) | Err(Fault::Closed)) => {}
            Ok(Err(Fault::Failed(error))) => self.health.set(SourceState::Failed, Some(&error)),
            Err(_) => {
                let error = "the consumer panicked, which is a fault of tidegate; its log has more";
                self.health.set(SourceState::Failed, Some(error));
            }
        }
        self.status.write().rows_per_second = 0.0;
    }

    fn consume(&mut self) -> Result<(), Fault> {
        while let Some(topic) = self.verify()? {
            self.begin(&topic);
            let reader = TopicReader::new(
                &self.connection,
                &self.definition.topic,
                &self.name,
                self.pipeline.reads_headers(),
            )
            .map_err(|error| Fault::Failed(error.to_string()))?;
            let end = match reader.assign(&self.positions) {
                Ok(()) => self.read(&reader),
                Err(reason) => Ok(End::Doubt(Some(reason))),
            };
            reader.dispose();
            match end? {
                End::Stopped => return Ok(()),
                End::Doubt(Some(reason)) => {
                    self.health.set(SourceState::Stalled, Some(&reason));
                    self.rest();
                }
                End::Doubt(None) => {}
            }
        }
        Ok(())
    }

    /// Waits before the next attempt, so that an error that stays costs little.
    fn rest(&self) {
        let end = Instant::now() + RETRY_WAIT;
        while Instant::now() < end && !self.stop.load(Ordering::Acquire) {
            thread::sleep(POLL_MAX);
        }
    }

    /// Waits until the topic is such that reading can begin at our positions. None on a stop.
    fn verify(&mut self) -> Result<Option<TopicDescription>, Fault> {
        let mut suspected: Option<(Finding, u32)> = None;
        self.watch.look_now();
        loop {
            if self.stop.load(Ordering::Acquire) {
                return Ok(None);
            }
            self.check_sequencer()?;
            let Some(Report { positions, topic }) = self.watch.report(TICK)? else { continue };
            // A look from before the last batch proves nothing about where we stand now.
            if positions != self.positions {
                self.watch.look_now();
                continue;
            }
            if let Ok(topic) = &topic {
                self.skip_to_earliest(topic)?;
            }
            let finding = match topic {
                Ok(topic) => match examine(&self.definition.topic_id, &self.positions, &topic) {
                    None => return Ok(Some(topic)),
                    Some(finding) => finding,
                },
                Err(IngestError::NoSuchTopic { .. }) => Finding::TopicGone,
                Err(error) => {
                    suspected = None;
                    self.health.set(SourceState::Stalled, Some(&error.to_string()));
                    continue;
                }
            };
            let looks = match suspected {
                Some((before, looks)) if before == finding => looks + 1,
                _ => 1,
            };
            let message = finding.message(&self.name, &self.definition.topic);
            if finding.is_certain() || looks >= LOOKS_MIN {
                return Err(Fault::Failed(message));
            }
            self.health.set(SourceState::Stalled, Some(&format!("{message}; looking again")));
            suspected = Some((finding, looks));
        }
    }

    /// Where "earliest" was asked for, a partition of which nothing was read yet begins with what the
    /// broker has now: what retention took since then was never ours to lose. The offsets up to
    /// there count as read, like a gap.
    fn skip_to_earliest(&mut self, topic: &TopicDescription) -> Result<(), Fault> {
        if !self.at_earliest || topic.topic_id != self.definition.topic_id {
            return Ok(());
        }
        for (&partition, bounds) in &topic.partitions {
            let start = self.definition.start_offsets.get(&partition).copied();
            if let Some(position) = self.positions.get_mut(&partition)
                && start == Some(*position)
                && bounds.low > *position
            {
                tracing::info!(source = self.name, %partition, from = %bounds.low, "the earliest has moved");
                self.messages.advance(partition, *position, bounds.low);
                *position = bounds.low;
            }
        }
        self.submit()
    }

    /// Takes up partitions that are new, and notes what is to be read again after a restart.
    fn begin(&mut self, topic: &TopicDescription) {
        for &partition in topic.partitions.keys() {
            self.positions.entry(partition).or_insert_with(|| {
                tracing::info!(source = self.name, %partition, "new partition");
                Offset(0)
            });
        }
        *self.shared_positions.lock() = self.positions.clone();
        if std::mem::take(&mut self.after_restart) {
            let ends = topic.partitions.iter().map(|(&partition, bounds)| (partition, bounds.high));
            self.recovering = ends.collect();
        }
        self.show_watermarks(topic);
        self.away = None;
        self.paused = false;
        self.next_tick = Instant::now();
    }

    fn read(&mut self, reader: &TopicReader) -> Result<End, Fault> {
        let mut at_end = false;
        loop {
            if self.stop.load(Ordering::Acquire) {
                self.submit()?;
                return Ok(End::Stopped);
            }
            let mut read = reader.read(&mut self.messages, &mut self.positions, Duration::ZERO);
            if let Read::Idle = read {
                if std::mem::take(&mut at_end) {
                    reader.advance_to_position(&mut self.messages, &mut self.positions);
                    self.batch_started.get_or_insert_with(Instant::now);
                }
                if self.age() >= BATCH_LINGER {
                    self.submit()?;
                }
                if let Some(end) = self.tick(reader)? {
                    self.submit()?;
                    return Ok(end);
                }
                let wait =
                    if self.messages.is_empty() { POLL_MAX } else { BATCH_LINGER.saturating_sub(self.age()) };
                read = reader.read(&mut self.messages, &mut self.positions, wait);
            }
            match read {
                Read::Message => {
                    self.messages_read += 1;
                    let count = self.messages.len();
                    if self.batch_started.is_none() {
                        self.batch_started = Some(Instant::now());
                    }
                    // Reading the clock for each message would cost a tenth of reading it.
                    let old = count.is_multiple_of(64) && self.age() >= BATCH_AGE_MAX;
                    if old || count >= BATCH_MESSAGES_MAX || self.messages.bytes() >= BATCH_BYTES_MAX {
                        self.submit()?;
                        if let Some(end) = self.tick(reader)? {
                            return Ok(end);
                        }
                    }
                }
                Read::End(partition) => {
                    at_end = true;
                    // What an open transaction holds back was not visible before either.
                    if let (Some(target), Some(&position)) =
                        (self.recovering.get_mut(&partition), self.positions.get(&partition))
                    {
                        *target = position.min(*target);
                    }
                }
                Read::Idle => {}
                Read::Away(reason) => self.away = Some(reason),
                Read::Broken { reason, damaged } => {
                    self.submit()?;
                    return self.broken(reason, damaged);
                }
            }
        }
    }

    fn broken(&mut self, reason: String, damaged: bool) -> Result<End, Fault> {
        if damaged {
            let attempts = if self.damaged.1 == self.positions { self.damaged.0 + 1 } else { 1 };
            if attempts >= DAMAGED_ATTEMPTS_MAX {
                let topic = &self.definition.topic;
                return Err(Fault::Failed(format!(
                    "topic \"{topic}\" can't be read on, tried {attempts} times: {reason}"
                )));
            }
            self.damaged = (attempts, self.positions.clone());
        }
        tracing::warn!(source = self.name, reason, "reading again from the last position");
        Ok(End::Doubt(Some(reason)))
    }

    /// Hands the batch to the decoding threads.
    fn submit(&mut self) -> Result<(), Fault> {
        self.batch_started = None;
        if self.messages.is_empty() {
            return Ok(());
        }
        let room = Messages::with_room_of(&self.messages, BATCH_BYTES_MAX);
        let messages = std::mem::replace(&mut self.messages, room);
        {
            let mut shared = self.shared_positions.lock();
            shared.extend(messages.ranges().iter().map(|range| (range.partition, range.next)));
        }
        let Some(number) = self.sequencer.admit() else { return self.check_sequencer() };
        self.pool.submit(Job {
            pipeline: Arc::clone(&self.pipeline),
            sequencer: Arc::clone(&self.sequencer),
            number,
            messages,
        });
        Ok(())
    }

    fn check_sequencer(&self) -> Result<(), Fault> {
        match self.sequencer.progress().ended {
            None => Ok(()),
            Some(Ended::Closed) => Err(Fault::Closed),
            Some(Ended::Fault(error)) => Err(Fault::Failed(error)),
        }
    }

    /// Looks after memory, reports and the status, every now and then.
    fn tick(&mut self, reader: &TopicReader) -> Result<Option<End>, Fault> {
        let now = Instant::now();
        if now < self.next_tick {
            return Ok(None);
        }
        self.next_tick = now + TICK;
        let full = self.database.hot_is_full();
        if full != self.paused {
            if let Err(reason) = reader.pause(&self.positions, full) {
                return Ok(Some(End::Doubt(Some(reason))));
            }
            self.paused = full;
        }
        if let Some(report) = self.watch.report(Duration::ZERO)?
            && let Some(end) = self.take_report(report)?
        {
            return Ok(Some(end));
        }
        self.show_state(now)?;
        Ok(None)
    }

    fn take_report(&mut self, report: Report) -> Result<Option<End>, Fault> {
        let progressed = self.messages_read > self.messages_at_report;
        self.messages_at_report = self.messages_read;
        let topic = match report.topic {
            Ok(topic) => topic,
            Err(IngestError::NoSuchTopic { .. }) => return Ok(Some(End::Doubt(None))),
            Err(error) => {
                // A broker that sends messages is there, however slowly it answers questions.
                self.away = (!progressed).then(|| error.to_string());
                return Ok(None);
            }
        };
        self.away = None;
        self.show_watermarks(&topic);
        match examine(&self.definition.topic_id, &report.positions, &topic) {
            Some(finding @ Finding::TopicMadeAgain) => {
                Err(Fault::Failed(finding.message(&self.name, &self.definition.topic)))
            }
            // What is gone at the broker may be in our queue already. Where it is not, the next
            // fetch is refused and we verify then.
            Some(Finding::Lost(_)) => Ok(None),
            Some(_) => Ok(Some(End::Doubt(None))),
            None => {
                let new = topic.partitions.keys().any(|partition| !self.positions.contains_key(partition));
                Ok(new.then_some(End::Doubt(None)))
            }
        }
    }

    fn show_watermarks(&self, topic: &TopicDescription) {
        let mut status = self.status.write();
        for (&partition, bounds) in &topic.partitions {
            let partition = status.partitions.entry(partition).or_default();
            partition.high_watermark = partition.high_watermark.max(Some(bounds.high));
        }
    }

    fn show_state(&mut self, now: Instant) -> Result<(), Fault> {
        let progress = self.sequencer.progress();
        match progress.ended {
            None => {}
            Some(Ended::Closed) => return Err(Fault::Closed),
            Some(Ended::Fault(error)) => return Err(Fault::Failed(error)),
        }
        self.recovering.retain(|partition, target| {
            progress.visible.get(partition).copied().unwrap_or_default() < *target
        });
        if self.paused {
            let bound = self.database.config().hot_bytes_max;
            let reason = format!("rows not yet on disk fill the memory they may take ({bound} bytes)");
            self.health.set(SourceState::Stalled, Some(&reason));
        } else if let Some(reason) = &self.away {
            self.health.set(SourceState::Stalled, Some(reason));
        } else if self.recovering.is_empty() {
            self.health.set(SourceState::Running, None);
        } else {
            self.health.set(SourceState::Recovering, None);
        }
        self.show_rate(now, progress.rows);
        Ok(())
    }

    /// Rows a second over the last five seconds.
    fn show_rate(&mut self, now: Instant, rows: u64) {
        const WINDOW: usize = 50;
        self.rates.push_back((now, rows));
        if self.rates.len() > WINDOW {
            self.rates.pop_front();
        }
        if let (Some(first), true) = (self.rates.front(), self.rates.len() > 1) {
            let seconds = now.duration_since(first.0).as_secs_f64();
            self.status.write().rows_per_second = (rows - first.1) as f64 / seconds.max(0.001);
        }
    }

    fn age(&self) -> Duration {
        self.batch_started.map_or(Duration::ZERO, |started| started.elapsed())
    }
}
