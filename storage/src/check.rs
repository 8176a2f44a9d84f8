//! `tidegate check`: reads a database whole and compares it with what it says of itself.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path as Directory;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};

use crate::catalog::{Catalog, CatalogObject};
use crate::error::{Result, StorageError};
use crate::ids::LogPosition;
use crate::log::{LOG, list_positions, read_record, record_path};
use crate::manifest::checkpoint::{self, CHECKPOINT, checkpoint_path};
use crate::manifest::{Manifest, invariants};
use crate::object_store::DurableStore;
use crate::schema::TableSchema;
use crate::segment::vortex::VortexSegments;
use crate::segment::{SegmentFormat, SegmentMeta};

/// Segments read at once.
const SEGMENTS_AT_ONCE: usize = 4;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The end of the log.
    pub position: LogPosition,
    /// Records read.
    pub records: usize,
    /// Checkpoints read.
    pub checkpoints: usize,
    /// Sources in the catalog.
    pub sources: usize,
    /// Plain tables in it.
    pub tables: usize,
    /// Segments read.
    pub segments: usize,
    /// Rows in them.
    pub rows: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, place: impl fmt::Display, problem: impl fmt::Display) {
        self.faults.push(Fault { place: place.to_string(), problem: problem.to_string() });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "log         {} records, {} checkpoints", self.records, self.checkpoints)?;
        writeln!(f, "position    {}", self.position.0)?;
        writeln!(f, "sources     {}", self.sources)?;
        writeln!(f, "tables      {}", self.tables)?;
        writeln!(f, "segments    {} with {} rows, {} bytes", self.segments, self.rows, self.bytes)?;
        for Fault { place, problem } in &self.faults {
            writeln!(f, "fault       {place}: {problem}")?;
        }
        match self.faults.len() {
            0 => write!(f, "everything is as it must be"),
            1 => write!(f, "1 fault"),
            faults => write!(f, "{faults} faults"),
        }
    }
}

/// Checks the database in a directory, whether a server has it open or not.
pub async fn check_directory(directory: &Directory) -> Result<Report> {
    let store: Arc<dyn ObjectStore> = Arc::new(DurableStore::open_read_only(directory)?);
    let format: Arc<dyn SegmentFormat> = Arc::new(VortexSegments::default());
    check(&store, &format).await
}

/// Checks the database on a store. Fails only where the store can't be listed.
pub async fn check(store: &Arc<dyn ObjectStore>, format: &Arc<dyn SegmentFormat>) -> Result<Report> {
    let report = check_once(store, format).await?;
    if report.is_ok() {
        return Ok(report);
    }
    // A living server collects files while we read: only what is wrong twice is wrong.
    let mut again = check_once(store, format).await?;
    again.faults.retain(|fault| report.faults.contains(fault));
    Ok(again)
}

async fn check_once(store: &Arc<dyn ObjectStore>, format: &Arc<dyn SegmentFormat>) -> Result<Report> {
    let mut report = Report::default();
    let manifest = check_log(store, &mut report).await?;
    if let Err(error) = invariants::manifest_is_sound(&manifest) {
        report.fault(record_path(manifest.position), error);
    }
    report.position = manifest.position;
    report.sources = manifest.catalog.sources().count();
    let entries = manifest.catalog.entries.values();
    report.tables = entries.filter(|entry| matches!(entry.object, CatalogObject::Table(_))).count();
    check_segments(store, format, &manifest, &mut report).await;
    Ok(report)
}

