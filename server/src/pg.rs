//! PostgreSQL's wire protocol: an own connection loop over pgwire's messages.
//!
//! 1. [`startup`] answers until a client is let in or its socket closed;
//! 2. [`connection`] reads one message after another ([`message`], [`stream`]);
//! 3. [`simple`] and [`extended`] turn them into statements;
//! 4. [`execute`] runs a statement and [`encode`] writes its rows.
//!
//! pgwire's own `process_socket` is not used: it reads nothing while a statement runs, so that a
//! client that went away keeps its query running, and it bounds neither memory nor time.

pub mod cancel;
pub mod connection;
mod copy;
mod copy_in;
mod delete;
pub mod encode;
pub mod execute;
pub mod extended;
mod fetch;
pub mod message;
pub mod parameters;
mod prepared;
pub mod report;
pub mod simple;
pub mod socket;
pub mod sqlstate;
pub mod startup;
pub mod stream;
pub mod types;
mod write;

pub(crate) use write::not_enforced;
