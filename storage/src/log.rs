//! The commit log: numbered records, each one atomic change of the database.
//!
//! The log is the database's only truth. A record lies at `log/<position>`, is written once and
//! never changed, and says everything that one commit does: segments come and go, offsets advance,
//! catalog entries are put or dropped, all together or not at all. Folding the records in order
//! gives the [`Manifest`](crate::manifest::Manifest); nothing else decides what exists.
//!
//! | file | content |
//! |---|---|
//! | `log/00000000000000000042` | the [`Record`] of commit 42 |
//! | `checkpoint/00000000000000000256` | the manifest after commit 256 |

pub mod codec;
mod recover;

use std::sync::Arc;

use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::catalog::CatalogEntry;
use crate::ids::{LogPosition, ObjectId, Offset, Partition, SegmentId};
use crate::segment::SegmentMeta;

pub use recover::{Recovered, read_record, recover};
pub(crate) use recover::{fold_again, list_positions, newest_checkpoint};

/// The prefix of log records.
pub const LOG: &str = "log";

/// One commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number, which is its file's name.
    pub position: LogPosition,
    /// The epoch of the writer's lease: FENCE refuses it after a record of a newer epoch.
    pub epoch: u64,
    /// Random: by it a writer knows its own record again after an unclear outcome.
    pub nonce: u64,
    /// When it was written, by the writer's clock. Informs people; decides nothing.
    pub committed_at_micros: i64,
    /// What it does, in this order.
    pub actions: Vec<Action>,
}

/// A part of a commit. Each carries the precondition under which it is accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Opens a new epoch. Accepted where the record's epoch follows `previous`.
    TakeLease {
        /// The epoch that ends.
        previous: u64,
    },
    /// A segment becomes part of its table. Accepted where the table exists and the segment is new.
    AddSegment(Arc<SegmentMeta>),
    /// A segment ceases to be part of its table. Accepted where it still is.
    RemoveSegment {
        /// The table.
        table: ObjectId,
        /// The segment.
        segment: SegmentId,
    },
    /// A table loses all of its segments. Accepted where the table exists.
    TruncateTable {
        /// The table.
        table: ObjectId,
    },
    /// Everything below `to` is in segments. Accepted where the log stands at `from`; a partition
    /// seen for the first time stands at 0.
    AdvanceOffsets {
        /// The source.
        source: ObjectId,
        /// The partition.
        partition: Partition,
        /// Where the log stands.
        from: Offset,
        /// The next offset to be committed; not below `from`.
        to: Offset,
    },
    /// Moves offsets by an explicit order, in any direction.
    ResetOffsets {
        /// The source.
        source: ObjectId,
        /// The partition.
        partition: Partition,
        /// Where the log stands; None where it does not know the partition.
        from: Option<Offset>,
        /// Where reading goes on.
        to: Offset,
    },
    /// Makes or replaces a catalog entry. A new source's partitions stand at its start offsets.
    PutCatalog {
        /// The entry as it shall be. Its version follows `expected_version`; the first is 1.
        entry: Arc<CatalogEntry>,
        /// The version that it replaces, None for a new entry.
        expected_version: Option<u64>,
    },
    /// Removes a catalog entry; of a source also its segments, dead letters and offsets.
    DropCatalog {
        /// The entry.
        id: ObjectId,
        /// The version that was read.
        version: u64,
    },
}

/// Where a record lies.
pub fn record_path(position: LogPosition) -> Path {
    numbered_path(LOG, position)
}

/// `<prefix>/<position>`, twenty digits wide so that names sort as numbers.
pub(crate) fn numbered_path(prefix: &str, position: LogPosition) -> Path {
    Path::from(format!("{prefix}/{position}"))
}

/// The position in a path made by [`numbered_path`]; None for any other file.
pub(crate) fn position_of(path: &Path) -> Option<LogPosition> {
    let name = path.filename()?;
    (name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| name.parse().ok().map(LogPosition))
        .flatten()
}
