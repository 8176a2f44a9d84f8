//! Temporary tables and views: what one session sees alone, in memory, and what goes with it.
//!
//! They are entries of a catalog and hot rows like others, laid over a snapshot, so nothing that plans, scans or
//! describes tables knows them from stored ones. Nothing of them reaches the log or a file.
//!
//! A version is immutable and shares with the one before what did not change: a transaction goes back by taking
//! an earlier one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};

use crate::catalog::{Catalog, CatalogEntry, CatalogObject, TableDefinition};
use crate::error::{Result, StorageError};
use crate::hot::{HotBlock, HotMemory, HotSource, check_schema, compact_unit};
use crate::ids::ObjectId;
use crate::snapshot::{Snapshot, SnapshotInner};

/// Rows of a block that is not merged any more.
const BLOCK_ROWS: u64 = 64 * 1024;

/// How much one session may have.
#[derive(Clone, Copy, Debug)]
pub struct TemporaryLimits {
    /// Tables and views.
    pub tables_max: usize,
    /// Memory of rows, in bytes; those to which a transaction may go back among them.
    pub bytes_max: u64,
}

/// What becomes of a temporary table at COMMIT. (PostgreSQL 15, CREATE TABLE.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnCommit {
    /// Nothing.
    #[default]
    PreserveRows,
    /// It is emptied.
    DeleteRows,
    /// It goes.
    Drop,
}

/// The temporary tables of a session.
#[derive(Debug)]
pub struct Temporary {
    schema: String,
    limits: TemporaryLimits,
    memory: Arc<HotMemory>,
    now: Version,
    /// To which a transaction that fails goes back.
    committed: Version,
    /// The catalog that was laid over another last: of which, with which entries, and what came of it. Statements
    /// that are planned for one catalog hold for as long as it is the same.
    laid: Option<(Arc<Catalog>, Arc<Entries>, Arc<Catalog>)>,
}

/// The temporary tables at one moment.
#[derive(Clone, Debug, Default)]
pub struct Version {
    entries: Arc<Entries>,
    rows: Arc<BTreeMap<ObjectId, Vec<Arc<HotBlock>>>>,
}

type Entries = BTreeMap<ObjectId, (Arc<CatalogEntry>, OnCommit)>;

impl Temporary {
    /// None yet, in a schema of this name.
    pub fn new(schema: String, limits: TemporaryLimits) -> Self {
        Self {
            schema,
            limits,
            memory: Arc::new(HotMemory::new(limits.bytes_max)),
            now: Version::default(),
            committed: Version::default(),
            laid: None,
        }
    }

    /// The schema that they live in.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Whether there are none, nor any to go back to.
    pub fn is_empty(&self) -> bool {
        self.now.entries.is_empty() && self.committed.entries.is_empty()
    }

    /// Whether an object is one of them.
    pub fn contains(&self, id: ObjectId) -> bool {
        self.now.entries.contains_key(&id)
    }

    /// Memory of their rows, in bytes, also of those that something still reads or may go back to.
    pub fn bytes(&self) -> u64 {
        self.memory.bytes()
    }

    /// What there is now: to which [`restore`](Self::restore) goes back.
    pub fn version(&self) -> Version {
        self.now.clone()
    }

    /// Goes back within a transaction.
    pub fn restore(&mut self, version: Version) {
        self.now = version;
    }

    /// The end of a transaction: what it did stays, but for `ON COMMIT`.
    pub fn commit(&mut self) {
        let ending = |wanted: OnCommit| {
            let found = self.now.entries.iter().filter(move |(_, (_, on_commit))| *on_commit == wanted);
            found.map(|(id, _)| *id).collect::<Vec<_>>()
        };
        let (dropped, emptied) = (ending(OnCommit::Drop), ending(OnCommit::DeleteRows));
        dropped.into_iter().for_each(|id| self.drop_with_users(id));
        emptied.into_iter().for_each(|id| self.truncate(id));
        self.committed = self.now.clone();
        self.forget_catalog();
    }

    /// The end of a transaction that leaves nothing.
    pub fn rollback(&mut self) {
        self.now = self.committed.clone();
        self.forget_catalog();
    }

    /// `DISCARD TEMP`.
    pub fn clear(&mut self) {
        self.now = Version::default();
    }

    /// A snapshot with them in it.
    pub fn snapshot(&mut self, base: &Snapshot) -> Snapshot {
        if self.now.entries.is_empty() {
            return base.clone();
        }
        let mut manifest = (*base.inner.manifest).clone();
        manifest.catalog = self.catalog(&manifest.catalog);
        let mut hot = base.inner.hot.clone();
        for (id, blocks) in self.now.rows.iter() {
            let blocks = blocks.iter().cloned().collect();
            hot.insert(*id, HotSource { blocks, visible: Arc::default() });
        }
        let below = Some(Arc::clone(&base.inner));
        Snapshot { inner: Arc::new(SnapshotInner { manifest: Arc::new(manifest), hot, below }) }
    }

