//! Which rows go into which segment, and in which order: rows are dealt out to time chunks and
//! sorted by the cluster columns, as a permutation, so that nothing is copied before it is encoded.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU64;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::TimestampMicrosecondType;

use super::TimeChunk;
use super::sort::SortKeys;
use crate::catalog::TableDefinition;
use crate::error::{Result, StorageError};
use crate::ids::ColumnId;

/// Where time chunks are counted from: 2000-01-03 00:00 UTC, a Monday, so that chunks of a week
/// begin on Mondays. It is part of every chunk's identity and never changes.
pub const ORIGIN_MICROS: i64 = 946_857_600_000_000;

/// Chunks that one flush writes at most, one segment each: wild timestamps must not make a
/// million files.
pub const CHUNKS_MAX: usize = 64;

/// The start of the chunk that `micros` lies in; None where it can't be represented.
pub fn chunk_start(micros: i64, interval_micros: NonZeroU64) -> Option<i64> {
    let since = i128::from(micros) - i128::from(ORIGIN_MICROS);
    let interval = i128::from(interval_micros.get());
    i64::try_from(since.div_euclid(interval) * interval + i128::from(ORIGIN_MICROS)).ok()
}

/// The place of a row: its batch and its index there.
pub(crate) type Place = (u32, u32);

/// The rows of one segment to be written, in the order in which they shall stand.
#[derive(Debug)]
pub(crate) struct Arranged {
    /// The time chunk.
    pub(crate) chunk: TimeChunk,
    places: Vec<Place>,
}

impl Arranged {
    /// Rows in all.
    pub(crate) fn rows(&self) -> usize {
        self.places.len()
    }

    /// The rows from `start` on, `length` at most, gathered from the batches they were dealt from.
    pub(crate) fn gather(&self, batches: &[RecordBatch], start: usize, length: usize) -> Result<RecordBatch> {
        let end = (start + length).min(self.places.len());
        let places = &self.places[start..end];
        if let (Some(first), Some(last)) = (places.first(), places.last())
            && is_run(places)
        {
            debug_assert_eq!(first.0, last.0);
            return Ok(batches[first.0 as usize].slice(first.1 as usize, places.len()));
        }
        let places: Vec<_> = places.iter().map(|&(batch, row)| (batch as usize, row as usize)).collect();
        let batches: Vec<_> = batches.iter().collect();
        Ok(interleave_record_batch(&batches, &places)?)
    }
}

/// Whether places follow each other within one batch.
fn is_run(places: &[Place]) -> bool {
    places.windows(2).all(|pair| pair[0].0 == pair[1].0 && pair[0].1.checked_add(1) == Some(pair[1].1))
}

/// The columns by which a table's segments are sorted: its cluster columns, or else its time
/// column, which makes zones narrow in time and the newest rows easy to find.
pub fn sort_columns(table: &TableDefinition) -> Vec<ColumnId> {
    if table.order_by.is_empty() {
        table.partition_by.iter().map(|partitioning| partitioning.column).collect()
    } else {
        table.order_by.clone()
    }
}

/// Deals rows (in the table's stored schema) out to segments and sorts them, stable, so that
/// equal rows keep their order of arrival.
pub(crate) fn arrange(table: &TableDefinition, batches: &[RecordBatch]) -> Result<Vec<Arranged>> {
    let mut arranged = deal(table, batches)?;
    let columns = sort_columns(table);
    if !columns.is_empty() {
        let keys = SortKeys::new(&columns, batches)?;
        for group in &mut arranged {
            keys.sort(&mut group.places);
        }
    }
    Ok(arranged)
}

fn deal(table: &TableDefinition, batches: &[RecordBatch]) -> Result<Vec<Arranged>> {
    let Some(partitioning) = table.partition_by else {
        let places = all_places(batches).collect();
        return Ok(vec![Arranged { chunk: TimeChunk::Whole, places }]);
    };
    let mut runs_of = Vec::with_capacity(batches.len());
    let mut rows_of: HashMap<TimeChunk, u64> = HashMap::new();
    for batch in batches {
        let times = column(batch, partitioning.column)?
            .as_primitive_opt::<TimestampMicrosecondType>()
            .ok_or_else(|| invalid(format!("column {} is not a timestamp", partitioning.column.0)))?;
        // Rows come in about the order of their times: a batch has few runs.
        let mut runs: Vec<(TimeChunk, u32)> = Vec::new();
        for time in times {
            let chunk = time
                .and_then(|micros| chunk_start(micros, partitioning.interval_micros))
                .map_or(TimeChunk::Overflow, TimeChunk::Start);
            match runs.last_mut() {
                Some((last, rows)) if *last == chunk => *rows += 1,
                _ => runs.push((chunk, 1)),
            }
        }
        for &(chunk, rows) in &runs {
            *rows_of.entry(chunk).or_default() += u64::from(rows);
        }
        runs_of.push(runs);
    }

    let mut largest: Vec<_> =
        rows_of.into_iter().filter(|(chunk, _)| *chunk != TimeChunk::Overflow).collect();
    // By chunk where rows are equal: what is written must not depend on a hash map's order.
    largest.sort_unstable_by_key(|&(chunk, rows)| (std::cmp::Reverse(rows), chunk));
    largest.truncate(CHUNKS_MAX);
    let kept: HashMap<_, _> = largest.into_iter().collect();

    let mut groups: BTreeMap<TimeChunk, Vec<Place>> =
        kept.iter().map(|(&chunk, &rows)| (chunk, Vec::with_capacity(rows as usize))).collect();
    for (batch, runs) in (0..).zip(&runs_of) {
        let mut row = 0;
        for &(chunk, rows) in runs {
            let chunk = if kept.contains_key(&chunk) { chunk } else { TimeChunk::Overflow };
            let next = row + rows;
            groups.entry(chunk).or_default().extend((row..next).map(|row| (batch, row)));
            row = next;
        }
    }
    Ok(groups.into_iter().map(|(chunk, places)| Arranged { chunk, places }).collect())
}

fn all_places(batches: &[RecordBatch]) -> impl Iterator<Item = Place> {
    (0..).zip(batches).flat_map(|(batch, rows)| (0..rows.num_rows() as u32).map(move |row| (batch, row)))
}

pub(crate) fn column(batch: &RecordBatch, id: ColumnId) -> Result<&arrow::array::ArrayRef> {
    batch
        .column_by_name(&id.stored_name())
        .ok_or_else(|| invalid(format!("rows lack column {}", id.stored_name())))
}

fn invalid(detail: String) -> StorageError {
    StorageError::Invariant { invariant: "SCHEMA", detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_counted_from_a_monday() {
        let hour = NonZeroU64::new(3_600_000_000).unwrap();
        let check = |micros: i64, expected: Option<i64>| {
            assert_eq!(chunk_start(micros, hour), expected, "{micros}");
        };
        check(ORIGIN_MICROS, Some(ORIGIN_MICROS));
        check(ORIGIN_MICROS + 1, Some(ORIGIN_MICROS));
        check(ORIGIN_MICROS - 1, Some(ORIGIN_MICROS - 3_600_000_000));
        check(-1, Some(-3_600_000_000));
        check(0, Some(0));
        check(i64::MIN, None);
        check(i64::MAX, Some(9_223_372_036_800_000_000));
        let week = NonZeroU64::new(7 * 86_400_000_000).unwrap();
        // 2026-11-21 is a Saturday of the week of Monday 2026-11-16.
        assert_eq!(chunk_start(1_795_219_200_000_000, week), Some(1_794_787_200_000_000));
    }
}
