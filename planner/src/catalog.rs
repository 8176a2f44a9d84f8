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
use storage::catalog::{CatalogEntry, CatalogObject, PUBLIC, TableDefinition};
use storage::ids::ObjectId;
use storage::segment::SegmentMeta;
use storage::snapshot::Snapshot;

use crate::query::{Engine, ORIGIN_KEY, origin};
use crate::scan::ScanReports;
use crate::segmented::SegmentedTable;
use crate::session::Session;
use crate::system_table::{self, SystemState};
use crate::table_provider::SnapshotTable;

/// The schemas of the session's path: where a relation is that was written without a schema. No name that people
/// write begins so.
pub(crate) const PATH: &str = "\u{1}path";

/// Behind a schema's name: its tables as they are stored, with instants in UTC, whatever the session's
/// zone.
const IN_UTC: &str = "\u{1} in UTC";

/// Before a schema's name: its tables with the column [`SEGMENT`].
pub(crate) const BY_SEGMENT: &str = "\u{1}by segment of ";

/// The place of a row's segment among those of the snapshot.
pub(crate) const SEGMENT: &str = "\u{1}segment";

/// Before a schema's name: its tables with the rows of [`StatementContext::rest`] alone, and hot ones.
pub(crate) const REST: &str = "\u{1}rest of ";

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
        let created = self.0.snapshot.catalog().schemas().map(|entry| entry.name.clone());
        std::iter::once(PUBLIC.to_owned()).chain(system).chain(created).collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let schema = Schema::new(name, &self.0);
        let is_there = match schema.schema() {
            None => true,
            Some(schema) => self.0.session.path.exists(self.0.snapshot.catalog(), schema),
        };
        is_there.then(|| Arc::new(schema) as _)
    }
}

/// Which rows of tables, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    All,
    BySegment,
    Rest,
}

#[derive(Debug)]
struct Schema {
    /// As it was asked for.
    name: String,
    rows: Rows,
    is_stored: bool,
    /// [`PATH`] or a schema's name.
    within: String,
    context: Arc<StatementContext>,
}

/// What a name means.
pub(crate) enum Found<'a> {
    /// Something of the catalog, and its schema.
    Entry(&'a Arc<CatalogEntry>),
    /// A table of this system schema.
    System(&'static str),
}

impl StatementContext {
    /// What a relation's name means, without a schema or with one.
    pub(crate) fn find(&self, schema: Option<&str>, name: &str) -> Option<Found<'_>> {
        let (path, catalog) = (&self.session.path, self.snapshot.catalog());
        let within = |schema: &str| {
            if let Some(system) = system_table::schema_with(schema, name) {
                return Some(Found::System(system));
            }
            let table = catalog.table(schema, name).map(|(entry, _)| entry);
            let is_view = |entry: &&Arc<CatalogEntry>| matches!(entry.object, CatalogObject::View(_));
            let entry = table.or_else(|| catalog.entry(schema, name).filter(is_view));
            entry.filter(|entry| path.means(entry)).map(Found::Entry)
        };
        match schema {
            Some(schema) => within(path.meant(schema)),
            None => path.searched().find_map(within),
        }
    }
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        match self.schema() {
            None => visible_names(&self.context),
            Some(schema) => names_within(&self.context, schema),
        }
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let entry = match self.context.find(self.schema(), name) {
            Some(Found::Entry(entry)) => entry,
            Some(Found::System(schema)) => return system_table::table(schema, name, &self.context),
            None => return Ok(None),
        };
        if let CatalogObject::View(view) = &entry.object {
            let Some(engine) = self.context.engine.upgrade() else { return Ok(None) };
            let plan = engine.plan_view(entry, view, &self.context).await?;
            return Ok(Some(Arc::new(ViewTable::new(plan, Some(view.query.clone())))));
        }
        let found = self.context.snapshot.catalog().table(&entry.schema, name);
        found.map(|(_, definition)| self.rows(name, definition)).transpose()
    }

    fn table_exist(&self, name: &str) -> bool {
        self.context.find(self.schema(), name).is_some()
    }
}

/// What a scan reads that was planned for another snapshot: the same table, also where its name means another one
/// here, as one may that a view names; where that is gone, what has its name.
pub(crate) async fn found_again(
    name: &TableReference,
    id: Option<ObjectId>,
    context: &Arc<StatementContext>,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let schema = Schema::new(name.schema().unwrap_or(PATH), context);
    match id.and_then(|id| context.snapshot.catalog().table_by_id(id)) {
        Some(definition) => schema.rows(name.table(), definition).map(Some),
        None => schema.table(name.table()).await,
    }
}

impl Schema {
    /// Rows of a table as this schema shows them.
    fn rows(&self, name: &str, definition: &TableDefinition) -> Result<Arc<dyn TableProvider>> {
        let table = SnapshotTable::new(name, definition, &self.context);
        let table: Arc<dyn TableProvider> = match self.rows {
            Rows::All => Arc::new(table),
            Rows::BySegment => Arc::new(SegmentedTable::new(table)),
            Rows::Rest => Arc::new(table.with_segments(Arc::clone(&self.context.rest))),
        };
        if self.is_stored { Ok(table) } else { self.in_zone(name, definition, table) }
    }

    fn new(name: &str, context: &Arc<StatementContext>) -> Self {
        let (rest, is_stored) = match name.strip_suffix(IN_UTC) {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        let (rows, within) = if let Some(within) = rest.strip_prefix(BY_SEGMENT) {
            (Rows::BySegment, within)
        } else if let Some(within) = rest.strip_prefix(REST) {
            (Rows::Rest, within)
        } else {
            (Rows::All, rest)
        };
        let (name, within) = (name.to_owned(), within.to_owned());
        Self { name, rows, is_stored, within, context: Arc::clone(context) }
    }

    /// None for those of the path.
    fn schema(&self) -> Option<&str> {
        Some(self.within.as_str()).filter(|within| *within != PATH)
    }

    /// A table with instants in the session's zone, by which everything is read and cut that
    /// PostgreSQL reads and cuts by it: texts, days, hours.
    fn in_zone(
        &self,
        name: &str,
        definition: &TableDefinition,
        table: Arc<dyn TableProvider>,
    ) -> Result<Arc<dyn TableProvider>> {
        let zone = self.context.session.time_zone.clone();
        let fields = table.schema();
        let is_instant = |field: &Field| matches!(field.data_type(), DataType::Timestamp(_, Some(_)));
        if matches!(zone.as_str(), "UTC" | "Etc/UTC")
            || !fields.fields().iter().any(|field| is_instant(field))
        {
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

/// Every table and view that people made and that needs no schema before its name.
pub(crate) fn visible_names(context: &StatementContext) -> Vec<String> {
    let schemas = context.session.path.searched().filter(|schema| *schema != system_table::PG_CATALOG);
    schemas.flat_map(|schema| names_within(context, schema)).collect()
}

/// Every table and view of a schema.
pub(crate) fn names_within(context: &StatementContext, schema: &str) -> Vec<String> {
    let mut names: Vec<_> = system_table::table_names(schema).into_iter().map(str::to_owned).collect();
    for entry in context.snapshot.catalog().within(context.session.path.meant(schema)) {
        match &entry.object {
            CatalogObject::Connection(_) | CatalogObject::Schema => continue,
            CatalogObject::Source(_) => {
                names.push(format!("{}{}", entry.name, storage::dead_letters::SUFFIX));
            }
            CatalogObject::Table(_) | CatalogObject::View(_) => {}
        }
        names.push(entry.name.clone());
    }
    names
}
