//! The order in which a server ends.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::task::TaskTracker;

use crate::instance::Shared;

/// How long terminated sessions may take to say goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// Ends all connections: idle ones at once, those that run a statement when it has ended, and
/// what is left after `within` by force.
pub async fn drain(shared: &Shared, connections: &TaskTracker, within: Duration) {
    shared.draining.cancel();
    connections.close();
    if tokio::time::timeout(within, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "terminating sessions that still run statements");
        shared.sessions.terminate_all();
        if tokio::time::timeout(GOODBYE_WITHIN, connections.wait()).await.is_err() {
            tracing::warn!(connections = connections.len(), "connections are left behind");
        }
    }
}

/// SIGTERM and SIGINT.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on the signals do not end the process by themselves.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
