//! Every connected session: how it is found, cancelled and shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use bytes::Bytes;
use parking_lot::Mutex;
use planner::system_table::{Encryption, SessionRow, SettingRow, SystemState};
use planner::{OutputStyle, SqlError};
use rand::RngCore;
use rand::rngs::StdRng;
use storage::clock::Clock;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::pg::encode;
use crate::pg::types::PgType;
use crate::settings::{self, Settings};

/// Of a statement's text, in `pg_stat_activity`; PostgreSQL's default too.
const SHOWN_BYTES_MAX: usize = 1024;

/// Why a statement was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A cancel request, or `pg_cancel_backend`.
    Cancelled,
    /// `statement_timeout`.
    TimedOut,
    /// `pg_terminate_backend`, or the server's end.
    Terminated,
    /// Its snapshot held memory that ingestion waits for.
    SnapshotTooOld,
    /// The client went away.
    Disconnected,
}

impl Stop {
    /// What the client is told.
    pub fn error(self) -> SqlError {
        match self {
            Self::Cancelled => SqlError::new("57014", "canceling statement due to user request"),
            Self::TimedOut => SqlError::new("57014", "canceling statement due to statement timeout"),
            Self::Terminated => SqlError::new("57P01", "terminating connection due to administrator command"),
            Self::SnapshotTooOld => SqlError::new("72000", "snapshot too old")
                .with_detail("It held rows in memory for which ingestion had to wait.")
                .with_hint("Keep transactions and result sets short, or raise hot_bytes_max."),
            Self::Disconnected => SqlError::new("08006", "connection to client lost"),
        }
    }
}

/// What can stop a running statement from outside.
#[derive(Clone, Debug)]
pub struct Interrupt {
    cancel: CancellationToken,
    terminate: CancellationToken,
    too_old: Arc<Notify>,
    deadline: Option<Instant>,
}

impl Interrupt {
    /// Waits until the statement must stop.
    pub async fn stopped(&self) -> Stop {
        let deadline = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.terminate.cancelled() => Stop::Terminated,
            () = self.cancel.cancelled() => Stop::Cancelled,
            () = self.too_old.notified() => Stop::SnapshotTooOld,
            () = deadline => Stop::TimedOut,
        }
    }
}

/// A session as others see it.
#[derive(Debug)]
pub struct SessionHandle {
    process_id: i32,
    /// Proves a cancel request. As long as the session's protocol version allows.
    key: Bytes,
    /// Present while a statement runs: a cancel request between statements has no effect.
    running: Mutex<Option<CancellationToken>>,
    terminate: CancellationToken,
    /// Told to give its snapshot back. Nothing is remembered where nobody listens.
    too_old: Arc<Notify>,
    /// Since when it may hold a snapshot, in microseconds since 1970.
    snapshot_since: Mutex<Option<i64>>,
    activity: Mutex<SessionRow>,
    /// What `set_config` asked for while the statement ran.
    wanted: Mutex<Vec<WantedSetting>>,
}

/// A setting that a statement wants to be set when it is done.
#[derive(Clone, Debug)]
pub struct WantedSetting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Until the end of the block.
    pub local: bool,
}

/// Settings that one statement may set.
const WANTED_MAX: usize = 1_000;

impl SessionHandle {
    /// Under which the session is cancelled.
    pub fn process_id(&self) -> i32 {
        self.process_id
    }

    /// The key that goes with it.
    pub fn key(&self) -> &Bytes {
        &self.key
    }

    /// Cancelled when the session must end.
    pub fn terminate(&self) -> &CancellationToken {
        &self.terminate
    }

    /// Told when the session's snapshot must go.
    pub fn too_old(&self) -> &Arc<Notify> {
        &self.too_old
    }

