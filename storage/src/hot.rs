//! Hot rows: what is visible before it is on disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;

use crate::error::{Result, StorageError};
use crate::ids::{ObjectId, Offset, Partition};
use crate::schema::TableSchema;

/// The unit of hot data: everything that became of some offset ranges of one source, made
/// visible at once. Immutable.
#[derive(Clone, Debug)]
pub struct HotUnit {
    /// The source.
    pub source: ObjectId,
    /// What it covers, at most one range a partition. Filtered messages, control records and
    /// aborted transactions advance a range without leaving rows.
    pub ranges: Vec<OffsetRange>,
    /// The rows, in the stored schema of the source's table; within a partition in offset order.
    pub rows: Option<RecordBatch>,
    /// The dead letters, in the stored schema of the dead-letter table.
    pub dead_letters: Option<RecordBatch>,
}

/// A range of offsets of one partition: from the first, up to but without `next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetRange {
    /// The partition.
    pub partition: Partition,
    /// The first offset covered: the position before the unit.
    pub from: Offset,
    /// The position after the unit, at which reading goes on. At least `from`.
    pub next: Offset,
}

/// The hot rows of one table in a snapshot, in arrival order.
#[derive(Clone, Debug, Default)]
pub struct HotRows {
    /// Batches in the stored schema.
    pub batches: Arc<[RecordBatch]>,
    /// Rows in all.
    pub rows: u64,
    /// Memory that they hold.
    pub bytes: u64,
}

/// Memory of hot rows over all sources, counted for as long as anything holds them: also rows
/// that are long in segments, but pinned by an old snapshot.
#[derive(Debug)]
pub(crate) struct HotMemory {
    bytes: AtomicU64,
    bytes_max: u64,
    full: AtomicBool,
}

impl HotMemory {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self { bytes: AtomicU64::new(0), bytes_max, full: AtomicBool::new(false) }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether consumers shall pause: from the bound on until an eighth of it is free, so that
    /// they do not flutter.
    pub(crate) fn is_full(&self) -> bool {
        let bytes = self.bytes();
        let full = if self.full.load(Ordering::Relaxed) {
            bytes > self.bytes_max - self.bytes_max / 8
        } else {
            bytes >= self.bytes_max
        };
        self.full.store(full, Ordering::Relaxed);
        full
    }
}

impl HotMemory {
    /// Charges what a flush takes beside the rows themselves, until the result is dropped.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: u64) -> Reserved {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Reserved { bytes, memory: Arc::clone(self) }
    }
}

/// Memory charged beside that of blocks.
#[derive(Debug)]
pub(crate) struct Reserved {
    bytes: u64,
    memory: Arc<HotMemory>,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.memory.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// One or more units as a snapshot holds them.
#[derive(Debug)]
pub(crate) struct HotBlock {
    /// Counts up with each freeze: blocks of one generation are flushed together or not at all.
    pub(crate) generation: u64,
    /// One range a partition.
    pub(crate) ranges: Box<[OffsetRange]>,
    pub(crate) rows: Option<RecordBatch>,
    pub(crate) dead_letters: Option<RecordBatch>,
    /// Memory charged for it.
    pub(crate) bytes: u64,
    /// When its oldest unit became visible, in microseconds since 1970.
    pub(crate) visible_since_micros: i64,
    memory: Arc<HotMemory>,
}

/// What a block costs beside its columns: units without rows must be bounded, too.
const BLOCK_OVERHEAD_BYTES: u64 = 512;

impl HotBlock {
    pub(crate) fn new(
        generation: u64,
        ranges: Box<[OffsetRange]>,
        rows: Option<RecordBatch>,
        dead_letters: Option<RecordBatch>,
        visible_since_micros: i64,
        memory: Arc<HotMemory>,
    ) -> Self {
        let held = |batch: &Option<RecordBatch>| {
            batch.as_ref().map_or(0, |batch| batch.get_array_memory_size() as u64)
        };
        let bytes = BLOCK_OVERHEAD_BYTES + held(&rows) + held(&dead_letters);
        memory.bytes.fetch_add(bytes, Ordering::Relaxed);
        Self { generation, ranges, rows, dead_letters, bytes, visible_since_micros, memory }
    }

    /// Rows and dead letters.
    pub(crate) fn row_count(&self) -> u64 {
        let count = |batch: &Option<RecordBatch>| batch.as_ref().map_or(0, RecordBatch::num_rows) as u64;
        count(&self.rows) + count(&self.dead_letters)
    }

