//! Background work: merging hot blocks and small segments, flushing by the sources' options, checkpoints, collection.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::catalog::SourceOptions;
use crate::database::Database;
use crate::error::StorageError;
use crate::gc::Collector;
use crate::ids::ObjectId;

/// How often blocks are looked through for merging: some units at 100 units a second.
const MERGE_INTERVAL: Duration = Duration::from_millis(100);
/// How often the flush triggers are looked at: a small part of the shortest useful interval.
const FLUSH_CHECK_INTERVAL: Duration = Duration::from_millis(100);
/// How often tables are looked through for small segments: some hundred inserts one by one.
const COMPACT_INTERVAL: Duration = Duration::from_secs(1);
/// After a failed flush: first and longest wait before the next try.
const BACKOFF_MIN: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// Units without rows are flushed after so many flush intervals: nothing but re-reading a little
/// is lost without them, and an idle source should not write commits.
const IDLE_FLUSH_INTERVALS: u32 = 10;

/// Spawns everything on the current runtime. Each task ends with `stop`, or with the database.
pub(crate) fn start(database: &Arc<Database>, stop: watch::Receiver<bool>) {
    tokio::spawn(merge_loop(Arc::downgrade(database), stop.clone()));
    tokio::spawn(flush_loop(Arc::downgrade(database), stop.clone()));
    tokio::spawn(compact_loop(Arc::downgrade(database), stop.clone()));
    tokio::spawn(collect_loop(Arc::downgrade(database), database.collector(), stop));
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// The database at the next tick; None where the work is to end.
async fn next(
    ticks: &mut Interval,
    stop: &mut watch::Receiver<bool>,
    database: &Weak<Database>,
) -> Option<Arc<Database>> {
    tokio::select! {
        _ = ticks.tick() => database.upgrade(),
        _ = stop.wait_for(|stop| *stop) => None,
    }
}

async fn collect_loop(database: Weak<Database>, mut collector: Collector, mut stop: watch::Receiver<bool>) {
    let Some(wait) = database.upgrade().map(|database| database.config().gc_interval) else { return };
    let mut ticks = ticks(wait);
    while let Some(database) = next(&mut ticks, &mut stop, &database).await {
        if let Err(error) = collector.collect(&database.log, || database.live_segments()).await {
            // What was not deleted stays garbage: only space is lost meanwhile.
            tracing::warn!(%error, "collection failed");
        }
    }
}

async fn compact_loop(database: Weak<Database>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(COMPACT_INTERVAL);
    while let Some(database) = next(&mut ticks, &mut stop, &database).await {
        database.compact_all().await;
    }
}

async fn merge_loop(database: Weak<Database>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(MERGE_INTERVAL);
    while let Some(database) = next(&mut ticks, &mut stop, &database).await {
        let sources: Vec<_> = database.current().hot.keys().copied().collect();
        for source in sources {
            if let Err(error) = database.merge(source).await {
                tracing::error!(%source, %error, "merging hot rows failed");
            }
        }
    }
}

async fn flush_loop(database: Weak<Database>, mut stop: watch::Receiver<bool>) {
    let mut ticks = ticks(FLUSH_CHECK_INTERVAL);
    let mut backoffs: BTreeMap<ObjectId, Backoff> = BTreeMap::new();
    while let Some(database) = next(&mut ticks, &mut stop, &database).await {
        // One flush at a time: it takes a core and the memory of a sorted copy.
        for source in due(&database) {
            if backoffs.get(&source).is_some_and(|backoff| Instant::now() < backoff.until) {
                continue;
            }
            match database.flush(source).await {
                Ok(_) => {
                    if backoffs.remove(&source).is_some() {
                        database.flush_recovered(source);
                    }
                }
                // Dropped meanwhile, with its hot rows.
                Err(StorageError::NoSuchObject { .. }) => drop(backoffs.remove(&source)),
                Err(error) => {
                    let backoff = backoffs.entry(source).or_default();
                    backoff.lengthen();
                    tracing::error!(%source, %error, retry_in = ?backoff.wait, "flush failed");
                    database.flush_failed(source, &error);
                }
            }
            if *stop.borrow() {
                return;
            }
        }
        database.maintain().await;
    }
}

struct Backoff {
    wait: Duration,
    until: Instant,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { wait: BACKOFF_MIN / 2, until: Instant::now() }
    }
}

impl Backoff {
    fn lengthen(&mut self) {
        self.wait = (self.wait * 2).min(BACKOFF_MAX);
        self.until = Instant::now() + self.wait;
    }
}

/// The sources to flush now, the largest first.
fn due(database: &Database) -> Vec<ObjectId> {
    let snapshot = database.current();
    let now_micros = database.clock().now_micros();
    let mut hot: Vec<_> = snapshot
        .manifest
        .catalog
        .sources()
        .filter_map(|(entry, source)| {
            let blocks = &snapshot.hot.get(&entry.id)?.blocks;
            let bytes: u64 = blocks.iter().map(|block| block.bytes).sum();
            let rows: u64 = blocks.iter().map(|block| block.row_count()).sum();
            let since = blocks.iter().map(|block| block.visible_since_micros).min()?;
            let age = Duration::from_micros(u64::try_from(now_micros - since).unwrap_or(0));
            Some((bytes, entry.id, is_due(&source.options, rows, bytes, age)))
        })
        .collect();
    hot.sort_unstable_by_key(|&(bytes, id, _)| (std::cmp::Reverse(bytes), id));
    if let Some(&(largest, ..)) = hot.first() {
        let all = hot.iter().map(|&(bytes, ..)| bytes).sum();
        hot[0].2 |= is_pressed(database, all, largest);
    }
    hot.into_iter().filter(|(_, _, due)| *due).map(|(_, id, _)| id).collect()
}

/// Whether the largest source is better flushed before its own trigger: half the bound is kept for
/// what arrives while a flush runs. Where old snapshots pin the rest, a flush must still be worth it.
fn is_pressed(database: &Database, all: u64, largest: u64) -> bool {
    let max = database.config().hot_bytes_max.get();
    all > max / 2 || (database.hot_is_full() && largest > max / 8)
}

fn is_due(options: &SourceOptions, rows: u64, bytes: u64, age: Duration) -> bool {
    let interval =
        if rows == 0 { options.flush_interval * IDLE_FLUSH_INTERVALS } else { options.flush_interval };
    rows >= options.flush_rows.get() || bytes >= options.flush_bytes.get() || age >= interval
}
