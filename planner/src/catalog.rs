//! The names that one statement sees: the tables of its snapshot, and the system schemas.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use arrow::datatypes::{DataType, Field, TimeUnit};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{Column as ColumnName, Result, TableReference};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast};
use storage::Database;
use storage::catalog::CatalogObject;
use storage::segment::SegmentMeta;
use storage::snapshot::Snapshot;

use crate::query::{Engine, ORIGIN_KEY, origin};
use crate::scan::ScanReports;
use crate::segmented::SegmentedTable;
use crate::session::Session;
use crate::system_table::{self, SystemState};
use crate::table_provider::SnapshotTable;

/// The schema of everything that people create.
pub(crate) const PUBLIC: &str = "public";

/// Behind a schema's name: its tables as they are stored, with instants in UTC, whatever the session's
/// zone.
const IN_UTC: &str = " in UTC";

/// The tables of [`PUBLIC`] with the column [`SEGMENT`]. No name that people write begins so.
pub(crate) const BY_SEGMENT: &str = "\u{1}by segment";

/// The place of a row's segment among those of the snapshot.
pub(crate) const SEGMENT: &str = "\u{1}segment";

/// The tables of [`PUBLIC`] with the rows of [`StatementContext::rest`] alone.
pub(crate) const REST: &str = "\u{1}rest";

/// What a statement is planned and run against.
#[derive(Clone, Debug)]
pub(crate) struct StatementContext {
    pub(crate) engine: Weak<Engine>,
    /// How many views are about what is planned.
    pub(crate) views: usize,
    pub(crate) database: Arc<Database>,
    pub(crate) snapshot: Snapshot,
    pub(crate) session: Arc<Session>,
    pub(crate) system: Arc<dyn SystemState>,
    /// What each scan of the statement found, for `EXPLAIN ANALYZE`.
    pub(crate) reports: Arc<ScanReports>,
    /// Segments that a statement rewrites; none for all but `DELETE`.
    pub(crate) rest: Arc<[Arc<SegmentMeta>]>,
}

/// The one catalog, under the database's name and under `postgres`, which stands for it.
#[derive(Debug)]
pub(crate) struct StatementCatalogs(pub(crate) Arc<StatementContext>);

impl CatalogProviderList for StatementCatalogs {
    fn register_catalog(
        &self,
        _name: String,
        _catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![self.0.session.database.clone()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == self.0.session.database)
            .then(|| Arc::new(StatementCatalog(Arc::clone(&self.0))) as Arc<dyn CatalogProvider>)
    }
}

#[derive(Debug)]
struct StatementCatalog(Arc<StatementContext>);

impl CatalogProvider for StatementCatalog {
    fn schema_names(&self) -> Vec<String> {
        let system = system_table::SCHEMAS.iter().map(|schema| schema.name.to_owned());
        std::iter::once(PUBLIC.to_owned()).chain(system).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let is_own = [PUBLIC, BY_SEGMENT, REST].contains(&name.strip_suffix(IN_UTC).unwrap_or(name));
        (is_own || self.schema_names().contains(&name.to_owned()))
            .then(|| Arc::new(Schema { name: name.to_owned(), context: Arc::clone(&self.0) }) as _)
    }
}

#[derive(Debug)]
struct Schema {
    name: String,
    context: Arc<StatementContext>,
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        if [PUBLIC, BY_SEGMENT, REST].contains(&self.name.as_str()) {
            table_names(&self.context.snapshot)
        } else {
            system_table::table_names(&self.name).into_iter().map(str::to_owned).collect()
        }
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let table = SnapshotTable::new(name, &self.context);
        let rows = self.name.strip_suffix(IN_UTC).unwrap_or(&self.name);
        let table: Option<Arc<dyn TableProvider>> = match rows {
            BY_SEGMENT => table.map(|table| Arc::new(SegmentedTable::new(table)) as _),
            REST => table.map(|table| Arc::new(table.with_segments(Arc::clone(&self.context.rest))) as _),
            PUBLIC => table.map(|table| Arc::new(table) as _),
            _ => return system_table::table(&self.name, name, &self.context),
        };
        if let Some(table) = table {
            let is_stored = rows.len() < self.name.len();
            return if is_stored { Ok(Some(table)) } else { self.in_zone(name, table).map(Some) };
        }
        if let Some(entry) = self.context.snapshot.catalog().entry(name)
            && let CatalogObject::View(view) = &entry.object
            && let Some(engine) = self.context.engine.upgrade()
        {
            let plan = engine.plan_view(entry, view, &self.context).await?;
            return Ok(Some(Arc::new(ViewTable::new(plan, Some(view.query.clone())))));
        }
        // As with PostgreSQL's search path, `pg_class` needs no schema before it.
        system_table::table(system_table::PG_CATALOG, name, &self.context)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|existing| existing == name)
    }
}

impl Schema {
    /// A table with instants in the session's zone, by which everything is read and cut that
    /// PostgreSQL reads and cuts by it: texts, days, hours.
    fn in_zone(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>> {
        let zone = self.context.session.time_zone.clone();
        let fields = table.schema();
        let is_instant = |field: &Field| matches!(field.data_type(), DataType::Timestamp(_, Some(_)));
        let found = self.context.snapshot.catalog().table(name);
        let (Some((_, definition)), false) = (found, matches!(zone.as_str(), "UTC" | "Etc/UTC")) else {
            return Ok(table);
        };
        if !fields.fields().iter().any(|field| is_instant(field)) {
            return Ok(table);
        }
        let stored = TableReference::partial(format!("{}{IN_UTC}", self.name), name);
        let in_zone = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()));
        // What a table has more than its columns is no instant.
        let shown = fields.fields().iter().enumerate().map(|(index, field)| {
            let read = Expr::Column(ColumnName::new(Some(stored.clone()), field.name()));
            let Some(column) = definition.schema.columns.get(index).filter(|_| is_instant(field)) else {
                return read;
            };
            let origin = origin::write(definition.id.oid(), column.id.0 as usize);
            let metadata = BTreeMap::from([(ORIGIN_KEY.to_owned(), origin)]);
            cast(read, in_zone.clone()).alias_with_metadata(field.name(), Some(FieldMetadata::new(metadata)))
        });
        let shown: Vec<Expr> = shown.collect();
        let source = provider_as_source(table);
        let plan = LogicalPlanBuilder::scan(stored, source, None)?.project(shown)?.build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }
}

/// Every table and view of schema `public` in a snapshot.
pub(crate) fn table_names(snapshot: &Snapshot) -> Vec<String> {
    let mut names = Vec::new();
    for entry in snapshot.catalog().entries.values() {
        match &entry.object {
            CatalogObject::Connection(_) => continue,
            CatalogObject::Source(_) => {
                names.push(format!("{}{}", entry.name, storage::dead_letters::SUFFIX));
            }
            CatalogObject::Table(_) | CatalogObject::View(_) => {}
        }
        names.push(entry.name.clone());
    }
    names
}
