//! Functions of texts, and those that PostgreSQL has for texts and bytes alike.
//!
//! <https://www.postgresql.org/docs/15/functions-string.html>

mod format;
mod identifier;
mod of_any;
mod part;
mod split;
mod unicode;

use datafusion::logical_expr::ScalarUDF;

use super::overload::Definition;

/// The functions.
pub(super) fn functions() -> impl Iterator<Item = ScalarUDF> {
    let definitions = identifier::DEFINITIONS
        .iter()
        .chain(part::DEFINITIONS)
        .chain(split::DEFINITIONS)
        .chain(unicode::DEFINITIONS);
    definitions.map(Definition::function).chain(of_any::functions())
}
