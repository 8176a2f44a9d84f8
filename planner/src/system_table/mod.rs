//! The schema `tidegate`: what the database tells of itself.

use std::fmt::Debug;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::Result;

use crate::catalog::StatementContext;

/// What the database tells of itself.
pub(crate) const TIDEGATE: &str = "tidegate";
/// PostgreSQL's catalog, which is searched before `public`.
pub(crate) const PG_CATALOG: &str = "pg_catalog";
/// The schemas that nobody creates.
pub(crate) const SCHEMAS: [&str; 3] = [TIDEGATE, PG_CATALOG, "information_schema"];

/// The tables of a system schema.
pub(crate) fn table_names(schema: &str) -> Vec<&'static str> {
    let _ = schema;
    Vec::new()
}

/// A table of a system schema, as the statement's snapshot has it.
pub(crate) fn table(
    schema: &str,
    name: &str,
    context: &Arc<StatementContext>,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let _ = (schema, name, context);
    Ok(None)
}

/// What only the server knows; running queries reach it through this trait.
pub trait SystemState: Debug + Send + Sync {
    /// Every connected session.
    fn sessions(&self) -> Vec<SessionRow>;
    /// Every setting: name, value in `session` or the default, description.
    fn settings(&self) -> Vec<SettingRow>;
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
