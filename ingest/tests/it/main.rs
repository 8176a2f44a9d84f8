//! Tests of the crate's public face: decoding, and ingestion from a real Kafka broker into a database
//! in memory.

mod decode;
mod embedded;
mod exact;
mod failure;
mod pressure;
mod probe;
mod rig;
mod slow;
