//! SQL text becomes a plan, and the plan a stream of record batches:
//!
//! 1. [`statement::parse`] reads the text;
//! 2. [`query::Engine::prepare`] binds names and types against a snapshot's catalog;
//! 3. a scan is a table's segments left after pruning, and its hot rows;
//! 4. [`query::Engine::execute`] plans for this snapshot and these parameters, and runs it.

mod array_literal;
pub mod bind;
mod catalog;
pub mod error;
mod expression;
mod function;
mod information_schema;
mod numeric;
mod optimizer;
mod pg_catalog;
mod pruning;
pub mod query;
pub mod rules;
mod scan;
pub mod search_path;
mod segmented;
pub mod session;
mod show_create;
pub mod statement;
pub mod system_table;
mod table_provider;
mod transform;

pub use array_literal::array_elements;
pub use error::{Result, SqlError};
pub use function::interval_of_text;
pub use numeric::shown;
pub use query::{Engine, Prepared};
pub use session::{IntervalStyle, OutputStyle, Session};
