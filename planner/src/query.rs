//! A query's way: statement, plan, stream of record batches.

mod aggregates;
pub(crate) mod cast_names;
pub(crate) mod category;
mod clauses;
mod collected;
mod constant;
mod decorrelate;
pub(crate) mod dialect;
mod distinct_on;
mod explain;
mod frames;
pub(crate) mod functions;
mod gap_windows;
mod gapfill;
mod grouping_columns;
mod grouping_sets;
mod hypothetical;
pub(crate) mod insert;
mod intervals;
mod key_groups;
mod keys;
mod literals;
pub(crate) mod names;
pub(crate) mod origin;
mod own;
pub(crate) mod parameters;
mod record_functions;
mod records;
mod relation_alias;
mod returning;
mod row_alias;
pub(crate) mod rows;
mod run;
mod spelling;
mod stop;
mod subqueries;
pub(crate) mod ties;
mod times;
mod tuples;
pub(crate) mod type_names;
pub(crate) mod types;
mod unbound;
pub(crate) mod unknown;
mod unnested;
mod using;
mod values;
mod widen;
mod windows;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::{Column, ParamValues, ScalarValue};
use datafusion::config::SpillCompression;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryReservation, TrackConsumersPool,
};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SendableRecordBatchStream, SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement as DataFusionStatement;
use parking_lot::Mutex;
use storage::Database;
use storage::catalog::{CatalogEntry, ViewDefinition};
use storage::ids::ObjectId;
use storage::segment::SegmentMeta;
use storage::snapshot::Snapshot;

pub use insert::CopyTarget;
pub use origin::ORIGIN_KEY;

use self::constant::{Constant, Constants};
use self::stop::Stopped;
use crate::catalog::{Found, PATH, StatementCatalogs, StatementContext};
use crate::error::{Result, SqlError, translate};
use crate::scan::ScanReports;
use crate::session::{OutputStyle, Session};
use crate::statement::{Explain, Query, parse_query};
use crate::system_table::SystemState;
use crate::{function, optimizer};

/// How many consumers of memory an error of the pool names.
const POOL_CONSUMERS_NAMED: std::num::NonZeroUsize = std::num::NonZeroUsize::new(3).expect("not zero");
/// Planning recurses over a statement as deep as the parser lets through.
const STACK_BYTES: usize = 16 << 20;

/// States that are kept: more time zones than this are seldom in use at once.
const STATES_MAX: usize = 64;

/// Views within views.
const VIEWS_MAX: usize = 32;

/// Bounds on queries.
#[derive(Clone, Debug)]
pub struct QueryConfig {
    /// Memory of all running queries together; a query that would pass it ends with 53200.
    pub memory_bytes_max: u64,
    /// Partitions of a plan: about the threads that one query may use.
    pub parallelism: usize,
}

/// Plans and runs statements of all sessions. Holds what they share: functions, memory pool,
/// object store, caches, and the threads on which queries run, so that neither the wire nor
/// ingest waits for them.
#[derive(Debug)]
pub struct Engine {
    database: Arc<Database>,
    system: Arc<dyn SystemState>,
    /// Everything of a statement's state that does not depend on the statement.
    base: SessionState,
    /// The same with what depends on the session, by database and style: to make a state costs much
    /// more than to copy it.
    states: Mutex<HashMap<(String, OutputStyle), Arc<SessionState>>>,
    constants: Constants,
    threads: run::Threads,
    /// For views, whose plans are made while another is.
    myself: Weak<Engine>,
}

/// A statement that was bound and typed once and can be executed many times.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Each parameter from `$1`: its type, and metadata as that of `schema`.
    pub parameters: Vec<FieldRef>,
    /// The columns of the result; metadata [`storage::schema::PG_TYPE_KEY`] where Arrow's type
    /// does not tell PostgreSQL's.
    pub schema: SchemaRef,
    /// The sources, tables and views that the statement names.
    pub relations: Vec<ObjectId>,
    plan: LogicalPlan,
    /// Where it is one row that depends on nothing else.
    constant: Option<Arc<Constant>>,
    explain: Option<Explain>,
    text: Arc<str>,
}

