//! The invariants of the design, one function each.
//!
//! They are called where a record is written, again where it is read, by `tidegate check`, and by
//! every test. The name that a broken one reports is the name in `docs/design/architecture.md`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{Catalog, CatalogEntry, CatalogObject};
use crate::dead_letters;
use crate::error::{Result, StorageError};
use crate::hot::OffsetRange;
use crate::ids::{LogPosition, ObjectId, Offset, Partition};
use crate::manifest::Manifest;
#[cfg(test)]
use crate::mutation::{Mutation, is_active};
use crate::segment::SegmentMeta;

/// The log has no gap: each record's number follows the one before.
pub fn log_is_unbroken(folded: LogPosition, next: LogPosition) -> Result<()> {
    if next.0 == folded.0 + 1 {
        return Ok(());
    }
    Err(StorageError::LogGap { position: LogPosition(folded.0 + 1) })
}

/// FENCE: a record is of the newest epoch in the log.
pub fn epoch_is_current(newest: u64, epoch: u64) -> Result<()> {
    #[cfg(test)]
    if is_active(Mutation::Fence) {
        return Ok(());
    }
    if epoch < newest {
        return Err(StorageError::Fenced { ours: epoch, newer: newest });
    }
    broken_unless(epoch == newest, "FENCE", || format!("epoch {epoch} writes without the lease of {newest}"))
}

/// FENCE: a lease is taken from the newest epoch, by the one that follows it.
pub fn lease_follows(newest: u64, previous: u64, epoch: u64) -> Result<()> {
    if previous < newest {
        return Err(StorageError::Fenced { ours: epoch, newer: newest });
    }
    broken_unless(previous == newest && epoch == newest + 1, "FENCE", || {
        format!("epoch {epoch} takes the lease from {previous} where the log stands at {newest}")
    })
}

/// OFFSETS: an advance begins where the log stands and never goes back.
pub fn offsets_continue(
    source_id: ObjectId,
    partition: Partition,
    stored: Offset,
    from: Offset,
    to: Offset,
) -> Result<()> {
    #[cfg(test)]
    if is_active(Mutation::OffsetPrecondition) {
        return Ok(());
    }
    if from != stored {
        return Err(StorageError::OffsetConflict { source_id, partition, from, stored });
    }
    broken_unless(from <= to, "OFFSETS", || {
        format!("source {source_id} partition {partition} would move back from {from} to {to}")
    })
}

/// OFFSETS: a reset knew where the log stands.
pub fn reset_starts_where_log_stands(
    source_id: ObjectId,
    partition: Partition,
    stored: Option<Offset>,
    from: Option<Offset>,
    to: Offset,
) -> Result<()> {
    if from != stored {
        let or_start = |offset: Option<Offset>| offset.unwrap_or_default();
        return Err(StorageError::OffsetConflict {
            source_id,
            partition,
            from: or_start(from),
            stored: or_start(stored),
        });
    }
    broken_unless(to.0 >= 0, "OFFSETS", || {
        format!("source {source_id} partition {partition} would be reset to {to}")
    })
}

/// PREFIX: a hot unit begins where what is visible of its partition ends, and does not go back.
pub fn unit_continues(source_id: ObjectId, visible: Offset, range: &OffsetRange) -> Result<()> {
    broken_unless(range.from == visible && range.next >= range.from, "PREFIX", || {
        let OffsetRange { partition, from, next } = range;
        format!(
            "source {source_id} partition {partition}: {from} to {next} does not continue what is visible up to {visible}"
        )
    })
}

/// SNAPSHOT: the hot ranges of one partition, in order, begin exactly where the committed offsets
/// end and have no hole: nothing twice, nothing missing. Returns the next offset to become visible.
pub fn hot_continues_committed<'a>(
    source_id: ObjectId,
    committed: Offset,
    ranges: impl IntoIterator<Item = &'a OffsetRange>,
) -> Result<Offset> {
    ranges.into_iter().try_fold(committed, |end, range| {
        broken_unless(range.from == end && range.next >= range.from, "SNAPSHOT", || {
            let OffsetRange { partition, from, next } = range;
            format!(
                "source {source_id} partition {partition}: hot rows {from} to {next} where {end} was due (committed {committed})"
            )
        })?;
        Ok(range.next)
    })
}

