//! The engine over a database in memory.

#![allow(clippy::unwrap_used, reason = "a test ends where it can't go on")]

mod errors;
mod harness;
mod queries;
mod statistics;
