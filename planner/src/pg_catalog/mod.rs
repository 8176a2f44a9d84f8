//! The schema `pg_catalog`: what PostgreSQL tells of itself, told of this database.
//!
//! | file | holds |
//! |---|---|
//! | `relations` | what exists: relations, columns, schemas, comments |
//! | `types` | types as PostgreSQL 15 has them |
//! | `server` | database, roles, settings, sessions |
//! | `empty` | what does not exist here |
//! | `function` | the functions that tools call |
//! | `rewrite` | the SQL of tools that the engine can't plan |

mod empty;
mod function;
pub(crate) mod relations;
mod rewrite;
mod server;
pub(crate) mod types;

pub(crate) use function::{bind, functions};
pub(crate) use rewrite::{call, rewrite};

use crate::system_table::table::{Definition, Tables};

/// Its tables that have rows.
static TABLES: &[&Definition] = &[
    &relations::PG_ATTRDEF,
    &relations::PG_ATTRIBUTE,
    &relations::PG_CLASS,
    &relations::PG_DESCRIPTION,
    &relations::PG_NAMESPACE,
    &relations::PG_TABLES,
    &relations::PG_VIEWS,
    &server::PG_DATABASE,
    &server::PG_ROLES,
    &server::PG_SETTINGS,
    &server::PG_STAT_ACTIVITY,
    &server::PG_STAT_SSL,
    &server::PG_TABLESPACE,
    &server::PG_USER,
    &types::PG_AM,
    &types::PG_COLLATION,
    &types::PG_TYPE,
];

/// Its name.
pub(crate) const NAME: &str = "pg_catalog";

/// The schema.
pub(crate) static PG_CATALOG: Tables =
    Tables { name: NAME, oid: types::PG_CATALOG_OID, tables: &[TABLES, empty::TABLES] };
