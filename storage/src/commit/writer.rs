//! The one task that writes records.
//!
//! | outcome of `Create` | what it means | what the writer does |
//! |---|---|---|
//! | created | the record is true and durable | adopts it, answers |
//! | exists, our nonce | an earlier try took effect | the same |
//! | exists, another nonce | lost the race for the number | folds what came before, checks again, retries |
//! | anything else | unclear | tries the same record on the same number again; then answers `InDoubt` |
//!
//! A record in doubt may turn up later, but only on its own number. The next commit begins by
//! trying it once more, so it learns what became of it, and that it is durable.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::{ObjectStore, PutMode, PutOptions};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use crate::clock::Clock;
use crate::error::{Result, StorageError};
use crate::ids::LogPosition;
use crate::log::codec::{self, FileKind};
use crate::log::{self, Action, Record, record_path};
use crate::manifest::{Manifest, invariants};
#[cfg(test)]
use crate::mutation::{Mutation, is_active};

/// Requests in one record.
const GROUP_REQUESTS_MAX: usize = 256;

/// Races for a number in a row before a commit gives up. Only other processes race.
const RACES_MAX: usize = 64;

/// Tries of one `Create`. The object store has retries and pauses of its own below.
const CREATE_TRIES: usize = 3;

/// A caller's actions, and where its answer goes.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) actions: Vec<Action>,
    pub(super) reply: oneshot::Sender<Result<Arc<Manifest>>>,
}

#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    nonces: SmallRng,
    epoch: u64,
    manifest: Arc<Manifest>,
    /// When `manifest` was last known to be the end of the log.
    folded_at_micros: i64,
    /// How long that knowledge is good for: half of the time after which the log may be trimmed.
    /// Longer, and our number could be free only because it was used and collected.
    fold_again_after_micros: i64,
    /// The log holds something that `manifest` does not.
    behind: bool,
    /// A record whose outcome is unknown.
    in_doubt: Option<Record>,
}

