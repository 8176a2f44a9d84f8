//! The database: opens a directory, holds the current snapshot, and is the one door for changes.

use std::sync::Arc;

use object_store::ObjectStore;

use crate::catalog::{CatalogEntry, CatalogObject};
use crate::clock::Clock;
use crate::config::StorageConfig;
use crate::error::Result;
use crate::hot::HotUnit;
use crate::ids::{LogPosition, ObjectId, Offset, Partition};
use crate::snapshot::Snapshot;
use crate::status::StatusRegistry;

/// An open database. One per directory or prefix.
#[derive(Debug)]
pub struct Database {}

/// A change of the catalog. Becomes true with its commit, or not at all.
#[derive(Clone, Debug)]
pub enum CatalogChange {
    /// A new entry; fails with `NameTaken` where the name is.
    Create {
        /// Its name.
        name: String,
        /// Its comment.
        comment: Option<String>,
        /// What it is; ids inside come from [`Database::new_object_id`].
        id: ObjectId,
        /// The object.
        object: CatalogObject,
    },
    /// A new version of an entry, made from `entry.version`.
    Replace {
        /// The entry as it shall be, with the version that was read.
        entry: CatalogEntry,
    },
    /// Removes an entry with its segments, hot rows and offsets.
    Drop {
        /// The entry.
        id: ObjectId,
        /// The version that was read.
        version: u64,
    },
    /// Moves a source's offsets by an explicit order, together with the new definition
    /// (topic id, start offsets). The source must be stopped and its hot rows flushed.
    Reset {
        /// The source's entry as it shall be, with the version that was read.
        entry: CatalogEntry,
        /// Where reading goes on; partitions not named keep theirs.
        offsets: Vec<(Partition, Offset)>,
    },
}

impl Database {
    /// Opens the database on `store`, creating it where there is none, and takes its lease.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        config: StorageConfig,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Result<Arc<Self>> {
        let _ = (store, config, clock, seed);
        todo!()
    }

    /// The current snapshot: everything visible now.
    pub fn snapshot(&self) -> Snapshot {
        todo!()
    }

    /// Where segments are read from.
    pub fn object_store(&self) -> &Arc<dyn ObjectStore> {
        todo!()
    }

    /// How every source is doing.
    pub fn statuses(&self) -> &StatusRegistry {
        todo!()
    }

    /// The configuration.
    pub fn config(&self) -> &StorageConfig {
        todo!()
    }

    /// The clock that was passed in.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        todo!()
    }

    /// A number that no object has had.
    pub fn new_object_id(&self) -> ObjectId {
        todo!()
    }

    /// Commits a change of the catalog and makes it visible.
    pub async fn change_catalog(&self, change: CatalogChange) -> Result<LogPosition> {
        let _ = change;
        todo!()
    }

    /// Makes a unit visible. Its ranges must begin where the visible offsets stand (a partition
    /// seen for the first time begins at its start offset): PREFIX.
    pub fn publish(&self, unit: HotUnit) -> Result<()> {
        let _ = unit;
        todo!()
    }

    /// Whether hot rows have reached `hot_bytes_max`: consumers pause while this is true.
    pub fn hot_is_full(&self) -> bool {
        todo!()
    }

    /// Waits until the visible offsets or the catalog change, from any position already seen.
    pub fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        todo!()
    }

    /// Writes a source's hot rows (and dead letters) as segments, commits them with their
    /// offsets, and swaps them in one step. Returns the position of the commit, or None where
    /// there was nothing to flush.
    pub async fn flush(&self, source: ObjectId) -> Result<Option<LogPosition>> {
        let _ = source;
        todo!()
    }

    /// Starts the background work (flush by the sources' options, merge, checkpoint, collection)
    /// on the current tokio runtime. It ends with [`Database::close`].
    pub fn start_background(self: &Arc<Self>) {
        todo!()
    }

    /// Flushes everything, writes a checkpoint, stops background work, releases the lease.
    pub async fn close(&self) -> Result<()> {
        todo!()
    }
}
