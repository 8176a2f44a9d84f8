//! One life of a database: everything that a server does with it, at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use object_store::ObjectStore;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::task::JoinSet;

use super::ledger::{Fate, Unequal, compare, fate};
use super::unsteady::Unsteady;
use super::world::World;
use crate::catalog::{CatalogEntry, CatalogObject, PUBLIC};
use crate::database::{CatalogChange, Database};
use crate::error::{ErrorKind, StorageError};
use crate::hot::{HotUnit, OffsetRange};
use crate::ids::{ObjectId, Offset, Partition};
use crate::snapshot::Snapshot;
use crate::testing::{batch, source};

/// Sources that exist side by side.
const NAMES: [&str; 2] = ["orders", "views"];
const PARTITIONS: i32 = 3;

/// A server process.
pub(super) struct Process {
    world: Arc<World>,
    database: Arc<Database>,
    store: Unsteady,
    /// Until another process takes over.
    is_current: AtomicBool,
}

impl Process {
    pub(super) fn new(world: Arc<World>, database: Arc<Database>, store: Unsteady) -> Arc<Self> {
        Arc::new(Self { world, database, store, is_current: AtomicBool::new(true) })
    }

    /// Starts all that goes on in a process.
    pub(super) fn start(self: &Arc<Self>, tasks: &mut JoinSet<()>, seed: u64) {
        let mut seeds = SmallRng::seed_from_u64(seed);
        let mut random = || SmallRng::seed_from_u64(seeds.random());
        for name in NAMES {
            tasks.spawn(Arc::clone(self).drive_source(name, random()));
        }
        tasks.spawn(Arc::clone(self).flush(random()));
        tasks.spawn(Arc::clone(self).read(random()));
        tasks.spawn(Arc::clone(self).read(random()));
        tasks.spawn(Arc::clone(self).keep_house(random()));
        tasks.spawn(Arc::clone(self).collect(random()));
    }

    /// Another process has taken over; this one does not know.
    pub(super) fn is_taken_over(&self) {
        self.is_current.store(false, Ordering::Relaxed);
    }

    pub(super) fn kill(&self) {
        self.is_taken_over();
        self.store.stop();
    }

    pub(super) fn trace(&self) -> u64 {
        self.store.trace()
    }

    pub(super) fn has_stopped(&self) -> bool {
        self.store.has_stopped() || self.world.has_stopped()
    }

    fn is_current(&self) -> bool {
        self.is_current.load(Ordering::Relaxed)
    }

    /// Compares what is visible now, just after a start.
    pub(super) async fn verify(&self) {
        self.verify_snapshot(&self.database.snapshot()).await;
    }

    async fn verify_snapshot(&self, snapshot: &Snapshot) {
        let store: Arc<dyn ObjectStore> = Arc::new(self.store.clone());
        match compare(&self.world.ledger, &store, snapshot).await {
            Ok(()) => {}
            Err(Unequal::Wrong(what)) => self.world.violated(what),
            // The new owner may have collected what only the old one still reads.
            Err(Unequal::Unread(_)) if !self.is_current() || self.has_stopped() => {}
            Err(Unequal::Unread(error)) => match &error {
                StorageError::Store { source: object_store::Error::NotFound { .. }, .. }
                | StorageError::Segment { .. } => self.world.violated(format!("REACH: {error}")),
                _ => {}
            },
        }
    }

    /// Consumes one source, and changes its definition now and then.
    async fn drive_source(self: Arc<Self>, name: &'static str, mut random: SmallRng) {
        for _ in 0..random.random_range(20..120) {
            pause(&mut random, 12).await;
            if self.has_stopped() {
                return;
            }
            let snapshot = self.database.snapshot();
            let Some(entry) = snapshot.catalog().entry(PUBLIC, name).cloned() else {
                self.create(name).await;
                continue;
            };
            match random.random_range(0..100) {
                0..84 => self.publish(&snapshot, &entry, &mut random),
                84..90 => self.replace(&entry).await,
                90..95 => self.reset(&snapshot, &entry, &mut random).await,
                95..98 => self.drop_source(&entry).await,
                _ => pause(&mut random, 100).await,
            }
        }
    }

