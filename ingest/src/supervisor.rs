//! Runs one consumer per source and starts, pauses and stops them as the catalog says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use storage::catalog::{CatalogEntry, CatalogObject, ConnectionDefinition};
use storage::ids::ObjectId;
use storage::status::SourceState;
use storage::transform::RowTransform;
use storage::{Database, StorageError};
use tokio::sync::Mutex;

use crate::decode_pool::DecodePool;
use crate::error::{IngestError, Result};
use crate::health::Health;
use crate::source::{Source, SourceParts};

/// Everything that a source's consumer is made from.
#[derive(Clone, Debug)]
pub struct SourceTask {
    /// The source's catalog entry.
    pub entry: Arc<CatalogEntry>,
    /// Its endpoint, resolved.
    pub connection: ConnectionDefinition,
    /// Its generated columns and filter, where it has any.
    pub transform: Option<Arc<dyn RowTransform>>,
    /// Whether the source was just made, or reset, to read from the earliest message. What that is
    /// the broker says once more when reading begins: retention goes on in between.
    pub at_earliest: bool,
}

/// The consumers of all sources.
#[derive(Debug)]
pub struct Supervisor {
    database: Arc<Database>,
    pool: DecodePool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: BTreeMap<ObjectId, Source>,
    /// Sources from before this server's start that have not been started yet: rows of theirs that
    /// were visible then, and not committed, are read again.
    after_restart: BTreeSet<ObjectId>,
}

impl Supervisor {
    /// A supervisor without sources. Decoding runs on `decode_threads` threads of its own.
    pub fn new(database: Arc<Database>, decode_threads: usize) -> Self {
        let pool = DecodePool::start(decode_threads, Arc::clone(database.clock()));
        let after_restart = database.snapshot().catalog().sources().map(|(entry, _)| entry.id).collect();
        Self { database, pool, state: Mutex::new(State { running: BTreeMap::new(), after_restart }) }
    }

    /// Starts a source, or applies its changed definition: the old consumer, if any, is stopped
    /// first and has published all that it decoded. A paused source gets its status and no consumer.
    pub async fn start(&self, task: SourceTask) -> Result<()> {
        let SourceTask { entry, connection, transform, at_earliest } = task;
        let id = entry.id;
        let CatalogObject::Source(definition) = &entry.object else {
            return Err(StorageError::NoSuchObject { id }.into());
        };
        // Held over the stop: two calls for one source take their turn.
        let mut state = self.state.lock().await;
        if let Some(source) = state.running.remove(&id) {
            source.stop().await;
        }
        if definition.paused {
            let cell = self.database.statuses().cell(id);
            Health::new(&entry.name, cell, Arc::clone(self.database.clock())).set(SourceState::Paused, None);
            return Ok(());
        }
        let parts = SourceParts {
            id,
            name: entry.name.clone(),
            definition: definition.clone(),
            connection,
            transform,
            at_earliest,
            after_restart: state.after_restart.remove(&id),
        };
        let source = Source::start(Arc::clone(&self.database), self.pool.clone(), parts)
            .map_err(|source| IngestError::Thread { source })?;
        state.running.insert(id, source);
        Ok(())
    }

    /// Stops a source's consumer and waits until it has published all that it decoded.
    pub async fn stop(&self, source: ObjectId) {
        let mut state = self.state.lock().await;
        if let Some(source) = state.running.remove(&source) {
            source.stop().await;
        }
    }

    /// Stops every consumer.
    pub async fn stop_all(&self) {
        let mut state = self.state.lock().await;
        let running = std::mem::take(&mut state.running);
        join_all(running.into_values().map(Source::stop)).await;
    }
}
