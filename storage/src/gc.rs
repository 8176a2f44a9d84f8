//! Collection of what nothing needs any more: segments that no snapshot names and no flush is about to
//! commit, log records and checkpoints behind the two newest checkpoints.
//!
//! A file is deleted once the collector has seen it as garbage for a whole grace period. That is
//! kept in memory: a restart begins to count anew, which costs space for a while and nothing else,
//! and needs neither the clock of the object store nor a note in the log of when a segment went.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;
use object_store::path::Path;

use crate::clock::Clock;
use crate::commit::CommitLog;
use crate::error::{Result, StorageError};
use crate::ids::SegmentId;
use crate::log::{LOG, list_positions, record_path};
use crate::manifest::checkpoint::{self, CHECKPOINT, checkpoint_path};

/// The prefix of segments.
const SEGMENTS: &str = "segments";

/// Files deleted in one pass; the rest waits for the next, so that a pass is short.
const DELETES_MAX: usize = 10_000;

/// What a pass deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Segments.
    pub segments: usize,
    /// Log records and checkpoints.
    pub log_files: usize,
}

/// Remembers since when each file is garbage.
#[derive(Debug)]
pub struct Collector {
    store: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
    grace_micros: i64,
    garbage_since_micros: BTreeMap<Path, i64>,
}

impl Collector {
    /// A collector that has seen nothing yet.
    pub fn new(store: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>, grace: Duration) -> Self {
        let grace_micros = grace.as_micros() as i64;
        Self { store, clock, grace_micros, garbage_since_micros: BTreeMap::new() }
    }

    /// One pass. `live` gives every segment that a snapshot names or a flush is about to commit; it is
    /// asked after the files were listed, so that no commit falls in between. Before anything is
    /// deleted, `log` confirms its lease: what a new owner has written is garbage only to the old.
    pub async fn collect(
        &mut self,
        log: &CommitLog,
        live: impl FnOnce() -> HashSet<SegmentId>,
    ) -> Result<Collected> {
        let files = self.list_segments().await?;
        let live = live();
        let is_garbage = |file: &Path| segment_id(file).is_some_and(|id| !live.contains(&id));
        let segments: Vec<Path> = files.into_iter().filter(is_garbage).collect();
        let log_files = self.trimmable().await?;

        let due = self.due(segments.iter().chain(&log_files));
        // Oldest first, so that what a crash leaves of the log still has no hole.
        let log_due: Vec<Path> = log_files.into_iter().filter(|file| due.contains(file)).collect();
        let segments_due: Vec<Path> = segments.into_iter().filter(|file| due.contains(file)).collect();
        let collected = Collected { segments: segments_due.len(), log_files: log_due.len() };
        if !due.is_empty() {
            log.confirm_lease().await?;
        }
        if !log_due.is_empty() {
            self.checkpoints_are_readable().await?;
        }
        self.delete(segments_due).await?;
        self.delete(log_due).await?;
        Ok(collected)
    }

    /// Which of these files have been garbage for the grace period. Forgets those that no longer are.
    fn due<'a>(&mut self, garbage: impl Iterator<Item = &'a Path>) -> HashSet<Path> {
        let now_micros = self.clock.now_micros();
        let known = std::mem::take(&mut self.garbage_since_micros);
        self.garbage_since_micros =
            garbage.map(|file| (file.clone(), known.get(file).copied().unwrap_or(now_micros))).collect();
        self.garbage_since_micros
            .iter()
            .filter(|(_, since)| now_micros - **since >= self.grace_micros)
            .map(|(file, _)| file.clone())
            .take(DELETES_MAX)
            .collect()
    }

    async fn list_segments(&self) -> Result<Vec<Path>> {
        let prefix = Path::from(SEGMENTS);
        let files = self.store.list(Some(&prefix)).map_ok(|file| file.location).try_collect().await;
        files.map_err(|source| StorageError::store("list", &prefix, source))
    }

    /// Records and checkpoints that no recovery needs, even where the newest checkpoint is lost.
    async fn trimmable(&self) -> Result<Vec<Path>> {
        let checkpoints = list_positions(&self.store, CHECKPOINT).await?;
        let Some(&behind) = checkpoints.iter().rev().nth(1) else { return Ok(Vec::new()) };
        let records = list_positions(&self.store, LOG).await?;
        let records = records.into_iter().filter(|position| *position <= behind).map(record_path);
        let checkpoints = checkpoints.range(..behind).copied().map(checkpoint_path);
        Ok(records.chain(checkpoints).collect())
    }

    /// Nothing is trimmed behind checkpoints that would not serve.
    async fn checkpoints_are_readable(&self) -> Result<()> {
        let checkpoints = list_positions(&self.store, CHECKPOINT).await?;
        for &position in checkpoints.iter().rev().take(2) {
            checkpoint::read(&self.store, position).await?;
        }
        Ok(())
    }

    async fn delete(&self, files: Vec<Path>) -> Result<()> {
        let mut deleted = self.store.delete_stream(futures::stream::iter(files).map(Ok).boxed());
        while let Some(file) = deleted.next().await {
            match file {
                Ok(file) => tracing::debug!(%file, "collected"),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(source) => return Err(StorageError::store("delete", &Path::default(), source)),
            }
        }
        Ok(())
    }
}

/// The segment that a file is; None for a file that is none of ours.
fn segment_id(file: &Path) -> Option<SegmentId> {
    let (id, _) = file.filename()?.split_once('.')?;
    (id.len() == 32).then(|| u128::from_str_radix(id, 16).ok().map(SegmentId)).flatten()
}
