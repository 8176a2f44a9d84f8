//! Black-box suites for Tidegate. This crate speaks only PostgreSQL's wire and Kafka's; it knows
//! nothing of the server's code.
//!
//! - [`kafka`] starts a real broker; every other crate's tests use it too.
//! - [`server`] starts the server under test, and stops or kills it.
//! - [`runner`] runs the cases, each with a server of its own, through [`database`], which sends
//!   SQL over the wire and hands [`directive`]s to the broker or the server.
//! - [`compare`] runs generated statements on a real PostgreSQL and on Tidegate; [`wire`] is the protocol
//!   in bytes that it looks at.

pub mod binary;
pub mod certificate;
pub mod column;
pub mod compare;
pub mod database;
pub mod directive;
pub mod events;
pub mod kafka;
pub mod ports;
pub mod process;
pub mod runner;
pub mod server;
pub mod wire;
