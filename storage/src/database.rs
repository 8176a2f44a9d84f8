//! The database: opens a directory, holds the current snapshot, and is the one door for changes.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use object_store::ObjectStore;
use parking_lot::{Mutex, RwLock};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::watch;

use crate::background;
use crate::catalog::{CatalogEntry, CatalogObject, ObjectName};
use crate::clock::Clock;
use crate::commit::CommitLog;
use crate::config::StorageConfig;
use crate::error::{Result, StorageError};
use crate::gc::Collector;
use crate::group_insert::Waiting;
use crate::hot::{HotBlock, HotMemory, HotSource, HotUnit, check_schema, compact_unit};
use crate::ids::{LogPosition, ObjectId, Offset, Partition, SegmentId};
use crate::in_flight::{InFlight, SegmentsInFlight};
use crate::log::Action;
use crate::manifest::{Manifest, invariants};
use crate::object_store::DurableStore;
use crate::segment::SegmentFormat;
use crate::segment::vortex::VortexSegments;
use crate::snapshot::{Snapshot, SnapshotInner};
use crate::status::{FlushFailure, StatusRegistry};

/// An open database. One per directory or prefix.
///
/// What is visible is one pointer, `current`, to an immutable [`SnapshotInner`]. Whoever changes
/// it — publish, merge, adoption of a commit — holds `state`, derives the next snapshot from the
/// current one and swaps the pointer; readers take the pointer and never wait for them.
pub struct Database {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) log: CommitLog,
    pub(crate) segments: Arc<dyn SegmentFormat>,
    pub(crate) state: Mutex<State>,
    pub(crate) hot_memory: Arc<HotMemory>,
    /// Segments that are being written, or whose commit is in doubt.
    pub(crate) in_flight: SegmentsInFlight,
    current: RwLock<Arc<SnapshotInner>>,
    config: StorageConfig,
    clock: Arc<dyn Clock>,
    statuses: StatusRegistry,
    changes: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    closing: AtomicBool,
    next_object_id: AtomicU32,
    /// Inserts that wait for the one before them, and the gate at which they do.
    pub(crate) waiting: Waiting,
    insert_gates: Mutex<BTreeMap<ObjectId, Arc<tokio::sync::Mutex<()>>>>,
    flush_gates: Mutex<BTreeMap<ObjectId, Arc<tokio::sync::Mutex<()>>>>,
}

/// Held by whoever makes the next snapshot.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// How often each source was frozen.
    pub(crate) generations: BTreeMap<ObjectId, u64>,
    /// Manifests that snapshots may still name, besides the current one.
    adopted: Vec<std::sync::Weak<Manifest>>,
}

impl State {
    /// The generation that a source's new blocks belong to.
    pub(crate) fn generation(&self, source: ObjectId) -> u64 {
        self.generations.get(&source).copied().unwrap_or_default()
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("position", &self.current().manifest.position)
            .finish_non_exhaustive()
    }
}

/// A change of the catalog. Becomes true with its commit, or not at all.
#[derive(Clone, Debug)]
pub enum CatalogChange {
    /// A new entry; fails with `NameTaken` where the name is.
    Create {
        /// Its name.
        name: ObjectName,
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
        Self::open_with(store, config, clock, seed, Arc::new(VortexSegments::default())).await
    }