    /// Several blocks that follow each other, as one. Copies their rows.
    pub(crate) fn merge(blocks: &[Arc<Self>]) -> Result<Self> {
        let first = blocks.first().ok_or_else(|| StorageError::Invariant {
            invariant: "PREFIX",
            detail: "nothing to merge".to_owned(),
        })?;
        let mut ranges: BTreeMap<Partition, OffsetRange> = BTreeMap::new();
        for range in blocks.iter().flat_map(|block| &block.ranges) {
            ranges
                .entry(range.partition)
                .and_modify(|merged| {
                    debug_assert_eq!(merged.next, range.from);
                    merged.next = range.next;
                })
                .or_insert(*range);
        }
        Ok(Self::new(
            first.generation,
            ranges.into_values().collect(),
            concat(blocks.iter().filter_map(|block| block.rows.as_ref()))?,
            concat(blocks.iter().filter_map(|block| block.dead_letters.as_ref()))?,
            blocks.iter().map(|block| block.visible_since_micros).min().unwrap_or_default(),
            Arc::clone(&first.memory),
        ))
    }
}

impl Drop for HotBlock {
    fn drop(&mut self) {
        self.memory.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The hot rows of one source in a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct HotSource {
    /// In order of arrival.
    pub(crate) blocks: Arc<[Arc<HotBlock>]>,
    /// Where the partitions of these blocks stand.
    pub(crate) visible: Arc<BTreeMap<Partition, Offset>>,
}

impl HotSource {
    /// The rows of one of its two tables.
    pub(crate) fn rows(&self, of: impl Fn(&HotBlock) -> Option<&RecordBatch>) -> HotRows {
        let batches: Arc<[RecordBatch]> = self.blocks.iter().filter_map(|block| of(block)).cloned().collect();
        HotRows {
            rows: batches.iter().map(|batch| batch.num_rows() as u64).sum(),
            bytes: batches.iter().map(|batch| batch.get_array_memory_size() as u64).sum(),
            batches,
        }
    }
}

fn concat<'a>(batches: impl Iterator<Item = &'a RecordBatch>) -> Result<Option<RecordBatch>> {
    let batches: Vec<_> = batches.collect();
    match batches.as_slice() {
        [] => Ok(None),
        [batch] => Ok(Some((*batch).clone())),
        [first, ..] => {
            let schema = first.schema();
            // Strings of many blocks stay in many buffers: gather them into one.
            compact(concat_batches(&schema, batches)?, |_, _| true).map(Some)
        }
    }
}

/// A unit's batch as it is kept: a short text column may hold the large buffers of the batch that
/// it was cut from.
pub(crate) fn compact_unit(batch: Option<RecordBatch>) -> Result<Option<RecordBatch>> {
    batch
        .filter(|batch| batch.num_rows() > 0)
        .map(|batch| compact(batch, |held, used| held > 2 * used + 16 * 1024))
        .transpose()
}

/// Copies the strings of columns for which `worthwhile` says so, given bytes held and bytes used.
fn compact(batch: RecordBatch, worthwhile: fn(usize, usize) -> bool) -> Result<RecordBatch> {
    let (schema, columns, _) = batch.into_parts();
    let columns = columns.into_iter().map(|column| compact_column(column, worthwhile)).collect();
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn compact_column(column: ArrayRef, worthwhile: fn(usize, usize) -> bool) -> ArrayRef {
    let held = |buffers: &[arrow::buffer::Buffer]| buffers.iter().map(|buffer| buffer.capacity()).sum();
    match column.data_type() {
        DataType::Utf8View => {
            let array = column.as_string_view();
            if worthwhile(held(array.data_buffers()), array.total_buffer_bytes_used()) {
                return Arc::new(array.gc());
            }
        }
        DataType::BinaryView => {
            let array = column.as_binary_view();
            if worthwhile(held(array.data_buffers()), array.total_buffer_bytes_used()) {
                return Arc::new(array.gc());
            }
        }
        DataType::List(field) => {
            let (offsets, nulls) = {
                let list = column.as_list::<i32>();
                (list.offsets().clone(), list.nulls().cloned())
            };
            let values = compact_column(Arc::clone(column.as_list::<i32>().values()), worthwhile);
            return Arc::new(ListArray::new(Arc::clone(field), offsets, values, nulls));
        }
        _ => {}
    }
    column
}

/// Rows are in the stored schema that their table has now.
pub(crate) fn check_schema(
    source: ObjectId,
    schema: &TableSchema,
    batch: Option<&RecordBatch>,
) -> Result<()> {
    let Some(batch) = batch else { return Ok(()) };
    let fields = batch.schema_ref().fields();
    let fits = fields.len() == schema.columns.len()
        && fields.iter().zip(&schema.columns).all(|(field, column)| {
            *field.name() == column.id.stored_name() && *field.data_type() == column.column_type.arrow()
        });
    if fits {
        return Ok(());
    }
    Err(StorageError::Invariant {
        invariant: "SCHEMA",
        detail: format!("rows of source {source} are not in its stored schema (version {})", schema.version),
    })
}
