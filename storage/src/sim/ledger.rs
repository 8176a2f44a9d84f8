//! What must be true, kept apart from the database.
//!
//! A partition is an endless row of messages, and what becomes of each follows from its offset
//! alone; so what a snapshot must hold follows from the ranges that were read: nothing else may be
//! there, and nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use object_store::ObjectStore;

use super::format::{Row, read_rows, rows_of};
use crate::error::StorageError;
use crate::ids::{LogPosition, ObjectId, Offset, Partition};
use crate::manifest::invariants;
use crate::snapshot::Snapshot;

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Row,
    DeadLetter,
    /// Filtered, a control record, or of an aborted transaction.
    Nothing,
}

pub(super) fn fate(source: ObjectId, partition: Partition, offset: i64) -> Fate {
    let key = u64::from(source.0) << 40 ^ (partition.0 as u64) << 32 ^ offset as u64;
    match (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % 10 {
        0..7 => Fate::Row,
        7 => Fate::DeadLetter,
        _ => Fate::Nothing,
    }
}

/// Ranges of offsets that were read and are done with: before a reset.
type History = BTreeMap<Partition, Vec<(Offset, Offset)>>;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    sources: BTreeMap<ObjectId, SourceLedger>,
    acknowledged: LogPosition,
}

#[derive(Debug, Default)]
struct SourceLedger {
    /// The versions of its catalog entry that may be there; None stands for no entry.
    possible: BTreeSet<Option<u64>>,
    /// By version of the entry: every reset makes one.
    history: BTreeMap<u64, History>,
    /// By version: where acknowledged flushes have brought each partition.
    committed: BTreeMap<u64, BTreeMap<Partition, Offset>>,
}

/// A change of the catalog that is under way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    id: ObjectId,
    becomes: Option<u64>,
}

impl Ledger {
    /// Notes a change before it is tried: `becomes` a version, or nothing. A reset names the ranges
    /// that it closes.
    pub(super) fn begin(
        &mut self,
        id: ObjectId,
        becomes: Option<u64>,
        closes: &BTreeMap<Partition, (Offset, Offset)>,
    ) -> Pending {
        let source = self.sources.entry(id).or_default();
        if source.possible.is_empty() {
            source.possible.insert(None);
        }
        if let Some(version) = becomes {
            let mut history = source.history.get(&(version - 1)).cloned().unwrap_or_default();
            for (partition, range) in closes {
                history.entry(*partition).or_default().push(*range);
            }
            source.history.insert(version, history);
            let committed = source.committed.get(&(version - 1)).cloned().unwrap_or_default();
            let kept = committed.into_iter().filter(|(partition, _)| !closes.contains_key(partition));
            source.committed.insert(version, kept.collect());
        }
        source.possible.insert(becomes);
        Pending { id, becomes }
    }

    pub(super) fn done(&mut self, pending: Pending) {
        if let Some(source) = self.sources.get_mut(&pending.id) {
            source.possible = BTreeSet::from([pending.becomes]);
        }
    }

    pub(super) fn refused(&mut self, pending: &Pending) {
        if let Some(source) = self.sources.get_mut(&pending.id) {
            source.possible.remove(&pending.becomes);
        }
    }

    /// A commit was acknowledged.
    pub(super) fn acknowledged(&mut self, position: LogPosition) {
        self.acknowledged = self.acknowledged.max(position);
    }

    /// A flush was acknowledged that was asked for when these offsets were visible.
    pub(super) fn flushed(&mut self, id: ObjectId, version: u64, visible: &BTreeMap<Partition, Offset>) {
        let Some(source) = self.sources.get_mut(&id) else { return };
        let committed = source.committed.entry(version).or_default();
        for (&partition, &offset) in visible {
            let stands = committed.entry(partition).or_default();
            *stands = offset.max(*stands);
        }
    }

    /// Compares the state after a restart, and learns what became of changes in doubt.
    pub(super) fn recovered(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        invariants::acknowledged_is_recovered(self.acknowledged, snapshot.position())
            .map_err(|error| error.to_string())?;
        let ids: Vec<_> = self.sources.keys().copied().collect();
        ids.into_iter().try_for_each(|id| self.settled(snapshot, id))
    }