    fn publish(&self, snapshot: &Snapshot, entry: &CatalogEntry, random: &mut SmallRng) {
        let CatalogObject::Source(source) = &entry.object else { return };
        let visible = snapshot.offsets(entry.id);
        let mut ranges = Vec::new();
        let (mut rows, mut letters) = (Vec::new(), Vec::new());
        for partition in (0..PARTITIONS).map(Partition) {
            if random.random_ratio(1, 3) {
                continue;
            }
            let from = visible.get(&partition).map_or(Offset(0), |offsets| offsets.visible);
            let next = Offset(from.0 + random.random_range(0..6));
            for offset in from.0..next.0 {
                match fate(entry.id, partition, offset) {
                    Fate::Row => rows.push((partition.0, offset)),
                    Fate::DeadLetter => letters.push((partition.0, offset)),
                    Fate::Nothing => {}
                }
            }
            ranges.push(OffsetRange { partition, from, next });
        }
        let unit = HotUnit {
            source: entry.id,
            ranges,
            rows: Some(batch(&rows, source.table.schema.stored())),
            dead_letters: Some(batch(&letters, source.dead_letters.schema.stored())),
        };
        if let Err(error) = self.database.publish(unit) {
            self.world.violated(format!("publish: {error}"));
        }
    }

    async fn create(&self, name: &str) {
        let id = self.database.new_object_id();
        let object = source(id, self.database.new_object_id());
        let change = CatalogChange::Create { name: name.into(), comment: None, id, object };
        self.change(id, Some(1), BTreeMap::new(), change).await;
    }

    async fn replace(&self, entry: &CatalogEntry) {
        let mut entry = entry.clone();
        if let CatalogObject::Source(source) = &mut entry.object {
            source.paused = !source.paused;
        }
        let (id, becomes) = (entry.id, entry.version + 1);
        self.change(id, Some(becomes), BTreeMap::new(), CatalogChange::Replace { entry }).await;
    }

    async fn reset(&self, snapshot: &Snapshot, entry: &CatalogEntry, random: &mut SmallRng) {
        let mut closes = BTreeMap::new();
        let mut offsets = Vec::new();
        for (partition, stands) in snapshot.offsets(entry.id) {
            if random.random() {
                closes.insert(partition, (stands.start, stands.visible));
                offsets.push((partition, Offset(random.random_range(0..=stands.visible.0 + 5))));
            }
        }
        let change = CatalogChange::Reset { entry: entry.clone(), offsets };
        self.change(entry.id, Some(entry.version + 1), closes, change).await;
    }

    async fn drop_source(&self, entry: &CatalogEntry) {
        let change = CatalogChange::Drop { id: entry.id, version: entry.version };
        self.change(entry.id, None, BTreeMap::new(), change).await;
    }

    async fn change(
        &self,
        id: ObjectId,
        becomes: Option<u64>,
        closes: BTreeMap<Partition, (Offset, Offset)>,
        change: CatalogChange,
    ) {
        if !self.is_current() {
            return;
        }
        let pending = self.world.ledger.lock().begin(id, becomes, &closes);
        let result = self.database.change_catalog(change).await;
        if !self.is_current() {
            // What came of it, the new owner has seen.
            return;
        }
        match result {
            Ok(position) => {
                let mut ledger = self.world.ledger.lock();
                ledger.done(pending);
                ledger.acknowledged(position);
            }
            // A source stands still until it is known where.
            Err(StorageError::InDoubt { .. }) => self.settle(id).await,
            Err(error) => {
                self.world.ledger.lock().refused(&pending);
                self.may_fail("change of the catalog", &error);
            }
        }
    }

    /// Learns what became of a change in doubt.
    async fn settle(&self, id: ObjectId) {
        while !self.has_stopped() {
            match self.database.settle().await {
                Ok(()) => {
                    let settled = self.world.ledger.lock().settled(&self.database.snapshot(), id);
                    if let Err(what) = settled {
                        self.world.violated(what);
                    }
                    return;
                }
                Err(StorageError::Fenced { .. }) => return self.stop_when_fenced(),
                Err(error) => self.may_fail("settling", &error),
            }
            tokio::task::yield_now().await;
        }
    }

