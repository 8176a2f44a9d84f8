//! Window functions whose rules are PostgreSQL's, and aggregates over any frame.
//!
//! The engine's `lag` and `lead` take constants only, its `ntile` and `nth_value` pass over bad arguments, and
//! its aggregates slide by taking rows out again: of floats that leaves another sum than adding those of the
//! frame, and many aggregates cannot do it. No frame of its own excludes rows.
//!
//! <https://www.postgresql.org/docs/15/functions-window.html>

mod aggregate;
mod frame;
mod ntile;
mod offset;
mod value;

use std::sync::Arc;

use datafusion::logical_expr::WindowUDF;

pub(crate) use aggregate::framed;
pub(crate) use frame::Exclusion;
pub(crate) use value::excluding;

/// Those that go by the names of the engine's.
pub(super) fn functions() -> impl Iterator<Item = Arc<WindowUDF>> {
    offset::functions().into_iter().chain(value::functions()).chain([ntile::function()]).map(Arc::new)
}