    fn catalog(&mut self, base: &Arc<Catalog>) -> Arc<Catalog> {
        if let Some((below, entries, both)) = &self.laid
            && Arc::ptr_eq(below, base)
            && Arc::ptr_eq(entries, &self.now.entries)
        {
            return Arc::clone(both);
        }
        let mut both = Catalog::clone(base);
        both.entries.extend(self.now.entries.iter().map(|(id, (entry, _))| (*id, Arc::clone(entry))));
        let both = Arc::new(both);
        self.laid = Some((Arc::clone(base), Arc::clone(&self.now.entries), Arc::clone(&both)));
        both
    }

    fn forget_catalog(&mut self) {
        if self.now.entries.is_empty() {
            self.laid = None;
        }
    }

    /// A new table or view. Its name is free, which the caller has checked.
    pub fn create(
        &mut self,
        name: String,
        id: ObjectId,
        object: CatalogObject,
        on_commit: OnCommit,
    ) -> Result<()> {
        if self.now.entries.len() >= self.limits.tables_max {
            return Err(StorageError::TemporaryTables { tables_max: self.limits.tables_max });
        }
        let schema = self.schema.clone();
        let entry = CatalogEntry { id, schema, name, version: 1, comment: None, object };
        Arc::make_mut(&mut self.now.entries).insert(id, (Arc::new(entry), on_commit));
        Ok(())
    }

    /// A changed entry. Rows of a table take the columns that it has now.
    pub fn replace(&mut self, mut entry: CatalogEntry) -> Result<()> {
        entry.version += 1;
        let id = entry.id;
        if let CatalogObject::Table(plain) = &entry.object
            && let Some(blocks) = self.now.rows.get(&id)
        {
            let rows = blocks.iter().filter_map(|block| block.rows.as_ref());
            let rows: Vec<_> = rows.map(|rows| with_columns(rows, &plain.table)).collect::<Result<_>>()?;
            self.set_rows(&plain.table, rows)?;
        }
        if let Some((known, _)) = Arc::make_mut(&mut self.now.entries).get_mut(&id) {
            *known = Arc::new(entry);
        }
        Ok(())
    }

    /// Drops a table with its rows, or a view.
    pub fn drop_entry(&mut self, id: ObjectId) {
        Arc::make_mut(&mut self.now.entries).remove(&id);
        self.truncate(id);
    }

    /// Drops an entry and the views that read it.
    fn drop_with_users(&mut self, id: ObjectId) {
        let mut doomed = vec![id];
        while let Some(id) = doomed.pop() {
            let users =
                self.now.entries.values().filter(|(user, _)| user.object.needs().any(|need| need == id));
            doomed.extend(users.map(|(user, _)| user.id));
            self.drop_entry(id);
        }
    }

    /// Removes every row of a table.
    pub fn truncate(&mut self, table: ObjectId) {
        if self.now.rows.contains_key(&table) {
            Arc::make_mut(&mut self.now.rows).remove(&table);
        }
    }

    /// Adds rows to a table: batches in its stored schema.
    pub fn insert(&mut self, table: &TableDefinition, rows: Vec<RecordBatch>) -> Result<()> {
        for batch in rows {
            check_schema(table.id, &table.schema, Some(&batch))?;
            let Some(batch) = compact_unit(Some(batch))? else { continue };
            let bytes_max = self.limits.bytes_max;
            if self.memory.bytes() + batch.get_array_memory_size() as u64 > bytes_max {
                return Err(StorageError::TemporaryBytes { bytes_max });
            }
            let block = HotBlock::new(0, Box::default(), Some(batch), None, 0, Arc::clone(&self.memory));
            let blocks = Arc::make_mut(&mut self.now.rows).entry(table.id).or_default();
            blocks.push(Arc::new(block));
            settle(blocks)?;
        }
        Ok(())
    }

    /// Gives a table these rows in the place of those that it has.
    pub fn set_rows(&mut self, table: &TableDefinition, rows: Vec<RecordBatch>) -> Result<()> {
        self.truncate(table.id);
        self.insert(table, rows)
    }
}

/// Merges blocks at the end while the last is not much smaller than the one before: so rows that come one by one
/// are in few blocks, and each is copied a few times only.
fn settle(blocks: &mut Vec<Arc<HotBlock>>) -> Result<()> {
    while let [.., before, last] = blocks.as_slice()
        && before.row_count() <= 2 * last.row_count()
        && before.row_count() + last.row_count() <= BLOCK_ROWS
    {
        let merged = HotBlock::merge(&blocks[blocks.len() - 2..])?;
        blocks.truncate(blocks.len() - 2);
        blocks.push(Arc::new(merged));
    }
    Ok(())
}

/// Rows with the columns of a table that was changed: those that are new are null.
fn with_columns(rows: &RecordBatch, table: &TableDefinition) -> Result<RecordBatch> {
    let schema = table.schema.stored();
    let columns = schema.fields().iter().map(|field| match rows.column_by_name(field.name()) {
        Some(column) => Arc::clone(column),
        None => new_null_array(field.data_type(), rows.num_rows()),
    });
    Ok(RecordBatch::try_new(Arc::clone(&schema), columns.collect())?)
}

#[cfg(test)]
mod tests;
