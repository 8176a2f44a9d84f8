//! What a statement about tables changes: stored ones in the transaction, temporary ones in the session.

use std::sync::Arc;

use arrow::array::RecordBatch;
use planner::SqlError;
use planner::search_path::SearchPath;
use storage::catalog::{CatalogEntry, CatalogObject, ObjectName, TableDefinition};
use storage::ids::ObjectId;
use storage::snapshot::Snapshot;
use storage::temporary::{OnCommit, Temporary};
use storage::transaction::Transaction;

use crate::pg::sqlstate;

/// The one and the other, by what an object is.
#[derive(Debug)]
pub struct Changes<'a> {
    /// Where names are looked up and made.
    pub path: Arc<SearchPath>,
    /// Stored objects.
    pub writes: &'a mut Transaction,
    /// Temporary ones.
    pub temporary: &'a mut Temporary,
    /// What the transaction reads without either.
    pub base: Snapshot,
}

impl Changes<'_> {
    /// What the transaction sees.
    pub fn snapshot(&mut self) -> Result<Snapshot, SqlError> {
        let stored = self.writes.snapshot(&self.base).map_err(|error| sqlstate::commit(&error))?;
        Ok(self.temporary.snapshot(&stored))
    }

    /// A new entry. `on_commit` is of temporary tables.
    pub fn create(
        &mut self,
        name: ObjectName,
        id: ObjectId,
        object: CatalogObject,
        on_commit: OnCommit,
    ) -> Result<(), SqlError> {
        if name.schema != self.temporary.schema() {
            self.writes.create(name, id, object);
            return Ok(());
        }
        let created = self.temporary.create(name.name, id, object, on_commit);
        created.map_err(|error| sqlstate::storage(&error))
    }

    /// A changed entry, with the version that was read.
    pub async fn replace(&mut self, old: &CatalogEntry, entry: CatalogEntry) -> Result<(), SqlError> {
        let replaced = match self.temporary.contains(old.id) {
            true => self.temporary.replace(entry),
            false => self.writes.replace(old, entry).await,
        };
        replaced.map_err(|error| sqlstate::commit(&error))
    }

    /// Drops an entry with its rows.
    pub async fn drop_entry(&mut self, entry: &CatalogEntry) -> Result<(), SqlError> {
        if self.temporary.contains(entry.id) {
            self.temporary.drop_entry(entry.id);
            return Ok(());
        }
        self.writes.drop_entry(entry).await.map_err(|error| sqlstate::commit(&error))
    }

    /// Removes every row of a table.
    pub async fn truncate(&mut self, table: &TableDefinition) -> Result<(), SqlError> {
        if self.temporary.contains(table.id) {
            self.temporary.truncate(table.id);
            return Ok(());
        }
        self.writes.truncate(table).await.map_err(|error| sqlstate::commit(&error))
    }

    /// Adds rows to a table: batches in its stored schema.
    pub async fn insert(&mut self, table: &TableDefinition, rows: Vec<RecordBatch>) -> Result<(), SqlError> {
        let inserted = match self.temporary.contains(table.id) {
            true => self.temporary.insert(table, rows),
            false => self.writes.insert(table, rows).await,
        };
        inserted.map_err(|error| sqlstate::storage(&error))
    }
}