impl Prepared {
    /// The row of a query that reads nothing and computes little; None for any other.
    pub fn constant(&self, parameters: &[ScalarValue]) -> Option<Result<RecordBatch>> {
        let row = self.constant.as_ref()?.row(parameters, &self.schema)?;
        Some(row.map_err(|error| translate(error, &self.text)))
    }
}

impl Engine {
    /// An engine over a database.
    pub fn new(
        database: Arc<Database>,
        config: QueryConfig,
        system: Arc<dyn SystemState>,
    ) -> Result<Arc<Self>> {
        let runtime = runtime_env(&database, &config).map_err(|error| translate(error, ""))?;
        let state = SessionStateBuilder::new()
            .with_config(session_config(&config))
            .with_runtime_env(runtime)
            .with_expr_planners(function::planners())
            .with_default_features()
            .with_analyzer_rule(optimizer::meaning())
            .with_type_planner(Arc::new(type_names::TypeNames::utc()));
        let state = optimizer::rules().into_iter().fold(state, SessionStateBuilder::with_optimizer_rule);
        // The engine reads no files but segments: tables made from files have no factory.
        let mut base = state.with_table_factories(Default::default()).build();
        function::register(&mut base).map_err(|error| translate(error, ""))?;
        let threads = run::Threads::new(config.parallelism, STACK_BYTES)?;
        Ok(Arc::new_cyclic(|myself| Self {
            database,
            system,
            base,
            states: Mutex::default(),
            constants: Constants::default(),
            threads,
            myself: Weak::clone(myself),
        }))
    }

    /// Binds and types a query. `parameters` are the types that the client gave, None where it
    /// left one open; the list may be shorter than what the statement uses.
    pub async fn prepare(
        &self,
        query: &Query,
        parameters: &[Option<DataType>],
        session: &Session,
        snapshot: &Snapshot,
    ) -> Result<Prepared> {
        let key = Constants::key(query, parameters, session);
        if let Some(prepared) = key.as_ref().and_then(|key| self.constants.get(key, query)) {
            return Ok(prepared);
        }
        let (engine, session, snapshot) = (self.own(), session.clone(), snapshot.clone());
        let (asked, given) = (query.clone(), parameters.to_vec());
        let prepare = async move {
            let (state, context) = engine.state(&session, &snapshot)?;
            prepare(&state, &context, asked, &given).await
        };
        let prepared = self.threads.run(prepare).await?;
        if prepared.constant.is_some()
            && let Some(key) = key
        {
            self.constants.keep(key, query.ast.clone(), &prepared);
        }
        Ok(prepared)
    }

    /// As [`prepare`](Self::prepare), for the query that a `RETURNING` is.
    pub async fn prepare_returning(
        &self,
        query: &Query,
        parameters: &[Option<DataType>],
        session: &Session,
        snapshot: &Snapshot,
    ) -> Result<Prepared> {
        returning::check(&query.ast, &query.text, &self.base)?;
        self.prepare(query, parameters, session, snapshot).await
    }

    /// Plans and starts a prepared query on a snapshot. Dropping the stream stops the query and
    /// gives back what it held.
    pub async fn execute(
        &self,
        prepared: &Arc<Prepared>,
        parameters: Vec<ScalarValue>,
        session: &Session,
        snapshot: &Snapshot,
    ) -> Result<SendableRecordBatchStream> {
        self.execute_over(prepared, parameters, session, snapshot, &Arc::default()).await
    }