    /// A statement begins; its end is [`SessionHandle::end`].
    pub fn begin(&self, query: &str, now_micros: i64, deadline: Option<Instant>) -> Interrupt {
        // A cancel request that came while the message's first part ran holds for the rest too.
        let cancel = self.running.lock().get_or_insert_default().clone();
        self.snapshot_since.lock().get_or_insert(now_micros);
        let mut activity = self.activity.lock();
        activity.state = "active";
        activity.query.clear();
        activity.query.push_str(&query[..query.floor_char_boundary(SHOWN_BYTES_MAX)]);
        activity.query_started_micros = Some(now_micros);
        let (terminate, too_old) = (self.terminate.clone(), Arc::clone(&self.too_old));
        Interrupt { cancel, terminate, too_old, deadline }
    }

    /// The statement has ended and left the session in this state, with a snapshot or without.
    pub fn end(&self, state: &'static str, holds_snapshot: bool) {
        *self.running.lock() = None;
        if !holds_snapshot {
            *self.snapshot_since.lock() = None;
        }
        self.activity.lock().state = state;
    }

    /// Shows the session under this name.
    pub fn set_application_name(&self, name: &str) {
        name.clone_into(&mut self.activity.lock().application_name);
    }

    /// Takes what the statement wants to be set.
    pub fn wanted(&self) -> Vec<WantedSetting> {
        std::mem::take(&mut self.wanted.lock())
    }

    fn cancel(&self) {
        if let Some(running) = self.running.lock().as_ref() {
            running.cancel();
        }
    }
}

/// Who connects from where.
#[derive(Clone, Debug)]
pub struct Client {
    /// The user who logs in.
    pub user: String,
    /// Address and port.
    pub address: String,
    /// How the connection is encrypted, if it is.
    pub encryption: Option<Encryption>,
}

/// The user for whom places are kept. Without passwords anyone may come under this name; but an
/// application that has taken all the others did not.
pub const SUPERUSER: &str = "tidegate";

/// How many sessions there may be.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// At a time.
    pub all: usize,
    /// Of them for [`SUPERUSER`] alone.
    pub reserved: usize,
}

/// All sessions.
#[derive(Debug)]
pub struct Sessions {
    live: Mutex<Live>,
    places: Places,
    clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Live {
    by_process_id: BTreeMap<i32, Arc<SessionHandle>>,
    last_process_id: i32,
    keys: StdRng,
}

impl Sessions {
    /// No sessions yet. `keys` makes the cancel keys: seed it from the operating system.
    pub fn new(places: Places, keys: StdRng, clock: Arc<dyn Clock>) -> Arc<Self> {
        let live = Live { by_process_id: BTreeMap::new(), last_process_id: 0, keys };
        Arc::new(Self { live: Mutex::new(live), places, clock })
    }

    /// Lets a session in. It is out again when the guard is dropped.
    pub fn enter(self: &Arc<Self>, client: Client, key_bytes: usize) -> Result<SessionGuard, SqlError> {
        let mut live = self.live.lock();
        let taken = live.by_process_id.len();
        let full = |message| {
            SqlError::new("53300", message)
                .with_hint("Close connections that are idle, or raise connections_max.")
        };
        if taken >= self.places.all {
            return Err(full("sorry, too many clients already"));
        }
        if client.user != SUPERUSER && taken + self.places.reserved >= self.places.all {
            let message = "remaining connection slots are reserved for non-replication superuser connections";
            return Err(full(message));
        }
        let mut process_id = live.last_process_id;
        // Ends: fewer are taken than there are.
        loop {
            process_id = process_id.checked_add(1).unwrap_or(1);
            if !live.by_process_id.contains_key(&process_id) {
                break;
            }
        }
        live.last_process_id = process_id;
        let mut key = vec![0; key_bytes];
        live.keys.fill_bytes(&mut key);
        let handle = Arc::new(SessionHandle {
            process_id,
            key: key.into(),
            running: Mutex::default(),
            terminate: CancellationToken::new(),
            too_old: Arc::default(),
            snapshot_since: Mutex::default(),
            wanted: Mutex::default(),
            activity: Mutex::new(SessionRow {
                process_id,
                user: client.user,
                application_name: String::new(),
                client_address: client.address,
                connected_micros: self.clock.now_micros(),
                state: "idle",
                query: String::new(),
                query_started_micros: None,
                encryption: client.encryption,
            }),
        });
        live.by_process_id.insert(process_id, Arc::clone(&handle));
        Ok(SessionGuard { sessions: Arc::clone(self), handle })
    }

