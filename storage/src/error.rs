//! What can go wrong in storage, and what the caller does next.

use crate::ids::{LogPosition, ObjectId, Offset, Partition, SegmentId};

/// The result of a storage operation.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Try again: the state changed under us, or the medium had a passing fault.
    Retry,
    /// The request does not fit the database as it is; the person who made it mends it.
    Request,
    /// This process no longer owns the database: it must stop writing.
    Fenced,
    /// A bound was reached; less work or more room helps.
    Resources,
    /// Something on disk is not as it must be. Report it; do not go on.
    Corrupt,
}

/// An error of the storage crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The object store failed.
    #[error("{operation} of \"{path}\" failed: {source}")]
    Store {
        /// `read`, `write`, `list`, `delete`.
        operation: &'static str,
        /// The object.
        path: String,
        /// The cause.
        #[source]
        source: object_store::Error,
    },
    /// A commit's outcome is unknown: it may yet turn out to be in the log. The next commit, or the
    /// next start, finds out.
    #[error("the outcome of commit {position} is unknown: {source}")]
    InDoubt {
        /// The record's number.
        position: LogPosition,
        /// Why.
        #[source]
        source: object_store::Error,
    },
    /// A local file operation failed.
    #[error("{operation} of \"{path}\" failed: {source}")]
    File {
        /// What was tried.
        operation: &'static str,
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Another process holds the directory.
    #[error("\"{path}\" is in use by another server{holder}")]
    Locked {
        /// The directory.
        path: String,
        /// ` (process id 42)`, or nothing where it is not known.
        holder: String,
    },
    /// A newer epoch took over the lease.
    #[error("this server's lease (epoch {ours}) was taken over by epoch {newer}")]
    Fenced {
        /// Our epoch.
        ours: u64,
        /// The epoch found in the log.
        newer: u64,
    },
    /// A catalog entry is not at the version that the change was made from.
    #[error("catalog entry {id} changed concurrently (expected version {expected:?}, found {found:?})")]
    CatalogConflict {
        /// The entry.
        id: ObjectId,
        /// The version that was read, None for a new entry.
        expected: Option<u64>,
        /// The version in the log, None where there is no such entry.
        found: Option<u64>,
    },
    /// The name is taken.
    #[error("\"{name}\" already exists")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// There is no such schema.
    #[error("schema \"{name}\" does not exist")]
    NoSuchSchema {
        /// Its name.
        name: String,
    },
    /// A session has too many temporary tables.
    #[error("a session may have at most {tables_max} temporary tables and views")]
    TemporaryTables {
        /// The bound.
        tables_max: usize,
    },
    /// A session's temporary tables have too many rows.
    #[error("the temporary tables of a session may take at most {bytes_max} bytes of memory")]
    TemporaryBytes {
        /// The bound.
        bytes_max: u64,
    },
    /// There is no such object.
    #[error("object {id} does not exist")]
    NoSuchObject {
        /// Its id.
        id: ObjectId,
    },
    /// Something else still needs the object.
    #[error("\"{name}\" is still used by \"{user}\"")]
    InUse {
        /// The object.
        name: String,
        /// Who uses it.
        user: String,
    },
    /// Offsets do not continue where the log stands.
    #[error("offsets of source {source_id} partition {partition} stand at {stored}, not at {from}")]
    OffsetConflict {
        /// The source.
        source_id: ObjectId,
        /// The partition.
        partition: Partition,
        /// What the caller believed.
        from: Offset,
        /// What the log says.
        stored: Offset,
    },
    /// A segment that was to be removed is not there.
    #[error("segment {segment} of table {table} is not in the log")]
    SegmentMissing {
        /// The table.
        table: ObjectId,
        /// The segment.
        segment: SegmentId,
    },
    /// A record of the log or a checkpoint can't be read.
    #[error("\"{path}\" is corrupt: {reason}")]
    Corrupt {
        /// The object.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The log has a gap.
    #[error("log record {position} is missing")]
    LogGap {
        /// The first missing record.
        position: LogPosition,
    },
    /// A file was written by a newer version.
    #[error(
        "\"{path}\" has format version {found}; this server reads up to {supported}: use a newer tidegate"
    )]
    NewerVersion {
        /// The object.
        path: String,
        /// Its version.
        found: u32,
        /// The newest that we read.
        supported: u32,
    },
    /// An invariant of the design does not hold.
    #[error("invariant {invariant} is broken: {detail}")]
    Invariant {
        /// Its name in `docs/design/architecture.md`.
        invariant: &'static str,
        /// The exact place.
        detail: String,
    },
    /// Encoding or decoding a segment failed.
    #[error("segment {segment} of table {table}: {reason}")]
    Segment {
        /// The table.
        table: ObjectId,
        /// The segment.
        segment: SegmentId,
        /// What the format says.
        reason: String,
    },
    /// An Arrow kernel failed.
    #[error(transparent)]
    Arrow(#[from] arrow::error::ArrowError),
    /// A computation panicked, which is a fault of ours or of a library's.
    #[error("internal error: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// The database is shutting down.
    #[error("the database is shutting down")]
    ShuttingDown,
}

impl StorageError {
    pub(crate) fn store(
        operation: &'static str,
        path: &object_store::path::Path,
        source: object_store::Error,
    ) -> Self {
        Self::Store { operation, path: path.to_string(), source }
    }

    /// The same error once more, for another of those who share what failed.
    pub(crate) fn again(&self) -> Self {
        let again = |source: &object_store::Error| object_store::Error::Generic {
            store: "shared",
            source: source.to_string().into(),
        };
        match self {
            Self::Fenced { ours, newer } => Self::Fenced { ours: *ours, newer: *newer },
            Self::InDoubt { position, source } => {
                Self::InDoubt { position: *position, source: again(source) }
            }
            Self::Store { operation, path, source } => {
                Self::Store { operation, path: path.clone(), source: again(source) }
            }
            Self::LogGap { position } => Self::LogGap { position: *position },
            Self::NoSuchObject { id } => Self::NoSuchObject { id: *id },
            Self::Segment { table, segment, reason } => {
                Self::Segment { table: *table, segment: *segment, reason: reason.clone() }
            }
            Self::Panicked { message } => Self::Panicked { message: message.clone() },
            Self::ShuttingDown => Self::ShuttingDown,
            other => Self::Corrupt { path: crate::log::LOG.to_owned(), reason: other.to_string() },
        }
    }

    /// What the caller does next.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store { .. } | Self::InDoubt { .. } | Self::File { .. } | Self::CatalogConflict { .. } => {
                ErrorKind::Retry
            }
            Self::Locked { .. }
            | Self::NameTaken { .. }
            | Self::NoSuchObject { .. }
            | Self::NoSuchSchema { .. }
            | Self::InUse { .. }
            | Self::NewerVersion { .. } => ErrorKind::Request,
            Self::TemporaryTables { .. } | Self::TemporaryBytes { .. } => ErrorKind::Resources,
            Self::Fenced { .. } | Self::ShuttingDown => ErrorKind::Fenced,
            Self::OffsetConflict { .. }
            | Self::SegmentMissing { .. }
            | Self::Corrupt { .. }
            | Self::LogGap { .. }
            | Self::Invariant { .. }
            | Self::Segment { .. }
            | Self::Panicked { .. }
            | Self::Arrow(_) => ErrorKind::Corrupt,
        }
    }
}