    async fn flush(self: Arc<Self>, mut random: SmallRng) {
        for _ in 0..random.random_range(2..15) {
            pause(&mut random, 120).await;
            let snapshot = self.database.snapshot();
            for (entry, _) in snapshot.catalog().sources() {
                if self.has_stopped() {
                    return;
                }
                let before = self.database.snapshot();
                let Some(now) = before.catalog().entries.get(&entry.id) else { continue };
                let offsets = before.offsets(entry.id);
                let visible = offsets.into_iter().map(|(partition, at)| (partition, at.visible)).collect();
                match self.database.flush(entry.id).await {
                    Ok(Some(position)) => {
                        let mut ledger = self.world.ledger.lock();
                        ledger.flushed(entry.id, now.version, &visible);
                        ledger.acknowledged(position);
                    }
                    Ok(None) => {}
                    Err(error) => self.may_fail("flush", &error),
                }
            }
        }
    }

    async fn read(self: Arc<Self>, mut random: SmallRng) {
        let mut position = crate::ids::LogPosition(0);
        for _ in 0..random.random_range(2..10) {
            pause(&mut random, 100).await;
            if self.has_stopped() {
                return;
            }
            let floors = self.world.ledger.lock().committed(&self.database.snapshot());
            let snapshot = self.database.snapshot();
            if snapshot.position() < position {
                self.world
                    .violated(format!("SNAPSHOT: {position} was visible before {}", snapshot.position()));
            }
            position = snapshot.position();
            if self.is_current() {
                for ((source, partition), floor) in floors {
                    let found = snapshot.offsets(source).get(&partition).map(|offsets| offsets.committed);
                    if found < Some(floor) {
                        self.world.violated(format!(
                            "DURABLE: source {source} partition {partition} is committed to {floor}, not {found:?}"
                        ));
                    }
                }
            }
            // Others go on meanwhile.
            pause(&mut random, 200).await;
            self.verify_snapshot(&snapshot).await;
        }
    }

    async fn keep_house(self: Arc<Self>, mut random: SmallRng) {
        for _ in 0..random.random_range(5..40) {
            pause(&mut random, 60).await;
            if self.has_stopped() {
                return;
            }
            self.database.maintain().await;
            for source in self.database.snapshot().catalog().entries.keys() {
                if let Err(error) = self.database.merge(*source).await {
                    self.world.violated(format!("merge: {error}"));
                }
            }
        }
    }

    async fn collect(self: Arc<Self>, mut random: SmallRng) {
        let mut collector = self.database.collector();
        for _ in 0..random.random_range(3..20) {
            pause(&mut random, 60).await;
            if self.has_stopped() {
                return;
            }
            let live = || match self.world.plan.collects_what_readers_see {
                false => self.database.live_segments(),
                true => self.database.log.manifest().all_segments().map(|segment| segment.id).collect(),
            };
            if let Err(error) = collector.collect(&self.database.log, live).await {
                self.may_fail("collection", &error);
            }
        }
    }

    /// An operation may fail where the medium does, where it lost a race, and where the process has
    /// lost its lease; never because something on the medium is not as it must be.
    fn may_fail(&self, what: &str, error: &StorageError) {
        match error {
            StorageError::Fenced { .. } => self.stop_when_fenced(),
            StorageError::ShuttingDown if self.has_stopped() => {}
            // After a commit in doubt that took place.
            StorageError::OffsetConflict { .. }
            | StorageError::NoSuchObject { .. }
            | StorageError::NameTaken { .. } => {}
            error if error.kind() == ErrorKind::Retry => {}
            error => self.world.violated(format!("{what}: {error}")),
        }
    }

    fn stop_when_fenced(&self) {
        if self.is_current() {
            self.world.violated("FENCE: the owner was fenced".to_owned());
        }
        self.kill();
    }
}

async fn pause(random: &mut SmallRng, turns_max: u32) {
    for _ in 0..random.random_range(0..turns_max) {
        tokio::task::yield_now().await;
    }
}
