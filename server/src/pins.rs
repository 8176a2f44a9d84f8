//! Old snapshots pin rows in memory that are long on disk. Where that keeps ingestion waiting, the
//! oldest reader gives way: a forgotten transaction must not stop every source.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::instance::Shared;

const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// How long ingestion waits for readers to end by themselves.
const PATIENCE: Duration = Duration::from_secs(3);

/// Watches until the server drains.
pub(crate) async fn watch(shared: Arc<Shared>) {
    let mut ticks = interval(CHECK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut waiting_since = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shared.draining.cancelled() => return,
        }
        if !is_pinned(&shared) {
            waiting_since = None;
            continue;
        }
        // One at a time: its rows may be enough.
        if waiting_since.get_or_insert_with(Instant::now).elapsed() >= PATIENCE {
            let now = shared.database.clock().now_micros();
            shared.sessions.take_oldest_snapshot(now - PATIENCE.as_micros() as i64);
        }
    }
}

/// Whether consumers pause although flushing would not help them.
fn is_pinned(shared: &Shared) -> bool {
    let database = &shared.database;
    database.hot_is_full() && database.pinned_bytes() > database.config().hot_bytes_max.get() / 2
}
