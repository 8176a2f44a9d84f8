//! Looks at a source's topic once a second, on a thread and over a client of its own: a broker that
//! does not answer then holds up nothing but this thread.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use storage::catalog::ConnectionDefinition;

use crate::error::IngestError;
use crate::kafka::client::{Deadline, QueryClient};
use crate::kafka::consumer::Positions;
use crate::probe::{TopicDescription, describe};

/// How often to look: bounds how long a topic made again goes unnoticed, and how old the high
/// watermark in the status is.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long a broker may take to answer one look.
const TIMEOUT: Duration = Duration::from_millis(4_500);

/// One look.
#[derive(Debug)]
pub(crate) struct Report {
    /// Where the source stood before the broker was asked.
    pub(crate) positions: Positions,
    /// What the broker said.
    pub(crate) topic: Result<TopicDescription, IngestError>,
}

/// The watching thread panicked: it ends by itself for no other reason.
#[derive(Debug)]
pub(crate) struct WatchEnded;

/// The watching thread. It ends by itself once this is dropped, after at most one more look.
#[derive(Debug)]
pub(crate) struct Watch {
    reports: Receiver<Report>,
    wake: SyncSender<()>,
}

impl Watch {
    /// Starts watching. `positions` is read before each look.
    pub(crate) fn start(
        connection: ConnectionDefinition,
        source: &str,
        topic: String,
        positions: Arc<Mutex<Positions>>,
    ) -> std::io::Result<Self> {
        let (sender, reports) = sync_channel(1);
        let (wake, woken) = sync_channel(1);
        let source = source.to_owned();
        thread::Builder::new()
            .name("kafka-watch".to_owned())
            .spawn(move || watch(&connection, &source, &topic, &positions, &sender, &woken))?;
        Ok(Self { reports, wake })
    }

    /// The next report, waiting for at most `timeout`.
    pub(crate) fn report(&self, timeout: Duration) -> Result<Option<Report>, WatchEnded> {
        match self.reports.recv_timeout(timeout) {
            Ok(report) => Ok(Some(report)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(WatchEnded),
        }
    }

    /// Asks for a look now.
    pub(crate) fn look_now(&self) {
        // Full means that a look was asked for already.
        let _ = self.wake.try_send(());
    }
}

fn watch(
    connection: &ConnectionDefinition,
    source: &str,
    topic: &str,
    positions: &Mutex<Positions>,
    reports: &SyncSender<Report>,
    woken: &Receiver<()>,
) {
    let mut client = None;
    loop {
        let positions = positions.lock().clone();
        let deadline = Deadline::after(TIMEOUT);
        let topic = match &client {
            Some(client) => describe(client, topic, deadline),
            None => QueryClient::new(connection, source)
                .and_then(|made| describe(client.insert(made), topic, deadline)),
        };
        if reports.send(Report { positions, topic }).is_err() {
            return;
        }
        if let Err(RecvTimeoutError::Disconnected) = woken.recv_timeout(INTERVAL) {
            return;
        }
    }
}
