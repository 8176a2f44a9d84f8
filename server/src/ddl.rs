//! Changes of the catalog: planner has parsed them, storage makes them true, ingest lives by them.
//!
//! One statement at a time, so that each reads what the one before has written. What asks a
//! broker comes first and can be cancelled; from the commit on a statement goes to its end.

mod alter;
pub mod changes;
mod create;
mod dependents;
mod drop;
mod schema;
pub mod table;

use std::sync::Arc;

use ingest::supervisor::SourceTask;
use planner::SqlError;
use planner::search_path::{SearchPath, is_system, no_schema};
use planner::statement::{AlterSource, CommentTarget, DropKind, Name, QualifiedName, Statement};
use storage::catalog::{
    Catalog, CatalogEntry, CatalogObject, ConnectionDefinition, KafkaEndpoint, KafkaSecurity, PUBLIC,
    PlainTable, SourceDefinition,
};
use storage::database::CatalogChange;
use storage::offsets::StartPosition;
use storage::status::SourceState;

use crate::instance::Shared;
use crate::pg::report::Notice;
use crate::pg::sqlstate;
use crate::sessions::Interrupt;

/// The tag of a statement that changes the catalog.
pub fn tag(statement: &Statement) -> &'static str {
    match statement {
        Statement::CreateSource(_) => "CREATE SOURCE",
        Statement::CreateConnection(_) => "CREATE CONNECTION",
        Statement::AlterSource { .. } => "ALTER SOURCE",
        Statement::Drop { kind: DropKind::Source, .. } => "DROP SOURCE",
        Statement::Drop { kind: DropKind::Connection, .. } => "DROP CONNECTION",
        Statement::Drop { kind: DropKind::Table, .. } => "DROP TABLE",
        Statement::Drop { kind: DropKind::View, .. } => "DROP VIEW",
        Statement::Drop { kind: DropKind::Schema, .. } => "DROP SCHEMA",
        Statement::CreateSchema { .. } => "CREATE SCHEMA",
        Statement::CreateTable(_) => "CREATE TABLE",
        Statement::CreateTableAs(_) => "CREATE TABLE AS",
        Statement::CreateView(_) => "CREATE VIEW",
        Statement::AlterTable { .. } => "ALTER TABLE",
        Statement::Truncate { .. } => "TRUNCATE TABLE",
        Statement::Insert(_) => "INSERT",
        Statement::Delete(_) => "DELETE",
        Statement::CopyFrom(_) => "COPY FROM",
        Statement::Comment { .. } => "COMMENT",
        _ => "",
    }
}

/// Whether it writes tables, which a transaction can stage.
pub fn is_of_tables(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::CreateTable(_)
            | Statement::CreateTableAs(_)
            | Statement::CreateView(_)
            | Statement::AlterTable { .. }
            | Statement::Truncate { .. }
            | Statement::Insert(_)
            | Statement::Delete(_)
            | Statement::CopyFrom(_)
            | Statement::CreateSchema { .. }
            | Statement::Drop { kind: DropKind::Table | DropKind::View | DropKind::Schema, .. }
    )
}

/// Does it, with names looked up along `path`. The notices go to the client before the tag.
pub async fn execute(
    shared: &Shared,
    path: &SearchPath,
    statement: &Statement,
    interrupt: &Interrupt,
) -> Result<Vec<Notice>, SqlError> {
    let _turn = stoppable(interrupt, shared.ddl.lock()).await?;
    match statement {
        Statement::CreateSource(create) => create::source(shared, path, create, interrupt).await,
        Statement::CreateConnection(create) => create::connection(shared, create).await,
        Statement::AlterSource { name, if_exists, action } => {
            let Some((entry, source)) = find_source(shared, path, name, *if_exists)? else {
                let snapshot = shared.database.snapshot();
                return Ok(vec![skipped(snapshot.catalog(), path, "source", name)]);
            };
            match action {
                AlterSource::Pause => alter::pause(shared, &entry, source, true).await,
                AlterSource::Resume => alter::pause(shared, &entry, source, false).await,
                AlterSource::Set(options) => alter::set(shared, &entry, source, options).await,
                AlterSource::Rename(to) => alter::rename(shared, &entry, to).await,
                AlterSource::ResetOffsets(start) => {
                    alter::reset_offsets(shared, &entry, source, start, interrupt).await
                }
            }
        }
        Statement::Drop { kind, names, if_exists, cascade } => {
            drop::drop(shared, path, *kind, names, *if_exists, *cascade).await
        }
        Statement::Comment { target, text } => comment(shared, path, target, text.as_deref()).await,
        _ => Err(SqlError::new("0A000", "this statement is not supported")),
    }
}