/// REACH: a segment's file has the length that the log recorded.
pub fn segment_has_length(segment: &SegmentMeta, found: u64) -> Result<()> {
    broken_unless(segment.bytes == found, "REACH", || {
        format!("segment \"{}\" has {found} bytes instead of {}", segment.path(), segment.bytes)
    })
}

/// REACH: a segment's bytes are those that were written.
pub fn segment_has_checksum(segment: &SegmentMeta, found: u32) -> Result<()> {
    broken_unless(segment.crc32c == found, "REACH", || {
        format!("segment \"{}\" has checksum {found:08x} instead of {:08x}", segment.path(), segment.crc32c)
    })
}

/// REACH: a segment has the rows that the log recorded.
pub fn segment_has_rows(segment: &SegmentMeta, found: u64) -> Result<()> {
    broken_unless(segment.rows == found, "REACH", || {
        format!("segment \"{}\" has {found} rows instead of {}", segment.path(), segment.rows)
    })
}

/// DURABLE: what was acknowledged is found again.
pub fn acknowledged_is_recovered(acknowledged: LogPosition, recovered: LogPosition) -> Result<()> {
    broken_unless(acknowledged <= recovered, "DURABLE", || {
        format!("commit {acknowledged} was acknowledged, but the log ends at {recovered}")
    })
}

/// A segment belongs to a table of the catalog.
pub fn table_exists(catalog: &Catalog, table: ObjectId) -> Result<()> {
    let known = catalog.table_by_id(table).is_some();
    if known { Ok(()) } else { Err(StorageError::NoSuchObject { id: table }) }
}

/// Offsets belong to a source of the catalog.
pub fn source_exists(catalog: &Catalog, id: ObjectId) -> Result<()> {
    match catalog.entries.get(&id).map(|entry| &entry.object) {
        Some(CatalogObject::Source(_)) => Ok(()),
        _ => Err(StorageError::NoSuchObject { id }),
    }
}

/// SNAPSHOT: no segment is in a table twice, and none is empty.
pub fn segment_is_new(list: &[Arc<SegmentMeta>], segment: &SegmentMeta) -> Result<()> {
    broken_unless(list.iter().all(|known| known.id != segment.id), "SNAPSHOT", || {
        format!("segment \"{}\" is added twice", segment.path())
    })?;
    broken_unless(segment.rows > 0, "SNAPSHOT", || format!("segment \"{}\" has no rows", segment.path()))
}

/// A catalog entry replaces the version that was read, keeps its identity, and its name is free.
pub fn entry_may_be_put(catalog: &Catalog, entry: &CatalogEntry, expected: Option<u64>) -> Result<()> {
    let old = catalog.entries.get(&entry.id);
    let found = old.map(|old| old.version);
    if found != expected {
        return Err(StorageError::CatalogConflict { id: entry.id, expected, found });
    }
    broken_unless(entry.version == expected.unwrap_or(0) + 1, "CATALOG", || {
        format!("\"{}\" has version {} after {expected:?}", entry.name, entry.version)
    })?;
    let others = || catalog.entries.values().filter(|other| other.id != entry.id);
    if !catalog.has_schema(&entry.schema) {
        return Err(StorageError::NoSuchSchema { name: entry.schema.clone() });
    }
    let taken: BTreeSet<_> = others().flat_map(|other| names(other)).collect();
    if let Some((_, name)) = names(entry).find(|name| taken.contains(name)) {
        return Err(StorageError::NameTaken { name });
    }
    let taken: BTreeSet<ObjectId> = others().flat_map(|other| ids(other)).collect();
    broken_unless(ids(entry).all(|id| !taken.contains(&id)), "CATALOG", || {
        format!("\"{}\" takes an id that is in use", entry.name)
    })?;
    if let Some(old) = old {
        broken_unless(same_identity(old, entry), "CATALOG", || {
            format!("\"{}\" would become something else: ids and time chunks are fixed", entry.name)
        })?;
    }
    match entry.object.needs().find(|id| !serves(catalog, *id, entry)) {
        Some(id) => Err(StorageError::NoSuchObject { id }),
        None => Ok(()),
    }
}