/// Folds the log from its second newest checkpoint on, and compares the newest on the way.
async fn check_log(store: &Arc<dyn ObjectStore>, report: &mut Report) -> Result<Manifest> {
    let mut checkpoints = BTreeMap::new();
    for position in list_positions(store, CHECKPOINT).await? {
        report.checkpoints += 1;
        match checkpoint::read(store, position).await {
            Ok(read) => drop(checkpoints.insert(position, read)),
            Err(error) => report.fault(checkpoint_path(position), error),
        }
    }
    let records = list_positions(store, LOG).await?;
    if records.is_empty() && checkpoints.is_empty() {
        report.fault(LOG, "there is no database here");
    }
    // The log is whole behind the second newest; what is older may be half collected.
    let base = checkpoints.keys().rev().nth(1).or(checkpoints.keys().next()).copied();
    let mut manifest = base.and_then(|base| checkpoints.get(&base).cloned()).unwrap_or_default();
    for position in records {
        let record = read_record(store, position).await;
        report.records += 1;
        if position <= manifest.position {
            // Behind that checkpoint: left to be collected.
            if let Err(error) = record {
                report.fault(record_path(position), error);
            }
            continue;
        }
        let missing = StorageError::LogGap { position };
        let folded = record.and_then(|record| manifest.apply(&record.ok_or(missing)?));
        match folded {
            Ok(next) => manifest = next,
            Err(error) => {
                report.fault(record_path(position), error);
                // Goes on behind the next checkpoint, so that later faults are found as well.
                match checkpoints.range(position..).next() {
                    Some((_, checkpoint)) => manifest = checkpoint.clone(),
                    None => break,
                }
            }
        }
        if checkpoints.get(&position).is_some_and(|checkpoint| *checkpoint != manifest) {
            report.fault(checkpoint_path(position), "it differs from the log folded up to it");
        }
    }
    if let Some((&position, _)) = checkpoints.last_key_value()
        && position > manifest.position
    {
        report.fault(record_path(LogPosition(manifest.position.0 + 1)), "the log ends before its checkpoint");
    }
    Ok(manifest)
}

async fn check_segments(
    store: &Arc<dyn ObjectStore>,
    format: &Arc<dyn SegmentFormat>,
    manifest: &Manifest,
    report: &mut Report,
) {
    let catalog = &manifest.catalog;
    let segments: Vec<Arc<SegmentMeta>> = manifest.all_segments().cloned().collect();
    let mut checked = futures::stream::iter(segments)
        .map(|segment| {
            let (store, format, catalog) = (Arc::clone(store), Arc::clone(format), Arc::clone(catalog));
            async move {
                let result = check_segment(&store, &format, &catalog, &segment).await;
                (segment, result)
            }
        })
        .buffered(SEGMENTS_AT_ONCE);
    while let Some((segment, result)) = checked.next().await {
        report.segments += 1;
        report.rows += segment.rows;
        report.bytes += segment.bytes;
        if let Err(error) = result {
            report.fault(segment.path(), error);
        }
    }
}

/// REACH: the file is there, its bytes are those that were written, and its rows can be read.
async fn check_segment(
    store: &Arc<dyn ObjectStore>,
    format: &Arc<dyn SegmentFormat>,
    catalog: &Catalog,
    segment: &SegmentMeta,
) -> Result<()> {
    let path = segment.path();
    let failed = |source| StorageError::store("read", &path, source);
    let mut bytes = 0;
    let mut checksum = 0;
    let mut pieces = store.get(&path).await.map_err(failed)?.into_stream();
    while let Some(piece) = pieces.try_next().await.map_err(failed)? {
        bytes += piece.len() as u64;
        checksum = crc32c::crc32c_append(checksum, &piece);
    }
    invariants::segment_has_length(segment, bytes)?;
    invariants::segment_has_checksum(segment, checksum)?;

    let schema = schema_of(catalog, segment).ok_or(StorageError::NoSuchObject { id: segment.table })?;
    let mut batches = format.read(store, segment, schema.stored()).await?;
    let mut rows = 0;
    while let Some(batch) = batches.try_next().await? {
        rows += batch.num_rows() as u64;
    }
    invariants::segment_has_rows(segment, rows)
}

fn schema_of<'a>(catalog: &'a Catalog, segment: &SegmentMeta) -> Option<&'a TableSchema> {
    catalog.table_by_id(segment.table).map(|table| &table.schema)
}