/// Starts every source of the catalog, as they were when the server last ran.
pub async fn start_all(shared: &Shared) {
    let catalog = Arc::clone(shared.database.snapshot().catalog());
    for (entry, _) in catalog.sources() {
        if let Err(error) = start_source(shared, entry).await {
            tracing::error!(source = entry.name, %error, "a source could not be started");
            let status = shared.database.statuses().cell(entry.id);
            let mut status = status.write();
            status.state = SourceState::Failed;
            status.error = Some(error.to_string());
            status.error_since_micros = Some(shared.database.clock().now_micros());
        }
    }
}

/// Starts a source, or applies its changed definition.
async fn start_source(shared: &Shared, entry: &Arc<CatalogEntry>) -> Result<(), SqlError> {
    start_source_at(shared, entry, None).await
}

/// Starts a source that was just made, or reset, to begin at `start`.
async fn start_source_at(
    shared: &Shared,
    entry: &Arc<CatalogEntry>,
    start: Option<&StartPosition>,
) -> Result<(), SqlError> {
    let CatalogObject::Source(source) = &entry.object else {
        return Err(SqlError::new("XX000", format!("\"{}\" is not a source", entry.name)));
    };
    let snapshot = shared.database.snapshot();
    let connection = connection_of(snapshot.catalog(), source)?;
    let transform = shared.engine.compile_transform(source)?;
    let at_earliest = start == Some(&StartPosition::Earliest);
    let task = SourceTask { entry: Arc::clone(entry), connection, transform, at_earliest };
    shared.supervisor.start(task).await.map_err(|error| sqlstate::ingest(&error))
}

/// A source's endpoint, resolved.
fn connection_of(catalog: &Catalog, source: &SourceDefinition) -> Result<ConnectionDefinition, SqlError> {
    match &source.endpoint {
        KafkaEndpoint::Brokers(brokers) => {
            Ok(ConnectionDefinition { brokers: brokers.clone(), security: KafkaSecurity::Plaintext })
        }
        KafkaEndpoint::Connection(id) => match catalog.entries.get(id).map(|entry| &entry.object) {
            Some(CatalogObject::Connection(connection)) => Ok(connection.clone()),
            _ => Err(SqlError::new("XX000", format!("connection {id} of the source is not in the catalog"))),
        },
    }
}

/// Commits a changed entry and gives it back with the version that it has now.
async fn replace(shared: &Shared, entry: CatalogEntry) -> Result<Arc<CatalogEntry>, SqlError> {
    let id = entry.id;
    change(shared, CatalogChange::Replace { entry }).await?;
    let snapshot = shared.database.snapshot();
    let entry = snapshot.catalog().entries.get(&id);
    entry.cloned().ok_or_else(|| SqlError::new("XX000", format!("object {id} is gone")))
}

async fn change(shared: &Shared, change: CatalogChange) -> Result<(), SqlError> {
    shared.database.change_catalog(change).await.map(drop).map_err(|error| sqlstate::storage(&error))
}

/// The source with this name; None where there is none and `if_exists`.
fn find_source(
    shared: &Shared,
    path: &SearchPath,
    name: &QualifiedName,
    if_exists: bool,
) -> Result<Option<(Arc<CatalogEntry>, SourceDefinition)>, SqlError> {
    let snapshot = shared.database.snapshot();
    let catalog = snapshot.catalog();
    match path.entry(catalog, name) {
        Some(entry) => match &entry.object {
            CatalogObject::Source(source) => Ok(Some((Arc::clone(entry), source.clone()))),
            _ => Err(wrong_kind(name, "source")),
        },
        None if if_exists => Ok(None),
        None => Err(missing(catalog, path, "source", name)),
    }
}

fn skipped(catalog: &Catalog, path: &SearchPath, kind: &str, name: &QualifiedName) -> Notice {
    let error = absent(catalog, path, kind, name);
    Notice::new("00000", format!("{}, skipping", error.message))
}

/// There is no such object, or not even its schema.
fn absent(catalog: &Catalog, path: &SearchPath, kind: &str, name: &QualifiedName) -> SqlError {
    if let Some(schema) = name.schema.as_ref().filter(|schema| !path.exists(catalog, schema)) {
        return no_schema(schema).at(name.position);
    }
    let sqlstate = if kind == "connection" { "42704" } else { "42P01" };
    let message = match kind {
        "relation" => format!("relation \"{name}\" does not exist"),
        _ => format!("{kind} \"{}\" does not exist", name.value),
    };
    SqlError::new(sqlstate, message).at(name.position)
}