/// A catalog entry is dropped at the version that was read, and nothing else needs it.
pub fn entry_may_be_dropped(catalog: &Catalog, id: ObjectId, version: u64) -> Result<&Arc<CatalogEntry>> {
    let Some(entry) = catalog.entries.get(&id) else {
        return Err(StorageError::NoSuchObject { id });
    };
    if entry.version != version {
        let (expected, found) = (Some(version), Some(entry.version));
        return Err(StorageError::CatalogConflict { id, expected, found });
    }
    let lives_in = |user: &CatalogEntry| {
        let is_schema = |entry: &CatalogEntry| matches!(entry.object, CatalogObject::Schema);
        is_schema(entry) && !is_schema(user) && user.schema == entry.name
    };
    let mut others = catalog.entries.values();
    match others.find(|user| lives_in(user) || user.object.needs().any(|needed| needed == id)) {
        Some(user) => Err(StorageError::InUse { name: entry.name.clone(), user: user.name.clone() }),
        None => Ok(entry),
    }
}

/// Everything that must hold within one manifest, for readers that did not fold it themselves.
pub fn manifest_is_sound(manifest: &Manifest) -> Result<()> {
    let catalog = &manifest.catalog;
    let mut others = Catalog::clone(catalog);
    for entry in catalog.entries.values() {
        let first = CatalogEntry { version: 1, ..CatalogEntry::clone(entry) };
        others.entries.remove(&entry.id);
        entry_may_be_put(&others, &first, None)?;
        broken_unless(ids(entry).all(|id| id.0 < catalog.next_object_id), "CATALOG", || {
            format!("\"{}\" has an id that was never given out", entry.name)
        })?;
        others.entries.insert(entry.id, Arc::clone(entry));
    }
    for (table, list) in manifest.segments.iter() {
        table_exists(catalog, *table)?;
        for (index, segment) in list.iter().enumerate() {
            broken_unless(segment.table == *table, "SNAPSHOT", || {
                format!("segment \"{}\" is listed under table {table}", segment.path())
            })?;
            segment_is_new(&list[..index], segment)?;
        }
    }
    for (source, partitions) in manifest.offsets.iter() {
        source_exists(catalog, *source)?;
        for (partition, offsets) in partitions.iter() {
            broken_unless(0 <= offsets.start.0 && offsets.start <= offsets.committed, "OFFSETS", || {
                format!(
                    "source {source} partition {partition} began at {} and stands at {}",
                    offsets.start, offsets.committed
                )
            })?;
        }
    }
    Ok(())
}

/// The names that an entry takes, within a schema or among all schemas.
fn names(entry: &CatalogEntry) -> impl Iterator<Item = (Option<String>, String)> {
    let within = match entry.object {
        CatalogObject::Schema => None,
        _ => Some(entry.schema.clone()),
    };
    let dead_letters = match &entry.object {
        CatalogObject::Source(_) => Some(format!("{}{}", entry.name, dead_letters::SUFFIX)),
        _ => None,
    };
    let names = [entry.name.clone()].into_iter().chain(dead_letters);
    names.map(move |name| (within.clone(), name))
}

/// The ids that an entry takes.
fn ids(entry: &CatalogEntry) -> impl Iterator<Item = ObjectId> {
    let dead_letters = match &entry.object {
        CatalogObject::Source(source) => Some(source.dead_letters.id),
        _ => None,
    };
    [entry.id].into_iter().chain(dead_letters)
}

/// What never changes in the life of an entry.
fn same_identity(old: &CatalogEntry, new: &CatalogEntry) -> bool {
    match (&old.object, &new.object) {
        (CatalogObject::Source(old), CatalogObject::Source(new)) => {
            old.table.id == new.table.id
                && old.table.partition_by == new.table.partition_by
                && old.dead_letters.id == new.dead_letters.id
        }
        (CatalogObject::Table(old), CatalogObject::Table(new)) => {
            old.table.id == new.table.id && old.table.partition_by == new.table.partition_by
        }
        // What lives in it says its name.
        (CatalogObject::Schema, CatalogObject::Schema) => old.name == new.name,
        (CatalogObject::Connection(_), CatalogObject::Connection(_))
        | (CatalogObject::View(_), CatalogObject::View(_)) => true,
        _ => false,
    }
}

/// Whether `id` is something that `user` can stand on.
fn serves(catalog: &Catalog, id: ObjectId, user: &CatalogEntry) -> bool {
    catalog.entries.get(&id).is_some_and(|entry| match user.object {
        CatalogObject::Source(_) => matches!(entry.object, CatalogObject::Connection(_)),
        _ => !matches!(entry.object, CatalogObject::Connection(_) | CatalogObject::Schema),
    })
}

fn broken_unless(holds: bool, invariant: &'static str, detail: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(StorageError::Invariant { invariant, detail: detail() }) }
}