    /// Cancels what a session runs, if the key is its own.
    pub fn cancel_with_key(&self, process_id: i32, key: &[u8]) {
        let handle = self.live.lock().by_process_id.get(&process_id).cloned();
        if let Some(handle) = handle
            && same_bytes(&handle.key, key)
        {
            handle.cancel();
        }
    }

    /// Takes the oldest snapshot from its session, if it is older than this.
    pub fn take_oldest_snapshot(&self, before_micros: i64) {
        let live = self.live.lock();
        let since = |handle: &Arc<SessionHandle>| *handle.snapshot_since.lock();
        let oldest = live.by_process_id.values().filter_map(|handle| Some((since(handle)?, handle)));
        if let Some((since, handle)) = oldest.min_by_key(|(since, _)| *since)
            && since < before_micros
        {
            tracing::warn!(
                process_id = handle.process_id,
                "its snapshot is too old: ingestion waits for memory"
            );
            handle.too_old.notify_waiters();
        }
    }

    /// Ends every session now.
    pub fn terminate_all(&self) {
        self.live.lock().by_process_id.values().for_each(|handle| handle.terminate.cancel());
    }

    fn find(&self, process_id: i32) -> Option<Arc<SessionHandle>> {
        self.live.lock().by_process_id.get(&process_id).cloned()
    }
}

impl SystemState for Sessions {
    fn sessions(&self) -> Vec<SessionRow> {
        self.live.lock().by_process_id.values().map(|handle| handle.activity.lock().clone()).collect()
    }

    fn settings(&self) -> Vec<SettingRow> {
        settings::KNOWN
            .iter()
            .map(|setting| SettingRow {
                name: setting.name.to_owned(),
                value: setting.default.to_owned(),
                description: setting.description.to_owned(),
            })
            .collect()
    }

    fn set(&self, process_id: i32, name: &str, value: &str, local: bool) -> Result<String, SqlError> {
        // Whether the value fits does not depend on what else is set.
        let mut settings = Settings::default();
        settings.set(name, value)?;
        let shown = settings.show(name)?.1;
        if let Some(handle) = self.find(process_id) {
            let mut wanted = handle.wanted.lock();
            if wanted.len() >= WANTED_MAX {
                let message = format!("a statement may set at most {WANTED_MAX} settings");
                return Err(SqlError::new("54000", message));
            }
            wanted.push(WantedSetting { name: name.to_owned(), value: value.to_owned(), local });
        }
        Ok(shown)
    }

    fn text(&self, values: &ArrayRef, field: &Field, style: &OutputStyle) -> Result<ArrayRef, SqlError> {
        let zone = style.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
        let style = encode::Style { zone, intervals: style.intervals };
        encode::text(values, PgType::of_field(field), style)
            .map_err(|error| SqlError::new("XX000", error.to_string()))
    }

    fn cancel(&self, process_id: i32) -> bool {
        self.find(process_id).inspect(|handle| handle.cancel()).is_some()
    }

    fn terminate(&self, process_id: i32) -> bool {
        self.find(process_id).inspect(|handle| handle.terminate.cancel()).is_some()
    }
}

/// A session's place among all.
#[derive(Debug)]
pub struct SessionGuard {
    sessions: Arc<Sessions>,
    /// The session.
    pub handle: Arc<SessionHandle>,
}

impl Drop for SessionGuard {
    fn drop(&mut self) {
        self.sessions.live.lock().by_process_id.remove(&self.handle.process_id);
    }
}

/// Compares in a time that tells nothing of where the first difference is.
fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use storage::clock::SystemClock;

