//! Black-box suites for Tidegate. This crate speaks only PostgreSQL's wire and Kafka's; it knows
//! nothing of the server's code.
//!
//! [`kafka`] starts a real broker, and every other crate's tests use it too.

pub mod kafka;
pub mod ports;
pub mod process;