    /// As [`execute`](Self::execute), for a query of the rows that `DELETE` leaves in some segments.
    pub async fn execute_over(
        &self,
        prepared: &Arc<Prepared>,
        parameters: Vec<ScalarValue>,
        session: &Session,
        snapshot: &Snapshot,
        rest: &Arc<[Arc<SegmentMeta>]>,
    ) -> Result<SendableRecordBatchStream> {
        let (engine, session, snapshot) = (self.own(), Arc::new(session.clone()), snapshot.clone());
        let rest = Arc::clone(rest);
        let schema = Arc::clone(&prepared.schema);
        let prepared = Arc::clone(prepared);
        let stopped = Stopped::default();
        let stop = stopped.on_drop();
        let threads = self.threads.clone();
        let start = async move {
            let (state, context) = engine.state_within(session, &snapshot, 0, &rest)?;
            let started = async {
                let plan = run::rebind(prepared.plan.clone(), &context).await?;
                let plan = plan.replace_params_with_values(&ParamValues::from(parameters))?;
                match prepared.explain {
                    None => run::start(&plan, &state, &stopped).await,
                    Some(explain) => explain::explain(&plan, &state, &context, explain, &stopped).await,
                }
            };
            let stream = started.await.map_err(|error| translate(error, &prepared.text))?;
            // From here, so that it is polled before what it has spawned: parts come in their order.
            Ok(threads.stream(stream, schema, stopped.on_drop()))
        };
        let stream = self.threads.run(start).await?;
        // The stream stops it now.
        stop.leave();
        Ok(stream)
    }

    fn own(&self) -> Arc<Self> {
        self.myself.upgrade().expect("an engine exists only in its Arc")
    }

    /// The plan of a view within a statement.
    pub(crate) async fn plan_view(
        &self,
        entry: &CatalogEntry,
        view: &ViewDefinition,
        context: &StatementContext,
    ) -> Result<LogicalPlan> {
        let name = &entry.name;
        if context.views >= VIEWS_MAX {
            let message = format!("infinite recursion detected in view \"{name}\"");
            return Err(SqlError::new("42P17", message));
        }
        let path = Arc::new(context.session.path.of_view(view));
        let session = Arc::new(Session { path, ..Session::clone(&context.session) });
        let (state, inner) =
            self.state_within(session, &context.snapshot, context.views + 1, &context.rest)?;
        let ast = parse_query(&view.query)?;
        let query = Query { ast, explain: None, text: view.query.clone(), into: None };
        let prepared = Box::pin(prepare(&state, &inner, query, &[])).await?;
        let columns = prepared.plan.schema().iter().zip(&view.columns);
        let columns = (1..).zip(columns).map(|(number, ((table, field), column))| {
            let origin = origin::write(entry.id.oid(), number);
            let metadata = BTreeMap::from([(ORIGIN_KEY.to_owned(), origin)]);
            Expr::Column(Column::new(table.cloned(), field.name()))
                .alias_with_metadata(&column.name, Some(FieldMetadata::new(metadata)))
        });
        let columns: Vec<_> = columns.collect();
        LogicalPlanBuilder::from(prepared.plan)
            .project(columns)
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| translate(error, &view.query))
    }

    /// Memory of queries for what a session keeps of their rows.
    pub fn reservation(&self, consumer: &str) -> MemoryReservation {
        MemoryConsumer::new(consumer).register(&self.base.runtime_env().memory_pool)
    }

    /// Memory that queries hold now, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.base.runtime_env().memory_pool.reserved()
    }

    /// DataFusion's state for planning expressions that touch no table.
    pub(crate) fn expression_state(&self) -> &SessionState {
        &self.base
    }

    /// The state of one statement: the snapshot's tables, the session's functions, one `now()`.
    fn state(&self, session: &Session, snapshot: &Snapshot) -> Result<(SessionState, Arc<StatementContext>)> {
        self.state_within(Arc::new(session.clone()), snapshot, 0, &Arc::default())
    }

    /// As [`state`](Self::state), for a view that so many others are about, and for what `DELETE` leaves
    /// of segments.
    fn state_within(
        &self,
        session: Arc<Session>,
        snapshot: &Snapshot,
        views: usize,
        rest: &Arc<[Arc<SegmentMeta>]>,
    ) -> Result<(SessionState, Arc<StatementContext>)> {
        let context = Arc::new(StatementContext {
            engine: Weak::clone(&self.myself),
            views,
            database: Arc::clone(&self.database),
            snapshot: snapshot.clone(),
            session: Arc::clone(&session),
            system: Arc::clone(&self.system),
            reports: Arc::new(ScanReports::default()),
            rest: Arc::clone(rest),
        });
        let mut state = SessionState::clone(&*self.state_of(&session)?);
        state.add_analyzer_rule(Arc::new(optimizer::Casts(Arc::clone(&context))));
        state.register_catalog_list(Arc::new(StatementCatalogs(Arc::clone(&context))));
        let now = chrono::DateTime::from_timestamp_micros(self.database.clock().now_micros());
        state.execution_props_mut().query_execution_start_time = now;
        function::register_session(&mut state, &context);
        Ok((state, context))
    }

    fn state_of(&self, session: &Session) -> Result<Arc<SessionState>> {
        let key = (session.database.clone(), session.style());
        if let Some(state) = self.states.lock().get(&key) {
            return Ok(Arc::clone(state));
        }
        let mut config = self.base.config().clone();
        let options = config.options_mut();
        options.catalog.default_catalog = session.database.clone();
        options.execution.time_zone = Some(session.time_zone.clone());
        let zone = session.time_zone.as_str().into();
        let mut state = SessionStateBuilder::new_from_existing(self.base.clone())
            .with_config(config)
            .with_type_planner(Arc::new(type_names::TypeNames { time_zone: zone }))
            .build();
        function::register_style(&mut state, self.database.clock(), &self.system, &key.1)
            .map_err(|error| translate(error, ""))?;
        let mut states = self.states.lock();
        if states.len() >= STATES_MAX {
            states.clear();
        }
        let state = Arc::new(state);
        states.insert(key, Arc::clone(&state));
        Ok(state)
    }
}

