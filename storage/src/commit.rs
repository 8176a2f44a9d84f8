//! Writing the log: one record at a time, the requests of concurrent callers together in one.
//!
//! A commit becomes true when `PutMode::Create` on the next number succeeds. A task of its own does
//! that, so that a caller that goes away leaves nothing half done; see [`writer`].

#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};
use parking_lot::RwLock;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::config::StorageConfig;
use crate::error::{Result, StorageError};
use crate::log::{self, Action};
use crate::manifest::{Manifest, checkpoint, invariants};
use crate::segment::SegmentMeta;
use writer::{Request, Writer};

/// Requests that wait for the writer; further callers wait to be let in.
const QUEUED_REQUESTS_MAX: usize = 1024;

/// Segments looked at concurrently before they are committed.
const SEGMENT_CHECKS: usize = 16;

/// The door to the log. One per open database.
#[derive(Debug)]
pub struct CommitLog {
    requests: mpsc::Sender<Request>,
    shared: Arc<Shared>,
    epoch: u64,
    checkpoint_commits: u64,
}

/// What the writer tells everybody else.
#[derive(Debug)]
struct Shared {
    store: Arc<dyn ObjectStore>,
    manifest: RwLock<Arc<Manifest>>,
    checkpoint: AtomicU64,
}

impl CommitLog {
    /// Folds the log and takes its lease: from here on, writers of older epochs are refused.
    /// `seed` makes nonces. Spawns the writer on the current tokio runtime; it ends when the
    /// `CommitLog` is dropped.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        config: &StorageConfig,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Result<(Self, Arc<Manifest>)> {
        let recovered = log::recover(&store).await?;
        let shared = Arc::new(Shared {
            store,
            manifest: RwLock::new(recovered.manifest),
            checkpoint: AtomicU64::new(recovered.checkpoint.0),
        });
        let mut writer = Writer::new(Arc::clone(&shared), clock, config.gc_grace, seed);
        let manifest = writer.take_lease().await?;
        let (requests, queue) = mpsc::channel(QUEUED_REQUESTS_MAX);
        tokio::spawn(writer.run(queue));
        let checkpoint_commits = config.checkpoint_commits.get();
        let log = Self { requests, shared, epoch: manifest.epoch, checkpoint_commits };
        Ok((log, manifest))
    }

    /// Commits `actions` as one, with those of concurrent callers in the same record. Returns a
    /// manifest that includes them, which is durable. The segments that they add must be whole.
    ///
    /// A refused request changes nothing and leaves the others of its group alone. Dropping the
    /// future does not undo the request. After [`InDoubt`](StorageError::InDoubt) only the manifest
    /// of a later commit tells whether the request took place.
    pub async fn commit(&self, actions: Vec<Action>) -> Result<Arc<Manifest>> {
        self.segments_exist(&actions).await?;
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request { actions, reply }).await.map_err(|_| StorageError::ShuttingDown)?;
        answer.await.map_err(|_| StorageError::ShuttingDown)?
    }

    /// Learns what became of a commit in doubt; the manifest that it returns tells.
    pub async fn settle(&self) -> Result<Arc<Manifest>> {
        self.commit(Vec::new()).await
    }

    /// FENCE, for work beside the log: fails where somebody else has taken the lease.
    pub async fn confirm_lease(&self) -> Result<()> {
        let newest = log::fold_again(&self.shared.store, &self.manifest()).await?;
        invariants::epoch_is_current(newest.epoch, self.epoch)
    }

    /// The manifest after the newest commit.
    pub fn manifest(&self) -> Arc<Manifest> {
        Arc::clone(&self.shared.manifest.read())
    }

    /// Whether enough commits were made since the last checkpoint.
    pub fn checkpoint_is_due(&self) -> bool {
        let checkpoint = self.shared.checkpoint.load(Ordering::Relaxed);
        self.manifest().position.0 >= checkpoint + self.checkpoint_commits
    }

    /// Writes a checkpoint of the newest manifest.
    pub async fn checkpoint(&self) -> Result<()> {
        let manifest = self.manifest();
        if self.shared.checkpoint.load(Ordering::Relaxed) < manifest.position.0 {
            checkpoint::write(&self.shared.store, &manifest).await?;
            self.shared.checkpoint.fetch_max(manifest.position.0, Ordering::Relaxed);
        }
        Ok(())
    }

    /// REACH, before it can be broken: a flush that commits before it wrote is stopped here.
    async fn segments_exist(&self, actions: &[Action]) -> Result<()> {
        let added = actions.iter().filter_map(|action| match action {
            Action::AddSegment(segment) => Some(Arc::clone(segment)),
            _ => None,
        });
        let added: Vec<_> = added.collect();
        let store = Arc::clone(&self.shared.store);
        futures::stream::iter(added)
            .map(move |segment| segment_exists(Arc::clone(&store), segment))
            .buffer_unordered(SEGMENT_CHECKS)
            .try_collect()
            .await
    }
}

async fn segment_exists(store: Arc<dyn ObjectStore>, segment: Arc<SegmentMeta>) -> Result<()> {
    let path = segment.path();
    match store.head(&path).await {
        Ok(found) => invariants::segment_has_length(&segment, found.size),
        Err(object_store::Error::NotFound { .. }) => invariants::segment_has_length(&segment, 0),
        Err(source) => Err(StorageError::store("read", &path, source)),
    }
}
