//! Errors of the other crates as a client sees them.

use ingest::IngestError;
use planner::SqlError;
use storage::{ErrorKind, StorageError};

/// An error of storage.
pub fn storage(error: &StorageError) -> SqlError {
    let message = error.to_string();
    match error {
        StorageError::NameTaken { .. } => SqlError::new("42P07", message),
        StorageError::NoSuchObject { .. } => SqlError::new("42704", message),
        StorageError::NoSuchSchema { .. } => SqlError::new("3F000", message),
        StorageError::TemporaryTables { .. } => SqlError::new("53400", message)
            .with_hint("Drop some, or let the server's temporary_tables_max be more."),
        StorageError::TemporaryBytes { .. } => SqlError::new("53200", message)
            .with_hint("Drop some, or let the server's temporary_bytes_max be more."),
        StorageError::InUse { .. } => SqlError::new("2BP01", message)
            .with_hint("Use DROP ... CASCADE to drop the dependent objects too."),
        StorageError::CatalogConflict { .. } => {
            SqlError::new("40001", message).with_hint("Run the statement again.")
        }
        StorageError::ShuttingDown => SqlError::new("57P01", message),
        StorageError::Panicked { .. } => SqlError::new("XX000", message),
        _ => match error.kind() {
            ErrorKind::Retry => SqlError::new("58030", message),
            ErrorKind::Request => SqlError::new("55000", message),
            ErrorKind::Fenced => {
                SqlError::new("25006", message).with_hint("Another server has taken over this database.")
            }
            ErrorKind::Resources => SqlError::new("53000", message),
            ErrorKind::Corrupt => SqlError::new("XX001", message).with_hint("Run: tidegate check --data DIR"),
        },
    }
}

/// An error of a transaction's commit: what it rests on may have changed meanwhile.
pub fn commit(error: &StorageError) -> SqlError {
    match error {
        StorageError::SegmentMissing { .. }
        | StorageError::NoSuchObject { .. }
        | StorageError::CatalogConflict { .. } => {
            SqlError::new("40001", "could not serialize access due to concurrent update")
                .with_detail(error.to_string())
                .with_hint("Run the transaction again.")
        }
        StorageError::NameTaken { name } => {
            SqlError::new("42P07", format!("relation \"{name}\" already exists"))
        }
        _ => storage(error),
    }
}

/// An error of a source's broker.
pub fn ingest(error: &IngestError) -> SqlError {
    let message = error.to_string();
    match error {
        IngestError::BrokersUnreachable { .. } => SqlError::new("08001", message).with_hint(
            "Check that the broker runs and that its advertised listeners can be reached from here.",
        ),
        IngestError::NoSuchTopic { similar, .. } => {
            let error = SqlError::new("42704", message);
            match similar {
                Some(similar) => error.with_hint(format!("did you mean {similar}?")),
                None => error,
            }
        }
        IngestError::Kafka { .. } => SqlError::new("08000", message),
        IngestError::Thread { .. } => SqlError::new("53000", message),
        IngestError::BadStart { .. } => SqlError::new("22023", message),
        IngestError::Storage(error) => storage(error),
        _ => SqlError::new("XX000", message),
    }
}