fn session_config(config: &QueryConfig) -> SessionConfig {
    let mut session = SessionConfig::new()
        .with_target_partitions(config.parallelism.max(1))
        .with_default_catalog_and_schema("tidegate", PATH)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false);
    let options = session.options_mut();
    // Spans in the syntax tree are what positions in errors are made from.
    options.sql_parser.collect_spans = true;
    // `1.5` is numeric in PostgreSQL.
    options.sql_parser.parse_float_as_decimal = true;
    options.execution.spill_compression = SpillCompression::Uncompressed;
    session
}

fn runtime_env(database: &Database, config: &QueryConfig) -> datafusion::common::Result<Arc<RuntimeEnv>> {
    let pool = FairSpillPool::new(config.memory_bytes_max as usize);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, POOL_CONSUMERS_NAMED)))
        // A query that does not fit ends; none fills a disk behind the database's back.
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    let url = ObjectStoreUrl::parse(storage::segment::OBJECT_STORE_URL)?;
    runtime.register_object_store(url.as_ref(), Arc::clone(database.object_store()));
    Ok(runtime)
}

async fn prepare(
    state: &SessionState,
    context: &Arc<StatementContext>,
    query: Query,
    given: &[Option<DataType>],
) -> Result<Prepared> {
    let Query { mut ast, explain, text, into } = query;
    let mut target = into
        .map(|into| insert::Target::find(&into, &context.session.path, context.snapshot.catalog()))
        .transpose()?;
    let mut is_values = false;
    if let Some(target) = &mut target {
        is_values = target.check_values(&ast)?;
        target.type_values(&mut ast, &text)?;
    }
    distinct_on::rewrite(&mut ast)?;
    relation_alias::rewrite(&mut ast)?;
    clauses::rewrite(&mut ast)?;
    grouping_sets::rewrite(&mut ast)?;
    gap_windows::rewrite(&mut ast);
    windows::rewrite(&mut ast, &text)?;
    names::name_outputs(&mut ast);
    tuples::rewrite(&mut ast);
    dialect::rewrite(&mut ast);
    let catalog = context.snapshot.catalog();
    let schemas = |implied| context.session.path.existing(catalog, implied).len();
    crate::pg_catalog::rewrite(&mut ast, &schemas);
    functions::rewrite(&mut ast);
    parameters::cast_given(&mut ast, given);
    values::even(&mut ast);
    cast_names::write(&mut ast);
    literals::type_integers(&mut ast);
    let relations = names::check_relations(&ast, state, context, &text)?;
    let columns = using::relations(&ast, &relations, state).await?;
    using::rewrite(&mut ast, &columns)?;
    records::rewrite(&mut ast, &columns);
    let relations = relations.iter().filter_map(|named| match context.find(named.schema(), named.table()) {
        Some(Found::Entry(entry)) => Some(entry.id),
        _ => None,
    });
    let relations = relations.collect();
    let statement = DataFusionStatement::Statement(Box::new(ast));
    let failed = |error| translate(error, &text);
    let plan = state.statement_to_plan(statement).await.map_err(failed)?;
    refuse_changes(&plan)?;
    let plan = match &target {
        Some(target) => target.project(plan, is_values, state)?,
        None => plan,
    };
    let origins = origin::all(&plan);
    let plan = parameters::infer(plan).map_err(failed)?;
    let plan = grouping_columns::settle(plan)
        .and_then(ties::settle)
        .and_then(subqueries::settle)
        .and_then(intervals::settle)
        .and_then(keys::compare)
        .and_then(aggregates::settle)
        .and_then(widen::widen)
        // What is compared and typed is so now.
        .and_then(keys::order)
        // Its groups may have keys.
        .and_then(gapfill::settle)
        .and_then(key_groups::settle)
        .and_then(frames::settle)
        // Equal values of a key are several ones to a subquery that refers to them.
        .and_then(decorrelate::settle)
        .and_then(unnested::settle)
        .map_err(failed)?;
    let inserted = target.as_ref().map_or(&[][..], insert::Target::parameters);
    let parameters = parameters::types(&plan, given, inserted).map_err(failed)?;
    let schema = if let Some(explain) = explain {
        explain::schema(explain)
    } else {
        let schema = output_schema(&plan, &origins, &parameters, state).map_err(failed)?;
        target.map_or(schema, |target| target.schema())
    };
    let plan = unbound::unbind(plan).map_err(failed)?;
    let constant = match explain {
        None => Constant::of(&plan, &parameters, state).map(Arc::new),
        Some(_) => None,
    };
    Ok(Prepared { parameters, schema, relations, plan, constant, explain, text: Arc::from(text) })
}