fn wrong_kind(name: &QualifiedName, kind: &str) -> SqlError {
    SqlError::new("42809", format!("\"{}\" is not a {kind}", name.value)).at(name.position)
}

/// There is no such object; perhaps another one was meant.
fn missing(catalog: &Catalog, path: &SearchPath, kind: &str, name: &QualifiedName) -> SqlError {
    let error = absent(catalog, path, kind, name);
    if error.sqlstate == "3F000" {
        return error;
    }
    let names = catalog.entries.values().filter(|entry| kind == "relation" || kind_of(entry) == kind);
    let names = names.map(|entry| entry.name.as_str());
    match nearest(&name.value, names) {
        Some(similar) => error.with_hint(format!("did you mean {similar}?")),
        None => error,
    }
}

fn kind_of(entry: &CatalogEntry) -> &'static str {
    entry.object.kind()
}

/// A name that is likely meant: a third of its letters may be wrong.
fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(name.chars().count()) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Waits for something that a cancel or a timeout ends.
async fn stoppable<T>(interrupt: &Interrupt, work: impl Future<Output = T>) -> Result<T, SqlError> {
    tokio::select! {
        biased;
        stop = interrupt.stopped() => Err(stop.error()),
        done = work => Ok(done),
    }
}

async fn comment(
    shared: &Shared,
    path: &SearchPath,
    target: &CommentTarget,
    text: Option<&str>,
) -> Result<Vec<Notice>, SqlError> {
    let snapshot = shared.database.snapshot();
    let catalog = snapshot.catalog();
    let plain = |name: &Name| QualifiedName {
        schema: Some(PUBLIC.to_owned()),
        value: name.value.clone(),
        position: name.position,
    };
    let name = match target {
        CommentTarget::Relation(name) | CommentTarget::Column(name, _) => name.clone(),
        CommentTarget::Connection(name) => plain(name),
        CommentTarget::Schema(name) => return comment_schema(shared, catalog, name, text).await,
    };
    let name = &name;
    let is_connection = matches!(target, CommentTarget::Connection(_));
    let kind = if is_connection { "connection" } else { "relation" };
    let entry = path.entry(catalog, name).ok_or_else(|| missing(catalog, path, kind, name))?;
    if is_connection != matches!(entry.object, CatalogObject::Connection(_)) {
        return Err(wrong_kind(name, kind));
    }
    let mut entry = CatalogEntry::clone(entry);
    let text = text.map(str::to_owned);
    match (target, &mut entry.object) {
        (
            CommentTarget::Column(..),
            CatalogObject::View(_) | CatalogObject::Connection(_) | CatalogObject::Schema,
        ) => {
            return Err(wrong_kind(name, "table"));
        }
        (
            CommentTarget::Column(_, column),
            CatalogObject::Source(SourceDefinition { table, .. })
            | CatalogObject::Table(PlainTable { table, .. }),
        ) => {
            let columns = &mut table.schema.columns;
            match columns.iter_mut().find(|known| known.name == column.value) {
                Some(known) => known.comment = text,
                None => {
                    let error = SqlError::new(
                        "42703",
                        format!("column \"{}\" of relation \"{}\" does not exist", column.value, name.value),
                    )
                    .at(column.position);
                    let names = columns.iter().map(|column| column.name.as_str());
                    return Err(match nearest(&column.value, names) {
                        Some(similar) => error.with_hint(format!("did you mean {similar}?")),
                        None => error,
                    });
                }
            }
        }
        _ => entry.comment = text,
    }
    replace(shared, entry).await?;
    Ok(Vec::new())
}

async fn comment_schema(
    shared: &Shared,
    catalog: &Catalog,
    name: &Name,
    text: Option<&str>,
) -> Result<Vec<Notice>, SqlError> {
    if name.value == PUBLIC || is_system(&name.value) {
        let message = format!("a comment on schema \"{}\" is not supported", name.value);
        return Err(SqlError::new("0A000", message).at(name.position));
    }
    let entry = catalog.schema(&name.value).ok_or_else(|| no_schema(&name.value).at(name.position))?;
    let comment = text.map(str::to_owned);
    replace(shared, CatalogEntry { comment, ..CatalogEntry::clone(entry) }).await?;
    Ok(Vec::new())
}
