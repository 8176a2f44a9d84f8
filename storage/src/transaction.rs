//! Changes of tables by statements: staged, visible to their own transaction, and true in one commit.
//!
//! Rows wait in memory until the commit writes them, together, as segments; what grows too large is
//! written before, and stays unknown to the log. A level is what lies between two savepoints: going
//! back drops levels. Within a level, rows of a table stand behind every other change of it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::catalog::{CatalogEntry, CatalogObject, ObjectName, TableDefinition};
use crate::database::{self, Database};
use crate::error::Result;
use crate::flush::ROW_BYTES;
use crate::hot::{HotBlock, HotSource, check_schema, compact_unit};
use crate::ids::{LogPosition, ObjectId, SegmentId};
use crate::in_flight::InFlight;
use crate::log::Action;
use crate::snapshot::{Snapshot, SnapshotInner};

/// Memory of staged rows above which they are written before the commit.
const STAGED_BYTES_MAX: u64 = 64 << 20;
/// Staged batches of a table in one level; more become one, so that a snapshot stays short.
const BATCHES_MAX: usize = 64;

/// A transaction that writes. Dropping it undoes everything.
#[derive(Debug)]
pub struct Transaction {
    database: Arc<Database>,
    /// Never empty; the first begins with the transaction, each other with a savepoint.
    levels: Vec<Level>,
    /// What was seen last: of which snapshot, and what. Gone with the next change.
    seen: Option<(Snapshot, Snapshot)>,
}

#[derive(Debug)]
struct Level {
    actions: Vec<Action>,
    rows: BTreeMap<ObjectId, Staged>,
    segments: InFlight,
}

/// Rows of a table that wait to be written.
#[derive(Debug)]
struct Staged {
    table: TableDefinition,
    blocks: Vec<Arc<HotBlock>>,
}

impl Level {
    fn new(database: &Database) -> Self {
        Self { actions: Vec::new(), rows: BTreeMap::new(), segments: database.new_segments() }
    }

    fn bytes(&self) -> u64 {
        self.rows.values().flat_map(|staged| &staged.blocks).map(|block| block.bytes).sum()
    }
}

impl Transaction {
    /// A transaction that has changed nothing yet.
    pub fn new(database: &Arc<Database>) -> Self {
        Self { database: Arc::clone(database), levels: vec![Level::new(database)], seen: None }
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.levels.iter().all(|level| level.actions.is_empty() && level.rows.is_empty())
    }

    /// Levels, each savepoint's among them: a point to which [`rollback_to`](Self::rollback_to) goes.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// `SAVEPOINT`: what follows can be undone by itself.
    pub fn savepoint(&mut self) {
        self.levels.push(Level::new(&self.database));
    }

    /// Undoes what came after there were so many levels; what follows can be undone again.
    pub fn rollback_to(&mut self, depth: usize) {
        self.levels.truncate(depth.max(1));
        self.seen = None;
        self.savepoint();
    }

    /// `RELEASE SAVEPOINT`: forgets the levels from this depth on, and keeps what they changed.
    pub fn release(&mut self, depth: usize) {
        let above = self.levels.split_off(depth.clamp(1, self.levels.len()));
        for level in above {
            let below = self.top();
            below.actions.extend(level.actions);
            // Where a level has an action on a table, rows of it below were written before.
            for (id, staged) in level.rows {
                match below.rows.entry(id) {
                    Entry::Vacant(place) => drop(place.insert(staged)),
                    Entry::Occupied(mut place) => place.get_mut().blocks.extend(staged.blocks),
                }
            }
            below.segments.join(level.segments);
        }
    }

    /// What the transaction sees: `base` with its own changes. Fails where they no longer fit.
    pub fn snapshot(&mut self, base: &Snapshot) -> Result<Snapshot> {
        if self.is_empty() {
            return Ok(base.clone());
        }
        if let Some((of, seen)) = &self.seen
            && Arc::ptr_eq(&of.inner, &base.inner)
        {
            return Ok(seen.clone());
        }
        let seen = self.fold(base)?;
        self.seen = Some((base.clone(), seen.clone()));
        Ok(seen)
    }

    fn fold(&self, base: &Snapshot) -> Result<Snapshot> {
        let mut manifest = crate::manifest::Manifest::clone(&base.inner.manifest);
        for level in &self.levels {
            manifest = manifest.with_actions(&level.actions)?;
        }
        let mut inner = SnapshotInner { hot: base.inner.hot.clone(), ..SnapshotInner::default() }
            .with_manifest(Arc::new(manifest))?;
        inner.below = Some(Arc::clone(&base.inner));
        let mut staged: BTreeMap<ObjectId, Vec<Arc<HotBlock>>> = BTreeMap::new();
        for (table, rows) in self.levels.iter().flat_map(|level| &level.rows) {
            staged.entry(*table).or_default().extend(rows.blocks.iter().cloned());
        }
        for (table, blocks) in staged {
            inner.hot.insert(table, HotSource { blocks: blocks.into(), visible: Arc::default() });
        }
        Ok(Snapshot { inner: Arc::new(inner) })
    }