    /// Compares a catalog entry at a moment at which no change of it is in doubt.
    pub(super) fn settled(&mut self, snapshot: &Snapshot, id: ObjectId) -> Result<(), String> {
        let Some(source) = self.sources.get_mut(&id) else { return Ok(()) };
        let found = snapshot.catalog().entries.get(&id).map(|entry| entry.version);
        if !source.possible.contains(&found) {
            return Err(format!("source {id} is at {found:?} instead of {:?}", source.possible));
        }
        source.possible = BTreeSet::from([found]);
        Ok(())
    }

    /// Where acknowledged flushes have brought the sources of a snapshot: taken when the snapshot is.
    pub(super) fn committed(&self, snapshot: &Snapshot) -> BTreeMap<(ObjectId, Partition), Offset> {
        let mut floors = BTreeMap::new();
        for (entry, _) in snapshot.catalog().sources() {
            let ledger = self.sources.get(&entry.id);
            let committed = ledger.and_then(|source| source.committed.get(&entry.version));
            for (&partition, &offset) in committed.into_iter().flatten() {
                floors.insert((entry.id, partition), offset);
            }
        }
        floors
    }

    /// The rows and dead letters that a snapshot must hold of a source.
    fn expected(&self, snapshot: &Snapshot, id: ObjectId, version: u64) -> Result<[Vec<Row>; 2], String> {
        let history = self.sources.get(&id).and_then(|source| source.history.get(&version));
        let history = history.ok_or_else(|| format!("nobody made version {version} of source {id}"))?;
        let mut ranges: Vec<(Partition, (Offset, Offset))> = Vec::new();
        for (&partition, closed) in history {
            ranges.extend(closed.iter().map(|range| (partition, *range)));
        }
        for (partition, offsets) in snapshot.offsets(id) {
            ranges.push((partition, (offsets.start, offsets.visible)));
        }
        let mut expected = [Vec::new(), Vec::new()];
        for (partition, (from, next)) in ranges {
            for offset in from.0..next.0 {
                match fate(id, partition, offset) {
                    Fate::Row => expected[0].push((partition.0, offset)),
                    Fate::DeadLetter => expected[1].push((partition.0, offset)),
                    Fate::Nothing => {}
                }
            }
        }
        expected.iter_mut().for_each(|rows| rows.sort_unstable());
        Ok(expected)
    }
}

/// Why a snapshot could not be compared.
pub(super) enum Unequal {
    /// The store was in trouble.
    Unread(StorageError),
    /// It is wrong.
    Wrong(String),
}

/// SNAPSHOT, PREFIX, exactly once: a snapshot holds what was read up to its offsets, and that only.
pub(super) async fn compare(
    ledger: &parking_lot::Mutex<Ledger>,
    store: &Arc<dyn ObjectStore>,
    snapshot: &Snapshot,
) -> Result<(), Unequal> {
    for (entry, source) in snapshot.catalog().sources() {
        let expected = ledger.lock().expected(snapshot, entry.id, entry.version).map_err(Unequal::Wrong)?;
        for (table, expected) in [source.table.id, source.dead_letters.id].into_iter().zip(expected) {
            let mut found: Vec<Row> = snapshot.hot(table).batches.iter().flat_map(rows_of).collect();
            for segment in snapshot.segments(table).iter() {
                found.extend(read_rows(store, segment).await.map_err(Unequal::Unread)?);
            }
            found.sort_unstable();
            if found != expected {
                return Err(Unequal::Wrong(difference(entry.id, table, &found, &expected, snapshot)));
            }
        }
    }
    Ok(())
}

fn difference(
    source: ObjectId,
    table: ObjectId,
    found: &[Row],
    expected: &[Row],
    snapshot: &Snapshot,
) -> String {
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).take(5).collect();
    let surplus: Vec<_> = found.iter().filter(|row| !expected.contains(row)).take(5).collect();
    let twice: Vec<_> = found.windows(2).filter(|pair| pair[0] == pair[1]).take(5).collect();
    format!(
        "source {source}, table {table} at {}: {} rows instead of {}; missing {missing:?}, surplus \
         {surplus:?}, twice {twice:?}; offsets {:?}",
        snapshot.position(),
        found.len(),
        expected.len(),
        snapshot.offsets(source),
    )
}
