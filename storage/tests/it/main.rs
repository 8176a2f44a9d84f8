//! Tests of the storage crate from outside.

#![allow(clippy::unwrap_used, reason = "the helpers of a test are part of it")]

mod database;
mod fixture;
mod transaction;