    /// Adds rows to a table: batches in its stored schema.
    pub async fn insert(&mut self, table: &TableDefinition, rows: Vec<RecordBatch>) -> Result<()> {
        let now_micros = self.database.clock().now_micros();
        for batch in rows {
            check_schema(table.id, &table.schema, Some(&batch))?;
            let Some(batch) = compact_unit(Some(batch))? else { continue };
            let memory = Arc::clone(&self.database.hot_memory);
            let block = HotBlock::new(0, Box::default(), Some(batch), None, now_micros, memory);
            let staged = || Staged { table: table.clone(), blocks: Vec::new() };
            let blocks = &mut self.top().rows.entry(table.id).or_insert_with(staged).blocks;
            blocks.push(Arc::new(block));
            if blocks.len() > BATCHES_MAX {
                *blocks = vec![Arc::new(HotBlock::merge(blocks)?)];
            }
            // Many transactions together may not fill the memory either.
            let staged = self.levels.iter().map(Level::bytes).sum::<u64>();
            if staged > STAGED_BYTES_MAX || self.database.hot_is_full() {
                self.write_all().await?;
            }
        }
        Ok(())
    }

    /// A new entry of the catalog.
    pub fn create(&mut self, name: ObjectName, id: ObjectId, object: CatalogObject) {
        self.top().actions.push(database::create(name, None, id, object));
    }

    /// A changed entry, with the version that was read. Its rows so far keep the schema they have.
    pub async fn replace(&mut self, old: &CatalogEntry, entry: CatalogEntry) -> Result<()> {
        for table in old.object.tables() {
            self.write_rows(table).await?;
        }
        self.top().actions.push(database::replace(entry));
        Ok(())
    }

    /// Drops an entry with its rows.
    pub async fn drop_entry(&mut self, entry: &CatalogEntry) -> Result<()> {
        for table in entry.object.tables() {
            self.write_rows(table).await?;
        }
        self.top().actions.push(Action::DropCatalog { id: entry.id, version: entry.version });
        Ok(())
    }

    /// Removes every row of a table: also those that others commit before this transaction does.
    pub async fn truncate(&mut self, table: &TableDefinition) -> Result<()> {
        self.write_rows(table).await?;
        self.top().actions.push(Action::TruncateTable { table: table.id });
        Ok(())
    }

    /// Removes a segment that the transaction sees. Its staged rows stay as they are.
    pub fn remove(&mut self, table: &TableDefinition, segment: SegmentId) {
        self.top().actions.push(Action::RemoveSegment { table: table.id, segment });
    }

    /// Makes everything true and durable, or nothing.
    pub async fn commit(mut self) -> Result<LogPosition> {
        self.release(1);
        if let Some(staged) = self.rows_of_one_table() {
            let rows = staged.blocks.iter().filter_map(|block| block.rows.clone()).collect();
            return self.database.insert_together(staged.table, rows).await;
        }
        self.write_all().await?;
        let Level { actions, segments, .. } = self.levels.swap_remove(0);
        self.database.commit_segments(actions, segments).await
    }

    /// What is staged, where that is rows of one table and nothing else.
    fn rows_of_one_table(&mut self) -> Option<Staged> {
        let level = self.top();
        let alone = level.actions.is_empty() && level.rows.len() == 1;
        alone.then(|| level.rows.pop_first()).flatten().map(|(_, staged)| staged)
    }

    /// Where the next change goes.
    fn top(&mut self) -> &mut Level {
        self.seen = None;
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// Writes all staged rows as segments.
    async fn write_all(&mut self) -> Result<()> {
        let staged = self.levels.iter().flat_map(|level| level.rows.values());
        let tables: Vec<TableDefinition> = staged.map(|staged| staged.table.clone()).collect();
        for table in tables {
            self.write_rows(&table).await?;
        }
        Ok(())
    }

    /// Writes the staged rows of a table as segments, level by level.
    pub async fn write_rows(&mut self, table: &TableDefinition) -> Result<()> {
        self.seen = None;
        for level in &mut self.levels {
            let Some(Staged { blocks, .. }) = level.rows.get(&table.id) else { continue };
            let rows: u64 = blocks.iter().map(|block| block.row_count()).sum();
            let _meanwhile = self.database.hot_memory.reserve(rows * ROW_BYTES);
            let batches = blocks.iter().filter_map(|block| block.rows.clone()).collect();
            let mut written = Vec::new();
            self.database.add_segments(table, batches, &mut level.segments, &mut written).await?;
            // Only now: work that fails, or is dropped, must not take the rows with it.
            level.rows.remove(&table.id);
            level.actions.append(&mut written);
        }
        Ok(())
    }
}
