//! The server from outside: raw sockets where the protocol is the matter, tokio-postgres where
//! the answer is. Each test has its own server, port and directory.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error has failed")]

mod extended;
mod harness;
mod life;
mod limits;
mod sequences;
mod session;
mod simple;
mod startup;
mod temporary;
mod tls;
mod types;
