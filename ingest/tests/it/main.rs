//! Tests of the crate's public face: decoding, and ingestion from a real Kafka broker into a database
//! in memory.

#![allow(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

mod decode;
mod embedded;
mod exact;
mod failure;
mod pressure;
mod probe;
mod rig;
mod slow;
