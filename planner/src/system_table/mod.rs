//! The schema `tidegate`, which tells of the database; and how schemas of such tables are made.

pub(crate) mod sessions;
pub(crate) mod sources;
pub(crate) mod table;

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::Field;
use datafusion::catalog::TableProvider;
use datafusion::common::Result;

use crate::catalog::StatementContext;
use crate::error::SqlError;
use crate::session::OutputStyle;
use crate::{information_schema, pg_catalog};
use table::Tables;

/// PostgreSQL's catalog, which needs no schema before its names.
pub(crate) const PG_CATALOG: &str = pg_catalog::NAME;

/// The schema `tidegate`. Its OID, like those of its tables, is in the range that PostgreSQL
/// gives to what comes with the server.
static TIDEGATE: Tables = Tables {
    name: "tidegate",
    oid: 13_000,
    tables: &[&[
        &sources::SOURCES,
        &sources::SOURCE_PARTITIONS,
        &sources::SEGMENTS,
        &sessions::QUERIES,
        &sessions::SETTINGS,
    ]],
};

/// The schemas that nobody creates.
pub(crate) static SCHEMAS: [&Tables; 3] =
    [&pg_catalog::PG_CATALOG, &information_schema::INFORMATION_SCHEMA, &TIDEGATE];

fn schema(name: &str) -> Option<&'static Tables> {
    SCHEMAS.into_iter().find(|schema| schema.name == name)
}

/// The system schema with this name, if it has such a table.
pub(crate) fn schema_with(schema_name: &str, table: &str) -> Option<&'static str> {
    let schema = schema(schema_name)?;
    schema.definitions().any(|known| known.name == table).then_some(schema.name)
}

/// The tables of a system schema.
pub(crate) fn table_names(schema_name: &str) -> Vec<&'static str> {
    schema(schema_name).map_or_else(Vec::new, |schema| schema.definitions().map(|table| table.name).collect())
}

/// A table of a system schema, as the statement's snapshot has it.
pub(crate) fn table(
    schema_name: &str,
    name: &str,
    context: &Arc<StatementContext>,
) -> Result<Option<Arc<dyn TableProvider>>> {
    Ok(schema(schema_name).and_then(|schema| schema.table(name, context)))
}

/// What only the server knows; running queries reach it through this trait.
pub trait SystemState: Debug + Send + Sync {
    /// Every connected session.
    fn sessions(&self) -> Vec<SessionRow>;
    /// Every setting: name, value in `session` or the default, description.
    fn settings(&self) -> Vec<SettingRow>;
    /// `set_config`: the value as the session will show it, once the statement is done.
    fn set(
        &self,
        process_id: i32,
        name: &str,
        value: &str,
        local: bool,
    ) -> std::result::Result<String, SqlError>;
    /// Values as PostgreSQL's output functions write them; the field tells their type.
    fn text(
        &self,
        values: &ArrayRef,
        field: &Field,
        style: &OutputStyle,
    ) -> std::result::Result<ArrayRef, SqlError>;
    /// `pg_cancel_backend`: whether there was such a session.
    fn cancel(&self, process_id: i32) -> bool;
    /// `pg_terminate_backend`: whether there was such a session.
    fn terminate(&self, process_id: i32) -> bool;
}

/// A session, for `pg_stat_activity` and `tidegate.queries`.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Under which it can be cancelled.
    pub process_id: i32,
    /// Who.
    pub user: String,
    /// `application_name`.
    pub application_name: String,
    /// From where.
    pub client_address: String,
    /// When it connected, microseconds since 1970.
    pub connected_micros: i64,
    /// `active`, `idle`, `idle in transaction`, `idle in transaction (aborted)`.
    pub state: &'static str,
    /// The running or the last statement.
    pub query: String,
    /// When that began, microseconds since 1970.
    pub query_started_micros: Option<i64>,
    /// How its connection is encrypted, if it is.
    pub encryption: Option<Encryption>,
}

/// How a connection is encrypted, in OpenSSL's words, as `pg_stat_ssl` has them.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// Such as `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// Of the cipher's key.
    pub bits: i32,
}

/// A setting.
#[derive(Clone, Debug)]
pub struct SettingRow {
    /// Its name.
    pub name: String,
    /// Its value outside any session.
    pub value: String,
    /// What it does.
    pub description: String,
}
