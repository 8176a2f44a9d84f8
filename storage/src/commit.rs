//! Writing the log: one commit at a time, many requests in one commit.

use std::sync::Arc;

use object_store::ObjectStore;

use crate::clock::Clock;
use crate::config::StorageConfig;
use crate::error::Result;
use crate::log::Action;
use crate::manifest::Manifest;

/// The door to the log. One per open database; cheap to share.
#[derive(Debug)]
pub struct CommitLog {}

impl CommitLog {
    /// Folds the log and takes its lease: from here on, writers of older epochs are refused.
    /// `seed` makes nonces.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        config: &StorageConfig,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Result<(Self, Arc<Manifest>)> {
        let _ = (store, config, clock, seed);
        todo!()
    }

    /// Commits `actions` as one, with those of concurrent callers in the same record. Returns a
    /// manifest that includes them, which is durable.
    ///
    /// A refused request changes nothing and leaves the others of its group alone. Dropping the
    /// future does not undo the request. After [`InDoubt`](crate::StorageError::InDoubt) look at
    /// the manifest that a later commit returns.
    pub async fn commit(&self, actions: Vec<Action>) -> Result<Arc<Manifest>> {
        let _ = actions;
        todo!()
    }

    /// The manifest after the newest commit.
    pub fn manifest(&self) -> Arc<Manifest> {
        todo!()
    }

    /// Whether enough commits were made since the last checkpoint.
    pub fn checkpoint_is_due(&self) -> bool {
        todo!()
    }

    /// Writes a checkpoint of the newest manifest.
    pub async fn checkpoint(&self) -> Result<()> {
        todo!()
    }
}
