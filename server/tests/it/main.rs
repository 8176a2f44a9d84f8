//! The server from outside: raw sockets where the protocol is the matter, tokio-postgres where
//! the answer is. Each test has its own server, port and directory.

mod extended;
mod harness;
mod life;
mod limits;
mod session;
mod simple;
mod startup;
mod types;