    use super::*;

    fn sessions(all: usize) -> Arc<Sessions> {
        let places = Places { all, reserved: 0 };
        Sessions::new(places, StdRng::seed_from_u64(1), Arc::new(SystemClock))
    }

    fn ann() -> Client {
        Client { user: "ann".to_owned(), address: "127.0.0.1:1".to_owned(), encryption: None }
    }

    async fn stopped(interrupt: &Interrupt) -> Option<Stop> {
        tokio::time::timeout(std::time::Duration::ZERO, interrupt.stopped()).await.ok()
    }

    #[tokio::test]
    async fn a_cancel_needs_the_key_and_a_running_statement() {
        let sessions = sessions(2);
        let guard = sessions.enter(ann(), 32).unwrap();
        let id = guard.handle.process_id();
        let key = guard.handle.key().clone();
        sessions.cancel_with_key(id, &key);
        let running = guard.handle.begin("select 1", 0, None);
        assert_eq!(stopped(&running).await, None, "a cancel before the statement");
        sessions.cancel_with_key(id, &key[1..]);
        sessions.cancel_with_key(id + 1, &key);
        let mut wrong = key.to_vec();
        wrong[31] ^= 1;
        sessions.cancel_with_key(id, &wrong);
        assert_eq!(stopped(&running).await, None, "wrong keys");
        sessions.cancel_with_key(id, &key);
        assert_eq!(stopped(&running).await, Some(Stop::Cancelled));
        let next_part = guard.handle.begin("select 2", 0, None);
        assert_eq!(stopped(&next_part).await, Some(Stop::Cancelled), "the same message");
        guard.handle.end("idle", false);
        let next = guard.handle.begin("select 3", 0, None);
        assert_eq!(stopped(&next).await, None, "the next message");
        assert!(sessions.terminate(id));
        assert_eq!(stopped(&next).await, Some(Stop::Terminated));
    }

    #[tokio::test]
    async fn the_oldest_snapshot_goes_first() {
        let sessions = sessions(3);
        let [old, idle, young] = [(); 3].map(|()| sessions.enter(ann(), 4).unwrap());
        let begin = |guard: &SessionGuard, micros| guard.handle.begin("select 1", micros, None);
        begin(&idle, 1);
        idle.handle.end("idle", false);
        begin(&old, 2);
        old.handle.end("idle in transaction", true);
        let (old, young) = (begin(&old, 30), begin(&young, 20));
        let (first, second) = (old.stopped(), young.stopped());
        tokio::pin!(first, second);
        assert!(futures::poll!(&mut first).is_pending() && futures::poll!(&mut second).is_pending());
        sessions.take_oldest_snapshot(2);
        assert!(futures::poll!(&mut first).is_pending(), "not older than that");
        sessions.take_oldest_snapshot(3);
        assert_eq!(futures::poll!(&mut first), std::task::Poll::Ready(Stop::SnapshotTooOld));
        assert!(futures::poll!(&mut second).is_pending());
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let sessions = sessions(1);
        let guard = sessions.enter(ann(), 4).unwrap();
        assert_eq!(sessions.enter(ann(), 4).unwrap_err().sqlstate, "53300");
        let first = guard.handle.process_id();
        drop(guard);
        let second = sessions.enter(ann(), 4).unwrap();
        assert_ne!(second.handle.process_id(), first);
        assert_eq!(sessions.sessions().len(), 1);
    }

    #[test]
    fn long_statements_are_shown_cut_at_a_character() {
        let sessions = sessions(1);
        let guard = sessions.enter(ann(), 4).unwrap();
        guard.handle.begin(&"ä".repeat(1000), 0, None);
        assert_eq!(sessions.sessions()[0].query, "ä".repeat(512));
    }
}
