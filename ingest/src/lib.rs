//! Kafka bytes become Arrow batches with the offsets they cover. The path of an event:
//!
//! 1. [`supervisor`] runs one consumer per source, its partitions assigned by hand;
//! 2. `kafka` hands over messages in partition order;
//! 3. `decode` turns each value into builders' values, or its message into a dead letter;
//! 4. `pipeline` applies generated columns, filter and NOT NULL, and
//! 5. publishes a [`storage::hot::HotUnit`].

mod batch;
mod dead_letter;
pub mod decode;
mod decode_pool;
pub mod error;
mod finding;
mod health;
mod kafka;
mod pipeline;
pub mod probe;
mod sequencer;
mod source;
pub mod supervisor;
mod watch;

pub use error::IngestError;
pub use supervisor::Supervisor;
