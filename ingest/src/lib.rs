//! Kafka bytes become Arrow batches with the offsets they cover. The path of an event:
//!
//! 1. [`supervisor`] runs one consumer per source, its partitions assigned by hand;
//! 2. `kafka` hands over messages in partition order;
//! 3. `decode` turns each value into builders' values, or its message into a dead letter;
//! 4. `pipeline` applies generated columns, filter and NOT NULL, and
//! 5. publishes a [`storage::hot::HotUnit`].

pub mod decode;
pub mod error;
pub mod probe;
pub mod supervisor;

pub use error::IngestError;
pub use supervisor::Supervisor;
