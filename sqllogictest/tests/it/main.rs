//! Tests of the whole: a real broker, and a real server reached only over the wire.

#![allow(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

mod cases;
mod clients;
mod compare;
mod compat;
mod crash;
mod crash_tables;
mod docs;
mod kafka;
mod ledger;
mod peer;
mod postgres;
mod snapshots;
mod support;
mod wire;