/// Only plans that read: nothing that writes a file or changes a session gets past here.
fn refuse_changes(plan: &LogicalPlan) -> Result<()> {
    let refused = match plan {
        LogicalPlan::Ddl(ddl) => ddl.name(),
        LogicalPlan::Dml(_) => "INSERT, UPDATE and DELETE",
        LogicalPlan::Copy(_) => "COPY to files",
        LogicalPlan::Statement(statement) => statement.name(),
        _ => return Ok(()),
    };
    Err(SqlError::new("0A000", format!("{refused} is not supported"))
        .with_hint("Rows come in through sources and INSERT: see CREATE SOURCE and CREATE TABLE."))
}

/// The columns of the result, named as PostgreSQL names them.
fn output_schema(
    plan: &LogicalPlan,
    origins: &[Option<(u32, usize)>],
    parameters: &[FieldRef],
    state: &SessionState,
) -> datafusion::common::Result<SchemaRef> {
    let values = ParamValues::from(parameters::nulls(parameters)?);
    let plan = plan.clone().replace_params_with_values(&values)?;
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    let fields = plan
        .schema()
        .fields()
        .iter()
        .map(|field| types::settle(Field::clone(field)))
        .map(|field| Field::with_name(field.clone(), names::shown(field.name())).with_nullable(true))
        .zip(origins)
        .map(|(mut field, origin)| {
            // The engine hands it on through casts, where PostgreSQL loses it.
            field.metadata_mut().remove(ORIGIN_KEY);
            if let Some((table, column)) = *origin {
                field.metadata_mut().insert(ORIGIN_KEY.to_owned(), origin::write(table, column));
            }
            field
        });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}