    /// Opens the database in a local directory, making it where there is none, and holds its lock
    /// until the database is dropped.
    pub async fn open_local(
        directory: &std::path::Path,
        config: StorageConfig,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Result<Arc<Self>> {
        Self::open(Arc::new(DurableStore::open(directory)?), config, clock, seed).await
    }

    /// As [`open`](Self::open), with segments in a format of the caller's.
    pub(crate) async fn open_with(
        store: Arc<dyn ObjectStore>,
        config: StorageConfig,
        clock: Arc<dyn Clock>,
        seed: u64,
        segments: Arc<dyn SegmentFormat>,
    ) -> Result<Arc<Self>> {
        let (log, manifest) = CommitLog::open(Arc::clone(&store), &config, Arc::clone(&clock), seed).await?;
        // With the epoch, so that a seed used again names no file twice.
        let random = SmallRng::seed_from_u64(seed ^ manifest.epoch.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Ok(Arc::new(Self {
            store,
            log,
            segments,
            state: Mutex::default(),
            hot_memory: Arc::new(HotMemory::new(config.hot_bytes_max.get())),
            in_flight: SegmentsInFlight::new(random),
            next_object_id: AtomicU32::new(manifest.catalog.next_object_id.max(1)),
            current: RwLock::new(Arc::new(SnapshotInner { manifest, ..SnapshotInner::default() })),
            config,
            clock,
            statuses: StatusRegistry::default(),
            changes: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            closing: AtomicBool::new(false),
            waiting: Waiting::default(),
            insert_gates: Mutex::default(),
            flush_gates: Mutex::default(),
        }))
    }

    /// The current snapshot: everything visible now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { inner: self.current() }
    }

    /// Where segments are read from.
    pub fn object_store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// How segments are scanned.
    pub fn segment_format(&self) -> &Arc<dyn SegmentFormat> {
        &self.segments
    }

    /// How every source is doing.
    pub fn statuses(&self) -> &StatusRegistry {
        &self.statuses
    }

    /// The configuration.
    pub fn config(&self) -> &StorageConfig {
        &self.config
    }

    /// The clock that was passed in.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A number that no object has had.
    pub fn new_object_id(&self) -> ObjectId {
        ObjectId(self.next_object_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Commits a change of the catalog and makes it visible.
    pub async fn change_catalog(&self, change: CatalogChange) -> Result<LogPosition> {
        match change {
            CatalogChange::Create { name, comment, id, object } => {
                self.commit(vec![create(name, comment, id, object)]).await
            }
            CatalogChange::Replace { entry } => {
                let gate = self.flush_gate(entry.id);
                let _no_flush_meanwhile = gate.lock().await;
                if self.schema_changes(&entry) {
                    // Segments record the version that decoded them, and hot rows have one schema.
                    self.flush_exclusively(entry.id).await?;
                }
                self.commit(vec![replace(entry)]).await
            }
            CatalogChange::Drop { id, version } => {
                let position = self.commit(vec![Action::DropCatalog { id, version }]).await?;
                self.statuses.remove(id);
                self.flush_gates.lock().remove(&id);
                Ok(position)
            }
            CatalogChange::Reset { entry, offsets } => {
                let source = entry.id;
                let gate = self.flush_gate(source);
                let _no_flush_meanwhile = gate.lock().await;
                self.flush_exclusively(source).await?;
                let manifest = self.log.manifest();
                let mut actions = vec![replace(entry)];
                actions.extend(offsets.into_iter().map(|(partition, to)| Action::ResetOffsets {
                    source,
                    partition,
                    from: manifest.offsets(source, partition).map(|stored| stored.committed),
                    to,
                }));
                self.commit(actions).await
            }
        }
    }

    /// Makes a unit visible. Its ranges must begin where the visible offsets stand (a partition
    /// seen for the first time begins at its start offset): PREFIX.
    pub fn publish(&self, unit: HotUnit) -> Result<()> {
        let HotUnit { source, ranges, rows, dead_letters } = unit;
        let (rows, dead_letters) = (compact_unit(rows)?, compact_unit(dead_letters)?);
        let now_micros = self.clock.now_micros();

        let state = self.state.lock();
        if self.closing.load(Ordering::Relaxed) {
            return Err(StorageError::ShuttingDown);
        }
        let snapshot = self.current();
        let entry = snapshot.manifest.catalog.entries.get(&source).map(|entry| &entry.object);
        let Some(CatalogObject::Source(definition)) = entry else {
            return Err(StorageError::NoSuchObject { id: source });
        };
        check_schema(source, &definition.table.schema, rows.as_ref())?;
        check_schema(source, &definition.dead_letters.schema, dead_letters.as_ref())?;

        let hot = snapshot.hot.get(&source);
        let mut visible = hot.map(|hot| BTreeMap::clone(&hot.visible)).unwrap_or_default();
        for range in &ranges {
            let stands = visible.get(&range.partition).copied();
            let stands = stands.unwrap_or_else(|| snapshot.visible(source, range.partition));
            invariants::unit_continues(source, stands, range)?;
            visible.insert(range.partition, range.next);
        }
        let block = Arc::new(HotBlock::new(
            state.generation(source),
            ranges.into(),
            rows,
            dead_letters,
            now_micros,
            Arc::clone(&self.hot_memory),
        ));
        let blocks = hot.iter().flat_map(|hot| hot.blocks.iter()).chain([&block]).cloned().collect();
        self.replace_current(snapshot.with_hot(source, HotSource { blocks, visible: Arc::new(visible) }));
        drop(state);
        self.changes.send_modify(|sequence| *sequence += 1);
        Ok(())
    }

    /// Whether hot rows have reached `hot_bytes_max`: consumers pause while this is true.
    pub fn hot_is_full(&self) -> bool {
        self.hot_memory.is_full()
    }

    /// Memory of hot rows over all sources, also of those that only old snapshots still hold.
    pub fn hot_bytes(&self) -> u64 {
        self.hot_memory.bytes()
    }

    /// The part of [`hot_bytes`](Self::hot_bytes) that only old snapshots and flushes hold.
    pub fn pinned_bytes(&self) -> u64 {
        let snapshot = self.current();
        let blocks = snapshot.hot.values().flat_map(|hot| hot.blocks.iter());
        self.hot_bytes().saturating_sub(blocks.map(|block| block.bytes).sum())
    }

    /// Waits until the visible offsets or the catalog change, from any position already seen.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Starts the background work (flush by the sources' options, merge, checkpoint, collection)
    /// on the current tokio runtime. It ends with [`Database::close`].
    pub fn start_background(self: &Arc<Self>) {
        background::start(self, self.stop.subscribe());
    }

    /// Flushes everything, writes a checkpoint, stops background work, releases the lease.
    /// Nothing can be published from here on.
    pub async fn close(&self) -> Result<()> {
        self.stop.send_replace(true);
        {
            // Behind every publish that was let in.
            let _state = self.state.lock();
            self.closing.store(true, Ordering::Relaxed);
        }
        let sources: Vec<_> = self.current().hot.keys().copied().collect();
        for source in sources {
            match self.flush(source).await {
                Ok(_) | Err(StorageError::NoSuchObject { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.log.checkpoint().await
    }

    /// Learns what became of a change whose outcome was in doubt, and makes it visible where it took
    /// place. Whoever was told so must not go on as if it had not.
    pub async fn settle(&self) -> Result<()> {
        self.adopt(self.log.settle().await?)
    }

    /// REACH: every segment that a snapshot names or a flush is about to commit.
    pub(crate) fn live_segments(&self) -> HashSet<SegmentId> {
        // Those in flight first: a commit moves them from here into a manifest.
        let mut live: HashSet<SegmentId> = self.in_flight.ids().into_iter().collect();
        for manifest in self.live_manifests() {
            live.extend(manifest.all_segments().map(|segment| segment.id));
        }
        live
    }

    /// Every manifest that a snapshot may name, the current one among them.
    pub fn live_manifests(&self) -> Vec<Arc<Manifest>> {
        let mut state = self.state.lock();
        state.adopted.retain(|manifest| manifest.strong_count() > 0);
        let current = Arc::clone(&self.current().manifest);
        state.adopted.iter().filter_map(std::sync::Weak::upgrade).chain([current]).collect()
    }

    /// What deletes files that nothing names any more.
    pub(crate) fn collector(&self) -> Collector {
        Collector::new(Arc::clone(&self.store), Arc::clone(&self.clock), self.config.gc_grace)
    }

    /// Housekeeping between flushes.
    pub(crate) async fn maintain(&self) {
        if self.log.checkpoint_is_due()
            && let Err(error) = self.log.checkpoint().await
        {
            // The log reaches back to the last one: only start-up takes longer.
            tracing::warn!(%error, "checkpoint failed");
        }
    }

    pub(crate) fn current(&self) -> Arc<SnapshotInner> {
        Arc::clone(&self.current.read())
    }

    /// Swaps the snapshot. The caller holds `state` since it read the current one.
    pub(crate) fn replace_current(&self, next: SnapshotInner) {
        debug_assert!(self.state.is_locked());
        *self.current.write() = Arc::new(next);
    }

    /// Makes a commit visible, unless a later one is already: in one step its segments come and
    /// the hot rows below its offsets go.
    pub(crate) fn adopt(&self, manifest: Arc<Manifest>) -> Result<()> {
        {
            let mut state = self.state.lock();
            let snapshot = self.current();
            if manifest.position <= snapshot.manifest.position {
                return Ok(());
            }
            let next = snapshot.with_manifest(Arc::clone(&manifest))?;
            state.generations.retain(|source, _| manifest.catalog.entries.contains_key(source));
            state.adopted.retain(|manifest| manifest.strong_count() > 0);
            state.adopted.push(Arc::downgrade(&snapshot.manifest));
            self.replace_current(next);
        }
        self.changes.send_modify(|sequence| *sequence += 1);
        Ok(())
    }

    pub(crate) fn flush_gate(&self, source: ObjectId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.flush_gates.lock().entry(source).or_default())
    }

    pub(crate) fn insert_gate(&self, table: ObjectId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.insert_gates.lock().entry(table).or_default())
    }

    /// Commits segments with what belongs to them. Also where the future is dropped meanwhile the log
    /// goes on without it, so the segments are kept until it is known what became of them.
    pub(crate) async fn commit_segments(
        &self,
        actions: Vec<Action>,
        mut segments: InFlight,
    ) -> Result<LogPosition> {
        segments.keep();
        let committed = self.commit(actions).await;
        if !matches!(committed, Err(StorageError::InDoubt { .. })) {
            segments.decided();
        }
        committed
    }

    /// What one writer of segments will make.
    pub(crate) fn new_segments(&self) -> InFlight {
        self.in_flight.begin()
    }

    pub(crate) fn flush_failed(&self, source: ObjectId, error: &StorageError) {
        let cell = self.statuses.cell(source);
        let mut status = cell.write();
        let since_micros = status.flush_failure.as_ref().map(|failure| failure.since_micros);
        let since_micros = since_micros.unwrap_or_else(|| self.clock.now_micros());
        status.flush_failure = Some(FlushFailure { error: error.to_string(), since_micros });
    }

    pub(crate) fn flush_recovered(&self, source: ObjectId) {
        self.statuses.cell(source).write().flush_failure = None;
    }

    /// Commits a change of the catalog. Where the outcome is in doubt the log is asked once more, so
    /// that doubt remains only where the store does not answer.
    pub(crate) async fn commit(&self, actions: Vec<Action>) -> Result<LogPosition> {
        let manifest = match self.log.commit(actions.clone()).await {
            Err(doubt @ StorageError::InDoubt { .. }) => match self.log.settle().await {
                Ok(manifest) if took_place(&actions, &manifest) => manifest,
                Ok(manifest) => {
                    self.adopt(manifest)?;
                    return Err(doubt);
                }
                Err(_) => return Err(doubt),
            },
            committed => committed?,
        };
        let position = manifest.position;
        self.adopt(manifest)?;
        Ok(position)
    }

    fn schema_changes(&self, entry: &CatalogEntry) -> bool {
        let version = |object: &CatalogObject| match object {
            CatalogObject::Source(source) => Some(source.table.schema.version),
            // No other has hot rows.
            _ => None,
        };
        let old = self.current();
        let old = old.manifest.catalog.entries.get(&entry.id).and_then(|old| version(&old.object));
        old != version(&entry.object)
    }
}

/// Whether catalog and segments are as these actions leave them.
fn took_place(actions: &[Action], manifest: &Manifest) -> bool {
    let entries = &manifest.catalog.entries;
    actions.iter().all(|action| match action {
        Action::PutCatalog { entry, .. } => entries.get(&entry.id) == Some(entry),
        Action::DropCatalog { id, .. } => !entries.contains_key(id),
        Action::AddSegment(segment) => manifest.has_segment(segment.table, segment.id),
        Action::RemoveSegment { table, segment } => !manifest.has_segment(*table, *segment),
        // Stands in one record with the entry.
        _ => true,
    })
}

/// Puts a new entry.
pub(crate) fn create(
    name: ObjectName,
    comment: Option<String>,
    id: ObjectId,
    object: CatalogObject,
) -> Action {
    let ObjectName { schema, name } = name;
    put(CatalogEntry { id, schema, name, version: 1, comment, object }, None)
}

fn put(entry: CatalogEntry, expected_version: Option<u64>) -> Action {
    Action::PutCatalog { entry: Arc::new(entry), expected_version }
}

/// Puts an entry that carries the version that was read.
pub(crate) fn replace(mut entry: CatalogEntry) -> Action {
    let expected = entry.version;
    entry.version += 1;
    put(entry, Some(expected))
}
