//! Durable truth. The path of an event through this crate:
//!
//! 1. ingest hands over a [`hot::HotUnit`]: rows, dead letters and the offsets they cover;
//! 2. [`database::Database::publish`] makes it visible by swapping the [`snapshot::Snapshot`];
//! 3. a flush freezes hot rows, writes one [`segment`] per time chunk, and
//! 4. commits segments and offsets as one record of the [`log`];
//! 5. the next snapshot has the segments in place of the hot rows: nothing twice, nothing missing.
//!
//! Everything else — catalog, checkpoints, recovery, collection — folds or writes that log.

mod background;
pub mod catalog;
pub mod check;
pub mod clock;
pub mod commit;
mod compaction;
pub mod config;
pub mod database;
pub mod dead_letters;
pub mod error;
mod flush;
pub mod gc;
mod group_insert;
pub mod hot;
pub mod ids;
mod in_flight;
pub mod jsonb;
pub mod lock;
pub mod log;
pub mod manifest;
mod merge;
#[cfg(test)]
mod mutation;
pub mod object_store;
pub mod offsets;
pub mod schema;
pub mod segment;
#[cfg(test)]
mod sim;
pub mod snapshot;
pub mod status;
pub mod temporary;
#[cfg(test)]
mod testing;
pub mod transaction;
pub mod transform;

pub use database::Database;
pub use error::{ErrorKind, Result, StorageError};
