//! The server: the only crate that sees all others. The path of a statement through it:
//!
//! 1. [`listener`] accepts a socket, [`pg::startup`] lets its client in as a [`session`];
//! 2. [`pg::connection`] reads messages, [`pg::simple`] and [`pg::extended`] find statements in them;
//! 3. planner parses, types and runs a query on the runtime of queries, [`pg::execute`] streams
//!    its rows through [`pg::encode`] into the client's buffer;
//! 4. [`ddl`] makes changes of the catalog true in storage and starts and stops ingest by them.
//!
//! [`instance`] puts the parts together, [`config`] says how, [`shutdown`] takes them apart.

pub mod check;
pub mod config;
pub mod cursor;
pub mod ddl;
pub mod demo;
pub mod instance;
pub mod listener;
pub mod lobby;
pub mod numbering;
pub mod pg;
mod pins;
pub mod session;
pub mod sessions;
pub mod settings;
pub mod shutdown;
pub mod tls;
