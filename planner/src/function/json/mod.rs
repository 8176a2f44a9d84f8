//! Functions and operators of `json`, text as it was written, and `jsonb`, canonical text.
//!
//! | file | what |
//! |---|---|
//! | `parts.rs` | elements and members, without a look into them |
//! | `get.rs` | `->`, `->>`, `#>`, `#>>` |
//! | `contain.rs` | `@>`, `?`, `?\|`, `?&` |
//! | `change.rs` | `\|\|`, `-`, `#-`, `jsonb_set`, `jsonb_insert`, `jsonb_strip_nulls` |
//! | `expand.rs` | the arrays behind functions that give rows, and what tells about a value |
//! | `order.rs` | equality and order of `jsonb` |
//! | `path/` | the path language |
//! | `pretty.rs` | `jsonb_pretty` |
//! | `element.rs` | values that are JSON already, on their way through `array_agg` |
//! | `value.rs`, `build.rs` | values of every type as JSON |
//! | `operators.rs` | operators as calls |
//!
//! <https://www.postgresql.org/docs/15/functions-json.html>

mod build;
mod change;
mod contain;
mod element;
mod expand;
mod get;
mod operators;
mod order;
mod parts;
mod path;
mod pretty;
mod value;

use datafusion::logical_expr::ScalarUDF;

use super::overload::Definition;

pub(super) use build::functions as functions_of_zone;
pub(super) use operators::Operators;
pub(crate) use order::ORDER;
pub(super) use path::check as check_path;

/// The functions that do not depend on the session.
pub(super) fn functions() -> impl Iterator<Item = ScalarUDF> {
    let definitions = change::DEFINITIONS
        .iter()
        .chain(contain::DEFINITIONS)
        .chain(expand::DEFINITIONS)
        .chain(path::DEFINITIONS)
        .chain(pretty::DEFINITIONS);
    get::functions().into_iter().chain([element::function()]).chain(definitions.map(Definition::function))
}
