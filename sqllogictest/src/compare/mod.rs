//! The same generated statements on a real PostgreSQL and on Tidegate.
//!
//! A case is a number: it seeds the generator of one statement, which both servers answer. What differs is
//! made smaller, step by step, as long as it differs in the same way, and is printed once for each way
//! ([`Report`]). [`grammar`] is the table of types and operations, [`expression`] and [`query`] make trees of it
//! over the tables of [`schema`], [`shrink`] makes a tree smaller, [`answer`] says what is alike, and
//! [`exceptions`] lists what is known to differ.

mod answer;
mod exceptions;
mod expression;
mod grammar;
pub mod metamorphic;
mod peer;
mod query;
mod run;
mod schema;
mod shrink;
mod source;
mod tree;

pub use exceptions::{Exception, exceptions, stale};
pub use run::{Found, Options, Report, Suite, run};