/// What became of a record.
enum Outcome {
    Written,
    LostRace,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, clock: Arc<dyn Clock>, grace: Duration, seed: u64) -> Self {
        let manifest = Arc::clone(&shared.manifest.read());
        Self {
            shared,
            nonces: SmallRng::seed_from_u64(seed),
            epoch: manifest.epoch,
            manifest,
            folded_at_micros: clock.now_micros(),
            fold_again_after_micros: (grace / 2).as_micros() as i64,
            clock,
            behind: false,
            in_doubt: None,
        }
    }

    /// Opens a new epoch.
    pub(super) async fn take_lease(&mut self) -> Result<Arc<Manifest>> {
        for _ in 0..RACES_MAX {
            let previous = self.manifest.epoch;
            self.epoch = previous + 1;
            let record = self.record(vec![Action::TakeLease { previous }]);
            let next = self.manifest.apply(&record)?;
            match self.write(&record).await? {
                Outcome::Written => {
                    self.adopt(next);
                    return Ok(Arc::clone(&self.manifest));
                }
                Outcome::LostRace => self.fold_again().await?,
            }
        }
        Err(self.too_many_races())
    }

    /// Serves requests until there is nobody left to make any.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut group = Vec::new();
        while requests.recv_many(&mut group, GROUP_REQUESTS_MAX).await > 0 {
            self.commit_group(std::mem::take(&mut group)).await;
        }
    }

    async fn commit_group(&mut self, mut group: Vec<Request>) {
        match self.try_commit_group(&mut group).await {
            Ok(()) => {
                for request in group {
                    // A caller that has gone away needs no answer.
                    let _ = request.reply.send(Ok(Arc::clone(&self.manifest)));
                }
            }
            Err(error) => {
                for request in group {
                    let _ = request.reply.send(Err(error.again()));
                }
            }
        }
    }

    /// Leaves in `group` those requests that the result is for; refused ones are answered.
    async fn try_commit_group(&mut self, group: &mut Vec<Request>) -> Result<()> {
        for _ in 0..RACES_MAX {
            self.be_current().await?;
            let actions = self.accept(group);
            if actions.is_empty() {
                return Ok(());
            }
            let record = self.record(actions);
            let next = self.manifest.apply(&record)?;
            match self.write(&record).await? {
                Outcome::Written => {
                    self.adopt(next);
                    return Ok(());
                }
                Outcome::LostRace => self.behind = true,
            }
        }
        Err(self.too_many_races())
    }

    /// Refuses the requests whose preconditions do not hold on top of those before them, and
    /// returns the actions of the others.
    fn accept(&self, group: &mut Vec<Request>) -> Vec<Action> {
        let mut manifest = Manifest::clone(&self.manifest);
        let mut actions = Vec::new();
        for request in std::mem::take(group) {
            match manifest.with_actions(&request.actions) {
                Ok(next) => {
                    manifest = next;
                    actions.extend_from_slice(&request.actions);
                    group.push(request);
                }
                Err(error) => {
                    let _ = request.reply.send(Err(error));
                }
            }
        }
        actions
    }

    fn record(&mut self, actions: Vec<Action>) -> Record {
        Record {
            position: LogPosition(self.manifest.position.0 + 1),
            epoch: self.epoch,
            nonce: self.nonces.random(),
            committed_at_micros: self.clock.now_micros(),
            actions,
        }
    }

    /// Writes a record on its number.
    async fn write(&mut self, record: &Record) -> Result<Outcome> {
        let file = codec::encode(FileKind::Record, record)?;
        let mut tries = 1;
        loop {
            let asked_at_micros = self.clock.now_micros();
            match self.create(record, file.clone()).await {
                Ok(Outcome::Written) if self.knowledge_is_old() => {
                    let confirmed = self.confirm(record).await;
                    if confirmed.is_err() {
                        self.in_doubt = Some(record.clone());
                    }
                    return confirmed;
                }
                Ok(Outcome::Written) => {
                    self.folded_at_micros = asked_at_micros;
                    return Ok(Outcome::Written);
                }
                Ok(Outcome::LostRace) => return Ok(Outcome::LostRace),
                Err(error) if tries < CREATE_TRIES => {
                    tracing::warn!(position = %record.position, %error, "commit is unclear, trying again");
                    tries += 1;
                }
                Err(source) => {
                    self.in_doubt = Some(record.clone());
                    return Err(StorageError::InDoubt { position: record.position, source });
                }
            }
        }
    }

    async fn create(&self, record: &Record, file: Bytes) -> Result<Outcome, object_store::Error> {
        let path = record_path(record.position);
        match self.shared.store.put_opts(&path, file.into(), PutOptions::from(PutMode::Create)).await {
            Ok(_) => Ok(Outcome::Written),
            Err(object_store::Error::AlreadyExists { .. }) => {
                match log::read_record(&self.shared.store, record.position).await {
                    Ok(Some(found)) if is_same(&found, record) => Ok(Outcome::Written),
                    Err(StorageError::Store { source, .. }) => Err(source),
                    // Also a record that can't be read or has gone is not ours: folding again tells.
                    _ => Ok(Outcome::LostRace),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// A `Create` that took very long may have found its number free because the record there was
    /// collected. Then the log has gone on without us, and a checkpoint lies beyond.
    async fn confirm(&mut self, record: &Record) -> Result<Outcome> {
        let newest = match log::newest_checkpoint(&self.shared.store).await {
            Ok(newest) => newest,
            Err(StorageError::Store { source, .. }) => {
                return Err(StorageError::InDoubt { position: record.position, source });
            }
            Err(error) => return Err(error),
        };
        Ok(if newest < record.position { Outcome::Written } else { Outcome::LostRace })
    }

    fn knowledge_is_old(&self) -> bool {
        self.clock.now_micros() - self.folded_at_micros > self.fold_again_after_micros
    }

    /// Makes sure that `manifest` is the end of the log and that the lease is still ours.
    async fn be_current(&mut self) -> Result<()> {
        if let Some(record) = self.in_doubt.take() {
            match self.write(&record).await? {
                Outcome::Written => self.adopt(self.manifest.apply(&record)?),
                Outcome::LostRace => self.behind = true,
            }
        }
        if self.behind || self.knowledge_is_old() {
            self.fold_again().await?;
        }
        invariants::epoch_is_current(self.manifest.epoch, self.epoch)
    }

    async fn fold_again(&mut self) -> Result<()> {
        let asked_at_micros = self.clock.now_micros();
        let manifest = log::fold_again(&self.shared.store, &self.manifest).await?;
        self.adopt(manifest);
        self.folded_at_micros = asked_at_micros;
        self.behind = false;
        Ok(())
    }

    /// Shows everybody a manifest. It is durable: a store acknowledges, or finds taken, no name that
    /// a crash could still take away.
    fn adopt(&mut self, manifest: Manifest) {
        self.manifest = Arc::new(manifest);
        *self.shared.manifest.write() = Arc::clone(&self.manifest);
    }

    fn too_many_races(&self) -> StorageError {
        let source = format!("lost {RACES_MAX} races in a row").into();
        let path = record_path(self.manifest.position);
        StorageError::store("write", &path, object_store::Error::Generic { store: "log", source })
    }
}

/// Whether a record that was found is the one that was to be written.
fn is_same(found: &Record, record: &Record) -> bool {
    #[cfg(test)]
    if is_active(Mutation::Nonce) {
        return false;
    }
    (found.epoch, found.nonce) == (record.epoch, record.nonce)
}
