//! Runs one consumer per source and starts, pauses and stops them as the catalog says.

use std::sync::Arc;

use storage::Database;
use storage::catalog::{CatalogEntry, ConnectionDefinition};
use storage::ids::ObjectId;
use storage::transform::RowTransform;

use crate::error::Result;

/// Everything that a source's consumer is made from.
#[derive(Clone, Debug)]
pub struct SourceTask {
    /// The source's catalog entry.
    pub entry: Arc<CatalogEntry>,
    /// Its endpoint, resolved.
    pub connection: ConnectionDefinition,
    /// Its generated columns and filter, where it has any.
    pub transform: Option<Arc<dyn RowTransform>>,
}

/// The consumers of all sources.
#[derive(Debug)]
pub struct Supervisor {}

impl Supervisor {
    /// A supervisor without sources. Decoding runs on `decode_threads` threads of its own.
    pub fn new(database: Arc<Database>, decode_threads: usize) -> Self {
        let _ = (database, decode_threads);
        todo!()
    }

    /// Starts a source, or applies its changed definition: the old consumer, if any, is stopped
    /// first and has published all that it decoded. A paused source gets its status and no consumer.
    pub async fn start(&self, task: SourceTask) -> Result<()> {
        let _ = task;
        todo!()
    }

    /// Stops a source's consumer and waits until it has published all that it decoded.
    pub async fn stop(&self, source: ObjectId) {
        let _ = source;
        todo!()
    }

    /// Stops every consumer.
    pub async fn stop_all(&self) {
        todo!()
    }
}
